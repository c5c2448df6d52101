"""Drawings of electric guitars."""

from __future__ import annotations

from collections.abc import Sequence

from laionet.causal.drawings.outlines import mirrored
from laionet.causal.drawings.pen import Pen, Points
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context


def electric_guitar(pen: Pen, c: Palette, variant: int) -> None:
    """One with two horns, one with a single cutaway, or one in the shape of a V."""
    if variant == 1:
        with pen.at(0, 0.03, 0.98):
            _single_cutaway(pen, c)
    elif variant == 2:
        with pen.at(-0.12, -0.06, 1.04, -28):
            _flying_v(pen, c)
    else:
        with pen.at(0.12, 0.02, 1.1, 34):
            _two_horns(pen, c)


_HORNS = (
    (-0.1, 0.16), (-0.2, 0.02), (-0.3, -0.16), (-0.4, -0.14), (-0.42, 0.06), (-0.34, 0.34), (-0.44, 0.6),
    (-0.4, 0.86), (-0.14, 0.98), (0.2, 0.96), (0.42, 0.8), (0.42, 0.56), (0.3, 0.36), (0.38, 0.14),
    (0.36, -0.04), (0.26, -0.02), (0.14, 0.16),
)  # fmt: skip
_GUARD = (
    (-0.09, 0.14), (-0.2, 0.22), (-0.26, 0.42), (-0.2, 0.62), (0.02, 0.66), (0.16, 0.84), (0.3, 0.82),
    (0.28, 0.62), (0.2, 0.42), (0.24, 0.2), (0.09, 0.14),
)  # fmt: skip


def _two_horns(pen: Pen, c: Palette) -> None:
    pen.fill(_HORNS, c["body"], smooth=True)
    pen.fill(_GUARD, c["guard"], smooth=True)
    _neck(pen, c, 0.24)
    head = [
        (-0.07, -0.64),
        (0.07, -0.64),
        (0.1, -0.76),
        (0.05, -1.0),
        (-0.06, -1.08),
        (-0.14, -1.02),
        (-0.09, -0.8),
    ]
    _head(pen, c, head, [(-0.2, -0.72 - 0.055 * k) for k in range(6)])
    for y, angle in ((0.32, 0), (0.45, 0), (0.58, -8)):
        with pen.at(0, y, 1, angle):
            pen.rect(-0.13, -0.028, 0.13, 0.028, c["dark"], 0.02)
    _bridge_and_strings(pen, c, 0.72, [(0.2, 0.7), (0.26, 0.76)], -0.66)


def _single_cutaway(pen: Pen, c: Palette) -> None:
    outline = [
        (-0.1, 0.0), (-0.28, -0.04), (-0.38, 0.12), (-0.3, 0.36), (-0.42, 0.6), (-0.42, 0.84), (-0.2, 0.98),
        (0, 1.0), (0.2, 0.98), (0.42, 0.84), (0.42, 0.6), (0.28, 0.38), (0.34, 0.2), (0.32, 0.08), (0.2, 0.1),
        (0.1, 0.24),
    ]  # fmt: skip
    pen.fill(outline, c["guard"], smooth=True)
    with pen.at(0, 0.022, 0.955):
        pen.fill(outline, c["body"], smooth=True)
    pen.fill([(0.1, 0.4), (0.24, 0.46), (0.22, 0.72), (0.1, 0.76)], c["guard"], smooth=True)
    _neck(pen, c, 0.26)
    head = mirrored([(0, -1.0), (0.09, -1.04), (0.14, -0.98), (0.07, -0.64)])
    _head(pen, c, head, [(side * 0.17, y) for side in (-1, 1) for y in (-0.74, -0.84, -0.94)])
    for y in (0.34, 0.54):
        pen.rect(-0.13, y - 0.05, 0.13, y + 0.05, c["dark"], 0.02)
        pen.rect(-0.11, y - 0.03, 0.11, y + 0.03, c["metal"], 0.01)
    _bridge_and_strings(pen, c, 0.7, [(0.22, 0.8), (0.32, 0.7), (0.34, 0.84)], -0.66)


def _flying_v(pen: Pen, c: Palette) -> None:
    pen.fill(
        mirrored([(0, 0.1), (0.12, 0.12), (0.2, 0.24), (0.5, 0.88), (0.44, 0.98), (0.3, 0.98), (0, 0.56)]),
        c["body"],
    )
    pen.fill(
        [(-0.1, 0.16), (0.1, 0.16), (0.2, 0.44), (0.3, 0.74), (0.22, 0.76), (0.06, 0.5), (-0.1, 0.48)], c["guard"]
    )
    _neck(pen, c, 0.2)
    head = mirrored([(0, -1.06), (0.05, -1.0), (0.15, -0.84), (0.07, -0.64)])
    _head(
        pen, c, head, [(side * x, y) for side in (-1, 1) for x, y in ((0.15, -0.74), (0.18, -0.84), (0.13, -0.94))]
    )
    for y in (0.26, 0.38):
        pen.rect(-0.12, y - 0.035, 0.12, y + 0.035, c["dark"], 0.02)
    _bridge_and_strings(pen, c, 0.48, [(0.18, 0.54), (0.23, 0.65)], -0.66)


def _neck(pen: Pen, c: Palette, end: float) -> None:
    """Fretboard from the nut at -0.64 down to ``end``."""
    pen.fill([(-0.058, -0.66), (0.058, -0.66), (0.078, end), (-0.078, end)], c["board"])
    for k in range(9):
        y = -0.64 + (end + 0.6) * (1 - 0.87**k) / (1 - 0.87**9)
        pen.rect(-0.062, y - 0.008, 0.062, y + 0.008, c["guard"])
    for y in (-0.34, -0.18, -0.04):
        pen.ellipse(0, y, 0.022, 0.022, c["guard"])


def _head(pen: Pen, c: Palette, outline: Points, tuners: Sequence[tuple[float, float]]) -> None:
    for x, y in tuners:
        pen.ellipse(x, y, 0.04, 0.024, c["metal"])
    pen.fill(outline, c["head"])
    for x, y in tuners:
        pen.ellipse(x * 0.3, y, 0.016, 0.016, c["metal"])


def _bridge_and_strings(pen: Pen, c: Palette, y: float, knobs: Sequence[tuple[float, float]], top: float) -> None:
    """Bridge at ``y``, strings from there up to ``top``."""
    pen.rect(-0.12, y - 0.035, 0.12, y + 0.045, c["metal"], 0.015)
    for k in (-1.5, -0.5, 0.5, 1.5):
        pen.line([(0.05 * k, y), (0.028 * k, top)], c["string"], 0.008)
    for x, down in knobs:
        pen.ellipse(x, down, 0.035, 0.035, c["dark"])


THINGS: tuple[Thing, ...] = (
    Thing(
        "electric_guitar",
        electric_guitar,
        ("two horns", "single cutaway", "flying V"),
        (
            {
                "body": (196, 30, 36),
                "guard": (248, 244, 232),
                "board": (84, 52, 34),
                "head": (226, 184, 124),
                "dark": (30, 30, 34),
                "metal": (176, 180, 188),
                "string": (236, 236, 238),
            },
            {
                "body": (32, 32, 38),
                "guard": (240, 240, 238),
                "board": (112, 72, 44),
                "head": (60, 58, 62),
                "dark": (20, 20, 24),
                "metal": (214, 182, 92),
                "string": (232, 230, 220),
            },
            {
                "body": (112, 190, 206),
                "guard": (250, 246, 238),
                "board": (98, 66, 44),
                "head": (232, 200, 150),
                "dark": (48, 46, 50),
                "metal": (150, 156, 166),
                "string": (232, 232, 236),
            },
        ),
        (Context.ROOM, Context.PLAIN, Context.NIGHT),
        "n03272010",
    ),
)
