"""Bounds of a number that missing data leave open: their error, their means, their differences, tipping points.

Bounds of a class, of the mean over classes and of the difference of two datasets are all of one form, ``Bounds``;
``laionet.compare.worst_case`` makes those of a class.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm
from scipy.stats import t as student


@dataclass(frozen=True)
class Bounds:
    """Bounds of a number, by class (classes,) or of one number ().

    Attributes:
        point: the figure if the missing are, within their class, as the seen; NaN where nothing was seen.
        point_se: its standard error.
        low, high: what the data cannot tell apart: the number is between them whatever the missing are.
        se_low, se_high: standard errors of the bounds.
        interval_low, interval_high: holds the number with probability ``level`` at least, whatever the missing
            are and with sampling error (Imbens and Manski 2004).
        unknown: share of the number that is of missing images: of images for recall, of pairs for similarity.
        level: of the interval.
    """

    point: np.ndarray
    point_se: np.ndarray
    low: np.ndarray
    high: np.ndarray
    se_low: np.ndarray
    se_high: np.ndarray
    interval_low: np.ndarray
    interval_high: np.ndarray
    unknown: np.ndarray
    level: float


def quantile_of_bounds(
    width: np.ndarray, se: np.ndarray, level: float = 0.95, degrees: np.ndarray | float = np.inf
) -> np.ndarray:
    """Standard errors to go beyond each bound (Imbens and Manski 2004, equation 7).

    The C with F(C + width / se) - F(-C) = level: between the one-sided quantile, where the bounds are far apart
    for their error, and the two-sided, where they meet. Valid uniformly in the width because the bounds here
    never cross (Stoye 2009, Lemma 3).

    Args:
        width: float, high - low, 0 or more; any shape.
        se: float, the larger of the bounds' standard errors.
        level: of confidence.
        degrees: of Student's F; infinite for the normal.

    Returns:
        float64, in the broadcast shape; NaN where an argument is.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        far = np.where(np.asarray(se) > 0, np.asarray(width) / se, np.where(np.asarray(width) > 0, np.inf, 0.0))
    far, df = np.broadcast_arrays(np.where(np.isnan(se) | np.isnan(width), np.nan, far), degrees)
    below, above = student.ppf(level, df), student.ppf((1 + level) / 2, df)
    for _ in range(60):
        middle = (below + above) / 2
        enough = student.cdf(middle + far, df) - student.cdf(-middle, df) >= level
        below, above = np.where(enough, below, middle), np.where(enough, middle, above)
    return np.where(np.isnan(far), np.nan, above)


def mean_bounds(classes: Bounds, weights: np.ndarray | None = None, *, drawn: bool = False) -> Bounds:
    """Bounds of the mean over classes: the means of the bounds, which the missing of all classes reach together.

    Args:
        classes: by class, from ``recall_bounds`` or ``similarity_bounds``.
        weights: float (classes,), not negative; None for equal ones. For the frequency-weighted mean give the
            images of each class, those missing included. Classes without bounds get none.
        drawn: classes count as drawn from many, so that the error is of their spread, with K - 1 degrees, as in
            ``estimate.mean_over``; for equal weights alone. Otherwise they are fixed and their variances add up.

    Returns:
        Of one number, shapes (). The point is over the classes of which something was seen.

    Raises:
        ValueError: for weights together with ``drawn``, or weights below 0.
    """
    share = _shares(weights, np.isfinite(classes.low), drawn)
    return _over(classes, share, drawn)


def difference_bounds(a: Bounds, b: Bounds) -> Bounds:
    """Bounds of A less B, two independent samples, class by class: [low_a - high_b, high_a - low_b].

    ``unknown`` is the sum of the two shares. Normal quantiles.
    """
    low, high = a.low - b.high, a.high - b.low
    se = np.hypot(a.se_low, b.se_high), np.hypot(a.se_high, b.se_low)
    c = quantile_of_bounds(high - low, np.fmax(*se), a.level)
    return Bounds(
        a.point - b.point,
        np.hypot(a.point_se, b.point_se),
        low,
        high,
        *se,
        low - c * se[0],
        high + c * se[1],
        a.unknown + b.unknown,
        a.level,
    )


def mean_difference_bounds(
    a: Bounds, b: Bounds, weights: np.ndarray | None = None, *, drawn: bool = False
) -> Bounds:
    """Bounds of the mean difference over the classes that both datasets have; see ``mean_bounds``."""
    return mean_bounds(difference_bounds(a, b), weights, drawn=drawn)


@dataclass(frozen=True)
class Tipping:
    """How much the missing would have to differ from the seen for a difference to vanish.

    Attributes:
        difference: if the missing are as the seen.
        worst: with all missing at the bound that speaks against the difference.
        shift: by how much the missing must differ from the seen of their class, in the unit of the number, for
            the difference to be zero; infinite where none is enough.
        shift_to_doubt: likewise, for the interval of the difference to reach zero; 0 where it does already.
        classes: that were looked at.
        left_out: classes that have images in both datasets, but of which one has not seen any.
    """

    difference: float
    worst: float
    shift: float
    shift_to_doubt: float
    classes: int
    left_out: int


def tipping_point(
    a: Bounds, b: Bounds, weights: np.ndarray | None = None, *, drawn: bool = False, sides: str = "both"
) -> Tipping:
    """Tipping point of the mean difference A less B (pattern mixture: Rubin 1977; Yan, Lee and Li 2009).

    In each class the missing are worse than the seen by one shift δ where the dataset is ahead, better by δ where
    it is behind: point - δ unknown, or its bound where that comes first. Recall: the missing are classified right
    by δ less often. Similarity: pairs with a missing image are by δ less similar. The error is that at δ = 0.

    Args:
        a, b: by class, from ``recall_bounds`` or ``similarity_bounds``.
        weights, drawn: see ``mean_bounds``.
        sides: whose missing differ: ``"both"``, ``"a"`` or ``"b"``.

    Raises:
        ValueError: for other sides, or weights that cannot be.
    """
    if sides not in ("both", "a", "b"):
        raise ValueError(f"sides is {sides!r}; choose both, a or b.")
    both = difference_bounds(a, b)
    share = _shares(weights, np.isfinite(both.point), drawn)
    at = share > 0
    if not at.any():
        nan = float("nan")
        return Tipping(nan, nan, nan, nan, 0, int(np.isfinite(both.low).sum()))
    found = _over(both, share, drawn)
    sign = 1.0 if found.point >= 0 else -1.0
    parts = [(a, -sign, sides != "b", 1.0), (b, sign, sides != "a", -1.0)]

    def moved(shift: float) -> float:
        """The difference, times its sign, after a shift."""
        total = 0.0
        for of, way, moves, side in parts:
            far = of.point + way * shift * of.unknown * moves
            far = np.minimum(far, of.high) if way > 0 else np.maximum(far, of.low)
            total += side * float(np.sum(share[at] * far[at]))
        return sign * total

    largest = _largest_shift(parts, at)
    error = float(norm.ppf((1 + a.level) / 2) * found.point_se)
    return Tipping(
        float(found.point),
        sign * moved(largest),
        _crossing(moved, 0.0, largest),
        _crossing(moved, error, largest),
        int(at.sum()),
        int((np.isfinite(both.low) & ~np.isfinite(both.point)).sum()),
    )


def _largest_shift(parts: list[tuple[Bounds, float, bool, float]], at: np.ndarray) -> float:
    """The shift from which on all are at their bounds."""
    room = [0.0]
    for of, way, moves, _ in parts:
        some = at & (of.unknown > 0)
        if moves and some.any():
            bound = of.high if way > 0 else of.low
            room.append(float(np.max(np.abs(bound - of.point)[some] / of.unknown[some])))
    return max(room)


def _crossing(moved: Callable[[float], float], level: float, largest: float) -> float:
    """The shift at which a falling function comes to a level."""
    if not np.isfinite(level):
        return float("nan")
    if moved(0.0) <= level:
        return 0.0
    if moved(largest) > level:
        return float("inf")
    return float(brentq(lambda shift: moved(shift) - level, 0.0, largest, xtol=1e-12))


def _over(classes: Bounds, share: np.ndarray, drawn: bool) -> Bounds:
    """The mean with given shares, which sum to 1 over the classes that count."""
    if not share.any():
        nan = np.full((), np.nan)
        return Bounds(nan, nan, nan, nan, nan, nan, nan, nan, nan, classes.level)
    at = share > 0
    seen = at & np.isfinite(classes.point)
    low, high, unknown = (np.sum(share[at] * part[at]) for part in (classes.low, classes.high, classes.unknown))
    k = int(at.sum())

    def error(values: np.ndarray, errors: np.ndarray, where: np.ndarray) -> np.floating:
        if drawn:
            few = where.sum() < 2
            return np.float64(np.nan) if few else np.std(values[where], ddof=1) / np.sqrt(where.sum())
        return np.sqrt(np.sum((share[where] / share[where].sum() * errors[where]) ** 2))

    point = np.sum(share[seen] * classes.point[seen]) / share[seen].sum() if seen.any() else np.nan
    point_se = error(classes.point, classes.point_se, seen) if seen.any() else np.nan
    se = error(classes.low, classes.se_low, at), error(classes.high, classes.se_high, at)
    c = quantile_of_bounds(high - low, np.fmax(*se), classes.level, max(k - 1, 1) if drawn else np.inf)
    figures = (point, point_se, low, high, *se, low - c * se[0], high + c * se[1], unknown)
    p, ps, lo, hi, se_lo, se_hi, from_, to, share_unknown = (np.asarray(f, np.float64) for f in figures)
    return Bounds(p, ps, lo, hi, se_lo, se_hi, from_, to, share_unknown, classes.level)


def _shares(weights: np.ndarray | None, present: np.ndarray, drawn: bool) -> np.ndarray:
    if weights is not None and drawn:
        raise ValueError("Classes that count as drawn have equal weights; leave weights out.")
    share = np.ones(len(present)) if weights is None else np.asarray(weights, np.float64)
    if share.shape != present.shape or not (share >= 0).all():
        raise ValueError("Give each class one weight, 0 or more.")
    share = np.where(present, share, 0.0)
    return share / share.sum() if share.sum() > 0 else share
