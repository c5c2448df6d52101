"""The part of a report that shows pictures of a class, from each dataset side by side (Figures 16, 21 to 29).

``templates/report/pictures.html`` writes it, ``pictures.js`` draws the class that is chosen, and no other: until
then pictures are text in the page.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from laionet.report.album import Album, AlbumClass, AlbumDataset, Couple, Picture, Side
from laionet.report.embed import json_for_html
from laionet.report.words import count, number, shown
from laionet.shards import plain

#: Why a picture is missing, as it stands in its empty frame.
REASONS = {
    "empty": "empty file",
    "gone": "images are not at hand",
    "no_image": "image not kept",
    "not_an_image": "not an image",
    "not_found": "no longer there",
    "too_many_pixels": "too many pixels",
    "undecodable": "broken image",
    "unreadable": "file cannot be read",
}

#: Characters of a name, of a class's name, and of an address as it is shown.
_TITLE, _NAME, _ADDRESS = 60, 80, 120


@dataclass(frozen=True)
class PicturesPart:
    """What the template needs. All JSON is fit to stand in a ``<script type="application/json">``.

    Attributes:
        introduction: sentences.
        notes: what a reader must know of what is missing.
        index: JSON of datasets and of all classes with their numbers.
        classes: for each class with pictures its JSON; ``index`` says which is whose by place.
        intervals: whether any class is shown by similarity of its captions.
        hidden: pictures that are blurred until asked for.
        gaps: whether gaps are known.
    """

    introduction: list[str]
    notes: list[str]
    index: str
    classes: list[str]
    intervals: bool
    hidden: int
    gaps: bool


def pictures_part(album: Album) -> PicturesPart:
    """The part of a page that shows an album; equal albums give equal parts. Foreign text is made fit to show.

    Args:
        album: from ``flow.reporting.pictures.gather_album``.
    """
    kept = [one for one in album["classes"] if one["shown"]]
    place = {one["wnid"]: at for at, one in enumerate(kept)}
    hidden = sum(_is_hidden(picture) for one in kept for side in one["sides"] for picture in side["pictures"])
    index = {
        "classifier": _or_none(album["classifier"]),
        "datasets": [shown(one["title"], _TITLE) for one in album["datasets"]],
        "encoder": _or_none(album["encoder"]),
        "classes": [_row(one, place.get(one["wnid"])) for one in album["classes"]],
        "pixels": album["pixels"],
        "reasons": REASONS,
    }
    return PicturesPart(
        introduction=_introduction(album, len(kept)),
        notes=_notes(album, hidden),
        index=json_for_html(plain(index)),
        classes=[json_for_html(plain([_side(side) for side in one["sides"]])) for one in kept],
        intervals=any(side["intervals"] for one in kept for side in one["sides"]),
        hidden=hidden,
        gaps=any(one["gap"] is not None for one in kept),
    )


def _row(one: AlbumClass, place: int | None) -> dict[str, Any]:
    return {
        "wnid": one["wnid"],
        "id": shown(one["wnid"], _NAME),
        "name": shown(one["name"], _NAME),
        "gap": one["gap"],
        "difference": one["difference"],
        "n": [side["n"] for side in one["sides"]],
        "recall": [side["recall"] for side in one["sides"]],
        "at": place,
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "pictures": [_picture(one) for one in side["pictures"]],
        "samples": side["samples"],
        "intervals": side["intervals"],
        "nearest": _couple(side["nearest"]),
        "farthest": _couple(side["farthest"]),
        "compared": side["compared"],
    }


def _couple(couple: Couple | None) -> dict[str, Any] | None:
    return {"pictures": couple["pictures"], "cosine": couple["cosine"]} if couple else None


def _picture(one: Picture) -> dict[str, Any]:
    url = one["url"] if one["url"] and _is_web(one["url"]) else None
    return {
        "caption": shown(one["caption"], 300) if one["caption"] else "",
        "url": url,
        "address": shown(url, _ADDRESS) if url else "",
        "similarity": one["similarity"],
        "safety": one["safety"],
        "said": shown(one["said"], _NAME) if one["said"] else "",
        "right": one["right"],
        "jpeg": base64.b64encode(one["jpeg"] or b"").decode(),
        "width": one["width"],
        "height": one["height"],
        "lost": REASONS.get(one["lost"], shown(one["lost"], 40)) if one["lost"] else "",
    }


def _is_hidden(picture: Picture) -> bool:
    return picture["safety"] in ("unsafe", "unknown") and picture["jpeg"] is not None


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _or_none(name: str | None) -> str | None:
    return shown(name, _TITLE) if name else None


def _introduction(album: Album, kept: int) -> list[str]:
    if not kept:
        return [f"No pictures: {_why_none(album)}"]
    sentences = ["Drawn at random from each dataset, so that they show what it is like."]
    if album["classifier"]:
        sentences.append(f"Below each picture is what {shown(album['classifier'], _TITLE)} takes it for.")
    return [" ".join([*sentences, "Choose one to read its caption."])]


def _why_none(album: Album) -> str:
    if not album["classes"]:
        return "the datasets have no images in any class."
    return "the page has no room for them." if not album["budget"] else "those of one class alone have no room."


def _notes(album: Album, hidden: int) -> list[str]:
    kept = sum(one["shown"] for one in album["classes"])
    left = len(album["classes"]) - kept
    notes = []
    if kept and left:
        notes.append(
            f"{number(kept)} of {count(len(album['classes']), 'class')} have pictures here, those that differ "
            f"most; for the other {number(left)} there is no room in {album['budget'] / 1e6:g} MB."
        )
    if kept:
        notes += [sentence for one in album["datasets"] if (sentence := _safety(one))]
        notes += [_lost(one) for one in album["datasets"] if one["lost"]]
    if hidden:
        notes.append(f"{count(hidden, 'picture')} not marked as safe {'is' if hidden == 1 else 'are'} blurred.")
    return notes


def _safety(one: AlbumDataset) -> str:
    title = shown(one["title"], _TITLE)
    if not one["marked"]:
        return f"The pictures of {title} come without safety marks and are shown as they are."
    return "" if one["rated"] else f"The corpus of {title} marks no picture as safe or unsafe."


def _lost(one: AlbumDataset) -> str:
    reasons: Sequence[tuple[str, int]] = sorted(one["lost"].items(), key=lambda item: (-item[1], item[0]))
    said = ", ".join(f"{number(n)} {REASONS.get(reason, shown(reason, 40))}" for reason, n in reasons)
    total = sum(n for _, n in reasons)
    return f"{count(total, 'picture')} of {shown(one['title'], _TITLE)} cannot be shown: {said}."


__all__ = ["REASONS", "PicturesPart", "pictures_part"]
