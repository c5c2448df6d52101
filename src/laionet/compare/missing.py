"""What is missing: shares lost, and whether they depend on the class.

What the missing could at most change is in ``laionet.compare.bounds``, weights that undo a loss by strata in
``laionet.compare.reweighting``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from laionet.compare.accuracy import wilson


@dataclass(frozen=True)
class ShareLost:
    """Share of rows that were lost, with Wilson's interval.

    Attributes:
        total: int64 (any shape), rows in.
        lost: int64, of them those that did not go on.
        share: float64, lost / total; NaN where nothing came in.
        low, high: float64, the interval; NaN likewise.
        level: of the interval.
    """

    total: np.ndarray
    lost: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    level: float


def share_lost(lost: np.ndarray, total: np.ndarray, level: float = 0.95) -> ShareLost:
    """Share lost, by class, stage, reason or all of them: arrays of any one shape.

    Args:
        lost, total: whole numbers, 0 <= lost <= total.
        level: of confidence.

    Raises:
        ValueError: where lost is below 0 or above total.
    """
    lost, total = _counted(lost, total)
    low, high = wilson(lost, total, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        return ShareLost(total, lost, lost / total, low, high, level)


@dataclass(frozen=True)
class Dependence:
    """Whether the share lost differs between classes.

    Attributes:
        classes: those that rows came in for.
        statistic: chi-square or G; NaN where nothing or everything was lost, or there is one class only.
        degrees: classes - 1.
        p: probability of one as large if all classes lose alike; NaN likewise.
        cramers_v: strength, 0 to 1 (Cramér 1946): sqrt(chi-square / rows), of either statistic's table.
        cramers_v_corrected: less its bias, which is large with few rows a class (Bergsma 2013).
        smallest_expected: smallest expected count; below 5 p by chi-square's distribution is rough: draw it.
        draws: of which p was estimated; 0 where it is from the chi-square distribution.
    """

    classes: int
    statistic: float
    degrees: int
    p: float
    cramers_v: float
    cramers_v_corrected: float
    smallest_expected: float
    draws: int


def loss_by_class(
    lost: np.ndarray, total: np.ndarray, *, statistic: str = "pearson", draws: int = 0, seed: int = 0
) -> Dependence:
    """Test that the share lost is the same in all classes.

    Of the table classes x (lost, not lost) with expected counts E of equal shares: Pearson's Σ (O - E)²/E, or
    G = 2 Σ O ln(O/E), both compared with chi-square of classes - 1 degrees. With many classes and few losses
    Pearson's holds its level far better than G (Koehler and Larntz 1980); with ``draws`` p is that of the
    permutation test, (1 + tables as extreme) / (1 + draws), over tables with the same margins.

    Args:
        lost, total: whole numbers (classes,), 0 <= lost <= total. Classes without rows are left out.
        statistic: ``"pearson"`` or ``"g"``.
        draws: random tables; 0 for the chi-square distribution.
        seed: of the draws.

    Raises:
        ValueError: for another statistic, or counts that cannot be.
    """
    if statistic not in ("pearson", "g"):
        raise ValueError(f"There is no statistic {statistic!r}; choose pearson or g.")
    lost, total = _counted(lost, total)
    lost, total = lost[total > 0], total[total > 0]
    rows, gone, k = int(total.sum()), int(lost.sum()), len(total)
    nan = float("nan")
    if k < 2 or gone in (0, rows):
        return Dependence(k, nan, max(k - 1, 0), nan, nan, nan, 0.0, 0)
    value = float(_statistic(lost[None], total, statistic)[0])
    p = float(chi2.sf(value, k - 1))
    if draws:
        p = _permuted(lost, total, statistic, draws, seed)
    phi2 = float(_statistic(lost[None], total, "pearson")[0]) / rows
    corrected = max(0.0, phi2 - (k - 1) / (rows - 1))
    sides = min(k - (k - 1) ** 2 / (rows - 1), 2 - 1 / (rows - 1)) - 1
    smallest = float(total.min() * min(gone, rows - gone) / rows)
    v = (float(np.sqrt(phi2)), float(np.sqrt(corrected / sides)) if sides > 0 else 0.0)
    return Dependence(k, value, k - 1, p, *v, smallest, draws)


def _permuted(lost: np.ndarray, total: np.ndarray, statistic: str, draws: int, seed: int) -> float:
    """p of the permutation test; tables are drawn a block at a time."""
    rng, extreme = np.random.default_rng(seed), 0
    value = _statistic(lost[None], total, statistic)[0]
    block = max(1, (1 << 20) // len(total))
    for start in range(0, draws, block):
        size = min(block, draws - start)
        tables = rng.multivariate_hypergeometric(total, int(lost.sum()), size=size, method="marginals")
        extreme += int((_statistic(tables, total, statistic) >= value * (1 - 1e-12)).sum())
    return (1 + extreme) / (1 + draws)


def _statistic(lost: np.ndarray, total: np.ndarray, statistic: str) -> np.ndarray:
    """Of each table (tables, classes)."""
    share = lost.sum(axis=1, keepdims=True) / total.sum()
    value = np.zeros(len(lost))
    for seen, expected in ((lost, total * share), (total - lost, total * (1 - share))):
        if statistic == "pearson":
            value += np.sum((seen - expected) ** 2 / expected, axis=1)
        else:
            value += 2 * np.sum(np.where(seen, seen * np.log(np.where(seen, seen, 1) / expected), 0), axis=1)
    return value


def _counted(lost: np.ndarray, total: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    lost, total = np.asarray(lost), np.asarray(total)
    if not (np.issubdtype(lost.dtype, np.integer) and np.issubdtype(total.dtype, np.integer)):
        raise ValueError("Losses are counts; give whole numbers.")
    if (lost < 0).any() or (lost > total).any():
        raise ValueError("More rows are lost than came in, or fewer than none; give 0 <= lost <= total.")
    return lost.astype(np.int64), total.astype(np.int64)
