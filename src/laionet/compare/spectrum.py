"""Diversity from eigenvalues: how many images, or directions, a class has in effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from scipy.linalg import eigvalsh

from laionet.compare.arrays import to_numpy, unit_blocks


@dataclass(frozen=True, eq=False)
class SecondMoments:
    """Sums over unit vectors; those of parts add up to those of the whole.

    Attributes:
        n: vectors.
        total: float64 (d,), their sum.
        second: float64 (d, d), the sum of their outer products.
    """

    n: int
    total: np.ndarray
    second: np.ndarray

    def __add__(self, other: SecondMoments) -> SecondMoments:
        return SecondMoments(self.n + other.n, self.total + other.total, self.second + other.second)


def second_moments(embeddings: Any, rows: np.ndarray | None = None) -> SecondMoments:
    """Sums over the unit vectors of some rows, a block at a time; memory O(d²), time O(n d²).

    Args:
        embeddings: float (n, d), numpy or torch; rows without direction are left out.
        rows: int (k,), which; None for all.
    """
    xp, d = array_namespace(embeddings), embeddings.shape[1]
    rows = np.arange(len(embeddings)) if rows is None else rows
    n, total, second = 0, np.zeros(d), np.zeros((d, d))
    for block, mine in unit_blocks(embeddings, rows):
        n += len(mine)
        total = total + to_numpy(xp.sum(block, axis=0))
        second = second + to_numpy(block.T @ block)
    return SecondMoments(n, total, second)


def spectra(unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues of a class's kernel and of its covariance, from its unit vectors.

    Those of XXᵀ/n and XᵀX/n are the same but for zeros; the smaller matrix is taken.

    Args:
        unit: float64 (n, d), unit vectors.

    Returns:
        Eigenvalues of XXᵀ/n, which sum to 1, and of the covariance (X - mean)ᵀ(X - mean)/n; float64
        (min(n, d),), ascending, not negative.
    """
    n, d = unit.shape
    if n > d or not n:
        return moment_spectra(SecondMoments(n, unit.sum(axis=0), unit.T @ unit))
    centred = unit - unit.mean(axis=0)
    return _eigenvalues(unit @ unit.T / n), _eigenvalues(centred @ centred.T / n)


def moment_spectra(sums: SecondMoments) -> tuple[np.ndarray, np.ndarray]:
    """As ``spectra``, from sums; float64 (d,), or (0,) without a vector."""
    if not sums.n:
        return np.zeros(0), np.zeros(0)
    mean, second = sums.total / sums.n, sums.second / sums.n
    return _eigenvalues(second), _eigenvalues(second - np.outer(mean, mean))


def effective_number(eigenvalues: np.ndarray, q: float = 1.0) -> float:
    """Hill number of order q of eigenvalues as shares p = λ / Σλ: (Σ p^q)^(1 / (1 - q)).

    Its limits are exp(-Σ p log p) at q = 1 and 1 / max p at infinity. Of the eigenvalues of XXᵀ/n it is the Vendi
    score of the cosine kernel (Friedman and Dieng 2023; of order q: Pasarkar and Dieng 2024); of those of a
    covariance, with q = 1, its effective rank (Roy and Vetterli 2007). Small q counts rare kinds nearly as much as
    common ones, large q the commonest alone.

    Args:
        eigenvalues: float (k,), not negative.
        q: above 0; ``math.inf`` too.

    Returns:
        1 to k; 0 where all eigenvalues are zero, NaN where there are none.

    Raises:
        ValueError: for another order.
    """
    if not q > 0:
        raise ValueError(f"The order of a Vendi score is above 0, not {q}.")
    if not len(eigenvalues):
        return float("nan")
    some = eigenvalues[eigenvalues > 0]
    if not len(some):
        return 0.0
    p = some / some.sum()
    if np.isinf(q):
        return float(1 / p.max())
    if abs(q - 1) < 1e-9:
        return float(np.exp(-(p * np.log(p)).sum()))
    return float(np.exp(np.log((p**q).sum()) / (1 - q)))


def _eigenvalues(matrix: np.ndarray) -> np.ndarray:
    """Of a positive semidefinite matrix, whose vectors are of length up to 1; what is but rounding is set to 0."""
    found = eigvalsh(matrix)
    return np.where(found > len(matrix) * np.finfo(np.float64).eps, found, 0.0)
