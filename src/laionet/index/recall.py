"""How many of the true nearest rows an index finds, measured on queries; and how many lists that takes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from laionet.compare.accuracy import wilson
from laionet.index.exact import exact, products
from laionet.index.parts import Part, unit

if TYPE_CHECKING:
    from laionet.index.search import Index
    from laionet.index.settings import IndexSettings

#: Similarities that differ by less are equal: the same captions, the last bits of a sum.
TIE = 1e-5
#: How many of the scan's best may be compared by their stored vectors.
CANDIDATES = (8, 16, 32, 64, 128, 256)


def drawn(parts: Sequence[Part], starts: np.ndarray, n: int, seed: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """A sample of rows without replacement: numbers, ascending, int64 (n,); vectors, float32 (n, dim)."""
    number = np.sort(np.random.default_rng(list(seed)).choice(int(starts[-1]), n, replace=False)).astype(np.int64)
    found = np.empty((n, parts[0].dim), np.float32)
    ends = np.searchsorted(number, starts)
    for part, start, first, last in zip(parts, starts, ends[:-1], ends[1:], strict=False):
        if last > first:
            found[first:last] = part.vectors()[number[first:last] - start]
    return number, found


@dataclass(frozen=True)
class Truth:
    """Queries, and the similarities of their true neighbours.

    Attributes:
        vectors: float32 (n, dim).
        own: int64 (n,), number of the row that the query is, which does not count; -1 for none.
        best: float32 (n, k), descending.
    """

    vectors: np.ndarray
    own: np.ndarray
    best: np.ndarray


def measured(index: Index, settings: IndexSettings, asked: np.ndarray | None) -> dict[str, Any]:
    """What is looked at, chosen by half of the queries, and the recall on the other half.

    Chosen is the smallest number of lists whose recall at 1 reaches ``settings.recall`` even less its standard
    error, so that the other half reaches it too; then the smallest number of candidates that keeps it there.

    Returns:
        ``nprobe``, ``candidates``, ``recall`` as in the manifest; ``spent``: what was done, how much, seconds.
    """
    truth, seconds = _truth(index, settings, asked)
    half = len(truth.own) // 2 or len(truth.own)
    chosen_by, held_out = (
        _part(truth, slice(0, half)),
        _part(truth, slice(half if len(truth.own) > 1 else 0, None)),
    )
    wanted = settings.recall
    ladder: list[dict[str, float]] = []
    for nprobe in _steps(index.manifest["lists"]):
        share = float(np.mean(_found(index, chosen_by, 1, nprobe, CANDIDATES[-1])[0]))
        ladder.append({"nprobe": nprobe, "at_1": share})
        if _surely(share, half, wanted):
            break
    nprobe, candidates = int(ladder[-1]["nprobe"]), CANDIDATES[-1]
    if index.keeps_vectors:
        for candidates in CANDIDATES:
            share = float(np.mean(_found(index, chosen_by, 1, nprobe, candidates)[0]))
            if _surely(share, half, wanted) or share >= ladder[-1]["at_1"]:
                break
    _found(index, held_out, 1, nprobe, candidates)  # lists are read and pages are warm when it is timed
    at_1, took = _found(index, held_out, 1, nprobe, candidates)
    at_k = _found(index, held_out, truth.best.shape[1], nprobe, candidates)[0]
    low, high = (float(end[0]) for end in wilson(np.array([at_1.sum()]), np.array([len(at_1)])))
    report = {
        "wanted": settings.recall,
        "at_1": {"value": float(at_1.mean()), "low": low, "high": high},
        "k": truth.best.shape[1],
        "at_k": float(at_k.mean()),
        "queries": len(at_1),
        "of": "queries given" if asked is not None else "rows of the index and their nearest other row",
        "ladder": ladder,
        "similarity": {f"{q:g}": float(np.quantile(truth.best[:, 0], q)) for q in (0.1, 0.5, 0.9)},
    }
    spent = [("exact", len(truth.own) * len(index), seconds), ("search", len(at_1), took)]
    return {"nprobe": nprobe, "candidates": candidates, "recall": report, "spent": spent}


def _surely(share: float, n: int, wanted: float) -> bool:
    return share - float(np.sqrt(share * (1 - share) / n)) >= wanted


def _truth(index: Index, settings: IndexSettings, asked: np.ndarray | None) -> tuple[Truth, float]:
    k = min(settings.k, len(index) - 1 if asked is None else len(index))
    if asked is None:
        n = min(2 * settings.sample, len(index))
        own, vectors = drawn(index.parts, index.starts, n, [settings.seed, 2])
        order = np.random.default_rng([settings.seed, 3]).permutation(n)
        own, vectors = own[order], unit(vectors[order])
    else:
        vectors = unit(asked[: 2 * settings.sample])
        own = np.full(len(vectors), -1, np.int64)
    started = time.perf_counter()
    found = exact(index.parts, vectors, k + 1)
    seconds = time.perf_counter() - started
    number = np.where(found.part >= 0, index.starts[np.maximum(found.part, 0)] + found.row, -1)
    best = _without(found.similarity, number, own)[:, :k]
    return Truth(vectors, own, best), seconds


def _found(index: Index, truth: Truth, k: int, nprobe: int, candidates: int) -> tuple[np.ndarray, float]:
    """Share of the true k that each query finds, float64 (n,), and the seconds that searching took."""
    started = time.perf_counter()
    found = index.search(truth.vectors, k + 1, nprobe=nprobe, candidates=candidates)
    seconds = time.perf_counter() - started
    # What was found is judged by its true similarity, also where the search knows but its score.
    similarity = found.similarity
    if not index.keeps_vectors:
        similarity = _true(index, truth.vectors, found.number)
    mine = _without(similarity, found.number, truth.own)[:, :k]
    return np.mean(mine >= truth.best[:, k - 1 : k] - TIE, axis=1), seconds


def _true(index: Index, queries: np.ndarray, number: np.ndarray) -> np.ndarray:
    true = np.full(number.shape, -np.inf, np.float32)
    part = np.where(number >= 0, np.searchsorted(index.starts, number, side="right") - 1, -1)
    for one in np.unique(part[part >= 0]):
        query, place = np.nonzero(part == one)
        rows = number[query, place] - index.starts[one]
        true[query, place] = products(index.parts[one], queries, query, rows)
    return true


def _without(similarity: np.ndarray, number: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Similarities with those of the query's own row left out, descending."""
    rest = np.where(number == own[:, None], -np.inf, similarity)
    return -np.sort(-rest, axis=1)


def _part(truth: Truth, which: slice) -> Truth:
    return Truth(truth.vectors[which], truth.own[which], truth.best[which])


def _steps(lists: int) -> list[int]:
    """1, 2, 3, 4, 6, 8, 12, 16 ... up to all lists."""
    steps = {1, lists}
    power = 2
    while power < lists:
        steps |= {power, min(power * 3 // 2, lists)}
        power *= 2
    return sorted(steps)
