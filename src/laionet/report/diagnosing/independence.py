"""Independence of image and selection given the caption, class by class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laionet.report import theme
from laionet.report.comparing.drawing import dot, level_at, number_field, told
from laionet.report.comparing.numbers import known
from laionet.report.diagnosing.beside import beside
from laionet.report.panels import Spec

_FOUND = ("found", "not found")


def independence_figure(document: Mapping[str, Any]) -> Spec:
    """A panel an encoder: distance of chosen from other images of one caption, of each class, in rising order.

    Args:
        document: as ``diagnose_independence`` returns it.
    """
    return beside([_panel(part, document["settings"]["alpha"]) for part in document["encoders"]])


def _panel(part: Mapping[str, Any], alpha: float) -> Spec:
    rows = sorted((row for row in part["classes"] if known(row["distance"])), key=lambda row: row["distance"])
    values = [
        {"place": place, "distance": row["distance"], "of": _FOUND[0 if row["q"] < alpha else 1]}
        for place, row in enumerate(rows, 1)
    ]
    of, shape = told("of", _FOUND, (theme.CHOSEN, theme.CURVE), ("diamond", "circle"))
    x = number_field("place", title="classes, in rising order", scale={"zero": False, "padding": 8})
    title = ["squared distance of chosen from others", f"of one caption, {part['encoder']}"]
    y = number_field("distance", title=title, axis={"grid": True})
    return {
        "data": {"values": values},
        "layer": [
            {"mark": dot(40), "encoding": {"x": x, "y": y, "color": of, "shape": shape}},
            level_at(0),
        ],
    }
