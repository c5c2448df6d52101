"""A shard is fetched once, whole or not at all; its failures can be asked for again without touching the rest."""

import hashlib
import io
import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from fetching.web import STEADY, fingerprint, job_of, knobs, links, picture, rows_of, statuses, table_of
from laionet.causal.links import Behaviour
from laionet.causal.server import EXPECTED
from laionet.engines import LocalEngine
from laionet.fetching import (
    FetchJob,
    TableRows,
    TableSlice,
    fetch_key,
    fetch_shard,
    finished_fetch,
)
from laionet.images.store import iter_images, stored_form
from laionet.recipe import Run
from laionet.schema import FETCHED


@pytest.mark.parametrize("keep", ["tar", "parquet"])
def test_a_shard_is_a_table_its_images_and_a_report(web, tmp_path, keep):
    job = job_of(links(STEADY), tmp_path, web.hosts, keep=keep)
    report = fetch_shard(job)
    table = table_of(job)
    assert table.schema.equals(FETCHED)
    assert table["sample"].to_pylist() == [f"s{n:05d}" for n in range(len(STEADY))]
    assert statuses(job) == [EXPECTED[behaviour] or "ok" for behaviour in STEADY]
    assert stored_form(job.images) == keep
    images = dict(iter_images(job.images))
    assert list(images) == table.filter(pa.compute.equal(table["status"], "ok"))["sample"].to_pylist()
    assert images["s00000"] == picture(0)
    assert {hashlib.sha256(data).hexdigest() for data in images.values()} <= set(table["sha256"].to_pylist())
    assert report.rows_in == report.rows_out == report.kept + sum(report.dropped.values()) == len(STEADY)
    assert report.dropped == Counter(str(EXPECTED[b]) for b in STEADY if EXPECTED[b])
    assert sum(report.by_class.values()) == report.kept
    assert {reason: sum(of.values()) for reason, of in report.dropped_by_class.items()} == report.dropped
    assert json.loads(job.report.read_text()) == report.to_json()


def test_the_description_beside_an_image_is_its_row(web, tmp_path):
    import tarfile

    job = job_of(links([Behaviour.MOVED]), tmp_path, web.hosts)
    fetch_shard(job)
    with tarfile.open(f"{job.images}.tar") as tar:
        assert json.loads(tar.extractfile("s00000.json").read()) == table_of(job).to_pylist()[0]


def test_without_images_only_what_came_of_the_rows_is_written(web, tmp_path):
    with_images = fetch_shard(job_of(links(STEADY), tmp_path, web.hosts, keep="tar"))
    job = job_of(links(STEADY), tmp_path, web.hosts, keep="none", key="other")
    assert fetch_shard(job).by_class == with_images.by_class
    assert finished_fetch(job)
    assert stored_form(job.images) is None


def test_a_finished_shard_is_not_asked_for_again(web, tmp_path):
    job = job_of(links(STEADY), tmp_path, web.hosts)
    first = fetch_shard(job)
    before, asked = fingerprint(tmp_path), web.requests.total()
    again = fetch_shard(job)
    assert again.reused
    assert again.to_json() == first.to_json()
    assert (fingerprint(tmp_path), web.requests.total()) == (before, asked)
    for gone in (job.data, Path(f"{job.images}.tar"), job.report):
        gone.unlink()
        assert not fetch_shard(job).reused
        assert fingerprint(tmp_path) == before


def test_another_key_is_another_shard(web, tmp_path):
    fetch_shard(job_of(links(STEADY), tmp_path, web.hosts))
    assert not fetch_shard(job_of(links(STEADY), tmp_path, web.hosts, key="other")).reused


def test_the_key_is_of_what_decides_images_and_not_of_patience():
    key = fetch_key(knobs(), "a")
    assert key == fetch_key(knobs(timeout_s=99.0, tries=7, rows_per_shard=5), "a")
    others = [knobs(keep="none"), knobs(max_bytes=7), knobs(resize=64), knobs(robots=False), knobs(opt_out=False)]
    assert len({key, fetch_key(knobs(), "b"), *(fetch_key(other, "a") for other in others)}) == 7


def test_rows_may_be_part_of_a_file(web, tmp_path):
    path = tmp_path / "rows.parquet"
    pq.write_table(rows_of(links(STEADY)).append_column("more", pa.array(range(len(STEADY)))), path)
    job = replace(job_of([], tmp_path, web.hosts), rows=TableSlice(path, 2, 3))
    fetch_shard(job)
    assert table_of(job)["sample"].to_pylist() == ["s00002", "s00003", "s00004"]


def test_no_rows_make_an_empty_shard(web, tmp_path):
    job = job_of([], tmp_path, web.hosts)
    assert fetch_shard(job).to_json() | {"key": ""} == fetch_shard(job).to_json() | {"key": ""}
    assert len(table_of(job)) == 0
    assert list(iter_images(job.images)) == []


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (rows_of(["http://a.b/"]).drop_columns(["url"]), "lack url"),
        (pa.concat_tables([rows_of(["http://a.b/"])] * 2), "sample id twice"),
        (rows_of(["http://a.b/"]).set_column(2, "label", pa.array(["x"])), "not as they should be"),
    ],
)
def test_rows_that_cannot_be_fetched_set_the_shard_aside(web, tmp_path, table, said):
    job = replace(job_of([], tmp_path, web.hosts), rows=TableRows(table))
    report = fetch_shard(job)
    assert report.status == "failed"
    assert said in report.error
    assert json.loads(job.report.read_text())["status"] == "failed"
    assert not finished_fetch(job)
    missing = fetch_shard(replace(job, rows=TableSlice(tmp_path / "none.parquet")))
    assert "none.parquet" in missing.error


def test_shards_are_fetched_in_worker_processes(web, tmp_path):
    jobs = [replace(job_of(links(STEADY), tmp_path, web.hosts, tries=1), name=f"{n:05d}") for n in range(2)]
    done = list(LocalEngine(workers=2).map(fetch_shard, jobs))
    assert {job.name: report.kept for job, report in done} == {"00000": 6, "00001": 6}


def test_shrinking(web, tmp_path):
    job = job_of(
        links([Behaviour.OK, Behaviour.PNG_ALPHA, Behaviour.ROTATED, Behaviour.ANIMATED]),
        tmp_path,
        web.hosts,
        resize=32,
    )
    fetch_shard(job)
    images = [Image.open(io.BytesIO(data)) for _, data in iter_images(job.images)]
    assert [(image.format, image.mode, image.size) for image in images] == [
        ("JPEG", "RGB", (43, 32)),
        ("PNG", "RGB", (43, 32)),
        ("JPEG", "RGB", (43, 32)),
        ("PNG", "RGB", (43, 32)),
    ]
    assert table_of(job)["width"].to_pylist() == [80] * 4


def test_small_images_are_not_blown_up(web, tmp_path):
    job = job_of(links([Behaviour.OK]), tmp_path, web.hosts, resize=61)
    fetch_shard(job)
    assert dict(iter_images(job.images)) == {"s00000": picture(0)}


def test_kill_9_and_again(web, tmp_path):
    """Killed at several moments of the fetching; what is there in the end is what an unhindered run makes."""
    urls = links([*STEADY, Behaviour.SLOW], 40)

    def job(folder):
        return job_of(urls, tmp_path / folder, web.hosts, tries=1, connections=2)

    fetch_shard(job("whole"))
    (tmp_path / "job").write_bytes(pickle.dumps(job("killed")))
    for requests in (2, 25):
        before = web.requests.total()
        process = subprocess.Popen([sys.executable, "-m", "fetching.killed", str(tmp_path / "job")],
                                   cwd=Path(__file__).parent.parent)  # fmt: skip
        while web.requests.total() < before + requests:
            assert process.poll() is None
            time.sleep(0.002)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert not finished_fetch(job("killed"))
    fetch_shard(job("killed"))
    assert fingerprint(tmp_path / "killed") == fingerprint(tmp_path / "whole")


def test_a_job_is_a_small_thing_to_send():
    job = FetchJob(TableSlice(Path("rows.parquet"), 0, 1_000), knobs(), Run(), Path("out"), "00000", "key")
    assert pickle.loads(pickle.dumps(job)) == job
    assert len(pickle.dumps(job)) < 3_000
