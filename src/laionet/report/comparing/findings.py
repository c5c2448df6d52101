"""The findings of a comparison as cards: a number, and what it means, with its interval and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laionet.report.comparing.blocks import Context
from laionet.report.comparing.numbers import (
    COSINE,
    PERCENT,
    POINTS,
    Unit,
    decimals,
    half_width,
    interval_text,
    known,
    value_text,
    verdict,
    written,
)
from laionet.report.words import count, number, shown
from laionet.report.words import share as share_of

#: What models of a use are called.
USES = {
    "classifier": ("classifier", "top-1 accuracy of classifiers"),
    "zero-shot": ("zero-shot model", "top-1 accuracy of zero-shot models"),
}
_VENDI = Unit(1, "", 2)


def findings(comparison: Mapping[str, Any], context: Context | None = None) -> list[dict[str, str]]:
    """The paper's findings as this comparison has them, each with ``figure``, ``label`` and ``text``."""
    context = context or context_of(comparison)
    groups = {group["use"]: group for group in comparison.get("groups", [])}
    found = []
    if "classifier" in groups:
        found.append(_accuracy_card(groups["classifier"], context))
    found += [_similarity_card(part, context) for part in comparison.get("similarity", [])[:1]]
    if "zero-shot" in groups:
        found.append(_accuracy_card(groups["zero-shot"], context))
    for part in comparison.get("synset_similarity", [])[:1]:
        found.append(_synset_card(part, context))
    for part in comparison.get("similarity", [])[:1]:
        found += [
            _vendi_card(row, context)
            for row in part.get("diversity", [])
            if row["measure"] == "vendi" and known(row["difference"]["value"])
        ]
    found += _lost_cards(comparison.get("missing", {}), context)
    return found


def context_of(
    comparison: Mapping[str, Any], settings: Mapping[str, Any] | None = None, files: str = ""
) -> Context:
    """Names, levels and files of a comparison."""
    settings = settings or {}
    titles = [one["title"] for one in comparison["datasets"]]
    return Context(
        a=named(titles[0]),
        b=named(titles[1]),
        level=settings.get("level", 0.95),
        alpha=settings.get("alpha", 0.05),
        files=files or "comparison.json",
        heads=(shown(titles[0], 60), shown(titles[1], 60)),
        short=(shown(titles[0], 34), shown(titles[1], 34)),
    )


def named(title: str) -> str:
    """A title in a sentence: in quotes where it is of several words, which would run into the others."""
    text = shown(title, 60)
    return f"“{text}”" if " " in text else text


def _accuracy_card(group: Mapping[str, Any], context: Context) -> dict[str, str]:
    """Mean over models, whose error knows that they see the same images."""
    noun, label = USES[group["use"]]
    a, b = (value_text(group[side], PERCENT) for side in ("a", "b"))
    difference = group["difference"]
    models = len(group["models"])
    mean = f" (mean of {count(models, noun)})" if models > 1 else f" ({count(1, noun)})"
    return {
        "figure": value_text(difference, POINTS, sign=True),
        "label": label,
        "text": (
            f"{a} on {context.a}, {b} on {context.b}{mean}. The difference is "
            f"{interval_text(difference, POINTS, sign=True)} points ({context.percent} interval): "
            f"{verdict(difference)}."
        ),
    }


def _similarity_card(part: Mapping[str, Any], context: Context) -> dict[str, str]:
    return {
        "figure": value_text(part["pooled"], COSINE, sign=True),
        "label": "similarity within a class",
        "text": f"Mean cosine of two images of one class: {means_and_counts(part, context)}",
    }


def _synset_card(part: Mapping[str, Any], context: Context) -> dict[str, str]:
    return {
        "figure": value_text(part["pooled"], COSINE, sign=True),
        "label": "similarity to the text of the class",
        "text": f"Mean cosine of an image and its class in words: {means_and_counts(part, context)}",
    }


def means_and_counts(part: Mapping[str, Any], context: Context) -> str:
    """Both means, the pooled difference with its interval, and how many classes are significantly apart."""
    pooled = part["pooled"]
    places = decimals(half_width(pooled), COSINE.places)
    return (
        f"{written(part['a'], places)} in {context.a}, {written(part['b'], places)} in {context.b}; difference "
        f"{interval_text(pooled, COSINE, sign=True)} ({context.percent}): {verdict(pooled)}. Significantly lower "
        f"in {part['lower']:,} of {count(part['judged'], 'class')}, higher in {part['higher']:,} "
        f"(q < {context.alpha:g})."
    )


def _vendi_card(row: Mapping[str, Any], context: Context) -> dict[str, str]:
    difference = row["difference"]
    places = decimals(half_width(difference), _VENDI.places)
    return {
        "figure": value_text(difference, _VENDI, sign=True),
        "label": "diversity of a class (Vendi score)",
        "text": (
            f"As many images, all unlike one another, would be as diverse as {row['images']} of a class are: "
            f"{written(row['a'], places)} in {context.a}, {written(row['b'], places)} in {context.b}; difference "
            f"{interval_text(difference, _VENDI, sign=True)} ({context.percent}): {verdict(difference)}."
        ),
    }


def _lost_cards(missing: Mapping[str, Any], context: Context) -> list[dict[str, str]]:
    lost = [one for one in missing.get("datasets", []) if one["known"] and one["lost"]]
    if not lost:
        return []
    worst = max(lost, key=lambda one: one["lost"] / one["asked"])
    name = context.a if worst is missing["datasets"][0] else context.b
    return [
        {
            "figure": share_of(worst["lost"], worst["asked"]),
            "label": f"of the images of {name} lost on the way",
            "text": f"{number(worst['lost'])} of {number(worst['asked'])}. {_kept_signs(missing['bounds'])}",
        }
    ]


def _kept_signs(bounds: Sequence[Mapping[str, Any]]) -> str:
    """Whether what was lost could turn a difference round."""
    if not bounds:
        return "What they could change is not known."
    safe = sum(_same_side(one) for one in bounds)
    if safe == len(bounds):
        return "Whatever they show, all differences of accuracy and similarity stay beyond chance."
    if not safe:
        return "They could show what would leave no difference of accuracy or similarity beyond chance."
    return (
        f"Whatever they show, {safe} of {len(bounds)} differences of accuracy and similarity stay beyond chance."
    )


def _same_side(bound: Mapping[str, Any]) -> bool:
    low, high = bound["interval_low"], bound["interval_high"]
    return known(low) and known(high) and (low > 0 or high < 0)
