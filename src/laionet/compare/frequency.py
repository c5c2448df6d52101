"""Versions of a dataset, each with a selection frequency: does similarity change with it (paper, Section 4.1)?

A selection frequency is the share of annotators who marked an image as one of its class. Versions of a dataset
share classes and often images, so the trend over versions is judged within classes: see ``within_class_trend``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import t as student
from scipy.stats import wilcoxon

from laionet.compare.accuracy import wilson
from laionet.compare.arrays import group, to_numpy
from laionet.compare.estimate import UNKNOWN, Estimate, mean_over
from laionet.compare.similarity import SimilarityDifference

#: Mean selection frequencies of ImageNetV2's versions, as published (Recht et al. 2019; paper, Section 4.1).
IMAGENET_V2 = {"a": 0.85, "b": 0.73, "c": 0.93}
_FULL_NAMES = {"threshold0.7": "a", "threshold-0.7": "a", "matched-frequency": "b", "top-images": "c"}


def known_frequency(name: str) -> float | None:
    """The published mean selection frequency of a version of ImageNetV2; None for another name.

    Example:
        >>> known_frequency("ImageNetV2-b"), known_frequency("imagenetv2-top-images"), known_frequency("mine")
        (0.73, 0.93, None)
    """
    folded = "".join(name.casefold().replace("_", "-").split())
    for start in ("imagenet-v2", "imagenetv2", "v2"):
        folded = folded.removeprefix(start)
    folded = folded.strip("-").removesuffix("-format-val")
    return IMAGENET_V2.get(_FULL_NAMES.get(folded, folded))


@dataclass(frozen=True)
class WithinTrend:
    """How a number of each class changes with selection frequency, within classes.

    Attributes:
        slope: mean over classes of the slope of each, with Student's interval; in units of the number by unit of
            frequency.
        p: two-sided, of a mean slope of 0 (Student's t over classes).
        p_signed_rank: two-sided, of slopes symmetric around 0 (Wilcoxon 1945); asks for no normal distribution.
        pooled: one slope for all classes, each with its own level, with an interval that is robust to whatever
            goes on within a class. It weighs classes by how far their versions lie apart.
        rising: share of the classes whose slope is above 0.
        classes: that have two versions of different frequency.
        slopes: float64 (classes of the list,), NaN where unknown.
    """

    slope: Estimate
    p: float
    p_signed_rank: float
    pooled: Estimate
    rising: float
    classes: int
    slopes: np.ndarray


def within_class_trend(values: Any, frequency: Any, *, level: float = 0.95) -> WithinTrend:
    """Slope of a number of each class on the frequency of its versions, and whether it is 0.

    With f_cv the frequency and m_cv the number of class c in version v, both less their means over the versions
    that the class has, the slope of a class is b_c = Σ_v f m / Σ_v f². ``slope`` is the mean of b_c with
    s/√K, K - 1 degrees. ``pooled`` is Σ_cv f m / Σ_cv f² with the sandwich K/(K - 1) Σ_c (Σ_v f e)² / (Σ_cv f²)²
    (Liang and Zeger 1986), K - 1 degrees. Both take classes as independent, and nothing else: versions may share
    images, whose errors then are correlated within the class, for a class enters as one number.

    A reference dataset adds the same constant to all versions of a class, so the slope of the difference of
    similarity is minus that of the version's own, whatever the reference.

    Args:
        values: float (classes, versions), NaN where unknown.
        frequency: float (versions,), or (classes, versions) where classes have their own.
        level: of the intervals.

    Raises:
        ValueError: for arrays that do not fit.
    """
    m = np.asarray(to_numpy(values), dtype=np.float64)
    f = np.asarray(to_numpy(frequency), dtype=np.float64)
    if m.ndim != 2 or f.shape not in ((m.shape[1],), m.shape):
        raise ValueError(f"values must be (classes, versions) and frequency fit it: {m.shape}, {f.shape}.")
    f = np.broadcast_to(f, m.shape)
    used = np.isfinite(m) & np.isfinite(f)
    f, m = _centred(f, used), _centred(m, used)
    squares, products = (f * f).sum(axis=1), (f * m).sum(axis=1)
    some = squares > 1e-20  # below it versions differ by rounding alone
    slopes = np.full(len(m), np.nan)
    slopes[some] = products[some] / squares[some]
    k = int(some.sum())
    mean = mean_over(slopes, level)
    return WithinTrend(
        mean,
        _p_of(mean, k),
        _signed_rank(slopes[some]),
        _pooled(f[some], m[some], level),
        float(np.mean(slopes[some] > 0)) if k else float("nan"),
        k,
        slopes,
    )


def _centred(values: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Less the mean of each row over what is used; 0 elsewhere."""
    n = np.maximum(used.sum(axis=1, keepdims=True), 1)
    return np.where(used, values - np.where(used, values, 0).sum(axis=1, keepdims=True) / n, 0.0)


def _p_of(mean: Estimate, k: int) -> float:
    if k < 2:
        return float("nan")
    if mean.se == 0:
        return float(mean.value == 0)
    return float(2 * student.sf(abs(mean.value / mean.se), k - 1))


def _signed_rank(slopes: np.ndarray) -> float:
    if not len(slopes):
        return float("nan")
    return float(wilcoxon(slopes).pvalue) if np.any(slopes != 0) else 1.0


def _pooled(f: np.ndarray, m: np.ndarray, level: float) -> Estimate:
    k, total = len(f), float((f * f).sum())
    if not k:
        return UNKNOWN
    value = float((f * m).sum()) / total
    if k < 2:
        return Estimate(value, float("nan"), float("nan"), float("nan"))
    scores = (f * (m - value * f)).sum(axis=1)
    se = float(np.sqrt(k / (k - 1) * (scores**2).sum())) / total
    half = float(student.ppf((1 + level) / 2, k - 1)) * se
    return Estimate(value, se, value - half, value + half)


@dataclass(frozen=True)
class Shares:
    """Classes where dataset A is significantly lower, and higher, than B.

    Attributes:
        lower, higher: shares of the judged classes with Wilson's interval.
        judged: classes.
    """

    lower: Estimate
    higher: Estimate
    judged: int


def significant_shares(found: SimilarityDifference, *, level: float = 0.95) -> Shares:
    """Shares of classes significantly lower and higher, with Wilson's interval (1927).

    The interval takes classes as drawn, independent of one another. False discovery rates tie them together a
    little, for the level that a class is held to depends on the others; the interval does not count that.
    """
    k = found.judged
    return Shares(_share(found.lower, k, level), _share(found.higher, k, level), k)


def _share(count: int, n: int, level: float) -> Estimate:
    if not n:
        return UNKNOWN
    low, high = wilson(np.array([count]), np.array([n]), level)
    share = count / n
    return Estimate(share, float(np.sqrt(share * (1 - share) / n)), float(low[0]), float(high[0]))


def apart(found: SimilarityDifference) -> np.ndarray:
    """How far the datasets lie apart in each class: d² - se², float64 (classes,), NaN where not judged.

    Its expectation is the squared true difference, where the two are independent samples and se² is unbiased;
    d² alone would grow with noise. A class can be negative by chance.
    """
    return np.asarray(np.where(np.isfinite(found.p), found.difference**2 - found.se**2, np.nan))


def significantly(found: SimilarityDifference, side: str, alpha: float = 0.05) -> np.ndarray:
    """1 for a class significantly ``"lower"`` or ``"higher"`` (q < alpha), 0 else; NaN where not judged.

    Its within-class trend is that of the share of classes.
    """
    if side not in ("lower", "higher"):
        raise ValueError(f"There is no side {side!r}; choose lower or higher.")
    beyond = found.difference < 0 if side == "lower" else found.difference > 0
    return np.asarray(np.where(np.isfinite(found.q), (found.q < alpha) & beyond, np.nan), dtype=np.float64)


@dataclass(frozen=True)
class Version:
    """Some images of a dataset.

    Attributes:
        name: what to call it.
        rows: int64 (m,), its images, ascending.
    """

    name: str
    rows: np.ndarray

    def frequency(self, frequency: Any, label: Any, n_classes: int) -> np.ndarray:
        """Mean frequency of its images in each class, float64 (classes,), NaN for a class without any."""
        f = np.asarray(to_numpy(frequency), dtype=np.float64)[self.rows]
        y = to_numpy(label)[self.rows]
        n = np.bincount(y, minlength=n_classes)
        with np.errstate(invalid="ignore"):
            return np.asarray(np.bincount(y, f, minlength=n_classes) / n)


def versions_at_least(frequency: Any, thresholds: Sequence[float]) -> list[Version]:
    """One version for each threshold: the images of at least that frequency. Versions share images.

    Args:
        frequency: float (n,), selection frequency of each image; NaN is in no version.
        thresholds: 0 to 1.
    """
    f = np.asarray(to_numpy(frequency), dtype=np.float64)
    # Frequencies are shares of a few votes: 7 / 10 must reach a threshold of 0.7 whatever its last bit.
    return [Version(f"at least {one:g}", np.flatnonzero(f >= one - 1e-9)) for one in thresholds]


def versions_in_bins(frequency: Any, label: Any, bins: int, seed: int = 0) -> list[Version]:
    """Each class's images cut into ``bins`` parts of equal number, from the least frequent to the most.

    Versions share no image and have the same classes in the same numbers, up to one image. Images of equal
    frequency are shuffled by the seed, so that their order in the file decides nothing.

    Args:
        frequency: float (n,); NaN is in no version.
        label: int (n,); negative ones are of no class.
        bins: two or more. Classes of fewer images are in the first ones.
        seed: of the shuffle.

    Raises:
        ValueError: for fewer than two bins, or arrays of different lengths.
    """
    if bins < 2:
        raise ValueError("There must be two bins or more.")
    f = np.asarray(to_numpy(frequency), dtype=np.float64)
    groups, rng = group(label, None, len(f)), np.random.default_rng(seed)
    parts: list[list[np.ndarray]] = [[] for _ in range(bins)]
    for one in range(len(groups)):
        rows = rng.permutation(groups.of(one))
        rows = rows[np.isfinite(f[rows])]
        rows = rows[np.argsort(f[rows], kind="stable")]
        for part, mine in zip(parts, np.array_split(rows, bins), strict=True):
            part.append(mine)
    empty = np.zeros(0, dtype=np.int64)
    return [
        Version(f"part {number} of {bins}", np.sort(np.concatenate([empty, *part])))
        for number, part in enumerate(parts, 1)
    ]
