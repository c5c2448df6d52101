"""Samples at any threshold are those that select and assemble keep there, and so are the reasons of the others."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exploring.runs import CLASSES, RULES, drawn_run, recipe_of
from laionet.compare.threshold import curves, thresholds_between
from laionet.exploring import Explorer
from laionet.exploring.judging import REASONS
from laionet.flow import Run, RunFolder
from laionet.stages.assemble import WholeRules
from laionet.stages.select import SelectStage, threshold_counts

THRESHOLDS = (-1.0, 0.2, 0.35, 0.500001, 0.5, 0.6, 0.75, 0.9, 0.95, 1.0)


def by_the_stages(folder, rules, marks):
    """Reason of every scored row as select and assemble give them, ``""`` where it stays."""
    wnids = tuple(CLASSES.wnids)
    tables = [pq.read_table(path) for path in sorted((folder / "score").glob("*.parquet"))]
    reasons, kept, positions, start = [], [], [], 0
    for table in tables:
        outcome = SelectStage(rules, wnids, marks)(table)
        reason = np.full(len(table), "", dtype=object)
        for drop, rows in outcome.dropped.items():
            reason[rows] = drop
        reasons.append(reason)
        kept.append(outcome.table)
        positions.append(start + np.flatnonzero(reason == ""))
        start += len(table)
    whole = WholeRules(rules, 0)
    reason, rows = np.concatenate(reasons), np.concatenate(positions)
    reason[rows] = whole.finish(whole.merge([whole.partial(table) for table in kept]))
    return pa.concat_tables(tables), reason


@pytest.mark.parametrize("name", RULES)
def test_every_row_fares_as_in_select_and_assemble_at_every_threshold(tmp_path, name):
    folder = drawn_run(tmp_path, **RULES[name])
    view = Explorer(folder).view()
    judged, seen = view.judged, set()
    for threshold in THRESHOLDS:
        rules = judged.rules.model_copy(update={"threshold": threshold})
        table, expected = by_the_stages(folder, rules, view.scored.marks)
        labels = np.array([CLASSES.index(wnid) for wnid in table["wnid"].to_pylist()])
        for label in range(len(CLASSES)):
            rows = judged.rows_of(label)
            assert rows.tolist() == np.flatnonzero(labels == label).tolist()
            found = [str(REASONS[code]) for code in judged.reasons(rows, threshold)]
            assert found == [str(reason) for reason in expected[rows]]
            seen |= set(found)
        for reason, counts in judged.funnel(threshold):
            ours = labels[[str(one) == str(reason or "") for one in expected]]
            assert counts.tolist() == np.bincount(ours, minlength=len(CLASSES)).tolist()
    rules = judged.rules
    assert ("several_classes" in seen) == (rules.several_classes != "keep")
    assert ("unsafe" in seen) == (rules.nsfw_keep is not None)
    assert any(one.startswith(("duplicate", "near")) for one in seen) == bool(judged.steps)
    assert ("beyond_top_k" in seen) == (rules.top_k is not None)
    assert ("beyond_cap" in seen) == (rules.cap is not None)


@pytest.mark.parametrize("name", ["labels, equal both", "equal addresses, cap"])
def test_samples_at_the_recipe_s_threshold_are_the_rows_of_the_dataset(tmp_path, name):
    folder = drawn_run(tmp_path, **RULES[name])
    Run(recipe_of(tmp_path, **RULES[name]), folder, update=True).select()
    explorer = Explorer(folder)
    view = explorer.view()
    judged = view.judged
    kept = [rows[judged.reasons(rows, 0.5) == 0] for rows in map(judged.rows_of, range(len(CLASSES)))]
    numbers = np.sort(np.concatenate(kept))
    files = sorted((folder / "score").glob("*.parquet"))
    scored = pa.concat_tables([pq.read_table(path) for path in files]).select(["file", "row", "wnid"])
    dataset = pq.read_table(RunFolder(folder).dataset / "data", columns=["file", "row", "wnid"])
    assert scored.take(pa.array(numbers)).to_pylist() == dataset.to_pylist()
    assert explorer.counts(0.5)["samples"] == view.dataset == len(numbers) > 5


@pytest.mark.parametrize("name", RULES)
def test_the_curves_are_the_counts_at_each_threshold(tmp_path, name):
    explorer = Explorer(drawn_run(tmp_path, **RULES[name]))
    curve = explorer.run()["curve"]
    assert len(curve["threshold"]) > 50
    for at in range(0, len(curve["threshold"]), 7):
        counts = explorer.counts(curve["threshold"][at])
        for what in ("above", "samples", "classes"):
            assert curve[what][at] == counts[what]


def test_without_rules_on_repetitions_the_curves_are_those_of_sweep(tmp_path):
    folder = drawn_run(tmp_path, several_classes="labels", top_k=6)
    view = Explorer(folder).view()
    grid = thresholds_between(-1.0, 1.0, 0.005, 0.5)
    parts = [
        threshold_counts(pq.read_table(path), view.judged.rules, CLASSES.wnids, view.scored.marks, grid)
        for path in sorted((folder / "score").glob("*.parquet"))
    ]
    total = parts[0] + parts[1] + parts[2]
    swept = curves(total, keep_classes=0.95, per_class_limit=6)
    assert view.curves.samples.tolist() == swept.samples.tolist()
    assert view.curves.classes.tolist() == swept.classes.tolist()
    assert view.curves.candidates.tolist() == swept.candidates.tolist()
    assert view.curves.suggested == swept.suggested
