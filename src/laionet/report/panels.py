"""Pieces of the figures' Vega-Lite: axes, panels, the lines of thresholds, the rule that follows the pointer."""

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


def x_axis(domain: tuple[float, float], title: str) -> Spec:
    span = domain[1] - domain[0]
    step = next(step for step in (0.02, 0.05, 0.1, 0.2, 0.5) if span / step <= 7 or step == 0.5)
    ticks = [round(k * step, 2) for k in range(math.ceil(domain[0] / step - SAME), 101)]
    return {
        "field": "threshold",
        "type": "quantitative",
        "title": title,
        "scale": {"domain": list(domain), "nice": False},
        "axis": {
            "values": [tick for tick in ticks if tick <= domain[1] + SAME],
            "format": ".2f" if step < 0.1 else ".1f",
        },
    }


def y_axis(field: str, scale: Spec, **axis: Any) -> Spec:
    return {"field": field, "type": "quantitative", "title": None, "scale": scale, "axis": axis}


def linear_axis(field: str, most: int) -> Spec:
    scale = {"domain": [0, max(most, 1) * 1.05], "nice": False}
    return y_axis(field, scale, format=_integers(most), tickMinStep=1, tickCount=5)


def samples_axis(samples: np.ndarray) -> tuple[bool, Spec]:
    """The axis of the samples: logarithmic where those above zero span more than two orders."""
    some = samples[samples > 0]
    if not len(some) or some.max() <= 100 * some.min():
        return False, linear_axis("height", int(some.max(initial=0)))
    most = int(some.max())
    powers = [10**k for k in range(math.floor(math.log10(some.min())), math.floor(math.log10(most)) + 1)]
    scale = {"type": "log", "domain": [powers[0], most * 1.4], "nice": False}
    return True, y_axis("height", scale, format=_integers(most), values=powers)


def _integers(most: int) -> str:
    return "~s" if most >= 1_000_000 else ",d"


_HERE = {"filter": {"param": "at", "empty": False}}

#: Pointing anywhere in a panel picks the nearest threshold, in all panels at once.
POINTER = {
    "name": "at",
    "select": {"type": "point", "on": "pointermove", "clear": "pointerout", "nearest": True, "encodings": ["x"]},
    "views": ["density_pointer", "classes_pointer", "samples_pointer"],
}

_TOOLTIP = [
    {"field": "threshold", "title": "threshold", "type": "quantitative", "format": ".4~f"},
    {"field": "classes", "title": "classes", "type": "quantitative", "format": ",d"},
    {"field": "covered", "title": "share of classes", "type": "quantitative", "format": ".1%"},
    {"field": "samples", "title": "captions kept", "type": "quantitative", "format": ",d"},
    {"field": "candidates", "title": "candidates above", "type": "quantitative", "format": ",d"},
]

#DAy_axis("density", {"domainMin": 0}, tickCount=5)
DENSITY = [
    {
        "data": {"name": "density"},
        "mark": {"type": "area", "interpolate": "step-after"},
        "encoding": {
            "y": DENSITY_AXIS,
            "color": {
                "field": "part",
                "type": "nominal",
                "scale": {"domain": ["below", "above"], "range": [theme.PALE, theme.CURVE]},
                "legend": None,
            },
        },
    },
    {
        "data": {"name": "density"},
        "mark": {"type": "line", "interpolate": "step-after", "color": theme.CURVE, "strokeWidth": 1.5},
        "encoding": {"y": DENSITY_AXIS},
    },
]


def curve(y: Spec) -> list[Spec]:
    dot = {"type": "point", "filled": True, "size": 60, "color": theme.CURVE, "opacity": 1}
    return [
        {"mark": {"type": "line", "color": theme.CURVE, "strokeWidth": 2.5}, "encoding": {"y": y}},
        {"mark": dot, "transform": [_HERE], "encoding": {"y": y}},
    ]


def panel(name: str, curve: list[Spec], x: Spec, lines: list[Mark]) -> Spec:
    """A curve with the lines of the thresholds, and a rule that follows the pointer."""
    rule = {"mark": {"type": "rule", "color": theme.MUTED}, "transform": [_HERE]}
    pointer = {
        "name": f"{name}_pointer",
        "mark": {"type": "point", "opacity": 0},
        "encoding": {"y": {"value": PANEL_HEIGHT / 2}, "tooltip": _TOOLTIP},
    }
    drawn = [layer for line in lines for layer in _line(line)]
    return {
        "width": PANEL_WIDTH,
        "height": PANEL_HEIGHT,
        "encoding": {"x": x},
        "layer": [*curve, rule, *drawn, pointer],
    }


def _line(mark: Mark) -> list[Spec]:
    top = ROWS[mark.row]
    data = {"values": [{"threshold": mark.threshold, "label": mark.label}]}
    rule = {"type": "rule", "color": mark.colour, "strokeDash": mark.dash, "strokeWidth": 2}
    text = {"type": "text", "align": mark.align, "baseline": "middle", "dx": 5 if mark.align == "left" else -5}
    return [
        {"data": data, "mark": rule, "encoding": {"y": {"value": -top - 6}, "y2": {"value": PANEL_HEIGHT}}},
        {
            "data": data,
            "mark": text | {"color": theme.INK, "fontSize": theme.LABEL_SIZE},
            "encoding": {"y": {"value": -top}, "text": {"field": "label", "type": "nominal"}},
        },
    ]


def title(letter: str, text: str, subtitle: str) -> Spec:
    return {"title": {"text": f"{letter}\u2002{text}", "subtitle": subtitle, "fontSize": 14, "offset": 10}}
