"""Recalls of classes against what they go with: similarity and frequency (paper, Figures 7 and 20)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from laionet.report import linked, theme
from laionet.report.comparing.distributions import trend_bins, trend_line, trend_means
from laionet.report.comparing.drawing import HEIGHT, less, number_field
from laionet.report.comparing.numbers import known
from laionet.report.diagnosing.beside import beside
from laionet.report.panels import Spec
from laionet.report.words import shown

#: What a comparison's trends call the two things that recalls are held against, and the gap.
DISPARITY: Final = "similarity in A less in B"
FREQUENCY: Final = "log10 frequency in A"
GAP: Final = "recall on A less on B"
#: Panels at most.
MODELS: Final = 4


def recall_figure(rows: Sequence[Mapping[str, Any]], parts: Sequence[Mapping[str, Any]], a: str, b: str) -> Spec:
    """A panel a model: a dot a class, means over bins with their intervals, and the line through all; linked.

    A filter by subtree reaches the dots; means and line are of all classes.

    Args:
        rows: the classes of a report.
        parts: trends of a comparison, all of one x and y, ``MODELS`` at most.
        a, b: what the datasets are called.
    """
    if not parts:
        return _together([], [], a, b)
    encoder = next((name for row in rows for name in row["similarity"]), None)
    return _together(parts, _values(rows, parts, encoder), a, b)


def _values(
    rows: Sequence[Mapping[str, Any]], parts: Sequence[Mapping[str, Any]], encoder: str | None
) -> list[Spec]:
    """The classes that have an x, each with its numbers under the models: ``m0``, ``m1``, ...: y and two more."""
    values = []
    for row in rows:
        x = _x(row, parts[0]["x"], encoder)
        if not known(x):
            continue
        value = {name: linked.rounded(row[name]) for name in ("wnid", "n_a", "n_b")}
        value |= {"name": shown(row["name"], 30), "x": linked.rounded(x)}
        for at, part in enumerate(parts):
            found = row["recall"].get(f"{part['use']}/{part['model']}", {})
            keys = ("gap", "low", "high") if part["y"] == GAP else ("a", "b", "gap")
            value[f"m{at}"] = [round(found[key], 3) if known(found.get(key)) else None for key in keys]
        values.append(value)
    return values


def _x(row: Mapping[str, Any], name: str, encoder: str | None) -> Any:
    if name == FREQUENCY:
        return math.log10(row["n_a"]) if row["n_a"] else None
    return row["similarity"].get(encoder, {}).get("difference")


def _together(parts: Sequence[Mapping[str, Any]], values: list[Spec], a: str, b: str) -> Spec:
    bounds = _bounds(parts, values)
    spec = beside([_panel(at, part, values, bounds, a, b) for at, part in enumerate(parts)])
    # One table for all panels: the marks of a class differ by a model's column alone.
    return linked.linked(spec | {"columns": 2, "datasets": {"classes": values}})


def _bounds(parts: Sequence[Mapping[str, Any]], values: Sequence[Spec]) -> tuple[float, float]:
    """One y axis for all panels: of recalls 0 to 1, of gaps what there is, to the tenth outwards."""
    if not parts or parts[0]["y"] != GAP:
        return 0.0, 1.0
    places = [0.0, *(one for at in range(len(parts)) for value in values if known(one := value[f"m{at}"][0]))]
    places += [bin[key] for part in parts for bin in trend_bins(part, -1.0) for key in ("low", "high")]
    return math.floor(10 * min(places)) / 10, math.ceil(10 * max(places)) / 10 or 0.1


def _panel(
    at: int, part: Mapping[str, Any], values: Sequence[Spec], bounds: tuple[float, float], a: str, b: str
) -> Spec:
    gap, name = part["y"] == GAP, f"m{at}"
    places = [value["x"] for value in values if value[name][0] is not None]
    title = ["gap in recall:", *less(a, b)] if gap else [f"recall on {a}"]
    x = _frequency_axis(places, a) if part["x"] == FREQUENCY else _disparity_axis(places, a, b)
    axis = {"format": ".0%", "grid": True, "tickCount": 5}
    y = number_field("y", title=title, axis=axis, scale={"domain": list(bounds), "nice": False})
    found = [{"calculate": f"datum.{name}[0]", "as": "y"}, {"filter": "isValid(datum.y)"}, *_texts(name, gap)]
    dots = {"type": "point", "filled": True, "size": 28, "opacity": 0.55, "aria": False, "cursor": "pointer"}
    of_class: Spec = {"data": {"name": "classes"}}
    each = of_class | {
        "transform": [linked.inside(), *found],
        "mark": dots | {"color": theme.FILL},
        "encoding": {"x": x, "y": y, "tooltip": _tooltip(a, b, gap, part["x"])},
    }
    where = linked.place("x", "x", name), linked.place("y", "y", name)
    rings = linked.ring(*where, panel=name, size=110, transform=[linked.only_picked(), *found])
    line = trend_line(part, _ends(part, places, bounds), x, y)
    bins = {"data": {"values": trend_bins(part, -1.0 if gap else 0.0)}}
    layers = [
        each,
        *([line] if line else []),
        *(bins | one for one in trend_means(x, y)),
        *(of_class | one for one in rings),
    ]
    model = shown(part["model"].rpartition("/")[2] or part["model"], 40)
    return {
        "name": name,
        "title": {"text": model, "fontSize": 13, "offset": 12},
        "height": HEIGHT,
        "layer": layers,
    }


def _disparity_axis(places: Sequence[float], a: str, b: str) -> Spec:
    title = ["similarity within the class:", *less(a, b)]
    return number_field("x", title=title, scale=_reach(places), axis={"tickCount": 6})


def _frequency_axis(places: Sequence[float], a: str) -> Spec:
    """Logarithms, written as the numbers that they are of: 1, 2, 5, 10; where there are many, powers of ten."""
    scale = _reach(places)
    low, high = scale["domain"]
    heads = (1, 2, 5) if high - low < 2 else (1,)
    ticks = [math.log10(head) + power for power in range(math.floor(low), math.ceil(high) + 1) for head in heads]
    inside = [round(tick, 6) for tick in ticks if low - 0.05 <= tick <= high + 0.05]
    axis = {"values": inside, "labelExpr": "format(pow(10, datum.value), ',.0f')"}
    return number_field("x", title=f"images of the class in {a}, log scale", scale=scale, axis=axis)


def _reach(places: Sequence[float]) -> Spec:
    """A scale over all classes: a filter leaves the axis as it is."""
    low, high = (min(places), max(places)) if places else (0.0, 1.0)
    room = 0.04 * (high - low) or 0.1
    return {"domain": [low - room, high + room], "nice": False, "zero": False}


def _ends(part: Mapping[str, Any], places: Sequence[float], bounds: tuple[float, float]) -> list[float]:
    """Where the line begins and ends: at the outer classes, or where it leaves the plot."""
    slope, start = part["slope"]["value"], part["intercept"]["value"]
    if not places or not known(slope) or not known(start):
        return []
    ends = [min(places), max(places)]
    if slope:
        low, high = sorted((bound - start) / slope for bound in bounds)
        ends = [min(max(end, low), high) for end in ends]
    return ends if ends[0] < ends[1] else []


def _texts(name: str, gap: bool) -> list[Spec]:
    found = [{"calculate": f"datum.{name}[{k}]", "as": field} for k, field in enumerate(("m_0", "m_1", "m_2"))]
    text = (
        linked.estimate("text", "m_0", "m_1", "m_2", "+.1%") if gap else {"calculate": "datum.m_0", "as": "text"}
    )
    return [*found, text]


def _tooltip(a: str, b: str, gap: bool, against: str) -> list[Spec]:
    if gap:
        measured = [linked.told("gap in recall", "text")]
    else:
        measured = [linked.told(f"recall, {a}", "m_0", ".1%"), linked.told(f"recall, {b}", "m_1", ".1%")]
    x = [] if against == FREQUENCY else [linked.told("difference of similarity", "x", "+.3f")]
    return [
        linked.told("class", "name"),
        linked.told(f"images, {a}", "n_a", ",d"),
        linked.told(f"images, {b}", "n_b", ",d"),
        *x,
        *measured,
    ]
