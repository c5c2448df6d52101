"""Nearest vectors by true similarity: by looking at all, by rescoring some, and how partial answers are merged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

#: Neighbours looked at beyond those asked for, so that the last bits of a product decide nothing.
_SPARE = 8
#: Rows that a table of products is made for at once.
_ROWS = 16_384


class Stored(Protocol):
    """Vectors on disk or in memory, some of all."""

    def vectors(self) -> np.ndarray:
        """All of them, (rows, dim), any float; mapped into memory or in it."""

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Block by block the rows that have a direction, int64 (n,), and their unit vectors, float32 (n, dim)."""


@dataclass(frozen=True)
class Found:
    """Neighbours of n queries, nearest first.

    Attributes:
        similarity: float32 (n, k), cosine; -inf where there are fewer than k.
        part: int32 (n, k), number of the part; -1 where there is none.
        row: int64 (n, k), row in the part; -1 where there is none.
    """

    similarity: np.ndarray
    part: np.ndarray
    row: np.ndarray


def nothing(n: int, k: int) -> Found:
    """No neighbours yet."""
    return Found(
        np.full((n, k), -np.inf, np.float32), np.full((n, k), -1, np.int32), np.full((n, k), -1, np.int64)
    )


def merged(a: Found, b: Found, k: int) -> Found:
    """The k nearest of two answers to the same queries; of equal similarities the earlier part and row."""
    similarity, part, row = (
        np.concatenate(both, axis=1) for both in ((a.similarity, b.similarity), (a.part, b.part), (a.row, b.row))
    )
    last = np.where(part < 0, np.iinfo(np.int32).max, part)
    order = np.lexsort((row, last, -similarity), axis=1)[:, :k]
    return Found(*(np.take_along_axis(one, order, axis=1) for one in (similarity, part, row)))


def exact(parts: Sequence[Stored], queries: np.ndarray, k: int) -> Found:
    """The k nearest of all vectors.

    Products are taken in blocks, those that may be among the k again row by row: what is found does not depend on
    the blocks.

    Args:
        parts: with vectors.
        queries: float32 (n, dim), unit vectors.
        k: neighbours of each.
    """
    import faiss

    best = nothing(len(queries), k + _SPARE)
    for number, part in enumerate(parts):
        for rows, block in part.blocks():
            some = min(k + _SPARE, len(block))
            similarity, at = faiss.knn(queries, block, some, metric=faiss.METRIC_INNER_PRODUCT)
            here = Found(similarity, np.full(at.shape, number, np.int32), rows[at])
            best = merged(best, here, k + _SPARE)
    return rescored(parts, queries, best, k)


def rescored(parts: Sequence[Stored], queries: np.ndarray, found: Found, k: int) -> Found:
    """The k nearest of those found, by the stored vectors; one part is open at a time."""
    similarity = np.full(found.row.shape, -np.inf, np.float64)
    for number in np.unique(found.part[found.part >= 0]):
        query, place = np.nonzero(found.part == number)
        similarity[query, place] = products(parts[number], queries, query, found.row[query, place])
    again = Found(similarity.astype(np.float32), found.part, found.row)
    return merged(again, nothing(len(queries), 0), k)


def products(part: Stored, queries: np.ndarray, query: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Cosine of pairs of a query and a stored vector, float64 (m,); -inf for one without a direction.

    Each pair is a sum of its own in float32, whatever pairs come with it.
    """
    vectors = part.vectors()
    found = np.empty(len(query))
    order = np.argsort(row, kind="stable")  # the file is read from its beginning to its end
    for start in range(0, len(order), _ROWS):
        some = order[start : start + _ROWS]
        stored = vectors[row[some]].astype(np.float32)
        with np.errstate(invalid="ignore", divide="ignore"):
            lengths = np.sqrt(np.einsum("ij,ij->i", stored, stored))
            cosine = np.einsum("ij,ij->i", stored, queries[query[some]]) / lengths
        found[some] = np.where(np.isfinite(cosine), cosine, -np.inf)
    return found


def exact_within(parts: Sequence[Stored], members: Sequence[np.ndarray], queries: np.ndarray, k: int) -> Found:
    """The k nearest among some rows of each part.

    Args:
        parts: with vectors.
        members: int64, the rows of each part that count, ascending.
        queries: float32 (n, dim), unit vectors.
        k: neighbours of each.
    """
    import faiss

    best = nothing(len(queries), k + _SPARE)
    for number, (part, rows) in enumerate(zip(parts, members, strict=True)):
        vectors = part.vectors()
        for start in range(0, len(rows), _ROWS):
            mine = rows[start : start + _ROWS]
            block = np.ascontiguousarray(vectors[mine], np.float32)
            similarity, at = faiss.knn(
                queries, block, min(k + _SPARE, len(mine)), metric=faiss.METRIC_INNER_PRODUCT
            )
            best = merged(best, Found(similarity, np.full(at.shape, number, np.int32), mine[at]), k + _SPARE)
    return rescored(parts, queries, best, k)
