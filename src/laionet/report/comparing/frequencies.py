"""Frequency of each class in a dataset, in descending order (paper, Figure 4)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from laionet.report import linked, theme
from laionet.report.comparing.by_class import CURVE_HEIGHT, NAMED, named_rows, order_axis, reach
from laionet.report.comparing.drawing import WIDE, dot, figure, number_field, rule
from laionet.report.panels import Spec
from laionet.report.words import count, number, shown

#: The axis is logarithmic where frequencies above zero span more than this.
_SPAN = 30
#: Height of a line of text, pixels.
_LINE = 15
_SHARE = {"format": "~%", "grid": True}
_TOOLTIP = [
    linked.told("class", "name"),
    linked.told("samples", "n", ",d"),
    linked.told("share", "share", ".3~%"),
    linked.told("times the uniform share", "times", ".3~r"),
]


def frequencies_figure(rows: Sequence[Mapping[str, Any]], title: str) -> Spec:
    """Share of each class, the most frequent first, with a line where all would be alike; linked.

    Args:
        rows: of all classes, those without a sample too: ``wnid``, ``name``, ``n``.
        title: what the dataset is called.
    """
    total, most = sum(row["n"] for row in rows), sorted(rows, key=lambda row: (-row["n"], row["wnid"]))
    uniform = 1 / len(rows) if rows else 0.0
    values = [
        {
            "wnid": row["wnid"],
            "name": shown(row["name"], 30),
            "n": row["n"],
            "share": linked.rounded(row["n"] / total) if total else 0.0,
        }
        for row in most
    ]
    times = {"calculate": f"datum.share * {len(rows)}", "as": "times"}
    if len(values) <= NAMED:
        return _rows(values, uniform, title, times)
    return _curve(values, uniform, title, times)


def _rows(values: Sequence[Spec], uniform: float, title: str, times: Spec) -> Spec:
    """A row a class, from zero to its share."""
    text = [f"share of the {_samples(values)} of", title]
    x = number_field("share", title=text, axis=_SHARE | {"tickCount": 5}, scale=reach(values, "share"))
    bar = {"x": x, "x2": {"datum": 0}, "tooltip": _TOOLTIP}
    marks: list[Spec] = [
        {"mark": rule(color=theme.FILL, strokeWidth=5), "encoding": bar},
        {
            "mark": dot(50) | {"color": theme.CURVE, "cursor": "pointer"},
            "encoding": {"x": x, "tooltip": _TOOLTIP},
        },
    ]
    spec = named_rows(values, marks, "share", _TOOLTIP, [times])
    level = {
        "data": {"values": [{"uniform": uniform}]},
        "mark": rule(color=theme.CHOSEN, strokeDash=theme.CHOSEN_DASH, strokeWidth=2),
        "encoding": {"x": number_field("uniform"), "y": {"value": 0}, "y2": {"value": "height"}},
    }
    return spec | {"layer": [*spec["layer"], level]}


def _curve(values: Sequence[Spec], uniform: float, title: str, times: Spec) -> Spec:
    """All classes from left to right; a class without a sample has no place on a logarithmic axis."""
    some = [value["share"] for value in values if value["share"] > 0]
    log = bool(some) and max(some) > _SPAN * min(some)
    empty = len(values) - len(some)
    lowest = min([*some, uniform]) if log else 0.0
    scale = {"type": "log", "domain": [lowest, max(some)], "nice": False} if log else reach(values, "share")
    powers = range(math.floor(math.log10(lowest)), 1) if log else ()
    axis = _SHARE | ({"values": [10.0**power for power in powers]} if log else {"tickCount": 6})
    y_title = [f"share of the {_samples(values)} of", f"{title}{', log scale' if log else ''}"]
    y = number_field("share", title=y_title, scale=scale, axis=axis)
    without = f"; {count(empty, 'class')} without a sample" if empty else ""
    x = order_axis(f"classes, from the most frequent to the least{without}")
    drawn = [{"filter": "datum.share > 0"}] if log else []
    # Classes without a sample have no height, but a place among the others.
    height = {"calculate": "datum.share > 0 ? datum.share : null" if log else "datum.share", "as": "height"}
    line = {"type": "line", "interpolate": "step", "color": theme.CURVE, "strokeWidth": 2, "aria": False}
    at = linked.place("x", "row"), linked.place("y", "share")
    layers: list[Spec] = [
        _uniform(uniform, y),
        {"mark": line, "encoding": {"x": x, "y": y | {"field": "height"}}},
        *_names(_labelled(values, y_from=lowest, uniform=uniform, log=log), *at),
        linked.catcher("classes", x, _TOOLTIP),
        *linked.ring(*at, size=110, dy=(-12, 14), transform=[linked.only_picked(), *drawn]),
    ]
    transform = [*linked.ranked(), times, height]
    return linked.linked(figure(values, layers, width=WIDE, height=CURVE_HEIGHT, transform=transform))


def _samples(values: Sequence[Spec]) -> str:
    return f"{number(sum(value['n'] for value in values))} samples"


def _uniform(uniform: float, y: Spec) -> Spec:
    """A layer: the share that each class would have, were all alike."""
    return {
        "data": {"values": [{"uniform": uniform}]},
        "mark": rule(color=theme.CHOSEN, strokeDash=theme.CHOSEN_DASH, strokeWidth=2),
        "encoding": {"y": y | {"field": "uniform"}},
    }


def _labelled(values: Sequence[Spec], *, y_from: float, uniform: float, log: bool) -> list[str]:
    """Wnids of classes that are named: as many as have room above the curve, which falls to the right."""
    top = max((value["share"] for value in values), default=0.0)
    if not top:
        return []
    span = math.log(top / y_from) if log else top

    def below_top(share: float) -> float:
        return (math.log(top / share) if log else top - share) / span * CURVE_HEIGHT

    level = below_top(uniform)
    found: list[str] = []
    taken: list[tuple[float, float, float]] = []
    for at, value in enumerate(values):
        if not value["share"]:
            break
        x = (at + 0.5) / len(values) * WIDE
        left, right, y = x + 8, x + 8 + len(value["name"]) * theme.LETTER, below_top(value["share"]) - 8
        clear = abs(y - level) >= _LINE / 2 and all(
            abs(y - other) >= _LINE or left > end or right < start for start, end, other in taken
        )
        apart = not taken or y - taken[-1][2] >= _LINE or x - taken[-1][0] > 90
        if clear and apart and right <= WIDE:
            taken.append((x, right, y))
            found.append(value["wnid"])
    return found


def _names(labelled: Sequence[str], x: str, y: str) -> list[Spec]:
    """Layers: some classes by name, each with a dot on the curve; a filter keeps those that it lets through.

    Args:
        labelled: wnids.
        x, y: expressions of the place.
    """
    text = {"type": "text", "align": "left", "baseline": "middle", "dx": 7, "dy": -8, "color": theme.INK}
    chosen = {"filter": {"field": "wnid", "oneOf": list(labelled)}}
    at = {"x": linked.put(x), "y": linked.put(y)}
    return [
        {"transform": [chosen], "mark": dot(24) | {"color": theme.CURVE}, "encoding": at},
        {
            "transform": [chosen, linked.not_picked()],
            "mark": text | {"fontSize": theme.LABEL_SIZE, "aria": False},
            "encoding": at | {"text": {"field": "name", "type": "nominal"}},
        },
    ]
