"""Does the text alone explain which class a caption was given (paper, Section 4.2, Figure 9)?

Of a caption with label y and cosines s_k to the text of each class k: its own similarity s_y, and the share of the
other classes that are more similar, #{k ≠ y: s_k > s_y} / (K - 1). If the text had decided, by a threshold and
the most similar class, the share would be 0 and s_y above the threshold; if the text said nothing of the class,
the share would be 1/2 on average, and depend on s_y as it does for a class picked at random.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from laionet.compare.arrays import to_numpy, unit_blocks
from laionet.compare.estimate import UNKNOWN, Estimate

#: Cosines that differ by less are equal: two classes with one text come out so, up to rounding.
SAME = 1e-9
#: Numbers of the matrix of similarities that are held at once.
_BLOCK = 1 << 21


@dataclass(frozen=True)
class CaptionSums:
    """Sums over captions, by class and by bin of their own similarity; see ``caption_sums``.

    Attributes:
        edges: float64 (bins + 1,), of the bins, rising; the first and the last bin take what is beyond.
        captions: int64 (classes, bins).
        more: float64 (classes, bins), sum of the shares of other classes that are more similar.
        first: int64 (classes, bins), captions whose own class is the most similar: no other is more so.
        random_captions: int64 (bins,), pairs of a caption and any class, by similarity.
        random_more: float64 (bins,), sum of the shares as if that class were the caption's own.
        left_out: captions whose embedding is no direction, or whose label is below 0.
    """

    edges: np.ndarray
    captions: np.ndarray
    more: np.ndarray
    first: np.ndarray
    random_captions: np.ndarray
    random_more: np.ndarray
    left_out: int


def default_edges(bins: int = 40) -> np.ndarray:
    """Edges of equal bins from -1 to 1."""
    return np.round(np.linspace(-1, 1, bins + 1), 12)


def own_and_more(captions: Any, label: Any, classes: Any) -> tuple[np.ndarray, np.ndarray]:
    """Of each caption its own similarity, and how many other classes are more similar.

    Args:
        captions: float (n, d), embeddings of captions, numpy or torch; they are scaled to length 1.
        label: int (n,), class of each, 0 to K - 1; negative for none.
        classes: float (K, d), embeddings of the class texts, all with a direction.

    Returns:
        Own similarity, float64 (n,), and how many other classes are more similar, by more than ``SAME``, int64
        (n,): NaN and -1 for a caption without label or direction.

    Raises:
        ValueError: for labels beyond the classes, or a class text without direction.
    """
    y = _labels(captions, label, classes)
    own, more = np.full(len(y), np.nan), np.full(len(y), -1, dtype=np.int64)
    for similar, rows in _similarities(captions, y, classes):
        own[rows] = similar[np.arange(len(rows)), y[rows]]
        more[rows] = (similar > own[rows, None] + SAME).sum(axis=1)
    return own, more


def caption_sums(captions: Any, label: Any, classes: Any, edges: Any | None = None) -> CaptionSums:
    """Sums over some captions; those of several parts add up by ``merged``.

    The whole matrix of similarities is looked at, a block of it at a time: O(n K d) time; memory for a block, and
    for classes times bins.

    Args:
        captions, label, classes: as for ``own_and_more``.
        edges: of the bins, rising; None for ``default_edges()``.

    Raises:
        ValueError: as ``own_and_more``; for fewer than two classes or edges that do not rise.
    """
    y, edges = (
        _labels(captions, label, classes),
        default_edges() if edges is None else np.asarray(edges, np.float64),
    )
    k, bins = len(classes), len(edges) - 1
    if k < 2:
        raise ValueError("There must be two classes or more.")
    if bins < 1 or np.any(np.diff(edges) <= 0):
        raise ValueError("Edges of bins must be two or more and rise.")
    cells, of_pairs = np.zeros((3, k * bins)), np.zeros((2, bins))
    used = 0
    for similar, rows in _similarities(captions, y, classes):
        own = similar[np.arange(len(rows)), y[rows]]
        share = (similar > own[:, None] + SAME).sum(axis=1) / (k - 1)
        cell = y[rows] * bins + _bin(own, edges)
        for at, weight in enumerate((np.ones(len(rows)), share, share == 0)):
            cells[at] += np.bincount(cell, weight, minlength=k * bins)
        of_pairs += _of_random_classes(similar, edges)
        used += len(rows)
    n, more, first = cells.reshape(3, k, bins)
    return CaptionSums(
        edges,
        n.astype(np.int64),
        more,
        first.astype(np.int64),
        of_pairs[0].astype(np.int64),
        of_pairs[1],
        len(y) - used,
    )


def merged(parts: Iterable[CaptionSums]) -> CaptionSums:
    """The sums over the captions of all parts.

    Raises:
        ValueError: for no part, or parts over other bins or classes.
    """
    return reduce(_added, parts)


def _added(a: CaptionSums, b: CaptionSums) -> CaptionSums:
    if a.captions.shape != b.captions.shape or not np.array_equal(a.edges, b.edges):
        raise ValueError("Parts must have the same classes and bins.")
    return CaptionSums(
        a.edges,
        a.captions + b.captions,
        a.more + b.more,
        a.first + b.first,
        a.random_captions + b.random_captions,
        a.random_more + b.random_more,
        a.left_out + b.left_out,
    )


@dataclass(frozen=True)
class ExplainedBin:
    """Captions whose own similarity is alike.

    Attributes:
        low, high: bounds of the own similarity.
        captions, classes: how many, and of how many classes.
        share: of all captions.
        more: mean share of other classes that are more similar.
        chance: the same if each caption's class were picked at random: NaN where no pair is in the bin.
    """

    low: float
    high: float
    captions: int
    classes: int
    share: float
    more: Estimate
    chance: float


@dataclass(frozen=True)
class Explained:
    """How far the text explains the class.

    Attributes:
        captions, classes: how many captions, and of how many classes.
        bins: by own similarity, rising; those without captions are left out.
        more: mean share of other classes that are more similar; 0 if text alone decided, 1/2 if it said nothing.
        first: share of captions whose own class is the most similar.
        above: for thresholds the share of captions with a higher own similarity, and of these the mean share of
            other classes that are more similar.
        left_out: captions without a direction or a class.
    """

    captions: int
    classes: int
    bins: list[ExplainedBin]
    more: Estimate
    first: Estimate
    above: list[tuple[float, Estimate, Estimate]]
    left_out: int


def explained(
    sums: CaptionSums,
    *,
    thresholds: Sequence[float] = (),
    level: float = 0.95,
    draws: int = 2_000,
    seed: int = 0,
) -> Explained:
    """Means and intervals from sums.

    Intervals are percentiles of a bootstrap over classes: captions of a class are alike, so that classes, not
    captions, are drawn with replacement, each with all its captions; then the means are taken over captions
    (Davison and Hinkley 1997, Section 3.8). NaN where fewer than two classes have captions.

    Args:
        sums: of all captions.
        thresholds: of own similarity; each is moved to the nearest edge of a bin.
        level, draws, seed: of the intervals.
    """
    n, more = sums.captions, sums.more
    with_captions = np.flatnonzero(n.sum(axis=1))
    k, total = len(with_captions), int(n.sum())
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(k, np.full(k, 1 / k), size=draws).astype(np.float64) if k else np.zeros((draws, 0))

    def ratio(top: np.ndarray, bottom: np.ndarray) -> Estimate:
        return _ratio(top[with_captions], bottom[with_captions], weights, level)

    bins = []
    for at in np.flatnonzero(n.sum(axis=0)).tolist():
        pairs = sums.random_captions[at]
        bins.append(
            ExplainedBin(
                float(sums.edges[at]),
                float(sums.edges[at + 1]),
                int(n[:, at].sum()),
                int((n[:, at] > 0).sum()),
                float(n[:, at].sum() / total),
                ratio(more[:, at], n[:, at]),
                float(sums.random_more[at] / pairs) if pairs else float("nan"),
            )
        )
    above = []
    for one in thresholds:
        at = int(np.argmin(np.abs(sums.edges - one)))
        over = n[:, at:].sum(axis=1)
        above.append((float(sums.edges[at]), ratio(over, n.sum(axis=1)), ratio(more[:, at:].sum(axis=1), over)))
    whole = n.sum(axis=1)
    return Explained(
        total,
        k,
        bins,
        ratio(more.sum(axis=1), whole),
        ratio(sums.first.sum(axis=1), whole),
        above,
        sums.left_out,
    )


def _ratio(top: np.ndarray, bottom: np.ndarray, weights: np.ndarray, level: float) -> Estimate:
    """Σ top / Σ bottom over classes, with percentiles over resampled classes."""
    whole = float(bottom.sum())
    if not whole:
        return UNKNOWN
    value = float(top.sum()) / whole
    if int((bottom > 0).sum()) < 2:
        return Estimate(value, float("nan"), float("nan"), float("nan"))
    below = weights @ bottom
    drawn = (weights @ top)[below > 0] / below[below > 0]
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(drawn.std(ddof=1)), float(low), float(high))


def _labels(captions: Any, label: Any, classes: Any) -> np.ndarray:
    y = to_numpy(label)
    if y.shape != (len(captions),) or (len(y) and not np.issubdtype(y.dtype, np.integer)):
        raise ValueError(f"There must be one whole number a caption as label; labels have shape {y.shape}.")
    if len(y) and int(y.max()) >= len(classes):
        raise ValueError(f"A label is {int(y.max())}, but there are {len(classes)} classes, numbered from 0.")
    return y.astype(np.int64)


def _similarities(captions: Any, y: np.ndarray, classes: Any) -> Any:
    """Blocks of cosines of labelled captions to all classes, float64 (rows, K), and the numbers of the rows."""
    k = len(classes)
    texts = [block for block, _ in unit_blocks(classes, np.arange(k), k)]
    if not texts or len(texts[0]) < k:
        raise ValueError("The text of a class has an embedding that is not finite or has no length.")
    for block, rows in unit_blocks(captions, np.flatnonzero(y >= 0), max(1, _BLOCK // k)):
        yield to_numpy(block @ texts[0].T), rows


def _bin(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)


def _of_random_classes(similar: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Pairs of a caption and any class by bin, and the sum of their shares of more similar classes, (2, bins)."""
    n, k = similar.shape
    ranked = -np.sort(-similar, axis=1)
    # In a falling row as many are higher as stand before the first that is level.
    level = np.concatenate([np.zeros((n, 1), bool), ranked[:, :-1] - ranked[:, 1:] <= SAME], axis=1)
    higher = np.maximum.accumulate(np.where(level, 0, np.arange(k)), axis=1)
    bins = _bin(ranked.ravel(), edges)
    count = len(edges) - 1
    share = np.bincount(bins, higher.ravel() / (k - 1), minlength=count)
    return np.stack([np.bincount(bins, minlength=count).astype(np.float64), share])
