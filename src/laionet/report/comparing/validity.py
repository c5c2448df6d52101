"""Our interval of each class beside the one that the paper's scripts compute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laionet.report import linked, theme
from laionet.report.comparing.by_class import (
    CURVE_HEIGHT,
    NAMED,
    clickable,
    named_rows,
    order_axis,
    picked_bar,
    reach,
    solid,
    thin_bars,
)
from laionet.report.comparing.drawing import WIDE, coloured, dot, figure, less, level_at, number_field, rule
from laionet.report.comparing.numbers import known
from laionet.report.panels import Spec
from laionet.report.words import shown

_OURS, _PAPER = "this report's interval", "the paper's interval"
_KEYS = ("difference", "low", "high", "paper_low", "paper_high")
_TOOLTIP = [
    linked.told("class", "name"),
    linked.told("difference (this report's interval)", "text"),
    linked.told("difference (the paper's interval)", "paper_text"),
]
_TEXTS = [
    linked.estimate("text", "difference", "low", "high"),
    linked.estimate("paper_text", "difference", "paper_low", "paper_high"),
]


def validity_figure(rows: Sequence[Mapping[str, Any]], a: str, b: str, what: str = "mean cosine") -> Spec:
    """Difference A less B of each class with both intervals, from the lowest difference to the highest; linked.

    Args:
        rows: ``wnid``, ``name``, ``difference``, ``low``, ``high``, ``paper_low``, ``paper_high``.
        a, b: what the datasets are called.
        what: is compared.
    """
    values = [
        {"wnid": row["wnid"], "name": shown(row["name"], 30)} | {key: linked.rounded(row[key]) for key in _KEYS}
        for row in sorted(rows, key=lambda row: row["difference"])
        if all(known(row[key]) for key in _KEYS)
    ]
    title = [f"difference of {what}:", *less(a, b)]
    return _curve(values, title) if len(values) > NAMED else _rows(values, title)


def _of(name: str) -> Spec:
    """An encoding: the colour of an interval, with a legend of both."""
    found = solid(coloured("", (_OURS, _PAPER), (theme.CURVE, theme.CHOSEN)))
    return {key: value for key, value in found.items() if key != "field"} | {"datum": name}


def _rows(values: Sequence[Spec], title: Sequence[str]) -> Spec:
    """A row a class, ours above and the paper's below the middle of the row."""
    marks: list[Spec] = []
    for name, low, high, up, width in (
        (_OURS, "low", "high", -3, 2.0),
        (_PAPER, "paper_low", "paper_high", 3, 3.5),
    ):
        at = number_field(low, title=title, scale=reach(values, *_KEYS))
        bar = {"x": at, "x2": {"field": high}, "color": _of(name), "tooltip": _TOOLTIP}
        marks.append({"mark": rule(strokeWidth=width, yOffset=up), "encoding": bar})
    point = {"x": number_field("difference"), "tooltip": _TOOLTIP}
    marks.append({"mark": dot(30) | clickable(_TOOLTIP) | {"color": theme.INK}, "encoding": point})
    return named_rows(values, marks, "difference", _TOOLTIP, _TEXTS)


def _curve(values: Sequence[Spec], title: Sequence[str]) -> Spec:
    """Thin bars side by side: ours pale and wide, the paper's dark on top."""
    x = order_axis("classes, from the lowest difference to the highest")
    transform, wide = thin_bars(values, _TOOLTIP)
    low = number_field("low", title=title, axis={"grid": True}, scale=reach(values, *_KEYS))
    layers: list[Spec] = []
    for name, bottom, top, opacity in ((_OURS, "low", "high", 0.35), (_PAPER, "paper_low", "paper_high", 0.9)):
        bar = {"x": x, "y": low | {"field": bottom}, "y2": {"field": top}, "color": _of(name)}
        layers.append({"mark": rule(opacity=opacity), "encoding": bar | wide})
    layers += [level_at(0), linked.catcher("classes", x, _TOOLTIP), *picked_bar()]
    spec = figure(values, layers, width=WIDE, height=CURVE_HEIGHT, transform=[*transform, *_TEXTS])
    return linked.linked(spec)
