"""The part of the page on what recalls go with: frequency, and disparity in similarity (paper, Figures 7, 20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laionet.report.comparing.accuracy import MODELS, example_models
from laionet.report.comparing.blocks import Beside, Block, Context, Figure, Section, Table, Text, cut
from laionet.report.comparing.distributions import trend_figure
from laionet.report.comparing.drawing import less
from laionet.report.comparing.numbers import (
    BY_CHANCE,
    POINTS,
    Unit,
    interval_text,
    known,
    p_text,
    value_text,
    verdict,
    with_interval,
)
from laionet.report.words import number, shown

#: What a step of x is called, in a table and in a sentence, its size, and the title of the axis.
_STEPS = {
    "log10 frequency in A": (
        "ten times the images",
        "ten times as many images in {a}",
        1.0,
        ["images of the class in", "{a}, log10"],
    ),
    "similarity in A less in B": (
        "0.1 more similarity",
        "0.1 more similarity within the class in {a} than in {b}",
        0.1,
        ["similarity within the class:", "{a less b}"],
    ),
}
_RANK = Unit(1, "", 2)


def trends_section(comparison: Mapping[str, Any], context: Context) -> list[Section]:
    """Slopes of recalls, a figure for each x of one model, and all models as a table."""
    parts = [part for part in comparison.get("trends", []) if known(part["slope"]["value"])]
    if not parts:
        return []
    examples = example_models(comparison)
    shown_parts: dict[str, Mapping[str, Any]] = {}
    for part in parts:
        is_example = f"{part['use']}/{part['model']}" in examples[:1]
        if len(part["bins"]) > 1 and (is_example or part["x"] not in shown_parts):
            shown_parts[part["x"]] = part
    figures: list[list[Text | Figure | Table]] = [[_figure(part, context)] for part in shown_parts.values()]
    blocks: list[Block] = [Beside(figures)] if figures else []
    blocks.append(_table(parts, context))
    return [Section("What recalls go with", blocks)]


def _step(part: Mapping[str, Any], context: Context) -> tuple[str, str, float, list[str]]:
    """What one step of x is, in a table and in a sentence, its size, and the title of the axis."""
    more = f"1 more of {shown(part['x'])}"
    brief, words, size, title = _STEPS.get(part["x"], (more, more, 1.0, [shown(part["x"])]))
    return (
        brief,
        words.replace("{a}", context.a).replace("{b}", context.b),
        size,
        [line for one in title for line in _filled(one, context)],
    )


def _filled(line: str, context: Context) -> list[str]:
    """A line of a title with the names of the datasets in it."""
    if line == "{a less b}":
        return less(*context.short)
    return [line.replace("{a}", context.short[0])]


def _scaled(estimate: Mapping[str, Any], size: float) -> dict[str, Any]:
    return {key: estimate[key] * size if known(estimate[key]) else None for key in ("value", "low", "high")}


def _what(part: Mapping[str, Any], context: Context | None = None) -> str:
    """What y is, in words."""
    gap = part["y"] == "recall on A less on B"
    if context is None:
        return "gap" if gap else "recall"
    a, b = context.a, context.b
    return f"recall on {a} less on {b}" if gap else f"recall on {a}"


def _figure(part: Mapping[str, Any], context: Context) -> Figure:
    _, words, size, title = _step(part, context)
    slope, model = _scaled(part["slope"], size), shown(part["model"], 60)
    told = f": {BY_CHANCE}" if verdict(slope) == BY_CHANCE else ""
    caption = (
        f"{model}: means of classes sorted into bins, each with its {context.percent} interval, and the line "
        f"through the {number(part['classes'])} classes. With {words}, {_what(part, context)} changes by "
        f"{value_text(slope, POINTS, sign=True)} ({interval_text(slope, POINTS, sign=True)}){told}."
    )
    lines = ["gap in recall:", *less(*context.short)]
    y_title, least = (lines, -1.0) if _what(part) == "gap" else ([f"recall on {context.short[0]}"], 0.0)
    label = f"{_what(part, context)} against {' '.join(title)}, {model}."
    return Figure(trend_figure(part, title, y_title, least), label, caption)


def _table(parts: Sequence[Mapping[str, Any]], context: Context) -> Table:
    rows = []
    for part in sorted(parts, key=lambda one: str(one["x"])):
        brief, _, size, _ = _step(part, context)
        rows.append(
            [
                shown(part["model"], 60),
                f"{_what(part)}, {brief}",
                with_interval(_scaled(part["slope"], size), POINTS, sign=True),
                p_text(part["p"]),
                with_interval(part["rank"], _RANK, sign=True),
            ]
        )
    some, left = cut(rows, MODELS, "comparison.json")
    caption = (
        f"By how many points recalls change, from a line through all classes, with {context.percent} intervals "
        "that hold whatever the spread around the line; rank correlation (Spearman's) asks for no line. What "
        f"goes with recall need not cause it.{left}"
    )
    return Table(caption, ["Model", "What", "Change #", "p #", "Rank correlation #"], some)
