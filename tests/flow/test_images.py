"""The image half over a run's folder: fetch, read_text, describe, in one pass or one after the other."""

import os

import pyarrow.parquet as pq
import pytest

from flow.runs import fingerprint
from image_checkpoints import make_clip, make_vit
from laionet.causal.gallery import picture, write_corpus
from laionet.causal.senses import CLASS_SOURCE
from laionet.causal.server import MiniWebServer
from laionet.causal.web import Web
from laionet.errors import OutputError, SomeShardsFailed
from laionet.flow.images import ImageRun
from laionet.flow.manifest import stage_part
from laionet.recipe import load_recipe
from laionet.shards import read_json, read_table

PAGES = 90


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    """A corpus of the mini-web, and its server."""
    folder = tmp_path_factory.mktemp("web")
    corpus, truth = write_corpus(Web(2), 0, PAGES, folder)
    with MiniWebServer(lambda index: picture(Web(2), index)) as server:
        yield corpus, truth, server


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return str(make_clip(folder / "clip")), str(make_vit(folder / "vit"))


@pytest.fixture(scope="module")
def recipe(web, models, encoder):
    corpus, _, server = web
    clip, vit = models

    def made(**changes):
        knobs = {
            "classes__source": CLASS_SOURCE,
            "corpus__files": (str(corpus),),
            "score__encoder": encoder,
            "select__threshold": -0.9,
            "fetch__rows_per_shard": 20,
            "fetch__tries": 1,
            "describe__encoders": (clip, vit),
            "describe__zero_shot": (clip,),
            "run__workers": 1,
            "run__device": "cpu",
            "run__hosts": server.hosts,
            "run__batch_images": 8,
        }
        return load_recipe(**{**knobs, **changes})

    return made


@pytest.fixture(scope="module")
def whole(recipe, tmp_path_factory):
    """A run done to its end, undisturbed."""
    out = tmp_path_factory.mktemp("run") / "whole"
    run = ImageRun(recipe(), out)
    run.build()
    run.images()
    return out


def rows(out, stage):
    files = sorted((out / stage).glob("*.parquet"))
    return [row for file in files for row in read_table(file).to_pylist()]


def test_every_sample_ends_as_an_image_or_with_the_reason_that_the_web_gave(whole, web):
    _, truth, _ = web
    behaviour = {row["url"]: row["behaviour"] for row in pq.read_table(truth).to_pylist()}
    fetched = rows(whole, "fetch")
    assert len(fetched) == sum(report["rows_in"] for report in reports(whole, "fetch")) > 40
    expected = {"gone": "http_4xx", "forbidden": "http_4xx", "page": "not_an_image", "failing": "http_5xx"}
    expected |= {"truncated": "undecodable", "disallowed": "robots", "noai": "opted_out", "empty": "empty"}
    expected |= {"garbage": "not_an_image"}
    for row in fetched:
        assert row["status"] == expected.get(behaviour[row["url"]], "ok"), row


def reports(out, stage):
    return [read_json(path) for path in sorted((out / stage).glob("[0-9]*.json"))]


def test_what_is_described_is_what_was_fetched_and_does_not_spell_its_class(whole, web):
    _, truth, _ = web
    painted = {row["url"]: row["text"] for row in pq.read_table(truth).to_pylist()}
    read = rows(whole, "read_text")
    described = rows(whole, "describe")
    good = [row for row in rows(whole, "fetch") if row["status"] == "ok"]
    assert [row["sample"] for row in read] == [row["sample"] for row in good]
    assert [row["sample"] for row in described] == [row["sample"] for row in read if row["kept"]]
    assert all(row["spelled"] for row in read if not row["kept"])
    texts = {row["sample"]: painted[row["url"]] for row in good}
    assert any(texts[row["sample"]] for row in read)
    for row in read:
        assert bool(row["spelled"]) <= bool(texts[row["sample"]])


def test_the_manifest_counts_each_stage_and_each_loss(whole):
    manifest = read_json(whole / "manifest.json")
    names = [stage["name"] for stage in manifest["stages"]]
    assert names == ["match", "score", "select", "assemble", "fetch", "read_text", "describe"]
    before = manifest["dataset"]["rows"]
    for stage in manifest["stages"][4:]:
        assert stage["rows_in"] == before
        assert stage["kept"] + sum(stage["dropped"].values()) == stage["rows_in"]
        assert sum(stage["by_class"].values()) == stage["kept"]
        for reason, n in stage["dropped"].items():
            assert sum(stage["dropped_by_class"][reason].values()) == n
        before = stage["kept"]


def test_a_second_run_does_nothing(whole, recipe, web):
    _, _, server = web
    before, asked = fingerprint(whole), sum(server.requests.values())
    told = []
    ImageRun(recipe(), whole, listener=told.append).images()
    assert fingerprint(whole) == before
    assert sum(server.requests.values()) == asked
    assert all(event.data["reused"] for event in told if event.kind == "shard_done")


def test_in_one_pass_the_same_is_described_and_no_image_is_kept(whole, recipe, tmp_path):
    out = tmp_path / "passing"
    run = ImageRun(recipe(fetch__keep="none"), out)
    run.build()
    run.images()
    for stage in ("fetch", "read_text", "describe"):
        assert rows(out, stage) == rows(whole, stage)
        ours, theirs = (stage_part(stage, ImageRun(recipe(), folder).folder) for folder in (out, whole))
        for part in ("rows_in", "kept", "dropped", "by_class", "dropped_by_class"):
            assert ours[part] == theirs[part], (stage, part)
    assert not (out / "images").exists()
    again = fingerprint(out)
    run.images()
    assert fingerprint(out) == again
    with pytest.raises(OutputError, match="keeps no images"):
        run.fetch()


class Stopped(BaseException):
    """Stands for a kill: nothing catches it."""


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_stopped_between_two_files_at_any_point(whole, recipe, tmp_path, monkeypatch, share):
    out = tmp_path / "stopped"
    ImageRun(recipe(), out).build()
    true_replace, moves = os.replace, []
    expected = sum(len(reports(whole, stage)) for stage in ("fetch", "read_text", "describe")) * 2

    def stopping(*names):
        moves.append(names)
        if len(moves) > share * expected:
            raise Stopped
        true_replace(*names)

    monkeypatch.setattr(os, "replace", stopping)
    with pytest.raises(Stopped):
        ImageRun(recipe(), out).images()
    monkeypatch.setattr(os, "replace", true_replace)
    ImageRun(recipe(), out).images()
    assert fingerprint(out) == fingerprint(whole)


def broken(job):
    raise RuntimeError("the worker broke")


def test_images_that_failed_do_not_stop_the_text_half_and_are_tried_again(whole, recipe, tmp_path, monkeypatch):
    out = tmp_path / "failed"
    run = ImageRun(recipe(), out)
    run.build()
    with monkeypatch.context() as patched:
        patched.setattr("laionet.flow.images.fetch_shard", broken)
        with pytest.raises(SomeShardsFailed, match="the worker broke"):
            run.fetch()
    run.build()
    run.images()
    assert fingerprint(out) == fingerprint(whole)


def test_images_of_another_dataset_are_not_thrown_away_unasked(recipe, tmp_path):
    out = tmp_path / "run"
    run = ImageRun(recipe(), out)
    run.build()
    run.fetch()
    other = recipe(select__cap=2)
    ImageRun(other, out, update=True).select()
    with pytest.raises(OutputError, match="another dataset"):
        ImageRun(other, out).fetch()
    with pytest.raises(OutputError, match="laionet fetch"):
        ImageRun(other, out).read_text()
    ImageRun(other, out, update=True).fetch()
    assert len(rows(out, "fetch")) == read_json(out / "dataset" / "manifest.json")["dataset"]["rows"]
    ImageRun(other, out).read_text()


def test_read_text_can_be_left_out(recipe, tmp_path):
    out = tmp_path / "run"
    run = ImageRun(recipe(read_text__engine="none"), out)
    run.build()
    run.images()
    assert not (out / "read_text").exists()
    assert len(rows(out, "describe")) == sum(row["status"] == "ok" for row in rows(out, "fetch"))


def test_a_reference_dataset_is_described_by_the_same_stage(recipe, whole, tmp_path):
    out = tmp_path / "reference"
    reference = recipe(corpus__files=(), pictures__where=str(whole), pictures__layout="laionet")
    ImageRun(reference, out).describe()
    kept = {row["sample"] for row in rows(whole, "describe")}
    assert [row for row in rows(out, "describe") if row["sample"] in kept] == rows(whole, "describe")


def test_describe_needs_what_comes_before(recipe, tmp_path):
    run = ImageRun(recipe(), tmp_path / "run")
    run.build()
    with pytest.raises(OutputError, match="laionet fetch"):
        run.describe()
    run.fetch()
    with pytest.raises(OutputError, match="laionet read-text"):
        run.describe()
