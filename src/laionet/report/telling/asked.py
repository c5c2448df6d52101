"""Why they differ: what each experiment of the diagnosis asked, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from laionet.report.comparing.blocks import Block, Live, Pairs, Section, Text
from laionet.report.comparing.findings import named
from laionet.report.comparing.numbers import (
    COSINE,
    PERCENT,
    Unit,
    equals_p,
    half_width,
    interval_text,
    known,
    value_text,
    verdict,
    with_interval,
    written,
)
from laionet.report.telling.view import View
from laionet.report.words import count, number, share

#: For each experiment its question and the command that asks it.
EXPERIMENTS: dict[str, tuple[str, str]] = {
    "independence": (
        "Do pictures of one caption depend on who chose them?",
        "laionet diagnose independence CHOSEN_BY_SIGHT CHOSEN_BY_CAPTION",
    ),
    "frequency": (
        "Do annotators who agree more choose more alike pictures? (Section 4.1)",
        "laionet diagnose frequency REFERENCE --version NAME=FOLDER:FREQUENCY ...",
    ),
    "frontier": (
        "Does putting the picture into the choice make pictures more alike? (journal version, 4.2)",
        "laionet diagnose frontier FOLDER --keep-samples N",
    ),
    "explained": (
        "Could the text alone have chosen them? (Section 4.2)",
        "laionet diagnose explained CAPTIONS --selected FOLDER",
    ),
    "searched": (
        "What if the captions of the chosen had been searched for? (Section 4.3)",
        "laionet diagnose searched CAPTIONS --index INDEX",
    ),
    "dose": (
        "How strong a link from picture to choice makes such a gap?",
        "laionet diagnose dose --comparison comparison.json",
    ),
    "nearest": (
        "Which pictures of the web are most like the chosen ones?",
        "laionet diagnose nearest IMAGES CORPUS",
    ),
}
#: Figures that are not called as their experiment is.
_FIGURES = {"frequency": "selection-frequency"}
_RATIO = Unit(1, "", 2)


@dataclass(frozen=True)
class Answered:
    """An experiment that was done: its question, the answer in sentences, its figure or None."""

    question: str
    answers: list[str]
    figure: Live | None


def answered(name: str, view: View) -> Answered:
    """What an experiment asked and found; ``view.document["diagnosis"]`` has it, and no more is needed."""
    texts = [text for text in _ANSWERS[name](view.document["diagnosis"][name], view) if text]
    return Answered(EXPERIMENTS[name][0], texts, view.figure(_FIGURES.get(name, name), wide=True))


def diagnosis_section(view: View) -> list[Section]:
    """All experiments that were done, each with question, answer and figure; and those that were not."""
    if not view.pair and not view.document["diagnosis"]:
        return []
    found = view.document["diagnosis"]
    blocks: list[Block] = [
        Text(
            "A caption is a narrow channel: little of a picture gets through it. If captions alone had decided, "
            "pictures of one caption would be in or out by chance. If somebody looked at the pictures, the "
            "picture itself decides, and a taste for the typical makes a class look all the same. Each experiment "
            "asks for the traces of one or the other."
        )
    ]
    for name in EXPERIMENTS:
        if name in found:
            one = answered(name, view)
            blocks += [Text(one.question, lead=True), *map(Text, one.answers)]
            if one.figure:
                blocks.append(one.figure)
    left = [(question, command) for name, (question, command) in EXPERIMENTS.items() if name not in found]
    if left:
        blocks += [Text("Not asked here; the command that does:", note=True), Pairs(left, code=True)]
    return [Section("Why: is the picture in the choice?", blocks, "why")]


def _independence(document: Mapping[str, Any], view: View) -> list[str]:
    part = document["encoders"][0]
    chosen, others = (named(one["title"]) for one in document["datasets"])
    if not known(part["p"]):
        return ["There were too few pictures to tell."]
    sure = part["p"] < document["settings"]["alpha"]
    answer = "Yes" if sure else "Not beyond chance"
    return [
        f"{answer}. Over {count(part['n'], 'picture')} of {chosen} and {others}, with what their captions say "
        f"taken out, the mean pictures of the two lie apart by {written(100 * part['distance'], 1)} % of the "
        f"spread that captions leave ({equals_p(part['p'])}), in {number(part['found'])} of "
        f"{count(len(part['classes']), 'class')} by itself. If captions alone decided, that would be 0 but for "
        "chance. The test takes all that differs between the two sources, given the caption, for the choice."
    ]


def _frequency(document: Mapping[str, Any], view: View) -> list[str]:
    texts = []
    for reference in document["encoders"][0]["references"]:
        one = reference["trends"]["difference"]
        slope = one["slope"]
        if not known(half_width(slope)):
            continue
        per = {end: 0.1 * slope[end] for end in ("value", "low", "high")}
        rises = slope["high"] < 0
        answer = "Yes" if rises else "Not beyond chance" if slope["low"] <= 0 else "The other way round"
        texts.append(
            f"{answer}. Selection frequency is the share of annotators who marked a picture. With 0.1 more of it, "
            f"the difference of mean similarity, {named(reference['title'])} less the version, changes by "
            f"{value_text(per, COSINE, sign=True)} ({interval_text(per, COSINE, sign=True)}; "
            f"{equals_p(one['p'])}, tested within {count(one['classes'], 'class')})."
        )
    reliability = document.get("reliability")
    if reliability and known(reliability["value"]):
        texts.append(
            "Votes are few and noisy: of what single pictures’ frequencies differ by "
            f"{value_text(reliability, PERCENT)} ({interval_text(reliability, PERCENT)}) is real, so that the "
            "true trend per unit of frequency is steeper."
        )
    return texts


def _frontier(document: Mapping[str, Any], view: View) -> list[str]:
    first, last = (document["named"][at] for at in (0, -1)) if document["named"] else (None, None)
    texts = []
    for trend in document["trends"][:1]:
        slope = {end: 0.01 * trend["slope"][end] for end in ("value", "low", "high")}
        rises = known(slope["low"]) and slope["low"] > 0
        texts.append(
            f"{'Yes' if rises else 'Not beyond chance'}. At the same number of {document['keep']} "
            f"({number(document['wanted'])}), 0.01 more asked of the picture, and the less of the caption, "
            f"changes mean similarity within a class by {value_text(slope, COSINE, sign=True)} "
            f"({interval_text(slope, COSINE, sign=True)}; {equals_p(trend['p'])})."
        )
    if first and last and document["against"]:
        differences = [_named_difference(row, document["against"]) for row in (first, last)]
        texts.append(" ".join(text for text in differences if text))
    return texts


def _named_difference(row: Mapping[str, Any], against: str) -> str:
    part = next(iter(row["similarity"]), None)
    if part is None or not part["difference"]:
        return ""
    return (
        f"Dataset {row['name']} (caption above {row['text']:.2f}, picture above {row['image']:.2f}) differs from "
        f"{named(against)} by {value_text(part['difference'], COSINE, sign=True)} "
        f"({interval_text(part['difference'], COSINE, sign=True)}): {verdict(part['difference'])}."
    )


def _explained(document: Mapping[str, Any], view: View) -> list[str]:
    observed, selected = document["observed"], document["selected"]
    text = (
        f"Of {count(observed['captions'], 'caption')} of the chosen pictures, "
        f"{value_text(observed['first'], PERCENT)} lie nearer to their own class than to any other; on average "
        f"{value_text(observed['more'], PERCENT)} of the other classes are nearer."
    )
    if selected:
        text += (
            f" Of {count(selected['captions'], 'caption')} chosen by text alone these are "
            f"{value_text(selected['first'], PERCENT)} and {value_text(selected['more'], PERCENT)}: captions "
            "below the reach of a choice by text had to come in by the picture."
        )
    return [text]


def _searched(document: Mapping[str, Any], view: View) -> list[str]:
    found = document["found"]
    texts = [
        f"The nearest captions of the corpus to {count(document['texts'], 'caption')} of the chosen, where "
        f"nearer than {found['threshold']:g}, give {count(found['samples'], 'sample')} of "
        f"{count(found['classes'], 'class')}."
    ]
    for part in document["similarity"][:1]:
        pooled = part["pooled"]
        texts.append(
            f"Their pictures are held against those of {named(document['reference']['title'])}: mean similarity "
            f"within a class differs by {value_text(pooled, COSINE, sign=True)} "
            f"({interval_text(pooled, COSINE, sign=True)}), lower in {number(part['lower'])} of "
            f"{count(part['judged'], 'class')}: had captions been searched, other pictures would have come."
            if pooled["high"] < 0
            else f"Their pictures are as alike as those of {named(document['reference']['title'])} "
            f"({value_text(pooled, COSINE, sign=True)}, {interval_text(pooled, COSINE, sign=True)})."
        )
    return texts


def _dose(document: Mapping[str, Any], view: View) -> list[str]:
    explained = document["explained"]
    if not explained:
        return ["Simulated choices of known strength show what each statistic would be."]
    gap = with_interval(explained["gap"], _RATIO, sign=True)
    if explained["where"] != "inside":
        beyond = "larger" if explained["where"] == "above" else "smaller"
        return [f"The gap of {gap} is {beyond} than any link simulated here makes."]
    low = "the least simulated" if explained["open_low"] else written(explained["low"], 2)
    high = "the strongest simulated" if explained["open_high"] else written(explained["high"], 2)
    return [f"The gap of {gap} is what links of strength {low} to {high} of 1 make on the simulated web."]


def _nearest(document: Mapping[str, Any], view: View) -> list[str]:
    part = document["similarity"]
    same = document["same_class"]
    text = (
        f"For {count(document['images']['images'], 'picture')} of {named(document['images']['title'])} the "
        f"nearest of {number(document['corpus']['images'])} have a mean cosine of {part['mean']:.3f}"
    )
    return [text + (f"; {share(same, 1)} of these are of the same class." if known(same) else ".")]


_ANSWERS: dict[str, Callable[[Mapping[str, Any], View], list[str]]] = {
    "independence": _independence,
    "frequency": _frequency,
    "frontier": _frontier,
    "explained": _explained,
    "searched": _searched,
    "dose": _dose,
    "nearest": _nearest,
}
