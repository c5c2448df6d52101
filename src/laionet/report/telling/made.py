"""How the dataset was made: the funnel from captions to pictures, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laionet.report.comparing.blocks import Block, Pairs, Section, Source, Text
from laionet.report.page import stage_row
from laionet.report.telling.view import View
from laionet.report.words import count, number, share, shown

#: What each stage asks, in words for a reader who has not read the paper.
ASKS = {
    "match": "Does the caption hold a word for a class?",
    "score": "How close is its meaning to the class’s definition?",
    "select": "Close enough, one class only, marked safe?",
    "assemble": "No duplicate, and not more than asked for?",
    "fetch": "Is the picture still there, and may it be fetched?",
    "read_text": "Does the picture not merely spell the class?",
    "describe": "Can the models see it?",
}
#: Width of a bar, pixels.
_BAR = 160


def funnel(run: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Rows of the funnel: stage, its question, rows in and kept, the share kept, reasons of the others."""
    rows = []
    for stage in run["stages"] if run else []:
        row = stage_row(stage)
        part = stage["kept"] / stage["rows_in"] if stage["rows_in"] else 0.0
        rows.append(
            row
            | {
                "asks": ASKS.get(stage["name"], ""),
                "share": share(stage["kept"], stage["rows_in"]),
                "bar": f"{_BAR * part:.1f}",
                "set_aside": len(stage["set_aside"]),
            }
        )
    return rows


def threshold_blocks(view: View) -> list[Block]:
    """The curves over the threshold with the chosen one marked (Figures 3 and 11)."""
    figure = view.figure("thresholds", wide=True)
    return [figure] if figure else []


def frequency_section(view: View) -> list[Section]:
    """How many samples each class has (Figure 4)."""
    figure = view.figure("frequencies", wide=True)
    run = view.document["run"]
    if figure is None or run is None or not any(row["n"] for row in run["frequencies"]):
        return []
    counts = sorted((row["n"] for row in run["frequencies"]), reverse=True)
    some = [n for n in counts if n]
    none = len(counts) - len(some)
    text = (
        f"The web does not talk about all classes alike. The most frequent class has {number(counts[0])} of "
        f"{count(sum(counts), 'sample')}, the median class that has any {number(some[len(some) // 2])}"
        + (f", and {count(none, 'class')} of the list {'has' if none == 1 else 'have'} none." if none else ".")
    )
    return [Section("Class frequencies", [Text(text), figure], "frequencies")]


def provenance_section(view: View) -> list[Section]:
    """What made this: corpora, models, recipes, versions; and what is true of a simulated web."""
    document = view.document
    blocks: list[Block] = [Pairs(_pairs(document))]
    blocks += [
        Source(f"Recipe of {shown(run['name'], 60)}", shown_lines(run["recipe"]))
        for run in document["runs"]
        if run and run["recipe"]
    ]
    notes: list[Block] = [Text(shown(note, 800), note=True) for note in document["notes"]]
    return [Section("Recipe and provenance", [*blocks, *notes], "provenance")]


def shown_lines(text: str, longest: int = 40_000) -> str:
    """A text of several lines fit to be shown."""
    lines = [shown(line, 400) if line.strip() else "" for line in text[:longest].splitlines()]
    return "\n".join(lines) + ("\n…" if len(text) > longest else "")


def _pairs(document: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for run in document["runs"]:
        if run and run["corpus"]["files"]:
            corpus = run["corpus"]
            rows = f", {number(corpus['rows'])} rows" if corpus["rows"] else ""
            aside = f"; {count(corpus['set_aside'], 'file')} set aside" if corpus["set_aside"] else ""
            what = f"{count(corpus['files'], 'file')} of {shown(corpus['layout'], 60)}{rows}{aside}"
            pairs.append((f"captions of {shown(run['name'], 60)}", what))
            source = shown(run["classes"]["source"], 120)
            pairs.append(("classes", f"{source}; lemmas: {shown(run['classes']['policy'], 60)}"))
            pairs.append(("text encoder", shown(run["encoder"], 120)))
    models = {use: sorted({row["model"] for row in rows}) for use, rows in _by_use(document).items()}
    pairs += [(use, shown(", ".join(names), 400)) for use, names in models.items()]
    for run in document["runs"]:
        if run:
            pairs.append((f"digest of {shown(run['name'], 60)}", shown(run["digest"], 80)))
    versions: Mapping[str, str] = next(
        (run["versions"] for run in document["runs"] if run and run["versions"]), {}
    )
    pairs.append(("made by", f"laionet {document['laionet']}"))
    if versions:
        listed = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
        pairs.append(("with", shown(listed, 400)))
    return pairs


def _by_use(document: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    pair = document["pair"] or {}
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in pair.get("accuracy", []):
        found.setdefault("classifiers" if row["use"] == "classifier" else "zero-shot models", []).append(row)
    for part in pair.get("similarity", []):
        found.setdefault("image encoders", []).append({"model": part["encoder"]})
    return found


def truth_section(view: View) -> list[Section]:
    """What only a simulated web can tell: its causes are known."""
    truth = view.document["truth"]
    if not truth:
        return []
    caption, annotators = truth["by_caption"], truth["by_annotators"]
    pairs = [
        (
            "image link",
            f"strength {truth['strength']:g} of 1: how far annotators prefer the stereotypical picture. With 0 "
            "they mark every picture of the class alike; try laionet demo --strength 0.",
        ),
        (
            "typicality",
            f"mean {caption['typicality']:.2f} of 1 where captions chose, {annotators['typicality']:.2f} where "
            f"annotators did, {truth['web']['typicality']:.2f} on the web. It is known because every picture is "
            "drawn from causes that are kept beside it.",
        ),
        ("right class", f"{100 * caption['right']:.1f} % of the pictures chosen by caption show their class."),
        ("selection frequency", f"{annotators['frequency']:.2f} on average: workers of ten who marked a picture."),
    ]
    text = Text(
        "This web is simulated, so that the answer can be checked: annotators do look, and do prefer the typical "
        "picture, and that is what the numbers above find."
        if truth["strength"] > 0
        else "This web is simulated, so that the answer can be checked: its annotators do not prefer the typical "
        "picture, and the numbers above should find no difference but by chance."
        if truth["strength"] == 0
        else "This web is simulated, so that the answer can be checked: its annotators prefer the untypical "
        "picture, and the numbers above should find the differences turned round."
    )
    return [Section("What is true here", [text, Pairs(pairs)], "truth")]
