"""Image embeddings of a corpus as others keep them: clip-retrieval's shards, its index, tables of laionet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from laionet.errors import CorpusError
from laionet.flow.comparing.described import Described
from laionet.index.exact import exact
from laionet.index.parts import unit

_NUMBER = re.compile(r"(\d+)\.(npy|parquet)$")
#: Columns that say which image a row is, where a table has them.
_KNOWN = ("url", "caption", "image_path", "key")
_BLOCK = 32_768


@dataclass(frozen=True)
class Array:
    """Vectors of one array, in memory or mapped."""

    x: np.ndarray

    def vectors(self) -> np.ndarray:
        """All of them."""
        return self.x

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Rows that have a direction, and their unit vectors."""
        for start in range(0, len(self.x), _BLOCK):
            block = unit(self.x[start : start + _BLOCK])
            known = np.flatnonzero(np.isfinite(block).all(axis=1))
            if len(known):
                yield known + start, block[known]


@dataclass(frozen=True)
class Images:
    """Embeddings of a corpus's images.

    Attributes:
        arrays: of float (n, dim), one a shard.
        metadata: parquet files, one a shard; or one table for all; or none.
        index: clip-retrieval's faiss index, in place of arrays.
    """

    arrays: tuple[Array, ...]
    metadata: tuple[Path, ...] | pa.Table | None
    index: Any = None

    @property
    def starts(self) -> np.ndarray:
        """Number of the first row of each shard, and of all; int64."""
        sizes = [self.index.ntotal] if self.index is not None else [len(one.x) for one in self.arrays]
        return np.cumsum([0, *sizes])

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Cosines, float32 (n, k), descending, and numbers of rows, int64 (n, k), -1 where there is none."""
        if self.index is not None:
            return self._by_index(queries, k)
        found = exact(self.arrays, queries, k)
        number = self.starts[np.maximum(found.part, 0)] + found.row
        known = (found.part >= 0) & np.isfinite(found.similarity)
        return np.where(known, found.similarity, -np.inf), np.where(known, number, -1)

    def _by_index(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        import faiss

        similarity, number = self.index.search(queries, k)
        if self.index.metric_type == faiss.METRIC_L2:
            similarity = 1 - similarity / 2  # of unit vectors
        return np.where(number >= 0, similarity, -np.inf), number

    def rows(self, numbers: np.ndarray) -> pa.Table:
        """What is known of some rows, in their order; at least their ``number``, or ``sample`` and ``wnid``."""
        if isinstance(self.metadata, pa.Table):
            return self.metadata.take(pa.array(numbers))
        if self.metadata is None:
            return pa.table({"number": pa.array(numbers, pa.int64())})
        starts = np.cumsum([0, *(pq.read_metadata(path).num_rows for path in self.metadata)])
        of_file = np.searchsorted(starts, numbers, side="right") - 1
        tables, places = [], []
        for file in np.unique(of_file):
            mine = np.flatnonzero(of_file == file)
            schema = pq.read_schema(self.metadata[file]).names
            table = pq.read_table(self.metadata[file], columns=[name for name in _KNOWN if name in schema])
            tables.append(table.take(pa.array(numbers[mine] - starts[file])))
            places.append(mine)
        whole = pa.concat_tables(tables, promote_options="permissive")
        return whole.take(pa.array(np.argsort(np.concatenate(places)))).append_column(
            "number", pa.array(numbers, pa.int64())
        )


def of_described(data: Described, encoder: str) -> Images:
    """Those of a described dataset, with its samples and classes."""
    wnid = [data.classes.wnids[label] for label in data.label]
    table = pa.table({"sample": pa.array(data.samples.tolist(), pa.string()), "wnid": pa.array(wnid, pa.string())})
    return Images((Array(data.embeddings(encoder)),), table)


def clip_retrieval(folder: Path) -> Images | None:
    """Shards of clip-retrieval (``img_emb/``), or an index of it (``image.index``); none where it is neither.

    Arrays are read without pickle. An index is read by faiss, which does not defend itself against files that were
    made to harm.

    Raises:
        CorpusError: where shards and metadata do not fit each other, or cannot be read.
    """
    metadata = _numbered(folder / "metadata", "parquet")
    if (folder / "image.index").is_file():
        import faiss

        try:
            index = faiss.read_index(str(folder / "image.index"))
        except RuntimeError as error:
            raise CorpusError(f"{folder / 'image.index'} cannot be read by faiss: {error}") from error
        _same_rows(folder, metadata, [int(index.ntotal)])
        return Images((), tuple(metadata) or None, index)
    files = _numbered(folder / "img_emb", "npy") or _numbered(folder, "npy")
    if not files:
        return None
    try:
        arrays = [np.load(path, mmap_mode="r", allow_pickle=False) for path in files]
    except (OSError, ValueError) as error:
        raise CorpusError(f"{folder} has an array that cannot be read: {error}") from error
    if any(one.ndim != 2 or not np.issubdtype(one.dtype, np.floating) for one in arrays):
        raise CorpusError(f"{folder} has an array that is not one of embeddings, float (n, dim).")
    if len({one.shape[1] for one in arrays}) > 1:
        raise CorpusError(f"{folder} has embeddings of several lengths.")
    _same_rows(folder, metadata, [len(one) for one in arrays])
    return Images(tuple(map(Array, arrays)), tuple(metadata) or None)


def _numbered(folder: Path, ending: str) -> list[Path]:
    """Files whose names end in a number, by that number."""
    found = [(int(m[1]), path) for path in folder.glob(f"*.{ending}") if (m := _NUMBER.search(path.name))]
    return [path for _, path in sorted(found)]


def _same_rows(folder: Path, metadata: Sequence[Path], rows: Sequence[int]) -> None:
    try:
        told = [pq.read_metadata(path).num_rows for path in metadata]
    except (OSError, pa.ArrowException) as error:
        raise CorpusError(f"{folder} has metadata that cannot be read: {error}") from error
    if told and (sum(told) != sum(rows) or (len(told) == len(rows) and told != list(rows))):
        raise CorpusError(f"{folder} has {sum(rows):,} embeddings and metadata of {sum(told):,} rows.")
