"""Drawings of strawberries and mushrooms."""

from __future__ import annotations

import math

from laionet.causal.drawings.outlines import mirrored, ribbon
from laionet.causal.drawings.pen import Pen
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context


def strawberry(pen: Pen, c: Palette, variant: int) -> None:
    """A whole one, one with a half before it, or two hanging on the plant with leaf and flower."""
    if variant == 1:
        with pen.at(-0.34, -0.16, 0.74, -24):
            _berry(pen, c)
        with pen.at(0.36, 0.24, 0.74, 16):
            _cut_berry(pen, c)
    elif variant == 2:
        _strawberry_plant(pen, c)
    else:
        _berry(pen, c)


_BERRY = mirrored([(0, -0.5), (0.34, -0.56), (0.68, -0.42), (0.74, -0.06), (0.52, 0.42), (0.22, 0.84), (0, 0.96)])


def _berry(pen: Pen, c: Palette, every: int = 1) -> None:
    """One with all its rows of seeds, or with one in ``every`` where it is small."""
    pen.fill(_BERRY, c["flesh"], smooth=True)
    rows = (
        (-0.22, (-0.54, -0.18, 0.18, 0.54)),
        (0.04, (-0.36, 0, 0.36)),
        (0.28, (-0.48, -0.17, 0.17, 0.48)),
        (0.5, (-0.3, 0, 0.3)),
        (0.72, (-0.12, 0.12)),
    )
    for y, row in rows[::every]:
        for x in row:
            pen.ellipse(x, y, 0.04, 0.062, c["seed"], -18 * x)
    _calyx(pen, c, 0)


def _cut_berry(pen: Pen, c: Palette) -> None:
    _calyx(pen, c, 0.02)
    pen.fill(_BERRY, c["flesh"], smooth=True)
    for x, y in ((0.67, -0.2), (0.6, 0.1), (0.46, 0.38), (0.28, 0.66)):
        for side in (-1, 1):
            pen.ellipse(side * x, y, 0.03, 0.05, c["seed"], side * 20)
    with pen.at(0, 0.0, 0.8):
        pen.fill(_BERRY, c["inner"], smooth=True)
    pen.fill(mirrored([(0, -0.36), (0.15, -0.24), (0.17, -0.02), (0.1, 0.26), (0, 0.42)]), c["core"], smooth=True)
    for x, y, angle in ((0.3, -0.34, -30), (0.34, -0.06, 0), (0.26, 0.24, 30)):
        for side in (-1, 1):
            pen.ellipse(side * x, y, 0.13, 0.03, c["core"], side * angle)


def _calyx(pen: Pen, c: Palette, y: float) -> None:
    """Green leaves and stalk on top of a berry."""
    pen.fill(ribbon([(0.0, -0.5 + y), (0.04, -0.78 + y), (0.16, -1.0 + y)], [0.1, 0.09, 0.1]), c["leaf"])
    for angle, length in (
        (172, 0.6),
        (8, 0.6),
        (148, 0.56),
        (32, 0.56),
        (118, 0.46),
        (62, 0.46),
        (90, 0.42),
        (205, 0.44),
        (-25, 0.44),
    ):
        with pen.at(0, -0.58 + y, length, angle):
            pen.fill(
                [(0, -0.1), (0.36, -0.2), (0.7, -0.12), (1.02, 0), (0.7, 0.12), (0.36, 0.2), (0, 0.1)], c["leaf"]
            )


def _strawberry_plant(pen: Pen, c: Palette) -> None:
    for spine in ([(-0.1, -0.9), (-0.5, -0.7), (-0.52, -0.2)], [(-0.1, -0.9), (0.3, -0.6), (0.36, 0.0)]):
        pen.fill(ribbon(spine, [0.07, 0.06, 0.05]), c["leaf"])
    for angle in (-62, 0, 62):
        with pen.at(0.2, -0.62, 0.62, angle - 20):
            pen.fill(
                [
                    (0, 0),
                    (0.2, -0.24),
                    (0.32, -0.22),
                    (0.42, -0.36),
                    (0.54, -0.3),
                    (0.66, -0.36),
                    (0.76, -0.24),
                    (0.9, -0.2),
                    (0.92, 0),
                    (0.9, 0.2),
                    (0.76, 0.24),
                    (0.66, 0.36),
                    (0.54, 0.3),
                    (0.42, 0.36),
                    (0.32, 0.22),
                    (0.2, 0.24),
                ],
                c["leaf"],
            )
            pen.fill(ribbon([(0.06, 0), (0.5, 0), (0.84, 0)], [0.05, 0.04, 0.01]), c["vein"])
    for x, y, size in ((-0.5, 0.2, 0.58), (0.38, 0.44, 0.56)):
        with pen.at(x, y, size):
            _berry(pen, c, every=2)
    for k in range(5):
        with pen.at(-0.62, -0.72, 0.3, 72 * k):
            pen.ellipse(0.5, 0, 0.42, 0.36, c["core"])
    pen.ellipse(-0.62, -0.72, 0.1, 0.1, c["seed"])


def mushroom(pen: Pen, c: Palette, variant: int) -> None:
    """One with its gills showing, two slices, or three that grow together."""
    if variant == 1:
        for x, y, size, angle in ((-0.28, -0.2, 0.74, -22), (0.34, 0.26, 0.7, 16)):
            with pen.at(x, y, size, angle):
                _mushroom_slice(pen, c)
    elif variant == 2:
        for x, y, size, angle in ((-0.5, 0.3, 0.58, -16), (0.52, 0.36, 0.52, 18), (0.04, 0.02, 0.78, 2)):
            with pen.at(x, y, size, angle):
                _closed_mushroom(pen, c)
    else:
        _open_mushroom(pen, c)


def _open_mushroom(pen: Pen, c: Palette) -> None:
    cap = mirrored([(0, -0.92), (0.5, -0.76), (0.86, -0.34), (0.94, 0.02), (0.5, 0.14), (0, 0.18)])
    pen.fill(cap, c["cap"], smooth=True)
    for x, y, rx, ry in (
        (-0.05, -0.58, 0.19, 0.13),
        (-0.5, -0.36, 0.14, 0.12),
        (0.42, -0.42, 0.13, 0.11),
        (-0.12, -0.22, 0.12, 0.08),
        (0.64, -0.16, 0.09, 0.08),
        (-0.74, -0.12, 0.07, 0.07),
        (0.24, -0.18, 0.07, 0.05),
    ):
        pen.ellipse(x, y, rx, ry, c["spot"])
    pen.ellipse(0, 0.06, 0.86, 0.16, c["gills"])
    for k in range(-5, 6):
        if k:
            pen.fill(
                ribbon([(k * 0.03, 0.02), (k * 0.14, 0.06 + 0.15 * math.sqrt(1 - (k / 6.2) ** 2))], [0.01, 0.025]),
                c["shade"],
            )
    pen.fill(
        [
            (-0.17, 0.06),
            (0.17, 0.06),
            (0.18, 0.5),
            (0.26, 0.86),
            (0.18, 0.98),
            (-0.18, 0.98),
            (-0.26, 0.86),
            (-0.18, 0.5),
        ],
        c["stalk"],
    )
    pen.fill(
        [(-0.2, 0.28), (0.2, 0.28), (0.3, 0.46), (0.1, 0.42), (0, 0.48), (-0.1, 0.42), (-0.3, 0.46)], c["stalk"]
    )
    pen.fill(ribbon([(0.1, 0.52), (0.13, 0.74), (0.16, 0.92)], [0.03, 0.05, 0.02]), c["shade"])


def _closed_mushroom(pen: Pen, c: Palette) -> None:
    pen.fill(mirrored([(0.15, -0.1), (0.2, 0.9), (0.1, 1.0)]), c["stalk"])
    cap = mirrored([(0, -1.02), (0.3, -0.94), (0.66, -0.5), (0.72, 0.0), (0.3, 0.06)])
    with pen.at(0, 0.02, 1.06):
        pen.fill(cap, c["shade"], smooth=True)
    pen.fill(cap, c["cap"], smooth=True)
    for x, y, r in ((-0.06, -0.62, 0.15), (0.34, -0.34, 0.11), (-0.38, -0.3, 0.12), (0.02, -0.18, 0.07)):
        pen.ellipse(x, y, r, r * 0.8, c["spot"])


def _mushroom_slice(pen: Pen, c: Palette) -> None:
    """Cut lengthwise, as on a pizza."""
    outline = mirrored(
        [
            (0, -0.84),
            (0.46, -0.76),
            (0.86, -0.42),
            (0.96, 0.04),
            (0.8, 0.3),
            (0.5, 0.28),
            (0.27, 0.26),
            (0.24, 0.5),
            (0.28, 0.84),
            (0.14, 0.92),
        ]
    )
    pen.fill(outline, c["cap"], smooth=True)
    with pen.at(0, 0.01, 0.9):
        pen.fill(outline, c["stalk"], smooth=True)
    for flip in (False, True):
        with pen.at(flip=flip):
            pen.fill(
                [
                    (0.24, 0.2),
                    (0.3, -0.12),
                    (0.56, -0.2),
                    (0.76, -0.06),
                    (0.78, 0.16),
                    (0.66, 0.22),
                    (0.56, 0.02),
                    (0.42, 0.04),
                ],
                c["gills"],
                smooth=True,
            )


THINGS: tuple[Thing, ...] = (
    Thing(
        "strawberry",
        strawberry,
        ("whole", "cut", "plant"),
        (
            {
                "flesh": (216, 34, 44),
                "seed": (250, 216, 120),
                "leaf": (134, 194, 78),
                "vein": (70, 122, 46),
                "inner": (244, 150, 140),
                "core": (255, 238, 230),
            },
            {
                "flesh": (164, 16, 36),
                "seed": (236, 196, 110),
                "leaf": (128, 196, 88),
                "vein": (58, 104, 44),
                "inner": (222, 92, 92),
                "core": (250, 214, 206),
            },
            {
                "flesh": (248, 222, 204),
                "seed": (196, 44, 48),
                "leaf": (84, 146, 62),
                "vein": (196, 220, 150),
                "inner": (255, 248, 240),
                "core": (244, 190, 176),
            },
        ),
        (Context.PLAIN, Context.TABLE, Context.GRASS),
        "n07745940",
    ),
    Thing(
        "mushroom",
        mushroom,
        ("open", "slices", "cluster"),
        (
            {
                "cap": (158, 92, 52),
                "spot": (224, 188, 140),
                "gills": (206, 168, 128),
                "shade": (96, 58, 36),
                "stalk": (242, 230, 208),
            },
            {
                "cap": (204, 36, 32),
                "spot": (252, 244, 232),
                "gills": (240, 222, 190),
                "shade": (150, 128, 100),
                "stalk": (248, 242, 226),
            },
            {
                "cap": (238, 228, 212),
                "spot": (200, 180, 152),
                "gills": (176, 134, 112),
                "shade": (122, 92, 78),
                "stalk": (250, 246, 236),
            },
        ),
        (Context.FOREST, Context.GRASS, Context.TABLE),
        "n07734744",
    ),
)
