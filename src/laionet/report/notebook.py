"""Results as HTML for a notebook: no script, no request, everything escaped, in the colours of its theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from laionet.report.comparing.blocks import Block, Context, Figure, Pairs, Table, Text, cut
from laionet.report.comparing.findings import USES, context_of
from laionet.report.comparing.numbers import (
    COSINE,
    PERCENT,
    POINTS,
    Unit,
    decimals,
    half_width,
    known,
    value_text,
    verdict,
    with_interval,
    written,
)
from laionet.report.embed import rendered
from laionet.report.telling.asked import answered
from laionet.report.telling.made import funnel
from laionet.report.telling.story import cards, story
from laionet.report.telling.view import View
from laionet.report.words import count, number, share, shown, threshold_text

if TYPE_CHECKING:
    from laionet.dataset import Dataset
    from laionet.report.results import Comparison, Outcome, Pair, Report
    from laionet.vocab import ClassList

#: Rows of a table of examples, and characters of a cell of foreign text.
ROWS: Final = 8
CELL: Final = 140
#: Pairs of a comparison of several datasets.
_PAIRS: Final = 40
_VENDI: Final = Unit(1, "", 2)


@dataclass(frozen=True)
class Number:
    """A main number of a comparison: what, its value in both datasets, the difference, what that says.

    ``short`` is what it is called where there is little room, empty for a number without a difference.
    """

    label: str
    short: str
    a: str
    b: str
    difference: str
    says: str


def manifest_html(manifest: Mapping[str, Any]) -> str:
    """How an output was made: size of the dataset, threshold, funnel, what it was made from."""
    classes, made = manifest.get("classes", {}), manifest.get("dataset")
    size = (
        f"{count(made['rows'], 'sample')} of {number(made['classes'])} of {count(classes['classes'], 'class')}"
        if made and "classes" in classes
        else ""
    )
    return _html(manifest.get("name") or "Run", size, made_blocks(manifest))


def made_blocks(manifest: Mapping[str, Any]) -> list[Block]:
    """Threshold, funnel with reasons, and source; parts that the manifest lacks are left out."""
    blocks: list[Block] = []
    if told := (manifest.get("threshold") or {}).get("text"):
        blocks.append(Text(shown(told, 400)))
    stages = [{"set_aside": []} | stage for stage in manifest.get("stages") or []]  # an import has no shards
    rows = [
        [
            row["name"],
            row["rows_in"],
            row["kept"],
            row["share"],
            "; ".join(f"{rows} {reason}" for reason, rows in row["reasons"]) or "–",
        ]
        for row in funnel({"stages": stages})
    ]
    if rows:
        caption = "What each stage read and kept, and why the others went no further."
        blocks.append(Table(caption, ["Stage", "In #", "Kept #", "Share #", "Left out"], rows))
    if aside := sum(len(stage["set_aside"]) for stage in stages):
        blocks.append(Text(f"{count(aside, 'shard')} could not be done; “set_aside” of its stage says why."))
    if pairs := _source(manifest):
        blocks.append(Pairs(pairs))
    return blocks


def _source(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    recipe, corpus = manifest.get("recipe") or {}, manifest.get("corpus") or {}
    classes = manifest.get("classes") or {}
    pairs = []
    if files := corpus.get("files"):
        rows = f", {count(corpus['rows'], 'row')}" if corpus.get("rows") else ""
        pairs.append(("corpus", f"{count(len(files), 'file')} of {shown(corpus.get('layout', ''), 60)}{rows}"))
    if source := classes.get("source"):
        pairs.append(("classes", f"{shown(source, 80)}; lemmas: {shown(classes.get('policy', 'any'), 60)}"))
    if files and "score" in recipe:
        above = threshold_text(recipe["select"]["threshold"])
        pairs.append(("caption to class", f"cosine above {above} by {shown(recipe['score']['encoder'], 80)}"))
    return pairs


def pair_html(pair: Pair) -> str:
    """The main numbers of a comparison of two datasets."""
    context = context_of(pair, {"level": pair.level, "alpha": pair.alpha})
    a, b = pair["datasets"]
    caption = (
        f"{count(a['images'], 'image')} and {count(b['images'], 'image')}, over "
        f"{count(pair['classes']['common'], 'class')} that both have; differences are of the first less the "
        f"second, with {context.percent} intervals."
    )
    found = numbers(pair, context)
    rows = [[one.label, one.a, one.b, one.difference, one.says] for one in found]
    columns = ["", *(f"{head} #" for head in context.heads), "Difference #", "What it says"]
    table = Table(caption, columns, rows)
    nothing = Text("They were described by different models: there is nothing to compare.")
    return _html(f"{context.a} and {context.b}", "", [table if rows else nothing])


def comparison_html(comparison: Comparison) -> str:
    """The main numbers of a comparison of several datasets: of one pair all, of several the differences."""
    settings, pairs = comparison["settings"], comparison["pairs"]
    if len(pairs) == 1:
        return pair_html(pairs[0])
    each = [(pair, context_of(pair, settings)) for pair in pairs]
    found = [{one.short: one for one in numbers(pair, context) if one.short} for pair, context in each]
    labels = list(dict.fromkeys(label for row in found for label in row))
    rows = [
        [
            f"{context.heads[0]} − {context.heads[1]}",
            number(pair["classes"]["common"]),
            *(row[label].difference if label in row else "–" for label in labels),
        ]
        for (pair, context), row in zip(each, found, strict=True)
    ]
    some, left = cut(rows, _PAIRS, "comparison.json")
    caption = (
        f"Differences of the first less the second, with {each[0][1].percent} intervals; where one holds 0, there "
        f"is no difference beyond chance.{left}"
    )
    table = Table(caption, ["Pair", "Classes in both #", *(f"{label} #" for label in labels)], some)
    return _html(f"{number(len(comparison['datasets']))} datasets, each with each", "", [table])


def numbers(pair: Mapping[str, Any], context: Context) -> list[Number]:
    """The main numbers of a pair: accuracy, similarity, diversity, what was lost."""
    found = [_accuracy(group) for group in pair["groups"]]
    for part in pair["similarity"][:1]:
        found.append(_similarity("similarity within a class, cosine", "similarity", part, context))
        vendi = [row for row in part["diversity"] if row["measure"] == "vendi"]
        found += [_diversity(row) for row in vendi if known(row["difference"]["value"])]
    for part in pair["synset_similarity"][:1]:
        label = "similarity to the text of the class, cosine"
        found.append(_similarity(label, "similarity to the text", part, context))
    return [*found, *_lost(pair.get("missing") or {})]


def _accuracy(group: Mapping[str, Any]) -> Number:
    difference = group["difference"]
    a, b = (value_text(group[side], PERCENT) for side in ("a", "b"))
    noun = USES[group["use"]][0]
    label = f"top-1 accuracy of {count(len(group['models']), noun)}"
    points = f"{with_interval(difference, POINTS, sign=True)} points"
    return Number(label, f"accuracy, {noun}s", a, b, points, verdict(difference))


def _similarity(label: str, short: str, part: Mapping[str, Any], context: Context) -> Number:
    pooled = part["pooled"]
    places = decimals(half_width(pooled), COSINE.places)
    a, b = (written(part[side], places) for side in ("a", "b"))
    says = (
        f"{verdict(pooled)}; significantly lower in {number(part['lower'])} of {count(part['judged'], 'class')}, "
        f"higher in {number(part['higher'])} (q < {context.alpha:g})"
    )
    return Number(label, short, a, b, with_interval(pooled, COSINE, sign=True), says)


def _diversity(row: Mapping[str, Any]) -> Number:
    difference = row["difference"]
    places = decimals(half_width(difference), _VENDI.places)
    a, b = (written(row[side], places) for side in ("a", "b"))
    label = f"diversity of {row['images']} images of a class, Vendi score"
    return Number(label, "Vendi score", a, b, with_interval(difference, _VENDI, sign=True), verdict(difference))


def _lost(missing: Mapping[str, Any]) -> list[Number]:
    datasets = missing.get("datasets", [])
    if not any(one["known"] and one["lost"] for one in datasets):
        return []
    a, b = (share(one["lost"], one["asked"]) if one["known"] else "–" for one in datasets)
    bounds = [one for one in missing["bounds"] if known(one["interval_low"]) and known(one["interval_high"])]
    safe = sum(one["interval_low"] > 0 or one["interval_high"] < 0 for one in bounds)
    says = (
        f"whatever they show, {safe} of {len(bounds)} differences stay beyond chance"
        if bounds
        else "what they could change is not known"
    )
    return [Number("images lost on the way", "", a, b, "–", says)]


def outcome_html(outcome: Outcome) -> str:
    """What an experiment of the diagnosis asked, its answer, and its figure."""
    name = outcome["experiment"]
    found = answered(name, View({"diagnosis": {name: outcome}}))
    blocks: list[Block] = [Text(text) for text in found.answers]
    if found.figure:
        blocks.append(Figure(found.figure.svg, found.figure.label, found.figure.caption, wide=True))
    return _html(found.question, "", blocks)


def dataset_html(dataset: Dataset) -> str:
    """A finished dataset: size, largest classes, first rows, how it was made."""
    filled = [row for row in dataset.class_rows if row.samples]
    size = (
        f"{count(len(dataset), 'sample')} of {number(len(filled))} of "
        f"{count(len(dataset.class_rows), 'class')}, in {dataset.folder}"
    )
    largest = sorted(dataset.class_rows, key=lambda row: (-row.samples, row.label))
    classes = [[row.title, row.wnid, number(row.samples)] for row in largest[:ROWS]]
    blocks: list[Block] = [Table("Largest classes.", ["Class", "wnid", "Samples #"], _shown(classes))]
    if rows := dataset.head(ROWS):
        title = {row.wnid: row.title for row in dataset.class_rows}
        cells = [
            [row["caption"], title.get(row["wnid"], row["wnid"]), written(row["similarity"], 3), row["url"] or "–"]
            for row in rows
        ]
        caption = f"First rows of {number(len(dataset))}."
        blocks.append(Table(caption, ["Caption", "Class", "Similarity #", "Address"], _shown(cells)))
    made = made_blocks(dataset.manifest)
    return _html(dataset.manifest.get("name") or dataset.folder.name, size, blocks, made=made)


def classes_html(classes: ClassList) -> str:
    """A class list: how many classes and lemmas, and its first classes."""
    report = classes.report()
    size = (
        f"{count(len(classes), 'class')}, {count(report['lemmas'], 'lemma')} by the policy {classes.lemma_policy}"
    )
    without = report["classes_without_lemma"]
    blocks: list[Block] = []
    if without:
        which = ", ".join(classes[wnid].text_name for wnid in report["without_lemma"][:ROWS])
        more = ", ..." if without > ROWS else ""
        text = f"{count(without, 'class')} {'has' if without == 1 else 'have'} no lemma left and stay empty: "
        blocks.append(Text(shown(text + which + more, 400), note=True))
    rows = [
        [one.wnid, one.text_name, ", ".join(classes.matched_lemmas(one.wnid)) or "–", one.definition]
        for one in classes[:ROWS]
    ]
    left = f"First {ROWS} classes of {number(len(classes))}" if len(classes) > ROWS else "All classes"
    table = Table(f"{left}, in label order.", ["wnid", "Name", "Lemmas searched for", "Definition"], _shown(rows))
    return _html(classes.source, size, [*blocks, table])


def report_html(report: Report) -> str:
    """A report that was written: its story, its main numbers, and the way to its page."""
    view = View(report.document)
    return _html(
        report.document["title"],
        "",
        [],
        story=story(view),
        cards=cards(view),
        href=_address(report),
        where=shown(report.page, 200),
    )


def _address(report: Report) -> str:
    """The page relative to the folder of the notebook; empty where it is elsewhere, which browsers do not open."""
    from pathlib import Path
    from urllib.parse import quote

    here = Path.cwd()
    page = report.page if report.page.is_absolute() else here / report.page
    return "./" + quote(page.relative_to(here).as_posix()) if page.is_relative_to(here) else ""


def _shown(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[shown(value, CELL) for value in row] for row in rows]


def _html(title: str, under: str, blocks: Sequence[Block], **more: Any) -> str:
    parts = {"story": [], "cards": [], "made": [], "href": "", "where": ""} | more
    return rendered("notebook.html", title=shown(title, 160), under=shown(under), blocks=blocks, **parts)
