"""Linked figures: a class chosen in one is marked in all, and a filter by subtree reaches each of them.

A linked figure has two top-level parameters of Vega-Lite, which are signals of its view: ``picked``, the wnid of
the chosen class or "" for none, and ``within``, null or an object whose keys are the wnids that a filter lets
through, each with the value 1. The page sets them; marks of a class carry its ``wnid`` in their datum, so that a
click says which class it was. All expressions are made here and in the figures, and none holds foreign text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from laionet.report import theme
from laionet.report.comparing.drawing import number_field
from laionet.report.comparing.numbers import known
from laionet.report.panels import Spec
from laionet.report.words import shown

PICKED: Final = "picked"
WITHIN: Final = "within"

#: Significant digits of the numbers in a specification: no figure shows more, and a page stays small.
DIGITS: Final = 5
#: Layers whose name ends so catch the pointer and are not drawn on paper (``panels.still``).
CATCHER: Final = "_pointer"

#: Whether the filter lets a row through. A class whose identifier is a property that every object has, such as
#: "constructor", is let through by its 1 alone.
INSIDE: Final = f"({WITHIN} === null || {WITHIN}[datum.wnid] === 1)"
_IS_PICKED: Final = f"datum.wnid === {PICKED}"


def linked(spec: Spec) -> Spec:
    """The specification with the two parameters, before those that it has."""
    return spec | {
        "params": [
            {"name": PICKED, "value": ""},
            {"name": WITHIN, "value": None},
            *spec.get("params", []),
        ]
    }


def is_linked(spec: Mapping[str, Any]) -> bool:
    """Whether a specification has the parameters ``picked`` and ``within``."""
    return {PICKED, WITHIN} <= {param.get("name") for param in spec.get("params", [])}


def all_classes(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether each row says which class it is of, so that its marks can be linked."""
    return bool(rows) and all("wnid" in row for row in rows)


def inside() -> Spec:
    """A transform: the rows that the filter lets through."""
    return {"filter": INSIDE}


def inside_or_picked() -> Spec:
    """A transform: the rows that the filter lets through, and the chosen class whether it does or not."""
    return {"filter": f"{INSIDE} || {_IS_PICKED}"}


def only_picked() -> Spec:
    """A transform: the rows of the chosen class."""
    return {"filter": _IS_PICKED}


def not_picked() -> Spec:
    """A transform: the rows of all classes but the chosen one."""
    return {"filter": f"datum.wnid !== {PICKED}"}


def none_picked() -> Spec:
    """A transform: all rows while no class is chosen, none else."""
    return {"filter": f"{PICKED} === ''"}


def ranked() -> list[Spec]:
    """Transforms: rows that are let through get a new ``row`` from 1, in the order of the data; ``let_through`` is
    how many they are.
    """
    return [
        inside_or_picked(),
        {"window": [{"op": "row_number", "as": "row"}]},
        {"joinaggregate": [{"op": "count", "as": "let_through"}]},
    ]


def put(expression: str) -> Spec:
    """An encoding: a mark stands at so many pixels, whatever the scales are."""
    return {"value": {"expr": expression}}


def place(channel: str, field: str, panel: str = "") -> str:
    """An expression: where a field's value stands on the scale of a channel, pixels.

    Marks of the chosen class stand there by expression and not by field: while there are none, a field
    would have the scale ask for the extent of nothing.

    Args:
        channel: x or y.
        field: numbers on a continuous scale, or the rows of an ordinal one.
        panel: name of the view where it is a part of a concatenation, because its scales are called after it.
    """
    scale = f"{panel}_{channel}" if panel else channel
    return f"scale('{scale}', datum['{field}']) + bandwidth('{scale}') / 2"


def ring(
    x: str,
    y: str,
    *,
    panel: str = "",
    size: int = 170,
    dy: tuple[int, int] = (-9, -9),
    transform: Sequence[Spec] = (),
) -> list[Spec]:
    """Layers: a ring around the mark of the chosen class with the name beside it; drawn last they are on top.

    Args:
        x, y: expressions of the place, as ``place`` gives them.
        panel: as ``place`` has it.
        size: area of the ring, square pixels.
        dy: as ``name_beside`` has it.
        transform: that finds the row; by default the row of the chosen class.
    """
    mark = {"type": "point", "filled": False, "size": size, "strokeWidth": 2.5, "opacity": 1, "aria": False}
    mark["color"] = theme.CHOSEN
    return [
        {"transform": list(transform) or [only_picked()], "mark": mark, "encoding": {"x": put(x), "y": put(y)}},
        *name_beside(x, y, panel=panel, dy=dy, transform=transform),
    ]


def name_beside(
    x: str,
    y: str,
    *,
    panel: str = "",
    dx: int = 12,
    dy: tuple[int, int] = (-9, -9),
    transform: Sequence[Spec] = (),
) -> list[Spec]:
    """Layers: the name of the chosen class, towards the middle of the plot, so that it is not cut off.

    Under it is the same in the colour of the paper and bolder, so that it can be read over other marks.

    Args:
        x, y: expressions of the place.
        panel: as ``place`` has it.
        dx: how far aside, pixels.
        dy: how far down, where the name goes to the right and where it goes to the left: beside a curve that
            falls, there is room above it to the right, and below it to the left.
        transform: that finds the row; by default the row of the chosen class.
    """
    scale = f"{panel}_x" if panel else "x"
    right = f"{x} > range('{scale}')[1] / 2"
    text = {
        "type": "text",
        "align": {"expr": f"{right} ? 'right' : 'left'"},
        "dx": {"expr": f"{right} ? {-dx} : {dx}"},
        "dy": {"expr": f"{right} ? {dy[1]} : {dy[0]}"},
        "color": theme.INK,
        "fontSize": theme.LABEL_SIZE,
        "fontWeight": "bold",
        "limit": 220,
        "aria": False,
    }
    called = {"x": put(x), "y": put(y), "text": {"field": "name", "type": "nominal"}}
    found: Spec = {"transform": list(transform) or [only_picked()], "encoding": called}
    halo = {"color": theme.PAPER, "stroke": theme.PAPER, "strokeWidth": 4, "strokeJoin": "round"}
    return [found | {"mark": text | halo}, found | {"mark": text}]


def catcher(name: str, x: Spec, tooltip: Sequence[Spec]) -> Spec:
    """A layer of unseen bands as high as the plot, one a class around its ``row``: thin marks are hard to hit.

    Args:
        name: of the view; it must be the only one of that name in the figure.
        x: encoding of ``row``.
        tooltip: fields to show.
    """
    band = {"type": "rect", "opacity": 0, "aria": False, "cursor": "pointer"}
    return {
        "name": f"{name}{CATCHER}",
        "transform": [
            {"calculate": "datum.row - 0.5", "as": "before"},
            {"calculate": "datum.row + 0.5", "as": "after"},
        ],
        "mark": band,
        "encoding": {
            "x": x | {"field": "before"},
            "x2": {"field": "after"},
            "y": {"value": 0},
            "y2": {"value": "height"},
            "tooltip": list(tooltip),
        },
    }


def estimate(name: str, value: str, low: str, high: str, form: str = "+.3f") -> Spec:
    """A transform: number and interval as text, −0.373 (−0.496 to −0.250), as ``name``; a dash where unknown.

    Args:
        name: of the new field.
        value, low, high: fields.
        form: how d3 writes each of them.
    """
    text = " + ".join(
        (_text(value, form), "' ('", _text(low, form), "' to '", _text(high, form), "')'"),
    )
    unknown = f"!isValid(datum['{value}'])"
    half = f"!isValid(datum['{low}']) || !isValid(datum['{high}'])"
    return {"calculate": f"{unknown} ? '–' : {half} ? {_text(value, form)} : {text}", "as": name}


def probability(name: str, field: str) -> Spec:
    """A transform: a probability as text, < 0.001 or 0.012, as ``name``; a dash where unknown."""
    value = f"datum['{field}']"
    text = f"{value} < 0.001 ? '< 0.001' : format({value}, {value} < 0.0995 ? '.3f' : '.2f')"
    return {"calculate": f"!isValid({value}) ? '–' : {text}", "as": name}


def told(title: str, field: str, form: str = "") -> Spec:
    """A line of a tooltip: a text, or a number written in d3's way."""
    if not form:
        return {"field": field, "type": "nominal", "title": plain(title)}
    return number_field(field, title=plain(title), format=form)


def plain(text: str, longest: int = 60) -> str:
    """Foreign text fit for a tooltip's title, which Vega-Lite writes into an expression between quotes."""
    return shown(text, longest).replace("\\", "\u29f5").replace('"', "\u201d")


def rounded(value: Any) -> Any:
    """A number with ``DIGITS`` significant digits, None where it is none that is known; else as it is."""
    if isinstance(value, bool | int | str):
        return value
    return float(f"{value:.{DIGITS}g}") if known(value) else None


def _text(field: str, form: str) -> str:
    return f"format(datum['{field}'], '{form}')"
