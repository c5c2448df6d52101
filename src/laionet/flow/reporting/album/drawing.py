"""Which images of a class an album shows: at random, by similarity of the caption, nearest and farthest."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from laionet.flow.reporting.album.extremes import Extremes, extremes

#: Intervals of similarity that a class is cut into (paper, Figure 16).
INTERVALS = 5


@dataclass(frozen=True)
class Drawn:
    """Rows of a dataset that show a class in it.

    Attributes:
        rows: the class's rows.
        samples: drawn at random.
        intervals: of similarity: low, high, number of images in it, rows drawn of these.
        pairs: nearest and farthest, as rows of the dataset; None for fewer than two embedded images.
    """

    rows: slice
    samples: list[int]
    intervals: list[tuple[float, float, int, list[int]]]
    pairs: Extremes | None

    @property
    def wanted(self) -> list[int]:
        """All rows that are shown, each once, in the order in which they are met."""
        rows = [*self.samples, *(row for part in self.intervals for row in part[3])]
        if self.pairs:
            rows += [*self.pairs.nearest, *self.pairs.farthest]
        return list(dict.fromkeys(rows))


def draw(
    rows: slice,
    similarity: np.ndarray,
    embeddings: np.ndarray | None,
    per_class: int,
    key: tuple[int, int, str],
) -> Drawn:
    """Choose what to show of a class. Equal arguments give equal rows, whatever the other classes are.

    Args:
        rows: the class's rows of the dataset.
        similarity: float (n,) of the dataset, cosine of caption and synset text; NaN where not known.
        embeddings: float (n, d) of the dataset; None for none.
        per_class: images drawn at random; of each interval half as many.
        key: seed, number of the dataset, wnid: what the draws depend on.
    """
    rng = np.random.default_rng([key[0], key[1], zlib.crc32(key[2].encode("utf-8", "backslashreplace"))])
    every = np.arange(rows.start, rows.stop)
    samples = _some(every, per_class, rng)
    intervals = _intervals(every, similarity[rows], max(2, per_class // 2), rng)
    pairs = extremes(embeddings[rows], rng) if embeddings is not None else None
    if pairs:
        (a, b), (c, d) = pairs.nearest, pairs.farthest
        first = rows.start
        pairs = Extremes((a + first, b + first), (c + first, d + first), pairs.cosines, pairs.compared)
    return Drawn(rows, samples, intervals, pairs)


def _some(rows: np.ndarray, most: int, rng: np.random.Generator) -> list[int]:
    return [int(row) for row in rng.permutation(rows)[:most]]


def _intervals(
    rows: np.ndarray, similarity: np.ndarray, most: int, rng: np.random.Generator
) -> list[tuple[float, float, int, list[int]]]:
    """Equal intervals between the class's lowest and highest similarity; none where all are equal."""
    known = np.isfinite(similarity)
    rows, similarity = rows[known], similarity[known]
    if not len(rows) or similarity.min() == similarity.max():
        return []
    edges = np.linspace(similarity.min(), similarity.max(), INTERVALS + 1)
    place = np.clip(np.searchsorted(edges, similarity, side="right") - 1, 0, INTERVALS - 1)
    return [
        (float(edges[i]), float(edges[i + 1]), int((place == i).sum()), _some(rows[place == i], most, rng))
        for i in range(INTERVALS)
    ]
