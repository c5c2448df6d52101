"""Curves over the similarity threshold (paper, Figures 3 and 11), exact and mergeable over shards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ThresholdCounts:
    """Counts of one part of the candidates, per class and threshold; parts add up.

    Attributes:
        thresholds: float64 (m,), ascending.
        candidates: int64 (classes, m), rows with similarity strictly above each threshold.
        samples: int64 (classes, m), those of them that the other rules would keep at that threshold.
        density: int64 (m + 1,), all candidates by similarity: bin j lies in (t[j-1], t[j]].
    """

    thresholds: np.ndarray
    candidates: np.ndarray
    samples: np.ndarray
    density: np.ndarray

    def __add__(self, other: ThresholdCounts) -> ThresholdCounts:
        return ThresholdCounts(
            self.thresholds,
            self.candidates + other.candidates,
            self.samples + other.samples,
            self.density + other.density,
        )


@dataclass(frozen=True)
class ThresholdCurves:
    """What a dataset would be at each threshold.

    Attributes:
        thresholds: float64 (m,), cosine.
        candidates: int64 (m,), captions with a lemma and a similarity above the threshold.
        samples: int64 (m,), rows of the dataset (with the limits per class applied).
        classes: int64 (m,), classes with at least one row.
        density: float64 (m + 1,), share of candidates in each bin between thresholds; sums to 1.
        suggested: largest threshold that keeps the asked share of the classes; NaN without any class.
        reachable: number of classes with a row at some threshold.
    """

    thresholds: np.ndarray
    candidates: np.ndarray
    samples: np.ndarray
    classes: np.ndarray
    density: np.ndarray
    suggested: float
    reachable: int


def thresholds_between(low: float, high: float, step: float, *also: float) -> np.ndarray:
    """Thresholds from ``low`` to ``high`` at multiples of ``step``, and the given ones; float64, ascending.

    Multiples are rounded to 12 decimals, so that 0.58 is the float that a recipe's 0.58 is.
    """
    grid = np.round(np.arange(np.floor(low / step), np.ceil(high / step) + 1) * step, 12)
    return np.unique(np.concatenate([grid[(grid >= low) & (grid <= high)], np.asarray(also, dtype=np.float64)]))


def count_above(
    similarity: np.ndarray,
    labels: np.ndarray,
    n_classes: int,
    thresholds: np.ndarray,
    *,
    kept: np.ndarray | None = None,
    kept_from: np.ndarray | None = None,
) -> ThresholdCounts:
    """Count, for each class and threshold, the candidates strictly above it.

    For a candidate of similarity s that other rules keep only while the threshold is at least u (because
    below u a second class of the same caption would pass too), it is a sample at t if ``u <= t < s``.

    Args:
        similarity: (n,) cosine; compared in float64, as selection does. NaN is above no threshold.
        labels: (n,) class numbers, 0 to ``n_classes - 1``.
        n_classes: number of classes.
        thresholds: (m,) ascending.
        kept: (n,) bool, whether the other rules keep the row at any threshold; default all.
        kept_from: (n,) lowest threshold u from which they keep it; default minus infinity.

    Returns:
        Integer counts, exact; counts of two parts of the data add up to those of the whole.
    """
    s = np.asarray(similarity, dtype=np.float64)
    s = np.where(np.isnan(s), -np.inf, s)  # searchsorted would put it above all thresholds
    labels = np.asarray(labels, dtype=np.int64)
    kept = np.ones(len(s), dtype=bool) if kept is None else kept
    m = len(thresholds)
    below = np.searchsorted(thresholds, s, side="left")  # thresholds strictly below s are the first ones
    first = (
        np.zeros(len(s), dtype=np.int64)
        if kept_from is None
        else np.searchsorted(thresholds, np.asarray(kept_from, dtype=np.float64), side="left")
    )
    ends = np.bincount(labels * (m + 1) + below, minlength=n_classes * (m + 1)).reshape(n_classes, m + 1)
    candidates = np.cumsum(ends[:, ::-1], axis=1)[:, ::-1][:, 1:]
    lasting = kept & (first < below)
    starts = np.bincount(labels[lasting] * (m + 1) + first[lasting], minlength=n_classes * (m + 1))
    stops = np.bincount(labels[lasting] * (m + 1) + below[lasting], minlength=n_classes * (m + 1))
    samples = np.cumsum((starts - stops).reshape(n_classes, m + 1), axis=1)[:, :m]
    return ThresholdCounts(thresholds, candidates, samples, ends.sum(axis=0))


def curves(
    counts: ThresholdCounts, *, keep_classes: float = 0.95, per_class_limit: int | None = None
) -> ThresholdCurves:
    """Curves over the threshold from summed counts.

    The suggested threshold is the knee: the largest t with ``classes(t) >= keep_classes * max(classes)``.
    Without ``kept_from`` classes fall as t rises and the maximum is at the lowest t; with it a class can come
    in late, and no single t need cover all that are reachable. The paper chose 0.82 and 0.58 by eye as "the
    highest reasonable choice" that covers most classes (Section 2, Appendix A).

    Args:
        counts: sum over all shards.
        keep_classes: share to keep of the most classes that one threshold covers, above 0 and up to 1.
        per_class_limit: most rows a class may have (top-k or cap).
    """
    samples = (counts.samples if per_class_limit is None else np.minimum(counts.samples, per_class_limit)).sum(
        axis=0
    )
    classes = (counts.samples > 0).sum(axis=0)
    reachable = int((counts.samples > 0).any(axis=1).sum())
    # The slack is for products such as 0.55 * 100, which is a hair above 55 in floating point.
    most = int(classes.max(initial=0))
    enough = np.flatnonzero(classes >= keep_classes * most - 1e-9) if most else np.zeros(0, int)
    total = counts.density.sum()
    return ThresholdCurves(
        thresholds=counts.thresholds,
        candidates=counts.candidates.sum(axis=0),
        samples=samples,
        classes=classes,
        density=counts.density / total if total else counts.density.astype(np.float64),
        suggested=float(counts.thresholds[enough[-1]]) if len(enough) else float("nan"),
        reachable=reachable,
    )
