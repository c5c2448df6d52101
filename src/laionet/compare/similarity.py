"""Mean similarity of the images of one class, and how datasets differ in it (paper, Section 3.2, Appendix D)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import false_discovery_control
from scipy.stats import t as student

from laionet.compare import intervals, means
from laionet.compare.arrays import group, unit_rows
from laionet.compare.estimate import Estimate, mean_over, normal
from laionet.compare.moments import Moments, moments

#: How an interval is made; the first is the default.
METHODS = ("second-order", "jackknife", "ustatistic", "bca", "paper")


@dataclass(frozen=True)
class ClassSimilarity:
    """A mean cosine of each class.

    Attributes:
        n: int64 (classes,), images.
        mean: float64 (classes,), NaN for a class with too few images (two for pairs, one for a mean of images).
        se: float64 (classes,), standard error; NaN for too few (three, or two).
        low, high: float64 (classes,), interval.
        level: of the interval.
        left_out: int64 (classes,), images left out, for their embedding is not finite or has no length.
    """

    n: np.ndarray
    mean: np.ndarray
    se: np.ndarray
    low: np.ndarray
    high: np.ndarray
    level: float
    left_out: np.ndarray


def intra_class(
    embeddings: Any,
    labels: Any,
    n_classes: int | None = None,
    *,
    level: float = 0.95,
    method: str = "second-order",
    replicates: int = 2_000,
    seed: int = 0,
) -> ClassSimilarity:
    """Mean cosine over all pairs of different images of each class, with its interval.

    For unit vectors x_1 ... x_n of a class and S their sum, the U-statistic over pairs is

        θ = (‖S‖² - n) / (n (n - 1)),

    in O(n d) time and O(d) memory a class. Assumption: images are independent draws from their class.

    Args:
        embeddings: float (n, d) of any precision, numpy (memory-mapped too) or torch on any device that knows
            float64; of any length, they are scaled to 1. Single precision is summed as such, exact to some 1e-7.
            Rows that are not finite or of length zero are left out and counted.
        labels: int (n,), class of each, from 0; a negative one is of no class.
        n_classes: length of the class list; None for the largest label and one.
        level: of the intervals.
        method: how the interval is made.

            - ``"second-order"``: Student's, n - 1 degrees, by the jackknife's variance corrected for what it
              counts twice, and shifted for skewness: see ``intervals.second_order_variance`` and ``shift``. It
              holds the truth as often as it says where the others do not (docs/validity.md).
            - ``"jackknife"``: Student's by (n - 1)/n Σ (θ_(i) - θ)² over leave-one-out values.
            - ``"ustatistic"``: Student's by the unbiased variance of a U-statistic (Hoeffding 1948).
            - ``"bca"``: bootstrap over images (Efron 1987), O(replicates n d).
            - ``"paper"``: ± 1.96 sd(pairs) / sqrt(pairs - 1), as if pairs were independent although they share
              images; it is several times too narrow, and here to reproduce published figures.
        replicates, seed: of the bootstrap.

    Raises:
        ValueError: for another method, labels that are not whole numbers, or not one for each embedding.
    """
    if method not in METHODS:
        raise ValueError(f"There is no method {method!r}; choose one of {', '.join(METHODS)}.")
    groups = group(labels, n_classes, len(embeddings))
    found = moments(embeddings, labels, len(groups))
    if method in ("bca", "paper"):
        return _one_by_one(embeddings, groups, found, level, method, replicates, seed)
    return from_moments(found, level=level, method=method)


def from_moments(m: Moments, *, level: float = 0.95, method: str = "second-order") -> ClassSimilarity:
    """The mean with its interval from moments that were summed over shards; see ``moments`` and ``intra_class``.

    Raises:
        ValueError: for ``"bca"`` and ``"paper"``, which need the images themselves.
    """
    variances = {
        "second-order": intervals.second_order_variance,
        "jackknife": intervals.jackknife_variance,
        "ustatistic": intervals.unbiased_variance,
    }
    if method not in variances:
        raise ValueError(f"From moments the method is one of {', '.join(variances)}, not {method!r}.")
    se, quantile = np.sqrt(variances[method](m)), intervals.student_quantile(m.n, level)
    middle = m.mean + (intervals.shift(m, quantile) * se if method == "second-order" else 0.0)
    return ClassSimilarity(m.n, m.mean, se, middle - quantile * se, middle + quantile * se, level, m.left_out)


def to_text(similarity: Any, labels: Any, n_classes: int | None = None, *, level: float = 0.95) -> ClassSimilarity:
    """Mean cosine of images and their class's text, with Student's interval (Appendix D).

    Args:
        similarity: float (n,), cosine of each image with its own synset's text; NaN is left out and counted.
        labels: int (n,), class of each; negative ones are of no class.
        n_classes: length of the class list; None for the largest label and one.
        level: of the intervals.
    """
    return from_means(means.partial(similarity, labels, n_classes), level=level)


def from_means(sums: means.ClassMeans, *, level: float = 0.95) -> ClassSimilarity:
    """As ``to_text``, from sums that were merged over shards; see ``means``."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(sums.n > 0, sums.mean, np.nan)
        se = np.sqrt(sums.squares / (sums.n - 1) / sums.n)
        se = np.where(sums.n > 1, se, np.nan)
    half = intervals.student_quantile(sums.n, level) * se
    return ClassSimilarity(sums.n, mean, se, mean - half, mean + half, level, sums.left_out)


def _one_by_one(
    embeddings: Any, groups: Any, m: Moments, level: float, method: str, replicates: int, seed: int
) -> ClassSimilarity:
    """The intervals that need a class's images at once."""
    se, low, high = (np.full(len(m.n), np.nan) for _ in range(3))
    for one in np.flatnonzero(m.n > (2 if method == "bca" else 1)):
        x, _ = unit_rows(embeddings, groups.of(one))
        if method == "bca":
            n, effects = int(m.n[one]), m.effects[one]
            # Σ c³ / (6 (Σ c²)^1.5) with a = c / (n - 2); a class of equal images has no skewness
            acceleration = n * m.skew[one] / (6 * ((n - 1) * effects) ** 1.5) if effects > 1e-30 else 0.0
            se[one], low[one], high[one] = intervals.bca(
                x, m.mean[one], acceleration, level, replicates, [seed, int(one)]
            )
            continue
        pairs = len(x) * (len(x) - 1) // 2
        se[one] = intervals.pair_spread(x) / np.sqrt(pairs - 1) if pairs > 1 else np.nan
        low[one], high[one] = m.mean[one] - 1.96 * se[one], m.mean[one] + 1.96 * se[one]
    return ClassSimilarity(m.n, m.mean, se, low, high, level, m.left_out)


@dataclass(frozen=True)
class SimilarityDifference:
    """Mean similarity of dataset A less that of B.

    Attributes:
        difference, se, low, high: float64 (classes,), NaN for a class that one of them cannot judge.
        p: float64 (classes,), two-sided, of no difference.
        q: float64 (classes,), p after Benjamini and Hochberg (1995) over the classes judged.
        lower, higher: int, classes where A is significantly lower, higher (q < alpha).
        judged: int, classes that both datasets can judge.
        pooled: mean difference over those classes, classes taken as drawn from many.
        fixed: the same mean for these very classes, whose images alone are drawn.
        below: share of the judged classes whose difference is negative, significant or not.
    """

    difference: np.ndarray
    se: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    q: np.ndarray
    lower: int
    higher: int
    judged: int
    pooled: Estimate
    fixed: Estimate
    below: float


def similarity_difference(a: ClassSimilarity, b: ClassSimilarity, *, alpha: float = 0.05) -> SimilarityDifference:
    """Compare two datasets class by class; they are independent samples, so variances add up.

    Per class the interval is Welch's, with Satterthwaite's degrees of freedom. ``p`` is of the same t with the
    degrees of the smaller dataset, n - 1 (Hsu 1938), which is the safe side: false-discovery control over many
    classes reads p far into the tails, where Satterthwaite's are too sure for classes of ten or twenty images.

    ``pooled`` is Student's t over the K class differences, K - 1 degrees: their spread holds both levels, images
    within classes and classes, as a bootstrap over classes and then images does, and needs no draws. ``fixed`` has
    se sqrt(Σ se²) / K.

    Args:
        a, b: of the two datasets, over one class list.
        alpha: false discovery rate of ``lower`` and ``higher``.

    Raises:
        ValueError: where the class lists have different lengths.
    """
    if len(a.n) != len(b.n):
        raise ValueError(f"The datasets have {len(a.n)} and {len(b.n)} classes; compare over one class list.")
    difference = a.mean - b.mean
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt(a.se**2 + b.se**2)
        degrees = se**4 / (a.se**4 / (a.n - 1) + b.se**4 / (b.n - 1))
        p = 2 * student.sf(np.abs(difference) / se, np.minimum(a.n, b.n) - 1)
    p = np.where((se == 0) & np.isfinite(difference), (difference == 0).astype(float), p)
    q, judged = np.full(len(p), np.nan), np.isfinite(p)
    if judged.any():
        q[judged] = false_discovery_control(p[judged])
    half = np.where(se == 0, 0.0, student.ppf((1 + a.level) / 2, degrees) * se)
    k = int(judged.sum())
    some = difference[judged]
    return SimilarityDifference(
        difference,
        se,
        difference - half,
        difference + half,
        p,
        q,
        lower=int(np.sum((q < alpha) & (difference < 0))),
        higher=int(np.sum((q < alpha) & (difference > 0))),
        judged=k,
        pooled=mean_over(some, a.level),
        fixed=normal(float(some.mean()), float(np.sqrt(np.sum(se[judged] ** 2)) / k), a.level)
        if k
        else mean_over(some),
        below=float(np.mean(some < 0)) if k else float("nan"),
    )
