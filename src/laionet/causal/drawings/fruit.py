"""Drawings of bananas and oranges."""

from __future__ import annotations

import math

from laionet.causal.drawings.outlines import ribbon
from laionet.causal.drawings.pen import RGB, Pen, arc
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context


def banana(pen: Pen, c: Palette, variant: int) -> None:
    """One banana, a hand of four, or one half peeled."""
    if variant == 1:
        for angle, length in ((-34, 0.9), (-12, 0.98), (10, 1.02), (34, 1.0)):
            with pen.at(0.24, -0.8, length, angle):
                _hanging_banana(pen, c)
        pen.fill([(0.1, -0.98), (0.36, -1.0), (0.46, -0.66), (0.26, -0.58), (0.06, -0.68)], c["tip"], smooth=True)
    elif variant == 2:
        _peeled_banana(pen, c)
    else:
        spine = [(-0.8, -0.56), (-0.68, -0.14), (-0.34, 0.24), (0.14, 0.36), (0.6, 0.18), (0.92, -0.2)]
        pen.fill(ribbon(spine, [0.13, 0.32, 0.46, 0.5, 0.4, 0.08]), c["peel"])
        ridge = [(-0.72, -0.4), (-0.54, -0.04), (-0.22, 0.26), (0.18, 0.34), (0.58, 0.16), (0.86, -0.12)]
        pen.fill(ribbon(ridge, [0.02, 0.03, 0.045, 0.045, 0.03, 0.02]), c["shade"])
        pen.fill([(-0.87, -0.52), (-0.92, -0.78), (-0.76, -0.82), (-0.72, -0.56)], c["tip"])
        pen.ellipse(0.92, -0.2, 0.05, 0.08, c["tip"], 40)


def _hanging_banana(pen: Pen, c: Palette) -> None:
    """From the crown at (0, 0) down, its back to the left."""
    pen.fill(
        ribbon([(0, 0), (-0.2, 0.34), (-0.32, 0.82), (-0.22, 1.3), (0.06, 1.66)], [0.12, 0.3, 0.4, 0.38, 0.08]),
        c["peel"],
    )
    pen.fill(
        ribbon(
            [(-0.04, 0.18), (-0.22, 0.5), (-0.29, 0.9), (-0.2, 1.28), (0.0, 1.56)], [0.02, 0.03, 0.04, 0.03, 0.02]
        ),
        c["shade"],
    )
    pen.ellipse(0.06, 1.65, 0.07, 0.06, c["tip"])


def _peeled_banana(pen: Pen, c: Palette) -> None:
    for flip in (False, True):
        with pen.at(0.02, 0.16, flip=flip):
            flap = [(0.08, 0.08), (0.36, -0.16), (0.64, 0.02), (0.78, 0.44)]
            pen.fill(ribbon(flap, [0.3, 0.26, 0.26, 0.04]), c["peel"])
            pen.fill(ribbon([*flap[:3], (0.74, 0.34)], [0.16, 0.12, 0.1, 0.02]), c["flesh"])
    pen.fill(
        ribbon(
            [(0.02, 0.5), (0.0, 0.0), (0.06, -0.5), (0.2, -0.86), (0.28, -0.97)], [0.44, 0.44, 0.4, 0.26, 0.06]
        ),
        c["flesh"],
    )
    pen.fill(
        [
            (-0.26, 0.06),
            (0.02, 0.28),
            (0.28, 0.06),
            (0.27, 0.5),
            (0.16, 0.88),
            (0.03, 0.96),
            (-0.12, 0.84),
            (-0.26, 0.5),
        ],
        c["peel"],
        smooth=True,
    )
    pen.fill(ribbon([(0.02, 0.32), (0.03, 0.62), (0.03, 0.86)], [0.02, 0.04, 0.02]), c["shade"])
    pen.ellipse(0.03, 0.95, 0.08, 0.06, c["tip"])


def _leaf(pen: Pen, x: float, y: float, length: float, angle: float, color: RGB, vein: RGB) -> None:
    """A pointed leaf from its stalk at (x, y), lying to the right where ``angle`` is 0."""
    with pen.at(x, y, length, angle):
        pen.fill([(0, 0), (0.26, -0.2), (0.6, -0.22), (1, 0), (0.6, 0.2), (0.26, 0.2)], color, smooth=True)
        pen.fill(ribbon([(0.08, 0), (0.5, -0.02), (0.86, 0)], [0.05, 0.04, 0.01]), vein)


def orange(pen: Pen, c: Palette, variant: int) -> None:
    """A whole one with a half before it, a half lying on its back, or two on a branch."""
    if variant == 1:
        pen.fill(arc(0, -0.24, 0.94, 1.0, 0, 180), c["rind"])
        for x, y in ((-0.6, 0.36), (-0.3, 0.5), (0.06, 0.6), (0.44, 0.46), (0.26, 0.64), (-0.1, 0.52)):
            pen.ellipse(x, y, 0.03, 0.025, c["pore"])
        with pen.at(0, -0.24, sx=1.45):
            _cut_face(pen, c, 0.65, 10)
    elif variant == 2:
        _orange_branch(pen, c)
    else:
        with pen.at(-0.2, 0.02):
            _whole_orange(pen, c, 0.78)
        with pen.at(0.44, 0.42, sx=0.94):
            _cut_face(pen, c, 0.55, 9)


def _whole_orange(pen: Pen, c: Palette, r: float) -> None:
    pen.ellipse(0, 0, r, r * 0.97, c["rind"])
    for x, y in (
        (-0.62, -0.1),
        (-0.4, 0.3),
        (-0.3, -0.34),
        (-0.5, 0.56),
        (-0.06, 0.02),
        (0.1, 0.44),
        (-0.18, 0.72),
        (0.36, -0.22),
        (0.5, 0.2),
        (0.66, -0.2),
    ):
        pen.ellipse(x * r, y * r, 0.035 * r, 0.03 * r, c["pore"])
    _leaf(pen, 0.04 * r, -0.86 * r, 0.86 * r, -18, c["leaf"], c["vein"])
    pen.fill(
        [(-0.12 * r, -0.82 * r), (-0.06 * r, -1.16 * r), (0.06 * r, -1.18 * r), (0.1 * r, -0.82 * r)], c["stem"]
    )
    pen.ellipse(0, -0.82 * r, 0.15 * r, 0.06 * r, c["stem"])


def _cut_face(pen: Pen, c: Palette, r: float, segments: int) -> None:
    pen.ellipse(0, 0, r, r, c["rind"])
    pen.ellipse(0, 0, 0.9 * r, 0.9 * r, c["pith"])
    step = 360 / segments
    for k in range(segments):
        with pen.at(0, 0, r, k * step + 8):
            near, far = math.radians(step * 0.3), math.radians(step * 0.42)
            outer = [(0.82 * math.cos(a), 0.82 * math.sin(a)) for a in (-far, -far / 2, 0, far / 2, far)]
            pen.fill(
                [
                    (0.12, 0),
                    (0.4 * math.cos(near), -0.4 * math.sin(near)),
                    *outer,
                    (0.4 * math.cos(near), 0.4 * math.sin(near)),
                ],
                c["pulp"],
            )
    pen.ellipse(0, 0, 0.07 * r, 0.07 * r, c["pith"])


def _orange_branch(pen: Pen, c: Palette) -> None:
    pen.fill(
        ribbon([(-0.98, -0.74), (-0.4, -0.66), (0.2, -0.74), (0.9, -0.5)], [0.12, 0.09, 0.08, 0.04]), c["stem"]
    )
    for x, y, length, angle in (
        (-0.7, -0.7, 0.6, -60),
        (0.1, -0.72, 0.62, -38),
        (0.84, -0.52, 0.56, 60),
        (-0.06, -0.7, 0.6, -140),
    ):
        _leaf(pen, x, y, length, angle, c["leaf"], c["vein"])
    for x, y, r in ((-0.5, 0.0, 0.46), (0.42, 0.36, 0.5)):
        pen.fill(ribbon([(x + 0.08, -0.68), (x, y - r)], [0.06, 0.06]), c["stem"])
        with pen.at(x, y):
            _whole_orange(pen, c, r)


THINGS: tuple[Thing, ...] = (
    Thing(
        "banana",
        banana,
        ("single", "bunch", "peeled"),
        (
            {"peel": (246, 212, 60), "shade": (184, 136, 30), "tip": (96, 72, 40), "flesh": (252, 244, 214)},
            {"peel": (160, 190, 74), "shade": (92, 124, 40), "tip": (80, 76, 40), "flesh": (248, 244, 220)},
            {"peel": (214, 168, 76), "shade": (112, 72, 36), "tip": (62, 44, 30), "flesh": (244, 226, 186)},
        ),
        (Context.TABLE, Context.PLAIN, Context.GRASS),
        "n07753592",
    ),
    Thing(
        "orange",
        orange,
        ("whole", "half", "branch"),
        (
            {
                "rind": (250, 152, 36),
                "pore": (206, 104, 14),
                "pith": (255, 236, 200),
                "pulp": (240, 124, 16),
                "leaf": (52, 122, 44),
                "vein": (172, 208, 120),
                "stem": (92, 78, 40),
            },
            {
                "rind": (244, 150, 60),
                "pore": (196, 84, 30),
                "pith": (255, 232, 206),
                "pulp": (176, 28, 36),
                "leaf": (62, 112, 52),
                "vein": (176, 204, 130),
                "stem": (88, 72, 44),
            },
            {
                "rind": (190, 184, 66),
                "pore": (126, 128, 34),
                "pith": (252, 244, 206),
                "pulp": (232, 134, 34),
                "leaf": (40, 104, 46),
                "vein": (160, 200, 120),
                "stem": (84, 80, 44),
            },
        ),
        (Context.TABLE, Context.PLAIN, Context.FOREST),
        "n07747607",
    ),
)
