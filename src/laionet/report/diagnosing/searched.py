"""What searching by text finds, over the threshold (paper, Figure 18), and how its images compare (Figure 10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laionet.report import linked, theme
from laionet.report.comparing.by_class import similarity_figure
from laionet.report.comparing.distributions import density_figure
from laionet.report.comparing.drawing import WIDTH, dot, number_field, rule, told, upright_at
from laionet.report.comparing.numbers import known
from laionet.report.diagnosing.beside import beside
from laionet.report.panels import Spec
from laionet.report.words import shown

_COSINE = "similarity of texts, above"
#: What a figure has once, whatever its panels.
_OF_WHOLE = ("$schema", "config", "params", "datasets")
_SIDES = (("share_lower", "lower"), ("share_higher", "higher"))


def searched_figure(document: Mapping[str, Any], encoder: str | None = None) -> Spec:
    """Classes and samples over the threshold; where images are known, shares of classes, pairs and classes.

    Args:
        document: as ``diagnose_searched`` returns it.
        encoder: whose similarities of images; None for the first.
    """
    sweep, at = document["sweep"], document["settings"]["threshold"]
    datasets: Spec = {}
    panels = [_counts(sweep, "classes", at), _counts(sweep, "samples", at)]
    parts = document["similarity"]
    part = next((one for one in parts if one["encoder"] == encoder), parts[0] if parts else None)
    if part:
        names = shown(document["title"], 24), shown(document["reference"]["title"], 24)
        panels.append(_shares(part, names[0], at))
        if part["distribution"]["edges"]:
            what = "cosine of two images of a class"
            density = density_figure(part["distribution"], names, what, part["classes"], panel="pairs")
            panels.append(_panel(density) | {"width": WIDTH})
            datasets |= density.get("datasets", {})
        if part["classes"]:
            alpha = document["settings"]["alpha"]
            panels.append(_panel(similarity_figure(part["classes"], *names, alpha=alpha, panel="by_class")))
    spec = beside(panels) | ({"datasets": datasets} if datasets else {})
    return linked.linked(spec) if part and part["classes"] else spec


def _panel(spec: Spec) -> Spec:
    """A figure as a part of another: its configuration, parameters and named data are those of the whole."""
    return {name: value for name, value in spec.items() if name not in _OF_WHOLE}


def _counts(sweep: Sequence[Mapping[str, Any]], key: str, at: float) -> Spec:
    values = [{"x": row["threshold"], "y": row[key], "texts": row["texts"]} for row in sweep]
    axis = {"grid": True, "tickMinStep": 1, "format": ",d"}
    y = number_field("y", title=f"{key} found", axis=axis, scale={"domainMin": 0})
    encoding = {"x": _threshold(), "y": y}
    line = {"type": "line", "strokeWidth": 2, "color": theme.CURVE, "aria": False}
    hover = [
        linked.told("threshold", "x", ".2f"),
        linked.told(key, "y", ",d"),
        linked.told("texts that found one", "texts", ",d"),
    ]
    marks: list[Spec] = [
        {"mark": line, "encoding": encoding},
        {"mark": dot(40) | {"color": theme.CURVE}, "encoding": encoding | {"tooltip": hover}},
    ]
    return {"data": {"values": values}, "layer": [*marks, upright_at(at)]}


def _shares(part: Mapping[str, Any], name: str, at: float) -> Spec:
    values = [
        {"x": row["threshold"], "of": f"{name} {word}", "share": row[key]["value"], "judged": row["judged"]}
        | {end: row[key][end] for end in ("low", "high")}
        for row in part["sweep"]
        for key, word in _SIDES
        if known(row[key]["value"])
    ]
    of, shape = told(
        "of", [f"{name} {word}" for _, word in _SIDES], (theme.CURVE, theme.CHOSEN), ("circle", "diamond")
    )
    x, title = _threshold(), "classes, significant"
    y = number_field("share", title=title, axis={"format": ".0%", "grid": True}, scale={"domainMin": 0})
    bars = {"x": x, "y": number_field("low", title=title), "y2": {"field": "high"}, "color": of}
    line = {"type": "line", "strokeWidth": 2, "aria": False}
    hover = [
        linked.told("threshold", "x", ".2f"),
        linked.told("significant", "of"),
        linked.told("share of classes", "text"),
        linked.told("classes", "judged", ",d"),
    ]
    marks: list[Spec] = [
        {"mark": rule(strokeWidth=2), "encoding": bars},
        {"mark": line, "encoding": {"x": x, "y": y, "color": of}},
        {"mark": dot(60), "encoding": {"x": x, "y": y, "color": of, "shape": shape, "tooltip": hover}},
    ]
    text = linked.estimate("text", "share", "low", "high", ".1%")
    return {"data": {"values": values}, "transform": [text], "layer": [*marks, upright_at(at)]}


def _threshold() -> Spec:
    return number_field("x", title=_COSINE, scale={"zero": False, "nice": False, "padding": 8})
