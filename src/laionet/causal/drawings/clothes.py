"""Drawings of clothes."""

from __future__ import annotations

from laionet.causal.drawings.outlines import mirrored, ribbon
from laionet.causal.drawings.pen import Pen
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context


def shirt(pen: Pen, c: Palette, variant: int) -> None:
    """A T-shirt with a printed disc, or a long-sleeved shirt with collar and buttons."""
    if variant == 1:
        pen.fill(mirrored([(0.2, -0.82), (0.46, -0.72), (0.58, -0.4), (0.5, 0.94), (0.1, 0.98)]), c["cloth"])
        for flip in (False, True):
            with pen.at(flip=flip):
                pen.fill([(0.4, -0.76), (0.62, -0.6), (0.96, 0.6), (0.7, 0.68), (0.48, -0.1)], c["cloth"])
                pen.fill([(0.7, 0.68), (0.96, 0.6), (0.99, 0.74), (0.74, 0.82)], c["trim"])
                pen.fill([(0, -0.56), (0.1, -0.9), (0.26, -0.84), (0.24, -0.46)], c["trim"])
        pen.rect(-0.06, -0.52, 0.06, 0.96, c["trim"])
        for y in (-0.36, -0.1, 0.16, 0.42, 0.68):
            pen.ellipse(0, y, 0.035, 0.035, c["print"])
        pen.rect(0.18, -0.26, 0.42, 0.04, c["trim"])
        return
    pen.fill(
        mirrored(
            [
                (0, -0.6),
                (0.16, -0.66),
                (0.26, -0.8),
                (0.46, -0.74),
                (0.7, -0.56),
                (0.98, -0.1),
                (0.72, 0.1),
                (0.54, -0.14),
                (0.56, 0.82),
                (0, 0.86),
            ]
        ),
        c["cloth"],
    )
    pen.fill(
        ribbon([(-0.25, -0.79), (-0.14, -0.62), (0, -0.56), (0.14, -0.62), (0.25, -0.79)], [0.08] * 5), c["trim"]
    )
    for side in (-1, 1):
        pen.fill(ribbon([(side * 0.96, -0.12), (side * 0.7, 0.08)], [0.06, 0.06]), c["trim"])
    pen.ellipse(0, 0.04, 0.28, 0.28, c["print"])
    pen.ellipse(0, 0.04, 0.16, 0.16, c["cloth"])


def dress(pen: Pen, c: Palette, variant: int) -> None:
    """A short one with straps, or a ball gown."""
    if variant == 1:
        pen.fill(
            mirrored([(0, -0.1), (0.14, -0.16), (0.5, 0.2), (0.84, 0.84), (0.5, 0.96), (0, 0.98)]),
            c["cloth"],
            smooth=True,
        )
        for x in (-0.4, -0.13, 0.13, 0.4):
            pen.fill(ribbon([(0.3 * x, -0.02), (0.8 * x, 0.4), (1.2 * x, 0.92)], [0.01, 0.03, 0.03]), c["fold"])
        pen.fill(mirrored([(0, -0.62), (0.1, -0.72), (0.24, -0.78), (0.28, -0.56), (0.17, -0.1)]), c["cloth"])
        for side in (-1, 1):
            pen.ellipse(side * 0.32, -0.7, 0.16, 0.13, c["cloth"], side * 30)
        pen.fill(mirrored([(0, -0.16), (0.18, -0.18), (0.19, -0.06), (0, -0.04)]), c["belt"])
        return
    for side in (-1, 1):
        pen.fill(ribbon([(side * 0.2, -0.98), (side * 0.24, -0.6)], [0.08, 0.1]), c["cloth"])
    pen.fill(
        mirrored(
            [
                (0, -0.56),
                (0.16, -0.68),
                (0.32, -0.66),
                (0.34, -0.4),
                (0.22, -0.08),
                (0.62, 0.8),
                (0.4, 0.92),
                (0, 0.96),
            ]
        ),
        c["cloth"],
    )
    for x in (-0.26, 0, 0.26):
        pen.fill(ribbon([(0.5 * x, 0.06), (x, 0.5), (1.2 * x, 0.88)], [0.01, 0.03, 0.03]), c["fold"])
    pen.fill(mirrored([(0, -0.16), (0.25, -0.18), (0.24, -0.04), (0, -0.02)]), c["belt"])


THINGS: tuple[Thing, ...] = (
    Thing(
        "shirt",
        shirt,
        ("T-shirt", "with buttons"),
        (
            {"cloth": (236, 238, 240), "trim": (190, 196, 204), "print": (40, 60, 110)},
            {"cloth": (34, 38, 48), "trim": (88, 94, 108), "print": (246, 220, 120)},
            {"cloth": (96, 150, 206), "trim": (228, 236, 246), "print": (30, 48, 86)},
        ),
        (Context.PLAIN, Context.ROOM),
    ),
    Thing(
        "dress",
        dress,
        ("short", "gown"),
        (
            {"cloth": (206, 60, 120), "fold": (150, 30, 84), "belt": (250, 226, 236)},
            {"cloth": (244, 242, 240), "fold": (178, 174, 176), "belt": (206, 186, 150)},
            {"cloth": (38, 60, 120), "fold": (120, 140, 196), "belt": (234, 206, 120)},
        ),
        (Context.PLAIN, Context.ROOM),
    ),
)
