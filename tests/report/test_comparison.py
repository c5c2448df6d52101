"""The page of a comparison: says what the numbers say, holds all it needs, and runs nothing."""

import html
import io
import re

import pytest
from PIL import Image

from laionet.report.comparison import Strip, comparison_page, findings
from laionet.report.comparison_figures import accuracy_figure, similarity_figure

HOSTILE = "<script>alert(1)</script>\"'{{ 7*7 }}\u202e\x00&amp;"


def estimate(value, half=0.02):
    return {"value": value, "se": half / 1.96, "low": value - half, "high": value + half}


def accuracy_row(model, use, a, b, k=1, half=0.02):
    return {
        "model": model,
        "use": use,
        "k": k,
        "a": estimate(a),
        "b": estimate(b),
        "difference": estimate(a - b, half),
        "a_weighted": estimate(a - 0.01),
    }


def class_row(name, difference, q=0.001):
    return {
        "wnid": "n01",
        "name": name,
        "n_a": 40,
        "n_b": 1200,
        "difference": difference,
        "low": difference - 0.05,
        "high": difference + 0.05,
        "q": q,
    }


def comparison(gap=-0.2, zero_shot=-0.01, pooled=-0.1, name="tiger"):
    return {
        "datasets": [
            {"title": "by caption", "images": 900, "classes": 24},
            {"title": "by sight", "images": 960, "classes": 24},
        ],
        "accuracy": [
            accuracy_row("mini-web/vit", "classifier", 0.95 + gap, 0.95),
            accuracy_row("mini-web/resnet", "classifier", 0.93 + gap, 0.93),
            accuracy_row("mini-web/vit", "classifier", 0.99, 0.99, k=5),
            accuracy_row("mini-web/clip", "zero-shot", 0.9 + zero_shot, 0.9),
        ],
        "similarity": [
            {
                "encoder": "mini-web/clip",
                "a": 0.6 + pooled,
                "b": 0.6,
                "pooled": estimate(pooled),
                "judged": 2,
                "lower": 1,
                "higher": 0,
                "paper": {"lower": 2, "higher": 0},
                "classes": [class_row(name, -0.15), class_row("zebra", 0.01, q=0.8)],
            }
        ],
    }


def jpeg():
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (9, 90, 200)).save(out, "JPEG")
    return out.getvalue()


def page(found=None, **changes):
    content = {
        "title": "Two datasets",
        "introduction": ["One was chosen by caption."],
        "strips": [Strip("tiger", [jpeg()], [jpeg(), jpeg()])],
        "funnel": [{"name": "fetch", "unit": "samples", "rows_in": 10, "kept": 8, "dropped": {"http_4xx": 2}}],
        "truth": [("image link", "0.8")],
        "made": [("seed", "0")],
    }
    return comparison_page(found or comparison(), **{**content, **changes})


def test_findings_say_the_means_and_whether_they_are_beyond_chance():
    trained, alike, zero_shot = findings(comparison())
    assert trained["figure"] == "−20.0 points"
    assert "2 classifiers" in trained["text"]
    assert "−22.0 to −18.0" in trained["text"]
    assert "clear difference" in trained["text"]
    assert alike["figure"] == "−0.100"
    assert "0.500 in by caption, 0.600 in by sight" in alike["text"]
    assert "1 of 2 classes" in alike["text"]
    assert "no difference beyond chance" in zero_shot["text"]


def test_a_gap_within_its_interval_is_called_none():
    trained, alike, _ = findings(comparison(gap=0.01, pooled=0.005))
    assert "no difference beyond chance" in trained["text"]
    assert "no difference beyond chance" in alike["text"]


def test_the_page_is_the_same_bytes_and_asks_the_network_for_nothing():
    assert page() == page()
    assert "<script" not in page()
    assert not re.search(r"""(src|href)=["'](?!data:)""", page())
    assert "default-src 'none'" in html.unescape(page())


def test_numbers_reasons_and_pictures_are_on_the_page():
    text = page()
    assert "gone or forbidden (HTTP 4xx)" in text
    assert text.count("data:image/jpeg;base64,") == 3
    assert "75.0 ± 2.0" in text
    assert "2 classes would count as lower" in text.replace("\n", " ")


def test_hostile_texts_stay_texts():
    found = comparison(name=HOSTILE)
    found["datasets"][0]["title"] = HOSTILE
    found["accuracy"][0]["model"] = HOSTILE
    text = page(
        found, title=HOSTILE, introduction=[HOSTILE], truth=[(HOSTILE, HOSTILE)], strips=[Strip(HOSTILE, [], [])]
    )
    assert "<script" not in text
    assert "{{ 7*7 }}" in text
    assert "\x00" not in text
    assert "\u202e" not in text


def test_a_page_without_models_or_pictures_is_legal():
    found = comparison() | {"accuracy": [], "similarity": []}
    assert "Side by side" not in page(found, strips=[], funnel=[], truth=[], made=[])


def drawn(spec):
    import vl_convert

    from laionet.report.figures import vega_lite_version

    return vl_convert.vegalite_to_svg(spec, vl_version=vega_lite_version(), allowed_base_urls=[])


def test_the_accuracy_figure_has_a_mark_a_model_and_one_scale_for_both_axes():
    rows = [row for row in comparison()["accuracy"] if row["k"] == 1]
    spec = accuracy_figure(rows, "A", "B")
    scales = {str(layer["encoding"]["x"].get("scale")) for layer in spec["layer"][-2:]}
    assert scales == {str({"domain": [0.7, 1.0], "nice": False})}
    svg = drawn(spec)
    assert all(name in svg for name in ("vit", "resnet", "clip", "accuracy on A", "accuracy on B"))


def test_the_similarity_figure_keeps_each_bound_with_its_class_in_the_given_order():
    spec = similarity_figure([class_row("tiger", -0.15), class_row("zebra", 0.01, q=0.8)], "A", "B")
    values = spec["data"]["values"]
    assert [(v["name"], v["sure"]) for v in values] == [("tiger", "q < 0.05"), ("zebra", "not significant")]
    assert values[0]["low"] == pytest.approx(-0.2)
    assert spec["encoding"]["y"]["sort"] == ["tiger", "zebra"]
    svg = drawn(spec)
    assert svg.index("tiger") < svg.index("zebra")


def test_figures_of_one_class_and_one_model_are_drawn():
    assert "tiger" in drawn(similarity_figure([class_row("tiger", 0.0)], "A", "B"))
    assert "vit" in drawn(accuracy_figure(comparison()["accuracy"][:1], "A", "B"))
