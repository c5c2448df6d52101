"""CSV and TSV files: their first lines, and their rows as a stream of Arrow blocks."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from laionet.corpus.layouts import Layout
from laionet.corpus.opening import open_text
from laionet.corpus.sources import CorpusFile
from laionet.errors import LayoutError, ShardError

#: Bytes of text that are parsed at once. No row may be longer.
BLOCK_BYTES = 4 << 20

_HEAD_BYTES = 1 << 20
_HEAD_ROWS = 200
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Head:
    """The first lines of a text file.

    Attributes:
        rows: their fields.
        whole: whether these are all lines of the file.
    """

    rows: list[list[str]]
    whole: bool


def read_head(file: CorpusFile) -> Head:
    """Read the first lines of a text file, at most 200.

    Raises:
        LayoutError: the beginning cannot be split into fields.
    """
    with open_text(file.uri, file.compression) as stream:
        stored = stream.read(_HEAD_BYTES)
    text, cut = stored.decode("utf-8", errors="replace"), len(stored) == _HEAD_BYTES
    rows = _csv_rows(file, text) if file.kind == "csv" else _tsv_rows(text)
    if cut and len(rows) <= _HEAD_ROWS:
        rows = rows[:-1]
    return Head(rows[:_HEAD_ROWS], not cut and len(rows) <= _HEAD_ROWS)


def text_blocks(file: CorpusFile, layout: Layout) -> Iterator[tuple[np.ndarray, dict[str, pa.Array], np.ndarray]]:
    """Stream a text file.

    Fields of a TSV file are taken as they stand, quotes and all; those of a CSV file may be quoted and then
    hold line ends. A line without anything in it is a row with empty fields.

    Yields:
        Of each block the numbers of its rows in the file (int64, n; the header is not counted, rows with a
        wrong number of fields are), for each field of the layout its bytes (n), and the numbers of the bad
        rows. A bad row comes in the block of the row after it, or in one of its own at the end.

    Raises:
        ShardError: a row is longer than a block.
    """
    head, skipped = read_head(file), int(layout.header)
    if head.whole and len(head.rows) <= skipped:
        return
    names = head.rows[0] if layout.header else list(layout.columns.values())
    bad: deque[int] = deque()
    reader = _open_reader(file, len(names), [names.index(c) for c in layout.columns.values()], skipped, bad)
    position = 0
    for block in _block_by_block(reader):
        rows, wrong = _numbers(position, block.num_rows, bad)
        position += len(rows) + len(wrong)
        yield rows, {f: _stored(block.column(i)) for i, f in enumerate(layout.columns)}, wrong
    if bad:
        none = pa.array([], pa.binary())
        yield np.empty(0, np.int64), dict.fromkeys(layout.columns, none), np.array(bad, np.int64)


def _open_reader(
    file: CorpusFile, width: int, wanted: Sequence[int], skipped: int, bad: deque[int]
) -> pacsv.CSVStreamingReader:
    def note(row: Any) -> str:
        bad.append(row.number - 1 - skipped)
        return "skip"

    # Arrow decodes a bad row as UTF-8 before it tells of it, and gives up on the file where that fails. Told
    # that the file is Latin-1, it never fails; _stored undoes what that does to bytes beyond ASCII.
    reading = pacsv.ReadOptions(
        use_threads=False,  # rows are numbered only so
        block_size=BLOCK_BYTES,
        column_names=[str(i) for i in range(width)],
        skip_rows_after_names=skipped,
        encoding="latin1",
    )
    quoted = file.kind == "csv"
    parsing = pacsv.ParseOptions(
        delimiter="," if quoted else "\t",
        quote_char='"' if quoted else False,
        newlines_in_values=quoted,
        ignore_empty_lines=False,
        invalid_row_handler=note,
    )
    include = [str(i) for i in wanted]
    converting = pacsv.ConvertOptions(
        check_utf8=False,
        include_columns=include,
        column_types=dict.fromkeys(include, pa.binary()),
        strings_can_be_null=False,
    )
    stream = open_text(file.uri, file.compression)
    return pacsv.open_csv(stream, reading, parsing, converting)


def _block_by_block(reader: pacsv.CSVStreamingReader) -> Iterator[pa.RecordBatch]:
    while True:
        try:
            yield reader.read_next_batch()
        except StopIteration:
            return
        except pa.ArrowInvalid as error:
            if "straddl" not in str(error):
                raise
            raise ShardError(
                f"a row is longer than {BLOCK_BYTES:,} bytes; in CSV often a quote is opened and never closed"
            ) from error


def _numbers(start: int, count: int, bad: deque[int]) -> tuple[np.ndarray, np.ndarray]:
    """Number ``count`` good rows from ``start`` on, stepping over the bad rows among them."""
    stop, wrong = start + count, []
    while bad and bad[0] < stop:
        wrong.append(bad.popleft())
        stop += 1
    rows = np.arange(start, stop)
    return (np.delete(rows, np.array(wrong) - start) if wrong else rows), np.array(wrong, np.int64)


def _stored(values: pa.Array) -> pa.Array:
    """The bytes as the file has them, from what Arrow made of them when it took them for Latin-1."""
    _, offsets, data = values.buffers()
    ends = np.frombuffer(offsets, np.int32, len(values) + 1, values.offset * 4)
    raw = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]] if data is not None else np.empty(0, np.uint8)
    if not raw.size or raw.max() < 0x80:
        return values
    # Each byte from 0x80 on has become two, the second of the form 10xxxxxx.
    added = np.flatnonzero((raw & 0xC0) == 0x80)
    ends = ends - ends[0]
    ends = (ends - np.searchsorted(added, ends)).astype(np.int32)
    original = raw.tobytes().decode("utf-8").encode("latin-1")
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(original)]
    return pa.Array.from_buffers(pa.binary(), len(values), buffers)


def _tsv_rows(text: str) -> list[list[str]]:
    lines = _LINE_END.split(text, maxsplit=_HEAD_ROWS + 1)
    if not lines[-1]:
        lines.pop()
    return [line.split("\t") for line in lines[: _HEAD_ROWS + 1]]


def _csv_rows(file: CorpusFile, text: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in itertools.islice(csv.reader(io.StringIO(text, newline="")), _HEAD_ROWS + 1):
            rows.append(row)
    except csv.Error as error:
        if not rows:
            raise LayoutError(f"{file.name}: the first line cannot be split into fields: {error}") from error
    return rows
