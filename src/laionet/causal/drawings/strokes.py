"""Shapes that several drawings share: limbs that taper, thin legs, stripes across a body, bands of an ellipse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from laionet.causal.drawings import outlines
from laionet.causal.drawings.pen import RGB, Pen, Points, arc, open_curve


def taper(pen: Pen, points: Points, widths: Sequence[float], color: RGB) -> None:
    """A filled curve through ``points`` whose width goes through ``widths``, evenly spread along it."""
    spine = np.asarray(points, dtype=np.float64)
    if len(spine) == 2:
        spine = np.linspace(spine[0], spine[1], max(3, len(widths)))
    at_points = np.interp(np.linspace(0, 1, len(spine)), np.linspace(0, 1, len(widths)), widths)
    pen.fill(outlines.ribbon(spine, [float(w) for w in at_points]), color)


def thin(pen: Pen, points: Points, width: float, color: RGB) -> None:
    """A leg or feeler with straight joints. It is a filled shape, so that media outline it as they do a body."""
    spine = np.asarray(points, dtype=np.float64)
    along = np.diff(spine, axis=0)
    along /= np.hypot(along[:, 0], along[:, 1])[:, None]
    tangent = np.concatenate([along[:1], along[:-1] + along[1:], along[-1:]])
    tangent /= np.maximum(np.hypot(tangent[:, 0], tangent[:, 1]), 0.5)[:, None]
    aside = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) * width / 2
    pen.fill(np.concatenate([spine + aside, (spine - aside)[::-1]]), color)


def fuzzy(pen: Pen, x: float, y: float, rx: float, ry: float, color: RGB, hairs: int = 22) -> None:
    """An ellipse with a furry edge."""
    t = np.linspace(0, 2 * np.pi, 2 * hairs, endpoint=False)
    out = np.where(np.arange(2 * hairs) % 2 == 0, 0.018, -0.018)
    pen.fill(np.stack([x + (rx + out) * np.cos(t), y + (ry + out) * np.sin(t)], axis=1), color)


def stripes(
    pen: Pen, upper: Points, lower: Points, spans: Sequence[tuple[float, float, float]], color: RGB, width: float
) -> None:
    """Stripes between two curves, thick in the middle.

    Args:
        pen: to draw with.
        upper, lower: the curves, both in the same direction.
        spans: of each stripe: where along the curves it is (0 to 1), and from where to where between them
            (0 at the upper, 1 at the lower).
        color: of the stripes.
        width: of a stripe where it is thickest.
    """
    top, bottom = (open_curve(np.asarray(p, dtype=np.float64)) for p in (upper, lower))
    for where, start, end in spans:
        a, b = (_along(curve, where) for curve in (top, bottom))
        first, last = a + (b - a) * start, a + (b - a) * end
        bend = np.array([0.18 * width * np.sign(end - start), 0])
        ends = [0.55 if start in (0, 1) else 0.05, 1.0, 0.8, 0.55 if end in (0, 1) else 0.05]
        taper(pen, [first, (first + last) / 2 + bend, last], [width * e for e in ends], color)


def _along(curve: np.ndarray, where: float) -> np.ndarray:
    t = np.linspace(0, 1, len(curve))
    return np.array([np.interp(where, t, curve[:, k]) for k in (0, 1)])


def band(pen: Pen, rx: float, ry: float, start: float, end: float, color: RGB, bulge: float = 0.0) -> None:
    """The part of an ellipse about the origin between two places along its x axis (-1 to 1), its sides
    bulging to the right by ``bulge``.
    """
    sides = []
    for place in (start, end):
        half = np.degrees(np.arccos(np.clip(place, -1, 1)))
        sides.append((rx * place, ry * np.sin(np.radians(half)), half))
    (x0, y0, h0), (x1, y1, h1) = sides
    left = arc(x0, 0, bulge, y0, 90, -90)
    right = arc(x1, 0, bulge, y1, -90, 90)
    over = arc(0, 0, rx, ry, -h0, -h1)
    under = arc(0, 0, rx, ry, h1, h0)
    pen.fill(np.concatenate([left, over, right, under]), color)


def both_sides(pen: Pen) -> Iterator[None]:
    """Do what follows twice, as it is and mirrored left to right."""
    for flip in (False, True):
        with pen.at(flip=flip):
            yield
