"""Mean similarity of the images of one class, and how two datasets differ in it (paper, Section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import false_discovery_control
from scipy.stats import t as student

from laionet.compare.estimate import Estimate


@dataclass(frozen=True)
class ClassSimilarity:
    """Mean cosine over all pairs of different images of a class.

    Attributes:
        n: int64 (classes,), images.
        mean: float64 (classes,), NaN for a class of fewer than two images.
        se: float64 (classes,), jackknife standard error; NaN for fewer than three.
        low, high: float64 (classes,), interval of Student's t with n - 1 degrees.
        level: of the interval.
    """

    n: np.ndarray
    mean: np.ndarray
    se: np.ndarray
    low: np.ndarray
    high: np.ndarray
    level: float


def intra_class(
    embeddings: np.ndarray, label: np.ndarray, n_classes: int, *, level: float = 0.95, method: str = "jackknife"
) -> ClassSimilarity:
    """Mean intra-class similarity with its interval, in O(n d).

    For unit vectors x_1 ... x_n of a class and S their sum, the U-statistic over pairs is

        θ = (‖S‖² - n) / (n (n - 1)),

    and without image i  θ_i = (‖S‖² - 2 S·x_i + 1 - (n - 1)) / ((n - 1)(n - 2)).  Its jackknife variance is
    (n - 1)/n Σ (θ_i - mean θ_i)². The paper's own interval treats pairs as independent, although they share
    images, and is several times too narrow; ``method="paper"`` gives it: sd(pairs) / sqrt(pairs - 1), normal.

    Args:
        embeddings: float (n, d), unit vectors.
        label: int (n,), class of each, 0 to n_classes - 1.
        n_classes: length of the class list.
        level: of the intervals.
        method: ``"jackknife"``, or ``"paper"``.

    Raises:
        ValueError: for another method, or vectors that are not of length 1 (to 1e-3).
    """
    if method not in ("jackknife", "paper"):
        raise ValueError(f"There is no method {method!r}; choose jackknife or paper.")
    x = np.asarray(embeddings, dtype=np.float64)
    if len(x) and np.abs(np.einsum("ij,ij->i", x, x) - 1).max() > 2e-3:
        raise ValueError("The embeddings are not unit vectors; divide each by its length.")
    n = np.bincount(np.asarray(label, dtype=np.int64), minlength=n_classes)
    mean, se = np.full(n_classes, np.nan), np.full(n_classes, np.nan)
    quantile = np.full(n_classes, np.nan)
    for one in np.flatnonzero(n > 1):
        mine = x[np.asarray(label) == one]
        mean[one], se[one], quantile[one] = _one_class(mine, level, method)
    return ClassSimilarity(n, mean, se, mean - quantile * se, mean + quantile * se, level)


def _one_class(x: np.ndarray, level: float, method: str) -> tuple[float, float, float]:
    """Mean, standard error, quantile of one class's vectors (n, d)."""
    n, total = len(x), x.sum(axis=0)
    square = float(total @ total)
    mean = (square - n) / (n * (n - 1))
    if method == "paper":
        pairs = (x @ x.T)[np.triu_indices(n, 1)]
        se = float(pairs.std() / np.sqrt(len(pairs) - 1)) if len(pairs) > 1 else float("nan")
        return mean, se, 1.96
    if n < 3:
        return mean, float("nan"), float("nan")
    without = (square - 2 * (x @ total) + 1 - (n - 1)) / ((n - 1) * (n - 2))
    variance = (n - 1) / n * float(np.sum((without - without.mean()) ** 2))
    return mean, float(np.sqrt(variance)), float(student.ppf((1 + level) / 2, n - 1))


@dataclass(frozen=True)
class SimilarityDifference:
    """Intra-class similarity of dataset A less that of B.

    Attributes:
        difference, se, low, high: float64 (classes,), NaN for a class that one of them cannot judge.
        p: float64 (classes,), two-sided, of no difference (Welch's t).
        q: float64 (classes,), p after Benjamini and Hochberg (1995) over the classes judged.
        lower, higher: int, classes where A is significantly lower, higher (q < 0.05).
        judged: int, classes that both datasets can judge.
        pooled: mean difference over those classes; its interval counts classes as drawn, so that it covers
            the spread over classes and within them.
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


def similarity_difference(a: ClassSimilarity, b: ClassSimilarity, *, alpha: float = 0.05) -> SimilarityDifference:
    """Compare two datasets class by class; they are independent samples, so variances add up.

    Per class Welch's t with Satterthwaite's degrees of freedom. The pooled mean is Student's t over the K class
    differences, K - 1 degrees.

    Args:
        a, b: of the two datasets, over one class list.
        alpha: false discovery rate of ``lower`` and ``higher``.
    """
    difference = a.mean - b.mean
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt(a.se**2 + b.se**2)
        degrees = se**4 / (a.se**4 / (a.n - 1) + b.se**4 / (b.n - 1))
        p = 2 * student.sf(np.abs(difference) / se, degrees)
    q, judged = np.full(len(p), np.nan), np.isfinite(p)
    if judged.any():
        q[judged] = false_discovery_control(p[judged])
    half = student.ppf((1 + a.level) / 2, degrees) * se
    return SimilarityDifference(
        difference,
        se,
        difference - half,
        difference + half,
        p,
        q,
        lower=int(np.sum((q < alpha) & (difference < 0))),
        higher=int(np.sum((q < alpha) & (difference > 0))),
        judged=int(judged.sum()),
        pooled=_pooled(difference[judged], a.level),
    )


def _pooled(difference: np.ndarray, level: float) -> Estimate:
    k = len(difference)
    value = float(difference.mean()) if k else float("nan")
    if k < 2:
        return Estimate(value, float("nan"), float("nan"), float("nan"))
    se = float(difference.std(ddof=1) / np.sqrt(k))
    half = float(student.ppf((1 + level) / 2, k - 1)) * se
    return Estimate(value, se, value - half, value + half)
