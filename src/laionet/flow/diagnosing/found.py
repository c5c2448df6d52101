"""Rows of a corpus that texts of classes found: as a dataset, as a table, with their images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from laionet.errors import OutputError
from laionet.flow.comparing.described import Described
from laionet.flow.diagnosing.labelled import LabelledCaptions
from laionet.index import Index, Neighbours
from laionet.shards import replacing
from laionet.vocab import ClassList


@dataclass(frozen=True)
class Hits:
    """Rows of a corpus that texts of classes found, each row once in a class, the most similar first of its kind.

    Attributes:
        number: int64 (m,), row of the index.
        label: int64 (m,), class of the text that found it.
        similarity: float32 (m,), of row and text.
        query: int64 (m,), number of the text.
        all_similarities: float32 (n,), of every text to what it found; -inf where that is nothing.
    """

    number: np.ndarray
    label: np.ndarray
    similarity: np.ndarray
    query: np.ndarray
    all_similarities: np.ndarray

    def only(self, threshold: float) -> Hits:
        """Those strictly above a threshold."""
        kept = self.similarity > threshold
        some = (self.number[kept], self.label[kept], self.similarity[kept], self.query[kept])
        return Hits(*some, self.all_similarities)

    def above(self, threshold: float) -> dict[str, Any]:
        """Samples and classes that are left strictly above a threshold, and texts that found what others had."""
        kept = self.similarity > threshold
        found = int(np.sum(self.all_similarities > threshold))
        several = len(self.number[kept]) - len(np.unique(self.number[kept]))
        return {
            "threshold": float(threshold),
            "texts": found,
            "samples": int(kept.sum()),
            "classes": len(np.unique(self.label[kept])),
            "repeated": found - int(kept.sum()),
            "in_several_classes": several,
        }


def hits(found: Neighbours, label: np.ndarray) -> Hits:
    """The nearest row of each text; a row that several texts of one class find counts once, by the most similar.

    Counted as often as it was found, one image would be its own neighbour, at a cosine of 1.

    Args:
        found: of n texts; the first column counts.
        label: int64 (n,), class of each text.
    """
    similarity, number = found.similarity[:, 0], found.number[:, 0]
    some = np.flatnonzero(number >= 0)
    order = some[np.lexsort((some, -similarity[some], number[some], label[some]))]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(label[order]) != 0) | (np.diff(number[order]) != 0)
    kept = order[new]
    return Hits(number[kept], label[kept], similarity[kept], kept, np.where(number >= 0, similarity, -np.inf))


def write_found(
    path: Path, index: Index, found: Hits, given: LabelledCaptions, classes: ClassList, threshold: float
) -> None:
    """The rows above the threshold: those of the corpus, with the class and the text that found them."""
    kept = np.flatnonzero(found.similarity > threshold)
    rows = index.rows(found.number[kept])
    sample = [own or f"{at:09d}" for at, own in enumerate(rows["sample"].to_pylist())]
    columns = {
        "sample": pa.array(sample, pa.string()),
        "wnid": pa.array([classes.wnids[label] for label in found.label[kept]], pa.string()),
        "label": pa.array(found.label[kept], pa.int32()),
        "similarity": pa.array(found.similarity[kept], pa.float32()),
        "text": pa.array([given.captions[query] for query in found.query[kept]], pa.string()),
        **{name: rows[name] for name in ("caption", "url", "file", "row")},
    }
    with replacing(path) as temporary:
        pq.write_table(pa.table(columns), temporary, compression="zstd")


def described(index: Index, found: Hits, classes: ClassList, images: Described, reference: Described) -> Described:
    """What was found as a dataset with embeddings and similarities of texts; rows without an image are left out.

    Raises:
        OutputError: where none has an image, or images and reference have no encoder in common.
    """
    place = {sample: at for at, sample in enumerate(images.samples)}
    samples = index.rows(found.number, ["sample"])["sample"].to_pylist()
    at = np.array([place.get(sample, -1) for sample in samples], dtype=np.int64)
    if not (at >= 0).any():
        raise OutputError(
            f"No row that was found has an image in {images.title}. It must be the run that the index was built "
            "from, or a table whose column sample names the index's rows."
        )
    encoders = [name for name in images.names("embedding") if name in reference.names("embedding")]
    if not encoders:
        raise OutputError(f"{images.title} and {reference.title} were described by different encoders.")
    some = at >= 0
    columns: dict[str, Any] = {
        "label": pa.array(found.label[some], pa.int32()),
        "sample": pa.array([sample for sample, one in zip(samples, some, strict=True) if one], pa.string()),
        "similarity": pa.array(found.similarity[some], pa.float32()),
    }
    for name in encoders:
        x = images.embeddings(name)[at[some]]
        columns[f"embedding/{name}"] = pa.FixedSizeListArray.from_arrays(pa.array(x.ravel()), x.shape[1])
    return Described("searched by text", classes, pa.table(columns))
