"""A described dataset: its labels, predictions and embeddings, read from parquet in class order."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from laionet.errors import OutputError
from laionet.flow.folder import RunFolder
from laionet.flow.run import classes_of
from laionet.vocab import ClassList, load_classes

#: Embeddings beyond so many bytes are kept in a temporary file that is mapped into memory.
IN_MEMORY = 1 << 28


class Described:
    """A dataset as models see it; rows are in class order, and within a class in their own.

    Args:
        title: what to call it.
        classes: its class list.
        source: a table, or parquet files, with ``label`` and the columns that ``describe`` writes.
        folder: the run's folder, where there is one.
    """

    def __init__(
        self, title: str, classes: ClassList, source: pa.Table | Sequence[Path], folder: Path | None = None
    ) -> None:
        self.title, self.classes, self.folder = title, classes, folder
        self._table = source if isinstance(source, pa.Table) else None
        self._files = () if isinstance(source, pa.Table) else tuple(source)

    def __len__(self) -> int:
        return len(self.label)

    @cached_property
    def schema(self) -> pa.Schema:
        """Of the table or the files."""
        return self._table.schema if self._table is not None else pq.read_schema(self._files[0])

    @cached_property
    def _order(self) -> np.ndarray:
        return np.argsort(self._label, kind="stable")

    @cached_property
    def _label(self) -> np.ndarray:
        return np.concatenate([np.asarray(part["label"], np.int64) for part in self._parts(["label"])])

    @cached_property
    def label(self) -> np.ndarray:
        """Label of each row, int64 (n,), ascending."""
        return self._label[self._order]

    @cached_property
    def counts(self) -> np.ndarray:
        """Images of each class, int64 (classes,)."""
        return np.bincount(self.label, minlength=len(self.classes))

    @property
    def samples(self) -> np.ndarray:
        """Ids of the rows, objects (n,)."""
        found = [np.array(part["sample"].to_pylist(), dtype=object) for part in self._parts(["sample"])]
        return np.concatenate(found)[self._order]

    def names(self, kind: str) -> list[str]:
        """Models with a column of that kind: ``embedding``, ``top``, ``zero_shot``, ``synset_similarity``."""
        return [name.partition("/")[2] for name in self.schema.names if name.startswith(f"{kind}/")]

    def integers(self, column: str) -> np.ndarray:
        """A column of lists of labels as int64 (n, k): -1 for a class that is not in the list, -2 where null."""
        rows = np.concatenate([_matrix(part[column], -2) for part in self._parts([column])])
        return rows[self._order].astype(np.int64)

    def numbers(self, column: str) -> np.ndarray:
        """A column of numbers as float64 (n,); NaN where null."""
        values = [
            np.asarray(part[column].to_numpy(zero_copy_only=False), np.float64) for part in self._parts([column])
        ]
        return np.concatenate(values)[self._order]

    def embeddings(self, encoder: str) -> np.ndarray:
        """The embeddings of an encoder as float32 (n, dim), NaN where null; mapped from a file where large."""
        column = f"embedding/{encoder}"
        place = np.empty(len(self), dtype=np.int64)
        place[self._order] = np.arange(len(self))
        found: np.ndarray | None = None
        start = 0
        for part in self._parts([column]):
            rows = _matrix(part[column], np.nan).astype(np.float32, copy=False)
            if found is None:
                found = _room((len(self), rows.shape[1]))
            found[place[start : start + len(rows)]] = rows
            start += len(rows)
        return np.zeros((0, 1), np.float32) if found is None else found

    def _parts(self, columns: list[str]) -> Iterator[pa.Table]:
        """The columns, a row group at a time."""
        if self._table is not None:
            yield self._table.select(columns)
        for path in self._files:
            with pq.ParquetFile(path) as file:
                for group in range(file.num_row_groups):
                    yield file.read_row_group(group, columns=columns)


def open_described(folder: Path, title: str | None = None) -> Described:
    """Read what ``describe`` wrote in a run's folder.

    Raises:
        OutputError: where nothing was described there.
    """
    run = RunFolder(folder)
    recipe = run.recipe()
    reports = [report for report in run.reports("describe") if report["status"] == "done"]
    if not any(report["kept"] for report in reports):
        raise OutputError(f"{folder} has no described images. Run:  laionet describe {folder}")
    files = [run.stage("describe") / f"{report['name']}.parquet" for report in reports]
    listed = folder / "classes.csv"  # the recipe's own source may be elsewhere by now
    classes = load_classes(str(listed)) if listed.exists() else classes_of(recipe)
    return Described(title or recipe.name, classes, files, folder)


def _matrix(column: pa.ChunkedArray, missing: Any) -> np.ndarray:
    """A column of lists of one length as (n, length)."""
    values = column.combine_chunks()
    if isinstance(values, pa.ChunkedArray):
        values = pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], values.type)
    if not pa.types.is_fixed_size_list(values.type):
        length = max((len(row) for row in values.to_pylist() if row is not None), default=1)
        values = values.cast(pa.list_(values.type.value_type, length))
    # A fixed-size list keeps room for its values where it is null, so that rows stay in their places.
    length = values.type.list_size
    rows = np.array(values.values.slice(values.offset * length)).reshape(-1, length)[: len(values)].copy()
    rows[np.asarray(values.is_null())] = missing
    return rows


def _room(shape: tuple[int, int]) -> np.ndarray:
    if 4 * shape[0] * shape[1] <= IN_MEMORY:
        return np.empty(shape, np.float32)
    # Nobody else sees the file: its name is gone at once, its space when the array is.
    with tempfile.TemporaryFile(prefix="laionet-embeddings-") as file:
        return np.memmap(file, np.float32, "w+", shape=shape)
