"""Labels of the threshold lines stay inside the panel and apart."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laionet.report import theme
from laionet.report.marks import NARROWEST, marks

DOMAIN = (-0.2, 1.0)
PLACES = st.integers(-40, 200).map(lambda k: k / 200)


def spans(lines):
    """For each line its pixel, the pixels that its label covers, and its row."""
    for line in lines:
        at = (line.threshold - DOMAIN[0]) / (DOMAIN[1] - DOMAIN[0]) * NARROWEST
        width = len(line.label) * theme.LETTER + 5
        left = at - width * {"left": 0, "center": 0.5, "right": 1}[line.align]
        yield at, (left, left + width), line.row


@given(PLACES, PLACES)
def test_no_label_leaves_its_panel_far_or_meets_another_label_or_line(chosen, suggested):
    drawn = list(spans(marks(chosen, suggested, DOMAIN)))
    for _, (left, right), _ in drawn:
        assert left >= -15
        assert right <= NARROWEST + 60  # the gap to the next panel is there for the rare case of two turns
    for (at, (left, right), row), (other_at, (other_left, other_right), other_row) in combinations(drawn, 2):
        assert row != other_row or right <= other_left or other_right <= left
        # A line reaches from the panel up to its own row: the lower label must not lie across the upper line.
        lower, upper_at = ((left, right), other_at) if row == 1 else ((other_left, other_right), at)
        assert not lower[0] + 1 < upper_at < lower[1] - 1


def test_both_lines_are_labelled_with_their_thresholds_and_differ_in_dashes():
    left, right = marks(0.5, 0.53, (0.1, 1.0))
    assert (left.label, right.label) == ("chosen 0.50", "suggested 0.53")
    assert (left.align, right.align) == ("right", "left")
    assert left.dash != right.dash
    assert left.colour != right.colour


@pytest.mark.parametrize(
    ("suggested", "label"), [(math.nan, "chosen 0.50"), (0.5 + 1e-13, "chosen = suggested 0.50")]
)
def test_one_line_where_nothing_else_is_suggested(suggested, label):
    assert [mark.label for mark in marks(0.5, suggested, DOMAIN)] == [label]
