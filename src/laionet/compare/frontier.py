"""Pairs of thresholds that keep the same number of samples, or of classes (paper's journal version, Section 4.2).

A row is kept where its text similarity is above s and its image similarity above u, both strictly. Along the
frontier s falls as u rises: less is asked of the text and more of the image, which links the image to selection.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from laionet.compare.arrays import to_numpy

#: The published pairs (s, u), each of about 534,700 samples, and the one that fixes their number.
PUBLISHED = ((0.72, 0.3037), (0.76, 0.2959), (0.79, 0.2828), (0.81, 0.2579))
PUBLISHED_REFERENCE = (0.82, 0.2)
#: What the published datasets are called, in the order of ``PUBLISHED``.
NAMES = ("A", "B", "C", "D")


@dataclass(frozen=True)
class Frontier:
    """Pairs of thresholds, one for each text threshold.

    Attributes:
        text: float64 (m,), thresholds s; cosine.
        image: float64 (m,), thresholds u: the largest image similarity that is left out (just below the lowest
            kept one, where several share it), -inf where none need be; NaN where too few rows are above s.
        samples: int64 (m,), rows kept.
        classes: int64 (m,), classes with a row kept.
        wanted: samples, or classes, that were to be kept.
        unknown: rows that no threshold keeps: a similarity is not a number, or the label is below 0.
    """

    text: np.ndarray
    image: np.ndarray
    samples: np.ndarray
    classes: np.ndarray
    wanted: int
    unknown: int


def kept(text: Any, image: Any, s: float, u: float) -> np.ndarray:
    """Which rows a pair of thresholds keeps, bool (n,)."""
    return np.asarray((to_numpy(text).astype(np.float64) > s) & (to_numpy(image).astype(np.float64) > u))


def samples_frontier(text: Any, image: Any, label: Any, samples: int, at: Any) -> Frontier:
    """For each text threshold the image threshold that keeps a given number of samples, exactly.

    u is an order statistic of the image similarities above s. With s falling rows are only added, so u only
    rises, and rows at or below it never come back: what is held is the ``samples`` highest so far, and each row is
    looked at once. O(n log m + m samples) time, O(n) memory.

    Where several rows have the very similarity at the border, no threshold keeps exactly that number: the nearer
    of the two possible numbers is taken, the smaller of equally near ones.

    Args:
        text, image: float (n,), similarities to the synset; rows where one is NaN are never kept.
        label: int (n,), class of each; rows of a negative one are never kept.
        samples: rows to keep, 1 or more.
        at: float (m,), text thresholds, in any order.

    Raises:
        ValueError: for arrays of different lengths, or fewer than one sample.
    """
    if samples < 1:
        raise ValueError("A frontier keeps one sample or more.")
    rows = _Rows(text, image, label)
    at = np.asarray(to_numpy(at), dtype=np.float64)
    found = _empty(at, samples, rows.unknown)
    held, labels = rows.image[:0], rows.label[:0]
    for place, new in rows.by_threshold(at):
        if len(held) > samples:
            new = new[rows.image[new] >= _nth(held, samples + 1)]
        held, labels = np.concatenate([held, rows.image[new]]), np.concatenate([labels, rows.label[new]])
        if len(held) > samples:
            # Not only the first ones: rows that are level with the border count too.
            mine = held >= _nth(held, samples + 1)
            held, labels = held[mine], labels[mine]
        if len(held) >= samples:
            u = _border(held, samples)
            above = held > u
            found.image[place], found.samples[place] = u, int(above.sum())
            found.classes[place] = len(np.unique(labels[above]))
    return found


def classes_frontier(text: Any, image: Any, label: Any, classes: int, at: Any) -> Frontier:
    """For each text threshold the image threshold that keeps a given number of classes, exactly.

    A class is kept while one of its rows is: with M_c the highest image similarity of class c above s, u is the
    (classes + 1)-th highest of M_c. O(n log m + m (n + classes)) time.

    Args, ties, errors: as of ``samples_frontier``.
    """
    if classes < 1:
        raise ValueError("A frontier keeps one class or more.")
    rows = _Rows(text, image, label)
    at = np.asarray(to_numpy(at), dtype=np.float64)
    found = _empty(at, classes, rows.unknown)
    top = np.full(int(rows.label.max(initial=-1)) + 1, -np.inf, dtype=rows.image.dtype)
    seen: list[np.ndarray] = []
    for place, new in rows.by_threshold(at):
        np.maximum.at(top, rows.label[new], rows.image[new])
        seen.append(rows.image[new])
        present = top[np.isfinite(top)]
        if len(present) >= classes:
            u = _border(present, classes)
            found.image[place], found.classes[place] = u, int((present > u).sum())
            found.samples[place] = sum(int((part > u).sum()) for part in seen)
    return found


def all_sample_pairs(text: Any, image: Any, samples: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every dataset on the frontier of a number of samples: one pair of thresholds for each.

    As ``samples_frontier`` at each distinct text similarity. Between two pairs the rows that are added are below
    u, so that the dataset does not change; such thresholds are left out.

    Args:
        text, image: float (n,); rows where one is NaN are never kept.
        samples: rows to keep, 1 or more.

    Returns:
        Text thresholds, falling: the largest text similarity that is left out, -inf where none is; image
        thresholds, as ``Frontier`` has them; rows kept, int64.
    """
    if samples < 1:
        raise ValueError("A frontier keeps one sample or more.")
    rows = _Rows(text, image, np.zeros(len(to_numpy(text)), dtype=np.int64))
    order = np.argsort(-rows.text, kind="stable")
    text_sorted = rows.text[order].astype(np.float64)
    values, rank = np.unique(rows.image[order], return_inverse=True)
    ends = np.append(np.flatnonzero(np.diff(text_sorted)), len(order) - 1) if len(order) else np.zeros(0, np.int64)
    found = _walk(rank, ends, len(values), samples)
    if not found:
        return np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64)
    end, border, above, level = (np.array(column) for column in zip(*found, strict=True))
    # The nearer number; with all that are level, the border is just below them.
    all_level = (above + level - samples < samples - above) | (above == 0)
    count = np.where(all_level, above + level, above)
    lower = np.concatenate([[-np.inf], values])
    u = np.where(all_level, lower[border], lower[border + 1])
    s = np.where(end + 1 < len(order), text_sorted[np.minimum(end + 1, len(order) - 1)], -np.inf)
    # As many rows above the same border are the same rows, for with s falling rows are only added.
    new = np.append(True, (np.diff(u) != 0) | (np.diff(count) != 0))
    return s[new], u[new].astype(np.float64), count[new].astype(np.int64)


def _walk(rank: np.ndarray, ends: np.ndarray, n_values: int, samples: int) -> list[tuple[int, int, int, int]]:
    """Add rows by falling text similarity; note each change at the border.

    Returns:
        End of the rows added, rank of the border's value, rows above it, rows level with it. A row below the
        border never comes back, for the border only rises.
    """
    block = 1 << 16
    count = [0] * (n_values + 1)
    border, above = 0, 0  # rows above the border's value are fewer than samples
    found: list[tuple[int, int, int, int]] = []
    enough, at_end, changed = False, 0, False
    for start in range(0, len(rank), block):
        part = rank[start : start + block]
        for i in (np.flatnonzero(part >= border) + start).tolist():
            while at_end < len(ends) and ends[at_end] < i:
                if changed and enough:
                    found.append((int(ends[at_end]), border, above, count[border]))
                    changed = False
                at_end += 1
            r = int(rank[i])
            if r < border:
                continue
            count[r] += 1
            changed = True
            above += r > border
            while above >= samples:
                border += 1
                above -= count[border]
            enough = enough or above + count[border] >= samples
    if changed and enough:
        found.append((int(ends[at_end]), border, above, count[border]))
    return found


class _Rows:
    """Rows whose two similarities are known, in the precision that they came in."""

    def __init__(self, text: Any, image: Any, label: Any) -> None:
        t, v, y = to_numpy(text), to_numpy(image), to_numpy(label)
        if t.ndim != 1 or t.shape != v.shape or t.shape != y.shape:
            raise ValueError(f"There must be one text, image and label a row: {t.shape}, {v.shape}, {y.shape}.")
        known = ~(np.isnan(t) | np.isnan(v)) & (y >= 0)
        self.unknown = int(len(t) - known.sum())
        some = slice(None) if not self.unknown else known
        self.text: np.ndarray = t[some]
        self.image: np.ndarray = v[some]
        self.label: np.ndarray = y[some]

    def by_threshold(self, at: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """Positions of ``at`` from the highest threshold down, each with the rows that it adds."""
        order = np.argsort(-at, kind="stable")
        rising = at[order][::-1]
        # Row counts for a threshold that is strictly below its similarity.
        passed = np.searchsorted(rising, self.text.astype(np.float64), side="left")
        by_passed = np.argsort(passed.astype(np.min_scalar_type(len(at))), kind="stable")
        edges = np.searchsorted(passed[by_passed], np.arange(len(at) + 2))
        for step, place in enumerate(order):
            group = len(at) - step  # rows above this threshold but not above the one before
            yield int(place), by_passed[edges[group] : edges[group + 1]]


def _empty(at: np.ndarray, wanted: int, unknown: int) -> Frontier:
    m = at.shape
    return Frontier(at, np.full(m, np.nan), np.zeros(m, np.int64), np.zeros(m, np.int64), wanted, unknown)


def _nth(values: np.ndarray, n: int) -> Any:
    """The n-th highest value."""
    return np.partition(values, len(values) - n)[len(values) - n]


def _border(values: np.ndarray, wanted: int) -> float:
    """u such that the values strictly above it are as many as wanted, or nearest to it; -inf for all of them."""
    if len(values) == wanted:
        return float("-inf")
    lowest = _nth(values, wanted)
    above, level = int((values > lowest).sum()), int((values == lowest).sum())
    if above and above + level - wanted >= wanted - above:
        return float(lowest)
    below = values[values < lowest]
    # What was let go lies further below than that.
    return float(below.max()) if len(below) else float(np.nextafter(lowest, -np.inf, dtype=values.dtype))
