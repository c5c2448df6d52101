"""Whether an interval holds the truth: populations whose mean similarity is known, and how often it is covered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from laionet.compare.arrays import to_numpy
from laionet.compare.similarity import intra_class, similarity_difference

#: Shapes of population, with what each stands for.
SHAPES = {
    "isotropic": "one cloud around a direction, alike in all dimensions",
    "low-rank": "most of the spread in eight directions, as pose or colour spreads images",
    "clustered": "three looks of one class with 60, 30 and 10 % of its images",
    "heavy-tailed": "one cloud whose images are now near, now far: Student's t with 3 degrees",
    "outliers": "one image in twelve is nothing like the others",
    "far-clusters": "six looks far apart, the rarest with 4 % of the images",
    "no-direction": "directions alike in all dimensions: images of a class have nothing in common",
}


def population(shape: str, size: int, dim: int, rng: np.random.Generator) -> np.ndarray:
    """Unit vectors of one class, float32 (size, dim); ``SHAPES`` says what each shape is.

    Taken as a finite population its mean similarity is known exactly: see ``true_mean``.

    Raises:
        ValueError: for another shape.
    """
    if shape not in SHAPES:
        raise ValueError(f"There is no shape {shape!r}; choose one of {', '.join(SHAPES)}.")
    towards = np.zeros(dim)
    towards[0] = 0.0 if shape == "no-direction" else 1.0

    def cloud(rows: int) -> np.ndarray:
        return rng.standard_normal((rows, dim)) / np.sqrt(dim)

    x = cloud(size)
    if shape == "low-rank":
        x = 0.5 * rng.standard_normal((size, 8)) @ cloud(8) + 0.3 * x
    elif shape == "clustered":
        x = 0.5 * cloud(3)[rng.choice(3, size, p=[0.6, 0.3, 0.1])] + 0.6 * x
    elif shape == "far-clusters":
        x = cloud(6)[rng.choice(6, size, p=[0.4, 0.25, 0.15, 0.1, 0.06, 0.04])] + 0.4 * x
    elif shape == "heavy-tailed":
        x = x * rng.standard_t(3, (size, 1))
    elif shape == "outliers":
        x = x * np.where(rng.random((size, 1)) < 1 / 12, 6, 0.5)
    x += towards
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True), dtype=np.float32)


def true_mean(population: Any) -> float:
    """E⟨X, Y⟩ of two independent draws from a finite population (size, dim) of unit vectors: ‖mean‖²."""
    middle = to_numpy(population).astype(np.float64).mean(axis=0)
    return float(middle @ middle)


@dataclass(frozen=True)
class Coverage:
    """How often an interval held the truth.

    Attributes:
        share: of the draws, 0 to 1.
        se: of that share, sqrt(share (1 - share) / draws).
        below, above: share of draws whose interval lay wholly below, above the truth.
        width: mean width of the interval.
        draws: how many.
    """

    share: float
    se: float
    below: float
    above: float
    width: float
    draws: int


def coverage(
    population: Any,
    n: int,
    *,
    method: str = "second-order",
    level: float = 0.95,
    draws: int = 2_000,
    seed: int = 0,
) -> Coverage:
    """How often the interval of ``intra_class`` holds the truth in draws of ``n`` images from a population.

    With one's own embeddings of a class as the population it tells what an interval from ``n`` images of such a
    class is worth.

    Args:
        population: float (size, dim), unit vectors; images are drawn from it with replacement.
        n: images of a draw, 3 or more.
        method, level: of ``intra_class``.
        draws: how many.
        seed: of the draws.
    """
    truth, rng = true_mean(population), np.random.default_rng(seed)
    low, high = [], []
    at_once = max(1, (1 << 24) // (n * population.shape[1]))
    for start in range(0, draws, at_once):
        k = min(at_once, draws - start)
        x = population[rng.integers(0, len(population), k * n)]
        found = intra_class(x, np.repeat(np.arange(k), n), k, level=level, method=method, seed=seed + start)
        low.append(found.low)
        high.append(found.high)
    return _counted(np.concatenate(low), np.concatenate(high), truth)


def difference_coverage(
    a: Any, b: Any, n_a: int, n_b: int, *, draws: int = 2_000, level: float = 0.95, seed: int = 0
) -> Coverage:
    """As ``coverage``, of the interval of the difference of two populations (``similarity_difference``)."""
    truth, rng = true_mean(a) - true_mean(b), np.random.default_rng(seed)
    low, high = [], []
    at_once = max(1, (1 << 23) // (max(n_a, n_b) * a.shape[1]))
    for start in range(0, draws, at_once):
        k = min(at_once, draws - start)
        sides = [
            intra_class(x[rng.integers(0, len(x), k * n)], np.repeat(np.arange(k), n), k, level=level)
            for x, n in ((a, n_a), (b, n_b))
        ]
        found = similarity_difference(sides[0], sides[1])
        low.append(found.low)
        high.append(found.high)
    return _counted(np.concatenate(low), np.concatenate(high), truth)


def false_discoveries(
    populations: Any, n: int, *, null: float = 1.0, shift: Any = None, draws: int = 200, seed: int = 0
) -> float:
    """Mean share of false discoveries among the classes called different at q < 0.05; 0 where none is called.

    Args:
        populations: float (classes, size, dim), unit vectors: one population for each class.
        n: images of a class in each of the two datasets.
        null: share of the classes that do not differ; the others are drawn from ``shift`` in the second dataset.
        shift: float (classes, size, dim), populations of those; needed where ``null`` is below 1.
        draws: pairs of datasets.
        seed: of the draws.
    """
    classes, size, _dim = populations.shape
    same, rng = round(null * classes), np.random.default_rng(seed)
    label, shares = np.repeat(np.arange(classes), n), []
    for _ in range(draws):
        a = populations[label, rng.integers(0, size, len(label))]
        b = populations[label, rng.integers(0, size, len(label))]
        if same < classes:
            other = label >= same
            b[other] = shift[label[other], rng.integers(0, size, int(other.sum()))]
        found = similarity_difference(intra_class(a, label, classes), intra_class(b, label, classes))
        called = found.q < 0.05
        shares.append(called[:same].sum() / max(called.sum(), 1))
    return float(np.mean(shares))


def _counted(low: np.ndarray, high: np.ndarray, truth: float) -> Coverage:
    below, above = float(np.mean(high < truth)), float(np.mean(low > truth))
    share = 1 - below - above
    se = float(np.sqrt(share * (1 - share) / len(low)))
    return Coverage(share, se, below, above, float(np.mean(high - low)), len(low))
