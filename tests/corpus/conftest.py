"""Helpers of the corpus tests: write a small file, read a whole corpus."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from laionet.corpus import list_files, plan, read
from laionet.schema import CORPUS, Drop


class Corpus:
    """A corpus read whole: all rows, and row numbers by file and reason."""

    def __init__(self, *specs: str | Path, batch_rows: int = 262_144, fields: Any = None, **how: Any) -> None:
        self.plan = plan(list_files(specs), **how)
        tables, dropped = [CORPUS.empty_table()], defaultdict(list)
        for shard in self.plan.shards:
            for batch in read(shard, batch_rows=batch_rows, columns=fields):
                assert batch.table.schema.equals(CORPUS, check_metadata=True)
                batch.table.validate(full=True)
                assert len(batch.table) <= batch_rows
                tables.append(batch.table)
                for reason, rows in batch.dropped.items():
                    assert isinstance(reason, Drop)
                    assert rows.dtype == np.int64
                    dropped[reason] += [(shard.file.name, int(row)) for row in rows]
        self.table = pa.concat_tables(tables)
        self.dropped = {reason: sorted(rows) for reason, rows in dropped.items()}

    def column(self, name: str) -> list[Any]:
        return self.table[name].to_pylist()

    def lost(self, reason: Drop) -> list[int]:
        return [row for _, row in self.dropped.get(reason, [])]


@pytest.fixture(scope="session")
def read_corpus() -> Callable[..., Corpus]:
    """Plan and read a corpus: ``read_corpus(spec, ..., batch_rows=, fields=, layout=, ...)``."""
    return Corpus


@pytest.fixture
def write_parquet(tmp_path: Path) -> Callable[..., Path]:
    """Write columns to a parquet file below ``tmp_path`` and return where it is."""

    def write(columns: dict[str, Any] | pa.Table, name: str = "captions.parquet", **how: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), path, **how)
        return path

    return write


@pytest.fixture
def write_bytes(tmp_path: Path) -> Callable[..., Path]:
    """Write bytes to a file below ``tmp_path`` and return where it is."""

    def write(content: bytes, name: str = "captions.tsv") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def invalid_strings() -> Callable[[list[bytes | None]], pa.Array]:
    """A string array over any bytes, as a careless writer leaves it in a parquet file."""

    def make(values: list[bytes | None]) -> pa.Array:
        stored = pa.array(values, pa.binary())
        return pa.Array.from_buffers(pa.string(), len(stored), stored.buffers())

    return make
