"""What is fetched and what came of it: rows in, ``schema.FETCHED`` out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from laionet.errors import ShardError
from laionet.fetching.looking import kept_format, shrunk
from laionet.schema import FETCHED, PICTURES, Drop

#: Status of a row that has its image.
OK = "ok"

#: Columns that are fetched for: those of pictures but the image.
ASKED = pa.schema([field for field in PICTURES if field.name != "image"])


@dataclass(frozen=True)
class Fetched:
    """What came of one address.

    Attributes:
        reason: why there is no image; ``None`` where there is one.
        keep: bytes of the image file to keep; as sent, or shrunk. ``None`` without an image.
        http_status: of the last answer.
        tries: requests made for it, redirects and repetitions counted, robots.txt not.
        final_url: where redirects led.
        format: of the answer, as Pillow names it.
        width: of the answer, upright; pixels.
        height: of the answer, upright; pixels.
        changes: what reading it as RGB took.
        bytes: size of the answer.
        sha256: of the answer, hex.
    """

    reason: Drop | None = None
    keep: bytes | None = None
    http_status: int | None = None
    tries: int = 0
    final_url: str | None = None
    format: str | None = None
    width: int | None = None
    height: int | None = None
    changes: tuple[str, ...] = ()
    bytes: int | None = None
    sha256: str | None = None


class Rows(Protocol):
    """Where the rows of a shard come from; picklable."""

    def read(self) -> pa.Table:
        """A table with at least the columns of ``ASKED``."""


@dataclass(frozen=True)
class TableSlice:
    """Rows ``start`` to ``start + length`` of a parquet file that has the columns of ``ASKED``."""

    path: Path
    start: int = 0
    length: int | None = None

    def read(self) -> pa.Table:
        """The rows.

        Raises:
            ShardError: where the file is missing, damaged, or lacks a column.
        """
        try:
            table = pq.read_table(self.path, columns=ASKED.names)
        except (OSError, pa.ArrowException) as error:
            raise ShardError(f"Cannot read {self.path}: {error}. Make it again.") from error
        return table.slice(self.start, self.length)


@dataclass(frozen=True)
class TableRows:
    """Rows at hand."""

    table: pa.Table

    def read(self) -> pa.Table:
        """The rows."""
        return self.table


def asked(rows: Rows) -> pa.Table:
    """The rows in the schema ``ASKED``.

    Raises:
        ShardError: where a column is missing or of another kind, or a sample comes twice.
    """
    table = rows.read()
    missing = [name for name in ASKED.names if name not in table.column_names]
    if missing:
        raise ShardError(
            f"The rows to fetch lack {', '.join(missing)}; they have {', '.join(table.column_names)}."
        )
    try:
        table = table.select(ASKED.names).cast(ASKED)
        table.validate(full=True)
    except (pa.ArrowException, ValueError) as error:
        raise ShardError(f"The rows to fetch are not as they should be: {error}") from error
    if len(table["sample"].unique()) != len(table):
        raise ShardError("The rows to fetch have a sample id twice; ids must differ within a shard.")
    return table


def described(row: Mapping[str, Any], result: Fetched) -> dict[str, Any]:
    """A row of ``schema.FETCHED``: what was asked, and what came of it."""
    came = {name: getattr(result, name) for name in FETCHED.names if name not in (*ASKED.names, "status")}
    what = {name: row[name] for name in ASKED.names}
    return {**what, "status": str(result.reason or OK), **came, "changes": list(result.changes)}


def fetched_table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows from ``described`` as a table in the schema ``FETCHED``."""
    return pa.Table.from_pylist(list(rows), schema=FETCHED)


def meta_of(row: Mapping[str, Any], resize: int | None) -> tuple[str, dict[str, Any]]:
    """Format and description of the image kept for a row of ``FETCHED`` whose status is ok.

    Returns:
        The format of the kept file, and what is kept beside it: the row, and where it was shrunk
        ``resized`` ([width, height]).
    """
    size = shrunk(row["width"], row["height"], resize)
    meta = dict(row) if size is None else {**row, "resized": list(size)}
    return kept_format(row["format"], resized=size is not None), meta
