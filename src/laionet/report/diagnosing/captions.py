"""What stands under the figures of the experiments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laionet.report.comparing.findings import named
from laionet.report.words import count, number, shown, threshold_text

Report = Mapping[str, Any]


def selection_frequency(report: Report) -> str:
    """Under Figures 8b and 8c."""
    document = report["diagnosis"]["frequency"]
    part = document["encoders"][0]
    return (
        "Share of classes where the reference is significantly less, and more, similar within the class than each "
        f"version, against the version's mean selection frequency. Cosine by {shown(part['encoder'], 60)}; "
        f"q < {document['settings']['alpha']:g}; bars are {_level(document)} intervals. Versions: "
        f"{_versions(document)}."
    )


def _versions(document: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{shown(one['title'], 40)} ({count(one['images'], 'image')})" for one in document["versions"]
    )


def _level(document: Mapping[str, Any]) -> str:
    return f"{100 * document['settings']['level']:g} %"


def explained(report: Report) -> str:
    """Under Figure 9."""
    document = report["diagnosis"]["explained"]
    observed, selected = document["observed"], document["selected"]
    also = (
        f", and dashed {count(selected['captions'], 'caption')} of a dataset selected by text alone"
        if selected
        else ""
    )
    return (
        f"Captions by cosine to the text of their own class ({shown(document['encoder']['name'], 60)}): (left) "
        "share "
        f"of captions; (right) mean share of the {number(observed['other_classes'])} other classes that are more "
        f"similar to the caption, with {_level(document)} intervals. Solid: "
        f"{count(observed['captions'], 'caption')}{also}. Dotted: had the class been picked at random."
    )


def searched(report: Report) -> str:
    """Under Figures 10 and 18."""
    document = report["diagnosis"]["searched"]
    at = threshold_text(document["settings"]["threshold"])
    found = document["found"]
    text = (
        f"For each of {count(document['texts'], 'text')} the nearest caption of the corpus: classes and samples "
        "found "
        f"above each threshold. Dashed: {at}, where {count(found['samples'], 'sample')} of "
        f"{count(found['classes'], 'class')} are found."
    )
    if not document["similarity"]:
        return text
    part = document["similarity"][0]
    return (
        f"{text} Shares of classes significantly less and more similar within the class than in "
        f"{named(document['reference']['title'])}, q < {document['settings']['alpha']:g}, with "
        f"{_level(document)} "
        f"intervals; distribution of pairs, and difference by class, at {at}. Cosine by "
        f"{shown(part['encoder'], 60)}."
    )


def frontier(report: Report) -> str:
    """Under the frontier of thresholds."""
    document = report["diagnosis"]["frontier"]
    noun = "class" if document["keep"] == "classes" else "sample"
    text = (
        f"Pairs of a threshold on the text and one on the image ({shown(document['model'], 60)}) that keep "
        f"{count(document['wanted'], noun)} of {named(document['dataset']['title'])}, cosine."
    )
    if document.get("against"):
        text += (
            f" Beside: similarity within the class less that of {named(document['against'])} at the named "
            "pairs, "
            f"with {_level(document)} intervals. Dashed: no difference."
        )
    return text


def nearest(report: Report) -> str:
    """Under similarities to the nearest image."""
    document = report["diagnosis"]["nearest"]
    images, corpus = document["images"], document["corpus"]
    return (
        f"{count(images['images'], 'image')} of {named(images['title'])} by cosine to the nearest of "
        f"{count(corpus['images'], 'image')} of the corpus, by {shown(images['encoder'], 60)}."
    )


def independence(report: Report) -> str:
    """Under the test of independence."""
    document = report["diagnosis"]["independence"]
    part = document["encoders"][0]
    return (
        f"Squared distance of embeddings ({shown(part['encoder'], 60)}) of chosen and other images of one "
        "caption, of "
        f"{count(part['tested'], 'class')} in rising order. Found: q < {document['settings']['alpha']:g}. On the "
        "dashed line the image and the selection are independent given the caption."
    )


def dose(report: Report) -> str:
    """Under the dose-response."""
    document = report["diagnosis"]["dose"]
    settings = document["settings"]
    explained = document["explained"]
    gap = " Horizontal lines: the measured gap with its interval; the band holds the strengths that explain it."
    return (
        "Statistics of simulated datasets against the strength of the image link in their selection, "
        f"{number(settings['seeds'])} trials a strength: means with one standard deviation, the monotone curve "
        "with "
        f"its {_level(document)} band. Last: share of trials in which each test finds something, "
        f"p < {settings['alpha']:g}.{gap if explained else ''}"
    )
