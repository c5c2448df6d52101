"""Answers about a run against brute force over its rows; a run that goes on; folders that have nothing."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest

from exploring.runs import CLASSES, drawn_run, make_run, recipe_of, rows_of, similarities, write_shard
from laionet.errors import OutputError
from laionet.exploring import Explorer
from laionet.exploring.parameters import NotFound, Samples
from laionet.flow import RunFolder
from laionet.shards import write_json

WNID = "n02"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return drawn_run(tmp_path_factory.mktemp("asked"), duplicate_urls="exact")


@pytest.fixture(scope="module")
def explorer(folder):
    return Explorer(folder)


@pytest.fixture(scope="module")
def own_rows(folder):
    """Rows of the class with shard and place, in corpus order."""
    found = []
    for path in sorted((folder / "score").glob("*.parquet")):
        table = pq.read_table(path)
        for at, (row, s) in enumerate(zip(table.to_pylist(), similarities(table), strict=True)):
            found += [row | {"shard": path.stem, "at": at, "s": s}] if row["wnid"] == WNID else []
    return found


def places(answer):
    return [(row["shard"], row["at"]) for row in answer["rows"]]


@pytest.mark.parametrize("order", ["above", "below", "high", "low"])
@pytest.mark.parametrize("threshold", [0.5, 0.62, -1.0, 1.0])
def test_captions_come_in_order_and_in_pages(explorer, own_rows, order, threshold):
    side = {"above": lambda s: s > threshold, "below": lambda s: s <= threshold}.get(order, lambda s: True)
    turn = 1 if order in ("above", "low") else -1
    expected = sorted((row for row in own_rows if side(row["s"])), key=lambda row: turn * row["s"])
    pages = [explorer.samples(Samples(WNID, threshold, order, page=page, size=20)) for page in range(1, 8)]
    found = [place for page in pages for place in places(page)]
    assert found == [(row["shard"], row["at"]) for row in expected]
    assert {page["total"] for page in pages} == {len(expected)}
    told = [row["similarity"] for page in pages for row in page["rows"]]
    assert told == [row["s"] for row in expected]


def test_kept_and_dropped_share_the_captions_between_them(explorer, own_rows):
    kept = explorer.samples(Samples(WNID, 0.4, "high", "kept", size=50))
    dropped = explorer.samples(Samples(WNID, 0.4, "high", "dropped", size=50))
    assert kept["total"] + dropped["total"] == len(own_rows)
    assert all(row["reason"] == "" and row["words"] == "" for row in kept["rows"])
    assert all(row["reason"] and row["words"] for row in dropped["rows"])
    assert kept["total"] == explorer.counts(0.4)["kept"][1] > 0


def test_random_order_is_a_permutation_that_the_seed_fixes(explorer, own_rows):
    ask = [
        explorer.samples(Samples(WNID, 0.5, "random", size=50, page=p, seed=s)) for s in (3, 4) for p in (1, 2, 3)
    ]
    three, four = ([place for page in pages for place in places(page)] for pages in (ask[:3], ask[3:]))
    assert sorted(three) == sorted(four) == sorted((row["shard"], row["at"]) for row in own_rows)
    assert three != four
    assert places(explorer.samples(Samples(WNID, 0.5, "random", size=50, seed=3))) == three[:50]


@pytest.mark.parametrize("text", ["RED", "dog old", "a+b(", "%"])
def test_a_text_is_looked_for_whatever_the_case_and_letter_by_letter(explorer, own_rows, text):
    found = explorer.samples(Samples(WNID, 0.5, "high", text=text, size=50))
    expected = [row for row in own_rows if text.lower() in row["caption"].lower()]
    assert found["total"] == len(expected)
    assert all(text.lower() in "".join(p for p, _ in row["caption"]["pieces"]).lower() for row in found["rows"])
    if text == "RED":
        assert 0 < len(expected) < len(own_rows)


def test_a_class_tells_its_bins_lemmas_and_reasons(explorer, own_rows):
    threshold = 0.61
    told = explorer.one_class(WNID, threshold)
    s = np.array([row["s"] for row in own_rows])
    edges = np.array(told["edges"])
    assert told["found"] == len(s)
    assert told["above"] == (s > threshold).sum()
    assert sum(map(sum, told["bins"].values())) == len(s)
    totals = np.sum(list(told["bins"].values()), axis=0)
    for low, high, n in zip(edges[:-1], edges[1:], totals, strict=True):
        assert n == ((s > low) & (s <= high)).sum()
    assert sum(told["bins"]["kept"]) == told["kept"]
    assert sum(one["rows"] for one in told["dropped"]) == told["found"] - told["kept"]
    assert told["lemmas"] == [
        {"lemma": "dog", "found": told["found"], "above": told["above"], "kept": told["kept"]}
    ]
    assert told["text"] == "dog which is a loyal animal"


def test_a_class_that_no_caption_names_is_empty_and_no_error(explorer):
    told = explorer.one_class("n05", 0.5)
    assert (told["found"], told["kept"], told["lemmas"], told["dropped"]) == (0, 0, [], [])
    assert explorer.samples(Samples("n05", 0.5, text="x"))["rows"] == []
    assert explorer.samples(Samples(WNID, 0.5, page=9_999))["rows"] == []


def test_the_run_tells_its_classes_and_rules(explorer):
    told = explorer.run()
    assert [one["wnid"] for one in told["classes"]] == list(CLASSES.wnids)
    assert sum(one["found"] for one in told["classes"]) == told["rows"]
    assert any("repeated image addresses" in rule for rule in told["rules"])
    assert told["dataset"] is None
    assert told["curve"]["threshold"][0] < told["chosen"] < told["curve"]["threshold"][-1]


def test_a_class_or_row_that_is_not_there_is_not_found(explorer):
    with pytest.raises(NotFound):
        explorer.one_class("n99", 0.5)
    for shard, at in (("00000", 10_000), ("00009", 0), ("../score/00000", 0)):
        with pytest.raises(NotFound):
            explorer.caption(shard, at)


def test_shards_that_are_done_meanwhile_appear_and_unfinished_ones_do_not(tmp_path):
    folder = make_run(tmp_path, [rows_of(20, 1), rows_of(20, 2)])
    explorer = Explorer(folder)
    first = explorer.counts(0.5)
    write_shard(folder, "00003", rows_of(30, 3), status="failed")
    (folder / "score" / "00004.parquet").write_bytes(b"half a file")
    assert explorer.counts(0.5)["rows"] == first["rows"]
    assert (explorer.run()["shards"], explorer.run()["planned"]) == (2, 3)
    write_shard(folder, "00002", rows_of(25, 4))
    later = explorer.counts(0.5)
    assert later["rows"] > first["rows"]
    again = Explorer(folder)
    assert later == again.counts(0.5)
    asked = Samples("n03", 0.5, "high", size=50)
    assert explorer.samples(asked) == again.samples(asked)


def test_changed_rules_are_followed(tmp_path):
    folder = make_run(tmp_path, [rows_of(40, 1)])
    explorer = Explorer(folder)
    before = explorer.counts(0.3)
    RunFolder(folder).settle(recipe_of(tmp_path, several_classes="keep"), update=True)
    after = explorer.counts(0.3)
    assert after["samples"] > before["samples"]
    assert "several_classes" not in {one["reason"] for one in after["dropped"]}


def test_a_shard_that_is_gone_is_said_so(tmp_path):
    folder = make_run(tmp_path, [rows_of(20, 1), rows_of(20, 2)])
    explorer = Explorer(folder)
    view = explorer.view()
    (folder / "score" / "00001.parquet").write_bytes(b"PAR1 and then nothing")
    explorer.view = lambda: view  # as if it changed between looking and reading
    with pytest.raises(OutputError, match="changed while it was read"):
        explorer.samples(Samples(WNID, 0.5, "high", size=50))


def test_a_folder_without_scores_says_what_to_do(tmp_path):
    with pytest.raises(OutputError, match="not a laionet run"):
        Explorer(tmp_path / "nowhere").view()
    folder = make_run(tmp_path, [])
    with pytest.raises(OutputError, match="laionet build"):
        Explorer(folder).view()
    write_json(folder / "match" / "00000.json", {"name": "00000", "status": "done"})
    with pytest.raises(OutputError, match="laionet score"):
        Explorer(folder).view()
    write_json(folder / "describe" / "00000.json", {"name": "00000", "status": "done"})
    (folder / "match" / "00000.json").unlink()
    with pytest.raises(OutputError, match="describes images"):
        Explorer(folder).view()


def test_scores_of_other_classes_are_refused(tmp_path):
    strange = [row | {"wnid": "n77"} for row in rows_of(5, 1)]
    with pytest.raises(OutputError, match="of two runs"):
        Explorer(make_run(tmp_path, [strange])).view()


def test_a_run_whose_scores_are_empty_has_no_samples(tmp_path):
    explorer = Explorer(make_run(tmp_path, [[]]))
    assert explorer.counts(0.5)["samples"] == 0
    assert explorer.run()["rows"] == 0
    assert explorer.one_class(WNID, 0.5)["found"] == 0
