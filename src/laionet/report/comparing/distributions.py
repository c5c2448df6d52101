"""Figures of distributions over classes and pairs, and of what recalls go with (paper, Figures 6a, 7, 20, 21)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from laionet.report import theme
from laionet.report.comparing.drawing import dot, figure, less, number_field, rule, upright_at
from laionet.report.comparing.numbers import known
from laionet.report.panels import Spec


def gap_figure(part: Mapping[str, Any], a: str, b: str) -> Spec:
    """Classes by their gap in recall, A less B, as bars (paper, Figure 21).

    Args:
        part: ``edges`` of bins, -1 to 1, one more than ``counts``.
        a, b: what the datasets are called.
    """
    values = [
        {"from": 100 * low, "to": 100 * high, "classes": classes}
        for (low, high), classes in zip(pairwise(part["edges"]), part["counts"], strict=True)
    ]
    x = number_field(
        "from", title=["gap in recall, points:", *less(a, b)], scale={"zero": False}, axis={"tickCount": 8}
    )
    axis = {"grid": True, "tickMinStep": 1, "format": ",d"}
    y = number_field("classes", title="classes", axis=axis)
    bars = {"type": "bar", "color": theme.FILL, "stroke": theme.PAPER, "aria": False}
    return figure(
        values,
        [{"mark": bars, "encoding": {"x": x, "x2": {"field": "to"}, "y": y, "y2": {"datum": 0}}}, upright_at(0)],
    )


def density_figure(part: Mapping[str, Any], names: tuple[str, str], what: str) -> Spec:
    """The distributions of A and B over the same bins as two outlines (paper, Figure 6a).

    Args:
        part: ``edges``, and ``density_a``, ``density_b``: shares of the bins, each of sum 1.
        names: what the datasets are called.
        what: was measured.
    """
    edges = part["edges"]
    values = [
        {"x": edge, "share": shares[at] / (edges[at + 1] - edge) if at < len(shares) else 0.0, "of": str(side)}
        for side, shares in enumerate((part["density_a"], part["density_b"]))
        for at, edge in enumerate(edges)
    ]
    scale = {"domain": ["0", "1"], "range": [theme.CHOSEN, theme.CURVE]}
    of: Spec = {"field": "of", "type": "nominal", "legend": None}
    dash = {"scale": {"domain": ["0", "1"], "range": [[1, 0], [6, 3]]}}
    axis = {"labels": False, "grid": False}
    encoding = {
        "x": number_field("x", title=what, scale={"zero": False, "nice": False}, axis={"tickCount": 6}),
        "y": number_field("share", title="density", axis=axis, stack=None),
        "color": of | {"scale": scale},
    }
    area = {"type": "area", "interpolate": "step-after", "opacity": 0.16, "aria": False}
    line = {"type": "line", "interpolate": "step-after", "strokeWidth": 2, "aria": False}
    return figure(
        values,
        [
            {"mark": area, "encoding": encoding},
            {"mark": line, "encoding": encoding | {"strokeDash": of | dash}},
            *_key(names),
        ],
    )


def _key(names: tuple[str, str]) -> list[Spec]:
    """Names above the plot, each behind a piece of its line: two sets of one name stay two."""
    layers: list[Spec] = []
    for at, (name, colour, dash) in enumerate(zip(names, _LINES, ([1, 0], [6, 3]), strict=True)):
        y = {"value": -34 + 18 * at}
        line = rule(color=colour, strokeWidth=2, strokeDash=dash)
        text = {"type": "text", "align": "left", "baseline": "middle", "color": theme.INK, "limit": 280}
        one: Spec = {"data": {"values": [{"name": name}]}}
        encoding = {"x": {"value": 36}, "y": y, "text": {"field": "name", "type": "nominal"}}
        layers += [
            one | {"mark": line, "encoding": {"x": {"value": 0}, "x2": {"value": 28}, "y": y}},
            one | {"mark": text | {"fontSize": theme.LABEL_SIZE}, "encoding": encoding},
        ]
    return layers


_LINES = (theme.CHOSEN, theme.CURVE)


def trend_figure(part: Mapping[str, Any], x_title: Sequence[str], y_title: Sequence[str], least: float) -> Spec:
    """Means over classes sorted into bins, each with its interval, and the line (paper, Figures 7, 20).

    Args:
        part: ``bins`` with ``x`` and ``y`` (``value``, ``low``, ``high``), ``slope`` and ``intercept``.
        x_title, y_title: what is drawn, as lines.
        least: what y can be at least; at most it is 1. Intervals from a normal error are cut there.
    """
    values = [
        {"x": one["x"], "y": one["y"]["value"]} | {end: _end(one["y"], end, least) for end in ("low", "high")}
        for one in part["bins"]
        if known(one["x"]) and known(one["y"]["value"])
    ]
    x = number_field("x", title=x_title, scale={"zero": False, "padding": 12})
    y = number_field("y", title=y_title, axis={"format": ".0%", "grid": True}, scale={"zero": False})
    bars = {"x": x, "y": number_field("low", title=y_title), "y2": {"field": "high"}}
    layers: list[Spec] = [
        {"mark": rule(color=theme.CURVE, strokeWidth=2), "encoding": bars},
        {"mark": dot(60) | {"color": theme.CURVE}, "encoding": {"x": x, "y": y}},
    ]
    slope, start = part["slope"]["value"], part["intercept"]["value"]
    if values and known(slope) and known(start):
        ends = [end(value["x"] for value in values) for end in (min, max)]
        line = {"values": [{"x": at, "y": start + slope * at} for at in ends]}
        mark = {"type": "line", "color": theme.CHOSEN, "strokeDash": theme.CHOSEN_DASH, "strokeWidth": 2}
        layers.append({"data": line, "mark": mark, "encoding": {"x": x, "y": y}})
    return figure(values, layers)


def _end(estimate: Mapping[str, Any], end: str, least: float) -> float:
    value = float(estimate[end] if known(estimate[end]) else estimate["value"])
    return min(max(value, least), 1.0)
