"""Mean of one number an image by class, such as its similarity to its synset's text; mergeable over shards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from laionet.compare.arrays import group, to_numpy


@dataclass(frozen=True)
class ClassMeans:
    """Sums of a part of the data; parts add up by ``merge``.

    Attributes:
        n: int64 (classes,), values that are known.
        left_out: int64 (classes,), values that are not finite.
        mean: float64 (classes,), 0 where there is none.
        squares: float64 (classes,), Σ (x - mean)².
    """

    n: np.ndarray
    left_out: np.ndarray
    mean: np.ndarray
    squares: np.ndarray


def partial(values: Any, labels: Any, n_classes: int | None = None) -> ClassMeans:
    """Sums of one part.

    Args:
        values: float (n,), numpy or torch; what is not finite is left out and counted.
        labels: int (n,), class of each; negative ones are of no class.
        n_classes: length of the class list; None for the largest label and one.
    """
    x = to_numpy(values).astype(np.float64)
    groups = group(labels, n_classes, len(x))
    x = x[groups.rows]
    known = np.isfinite(x)
    number = np.repeat(np.arange(len(groups)), groups.counts)[known]
    x = x[known]
    n = np.bincount(number, minlength=len(groups))
    mean = np.bincount(number, x, minlength=len(groups)) / np.maximum(n, 1)
    squares = np.bincount(number, (x - mean[number]) ** 2, minlength=len(groups))
    return ClassMeans(n, groups.counts - n, mean, squares)


def merge(parts: Sequence[ClassMeans]) -> ClassMeans:
    """Add up parts, in their order (Chan, Golub and LeVeque 1983)."""

    def add(a: ClassMeans, b: ClassMeans) -> ClassMeans:
        n = a.n + b.n
        step, share = b.mean - a.mean, b.n / np.maximum(n, 1)
        return ClassMeans(
            n, a.left_out + b.left_out, a.mean + step * share, a.squares + b.squares + step**2 * a.n * share
        )

    return reduce(add, parts)
