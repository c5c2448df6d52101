"""Outlines that several drawings share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from laionet.causal.drawings.pen import Points, arc, open_curve


def ribbon(spine: Points, widths: Sequence[float]) -> np.ndarray:
    """Outline (n, 2) of a band along the smooth curve through ``spine``, its width given at each point."""
    points = np.asarray(spine, dtype=np.float64)
    path = open_curve(points)
    if len(path) == len(points):
        wide = np.asarray(widths, dtype=np.float64)
    else:
        wide = open_curve(np.stack([np.arange(len(points)), np.asarray(widths)], axis=1))[:, 1]
    along = np.gradient(path, axis=0)
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    aside = np.stack([-along[:, 1], along[:, 0]], axis=1) * (np.maximum(wide, 0) / 2)[:, None]
    return np.concatenate([path + aside, (path - aside)[::-1]])


def mirrored(right: Points) -> np.ndarray:
    """Points of an outline whose left half mirrors ``right``, which is given from the top to the bottom."""
    half = np.asarray(right, dtype=np.float64)
    other = half[::-1] * [-1, 1]
    return np.concatenate([half, other[np.abs(other[:, 0]) > 1e-9]])


def tube(x: float, top: float, bottom: float, above: float, below: float, flat: float) -> np.ndarray:
    """Side of an upright tube seen a little from above, (n, 2).

    Args:
        x: of its axis.
        top, bottom: where the centres of its rims are.
        above, below: half the widths of its upper and its lower rim.
        flat: height of a rim by its width.
    """
    rim = arc(x, top, above, above * flat, 180, 0)
    foot = arc(x, bottom, below, below * flat, 0, 180)
    return np.concatenate([rim, foot])
