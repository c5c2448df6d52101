"""Recall per class and accuracy over classes, with intervals (paper, Sections 2 and 3.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from laionet.compare.estimate import UNKNOWN, Estimate, normal


@dataclass(frozen=True)
class ClassRecall:
    """Recall of each class.

    Attributes:
        n: int64 (classes,), images with a prediction.
        hits: int64 (classes,), of them those with the class among the predictions.
        recall: float64 (classes,), hits / n; NaN for a class without images.
        low, high: float64 (classes,), Wilson's interval; NaN likewise.
        se: float64 (classes,), (high - low) / 2 / z, as the paper takes it.
        level: of the interval.
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


def class_recall(correct: np.ndarray, label: np.ndarray, n_classes: int, level: float = 0.95) -> ClassRecall:
    """Recall of each class, from whether each image was classified right.

    Args:
        correct: bool (n,), or float (n,) where NaN is "no prediction" and leaves the denominator.
        label: int (n,), true class of each image, 0 to n_classes - 1.
        n_classes: length of the class list.
        level: of the intervals.
    """
    value = np.asarray(correct, dtype=np.float64)
    known = ~np.isnan(value)
    label = np.asarray(label, dtype=np.int64)[known]
    n = np.bincount(label, minlength=n_classes)
    hits = np.bincount(label, weights=value[known], minlength=n_classes).round().astype(np.int64)
    low, high = wilson(hits, n, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        recall = hits / n
    z = float(norm.ppf((1 + level) / 2))
    return ClassRecall(n, hits, recall, low, high, (high - low) / 2 / z, level)


def accuracy(recalls: ClassRecall, weights: np.ndarray | None = None) -> Estimate:
    """Mean of recalls over the classes that have images.

    Σ w r over classes with weights that sum to one; standard error sqrt(Σ w² se²), classes being independent;
    normal interval. Equal weights give the paper's equally-weighted accuracy, a dataset's class frequencies its
    frequency-weighted one (paper, Figures 1 and 5).

    Args:
        recalls: from ``class_recall``.
        weights: float (classes,), not negative; None for equal ones. Classes without images get none.

    Returns:
        The accuracy, 0 to 1; NaN where no class has images.
    """
    present = recalls.n > 0
    share = np.ones(len(recalls.n)) if weights is None else np.asarray(weights, dtype=np.float64)
    share = np.where(present, share, 0.0)
    if share.sum() <= 0:
        return UNKNOWN
    share = share[present] / share.sum()
    value = float(np.sum(share * recalls.recall[present]))
    se = float(np.sqrt(np.sum((share * recalls.se[present]) ** 2)))
    return normal(value, se, recalls.level)


def accuracy_difference(a: ClassRecall, b: ClassRecall) -> Estimate:
    """Equally-weighted accuracy on dataset A less that on B, over the classes that both have.

    The datasets are independent samples, so the variances of each class add up.
    """
    both = (a.n > 0) & (b.n > 0)
    if not both.any():
        return UNKNOWN
    value = float(np.mean(a.recall[both] - b.recall[both]))
    se = float(np.sqrt(np.sum(a.se[both] ** 2 + b.se[both] ** 2)) / both.sum())
    return normal(value, se, a.level)


def top_k_correct(top: np.ndarray, label: np.ndarray, k: int) -> np.ndarray:
    """Whether the true class is among the first ``k`` predictions, bool (n,).

    Args:
        top: int (n, K), predicted classes, the likeliest first; -1 is a class outside the list.
        label: int (n,), true class.
        k: 1 to K.
    """
    return np.asarray((top[:, :k] == np.asarray(label)[:, None]).any(axis=1))
