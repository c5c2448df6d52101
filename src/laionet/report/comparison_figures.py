"""Figures of a comparison of two datasets: accuracy of models (Figure 1), similarity by class (Figure 6b)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laionet.report import theme
from laionet.report.figures import vega_lite_version
from laionet.report.panels import Spec
from laionet.report.words import shown

#: What models are used as, and how sure a difference is; each with its colours and shapes.
_USES = ("classifier", "zero-shot"), (theme.CHOSEN, theme.CURVE), ("circle", "diamond")
_SURE = ("q < 0.05", "not significant"), (theme.CURVE, theme.MUTED), ("circle", "square")


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
    x, y = _share("bvalue", f"accuracy on {b}", domain), _share("avalue", f"accuracy on {a}", domain)
    use, shape = _told("use", *_USES)
    diagonal = {
        "data": {"values": [{"v": floor}, {"v": 1.0}]},
        "mark": {"type": "line", "color": theme.MUTED, "strokeDash": [4, 4]},
        "encoding": {"x": _field("v"), "y": _field("v")},
    }
    up = {"x": x, "x2": {"field": "bvalue"}, "y": _field("alow"), "y2": {"field": "ahigh"}, "color": use}
    across = {"x": _field("blow"), "x2": {"field": "bhigh"}, "y": y, "color": use}
    text = {"type": "text", "align": "left", "dx": 9, "dy": 9, "color": theme.INK, "fontSize": theme.LABEL_SIZE}
    layers: list[Spec] = [
        diagonal,
        {"mark": {"type": "rule"}, "encoding": up},
        {"mark": {"type": "rule"}, "encoding": across},
        {"mark": _dot(90), "encoding": {"x": x, "y": y, "color": use, "shape": shape}},
        {"mark": text, "encoding": {"x": x, "y": y, "text": {"field": "model"}}},
    ]
    return _figure(values, layers, 320)


def similarity_figure(rows: Sequence[Mapping[str, Any]], a: str, b: str) -> Spec:
    """Difference A less B of mean intra-class similarity by class, each with its own 95 % interval, as Vega-Lite.

    Args:
        rows: ``name``, ``difference``, ``low``, ``high`` (cosine), ``q``, in the order to draw.
        a, b: what the datasets are called.
    """
    values = [
        {
            "name": shown(row["name"]),
            "sure": _SURE[0][0 if row["q"] < 0.05 else 1],
            **{key: row[key] for key in ("difference", "low", "high")},
        }
        for row in rows
    ]
    axis = {"grid": True, "labelLimit": 260}
    names = [value["name"] for value in values]
    y: Spec = {"field": "name", "type": "nominal", "sort": names, "title": None, "axis": axis}
    sure, shape = _told("sure", *_SURE)
    title = ["difference of mean cosine within the class:", f"{a} less {b}"]
    none = {
        "data": {"values": [{"zero": 0}]},
        "mark": {"type": "rule", "color": theme.MUTED},
        "encoding": {"y": {"value": 0}, "y2": {"value": _STEP * len(values)}, "x": _field("zero")},
    }
    interval = {"x": _field("low") | {"title": title}, "x2": {"field": "high"}, "color": sure}
    layers: list[Spec] = [
        none,
        {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": interval},
        {"mark": _dot(50), "encoding": {"x": _field("difference"), "color": sure, "shape": shape}},
    ]
    return _figure(values, layers, {"step": _STEP}, encoding={"y": y})


#: Pixels from class to class.
_STEP = 15


def _figure(values: Sequence[Spec], layers: Sequence[Spec], height: int | Spec, **more: Spec) -> Spec:
    return {
        "$schema": f"https://vega.github.io/schema/vega-lite/v{vega_lite_version()}.json",
        "width": 320,
        "height": height,
        "data": {"values": list(values)},
        **more,
        "layer": list(layers),
        "config": theme.config() | {"legend": {"labelColor": theme.INK, "labelFontSize": theme.LABEL_SIZE}},
    }


def _told(field: str, names: Sequence[str], colours: Sequence[str], shapes: Sequence[str]) -> tuple[Spec, Spec]:
    """Encodings that tell the values of a field apart by colour, and by shape too."""
    both: Spec = {"field": field, "type": "nominal"}
    colour = {"scale": {"domain": list(names), "range": list(colours)}, "title": None, "legend": {"orient": "top"}}
    return both | colour, both | {"scale": {"domain": list(names), "range": list(shapes)}}


def _dot(size: int) -> Spec:
    return {"type": "point", "filled": True, "size": size, "opacity": 1}


def _field(name: str) -> Spec:
    return {"field": name, "type": "quantitative"}


def _share(name: str, title: str, scale: Spec) -> Spec:
    return _field(name) | {"title": title, "scale": scale, "axis": {"format": ".0%", "tickCount": 6, "grid": True}}
