"""Numbers of a threshold sweep that its figure, its page and its table share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa

from laionet.schema import field

#: Thresholds closer than this are the same: far below any step, far above the rounding of float64.
SAME = 1e-9


class Curves(Protocol):
    """What is drawn; ``laionet.compare.threshold.ThresholdCurves`` has it and says what each part means."""

    @property
    def thresholds(self) -> np.ndarray:
        """(m,), ascending; cosine."""

    @property
    def candidates(self) -> np.ndarray:
        """(m,), candidates above each threshold."""

    @property
    def samples(self) -> np.ndarray:
        """(m,), rows of the dataset at each threshold."""

    @property
    def classes(self) -> np.ndarray:
        """(m,), classes with at least one row."""

    @property
    def density(self) -> np.ndarray:
        """(m + 1,), share of candidates between neighbouring thresholds."""

    @property
    def suggested(self) -> float:
        """Largest threshold that keeps enough classes; NaN without any."""

    @property
    def reachable(self) -> int:
        """Classes with a row at some threshold."""


@dataclass(frozen=True)
class Reading:
    """What the dataset would be at one threshold: candidates above it, rows that stay, classes covered."""

    threshold: float
    candidates: int
    samples: int
    classes: int


def reading(curves: Curves, threshold: float) -> Reading:
    """The exact numbers at ``threshold``.

    Raises:
        ValueError: where the curves were not counted at that threshold; between two thresholds they say
            nothing exact.
    """
    found = np.flatnonzero(np.abs(curves.thresholds - threshold) < SAME)
    if not len(found):
        raise ValueError(f"The curves hold no threshold {threshold}. Give it to thresholds_between when counting.")
    return reading_at(curves, int(found[0]))


def reading_at(curves: Curves, position: int) -> Reading:
    """The numbers at the threshold of that position."""
    return Reading(
        float(curves.thresholds[position]),
        int(curves.candidates[position]),
        int(curves.samples[position]),
        int(curves.classes[position]),
    )


def total_candidates(curves: Curves) -> int | None:
    """How many candidates there are at all; ``None`` where none is above the lowest threshold.

    The curves hold shares and counts above; share above the lowest = count above it / total.
    """
    if not curves.density.sum():
        return 0
    above = 1.0 - float(curves.density[0])
    return round(int(curves.candidates[0]) / above) if curves.candidates[0] else None


def most_classes(curves: Curves) -> int:
    """The most classes that one threshold covers; the suggested one keeps a share of these."""
    return int(curves.classes.max(initial=0))


def edges(curves: Curves) -> np.ndarray:
    """The m + 2 edges of the bins of ``density``; the outer bins end where a cosine ends."""
    t = curves.thresholds
    step = float(np.median(np.diff(t))) if len(t) > 1 else 0.01
    low = -1.0 if t[0] > -1 else float(t[0]) - step
    # A cosine in float32 can be a hair above 1, so the last bin is not empty at a threshold of 1.
    high = 1.0 if t[-1] < 1 else float(t[-1]) + step
    return np.concatenate([[low], t, [high]])


def visible_range(curves: Curves, *also: float) -> tuple[float, float]:
    """The part of the axis where there are candidates, and the given thresholds; to a twentieth outwards."""
    bounds, filled = edges(curves), np.flatnonzero(curves.density > 0)
    places = [float(mark) for mark in also if math.isfinite(mark)]
    if len(filled):
        places += [float(bounds[filled[0]]), float(bounds[filled[-1] + 1])]
    if not places:
        places = [float(curves.thresholds[0]), float(curves.thresholds[-1])]
    low = math.floor(min(places) * 20 + SAME) / 20
    high = math.ceil(max(places) * 20 - SAME) / 20
    return (low, high) if high - low >= 0.1 - SAME else (round(low - 0.05, 2), round(high + 0.05, 2))


def density_steps(curves: Curves, around: float) -> tuple[np.ndarray, np.ndarray]:
    """Edges (k + 1) and heights (k) of a density that integrates to one; empty without candidates.

    Bins are those of the curves, joined to the width of Freedman and Diaconis (1981), 2 IQR / n^(1/3), and
    to an eighth of the range at most. ``around`` is always an edge, so the area above it is the exact share.
    """
    filled = np.flatnonzero(curves.density > 0)
    if not len(filled):
        return np.zeros(0), np.zeros(0)
    bounds = edges(curves)
    below = np.concatenate([[0.0], np.cumsum(curves.density)])  # share below each edge
    first, last = filled[0], filled[-1] + 1
    quartiles = np.interp([0.25, 0.75], below[first : last + 1], bounds[first : last + 1])
    wide = 2 * float(quartiles[1] - quartiles[0]) / max(total_candidates(curves) or 1, 1) ** (1 / 3)
    wide = min(wide, float(bounds[last] - bounds[first]) / 8)
    at = int(np.argmin(np.abs(bounds - around)))
    up = _joined(bounds[at:], wide, float(bounds[last]))
    down = -_joined(-bounds[at::-1], wide, float(-bounds[first]))
    places = np.unique(np.concatenate([down, up]))
    share = np.diff(np.interp(places, bounds, below))
    used = np.flatnonzero(share > 0)
    keep = slice(int(used[0]), int(used[-1]) + 1)
    heights = share / np.diff(places)
    return places[keep.start : keep.stop + 1], heights[keep]


def _joined(bounds: np.ndarray, wide: float, end: float) -> np.ndarray:
    """Of ascending ``bounds`` the first, and each that is ``wide`` beyond the last taken, until ``end``."""
    taken = [float(bounds[0])]
    for bound in bounds[1:]:
        if taken[-1] >= end - SAME:
            break
        if bound >= taken[-1] + wide - SAME:
            taken.append(float(bound))
    if taken[-1] < end - SAME:
        taken.append(float(bounds[-1]))
    return np.asarray(taken)


def rows_to_show(curves: Curves, chosen: float, every: float = 0.05) -> list[Reading]:
    """Readings at the thresholds nearest to multiples of ``every`` where there is data, and at the marks."""
    low, high = visible_range(curves, chosen, curves.suggested)
    wanted = [k * every for k in range(round(low / every), round(high / every) + 1)]
    wanted += [mark for mark in (chosen, curves.suggested) if math.isfinite(mark)]
    positions = {int(np.argmin(np.abs(curves.thresholds - place))) for place in wanted}
    return [reading_at(curves, position) for position in sorted(positions)]


def curves_table(curves: Curves) -> pa.Table:
    """The curves as a table, one row per threshold, each column with its meaning.

    The share above the highest threshold is 1 − the last ``share_at_or_below``, so nothing is lost.
    """
    inner = curves.density[: len(curves.thresholds)]
    widths = np.diff(edges(curves))[: len(curves.thresholds)]
    schema = pa.schema(
        [
            field("threshold", pa.float64(), "similarity threshold, cosine; kept is strictly above"),
            field("candidates", pa.int64(), "candidates with a similarity above the threshold"),
            field("samples", pa.int64(), "rows of the dataset at this threshold"),
            field("classes", pa.int64(), "classes with at least one row at this threshold"),
            field(
                "share_in_bin",
                pa.float64(),
                "share of all candidates above the previous threshold, up to this",
            ),
            field("share_at_or_below", pa.float64(), "share of all candidates up to this threshold"),
            field("density", pa.float64(), "share_in_bin per unit of cosine"),
        ]
    )
    columns = [
        curves.thresholds,
        curves.candidates,
        curves.samples,
        curves.classes,
        inner,
        np.cumsum(inner),
        inner / widths,
    ]
    return pa.Table.from_arrays(
        [pa.array(column, kind.type) for column, kind in zip(columns, schema, strict=True)], schema=schema
    )
