"""Counts over thresholds, against the definition written as loops."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laionet.compare.threshold import ThresholdCounts, count_above, curves, thresholds_between

N_CLASSES = 4

GRID = [round(0.05 * k, 12) for k in range(-20, 21)]

#: Cosines anywhere, and exactly at thresholds, where strictness shows.
COSINES = st.one_of(st.floats(-1, 1, width=32), st.sampled_from(GRID))
ROWS = st.lists(
    st.tuples(COSINES, st.integers(0, N_CLASSES - 1), st.booleans(), st.one_of(st.just(-math.inf), COSINES)),
    max_size=40,
)
THRESHOLDS = st.lists(st.sampled_from(GRID), min_size=1, max_size=12, unique=True).map(sorted).map(np.array)
WIDTHS = st.sampled_from([np.float32, np.float64])


def counted(rows, thresholds, width=np.float64) -> ThresholdCounts:
    similarity, labels, kept, kept_from = (
        (list(column) for column in zip(*rows, strict=True)) if rows else [[]] * 4
    )
    return count_above(
        np.array(similarity, dtype=width),
        np.array(labels, dtype=np.int32),
        N_CLASSES,
        thresholds,
        kept=np.array(kept, dtype=bool),
        kept_from=np.array(kept_from, dtype=np.float64),
    )


def assert_equal(left: ThresholdCounts, right: ThresholdCounts) -> None:
    for name in ("thresholds", "candidates", "samples", "density"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name), err_msg=name)


@given(ROWS, THRESHOLDS, WIDTHS)
def test_counts_are_those_of_the_definition(rows, thresholds, width):
    found = counted(rows, thresholds, width)
    rows = [(float(width(s)), label, kept, kept_from) for s, label, kept, kept_from in rows]
    for c in range(N_CLASSES):
        mine = [row for row in rows if row[1] == c]
        assert found.candidates[c].tolist() == [sum(s > t for s, *_ in mine) for t in thresholds]
        assert found.samples[c].tolist() == [
            sum(kept and kept_from <= t < s for s, _, kept, kept_from in mine) for t in thresholds
        ]
    edges = [-math.inf, *thresholds, math.inf]
    assert found.density.tolist() == [sum(low < s <= high for s, *_ in rows) for low, high in pairwise(edges)]


@pytest.mark.parametrize(
    ("similarity", "above"),
    [
        (np.float64(0.58), [0, 0]),
        (np.float32(0.58), [0, 0]),  # 0.5799999833...
        (np.float64(0.61), [1, 0]),
        (np.float32(0.61), [1, 1]),  # 0.6100000143..., above the threshold, which is float64
        (np.nextafter(0.61, 1), [1, 1]),
    ],
)
def test_a_similarity_at_the_threshold_is_not_above_it(similarity, above):
    found = count_above(np.array([similarity]), np.array([0]), 1, np.array([0.58, 0.61]))
    assert found.candidates.tolist() == [above]


@given(ROWS, st.integers(0, 40), THRESHOLDS)
def test_parts_add_up_to_the_whole(rows, cut, thresholds):
    assert_equal(counted(rows[:cut], thresholds) + counted(rows[cut:], thresholds), counted(rows, thresholds))


@given(st.lists(st.lists(COSINES, min_size=1, max_size=N_CLASSES), max_size=10), THRESHOLDS)
def test_kept_from_the_best_rival_keeps_captions_that_pass_for_one_class(captions, thresholds):
    rows = [
        (s, c, True, max((*similarities[:c], *similarities[c + 1 :]), default=-math.inf))
        for similarities in captions
        for c, s in enumerate(similarities)
    ]
    alone = [sum(sum(s > t for s in similarities) == 1 for similarities in captions) for t in thresholds]
    assert counted(rows, thresholds).samples.sum(axis=0).tolist() == alone


@given(ROWS, THRESHOLDS)
def test_without_kept_and_kept_from_every_candidate_is_a_sample(rows, thresholds):
    similarity, labels = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], dtype=int)
    found = count_above(similarity, labels, N_CLASSES, thresholds)
    np.testing.assert_array_equal(found.samples, found.candidates)


def test_a_similarity_that_is_not_a_number_is_above_nothing():
    found = count_above(np.array([np.nan, 0.9]), np.array([0, 0]), 1, np.array([-1.0, 0.5]))
    assert found.candidates.tolist() == [[1, 1]]
    assert found.samples.tolist() == [[1, 1]]


@given(ROWS, THRESHOLDS, st.one_of(st.none(), st.integers(1, 5)), st.floats(0.01, 1))
def test_curves_are_those_of_the_definition(rows, thresholds, limit, keep):
    counts = counted(rows, thresholds)
    found = curves(counts, keep_classes=keep, per_class_limit=limit)
    most = math.inf if limit is None else limit
    assert found.samples.tolist() == [
        sum(min(int(n), most) for n in counts.samples[:, j]) for j in range(len(thresholds))
    ]
    assert found.candidates.tolist() == counts.candidates.sum(axis=0).tolist()
    covered = [int((counts.samples[:, j] > 0).sum()) for j in range(len(thresholds))]
    assert found.classes.tolist() == covered
    assert found.reachable == sum(bool(row.any()) for row in counts.samples)
    assert math.isclose(found.density.sum(), 1.0 if rows else 0.0, abs_tol=1e-12)
    enough = [t for t, n in zip(thresholds, covered, strict=True) if n >= keep * max(covered) - 1e-9]
    if max(covered):
        assert found.suggested == max(enough)
    else:
        assert math.isnan(found.suggested)


def test_a_limit_per_class_leaves_the_classes_alone():
    counts = count_above(np.array([0.9, 0.8, 0.7, 0.6]), np.array([0, 0, 0, 1]), 2, np.array([0.0, 0.65]))
    limited, whole = curves(counts, per_class_limit=2), curves(counts)
    assert limited.samples.tolist() == [3, 2]
    assert whole.samples.tolist() == [4, 3]
    assert limited.classes.tolist() == whole.classes.tolist() == [2, 1]
    assert limited.candidates.tolist() == [4, 3]


def test_the_knee_is_the_largest_threshold_that_keeps_the_share():
    similarity = np.linspace(0.005, 0.995, 100)  # class k is lost where the threshold passes k / 100
    counts = count_above(similarity, np.arange(100), 100, thresholds_between(0, 1, 0.01))
    assert curves(counts, keep_classes=0.95).suggested == 0.05
    assert curves(counts, keep_classes=1.0).suggested == 0.0
    # 0.55 * 100 is 55.00000000000001 in floating point; 55 of 100 classes are 55 %.
    assert curves(counts, keep_classes=0.55).suggested == 0.45


def test_a_class_that_comes_in_late_does_not_undo_the_suggestion():
    # Class 1 is a sample only from 0.4 on, where class 0 is gone: no threshold covers both.
    found = curves(
        count_above(
            np.array([0.3, 0.9]),
            np.array([0, 1]),
            2,
            np.array([0.1, 0.5]),
            kept_from=np.array([-np.inf, 0.4]),
        )
    )
    assert (found.reachable, found.classes.tolist(), found.suggested) == (2, [1, 1], 0.5)


@pytest.mark.parametrize("step", [0.005, 0.01, 0.02, 0.001])
def test_thresholds_are_the_floats_that_a_recipe_writes(step):
    grid = thresholds_between(-1, 1, step)
    decimals = len(str(step)) - 2
    written = {float(f"{k * step:.{decimals}f}") for k in range(round(-1 / step), round(1 / step) + 1)}
    assert set(grid.tolist()) == written
    assert (np.diff(grid) > 0).all()


def test_thresholds_hold_the_given_ones_once():
    grid = thresholds_between(0.1, 0.3, 0.1, 0.82, 0.2)
    assert grid.tolist() == [0.1, 0.2, 0.3, 0.82]
