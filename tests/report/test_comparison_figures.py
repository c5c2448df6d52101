"""Figures of a comparison: what is drawn is what the document says, and names cover nothing."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laionet.report.comparing.by_class import NAMED, similarity_figure
from laionet.report.comparing.distributions import density_figure, gap_figure, trend_figure
from laionet.report.comparing.drawing import WIDTH, drawn
from laionet.report.comparing.scatter import accuracy_figure, place_labels
from laionet.report.theme import LETTER


def estimate(value, half=0.02):
    return {"value": value, "se": half / 2, "low": value - half, "high": value + half}


def models(n):
    return [
        {
            "model": f"group/model-{i}",
            "use": ("classifier", "zero-shot")[i % 2],
            "a": estimate(0.5 + 0.4 * i / n),
            "b": estimate(0.6 + 0.4 * i / n),
        }
        for i in range(n)
    ]


def class_rows(n):
    rng = np.random.default_rng(n)
    difference = np.sort(rng.normal(size=n))
    half = rng.random(n)
    return [
        {"name": f"kind {i}", "difference": d, "low": d - h, "high": d + h, "q": float(i % 2)}
        for i, (d, h) in enumerate(zip(difference.tolist(), half.tolist(), strict=True))
    ]


def test_both_axes_of_accuracy_have_one_scale_and_intervals_stay_within_what_a_share_can_be():
    spec = accuracy_figure(models(9), "A", "B")
    x, y = (spec["layer"][3]["encoding"][axis]["scale"] for axis in "xy")
    assert x == y == {"domain": [0.4, 1.0], "nice": False, "zero": False}
    assert all(
        0 <= value[f"{side}{end}"] <= 1
        for value in spec["data"]["values"]
        for side in "ab"
        for end in ("low", "high")
    )
    svg = drawn(spec)
    assert all(name in svg for name in ("model-0", "accuracy on A", "accuracy on B"))


def test_a_figure_of_one_model_is_drawn_and_unknown_ones_are_left_out():
    assert "model-0" in drawn(accuracy_figure(models(1), "A", "B"))
    unknown = models(2)
    unknown[0]["a"] = {"value": None, "low": None, "high": None}
    assert "model-0" not in drawn(accuracy_figure(unknown, "A", "B"))


@given(st.lists(st.tuples(st.floats(0.5, 1), st.floats(0.5, 1), st.integers(1, 20)), max_size=30))
def test_names_of_models_cover_no_other_name_and_stay_in_the_plot(points):
    ends = {f"{side}{end}": None for side in "ab" for end in ("low", "high")}
    values = [
        {"model": "m" * size, "avalue": y, "bvalue": x} | {key: (y if key[0] == "a" else x) for key in ends}
        for x, y, size in points
    ]
    labels = place_labels(values, 0.5)
    unit = WIDTH / 0.5
    boxes = []
    for label in labels:
        half, x, y = len(label["model"]) * LETTER / 2, (label["x"] - 0.5) * unit, (label["y"] - 0.5) * unit
        boxes.append((x - half, x + half, y))
        assert x - half >= -1e-6
        assert x + half <= WIDTH + 1e-6
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            apart = one[1] <= other[0] + 1e-6 or other[1] <= one[0] + 1e-6 or abs(one[2] - other[2]) >= 13 - 1e-6
            assert apart


def test_a_lonely_model_is_always_named():
    value = {f"{side}{end}": 0.75 for side in "ab" for end in ("value", "low", "high")}
    assert [label["model"] for label in place_labels([value | {"model": "vit"}], 0.5)] == ["vit"]


@pytest.mark.parametrize("n", [1, 2, NAMED, NAMED + 1, 1000])
def test_each_bound_is_kept_with_its_class_in_the_given_order(n):
    rows = class_rows(n)
    spec = similarity_figure(rows, "A", "B")
    assert [v["name"] for v in spec["data"]["values"]] == [row["name"] for row in rows]
    for end in ("low", "high"):
        drawn_at = [v[end] for v in spec["data"]["values"]]
        assert drawn_at == pytest.approx([row[end] for row in rows], rel=1e-4)
    svg = drawn(spec)
    width, height = map(float, re.search(r'width="([\d.]+)" height="([\d.]+)"', svg).groups())
    assert height < 1200
    assert ("kind 0" in svg) == (n <= NAMED)
    assert width < 1000
    if 1 < n <= NAMED:
        assert svg.index("kind 0<") < svg.index(f"kind {n - 1}<")


def test_classes_of_one_name_stay_apart_and_a_name_is_no_expression():
    rows = class_rows(3)
    for row in rows:
        row["name"] = "crane'+alert(1)+'"
    svg = drawn(similarity_figure(rows, "A", "B"))
    assert svg.count("crane&#39;+alert(1)+&#39;") + svg.count("crane'+alert(1)+'") == 3


def test_significance_is_told_by_the_rate_that_was_asked_for():
    rows = [row | {"q": 0.07} for row in class_rows(2)]
    assert {v["sure"] for v in similarity_figure(rows, "A", "B")["data"]["values"]} == {"not significant"}
    spec = similarity_figure(rows, "A", "B", alpha=0.1)
    assert {v["sure"] for v in spec["data"]["values"]} == {"q < 0.1"}


def test_bars_of_gaps_are_the_counts_of_their_bins():
    spec = gap_figure({"edges": [-0.1, -0.05, 0.0], "counts": [3, 1]}, "A", "B")
    assert [(v["from"], v["to"], v["classes"]) for v in spec["data"]["values"]] == [(-10, -5, 3), (-5, 0, 1)]
    assert "gap in recall" in drawn(spec)


def test_densities_have_an_area_of_one_each():
    part = {"edges": [0.0, 0.25, 0.5, 0.75], "density_a": [0.5, 0.25, 0.25], "density_b": [0.0, 0.0, 1.0]}
    spec = density_figure(part, ("left", "right"), "cosine")
    for side in "01":
        heights = [v["share"] for v in spec["data"]["values"] if v["of"] == side]
        assert sum(heights) * 0.25 == pytest.approx(1.0)
        assert heights[-1] == 0
    svg = drawn(spec)
    assert all(name in svg for name in ("left", "right", "cosine"))


def test_a_trend_is_its_bins_and_its_line_within_what_recall_can_be():
    bins = [
        {"x": 1.0, "y": estimate(0.9, 0.2)},
        {"x": 2.0, "y": estimate(0.8, 0.1)},
        {"x": None, "y": estimate(0.5)},
    ]
    part = {"bins": bins, "slope": estimate(-0.1), "intercept": estimate(1.0)}
    spec = trend_figure(part, ["x"], ["y"], 0.0)
    assert [(v["x"], v["high"]) for v in spec["data"]["values"]] == [(1.0, 1.0), (2.0, pytest.approx(0.9))]
    assert spec["layer"][-1]["data"]["values"] == [{"x": 1.0, "y": 0.9}, {"x": 2.0, "y": 0.8}]
    unknown = part | {"slope": {"value": None}}
    assert len(trend_figure(unknown, ["x"], ["y"], 0.0)["layer"]) == 2
