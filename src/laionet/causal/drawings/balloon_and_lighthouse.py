"""Drawings of a hot-air balloon and a lighthouse."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from laionet.causal.drawings.pen import Pen, arc, open_curve
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context


def balloon(pen: Pen, c: Palette, variant: int) -> None:
    """The classic shape in stripes, a slim one in zigzag bands, or one seen from below."""
    (_classic, _slim, _from_below)[variant](pen, c)


def _gore(profile: np.ndarray, left: float, right: float) -> np.ndarray:
    """The strip of an envelope between two shares (-1 to 1) of its half width; ``profile`` is (n, 2): y, width."""
    y, wide = profile[:, 0], profile[:, 1]
    down, up = np.stack([left * wide, y], axis=1), np.stack([right * wide, y], axis=1)[::-1]
    return np.concatenate([down, up])


def _classic(pen: Pen, c: Palette) -> None:
    profile = open_curve(
        np.array(
            [(-1.0, 0.0), (-0.97, 0.24), (-0.82, 0.53), (-0.5, 0.7), (-0.16, 0.66), (0.16, 0.45), (0.5, 0.15)]
        )
    )
    edges = np.sin(np.linspace(-np.pi / 2, np.pi / 2, 8))
    colors = ("first", "second", "third", "first", "third", "second", "first")
    for left, right, color in zip(edges[:-1], edges[1:], colors, strict=True):
        pen.fill(_gore(profile, left, right), c[color])
    _basket(pen, c, 0.15, 0.5, 0.13, 0.74, 0.98)


def _slim(pen: Pen, c: Palette) -> None:
    profile = open_curve(
        np.array(
            [(-1.0, 0.0), (-0.91, 0.22), (-0.68, 0.45), (-0.34, 0.56), (0.02, 0.44), (0.28, 0.22), (0.44, 0.12)]
        )
    )
    pen.fill(_gore(profile, -1, 1), c["first"])
    share = np.sin(np.linspace(-np.pi / 2, np.pi / 2, 11))
    for middle, color in ((-0.7, "third"), (-0.42, "second"), (-0.14, "third")):
        wave = np.where(np.arange(11) % 2 == 0, -0.06, 0.06)
        high, low = middle + wave - 0.09, middle + wave + 0.09
        upper = np.stack([share * np.interp(high, profile[:, 0], profile[:, 1]), high], axis=1)
        lower = np.stack([share * np.interp(low, profile[:, 0], profile[:, 1]), low], axis=1)[::-1]
        pen.fill(np.concatenate([upper, lower]), c[color])
    pen.fill([(-0.06, 0.6), (-0.06, 0.5), (0, 0.4), (0.06, 0.5), (0.06, 0.6)], c["flame"], smooth=True)
    _basket(pen, c, 0.11, 0.42, 0.17, 0.72, 0.99)
    for x in (-0.08, 0.08):
        pen.ellipse(x, 0.66, 0.05, 0.06, c["rope"])


def _basket(pen: Pen, c: Palette, mouth: float, y: float, half: float, top: float, low: float) -> None:
    """Ropes from the mouth's rim at height ``y``, and the basket that hangs from them."""
    for share in (-1, -0.4, 0.4, 1):
        pen.line([(share * mouth, y), (share * half, top + 0.03)], c["rope"], 0.022)
    pen.fill([(-half, top), (half, top), (0.86 * half, low), (-0.86 * half, low)], c["basket"])
    for share in (0.36, 0.68):
        height = top + share * (low - top)
        pen.line([(-0.9 * half, height), (0.9 * half, height)], c["rope"], 0.02)
    pen.rect(-half - 0.02, top - 0.02, half + 0.02, top + 0.04, c["rope"], 0.02)


def _from_below(pen: Pen, c: Palette) -> None:
    pen.ellipse(0, -0.22, 0.86, 0.76, c["first"])
    mouth = np.array([0.0, 0.3])
    turns = np.radians(np.arange(0, 361, 22.5))
    rim = np.stack([0.86 * np.cos(turns), -0.22 + 0.76 * np.sin(turns)], axis=1)
    near = mouth + np.stack([0.17 * np.cos(turns), 0.11 * np.sin(turns)], axis=1)
    for k in range(0, 16, 2):
        side = [_bulged(near[j], rim[j]) for j in (k, k + 1)]
        pen.fill(np.concatenate([side[0], side[1][::-1]]), c["second"] if k % 4 else c["third"])
    pen.ellipse(0, 0.3, 0.17, 0.11, c["rope"])
    pen.ellipse(0, 0.29, 0.07, 0.05, c["flame"])
    for x, far in ((-0.16, 0.31), (0.16, 0.31), (-0.07, 0.4), (0.07, 0.4)):
        pen.line([(x, far), (1.25 * x, 0.68)], c["rope"], 0.022)
    pen.fill([(-0.2, 0.62), (0.2, 0.62), (0.24, 0.9), (-0.24, 0.9)], c["basket"])
    pen.fill([(-0.24, 0.84), (0.24, 0.84), (0.21, 1.0), (-0.21, 1.0)], c["rope"])
    pen.line([(-0.21, 0.73), (0.21, 0.73)], c["rope"], 0.02)


def _bulged(near: np.ndarray, far: np.ndarray) -> np.ndarray:
    """A seam of a round envelope from its mouth to its rim, seen from below."""
    t = np.linspace(0, 1, 8)[:, None]
    return np.asarray(near + (far - near) * t + np.array([0, 0.1]) * np.sin(np.pi * t))


def lighthouse(pen: Pen, c: Palette, variant: int) -> None:
    """A banded tower on a rock, one at a keeper's house, or a tall one with a spiral, its light on."""
    if variant == 1:
        _keepers_house(pen, c)
        return
    if variant == 2:
        for flip in (False, True):
            with pen.at(flip=flip):
                pen.fill([(0.04, -0.69), (0.96, -0.94), (0.96, -0.46)], c["beam"])
        _tower(pen, c, (0.13, -0.52), (0.26, 0.86))
        _spiral(pen, c, (0.13, -0.52), (0.26, 0.86))
        _lantern(pen, c, -0.52, 0.13)
        pen.rect(-0.07, 0.66, 0.07, 0.86, c["dark"], 0.05)
        pen.fill([(-0.6, 1.0), (-0.5, 0.87), (0.5, 0.86), (0.62, 1.0)], c["rock"])
        return
    _tower(pen, c, (0.19, -0.44), (0.33, 0.76))
    _bands(pen, c, (0.19, -0.44), (0.33, 0.76))
    _lantern(pen, c, -0.44, 0.19)
    pen.rect(-0.09, 0.54, 0.09, 0.78, c["dark"], 0.08)
    for y in (-0.1, 0.24):
        pen.rect(-0.05, y - 0.07, 0.05, y + 0.07, c["dark"], 0.04)
    outline = [(-0.78, 1.0), (-0.66, 0.84), (-0.4, 0.8), (-0.3, 0.72)]
    outline += [(0.28, 0.74), (0.44, 0.82), (0.62, 0.8), (0.82, 1.0)]
    pen.fill(outline, c["rock"])


End = tuple[float, float]


def _half(top: End, base: End, y: float) -> float:
    """Half width of a tower at height ``y``; ``top`` and ``base`` are (half width, y)."""
    return top[0] + (base[0] - top[0]) * (y - top[1]) / (base[1] - top[1])


def _tower(pen: Pen, c: Palette, top: End, base: End) -> None:
    pen.fill([(-top[0], top[1]), (top[0], top[1]), (base[0], base[1]), (-base[0], base[1])], c["wall"])


def _bands(pen: Pen, c: Palette, top: End, base: End) -> None:
    rows = np.linspace(top[1], base[1], 6)
    for high, low in ((rows[0], rows[1]), (rows[2], rows[3]), (rows[4], rows[5])):
        a, b = _half(top, base, high), _half(top, base, low)
        pen.fill([(-a, high), (a, high), (b, low), (-b, low)], c["band"])


def _spiral(pen: Pen, c: Palette, top: End, base: End) -> None:
    for start in np.linspace(-0.5, 0.74, 5)[:4]:
        ends: Sequence[tuple[float, float]] = (
            (-1, start),
            (1, start - 0.2),
            (1, start - 0.02),
            (-1, start + 0.18),
        )
        clipped = [(side, float(np.clip(y, top[1], base[1]))) for side, y in ends]
        pen.fill([(side * _half(top, base, y), y) for side, y in clipped], c["band"])


def _lantern(pen: Pen, c: Palette, y: float, half: float) -> None:
    """Gallery, lamp room and dome on a tower that ends at height ``y`` with half width ``half``."""
    unit = half / 0.19
    with pen.at(0, y, unit):
        pen.rect(-0.145, -0.3, 0.145, -0.04, c["lamp"])
        for x in (-0.145, 0.0, 0.145):
            pen.line([(x, -0.3), (x, -0.04)], c["dark"], 0.035)
        pen.line([(-0.27, -0.15), (0.27, -0.15)], c["dark"], 0.026)
        for x in (-0.27, -0.2, 0.2, 0.27):
            pen.line([(x, -0.15), (x, -0.03)], c["dark"], 0.022)
        pen.rect(-0.3, -0.05, 0.3, 0.03, c["dark"])
        pen.fill([(-0.2, -0.29), *arc(0, -0.3, 0.18, 0.18, 180, 360), (0.2, -0.29)], c["dome"])
        pen.line([(0, -0.46), (0, -0.56)], c["dark"], 0.03)
        pen.ellipse(0, -0.5, 0.035, 0.035, c["dark"])


def _keepers_house(pen: Pen, c: Palette) -> None:
    with pen.at(0.42, 0):
        _tower(pen, c, (0.19, -0.46), (0.32, 0.8))
        pen.fill([(-0.19, -0.46), (0.19, -0.46), (0.215, -0.22), (-0.215, -0.22)], c["band"])
        _lantern(pen, c, -0.46, 0.19)
        for y in (0.02, 0.38):
            pen.rect(-0.06, y - 0.08, 0.06, y + 0.08, c["dark"], 0.05)
    pen.rect(-0.84, 0.34, 0.1, 0.8, c["wall"])
    pen.fill([(-0.94, 0.36), (-0.74, 0.06), (0.0, 0.06), (0.18, 0.36)], c["dome"])
    pen.rect(-0.6, -0.08, -0.46, 0.12, c["band"])
    for x in (-0.66, -0.05):
        pen.rect(x - 0.1, 0.46, x + 0.1, 0.64, c["dark"])
        pen.line([(x, 0.46), (x, 0.64)], c["wall"], 0.025)
    pen.rect(-0.45, 0.5, -0.27, 0.8, c["band"])
    pen.fill([(-1.0, 1.0), (-0.94, 0.82), (-0.5, 0.78), (0.76, 0.78), (0.92, 0.84), (1.02, 1.0)], c["rock"])


THINGS: tuple[Thing, ...] = (
    Thing(
        "balloon",
        balloon,
        ("classic", "slim", "from below"),
        (
            {
                "first": (216, 40, 44),
                "second": (246, 200, 48),
                "third": (38, 96, 184),
                "basket": (164, 112, 62),
                "rope": (70, 50, 36),
                "flame": (255, 214, 90),
            },
            {
                "first": (100, 54, 146),
                "second": (244, 236, 222),
                "third": (232, 120, 40),
                "basket": (150, 104, 60),
                "rope": (62, 46, 38),
                "flame": (255, 214, 90),
            },
            {
                "first": (34, 130, 104),
                "second": (226, 232, 216),
                "third": (54, 60, 76),
                "basket": (176, 128, 78),
                "rope": (58, 48, 40),
                "flame": (255, 226, 120),
            },
        ),
        (Context.SKY, Context.GRASS, Context.PLAIN),
        "n02782093",
    ),
    Thing(
        "lighthouse",
        lighthouse,
        ("banded", "keeper's house", "spiral"),
        (
            {
                "wall": (246, 244, 238),
                "band": (206, 40, 42),
                "dome": (172, 32, 36),
                "lamp": (255, 226, 110),
                "dark": (54, 54, 60),
                "rock": (104, 98, 92),
                "beam": (255, 240, 160),
            },
            {
                "wall": (240, 240, 238),
                "band": (40, 44, 54),
                "dome": (60, 62, 70),
                "lamp": (255, 222, 120),
                "dark": (48, 48, 54),
                "rock": (116, 106, 92),
                "beam": (255, 242, 176),
            },
            {
                "wall": (226, 206, 168),
                "band": (48, 96, 128),
                "dome": (54, 110, 92),
                "lamp": (255, 230, 150),
                "dark": (58, 54, 50),
                "rock": (96, 92, 84),
                "beam": (255, 244, 190),
            },
        ),
        (Context.WATER, Context.SAND, Context.NIGHT),
        "n02814860",
    ),
)
