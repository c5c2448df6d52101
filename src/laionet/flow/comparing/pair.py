"""Two described datasets to a comparison: a document of plain numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from laionet.flow.comparing import lost, recalls, similarities
from laionet.flow.comparing.aligned import Aligned, align
from laionet.flow.comparing.described import Described
from laionet.flow.comparing.robust import Baseline, robustness_part
from laionet.report.results import Pair


@dataclass(frozen=True)
class Settings:
    """How a comparison is made.

    Attributes:
        level: of all intervals.
        alpha: false discovery rate of classes that count as lower or higher.
        seed: of every random draw.
        rarefy_to: images a class that diversity is compared at.
        baseline: models of a testbed that effective robustness is against; None for none.
    """

    level: float = 0.95
    alpha: float = 0.05
    seed: int = 0
    rarefy_to: int = 20
    baseline: Baseline | None = None


def compare(a: Described, b: Described, settings: Settings | None = None) -> Pair:
    """Compare two datasets over the classes that both have images of.

    Args:
        a: the dataset in question, as chosen by caption.
        b: the reference, as chosen by annotators.
        settings: levels and seed.

    Returns:
        A dict, whose main numbers a notebook shows:

        - ``datasets``: of each title, images, classes.
        - ``classes``: how many are common, and the names of those that one alone has.
        - ``accuracy``: for each model and k both accuracies and their difference (a - b), equally weighted and
          by frequency; ``groups``: means over models.
        - ``robustness``: each model against the line of a testbed's models, where a baseline is given.
        - ``gaps``: for each model the recall gaps over classes, and the largest; ``trends``: what they go with.
        - ``similarity``: for each encoder the pooled difference (a - b), counts of classes significantly lower
          and higher, by our interval and by the paper's, rows by class, distribution of pairs, diversity, power.
        - ``synset_similarity``: likewise of images and their synset's text.
        - ``missing``: what was lost on the way, and how far it could move the differences.

    Raises:
        OutputError: where no class has images in both.
    """
    settings = settings or Settings()
    return Pair.of(compared(a, b, settings)[0], settings.level, settings.alpha)


def compared(a: Described, b: Described, settings: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    """As ``compare``, and with it columns of all classes: wnid, name and the recalls of every model."""
    both = align(a, b)
    found = recalls.all_recalls(both, level=settings.level, alpha=settings.alpha)
    parts, arrays = [], []
    for name in a.names("embedding"):
        if name in b.names("embedding"):
            part, similar = similarities.similarity_part(
                both,
                name,
                level=settings.level,
                alpha=settings.alpha,
                seed=settings.seed,
                rarefy_to=settings.rarefy_to,
            )
            parts.append(part)
            arrays.append(similar)
    kept = both.common
    columns: dict[str, Any] = {
        "wnid": [both.classes[i].wnid for i in np.flatnonzero(kept)],
        "name": [both.classes[i].text_name for i in np.flatnonzero(kept)],
        "n_a": both.a.counts[kept],
        "n_b": both.b.counts[kept],
        **{name: values[kept] for name, values in recalls.class_columns(found).items()},
    }
    document = _document(a, b, both, found, parts, arrays, settings)
    return document, columns


def _document(
    a: Described,
    b: Described,
    both: Aligned,
    found: list[recalls.Recalls],
    parts: list[dict[str, Any]],
    arrays: list[similarities.Similarities],
    settings: Settings,
) -> dict[str, Any]:
    rows = recalls.accuracy_rows(found, both)
    disparity = arrays[0].a.mean - arrays[0].b.mean if arrays else None
    return {
        "datasets": [_dataset(one) for one in (a, b)],
        "classes": _classes(both),
        "accuracy": rows,
        "groups": recalls.group_rows(both, settings.level),
        "gaps": [
            recalls.gap_part(one, both, level=settings.level, seed=settings.seed) for one in found if one.k == 1
        ],
        "robustness": robustness_part(rows, both, settings.baseline, settings.level)
        if settings.baseline and rows
        else None,
        "trends": recalls.trend_parts(found, both, disparity, settings.level),
        "similarity": parts,
        "synset_similarity": [
            similarities.synset_part(both, name, level=settings.level, alpha=settings.alpha, seed=settings.seed)
            for name in a.names("synset_similarity")
            if name in b.names("synset_similarity")
        ],
        "missing": lost.lost_part(both, found, arrays, level=settings.level, seed=settings.seed),
    }


def _dataset(one: Described) -> dict[str, Any]:
    return {"title": one.title, "images": len(one), "classes": int((one.counts > 0).sum())}


def _classes(both: Aligned) -> dict[str, Any]:
    def names(mask: np.ndarray) -> list[str]:
        return [both.classes[i].text_name for i in np.flatnonzero(mask)]

    return {
        "common": int(both.common.sum()),
        "names": names(both.common),
        "only_a": names((both.a.counts > 0) & ~both.common),
        "only_b": names((both.b.counts > 0) & ~both.common),
        "same_list": both.same_list,
    }
