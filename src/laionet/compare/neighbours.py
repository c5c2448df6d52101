"""The most similar other image of each image of a class, exact, and images that are there more than once."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from array_api_compat import array_namespace

from laionet.compare.arrays import block_rows, take_rows, to_numpy
from laionet.compare.products import (
    Map,
    Tile,
    block_size,
    column,
    on_host,
    panel_rows,
    panels,
    within_tiles,
    workers,
)

#: Below any cosine, and above what an image's cosine with itself is set to.
_NONE = -2.0


def nearest(embeddings: Any, rows: np.ndarray | None = None, *, threads: int | None = None) -> np.ndarray:
    """Cosine of each image and its most similar other.

    All pairs are looked at, by blocks of float32 products: time O(n² d), memory three panels (48 MiB) and O(n).

    Args:
        embeddings: float (n, d), numpy or torch on any device.
        rows: int (k,), the images; None for all.
        threads: on a processor; None for as many as BLAS would take.

    Returns:
        float64 (m,), of the images that have a direction, in the order of ``rows``; NaN for one alone.
    """
    rows = np.arange(len(embeddings)) if rows is None else rows
    with workers(threads) as run:
        return nearest_of(embeddings, rows, run)


def nearest_of(embeddings: Any, rows: np.ndarray, run: Map) -> np.ndarray:
    """As ``nearest``, by ``run`` of ``products.workers``."""
    panel = panels(embeddings, lambda _: rows, 1.0, run)
    best: dict[int, np.ndarray] = {}
    for tile in within_tiles(np.array([len(rows)]), panel_rows(embeddings.shape[1])):
        a, b = panel(0, tile.row), panel(0, tile.column)
        best.setdefault(tile.row, np.full(len(a), -np.inf))
        _look(a, b, best, tile, run if len(b) > block_size(b) else map)
    found = np.concatenate([best[number] for number in sorted(best)]) if best else np.zeros(0)
    return np.where(found > _NONE, found.clip(-1, 1), np.nan)


def _look(a: Any, b: Any, best: dict[int, np.ndarray], tile: Tile, run: Map) -> None:
    """Raise the best so far of the rows of panels ``a`` and ``b`` by their products."""
    size = block_size(a)

    def columns(start: int) -> tuple[int, np.ndarray, np.ndarray]:
        xp = array_namespace(a)
        rows, here = np.full(len(a), -np.inf), np.full(len(b[start : start + size]), -np.inf)
        buffer = np.empty(size * size, dtype=np.float32) if on_host(a) else None
        for row, products in column(a, b, start, size, buffer):
            if a is b and row == start:  # an image is no neighbour of its own
                products = products - 4 * xp.eye(len(products), dtype=xp.float32, device=a.device)
            mine = rows[row : row + len(products)]
            np.maximum(mine, to_numpy(xp.max(products, axis=1)), out=mine)
            np.maximum(here, to_numpy(xp.max(products, axis=0)), out=here)
        return start, rows, here

    for start, rows, here in run(columns, range(0, len(b), size)):
        np.maximum(best[tile.row], rows, out=best[tile.row])
        mine = best[tile.column][start : start + size]
        np.maximum(mine, here, out=mine)


def kinds(embeddings: Any, rows: np.ndarray) -> np.ndarray:
    """Number the different vectors: images of one number have, value for value, the same.

    Args:
        embeddings: float (n, d), numpy or torch, as the model gave them: not scaled.
        rows: int (k,), the images.

    Returns:
        int64 (k,), from 0 in order of appearance.
    """
    xp, seen = array_namespace(embeddings), dict[bytes, int]()
    size, found = block_rows(embeddings.shape[1]), np.zeros(len(rows), dtype=np.int64)
    for start in range(0, len(rows), size):
        # float64 holds every narrower float; adding 0 makes 0 of -0.
        block = to_numpy(xp.astype(take_rows(embeddings, rows[start : start + size]), xp.float64)) + 0.0
        for at, row in enumerate(block, start):
            found[at] = seen.setdefault(hashlib.blake2b(row.tobytes(), digest_size=16).digest(), len(seen))
    return found


def repeated(kind: np.ndarray) -> float:
    """Share of images that are not the only one of their kind; NaN without images.

    Args:
        kind: int (k,), from ``kinds``.
    """
    if not len(kind):
        return float("nan")
    return float((np.bincount(kind)[kind] > 1).mean())
