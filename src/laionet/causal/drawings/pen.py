"""A pen that remembers shapes: what is drawn is told apart from how it is rendered (photo, sketch, icon, ...)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

#: Red, green, blue, each 0 to 255.
RGB = tuple[int, int, int]
Points = Sequence[tuple[float, float]] | np.ndarray


@dataclass(frozen=True, eq=False)
class Mark:
    """One shape: a filled outline where ``width`` is 0, else a line of that width.

    Attributes:
        points: float64 (n, 2), x to the right and y down; a thing spans about -1 to 1 in both.
        color: its own colour, which a medium may change.
        width: of the line, in the same units.
    """

    points: np.ndarray
    color: RGB
    width: float = 0.0


class Pen:
    """Collects the marks of one thing, in the order in which they cover each other."""

    def __init__(self) -> None:
        self.marks: list[Mark] = []
        self._matrix = np.eye(3)

    @contextmanager
    def at(
        self, x: float = 0, y: float = 0, scale: float = 1, angle: float = 0, *, flip: bool = False, sx: float = 1
    ) -> Iterator[None]:
        """Draw inside the block with the origin moved to (x, y), turned by ``angle`` degrees (clockwise),
        enlarged by ``scale``, mirrored left to right where ``flip``, and stretched in x by ``sx``.
        """
        turn = math.radians(angle)
        across = scale * sx * (-1 if flip else 1)
        step = np.array(
            [
                [math.cos(turn) * across, -math.sin(turn) * scale, x],
                [math.sin(turn) * across, math.cos(turn) * scale, y],
                [0, 0, 1],
            ]
        )
        before, self._matrix = self._matrix, self._matrix @ step
        try:
            yield
        finally:
            self._matrix = before

    def fill(self, points: Points, color: RGB, *, smooth: bool = False) -> None:
        """A filled polygon; ``smooth`` draws a closed curve through the points instead."""
        path = np.asarray(points, dtype=np.float64)
        self._add(closed_curve(path) if smooth else path, color, 0)

    def line(self, points: Points, color: RGB, width: float, *, smooth: bool = False) -> None:
        """An open line with round joints; ``smooth`` draws a curve through the points instead."""
        path = np.asarray(points, dtype=np.float64)
        self._add(open_curve(path) if smooth else path, color, width)

    def ellipse(self, x: float, y: float, rx: float, ry: float, color: RGB, angle: float = 0) -> None:
        """A filled ellipse with its centre at (x, y), turned by ``angle`` degrees."""
        self._add(arc(x, y, rx, ry, 0, 360, angle), color, 0)

    def ring(self, x: float, y: float, rx: float, ry: float, color: RGB, width: float, angle: float = 0) -> None:
        """The outline of an ellipse."""
        self._add(arc(x, y, rx, ry, 0, 360, angle), color, width)

    def arc(
        self, x: float, y: float, rx: float, ry: float, start: float, end: float, color: RGB, width: float
    ) -> None:
        """A part of an ellipse's outline from ``start`` to ``end`` degrees; 0 is right, 90 is down."""
        self._add(arc(x, y, rx, ry, start, end), color, width)

    def rect(self, left: float, top: float, right: float, bottom: float, color: RGB, round: float = 0) -> None:
        """A filled rectangle, its corners rounded by ``round``."""
        self._add(rounded(left, top, right, bottom, round), color, 0)

    def _add(self, path: np.ndarray, color: RGB, width: float) -> None:
        placed = path @ self._matrix[:2, :2].T + self._matrix[:2, 2]
        grown = math.sqrt(abs(np.linalg.det(self._matrix[:2, :2])))
        self.marks.append(Mark(placed, color, width * grown))


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float, angle: float = 0) -> np.ndarray:
    """Points (n, 2) along an ellipse from ``start`` to ``end`` degrees, the whole turned by ``angle``."""
    steps = max(8, int(abs(end - start) / 10) + 1)
    t = np.radians(np.linspace(start, end, steps))
    turn = math.radians(angle)
    px, py = rx * np.cos(t), ry * np.sin(t)
    return np.stack(
        [x + px * math.cos(turn) - py * math.sin(turn), y + px * math.sin(turn) + py * math.cos(turn)], axis=1
    )


def rounded(left: float, top: float, right: float, bottom: float, by: float) -> np.ndarray:
    """Corner points (n, 2) of a rectangle, each corner a quarter circle of radius ``by``."""
    if by <= 0:
        return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=np.float64)
    by = min(by, (right - left) / 2, (bottom - top) / 2)
    corners = [
        arc(right - by, top + by, by, by, -90, 0),
        arc(right - by, bottom - by, by, by, 0, 90),
        arc(left + by, bottom - by, by, by, 90, 180),
        arc(left + by, top + by, by, by, 180, 270),
    ]
    return np.concatenate(corners)


def closed_curve(points: np.ndarray, steps: int = 8) -> np.ndarray:
    """A smooth closed curve through ``points`` (Catmull-Rom), (n * steps, 2)."""
    return _catmull_rom(np.roll(points, 1, 0), points, np.roll(points, -1, 0), np.roll(points, -2, 0), steps)


def open_curve(points: np.ndarray, steps: int = 8) -> np.ndarray:
    """A smooth curve through ``points`` from the first to the last, ((n - 1) * steps + 1, 2)."""
    if len(points) < 3:
        return points
    ends = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    inner = _catmull_rom(ends[:-3], ends[1:-2], ends[2:-1], ends[3:], steps)
    return np.concatenate([inner, points[-1:]])


def _catmull_rom(
    before: np.ndarray, start: np.ndarray, end: np.ndarray, after: np.ndarray, steps: int
) -> np.ndarray:
    t = (np.arange(steps) / steps)[None, :, None]
    p0, p1, p2, p3 = (p[:, None, :] for p in (before, start, end, after))
    curve = 0.5 * (
        2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    return curve.reshape(-1, 2)
