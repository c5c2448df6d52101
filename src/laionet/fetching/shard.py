"""One shard of addresses to images on disk: done once, whole or not at all, and its failures again on request."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from laionet.errors import LaionetError, ShardError
from laionet.fetching.commit import Pending, roll_forward
from laionet.fetching.looking import ending, shrunk
from laionet.fetching.rows import OK, Rows, asked, described, fetched_table, meta_of
from laionet.fetching.streaming import stream
from laionet.images.store import ENDINGS, ImageWriter, iter_images, stored_path
from laionet.recipe import Fetch, Run
from laionet.schema import FETCHED, Drop
from laionet.shards import ShardWriter, read_json, read_table, write_json
from laionet.stage import ShardReport

#: Counts up when the same answers give another result.
FETCH_VERSION = 1

#: Reasons that can pass, so that asking again can help.
CAN_PASS = (Drop.DNS, Drop.REFUSED, Drop.TIMEOUT, Drop.BROKEN_OFF, Drop.HTTP_5XX)
#: Answers of 4xx that can pass: too slow in asking, too early, too many requests.
PASSING_STATUS = (408, 425, 429)


#: A row of ``schema.FETCHED`` and the bytes to keep for it.
_Image = tuple[dict[str, Any], bytes]


def fetch_key(fetch: Fetch, source: str) -> str:
    """Name of a shard's result: hash of the identity of its rows and of the knobs that decide it.

    ``timeout_s`` and ``tries`` are no part of it: they decide how long we wait, not what an image is, so that
    failures can be asked for again with more patience.
    """
    knobs = fetch.model_dump(mode="json", exclude={"timeout_s", "tries", "rows_per_shard"})
    parts = {"stage": "fetch", "version": FETCH_VERSION, "settings": knobs, "source": source}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class FetchJob:
    """One shard to fetch; picklable.

    Attributes:
        rows: what to fetch.
        fetch: what decides results.
        run: connections and hosts.
        folder: the output folder; the shard goes to ``fetch/`` and ``images/`` below it.
        name: of the shard, as ``00000``.
        key: names the result, see ``fetch_key``.
    """

    rows: Rows
    fetch: Fetch
    run: Run
    folder: Path
    name: str
    key: str

    @property
    def data(self) -> Path:
        """The parquet file that says what came of each row (``schema.FETCHED``)."""
        return self.folder / "fetch" / f"{self.name}.parquet"

    @property
    def report(self) -> Path:
        """The JSON file that says the result is whole."""
        return self.folder / "fetch" / f"{self.name}.json"

    @property
    def images(self) -> Path:
        """The images, without the ending that ``images.store`` gives them."""
        return self.folder / "images" / self.name


def fetch_shard(job: FetchJob) -> ShardReport:
    """Fetch a shard, or find it done. Never raises for what is wrong with the shard: the report says it.

    A shard that was not finished is fetched anew from its first row.
    """
    done = finished_fetch(job)
    return done if done else _guarded(job, lambda: _fetch(job))


def retry_failed(job: FetchJob) -> ShardReport:
    """Ask again for the rows of a finished shard whose failure can pass (``CAN_PASS``, ``PASSING_STATUS``).

    Good rows are not asked for, and their images stay byte for byte. A shard that is not finished is fetched.
    """
    return _retry(job, every=False)


def retry_all_failed(job: FetchJob) -> ShardReport:
    """As ``retry_failed``, for all rows without an image, whatever the reason."""
    return _retry(job, every=True)


def finished_fetch(job: FetchJob) -> ShardReport | None:
    """The report of an earlier run of this very job, if its result is whole."""
    roll_forward(job.folder, job.name)
    saved = read_json(job.report)
    if not isinstance(saved, dict) or saved.get("key") != job.key or saved.get("status") != "done":
        return None
    kept = job.fetch.keep == "none" or stored_path(job.images, job.fetch.keep).is_file()
    return ShardReport(**saved, reused=True) if kept and job.data.is_file() else None


def _guarded(job: FetchJob, work: Callable[[], ShardReport]) -> ShardReport:
    started = time.perf_counter()
    try:
        report = work()
    except MemoryError:
        raise
    except Exception as error:
        why = str(error) if isinstance(error, LaionetError) else f"{type(error).__name__}: {error}"
        report = ShardReport(job.name, job.key, status="failed", error=why)
        if not finished_fetch(job):  # a retry that fails leaves what was there
            job.data.unlink(missing_ok=True)
            write_json(job.report, report.to_json())
    report.seconds = time.perf_counter() - started
    return report


def _fetch(job: FetchJob) -> ShardReport:
    job.report.unlink(missing_ok=True)
    rows = asked(job.rows)
    done: list[dict[str, Any]] = []

    with closing(stream(rows, job.fetch, job.run)) as results, Pending(job.folder, job.name) as pending:

        def images() -> Iterator[_Image]:
            for row, result in zip(rows.to_pylist(), results, strict=True):
                done.append(described(row, result))
                if result.keep is not None:
                    yield done[-1], result.keep

        _write_images(job, pending, images())
        return _finish(job, pending, fetched_table(done))


def _retry(job: FetchJob, *, every: bool) -> ShardReport:
    done = finished_fetch(job)
    if not done:
        return fetch_shard(job)
    return _guarded(job, lambda: _ask_again(job, done, every=every))


def _ask_again(job: FetchJob, done: ShardReport, *, every: bool) -> ShardReport:
    before = read_table(job.data)
    again = pc.not_equal(before["status"], OK) if every else _can_pass(before)
    places = [place for place, yes in enumerate(again.to_pylist()) if yes]
    if not places:
        return done
    rows = before.to_pylist()
    failed = before.take(places)
    with closing(stream(failed, job.fetch, job.run)) as results, Pending(job.folder, job.name) as pending:

        def images() -> Iterator[_Image]:
            """Old and new images in the order of the rows; one is in memory at a time."""
            kept = _kept_images(job, before.to_pylist()) if job.fetch.keep != "none" else iter(())
            ask = set(places)
            for place, row in enumerate(rows):
                if place in ask:
                    result = next(results)
                    rows[place] = described(row, result)
                    if result.keep is not None:
                        yield rows[place], result.keep
                elif row["status"] == OK and job.fetch.keep != "none":
                    yield row, next(kept)

        _write_images(job, pending, images())
        return _finish(job, pending, fetched_table(rows))


def _can_pass(table: pa.Table) -> Any:
    reasons = pa.array([str(reason) for reason in CAN_PASS])
    busy = pc.and_(
        pc.equal(table["status"], str(Drop.HTTP_4XX)),
        pc.is_in(table["http_status"], value_set=pa.array(PASSING_STATUS, pa.int32())),
    )
    return pc.or_(pc.is_in(table["status"], value_set=reasons), busy)


def _kept_images(job: FetchJob, rows: Sequence[dict[str, Any]]) -> Iterator[bytes]:
    """The images of the good rows, in their order.

    Raises:
        ShardError: where one is missing or is not the one that was fetched.
    """
    stored = iter_images(job.images)
    for row in rows:
        if row["status"] != OK:
            continue
        sample, data = next(stored, (None, b""))
        as_sent = shrunk(row["width"], row["height"], job.fetch.resize) is None
        if sample != row["sample"] or (as_sent and hashlib.sha256(data).hexdigest() != row["sha256"]):
            raise ShardError(
                f"The images of shard {job.name} are not those of its table. Delete {job.report.name} to fetch it "
                "anew."
            )
        yield data


def _write_images(job: FetchJob, pending: Pending, images: Iterable[_Image]) -> None:
    """Write the images as they come, or let them pass where none are kept."""
    keep, writer = job.fetch.keep, None
    with ExitStack() as opened:
        if keep != "none":
            writer = opened.enter_context(ImageWriter(pending.folder / "images" / job.name, keep))
        for row, data in images:
            if writer:
                format_, meta = meta_of(row, job.fetch.resize)
                writer.write(row["sample"], data, ending(format_), meta)


def _finish(job: FetchJob, pending: Pending, table: pa.Table) -> ShardReport:
    """Write table and report beside the images, and make all three appear."""
    with ShardWriter(pending.folder / "fetch" / job.data.name, FETCHED) as writer:
        writer.write(table)
    report = _report(job, table)
    write_json(pending.folder / "fetch" / job.report.name, report.to_json())
    pending.commit()
    if job.fetch.keep == "none":  # those of an earlier recipe
        for form in ENDINGS:
            stored_path(job.images, form).unlink(missing_ok=True)
    return report


def _report(job: FetchJob, table: pa.Table) -> ShardReport:
    by_class: Counter[str] = Counter()
    lost: dict[str, Counter[str]] = {}
    for wnid, status in zip(table["wnid"].to_pylist(), table["status"].to_pylist(), strict=True):
        (by_class if status == OK else lost.setdefault(status, Counter()))[wnid] += 1
    return ShardReport(
        job.name,
        job.key,
        rows_in=len(table),
        kept=sum(by_class.values()),
        rows_out=len(table),
        dropped={reason: sum(of.values()) for reason, of in sorted(lost.items())},
        dropped_by_class={reason: dict(sorted(of.items())) for reason, of in sorted(lost.items())},
        by_class=dict(sorted(by_class.items())),
        counts={"bytes": pc.sum(table["bytes"]).as_py() or 0, "requests": pc.sum(table["tries"]).as_py() or 0},
    )
