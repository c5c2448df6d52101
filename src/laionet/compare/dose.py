"""A statistic against the known strength of its cause: a monotone curve, and whether it is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.stats import kendalltau

from laionet.compare.arrays import to_numpy


@dataclass(frozen=True)
class DoseResponse:
    """A monotone curve through the means at each strength, straight between them.

    Attributes:
        strength: float64 (k,), ascending.
        mean, sd: float64 (k,), of the values there; sd NaN for a single one.
        count: int64 (k,), values there.
        se: float64 (k,), of the mean.
        curve: float64 (k,), the monotone means.
        low, high: float64 (k,), interval of the curve.
        drawn: float64 (replicates, k), bootstrap curves.
        rises: whether the curve rises with strength.
        level: of the intervals.
    """

    strength: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    count: np.ndarray
    se: np.ndarray
    curve: np.ndarray
    low: np.ndarray
    high: np.ndarray
    drawn: np.ndarray
    rises: bool
    level: float

    def at(self, strength: Any) -> np.ndarray:
        """The curve at strengths, float64; NaN beyond the strengths simulated."""
        return np.interp(strength, self.strength, self.curve, left=np.nan, right=np.nan)


def dose_response(
    strength: Any,
    value: Any,
    *,
    se: Any | None = None,
    replicate: Any | None = None,
    rises: bool | None = None,
    level: float = 0.95,
    replicates: int = 2_000,
    seed: int = 0,
) -> DoseResponse:
    """Fit a monotone curve by isotonic regression, with a bootstrap band.

    The means at each strength, weighted by their precision 1 / se², pooled where they run against the direction
    (Barlow et al. 1972). The band is pointwise, of percentiles of curves refitted to resampled values.

    Args:
        strength: float (m,), of the cause; equal ones are one dose.
        value: float (m,), the statistic found; pairs that are not finite are left out.
        se: float (m,), standard error of each value: then values are redrawn from normal ones around them. Needed
            where a dose has one value only.
        replicate: (m,), which values belong together, as those of one seed at all strengths: then these are
            resampled together. Without either, values are resampled within each strength.
        rises: whether the curve rises with strength; None: as the rank correlation of the values has it.
        level: of the band.
        replicates, seed: of the bootstrap.

    Raises:
        ValueError: for arrays of different lengths, errors that are not positive, fewer than two strengths, or a
            dose of one value without error.
    """
    s, y, e, unit = _pairs(strength, value, se, replicate)
    doses, at = np.unique(s, return_inverse=True)
    k = len(doses)
    if k < 2:
        raise ValueError("A dose-response needs values at two strengths or more.")
    count = np.bincount(at, minlength=k)
    if e is None and unit is None and count.min() < 2:
        raise ValueError("A strength with one value needs its error: give se, or replicate.")
    if rises is None:
        rises = bool(np.nan_to_num(kendalltau(s, y).statistic) >= 0)
    mean, sd, error = _means(y, e, at, k)
    weights = _precision(error)
    rng = np.random.default_rng([seed, 0xD05E])
    means = _resampled(y, e, unit, at, k, replicates, rng)
    drawn = np.stack([monotone(row, weights, rises) for row in means])
    sides = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(drawn, sides, axis=0)
    curve = monotone(mean, weights, rises)
    return DoseResponse(doses, mean, sd, count, error, curve, low, high, drawn, rises, level)


def _pairs(
    strength: Any, value: Any, se: Any | None, replicate: Any | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, np.ndarray | None]:
    s, y = (np.asarray(to_numpy(one), dtype=np.float64) for one in (strength, value))
    e = None if se is None else np.asarray(to_numpy(se), dtype=np.float64)
    unit = None if replicate is None else np.unique(to_numpy(replicate), return_inverse=True)[1]
    if s.ndim != 1 or any(one is not None and one.shape != s.shape for one in (y, e, unit)):
        raise ValueError("Strengths, values and what goes with them must be as long as one another.")
    known = np.isfinite(s) & np.isfinite(y)
    if e is not None:
        known &= np.isfinite(e)
        if np.any(e[known] <= 0):
            raise ValueError("Errors must be above 0.")
    return s[known], y[known], None if e is None else e[known], None if unit is None else unit[known]


def _means(
    y: np.ndarray, e: np.ndarray | None, at: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, standard deviation and standard error of the mean at each strength."""
    weights = np.ones(len(y)) if e is None else 1 / e**2
    total = np.bincount(at, weights, minlength=k)
    mean = np.bincount(at, weights * y, minlength=k) / total
    count = np.bincount(at, minlength=k)
    with np.errstate(divide="ignore", invalid="ignore"):
        sd = np.sqrt(np.bincount(at, (y - mean[at]) ** 2, minlength=k) / (count - 1))
        error = sd / np.sqrt(count) if e is None else 1 / np.sqrt(total)
    return mean, sd, error


def _precision(error: np.ndarray) -> np.ndarray:
    """Weights of the means; where one is without error, or its error unknown, all are weighted alike."""
    return 1 / error**2 if np.all(np.isfinite(error) & (error > 0)) else np.ones(len(error))


def _resampled(
    y: np.ndarray,
    e: np.ndarray | None,
    unit: np.ndarray | None,
    at: np.ndarray,
    k: int,
    replicates: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Means at each strength of resampled values, float64 (replicates, k)."""
    if e is not None:
        mean, _, error = _means(y, e, at, k)
        return mean + error * rng.standard_normal((replicates, k))
    if unit is None:
        found = np.empty((replicates, k))
        for dose in range(k):
            mine = y[at == dose]
            found[:, dose] = mine[rng.integers(0, len(mine), (replicates, len(mine)))].mean(axis=1)
        return found
    units = int(unit.max()) + 1
    sums, counts = np.zeros((units, k)), np.zeros((units, k))
    np.add.at(sums, (unit, at), y)
    np.add.at(counts, (unit, at), 1.0)
    weights = rng.multinomial(units, np.full(units, 1 / units), size=replicates).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (weights @ sums) / (weights @ counts)
    mean = np.bincount(at, y, minlength=k) / np.bincount(at, minlength=k)
    return np.where(np.isfinite(found), found, mean)  # a dose that no unit drawn has keeps its mean


def monotone(mean: np.ndarray, weights: np.ndarray, rises: bool) -> np.ndarray:
    """Weighted isotonic regression (pool adjacent violators), float64 (k,)."""
    return np.asarray(isotonic_regression(mean, weights=weights, increasing=rises).x)


@dataclass(frozen=True)
class Monotonicity:
    """Whether values go one way with strength.

    Attributes:
        tau: Kendall's rank correlation of value and strength, -1 to 1.
        p_none: two-sided, that there is no trend.
        against: largest step of the means against the direction, in the unit of the values; 0 for none.
        statistic: Σ (mean - curve)² / se², the distance from the nearest monotone curve.
        p_against: that a monotone curve gives so large a distance; small speaks against monotone. 1 where the
            means are monotone as they stand; else NaN where an error is not known or 0.
    """

    tau: float
    p_none: float
    against: float
    statistic: float
    p_against: float


def monotonicity(
    strength: Any, value: Any, response: DoseResponse, *, draws: int = 2_000, seed: int = 0
) -> Monotonicity:
    """Test for a trend, and against monotonicity.

    The distance from the monotone curve is compared with that of means drawn around a constant, the monotone
    curve that is hardest to keep to (Robertson, Wright and Dykstra 1988), so the test errs on the safe side. Means
    at different strengths are taken as independent.

    Args:
        strength, value: as of ``dose_response``.
        response: what it returned.
        draws, seed: of the null.
    """
    s, y, _, _ = _pairs(strength, value, None, None)
    trend = kendalltau(s, y)
    steps = np.diff(response.mean) * (1 if response.rises else -1)
    against = max(-float(steps.min()), 0.0) + 0.0  # never minus nothing
    error = response.se
    if against == 0:
        return Monotonicity(float(trend.statistic), float(trend.pvalue), 0.0, 0.0, 1.0)
    if not np.all(np.isfinite(error) & (error > 0)):
        return Monotonicity(float(trend.statistic), float(trend.pvalue), against, float("nan"), float("nan"))
    weights = 1 / error**2

    def distance(mean: np.ndarray) -> float:
        return float((weights * (mean - monotone(mean, weights, response.rises)) ** 2).sum())

    statistic = distance(response.mean)
    rng = np.random.default_rng([seed, 0xA1])
    null = np.array([distance(error * rng.standard_normal(len(error))) for _ in range(draws)])
    p = float((1 + np.sum(null >= statistic - 1e-12)) / (1 + draws))
    return Monotonicity(float(trend.statistic), float(trend.pvalue), against, statistic, p)
