"""The k highest scores of each row."""

from __future__ import annotations

import numpy as np


def top_k(scores: np.ndarray, k: int) -> np.ndarray:
    """Columns of the ``k`` highest scores of each row, highest first; of equal ones the first column.

    Args:
        scores: (n, c), finite.
        k: how many; fewer where there are fewer columns.

    Returns:
        int64 (n, min(k, c)).
    """
    k = min(k, scores.shape[1])
    found = np.empty((len(scores), k), dtype=np.int64)
    if k and len(scores):
        least = np.partition(scores, -k, axis=1)[:, -k]
        for row, (values, bound) in enumerate(zip(scores, least, strict=True)):
            candidates = np.flatnonzero(values >= bound)
            found[row] = candidates[np.argsort(-values[candidates], kind="stable")][:k]
    return found


def padded(values: np.ndarray, k: int, fill: float) -> np.ndarray:
    """``values`` (n, c) with columns of ``fill`` added up to ``k``; the same type."""
    return np.pad(values, ((0, 0), (0, k - values.shape[1])), constant_values=fill)
