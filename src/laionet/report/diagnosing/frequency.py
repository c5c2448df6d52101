"""Shares of classes significantly lower and higher against selection frequency (paper, Figures 8b and 8c)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laionet.report import linked, theme
from laionet.report.comparing.drawing import dot, number_field, rule, told
from laionet.report.comparing.numbers import known
from laionet.report.diagnosing.beside import beside
from laionet.report.panels import Spec
from laionet.report.words import shown

#: Shares are of classes where the reference is lower, or higher, than the version.
_SIDES = (("share_lower", "lower"), ("share_higher", "higher"))


def frequency_figure(document: Mapping[str, Any], encoder: str | None = None) -> Spec:
    """A panel a reference: shares of classes where it is significantly lower, higher than each version.

    Args:
        document: as ``diagnose_frequency`` returns it.
        encoder: which one's numbers; None for the first.
    """
    parts = document["encoders"]
    part = next((one for one in parts if one["encoder"] == encoder), parts[0])
    return beside([_panel(one) for one in part["references"]])


def _panel(reference: Mapping[str, Any]) -> Spec:
    name = shown(reference["title"], 24)
    values = [
        {
            "frequency": row["frequency"],
            "of": f"{name} {word}",
            "version": shown(row["title"], 40),
            "judged": row["judged"],
            "share": row[key]["value"],
            **{end: row[key][end] for end in ("low", "high")},
        }
        for row in reference["versions"]
        for key, word in _SIDES
        if known(row[key]["value"]) and known(row["frequency"])
    ]
    of, shape = told(
        "of", [f"{name} {word}" for _, word in _SIDES], (theme.CURVE, theme.CHOSEN), ("circle", "diamond")
    )
    x = number_field(
        "frequency",
        title="mean selection frequency",
        scale={"zero": False, "nice": False, "padding": 12},
        axis={"tickCount": 7},
    )
    axis = {"format": ".0%", "grid": True}
    y = number_field("share", title="classes, significant", axis=axis, scale={"domainMin": 0})
    interval = {
        "x": x,
        "y": number_field("low", title="classes, significant"),
        "y2": {"field": "high"},
        "color": of,
    }
    line = {"type": "line", "strokeWidth": 2, "aria": False}
    hover = [
        linked.told("version", "version"),
        linked.told("selection frequency", "frequency", ".3f"),
        linked.told("significant", "of"),
        linked.told("share of classes", "text"),
        linked.told("classes", "judged", ",d"),
    ]
    return {
        "data": {"values": values},
        "transform": [linked.estimate("text", "share", "low", "high", ".1%")],
        "layer": [
            {"mark": rule(strokeWidth=2), "encoding": interval},
            {"mark": line, "encoding": {"x": x, "y": y, "color": of}},
            {"mark": dot(70), "encoding": {"x": x, "y": y, "color": of, "shape": shape, "tooltip": hover}},
        ],
    }
