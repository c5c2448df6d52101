"""The parts of the page on images: how diverse they are, how many it takes, and which classes they are of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laionet.report.comparing.blocks import Block, Context, Pairs, Section, Table, Text
from laionet.report.comparing.numbers import (
    PERCENT,
    Unit,
    decimals,
    half_width,
    known,
    with_interval,
    written,
)
from laionet.report.words import count, number, shown

#: Classes that are named of those that are common, and of those that one dataset alone has.
NAMES = 40
#: Measures of diversity: their name, and how they are written.
_NUMBER, _COSINE = Unit(1, "", 2), Unit(1, "", 3)
_MEASURES = {
    "vendi": ("Vendi score", _NUMBER),
    "nearest": ("nearest neighbour", _COSINE),
    "effective_rank": ("effective rank", _NUMBER),
    "effective_rank_uncentred": ("effective rank, uncentred", _NUMBER),
    "duplicates": ("near-duplicates, %", PERCENT),
    "equal": ("exact duplicates, %", PERCENT),
}


def diversity_section(comparison: Mapping[str, Any], context: Context) -> list[Section]:
    """Measures of diversity at equal numbers of images, each with its meaning."""
    blocks: list[Block] = []
    parts = comparison.get("similarity", [])
    for part in parts:
        rows = [row for row in part.get("diversity", []) if row["classes"] and known(row["difference"]["value"])]
        if rows:
            blocks.append(_diversity_table(rows, shown(part["encoder"], 60), context))
    if not blocks:
        return []
    story = Text(
        "More images always look more diverse, so both datasets are compared with as many images of each class, "
        "drawn at random."
    )
    return [Section("Diversity of a class", [story, *blocks])]


def _diversity_table(rows: Sequence[Mapping[str, Any]], encoder: str, context: Context) -> Table:
    cells = []
    for row in rows:
        name, unit = _MEASURES.get(row["measure"], (shown(row["measure"]).replace("_", " "), _COSINE))
        places = decimals(half_width(row["difference"]) * unit.scale, unit.places)
        means = [
            written(row[key] * unit.scale, places) if known(row[key]) else "–"
            for key in ("a", "b", "a_all", "b_all")
        ]
        cells.append(
            [
                name,
                *means[:2],
                with_interval(row["difference"], unit, sign=True),
                *means[2:],
                shown(row["meaning"]),
            ]
        )
    classes = sorted({row["classes"] for row in rows})
    over = count(classes[0], "class") if len(classes) == 1 else f"{classes[0]:,} to {count(classes[-1], 'class')}"
    caption = (
        f"By {encoder}, means over {over} that have {count(rows[0]['images'], 'image')} or more in both, at "
        f"{rows[0]['images']} images each; difference with its {context.percent} interval. All: with all images "
        "of a class, however many."
    )
    a, b = context.heads
    columns = ["Measure", f"{a} #", f"{b} #", "Difference #"]
    return Table(caption, [*columns, f"{a}, all #", f"{b}, all #", "What it says"], cells)


def power_section(comparison: Mapping[str, Any], context: Context) -> list[Section]:
    """How many images a class it takes to see a difference."""
    parts = [part for part in comparison.get("similarity", []) if part.get("power")]
    if not parts:
        return []
    several = len(parts) > 1
    rows = [
        [
            *([shown(part["encoder"], 60)] if several else []),
            f"{row['difference']:g}",
            _images(row["one_class"], "not with any number"),
            _images(row["all_classes"], "not with any number"),
            _images(row["mean"], "more classes needed"),
        ]
        for part in parts
        for row in part["power"]
    ]
    caption = (
        "Images of each class in each dataset that it takes to see a true difference of mean cosine with a chance "
        "of 80 %, at the spread that is seen here: in one class by itself (p < 0.05), in each of the classes "
        f"here if all differ (q < 0.05), in the mean over {count(parts[0]['judged'], 'class')}. Where true "
        "differences vary much from class to class, no number of images makes up for too few classes."
    )
    columns = ["Difference", "In one class #", "In each class #", "In the mean #"]
    return [
        Section("How many images it takes", [Table(caption, ["Encoder", *columns] if several else columns, rows)])
    ]


def _images(value: Any, otherwise: str) -> str:
    return number(int(value)) if known(value) else otherwise


def classes_section(comparison: Mapping[str, Any], context: Context) -> list[Section]:
    """Which classes both datasets have, and which one alone."""
    classes = comparison.get("classes")
    if not classes:
        return []
    sides: list[tuple[str, str]] = [
        (title, f"{count(one['images'], 'image')} of {count(one['classes'], 'class')}")
        for title, one in zip(context.heads, comparison["datasets"], strict=True)
    ]
    names = classes.get("names", [])
    sides.append(("in both", f"{count(classes['common'], 'class')}: {_listed(names)}" if names else "none"))
    for title, key in ((context.a, "only_a"), (context.b, "only_b")):
        if classes[key]:
            sides.append((f"in {title} alone", f"{count(len(classes[key]), 'class')}: {_listed(classes[key])}"))
    blocks: list[Block] = [Pairs(sides)]
    if classes["only_a"] or classes["only_b"]:
        blocks.append(Text("All comparisons are over the classes that both have images of.", note=True))
    return [Section("Classes", blocks)]


def _listed(names: Sequence[str]) -> str:
    some = ", ".join(shown(name, 60) for name in names[:NAMES])
    return some if len(names) <= NAMES else f"{some}, and {len(names) - NAMES:,} more; all are in comparison.json"
