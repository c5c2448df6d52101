"""Opening a dataset folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from laionet.dataset import layout
from laionet.dataset.layout import ClassRow
from laionet.errors import OutputError
from laionet.schema import DATASET
from laionet.shards import read_json


@dataclass(frozen=True, eq=False)
class Dataset:
    """A finished dataset folder.

    Attributes:
        folder: where it is.
        manifest: how it was made, as the folder's ``manifest.json`` has it.
        class_rows: the classes in label order, with their number of samples; they can stand for a class
            list wherever the functions of this package take one.
    """

    folder: Path
    manifest: dict[str, Any]
    class_rows: tuple[ClassRow, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """The parquet files, in order."""
        return tuple(self.folder / file["name"] for file in self.manifest["dataset"]["files"])

    @property
    def classes(self) -> pa.Table:
        """One row per class in label order: label, wnid, name, lemmas, definition, samples."""
        rows = [{name: getattr(row, name) for name in layout.CLASS_COLUMNS} for row in self.class_rows]
        return pa.Table.from_pylist(rows, schema=layout.CLASS_TABLE)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns: those of ``schema.DATASET``, then those that came with an import."""
        return tuple(self.table_schema().names)

    def table_schema(self) -> pa.Schema:
        """Schema of the rows: that of ``schema.DATASET``, then the columns that came with an import."""
        return _as_dataset(_schema(self.files[0]))

    def counts(self) -> dict[str, int]:
        """Samples of each wnid in label order; 0 for an empty class."""
        return {row.wnid: row.samples for row in self.class_rows}

    def tables(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The rows of one data file after the other, with the types of ``schema.DATASET``.

        Raises:
            OutputError: for an unknown column, or a data file that cannot be read.
        """
        for path in self.files:
            stored = _schema(path)
            names = _names(stored, columns)
            try:
                table = pq.read_table(path, columns=names)
            except (OSError, pa.ArrowException) as error:
                raise _unreadable(path, error) from error
            yield table.select(names).cast(_as_dataset(pa.schema([stored.field(n) for n in names])))

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """All rows, or some of their columns, in memory; ``tables`` for one file at a time."""
        return pa.concat_tables(self.tables(columns))

    def head(self, rows: int = 5, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """The first rows, or some of their columns, as dicts; little more than these is read.

        Raises:
            OutputError: for an unknown column, or a data file that cannot be read.
        """
        found: list[dict[str, Any]] = []
        for path in self.files:
            if len(found) < rows:
                found += _first_rows(path, rows - len(found), _names(_schema(path), columns))
        return found

    def __len__(self) -> int:
        return int(self.manifest["dataset"]["rows"])

    def __repr__(self) -> str:
        found = sum(row.samples > 0 for row in self.class_rows)
        name = self.manifest.get("name") or self.folder.name
        return f"<Dataset {name!r}: {len(self):,} rows, {found:,} of {len(self.class_rows):,} classes>"

    def _repr_html_(self) -> str:
        from laionet.report.notebook import dataset_html

        return dataset_html(self)


def open_dataset(folder: str | Path) -> Dataset:
    """Open a folder that ``laionet build`` or ``from_published`` made; nothing but its lists is read yet.

    Raises:
        OutputError: where the folder is no dataset, or one whose writing was interrupted.
    """
    folder = Path(folder).expanduser()
    manifest = _manifest_of(folder)
    if manifest is None or not (folder / layout.CLASSES).is_file():
        raise OutputError(f"{folder} is not a dataset: {_why_not(folder)}")
    dataset = Dataset(folder, manifest, tuple(layout.read_classes_csv(folder / layout.CLASSES)))
    missing = [path.name for path in dataset.files if not path.is_file()]
    if missing:
        raise OutputError(
            f"{folder} lacks {len(missing)} of its {len(dataset.files)} data files, {missing[0]} for one. "
            "Copy the whole folder, or build it again."
        )
    return dataset


def _manifest_of(folder: Path) -> dict[str, Any] | None:
    """The manifest of a dataset, or None where there is none, or one of a run, which names no data files."""
    manifest = read_json(folder / layout.MANIFEST) if folder.is_dir() else None
    part = manifest.get("dataset") if isinstance(manifest, dict) else None
    whole = isinstance(part, dict) and isinstance(part.get("files"), list) and bool(part["files"])
    return manifest if whole else None


def _why_not(folder: Path) -> str:
    if not folder.is_dir():
        return "there is no such folder. Give the folder that holds manifest.json and data/."
    if (folder / "dataset" / layout.MANIFEST).is_file():
        return f"but {folder / 'dataset'} is one; open that."
    if any((folder / layout.DATA).glob("*.parquet")):
        return "it has data, but no whole manifest.json and classes.csv. Run laionet build again to finish it."
    return "it has no manifest.json of one. Make a dataset with laionet build."


def _as_dataset(stored: pa.Schema) -> pa.Schema:
    return pa.schema([DATASET.field(f.name) if f.name in DATASET.names else f for f in stored])


def _names(stored: pa.Schema, columns: Sequence[str] | None) -> list[str]:
    """The columns that are wanted, all of them for None."""
    unknown = [name for name in columns or () if name not in stored.names]
    if unknown:
        have = ", ".join(stored.names)
        raise OutputError(f"The dataset has no column {', '.join(unknown)}; it has: {have}.")
    return list(columns) if columns is not None else list(stored.names)


def _first_rows(path: Path, rows: int, names: Sequence[str]) -> list[dict[str, Any]]:
    try:
        with pq.ParquetFile(path) as file:
            batch = next(file.iter_batches(batch_size=rows, columns=list(names)), None)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error
    return list(batch.to_pylist()) if batch is not None else []


def _schema(path: Path) -> pa.Schema:
    try:
        return pq.read_schema(path).remove_metadata()
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> OutputError:
    return OutputError(f"Cannot read {path}: {error}. Copy the file again, or build the dataset again.")
