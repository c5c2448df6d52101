"""Difference of similarity class by class (paper, Figure 6b): each class with its own interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laionet.report import theme
from laionet.report.comparing.drawing import WIDE, coloured, dot, figure, less, level_at, number_field, rule, told
from laionet.report.panels import Spec
from laionet.report.words import shown

#: So many classes at most are named one by one; more become a sorted curve.
NAMED = 60
#: Pixels from class to class where they are named; height of the curve.
_STEP, _CURVE_HEIGHT = 15, 300
_COLOURS, _SHAPES = (theme.CURVE, theme.MUTED), ("circle", "square")


def similarity_figure(
    rows: Sequence[Mapping[str, Any]], a: str, b: str, *, alpha: float = 0.05, what: str = "mean cosine"
) -> Spec:
    """Difference A less B by class, each with its own interval, as Vega-Lite; a curve above ``NAMED`` classes.

    Args:
        rows: ``name``, ``difference``, ``low``, ``high``, ``q``, in the order to draw.
        a, b: what the datasets are called.
        alpha: false discovery rate that ``q`` is held against.
        what: is compared.
    """
    names = (f"q < {alpha:g}", "not significant")
    values = [
        {
            "name": shown(row["name"], 30),
            "row": at,
            "sure": names[0 if row["q"] is not None and row["q"] < alpha else 1],
            **{key: row[key] for key in ("difference", "low", "high")},
        }
        for at, row in enumerate(rows, 1)
    ]
    return _curve(values, names, a, b, what) if len(values) > NAMED else _dots(values, names, a, b, what)


def _dots(values: Sequence[Spec], names: Sequence[str], a: str, b: str, what: str) -> Spec:
    # Two classes may have one name, so that rows are told apart by number, and names are texts beside the axis.
    axis = {"grid": True, "labels": False}
    y: Spec = {"field": "row", "type": "ordinal", "title": None, "axis": axis}
    text = {"type": "text", "align": "right", "dx": -8, "limit": 180, "color": theme.INK, "aria": False}
    name = {"x": {"value": 0}, "text": {"field": "name", "type": "nominal"}}
    sure, shape = told("sure", names, _COLOURS, _SHAPES)
    none = {
        "data": {"values": [{"zero": 0}]},
        "mark": rule(color=theme.MUTED),
        "encoding": {"y": {"value": 0}, "y2": {"value": _STEP * len(values)}, "x": number_field("zero")},
    }
    title = [f"difference of {what}:", *less(a, b)]
    interval = {"x": number_field("low", title=title), "x2": {"field": "high"}, "color": sure}
    layers: list[Spec] = [
        none,
        {"mark": rule(strokeWidth=2), "encoding": interval},
        {"mark": dot(50), "encoding": {"x": number_field("difference"), "color": sure, "shape": shape}},
        {"mark": text | {"fontSize": theme.LABEL_SIZE}, "encoding": name},
    ]
    return figure(values, layers, width=280, height={"step": _STEP}, encoding={"y": y})


def _curve(values: Sequence[Spec], names: Sequence[str], a: str, b: str, what: str) -> Spec:
    """All classes from left to right, an interval each; the bounds are not sorted by themselves."""
    wide = max(0.9, min(6.0, 0.8 * WIDE / len(values)))
    scale = {"domain": [0.5, len(values) + 0.5], "nice": False, "zero": False}
    axis = {"tickMinStep": 1, "format": ",d"}
    x = number_field("row", title="classes, from the lowest difference to the highest", scale=scale, axis=axis)
    title = [f"difference of {what}:", *less(a, b)]
    low = number_field("low", title=title, axis={"grid": True})
    bars = {"y": low, "y2": {"field": "high"}, "color": coloured("sure", names, _COLOURS)}
    line = {"type": "line", "color": theme.INK, "strokeWidth": 2}
    layers: list[Spec] = [
        {"mark": rule(strokeWidth=wide, opacity=0.5), "encoding": bars},
        level_at(0),
        {"mark": line, "encoding": {"y": number_field("difference")}},
    ]
    return figure(values, layers, width=WIDE, height=_CURVE_HEIGHT, encoding={"x": x})
