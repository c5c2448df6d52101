"""The figures of a report: each from its part of the document, of nothing, of one class; and their export."""

import json
import math
import re

import pytest

from laionet.report import theme
from laionet.report.comparing.by_class import NAMED, similarity_figure
from laionet.report.comparing.frequencies import frequencies_figure
from laionet.report.comparing.recall_trends import recall_figure
from laionet.report.comparing.scatter import weighting_figure
from laionet.report.comparing.validity import validity_figure
from laionet.report.linked import is_linked
from laionet.report.paper import FIGURES, export
from report.reports import (
    class_rows,
    comparison,
    drawing,
    estimate,
    experiments,
    marks,
    report,
    shapes,
    similarity_part,
    texts,
)

MANY = NAMED + 10
OF_CLASSES = {
    "frequencies", "accuracy", "similarity", "similarity-classes", "synset-similarity", "independence", "validity",
    "synset-similarity-classes", "recall-disparity", "recall-frequency", "recall-gaps", "searched",
}  # fmt: skip


def figure(key, document):
    return next(one for one in FIGURES if one.key == key).make(document)


def test_every_figure_of_the_paper_but_pictures_and_the_graph_has_its_place():
    numbers = {int(n) for one in FIGURES for n in re.findall(r"\d+", one.numbers)}
    assert numbers == set(range(1, 22)) - {2, 16}
    assert len({one.key for one in FIGURES}) == len(FIGURES)


@pytest.mark.parametrize("n", [1, 3, MANY])
@pytest.mark.parametrize("one", FIGURES, ids=lambda one: one.key)
def test_each_is_drawn_from_a_whole_report_with_a_caption_that_counts(one, n):
    document = report(n)
    spec = one.make(document)
    assert is_linked(spec) == (one.key in OF_CLASSES)
    assert marks(drawing(spec), "rule") or marks(drawing(spec), "rect")
    caption = one.caption(document)
    assert re.search(r"\d", caption)
    assert "None" not in caption
    assert "nan" not in caption
    assert caption.endswith(".")


@pytest.mark.parametrize("one", FIGURES, ids=lambda one: one.key)
def test_a_report_without_its_data_has_no_figure(one):
    assert (
        one.make({"settings": {}, "datasets": [], "run": None, "pair": None, "rows": None, "diagnosis": {}})
        is None
    )


@pytest.mark.parametrize("key", ["accuracy", "similarity", "similarity-classes", "recall-gaps", "validity"])
def test_a_comparison_of_nothing_has_no_figure(key):
    nothing = similarity_part([])
    nothing["distribution"] |= {"density_a": [], "density_b": [], "edges": []}
    pair = comparison(class_rows(1)) | {"accuracy": [], "gaps": [], "trends": [], "similarity": [nothing]}
    assert figure(key, report(3) | {"pair": pair, "rows": []}) is None


def test_empty_figures_are_axes_without_marks():
    empty = [
        frequencies_figure([], "A"),
        similarity_figure([], "A", "B"),
        validity_figure([], "A", "B"),
        weighting_figure([], "a", "A", "B"),
        recall_figure([], comparison(class_rows(3))["trends"][:1], "A", "B"),
    ]
    for spec in empty[:-1]:
        assert shapes(drawing(spec)) == []
    drawn = drawing(empty[-1])
    assert shapes(drawn, fill=theme.FILL) == []
    assert len(shapes(drawn, fill=theme.CURVE)) == 2


def test_classes_stand_by_frequency_with_a_line_where_all_would_be_alike():
    rows = [{"wnid": f"c{n}", "name": f"kind {n}", "n": n} for n in (1, 6, 0, 3)]
    drawn = drawing(frequencies_figure(rows, "A"))
    assert texts(drawn) == ["kind 6", "kind 3", "kind 1", "kind 0"]
    width = drawn["scenegraph"]["items"][0]["width"]
    assert [x / width for x, _ in shapes(drawn)] == pytest.approx([1, 1 / 2, 1 / 6, 0], abs=1e-4)
    level = marks(drawn, "rule", stroke=theme.CHOSEN)[0]["x"]
    assert level / width == pytest.approx(0.25 / 0.6)


def test_many_frequencies_are_a_falling_curve_over_powers_of_ten_and_those_without_a_sample_are_counted():
    rows = [{"wnid": f"c{i}", "name": f"kind {i}", "n": round(10 ** (4 - 4 * i / 99))} for i in range(100)]
    rows += [{"wnid": f"e{i}", "name": f"empty {i}", "n": 0} for i in range(7)]
    spec = frequencies_figure(rows, "A")
    drawn = drawing(spec)
    line = [item["y"] for item in marks(drawn, "line") if item.get("defined", True)]
    assert line == sorted(line)
    assert line[0] == pytest.approx(0)
    # From the first to the last of these is one line on the logarithmic axis.
    assert line[50] / line[99] == pytest.approx(50 / 99, abs=0.02)
    assert "7 classes without a sample" in json.dumps(spec)
    named = texts(drawn)
    assert named[0] == "kind 0"
    assert 5 <= len(named) <= 30
    assert not any(name.startswith("empty") for name in named)


@pytest.mark.parametrize(("side", "across", "up"), [("a", 0.7, 0.75), ("b", 0.8, 0.75)])
def test_weighted_accuracy_stands_against_that_of_classes_alike(side, across, up):
    rows = comparison(class_rows(3))["accuracy"][:1]
    spec = weighting_figure(rows, side, "A", "B")
    (value,) = spec["data"]["values"]
    assert (value["bvalue"], value["avalue"]) == (across, up)
    assert (value["blow"], value["ahigh"]) == pytest.approx((across - 0.02, up + 0.02))
    drawn = drawing(spec)
    side_length = drawn["scenegraph"]["items"][0]["width"]
    floor = spec["layer"][3]["encoding"]["x"]["scale"]["domain"][0]
    at = [(across - floor) / (1 - floor) * side_length, (1 - up) / (1 - floor) * side_length]
    assert shapes(drawn) == [pytest.approx(tuple(at))]


def test_recalls_of_classes_stand_at_their_frequency_and_bins_and_line_where_the_comparison_has_them():
    rows = class_rows(3)
    (part, *_) = (part for part in comparison(rows)["trends"] if part["x"].startswith("log10"))
    part |= {"slope": estimate(2.0), "intercept": estimate(-2.0)}
    spec = recall_figure(rows, [part], "A", "B")
    drawn = drawing(spec)
    height = 260
    assert [y for _, y in shapes(drawn, fill=theme.FILL)] == pytest.approx(
        [height * (1 - r) for r in (0.2, 0.5, 0.8)]
    )
    x = [x for x, _ in shapes(drawn, fill=theme.FILL)]
    assert (x[1] - x[0]) / (x[2] - x[0]) == pytest.approx(math.log10(2) / math.log10(3), abs=1e-3)
    assert len(shapes(drawn, fill=theme.CURVE)) == 2
    # From 10 to 30 images the line -2 + 2 x rises from 0 to 0.95; a steeper one leaves the plot.
    line = marks(drawn, "line", stroke=theme.CHOSEN)
    assert [item["y"] for item in line] == pytest.approx([height, height * (3 - 2 * math.log10(30))], abs=0.1)
    steep = part | {"slope": estimate(4.0), "intercept": estimate(-4.0)}
    line = marks(drawing(recall_figure(rows, [steep], "A", "B")), "line", stroke=theme.CHOSEN)
    assert [item["y"] for item in line] == pytest.approx([height, 0])


@pytest.mark.parametrize("n", [3, MANY])
def test_both_intervals_of_a_class_are_its_own(n):
    rows = similarity_part(class_rows(n))["classes"][::-1]
    spec = validity_figure(rows, "A", "B")
    drawn = drawing(spec)
    for colour, low, high in ((theme.CURVE, "low", "high"), (theme.CHOSEN, "paper_low", "paper_high")):
        bars = marks(drawn, "rule", stroke=colour)
        assert len(bars) == n
        # From the lowest difference to the highest, and of each class both ends on one axis.
        ends = [(bar["x"], bar["x2"]) if n == 3 else (-bar["y"], -bar["y2"]) for bar in bars]
        known = [(row[low], row[high]) for row in rows[::-1]]
        unit = (ends[-1][0] - ends[0][0]) / (known[-1][0] - known[0][0])
        for (start, end), (first, last) in zip(ends, known, strict=True):
            assert start - ends[0][0] == pytest.approx(unit * (first - known[0][0]), abs=0.02)
            assert end - ends[0][0] == pytest.approx(unit * (last - known[0][0]), abs=0.02)


def test_a_disparity_is_held_against_recall_where_the_comparison_has_that_trend_and_else_against_gaps():
    document = report(3)
    assert all(row["m0"][0] < 0 for row in figure("recall-disparity", document)["datasets"]["classes"])
    for part in document["pair"]["trends"][:]:
        if part["x"].startswith("similarity"):
            document["pair"]["trends"].append(part | {"y": "recall on A"})
    spec = figure("recall-disparity", document)
    assert [row["m0"][0] for row in spec["datasets"]["classes"]] == [0.2, 0.5, 0.8]


def test_a_thousand_classes_of_thirty_models_are_less_than_250_kilobytes_a_figure():
    document = report(1000)
    recall = document["rows"][0]["recall"]["classifier/vit"] | {"a": 0.123456789, "low": -0.987654321}
    models = [f"group/model-{i}" for i in range(30)]
    for row in document["rows"]:
        row["name"] = "golden retriever"
        row["recall"] = {f"classifier/{model}": recall for model in models}
    pair = document["pair"]
    pair["accuracy"] = [pair["accuracy"][0] | {"model": model} for model in models]
    pair["trends"] = [part | {"model": model} for part in pair["trends"][:2] for model in models[:5]]
    pair["gaps"] = [pair["gaps"][0] | {"model": model} for model in models]
    for key in OF_CLASSES:
        spec = figure(key, document)
        assert len(json.dumps(spec, separators=(",", ":"))) < 250_000, key


def test_an_export_has_each_figure_in_each_kind_the_same_bytes_and_captions_beside_them(tmp_path):
    document = report(3, diagnosis={key: experiments(class_rows(3))[key] for key in ("nearest", "frequency")})
    document["datasets"][0]["title"] = "<b>[by](https://caption)"
    document["pair"] |= {"synset_similarity": [], "trends": []}
    first = export(document, tmp_path / "first", ["svg", "pdf", "json"])
    second = export(document, tmp_path / "second", ["svg", "pdf", "json"])
    assert [path.name for path in first] == [path.name for path in second]
    assert sorted(path.name for path in first) == sorted(path.name for path in (tmp_path / "first").iterdir())
    assert all(one.read_bytes() == other.read_bytes() for one, other in zip(first, second, strict=True))
    stems = {path.stem for path in first}
    assert {"accuracy", "nearest", "thresholds", "figures"} <= stems
    assert not {"synset-similarity", "recall-disparity", "dose"} & stems
    written = json.loads((tmp_path / "first" / "accuracy.json").read_text())
    assert written == json.loads(json.dumps(figure("accuracy", document)))
    listed = (tmp_path / "first" / "figures.md").read_text(encoding="utf-8")
    assert "## Accuracy on both datasets\n\n`accuracy`; the paper's 1, 12, 14\n" in listed
    assert "<b>" not in listed.replace("\\<b\\>", "")
    assert "https://" not in listed


def test_another_kind_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match="docx"):
        export(report(1), tmp_path / "none", ["svg", "docx"])
    assert not (tmp_path / "none").exists()
