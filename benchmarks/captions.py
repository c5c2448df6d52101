"""Web-like captions to measure on: product titles, stock photo titles, boilerplate; one in twenty has a lemma."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from laionet import load_classes

_WORDS = """
the a of and in for with on to from by at vintage new blue red black white green wooden handmade large
small set photo image stock vector illustration design print art poster canvas wall home kitchen garden
room living bedroom women men girls boys kids baby dress shirt shoes jacket summer winter spring
beautiful best free shipping sale price review 2019 2020 2014 inch cm pack piece style modern classic
luxury custom personalized wedding party birthday gift Christmas recipe easy homemade healthy chicken
salad soup chocolate cake cookies street city house apartment hotel beach mountain lake river sunset
night morning London Paris York California India Japan Italian French American background texture pattern
seamless abstract watercolor isolated icon logo template card invitation cover book series season episode
movie game online download how make your own ideas tips guide top most great little old
""".split()
_JOINTS = [" ", " ", " ", " ", " ", " ", " ", ", ", " - ", " | ", "-", "  ", ": ", "/", " & ", "_"]
_ENDINGS = [
    "",
    "",
    "",
    "",
    ".jpg",
    " (Set of 2)",
    " | Etsy",
    " - Stock Photo",
    "...",
    " [Review]",
    " 12 cm",
    " XL",
    " – 24h",
]


def lemmas() -> list[str]:
    """The paper's lemmas of the 1,000 ImageNet classes."""
    return list(load_classes("imagenet1k").lemma_map())


def captions(n: int, seed: int = 0) -> list[str]:
    """``n`` captions of 3 to 16 words, about 60 characters on average."""
    draw = random.Random(seed)
    known = lemmas()
    words = [*_WORDS, *(word.title() for word in _WORDS)]
    made = []
    for _ in range(n):
        parts = draw.choices(words, k=draw.randint(3, 16))
        if draw.random() < 0.05:
            parts[draw.randrange(len(parts))] = draw.choice(known)
        joints = draw.choices(_JOINTS, k=len(parts))
        made.append("".join(w + j for w, j in zip(parts, joints, strict=True)).strip() + draw.choice(_ENDINGS))
    return made


def _url(draw: random.Random) -> str:
    return f"https://cdn{draw.randrange(99)}.example.com/media/catalog/product/{draw.getrandbits(128):032x}.jpg"


def write_laion(path: Path, n: int, seed: int = 0) -> Path:
    """Write ``n`` captions as LAION-400M's parquet: its columns, snappy, row groups of 100,000."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    draw = random.Random(seed + 1)
    schema = pa.schema(
        [("SAMPLE_ID", pa.float64()), ("URL", pa.string()), ("TEXT", pa.string()), ("HEIGHT", pa.int32()),
         ("WIDTH", pa.int32()), ("LICENSE", pa.string()), ("NSFW", pa.string()), ("similarity", pa.float64())]
    )  # fmt: skip
    with pq.ParquetWriter(path, schema, compression="snappy") as file:
        for start in range(0, n, 100_000):
            rows = min(100_000, n - start)
            columns = [
                [draw.random() * 1e15 for _ in range(rows)],
                [_url(draw) for _ in range(rows)],
                captions(rows, seed * 1_000_003 + start),
                [draw.randrange(100, 2000) for _ in range(rows)],
                [draw.randrange(100, 2000) for _ in range(rows)],
                ["?"] * rows,
                draw.choices(["UNLIKELY", "UNSURE", "NSFW", None], [90, 7, 2, 1], k=rows),
                [0.3 + draw.random() / 10 for _ in range(rows)],
            ]  # fmt: skip
            file.write_table(pa.table(columns, schema=schema), row_group_size=rows)
    return path
