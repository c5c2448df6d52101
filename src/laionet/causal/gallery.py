"""Pictures of many pages at once, by all cores; and a corpus and annotated datasets written to disk."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from laionet.causal.annotators import Annotators, take
from laionet.causal.latents import typicality
from laionet.causal.render import SIZE, render, to_jpeg
from laionet.causal.senses import CLASS_SOURCE, SUBJECTS, WNIDS
from laionet.causal.sheet import contact_sheet, every_shape
from laionet.causal.web import CORPUS, TRUTH, Page, Web, corpus_row, truth_row
from laionet.events import Event, Listener, ignore
from laionet.images.store import ImageWriter
from laionet.matching import match
from laionet.schema import PICTURES, field
from laionet.shards import ShardWriter, replacing
from laionet.vocab import load_classes

#: Pages written at once.
_PAGES = 10_000


def picture(web: Web, index: int) -> bytes:
    """The JPEG file of a picture."""
    return to_jpeg(render(web.scene(index)))


def pictures(web: Web, indices: Sequence[int], workers: int = 1) -> Iterator[bytes]:
    """The JPEG files of many pictures, in order; drawn by ``workers`` processes."""
    if workers <= 1 or len(indices) < 64:
        yield from (picture(web, index) for index in indices)
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(partial(picture, web), indices, chunksize=16)


def write_corpus(web: Web, start: int, stop: int, folder: Path) -> tuple[Path, Path]:
    """Write pages ``start`` to ``stop`` as a caption corpus in LAION-400M's layout, and the truth beside it.

    Returns:
        ``folder/corpus/part-00000.parquet`` and ``folder/truth/part-00000.parquet``; equal webs give equal bytes.
    """
    corpus, truth = (folder / name / "part-00000.parquet" for name in ("corpus", "truth"))
    with ShardWriter(corpus, CORPUS) as said, ShardWriter(truth, TRUTH) as known:
        for first in range(start, stop, _PAGES):
            pages = list(web.pages(first, min(first + _PAGES, stop)))
            said.write(pa.Table.from_pylist([corpus_row(page, SIZE) for page in pages], schema=CORPUS))
            known.write(pa.Table.from_pylist([truth_row(page) for page in pages], schema=TRUTH))
    return corpus, truth


#: An annotated dataset: pictures, and how many workers marked each.
ANNOTATED = pa.schema(
    [
        *PICTURES,
        field("frequency", pa.float64(), "selection frequency: share of workers who marked it", nullable=False),
        field("typicality", pa.float64(), "how near the picture is to the stereotype, 0 to 1", nullable=False),
    ]
)


def candidates(web: Web, start: int, stop: int) -> tuple[list[Page], np.ndarray]:
    """Pages whose caption holds a lemma of just one class, and that class's label: what annotators are shown.

    As ImageNet's makers did, the web is searched by the words of the synset alone.
    """
    classes = load_classes(CLASS_SOURCE)
    pages = list(web.pages(start, stop))
    hits = match([page.caption for page in pages], classes)
    found: dict[int, set[int]] = {}
    for row, wnid in zip(hits["row"].to_pylist(), hits["wnid"].to_pylist(), strict=True):
        found.setdefault(row, set()).add(classes.index(wnid))
    rows = [row for row, labels in sorted(found.items()) if len(labels) == 1]
    return [pages[row] for row in rows], np.array([min(found[row]) for row in rows], dtype=np.int64)


def voted(pages: Sequence[Page], label: np.ndarray, annotators: Annotators) -> np.ndarray:
    """Selection frequency of each candidate for the class it was found for, float64 (n,)."""
    return annotators.frequency(
        np.array([page.picture for page in pages]),
        np.array([typicality(page.scene) for page in pages]),
        np.array([page.wnid for page in pages]) == np.array(WNIDS)[label],
    )


def annotate(
    web: Web, start: int, stop: int, annotators: Annotators, per_class: int, *, at_least: float = 0.7
) -> tuple[list[Page], np.ndarray, np.ndarray]:
    """The dataset that annotators make of pages ``start`` to ``stop``: S'.

    Returns:
        Pages taken, in order of label and page; their labels int64 (n,); their selection frequencies float64 (n,).
    """
    pages, label = candidates(web, start, stop)
    first = {page.picture: place for place, page in reversed(list(enumerate(pages)))}
    once = np.array([place for place, page in enumerate(pages) if first[page.picture] == place], dtype=np.int64)
    pages, label = [pages[place] for place in once], label[once]
    frequency = voted(pages, label, annotators)
    rng = np.random.default_rng([annotators.seed, 0x5E1])
    taken = take(frequency, label, per_class, rng, at_least=at_least)
    taken = taken[np.argsort(label[taken], kind="stable")]
    return [pages[place] for place in taken], label[taken], frequency[taken]


def write_annotated(
    web: Web, chosen: tuple[list[Page], np.ndarray, np.ndarray], path: Path, workers: int = 1
) -> Path:
    """Write what ``annotate`` took as parquet with the images in it; any reader of images opens it."""
    pages, label, frequency = chosen
    with ShardWriter(path, ANNOTATED) as writer:
        drawn = pictures(web, [page.picture for page in pages], workers)
        rows = [
            {
                "sample": f"{page.index:09d}",
                "wnid": WNIDS[one],
                "label": one,
                "caption": page.caption,
                "url": page.url,
                "image": image,
                "frequency": share,
                "typicality": typicality(page.scene),
            }
            for page, one, share, image in zip(pages, label.tolist(), frequency.tolist(), drawn, strict=True)
        ]
        writer.write(pa.Table.from_pylist(rows, schema=ANNOTATED))
    return path


def write_images(
    web: Web, start: int, stop: int, folder: Path, workers: int = 1, listener: Listener = ignore
) -> Path:
    """Draw the pictures of pages ``start`` to ``stop`` into a webdataset tar, ``folder/images/00000.tar``."""
    pages = list(web.pages(start, stop))
    listener(Event("stage_started", "draw", data={"shards": len(pages)}))
    with ImageWriter(folder / "images" / "00000", "tar") as writer:
        drawn = pictures(web, [page.picture for page in pages], workers)
        for page, image in zip(pages, drawn, strict=True):
            meta = {"caption": page.caption, "url": page.url, "wnid": page.wnid or None}
            writer.write(f"{page.index:09d}", image, "jpg", meta)
            listener(Event("shard_done", "draw", data={"kept": 1}))
    listener(Event("stage_done", "draw"))
    return folder / "images" / "00000.tar"


def write_sheet(folder: Path) -> Path:
    """Draw the contact sheet of all classes, ``folder/contact-sheet.png``."""
    path = folder / "contact-sheet.png"
    with replacing(path) as temporary:
        contact_sheet(every_shape([subject.thing for subject in SUBJECTS])).save(temporary, format="PNG")
    return path
