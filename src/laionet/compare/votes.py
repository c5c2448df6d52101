"""What few votes say of a selection frequency: its reliability, and the frequency behind the votes.

Engstrom et al. (2020), "Identifying Statistical Bias in Dataset Replication": a frequency from ten votes is noisy,
and images that were taken for a high one have on average a lower true one: regression to the mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import binom

from laionet.compare.arrays import to_numpy
from laionet.compare.estimate import UNKNOWN, Estimate, normal

#: Points of the grid of true frequencies, and rounds of the fit.
_GRID, _ROUNDS = 201, 20_000
#: A round that raises the mean log-likelihood by less ends the fit.
_ENOUGH = 1e-10


def reliability(votes: Any, shown: Any, *, level: float = 0.95) -> Estimate:
    """Share of the variance of observed frequencies that is of true ones, 0 to 1.

    λ = 1 - mean(k (n - k) / (n² (n - 1))) / Var(k / n): the first is an unbiased estimate of the mean binomial
    variance p (1 - p) / n, whatever the distribution of p. It is what the correlation of two halves of the votes,
    stepped up by Spearman and Brown's formula, has as its expectation. Standard error by the delta method, images
    taken as independent; votes on an image as independent given its true frequency.

    A slope on observed frequencies of single images is λ times that on true ones (attenuation).

    Args:
        votes: int (n,), annotators who marked each image.
        shown: int (n,) or one number, annotators asked. Images with fewer than two are left out.
        level: of the interval.

    Raises:
        ValueError: for votes below 0 or beyond those asked.
    """
    k, n = _counts(votes, shown)
    k, n = k[n > 1], n[n > 1]
    if len(k) < 2:
        return UNKNOWN
    f = k / n
    noise, spread = k * (n - k) / (n * n * (n - 1)), (f - f.mean()) ** 2
    total = float(spread.sum() / (len(f) - 1))
    if total == 0:
        return UNKNOWN
    share = 1 - float(noise.mean()) / total
    influence = noise / total - noise.mean() * spread / total**2
    return normal(share, float(influence.std(ddof=1) / np.sqrt(len(f))), level)


@dataclass(frozen=True)
class TrueFrequencies:
    """The distribution of true frequencies, and what to expect of each image.

    Attributes:
        grid: float64 (g,), frequencies, 0 to 1.
        weight: float64 (g,), share of the images that has each; sums to 1.
        expected: float64 (n,), E[true frequency | votes] of each image; NaN where nobody was asked.
    """

    grid: np.ndarray
    weight: np.ndarray
    expected: np.ndarray


def true_frequencies(votes: Any, shown: Any) -> TrueFrequencies:
    """Deconvolve votes: the distribution of true frequencies that makes them most likely, of any shape.

    Votes k of n are binomial given the true frequency, whose distribution over images is estimated by maximum
    likelihood over all distributions on a grid (Kiefer and Wolfowitz 1956; Laird 1978), by the EM algorithm. From
    it E[p | k, n] of each image by Bayes (Robbins 1956). The mean of these over the images of a version is its
    frequency freed of the noise that the version was selected by.

    Give the votes of all candidates, not of those selected alone: the distribution is that of what is given, and
    one that was cut at 0.7 keeps too much of the noise.

    Args:
        votes: int (n,), annotators who marked each image.
        shown: int (n,) or one number, annotators asked.

    Raises:
        ValueError: for votes below 0 or beyond those asked.
    """
    k, n = _counts(votes, shown)
    asked = n > 0
    grid, expected = np.linspace(0, 1, _GRID), np.full(len(k), np.nan)
    if not asked.any():
        return TrueFrequencies(grid, np.full(_GRID, np.nan), expected)
    kinds, which, times = np.unique(
        np.stack([k[asked], n[asked]], axis=1), axis=0, return_inverse=True, return_counts=True
    )
    chance = binom.pmf(kinds[:, :1], kinds[:, 1:], grid)
    weight, last = np.full(_GRID, 1 / _GRID), -np.inf
    for _ in range(_ROUNDS):
        joint = chance * weight
        whole = joint.sum(axis=1, keepdims=True)
        likely = float(times @ np.log(whole[:, 0])) / times.sum()
        if likely - last < _ENOUGH:
            break
        last = likely
        weight = (times / times.sum()) @ (joint / whole)
    posterior = chance * weight
    expected[asked] = ((posterior @ grid) / posterior.sum(axis=1))[which.ravel()]
    return TrueFrequencies(grid, weight, expected)


def _counts(votes: Any, shown: Any) -> tuple[np.ndarray, np.ndarray]:
    k = np.asarray(to_numpy(votes), dtype=np.float64)
    n = np.broadcast_to(np.asarray(to_numpy(shown), dtype=np.float64), k.shape)
    if k.ndim != 1 or np.any(k != np.floor(k)) or np.any(n != np.floor(n)) or np.any((k < 0) | (k > n)):
        raise ValueError("votes and shown must be whole numbers, one a image, with 0 <= votes <= shown.")
    return k, n
