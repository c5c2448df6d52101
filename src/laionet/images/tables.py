"""Reference images in parquet files, and in what the library ``datasets`` keeps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from laionet.errors import LayoutError, ShardError, require
from laionet.images.labels import KEYS, Labels, renumbered
from laionet.images.rows import Lost, Row
from laionet.images.tars import MAX_IMAGE_BYTES
from laionet.images.webdataset import text_or_none
from laionet.schema import Drop

_IMAGE = ("image", "img", "jpg", "png", "webp")
_CAPTION = ("caption", "text", "txt")
_URL = ("url", "image_url")
_SAMPLE = ("sample", "key", "id", "image_id", "__key__")

#: Rows read together: images are large, and only one batch of them is to be in memory.
_READ_ROWS = 16


@dataclass(frozen=True)
class Columns:
    """Which column is which; ``label`` are those that may hold the class."""

    image: str
    label: tuple[str, ...]
    caption: str | None = None
    url: str | None = None
    sample: str | None = None

    def names(self) -> list[str]:
        """The columns that are read, each once."""
        every = (self.image, *self.label, self.caption, self.url, self.sample)
        return list(dict.fromkeys(name for name in every if name))


def find_columns(schema: pa.Schema, where: object) -> Columns:
    """Find the columns of a table of images.

    Raises:
        LayoutError: where it has no image or no label.
    """
    images = [name for name in _IMAGE if name in schema.names and _is_image(schema.field(name).type)]
    labels = tuple(name for name in KEYS if name in schema.names)
    if not images:
        raise LayoutError(
            f"{where} has no column of images; it has {', '.join(schema.names)}. A column {' or '.join(_IMAGE)} "
            "with the bytes of image files, or a struct of bytes and path, is needed."
        )
    if not labels:
        raise LayoutError(
            f"{where} has no column of labels; it has {', '.join(schema.names)}. A column {' or '.join(KEYS)} "
            "is needed."
        )
    first = {n: _first(n, schema) for n in (_CAPTION, _URL, _SAMPLE)}
    return Columns(images[0], labels, first[_CAPTION], first[_URL], first[_SAMPLE])


def _is_image(type_: pa.DataType) -> bool:
    if pa.types.is_struct(type_):
        return type_.get_field_index("bytes") >= 0
    return pa.types.is_binary(type_) or pa.types.is_large_binary(type_) or pa.types.is_binary_view(type_)


def _first(names: Sequence[str], schema: pa.Schema) -> str | None:
    return next((name for name in names if name in schema.names), None)


def rows_of(
    tables: Iterable[pa.RecordBatch], columns: Columns, labels: Labels, prefix: str, first: int
) -> Iterator[Row | Lost]:
    """Rows of record batches in order.

    Args:
        tables: with the columns ``columns.names()``.
        columns: which is which.
        labels: finds the class.
        prefix: what sample ids begin with where there is no column for them; the row's number follows.
        first: number in the dataset of the first row.
    """
    position = 0
    for table in tables:
        for values in table.to_pylist():
            yield _row(values, columns, labels, f"{prefix}{first + position}", position)
            position += 1


def _row(values: dict[str, Any], columns: Columns, labels: Labels, name: str, position: int) -> Row | Lost:
    image = values[columns.image]
    data = image.get("bytes") if isinstance(image, dict) else image
    if data is None:  # a path alone is not followed: whoever wrote the file could name any file of this machine
        return Lost(position, Drop.NO_IMAGE)
    if len(data) > MAX_IMAGE_BYTES:
        return Lost(position, Drop.TOO_LARGE)
    label = labels.of_columns(values)
    if label is None:
        return Lost(position, Drop.UNKNOWN_LABEL)
    sample = values.get(columns.sample) if columns.sample else None
    caption, url = (text_or_none(values.get(key)) if key else None for key in (columns.caption, columns.url))
    return Row(position, name if sample is None else str(sample), label, caption, url, data)


def class_names(schema: pa.Schema, column: str) -> list[str] | None:
    """The names that a column's numbers stand for, where ``datasets`` wrote the file and left them there."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        names = features[column]["names"]
    except (KeyError, TypeError, ValueError):
        return None
    return names if isinstance(names, list) and all(isinstance(name, str) for name in names) else None


@dataclass(frozen=True)
class ParquetReader:
    """Some row groups of a parquet file.

    Attributes:
        path: the file.
        prefix: what sample ids begin with.
        groups: first row group and the one past the last.
        first: number in the file of the first row.
        columns: which column is which.
        labels: finds the class.
    """

    path: Path
    prefix: str
    groups: tuple[int, int]
    first: int
    columns: Columns
    labels: Labels

    def files(self) -> list[Path]:
        """The file."""
        return [self.path]

    def settings(self) -> list[Any]:
        """Which rows, from which columns, and what labels mean."""
        return ["parquet", self.prefix, self.groups, repr(self.columns), self.labels.digest]

    def rows(self) -> Iterator[Row | Lost]:
        """The rows in order."""
        try:
            with pq.ParquetFile(self.path, page_checksum_verification=True) as file:
                batches = file.iter_batches(_READ_ROWS, list(range(*self.groups)), self.columns.names())
                yield from rows_of(batches, self.columns, self.labels, self.prefix, self.first)
        except (OSError, pa.ArrowException) as error:
            raise ShardError(f"Cannot read {self.path}: {error}. Get it again.") from error


def parquet_readers(path: Path, prefix: str, labels: Labels, rows_per_shard: int) -> list[ParquetReader]:
    """Cut a parquet file at row groups into shards of about ``rows_per_shard`` rows.

    Raises:
        LayoutError: where it is no parquet file, or has no images or labels.
    """
    try:
        with pq.ParquetFile(path) as file:
            schema, metadata = file.schema_arrow, file.metadata
    except (OSError, pa.ArrowException) as error:
        raise LayoutError(f"Cannot read {path} as parquet: {error}. Get it again.") from error
    columns = find_columns(schema, path)
    if (names := class_names(schema, columns.label[0])) and labels.numbering is None:
        labels = renumbered(labels, names)
    readers, start, first, held = [], 0, 0, 0
    for group in range(metadata.num_row_groups):
        held += metadata.row_group(group).num_rows
        if held >= rows_per_shard or group == metadata.num_row_groups - 1:
            readers.append(ParquetReader(path, prefix, (start, group + 1), first, columns, labels))
            start, first, held = group + 1, first + held, 0
    return readers


def parquet_rows(path: Path) -> int:
    """Rows of a parquet file, by its footer."""
    return int(pq.read_metadata(path).num_rows)


@dataclass(frozen=True)
class HubReader:
    """Some rows of a dataset that the library ``datasets`` opens.

    Attributes:
        source: a folder that ``save_to_disk`` wrote, or a name on the hub.
        split: which part.
        fingerprint: of the content, from ``datasets``.
        span: first row and the one past the last.
        columns: which column is which.
        labels: finds the class.
    """

    source: str
    split: str
    fingerprint: str
    span: tuple[int, int]
    columns: Columns
    labels: Labels

    def files(self) -> list[Path]:
        """Of a folder its Arrow files; for a name on the hub the fingerprint stands for them."""
        return sorted(Path(self.source).rglob("*.arrow"))

    def settings(self) -> list[Any]:
        """Which rows of which content, and what labels mean."""
        return ["hf", self.split, self.fingerprint, self.span, repr(self.columns), self.labels.digest]

    def rows(self) -> Iterator[Row | Lost]:
        """The rows in order; the sample's id is the row's number."""
        dataset, fingerprint = _opened(self.source, self.split)
        if fingerprint != self.fingerprint:
            raise ShardError(f"{self.source} has changed since it was opened. Start again.")
        part = dataset.select(range(*self.span)).select_columns(self.columns.names()).with_format("arrow")
        tables = (batch for table in part.iter(_READ_ROWS) for batch in table.to_batches())
        yield from rows_of(tables, self.columns, self.labels, "", self.span[0])


def hub_readers(source: str, split: str, labels: Labels, rows_per_shard: int) -> list[HubReader]:
    """Cut a dataset of the library ``datasets`` into shards of ``rows_per_shard`` rows.

    Raises:
        LayoutError: where it cannot be opened, or has no images or labels.
        MissingExtra: where ``datasets`` is not installed.
    """
    dataset, fingerprint = _opened(source, split)
    schema = dataset.features.arrow_schema
    columns = find_columns(schema, source)
    if (names := class_names(schema, columns.label[0])) and labels.numbering is None:
        labels = renumbered(labels, names)
    spans = [(at, min(at + rows_per_shard, len(dataset))) for at in range(0, len(dataset), rows_per_shard)]
    return [HubReader(source, split, fingerprint, span, columns, labels) for span in spans]


@lru_cache(maxsize=1)
def _opened(source: str, split: str) -> tuple[Any, str]:
    """The dataset, its images as bytes, and the fingerprint of its content."""
    datasets = require("datasets", "hf", "read datasets of Hugging Face")
    try:
        if Path(source).is_dir():
            found = datasets.load_from_disk(source)
        else:
            found = datasets.load_dataset(source, split=split)
    except Exception as error:  # the library, the network and the disk each have exceptions of their own
        raise LayoutError(
            f"datasets cannot open {source} ({type(error).__name__}: {error}). Check the name and the split "
            f"{split!r}, or download it and name its folder of parquet files."
        ) from error
    if isinstance(found, dict):
        if split not in found:
            raise LayoutError(f"{source} has no split {split!r}; it has {', '.join(found)}.")
        found = found[split]
    fingerprint = str(found._fingerprint)
    for name, feature in list(found.features.items()):
        if isinstance(feature, datasets.Image):
            found = found.cast_column(name, datasets.Image(decode=False))
    return found, fingerprint
