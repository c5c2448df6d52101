"""Numbers that figure, page and table share."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laionet.report import curves_table
from laionet.report.sweep import (
    density_steps,
    edges,
    reading,
    rows_to_show,
    total_candidates,
    visible_range,
)
from report.examples import curves_of

SIMILARITIES = st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=200)
CHOSEN = st.integers(-100, 100).map(lambda k: k / 100)


def test_a_reading_has_the_numbers_at_exactly_that_threshold(realistic):
    at = int(np.flatnonzero(np.isclose(realistic.thresholds, 0.5))[0])
    found = reading(realistic, 0.5)
    assert (found.threshold, found.candidates) == (0.5, realistic.candidates[at])
    assert (found.samples, found.classes) == (realistic.samples[at], realistic.classes[at])
    assert realistic.samples[at] != realistic.samples[at + 1]


def test_between_two_thresholds_there_is_no_exact_reading(realistic):
    with pytest.raises(ValueError, match=r"hold no threshold 0\.5012"):
        reading(realistic, 0.5012)


@settings(deadline=None)
@given(SIMILARITIES, CHOSEN)
def test_the_number_of_candidates_comes_out_of_the_curves(similarity, chosen):
    found = total_candidates(curves_of(similarity, [0] * len(similarity), chosen))
    assert found == (len(similarity) if max(similarity) > -1 else None)


def test_no_candidates_are_counted_as_none():
    assert total_candidates(curves_of([], [], 0.5)) == 0


@settings(deadline=None)
@given(SIMILARITIES, CHOSEN, st.sampled_from([0.005, 0.03, 0.1]))
def test_the_density_integrates_to_one_and_is_exact_above_the_chosen(similarity, chosen, step):
    curves = curves_of(similarity, [0] * len(similarity), chosen, step)
    places, heights = density_steps(curves, chosen)
    widths = np.diff(places)
    assert (widths > 0).all()
    assert math.isclose((heights * widths).sum(), 1.0, rel_tol=1e-9)
    above = sum(float(np.float32(s)) > chosen for s in similarity) / len(similarity)
    assert math.isclose((heights * widths)[places[:-1] >= chosen - 1e-9].sum(), above, abs_tol=1e-9)
    assert places[0] <= min(similarity) + 1e-9
    assert places[-1] >= max(similarity) - 1e-9


def test_the_density_honours_the_width_of_its_bins():
    # An extra threshold at 0.503 parts a bin in two; equal numbers per width are equal heights.
    similarity = np.linspace(0.4, 0.6, 20_001)[1:]
    curves = curves_of(similarity, np.zeros(20_000), 0.503)
    _, heights = density_steps(curves, 0.503)
    np.testing.assert_allclose(heights[1:-1], 5.0, rtol=0.01)


def test_few_candidates_get_wide_bins_and_many_get_narrow_ones():
    draw = np.random.default_rng(0)
    widths = [
        np.median(np.diff(density_steps(curves_of(draw.normal(0.4, 0.1, n), np.zeros(n), 0.5), 0.5)[0]))
        for n in (100, 5_000, 500_000)
    ]
    assert widths[0] > 2 * widths[1] > 4 * widths[2]
    assert math.isclose(widths[2], 0.005)


def test_without_candidates_there_is_no_density():
    places, heights = density_steps(curves_of([], [], 0.5), 0.5)
    assert len(places) == len(heights) == 0


def test_outer_bins_end_where_cosines_end():
    inner = curves_of([0.5], [0], 0.5)
    assert edges(inner)[1] == -1
    assert edges(inner)[-1] > 1


@settings(deadline=None)
@given(SIMILARITIES, CHOSEN)
def test_the_visible_range_holds_all_data_and_all_marks_and_little_more(similarity, chosen):
    low, high = visible_range(curves_of(similarity, [0] * len(similarity), chosen), chosen, math.nan)
    everything = [*similarity, chosen]
    assert low <= min(everything)
    assert high >= max(everything)
    assert high - low <= max(everything) - min(everything) + 0.1 + 0.005 + 0.05 + 1e-6


def test_rows_to_show_are_every_twentieth_and_the_marks(realistic):
    shown = [row.threshold for row in rows_to_show(realistic, 0.5)]
    assert {0.1, 0.15, 0.2, 0.5, 0.55} <= {round(t, 12) for t in shown}
    assert realistic.suggested in shown
    assert shown == sorted(set(shown))
    assert len(shown) < 30


def test_the_table_holds_the_curves_and_loses_no_share(realistic):
    table = curves_table(realistic)
    assert table.column_names[:4] == ["threshold", "candidates", "samples", "classes"]
    for name, expected in (
        ("threshold", realistic.thresholds),
        ("candidates", realistic.candidates),
        ("samples", realistic.samples),
        ("classes", realistic.classes),
        ("share_in_bin", realistic.density[:-1]),
    ):
        np.testing.assert_array_equal(table[name].to_numpy(), expected, err_msg=name)
    left = 1 - table["share_at_or_below"].to_numpy()
    np.testing.assert_allclose(left, realistic.candidates / 20_000, atol=1e-12)
    widths = np.diff(table["threshold"].to_numpy())
    np.testing.assert_allclose(
        table["density"].to_numpy()[1:] * widths, table["share_in_bin"].to_numpy()[1:], atol=1e-12
    )
    assert all(field.metadata[b"meaning"] for field in table.schema)


def test_no_bin_is_wider_than_an_eighth_of_the_range():
    curves = curves_of([0.0, 0.2, 0.6, 0.8], [0] * 4, 0.4)
    assert np.diff(density_steps(curves, 0.4)[0]).max() <= 0.805 / 8 + 0.005
