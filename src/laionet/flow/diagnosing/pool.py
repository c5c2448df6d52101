"""A pool of the mini-web's pages, drawn and embedded once; who is selected from it can be drawn ever again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from laionet.causal.gallery import candidates
from laionet.causal.latents import typicality
from laionet.causal.senses import CLASS_SOURCE, WNIDS
from laionet.causal.web import Page, Web
from laionet.errors import OutputError
from laionet.events import Event, Listener, ignore
from laionet.flow.truth import Population, embedded
from laionet.schema import field
from laionet.shards import read_json, read_table, replacing, write_json
from laionet.vocab import load_classes

#: Where the pages of pools begin: far from those of corpora and of annotated datasets.
START = 20_000_000
#: Pages looked at in one go, and at most.
_AT_ONCE, _MOST = 2_000, 200_000

#: One row a page of the pool, in order of label and page.
POOL = pa.schema(
    [
        field("label", pa.int32(), "index of the class that caption and picture are of", nullable=False),
        field("wnid", pa.string(), "its wnid", nullable=False),
        field("page", pa.int64(), "number of the page", nullable=False),
        field("picture", pa.int64(), "number of its picture", nullable=False),
        field("caption", pa.string(), "what the page says", nullable=False),
        field("similarity", pa.float64(), "cosine of caption and synset text", nullable=False),
        field("typicality", pa.float64(), "how near the picture is to the stereotype, 0 to 1", nullable=False),
    ]
)


@dataclass(frozen=True)
class PoolOf:
    """What a pool is made of.

    Attributes:
        per_class: pages of each class, as far as the web has them.
        classes: how many of the mini-web's classes, the first of its list.
        seed: of the web.
        threshold: similarity of caption and synset text that a page must be above, as in a build.
        encoder: image encoder of the pictures.
        text_encoder: of the captions.
    """

    per_class: int = 150
    classes: int = len(WNIDS)
    seed: int = 0
    threshold: float = 0.5
    encoder: str = "mini-web/clip"
    text_encoder: str = "embedded"


@dataclass(frozen=True)
class Pool:
    """Pages that S and S' are drawn from: rows in order of label and page.

    Attributes:
        of: what it is made of.
        label: int64 (n,).
        picture: int64 (n,), numbers of the pictures.
        typicality: float64 (n,), of each picture.
        similarity: float64 (n,), of each caption to its synset text.
        image: float32 (n, dim), embeddings of the pictures.
        text: float32 (n, dim), embeddings of the captions.
        counts: pages ``seen``, ``kept``, and by reason those that were not.
    """

    of: PoolOf
    label: np.ndarray
    picture: np.ndarray
    typicality: np.ndarray
    similarity: np.ndarray
    image: np.ndarray
    text: np.ndarray
    counts: dict[str, int]

    def __len__(self) -> int:
        return len(self.label)


def _models(of: PoolOf) -> dict[str, str]:
    """Digests of the weights that embed: a name alone may stand for others tomorrow."""
    from laionet.models.image import image_digest
    from laionet.models.text import encoder_digest

    return {"encoder": image_digest(of.encoder), "text_encoder": encoder_digest(of.text_encoder)}


def open_pool(folder: Path, of: PoolOf | None = None, listener: Listener = ignore) -> Pool:
    """The pool in a folder; drawn first where there is none.

    Its pages are those that a build by caption selects, as far as their pictures show the class: the caption has a
    lemma of one class and is similar to its text. Annotators turn down pictures of something else at any strength;
    with these in the pool captions and annotators would differ without any preference for pictures.

    Args:
        folder: ``pool.parquet``, ``image.npy``, ``text.npy``, and last ``pool.json``.
        of: what it is made of.
        listener: called with events.

    Raises:
        OutputError: where the folder holds a pool of other settings or weights, or another number of rows than it
            says.
    """
    of = of or PoolOf()
    written = read_json(folder / "pool.json")
    if written is None:
        return _drawn(folder, of, listener)
    if written["of"] != asdict(of):
        raise OutputError(f"{folder} holds a pool of other settings: {written['of']}. Choose another --out.")
    if written.get("models") != _models(of):
        raise OutputError(
            f"{folder} holds a pool embedded by other weights of the same models. Choose another --out."
        )
    table = read_table(folder / "pool.parquet", ["label", "picture", "typicality", "similarity"])
    image, text = (np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("image", "text"))
    if not len(table) == len(image) == len(text) == written["counts"]["kept"]:
        raise OutputError(f"The files of {folder} do not belong together. Delete it; it is drawn again.")
    label, picture = (np.asarray(table[name], np.int64) for name in ("label", "picture"))
    typical, similar = (np.asarray(table[name]) for name in ("typicality", "similarity"))
    return Pool(of, label, picture, typical, similar, image, text, written["counts"])


def _drawn(folder: Path, of: PoolOf, listener: Listener) -> Pool:
    web = Web(of.seed)
    listener(Event("stage_started", "captions", data={"shards": of.classes}))
    rows, text, counts = _pages(web, of)
    listener(Event("stage_done", "captions"))
    label = np.array([row["label"] for row in rows], dtype=np.int64)
    picture = np.array([row["picture"] for row in rows], dtype=np.int64)
    listener(Event("stage_started", "draw", data={"shards": len(rows)}))
    image = embedded(web, Population(picture, label), of.encoder)
    listener(Event("stage_done", "draw"))
    for name, values in (("image", image), ("text", text)):
        with replacing(folder / f"{name}.npy") as temporary, temporary.open("wb") as file:
            np.save(file, values, allow_pickle=False)
    with replacing(folder / "pool.parquet") as temporary:
        pq.write_table(pa.Table.from_pylist(rows, schema=POOL), temporary, compression="zstd")
    write_json(folder / "pool.json", {"of": asdict(of), "models": _models(of), "counts": counts})
    typical, similar = (np.array([row[name] for row in rows]) for name in ("typicality", "similarity"))
    return Pool(of, label, picture, typical, similar, image, text, counts)


def _pages(web: Web, of: PoolOf) -> tuple[list[dict[str, Any]], np.ndarray, dict[str, int]]:
    """Rows of the pool, the embeddings of their captions, and what became of the pages looked at."""
    from laionet.models.text import open_text_encoder

    encoder = open_text_encoder(of.text_encoder)
    towards = encoder.encode(load_classes(CLASS_SOURCE).texts()).embeddings
    counts = dict.fromkeys(("seen", "no_class", "beyond_cap", "repeated_picture", "below_threshold", "another"), 0)
    rows: list[tuple[dict[str, Any], np.ndarray]] = []
    shown: set[int] = set()
    full = np.zeros(of.classes, dtype=np.int64)
    for start in range(START, START + _MOST, _AT_ONCE):
        pages, label = candidates(web, start, start + _AT_ONCE)
        counts["seen"] += _AT_ONCE
        counts["no_class"] += _AT_ONCE - len(pages)
        wanted = _wanted(pages, label, full, of, shown, counts)
        vectors: Any = encoder.encode([pages[at].caption for at in wanted]).embeddings if wanted else []
        for at, vector in zip(wanted, vectors, strict=True):
            page, one = pages[at], int(label[at])
            cosine = float(vector @ towards[one])
            if cosine <= of.threshold:
                counts["below_threshold"] += 1
            elif page.wnid != WNIDS[one]:
                counts["another"] += 1
            elif full[one] >= of.per_class:
                counts["beyond_cap"] += 1
            else:
                full[one] += 1
                rows.append((_row(page, one, cosine), np.asarray(vector, np.float32)))
        if (full >= of.per_class).all():
            break
    rows.sort(key=lambda row: (row[0]["label"], row[0]["page"]))
    counts["kept"] = len(rows)
    return [row for row, _ in rows], np.stack([vector for _, vector in rows]), counts


def _wanted(
    pages: Sequence[Page],
    label: np.ndarray,
    full: np.ndarray,
    of: PoolOf,
    shown: set[int],
    counts: dict[str, int],
) -> list[int]:
    """Which candidates are worth reading: of a class that is not full, with a picture not met before."""
    found = []
    for at, (page, one) in enumerate(zip(pages, label.tolist(), strict=True)):
        if one >= of.classes or full[one] >= of.per_class:
            counts["beyond_cap"] += 1
        elif page.picture in shown:
            counts["repeated_picture"] += 1
        else:
            shown.add(page.picture)
            found.append(at)
    return found


def _row(page: Page, label: int, cosine: float) -> dict[str, Any]:
    return {
        "label": label,
        "wnid": page.wnid,
        "page": page.index,
        "picture": page.picture,
        "caption": page.caption,
        "similarity": cosine,
        "typicality": typicality(page.scene),
    }
