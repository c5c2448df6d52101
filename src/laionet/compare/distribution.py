"""How far two datasets' distributions of similarity are apart, from their histograms, with intervals over classes.

Both are taken over the classes that both have, each class of the same weight. Classes are what was drawn: the
bootstrap draws them with replacement, the same ones from both datasets, so that what is common to a class cancels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student

from laionet.compare.estimate import UNKNOWN, Estimate
from laionet.compare.histogram import PairHistogram

#: Replicates that are held at once: 16 MiB for 2,048 bins.
_BLOCK = 1024

#: What each distance means, for readers of a report.
MEANINGS = {
    "ks": "The largest gap between the two cumulative distributions: 0 where they are the same, 1 where they do"
    " not overlap.",
    "wasserstein": "How far similarities have to be moved, on average, to turn one distribution into the other; in"
    " units of cosine.",
    "common_language": "The chance that a pair of A is more similar than a pair of B; one half where neither tends"
    " to be.",
    "cliffs_delta": "How much more often a pair of A is the more similar one than the less similar one; -1 to 1.",
}


@dataclass(frozen=True)
class Distances:
    """Distances of the distributions of A and B.

    Attributes:
        classes: that both have pairs of, and that all below is over.
        ks: Kolmogorov-Smirnov's max |F_A - F_B|, 0 to 1.
        wasserstein: of order 1, ∫ |F_A - F_B|, in units of cosine.
        common_language: McGraw and Wong's (1992) effect size P(X > Y) + P(X = Y)/2, X of A and Y of B.
        cliffs_delta: Cliff's (1993) P(X > Y) - P(X < Y) = 2 common_language - 1.
        ks_error, wasserstein_error, common_language_error: how far the value may be from that of the similarities
            themselves, because bins do not tell what is within them: bounds, not standard errors. The true
            Kolmogorov-Smirnov distance is never below ``ks``. Of Cliff's delta it is twice that of
            ``common_language``.
        level: of the intervals.
    """

    classes: int
    ks: Estimate
    wasserstein: Estimate
    common_language: Estimate
    cliffs_delta: Estimate
    ks_error: float
    wasserstein_error: float
    common_language_error: float
    level: float


def ks(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Kolmogorov-Smirnov distances of distributions a and b over the same bins, float64 (..., m) to (...)."""
    return np.asarray(np.abs(np.cumsum(a - b, axis=-1)).max(axis=-1))


def wasserstein(a: np.ndarray, b: np.ndarray, width: float) -> np.ndarray:
    """Wasserstein-1 distances of distributions over the same bins of one ``width``, (..., m) to (...)."""
    return np.asarray(np.abs(np.cumsum(a - b, axis=-1)).sum(axis=-1) * width)


def common_language(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """P(X > Y) + P(X = Y)/2 for X of a and Y of b, what shares a bin taken as equal; (..., m) to (...)."""
    return np.asarray((a * (np.cumsum(b, axis=-1) - b / 2)).sum(axis=-1))


def distances(
    a: PairHistogram,
    b: PairHistogram,
    *,
    replicates: int = 2000,
    method: str = "expanded",
    level: float = 0.95,
    seed: int = 0,
) -> Distances:
    """How far apart the distributions of two datasets are, over the classes that both have.

    Intervals are of a bootstrap over classes, paired (Efron and Tibshirani 1993, chapters 13 and 14), and take
    classes as drawn from many. What similarities within a class owe to the images drawn is part of the spread
    over classes. Both ``ks`` and ``wasserstein`` are never below zero, and where the distributions are the same
    lie above it by chance: their intervals do not hold 0, and say nothing about whether there is a difference.
    That of ``common_language`` does. In 2,000 simulations with a known difference, with 10, 20 and 60 classes,
    95 % intervals by ``"expanded"`` held the truth 94.3 to 95.4 % of the time, that of ``ks``, which is biased
    upwards, 93.3 to 94.5 %. The others hold it 91 to 92 % with 20 classes, 93 to 94 % with 60.

    Time O(replicates · classes · m); memory 16 MiB and 8 bytes a class and bin, twice.

    Args:
        a, b: histograms over the same bins and the same class list.
        replicates: of the bootstrap.
        method: ``"expanded"``: percentiles, moved outwards for the few classes as Student's t is for few numbers
            (Hesterberg 2015); ``"bca"``: bias-corrected and accelerated; ``"percentile"``.
        level: of the intervals.
        seed: of the bootstrap.

    Returns:
        Estimates whose ``se`` is the standard deviation over replicates. Without a common class, or with one
        alone, there are no intervals (NaN).

    Raises:
        ValueError: where bins or class lists differ, or for another method.
    """
    if a.counts.shape != b.counts.shape:
        raise ValueError(
            f"Histograms of {a.counts.shape} and {b.counts.shape} (classes, bins) cannot be compared; "
            "give n_classes and bins when making them."
        )
    if method not in ("expanded", "bca", "percentile"):
        raise ValueError(f"There is no method {method!r}; choose expanded, bca or percentile.")
    if replicates < 2:
        raise ValueError(f"There must be at least two replicates, not {replicates}.")
    both = (a.pairs > 0) & (b.pairs > 0)
    if not both.any():
        unknown = float("nan")
        return Distances(0, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, unknown, unknown, unknown, level)
    mine, theirs = a.counts[both] / a.pairs[both, None], b.counts[both] / b.pairs[both, None]

    def measure(p: np.ndarray, q: np.ndarray) -> np.ndarray:
        return np.stack([ks(p, q), wasserstein(p, q, a.width), common_language(p, q)])

    found = _bootstrap(mine, theirs, measure, replicates, method, level, seed)
    return _with_errors(mine, theirs, a.width, found, level)


def _with_errors(
    mine: np.ndarray, theirs: np.ndarray, width: float, found: tuple[Estimate, Estimate, Estimate], level: float
) -> Distances:
    """Estimates of ``_bootstrap`` with Cliff's delta, and with how far bins may have led astray.

    What is within a bin may lie anywhere in it: the cumulative distributions can there be apart by as much as one
    at the bin's end and the other at its beginning; no similarity moves by more than a bin's width between the two
    datasets; pairs that share a bin count half, and could count from none to all.
    """
    p, q = mine.mean(axis=0), theirs.mean(axis=0)
    f, g = np.cumsum(p), np.cumsum(q)
    most = max(float((f - (g - q)).max()), float((g - (f - p)).max()))
    share = found[2]
    delta = Estimate(2 * share.value - 1, 2 * share.se, 2 * share.low - 1, 2 * share.high - 1)
    return Distances(len(mine), *found, delta, most - found[0].value, width, float((p * q).sum() / 2), level)


def _bootstrap(
    mine: np.ndarray,
    theirs: np.ndarray,
    measure: Callable[[np.ndarray, np.ndarray], np.ndarray],
    replicates: int,
    method: str,
    level: float,
    seed: int,
) -> tuple[Estimate, Estimate, Estimate]:
    """Each measure of the mean of rows, with its interval.

    Args:
        mine, theirs: float64 (classes, m), distributions.
        measure: from (r, m), (r, m) to (measures, r).
        replicates, method, level, seed: as of ``distances``.
    """
    classes = len(mine)
    value = measure(mine.mean(axis=0), theirs.mean(axis=0))
    if classes < 2:
        none = float("nan")
        return tuple(Estimate(float(one), none, none, none) for one in value)  # type: ignore[return-value]
    rng = np.random.default_rng(seed)
    drawn = []
    for start in range(0, replicates, _BLOCK):
        some = min(_BLOCK, replicates - start)
        weights = rng.multinomial(classes, np.full(classes, 1 / classes), size=some) / classes
        drawn.append(measure(weights @ mine, weights @ theirs))
    spread = np.concatenate(drawn, axis=1)
    sides = np.array([(1 - level) / 2, (1 + level) / 2])
    z = norm.ppf(sides)
    if method == "expanded":
        z = np.sqrt(classes / (classes - 1)) * student.ppf(sides, classes - 1)
    without = _without_each(mine, theirs, measure) if method == "bca" else np.zeros((len(value), 0))
    return tuple(  # type: ignore[return-value]
        Estimate(float(one), float(here.std(ddof=1)), *_interval(float(one), here, left, z))
        for one, here, left in zip(value, spread, without, strict=True)
    )


def _without_each(
    mine: np.ndarray, theirs: np.ndarray, measure: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> np.ndarray:
    """Each measure without one class, (measures, classes)."""
    classes, p, q = len(mine), mine.sum(axis=0), theirs.sum(axis=0)
    blocks = (slice(start, start + _BLOCK) for start in range(0, classes, _BLOCK))
    parts = [measure((p - mine[at]) / (classes - 1), (q - theirs[at]) / (classes - 1)) for at in blocks]
    return np.concatenate(parts, axis=1)


def _interval(value: float, drawn: np.ndarray, without: np.ndarray, z: np.ndarray) -> tuple[float, float]:
    """Replicates at the normal quantiles ``z``, which leave-one-out values, if any, correct for bias and skewness.

    Efron and Tibshirani (1993), equations 14.9 to 14.15; replicates equal to the value count half.
    """
    below = (np.count_nonzero(drawn < value) + np.count_nonzero(drawn == value) / 2) / len(drawn)
    if len(without) and 0 < below < 1:
        gap = without.mean() - without
        squares = float((gap**2).sum())
        acceleration = float((gap**3).sum()) / (6 * squares**1.5) if squares > 0 else 0.0
        bias = norm.ppf(below)
        z = bias + (bias + z) / (1 - acceleration * (bias + z))
    low, high = np.quantile(drawn, norm.cdf(z))
    return float(low), float(high)
