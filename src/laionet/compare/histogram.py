"""Histograms of similarities, one a class: merged, averaged over classes, read off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from laionet.compare.arrays import group, to_numpy

#: Bins from -1 to 1. Their width, 1/1024, and all edges are exact in float32.
BINS = 2048
_MOST_BINS = 1 << 15

#: How far a cosine may be beyond -1 and 1 by rounding, half precision counted.
_SLACK = 4e-3


@dataclass(frozen=True, eq=False)
class PairHistogram:
    """Counts of similarities by class.

    Attributes:
        edges: float64 (m + 1,), from -1 to 1. Bin k holds edges[k] <= similarity < edges[k + 1], the last one its
            upper edge too.
        counts: int64 (classes, m).
        n: int64 (classes,), images whose pairs were counted (of both datasets, between two); of a histogram of
            single values, the values.
        left_out: int64 (classes,), images without direction (zero, or a value that is not finite), or values that
            are not finite.
    """

    edges: np.ndarray
    counts: np.ndarray
    n: np.ndarray
    left_out: np.ndarray

    @property
    def pairs(self) -> np.ndarray:
        """Similarities of each class, int64 (classes,)."""
        return self.counts.sum(axis=1)

    @property
    def width(self) -> float:
        """Of a bin."""
        return float(self.edges[1] - self.edges[0])


def bin_edges(bins: int) -> np.ndarray:
    """Edges of ``bins`` equal bins from -1 to 1, float64 (bins + 1,).

    Raises:
        ValueError: for fewer than 2 bins, or more than 32,768: float32 cannot tell narrower ones apart.
    """
    if not 2 <= bins <= _MOST_BINS:
        raise ValueError(f"There can be 2 to {_MOST_BINS} bins, not {bins}.")
    return np.linspace(-1.0, 1.0, bins + 1)


def empty(n_classes: int, bins: int) -> PairHistogram:
    """A histogram that has counted nothing yet."""
    none = np.zeros(n_classes, dtype=np.int64)
    return PairHistogram(bin_edges(bins), np.zeros((n_classes, bins), dtype=np.int64), none, none.copy())


def value_histogram(values: Any, labels: Any, n_classes: int | None = None, bins: int = BINS) -> PairHistogram:
    """Histogram of one similarity an image, as of image and synset text (paper, Appendix D).

    Args:
        values: float (n,), cosines, numpy or torch.
        labels: int (n,), class of each; negative: of none.
        n_classes: length of the class list; None for the largest label and one.
        bins: from -1 to 1.

    Raises:
        ValueError: for values that are no cosines, or labels that do not fit.
    """
    value = to_numpy(values).astype(np.float64)
    if value.ndim != 1:
        raise ValueError(f"There must be one value an image; values have shape {value.shape}.")
    groups = group(labels, n_classes, length=len(value))
    found = empty(len(groups), bins)
    label = np.repeat(np.arange(len(groups)), groups.counts)
    value = value[groups.rows]
    known = np.isfinite(value)
    largest = float(np.abs(value[known]).max(initial=0))
    if largest > 1 + _SLACK:
        raise ValueError(f"Similarities lie between -1 and 1; the size of one is {largest:g}.")
    place = np.searchsorted(found.edges, value[known], side="right") - 1
    place = label[known] * bins + place.clip(0, bins - 1)
    counts = np.bincount(place, minlength=len(groups) * bins).reshape(len(groups), bins)
    n = np.bincount(label[known], minlength=len(groups))
    return PairHistogram(found.edges, counts, n, groups.counts - n)


def merge(parts: Iterable[PairHistogram]) -> PairHistogram:
    """The histogram of all parts of one job, or of datasets of different classes. Associative.

    Raises:
        ValueError: without a part, or where parts differ in bins or classes.
    """
    whole: PairHistogram | None = None
    for part in parts:
        whole = part if whole is None else _add(whole, part)
    if whole is None:
        raise ValueError("There is nothing to merge.")
    return whole


def union(a: PairHistogram, b: PairHistogram, between: PairHistogram) -> PairHistogram:
    """The histogram of two datasets put together, from those of the pairs within each and between them.

    So a class that is spread over files can be counted file by file.
    """
    within = _add(a, b)
    whole = _add(within, between)
    return PairHistogram(whole.edges, whole.counts, within.n, within.left_out)


def _add(a: PairHistogram, b: PairHistogram) -> PairHistogram:
    if a.counts.shape != b.counts.shape:
        raise ValueError(
            f"Histograms of {a.counts.shape} and {b.counts.shape} (classes, bins) do not add up; "
            "give n_classes and bins when making them."
        )
    return PairHistogram(a.edges, a.counts + b.counts, a.n + b.n, a.left_out + b.left_out)


def shares(histogram: PairHistogram) -> np.ndarray:
    """Each class's counts over their sum, float64 (classes, m); NaN for a class without pairs."""
    with np.errstate(invalid="ignore"):
        return histogram.counts / histogram.pairs[:, None]


def combined(histogram: PairHistogram) -> np.ndarray:
    """Distribution over all classes, each of the same weight (paper, Section 3.2); float64 (m,), sums to 1.

    The paper draws as many pairs from each class instead; this is what its draws tend to. Classes without pairs
    do not count; NaN where none has any.
    """
    some = histogram.counts[histogram.pairs > 0]
    if not len(some):
        return np.full(histogram.counts.shape[1], np.nan)
    return (some / some.sum(axis=1, keepdims=True)).mean(axis=0)


def class_means(histogram: PairHistogram) -> np.ndarray:
    """Mean similarity of each class from bin middles, float64 (classes,); wrong by at most half a bin's width.

    For the exact mean see ``similarity``: it needs no pairs.
    """
    return shares(histogram) @ _middles(histogram)


def mean(histogram: PairHistogram) -> float:
    """Mean of the distribution over all classes; wrong by at most half a bin's width."""
    return float(combined(histogram) @ _middles(histogram))


def quantiles(histogram: PairHistogram, at: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95)) -> np.ndarray:
    """Quantiles of the distribution over all classes, float64 (len(at),); wrong by at most a bin's width."""
    return _quantiles(combined(histogram), histogram.edges, at)


def class_quantiles(histogram: PairHistogram, at: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95)) -> np.ndarray:
    """Quantiles of each class, float64 (classes, len(at)); NaN for a class without pairs."""
    return np.array([_quantiles(row, histogram.edges, at) for row in shares(histogram)]).reshape(-1, len(at))


def _middles(histogram: PairHistogram) -> np.ndarray:
    return (histogram.edges[:-1] + histogram.edges[1:]) / 2


def _quantiles(share: np.ndarray, edges: np.ndarray, at: Sequence[float]) -> np.ndarray:
    """Where the cumulative share, taken as rising evenly within a bin, first reaches each level."""
    wanted = np.asarray(at, dtype=np.float64)
    if ((wanted < 0) | (wanted > 1)).any():
        raise ValueError(f"Quantiles are asked for at shares between 0 and 1, not at {list(at)}.")
    if not np.isfinite(share).all():
        return np.full(len(wanted), np.nan)
    filled = np.flatnonzero(share)
    reached = np.cumsum(share[filled])
    wanted = wanted.clip(0, reached[-1])
    place = np.searchsorted(reached, wanted, side="left").clip(0, len(filled) - 1)
    before = reached[place] - share[filled][place]
    inside = ((wanted - before) / share[filled][place]).clip(0, 1)
    return edges[filled[place]] + inside * (edges[1] - edges[0])
