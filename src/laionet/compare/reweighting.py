"""Weights that undo a loss which depends on known strata, beside the figure without them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from scipy.stats import norm
from scipy.stats import t as student

from laionet.compare.arrays import group, to_numpy, unit_blocks


def class_strata(label: np.ndarray, value: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Strata of class and bin: label * (edges + 2) + bin, int64 (n,).

    Args:
        label: int (n,), class of each sample, 0 or more.
        value: float (n,), what the bins are of, such as the similarity of caption and synset text.
        edges: float (edges,), ascending; bin j holds edges[j-1] <= value < edges[j]. NaN has a bin of its own,
            the last.

    Raises:
        ValueError: for edges that do not ascend.
    """
    value, edges = np.asarray(value, np.float64), np.asarray(edges, np.float64)
    if (np.diff(edges) <= 0).any():
        raise ValueError("Edges must ascend; use numpy.unique(edges).")
    place = np.where(np.isnan(value), len(edges) + 1, np.searchsorted(edges, value, side="right"))
    return np.asarray(label, np.int64) * (len(edges) + 2) + place


@dataclass(frozen=True)
class Weights:
    """Inverse-probability weights.

    Attributes:
        weight: float64 (n,), rows of the stratum / rows of it that were seen; 0 for rows that were not seen.
        stratum: int64 (n,), strata numbered from 0.
        total, seen: int64 (strata,), rows, and those seen.
        uncovered: rows of strata of which nothing was seen; no weight makes up for them.
    """

    weight: np.ndarray
    stratum: np.ndarray
    total: np.ndarray
    seen: np.ndarray
    uncovered: int


def inverse_weights(stratum: np.ndarray, seen: np.ndarray) -> Weights:
    """Weights that give what was seen of each stratum the weight of all of it (Horvitz and Thompson 1952).

    They undo a loss that depends on the stratum alone: within one, the lost are as the seen.

    Args:
        stratum: int (n,), of each sample, seen or not: class, class and similarity (``class_strata``), host, ...
        seen: bool (n,).

    Raises:
        ValueError: for arrays of two lengths.
    """
    seen = np.asarray(seen, dtype=bool)
    _, number = np.unique(np.asarray(stratum), return_inverse=True)
    if number.shape != seen.shape:
        raise ValueError(f"stratum has shape {number.shape} and seen {seen.shape}; give one of each a sample.")
    total = np.bincount(number)
    some = np.bincount(number[seen], minlength=len(total))
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(seen, (total / some)[number], 0.0) if len(total) else np.zeros(0)
    return Weights(weight, number.astype(np.int64), total, some, int(total[some == 0].sum()))


@dataclass(frozen=True)
class Reweighted:
    """A mean by class, as seen and with weights.

    Attributes:
        naive: float64 (classes,), over what was seen; NaN for a class without.
        value: float64 (classes,), with weights.
        se, low, high: float64 (classes,), of ``value``; NaN where it cannot be told.
        uncovered: int64 (classes,), samples of strata of which nothing was seen.
    """

    naive: np.ndarray
    value: np.ndarray
    se: np.ndarray
    low: np.ndarray
    high: np.ndarray
    uncovered: np.ndarray


@dataclass(frozen=True)
class StratumSums:
    """Sums of one part of the samples by stratum; parts add up.

    Attributes:
        total, seen: int64 (strata,), samples, and those seen.
        sum, squares: float64 (strata,), of the values seen and of their squares.
    """

    total: np.ndarray
    seen: np.ndarray
    sum: np.ndarray
    squares: np.ndarray


def partial(value: np.ndarray, seen: np.ndarray, stratum: np.ndarray, strata: int) -> StratumSums:
    """Sums of one part of the samples.

    Args:
        value: float or bool (n,), of each sample; that of samples not seen is not looked at.
        seen: bool (n,).
        stratum: int (n,), 0 to strata - 1, the same numbers in every part: ``class_strata``.
        strata: how many there are.

    Raises:
        ValueError: for a seen sample without a value, or a stratum beyond the last.
    """
    seen, stratum = np.asarray(seen, dtype=bool), np.asarray(stratum, np.int64)
    x = np.where(seen, np.asarray(value, np.float64), 0.0)
    if np.isnan(x).any():
        raise ValueError("A seen sample has no value; count it as not seen.")
    if len(stratum) and not 0 <= stratum.min() <= stratum.max() < strata:
        raise ValueError(
            f"Strata are numbered from 0 to {strata - 1}; there is {stratum.min()} or {stratum.max()}."
        )
    sums = (np.bincount(stratum[seen], weights=of, minlength=strata) for of in (x[seen], x[seen] ** 2))
    return StratumSums(np.bincount(stratum, minlength=strata), np.bincount(stratum[seen], minlength=strata), *sums)


def merge(parts: Iterable[StratumSums]) -> StratumSums:
    """Sums of several parts; at least one."""
    return reduce(lambda a, b: StratumSums(*(getattr(a, f) + getattr(b, f) for f in vars(a))), parts)


def finish(sums: StratumSums, class_of: np.ndarray, n_classes: int, level: float = 0.95) -> Reweighted:
    """Mean of a number by class, such as whether each image is classified right, with the weights of its strata.

    With W_s the share of stratum s among the class's N samples (of strata with any seen), and n_s, mean_s, var_s
    those seen of it, the mean is Σ W_s mean_s and its variance, samples being drawn and then lost (Cochran 1977,
    12.2; Rao 1973),

        Σ W_s² var_s / n_s + Σ W_s (mean_s - mean)² / N.

    A stratum of which one was seen takes the variance within the others of its class. Normal interval.

    Args:
        sums: of all samples.
        class_of: int (strata,), the class of each stratum: of ``class_strata`` its number // (edges + 2).
        n_classes: length of the class list.
        level: of the intervals.
    """
    of, some, total = np.asarray(class_of, np.int64), sums.seen > 0, sums.total
    mean = sums.sum / np.maximum(sums.seen, 1)
    square = np.maximum(sums.squares - sums.seen * mean**2, 0)
    degrees = np.maximum(sums.seen - 1, 0)
    rows = _by_class(np.where(some, total, 0), of, n_classes)
    with np.errstate(divide="ignore", invalid="ignore"):
        inner = _by_class(square, of, n_classes) / _by_class(degrees, of, n_classes)
        var = np.where(sums.seen > 1, square / degrees, inner[of])
        share = np.where(some, total / rows[of], 0.0)
        naive = _by_class(sums.sum, of, n_classes) / _by_class(sums.seen, of, n_classes)
        middle = np.where(rows > 0, _by_class(share * mean, of, n_classes), np.nan)
        within = _by_class(np.where(some, share**2 * var / sums.seen, 0), of, n_classes)
        se = np.sqrt(within + _by_class(share * (mean - middle[of]) ** 2, of, n_classes) / rows)
    z = float(norm.ppf((1 + level) / 2))
    uncovered = _by_class(np.where(some, 0, total), of, n_classes).astype(np.int64)
    return Reweighted(naive, middle, se, middle - z * se, middle + z * se, uncovered)


def reweighted_mean(
    value: np.ndarray, label: np.ndarray, weights: Weights, n_classes: int, level: float = 0.95
) -> Reweighted:
    """``finish`` of one part: the mean of a number by class, naive and with the weights of its strata.

    Args:
        value: float or bool (n,), of each sample; that of samples not seen is not looked at.
        label: int (n,), class. A stratum must lie within one class.
        weights: from ``inverse_weights``.
        n_classes: length of the class list.
        level: of the intervals.

    Raises:
        ValueError: for a stratum of two classes, or a seen sample without a value.
    """
    of = _class_of(weights, np.asarray(label, np.int64))
    sums = partial(value, weights.weight > 0, weights.stratum, len(weights.total))
    return finish(sums, of, n_classes, level)


def reweighted_similarity(
    embeddings: Any, label: Any, weight: np.ndarray, n_classes: int, level: float = 0.95
) -> Reweighted:
    """Mean intra-class similarity with a weight for each image, in O(n d).

    For unit vectors x_i with weights w_i, S = Σ w_i x_i, W = Σ w_i and Q = Σ w_i²,

        θ = Σ_{i≠j} w_i w_j <x_i, x_j> / Σ_{i≠j} w_i w_j = (‖S‖² - Q) / (W² - Q),

    which is the mean over pairs where all weights are equal. Jackknife over images with Student's t of n - 1
    degrees, the weights taken as known; that they are estimated makes it, if anything, too wide.

    Args:
        embeddings: float (n, d), numpy or torch, of seen images; divided by their lengths. A row without a
            direction (not finite, or zero) is left out.
        label: int (n,), class.
        weight: float (n,), above 0.
        n_classes: length of the class list.
        level: of the intervals.

    Returns:
        ``uncovered`` is zero: see ``Weights``.

    Raises:
        ValueError: for weights that are not above 0, or not one an image.
    """
    w = np.asarray(weight, dtype=np.float64)
    if w.shape != (len(embeddings),) or not (w > 0).all():
        raise ValueError("Give each image one weight above 0; leave out images that were not seen.")
    groups = group(label, n_classes, len(embeddings))
    found = np.full((4, n_classes), np.nan)
    for one in range(n_classes):
        found[:, one] = _weighted_pairs(embeddings, groups.of(one), w)
    naive, value, se, n = found
    half = student.ppf((1 + level) / 2, np.where(n > 1, n - 1, np.nan)) * se
    return Reweighted(naive, value, se, value - half, value + half, np.zeros(n_classes, np.int64))


def _weighted_pairs(x: Any, rows: np.ndarray, w: np.ndarray) -> tuple[float, float, float, int]:
    """Plain mean, weighted mean, its standard error, and the images with a direction, of one class."""
    nan, kept = float("nan"), []
    total: Any = 0.0
    plain: Any = 0.0
    for block, mine in unit_blocks(x, rows):
        total, plain = total + _weights_of(block, w[mine]) @ block, plain + block.sum(0)
        kept.append(mine)
    n = sum(map(len, kept))
    if n < 2:
        return nan, nan, nan, n
    v = w[np.concatenate(kept)]
    big, q, square = v.sum(), (v * v).sum(), float((total * total).sum())
    naive = (float((plain * plain).sum()) - n) / (n * (n - 1))
    value = (square - q) / (big * big - q)
    if n < 3:
        return naive, value, nan, n
    along = np.concatenate([to_numpy(block @ total) for block, _ in unit_blocks(x, rows)])
    less = square - 2 * v * along + v * v - (q - v * v)
    without = less / ((big - v) ** 2 - (q - v * v))
    se = np.sqrt((n - 1) / n * np.sum((without - without.mean()) ** 2))
    return naive, float(value), float(se), n


def _weights_of(block: Any, w: np.ndarray) -> Any:
    xp = array_namespace(block)
    return xp.asarray(w, device=block.device) if hasattr(block, "detach") else w


def _class_of(weights: Weights, label: np.ndarray) -> np.ndarray:
    """The class of each stratum, int64 (strata,)."""
    of = np.zeros(len(weights.total), dtype=np.int64)
    of[weights.stratum] = label
    if (of[weights.stratum] != label).any():
        raise ValueError("A stratum holds samples of two classes; make them of class and bin: class_strata.")
    return of


def _by_class(values: np.ndarray, of: np.ndarray, n_classes: int) -> np.ndarray:
    return np.bincount(of, weights=values, minlength=n_classes)
