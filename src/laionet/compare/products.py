"""Similarities of all pairs, a block of a matrix product at a time: for histograms and nearest neighbours.

A class is cut into panels of unit vectors, and a pair of panels (a tile) into blocks. A tile is the unit of work
that can be done elsewhere; panels bound the memory, blocks stay in a processor's cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace
from threadpoolctl import threadpool_info, threadpool_limits  # type: ignore[import-untyped]

from laionet.compare.arrays import to_numpy, unit_blocks

#: Rows and columns of a block: on a processor 1 MiB of similarities, on a GPU enough to fill it.
HOST_BLOCK, DEVICE_BLOCK = 512, 4096

#: Numbers of a panel: 16 MiB in float32.
PANEL_NUMBERS = 1 << 22

#: Rows that are scaled to unit length at once, so that their float64 copies stay in the cache.
_UNIT_ROWS = 256

Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]


class Tile(NamedTuple):
    """Panel ``row`` of class ``one`` against panel ``column`` of the same class."""

    one: int
    row: int
    column: int


def on_host(x: Any) -> bool:
    """Whether numpy can read the array where it is."""
    return not hasattr(x, "detach") or x.device.type == "cpu"


def panel_rows(dim: int) -> int:
    """Rows of a panel of vectors of length ``dim``."""
    return max(HOST_BLOCK, PANEL_NUMBERS // max(dim, 1))


def block_size(x: Any) -> int:
    """Rows and columns of a block of products of ``x``."""
    return HOST_BLOCK if on_host(x) else DEVICE_BLOCK


@contextmanager
def workers(threads: int | None = None) -> Iterator[Map]:
    """A map that shares blocks out over threads.

    Each thread multiplies by itself, with BLAS held to one thread meanwhile (in the whole process): threads that
    wait for one another at every block lose more than they gain, above all on a machine that others use too.

    Args:
        threads: how many; None for as many as BLAS would take.
    """
    if threads is None:
        threads = max((lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"), default=1)
    if threads < 1:
        raise ValueError(f"There must be at least one thread, not {threads}.")
    with threadpool_limits(1, user_api="blas"):
        if threads == 1:
            yield map
            return
        with ThreadPoolExecutor(threads) as pool:
            yield pool.map


def within_tiles(counts: np.ndarray, size: int) -> Iterator[Tile]:
    """Tiles that hold each pair of different rows of a class once; of equal panels, only half is needed."""
    for one in np.flatnonzero(counts):
        for row in range(-(-int(counts[one]) // size)):
            for column in range(row + 1):
                yield Tile(int(one), row, column)


def between_tiles(counts: np.ndarray, other: np.ndarray, size: int) -> Iterator[Tile]:
    """Tiles that hold each pair of a row of one dataset and a row of the other in the same class."""
    for one in np.flatnonzero((counts > 0) & (other > 0)):
        for row in range(-(-int(counts[one]) // size)):
            for column in range(-(-int(other[one]) // size)):
                yield Tile(int(one), row, column)


def share(tiles: Iterator[Tile], part: int, parts: int) -> Iterator[Tile]:
    """Every ``parts``-th tile, from the ``part``-th on.

    Raises:
        ValueError: for a part that is not one of them.
    """
    if not 0 <= part < parts:
        raise ValueError(f"There is no part {part} of {parts}; parts are numbered from 0.")
    return islice(tiles, part, None, parts)


def panels(x: Any, rows_of: Callable[[int], np.ndarray], scale: float, run: Map) -> Callable[[int, int], Any]:
    """A function from class and panel number to its vectors, float32, times ``scale``.

    The last two are kept: walking through tiles in order then makes few of them anew. Rows without direction are
    left out, and counted by neither.

    Args:
        x: float (n, d), numpy or torch.
        rows_of: rows of a class.
        scale: what to multiply unit vectors with.
        run: from ``workers``.
    """
    size = panel_rows(x.shape[1])

    @lru_cache(maxsize=2)
    def panel(one: int, number: int) -> Any:
        return unit_panel(x, rows_of(one)[number * size : (number + 1) * size], scale, run)

    return panel


def unit_panel(x: Any, rows: np.ndarray, scale: float, run: Map) -> Any:
    """Rows as float32 unit vectors times ``scale``, (k, d); numpy's on a processor, else on their device."""
    if not on_host(x):
        xp = array_namespace(x)
        parts = [xp.astype(block * scale, xp.float32) for block, _ in unit_blocks(x, rows)]
        return xp.concat(parts) if parts else xp.zeros((0, x.shape[1]), dtype=xp.float32, device=x.device)
    whole = np.empty((len(rows), x.shape[1]), dtype=np.float32)

    def fill(start: int) -> tuple[int, int]:
        end = start
        for block, _ in unit_blocks(x, rows[start : start + HOST_BLOCK], _UNIT_ROWS):
            np.multiply(to_numpy(block), scale, out=whole[end : end + len(block)], casting="same_kind")
            end += len(block)
        return start, end

    filled = list(run(fill, range(0, len(rows), HOST_BLOCK)))
    if sum(end - start for start, end in filled) == len(rows):
        return whole
    return np.concatenate([whole[start:end] for start, end in filled])


def column(a: Any, b: Any, start: int, size: int, buffer: Any = None) -> Iterator[tuple[int, Any]]:
    """Products of blocks of ``a`` with the block of ``b`` that begins at ``start``.

    Args:
        a, b: float32 (n, d), (m, d). Where they are one and the same, only blocks on and below the diagonal come.
        start: first row of ``b``.
        size: of a block.
        buffer: numpy's float32 (size * size,), which the products are written to; each is gone when the next
            one comes.

    Yields:
        The first row of ``a``, and the products (k, l).
    """
    right = b[start : start + size]
    for row in range(start if a is b else 0, len(a), size):
        left = right if a is b and row == start else a[row : row + size]
        if buffer is None:
            yield row, left @ right.T
        else:
            out = buffer[: len(left) * len(right)].reshape(len(left), len(right))
            yield row, np.matmul(left, right.T, out=out)
