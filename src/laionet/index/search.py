"""Searching an index: what is looked at, and true similarities at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from laionet.errors import OutputError
from laionet.index.exact import Found, exact, exact_within, rescored
from laionet.index.inverted import Lists
from laionet.index.manifest import read_manifest
from laionet.index.parts import Part, unit

#: Candidates, and queries, that are held together. Files of lists beyond what memory holds are read for each such
#: batch, so that it is as large as memory allows.
CANDIDATES_AT_ONCE, QUERIES_AT_ONCE = 1 << 21, 1 << 17
#: Neighbours that are looked at for one of the query's own class where vectors are not kept, as in the paper.
LOOKED_AT = 512


@dataclass(frozen=True)
class Neighbours:
    """What was found for n queries, nearest first.

    Attributes:
        similarity: float32 (n, k), cosine; -inf where there are fewer than k neighbours.
        number: int64 (n, k), which of the index's rows; -1 where there is none.
        how: how they were found, in words.
    """

    similarity: np.ndarray
    number: np.ndarray
    how: str


@dataclass(frozen=True)
class Index:
    """An index opened for searching.

    Attributes:
        folder: where it is.
        manifest: what ``index.json`` says.
        parts: its parts in order.
        lists: of an approximate index, else none.
    """

    folder: Path
    manifest: dict[str, Any]
    parts: tuple[Part, ...]
    lists: Lists | None = field(repr=False, default=None)

    def __len__(self) -> int:
        return int(self.starts[-1])

    @cached_property
    def starts(self) -> np.ndarray:
        """Number of the first row of each part, and of all rows; int64 (parts + 1,)."""
        return np.cumsum([0, *(part.rows for part in self.parts)])

    @property
    def exact(self) -> bool:
        """Whether all vectors are looked at."""
        return self.lists is None

    @property
    def keeps_vectors(self) -> bool:
        """Whether similarities are those of the stored vectors."""
        return bool(self.manifest["vectors"])

    @cached_property
    def classes(self) -> pa.Array:
        """Class of each row, dictionary-encoded; null where it has none."""
        columns = [part.table(["wnid"])["wnid"].combine_chunks() for part in self.parts]
        return pc.dictionary_encode(pa.chunked_array(columns, pa.string()).combine_chunks())

    def search(
        self, queries: np.ndarray, k: int = 10, *, nprobe: int | None = None, candidates: int | None = None
    ) -> Neighbours:
        """The k nearest rows of each query.

        Args:
            queries: float (n, dim); they are scaled to length 1.
            k: neighbours of each.
            nprobe: lists that are looked at, of an approximate index; what the build chose where not given.
            candidates: of the scan's best, how many are compared by their stored vectors; likewise, and at least
                four for each neighbour.

        Raises:
            OutputError: where the queries' length is not that of the index.
            ValueError: for k below 1.
        """
        unit_queries = self._checked(queries, k)
        most = self._looked_at(k, candidates)
        at_once = max(1, min(QUERIES_AT_ONCE, CANDIDATES_AT_ONCE // most))
        found = [
            self._nearest(unit_queries[start : start + at_once], k, nprobe, most)
            for start in range(0, len(unit_queries), at_once)
        ]
        return self._numbered(found, k, "all vectors" if self.exact else self._approximately(nprobe))

    def search_within_class(self, queries: np.ndarray, classes: Sequence[str], k: int = 1) -> Neighbours:
        """The k nearest rows of each query that have the query's class.

        Exact where vectors are kept: all rows of the class are looked at. Else the ``LOOKED_AT`` nearest rows are
        looked at, as a variant of the paper did, and those of the class kept; there may be none among them.

        Args:
            queries: float (n, dim).
            classes: of each query.
            k: neighbours of each.

        Raises:
            OutputError: where the rows of the index have no classes, or the length of queries is another.
        """
        unit_queries = self._checked(queries, k)
        if self.classes.null_count == len(self.classes):
            raise OutputError(
                f"The rows of {self.folder} have no classes. Build the index from a dataset of laionet, or from a "
                "parquet table with a column wnid."
            )
        place = {name: at for at, name in enumerate(self.classes.dictionary.to_pylist())}
        wanted = np.array([place.get(one, -2) for one in classes], dtype=np.int64)
        own = np.asarray(pc.fill_null(self.classes.indices, -1), np.int64)
        if not self.keeps_vectors:
            return self._among_nearest(unit_queries, wanted, own, k)
        similarity = np.full((len(wanted), k), -np.inf, np.float32)
        number = np.full((len(wanted), k), -1, np.int64)
        for one in np.unique(wanted[wanted >= 0]):
            mine = np.flatnonzero(wanted == one)
            members = np.split(
                np.flatnonzero(own == one), np.searchsorted(np.flatnonzero(own == one), self.starts[1:-1])
            )
            rows = [rows - start for rows, start in zip(members, self.starts[:-1], strict=True)]
            found = self._numbered([exact_within(self.parts, rows, unit_queries[mine], k)], k, "")
            similarity[mine], number[mine] = found.similarity, found.number
        return Neighbours(similarity, number, "all vectors of the query's class")

    def rows(self, numbers: np.ndarray, columns: Sequence[str] | None = None) -> pa.Table:
        """What is known of some rows, in the order asked for: file, row, caption, url, wnid.

        Args:
            numbers: int64 (m,), from 0 to the size of the index.
            columns: some of them; all where not given.
        """
        of_part = np.searchsorted(self.starts, numbers, side="right") - 1
        tables, places = [], []
        for part in np.unique(of_part):
            mine = np.flatnonzero(of_part == part)
            places.append(mine)
            table = self.parts[part].table(columns)
            tables.append(table.take(pa.array(numbers[mine] - self.starts[part])))
        if not tables:
            return self.parts[0].table(columns).slice(0, 0)
        return pa.concat_tables(tables).take(pa.array(np.argsort(np.concatenate(places))))

    def _checked(self, queries: np.ndarray, k: int) -> np.ndarray:
        if k < 1:
            raise ValueError(f"k is {k}; it must be at least 1")
        dim = self.manifest["dim"]
        if queries.ndim != 2 or queries.shape[1] != dim:
            raise OutputError(f"Queries are of shape {queries.shape}, the index has vectors of length {dim}.")
        found = unit(queries)
        if not np.isfinite(found).all():
            raise OutputError("A query has an embedding without a direction (zero or not finite); leave it out.")
        return found

    def _approximately(self, nprobe: int | None) -> str:
        probed = nprobe or self.manifest["nprobe"]
        return f"{probed} of {self.manifest['lists']} lists" + (
            ", true similarities" if self.keeps_vectors else ""
        )

    def _looked_at(self, k: int, candidates: int | None) -> int:
        """Rows of each query that come out of the scan."""
        if self.lists is None or not self.keeps_vectors:
            return k
        return max(4 * k, candidates or self.manifest["candidates"])

    def _nearest(self, queries: np.ndarray, k: int, nprobe: int | None, most: int) -> Found:
        if self.lists is None:
            return exact(self.parts, queries, k)
        similarity, number = self.lists.scan(queries, nprobe or self.manifest["nprobe"], most)
        found = self._placed(similarity, number)
        return rescored(self.parts, queries, found, k) if self.keeps_vectors else found

    def _placed(self, similarity: np.ndarray, number: np.ndarray) -> Found:
        """Numbers of rows as parts and rows in these."""
        part = np.where(number >= 0, np.searchsorted(self.starts, number, side="right") - 1, -1)
        row = np.where(number >= 0, number - self.starts[np.maximum(part, 0)], -1)
        return Found(np.where(number >= 0, similarity, -np.inf).astype(np.float32), part.astype(np.int32), row)

    def _numbered(self, found: Sequence[Found], k: int, how: str) -> Neighbours:
        if not found:
            return Neighbours(np.zeros((0, k), np.float32), np.zeros((0, k), np.int64), how)
        similarity, part, row = (
            np.concatenate([_wide(getattr(one, name), k, fill) for one in found])
            for name, fill in (("similarity", -np.inf), ("part", -1), ("row", -1))
        )
        number = np.where(part >= 0, self.starts[np.maximum(part, 0)] + row, -1)
        return Neighbours(similarity, number, how)

    def _among_nearest(self, queries: np.ndarray, wanted: np.ndarray, own: np.ndarray, k: int) -> Neighbours:
        found = self.search(queries, LOOKED_AT)
        theirs = np.where(found.number >= 0, own[np.maximum(found.number, 0)], -1)
        same = (theirs == wanted[:, None]) & (theirs >= 0)
        order = np.argsort(~same, axis=1, kind="stable")[:, :k]
        kept = np.take_along_axis(same, order, axis=1)
        return Neighbours(
            np.where(kept, np.take_along_axis(found.similarity, order, axis=1), -np.inf).astype(np.float32),
            np.where(kept, np.take_along_axis(found.number, order, axis=1), -1),
            f"those of the query's class among the {LOOKED_AT} nearest",
        )


def _wide(values: np.ndarray, k: int, fill: float) -> np.ndarray:
    """With k columns, where an index has fewer rows than that."""
    return np.pad(values, ((0, 0), (0, k - values.shape[1])), constant_values=fill)


def open_index(folder: str | Path) -> Index:
    """Open a folder that ``laionet index build`` made.

    Sizes of all files are compared with its manifest; those that faiss reads are hashed before it sees them. faiss
    does not defend itself against files made to harm: open indexes of people you trust.

    Raises:
        OutputError: where it is no index, unfinished, or its files are not those of the manifest.
    """
    folder = Path(folder).expanduser()
    manifest = read_manifest(folder)
    parts = tuple(
        Part(folder / "parts", one["name"], one["rows"], manifest["dim"], manifest["precision"], one["dropped"])
        for one in manifest["parts"]
    )
    lists = Lists.opened(folder, manifest) if manifest["kind"] == "ivf" else None
    return Index(folder, manifest, parts, lists)
