"""The page of a threshold sweep: one HTML file that holds all it needs and asks the network for nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from laionet.report import theme
from laionet.report.embed import content_security_policy, json_for_html, rendered, template, vega_bundle
from laionet.report.figures import headline, sweep_spec, vega_lite_version
from laionet.report.marks import NARROWEST
from laionet.report.panels import Spec, still
from laionet.report.sweep import SAME, Curves, most_classes, reading, rows_to_show, total_candidates
from laionet.report.words import count, number, share, shown, threshold_text
from laionet.schema import Drop

#: Lemmas that the page lists at most.
LEMMAS_SHOWN = 40

#: Reasons to drop a row, as the end of "1,234 ...".
REASONS: dict[str, str] = {
    Drop.BAD_ROW: "with the wrong number of fields",
    Drop.NO_CAPTION: "without a caption",
    Drop.NOT_TEXT: "not valid UTF-8",
    Drop.NO_LEMMA: "without a lemma of any class",
    Drop.BELOW_THRESHOLD: "not above the similarity threshold",
    Drop.NOT_FINITE: "without a finite similarity",
    Drop.SEVERAL_CLASSES: "of more than one class",
    Drop.UNSAFE: "marked as not surely safe",
    Drop.SAFETY_UNKNOWN: "without their safety mark",
    Drop.DUPLICATE_CAPTION: "with a caption kept before",
    Drop.NEAR_DUPLICATE_CAPTION: "with the words of a caption kept before",
    Drop.DUPLICATE_URL: "with an image address kept before",
    Drop.BEYOND_TOP_K: "less similar than the best of their class",
    Drop.BEYOND_CAP: "of a class that is full",
    Drop.NO_URL: "without an image address",
    Drop.BAD_URL: "with an address that cannot be asked for",
    Drop.PRIVATE_ADDRESS: "at an address that is not public",
    Drop.ROBOTS: "that robots.txt asks not to visit",
    Drop.OPTED_OUT: "that opt out of such use",
    Drop.DNS: "at a host without an address",
    Drop.REFUSED: "at a host that takes no connection",
    Drop.TLS: "at a host whose encryption does not hold",
    Drop.TIMEOUT: "without a whole answer in time",
    Drop.BROKEN_OFF: "whose connection broke off",
    Drop.REDIRECTS: "redirected too often or to nowhere",
    Drop.HTTP_4XX: "gone or forbidden (HTTP 4xx)",
    Drop.HTTP_5XX: "whose server failed (HTTP 5xx)",
    Drop.HTTP_OTHER: "answered with another HTTP status",
    Drop.EMPTY: "answered with nothing",
    Drop.TOO_LARGE: "larger than the limit",
    Drop.NOT_AN_IMAGE: "answered with something that is no image",
    Drop.UNDECODABLE: "broken as images",
    Drop.TOO_MANY_PIXELS: "with more pixels than the limit",
    Drop.NO_IMAGE: "without a kept image",
    Drop.SPELLS_CLASS: "with their class written in the image",
    Drop.UNKNOWN_LABEL: "labelled with no class of the list",
}

#: What finds a lemma, mildest first.
CAUSES: dict[str, str] = {
    "paper": "the paper’s rules: the lemma as it is written, spaces or ASCII punctuation around it",
    "case": "upper and lower case count as the same",
    "hyphen": "punctuation in the lemma: hyphenated, spaced or joined",
    "spacing": "other spaces, quotes and dashes part words too",
    "plural": "the plural of the lemma’s last word",
    "several": "only several of these together",
}


def sweep_page(
    curves: Curves,
    *,
    chosen: float,
    encoder: str,
    n_classes: int,
    lemmas: Sequence[Mapping[str, Any]],
    found_by: Mapping[str, int],
    funnel: Sequence[Mapping[str, Any]],
    title: str,
    keep_classes: float = 0.95,
) -> str:
    """The page as HTML; equal arguments give equal bytes. Texts may be hostile, they are escaped here.

    Args:
        curves: what the dataset would be at each threshold; must hold ``chosen``.
        chosen: the threshold in use.
        encoder: name of the text encoder.
        n_classes: length of the class list.
        lemmas: rows with ``lemma``, ``wnid``, ``class_name``, ``candidates`` and ``rejected``, in any order;
            the page shows those with the most rejected.
        found_by: lemmas found, by the mildest rules that find them: the keys of ``CAUSES``.
        funnel: rows with ``name``, ``rows_in``, ``kept`` and ``dropped`` (counts by reason), in order, and
            perhaps ``unit``: what is counted.
        title: heading of the page.
        keep_classes: share of classes that the suggested threshold was asked to keep.

    Raises:
        ValueError: where the curves were not counted at ``chosen``.
    """
    spec = theme.with_variables(
        sweep_spec(curves, chosen=chosen, encoder=encoder, n_classes=n_classes, keep_classes=keep_classes)
    )
    caption = " ".join(spec.pop("title")["subtitle"])
    spec["config"] |= {"background": None, "padding": {"left": 2, "top": 4, "right": 10, "bottom": 8}}
    story = _story(curves, chosen, n_classes, keep_classes)
    some = sorted((row for row in lemmas if row["rejected"]), key=_most_rejected)
    return _rendered(
        title=shown(title),
        story=story,
        figure_words=f"Three curves over the similarity threshold. {' '.join(story)}",
        figure_svg=_drawing(spec),
        figure_spec=json_for_html(spec),
        figure_caption=caption,
        chosen=threshold_text(chosen),
        funnel=[stage_row(row) for row in funnel],
        thresholds=_thresholds(curves, chosen, n_classes),
        lemmas=[_lemma(row) for row in some[:LEMMAS_SHOWN]],
        lemmas_left=number(len(some) - LEMMAS_SHOWN) if len(some) > LEMMAS_SHOWN else "",
        found_story=_found_story(found_by),
        found_by=_causes(found_by),
    )


def _rendered(**content: Any) -> str:
    style, script, bundle = template("page.css"), template("figure.js"), vega_bundle()
    policy = content_security_policy([bundle, script], [style])
    return rendered("sweep.html", policy=policy, style=style, script=script, bundle=bundle, **content)


def _drawing(spec: Spec) -> str:
    """The figure where no script runs, and on paper: narrow, so that its letters stay large on a sheet."""
    import vl_convert

    narrow = still(spec) | {"concat": [still(panel) | {"width": NARROWEST} for panel in spec["concat"]]}
    return str(vl_convert.vegalite_to_svg(narrow, vl_version=vega_lite_version(), allowed_base_urls=[]))


def _story(curves: Curves, chosen: float, n_classes: int, keep_classes: float) -> list[str]:
    total, now = total_candidates(curves), reading(curves, chosen)
    if total == 0:
        return [f"{headline(curves, chosen)}. The list has {count(n_classes, 'class')}."]
    out_of = f" out of {count(total, 'candidate')}" if total is not None else ""
    stay = f"{count(now.classes, 'class')} {'stays' if now.samples == 1 else 'stay'}{out_of}"
    sentences = [
        f"At the chosen threshold {threshold_text(chosen)} (strictly above), "
        f"{count(now.samples, 'caption')} of {stay}."
    ]
    if now.candidates > now.samples:
        gone = now.candidates - now.samples
        sentences.append(
            f"{number(now.candidates)} {'is' if now.candidates == 1 else 'are'} above the threshold; "
            f"other rules drop {number(gone)} of them."
        )
    sentences += _suggestion(curves, chosen, keep_classes)
    if n_classes > curves.reachable:
        without = n_classes - curves.reachable
        sentences.append(
            f"Of the {count(n_classes, 'class')} in the list, {number(without)} "
            f"{'has' if without == 1 else 'have'} no caption that stays at any threshold."
        )
    return sentences


def _suggestion(curves: Curves, chosen: float, keep_classes: float) -> list[str]:
    if not math.isfinite(curves.suggested):
        return ["No threshold is suggested, because no class has a caption that could stay."]
    at = reading(curves, curves.suggested)
    which = (
        f"The largest threshold that keeps {100 * keep_classes:g} % of the "
        f"{count(most_classes(curves), 'class')} that can be covered"
    )
    if abs(curves.suggested - chosen) < SAME:
        return [f"{which} is the chosen one."]
    return [
        f"{which} is {threshold_text(curves.suggested)}; it would leave {count(at.samples, 'caption')} of "
        f"{count(at.classes, 'class')}."
    ]


def stage_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A stage of a funnel as a template shows it: numbers as text, reasons in words, the most frequent first."""
    reasons = sorted(row["dropped"].items(), key=lambda item: (-item[1], item[0]))
    return {
        "name": shown(row["name"]),
        "unit": shown(row.get("unit", "rows")),
        "rows_in": number(row["rows_in"]),
        "kept": number(row["kept"]),
        "reasons": [(REASONS.get(name, shown(name)), number(rows)) for name, rows in reasons if rows],
    }


def _thresholds(curves: Curves, chosen: float, n_classes: int) -> list[dict[str, str]]:
    rows = []
    for row in rows_to_show(curves, chosen):
        kinds = [
            name
            for name, mark in (("chosen", chosen), ("suggested", curves.suggested))
            if abs(row.threshold - mark) < SAME
        ]
        rows.append(
            {
                "kind": " ".join(kinds),
                "label": f"({', '.join(kinds)})" if kinds else "",
                "threshold": threshold_text(row.threshold),
                "candidates": number(row.candidates),
                "samples": number(row.samples),
                "classes": number(row.classes),
                "share": share(row.classes, n_classes),
            }
        )
    return rows


def _most_rejected(row: Mapping[str, Any]) -> tuple[int, str, str]:
    return -row["rejected"], str(row["lemma"]), str(row["wnid"])


def _lemma(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "lemma": shown(row["lemma"]),
        "name": shown(row["class_name"]),
        "wnid": shown(row["wnid"]),
        "candidates": number(row["candidates"]),
        "rejected": number(row["rejected"]),
        "share": share(row["rejected"], row["candidates"]),
        "bar": f"{60 * row['rejected'] / row['candidates']:.1f}" if row["candidates"] else "0",
    }


def _found_story(found_by: Mapping[str, int]) -> str:
    total, paper = sum(found_by.values()), found_by.get("paper", 0)
    if not total:
        return "No lemma was found."
    if total == paper:
        return f"Nothing: all {count(total, 'lemma')} found are found by the paper’s rules too."
    more = f", {share(total - paper, paper)} more" if paper else ""
    return (
        f"The paper’s rules find {number(paper)} of the {count(total, 'lemma')} found in captions; "
        f"{number(total - paper)} are found beyond them{more}."
    )


def _causes(found_by: Mapping[str, int]) -> list[dict[str, str]]:
    total = sum(found_by.values())
    order = [*CAUSES, *sorted(set(found_by) - set(CAUSES))]
    return [
        {
            "cause": shown(cause),
            "meaning": CAUSES.get(cause, ""),
            "found": number(found_by[cause]),
            "share": share(found_by[cause], total),
        }
        for cause in order
        if found_by.get(cause)
    ]
