"""Pieces of figures in Vega-Lite: axes, curves, panels with lines at thresholds and a rule at the pointer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from laionet.report import theme
from laionet.report.marks import ROWS, Mark
from laionet.report.sweep import SAME

#: A part of a Vega-Lite specification.
Spec = dict[str, Any]

#: Size of the plot area of a panel, pixels. A page may make it wider.
PANEL_WIDTH, PANEL_HEIGHT = 250, 210

_AT_POINTER = {"filter": {"param": "at", "empty": False}}

_TOOLTIP = [
    {"field": field, "title": title, "type": "quantitative", "format": form}
    for field, title, form in (
        ("threshold", "threshold", ".4~f"),
        ("classes", "classes", ",d"),
        ("covered", "share of classes", ".1%"),
        ("samples", "captions kept", ",d"),
        ("candidates", "candidates above", ",d"),
    )
]


def x_axis(domain: tuple[float, float], title: str) -> Spec:
    """The axis of thresholds: ``domain`` as it is, at most eight ticks at round places."""
    span = domain[1] - domain[0]
    step = next(step for step in (0.02, 0.05, 0.1, 0.2, 0.5) if span / step <= 7 or step == 0.5)
    first, last = math.ceil(domain[0] / step - SAME), math.floor(domain[1] / step + SAME)
    return {
        "field": "threshold",
        "type": "quantitative",
        "title": title,
        "scale": {"domain": list(domain), "nice": False},
        "axis": {
            "values": [round(k * step, 2) for k in range(first, last + 1)],
            "format": ".2f" if step < 0.1 else ".1f",
        },
    }


def linear_axis(field: str, most: float) -> Spec:
    """A y axis from zero to a little above ``most``; ticks are integers where ``most`` is one."""
    axis: Spec = {"tickCount": 5, "format": _integers(most) if isinstance(most, int) or most > 10 else ".1f"}
    if isinstance(most, int) and most < 5:
        axis["values"] = [*range(max(most, 1) + 1)]
    return _y_axis(field, {"domain": [0, (most or 1) * 1.06], "nice": False}, axis)


def log_axis(field: str, values: np.ndarray) -> Spec | None:
    """A logarithmic y axis where the values above zero span more than two orders; else ``None``."""
    some = values[values > 0]
    if not len(some) or some.max() <= 100 * some.min():
        return None
    most = int(some.max())
    powers = [10**k for k in range(math.floor(math.log10(some.min())), math.floor(math.log10(most)) + 1)]
    scale = {"type": "log", "domain": [powers[0], most * 1.4], "nice": False}
    return _y_axis(field, scale, {"format": _integers(most), "values": powers})


def _y_axis(field: str, scale: Spec, axis: Spec) -> Spec:
    return {"field": field, "type": "quantitative", "title": None, "scale": scale, "axis": axis}


def _integers(most: float) -> str:
    return "~s" if most >= 1_000_000 else ",d"


def curve(y: Spec) -> list[Spec]:
    """A line, and a dot on it at the pointer's threshold."""
    line = {"type": "line", "color": theme.CURVE, "strokeWidth": 2.5}
    dot = {"type": "point", "filled": True, "size": 60, "color": theme.CURVE, "opacity": 1}
    return [
        {"mark": line, "encoding": {"y": y}},
        {"mark": dot, "encoding": {"y": y}, "transform": [_AT_POINTER]},
    ]


def steps(y: Spec) -> list[Spec]:
    """The data set "density" as filled steps, pale where its ``part`` is "below"."""
    data = {"name": "density"}
    parts = {"domain": ["below", "above"], "range": [theme.PALE, theme.FILL]}
    colour = {"field": "part", "type": "nominal", "scale": parts, "legend": None}
    outline = {"type": "line", "interpolate": "step-after", "color": theme.CURVE, "strokeWidth": 1.5}
    return [
        {
            "data": data,
            "mark": {"type": "area", "interpolate": "step-after"},
            "encoding": {"y": y | {"stack": None}, "color": colour},
        },
        {"data": data, "mark": outline, "encoding": {"y": y}},
    ]


def panel(name: str, title: str, subtitle: str, x: Spec, layers: list[Spec], lines: list[Mark]) -> Spec:
    """A plot with lines at thresholds, that takes part in the figure's pointer."""
    rule = {"mark": {"type": "rule", "color": theme.MUTED}, "transform": [_AT_POINTER]}
    # An unseen point per threshold: the nearest one sideways is the pointer's, wherever in the panel it is.
    catcher = {
        "name": f"{name}_pointer",
        "mark": {"type": "point", "opacity": 0, "aria": False},
        "encoding": {"y": {"value": PANEL_HEIGHT / 2}, "tooltip": _TOOLTIP},
    }
    return {
        "title": {"text": title, "subtitle": subtitle, "fontSize": 14, "offset": 10},
        "width": PANEL_WIDTH,
        "height": PANEL_HEIGHT,
        "encoding": {"x": x},
        "layer": [*layers, rule, *(layer for line in lines for layer in _line(line)), catcher],
    }


def pointer(*names: str) -> Spec:
    """The selection that the panels share: one threshold, the nearest to the pointer, in all of them."""
    return {
        "name": "at",
        "select": {
            "type": "point",
            "on": "pointermove",
            "clear": "pointerout",
            "nearest": True,
            "encodings": ["x"],
        },
        "views": [f"{name}_pointer" for name in names],
    }


def still(spec: Any) -> Any:
    """A copy without what only a pointer can show: on paper it would be hundreds of unseen points.

    Parameters that are plain values stay, because filters may name them.
    """
    if isinstance(spec, list):
        return [still(part) for part in spec if not _needs_pointer(part)]
    if isinstance(spec, dict):
        copy = {name: still(part) for name, part in spec.items() if name != "datasets"}
        if not copy.get("params", True):
            del copy["params"]
        return copy | ({"datasets": spec["datasets"]} if "datasets" in spec else {})
    return spec


def _needs_pointer(part: Any) -> bool:
    if not isinstance(part, dict):
        return False
    if "select" in part:
        return True
    if "mark" not in part:
        return False
    return str(part.get("name", "")).endswith("_pointer") or _AT_POINTER in part.get("transform", [])


def _line(mark: Mark) -> list[Spec]:
    data = {"values": [{"threshold": mark.threshold, "label": mark.label}]}
    rule = {"type": "rule", "color": mark.colour, "strokeDash": mark.dash, "strokeWidth": 2}
    text = {
        "type": "text",
        "align": mark.align,
        "baseline": "middle",
        "dx": {"left": 5, "right": -5, "center": 0}[mark.align],
        "color": theme.INK,
        "fontSize": theme.LABEL_SIZE,
    }
    above = ROWS[mark.row]
    top = 0 if mark.align == "center" else -above - 6
    return [
        {"data": data, "mark": rule, "encoding": {"y": {"value": top}, "y2": {"value": PANEL_HEIGHT}}},
        {
            "data": data,
            "mark": text,
            "encoding": {"y": {"value": -above}, "text": {"field": "label", "type": "nominal"}},
        },
    ]
