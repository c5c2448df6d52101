"""What the mean intra-class similarity and its error are made of: sums over images, mergeable over shards.

Two rounds over the data, each ``partial``, ``merge``: first the sum of each class's vectors, then how each image's
similarity to that sum departs from the mean. ``finish`` turns both into moments. Memory: (classes × dim) numbers
and a sample of up to ``SAMPLE`` images a class, whatever the number of images. Sums of floats depend on their
order in the last digits: merge parts in one order, such as that of the shards, for equal bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from laionet.compare.arrays import Groups, group, scaled_blocks, take_rows, to_numpy

#: Images of a class that the part of the variance which belongs to pairs alone is estimated from.
SAMPLE = 64


@dataclass(frozen=True)
class Sums:
    """First round.

    Attributes:
        n: int64 (classes,), images with a direction.
        left_out: int64 (classes,), images without: a value not finite, or length zero.
        total: float64 (classes, dim), sum of unit vectors.
        order: for each class uint64 (k,), ascending; what its sample was drawn by.
        sample: for each class float32 (k, dim), unit vectors of up to ``SAMPLE`` images drawn at random.
    """

    n: np.ndarray
    left_out: np.ndarray
    total: np.ndarray
    order: tuple[np.ndarray, ...]
    sample: tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Spreads:
    """Second round: with c_i = x_i·S - 1 - (n - 1) θ, how far image i's sum of similarities is from the mean.

    Attributes:
        squares, cubes: float64 (classes,), Σ c², Σ c³.
        toward: float64 (classes, dim), Σ c x.
    """

    squares: np.ndarray
    cubes: np.ndarray
    toward: np.ndarray


@dataclass(frozen=True)
class Moments:
    """Of each class; float64 (classes,) but for ``n`` and ``left_out``; NaN where there are too few images.

    With θ the mean over pairs, k_ij = ⟨x_i, x_j⟩, and a_i = (Σ_{j≠i} k_ij - (n - 1) θ) / (n - 2) the effect of an
    image, k_ij = θ + a_i + a_j + e_ij: a two-way layout without diagonal (Griffing 1956, method 4), as Hoeffding
    (1948) decomposes U-statistics.

    Attributes:
        n, left_out: int64, images counted, images without a direction.
        mean: θ; from two images on.
        effects: Σ a² / (n - 1); from three images on.
        rest: variance of e, estimated without bias on the class's sample; from four images on, else 0.
        skew: mean of a³.
        mixed: mean over pairs of a_i a_j e_ij.
    """

    n: np.ndarray
    left_out: np.ndarray
    mean: np.ndarray
    effects: np.ndarray
    rest: np.ndarray
    skew: np.ndarray
    mixed: np.ndarray


def partial_sums(embeddings: Any, labels: Any, n_classes: int, *, first_row: int = 0) -> Sums:
    """First round over a part of the data.

    Args:
        embeddings: float (n, dim), of any length; numpy or torch.
        labels: int (n,), 0 to n_classes - 1; negative ones are left out.
        n_classes: length of the class list.
        first_row: position of the first row in the whole, so that all parts draw one sample.
    """
    return _first_round(embeddings, group(labels, n_classes, len(embeddings)), first_row)


def _first_round(x: Any, groups: Groups, first_row: int) -> Sums:
    n_classes, dim = len(groups), x.shape[1]
    n, total = np.zeros(n_classes, dtype=np.int64), np.zeros((n_classes, dim))
    order, sample = [np.zeros(0, np.uint64)] * n_classes, [np.zeros((0, dim), np.float32)] * n_classes
    for one in np.flatnonzero(groups.counts):
        used = []
        for block, inverse, at in scaled_blocks(x, groups.of(int(one))):
            n[one] += len(at)
            total[one] += to_numpy(_like(inverse, block) @ block)
            used.append(at)
        if used:
            order[one], sample[one] = _drawn(x, np.concatenate(used), first_row)
    return Sums(n, groups.counts - n, total, tuple(order), tuple(sample))


def merge_sums(parts: Sequence[Sums]) -> Sums:
    """Add up parts, in their order; equal to one part over all rows up to rounding."""

    def add(a: Sums, b: Sums) -> Sums:
        drawn = [_smallest(*pair) for pair in zip(a.order, a.sample, b.order, b.sample, strict=True)]
        order, sample = zip(*drawn, strict=True) if drawn else ((), ())
        return Sums(a.n + b.n, a.left_out + b.left_out, a.total + b.total, tuple(order), tuple(sample))

    return reduce(add, parts)


def partial_spreads(embeddings: Any, labels: Any, sums: Sums) -> Spreads:
    """Second round over a part of the data, with the sums of all of it."""
    return _second_round(embeddings, group(labels, len(sums.n), len(embeddings)), sums)


def _second_round(x: Any, groups: Groups, sums: Sums) -> Spreads:
    n_classes, dim = sums.total.shape
    squares, cubes, toward = np.zeros(n_classes), np.zeros(n_classes), np.zeros((n_classes, dim))
    for one in np.flatnonzero((groups.counts > 0) & (sums.n > 1)):
        total = sums.total[one]
        shift = 1 + (total @ total - sums.n[one]) / sums.n[one]
        for block, inverse, _ in scaled_blocks(x, groups.of(int(one))):
            c = to_numpy(block @ _like(total, block)) * inverse - shift
            squares[one] += float(c @ c)
            cubes[one] += float(np.sum(c * c * c))
            toward[one] += to_numpy(_like(c * inverse, block) @ block)
    return Spreads(squares, cubes, toward)


def merge_spreads(parts: Sequence[Spreads]) -> Spreads:
    """Add up parts, in their order."""
    return reduce(
        lambda a, b: Spreads(a.squares + b.squares, a.cubes + b.cubes, a.toward + b.toward),
        parts,
    )


def finish(sums: Sums, spreads: Spreads) -> Moments:
    """Moments of each class from both rounds."""
    n = sums.n.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(n > 1, (np.einsum("ij,ij->i", sums.total, sums.total) - n) / (n * (n - 1)), np.nan)
        squares, cubes = spreads.squares / (n - 2) ** 2, spreads.cubes / (n - 2) ** 3
        toward = np.einsum("ij,ij->i", spreads.toward, spreads.toward) / (n - 2) ** 2
        effects = np.where(n > 2, squares / (n - 1), np.nan)
        skew = np.where(n > 2, cubes / n, np.nan)
        # Σ_{i≠j} a_i a_j (k_ij - θ - a_i - a_j), where Σ a = 0 and k_ii = 1
        mixed = np.where(n > 2, (toward - squares + mean * squares + 2 * cubes) / (n * (n - 1)), np.nan)
    rest = np.array([pair_variance(sample) for sample in sums.sample])
    return Moments(sums.n, sums.left_out, mean, effects, rest, skew, mixed)


def moments(embeddings: Any, labels: Any, n_classes: int) -> Moments:
    """Both rounds over data in memory, or mapped into it."""
    groups = group(labels, n_classes, len(embeddings))
    sums = _first_round(embeddings, groups, 0)
    return finish(sums, _second_round(embeddings, groups, sums))


def pair_variance(x: np.ndarray) -> float:
    """Variance of e_ij, without bias: Σ_{i<j} e² / (m (m - 3) / 2) for m unit vectors; 0 for fewer than four."""
    m = len(x)
    if m < 4:
        return 0.0
    k = x.astype(np.float64) @ x.T.astype(np.float64)
    np.fill_diagonal(k, 0)
    row = k.sum(axis=1)
    mean = row.sum() / (m * (m - 1))
    effect = (row - (m - 1) * mean) / (m - 2)
    squares = (k * k).sum() / 2 - m * (m - 1) / 2 * mean**2 - (m - 2) * (effect @ effect)
    return float(max(squares, 0.0) / (m * (m - 3) / 2))


def _drawn(embeddings: Any, rows: np.ndarray, first_row: int) -> tuple[np.ndarray, np.ndarray]:
    """The ``SAMPLE`` rows whose hashed positions are the smallest: the same ones however the data is cut."""
    key = _hashed(rows + first_row)
    best = np.argpartition(key, SAMPLE - 1)[:SAMPLE] if len(key) > SAMPLE else np.arange(len(key))
    best = best[np.argsort(key[best])]
    block = to_numpy(take_rows(embeddings, rows[best])).astype(np.float64)
    block /= np.abs(block).max(axis=1, keepdims=True)
    block /= np.linalg.norm(block, axis=1, keepdims=True)
    return key[best], block.astype(np.float32)


def _smallest(a_key: np.ndarray, a: np.ndarray, b_key: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    key = np.concatenate([a_key, b_key])
    best = np.argsort(key, kind="stable")[:SAMPLE]
    return key[best], np.concatenate([a, b])[best]


def _hashed(position: np.ndarray) -> np.ndarray:
    """SplitMix64 (Steele et al. 2014) of row numbers: one to one, so no two rows tie."""
    z = position.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _like(values: np.ndarray, block: Any) -> Any:
    """Numbers in the kind, the precision and on the device of ``block``."""
    return block.new_tensor(values) if hasattr(block, "new_tensor") else values.astype(block.dtype, copy=False)
