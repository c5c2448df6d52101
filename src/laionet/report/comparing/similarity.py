"""The parts of the page on similarity: of two images of a class, and of an image and its class in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laionet.report.comparing.blocks import Beside, Block, Context, Figure, Section, Table, Text
from laionet.report.comparing.by_class import NAMED, similarity_figure
from laionet.report.comparing.distributions import density_figure
from laionet.report.comparing.findings import means_and_counts
from laionet.report.comparing.numbers import (
    COSINE,
    PERCENT,
    decimals,
    half_width,
    interval_text,
    known,
    p_text,
    value_text,
    with_interval,
    written,
)
from laionet.report.words import count, number, shown

#: Classes named from each end of the order.
ENDS = 10
#: What is measured.
PAIR, TO_TEXT = "cosine of two images of a class", "cosine of an image and its class in words"


def similarity_sections(comparison: Mapping[str, Any], context: Context) -> list[Section]:
    """One section an encoder; where there are several, all of them in a table first."""
    parts = comparison.get("similarity", [])
    several = len(parts) > 1
    sections = []
    for at, part in enumerate(parts):
        heading = "Similarity within a class" + (f", by {shown(part['encoder'], 60)}" if several else "")
        blocks = _blocks(part, context, "mean cosine within the class", PAIR)
        if several and at == 0:
            blocks.insert(0, _encoder_table(parts, context))
        sections.append(Section(heading, [_story(part, context), *blocks]))
    return sections


def synset_sections(comparison: Mapping[str, Any], context: Context) -> list[Section]:
    """Similarity of images to their class in words (Appendix D)."""
    parts = comparison.get("synset_similarity", [])
    sections = []
    for part in parts:
        model = shown(part["encoder"], 60)
        heading = "Similarity to the text of the class" + (f", by {model}" if len(parts) > 1 else "")
        text = Text(
            f"Cosine of an image and its class in words, by {model}: {means_and_counts(part, context)}"
            f"{_fixed(part, context)}"
        )
        blocks = _blocks(part, context, "mean cosine to the text", TO_TEXT)
        sections.append(Section(heading, [text, *blocks]))
    return sections


def _story(part: Mapping[str, Any], context: Context) -> Text:
    return Text(
        f"Cosine of two images of one class, by {shown(part['encoder'], 60)}: {means_and_counts(part, context)}"
        f"{_fixed(part, context)} {_paper(part)}{_left_out(part, context)}"
    )


def _fixed(part: Mapping[str, Any], context: Context) -> str:
    fixed = part.get("fixed")
    if not fixed or not known(half_width(fixed)):
        return ""
    return (
        f" That interval is for classes drawn from many; for the mean over these very classes it is "
        f"{interval_text(fixed, COSINE, sign=True)}."
    )


def _paper(part: Mapping[str, Any]) -> str:
    paper = part["paper"]
    return (
        f"With the LAIONet paper's interval, which takes pairs of images as independent, "
        f"{count(paper['lower'], 'class')} would count as lower and {paper['higher']:,} as higher."
    )


def _left_out(part: Mapping[str, Any], context: Context) -> str:
    a, b = part.get("left_out", (0, 0))
    if not a and not b:
        return ""
    return f" Without a usable embedding: {count(a, 'image')} of {context.a}, {number(b)} of {context.b}."


def _blocks(part: Mapping[str, Any], context: Context, what: str, measured: str) -> list[Block]:
    rows = part["classes"]
    blocks: list[Block] = []
    beside: list[list[Text | Figure | Table]] = []
    if rows:
        figure = _class_figure(part, context, what)
        if figure.wide:
            blocks.append(figure)
        else:
            beside.append([figure])
    distribution = part.get("distribution")
    if distribution and distribution["density_a"]:
        density, words = _density(distribution, context, measured), _distances(distribution, context, measured)
        beside += [[density, words]] if beside else [[density], [words]]
    if beside:
        blocks.append(Beside(beside))
    if rows:
        blocks.append(_class_table(rows, context))
    return blocks


def _class_figure(part: Mapping[str, Any], context: Context, what: str) -> Figure:
    rows, wide = part["classes"], len(part["classes"]) > NAMED
    spec = similarity_figure(rows, *context.short, alpha=context.alpha, what=what)
    apart = f"{count(len(rows), 'class')}, each with its own {context.percent} interval"
    if wide:
        apart += "; the line is the difference, from the lowest to the highest, a bar its interval"
    return Figure(spec, f"Difference of {what} by class; the table has the numbers.", apart + ".", wide=wide)


def _density(part: Mapping[str, Any], context: Context, measured: str) -> Figure:
    pairs = part["pairs"]
    return Figure(
        density_figure(part, context.short, measured),
        f"Distribution of the {measured}, {context.a} and {context.b}.",
        f"All of them, {number(pairs[0])} and {number(pairs[1])}; each of the {count(part['classes'], 'class')} "
        "counts alike.",
    )


def _distances(part: Mapping[str, Any], context: Context, measured: str) -> Text:
    """The distances of two distributions in words."""
    chance = part["common_language"]
    if not known(chance["value"]):
        return Text("")
    low, high = chance["low"], chance["high"]
    neither = known(low) and known(high) and low <= 0.5 <= high
    tends = "; that is neither, beyond chance" if neither else ""
    who = {
        PAIR: f"Two images of a class drawn from {context.a} are more alike than two from {context.b}",
        TO_TEXT: f"An image drawn from {context.a} is nearer to its class in words than one from {context.b}",
    }[measured]
    return Text(
        f"{who} with a chance of {value_text(chance, PERCENT)} ({interval_text(chance, PERCENT)}){tends}; 50 % "
        f"would be neither. To turn one distribution into the other, similarities have to move by "
        f"{with_interval(part['wasserstein'], COSINE)} on average (Wasserstein). The largest gap between the "
        f"cumulative distributions is {with_interval(part['ks'], COSINE)} of 1 (Kolmogorov-Smirnov). "
        f"{100 * part['level']:g} % intervals, over classes."
    )


def _class_table(rows: Sequence[Mapping[str, Any]], context: Context) -> Table:
    some = list(rows) if len(rows) <= 2 * ENDS else [*rows[:ENDS], *rows[-ENDS:]]
    left = ""
    if len(some) < len(rows):
        left = f" The {ENDS} lowest and the {ENDS} highest of {len(rows):,} classes; all are in {context.files}."
    cells = []
    for row in some:
        estimate = {"value": row["difference"], "low": row["low"], "high": row["high"]}
        places = decimals(half_width(estimate), COSINE.places)
        cells.append(
            [
                shown(row["name"], 60),
                number(row["n_a"]),
                written(row["a"], places) if known(row.get("a")) else "–",
                number(row["n_b"]),
                written(row["b"], places) if known(row.get("b")) else "–",
                with_interval(estimate, COSINE, sign=True),
                p_text(row["q"]),
            ]
        )
    caption = (
        f"Images and mean cosine of a class, the difference with its own {context.percent} interval, and q: p "
        f"after correction for as many tests.{left}"
    )
    columns = [
        "Class",
        f"Images, {context.heads[0]} #",
        "Mean #",
        f"Images, {context.heads[1]} #",
        "Mean #",
        "Difference #",
        "q #",
    ]
    return Table(caption, columns, cells, folded="" if len(rows) > NAMED else "The classes in numbers")


def _encoder_table(parts: Sequence[Mapping[str, Any]], context: Context) -> Table:
    rows = []
    for part in parts:
        places = decimals(half_width(part["pooled"]), COSINE.places)
        rows.append(
            [
                shown(part["encoder"], 60),
                written(part["a"], places),
                written(part["b"], places),
                with_interval(part["pooled"], COSINE, sign=True),
                f"{part['lower']:,} of {part['judged']:,}",
                number(part["higher"]),
                number(part["paper"]["lower"]),
                number(part["paper"]["higher"]),
            ]
        )
    caption = (
        f"All encoders: mean cosine within a class, difference with its {context.percent} interval, classes "
        "significantly lower and higher by this interval and by the LAIONet paper's."
    )
    columns = ["Encoder", f"{context.heads[0]} #", f"{context.heads[1]} #", "Difference #", "Lower #", "Higher #"]
    return Table(caption, [*columns, "Lower, paper #", "Higher, paper #"], rows)
