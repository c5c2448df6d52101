"""Difference of similarity class by class (paper, Figure 6b): each class with its own interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laionet.report import linked, theme
from laionet.report.comparing.drawing import WIDE, coloured, dot, figure, less, level_at, number_field, rule, told
from laionet.report.panels import Spec
from laionet.report.words import shown

#: So many classes at most are named one by one; more become a sorted curve.
NAMED = 60
#: Pixels from class to class where they are named; height of the curve.
STEP, CURVE_HEIGHT = 15, 300
_COLOURS, _SHAPES = (theme.CURVE, theme.MUTED), ("circle", "square")
_ESTIMATE = ("difference", "low", "high")


def similarity_figure(
    rows: Sequence[Mapping[str, Any]],
    a: str,
    b: str,
    *,
    alpha: float = 0.05,
    what: str = "mean cosine",
    panel: str = "",
) -> Spec:
    """Difference A less B by class, each with its own interval, as Vega-Lite; a curve above ``NAMED`` classes.

    Args:
        rows: ``name``, ``difference``, ``low``, ``high``, ``q``, in the order to draw; with ``wnid``, ``n_a``,
            ``n_b``, ``a``, ``b`` too, the figure is linked.
        a, b: what the datasets are called.
        alpha: false discovery rate that ``q`` is held against.
        what: is compared.
        panel: name of the view, where it becomes a part of a concatenation.
    """
    names = (f"q < {alpha:g}", "not significant")
    link = linked.all_classes(rows)
    values = [
        {
            "name": shown(row["name"], 30),
            "sure": names[0 if row["q"] is not None and row["q"] < alpha else 1],
            **{key: linked.rounded(row[key]) for key in _ESTIMATE},
            **(_more(row) if link else {"row": at}),
        }
        for at, row in enumerate(rows, 1)
    ]
    title = [f"difference of {what}:", *less(a, b)]
    tooltip = _tooltip(a, b, what) if link else None
    if len(values) > NAMED:
        return _curve(values, names, title, tooltip, panel)
    return _dots(values, names, title, tooltip, panel)


def _more(row: Mapping[str, Any]) -> Spec:
    """What a linked row has beyond the drawing."""
    return {key: linked.rounded(row.get(key)) for key in ("wnid", "n_a", "n_b", "a", "b", "q")}


def _tooltip(a: str, b: str, what: str) -> list[Spec]:
    return [
        linked.told("class", "name"),
        linked.told(f"images, {a}", "n_a", ",d"),
        linked.told(f"images, {b}", "n_b", ",d"),
        linked.told(f"{what}, {a}", "a", ".3f"),
        linked.told(f"{what}, {b}", "b", ".3f"),
        linked.told("difference", "text"),
        linked.told("q", "q_text"),
    ]


def texts() -> list[Spec]:
    """Transforms: the difference and q as tooltips write them, ``text`` and ``q_text``."""
    return [linked.estimate("text", *_ESTIMATE), linked.probability("q_text", "q")]


def _dots(
    values: Sequence[Spec], names: Sequence[str], title: Sequence[str], tooltip: Sequence[Spec] | None, panel: str
) -> Spec:
    sure, shape = told("sure", names, _COLOURS, _SHAPES)
    hover = {"tooltip": tooltip} if tooltip else {}
    low = number_field("low", title=title, scale=reach(values, "low", "high"))
    middle = {"x": number_field("difference"), "color": sure, "shape": shape}
    marks: list[Spec] = [
        {"mark": rule(strokeWidth=2), "encoding": {"x": low, "x2": {"field": "high"}, "color": sure} | hover},
        {"mark": dot(50) | clickable(tooltip), "encoding": middle | hover},
    ]
    return named_rows(values, marks, "difference", tooltip, texts(), panel=panel)


def named_rows(
    values: Sequence[Spec],
    marks: Sequence[Spec],
    ringed: str,
    tooltip: Sequence[Spec] | None,
    texts: Sequence[Spec],
    panel: str = "",
) -> Spec:
    """A row a class with its name beside the axis; the chosen one's name is bold and a ring stands at ``ringed``.

    Two classes may have one name, so that rows are told apart by number, and names are texts beside the axis.

    Args:
        values: ``name``, and ``row`` where the figure is not linked.
        marks: layers, with encodings of all but y.
        ringed: field that x has at the ring.
        tooltip: of the names; None for a figure that is not linked.
        texts: transforms that make what the tooltips show.
        panel: name of the view, where it becomes a part of a concatenation.
    """
    y: Spec = {"field": "row", "type": "ordinal", "title": None, "axis": {"grid": True, "labels": False}}
    line = {
        "data": {"values": [{"zero": 0}]},
        "mark": rule(color=theme.MUTED),
        "encoding": {"y": {"value": 0}, "y2": {"value": "height"}, "x": number_field("zero")},
    }
    on_rows = [one | {"encoding": one["encoding"] | {"y": y}} for one in marks]
    size: Spec = {"width": 280, "height": {"step": STEP}}
    if tooltip is None:
        return figure(values, [line, *on_rows, _name(y)], **size)
    others = {"transform": [linked.not_picked()]} | _name(y, tooltip)
    at = linked.place("x", ringed, panel), linked.place("y", "row", panel)
    chosen = linked.name_beside(*at)[-1]
    chosen["encoding"]["x"] = {"value": 0}
    chosen["mark"] |= {"align": "right", "dx": -8, "dy": 0, "limit": 180, "baseline": "middle"}
    layers = [line, *on_rows, linked.ring(*at)[0], others, chosen]
    spec = figure(values, layers, transform=[*linked.ranked(), *texts], **size)
    return linked.linked(spec | ({"name": panel} if panel else {}))


def _name(y: Spec, tooltip: Sequence[Spec] | None = None) -> Spec:
    text = {"type": "text", "align": "right", "dx": -8, "limit": 180, "color": theme.INK, "aria": False}
    name: Spec = {"x": {"value": 0}, "y": y, "text": {"field": "name", "type": "nominal"}}
    hover = {"tooltip": tooltip} if tooltip else {}
    return {
        "mark": text | {"fontSize": theme.LABEL_SIZE} | clickable(tooltip),
        "encoding": name | hover,
    }


def reach(values: Sequence[Spec], *names: str) -> Spec:
    """A scale from the lowest to the highest of some fields, and to zero: a filter leaves the axis as it is."""
    places = [0.0, *(value[name] for value in values for name in names if value[name] is not None)]
    low, high = min(places), max(places)
    return {"domain": [low, high if high > low else low + 1], "nice": True}


def clickable(tooltip: Sequence[Spec] | None) -> Spec:
    """What a mark of a class has in a linked figure."""
    return {"cursor": "pointer"} if tooltip else {}


def order_axis(title: str) -> Spec:
    """The x of classes in an order, one after the other."""
    axis = {"tickMinStep": 1, "tickCount": 10, "format": ",d"}
    return number_field("row", title=title, scale={"nice": False, "zero": False, "padding": 4}, axis=axis)


def bar_width(values: Sequence[Spec]) -> float:
    """Width of a thin bar where so many stand side by side, pixels."""
    return max(0.6, min(6.0, 0.8 * WIDE / max(1, len(values))))


def solid(colour: Spec) -> Spec:
    """The encoding with a legend that is not as thin and pale as the bars."""
    return colour | {"legend": colour["legend"] | {"symbolOpacity": 1, "symbolStrokeWidth": 4}}


def thin_bars(values: Sequence[Spec], tooltip: Sequence[Spec] | None) -> tuple[list[Spec], Spec]:
    """Transforms and an encoding for bars side by side: the fewer a filter leaves, the wider they are."""
    if tooltip is None:
        return [], {"strokeWidth": {"value": bar_width(values)}}
    wide = {"calculate": f"max(0.6, min(6, {0.8 * WIDE} / datum.let_through))", "as": "wide"}
    return [*linked.ranked(), wide], {"strokeWidth": {"field": "wide", "type": "quantitative", "scale": None}}


def _curve(
    values: Sequence[Spec], names: Sequence[str], title: Sequence[str], tooltip: Sequence[Spec] | None, panel: str
) -> Spec:
    """All classes from left to right, an interval each; the bounds are not sorted by themselves."""
    x = order_axis("classes, from the lowest difference to the highest")
    y = number_field("difference")
    transform, wide = thin_bars(values, tooltip)
    low = number_field("low", title=title, axis={"grid": True}, scale=reach(values, "low", "high"))
    # Without colour, those that are not significant are still the pale ones.
    pale = {"condition": {"test": {"field": "sure", "equal": names[0]}, "value": 0.8}, "value": 0.35}
    colour = solid(coloured("sure", names, _COLOURS))
    bars = {"x": x, "y": low, "y2": {"field": "high"}, "color": colour, "opacity": pale}
    line = {"type": "line", "color": theme.INK, "strokeWidth": 2, "aria": False}
    layers: list[Spec] = [
        {"mark": rule(), "encoding": bars | wide},
        level_at(0),
        {"mark": line, "encoding": {"x": x, "y": y}},
    ]
    if tooltip is None:
        return figure(values, layers, width=WIDE, height=CURVE_HEIGHT)
    layers += [linked.catcher("classes", x, tooltip), *picked_bar(panel)]
    spec = figure(values, layers, width=WIDE, height=CURVE_HEIGHT, transform=[*transform, *texts()])
    return linked.linked(spec | ({"name": panel} if panel else {}))


def picked_bar(panel: str = "") -> list[Spec]:
    """Layers: interval, ring and name of the chosen class on top of thin bars."""
    x, y, low, high = (
        linked.place(channel, field, panel)
        for channel, field in (("x", "row"), ("y", "difference"), ("y", "low"), ("y", "high"))
    )
    bar = rule(color=theme.CHOSEN, strokeWidth=3)
    interval = {"x": linked.put(x), "y": linked.put(low), "y2": linked.put(high)}
    return [
        {"transform": [linked.only_picked()], "mark": bar, "encoding": interval},
        *linked.ring(x, y, size=110, panel=panel, dy=(14, -12)),
    ]
