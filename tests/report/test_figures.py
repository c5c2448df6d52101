"""The sweep's figure: its numbers, its forms, its files."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import warnings
from itertools import pairwise

import numpy as np
import pytest

from laionet.report import save_figure, sweep_figure
from laionet.report.figures import sweep_spec
from laionet.report.panels import still
from laionet.report.pdf import canonical_pdf
from laionet.report.sweep import reading
from report.examples import curves_of

MAGIC = {".pdf": b"%PDF-1.", ".svg": b"<svg ", ".png": b"\x89PNG\r\n\x1a\n", ".json": b"{\n"}

DEGENERATE = {
    "no candidate": curves_of([], [], 0.5),
    "one candidate": curves_of([0.61], [3], 0.5),
    "none above the chosen": curves_of([0.1, 0.2], [0, 1], 0.5),
    "none kept by the other rules": curves_of([0.9, 0.8], [0, 1], 0.5, kept=np.zeros(2, dtype=bool)),
    "at the lowest threshold": curves_of([-1.0], [0], 0.5),
    "beyond one": curves_of([1.0000001], [0], 0.5),
    "chosen is suggested": curves_of([0.511] * 3, [0, 1, 2], 0.51),
}


def spec_of(curves, chosen=0.5, **more) -> dict:
    return sweep_spec(curves, chosen=chosen, encoder="an-encoder", n_classes=1000, **more)


def panel(spec, name) -> dict:
    return next(part for part in spec["concat"] if part["layer"][-1]["name"] == f"{name}_pointer")


def y_of(spec, name) -> dict:
    return panel(spec, name)["layer"][0]["encoding"]["y"]


def labels(part) -> list[str]:
    return [layer["data"]["values"][0]["label"] for layer in part["layer"] if layer["mark"]["type"] == "text"]


def test_every_threshold_in_sight_has_its_exact_numbers(realistic):
    spec = spec_of(realistic)
    rows = spec["datasets"]["thresholds"]
    low, high = panel(spec, "classes")["encoding"]["x"]["scale"]["domain"]
    assert len(rows) == ((realistic.thresholds >= low - 1e-9) & (realistic.thresholds <= high + 1e-9)).sum() > 100
    for row in rows:
        exact = reading(realistic, row["threshold"])
        assert (row["candidates"], row["samples"], row["classes"]) == (
            exact.candidates,
            exact.samples,
            exact.classes,
        )
        assert row["covered"] == exact.classes / 1000


def test_the_axis_ends_where_the_data_does(realistic):
    low, high = panel(spec_of(realistic), "density")["encoding"]["x"]["scale"]["domain"]
    filled = np.flatnonzero(realistic.density)
    assert realistic.thresholds[filled[0]] - 0.1 < low < realistic.thresholds[filled[0]]
    assert realistic.thresholds[filled[-1] - 1] < high < realistic.thresholds[filled[-1] - 1] + 0.1
    assert all(part["encoding"]["x"]["scale"]["domain"] == [low, high] for part in spec_of(realistic)["concat"])


def test_the_steps_of_the_density_enclose_an_area_of_one(realistic):
    rows = spec_of(realistic)["datasets"]["density"]
    areas = {}
    for part in ("below", "above"):
        corners = [(row["threshold"], row["density"]) for row in rows if row["part"] == part]
        areas[part] = sum((right - left) * top for (left, top), (right, _) in pairwise(corners))
    assert math.isclose(sum(areas.values()), 1)
    assert y_of(spec_of(realistic), "density")["stack"] is None  # parts meet at an edge; they do not add up
    assert math.isclose(areas["above"], reading(realistic, 0.5).candidates / 20_000)


def test_the_lines_stand_at_the_chosen_and_the_suggested_threshold_in_every_panel(realistic):
    for part in spec_of(realistic)["concat"]:
        rules = [layer for layer in part["layer"] if "strokeDash" in layer["mark"]]
        places = {layer["data"]["values"][0]["threshold"] for layer in rules}
        assert places == {0.5, realistic.suggested}
        assert len({tuple(layer["mark"]["strokeDash"]) for layer in rules}) == 2
        assert any(label == "chosen 0.50" for label in labels(part))
        assert any(label.startswith("suggested ") for label in labels(part))


def test_pointing_at_one_panel_points_at_all(realistic):
    spec = spec_of(realistic)
    (pointer,) = spec["params"]
    assert pointer["views"] == [part["layer"][-1]["name"] for part in spec["concat"]]
    for part in spec["concat"]:
        fields = [item["field"] for item in part["layer"][-1]["encoding"]["tooltip"]]
        assert fields == ["threshold", "classes", "covered", "samples", "candidates"]
        followers = [layer for layer in part["layer"] if "transform" in layer]
        assert any(layer["mark"]["type"] == "rule" for layer in followers)


def test_samples_over_more_than_two_orders_are_on_a_log_scale_that_meets_no_zero(realistic):
    spec = spec_of(realistic)
    assert y_of(spec, "samples")["scale"]["type"] == "log"
    assert y_of(spec, "samples")["scale"]["domain"][0] > 0
    rows = spec["datasets"]["thresholds"]
    assert any(row["samples"] == 0 for row in rows)
    assert all(row["height"] == (row["samples"] or None) for row in rows)
    assert "log scale" in panel(spec, "samples")["title"]["subtitle"]


def test_samples_within_two_orders_are_on_a_linear_scale_with_their_zeros():
    spec = spec_of(curves_of(np.linspace(0.2, 0.7, 100), np.arange(100), 0.5))
    assert "type" not in y_of(spec, "samples")["scale"]
    assert "log" not in panel(spec, "samples")["title"]["subtitle"]
    assert all(row["height"] == row["samples"] for row in spec["datasets"]["thresholds"])


def test_the_title_says_what_is_seen_and_the_caption_says_of_what(realistic):
    spec = spec_of(realistic, keep_classes=0.9)
    now = reading(realistic, 0.5)
    assert spec["title"]["text"] == (
        f"At threshold 0.50, {now.samples:,} of 20,000 candidates stay and {now.classes} classes are covered"
    )
    caption = " ".join(spec["title"]["subtitle"])
    assert "n = 20,000" in caption
    assert "an-encoder" in caption
    assert f"90 % of the {realistic.classes.max()} classes" in caption
    assert panel(spec, "classes")["title"]["subtitle"] == "of 1,000 in the list"


def test_a_long_or_hostile_encoder_name_does_not_break_the_caption(realistic):
    spec = sweep_spec(realistic, chosen=0.5, encoder="/x" * 400 + "\x00\u202e", n_classes=1000)
    assert len(" ".join(spec["title"]["subtitle"])) < 500
    assert "\x00" not in json.dumps(spec, ensure_ascii=False)


def test_no_letter_is_smaller_than_eleven_pixels(realistic):
    sizes = []

    def walk(part):
        if isinstance(part, dict):
            sizes.extend(size for name, size in part.items() if name.lower().endswith("fontsize"))
            [walk(inner) for inner in part.values()]
        elif isinstance(part, list):
            [walk(inner) for inner in part]

    walk(spec_of(realistic))
    assert len(sizes) > 8
    assert min(sizes) >= 11


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_curves_are_drawn_without_a_word_of_nan(name, tmp_path):
    chosen = 0.51 if name == "chosen is suggested" else 0.5
    chart = sweep_figure(DEGENERATE[name], chosen=chosen, encoder="e", n_classes=1000)
    save_figure(chart, tmp_path / "figure.svg")
    drawn = (tmp_path / "figure.svg").read_text()
    assert "NaN" not in drawn
    assert "Infinity" not in drawn
    assert f"chosen {'= suggested 0.51' if chosen == 0.51 else '0.50'}" in drawn
    json.dumps(chart.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("no candidate", "There are no candidates, so no threshold keeps a caption"),
        ("one candidate", "At threshold 0.50, 1 of 1 candidate stays and 1 class is covered"),
        ("none above the chosen", "At threshold 0.50 none of 2 candidates stays"),
        ("none kept by the other rules", "At threshold 0.50 none of 2 candidates stays"),
        ("at the lowest threshold", "At threshold 0.50 none stays"),
    ],
)
def test_titles_of_degenerate_curves(name, title):
    assert spec_of(DEGENERATE[name])["title"]["text"] == title


def test_axes_of_few_have_whole_ticks():
    assert y_of(spec_of(DEGENERATE["one candidate"]), "classes")["axis"]["values"] == [0, 1]


def test_a_threshold_that_was_not_counted_is_refused(realistic):
    with pytest.raises(ValueError, match="thresholds_between"):
        sweep_figure(realistic, chosen=0.50123, encoder="e", n_classes=1000)


@pytest.mark.parametrize("ending", MAGIC)
def test_a_saved_figure_has_its_format_and_the_same_bytes_each_time(ending, realistic, tmp_path):
    files = [tmp_path / f"{k}{ending}" for k in range(3)]
    for path in files:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            save_figure(sweep_figure(realistic, chosen=0.5, encoder="e", n_classes=1000), path)
    contents = [path.read_bytes() for path in files]
    assert contents[0].startswith(MAGIC[ending])
    assert contents[0] == contents[1] == contents[2]
    assert len(contents[0]) < 600_000
    assert sorted(tmp_path.iterdir()) == files


def test_the_saved_specification_is_the_figure(realistic, tmp_path):
    save_figure(sweep_figure(realistic, chosen=0.5, encoder="e", n_classes=7), tmp_path / "f.json")
    saved = json.loads((tmp_path / "f.json").read_text())
    spec = sweep_spec(realistic, chosen=0.5, encoder="e", n_classes=7)
    ours, saved_config = spec.pop("config"), saved.pop("config")  # altair adds what its theme says of views
    assert saved == spec
    assert {name: saved_config[name] for name in ours if name != "view"} == {
        name: value for name, value in ours.items() if name != "view"
    }


def test_another_ending_is_refused_with_those_that_work(realistic, tmp_path):
    with pytest.raises(ValueError, match=r"\.pdf, \.svg, \.png or \.json"):
        save_figure(sweep_figure(realistic, chosen=0.5, encoder="e", n_classes=7), tmp_path / "figure.bmp")
    assert not list(tmp_path.iterdir())


def test_a_still_figure_has_all_but_what_follows_the_pointer(realistic):
    spec = spec_of(realistic)
    flat = still(spec)
    assert "params" not in flat
    assert '"param"' in json.dumps(spec)
    assert '"param"' not in json.dumps(flat)
    assert "_pointer" not in json.dumps(flat)
    assert flat["datasets"] == spec["datasets"]
    assert [len(part["layer"]) for part in spec["concat"]] == [8, 8, 8]
    assert [len(part["layer"]) for part in flat["concat"]] == [6, 5, 5]


def converted(text: str) -> bytes:
    import vl_convert

    return vl_convert.svg_to_pdf(
        '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="90" font-family="Liberation Sans">'
        f'<text y="20">{text}</text><text y="40" font-weight="bold">{text}</text>'
        f'<text y="60" font-style="italic">{text}</text></svg>'
    )


def test_a_pdf_with_three_fonts_has_one_canonical_form():
    # svg2pdf gives six orders of three fonts by chance; that 16 are alike has a chance of 1 in 6^15.
    assert len({canonical_pdf(converted("sweep")) for _ in range(16)}) == 1
    assert canonical_pdf(converted("sweep")) != canonical_pdf(converted("other"))


def test_a_canonical_pdf_is_a_sound_pdf():
    import re

    raw = converted("sweep")
    pdf = canonical_pdf(raw)
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF$", pdf)[1])
    rows = re.findall(rb"(\d{10}) (\d{5}) ([nf])\r\n", pdf[start:])
    assert pdf.startswith(b"xref\n0 %d\n" % len(rows), start)
    assert b"/Size %d" % len(rows) in pdf[start:]
    for number, (offset, _, _) in enumerate(rows[1:], start=1):
        assert pdf.startswith(b"%d 0 obj" % number, int(offset))
    streams = [sorted(re.findall(rb"\nstream\n(.*?)\nendstream", part, re.DOTALL)) for part in (raw, pdf)]
    assert streams[0] == streams[1]
    assert len(streams[0]) >= 4
    references = {int(n) for n in re.findall(rb"(\d+) 0 R", re.sub(rb"stream\n.*?endstream", b"", pdf, flags=16))}
    assert references == set(range(1, len(rows)))
    assert canonical_pdf(pdf) == pdf


def test_what_is_no_plain_pdf_is_left_as_it_is():
    for other in (b"", b"%PDF-1.7\n", b"%PDF-1.7\nstartxref\n3\n%%EOF"):
        assert canonical_pdf(other) == other


def test_importing_the_reports_loads_no_plotting_library():
    code = "import sys, laionet.report; print({'altair', 'vl_convert', 'jinja2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
