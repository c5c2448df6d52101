"""Figures of a comparison of two datasets: accuracy of models (Figure 1), similarity by class (Figure 6b)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laionet.report import theme
from laionet.report.figures import vega_lite_version
from laionet.report.panels import Spec
from laionet.report.words import number, shown

#: Shapes and colours of models that learnt from annotators' pictures, and of those that classify by text.
_USES = {
    "domain": ["classifier", "zero-shot"],
    "range": [theme.CHOSEN, theme.CURVE],
}


def accuracy_figure(rows: Sequence[Mapping[str, Any]], a: str, b: str) -> Spec:
    """Accuracy of each model on A against that on B, with 95 % intervals and the line y = x, as Vega-Lite.

    Args:
        rows: of one k: ``model``, ``use``, and ``a``, ``b`` with ``value``, ``low``, ``high``, 0 to 1.
        a, b: what the datasets are called.
    """
    values = [
        {
            "model": shown(row["model"].removeprefix("mini-web/")),
            "use": row["use"],
            **{f"{side}{part}": row[side][part] for side in ("a", "b") for part in ("value", "low", "high")},
        }
        for row in rows
    ]
    low = min((min(v["alow"], v["blow"]) for v in values), default=0.0)
    floor = max(0.0, int(low * 10) / 10)
    domain = {"domain": [floor, 1.0], "nice": False}
    x = _share("bvalue", f"accuracy on {b}", domain)
    y = _share("avalue", f"accuracy on {a}", domain)
    use: Spec = {"field": "use", "type": "nominal", "scale": _USES, "title": None, "legend": {"orient": "top"}}
    shape = {
        "field": "use",
        "type": "nominal",
        "scale": {"domain": _USES["domain"], "range": ["circle", "diamond"]},
    }
    return {
        "$schema": f"https://vega.github.io/schema/vega-lite/v{vega_lite_version()}.json",
        "width": 320,
        "height": 320,
        "data": {"values": values},
        "layer": [
            {
                "data": {"values": [{"v": floor}, {"v": 1.0}]},
                "mark": {"type": "line", "color": theme.MUTED, "strokeDash": [4, 4]},
                "encoding": {
                    "x": {"field": "v", "type": "quantitative"},
                    "y": {"field": "v", "type": "quantitative"},
                },
            },
            {
                "mark": {"type": "rule"},
                "encoding": {
                    "x": x,
                    "x2": {"field": "bvalue"},
                    "y": _field("alow"),
                    "y2": {"field": "ahigh"},
                    "color": use,
                },
            },
            {
                "mark": {"type": "rule"},
                "encoding": {"x": _field("blow"), "x2": {"field": "bhigh"}, "y": y, "color": use},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": use, "shape": shape},
            },
            {
                "mark": {
                    "type": "text",
                    "align": "left",
                    "dx": 9,
                    "dy": 9,
                    "color": theme.INK,
                    "fontSize": theme.LABEL_SIZE,
                },
                "encoding": {"x": x, "y": y, "text": {"field": "model"}},
            },
        ],
        "config": theme.config(),
    }


def similarity_figure(rows: Sequence[Mapping[str, Any]], a: str, b: str) -> Spec:
    """Difference A less B of mean intra-class similarity by class, each with its own 95 % interval, as Vega-Lite.

    Args:
        rows: ``name``, ``difference``, ``low``, ``high`` (cosine), ``q``, ``n_a``, ``n_b``; in the order to draw.
        a, b: what the datasets are called.
    """
    values = [
        {
            "name": shown(row["name"]),
            "sure": "q < 0.05" if row["q"] < 0.05 else "not significant",
            "n": f"{number(row['n_a'])} and {number(row['n_b'])} images",
            **{key: row[key] for key in ("difference", "low", "high")},
        }
        for row in rows
    ]
    names = [value["name"] for value in values]
    y: Spec = {
        "field": "name",
        "type": "nominal",
        "sort": names,
        "title": None,
        "axis": {"grid": True, "labelLimit": 260},
    }
    sure: Spec = {
        "field": "sure",
        "type": "nominal",
        "title": None,
        "scale": {"domain": ["q < 0.05", "not significant"], "range": [theme.CURVE, theme.MUTED]},
        "legend": {"orient": "top"},
    }
    filled = {
        "field": "sure",
        "type": "nominal",
        "scale": {"domain": ["q < 0.05", "not significant"], "range": ["circle", "square"]},
    }
    title = ["difference of mean cosine within the class:", f"{a} less {b}"]
    return {
        "$schema": f"https://vega.github.io/schema/vega-lite/v{vega_lite_version()}.json",
        "width": 320,
        "height": {"step": 15},
        "data": {"values": values},
        "encoding": {"y": y},
        "layer": [
            {
                "data": {"values": [{"zero": 0}]},
                "mark": {"type": "rule", "color": theme.MUTED},
                "encoding": {
                    "y": {"value": 0},
                    "y2": {"value": 15 * len(values)},
                    "x": {"field": "zero", "type": "quantitative"},
                },
            },
            {
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {"x": _field("low") | {"title": title}, "x2": {"field": "high"}, "color": sure},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 50, "opacity": 1},
                "encoding": {"x": _field("difference"), "color": sure, "shape": filled},
            },
        ],
        "config": theme.config(),
    }


def _field(name: str) -> Spec:
    return {"field": name, "type": "quantitative"}


def _share(name: str, title: str, scale: Spec) -> Spec:
    return _field(name) | {"title": title, "scale": scale, "axis": {"format": ".0%", "tickCount": 6, "grid": True}}
