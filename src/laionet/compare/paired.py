"""Many models on the same images: their errors go together, so intervals of means and differences must know it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import binomtest

from laionet.compare.accuracy import Hits, checked_outcomes, class_shares
from laionet.compare.estimate import UNKNOWN, Estimate, normal


@dataclass(frozen=True)
class JointHits:
    """Counts of each class for each pair of models; they add up over parts of a dataset.

    Attributes:
        known: int64 (classes, models, models), images with a prediction of both; the diagonal is each model's n.
        hits: int64 (classes, models, models), [c, i, j] are model i's hits on the images that both predicted.
        both: int64 (classes, models, models), images that both models got right.
    """

    known: np.ndarray
    hits: np.ndarray
    both: np.ndarray


@dataclass(frozen=True)
class PairedRecall:
    """Recalls of several models on the same images.

    Attributes:
        n: int64 (classes, models), images with a prediction.
        recall: float64 (classes, models), NaN without images.
        covariance: float64 (classes, models, models), sampling covariance of the recalls of a class.
        level: of intervals drawn from it.
    """

    n: np.ndarray
    recall: np.ndarray
    covariance: np.ndarray
    level: float


def partial(correct: Any, label: Any, n_classes: int) -> JointHits:
    """Counts of one part of the images; arguments as of ``paired_recall``."""
    value, rows = checked_outcomes(correct, label, n_classes)
    if value.ndim != 2:
        raise ValueError(f"Outcomes must be a column a model, (n, models), not {value.shape}.")
    models = value.shape[1]
    order = np.argsort(rows, kind="stable")
    starts = np.searchsorted(rows[order], np.arange(n_classes + 1))
    known, hits, both = (np.zeros((n_classes, models, models), dtype=np.int64) for _ in range(3))
    for one in np.flatnonzero(np.diff(starts)):
        mine = value[order[starts[one] : starts[one + 1]]]
        there = (~np.isnan(mine)).astype(np.float64)
        right = np.nan_to_num(mine)
        known[one], hits[one], both[one] = there.T @ there, right.T @ there, right.T @ right
    return JointHits(known, hits, both)


def merge(parts: Iterable[JointHits]) -> JointHits:
    """Counts of all parts together, in any order.

    Raises:
        ValueError: where there is no part.
    """
    found: JointHits | None = None
    for part in parts:
        if found is None:
            found = part
        else:
            found = JointHits(found.known + part.known, found.hits + part.hits, found.both + part.both)
    if found is None:
        raise ValueError("There is nothing to merge.")
    return found


def finish(counts: JointHits, level: float = 0.95) -> PairedRecall:
    """Recalls and their covariances from counts.

    With r_i = hits_i / n_i, image k moves r_i by u_ki = (x_ki - r_i) / n_i where model i predicted it, else by 0;
    the covariance is f_i f_j Σ_k u_ki u_kj with f_i² = n_i / (n_i - 1). Where all models predicted the same images
    it is the usual unbiased one. A class in which a model has a single image gets the covariance of one image,
    over classes and within them together, K/(K - 1) (mean of shared hits - r̄ r̄ᵀ), as
    ``accuracy.recall_variance`` does.
    """
    n = np.diagonal(counts.known, axis1=1, axis2=2)
    alone = np.diagonal(counts.hits, axis1=1, axis2=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        recall = alone / n
        sums = (
            counts.both
            - counts.hits * recall[:, None, :]
            - np.swapaxes(counts.hits, 1, 2) * recall[:, :, None]
            + counts.known * recall[:, :, None] * recall[:, None, :]
        )
        scale = np.sqrt(n / (n - 1)) / n
        spread = sums * scale[:, :, None] * scale[:, None, :]
    single = (n == 1).any(axis=1)
    if single.any():
        spread[single] = _over_classes(counts)
    return PairedRecall(n, recall, spread, level)


def _over_classes(counts: JointHits) -> np.ndarray:
    """Covariance of one image of a class drawn at random, (models, models)."""
    complete = (counts.known > 0).all(axis=(1, 2))
    k = int(complete.sum())
    if k < 2:
        return np.full(counts.known.shape[1:], np.nan)
    shared = counts.both[complete] / counts.known[complete]
    recall = np.diagonal(shared, axis1=1, axis2=2).mean(axis=0)
    return np.asarray((shared.mean(axis=0) - np.outer(recall, recall)) * k / (k - 1))


def paired_recall(correct: Any, label: Any, n_classes: int, level: float = 0.95) -> PairedRecall:
    """Recalls of several models on the same images, with the covariance of their errors.

    Args:
        correct: bool or float (n, models); NaN is "no prediction" and leaves that model's denominator.
        label: int (n,), true class of each image, 0 to n_classes - 1; a negative one is of no class.
        n_classes: length of the class list.
        level: of the intervals drawn from the result.

    Raises:
        ValueError: for outcomes or labels that are none.
    """
    return finish(partial(correct, label, n_classes), level)


def hits_of(counts: JointHits, model: int) -> Hits:
    """Counts of one model by itself, for ``accuracy.finish``."""
    return Hits(counts.known[:, model, model], counts.hits[:, model, model])


def combine(recalls: PairedRecall, coefficients: Any, weights: Any | None = None) -> Estimate:
    """A sum of models' accuracies with given coefficients, over classes that every model in it has.

    Σ_c w_c Σ_i a_i r_ci, variance Σ_c w_c² aᵀ C_c a: images are the sample, models and weights are given. What a
    mean over models says is of these models; the error of a mean does not fall with their number as if they
    failed independently, for they fail on the same images.

    Args:
        recalls: from ``paired_recall``.
        coefficients: float (models,): 1/m for a mean of m models, +1 and -1 for a difference.
        weights: float (classes,), None for equal ones.
    """
    a = np.asarray(coefficients, dtype=np.float64)
    if a.shape != recalls.n.shape[1:]:
        raise ValueError(f"There must be one coefficient a model: {a.shape}, models {recalls.n.shape[1:]}.")
    on = a != 0
    present = np.asarray((recalls.n[:, on] > 0).all(axis=1))
    share = class_shares(present, weights)
    if share is None or not on.any():
        return UNKNOWN
    used = share > 0
    value = float(share[used] @ (recalls.recall[used][:, on] @ a[on]))
    spread = np.einsum("i,cij,j->c", a[on], recalls.covariance[used][:, on][:, :, on], a[on])
    # Rounding may leave a variance of nothing a little below it.
    return normal(value, float(np.sqrt(np.sum(share[used] ** 2 * np.maximum(spread, 0)))), recalls.level)


def group_accuracy(recalls: PairedRecall, models: Iterable[int], weights: Any | None = None) -> Estimate:
    """Mean accuracy of a group of models on the same images (paper, Figure 1's groups); see ``combine``."""
    members = list(models)
    if not members:
        raise ValueError("A group needs a model.")
    coefficients = np.zeros(recalls.n.shape[1])
    coefficients[members] = 1 / len(members)
    return combine(recalls, coefficients, weights)


def model_difference(recalls: PairedRecall, a: int, b: int, weights: Any | None = None) -> Estimate:
    """Accuracy of model ``a`` less that of ``b`` on the same images; see ``combine``."""
    coefficients = np.zeros(recalls.n.shape[1])
    coefficients[a] += 1
    coefficients[b] -= 1
    return combine(recalls, coefficients, weights)


@dataclass(frozen=True)
class McNemar:
    """Images that one of two models got right and the other wrong.

    Attributes:
        only_a, only_b: int, images that only this model got right.
        p: two-sided, of no difference, exact.
    """

    only_a: int
    only_b: int
    p: float


def mcnemar(counts: JointHits, a: int, b: int) -> McNemar:
    """McNemar's (1947) exact test of two models on the same images, all classes together.

    Of the images that just one of them got right, half would be each model's if they were equally good:
    binomial(only_a + only_b, 1/2). Images count alike, so that large classes count more, other than in
    ``model_difference`` with equal weights.
    """
    only_a = int((counts.hits[:, a, b] - counts.both[:, a, b]).sum())
    only_b = int((counts.hits[:, b, a] - counts.both[:, a, b]).sum())
    p = float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0
    return McNemar(only_a, only_b, p)
