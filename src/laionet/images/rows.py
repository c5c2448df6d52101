"""What readers of reference images yield, and how rows become batches."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from laionet.errors import ShardError
from laionet.schema import PICTURES, Drop
from laionet.stage import Batch

#: Counts up when the same files are read to other rows; results made from the old ones are not reused.
READER_VERSION = 1

#: Bytes of images after which a batch ends early, so that a batch of large ones fits in memory.
_BATCH_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """An image whose class is known. ``position`` is its number in the shard, from 0."""

    position: int
    sample: str
    label: int
    caption: str | None
    url: str | None
    image: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """A row without an image or a class, and why."""

    position: int
    reason: Drop


class Reader(Protocol):
    """The rows of one shard; a small picklable object."""

    def files(self) -> list[Path]:
        """The files that the rows come from."""

    def settings(self) -> Any:
        """What else decides the rows; something that JSON can hold."""

    def rows(self) -> Iterator[Row | Lost]:
        """Every row once, in order."""


def identity(reader: Reader, classes: str) -> str:
    """A digest of what decides a shard's rows: its files' names, sizes and times, settings and classes.

    Raises:
        ShardError: where a file is gone.
    """
    digest = hashlib.sha256(json.dumps([READER_VERSION, classes, reader.settings()], default=str).encode())
    for path in reader.files():
        try:
            state = path.stat()
        except OSError as error:
            raise ShardError(f"Cannot read {path}: {error.strerror or error}. Put it back.") from error
        digest.update(repr((path.name, state.st_size, state.st_mtime_ns)).encode("utf-8", "backslashreplace"))
    return digest.hexdigest()


def batches(rows: Iterable[Row | Lost], wnids: tuple[str, ...], batch_rows: int) -> Iterator[Batch]:
    """Rows as batches of ``schema.PICTURES``, in order; what was lost is told with the batch that follows it.

    Args:
        rows: from a reader.
        wnids: the wnid of each label.
        batch_rows: rows of a batch; fewer where its images would be more than 256 MiB.
    """
    held: list[Row] = []
    lost: dict[Drop, list[int]] = {}
    size = 0
    for row in rows:
        if isinstance(row, Lost):
            lost.setdefault(row.reason, []).append(row.position)
            continue
        held.append(row)
        size += len(row.image)
        if len(held) >= batch_rows or size >= _BATCH_BYTES:
            yield _batch(held, wnids, lost)
            held, lost, size = [], {}, 0
    if held or lost:
        yield _batch(held, wnids, lost)


def _batch(rows: list[Row], wnids: tuple[str, ...], lost: dict[Drop, list[int]]) -> Batch:
    columns: list[list[Any]] = [
        [row.sample for row in rows],
        [wnids[row.label] for row in rows],
        [row.label for row in rows],
        [row.caption for row in rows],
        [row.url for row in rows],
        [row.image for row in rows],
    ]
    arrays = [pa.array(values, field.type) for values, field in zip(columns, PICTURES, strict=True)]
    positions = {reason: np.array(sorted(at), np.int64) for reason, at in sorted(lost.items())}
    return Batch(pa.table(arrays, schema=PICTURES), positions)


def printable(text: str) -> str:
    """A file name as Arrow can hold it: bytes that are no UTF-8 are written as ``\\udcff``."""
    return text.encode("utf-8", "backslashreplace").decode()
