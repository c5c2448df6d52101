"""Figures of distributions over classes and pairs, and of what recalls go with (paper, Figures 6a, 7, 20, 21)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from laionet.report import linked, theme
from laionet.report.comparing.drawing import HEIGHT, dot, figure, less, number_field, rule, upright_at
from laionet.report.comparing.numbers import known
from laionet.report.panels import Spec
from laionet.report.words import shown

_BAR = {"type": "bar", "color": theme.FILL, "stroke": theme.PAPER, "aria": False}


def gap_figure(part: Mapping[str, Any], a: str, b: str, rows: Sequence[Mapping[str, Any]] | None = None) -> Spec:
    """Classes by their gap in recall, A less B, as bars (paper, Figure 21).

    Args:
        part: ``model``, ``use``; ``edges`` of bins, -1 to 1, one more than ``counts``.
        a, b: what the datasets are called.
        rows: the classes of a report; with them the figure is linked and counts those that a filter lets through.
    """
    title = ["gap in recall, points:", *less(a, b)]
    x = number_field("from", title=title, scale=_between(part["edges"]), axis={"tickCount": 8})
    axis = {"grid": True, "tickMinStep": 1, "format": ",d"}
    y = number_field("classes", title="classes", axis=axis)
    encoding = {"x": x, "x2": {"field": "to"}, "y": y, "y2": {"datum": 0}}
    if rows is not None and len(part["edges"]) > 1:
        return _linked_gaps(_gap_rows(part, rows), part["edges"], encoding)
    values = [
        {"from": 100 * low, "to": 100 * high, "classes": classes}
        for (low, high), classes in zip(pairwise(part["edges"]), part["counts"], strict=True)
    ]
    return figure(values, [{"mark": _BAR, "encoding": encoding}, upright_at(0)])


def _between(edges: Sequence[float]) -> Spec:
    """A scale from the first edge to the last, and to zero."""
    if len(edges) < 2:
        return {"zero": False}
    return {"domain": [100 * min(edges[0], 0.0), 100 * max(edges[-1], 0.0)], "nice": False, "zero": False}


def _gap_rows(part: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[Spec]:
    """The classes that have a gap, each with the number of its bin."""
    edges, key = part["edges"], f"{part['use']}/{part['model']}"
    width = (edges[-1] - edges[0]) / (len(edges) - 1)
    values = []
    for row in rows:
        found = row["recall"].get(key, {})
        if not known(found.get("gap")):
            continue
        # A gap at an edge belongs to the bin above it, as compare.gaps counts.
        at = math.floor(found["gap"] / width + 1e-9) - round(edges[0] / width)
        values.append(
            {
                **{name: linked.rounded(row[name]) for name in ("wnid", "n_a", "n_b")},
                "name": shown(row["name"], 30),
                "bin": min(max(at, 0), len(edges) - 2),
                **{name: linked.rounded(found[name]) for name in ("a", "b", "gap", "low", "high", "q")},
            }
        )
    return values


def _linked_gaps(values: Sequence[Spec], edges: Sequence[float], encoding: Spec) -> Spec:
    first, width = 100 * edges[0], 100 * (edges[-1] - edges[0]) / (len(edges) - 1)
    ends = [
        {"calculate": f"round(1e6 * ({first!r} + {width!r} * {at})) / 1e6", "as": name}
        for name, at in (("from", "datum.bin"), ("to", "(datum.bin + 1)"))
    ]
    counted = {
        "aggregate": [
            {"op": "sum", "field": "one", "as": "classes"},
            {"op": "max", "field": "chosen", "as": "chosen"},
        ],
        "groupby": ["from", "to"],
    }
    span = {"calculate": "format(datum.from, '+.0f') + ' to ' + format(datum.to, '+.0f')", "as": "span"}
    hover = [linked.told("gap, points", "span"), linked.told("classes", "classes", ",d")]
    test = {"test": "datum.chosen === 1"}
    of_picked = {
        "stroke": {"condition": test | {"value": theme.CHOSEN}, "value": theme.PAPER},
        "strokeWidth": {"condition": test | {"value": 2.5}, "value": 1},
    }
    picked = [linked.only_picked(), {"calculate": "100 * datum.gap", "as": "at"}]
    at = linked.place("x", "at")
    upright = {"x": linked.put(at), "y": {"value": 0}, "y2": {"value": "height"}}
    layers: list[Spec] = [
        {"transform": [counted, span], "mark": _BAR, "encoding": encoding | of_picked | {"tooltip": hover}},
        upright_at(0),
        {"transform": picked, "mark": rule(color=theme.CHOSEN, strokeWidth=3), "encoding": upright},
        *linked.name_beside(at, "0", dx=6, dy=(8, 8), transform=picked),
    ]
    one = {"calculate": f"{linked.INSIDE} ? 1 : 0", "as": "one"}
    chosen = {"calculate": "datum.wnid === picked ? 1 : 0", "as": "chosen"}
    return linked.linked(figure(values, layers, transform=[one, chosen, *ends]))


def density_figure(
    part: Mapping[str, Any],
    names: tuple[str, str],
    what: str,
    rows: Sequence[Mapping[str, Any]] | None = None,
    *,
    panel: str = "",
) -> Spec:
    """The distributions of A and B over the same bins as two outlines (paper, Figure 6a).

    Args:
        part: ``edges``, and ``density_a``, ``density_b``: shares of the bins, each of sum 1.
        names: what the datasets are called.
        what: was measured.
        rows: ``wnid``, ``name``, and the means ``a``, ``b`` of each class; with them the figure is linked, and
            shows where the chosen class stands. The outlines are of all classes whatever the filter.
        panel: name of the view, where it becomes a part of a concatenation.
    """
    edges = part["edges"]
    values = [
        {"x": edge, "share": shares[at] / (edges[at + 1] - edge) if at < len(shares) else 0.0, "of": str(side)}
        for side, shares in enumerate((part["density_a"], part["density_b"]))
        for at, edge in enumerate(edges)
    ]
    scale = {"domain": ["0", "1"], "range": list(_LINES)}
    of: Spec = {"field": "of", "type": "nominal", "legend": None}
    dash = {"scale": {"domain": ["0", "1"], "range": _DASHES}}
    axis = {"labels": False, "grid": False}
    scale_x = {"domain": [edges[0], edges[-1]] if edges else [0, 1], "nice": False, "zero": False}
    x = number_field("x", title=what, scale=scale_x, axis={"tickCount": 6})
    y = number_field("share", title="density", axis=axis, stack=None)
    encoding = {"x": x, "y": y, "color": of | {"scale": scale}}
    area = {"type": "area", "interpolate": "step-after", "opacity": 0.16, "aria": False}
    line = {"type": "line", "interpolate": "step-after", "strokeWidth": 2, "aria": False}
    layers: list[Spec] = [
        {"mark": area, "encoding": encoding},
        {"mark": line, "encoding": encoding | {"strokeDash": of | dash}},
        *_key(names),
    ]
    if not linked.all_classes(rows or []):
        return figure(values, layers)
    spec = figure(values, [*layers, _bins(part, names), *_own_means(panel)])
    spec["datasets"] = {"classes": _own_values(rows or [])}
    return linked.linked(spec | ({"name": panel} if panel else {}))


def _bins(part: Mapping[str, Any], names: tuple[str, str]) -> Spec:
    """A layer: unseen bands that say what share of each distribution is in a bin."""
    values = [
        {"from": low, "to": high, "a": linked.rounded(in_a), "b": linked.rounded(in_b)}
        for (low, high), in_a, in_b in zip(
            pairwise(part["edges"]), part["density_a"], part["density_b"], strict=True
        )
    ]
    span = {"calculate": "format(datum.from, '.3f') + ' to ' + format(datum.to, '.3f')", "as": "span"}
    hover = [
        linked.told("cosine", "span"),
        linked.told(f"share, {names[0]}", "a", ".2%"),
        linked.told(f"share, {names[1]}", "b", ".2%"),
    ]
    ends = {"x": number_field("from"), "x2": {"field": "to"}, "y": {"value": 0}, "y2": {"value": "height"}}
    return {
        "name": f"bins{linked.CATCHER}",
        "data": {"values": values},
        "transform": [span],
        "mark": {"type": "rect", "opacity": 0, "aria": False},
        "encoding": ends | {"tooltip": hover},
    }


def _own_values(rows: Sequence[Mapping[str, Any]]) -> list[Spec]:
    return [
        {"wnid": row["wnid"], "name": shown(row["name"], 30)} | {side: linked.rounded(row[side]) for side in "ab"}
        for row in rows
        if known(row["a"]) and known(row["b"])
    ]


def _own_means(panel: str) -> list[Spec]:
    """Layers: the chosen class's mean in A and in B, and its name."""
    data = {"name": "classes"}
    chosen = [linked.only_picked()]
    layers: list[Spec] = [
        {
            "data": data,
            "transform": chosen,
            "mark": rule(color=colour, strokeWidth=3, strokeDash=dash),
            "encoding": {
                "x": linked.put(linked.place("x", side, panel)),
                "y": {"value": 16},
                "y2": {"value": "height"},
            },
        }
        for side, colour, dash in zip("ab", _LINES, _DASHES, strict=True)
    ]
    name = linked.name_beside(linked.place("x", "a", panel), "6", panel=panel, dx=0, dy=(0, 0))
    layers += [{"data": data} | layer for layer in name]
    return layers


def _key(names: tuple[str, str]) -> list[Spec]:
    """Names above the plot, each behind a piece of its line: two sets of one name stay two."""
    layers: list[Spec] = []
    for at, (name, colour, dash) in enumerate(zip(names, _LINES, _DASHES, strict=True)):
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


_LINES, _DASHES = (theme.CHOSEN, theme.CURVE), ([1, 0], [6, 3])


def trend_figure(part: Mapping[str, Any], x_title: Sequence[str], y_title: Sequence[str], least: float) -> Spec:
    """Means over classes sorted into bins, each with its interval, and the line (paper, Figures 7, 20).

    Args:
        part: ``bins`` with ``x`` and ``y`` (``value``, ``low``, ``high``), ``slope`` and ``intercept``.
        x_title, y_title: what is drawn, as lines.
        least: what y can be at least; at most it is 1. Intervals from a normal error are cut there.
    """
    values = trend_bins(part, least)
    x = number_field("x", title=x_title, scale={"zero": False, "padding": 12})
    y = number_field("y", title=y_title, axis={"format": ".0%", "grid": True}, scale={"zero": False})
    ends = [end(value["x"] for value in values) for end in (min, max)] if values else []
    line = trend_line(part, ends, x, y)
    return figure(values, [*trend_means(x, y), *([line] if line else [])], height=HEIGHT)


def trend_bins(part: Mapping[str, Any], least: float) -> list[Spec]:
    """The binned means that are known, with bounds from ``least`` to 1."""
    return [
        {"x": one["x"], "y": one["y"]["value"]} | {end: _end(one["y"], end, least) for end in ("low", "high")}
        for one in part["bins"]
        if known(one["x"]) and known(one["y"]["value"])
    ]


def trend_means(x: Spec, y: Spec) -> list[Spec]:
    """Layers: means with their intervals."""
    bars = {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}}
    return [
        {"mark": rule(color=theme.CURVE, strokeWidth=2), "encoding": bars},
        {"mark": dot(60) | {"color": theme.CURVE}, "encoding": {"x": x, "y": y}},
    ]


def trend_line(part: Mapping[str, Any], ends: Sequence[float], x: Spec, y: Spec) -> Spec | None:
    """A layer: the line from end to end; None where it is not known."""
    slope, start = part["slope"]["value"], part["intercept"]["value"]
    if not ends or not known(slope) or not known(start):
        return None
    line = {"values": [{"x": at, "y": start + slope * at} for at in ends]}
    mark = {"type": "line", "color": theme.CHOSEN, "strokeDash": theme.CHOSEN_DASH, "strokeWidth": 2}
    return {"data": line, "mark": mark | {"aria": False}, "encoding": {"x": x, "y": y}}


def _end(estimate: Mapping[str, Any], end: str, least: float) -> float:
    value = float(estimate[end] if known(estimate[end]) else estimate["value"])
    return min(max(value, least), 1.0)
