"""Intervals of thresholds against asking each threshold."""

from __future__ import annotations

import numpy as np
import pytest

from laionet.exploring.spans import Spans, first_of_equals, without

GRID = np.arange(0, 41) / 2


@pytest.mark.parametrize(
    ("span", "taken", "left"),
    [
        ((0.0, 5.0), [], [(0.0, 5.0)]),
        ((0.0, 5.0), [(0.0, 5.0)], []),
        ((0.0, 5.0), [(3.0, 4.0), (1.0, 2.0)], [(0.0, 1.0), (2.0, 3.0), (4.0, 5.0)]),
        ((0.0, 5.0), [(-1.0, 2.0), (1.0, 3.0)], [(3.0, 5.0)]),
        ((0.0, 5.0), [(5.0, 9.0), (-3.0, 0.0)], [(0.0, 5.0)]),
        ((-np.inf, 5.0), [(-np.inf, 2.0)], [(2.0, 5.0)]),
    ],
)
def test_intervals_are_taken_out_of_an_interval(span, taken, left):
    assert without(span, taken) == left


@pytest.mark.parametrize("seed", range(20))
def test_at_each_threshold_the_first_row_of_each_key_stays(seed):
    rng = np.random.default_rng(seed)
    n = 40
    rows = np.sort(rng.integers(0, n, 50))  # some have two spans; those of one row are apart
    start = rng.integers(0, 18, 50).astype(float)
    end = start + rng.integers(1, 4, 50)
    spans = Spans(rows, start, end)
    keys, known = rng.integers(0, 6, n).astype(np.uint64), rng.random(n) < 0.8
    found = first_of_equals(spans, keys, known)
    assert (np.diff(found.row) >= 0).all()
    for threshold in GRID:
        here = np.unique(spans.at(threshold))
        first = {}
        for row in here:
            first.setdefault((keys[row],) if known[row] else (keys[row], row), row)
        assert sorted(set(found.at(threshold).tolist())) == sorted(first.values())
