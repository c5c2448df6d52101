"""The whole text half: counts that add up, resume, refusals, and what bad input gets."""

import json

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import laionet
from flow.runs import fingerprint, write_part
from laionet.errors import CorpusError, LayoutError, OutputError, SomeShardsFailed
from laionet.flow import Run, RunFolder
from laionet.schema import DATASET, MATCHED, SCORED, Drop


def stages(manifest):
    return {stage["name"]: stage for stage in manifest["stages"]}


def test_every_caption_is_accounted_for_from_corpus_to_dataset(recipe, tmp_path):
    manifest = laionet.build(
        recipe(select__threshold=0.85, select__top_k=5, select__duplicate_captions="near"), tmp_path / "out"
    )
    found = stages(manifest)
    assert list(found) == ["match", "score", "select", "assemble"]
    assert found["match"]["rows_in"] == 800
    for stage in found.values():
        assert stage["rows_in"] == stage["kept"] + sum(stage["dropped"].values())
        assert set(stage["dropped"]) <= set(Drop)
        for reason, by_class in stage["dropped_by_class"].items():
            assert sum(by_class.values()) == stage["dropped"][reason]
    for before, after in (("match", "score"), ("score", "select"), ("select", "assemble")):
        assert found[before]["rows_out"] == found[after]["rows_in"]
    assert found["match"]["dropped"]["no_caption"] == sum(-(-400 // 37) for _ in range(2))
    assert manifest["dataset"]["rows"] == found["assemble"]["rows_out"] > 0
    assert {"unsafe", "safety_unknown", "several_classes", "below_threshold"} <= set(found["select"]["dropped"])
    assert {"beyond_top_k", "near_duplicate_caption"} <= set(found["assemble"]["dropped"])


def test_outputs_have_the_schemas_they_promise(recipe, tmp_path):
    laionet.build(recipe(), tmp_path / "out")
    for stage, schema in (("match", MATCHED), ("score", SCORED), ("select", DATASET)):
        assert pq.read_schema(tmp_path / "out" / stage / "00000.parquet").equals(schema)
    data = laionet.open_dataset(tmp_path / "out" / "dataset").table()
    assert data.column_names == DATASET.names


def test_the_dataset_is_what_a_plain_computation_selects(recipe, tmp_path, encoder):
    out = tmp_path / "out"
    laionet.build(recipe(), out)
    classes = laionet.load_classes("imagenet1k")
    texts = dict(zip(classes.wnids, classes.texts("name-def"), strict=True))
    model = laionet.open_text_encoder(encoder, device="cpu")
    expected = set()
    for part in range(2):
        rows = pq.read_table(tmp_path / "corpus" / f"part-{part:05d}.parquet").to_pylist()
        for match in (
            laionet.match([row["TEXT"] for row in rows], classes)
            .group_by("row")
            .aggregate([("wnid", "distinct")])
            .to_pylist()
        ):
            row, wnids = rows[match["row"]], match["wnid_distinct"]
            if len(wnids) == 1 and row["NSFW"] == "UNLIKELY":
                a, b = model.encode([row["TEXT"], texts[wnids[0]]]).embeddings.astype(float)
                if a @ b > 0.92:
                    expected.add((part * 100_000_000 + match["row"], wnids[0]))
    data = laionet.open_dataset(out / "dataset").table().to_pylist()
    assert {(row["laion_row"], row["wnid"]) for row in data} == expected
    assert all(classes.wnids[row["label"]] == row["wnid"] for row in data)


def test_a_second_run_does_nothing_and_other_worker_counts_give_the_same_bytes(recipe, tmp_path):
    laionet.build(recipe(), tmp_path / "a")
    before = fingerprint(tmp_path / "a")
    events = []
    laionet.build(recipe(), tmp_path / "a", listener=events.append)
    assert fingerprint(tmp_path / "a") == before
    done = [event for event in events if event.kind == "shard_done"]
    assert len(done) == 12
    assert all(event.data["reused"] for event in done)
    laionet.build(recipe(run__workers=2), tmp_path / "b")
    assert fingerprint(tmp_path / "b") == before


def test_shards_cut_otherwise_select_the_same_rows(recipe, tmp_path):
    def rows(name, **changes):
        laionet.build(recipe(select__top_k=4, select__cap=3, **changes), tmp_path / name)
        return laionet.open_dataset(tmp_path / name / "dataset").table().to_pylist()

    assert rows("a", corpus__rows_per_shard=100) == rows("b", corpus__rows_per_shard=400)


def test_stage_commands_give_what_build_gives(recipe, tmp_path):
    laionet.build(recipe(), tmp_path / "a")
    for stage in ("match", "score", "select"):
        getattr(Run(recipe(), tmp_path / "b"), stage)()
    assert fingerprint(tmp_path / "b") == fingerprint(tmp_path / "a")


def test_a_changed_threshold_redoes_selection_alone(recipe, tmp_path):
    laionet.build(recipe(), tmp_path / "a")
    events = []
    laionet.build(recipe(select__threshold=0.94), tmp_path / "a", listener=events.append, update=True)
    redone = {event.stage for event in events if event.kind == "shard_done" and not event.data["reused"]}
    assert redone == {"select"}
    laionet.build(recipe(select__threshold=0.94), tmp_path / "b")
    assert fingerprint(tmp_path / "a") == fingerprint(tmp_path / "b")


def test_an_earlier_stage_done_anew_clears_what_was_made_from_it(recipe, tmp_path):
    laionet.build(recipe(), tmp_path / "a")
    Run(recipe(match__rules="paper"), tmp_path / "a", update=True).match()
    assert not (tmp_path / "a" / "dataset").exists()
    assert not RunFolder(tmp_path / "a").reports("score")


def test_a_folder_of_another_recipe_is_refused_with_the_difference(recipe, tmp_path):
    laionet.build(recipe(), tmp_path / "a")
    with pytest.raises(OutputError, match=r"select\.threshold: 0\.92 -> 0\.94[\s\S]*--update"):
        laionet.build(recipe(select__threshold=0.94), tmp_path / "a")


def test_a_folder_of_another_corpus_is_refused_naming_the_files(recipe, corpus, tmp_path):
    laionet.build(recipe(), tmp_path / "a")
    write_part(corpus / "part-00001.parquet", 300, seed=9)
    write_part(corpus / "part-00002.parquet", 300, seed=3)
    with pytest.raises(OutputError, match=r"part-00002\.parquet: new[\s\S]*part-00001\.parquet: changed"):
        laionet.build(recipe(), tmp_path / "a")
    laionet.build(recipe(), tmp_path / "a", update=True)
    laionet.build(recipe(), tmp_path / "b")
    assert fingerprint(tmp_path / "a") == fingerprint(tmp_path / "b")


def test_a_folder_with_other_files_is_refused(recipe, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("precious")
    with pytest.raises(OutputError, match="other files"):
        laionet.build(recipe(), tmp_path / "mine")


def test_a_folder_in_use_is_refused(recipe, tmp_path):
    with RunFolder(tmp_path / "a").locked(), pytest.raises(OutputError, match="Another laionet run"):
        laionet.build(recipe(), tmp_path / "a")


def test_no_corpus_and_missing_files_are_named(recipe, tmp_path):
    with pytest.raises(CorpusError, match="--corpus"):
        laionet.build(recipe(corpus__files=()), tmp_path / "a")
    with pytest.raises(CorpusError, match=r"nowhere\.parquet"):
        laionet.build(recipe(corpus__files=(str(tmp_path / "nowhere.parquet"),)), tmp_path / "b")


def test_columns_that_fit_no_layout_are_refused(recipe, tmp_path):
    pq.write_table(pa.table({"colour": ["red"], "size": [3]}), tmp_path / "x.parquet")
    with pytest.raises(LayoutError, match="colour"):
        laionet.build(recipe(corpus__files=(str(tmp_path / "x.parquet"),)), tmp_path / "a")


@pytest.mark.parametrize("damage", ["truncated", "footer", "page"])
def test_a_corrupt_file_among_good_ones_is_set_aside_and_mended_later(recipe, corpus, tmp_path, damage):
    good = (corpus / "part-00001.parquet").read_bytes()
    bad = {
        "truncated": good[: len(good) // 2],
        "footer": good[:-20] + b"x" * 20,
        "page": good[:200] + b"\xff" * 3000 + good[3200:],
    }[damage]
    (corpus / "part-00001.parquet").write_bytes(bad)
    with pytest.raises(SomeShardsFailed, match="set aside") as raised:
        laionet.build(recipe(), tmp_path / "a")
    assert raised.value.exit_code == 3
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert manifest["dataset"]["rows"] > 0
    named = json.dumps([manifest["corpus"]["set_aside"], [s["set_aside"] for s in manifest["stages"]]])
    assert "part-00001" in named or "00002" in named
    (corpus / "part-00001.parquet").write_bytes(good)
    laionet.build(recipe(), tmp_path / "a")
    laionet.build(recipe(), tmp_path / "b")
    assert fingerprint(tmp_path / "a") == fingerprint(tmp_path / "b")


def test_empty_shards_and_a_corpus_without_any_lemma(recipe, tmp_path):
    folder = tmp_path / "none"
    folder.mkdir()
    pq.write_table(
        pa.table({"url": pa.array([], pa.string()), "caption": pa.array([], pa.string())}),
        folder / "a.parquet",
    )
    pq.write_table(
        pa.table({"url": ["http://example.com"] * 2, "caption": ["nothing", None]}), folder / "b.parquet"
    )
    manifest = laionet.build(recipe(corpus__files=(str(folder),)), tmp_path / "a")
    assert manifest["dataset"]["rows"] == 0
    assert stages(manifest)["match"]["dropped"] == {"no_caption": 1, "no_lemma": 1}


def test_dropped_rows_are_kept_on_request_with_their_reason(recipe, tmp_path):
    manifest = laionet.build(recipe(run__keep_dropped=True), tmp_path / "a")
    lost = pl.read_parquet(tmp_path / "a" / "select" / "dropped" / "*.parquet")
    counts = dict(lost.group_by("reason").len().iter_rows())
    assert counts == stages(manifest)["select"]["dropped"]


def test_files_of_several_layouts_keep_their_own_safety_rules(recipe, corpus, tmp_path):
    lines = [f"a zebra on the plain {i}\thttp://example.org/{i}.jpg" for i in range(20)]
    (tmp_path / "cc3m.tsv").write_text("\n".join(lines) + "\n")
    both = (str(corpus), str(tmp_path / "cc3m.tsv"))
    manifest = laionet.build(recipe(corpus__files=both, select__threshold=-1.0), tmp_path / "a")
    data = laionet.open_dataset(tmp_path / "a" / "dataset").table().to_pylist()
    assert sum(row["url"].startswith("http://example.org") for row in data) == 20
    assert {row["nsfw"] for row in data} == {"UNLIKELY", None}
    assert stages(manifest)["select"]["dropped"]["unsafe"] > 0


def test_sweep_says_what_selection_keeps(recipe, tmp_path):
    manifest = laionet.build(recipe(), tmp_path / "a")
    curve = pl.read_csv(tmp_path / "a" / "sweep" / "curves.csv")
    at = curve.filter(pl.col("threshold") == 0.92)
    assert at["samples"].item() == manifest["dataset"]["rows"]
    assert at["classes"].item() == manifest["dataset"]["classes"]
    assert manifest["threshold"]["chosen"] == 0.92
    lemmas = pl.read_csv(tmp_path / "a" / "sweep" / "lemmas.csv")
    assert lemmas["candidates"].sum() == sum(manifest["threshold"]["found_by"].values())
    assert (tmp_path / "a" / "sweep" / "sweep.pdf").read_bytes().startswith(b"%PDF")
