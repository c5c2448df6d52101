"""Reading a shard: batches in the corpus schema, and the rows that cannot be used with the reason."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from laionet.corpus.convert import is_empty, pick, to_field, to_text
from laionet.corpus.opening import open_parquet
from laionet.corpus.planning import CorpusShard, Plan, Shard, plan, require_text_columns
from laionet.corpus.textfiles import text_blocks
from laionet.errors import LaionetError, ShardError
from laionet.schema import CORPUS, Drop

__all__ = ["Batch", "CorpusShard", "Plan", "Shard", "plan", "read"]

#: What one part of LAION counts for in the paper's row ids.
PART_ROWS = 100_000_000

_Columns = Mapping[str, pa.Array]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Batch:
    """Rows of a shard.

    Attributes:
        table: n rows in the corpus schema, each with a caption; columns that were not asked for are null.
        dropped: for each reason, numbers in the file (int64, ascending) of rows that are not in ``table``.
    """

    table: pa.Table
    dropped: dict[Drop, np.ndarray]
    _kept: np.ndarray | None = field(default=None, repr=False)
    _later: Callable[[], _Columns] | None = field(default=None, repr=False)

    def take(self, indices: np.ndarray | Sequence[int]) -> pa.Table:
        """Rows of ``table`` with all columns that the file has, also those that were not asked for.

        Made for reading captions first and the rest for the few that match. Batches should be taken from in
        the order in which they came; going back means to read the shard's other columns from its start.

        Args:
            indices: positions in ``table``, m of them, in any order.

        Returns:
            m rows in the corpus schema.

        Raises:
            ShardError: the other columns cannot be read.
        """
        places = np.asarray(indices, np.int64)
        table = self.table.take(pa.array(places))
        if self._later is None or not len(places):
            return table
        stored = pa.array(places if self._kept is None else self._kept[places])
        for name, values in self._later().items():
            column = to_field(name, pick(values, stored))
            table = table.set_column(CORPUS.get_field_index(name), CORPUS.field(name), column)
        return table


@dataclass(frozen=True)
class _Block:
    """Rows as the file has them: their numbers, the columns asked for, the others on call, and bad rows."""

    rows: np.ndarray
    columns: _Columns
    later: Callable[[], _Columns] | None
    bad: np.ndarray


def read(
    shard: CorpusShard, *, batch_rows: int = 262_144, columns: Collection[str] | None = None
) -> Iterator[Batch]:
    """Read a shard in order.

    Which rows come does not depend on ``batch_rows`` or ``columns``. The caption is always read, since it
    decides which rows are there, and ``file``, ``row`` and ``laion_row`` are always made.

    Args:
        shard: from :func:`plan`.
        batch_rows: most rows of one batch; speed and memory only.
        columns: fields of the corpus schema to fill; the others are null. None fills all that the file has.

    Raises:
        ShardError: the file cannot be read on; naming it and the reason.
        LayoutError: the caption or the address is not text.
    """
    unknown = sorted(set(columns or ()) - set(CORPUS.names))
    if unknown:
        raise ValueError(f"the corpus schema has no field {', '.join(unknown)}")
    if shard.rows == 0:
        return
    fields = [f for f in shard.layout.columns if columns is None or f == "caption" or f in columns]
    others = [f for f in shard.layout.columns if f not in fields]
    fixed = _Fixed(shard.file.name)
    for block in blocks(shard, fields, others, batch_rows):
        yield _batch(shard, block, fixed)


def blocks(shard: CorpusShard, fields: list[str], others: list[str], batch_rows: int) -> Iterator[_Block]:
    """A shard's rows as its file has them, in order; ``others`` are read when a block is asked for them."""
    read_blocks = _text if shard.row_groups is None else _parquet
    return _guarded(shard, read_blocks(shard, fields, others, batch_rows))


def _batch(shard: CorpusShard, block: _Block, fixed: _Fixed) -> Batch:
    caption, not_text = to_text(block.columns["caption"])
    no_caption = is_empty(caption)
    no_caption[not_text] = False
    reasons = {
        Drop.BAD_ROW: block.bad,
        Drop.NO_CAPTION: block.rows[no_caption],
        Drop.NOT_TEXT: block.rows[not_text],
    }
    dropped = {reason: rows for reason, rows in reasons.items() if len(rows)}
    rows, raw, kept = block.rows, {f: v for f, v in block.columns.items() if f != "caption"}, None
    if len(not_text) or no_caption.any():
        no_caption[not_text] = True
        kept = np.flatnonzero(~no_caption)
        stay = pa.array(kept)
        rows, caption, raw = rows[kept], caption.take(stay), {f: pick(v, stay) for f, v in raw.items()}
    filled = {
        "file": fixed.file(len(rows)),
        "row": pa.array(rows),
        "caption": caption,
        **{name: to_field(name, values) for name, values in raw.items()},
    }
    if shard.laion_part is not None:
        filled["laion_row"] = pa.array(rows + shard.laion_part * PART_ROWS)
    arrays = [filled[f.name] if f.name in filled else fixed.nulls(f.type, len(rows)) for f in CORPUS]
    later = block.later
    return Batch(pa.table(arrays, schema=CORPUS), dropped, kept, later and (lambda: _call(shard, later)))


class _Fixed:
    """Columns that are the same in every row: made once, then sliced."""

    def __init__(self, name: str) -> None:
        self._name = pa.scalar(name, pa.string())
        self._made: dict[pa.DataType | None, pa.Array] = {}

    def file(self, rows: int) -> pa.Array:
        return self._slice(None, rows, lambda: pa.repeat(self._name, rows))

    def nulls(self, type_: pa.DataType, rows: int) -> pa.Array:
        return self._slice(type_, rows, lambda: pa.nulls(rows, type_))

    def _slice(self, key: pa.DataType | None, rows: int, make: Callable[[], pa.Array]) -> pa.Array:
        if key not in self._made or len(self._made[key]) < rows:
            self._made[key] = make()
        return self._made[key].slice(0, rows)


def _text(shard: CorpusShard, fields: list[str], others: list[str], batch_rows: int) -> Iterator[_Block]:
    # A text file is parsed whole in any case, so that the columns for later are kept as bytes.
    for rows, columns, bad in text_blocks(shard.file, shard.layout):
        for start in range(0, max(1, len(rows)), batch_rows):
            part = {name: values.slice(start, batch_rows) for name, values in columns.items()}
            yield _Block(
                rows[start : start + batch_rows],
                _only(part, fields),
                partial(_only, part, others) if others else None,
                bad if start == 0 else bad[:0],
            )


def _only(columns: _Columns, names: Collection[str]) -> _Columns:
    return {name: columns[name] for name in names}


def _parquet(shard: CorpusShard, fields: list[str], others: list[str], batch_rows: int) -> Iterator[_Block]:
    parquet = open_parquet(shard.file.uri)
    types = {f.name: f.type for f in parquet.schema_arrow}
    require_text_columns(shard.file, shard.layout, types)
    rest = _Rest(shard, others, batch_rows, parquet.metadata)
    none, start = np.empty(0, np.int64), 0
    for batch in _batches(parquet, shard, fields, batch_rows):
        stop = start + batch.num_rows
        later = partial(rest.rows, start, stop) if others else None
        rows = np.arange(shard.first_row + start, shard.first_row + stop)
        yield _Block(rows, {f: batch.column(shard.layout.columns[f]) for f in fields}, later, none)
        start = stop
    if start != shard.rows:
        raise ShardError(f"it has {start} rows where {shard.rows} were planned; plan the corpus again")


def _batches(
    parquet: pq.ParquetFile, shard: CorpusShard, fields: Collection[str], batch_rows: int
) -> Iterator[pa.RecordBatch]:
    assert shard.row_groups is not None
    batches = parquet.iter_batches(
        batch_size=batch_rows,
        row_groups=range(*shard.row_groups),
        columns=sorted({shard.layout.columns[name] for name in fields}),
        use_threads=False,  # shards are what runs side by side
    )
    return cast(Iterator[pa.RecordBatch], batches)


class _Rest:
    """The other columns of a parquet shard, read only when somebody asks and in step with the captions.

    Decoding columns in two passes costs no more than in one, and a shard without a match pays for one. Only
    batches in use are held.
    """

    def __init__(self, shard: CorpusShard, fields: list[str], batch_rows: int, footer: pq.FileMetaData) -> None:
        self._shard, self._fields, self._batch_rows, self._footer = shard, fields, batch_rows, footer
        self._start = self._stop = 0
        self._held: list[pa.RecordBatch] = []
        self._batches: Iterator[pa.RecordBatch] | None = None

    def rows(self, start: int, stop: int) -> dict[str, pa.Array]:
        """Rows of the shard from ``start`` to ``stop``; for each field their stored values."""
        if start < self._start:
            self._start, self._stop, self._batches = 0, 0, None
            self._held.clear()
        held = self._held
        while self._stop < stop:
            if self._stop <= start:
                held.clear()
                self._start = self._stop
            if self._batches is None:
                parquet = open_parquet(self._shard.file.uri, self._footer)
                self._batches = _batches(parquet, self._shard, self._fields, self._batch_rows)
            held.append(next(self._batches))
            self._stop += held[-1].num_rows
        span = slice(start - self._start, stop - self._start)
        return {name: self._column(name)[span] for name in self._fields}

    def _column(self, name: str) -> pa.Array:
        column = self._shard.layout.columns[name]
        parts = [batch.column(column) for batch in self._held]
        return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)


def _guarded(shard: CorpusShard, blocks: Iterator[_Block]) -> Iterator[_Block]:
    """Turn what goes wrong in reading into the one error that sets the shard aside."""
    while True:
        block = _call(shard, lambda: next(blocks, None))
        if block is None:
            return
        yield block


def _call(shard: CorpusShard, action: Callable[[], _T]) -> _T:
    try:
        return action()
    except (MemoryError, LaionetError) as error:
        if isinstance(error, ShardError):
            raise ShardError(f"{_place(shard)} cannot be read: {error}") from error
        raise
    except Exception as error:  # Arrow, decompressors and drivers each have exceptions of their own
        raise ShardError(f"{_place(shard)} cannot be read: {type(error).__name__}: {error}") from error


def _place(shard: CorpusShard) -> str:
    groups = shard.row_groups
    return shard.file.name + (f", row groups {groups[0]} to {groups[1] - 1}," if groups else "")
