"""Independence of image and selection given the caption, class by class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laionet.report import linked, theme
from laionet.report.comparing.by_class import order_axis, reach
from laionet.report.comparing.drawing import dot, level_at, number_field, told
from laionet.report.comparing.numbers import known
from laionet.report.diagnosing.beside import beside
from laionet.report.panels import Spec
from laionet.report.words import shown

_FOUND = ("found", "not found")


def independence_figure(document: Mapping[str, Any]) -> Spec:
    """A panel an encoder: distance of chosen from other images of one caption, of each class, in rising order.

    Args:
        document: as ``diagnose_independence`` returns it.
    """
    alpha, parts = document["settings"]["alpha"], document["encoders"]
    return linked.linked(beside([_panel(part, alpha, f"encoder{at}") for at, part in enumerate(parts)]))


def _panel(part: Mapping[str, Any], alpha: float, name: str) -> Spec:
    rows = sorted((row for row in part["classes"] if known(row["distance"])), key=lambda row: row["distance"])
    values = [
        {
            "wnid": row["wnid"],
            "name": shown(row["name"], 30),
            "rows": row["rows"],
            "distance": linked.rounded(row["distance"]),
            "q": linked.rounded(row["q"]),
            "of": _FOUND[0 if row["q"] < alpha else 1],
        }
        for row in rows
    ]
    of, shape = told("of", _FOUND, (theme.CHOSEN, theme.CURVE), ("diamond", "circle"))
    x = order_axis("classes, in rising order")
    title = ["squared distance of chosen from others", f"of one caption, {shown(part['encoder'], 30)}"]
    y = number_field("distance", title=title, scale=reach(values, "distance"))
    hover = [
        linked.told("class", "name"),
        linked.told("images", "rows", ",d"),
        linked.told("squared distance", "distance", ".4f"),
        linked.told("q", "q_text"),
    ]
    encoding = {"x": x, "y": y, "color": of, "shape": shape, "tooltip": hover}
    return {
        "name": name,
        "data": {"values": values},
        "transform": [*linked.ranked(), linked.probability("q_text", "q")],
        "layer": [
            {"mark": dot(40) | {"cursor": "pointer"}, "encoding": encoding},
            level_at(0),
            *linked.ring(linked.place("x", "row", name), linked.place("y", "distance", name), panel=name),
        ],
    }
