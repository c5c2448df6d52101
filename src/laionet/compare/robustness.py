"""Effective robustness: how much better a model does under a shift than its accuracy without it foretells.

Taori et al., Measuring Robustness to Natural Distribution Shifts in Image Classification (2020); the line on
transformed axes also in Recht et al. (2019) and Miller et al. (2021).

It says by how much a model lies off the line of the baseline models. It does not say why. It is about these two
test sets, whatever their sizes and classes; it depends on which models are the baseline, and beyond their
accuracies on the line being straight there too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm
from scipy.stats import t as student

from laionet.compare.arrays import to_numpy


@dataclass(frozen=True)
class Line:
    """The line of the baseline models, on transformed axes.

    Attributes:
        slope, intercept: of transformed shifted accuracy on transformed reference accuracy.
        scatter: residual standard deviation, on the transformed axis, with models - 2 degrees.
        r2: share of the variance that the line explains.
        models: that it is fitted to.
        centre: mean transformed reference accuracy of them.
        extent: sum of squared distances from it.
        lowest, highest: reference accuracies of the baseline, 0 to 1; beyond them the line is a guess.
        axis: ``"logit"`` or ``"probit"``.
    """

    slope: float
    intercept: float
    scatter: float
    r2: float
    models: int
    centre: float
    extent: float
    lowest: float
    highest: float
    axis: str

    def at(self, reference: Any) -> np.ndarray:
        """Shifted accuracy that the line foretells, 0 to 1, at reference accuracies of any shape."""
        return _back(self.intercept + self.slope * _forth(_shares(reference), self.axis), self.axis)


@dataclass(frozen=True)
class Robustness:
    """Effective robustness of each model; NaN where it has no accuracy on one of the sets.

    Attributes:
        value: float64 (models,), shifted accuracy less what the line foretells, in shares (0.01 is a point).
        se: float64 (models,), from the line's error and the model's own binomial errors on both sets.
        low, high: float64 (models,), its interval.
        expected: float64 (models,), what the line foretells, 0 to 1.
        band_low, band_high: float64 (models,), where a further model of the baseline's kind would come out.
        outside: bool (models,), whether the model is outside that band.
        beyond: bool (models,), whether its reference accuracy is beyond those of the baseline.
        line: the baseline's.
    """

    value: np.ndarray
    se: np.ndarray
    low: np.ndarray
    high: np.ndarray
    expected: np.ndarray
    band_low: np.ndarray
    band_high: np.ndarray
    outside: np.ndarray
    beyond: np.ndarray
    line: Line


def fit_line(reference: Any, shifted: Any, axis: str = "logit") -> Line:
    """Ordinary least squares of transformed accuracies of the baseline models.

    Args:
        reference, shifted: float (models,), accuracies from 0 to 1. Models that lack one, or are all right or all
            wrong, where the transform is infinite, are left out; ``Line.models`` counts the others.
        axis: ``"logit"``, or ``"probit"`` (Taori et al. draw logit, Miller et al. probit).

    Raises:
        ValueError: for fewer than three models or models of one accuracy, accuracies outside 0 to 1 (percent must
            be divided by 100), or another axis.
    """
    a, b = _shares(reference), _shares(shifted)
    if a.shape != b.shape:
        raise ValueError(f"There must be two accuracies a model: {a.shape} and {b.shape}.")
    x, y = _forth(a, axis), _forth(b, axis)
    some = np.isfinite(x) & np.isfinite(y)
    x, y, a = x[some], y[some], a[some]
    if len(x) < 3 or np.ptp(x) == 0:
        raise ValueError(f"A line needs at least three baseline models of different accuracy; there are {len(x)}.")
    centre = float(x.mean())
    extent = float(np.sum((x - centre) ** 2))
    slope = float(np.sum((x - centre) * y) / extent)
    intercept = float(y.mean()) - slope * centre
    left = float(np.sum((y - intercept - slope * x) ** 2))
    total = float(np.sum((y - y.mean()) ** 2))
    scatter = float(np.sqrt(left / (len(x) - 2)))
    r2 = 1 - left / total if total > 0 else float("nan")
    ends = float(a.min()), float(a.max())
    return Line(slope, intercept, scatter, r2, len(x), centre, extent, *ends, axis)


def effective_robustness(
    reference: Any,
    shifted: Any,
    baseline: Any,
    *,
    reference_images: int | None = None,
    shifted_images: int | None = None,
    axis: str = "logit",
    level: float = 0.95,
) -> Robustness:
    """Effective robustness of each model against the line of the baseline models.

    ρ = shifted accuracy - β(reference accuracy), β the back-transformed line. A baseline model is judged by the
    line of the others, for it has drawn its own line towards itself. In shares, with g the slope of the
    back-transform at what the line foretells, ŷ:

        variance of ρ = g² s² (1/m + (x - x̄)²/S)  [the line]  + g² b² var x + p₂(1 - p₂)/n₂  [the model's images],

    var x = p₁(1 - p₁)/(n₁ f²), f the slope of the back-transform at x; Student's t with m - 2 degrees. The band is
    the line's prediction interval, ŷ ± t s sqrt(1 + 1/m + (x - x̄)²/S). The interval of ρ asks how far the model is
    from the line, the band whether baseline models lie so far off too. All models see the same images, so that
    part of their binomial errors is shared and moves the line as well: that makes the interval wide, not narrow.

    Args:
        reference, shifted: float (models,), accuracies from 0 to 1, NaN for none.
        baseline: bool (models,), which models the line is fitted to.
        reference_images, shifted_images: sizes of the test sets; None leaves that binomial error out.
        axis: ``"logit"`` or ``"probit"``.
        level: of interval and band.

    Raises:
        ValueError: as ``fit_line``, and for a baseline that is not one bool a model.
    """
    a, b = _shares(reference), _shares(shifted)
    base = np.asarray(to_numpy(baseline))
    if base.dtype != bool or base.shape != a.shape or a.shape != b.shape:
        raise ValueError(f"There must be one bool a model: baseline {base.dtype} {base.shape}, models {a.shape}.")
    whole = fit_line(a[base], b[base], axis)
    columns: list[tuple[float, ...]] = []
    for i in range(len(a)):
        others = base.copy()
        others[i] = False
        line = fit_line(a[others], b[others], axis) if base[i] and _usable(a[i], b[i]) else whole
        columns.append(_one(line, a[i], b[i], reference_images, shifted_images, level))
    value, se, half, expected, low, high, beyond = np.array(columns, dtype=np.float64).reshape(-1, 7).T
    known = np.isfinite(value)
    outside = known & ((b < low) | (b > high))
    far = known & (beyond > 0)
    return Robustness(value, se, value - half, value + half, expected, low, high, outside, far, whole)


def _usable(a: float, b: float) -> bool:
    return bool(0 < a < 1 and 0 < b < 1)


def _one(line: Line, a: float, b: float, n_a: int | None, n_b: int | None, level: float) -> tuple[float, ...]:
    """Value, error, half width, expected, band, whether beyond the baseline, of one model."""
    if not (0 < a < 1 and 0 <= b <= 1):
        return (np.nan,) * 6 + (0.0,)
    x = float(_forth(np.array(a), line.axis))
    y = line.intercept + line.slope * x
    lever = 1 / line.models + (x - line.centre) ** 2 / line.extent
    steep = _steepness(y, line.axis)
    variance = (steep * line.scatter) ** 2 * lever
    if n_a is not None:
        variance += (steep * line.slope / _steepness(x, line.axis)) ** 2 * a * (1 - a) / n_a
    if n_b is not None:
        variance += b * (1 - b) / n_b
    t = float(student.ppf((1 + level) / 2, line.models - 2))
    expected = float(_back(np.array(y), line.axis))
    reach = t * line.scatter * np.sqrt(1 + lever)
    low, high = (float(_back(np.array(y + side * reach), line.axis)) for side in (-1, 1))
    se = float(np.sqrt(variance))
    return b - expected, se, t * se, expected, low, high, float(not line.lowest <= a <= line.highest)


def _shares(values: Any) -> np.ndarray:
    found = np.asarray(to_numpy(values), dtype=np.float64)
    if np.any((found < 0) | (found > 1)):
        raise ValueError("Accuracies must lie between 0 and 1; divide percent by 100.")
    return found


def _forth(share: np.ndarray, axis: str) -> np.ndarray:
    if axis not in ("logit", "probit"):
        raise ValueError(f"There is no axis {axis!r}; choose logit or probit.")
    with np.errstate(divide="ignore"):
        return np.asarray(logit(share) if axis == "logit" else norm.ppf(share))


def _back(value: np.ndarray, axis: str) -> np.ndarray:
    return np.asarray(expit(value) if axis == "logit" else norm.cdf(value))


def _steepness(value: float, axis: str) -> float:
    """Derivative of the back-transform."""
    return float(expit(value) * expit(-value)) if axis == "logit" else float(norm.pdf(value))
