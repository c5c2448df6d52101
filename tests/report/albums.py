"""Albums made by hand, and a page that holds nothing else."""

from __future__ import annotations

import io

import jinja2
from PIL import Image

from laionet.report.album import Album, AlbumClass, AlbumDataset, Couple, Interval, Picture, Side
from laionet.report.embed import content_security_policy, template
from laionet.report.pictures import pictures_part


def jpeg(number: int = 0) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (48, 36), (number * 20 % 256, 90, 160)).save(out, format="JPEG")
    return out.getvalue()


def picture(number: int = 0, **changes) -> Picture:
    found = Picture(
        sample=str(number),
        caption=f"caption {number}",
        url=f"https://example.com/{number}.jpg",
        similarity=0.5,
        safety="safe",
        said="bee",
        right=False,
        jpeg=jpeg(number),
        width=48,
        height=36,
        lost=None,
    )
    return found | changes


def side(pictures: list[Picture], *, intervals: bool = True, **changes) -> Side:
    """All pictures are samples; the first two are the nearest pair, the last two the farthest."""
    places = list(range(len(pictures)))
    parts = [Interval(low=0.5 + i / 10, high=0.6 + i / 10, n=i + 1, pictures=places[i : i + 1]) for i in range(5)]
    couples = len(pictures) > 1
    found = Side(
        n=1_234,
        recall=0.425,
        pictures=pictures,
        samples=places,
        intervals=parts if intervals else [],
        nearest=Couple(pictures=places[:2], cosine=0.9999) if couples else None,
        farthest=Couple(pictures=places[-2:], cosine=-0.25) if couples else None,
        compared=1_000,
    )
    return found | changes


def album_class(number: int, name: str, sides: list[Side], **changes) -> AlbumClass:
    found = AlbumClass(
        wnid=f"n{number:08d}", name=name, gap=-0.1 * (number + 1), difference=-0.05, shown=True, sides=sides
    )
    return found | changes


def album_of(classes: list[AlbumClass], **changes) -> Album:
    datasets = [
        AlbumDataset(title="by caption", images=5_000, rated=True, marked=True, lost={}),
        AlbumDataset(title="by sight", images=900, rated=False, marked=False, lost={}),
    ]
    found = Album(
        pixels=48,
        bytes=0,
        budget=12_000_000,
        encoder="clip",
        classifier="vit",
        seed=0,
        datasets=datasets,
        classes=classes,
    )
    return found | changes


def small_album(names=("ant", "bee", "cat", "dog"), **changes) -> Album:
    """Three classes with pictures, the last without; the second has unsafe and missing ones."""
    classes = [
        album_class(i, name, [side([picture(10 * i + j) for j in range(5)]), side([picture(99)], intervals=False)])
        for i, name in enumerate(names)
    ]
    odd = classes[1]["sides"][0]["pictures"]
    odd[0] |= {"safety": "unsafe"}
    odd[1] |= {"safety": "unknown"}
    odd[2] |= {"jpeg": None, "width": 0, "height": 0, "lost": "undecodable"}
    odd[3] |= {"right": True, "said": names[1]}
    empty = side([], intervals=False, compared=0)
    classes[-1] |= {"shown": False, "sides": [empty, empty]}
    return album_of(classes, **changes)


def page_of(album: Album) -> str:
    """A page with that part alone, under the policy of all pages."""
    part = pictures_part(album)
    style = template("page.css") + template("report/pictures.css")
    script = template("report/pictures.js")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    body = environment.from_string(template("report/pictures.html")).module.pictures(part)
    policy = content_security_policy([script], [style])
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>pictures</title><style>{style}</style></head>"
        f"<body><main>{body}</main><script>{script}</script></body></html>"
    )
