"""What each figure takes from the document of a report; None where the report has no such data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from laionet.report.comparing.accuracy import example_models
from laionet.report.comparing.by_class import similarity_figure
from laionet.report.comparing.distributions import density_figure, gap_figure
from laionet.report.comparing.frequencies import frequencies_figure
from laionet.report.comparing.numbers import known
from laionet.report.comparing.recall_trends import DISPARITY, FREQUENCY, GAP, MODELS, recall_figure
from laionet.report.comparing.scatter import accuracy_figure, weighting_figure
from laionet.report.comparing.validity import validity_figure
from laionet.report.diagnosing.dose import dose_figure
from laionet.report.diagnosing.explained import explained_figure
from laionet.report.diagnosing.frequency import frequency_figure
from laionet.report.diagnosing.frontier import frontier_figure
from laionet.report.diagnosing.independence import independence_figure
from laionet.report.diagnosing.nearest import nearest_figure
from laionet.report.diagnosing.searched import searched_figure
from laionet.report.figures import sweep_spec
from laionet.report.panels import Spec
from laionet.report.words import shown

Report = Mapping[str, Any]

#: What two kinds of similarity are called on an axis, of classes and of pairs.
WITHIN_CLASS = "mean cosine within the class", "cosine of two images of a class"
TO_TEXT = "mean cosine to the text", "cosine of an image and its class in words"


@dataclass(frozen=True)
class Curves:
    """Curves over the threshold as a report stores them; ``sweep.Curves`` says what they are."""

    thresholds: np.ndarray
    candidates: np.ndarray
    samples: np.ndarray
    classes: np.ndarray
    density: np.ndarray
    suggested: float
    reachable: int


def names(report: Report) -> tuple[str, str]:
    """What A and B are called on an axis."""
    found = [shown(one["title"], 28) for one in report["datasets"]]
    return (found[0], found[1]) if len(found) > 1 else (found[0], found[0]) if found else ("A", "B")


def run_title(report: Report) -> str:
    """What the dataset that the run built is called."""
    runs = report.get("runs") or []
    at = next((at for at, run in enumerate(runs) if run == report["run"]), 0)
    return shown(report["datasets"][at]["title"], 60)


def pair_of(report: Report) -> Mapping[str, Any]:
    """The comparison; empty where there is none."""
    return report.get("pair") or {}


def models_at_1(report: Report) -> list[Mapping[str, Any]]:
    """Rows of top-1 accuracy that are known on both datasets."""
    rows = pair_of(report).get("accuracy") or []
    return [row for row in rows if row["k"] == 1 and known(row["a"]["value"]) and known(row["b"]["value"])]


def first_part(report: Report, kind: str) -> Mapping[str, Any] | None:
    """The first encoder's part of ``similarity`` or ``synset_similarity``."""
    parts = pair_of(report).get(kind) or []
    return parts[0] if parts else None


def example_gap(report: Report) -> Mapping[str, Any] | None:
    """The gaps of the classifier that is best on B, else of the first model."""
    parts = [part for part in pair_of(report).get("gaps") or [] if part["counts"]]
    examples = example_models(pair_of(report))
    return next(
        (part for part in parts if f"{part['use']}/{part['model']}" in examples[:1]), next(iter(parts), None)
    )


def example_trends(report: Report, x: str) -> list[Mapping[str, Any]]:
    """Trends of one x, of the recall on A where the comparison has it: the examples first, then the best on B."""
    parts = [part for part in pair_of(report).get("trends") or [] if part["x"] == x]
    parts = [part for part in parts if part["y"] != GAP] or parts
    examples = example_models(pair_of(report))
    best = {f"{row['use']}/{row['model']}": -row["b"]["value"] for row in models_at_1(report)}

    def place(part: Mapping[str, Any]) -> tuple[bool, float, str]:
        key = f"{part['use']}/{part['model']}"
        return key not in examples, best.get(key, 0.0), key

    return sorted(parts, key=place)[:MODELS]


def curves_of(run: Mapping[str, Any]) -> Curves:
    """The curves of a run as arrays."""
    found = run["curves"]
    suggested = found["suggested"]
    return Curves(
        thresholds=np.asarray(found["thresholds"], dtype=np.float64),
        candidates=np.asarray(found["candidates"], dtype=np.int64),
        samples=np.asarray(found["samples"], dtype=np.int64),
        classes=np.asarray(found["classes"], dtype=np.int64),
        density=np.asarray(found["density"], dtype=np.float64),
        suggested=float(suggested) if known(suggested) else float("nan"),
        reachable=int(found["reachable"]),
    )


def thresholds(report: Report) -> Spec | None:
    """Figures 3 and 11."""
    run = report.get("run")
    if not run or not run.get("curves") or not run["curves"]["thresholds"]:
        return None
    return sweep_spec(
        curves_of(run),
        chosen=run["threshold"],
        encoder=run["encoder"],
        n_classes=run["n_classes"],
        keep_classes=run["keep_classes"],
    )


def frequencies(report: Report) -> Spec | None:
    """Figure 4."""
    run = report.get("run")
    if not run or not run.get("frequencies"):
        return None
    return frequencies_figure(run["frequencies"], shown(run_title(report), 28))


def accuracy(report: Report) -> Spec | None:
    """Figures 1, 12 and 14."""
    rows = models_at_1(report)
    return accuracy_figure(rows, *names(report), classes=report.get("rows")) if rows else None


def weighting_a(report: Report) -> Spec | None:
    """Figure 5."""
    return _weighting(report, "a")


def weighting_b(report: Report) -> Spec | None:
    """Figure 19."""
    return _weighting(report, "b")


def _weighting(report: Report, side: str) -> Spec | None:
    rows = models_at_1(report)
    return weighting_figure(rows, side, *names(report)) if rows else None


def similarity(report: Report) -> Spec | None:
    """Figures 6a, 8a, 10a, 13a and 15."""
    return _density(report, "similarity", WITHIN_CLASS[1])


def synset_similarity(report: Report) -> Spec | None:
    """Figure 17a."""
    return _density(report, "synset_similarity", TO_TEXT[1])


def _density(report: Report, kind: str, what: str) -> Spec | None:
    part = first_part(report, kind)
    if not part or not (part.get("distribution") or {}).get("density_a"):
        return None
    return density_figure(part["distribution"], names(report), what, part["classes"])


def similarity_classes(report: Report) -> Spec | None:
    """Figures 6b, 10b and 13b."""
    return _by_class(report, "similarity", WITHIN_CLASS[0])


def synset_similarity_classes(report: Report) -> Spec | None:
    """Figure 17b."""
    return _by_class(report, "synset_similarity", TO_TEXT[0])


def _by_class(report: Report, kind: str, what: str) -> Spec | None:
    part = first_part(report, kind)
    if not part or not part["classes"]:
        return None
    return similarity_figure(part["classes"], *names(report), alpha=report["settings"]["alpha"], what=what)


def validity(report: Report) -> Spec | None:
    """Our interval and the paper's of each class."""
    rows = validity_rows(report)
    return validity_figure(rows, *names(report), what=WITHIN_CLASS[0]) if rows else None


def validity_rows(report: Report) -> Sequence[Mapping[str, Any]]:
    """The classes that have both intervals."""
    part = first_part(report, "similarity")
    keys = ("difference", "low", "high", "paper_low", "paper_high")
    return [row for row in part["classes"] if all(known(row.get(key)) for key in keys)] if part else []


def recall_disparity(report: Report) -> Spec | None:
    """Figure 7."""
    return _recalls(report, DISPARITY)


def recall_frequency(report: Report) -> Spec | None:
    """Figure 20."""
    return _recalls(report, FREQUENCY)


def _recalls(report: Report, x: str) -> Spec | None:
    parts, rows = example_trends(report, x), report.get("rows")
    return recall_figure(rows, parts, *names(report)) if parts and rows else None


def recall_gaps(report: Report) -> Spec | None:
    """Figure 21."""
    part = example_gap(report)
    return gap_figure(part, *names(report), rows=report.get("rows")) if part else None


def _experiment(report: Report, name: str) -> Mapping[str, Any] | None:
    return (report.get("diagnosis") or {}).get(name)


def selection_frequency(report: Report) -> Spec | None:
    """Figures 8b and 8c."""
    document = _experiment(report, "frequency")
    return frequency_figure(document) if document and document["encoders"] else None


def explained(report: Report) -> Spec | None:
    """Figure 9."""
    document = _experiment(report, "explained")
    return explained_figure(document) if document else None


def searched(report: Report) -> Spec | None:
    """Figures 10 and 18."""
    document = _experiment(report, "searched")
    return searched_figure(document) if document else None


def frontier(report: Report) -> Spec | None:
    """The journal version's experiment: an image link put into the selection."""
    document = _experiment(report, "frontier")
    return frontier_figure(document) if document else None


def nearest(report: Report) -> Spec | None:
    """How similar the nearest image of the corpus is."""
    document = _experiment(report, "nearest")
    return nearest_figure(document) if document else None


def independence(report: Report) -> Spec | None:
    """Image and selection given the caption, class by class."""
    document = _experiment(report, "independence")
    return independence_figure(document) if document and document["encoders"] else None


def dose(report: Report) -> Spec | None:
    """Statistics of simulated webs against the strength of the image link."""
    document = _experiment(report, "dose")
    return dose_figure(document) if document else None
