"""Linked figures: a picked class is marked, a filter reaches what it should, foreign text stays text."""

import pytest

from laionet.report import linked, theme
from laionet.report.comparing import scatter
from laionet.report.comparing.by_class import NAMED, similarity_figure
from laionet.report.comparing.distributions import density_figure, gap_figure
from laionet.report.comparing.frequencies import frequencies_figure
from laionet.report.comparing.recall_trends import recall_figure
from laionet.report.comparing.scatter import accuracy_figure
from laionet.report.comparing.validity import validity_figure
from laionet.report.diagnosing.independence import independence_figure
from laionet.report.figures import save_spec
from report.reports import class_rows, comparison, drawing, marks, report, shapes, similarity_part, texts

MANY = NAMED + 10
NAMES = ("A", "B")


def by_class(n):
    return similarity_part(class_rows(n))["classes"]


def of_classes(n):
    """Each figure that has marks of classes, by name."""
    rows, pair = class_rows(n), comparison(class_rows(n))
    return {
        "similarity": similarity_figure(by_class(n), *NAMES),
        "validity": validity_figure(by_class(n), *NAMES),
        "frequencies": frequencies_figure(report(n)["run"]["frequencies"], "A"),
        "recalls": recall_figure(rows, [part for part in pair["trends"] if part["x"].startswith("log10")], *NAMES),
    }


KINDS = [(name, n) for n in (3, MANY) for name in of_classes(1)]


def ringed(drawn):
    return shapes(drawn, stroke=theme.CHOSEN, fill="transparent")


def test_a_linked_figure_says_so_and_keeps_the_parameters_that_it_had():
    spec = linked.linked({"params": [{"name": "at", "select": "point"}]})
    assert [param["name"] for param in spec["params"]] == ["picked", "within", "at"]
    assert linked.is_linked(spec)
    assert not linked.is_linked({"params": [{"name": "picked", "value": ""}]})
    assert not linked.is_linked({})


@pytest.mark.parametrize(("name", "n"), KINDS)
def test_the_picked_class_has_a_ring_and_its_name_and_none_is_ringed_unasked(name, n):
    spec = of_classes(n)[name]
    assert linked.is_linked(spec)
    assert ringed(drawing(spec)) == []
    drawn = drawing(spec, picked="c1")
    assert len(ringed(drawn)) == (2 if name == "recalls" else 1)
    assert set(texts(drawn, fontWeight="bold")) == {"kind 1"}


#: The marks that a figure has one of for each class, of few and of many.
OF_A_CLASS = {
    ("similarity", 3): lambda drawn: marks(drawn, "symbol", size=50),
    ("similarity", MANY): lambda drawn: [bar for bar in marks(drawn, "rule") if bar.get("opacity") in (0.8, 0.35)],
    ("validity", 3): lambda drawn: marks(drawn, "symbol", size=30),
    ("validity", MANY): lambda drawn: marks(drawn, "rule", opacity=0.35),
    ("frequencies", 3): lambda drawn: marks(drawn, "symbol", size=50),
    ("frequencies", MANY): lambda drawn: marks(drawn, "line"),
}


@pytest.mark.parametrize(("name", "n"), OF_A_CLASS)
def test_a_filter_leaves_its_classes_and_the_picked_one_though_it_is_outside(name, n):
    spec, found = of_classes(n)[name], OF_A_CLASS[name, n]
    assert len(found(drawing(spec))) == n + (name == "frequencies")  # which has one without a sample
    drawn = drawing(spec, picked="c2", within=["c0", "c1"])
    assert len(found(drawn)) == 3
    assert len(ringed(drawn)) == 1
    if n == 3:
        assert sorted(texts(drawn)) == ["kind 0", "kind 1", "kind 2"]


def test_a_filter_reaches_the_dots_of_recalls_and_leaves_the_means_and_the_picked_class():
    spec = of_classes(3)["recalls"]
    drawn = drawing(spec, picked="c2", within=["c0", "c1"])
    assert len(shapes(drawn, fill=theme.FILL)) == 4  # two classes, two models
    assert len(ringed(drawn)) == 2
    assert len(shapes(drawn, fill=theme.CURVE)) == 4


def test_a_class_called_as_a_property_of_all_objects_is_not_let_through():
    rows = by_class(3)
    rows[1]["wnid"] = "toString"
    drawn = drawing(similarity_figure(rows, *NAMES), within=["c0"])
    assert texts(drawn) == ["kind 0"]


def test_classes_that_a_filter_leaves_close_ranks():
    drawn = drawing(similarity_figure(by_class(MANY), *NAMES), within=["c3", "c40"])
    bars = OF_A_CLASS["similarity", MANY](drawn)
    assert [bar["strokeWidth"] for bar in bars] == [6, 6]
    width = drawn["scenegraph"]["items"][0]["width"]
    assert [bar["x"] / width for bar in bars] == pytest.approx([0.25, 0.75], abs=0.02)


def columns(drawn):
    """Bars of a histogram from left to right: place and height in shares of the plot."""
    plot = drawn["scenegraph"]["items"][0]
    bars = sorted(marks(drawn, "rect"), key=lambda bar: bar["x"])
    return [(bar["x"] / plot["width"], bar.get("height", 0) / plot["height"]) for bar in bars]


def test_the_histogram_of_gaps_counts_what_the_filter_lets_through():
    rows = class_rows(3)  # gaps -0.7, -0.4, -0.1
    part = comparison(rows)["gaps"][0]
    spec = gap_figure(part, *NAMES, rows)

    edges = pytest.approx([0, 1 / 3, 2 / 3], abs=0.01)
    places, heights = zip(*columns(drawing(spec)), strict=True)
    assert list(places) == edges
    assert heights == (1, 1, 1)
    places, heights = zip(*columns(drawing(spec, within=["c1"])), strict=True)
    assert list(places) == edges
    assert heights == (0, 1, 0)
    drawn = drawing(spec, picked="c1", within=["c0"])
    width = drawn["scenegraph"]["items"][0]["width"]
    (value,) = marks(drawn, "rule", stroke=theme.CHOSEN)
    assert value["x"] == pytest.approx(width * (-40 - -75) / 75)
    (bar,) = marks(drawn, "rect", stroke=theme.CHOSEN)
    assert bar["x"] / width == pytest.approx(1 / 3, abs=0.01)


def test_gaps_at_an_edge_are_in_the_bin_that_the_comparison_counts_them_in():
    from laionet.compare.gaps import distribution

    gaps = [k * 0.05 for k in range(-8, 9)]
    counts = distribution(gaps)
    rows = [
        {"wnid": f"c{i}", "name": "x", "n_a": 1, "n_b": 1}
        | {"recall": {"u/m": {"a": 0.5, "b": 0.5, "gap": gap, "low": None, "high": None, "q": None}}}
        for i, gap in enumerate(gaps)
    ]
    part = {"use": "u", "model": "m", "edges": counts.edges.tolist(), "counts": counts.counts.tolist()}
    found = columns(drawing(gap_figure(part, *NAMES, rows)))
    counted = {round(low, 2): n for low, n in zip(part["edges"], part["counts"], strict=False) if n}
    most = max(counted.values())
    assert [height for _, height in found] == pytest.approx([n / most for n in counted.values()])
    assert [x for x, _ in found] == pytest.approx([(low + 1) / 2 for low in counted], abs=0.01)


def test_a_distribution_shows_the_means_of_the_picked_class_in_both():
    part = similarity_part(class_rows(3))
    spec = density_figure(part["distribution"], NAMES, "cosine", part["classes"])
    drawn = drawing(spec, picked="c0", within=["c1"])
    width = drawn["scenegraph"]["items"][0]["width"]
    lines = [item["x"] / width for item in marks(drawn, "rule", strokeWidth=3)]
    assert lines == pytest.approx([0.4, 0.6])
    assert "kind 0" in texts(drawn)
    assert not marks(drawing(spec), "rule", strokeWidth=3)


def test_accuracies_show_the_recalls_of_the_picked_class_under_each_model_though_they_are_low():
    rows = class_rows(3)
    spec = accuracy_figure(comparison(rows)["accuracy"], *NAMES, rows)
    assert "vit" in texts(drawing(spec))
    drawn = drawing(spec, picked="c0")
    open_marks = shapes(drawn, stroke=theme.INK, fill="transparent")
    side = drawn["scenegraph"]["items"][0]["width"]
    assert open_marks == [pytest.approx((0.9 * side, 0.8 * side))] * 2  # 0.2 on A goes up, 0.9 on B across
    assert texts(drawn) == ["kind 0: open marks"]


def test_where_there_is_no_room_for_all_models_the_figure_says_how_many_it_shows(monkeypatch):
    rows, accuracy = class_rows(3), comparison(class_rows(3))["accuracy"]
    monkeypatch.setattr(scatter, "_RECALLS", 3)
    drawn = drawing(accuracy_figure(accuracy, *NAMES, rows), picked="c1")
    assert texts(drawn) == ["kind 1: open marks, 1 of 2 models"]
    (open_mark,) = marks(drawn, "symbol", stroke=theme.INK, fill="transparent")
    assert open_mark["shape"] == "diamond"  # the zero-shot model is the better one on B


@pytest.mark.parametrize("name", ['a"+alert(1)+"', "back\\", "{{x}}", "</script>", "'"])
def test_names_of_classes_and_datasets_are_never_code(name):
    rows = by_class(3)
    rows[0]["name"] = name
    drawn = drawing(similarity_figure(rows, name, name), picked="c0")
    assert texts(drawn, fontWeight="bold") == [name]


def test_numbers_have_five_digits_and_unknown_ones_are_null():
    assert linked.rounded(0.123456789) == 0.12346
    assert linked.rounded(123456) == 123456
    assert linked.rounded(float("nan")) is None
    assert linked.rounded(None) is None


def test_what_only_a_pointer_finds_is_not_on_paper(tmp_path):
    spec = similarity_figure(by_class(MANY), *NAMES)
    save_spec(spec, tmp_path / "it.svg")
    svg = (tmp_path / "it.svg").read_text(encoding="utf-8")
    assert len(marks(drawing(spec), "rect")) == MANY
    assert "mark-rect" not in svg
    assert svg.count("<line") > MANY


def test_the_test_of_independence_is_a_dot_a_class_and_the_picked_one_is_ringed():
    spec = independence_figure(report(3)["diagnosis"]["independence"])
    drawn = drawing(spec, picked="c1")
    dots = shapes(drawn, fill=theme.CHOSEN)
    assert [y for _, y in dots] == sorted((y for _, y in dots), reverse=True)
    assert len(dots) == 3
    assert ringed(drawn) == [pytest.approx(dots[1])]
    assert len(shapes(drawing(spec, within=["c0", "c2"]), fill=theme.CHOSEN)) == 2
