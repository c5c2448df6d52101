"""Intervals of the mean intra-class similarity: from moments, or by the bootstrap over images."""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace
from scipy.stats import norm
from scipy.stats import t as student

from laionet.compare.arrays import to_numpy
from laionet.compare.moments import Moments

#: Largest shift of an interval, in standard errors: beyond it the expansion no longer holds.
MAX_SHIFT = 1.2
#: Images at which half of the shift is made: its third moments are unsteady where there are fewer.
HALF_SHIFT = 50


def jackknife_variance(m: Moments) -> np.ndarray:
    """(n - 1)/n Σ (θ_(i) - θ)² over leave-one-out values; float64 (classes,), NaN for fewer than three images.

    θ_(i) = θ - 2 a_i / (n - 1), so that it is 4 effects / n. Its expectation is the true variance and once more
    the part that belongs to pairs, 2 rest / (n (n - 1)) (Efron and Stein 1981).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(4 * m.effects / m.n)


def unbiased_variance(m: Moments) -> np.ndarray:
    """Variance of the U-statistic without bias, 4 Var(a)/n + 2 rest/(n (n - 1)) (Hoeffding 1948).

    It is the jackknife's less 2 rest / ((n - 1)(n - 2)), and at least the part of the pairs.
    """
    n = m.n.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        least = 2 * m.rest / (n * (n - 1))
        return np.asarray(np.maximum(jackknife_variance(m) - 2 * m.rest / ((n - 1) * (n - 2)), least))


def second_order_variance(m: Moments) -> np.ndarray:
    """Halfway between the jackknife's and the unbiased one.

    The unbiased one is a difference, with fewer degrees of freedom than n - 1; counting the part of pairs one and
    a half times makes up for them, as simulation shows (docs/validity.md).
    """
    return np.asarray((jackknife_variance(m) + unbiased_variance(m)) / 2)


def shift(m: Moments, quantile: np.ndarray) -> np.ndarray:
    """How far, in standard errors, the middle of the interval lies above the estimate; float64 (classes,).

    The distribution of a Studentised U-statistic is Φ(x) + φ(x) (A (2x² + 1) + 3 B (x² + 1)) / (6 √n σ³) to the
    second order, with A = E a³, B = E a_1 a_2 e_12, σ² = E a² (Helmers 1991); this is its Cornish-Fisher
    correction at ``quantile``, held within ``MAX_SHIFT``, times n / (n + ``HALF_SHIFT``): all of it for large n,
    and little of it where a few images decide the third moments.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 6 * np.sqrt(m.n) * m.effects**1.5
        found = (m.skew * (2 * quantile**2 + 1) + 3 * m.mixed * (quantile**2 + 1)) / scale
    found = np.clip(np.nan_to_num(found, nan=0.0, posinf=0.0, neginf=0.0), -MAX_SHIFT, MAX_SHIFT)
    return np.asarray(found * m.n / (m.n + HALF_SHIFT))


def bca(x: Any, mean: float, acceleration: float, level: float, replicates: int, seed: Any) -> tuple[float, ...]:
    """Bias-corrected and accelerated bootstrap over images (Efron 1987): standard error, low, high.

    A resample counts only pairs of different images, θ* = (‖Σ w x‖² - Σ w²) / (n² - Σ w²) for multinomial counts
    w: a pair of one image with itself would have similarity 1 and pull every resample up.

    Args:
        x: float64 (n, dim), unit vectors, numpy or torch.
        mean: θ of all images.
        acceleration: Σ c³ / (6 (Σ c²)^1.5) over images.
        level: of the interval.
        replicates: resamples.
        seed: of the draws; anything that ``numpy.random.default_rng`` takes.
    """
    n, rng = len(x), np.random.default_rng(seed)
    xp = array_namespace(x)
    found = []
    for start in range(0, replicates, (size := max(1, (1 << 22) // n))):
        weights = rng.multinomial(n, np.full(n, 1 / n), size=min(size, replicates - start)).astype(np.float64)
        own = (weights**2).sum(axis=1)
        total = to_numpy(xp.asarray(weights, device=x.device) @ x)
        found.append((np.einsum("ij,ij->i", total, total) - own) / np.maximum(n * n - own, 1))
    drawn = np.sort(np.concatenate(found))
    below = (np.sum(drawn < mean) + np.sum(drawn == mean) / 2) / replicates
    z0 = norm.ppf(np.clip(below, 0.5 / replicates, 1 - 0.5 / replicates))
    z = z0 + norm.ppf([(1 - level) / 2, (1 + level) / 2])
    low, high = np.quantile(drawn, norm.cdf(z0 + z / (1 - acceleration * z)))
    return float(drawn.std(ddof=1)), float(low), float(high)


def student_quantile(n: np.ndarray, level: float) -> np.ndarray:
    """Student's two-sided quantile with n - 1 degrees of freedom; NaN for n below 2."""
    degrees = np.where(n > 1, n - 1, np.nan)
    return np.asarray(student.ppf((1 + level) / 2, degrees))


def pair_spread(x: Any) -> float:
    """Standard deviation of the similarities of all pairs of unit vectors (n, dim), in O(n dim min(n, dim)).

    From Σ k² = ‖XᵀX‖² = ‖XXᵀ‖², and the mean.
    """
    n = len(x)
    total, gram = to_numpy(x.sum(0)), to_numpy(x.T @ x if n > x.shape[1] else x @ x.T)
    pairs = n * (n - 1)
    mean = (float(total @ total) - n) / pairs
    return float(np.sqrt(max((float((gram * gram).sum()) - n) / pairs - mean**2, 0.0)))
