"""How far to trust the numbers: intervals tried on the report's own pictures, numbers of images, what was lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laionet.report.comparing import images, lost
from laionet.report.comparing.blocks import Block, Section, Table, Text
from laionet.report.comparing.numbers import written
from laionet.report.telling.compared import side_by_side, tables
from laionet.report.telling.view import View
from laionet.report.words import count, number, shown


def trust_section(view: View) -> list[Section]:
    """Validity: the published interval beside ours, and how many images a difference takes."""
    part = view.similarity()
    if part is None:
        return []
    parts = view.document.get("validity") or []
    paper = part["paper"]
    blocks: list[Block] = [
        Text(
            "A class’s mean similarity is over pairs of pictures, and pairs share pictures. The published code "
            "takes them as independent, which makes its intervals several times too narrow and calls too many "
            f"classes different: {number(paper['lower'] + paper['higher'])} here, where ours calls "
            f"{number(part['lower'] + part['higher'])} of {number(part['judged'])}."
        )
    ]
    if parts:
        blocks.append(_tried(parts, view))
    blocks += side_by_side(view.figure("validity", wide=True))
    power = images.power_section(view.pair, view.context)
    return [Section("How far to trust this", [*blocks, *tables(power)], "trust")]


def _tried(parts: Sequence[Mapping[str, Any]], view: View) -> Table:
    rows = [
        [
            shown(part["title"], 60),
            number(part["draws"]),
            *(cell for key in ("ours", "paper") for cell in (_share(part[key]), written(part[key]["width"], 3))),
        ]
        for part in parts
    ]
    sizes = [size for part in parts for size in part["images"]]
    least, most = min(sizes), max(sizes)
    span = number(least) if least == most else f"{least:,} to {most:,}"
    caption = (
        f"How often a {view.context.percent} interval of a class’s mean similarity holds the truth, in percent, "
        "and its mean width (cosine). The pictures of a class stand for a population whose truth is known; "
        f"{span} are drawn from it, {number(parts[0]['draws'] // parts[0]['classes'])} times for each of "
        f"{count(parts[0]['classes'], 'class')}. In brackets: 95 % interval of that share, over classes."
    )
    columns = ["Pictures of", "Draws #", "Ours holds #", "Width #", "Published holds #", "Width #"]
    return Table(caption, columns, rows)


def _share(part: Mapping[str, Any]) -> str:
    held, low, high = (written(100 * part[key], 1) for key in ("held", "low", "high"))
    return f"{held} ({low} to {high})"


def lost_sections(view: View) -> list[Section]:
    """What was lost on the way to the pictures, why, and what it could hide."""
    return [
        Section(section.heading, section.blocks, "lost")
        for section in lost.lost_section({"missing": view.missing}, view.context)
    ]
