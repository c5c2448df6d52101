"""A number with its error: what every statistic of this package ends in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student


@dataclass(frozen=True)
class Estimate:
    """A number with its standard error and its interval, in the unit of the number; NaN where unknown."""

    value: float
    se: float
    low: float
    high: float


UNKNOWN = Estimate(float("nan"), float("nan"), float("nan"), float("nan"))


def normal(value: float, se: float, level: float = 0.95) -> Estimate:
    """value ± z se."""
    z = float(norm.ppf((1 + level) / 2))
    return Estimate(value, se, value - z * se, value + z * se)


def mean_over(values: np.ndarray, level: float = 0.95) -> Estimate:
    """Mean of independent numbers with Student's interval, k - 1 degrees of freedom; NaNs are left out.

    Of classes taken as drawn from many: their spread holds both that over classes and that within them.
    """
    some = np.asarray(values, dtype=np.float64)
    some = some[np.isfinite(some)]
    k = len(some)
    value = float(some.mean()) if k else float("nan")
    if k < 2:
        return Estimate(value, float("nan"), float("nan"), float("nan"))
    se = float(some.std(ddof=1) / np.sqrt(k))
    half = float(student.ppf((1 + level) / 2, k - 1)) * se
    return Estimate(value, se, value - half, value + half)
