"""How many images it takes to see a difference: power, images needed, difference that can be seen.

Three comparisons of two datasets, ``Similarity``, ``Recall`` and ``Pooled``, each with its error as a function of
the images per class; ``power_of``, ``needed`` and ``detectable`` work on any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.optimize import brentq
from scipy.stats import chi, norm
from scipy.stats import t as student

#: More images of one class than anyone has; beyond this no number is enough.
MOST_IMAGES = 10**9

#: Of the quadrature over a test's own error.
_NODES, _WEIGHTS = leggauss(200)


class Comparison(Protocol):
    """Something to compare of two datasets, with n images a class in the first."""

    @property
    def limit(self) -> float:
        """The largest difference that there can be."""

    def effect(self, difference: float, n: float) -> tuple[float, float]:
        """A difference in standard errors, and the degrees of freedom of its test."""


@dataclass(frozen=True)
class Similarity:
    """Difference in mean intra-class similarity of one class, by Welch's t-test.

    The mean over pairs is a U-statistic of order two. The similarity of a pair is the mean, an effect of each
    image with variance σ², and a rest of its own with variance ρ; the variance of the mean is then
    4 σ²/n + 2 ρ/(n (n - 1)) (Hoeffding 1948).

    Attributes:
        sd: σ in the first dataset: standard deviation, over images, of their mean similarity to the class; cosine.
        sd_b: in the second; None for the same.
        n_b: images of the class in the second dataset; None for as many as in the first.
        rest: ρ in the first dataset, squared cosine; matters below some fifty images.
        rest_b: in the second; None for the same.
    """

    sd: float
    sd_b: float | None = None
    n_b: int | None = None
    rest: float = 0.0
    rest_b: float | None = None

    @property
    def limit(self) -> float:
        """Cosines differ by 2 at most."""
        return 2.0

    def effect(self, difference: float, n: float) -> tuple[float, float]:
        """Noncentrality and Satterthwaite's degrees."""
        var, degrees = self.variance(n)
        return abs(difference) / np.sqrt(var), degrees

    def variance(self, n: float) -> tuple[float, float]:
        """Variance of the difference, and Satterthwaite's degrees of freedom."""
        n_b = self.n_b or n
        sd_b = self.sd if self.sd_b is None else self.sd_b
        rest_b = self.rest if self.rest_b is None else self.rest_b
        parts = [
            4 * sd**2 / size + 2 * rest / (size * (size - 1))
            for sd, rest, size in ((self.sd, self.rest, n), (sd_b, rest_b, n_b))
        ]
        total = sum(parts)
        if not (min(self.sd, sd_b, self.rest, rest_b) >= 0 and 0 < total < np.inf):
            raise ValueError(f"The spread must be above 0 and finite; it is {self.sd:g}.")
        return total, total**2 / (parts[0] ** 2 / (n - 1) + parts[1] ** 2 / (n_b - 1))


@dataclass(frozen=True)
class Recall:
    """Difference in recall of one class, two independent shares.

    By arcsines, whose variance is 1/(4n) whatever the share (Cohen 1988, chapter 6):
    (2 asin sqrt(p_a) - 2 asin sqrt(p_b)) / sqrt(1/n_a + 1/n_b) is normal.

    Attributes:
        recall: of the second dataset, 0 to 1.
        n_b: images of the class in the second dataset; None for as many as in the first.
        higher: the first dataset's recall is higher, not lower.
    """

    recall: float
    n_b: int | None = None
    higher: bool = False

    @property
    def limit(self) -> float:
        """To a recall of 1, or of 0."""
        return 1 - self.recall if self.higher else self.recall

    def effect(self, difference: float, n: float) -> tuple[float, float]:
        """Difference of the arcsines in their standard error; normal."""
        other = self.recall + (abs(difference) if self.higher else -abs(difference))
        if not -1e-12 <= other <= 1 + 1e-12:
            raise ValueError(f"A recall of {self.recall:g} cannot differ by {difference:g} in that direction.")
        angles = [2 * np.arcsin(np.sqrt(np.clip(share, 0, 1))) for share in (other, self.recall)]
        return abs(angles[0] - angles[1]) / np.sqrt(1 / n + 1 / (self.n_b or n)), np.inf


@dataclass(frozen=True)
class Pooled:
    """Mean difference in intra-class similarity over K classes, by Student's t over the class differences.

    Its variance is (τ² + V) / K, with V that of one class's difference: classes are taken as drawn, as in
    ``estimate.mean_over``, so that more images alone do not take it below τ²/K.

    Attributes:
        classes: K, 2 or more.
        each: one class; its sd is the root of the mean square over classes, its rest the mean.
        between: τ, standard deviation over classes of the true differences; see ``spread.spread``.
    """

    classes: int
    each: Similarity
    between: float = 0.0

    @property
    def limit(self) -> float:
        """Cosines differ by 2 at most."""
        return 2.0

    def effect(self, difference: float, n: float) -> tuple[float, float]:
        """Noncentrality and K - 1 degrees."""
        if self.classes < 2 or not self.between >= 0:
            raise ValueError(
                "A mean over classes needs 2 classes or more, and a spread between them of 0 or more."
            )
        var, _ = self.each.variance(n)
        return abs(difference) / np.sqrt((self.between**2 + var) / self.classes), self.classes - 1


@dataclass(frozen=True)
class Rule:
    """When a difference counts as seen.

    Attributes:
        alpha: level of a two-sided test; with several tests, the false discovery rate.
        tests: classes that are judged together by Benjamini and Hochberg (1995); 1 for one test at ``alpha``.
        share: of them that truly differ, 0 to 1.
    """

    alpha: float = 0.05
    tests: int = 1
    share: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1 or self.tests < 1 or not 0 <= self.share <= 1:
            raise ValueError("A rule needs 0 < alpha < 1, tests of 1 or more, and a share between 0 and 1.")

    def level(self, power: float) -> float:
        """The level that each test ends up with, if those that differ are seen with this power.

        With many tests the procedure rejects p-values up to the level a at which the false ones make up their
        share of all that are rejected (Genovese and Wasserman 2002): a = alpha (share power + (1 - share) a), so
        a = alpha share power / (1 - alpha (1 - share)). It is never below alpha / tests.
        """
        if self.tests == 1:
            return self.alpha
        level = self.alpha * self.share * power / (1 - self.alpha * (1 - self.share))
        return max(level, self.alpha / self.tests)


def projection_sd(se: np.ndarray, n: np.ndarray, rest: np.ndarray | float = 0.0) -> np.ndarray:
    """σ of ``Similarity`` from standard errors at hand: sqrt((se² - 2 ρ/(n (n - 1))) n / 4), at least 0.

    Args:
        se: float (classes,), as of ``similarity.intra_class`` with ``method="ustatistic"``.
        n: whole numbers (classes,), the images that they are of.
        rest: ρ, float (classes,), as ``moments.Moments.rest``; 0 counts all of the error as σ.

    Returns:
        float64 (classes,); NaN where the error is unknown.
    """
    n = np.asarray(n, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sqrt(np.maximum(np.asarray(se) ** 2 - 2 * rest / (n * (n - 1)), 0) * n / 4))


def power_of(comparison: Comparison, difference: float, n: float, rule: Rule | None = None) -> float:
    """Probability to see a true difference with n images a class.

    Of a two-sided test: P(|T| > t) for noncentral T. By a false discovery rate the level depends on the power and
    the power on the level; this is their largest common solution, and of each class that differs its own power.

    Args:
        comparison: ``Similarity``, ``Recall`` or ``Pooled``.
        difference: true one, its sign is not looked at.
        n: images a class in the first dataset, 2 or more.
        rule: when a difference counts as seen; None for a level of 0.05.

    Raises:
        ValueError: for fewer than two images, a spread that is not above 0, or a difference that cannot be.
    """
    rule = rule or Rule()
    if n < 2:
        raise ValueError(f"{n} images are too few; give 2 or more.")
    at, degrees = comparison.effect(difference, n)
    if not np.isfinite(at):
        raise ValueError("The spread must be above 0 and finite.")
    power = 1.0
    for _ in range(1000):  # from above, so that it ends at the largest solution
        last, power = power, _power(at, degrees, rule.level(power))
        if last - power < 1e-10:
            break
    return power


def needed(comparison: Comparison, difference: float, power: float = 0.8, rule: Rule | None = None) -> int | None:
    """The least number of images a class with which a difference is seen with the given power.

    Args:
        comparison, difference, rule: as of ``power_of``.
        power: of the test, above its level and below 1.

    Returns:
        2 or more; None where no number is enough, for the other dataset or the classes themselves set the limit.

    Raises:
        ValueError: for a power or a difference that cannot be.
    """
    rule = _possible(rule, power)
    if difference == 0:
        raise ValueError("No number of images shows a difference of 0.")

    def enough(n: int) -> bool:
        return _power(*comparison.effect(difference, n), rule.level(power)) >= power

    top = 2
    while not enough(top):
        if top >= MOST_IMAGES:
            return None
        top *= 2
    low = max(2, top // 2)
    while low < top:
        middle = (low + top) // 2
        low, top = (low, middle) if enough(middle) else (middle + 1, top)
    return top


def detectable(comparison: Comparison, n: float, power: float = 0.8, rule: Rule | None = None) -> float | None:
    """The least difference that n images a class show with the given power.

    Args:
        comparison, n, rule: as of ``power_of``.
        power: of the test, above its level and below 1.

    Returns:
        In the unit of the comparison; None where not even the largest that there can be is seen.

    Raises:
        ValueError: for a power or a number of images that cannot be.
    """
    rule = _possible(rule, power)
    if n < 2:
        raise ValueError(f"{n} images are too few; give 2 or more.")

    def short(difference: float) -> float:
        return power - _power(*comparison.effect(difference, n), rule.level(power))

    if short(comparison.limit) > 0:
        return None
    return float(brentq(short, 0.0, comparison.limit, xtol=1e-10))


def _possible(rule: Rule | None, power: float) -> Rule:
    rule = rule or Rule()
    if not rule.level(power) < power < 1:
        raise ValueError(f"A power of {power:g} cannot be asked for; give one between {rule.alpha:g} and 1.")
    return rule


def _power(effect: float, degrees: float, level: float) -> float:
    """P(|T| > quantile) of a noncentral T."""
    if degrees > 1e7:
        z = norm.isf(level / 2)
        return float(norm.sf(z - effect) + norm.cdf(-z - effect))
    t = student.isf(level / 2, degrees)
    # Mean over the chi-distributed error of P(|Z + effect| > t error); scipy's noncentral t is NaN in its tails.
    # Against it to 3e-6 from three degrees on, to 5e-4 below.
    low, high = chi.ppf(1e-15, degrees), chi.isf(1e-15, degrees)
    at = low + (high - low) * (_NODES + 1) / 2
    error = t * at / np.sqrt(degrees)
    missed = chi.pdf(at, degrees) * (norm.cdf(error - effect) - norm.cdf(-error - effect))
    return float(np.clip(1 - (high - low) / 2 * (_WEIGHTS @ missed), 0, 1))
