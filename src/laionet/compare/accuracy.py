"""Recall per class and accuracy over classes, with intervals (paper, Sections 2 and 3.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm

from laionet.compare.arrays import to_numpy
from laionet.compare.estimate import UNKNOWN, Estimate, normal

#: What the paper divides the half width of a 95 % interval by to get its standard error.
PAPER_Z = 1.96


@dataclass(frozen=True)
class Hits:
    """Counts of each class; they add up over parts of a dataset.

    Attributes:
        n: int64 (classes,), images with a prediction.
        hits: int64 (classes,), of them those with the class among the predictions.
    """

    n: np.ndarray
    hits: np.ndarray


@dataclass(frozen=True)
class ClassRecall:
    """Recall of each class.

    Attributes:
        n: int64 (classes,), images with a prediction.
        hits: int64 (classes,), of them those with the class among the predictions.
        recall: float64 (classes,), hits / n; NaN for a class without images.
        low, high: float64 (classes,), Wilson's interval; NaN likewise.
        se: float64 (classes,), half the width of the 95 % Wilson interval over 1.96, as the paper takes it.
        level: of ``low`` and ``high``.
    """

    n: np.ndarray
    hits: np.ndarray
    recall: np.ndarray
    low: np.ndarray
    high: np.ndarray
    se: np.ndarray
    level: float


def wilson(hits: np.ndarray, n: np.ndarray, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's (1927) score interval of a share.

    With p = hits / n and z the normal quantile of (1 + level) / 2:

        (p + z²/2n ± z sqrt(p(1 - p)/n + z²/4n²)) / (1 + z²/n)

    Args:
        hits, n: integers, of any one shape; hits <= n.
        level: of confidence.

    Returns:
        Lower and upper bounds, float64; NaN where n is 0.
    """
    n = np.asarray(n, dtype=np.float64)
    z2 = float(norm.ppf((1 + level) / 2)) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.asarray(hits, dtype=np.float64) / n
        middle = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = np.sqrt(z2) * np.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return middle - half, middle + half


def checked_outcomes(correct: Any, label: Any, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes as float64 and labels as int64, of the rows that have a class.

    Raises:
        ValueError: for outcomes other than 0, 1 and NaN, labels that are not whole numbers below
            ``n_classes``, or arrays of different lengths.
    """
    value = np.asarray(to_numpy(correct), dtype=np.float64)
    rows = to_numpy(label)
    if rows.ndim != 1 or len(value) != len(rows):
        raise ValueError(f"There must be one label a row: labels {rows.shape}, outcomes {value.shape}.")
    if not np.all((value == 0) | (value == 1) | np.isnan(value)):
        raise ValueError("Outcomes must be 0 (wrong), 1 (right) or NaN (no prediction).")
    if rows.dtype.kind not in "iu":
        if len(rows) and not np.array_equal(rows, np.floor(rows)):
            raise ValueError("Labels are not whole numbers; use numpy.unique(labels, return_inverse=True).")
        rows = rows.astype(np.int64)
    if len(rows) and rows.max() >= n_classes:
        raise ValueError(f"A label is {rows.max()}, but there are {n_classes} classes, numbered from 0.")
    return value[rows >= 0], rows[rows >= 0].astype(np.int64)


def partial(correct: Any, label: Any, n_classes: int) -> Hits:
    """Counts of one part of the images; arguments as of ``class_recall``."""
    value, rows = checked_outcomes(correct, label, n_classes)
    if value.ndim != 1:
        raise ValueError(f"Outcomes must be of one model, (n,), not {value.shape}; see paired_recall for many.")
    known = ~np.isnan(value)
    n = np.bincount(rows[known], minlength=n_classes)
    hits = np.bincount(rows[known], weights=value[known], minlength=n_classes)
    return Hits(n, hits.round().astype(np.int64))


def merge(parts: Iterable[Hits]) -> Hits:
    """Counts of all parts together, in any order.

    Raises:
        ValueError: where there is no part.
    """
    some = list(parts)
    if not some:
        raise ValueError("There is nothing to merge.")
    return Hits(sum((p.n for p in some[1:]), some[0].n), sum((p.hits for p in some[1:]), some[0].hits))


def finish(counts: Hits, level: float = 0.95) -> ClassRecall:
    """Recall of each class from counts."""
    low, high = wilson(counts.hits, counts.n, level)
    low95, high95 = wilson(counts.hits, counts.n, 0.95)
    with np.errstate(divide="ignore", invalid="ignore"):
        recall = counts.hits / counts.n
    return ClassRecall(counts.n, counts.hits, recall, low, high, (high95 - low95) / 2 / PAPER_Z, level)


def class_recall(correct: Any, label: Any, n_classes: int, level: float = 0.95) -> ClassRecall:
    """Recall of each class, from whether each image was classified right.

    Args:
        correct: bool (n,), or float (n,) where NaN is "no prediction" and leaves the denominator.
        label: int (n,), true class of each image, 0 to n_classes - 1; a negative one is of no class.
        n_classes: length of the class list.
        level: of the intervals.

    Raises:
        ValueError: for outcomes or labels that are none.
    """
    return finish(partial(correct, label, n_classes), level)


def recall_variance(recalls: ClassRecall, method: str = "paper") -> np.ndarray:
    """Sampling variance of each class's recall, float64 (classes,).

    ``"paper"`` is the square of ``ClassRecall.se``. ``"binomial"`` is p(1 - p)/(n - 1), which is unbiased for
    n >= 2. A class of a single image has no spread of its own; it gets K/(K - 1) p̄(1 - p̄) with p̄ the mean recall
    of the K classes with images, which on average is too large rather than too small (collapsed strata; Cochran,
    Sampling Techniques, 1977, 5A.12). NaN for a class without images, and for a lone image.

    Raises:
        ValueError: for another method.
    """
    if method == "paper":
        return np.asarray(recalls.se**2)
    if method != "binomial":
        raise ValueError(f"There is no method {method!r}; choose paper or binomial.")
    n, some = recalls.n.astype(np.float64), recalls.n > 0
    middle, k = float(np.mean(recalls.recall[some])) if some.any() else np.nan, int(some.sum())
    one = middle * (1 - middle) * k / (k - 1) if k > 1 else np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        own = recalls.recall * (1 - recalls.recall) / (n - 1)
    return np.where(n > 1, own, np.where(n == 1, one, np.nan))


def class_shares(present: np.ndarray, weights: Any | None) -> np.ndarray | None:
    """Weights of classes that sum to one over those that are present; None where none has a weight.

    Raises:
        ValueError: for weights that are negative, not finite or not one a class.
    """
    share = np.ones(len(present)) if weights is None else np.asarray(to_numpy(weights), dtype=np.float64)
    if share.shape != present.shape:
        raise ValueError(f"There must be one weight a class: {share.shape} weights, {present.shape} classes.")
    if not np.all(np.isfinite(share) & (share >= 0)):
        raise ValueError("Weights must be finite and not negative.")
    share = np.where(present, share, 0.0)
    return share / share.sum() if share.sum() > 0 else None


def accuracy(recalls: ClassRecall, weights: Any | None = None, *, method: str = "paper") -> Estimate:
    """Mean of recalls over the classes that have images.

    Σ w r over classes with weights that sum to one; standard error sqrt(Σ w² v), v from ``recall_variance``,
    classes being independent and weights given; normal interval at ``recalls.level``. Equal weights give the
    paper's equally-weighted accuracy, a dataset's class frequencies its frequency-weighted one (paper, Figures 1,
    5 and 19).

    The paper's error is good for classes of 50 images and recalls that are not extreme. On ImageNet's validation
    set it is 0.97 to 1.01 of the unbiased one for top-1, and 1.0 to 1.4 of it for top-5, where recalls are near 1.
    It is too small for small classes, 0.9 of the truth at ten images and 0.6 to 0.7 at two, so its interval then
    holds the truth less often than it says. ``method="binomial"`` holds from one image a class on
    (docs/accuracy.md has the simulation).

    Args:
        recalls: from ``class_recall``.
        weights: float (classes,), not negative; None for equal ones. Classes without images get none.
        method: ``"paper"``, the published standard error, or ``"binomial"``.

    Returns:
        The accuracy, 0 to 1; NaN where no class has images.
    """
    variance = recall_variance(recalls, method)
    share = class_shares(recalls.n > 0, weights)
    if share is None:
        return UNKNOWN
    used = share > 0
    value = float(np.sum(share[used] * recalls.recall[used]))
    return normal(value, float(np.sqrt(np.sum(share[used] ** 2 * variance[used]))), recalls.level)


def accuracy_difference(
    a: ClassRecall, b: ClassRecall, weights: Any | None = None, *, method: str = "paper"
) -> Estimate:
    """Accuracy on dataset A less that on B, over the classes that both have.

    The datasets are independent samples, so the variances of each class add up. Weights as of ``accuracy``: with
    the frequencies of any dataset, both are weighted by them, so the difference is of recalls alone.

    Raises:
        ValueError: where the class lists differ in length, and as ``accuracy``.
    """
    if len(a.n) != len(b.n):
        raise ValueError(f"The class lists differ: {len(a.n)} and {len(b.n)} classes.")
    variance = recall_variance(a, method) + recall_variance(b, method)
    share = class_shares((a.n > 0) & (b.n > 0), weights)
    if share is None:
        return UNKNOWN
    used = share > 0
    value = float(np.sum(share[used] * (a.recall[used] - b.recall[used])))
    return normal(value, float(np.sqrt(np.sum(share[used] ** 2 * variance[used]))), a.level)


def top_k_correct(top: np.ndarray, label: np.ndarray, k: int) -> np.ndarray:
    """Whether the true class is among the first ``k`` predictions, bool (n,).

    Args:
        top: int (n, K), predicted classes, the likeliest first; -1 is a class outside the list.
        label: int (n,), true class.
        k: 1 to K.
    """
    return np.asarray((top[:, :k] == np.asarray(label)[:, None]).any(axis=1))
