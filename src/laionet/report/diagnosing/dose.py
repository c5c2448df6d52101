"""The diagnosis against the strength of the image link on the mini-web, and what explains a gap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laionet.report import linked, theme
from laionet.report.comparing.drawing import dot, number_field, rule, told
from laionet.report.comparing.numbers import known
from laionet.report.diagnosing.beside import beside
from laionet.report.panels import Spec

#: Axis of each statistic that is drawn.
_TITLES: dict[str, str | list[str]] = {
    "similarity": ["similarity in a class,", "by caption less by sight"],
    "below": "classes where it is lower by caption",
    "rise": ["similarity in a class, most often", "marked less least often marked"],
    "distance": ["distance of chosen from others", "of one caption, squared"],
}
_X = {"title": "strength of the image link", "scale": {"zero": False, "nice": False, "padding": 8}}
_TESTS = ("similarity", "frequency", "independence")


def dose_figure(document: Mapping[str, Any]) -> Spec:
    """A panel for each statistic: means with one standard deviation, the monotone curve with its band; and a panel
    of the shares of trials where each test finds something. A gap is drawn where its statistic is.

    Args:
        document: as ``diagnose_dose`` returns it.
    """
    explained = document["explained"]
    panels = [
        _curve(document, name, explained if explained and explained["statistic"] == name else None)
        for name in _TITLES
    ]
    return beside([*panels, _found(document)])


def _curve(document: Mapping[str, Any], name: str, explained: Mapping[str, Any] | None) -> Spec:
    values = []
    for row in document["strengths"]:
        one = row["statistics"].get(name)
        if one and known(one["mean"]):
            sd = one["sd"] if known(one["sd"]) else 0.0
            values.append(
                {"strength": row["strength"], "least": one["mean"] - sd, "most": one["mean"] + sd, **one}
            )
    x = number_field("strength", **_X)
    y = {"title": _TITLES[name], "scale": {"zero": False}, "axis": {"grid": True}}
    hover = [
        linked.told("strength", "strength", "+.2f"),
        linked.told("mean", "mean", "+.3f"),
        linked.told("standard deviation", "sd", ".3f"),
        linked.told("monotone curve", "text"),
    ]
    layers: list[Spec] = [
        {
            "mark": {"type": "area", "color": theme.PALE, "aria": False},
            "encoding": {"x": x, "y": number_field("low", **y), "y2": {"field": "high"}},
        },
        {
            "mark": {"type": "line", "color": theme.CURVE, "strokeWidth": 2, "aria": False},
            "encoding": {"x": x, "y": number_field("curve", **y)},
        },
        {
            "mark": rule(color=theme.CURVE),
            "encoding": {"x": x, "y": number_field("least", **y), "y2": {"field": "most"}},
        },
        {
            "mark": dot(50) | {"color": theme.CURVE},
            "encoding": {"x": x, "y": number_field("mean", **y), "tooltip": hover},
        },
    ]
    text = linked.estimate("text", "curve", "low", "high")
    layers += _gap(explained, y) if explained else []
    return {"data": {"values": values}, "transform": [text], "layer": layers}


def _gap(explained: Mapping[str, Any], y: Mapping[str, Any]) -> list[Spec]:
    """The measured gap across the panel, and the strengths that explain it."""
    gap = explained["gap"]
    lines = [{"at": gap["value"]}, {"at": gap["low"]}, {"at": gap["high"]}]
    at = number_field("at", **y)
    layers: list[Spec] = [
        {
            "data": {"values": lines[:1]},
            "mark": rule(color=theme.CHOSEN, strokeWidth=2),
            "encoding": {"y": at},
        },
        {
            "data": {"values": lines[1:]},
            "mark": rule(color=theme.CHOSEN, strokeDash=theme.CHOSEN_DASH),
            "encoding": {"y": at},
        },
    ]
    if known(explained["low"]) and known(explained["high"]):
        span = {"data": {"values": [{"from": explained["low"], "to": explained["high"]}]}}
        band = {"type": "rect", "color": theme.CHOSEN, "opacity": 0.15, "aria": False}
        encoding = {"x": number_field("from", **_X), "x2": {"field": "to"}}
        layers.append(span | {"mark": band, "encoding": encoding})
    return layers


def _found(document: Mapping[str, Any]) -> Spec:
    values = [
        {"strength": row["strength"], "test": test, "share": row["found"][test], "trials": row["trials"]}
        for row in document["strengths"]
        for test in _TESTS
    ]
    of, shape = told("test", _TESTS, (theme.CURVE, theme.CHOSEN, theme.SUGGESTED), ("circle", "diamond", "square"))
    alpha = document["settings"]["alpha"]
    x = number_field("strength", **_X)
    axis = {"format": ".0%", "grid": True}
    y = number_field("share", title=f"trials with p < {alpha:g}", axis=axis, scale={"domain": [0, 1]})
    line = {"type": "line", "strokeWidth": 2, "aria": False}
    hover = [
        linked.told("test", "test"),
        linked.told("strength", "strength", "+.2f"),
        linked.told("share of trials", "share", ".1%"),
        linked.told("trials", "trials", ",d"),
    ]
    return {
        "data": {"values": values},
        "layer": [
            {"mark": line, "encoding": {"x": x, "y": y, "color": of}},
            {"mark": dot(60), "encoding": {"x": x, "y": y, "color": of, "shape": shape, "tooltip": hover}},
            {
                "data": {"values": [{"at": alpha}]},
                "mark": rule(color=theme.MUTED, strokeDash=[4, 4]),
                "encoding": {"y": number_field("at", title=f"trials with p < {alpha:g}")},
            },
        ],
    }
