"""fetch, read_text and describe fused: images are looked at as they come, and none is kept."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from laionet.errors import LaionetError
from laionet.fetching.passing import FetchSource
from laionet.fetching.rows import Rows
from laionet.fetching.shard import fetch_key
from laionet.images.decode import Picture, decode
from laionet.recipe import Fetch, Run
from laionet.schema import FETCHED, READ, Drop
from laionet.shards import ShardWriter, write_json
from laionet.stage import Batch, ShardReport, failure, finished, shard_key
from laionet.stages.describe import DescribeStage
from laionet.stages.read_text import ReadTextStage


@dataclass(frozen=True)
class PassJob:
    """One shard to fetch, read and describe in one pass; picklable.

    Attributes:
        rows: what to fetch.
        fetch, run: knobs.
        read: None where no text is read.
        describe: the last stage, whose report is written last and says that all three are whole.
        out: the output folder.
        name: of the shard.
        source: identity of the rows.
    """

    rows: Rows
    fetch: Fetch
    run: Run
    read: ReadTextStage | None
    describe: DescribeStage
    out: Path
    name: str
    source: str

    @property
    def key(self) -> str:
        """Of the last result: hash of all that decides it."""
        before = shard_key(self.read, self.source) if self.read else self.source
        return shard_key(self.describe, fetch_key(self.fetch, before))

    @property
    def data(self) -> Path:
        """What the last stage writes."""
        return self.out / "describe" / f"{self.name}.parquet"

    @property
    def report(self) -> Path:
        """Written last."""
        return self.out / "describe" / f"{self.name}.json"


class _Tally:
    """The report of one of the three stages while its rows go by."""

    def __init__(self, job: PassJob, key: str) -> None:
        self.report = ShardReport(job.name, key)

    def add(self, kept: pa.Table, dropped: dict[str, list[str]]) -> None:
        """Count rows that go on, and by reason the classes of those that do not."""
        report = self.report
        for wnid in kept["wnid"].to_pylist():
            report.by_class[wnid] = report.by_class.get(wnid, 0) + 1
        lost = sum(map(len, dropped.values()))
        report.rows_in += len(kept) + lost
        report.kept += len(kept)
        report.rows_out = report.kept
        for reason, wnids in dropped.items():
            report.dropped[reason] = report.dropped.get(reason, 0) + len(wnids)
            by_class = report.dropped_by_class.setdefault(reason, {})
            for wnid in wnids:
                by_class[wnid] = by_class.get(wnid, 0) + 1

    def write(self, path: Path) -> None:
        """Write the report."""
        report = self.report
        report.dropped = dict(sorted(report.dropped.items()))
        report.by_class = dict(sorted(report.by_class.items()))
        report.dropped_by_class = {r: dict(sorted(c.items())) for r, c in sorted(report.dropped_by_class.items())}
        write_json(path, report.to_json())


def pass_shard(job: PassJob) -> ShardReport:
    """Do one shard, or find it done; a shard that was not finished is done anew from its first row."""
    done = finished(job)
    if done:
        return done
    started = time.perf_counter()
    try:
        report = _Pass(job).run()
    except MemoryError:
        raise
    except Exception as error:
        why = str(error) if isinstance(error, LaionetError) else f"{type(error).__name__}: {error}"
        report = failure(job, why)
    report.seconds = time.perf_counter() - started
    return report


_opened: dict[str, tuple[Any, Any]] = {}


def _open_once(job: PassJob) -> tuple[Any, Any]:
    """The text reader and the models of a worker, loaded once."""
    token = repr((job.read, job.describe))
    if token not in _opened:
        _opened.clear()
        _opened[token] = (job.read.open() if job.read else None, job.describe.open())
    return _opened[token]


class _Pass:
    """One shard on its way through the three stages."""

    def __init__(self, job: PassJob) -> None:
        self.job = job
        self.reader, self.describer = _open_once(job)
        self.fetched = _Tally(job, fetch_key(job.fetch, job.source))
        self.read = _Tally(job, shard_key(job.read, job.source) if job.read else "")
        self.described = _Tally(job, job.key)

    def run(self) -> ShardReport:
        job = self.job
        job.report.unlink(missing_ok=True)
        source = FetchSource(job.rows, job.fetch, job.run)
        paths = {stage: job.out / stage / f"{job.name}.parquet" for stage in ("fetch", "read_text", "describe")}
        with ExitStack() as opened:
            fetched = opened.enter_context(ShardWriter(paths["fetch"], FETCHED))
            described = opened.enter_context(ShardWriter(job.data, job.describe.writes))
            read = opened.enter_context(ShardWriter(paths["read_text"], READ)) if job.read else None
            for batch, came in source.passes():
                fetched.write(came)
                self._count_fetched(batch, came)
                seen, texts = self._look(batch.table)
                described.write(seen)
                if read:
                    read.write(texts)
        self.fetched.write(paths["fetch"].with_suffix(".json"))
        if job.read:
            self.read.write(paths["read_text"].with_suffix(".json"))
        self.described.write(job.report)
        return self.described.report

    def _count_fetched(self, batch: Batch, came: pa.Table) -> None:
        dropped: dict[str, list[str]] = {}
        for wnid, status in zip(came["wnid"].to_pylist(), came["status"].to_pylist(), strict=True):
            if status != "ok":
                dropped.setdefault(status, []).append(wnid)
        self.fetched.add(batch.table, dropped)

    def _look(self, table: pa.Table) -> tuple[pa.Table, pa.Table]:
        """Decode each picture once; read it; describe it unless it spells its class."""
        rows, pictures = self._decoded(table)
        texts = READ.empty_table()
        if self.reader:
            found = self.reader.reading([picture.image for picture in pictures], rows["wnid"].to_pylist())
            stops = self.reader.stops(found)
            columns = {name: (rows if name in rows.column_names else found)[name] for name in READ.names[:-1]}
            texts = pa.table({**columns, "kept": pa.array(~stops)}).cast(READ)
            lost = rows.filter(pa.array(stops))["wnid"].to_pylist()
            self.read.add(texts.filter(texts["kept"]), {Drop.SPELLS_CLASS: lost} if lost else {})
            rows = rows.filter(pa.array(~stops))
            pictures = [picture for picture, stop in zip(pictures, stops, strict=True) if not stop]
        columns = self.describer.describing([picture.image for picture in pictures], rows["label"].to_numpy())
        arrays = [
            rows[f.name] if f.name in rows.column_names else columns[f.name] for f in self.job.describe.writes
        ]
        self.described.add(rows, {})
        return pa.table(arrays, schema=self.job.describe.writes), texts

    def _decoded(self, table: pa.Table) -> tuple[pa.Table, list[Picture]]:
        """fetch has decoded each image once already to know that it is one, so that none fails here."""
        pictures = []
        for data in table["image"].to_pylist():
            picture = decode(data, max_pixels=self.job.fetch.max_pixels)
            if isinstance(picture, Drop):
                raise AssertionError(f"an image that fetch had decoded cannot be decoded: {picture}")
            pictures.append(picture)
        return table.select(["sample", "wnid", "label"]), pictures
