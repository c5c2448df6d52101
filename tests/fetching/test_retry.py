"""Failures can be asked for again without touching the rest, and what is written appears together."""

import os
import shutil
from collections import Counter

import pytest

from fetching.web import STEADY, fingerprint, job_of, links, picture, statuses, table_of
from laionet.causal.links import Behaviour, link
from laionet.fetching import fetch_shard, finished_fetch, retry_all_failed, retry_failed
from laionet.images.store import ImageWriter, iter_images

#: With one try each: fails, fails once, is never there, is no image.
PASSING = [Behaviour.OK, Behaviour.FLAKY, Behaviour.GONE, Behaviour.BUSY, Behaviour.PAGE, Behaviour.WEBP]


@pytest.mark.parametrize("keep", ["tar", "parquet"])
def test_asking_again_touches_failures_alone(web, tmp_path, keep):
    job = job_of(links(PASSING, 18), tmp_path, web.hosts, tries=1, keep=keep)
    first = fetch_shard(job)
    assert statuses(job)[:6] == ["ok", "http_5xx", "http_4xx", "http_4xx", "not_an_image", "ok"]
    before, images, asked = table_of(job).to_pylist(), dict(iter_images(job.images)), Counter(web.requests)
    again = retry_failed(job)
    assert statuses(job)[:6] == ["ok", "ok", "http_4xx", "ok", "not_an_image", "ok"]
    assert again.kept == first.kept + 6
    new = web.requests - asked
    assert {path for path in new if "." in path and path != "/robots.txt"} == {
        link(PASSING[n % 6], n).split("test", 1)[1] for n in range(18) if PASSING[n % 6] in ("flaky", "busy")
    }
    after = dict(iter_images(job.images))
    assert list(after) == [row["sample"] for row in table_of(job).to_pylist() if row["status"] == "ok"]
    assert {sample: after[sample] for sample in images} == images
    for old, row in zip(before, table_of(job).to_pylist(), strict=True):
        assert old == row or old["status"] in ("http_5xx", "http_4xx")
    assert finished_fetch(job).to_json() == again.to_json()


def test_the_end_is_the_same_whether_an_image_came_at_first_or_later(web, tmp_path):
    later = job_of(links(PASSING), tmp_path / "later", web.hosts, tries=1)
    fetch_shard(later)
    retry_failed(later)
    at_first = job_of(links(PASSING), tmp_path / "first", web.hosts, tries=1)
    fetch_shard(at_first)  # by now the server has been asked before
    assert fingerprint(tmp_path / "later") == fingerprint(tmp_path / "first")


def test_all_failures_can_be_asked_for(web, tmp_path):
    job = job_of(links(PASSING), tmp_path, web.hosts, tries=1)
    fetch_shard(job)
    asked = Counter(web.requests)
    retry_all_failed(job)
    new = web.requests - asked
    assert {behaviour for behaviour in new if behaviour in set(Behaviour)} == {"flaky", "gone", "busy", "page"}


def test_where_nothing_can_pass_nothing_is_asked_and_nothing_written(web, tmp_path):
    job = job_of(links([Behaviour.OK, Behaviour.GONE]), tmp_path, web.hosts)
    fetch_shard(job)
    before, asked = fingerprint(tmp_path), web.requests.total()
    assert retry_failed(job).reused
    assert (fingerprint(tmp_path), web.requests.total()) == (before, asked)


def test_asking_again_where_no_images_are_kept(web, tmp_path):
    job = job_of(links(PASSING), tmp_path, web.hosts, tries=1, keep="none")
    fetch_shard(job)
    retry_failed(job)
    assert statuses(job) == ["ok", "ok", "http_4xx", "ok", "not_an_image", "ok"]


def test_asking_again_for_a_shard_that_was_not_finished_fetches_it(web, tmp_path):
    job = job_of(links(STEADY), tmp_path, web.hosts)
    assert retry_failed(job).kept == 6


@pytest.mark.parametrize("work", [fetch_shard, retry_failed])
def test_stopped_between_any_two_files_either_all_is_old_or_all_is_new(web, tmp_path, monkeypatch, work):
    class Stopped(BaseException):
        pass

    def job(folder):
        return job_of(links(PASSING), tmp_path / folder, web.hosts, tries=1)

    true_replace, moves = os.replace, []
    fetch_shard(job("warm"))  # asks for the first time, so that from now on all answers are the last
    if work is retry_failed:
        shutil.copytree(tmp_path / "warm", tmp_path / "whole")
    before = fingerprint(tmp_path / "whole")
    monkeypatch.setattr(os, "replace", lambda *names: (moves.append(names), true_replace(*names)))
    work(job("whole"))
    after, total = fingerprint(tmp_path / "whole"), len(moves)
    assert total >= 6
    for last in range(total):
        folder = f"stopped{last}"
        if work is retry_failed:
            shutil.copytree(tmp_path / "warm", tmp_path / folder)
        moves.clear()

        def stopping(*names, last=last):
            moves.append(names)
            if len(moves) > last:
                raise Stopped
            true_replace(*names)

        monkeypatch.setattr(os, "replace", stopping)
        with pytest.raises(Stopped):
            work(job(folder))
        monkeypatch.setattr(os, "replace", true_replace)
        asked = web.requests.total()
        done = finished_fetch(job(folder))
        if done:
            assert fingerprint(tmp_path / folder) in (before, after)
        else:
            assert work is fetch_shard
        assert web.requests.total() == asked
        work(job(folder))
        assert fingerprint(tmp_path / folder) == after


def test_images_that_are_not_those_of_the_table_are_not_built_upon(web, tmp_path):
    job = job_of(links(PASSING), tmp_path, web.hosts, tries=1)
    fetch_shard(job)
    with ImageWriter(job.images, "tar") as writer:
        writer.write("s00000", picture(7), "jpg", {})
    before = fingerprint(tmp_path)
    report = retry_failed(job)
    assert report.status == "failed"
    assert "Delete 00000.json" in report.error
    assert fingerprint(tmp_path) == before
