"""The part of a comparison on similarity: within a class, to the synset's text, and the distribution of pairs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from laionet.compare import diversity as diverse
from laionet.compare.distribution import distances
from laionet.compare.histogram import PairHistogram, combined, value_histogram
from laionet.compare.pairs import pair_histogram
from laionet.compare.power import Pooled, Rule, Similarity, needed
from laionet.compare.similarity import (
    ClassSimilarity,
    SimilarityDifference,
    intra_class,
    similarity_difference,
    to_text,
)
from laionet.flow.comparing.aligned import Aligned

#: Bins of the histograms that a document holds; distances are computed from many more.
DRAWN_BINS = 128
#: True differences that numbers of images are given for; cosine.
DIFFERENCES = (0.01, 0.02, 0.05, 0.1)


@dataclass(frozen=True)
class Similarities:
    """One encoder's similarities on both datasets, over the joint class list.

    Attributes:
        encoder: its name.
        a, b: mean by class.
        found: A less B.
    """

    encoder: str
    a: ClassSimilarity
    b: ClassSimilarity
    found: SimilarityDifference


def similarity_part(
    both: Aligned, encoder: str, *, level: float, alpha: float, seed: int, rarefy_to: int
) -> tuple[dict[str, Any], Similarities]:
    """Everything about one encoder's embeddings, and the arrays that other parts need."""
    sides = (both.a, both.b)
    embeddings = [side.data.embeddings(encoder) for side in sides]
    n = len(both.classes)
    sound, paper = (
        [intra_class(x, side.label, n, level=level, method=m) for x, side in zip(embeddings, sides, strict=True)]
        for m in ("second-order", "paper")
    )
    found = similarity_difference(*sound, alpha=alpha)
    pairs = [pair_histogram(x, side.label, n) for x, side in zip(embeddings, sides, strict=True)]
    part = _differences(both, encoder, sound, found)
    part["paper"] = paper_counts(paper[0], paper[1])
    _add_paper_intervals(part["classes"], both, paper[0], paper[1])
    part["left_out"] = [int(one.left_out.sum()) for one in sound]
    part["distribution"] = _distribution(pairs[0], pairs[1], level, seed)
    part["diversity"] = _diversity(both, embeddings, level, seed, rarefy_to)
    part["power"] = power_rows(sound[0], sound[1], found, alpha)
    return part, Similarities(encoder, sound[0], sound[1], found)


def synset_part(both: Aligned, model: str, *, level: float, alpha: float, seed: int) -> dict[str, Any]:
    """Similarity of images to their own synset's text by one model (Appendix D, Figure 17)."""
    values = [side.data.numbers(f"synset_similarity/{model}") for side in (both.a, both.b)]
    n = len(both.classes)
    sides = [to_text(v, side.label, n, level=level) for v, side in zip(values, (both.a, both.b), strict=True)]
    found = similarity_difference(sides[0], sides[1], alpha=alpha)
    part = _differences(both, model, sides, found)
    shown = [value_histogram(v, s.label, n) for v, s in zip(values, (both.a, both.b), strict=True)]
    part["distribution"] = _distribution(shown[0], shown[1], level, seed)
    return part


def _differences(
    both: Aligned, name: str, sides: list[ClassSimilarity], found: SimilarityDifference
) -> dict[str, Any]:
    judged = np.isfinite(found.difference)
    return {
        "encoder": name,
        "a": _mean(sides[0].mean[judged]),
        "b": _mean(sides[1].mean[judged]),
        "pooled": asdict(found.pooled),
        "fixed": asdict(found.fixed),
        "judged": found.judged,
        "below": found.below,
        "lower": found.lower,
        "higher": found.higher,
        "classes": _rows(both, sides, found),
    }


def paper_interval(a: ClassSimilarity, b: ClassSimilarity) -> tuple[np.ndarray, np.ndarray]:
    """Interval of the difference by class as the paper has it, pairs taken as independent; float64 (classes,)."""
    half = 1.96 * np.sqrt(a.se**2 + b.se**2)
    return a.mean - b.mean - half, a.mean - b.mean + half


def paper_counts(a: ClassSimilarity, b: ClassSimilarity) -> dict[str, int]:
    """Classes lower and higher by the paper's interval, with no correction for many tests."""
    low, high = paper_interval(a, b)
    return {"lower": int(np.sum(high < 0)), "higher": int(np.sum(low > 0))}


def _add_paper_intervals(
    rows: list[dict[str, Any]], both: Aligned, a: ClassSimilarity, b: ClassSimilarity
) -> None:
    """Set the paper's interval beside ours, so that a reader can see what it would have said."""
    place = {synset.wnid: i for i, synset in enumerate(both.classes)}
    low, high = paper_interval(a, b)
    for row in rows:
        row["paper_low"], row["paper_high"] = float(low[place[row["wnid"]]]), float(high[place[row["wnid"]]])


def _mean(values: np.ndarray) -> float | None:
    some = values[np.isfinite(values)]
    return float(some.mean()) if len(some) else None


def _rows(both: Aligned, sides: list[ClassSimilarity], found: SimilarityDifference) -> list[dict[str, Any]]:
    """One row a class that both datasets can judge, from the lowest difference to the highest."""
    rows = [
        {
            "wnid": synset.wnid,
            "name": synset.text_name,
            "n_a": int(sides[0].n[i]),
            "n_b": int(sides[1].n[i]),
            "a": float(sides[0].mean[i]),
            "b": float(sides[1].mean[i]),
            **{key: float(getattr(found, key)[i]) for key in ("difference", "low", "high", "p", "q")},
        }
        for i, synset in enumerate(both.classes)
        if np.isfinite(found.difference[i]) and np.isfinite(found.low[i])
    ]
    return sorted(rows, key=lambda row: row["difference"])


def _distribution(a: PairHistogram, b: PairHistogram, level: float, seed: int) -> dict[str, Any]:
    """Distances of the distributions, and both for drawing, each class of equal weight."""
    shared = (a.pairs > 0) & (b.pairs > 0)
    kept = [_only(one, shared) for one in (a, b)]
    found = distances(kept[0], kept[1], level=level, seed=seed)
    densities = [combined(one).reshape(DRAWN_BINS, -1).sum(axis=1) for one in kept]
    filled = np.flatnonzero(np.nan_to_num(densities[0] + densities[1]))
    first, last = (int(filled[0]), int(filled[-1]) + 1) if len(filled) else (0, 0)
    return asdict(found) | {
        "edges": np.linspace(-1, 1, DRAWN_BINS + 1)[first : last + 1].tolist(),
        "density_a": densities[0][first:last].tolist(),
        "density_b": densities[1][first:last].tolist(),
        "pairs": [int(one.pairs.sum()) for one in kept],
    }


def _only(one: PairHistogram, shared: np.ndarray) -> PairHistogram:
    return PairHistogram(one.edges, np.where(shared[:, None], one.counts, 0), one.n, one.left_out)


def _diversity(
    both: Aligned, embeddings: list[np.ndarray], level: float, seed: int, rarefy_to: int
) -> list[dict[str, Any]]:
    """Measures of diversity at equal numbers of images, over classes that have these in both datasets."""
    n = len(both.classes)
    sides = [
        diverse.diversity(x, side.label, n, rarefy_to=rarefy_to, seed=seed)
        for x, side in zip(embeddings, (both.a, both.b), strict=True)
    ]
    found = diverse.diversity_difference(sides[0], sides[1], level=level)
    rows = []
    for name, meaning in diverse.MEANINGS.items():
        both_have = np.isfinite(found.differences[name])
        rows.append(
            {
                "measure": name,
                "meaning": meaning,
                "images": rarefy_to,
                "classes": found.classes[name],
                "a": _mean(sides[0].rarefied[name][both_have]),
                "b": _mean(sides[1].rarefied[name][both_have]),
                "difference": asdict(found.pooled[name]),
                "a_all": _mean(sides[0].values[name][both.common]),
                "b_all": _mean(sides[1].values[name][both.common]),
            }
        )
    return rows


def power_rows(
    a: ClassSimilarity, b: ClassSimilarity, found: SimilarityDifference, alpha: float
) -> list[dict[str, Any]]:
    """Images a class that it takes in each dataset to see a difference, at the spread seen here, power 0.8.

    ``one_class``: in a class by itself at p < alpha; ``all_classes``: in each of the judged at q < alpha, all of
    them differing; ``mean``: in the mean over the classes.
    """
    sd = float(np.sqrt(np.nanmean(np.concatenate([(one.se**2 * one.n / 4) for one in (a, b)]))))
    if not np.isfinite(sd) or sd <= 0 or found.judged < 2:
        return []
    within = np.nanmean(found.se**2)
    between = float(np.sqrt(max(np.nanvar(found.difference, ddof=1) - within, 0.0)))
    return [
        {
            "difference": size,
            "one_class": needed(Similarity(sd), size, rule=Rule(alpha)),
            "all_classes": needed(Similarity(sd), size, rule=Rule(alpha, tests=found.judged)),
            "mean": needed(Pooled(found.judged, Similarity(sd), between), size, rule=Rule(alpha)),
        }
        for size in DIFFERENCES
    ]
