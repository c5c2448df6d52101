"""The nearest and the farthest pair of images of a class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Images of a class that are compared each with each; of more, so many are drawn.
MOST = 4_000

#: Rows of a block of the matrix of cosines.
_BLOCK = 512
#: Decimals that cosines are compared at: what float32 embeddings can tell. Of equal pairs the first counts.
_DECIMALS = 6


@dataclass(frozen=True)
class Extremes:
    """Two pairs of images.

    Attributes:
        nearest, farthest: rows of each pair, the lower first.
        cosines: of the nearest and the farthest pair.
        compared: images that were compared each with each.
    """

    nearest: tuple[int, int]
    farthest: tuple[int, int]
    cosines: tuple[float, float]
    compared: int


def extremes(embeddings: np.ndarray, rng: np.random.Generator, most: int = MOST) -> Extremes | None:
    """The pairs of different rows with the highest and the lowest cosine.

    Exact up to ``most`` rows; of more, among ``most`` that are drawn. Memory is that of a block of rows.

    Args:
        embeddings: float (n, d); rows that are not finite or of no length are left out.
        rng: draws.
        most: rows compared each with each.

    Returns:
        The pairs; None for fewer than two rows that count.
    """
    length = np.linalg.norm(embeddings.astype(np.float64), axis=1)
    known = np.flatnonzero(np.isfinite(length) & (length > 0))
    if len(known) > most:
        known = np.sort(rng.choice(known, most, replace=False))
    if len(known) < 2:
        return None
    x = embeddings[known].astype(np.float64) / length[known, None]
    high, low = (-np.inf, 0, 0), (np.inf, 0, 0)
    for start in range(0, len(x), _BLOCK):
        high, low = _block(x, start, high, low)
    pairs = [(int(known[i]), int(known[j])) for _, i, j in (high, low)]
    return Extremes(pairs[0], pairs[1], (float(high[0]), float(low[0])), len(known))


Found = tuple[float, int, int]


def _block(x: np.ndarray, start: int, high: Found, low: Found) -> tuple[Found, Found]:
    """The best so far, after the pairs of some rows with all later ones."""
    rows = x[start : start + _BLOCK]
    cosines = np.round(np.clip(rows @ x[start:].T, -1.0, 1.0), _DECIMALS)
    earlier = np.tril(np.ones(cosines.shape, dtype=bool))
    for sign in (1, -1):
        masked = np.where(earlier, -np.inf, sign * cosines)
        i, j = np.unravel_index(int(masked.argmax()), masked.shape)
        found = (float(cosines[i, j]), start + int(i), start + int(j))
        if not earlier[i, j]:
            if sign > 0 and found[0] > high[0]:
                high = found
            elif sign < 0 and found[0] < low[0]:
                low = found
    return high, low
