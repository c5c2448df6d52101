"""Rules on single captions, each reason, and the curves that foretell them."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laionet.compare.threshold import curves
from laionet.recipe import Select
from laionet.schema import DATASET, Drop
from laionet.stages.select import threshold_counts
from stages.builders import CLASSES, WORDS, scored, select_call


def with_similarity(table, values):
    index = table.column_names.index("similarity")
    return table.set_column(index, table.schema.field("similarity"), pa.array(values, pa.float32()))


def kept_rows(outcome):
    return [(r["row"], r["wnid"]) for r in outcome.table.to_pylist()]


def test_threshold_is_strict_and_compares_in_double_precision():
    table = with_similarity(scored(["a fox", "a fox b", "a fox c"]), [0.5, np.nextafter(np.float32(0.5), 1), 0.4])
    outcome = select_call(threshold=0.5)(table)
    assert kept_rows(outcome) == [(1, "n01")]
    assert list(outcome.dropped[Drop.BELOW_THRESHOLD]) == [0, 2]
    assert outcome.table.schema.equals(DATASET)
    # The single-precision 0.82 lies below the double-precision one, so it is not above it.
    assert kept_rows(select_call(threshold=0.82)(with_similarity(table, [0.82] * 3))) == []


SEVERAL = [("a fox and a dog", 0.9, 0.6), ("a fox then a dog", 0.9, 0.3), ("a dog or a fox", 0.7, 0.7)]


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ("lemmas", []),
        ("labels", [(1, "n01")]),
        ("best", [(0, "n01"), (1, "n01"), (2, "n01")]),
        ("keep", [(0, "n01"), (0, "n02"), (1, "n01"), (2, "n01"), (2, "n02")]),
    ],
)
def test_captions_of_several_classes(rule, kept):
    table = with_similarity(scored([c for c, _, _ in SEVERAL]), [s for _, *both in SEVERAL for s in both])
    outcome = select_call(threshold=0.5, several_classes=rule)(table)
    assert kept_rows(outcome) == kept
    assert len(outcome.dropped[Drop.BELOW_THRESHOLD]) == 1
    assert len(outcome.dropped.get(Drop.SEVERAL_CLASSES, [])) == 5 - len(kept)


def test_safety_tags_keep_only_the_named_and_count_the_missing_apart():
    tags = ["UNLIKELY", "UNSURE", "NSFW", None, ""]
    table = scored([f"a fox {i}" for i in range(5)], nsfw=tags)
    outcome = select_call(threshold=-1)(table)
    assert kept_rows(outcome) == [(0, "n01")]
    assert list(outcome.dropped[Drop.UNSAFE]) == [1, 2]
    assert list(outcome.dropped[Drop.SAFETY_UNKNOWN]) == [3, 4]
    assert select_call(threshold=-1, safety=())(table).kept == 5
    assert select_call(threshold=-1, nsfw_keep=None)(table).kept == 5


def test_probability_of_unsafe():
    table = scored(["a fox 1", "a fox 2", "a fox 3"], punsafe=[0.5, 0.51, None])
    outcome = select_call(threshold=-1, safety=("punsafe",))(table)
    assert kept_rows(outcome) == [(0, "n01")]
    assert list(outcome.dropped[Drop.UNSAFE]) == [1]
    assert list(outcome.dropped[Drop.SAFETY_UNKNOWN]) == [2]


def test_labels_are_positions_in_the_class_list():
    table = select_call(threshold=-1, several_classes="keep")(scored(["a heron", "a crane"])).table
    assert table["label"].to_pylist() == [3, 2, 3]


@pytest.mark.parametrize("rule", ["lemmas", "labels", "best", "keep"])
@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join), max_size=10), st.data())
def test_curves_foretell_what_selection_keeps_at_every_threshold(rule, texts, data):
    table = scored(texts)
    grid = np.array([-0.5, 0.0, 0.25, 0.5, 0.82, 0.9])
    values = data.draw(st.lists(st.sampled_from([*grid, 0.3, 0.6]), min_size=len(table), max_size=len(table)))
    table = with_similarity(table, values)
    found = curves(
        threshold_counts(table, Select(several_classes=rule), tuple(CLASSES.wnids), {"nsfw": ["a.parquet"]}, grid)
    )
    for at, threshold in enumerate(grid):
        outcome = select_call(threshold=threshold, several_classes=rule)(table)
        assert found.samples[at] == outcome.kept
        assert found.classes[at] == len(set(outcome.table["wnid"].to_pylist()))
