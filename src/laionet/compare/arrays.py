"""Arrays of the caller's own kind, numpy or torch on any device: grouped by class, read in blocks as unit vectors.

Statistics of this package read embeddings through these functions, so that a memory-mapped array of any length
or an array on a GPU takes no more memory than a block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace

#: Numbers of one block: small enough to stay in a processor's cache, large enough for its matrix unit.
BLOCK_NUMBERS = 1 << 17

#: A square below or above may have lost digits: its vector is scaled before it is squared.
_TINY, _HUGE = 1e-200, 1e200


@dataclass(frozen=True)
class Groups:
    """Which rows belong to which class.

    Attributes:
        rows: int64 (m,), row numbers sorted by class, in their own order within a class.
        starts: int64 (classes + 1,), where each class begins in ``rows``.
    """

    rows: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def counts(self) -> np.ndarray:
        """Rows of each class, int64 (classes,)."""
        return np.diff(self.starts)

    def of(self, one: int) -> np.ndarray:
        """Row numbers of a class, int64."""
        return self.rows[self.starts[one] : self.starts[one + 1]]


def to_numpy(values: Any) -> np.ndarray:
    """Any array as numpy's, from a device where need be."""
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)


def group(labels: Any, n_classes: int | None = None, length: int | None = None) -> Groups:
    """Group rows by label.

    Args:
        labels: int (n,), numpy or torch; a negative label is of no class and left out.
        n_classes: length of the class list; None for the largest label and one.
        length: rows that there must be, as many as embeddings.

    Raises:
        ValueError: for labels that are not whole numbers, beyond the class list, or not one a row.
    """
    label = to_numpy(labels)
    if label.ndim != 1 or (length is not None and len(label) != length):
        raise ValueError(f"There must be one label a row: labels have shape {label.shape}, rows are {length}.")
    if not np.issubdtype(label.dtype, np.integer):
        if label.dtype.kind not in "fb" or not np.array_equal(label, label.astype(np.int64)):
            raise ValueError("Labels are not whole numbers; use numpy.unique(labels, return_inverse=True).")
        label = label.astype(np.int64)
    top = int(label.max(initial=-1)) + 1
    n_classes = top if n_classes is None else n_classes
    if top > n_classes:
        raise ValueError(f"A label is {top - 1}, but there are {n_classes} classes, numbered from 0.")
    rows = np.argsort(label, kind="stable")
    rows = rows[np.searchsorted(label[rows], 0) :]
    starts = np.searchsorted(label[rows], np.arange(n_classes + 1))
    return Groups(rows.astype(np.int64), starts.astype(np.int64))


def block_rows(dim: int) -> int:
    """Rows of a block of vectors of length ``dim``."""
    return max(1, BLOCK_NUMBERS // max(dim, 1))


def take_rows(x: Any, rows: np.ndarray) -> Any:
    """Some rows of an array, on its device; a view where they follow one another."""
    if len(rows) and rows[-1] - rows[0] + 1 == len(rows) and (len(rows) < 3 or bool((np.diff(rows) == 1).all())):
        return x[int(rows[0]) : int(rows[-1]) + 1]
    xp = array_namespace(x)
    where = xp.asarray(rows, device=x.device) if hasattr(x, "detach") else rows
    return xp.take(x, where, axis=0)


def unit_blocks(x: Any, rows: np.ndarray, size: int | None = None) -> Iterator[tuple[Any, np.ndarray]]:
    """Rows as float64 unit vectors, a block at a time.

    A row that holds a value that is not finite, or has no length, has no direction: it is left out.

    Args:
        x: any float (n, d), numpy or torch; half precision too.
        rows: int (m,), which rows, in order.
        size: rows of a block; None for a size that suits the cache.

    Yields:
        The unit vectors (k, d) on the device of ``x``, and the row numbers (k,) that they are of.
    """
    xp = array_namespace(x)
    size = size or block_rows(x.shape[1])
    for start in range(0, len(rows), size):
        mine = rows[start : start + size]
        block = xp.astype(take_rows(x, mine), xp.float64)
        squares = (block * block).sum(1) if hasattr(block, "detach") else np.einsum("ij,ij->i", block, block)
        if bool((squares > _TINY).all()) and bool((squares < _HUGE).all()):
            block = block / xp.sqrt(squares)[:, None]
        else:
            block, mine = _directed(block, mine)
        if len(mine):
            yield block, mine


def scaled_blocks(x: Any, rows: np.ndarray) -> Iterator[tuple[Any, np.ndarray, np.ndarray]]:
    """Rows as they are, and what makes each a unit vector: for sums, which need no unit vectors themselves.

    Single precision stays so, and its sums over a block are exact to some 1e-7; all else becomes float64.

    Args:
        x: any float (n, d), numpy or torch; rows without a direction are left out.
        rows: int (m,), which rows, in order.

    Yields:
        Rows (k, d) on the device of ``x``, their inverse lengths float64 (k,), and the row numbers (k,).
    """
    xp = array_namespace(x)
    single = str(x.dtype).endswith("float32")
    low, high = (1e-30, 1e30) if single else (_TINY, _HUGE)
    size = block_rows(x.shape[1])
    for start in range(0, len(rows), size):
        mine = rows[start : start + size]
        block = take_rows(x, mine)
        block = np.asarray(block) if isinstance(block, np.ndarray) else block
        block = block if single else xp.astype(block, xp.float64)
        squares = to_numpy((block * block).sum(1)) if hasattr(block, "detach") else _squares(block)
        if squares.min() > low and squares.max() < high:
            yield block, 1 / np.sqrt(squares, dtype=np.float64), mine
        else:
            block, mine = _directed(xp.astype(block, xp.float64), mine)
            if len(mine):
                yield block, np.ones(len(mine)), mine


def _squares(block: np.ndarray) -> np.ndarray:
    return np.asarray(np.einsum("ij,ij->i", block, block))


def _directed(block: Any, rows: np.ndarray) -> tuple[Any, np.ndarray]:
    """Unit vectors of the rows that have a direction, however long or short they are."""
    xp = array_namespace(block)
    with np.errstate(invalid="ignore"):
        top = xp.max(xp.abs(block), axis=1, keepdims=True)
        keep = np.flatnonzero(to_numpy((top > 0) & xp.isfinite(top))[:, 0])
    block = take_rows(block, keep) / take_rows(top, keep)
    return block / xp.sqrt(xp.sum(block * block, axis=1, keepdims=True)), rows[keep]


def unit_rows(x: Any, rows: np.ndarray) -> tuple[Any, np.ndarray]:
    """As ``unit_blocks``, all at once: unit vectors (k, d) and the row numbers (k,) that have a direction."""
    xp = array_namespace(x)
    parts = list(unit_blocks(x, rows))
    if not parts:
        return xp.zeros((0, x.shape[1]), dtype=xp.float64), np.zeros(0, dtype=np.int64)
    return xp.concat([part for part, _ in parts]), np.concatenate([at for _, at in parts])
