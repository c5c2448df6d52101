"""Similarities of all pairs of images of one class, as a histogram (paper, Sections 3.2 and 4, Figures 6 and 8).

The pair list is never held: blocks of matrix products are counted into fixed bins. On one core of an AMD EPYC,
512-d, multiplying takes 10 ns a pair and counting 1.5: 0.06 to shift in place, 0.5 to make whole numbers, 0.95
for ``numpy.bincount``. Beside it ``numpy.histogram`` takes 5.8 ns, ``torch.histc`` 5.3, ``torch.bincount`` 1.5, a
loop compiled by numba 0.33 to 0.73. The last brought the whole from 82 % of the bare product's rate to 84 %: too
little for a second way.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from array_api_compat import array_namespace

from laionet.compare.arrays import Groups, group, to_numpy, unit_rows
from laionet.compare.histogram import BINS, PairHistogram, empty
from laionet.compare.products import (
    HOST_BLOCK,
    Map,
    between_tiles,
    block_size,
    column,
    on_host,
    panel_rows,
    panels,
    share,
    within_tiles,
    workers,
)


def pair_histogram(
    embeddings: Any,
    labels: Any,
    n_classes: int | None = None,
    bins: int = BINS,
    *,
    part: int = 0,
    parts: int = 1,
    threads: int | None = None,
) -> PairHistogram:
    """Cosines of all pairs of different images of each class, each unordered pair counted once.

    Vectors are scaled to unit length in float64, multiplied in float32 (in the precision that torch is set to,
    on a GPU) and counted exactly. A cosine that lies within rounding (some 1e-7) of an edge may be in the bin
    beside it. Time O(Σ n² d); memory that of three panels (48 MiB) and 4 MiB a thread, and 8 bytes a bin and
    class, whatever n is; ``embeddings`` may be memory-mapped.

    A job too large for one machine is done in parts: all ``parts`` of them give, by ``histogram.merge``, the very
    counts of the whole. Classes that are spread over files: ``cross_histogram`` and ``histogram.union``.

    Args:
        embeddings: float (n, d), numpy or torch on any device; of any length but zero.
        labels: int (n,), class of each; negative: of none.
        n_classes: length of the class list; None for the largest label and one.
        bins: equal ones from -1 to 1; the default's are 1/1024 wide.
        part, parts: which share of the work to do.
        threads: on a processor; None for as many as BLAS would take.

    Raises:
        ValueError: for labels that do not fit, bins or parts that cannot be.
    """
    groups = group(labels, n_classes, length=_length(embeddings))
    found = empty(len(groups), bins)
    todo = share(within_tiles(groups.counts, panel_rows(embeddings.shape[1])), part, parts)
    with workers(threads) as run:
        counter = _counter(embeddings, bins, run)
        panel = panels(embeddings, groups.of, counter.scale, run)
        for tile in todo:
            a = panel(tile.one, tile.row)
            if tile.row == tile.column:
                _register(found, tile.one, _rows(groups, tile.one, tile.row, embeddings), len(a))
                found.counts[tile.one] += counter.count(a, a)
            else:
                found.counts[tile.one] += counter.count(a, panel(tile.one, tile.column))
    return found


def cross_histogram(
    a: Any,
    b: Any,
    labels_a: Any,
    labels_b: Any,
    n_classes: int | None = None,
    bins: int = BINS,
    *,
    part: int = 0,
    parts: int = 1,
    threads: int | None = None,
) -> PairHistogram:
    """Cosines of each image of A with each image of B in the same class.

    As ``pair_histogram``, which see. ``n`` and ``left_out`` are of both datasets together, in classes that both
    have.

    Args:
        a, b: float (n, d), (m, d), of one library and device.
        labels_a, labels_b: int (n,), (m,).
        n_classes, bins, part, parts, threads: as there.
    """
    if a.shape[1:] != b.shape[1:]:
        raise ValueError(f"Vectors of A have shape {a.shape[1:]}, of B {b.shape[1:]}; they need the same encoder.")
    mine, theirs = group(labels_a, n_classes, length=_length(a)), group(labels_b, n_classes, length=_length(b))
    if len(mine) != len(theirs):
        classes = max(len(mine), len(theirs))
        mine, theirs = group(labels_a, classes), group(labels_b, classes)
    found = empty(len(mine), bins)
    todo = share(between_tiles(mine.counts, theirs.counts, panel_rows(a.shape[1])), part, parts)
    with workers(threads) as run:
        counter = _counter(a, bins, run)
        panel_a, panel_b = panels(a, mine.of, counter.scale, run), panels(b, theirs.of, counter.scale, run)
        for tile in todo:
            left, right = panel_a(tile.one, tile.row), panel_b(tile.one, tile.column)
            if tile.column == 0:
                _register(found, tile.one, _rows(mine, tile.one, tile.row, a), len(left))
            if tile.row == 0:
                _register(found, tile.one, _rows(theirs, tile.one, tile.column, b), len(right))
            found.counts[tile.one] += counter.count(left, right)
    return found


def resampled_pairs(
    embeddings: Any,
    labels: Any,
    n_classes: int | None = None,
    *,
    per_class: int = 100,
    images: int = 100,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Similarities drawn as the paper draws them (its published scripts, Section 3.2).

    Of each class at most ``images`` images are drawn without replacement; of their pairs, min(per_class, pairs)
    with replacement. So all classes count alike, but for those of few pairs. The sound counterpart, without
    draws, is ``histogram.combined(pair_histogram(...))``.

    Args:
        embeddings, labels, n_classes: as of ``pair_histogram``.
        per_class: similarities of a class at most.
        images: images of a class at most.
        seed: of the draws; those of a class do not depend on other classes.

    Returns:
        Similarities float64 (k,) and the class of each int64 (k,), sorted by class.
    """
    groups = group(labels, n_classes, length=_length(embeddings))
    values, classes = [np.zeros(0)], [np.zeros(0, dtype=np.int64)]
    for one in np.flatnonzero(groups.counts > 1):
        rng = np.random.default_rng([seed, int(one)])
        rows = groups.of(int(one))
        if len(rows) > images:
            rows = np.sort(rng.choice(rows, images, replace=False))
        unit = to_numpy(unit_rows(embeddings, rows)[0])
        n = len(unit)
        if n < 2:
            continue
        draws = min(per_class, n * (n - 1) // 2)
        # Uniform over ordered pairs of different images, hence over unordered ones.
        first, second = rng.integers(n, size=draws), rng.integers(n - 1, size=draws)
        second += second >= first
        values.append(np.einsum("ij,ij->i", unit[first], unit[second]))
        classes.append(np.full(draws, one, dtype=np.int64))
    return np.concatenate(values), np.concatenate(classes)


def _length(x: Any) -> int:
    if len(x.shape) != 2:
        raise ValueError(f"Embeddings must have shape (images, numbers), not {tuple(x.shape)}.")
    return int(x.shape[0])


def _rows(groups: Groups, one: int, number: int, x: Any) -> int:
    """Rows of a panel, those without direction counted."""
    size = panel_rows(x.shape[1])
    return min(int(groups.counts[one]) - number * size, size)


def _register(found: PairHistogram, one: int, rows: int, used: int) -> None:
    found.n[one] += used
    found.left_out[one] += rows - used


def _counter(x: Any, bins: int, run: Map) -> HostCounter | DeviceCounter:
    return HostCounter(bins, run) if on_host(x) else DeviceCounter(bins, block_size(x))


class HostCounter:
    """Counts products of panels in numpy, column blocks shared out over threads.

    Vectors are to be scaled by ``scale`` = sqrt(bins / 2), so that a product is a place in bins from the middle;
    for the default number of bins that is a power of two and loses nothing.
    """

    def __init__(self, bins: int, run: Map) -> None:
        self.bins, self.run, self.scale = bins, run, float(np.sqrt(bins / 2))
        self.own = threading.local()

    def count(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Counts int64 (bins,) of all pairs of two panels; of pairs i > j where they are one and the same."""
        starts = range(0, len(b), HOST_BLOCK)
        run = self.run if len(starts) > 1 else map
        total = sum(run(lambda start: self._column(a, b, start), starts), np.zeros(self.bins + 2, dtype=np.int64))
        return _folded(total, self.bins)

    def _column(self, a: np.ndarray, b: np.ndarray, start: int) -> np.ndarray:
        if not hasattr(self.own, "products"):
            self.own.products = np.empty(HOST_BLOCK * HOST_BLOCK, dtype=np.float32)
            self.own.places = np.empty(HOST_BLOCK * HOST_BLOCK, dtype=np.intp)
        counts = np.zeros(self.bins + 2, dtype=np.int64)
        for row, products in column(a, b, start, HOST_BLOCK, self.own.products):
            products += np.float32(self.bins / 2)
            places = self.own.places[: products.size].reshape(products.shape)
            np.copyto(places, products, casting="unsafe")
            if a is b and row == start:
                places[~np.tri(len(places), k=-1, dtype=np.bool_)] = self.bins + 1
            counts += np.bincount(places.ravel(), minlength=self.bins + 2)
        return counts


class DeviceCounter:
    """Counts products of panels on their own device, by torch. Attributes and methods as of ``HostCounter``."""

    def __init__(self, bins: int, size: int) -> None:
        self.bins, self.size, self.scale = bins, size, float(np.sqrt(bins / 2))

    def count(self, a: Any, b: Any) -> np.ndarray:
        """As of ``HostCounter``."""
        xp = array_namespace(a)
        total = xp.zeros(self.bins + 2, dtype=xp.int64, device=a.device)
        for start in range(0, len(b), self.size):
            for row, products in column(a, b, start, self.size):
                places = xp.astype(products + self.bins / 2, xp.int32)
                if a is b and row == start:
                    places = xp.where(xp.triu(xp.ones_like(places)) > 0, self.bins + 1, places)
                total = total + places.reshape(-1).bincount(minlength=self.bins + 2)
        return _folded(to_numpy(total), self.bins)


def _folded(counts: np.ndarray, bins: int) -> np.ndarray:
    """Without the place of pairs not wanted, and with similarities of 1 in the last bin."""
    counts[bins - 1] += counts[bins]
    return counts[:bins]
