"""Over which thresholds a row is a sample.

A caption of similarity s that other rules let pass from a threshold u on is a sample at t where ``u <= t < s``.
What is dropped as a repetition depends on t too: the first of equal captions is one that is above t. So a row has
spans of thresholds, and all rules have an exact answer at every t without being run again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Span = tuple[float, float]


@dataclass(frozen=True)
class Spans:
    """Half-open intervals of thresholds, several or none for a row; in ascending order of row.

    Attributes:
        row: int64 (m,), number of the row.
        start, end: float64 (m,), the row is a sample at t where ``start <= t < end``.
    """

    row: np.ndarray
    start: np.ndarray
    end: np.ndarray

    def at(self, threshold: float) -> np.ndarray:
        """The rows that are samples at a threshold, int64, ascending."""
        return self.row[(self.start <= threshold) & (threshold < self.end)]


def single(start: np.ndarray, end: np.ndarray, possible: np.ndarray) -> Spans:
    """One span for each row where ``possible`` and not empty."""
    rows = np.flatnonzero(possible & (start < end))
    return Spans(rows, start[rows], end[rows])


def first_of_equals(spans: Spans, keys: np.ndarray, known: np.ndarray | None = None) -> Spans:
    """What is left of spans where at each threshold only the first row of each key stays.

    Args:
        spans: before the rule.
        keys: uint64 (n,), one for each row of the data; equal for what counts as the same.
        known: bool (n,), rows without a key are nobody's repetition; default all have one.
    """
    own = keys[spans.row]
    _, group, size = np.unique(own, return_inverse=True, return_counts=True)
    repeated = size[group] > 1
    if known is not None:
        repeated &= known[spans.row]
    covered: dict[int, list[Span]] = {}
    pieces: list[tuple[int, float, float]] = []
    for at in np.flatnonzero(repeated):
        span = (float(spans.start[at]), float(spans.end[at]))
        before = covered.setdefault(int(group[at]), [])
        pieces += [(int(spans.row[at]), start, end) for start, end in without(span, before)]
        before.append(span)
    row, start, end = (np.array(column) for column in zip(*pieces, strict=True)) if pieces else ([], [], [])
    rows = np.concatenate([spans.row[~repeated], np.asarray(row, dtype=np.int64)])
    starts = np.concatenate([spans.start[~repeated], np.asarray(start, dtype=np.float64)])
    ends = np.concatenate([spans.end[~repeated], np.asarray(end, dtype=np.float64)])
    order = np.lexsort((starts, rows))
    return Spans(rows[order], starts[order], ends[order])


def without(span: Span, taken: list[Span]) -> list[Span]:
    """What is left of an interval when others are taken out of it, in ascending order."""
    left, at = [], span[0]
    for start, end in sorted(taken):
        if start >= span[1]:
            break
        if start > at:
            left.append((at, start))
        at = max(at, end)
    return [*left, (at, span[1])] if at < span[1] else left
