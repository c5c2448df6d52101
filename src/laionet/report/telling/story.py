"""The story at the top of a report: what was built, how it differs, how sure that is, what was lost, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from laionet.report.comparing.numbers import (
    COSINE,
    PERCENT,
    POINTS,
    decimals,
    half_width,
    interval_text,
    known,
    p_text,
    value_text,
    written,
)
from laionet.report.page import REASONS
from laionet.report.telling.view import View
from laionet.report.words import count, number, share, shown, threshold_text

#: An interval that holds the truth this much more or less often than it says does as it should.
_NEAR = 0.03


@dataclass(frozen=True)
class Told:
    """A paragraph of the story: what it is about, and its sentences."""

    lead: str
    text: str


def story(view: View) -> list[Told]:
    """The paragraphs that the report has numbers for, in order."""
    parts = (
        ("What was built", _built(view)),
        ("How it differs", _differs(view)),
        ("Why", _why(view)),
        ("How sure", _sure(view)),
        ("What was lost", _lost(view)),
    )
    return [Told(lead, " ".join(sentences)) for lead, sentences in parts if sentences]


def cards(view: View) -> list[dict[str, str]]:
    """The main numbers: ``label``, ``figure``, ``under`` (its interval), ``key`` of the section that says more."""
    found = []
    if (part := view.similarity()) is not None:
        found.append(_card("similarity within a class", part["pooled"], COSINE, "similarity", view))
    for use, label in (("classifier", "accuracy of trained models"), ("zero-shot", "accuracy, zero-shot")):
        if group := view.group(use):
            found.append(_card(label, group["difference"], POINTS, "accuracy", view))
    for one in view.missing.get("datasets", [])[:1]:
        if one["known"] and one["lost"]:
            lost = {"value": one["share"], "low": one["low"], "high": one["high"]}
            found.append(_card("pictures lost on the way", lost, PERCENT, "lost", view, sign=False))
    return found


def _card(
    label: str, estimate: Mapping[str, Any], unit: Any, key: str, view: View, sign: bool = True
) -> dict[str, str]:
    interval = interval_text(estimate, unit, sign)
    under = f"{view.context.percent}: {interval}" if known(half_width(estimate)) else interval
    return {"label": label, "figure": value_text(estimate, unit, sign), "under": under, "key": key}


def _built(view: View) -> list[str]:
    run = view.document["run"]
    if run is None:
        return _beside(view) or _described(view)
    stages = {stage["name"]: stage for stage in run["stages"]}
    kept = stages.get("assemble", stages.get("select"))
    covered = sum(row["n"] > 0 for row in run["frequencies"] or [])
    sentences = []
    if kept and "match" in stages:
        sentences.append(
            f"Out of {count(stages['match']['rows_in'], 'web caption')} laionet chose "
            f"{number(kept['kept'])} for {number(covered)} of {count(run['n_classes'], 'class')} by their text "
            "alone, without a look at any picture: the caption has to hold a word for the class and to mean it, "
            f"that is, lie close enough to the dictionary’s definition (cosine above "
            f"{threshold_text(run['threshold'])})."
        )
    if "describe" in stages:
        images = stages["describe"]["kept"]
        sentences.append(f"{count(images, 'picture')} behind them could be fetched and used: this is {view.a}.")
    return sentences + _beside(view)


def _described(view: View) -> list[str]:
    one = view.document["datasets"][0]
    if one["images"] is None:
        return []
    return [f"{count(one['images'], 'picture')} of {count(one['classes'], 'class')}, described by models."]


def _beside(view: View) -> list[str]:
    if not view.pair:
        return []
    other, shared = view.document["datasets"][1], view.pair["classes"]["common"]
    text = f"It is held against {view.b}, {count(other['images'], 'picture')}"
    if view.document["demo"]:
        text += " that simulated annotators chose by looking at pictures of the same web, as people made ImageNet"
    elif not view.document["run"]:
        first = view.document["datasets"][0]
        text = (
            f"{view.a} ({count(first['images'], 'picture')}) is held against {view.b} ({number(other['images'])})"
        )
    return [f"{text}, over the {count(shared, 'class')} that both have."]


def _differs(view: View) -> list[str]:
    return [*_alike(view), *_accuracy(view)]


def _alike(view: View) -> list[str]:
    part = view.similarity()
    if part is None or not known(half_width(part["pooled"])):
        return []
    pooled = part["pooled"]
    places = decimals(half_width(pooled), COSINE.places)
    means = f"{written(part['a'], places)} against {written(part['b'], places)}"
    difference = f"difference {value_text(pooled, COSINE, sign=True)}, {_interval(pooled, view)}"
    if pooled["low"] <= 0 <= pooled["high"]:
        return [f"Pictures of one class are about as alike in both: mean cosine {means}; {difference}."]
    less = pooled["value"] < 0
    classes = part["lower"] if less else part["higher"]
    return [
        f"Pictures of one class are {'less' if less else 'more'} alike in {view.a}: two of them have a mean "
        f"cosine of {means} (1: the same picture; {difference}), and in {number(classes)} of "
        f"{count(part['judged'], 'class')} that is beyond chance by itself."
    ]


def _accuracy(view: View) -> list[str]:
    sentences = []
    trained, free = view.group("classifier"), view.group("zero-shot")
    if trained:
        who = "Models trained on labelled pictures" if len(trained["models"]) > 1 else "The trained model"
        sentences.append(
            f"{who} name the right class for {value_text(trained['a'], PERCENT)} of {view.a} and "
            f"{value_text(trained['b'], PERCENT)} of {view.b}: {_points(trained['difference'], view)}."
        )
    if free:
        learnt = "A model that learnt from captions of the web instead" if trained else "A zero-shot model"
        verb = "changes" if trained else "changes between the two"
        sentences.append(f"{learnt} {verb} by {_points(free['difference'], view)}.")
    return sentences


def _points(estimate: Mapping[str, Any], view: View) -> str:
    return f"{value_text(estimate, POINTS, sign=True)} ({_interval(estimate, view, POINTS)})"


def _interval(estimate: Mapping[str, Any], view: View, unit: Any = COSINE) -> str:
    return f"{view.context.percent} interval {interval_text(estimate, unit, sign=True)}"


def _why(view: View) -> list[str]:
    """What the experiments say, one sentence each, the strongest kind of evidence first."""
    found = view.document["diagnosis"]
    sentences = []
    if independence := found.get("independence"):
        part = independence["encoders"][0]
        sentences.append(_given_captions(part, independence["settings"]["alpha"]))
    if frequency := found.get("frequency"):
        sentences += _by_votes(frequency)
    if frontier := found.get("frontier"):
        sentences += _put_in(frontier)
    if independence and _looked(independence, view.similarity()):
        sentences.append(
            "That is what one expects where people look and prefer the typical: little of a picture gets through "
            "its caption, so that a choice by caption cannot."
        )
    if not sentences and view.pair:
        return ["No experiment has asked yet; laionet diagnose does."]
    return [sentence for sentence in sentences if sentence]


def _looked(independence: Mapping[str, Any], part: Mapping[str, Any] | None) -> bool:
    """Whether pictures of one caption differ, and those chosen by caption are less alike, both beyond chance."""
    p = independence["encoders"][0]["p"]
    if part is None or not known(p) or not known(part["pooled"]["high"]):
        return False
    return bool(p < independence["settings"]["alpha"] and part["pooled"]["high"] < 0)


def _given_captions(part: Mapping[str, Any], alpha: float) -> str:
    if not known(part["p"]):
        return ""
    p = p_text(part["p"])
    at = p if p.startswith("<") else f"= {p}"
    if part["p"] < alpha:
        return (
            "Captions do not explain it: among pictures with the same caption, those that people chose still look "
            f"different (p {at}), so the picture itself had a part in the choice."
        )
    return (
        "Captions may explain it: among pictures with the same caption, those of the two datasets show no "
        f"difference beyond chance (p {at})."
    )


def _by_votes(document: Mapping[str, Any]) -> list[str]:
    reference = document["encoders"][0]["references"][0]
    one = reference["trends"]["difference"]
    if not known(half_width(one["slope"])):
        return []
    low, high = one["slope"]["low"], one["slope"]["high"]
    if low <= 0 <= high:
        return ["The more annotators marked a picture does not go with how alike pictures are, beyond chance."]
    more = "more" if one["slope"]["value"] < 0 else "less"
    return [f"The more annotators agreed on pictures, the {more} alike these are (p {_at(one['p'])})."]


def _put_in(document: Mapping[str, Any]) -> list[str]:
    trend = next(iter(document["trends"]), None)
    if trend is None or not known(half_width(trend["slope"])) or not trend["slope"]["low"] > 0:
        return []
    return [
        "And putting the picture into the choice, at the same number of pictures, makes them more alike "
        f"(p {_at(trend['p'])})."
    ]


def _at(p: Any) -> str:
    text = p_text(p)
    return text if text.startswith("<") else f"= {text}"


def _sure(view: View) -> list[str]:
    if not view.pair:
        return []
    level = view.context.percent
    sentences = [
        f"Every number comes with its {level} interval, and classes count as different only after correction for "
        f"testing many (at most {100 * view.context.alpha:g} % of those named are false finds, on average)."
    ]
    parts = view.document.get("validity") or []
    if parts:
        ours, paper = (_held(parts, key) for key in ("ours", "paper"))
        as_said = all(abs(part["ours"]["held"] - view.context.level) < _NEAR for part in parts)
        sentences.append(
            f"Tried on these very pictures, {number(sum(part['draws'] for part in parts))} times, such intervals "
            f"hold the truth in {ours} of cases, {'as they should' if as_said else f'where {level} were meant'}; "
            f"those of the published code in {paper}."
        )
    return sentences


def _held(parts: list[Mapping[str, Any]], key: str) -> str:
    shares = sorted(round(100 * part[key]["held"]) for part in parts)
    return f"{shares[0]} %" if shares[0] == shares[-1] else f"{shares[0]} to {shares[-1]} %"


def _lost(view: View) -> list[str]:
    sentences = [] if view.pair else _lost_of_captions(view)
    missing = view.missing
    for one, title in zip(missing.get("datasets", []), (view.a, view.b), strict=False):
        if one["known"] and one["lost"]:
            sentences.append(_lost_of(one, title))
    bounds = [one for one in missing.get("bounds", []) if known(one["interval_low"])]
    if bounds:
        safe = sum(one["interval_low"] > 0 or one["interval_high"] < 0 for one in bounds)
        how_many = f"all {safe}" if safe == len(bounds) else f"{safe} of {len(bounds)}"
        sentences.append(
            f"Even if the lost pictures were as unfavourable as can be, {how_many} differences of accuracy and "
            "similarity would stay beyond chance."
        )
    return sentences


def _lost_of(one: Mapping[str, Any], title: str) -> str:
    most = max(one["by_reason"].items(), key=lambda item: (item[1], item[0]))
    reason = REASONS.get(most[0], shown(most[0]))
    return (
        f"{number(one['lost'])} of {count(one['asked'], 'picture')} of {title} "
        f"({share(one['lost'], one['asked'])}) did not arrive or were left out, most of them {reason} "
        f"({number(most[1])})."
    )


def _lost_of_captions(view: View) -> list[str]:
    run = view.document["run"]
    if run is None:
        return []
    dropped = {
        reason: rows
        for stage in run["stages"]
        if stage["name"] in ("select", "assemble")
        for reason, rows in stage["dropped"].items()
    }
    if not dropped:
        return []
    reason, rows = max(dropped.items(), key=lambda item: (item[1], item[0]))
    return [
        f"Of the captions with a word for a class {number(sum(dropped.values()))} were not taken, most of them "
        f"{REASONS.get(reason, shown(reason))} ({number(rows)}). Every one is counted under its reason below."
    ]
