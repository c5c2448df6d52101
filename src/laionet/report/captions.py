"""What stands under each figure of a report: what is drawn, of how many, in what unit, how sure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laionet.report import taken
from laionet.report.comparing.by_class import NAMED
from laionet.report.comparing.findings import named
from laionet.report.comparing.recall_trends import DISPARITY, FREQUENCY, GAP
from laionet.report.words import count, number, shown, threshold_text

Report = Mapping[str, Any]


def _percent(report: Report) -> str:
    return f"{100 * report['settings']['level']:g} %"


def _ab(report: Report) -> tuple[str, str]:
    found = [named(one["title"]) for one in report["datasets"]]
    return (found[0], found[1]) if len(found) > 1 else (found[0], found[0])


def _sets(report: Report) -> str:
    """Both datasets with what they hold."""
    return " and ".join(
        f"{named(one['title'])} ({count(one['images'] or 0, 'image')}, {count(one['classes'] or 0, 'class')})"
        for one in report["datasets"][:2]
    )


def thresholds(report: Report) -> str:
    """Under Figures 3 and 11."""
    run = report["run"]
    curves = taken.curves_of(run)
    share = f"{100 * run['keep_classes']:g} %"
    return (
        f"Captions with a lemma of a class, by cosine to the text of the class ({shown(run['encoder'], 60)}): (a) "
        f"density, per unit of cosine; (b) classes covered, of {number(run['n_classes'])} in the list, and (c) "
        f"captions kept, against the threshold. Dashed: the threshold of this dataset, "
        f"{threshold_text(run['threshold'])}. Dotted: the largest that keeps {share} of the "
        f"{count(curves.reachable, 'class')} with a caption at some threshold."
    )


def frequencies(report: Report) -> str:
    """Under Figure 4."""
    rows = report["run"]["frequencies"]
    total, empty = sum(row["n"] for row in rows), sum(not row["n"] for row in rows)
    without = f" {count(empty, 'class')} of the list {'has' if empty == 1 else 'have'} no sample." if empty else ""
    return (
        f"Share of each class in {taken.run_title(report)}, n = {number(total)} samples of "
        f"{count(len(rows), 'class')}, in "
        "descending order; some classes are named. Dashed: the share that each would have, were all "
        f"alike.{without}"
    )


def accuracy(report: Report) -> str:
    """Under Figures 1, 12 and 14."""
    a, b = _ab(report)
    models = count(len(taken.models_at_1(report)), "model")
    return (
        f"Top-1 accuracy of {models} on {a} against that on {b}: the mean of recalls over the "
        f"{count(_common(report), 'class')} in both, each class counted alike. Bars are {_percent(report)} "
        "intervals. "
        f"On the dashed line, y = x, a model is as good on both. {_sets(report)}."
    )


def _common(report: Report) -> int:
    return int(report["pair"]["classes"]["common"])


def weighting_a(report: Report) -> str:
    """Under Figure 5."""
    return _weighting(report, _ab(report)[0])


def weighting_b(report: Report) -> str:
    """Under Figure 19."""
    return _weighting(report, _ab(report)[1])


def _weighting(report: Report, on: str) -> str:
    models = count(len(taken.models_at_1(report)), "model")
    return (
        f"Top-1 accuracy of {models} on {on}: classes weighted by their frequency in {_ab(report)[0]} against "
        "classes "
        f"counted alike, over the {count(_common(report), 'class')} in both. Bars are {_percent(report)} "
        "intervals. On "
        "the dashed line, y = x, weighting changes nothing."
    )


def similarity(report: Report) -> str:
    """Under Figures 6a, 8a, 10a, 13a and 15."""
    return _density(report, "similarity", "two images of one class", "pairs")


def synset_similarity(report: Report) -> str:
    """Under Figure 17a."""
    return _density(report, "synset_similarity", "an image and its class in words", "images")


def _density(report: Report, kind: str, of: str, what: str) -> str:
    part = taken.first_part(report, kind)
    assert part is not None
    a, b = _ab(report)
    distribution = part["distribution"]
    pairs = distribution["pairs"]
    return (
        f"Distribution of the cosine of {of}, by {shown(part['encoder'], 60)}: {a} (solid, {number(pairs[0])} "
        f"{what}) "
        f"and {b} (dashed, {number(pairs[1])} {what}). All {what} of the "
        f"{count(distribution['classes'], 'class')} in "
        "both, each class with the same weight; the area of each is 1."
    )


def similarity_classes(report: Report) -> str:
    """Under Figures 6b, 10b and 13b."""
    return _by_class(report, "similarity", "mean cosine of two images of a class")


def synset_similarity_classes(report: Report) -> str:
    """Under Figure 17b."""
    return _by_class(report, "synset_similarity", "mean cosine of an image and its class in words")


def _by_class(report: Report, kind: str, what: str) -> str:
    part = taken.first_part(report, kind)
    assert part is not None
    a, b = _ab(report)
    n, alpha = len(part["classes"]), report["settings"]["alpha"]
    return (
        f"Difference in the {what}, {a} less {b}, by {shown(part['encoder'], 60)}, of {count(n, 'class')} from "
        "the "
        f"lowest to the highest. Each class has its own {_percent(report)} interval. Of {number(part['judged'])} "
        f"classes {number(part['lower'])} are significantly lower and {number(part['higher'])} higher (q < "
        f"{alpha:g}, "
        "corrected for as many tests). The line at zero: no difference."
    )


def validity(report: Report) -> str:
    """Under both intervals of each class."""
    part = taken.first_part(report, "similarity")
    assert part is not None
    a, b = _ab(report)
    paper = part["paper"]
    rows = len(taken.validity_rows(report))
    ours, theirs = ("pale", "dark") if rows > NAMED else ("above, thin", "below, thick")
    return (
        f"Difference in the mean cosine of two images of a class, {a} less {b}, of "
        f"{count(rows, 'class')}, each with two intervals: this report's "
        f"({_percent(report)}; {ours}), which knows that pairs share images, and that of the paper's "
        "scripts, 1.96 sd / "
        f"sqrt(pairs - 1) ({theirs}), which takes pairs as independent. By the paper's, "
        f"{number(paper['lower'])} classes would "
        f"be lower and {number(paper['higher'])} higher; by this report's, {number(part['lower'])} and "
        f"{number(part['higher'])}."
    )


def recall_disparity(report: Report) -> str:
    """Under Figure 7."""
    part = taken.first_part(report, "similarity")
    encoder = f" (cosine by {shown(part['encoder'], 60)})" if part else ""
    a, b = _ab(report)
    return _recalls(report, DISPARITY, f"the difference in similarity within the class, {a} less {b}{encoder}")


def recall_frequency(report: Report) -> str:
    """Under Figure 20."""
    return _recalls(report, FREQUENCY, f"the number of its images in {_ab(report)[0]} (log scale)")


def _recalls(report: Report, x: str, against: str) -> str:
    parts = taken.example_trends(report, x)
    a, b = _ab(report)
    measured = f"Recall at 1 on {a} less on {b}" if parts[0]["y"] == GAP else f"Recall at 1 on {a}"
    return (
        f"{measured} of each class against {against}. One dot a class, {number(parts[0]['classes'])} of them; "
        "points "
        f"with bars are means of classes sorted into bins, with {_percent(report)} intervals; dashed is the line "
        f"through all classes. Models: {', '.join(shown(part['model'], 60) for part in parts)}. A filter by "
        "subtree "
        "reaches the dots; means and line are of all classes."
    )


def recall_gaps(report: Report) -> str:
    """Under Figure 21."""
    part = taken.example_gap(report)
    assert part is not None
    a, b = _ab(report)
    return (
        f"{count(part['judged'], 'class')} by recall at 1 on {a} less that on {b}, in points, under "
        f"{shown(part['model'], 60)} ({part['use']}). {number(part['lower'])} are significantly lower, "
        f"{number(part['higher'])} higher (q < {report['settings']['alpha']:g}). Dashed: no gap."
    )
