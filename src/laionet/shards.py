"""Files on disk: written to a temporary name and moved, read by the columns asked for.

A reader never sees half a file: data first, its report last, each by an atomic rename.
"""

from __future__ import annotations

import json
import math
import os
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from laionet.errors import ShardError

#: Rows of a row group. A constant, not a knob: the bytes of a shard must not depend on batch sizes.
ROW_GROUP = 65_536

_TEMPORARY = ".tmp-"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside ``path``; move it there if the block ends well, else delete it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{_TEMPORARY}{uuid.uuid4().hex}-{path.name}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file (UTF-8, line ends as given) atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def plain(value: Any) -> Any:
    """A document of plain values that JSON can hold: None for a number that is not finite."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically: sorted keys, two spaces, final newline, so equal values give equal bytes."""
    write_text(path, json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """Read JSON, or ``None`` where the file is missing or was cut short."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError, UnicodeDecodeError):
        return None


def sweep_temporaries(folder: Path) -> int:
    """Delete what a killed run left half written below ``folder``; returns how many files."""
    leftovers = [path for path in folder.rglob(f"{_TEMPORARY}*") if path.is_file()]
    for path in leftovers:
        path.unlink(missing_ok=True)
    return len(leftovers)


class ShardWriter:
    """Writes one parquet shard in row groups of ``ROW_GROUP`` rows, whatever the batches were.

    Use as a context manager; the file appears under its name only when the block ends well.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path, self.schema, self.rows = path, schema, 0
        self._pending: list[pa.Table] = []
        self._pending_rows = 0

    def __enter__(self) -> ShardWriter:
        self._replacing = replacing(self.path)
        self._file = pq.ParquetWriter(self._replacing.__enter__(), self.schema, compression="zstd")
        return self

    def write(self, table: pa.Table) -> None:
        """Append rows; columns must be those of the schema, in its order."""
        self._pending.append(table.cast(self.schema))
        self._pending_rows += len(table)
        self.rows += len(table)
        while self._pending_rows >= ROW_GROUP:
            self._flush(ROW_GROUP)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            if kind is None and self._pending_rows:
                self._flush(self._pending_rows)
            self._file.close()
        except BaseException as failure:
            self._replacing.__exit__(type(failure), failure, failure.__traceback__)
            raise
        self._replacing.__exit__(kind, error, trace)

    def _flush(self, rows: int) -> None:
        pending = pa.concat_tables(self._pending)
        self._file.write_table(pending.slice(0, rows).combine_chunks(), row_group_size=rows)
        rest = pending.slice(rows)
        self._pending, self._pending_rows = ([rest] if len(rest) else []), len(rest)


def read_table(path: Path, columns: Collection[str] | None = None) -> pa.Table:
    """Read a whole shard, or some of its columns.

    Raises:
        ShardError: where the file is missing or corrupt.
    """
    try:
        return pq.read_table(path, columns=list(columns) if columns is not None else None)
    except (OSError, pa.ArrowException) as error:
        raise ShardError(f"Cannot read {path.name}: {error}. Delete it and run the stage again.") from error


def iter_captions(path: Path, batch_rows: int = 32_768) -> Iterator[pa.Table]:
    """Batches of a candidate shard that never part the rows of one caption.

    Rows of one caption (same file and row) are neighbours; a batch ends where a caption ends, so what
    a stage does with a caption cannot depend on where the batches were cut.
    """
    try:
        held: pa.Table | None = None
        for batch in pq.ParquetFile(path).iter_batches(batch_size=batch_rows):
            table = pa.Table.from_batches([batch])
            held = table if held is None else pa.concat_tables([held, table])
            ends = caption_starts(held)
            if len(ends) > 1:
                yield held.slice(0, ends[-1])
                held = held.slice(ends[-1])
        if held is not None and len(held):
            yield held
    except (OSError, pa.ArrowException) as error:
        raise ShardError(f"Cannot read {path.name}: {error}. Delete it and run the stage again.") from error


def caption_starts(table: pa.Table) -> list[int]:
    """Positions where a caption's rows begin; the first is 0."""
    if not len(table):
        return []
    here, before = table.slice(1), table.slice(0, len(table) - 1)
    changed = pc.or_(
        pc.not_equal(here["file"], before["file"]), pc.not_equal(here["row"], before["row"])
    ).to_numpy()
    return [0, *(int(i) + 1 for i in changed.nonzero()[0])]
