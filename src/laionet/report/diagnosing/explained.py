"""Similarity of captions to their own class, and the share of other classes that are more similar (Figure 9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laionet.report import linked, theme
from laionet.report.comparing.drawing import coloured, dot, number_field, rule
from laionet.report.comparing.numbers import known
from laionet.report.diagnosing.beside import beside
from laionet.report.panels import Spec

#: What the curves are called.
OBSERVED, SELECTED, CHANCE = "captions", "selected by text alone", "class picked at random"
_SERIES = {OBSERVED: theme.CURVE, SELECTED: theme.CHOSEN, CHANCE: theme.MUTED}
_DASHES = {OBSERVED: [1, 0], SELECTED: [6, 3], CHANCE: [2, 3]}
_OWN = "similarity to the own class's text (cosine)"


def explained_figure(document: Mapping[str, Any]) -> Spec:
    """Left the own similarities (Figure 9a), right the share of other classes that are more similar (9b).

    Args:
        document: as ``diagnose_explained`` returns it.
    """
    parts = {OBSERVED: document["observed"], SELECTED: document["selected"]}
    some = {name: part for name, part in parts.items() if part}
    return beside([_histogram(some), _curves(some)])


def _histogram(parts: Mapping[str, Mapping[str, Any]]) -> Spec:
    values = []
    for name, part in parts.items():
        for row in part["bins"]:
            bin = {"x": row["low"], "to": row["high"], "share": row["share"], "captions": row["captions"]}
            values.append(bin | {"of": name})
    x = number_field("x", title=_OWN, scale={"zero": False, "nice": False}, axis={"tickCount": 6})
    y = number_field("share", title="share of captions", axis={"format": ".0%", "grid": True}, stack=None)
    encoding = {"x": x, "x2": {"field": "to"}, "y": y, "y2": {"datum": 0}}
    of = coloured("of", list(parts), [_SERIES[name] for name in parts])
    bars = {"type": "rect", "aria": False, "opacity": 0.55}
    hover = [
        linked.told("of", "of"),
        linked.told("similarity", "span"),
        linked.told("share of captions", "share", ".1%"),
        linked.told("captions", "captions", ",d"),
    ]
    layer = {"mark": bars, "encoding": encoding | {"color": of, "tooltip": hover}}
    return {"data": {"values": values}, "transform": [_span("x", "to")], "layer": [layer]}


def _span(low: str, high: str) -> Spec:
    """A transform: the ends of a bin as text, ``span``."""
    return {"calculate": f"format(datum.{low}, '.2f') + ' to ' + format(datum.{high}, '.2f')", "as": "span"}


def _curves(parts: Mapping[str, Mapping[str, Any]]) -> Spec:
    values: list[Spec] = []
    for name, part in parts.items():
        values += [_point(row, name, row["more"]) for row in part["bins"] if known(row["more"]["value"])]
    values += [
        _point(row, CHANCE, {"value": row["chance"]})
        for row in next(iter(parts.values()))["bins"]
        if known(row["chance"])
    ]
    names = [*parts, CHANCE]
    of = coloured("of", names, [_SERIES[name] for name in names])
    dashes = {"domain": names, "range": [_DASHES[name] for name in names]}
    dash = {"field": "of", "type": "nominal", "legend": None, "scale": dashes}
    title = ["share of other classes", "that are more similar"]
    x = number_field("x", title=_OWN, scale={"zero": False, "nice": False, "padding": 8}, axis={"tickCount": 6})
    y = number_field("share", title=title, axis={"format": ".0%", "grid": True}, scale={"domainMin": 0})
    bars = {"x": x, "y": number_field("low", title=title), "y2": {"field": "high"}, "color": of}
    line = {"type": "line", "strokeWidth": 2, "aria": False}
    hover = [
        linked.told("of", "of"),
        linked.told("similarity", "span"),
        linked.told("more similar classes", "text"),
        linked.told("captions", "captions", ",d"),
        linked.told("classes", "classes", ",d"),
    ]
    held = {"filter": f"datum.of !== '{CHANCE}'"}
    return {
        "data": {"values": values},
        "transform": [_span("from", "to"), linked.estimate("text", "share", "low", "high", ".1%")],
        "layer": [
            {"transform": [held], "mark": rule(strokeWidth=2), "encoding": bars},
            {"mark": line, "encoding": {"x": x, "y": y, "color": of, "strokeDash": dash}},
            {"transform": [held], "mark": dot(45), "encoding": {"x": x, "y": y, "color": of, "tooltip": hover}},
        ],
    }


def _point(row: Mapping[str, Any], of: str, estimate: Mapping[str, Any]) -> Spec:
    value = estimate["value"]
    ends = {end: one if known(one := estimate.get(end)) else value for end in ("low", "high")}
    bin = {"from": row["low"], "to": row["high"], "captions": row["captions"], "classes": row["classes"]}
    return bin | {"x": (row["low"] + row["high"]) / 2, "share": value, "of": of, **ends}
