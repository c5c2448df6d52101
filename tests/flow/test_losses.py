"""Losses by stage, class and reason: against the tables that the stages wrote, and over folders with holes."""

import shutil
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from image_checkpoints import make_clip
from laionet.causal.gallery import picture, write_corpus
from laionet.causal.senses import CLASS_SOURCE
from laionet.causal.server import MiniWebServer
from laionet.causal.web import Web
from laionet.errors import OutputError
from laionet.flow import RunFolder
from laionet.flow.images import ImageRun
from laionet.flow.losses import losses, without_numbers
from laionet.recipe import load_recipe
from laionet.schema import Drop
from laionet.shards import read_json, read_table, write_json


@pytest.fixture(scope="module")
def whole(tmp_path_factory, encoder):
    """A run over the mini-web to its end."""
    folder = tmp_path_factory.mktemp("losses")
    corpus, _ = write_corpus(Web(2), 0, 30, folder)
    with MiniWebServer(lambda index: picture(Web(2), index)) as server:
        recipe = load_recipe(
            classes__source=CLASS_SOURCE,
            corpus__files=(str(corpus),),
            score__encoder=encoder,
            select__threshold=-0.9,
            fetch__rows_per_shard=8,
            fetch__tries=1,
            describe__encoders=(str(make_clip(folder / "clip")),),
            run__workers=1,
            run__device="cpu",
            run__hosts=server.hosts,
        )
        run = ImageRun(recipe, folder / "run")
        run.build()
        run.images()
    return folder / "run"


@pytest.fixture
def copied(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "copy")


def table(folder, stage):
    return pa.concat_tables([read_table(path) for path in sorted((folder / stage).glob("[0-9]*.parquet"))])


def by_class(found, wnids):
    counted = Counter(wnids)
    assert set(counted) <= set(found.wnids)
    return [counted[wnid] for wnid in found.wnids]


def test_losses_are_what_the_tables_of_the_stages_say(whole):
    found = losses(whole)
    assert [stage.name for stage in found.stages] == [
        "match", "score", "select", "assemble", "fetch", "read_text", "describe",
    ]  # fmt: skip
    fetched = table(whole, "fetch").to_pylist()
    assert found["fetch"].rows_in.tolist() == by_class(found, [row["wnid"] for row in fetched])
    for reason in {row["status"] for row in fetched} - {"ok"}:
        mine = [row["wnid"] for row in fetched if row["status"] == reason]
        assert found["fetch"].dropped[Drop(reason)].tolist() == by_class(found, mine)
    assert found["fetch"].kept.tolist() == by_class(found, [r["wnid"] for r in fetched if r["status"] == "ok"])
    read = table(whole, "read_text").to_pylist()
    assert found["read_text"].rows_in.tolist() == by_class(found, [row["wnid"] for row in read])
    assert found["read_text"].lost.tolist() == by_class(found, [row["wnid"] for row in read if not row["kept"]])
    described = table(whole, "describe")["wnid"].to_pylist()
    assert found.described.tolist() == by_class(found, described)
    assert found.asked.tolist() == found["fetch"].rows_in.tolist()
    assert (found.asked - found.described).sum() > 0


def test_nothing_is_lost_without_a_reason(whole):
    found = losses(whole)
    before = None
    for stage in found.stages:
        assert (stage.rows_in == stage.kept + sum(stage.dropped.values(), np.zeros_like(stage.kept))).all()
        assert not stage.not_reached.any()
        assert stage.unread == 0
        if before is not None:
            assert (stage.rows_in == before.kept).all()
            assert stage.without_class == {}
        before = stage
    assert set(found["match"].without_class) <= {Drop.NO_LEMMA, Drop.NO_CAPTION}
    assert (sum(found.by_reason().values()) == found.missing()).all()
    assert [stage.name for stage in found.text] == ["match", "score", "select", "assemble"]


def test_pictures_that_spell_their_class_are_missing_or_outside(copied):
    path = next((copied / "read_text").glob("[0-9]*.json"))
    report = read_json(path)
    wnid, n = max(report["by_class"].items(), key=lambda of: of[1])
    report["by_class"][wnid] = n - 1
    spells = report["dropped_by_class"].setdefault("spells_class", {})
    spells[wnid] = spells.get(wnid, 0) + 1
    report["dropped"]["spells_class"] = report["dropped"].get("spells_class", 0) + 1
    write_json(path, {**report, "kept": report["kept"] - 1})
    described = read_json(copied / "describe" / path.name)
    described["by_class"][wnid] -= 1
    changed = {key: described[key] - 1 for key in ("rows_in", "kept", "rows_out")}
    write_json(copied / "describe" / path.name, {**described, **changed})
    found = losses(copied)
    spelled = found["read_text"].dropped[Drop.SPELLS_CLASS]
    assert spelled.sum() == losses(copied).by_reason()[Drop.SPELLS_CLASS].sum() >= 1
    assert (found.missing() - found.missing("outside") == spelled).all()
    with pytest.raises(ValueError, match="missing or outside"):
        found.missing("never")


def test_shards_that_are_set_aside_or_not_done_are_not_reached(copied):
    whole = losses(copied)
    report = read_json(copied / "read_text" / "00001.json")
    gone = sum(report["by_class"].values()) + sum(report["dropped"].values())
    write_json(copied / "read_text" / "00001.json", {**report, "status": "failed", "error": "died"})
    (copied / "describe" / "00001.json").unlink()
    found = losses(copied)
    assert found["read_text"].set_aside == ("00001",)
    assert found["read_text"].not_reached.sum() == gone > 0
    assert (found["describe"].rows_in == found["read_text"].kept).all()
    assert (found.asked == whole.asked).all()
    assert (sum(found.by_reason().values()) == found.missing()).all()
    assert (found.by_reason()[None] == found["read_text"].not_reached).all()


def test_stages_of_two_runs_are_refused(copied):
    report = read_json(copied / "fetch" / "00000.json")
    wnid, n = next(iter(report["by_class"].items()))
    report["by_class"][wnid] = n - 1
    write_json(copied / "fetch" / "00000.json", {**report, "kept": report["kept"] - 1})
    with pytest.raises(OutputError, match="account for"):
        losses(copied)
    write_json(
        copied / "fetch" / "00000.json", {**report, "kept": report["kept"] - 1, "rows_in": report["rows_in"] - 1}
    )
    with pytest.raises(OutputError, match="laionet read-text  again"):
        losses(copied)


def test_a_class_that_is_not_in_the_list_is_refused(copied):
    report = read_json(copied / "describe" / "00000.json")
    report["by_class"]["n00000000"] = 1
    write_json(copied / "describe" / "00000.json", report)
    with pytest.raises(OutputError, match="n00000000"):
        losses(copied)


def one_stage(folder, reports, pictures=None, stage="describe"):
    """A folder of a run whose stage left the given reports."""
    RunFolder(folder).settle(load_recipe(classes__source="wordnet:n01443537,n02007558"))
    for name, report in reports.items():
        base = {"name": name, "key": "k", "status": "done", "error": "", "counts": {}, "dropped_by_class": {}}
        base |= {"dropped": {}, "by_class": {}, "rows_in": 0, "kept": 0, "rows_out": 0}
        write_json(folder / stage / f"{name}.json", {**base, **report})
    if pictures:
        write_json(folder / "pictures.json", pictures)
    return folder


def kept(of, dropped=None, dropped_by_class=None):
    n = sum(of.values())
    gone = dropped or {}
    return {
        "by_class": of,
        "kept": n,
        "rows_out": n,
        "rows_in": n + sum(gone.values()),
        "dropped": gone,
        "dropped_by_class": dropped_by_class or {},
    }


def test_a_reference_dataset_has_its_own_losses(tmp_path):
    reports = {
        "00000": kept({"n01443537": 3}, {"undecodable": 1, "no_image": 2}, {"undecodable": {"n02007558": 1}}),
        "00001": {"status": "failed", "error": "cannot be read"},
    }
    found = losses(one_stage(tmp_path / "a", reports, {"rows": 10, "set_aside": []}))
    (stage,) = found.stages
    assert stage.rows_in.tolist() == found.asked.tolist() == [3, 1]
    assert stage.dropped[Drop.UNDECODABLE].tolist() == [0, 1]
    assert stage.without_class == {Drop.NO_IMAGE: 2}
    assert stage.unread == 4
    assert stage.set_aside == ("00001",)
    assert found.missing().tolist() == [0, 1]
    assert losses(one_stage(tmp_path / "b", reports, {"rows": None, "set_aside": []})).stages[0].unread is None


def test_images_that_were_not_kept_get_their_class_from_the_stage_before(tmp_path):
    folder = one_stage(tmp_path / "a", {"00000": kept({"n01443537": 5, "n02007558": 4})}, stage="fetch")
    one_stage(folder, {"00000": kept({"n01443537": 4, "n02007558": 2}, {"no_image": 3})})
    found = losses(folder)
    assert found["describe"].dropped[Drop.NO_IMAGE].tolist() == [1, 2]
    assert found["describe"].without_class == {}
    assert not found["describe"].not_reached.any()


def test_of_two_reasons_without_a_class_none_is_guessed(tmp_path):
    folder = one_stage(tmp_path / "a", {"00000": kept({"n01443537": 5, "n02007558": 4})}, stage="fetch")
    one_stage(folder, {"00000": kept({"n01443537": 4, "n02007558": 2}, {"no_image": 2, "unknown_label": 1})})
    found = losses(folder)
    assert found["describe"].without_class == {Drop.NO_IMAGE: 2, Drop.UNKNOWN_LABEL: 1}
    assert found["describe"].not_reached.tolist() == [1, 2]
    assert found.missing().tolist() == [1, 2]


def test_a_folder_where_no_stage_has_run_is_refused(tmp_path):
    with pytest.raises(OutputError, match="not a laionet run"):
        losses(tmp_path)
    with pytest.raises(OutputError, match="No stage has run"):
        losses(one_stage(tmp_path / "a", {}))
    with pytest.raises(OutputError, match="no described images"):
        without_numbers(tmp_path / "a", "embedding/clip")


def test_rows_without_numbers_are_counted_by_class(copied):
    path = copied / "describe" / "00000.parquet"
    described = read_table(path)
    at = described.column_names.index("embedding/clip")
    values = described["embedding/clip"].to_pylist()
    values[0] = values[2] = None
    described = described.set_column(
        at, described.schema.field(at), pa.array(values, described.schema.field(at).type)
    )
    pq.write_table(described, path)
    found = without_numbers(copied, "embedding/clip")
    expected = np.bincount(described["label"].to_numpy()[[0, 2]], minlength=len(found))
    assert found.tolist() == expected.tolist()
    with pytest.raises(OutputError, match="it has embedding/clip"):
        without_numbers(copied, "embedding/vit")
