"""A number of each class against another: recall against frequency (Figure 20), against disparity (Figure 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm, rankdata, spearmanr
from scipy.stats import t as student

from laionet.compare.arrays import to_numpy
from laionet.compare.estimate import UNKNOWN, Estimate, mean_over


@dataclass(frozen=True)
class Trend:
    """A line y = intercept + slope x.

    Attributes:
        slope: in units of y by unit of x.
        intercept: y at x = 0.
        p: two-sided, of a slope of 0.
        points: classes that it is fitted to.
        covariance: float64 (2, 2), of intercept and slope.
        level: of the intervals.
    """

    slope: Estimate
    intercept: Estimate
    p: float
    points: int
    covariance: np.ndarray
    level: float

    def at(self, x: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The line and its pointwise interval at ``x``: value, low, high, float64 of its shape."""
        x = np.asarray(x, dtype=np.float64)
        value = self.intercept.value + self.slope.value * x
        c = self.covariance
        half = _quantile(self.level, self.points) * np.sqrt(c[0, 0] + 2 * x * c[0, 1] + x * x * c[1, 1])
        return value, value - half, value + half


def trend(x: Any, y: Any, weights: Any | None = None, level: float = 0.95) -> Trend:
    """Weighted least squares line with an error that holds whatever the spread around it.

    β = (XᵀWX)⁻¹ XᵀWy; covariance HC3 (MacKinnon and White, 1985): (XᵀWX)⁻¹ Σ w² e²/(1 - h)² x xᵀ (XᵀWX)⁻¹ with h
    the leverage. Recalls of small classes scatter more than those of large ones, so the usual error would not do.
    Student's t with points - 2 degrees. Classes are taken as independent. The line is a summary of the trend, it
    does not say that the relation is straight: see ``binned`` and ``rank_correlation``.

    Args:
        x: float (k,), for example log10 of the class's frequency, or its difference in similarity.
        y: float (k,), for example recall, or gap in recall. Points where x or y is not finite are left out.
        weights: float (k,), not negative; None for equal ones. 1 / (τ² + v) of ``spread`` is the most precise.
        level: of the intervals.

    Returns:
        The line; its errors are NaN for fewer than three points or one that decides the slope alone, all of it
        NaN where x does not vary.

    Raises:
        ValueError: for arrays of different lengths or negative weights.
    """
    x, y, w = _points(x, y, weights)
    nothing = Trend(UNKNOWN, UNKNOWN, float("nan"), len(x), np.full((2, 2), np.nan), level)
    if len(x) < 2 or np.ptp(x) == 0:
        return nothing
    middle = float(np.sum(w * x) / w.sum())  # centred, or the normal equations lose digits
    design = np.column_stack([np.ones(len(x)), x - middle])
    bread = np.linalg.inv(design.T @ (w[:, None] * design))
    beta = bread @ (design.T @ (w * y))
    leverage = w * np.einsum("ij,jk,ik->i", design, bread, design)
    covariance = np.full((2, 2), np.nan)
    if len(x) > 2 and np.all(leverage < 1 - 1e-10):
        score = design * (w * (y - design @ beta) / (1 - leverage))[:, None]
        covariance = bread @ (score.T @ score) @ bread
    back = np.array([[1.0, -middle], [0.0, 1.0]])
    beta, covariance = back @ beta, back @ covariance @ back.T
    errors = np.sqrt(np.diag(covariance))
    quantile = _quantile(level, len(x))
    intercept, slope = (
        Estimate(float(b), float(e), float(b - quantile * e), float(b + quantile * e))
        for b, e in zip(beta, errors, strict=True)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        p = float(2 * student.sf(np.abs(beta[1] / errors[1]), max(len(x) - 2, 1)))
    return Trend(slope, intercept, p, len(x), covariance, level)


def _quantile(level: float, points: int) -> float:
    return float(student.ppf((1 + level) / 2, points - 2)) if points > 2 else float("nan")


def _points(x: Any, y: Any, weights: Any | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points that are known and have weight, as float64."""
    x, y = (np.asarray(to_numpy(one), dtype=np.float64) for one in (x, y))
    w = np.ones(x.shape) if weights is None else np.asarray(to_numpy(weights), dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape or x.shape != w.shape:
        raise ValueError(f"x, y and weights must be as long as one another: {x.shape}, {y.shape}, {w.shape}.")
    if np.any(w < 0):
        raise ValueError("Weights must not be negative.")
    used = np.isfinite(x) & np.isfinite(y) & np.isfinite(w) & (w > 0)
    return x[used], y[used], w[used]


def rank_correlation(
    x: Any, y: Any, *, level: float = 0.95, method: str = "fisher", draws: int = 2000, seed: int = 0
) -> Estimate:
    """Spearman's rank correlation: whether y rises with x, straight or not.

    ``"fisher"``: tanh(atanh r ± z sqrt((1 + r²/2)/(k - 3))) (Bonett and Wright, 2000). ``"bootstrap"``:
    percentiles over classes drawn with replacement. Classes are taken as independent; noise of the recalls draws
    the correlation towards 0.

    Args:
        x, y: float (k,). Points where one is not finite are left out.
        level: of the interval.
        method: ``"fisher"`` or ``"bootstrap"``.
        draws, seed: of the bootstrap.

    Returns:
        The correlation, its standard error, its interval; NaN where x or y does not vary, the errors also for
        fewer than four points.

    Raises:
        ValueError: for another method, or arrays of different lengths.
    """
    if method not in ("fisher", "bootstrap"):
        raise ValueError(f"There is no method {method!r}; choose fisher or bootstrap.")
    x, y, _ = _points(x, y, None)
    k = len(x)
    if k < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return UNKNOWN
    r = float(spearmanr(x, y).statistic)
    if k < 4:
        return Estimate(r, float("nan"), float("nan"), float("nan"))
    if method == "bootstrap":
        return _bootstrap_rank(r, x, y, level, draws, seed)
    spread = float(np.sqrt((1 + r * r / 2) / (k - 3)))
    z = float(norm.ppf((1 + level) / 2))
    with np.errstate(divide="ignore"):
        middle = np.arctanh(np.clip(r, -1, 1))
    return Estimate(
        r, (1 - r * r) * spread, float(np.tanh(middle - z * spread)), float(np.tanh(middle + z * spread))
    )


def _bootstrap_rank(r: float, x: np.ndarray, y: np.ndarray, level: float, draws: int, seed: int) -> Estimate:
    rng = np.random.default_rng(seed)
    found = np.full(draws, np.nan)
    for i in range(draws):
        pick = rng.integers(0, len(x), len(x))
        a, b = rankdata(x[pick]), rankdata(y[pick])
        a, b = a - a.mean(), b - b.mean()
        size = float(np.sqrt((a @ a) * (b @ b)))
        found[i] = a @ b / size if size > 0 else np.nan
    found = found[np.isfinite(found)]
    if len(found) < 2:
        return Estimate(r, float("nan"), float("nan"), float("nan"))
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(r, float(found.std(ddof=1)), float(low), float(high))


@dataclass(frozen=True)
class Bin:
    """Classes whose x is alike.

    Attributes:
        low, high: its bounds in x; the upper one belongs to the last bin only.
        x: mean x of its classes.
        y: mean y of its classes with Student's interval.
        points: classes in it.
    """

    low: float
    high: float
    x: float
    y: Estimate
    points: int


def binned(x: Any, y: Any, bins: int | Any = 10, level: float = 0.95) -> list[Bin]:
    """Means of y in bins of x, for drawing.

    Args:
        x, y: float (k,). Points where one is not finite are left out.
        bins: how many of equal number of points (fewer where many x are equal), or their edges in rising order.
        level: of the intervals.

    Returns:
        The bins that have points.

    Raises:
        ValueError: for no bins, or edges that do not rise.
    """
    x, y, _ = _points(x, y, None)
    if isinstance(bins, int):
        if bins < 1:
            raise ValueError("There must be at least one bin.")
        edges = np.unique(np.quantile(x, np.linspace(0, 1, bins + 1))) if len(x) else np.zeros(0)
        edges = np.repeat(edges, 2) if len(edges) == 1 else edges
    else:
        edges = np.asarray(bins, dtype=np.float64)
        if len(edges) < 2 or np.any(np.diff(edges) <= 0):
            raise ValueError("Edges of bins must be two or more and rise.")
    found = []
    for number in range(len(edges) - 1):
        low, high = float(edges[number]), float(edges[number + 1])
        mine = (x >= low) & ((x <= high) if number == len(edges) - 2 else (x < high))
        if mine.any():
            found.append(Bin(low, high, float(x[mine].mean()), mean_over(y[mine], level), int(mine.sum())))
    return found
