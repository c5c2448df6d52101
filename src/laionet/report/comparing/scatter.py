"""Accuracy of models on one dataset against that on the other (paper, Figure 1), named where there is room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laionet.report import linked, theme
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
#: Pairs of recalls that a figure holds at most.
_RECALLS = 30_000
#: Parts of an estimate; and of both of a model's.
_PARTS = ("value", "low", "high")
_ENDS = tuple(f"{side}{end}" for side in "ab" for end in _PARTS)
#: Left, lower, right and upper side of a box, pixels.
_Box = tuple[float, float, float, float]


def accuracy_figure(
    rows: Sequence[Mapping[str, Any]],
    a: str,
    b: str,
    classes: Sequence[Mapping[str, Any]] | None = None,
) -> Spec:
    """Accuracy of each model on A against that on B, with intervals and the line y = x, as Vega-Lite.

    Args:
        rows: of one k: ``model``, ``use``, and ``a``, ``b`` with ``value``, ``low``, ``high``, 0 to 1.
        a, b: what the datasets are called.
        classes: the classes of a report; with them the figure is linked, and shows the recalls of the chosen
            class under each model as open marks.
    """
    found = [row for row in rows if known(row["a"]["value"]) and known(row["b"]["value"])]
    values = [_value(row, row["a"], row["b"]) for row in found]
    titles = [f"accuracy on {b}"], [f"accuracy on {a}"]
    known_classes = classes or []
    if not linked.all_classes(known_classes):
        return _scatter(values, titles)
    spec = _scatter(values, titles, while_none_is_picked=True)
    best = sorted(found, key=lambda row: -row["b"]["value"])[: max(1, _RECALLS // len(known_classes))]
    spec["datasets"] = {"classes": _class_values(best, known_classes)}
    spec["layer"] += _class_marks(best, len(found))
    return linked.linked(spec)


def weighting_figure(rows: Sequence[Mapping[str, Any]], side: str, a: str, b: str) -> Spec:
    """Accuracy weighted by the class frequencies of A against that with classes alike (paper, Figures 5 and 19).

    Args:
        rows: of one k: ``model``, ``use``, and estimates ``a``, ``a_weighted``, ``b``, ``b_weighted``.
        side: whose accuracy, "a" (Figure 5) or "b" (Figure 19).
        a, b: what the datasets are called.
    """
    values = [
        _value(row, row[f"{side}_weighted"], row[side])
        for row in rows
        if known(row[f"{side}_weighted"]["value"]) and known(row[side]["value"])
    ]
    on = {"a": a, "b": b}[side]
    return _scatter(
        values, ([f"accuracy on {on},", "classes weighted alike"], [f"accuracy on {on},", f"weighted as in {a}"])
    )


def _scatter(
    values: list[Spec], titles: tuple[Sequence[str], Sequence[str]], while_none_is_picked: bool = False
) -> Spec:
    """Points with intervals on both axes and the line y = x; ``titles`` are of x and of y.

    A class can lie lower than any model's accuracy. So where one may be picked, the axes then go down to zero, and
    the models' names, which were placed for the axes as they are else, give way.
    """
    floor = _floor(values)
    scale: Spec = {"domain": [floor, 1.0], "nice": False, "zero": False}
    named: Spec = {"data": {"values": place_labels(values, floor)}}
    # The line is not cut off by a clip, because the names of clips differ from drawing to drawing.
    ends: Spec = {"data": {"values": [{"at": floor}, {"at": 1.0}]}, "encoding": {"x": _on("at"), "y": _on("at")}}
    if while_none_is_picked:
        least = {"expr": f"{linked.PICKED} === '' ? {floor!r} : 0"}
        scale = {"domain": [least, 1.0], "nice": False, "zero": False}
        ends["transform"] = [{"calculate": f"datum.at < 1 ? ({least['expr']}) : 1", "as": "at"}]
        named |= {"transform": [linked.none_picked()]}
    x, y = _share("bvalue", titles[0], scale), _share("avalue", titles[1], scale)
    use, shape = told("use", *_USES)
    up = {"x": x, "y": _on("alow"), "y2": {"field": "ahigh"}, "color": use}
    across = {"x": _on("blow"), "x2": {"field": "bhigh"}, "y": y, "color": use}
    at_label = {"x": _on("x"), "y": _on("y"), "text": {"field": "model", "type": "nominal"}}
    text = {"type": "text", "color": theme.INK, "fontSize": theme.LABEL_SIZE, "baseline": "middle"}
    equal = {"type": "line", "color": theme.MUTED, "strokeDash": [4, 4], "aria": False}
    hover = {
        "tooltip": [
            linked.told("model", "full"),
            linked.told("used as", "use"),
            linked.told(" ".join(titles[1]), "a_text"),
            linked.told(" ".join(titles[0]), "b_text"),
        ]
    }
    layers: list[Spec] = [
        ends | {"mark": equal},
        {"mark": rule(), "encoding": up},
        {"mark": rule(), "encoding": across},
        {"mark": dot(90), "encoding": {"x": x, "y": y, "color": use, "shape": shape} | hover},
        named | {"mark": text | {"aria": False}, "encoding": at_label},
    ]
    texts = [linked.estimate(f"{one}_text", f"{one}value", f"{one}low", f"{one}high", ".1%") for one in ("a", "b")]
    return figure(values, layers, height=WIDTH, transform=texts)


def _floor(values: Sequence[Mapping[str, Any]]) -> float:
    """Where both axes begin: the tenth below the lowest bound."""
    low = min((min(v["alow"], v["blow"]) for v in values), default=0.0)
    return max(0.0, min(0.9, int(low * 10) / 10))


def _class_values(rows: Sequence[Mapping[str, Any]], classes: Sequence[Mapping[str, Any]]) -> list[Spec]:
    """Each class with its recalls under the models, on A and on B.

    They are whole percents: a pixel of the plot is a third of one, and a thousand classes of thirty models stay
    below 250 kB.
    """
    keys = [f"{row['use']}/{row['model']}" for row in rows]
    return [
        {"wnid": row["wnid"], "name": shown(row["name"], 30)}
        | {side: [_percent(row["recall"].get(key, {}).get(side)) for key in keys] for side in "ab"}
        for row in classes
    ]


def _class_marks(rows: Sequence[Mapping[str, Any]], of: int) -> list[Spec]:
    """Layers: the recalls of the chosen class under each model, and its name."""
    models = [{"i": i, "full": shown(row["model"], 60), "use": row["use"]} for i, row in enumerate(rows)]
    chosen: list[Spec] = [
        linked.only_picked(),
        {"calculate": f"sequence({len(rows)})", "as": "i"},
        {"flatten": ["i", "a", "b"]},
        {"filter": "isValid(datum.a) && isValid(datum.b)"},
        {"lookup": "i", "from": {"data": {"values": models}, "key": "i", "fields": ["full", "use"]}},
        {"calculate": "datum.a / 100", "as": "avalue"},
        {"calculate": "datum.b / 100", "as": "bvalue"},
    ]
    _, shape = told("use", *_USES)
    hover = [
        linked.told("class", "name"),
        linked.told("model", "full"),
        linked.told("recall, up", "avalue", ".0%"),
        linked.told("recall, across", "bvalue", ".0%"),
    ]
    mark = {"type": "point", "filled": False, "size": 70, "opacity": 0.7, "color": theme.INK, "aria": False}
    at = {"x": linked.put(linked.place("x", "bvalue")), "y": linked.put(linked.place("y", "avalue"))}
    name: Spec = {"type": "text", "align": "left", "baseline": "top", "color": theme.INK, "fontWeight": "bold"}
    name |= {"fontSize": theme.LABEL_SIZE, "limit": 280, "aria": False}
    text = {"x": {"value": 8}, "y": {"value": 8}, "text": {"field": "called", "type": "nominal"}}
    some = f", {len(rows)} of {of} models" if len(rows) < of else ""
    called = {"calculate": f"datum.name + ': open marks{some}'", "as": "called"}
    data = {"data": {"name": "classes"}}
    return [
        data | {"transform": chosen, "mark": mark, "encoding": at | {"shape": shape, "tooltip": hover}},
        data | {"transform": [linked.only_picked(), called], "mark": name, "encoding": text},
    ]


def _percent(value: Any) -> int | None:
    return round(100 * value) if known(value) else None


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
    taken: list[_Box] = [_mark(at["bvalue"], at["avalue"]) for at in marks]
    taken += [(at["blow"], at["avalue"] - 1, at["bhigh"], at["avalue"] + 1) for at in marks]
    taken += [(at["bvalue"] - 1, at["alow"], at["bvalue"] + 1, at["ahigh"]) for at in marks]
    line = [(at - 1, at - 1, at + 1, at + 1) for at in range(0, WIDTH + 1, 4)]
    found = []
    for value, mark in zip(values, marks, strict=True):
        # A name on the line y = x is better than none.
        box = _free(value["model"], mark, [*taken, *line]) or _free(value["model"], mark, taken)
        if box:
            taken.append(box)
            x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
            found.append({"model": value["model"], "x": floor + x / unit, "y": floor + y / unit})
    return found


def _free(name: str, mark: Mapping[str, float], taken: Sequence[_Box]) -> _Box | None:
    """A box beside a mark where its name covers nothing; None without room."""
    half = len(name) * theme.LETTER / 2, _LINE / 2
    for right, up in _PLACES:
        x, y = mark["bvalue"] + right * (half[0] + _GAP), mark["avalue"] + up * (half[1] + _GAP)
        box = x - half[0], y - half[1], x + half[0], y + half[1]
        if min(box) >= 0 and max(box) <= WIDTH and not any(_overlap(box, other) for other in taken):
            return box
    return None


def _mark(x: float, y: float) -> _Box:
    return x - _MARK, y - _MARK, x + _MARK, y + _MARK


def _overlap(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _value(row: Mapping[str, Any], up: Mapping[str, Any], across: Mapping[str, Any]) -> Spec:
    """A model's row: ``a...`` goes up, ``b...`` goes across."""
    model = row["model"]
    value = {"model": shown(model.rpartition("/")[2] or model, 30), "full": shown(model, 60), "use": row["use"]}
    for side, one in (("a", up), ("b", across)):
        middle = one["value"]
        value[f"{side}value"] = linked.rounded(middle)
        for end in ("low", "high"):
            # An interval from a normal error can go beyond what a share can be.
            bound = min(max(one[end], 0.0), 1.0) if known(one[end]) else middle
            value[f"{side}{end}"] = linked.rounded(bound)
    return value


def _on(name: str) -> Spec:
    return number_field(name)


def _share(name: str, title: Sequence[str], scale: Spec) -> Spec:
    axis = {"format": ".0%", "tickCount": 6, "grid": True}
    return number_field(name, title=title, scale=scale, axis=axis)
