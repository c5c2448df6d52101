"""The frontier of text and image thresholds, and how similarity within classes goes along it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laionet.report import linked, theme
from laionet.report.comparing.drawing import dot, level_at, number_field, rule
from laionet.report.comparing.numbers import known
from laionet.report.diagnosing.beside import beside
from laionet.report.panels import Spec
from laionet.report.words import count, shown


def frontier_figure(document: Mapping[str, Any], encoder: str | None = None) -> Spec:
    """Pairs of thresholds with the datasets along them; beside them the difference to a reference, if any.

    Args:
        document: as ``diagnose_frontier`` returns it.
        encoder: whose similarity; None for the first.
    """
    panels = [_pairs(document)]
    values = _differences(document, encoder)
    if values:
        panels.append(_similarity(values, shown(document["against"], 30)))
    return beside(panels)


def _pairs(document: Mapping[str, Any]) -> Spec:
    values = [row for row in document["frontier"] if known(row["text"]) and known(row["image"])]
    named = [row for row in document["named"] if known(row["text"]) and known(row["image"])]
    noun = "class" if document["keep"] == "classes" else "sample"
    x, y = _on("text", "text threshold (cosine)"), _on("image", "image threshold (cosine)", grid=True)
    place = {"x": x, "y": y}
    line = {"type": "line", "color": theme.CURVE, "strokeWidth": 2, "aria": False}
    hover = [
        linked.told("pair", "name"),
        linked.told("text threshold", "text", ".4f"),
        linked.told("image threshold", "image", ".4f"),
        linked.told("samples", "samples", ",d"),
        linked.told("classes", "classes", ",d"),
    ]
    return {
        "title": {"text": f"{count(document['wanted'], noun)} kept", "fontSize": 13, "offset": 12},
        "data": {"values": values},
        "layer": [{"mark": line, "encoding": place}, *_names(named, place, hover)],
    }


def _similarity(values: list[Spec], against: str) -> Spec:
    title = ["similarity within the class", f"less that of {against}"]
    x, y = _on("image", "image threshold (cosine)"), _on("value", title, grid=True)
    bars = {"x": x, "y": _on("low", title), "y2": {"field": "high"}}
    hover = [
        linked.told("pair", "name"),
        linked.told("image threshold", "image", ".4f"),
        linked.told(" ".join(title), "value", "+.3f"),
        linked.told("lowest", "low", "+.3f"),
        linked.told("highest", "high", "+.3f"),
    ]
    return {
        "data": {"values": values},
        "layer": [
            level_at(0),
            {"mark": rule(color=theme.CURVE, strokeWidth=2), "encoding": bars},
            *_names(values, {"x": x, "y": y}, hover),
        ],
    }


def _names(values: list[Any], place: Spec, hover: list[Spec]) -> list[Spec]:
    """Points with their names beside them, and their numbers at the pointer."""
    text = {"type": "text", "align": "left", "dx": 8, "dy": -8, "color": theme.INK, "fontSize": theme.LABEL_SIZE}
    called = {"text": {"field": "name", "type": "nominal"}}
    data = {"values": [{key: row[key] for key in row if key != "similarity"} for row in values]}
    return [
        {"data": data, "mark": dot(70) | {"color": theme.CHOSEN}, "encoding": place | {"tooltip": hover}},
        {"data": data, "mark": text, "encoding": place | called},
    ]


def _differences(document: Mapping[str, Any], encoder: str | None) -> list[Spec]:
    values: list[Spec] = []
    for row in document["named"]:
        parts = row["similarity"]
        part = next((one for one in parts if one["encoder"] == encoder), parts[0] if parts else None)
        difference = part["difference"] if part else None
        if difference and all(known(difference[key]) for key in ("value", "low", "high")) and known(row["image"]):
            ends = {key: difference[key] for key in ("value", "low", "high")}
            values.append({"name": row["name"], "image": row["image"], **ends})
    return values


def _on(name: str, title: str | list[str], grid: bool = False) -> Spec:
    scale = {"zero": False, "nice": False, "padding": 14}
    return number_field(name, title=title, scale=scale, axis={"tickCount": 6, "grid": grid})
