"""The page that compares two datasets: findings with their intervals, pictures side by side, figures, losses."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from laionet.report import theme
from laionet.report.comparison_figures import accuracy_figure, similarity_figure
from laionet.report.embed import content_security_policy, template
from laionet.report.figures import vega_lite_version
from laionet.report.page import stage_row
from laionet.report.panels import Spec
from laionet.report.words import count, number, shown


@dataclass(frozen=True)
class Strip:
    """Pictures of one class from both datasets: small JPEG files, and what each is called."""

    name: str
    a: Sequence[bytes]
    b: Sequence[bytes]


def comparison_page(
    comparison: Mapping[str, Any],
    *,
    title: str,
    introduction: Sequence[str],
    strips: Sequence[Strip],
    funnel: Sequence[Mapping[str, Any]],
    truth: Sequence[tuple[str, str]] = (),
    made: Sequence[tuple[str, str]] = (),
) -> str:
    """The page as HTML; equal arguments give equal bytes. Texts may be hostile, they are escaped here.

    Args:
        comparison: from ``flow.comparing.compare``.
        title: heading.
        introduction: sentences that say what was compared.
        strips: pictures, class by class.
        funnel: stages with ``name``, ``unit``, ``rows_in``, ``kept``, ``dropped``, in order.
        truth: what is known of the data's causes, as pairs of a name and a text; for simulated data.
        made: how the page was made, likewise.
    """
    a, b = (shown(one["title"]) for one in comparison["datasets"])
    first = [row for row in comparison["accuracy"] if row["k"] == 1]
    content: dict[str, Any] = {
        "title": shown(title),
        "introduction": [shown(sentence, _LONGEST) for sentence in introduction],
        "a": a,
        "b": b,
        "findings": findings(comparison),
        "strips": [
            {"name": shown(strip.name), "a": list(map(_data_uri, strip.a)), "b": list(map(_data_uri, strip.b))}
            for strip in strips
        ],
        "accuracy_svg": _drawn(accuracy_figure(first, a, b)) if first else "",
        "similarity": [_similarity_part(part, a, b) for part in comparison["similarity"]],
        "models": [_model_row(row) for row in comparison["accuracy"]],
        "funnel": [stage_row(row) for row in funnel],
        "truth": _shown_pairs(truth),
        "made": _shown_pairs(made),
    }
    return _rendered(content)


#: Characters of a sentence that is shown whole.
_LONGEST = 800


def _shown_pairs(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(shown(name), shown(text, _LONGEST)) for name, text in pairs]


def findings(comparison: Mapping[str, Any]) -> list[dict[str, str]]:
    """The paper's three findings as this comparison has them: a number, and a sentence with its interval."""
    a, b = (shown(one["title"]) for one in comparison["datasets"])
    first = [row for row in comparison["accuracy"] if row["k"] == 1]
    cards = []
    trained = [row for row in first if row["use"] == "classifier"]
    if trained:
        cards.append(_accuracy_card(trained, a, b, "classifiers"))
    for part in comparison["similarity"][:1]:
        cards.append(_similarity_card(part, a, b))
    zero_shot = [row for row in first if row["use"] == "zero-shot"]
    if zero_shot:
        cards.append(_accuracy_card(zero_shot, a, b, "zero-shot"))
    return cards


def _accuracy_card(rows: Sequence[Mapping[str, Any]], a: str, b: str, kind: str) -> dict[str, str]:
    """Mean difference over models. They see the same images, so the mean's error is at most the mean error."""
    mean = sum(row["difference"]["value"] for row in rows) / len(rows)
    half = sum(row["difference"]["high"] - row["difference"]["value"] for row in rows) / len(rows)
    low, high = mean - half, mean + half
    sure = not low <= 0 <= high
    points = f"{100 * mean:+.1f}".replace("-", "−")
    of = {
        "classifiers": f"{count(len(rows), 'classifier')} trained on pictures that annotators chose",
        "zero-shot": "CLIP, which learnt from pages and their captions and classifies by the synset texts",
    }[kind]
    who = f"{of}: top-1 accuracy on {a}, less that on {b}"
    words = "a clear difference" if sure else "no difference beyond chance"
    return {
        "figure": f"{points} points",
        "label": "accuracy of trained classifiers" if kind == "classifiers" else "accuracy of CLIP zero-shot",
        "text": f"{_first_up(who)}. 95 % interval {_signed(100 * low)} to {_signed(100 * high)}: {words}.",
    }


def _similarity_card(part: Mapping[str, Any], a: str, b: str) -> dict[str, str]:
    pooled = part["pooled"]
    sure = not pooled["low"] <= 0 <= pooled["high"]
    words = "" if sure else ", no difference beyond chance"
    return {
        "figure": f"{pooled['value']:+.3f}".replace("-", "−"),
        "label": "similarity within a class",
        "text": (
            f"Mean cosine of two images of one class: {part['a']:.3f} in {a}, {part['b']:.3f} in {b}; difference "
            f"{_signed(pooled['low'], 3)} to {_signed(pooled['high'], 3)} (95 %){words}. Significantly lower in "
            f"{part['lower']} of {count(part['judged'], 'class')}, higher in {part['higher']} (q < 0.05)."
        ),
    }


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]


def _signed(value: float, decimals: int = 1) -> str:
    return f"{value:+.{decimals}f}".replace("-", "−") if math.isfinite(value) else "–"


def _similarity_part(part: Mapping[str, Any], a: str, b: str) -> dict[str, Any]:
    paper = part["paper"]
    return {
        "encoder": shown(part["encoder"]),
        "svg": _drawn(similarity_figure(part["classes"], a, b)) if part["classes"] else "",
        "judged": part["judged"],
        "paper": (
            f"With the paper's own interval, which takes pairs of images as independent, {paper['lower']} classes "
            f"would count as lower and {paper['higher']} as higher."
        ),
    }


def _model_row(row: Mapping[str, Any]) -> dict[str, str]:
    def cell(estimate: Mapping[str, float]) -> str:
        return f"{100 * estimate['value']:.1f} ± {100 * (estimate['high'] - estimate['value']):.1f}"

    difference = row["difference"]
    half = 100 * (difference["high"] - difference["value"])
    return {
        "model": shown(row["model"]),
        "use": row["use"],
        "k": str(row["k"]),
        "a": cell(row["a"]),
        "b": cell(row["b"]),
        "difference": f"{_signed(100 * difference['value'])} ± {half:.1f}",
        "weighted": cell(row["a_weighted"]),
    }


def _drawn(spec: Spec) -> str:
    """The figure as SVG whose colours are those of the page's style sheet."""
    import vl_convert

    spec = theme.with_variables(spec)
    spec["config"] |= {"background": None, "padding": {"left": 18, "top": 4, "right": 12, "bottom": 8}}
    return str(vl_convert.vegalite_to_svg(spec, vl_version=vega_lite_version(), allowed_base_urls=[]))


def _data_uri(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def _rendered(content: Mapping[str, Any]) -> str:
    import jinja2

    style = template("page.css") + template("comparison.css")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters["number"] = number
    return environment.from_string(template("comparison.html")).render(
        policy=content_security_policy([], [style]), style=style, **content
    )
