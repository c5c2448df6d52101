"""A stage is a pure function from an Arrow table to an Arrow table; this file runs one over one shard.

Two laws hold for every stage and are tested as properties: the result of a caption does not depend on the
batch it is in, and running a shard again gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from laionet.errors import LaionetError
from laionet.schema import Drop
from laionet.shards import ShardWriter, read_json, write_json


@dataclass(frozen=True)
class Needs:
    """What one worker of a stage takes."""

    cpus: float = 1
    gpus: float = 0
    io_threads: int = 0


@dataclass(frozen=True)
class Outcome:
    """What a stage made of one batch.

    Attributes:
        table: rows that go on, in the schema that the stage writes; where that has a column ``kept``, all rows
            that the stage judged.
        dropped: for each reason, positions of the batch's rows that stop here (int64).
        kept: how many rows of the batch go on; a row may become several.
        counts: further numbers worth keeping, summed over batches.
    """

    table: pa.Table
    dropped: Mapping[Drop, np.ndarray]
    kept: int
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """Rows to work on, and rows that the reader already had to drop (numbers of rows in the file)."""

    table: pa.Table
    dropped: Mapping[Drop, np.ndarray] = field(default_factory=dict)


class Source(Protocol):
    """Where a shard's rows come from; picklable."""

    def batches(self) -> Iterator[Batch]:
        """Yield the shard's rows in order."""


class Stage(Protocol):
    """One step of the flow; a small picklable object."""

    @property
    def name(self) -> str:
        """What its folder is called."""

    @property
    def version(self) -> int:
        """Goes up when the same input gives another result."""

    @property
    def needs(self) -> Needs:
        """What a worker takes."""

    @property
    def reads(self) -> pa.Schema:
        """Columns of what it is given."""

    @property
    def writes(self) -> pa.Schema:
        """Columns of what it makes."""

    def identity(self) -> Mapping[str, Any]:
        """The settings that decide the result, and none that decide only the speed."""

    def open(self) -> Callable[[pa.Table], Outcome]:
        """Load what the stage needs, once per worker, and return the function over batches."""


@dataclass(frozen=True)
class Job:
    """One shard of one stage. ``key`` names its result: equal keys, equal bytes."""

    stage: Stage
    source: Source
    folder: Path
    name: str
    key: str
    keep_dropped: bool = False

    @property
    def data(self) -> Path:
        """The parquet file with the result."""
        return self.folder / f"{self.name}.parquet"

    @property
    def report(self) -> Path:
        """The JSON file that says the result is whole; written last."""
        return self.folder / f"{self.name}.json"


@dataclass
class ShardReport:
    """What came of one shard. Everything but ``seconds`` and ``reused`` is a function of the inputs."""

    name: str
    key: str
    status: str = "done"
    rows_in: int = 0
    kept: int = 0
    rows_out: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    dropped_by_class: dict[str, dict[str, int]] = field(default_factory=dict)
    by_class: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    error: str = ""
    seconds: float = 0.0
    reused: bool = False

    def to_json(self) -> dict[str, Any]:
        """The part that is the same in every run."""
        return {k: v for k, v in self.__dict__.items() if k not in ("seconds", "reused")}


def shard_key(stage: Stage, source: str) -> str:
    """Name of a result: hash of the stage, its version, its settings and the identity of its input."""
    parts = {"stage": stage.name, "version": stage.version, "settings": stage.identity(), "source": source}
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:32]


class Written(Protocol):
    """A job whose result is a file and a report beside it."""

    @property
    def key(self) -> str:
        """Names the result."""

    @property
    def name(self) -> str:
        """Of the shard."""

    @property
    def data(self) -> Path:
        """The result."""

    @property
    def report(self) -> Path:
        """What says that it is whole."""


def finished(job: Written) -> ShardReport | None:
    """The report of an earlier run of this very job, if its result is whole."""
    saved = read_json(job.report)
    if not isinstance(saved, dict) or saved.get("key") != job.key or saved.get("status") != "done":
        return None
    return ShardReport(**saved, reused=True) if job.data.exists() else None


_opened: dict[str, tuple[Stage, Callable[[pa.Table], Outcome]]] = {}


def run_shard(job: Job) -> ShardReport:
    """Do one shard, or find it done. Never raises for what is wrong with the shard: the report says it."""
    done = finished(job)
    if done:
        return done
    started = time.perf_counter()
    report = ShardReport(job.name, job.key)
    try:
        _work(job, report)
    except MemoryError:
        raise
    except Exception as error:
        known = isinstance(error, LaionetError)
        report = failure(job, str(error) if known else _last_line(error))
    report.seconds = time.perf_counter() - started
    return report


def failure(job: Written, why: str) -> ShardReport:
    """Set a shard aside: its report is written with the reason, and a later run tries it again."""
    report = ShardReport(job.name, job.key, status="failed", error=why)
    job.data.unlink(missing_ok=True)
    write_json(job.report, report.to_json())
    return report


def _work(job: Job, report: ShardReport) -> None:
    call = _open_once(job.stage)
    job.report.unlink(missing_ok=True)
    counts: Counter[str] = Counter()
    by_class: Counter[str] = Counter()
    dropped_by_class: dict[str, Counter[str]] = {}
    with ShardWriter(job.data, job.stage.writes) as writer, _DroppedWriter(job) as aside:
        for batch in job.source.batches():
            outcome = call(batch.table)
            writer.write(outcome.table)
            report.rows_in += len(batch.table) + sum(map(len, batch.dropped.values()))
            report.kept += outcome.kept
            counts.update(outcome.counts)
            by_class.update(_count(_going_on(outcome.table), "wnid"))
            for reason, rows in batch.dropped.items():
                report.dropped[reason] = report.dropped.get(reason, 0) + len(rows)
            for reason, rows in outcome.dropped.items():
                report.dropped[reason] = report.dropped.get(reason, 0) + len(rows)
                if "wnid" in batch.table.column_names:
                    lost = batch.table.select(["wnid"]).take(pa.array(rows))
                    dropped_by_class.setdefault(reason, Counter()).update(_count(lost, "wnid"))
            aside.write(batch.table, outcome.dropped)
        report.rows_out = writer.rows
    report.dropped = {reason: n for reason, n in sorted(report.dropped.items()) if n}
    report.dropped_by_class = {r: dict(sorted(c.items())) for r, c in sorted(dropped_by_class.items()) if c}
    report.by_class, report.counts = dict(sorted(by_class.items())), dict(sorted(counts.items()))
    if report.rows_in != report.kept + sum(report.dropped.values()):
        raise AssertionError(f"{job.stage.name} lost rows without a reason in shard {job.name}")
    write_json(job.report, report.to_json())


class _DroppedWriter:
    """Keeps the dropped rows with their reason, where the run asks for them."""

    def __init__(self, job: Job) -> None:
        schema = job.stage.reads.append(pa.field("reason", pa.string()))
        path = job.folder / "dropped" / f"{job.name}.parquet"
        self._writer = ShardWriter(path, schema) if job.keep_dropped else None

    def __enter__(self) -> _DroppedWriter:
        if self._writer:
            self._writer.__enter__()
        return self

    def write(self, table: pa.Table, dropped: Mapping[Drop, np.ndarray]) -> None:
        if not self._writer or not dropped:
            return
        rows = np.concatenate(list(dropped.values())).astype(np.int64)
        reasons = np.repeat([str(reason) for reason in dropped], [len(of) for of in dropped.values()])
        order = np.argsort(rows, kind="stable")  # in the order of the rows, however they were batched
        named = table.take(pa.array(rows[order]))
        self._writer.write(named.append_column("reason", pa.array(reasons[order].tolist(), pa.string())))

    def __exit__(self, *failure: Any) -> None:
        if self._writer:
            self._writer.__exit__(*failure)


def _open_once(stage: Stage) -> Callable[[pa.Table], Outcome]:
    """One opened stage per worker: models are loaded once, and the last one is let go for the next."""
    token = shard_key(stage, repr(stage))
    if token not in _opened:
        _opened.clear()
        _opened[token] = (stage, stage.open())
    return _opened[token][1]


def _going_on(table: pa.Table) -> pa.Table:
    return table.filter(table["kept"]) if "kept" in table.column_names else table


def _count(table: pa.Table, column: str) -> dict[str, int]:
    if column not in table.column_names or not len(table):
        return {}
    return {c["values"]: c["counts"] for c in pc.value_counts(table[column]).to_pylist()}


def _last_line(error: BaseException) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} (at {Path(where.filename).name}:{where.lineno})"
