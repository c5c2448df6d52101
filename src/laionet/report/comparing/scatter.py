"""Accuracy of models on one dataset against that on the other (paper, Figure 1), named where there is room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laionet.report import theme
from laionet.report.comparing.drawing import WIDTH, dot, figure, number_field, rule, told
from laionet.report.comparing.numbers import known
from laionet.report.panels import Spec
from laionet.report.words import shown

#: What models are used as; each with its colour and shape.
_USES = ("classifier", "zero-shot"), (theme.CHOSEN, theme.CURVE), ("circle", "diamond")
#: Height of a line of text and room that a mark takes, pixels.
_LINE, _MARK = 13, 5
#: Where a label may stand: from its mark to the label's middle in units of its half size, and a gap.
_PLACES = ((1, 1), (1, -1), (-1, 1), (-1, -1), (1, 0), (-1, 0), (0, 1), (0, -1))
_GAP = 6


def accuracy_figure(rows: Sequence[Mapping[str, Any]], a: str, b: str) -> Spec:
    """Accuracy of each model on A against that on B, with intervals and the line y = x, as Vega-Lite.

    Args:
        rows: of one k: ``model``, ``use``, and ``a``, ``b`` with ``value``, ``low``, ``high``, 0 to 1.
        a, b: what the datasets are called.
    """
    values = [_value(row) for row in rows if known(row["a"]["value"]) and known(row["b"]["value"])]
    low = min((min(v["alow"], v["blow"]) for v in values), default=0.0)
    floor = max(0.0, int(low * 10) / 10)
    scale = {"domain": [floor, 1.0], "nice": False, "zero": False}
    x, y = _share("bvalue", f"accuracy on {b}", scale), _share("avalue", f"accuracy on {a}", scale)
    use, shape = told("use", *_USES)
    ends = {"data": {"values": [{"at": floor}, {"at": 1.0}]}, "encoding": {"x": _on("at"), "y": _on("at")}}
    up = {"x": x, "y": _on("alow"), "y2": {"field": "ahigh"}, "color": use}
    across = {"x": _on("blow"), "x2": {"field": "bhigh"}, "y": y, "color": use}
    at_label = {"x": _on("x"), "y": _on("y"), "text": {"field": "model", "type": "nominal"}}
    named = {"data": {"values": place_labels(values, floor)}, "encoding": at_label}
    text = {"type": "text", "color": theme.INK, "fontSize": theme.LABEL_SIZE, "baseline": "middle"}
    layers: list[Spec] = [
        ends | {"mark": {"type": "line", "color": theme.MUTED, "strokeDash": [4, 4]}},
        {"mark": rule(), "encoding": up},
        {"mark": rule(), "encoding": across},
        {"mark": dot(90), "encoding": {"x": x, "y": y, "color": use, "shape": shape}},
        named | {"mark": text},
    ]
    return figure(values, layers, height=WIDTH)


def place_labels(values: Sequence[Mapping[str, Any]], floor: float) -> list[dict[str, Any]]:
    """Where the names of models stand, so that none covers another name or mark; without room, none is drawn.

    Args:
        values: ``model``, and of ``a`` and ``b`` ``value``, ``low``, ``high``; both axes go from
            ``floor`` to 1 over ``WIDTH`` pixels.
        floor: where the axes begin.

    Returns:
        ``model``, and ``x``, ``y`` of the label's middle in the unit of the axes.
    """
    unit = WIDTH / (1 - floor)
    marks = [{key: (v[key] - floor) * unit for key in _ENDS} for v in values]
    taken: list[tuple[float, float, float, float]] = [_mark(at["bvalue"], at["avalue"]) for at in marks]
    taken += [(at["blow"], at["avalue"] - 1, at["bhigh"], at["avalue"] + 1) for at in marks]
    taken += [(at["bvalue"] - 1, at["alow"], at["bvalue"] + 1, at["ahigh"]) for at in marks]
    found = []
    for value, mark in zip(values, marks, strict=True):
        x, y = mark["bvalue"], mark["avalue"]
        half = len(value["model"]) * theme.LETTER / 2, _LINE / 2
        for right, up in _PLACES:
            at = x + right * (half[0] + _GAP), y + up * (half[1] + _GAP)
            box = at[0] - half[0], at[1] - half[1], at[0] + half[0], at[1] + half[1]
            if min(box) >= 0 and max(box) <= WIDTH and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                found.append({"model": value["model"], "x": floor + at[0] / unit, "y": floor + at[1] / unit})
                break
    return found


_ENDS = tuple(f"{side}{end}" for side in "ab" for end in ("value", "low", "high"))


def _mark(x: float, y: float) -> tuple[float, float, float, float]:
    return x - _MARK, y - _MARK, x + _MARK, y + _MARK


def _overlap(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _value(row: Mapping[str, Any]) -> dict[str, Any]:
    value = {"model": shown(row["model"].rpartition("/")[2] or row["model"], 30), "use": row["use"]}
    for side in ("a", "b"):
        middle = row[side]["value"]
        value[f"{side}value"] = middle
        for end in ("low", "high"):
            # An interval from a normal error can go beyond what a share can be.
            value[f"{side}{end}"] = min(max(row[side][end], 0.0), 1.0) if known(row[side][end]) else middle
    return value


def _on(name: str) -> Spec:
    return number_field(name)


def _share(name: str, title: str, scale: Spec) -> Spec:
    axis = {"format": ".0%", "tickCount": 6, "grid": True}
    return number_field(name, title=title, scale=scale, axis=axis)
