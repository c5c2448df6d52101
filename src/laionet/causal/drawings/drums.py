"""Drawings of drums."""

from __future__ import annotations

from laionet.causal.drawings.outlines import ribbon, tube
from laionet.causal.drawings.pen import Pen
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context


def drum(pen: Pen, c: Palette, variant: int) -> None:
    """A side drum with sticks, a drum kit, or bongos."""
    if variant == 1:
        _kit(pen, c)
    elif variant == 2:
        pen.rect(-0.2, -0.12, 0.3, 0.22, c["metal"])
        for x, wide, tall in ((-0.46, 0.5, 0.98), (0.52, 0.4, 0.92)):
            with pen.at(x, -0.38):
                _bongo(pen, c, wide, tall)
    else:
        _side_drum(pen, c)


def _stick(pen: Pen, c: Palette, start: tuple[float, float], end: tuple[float, float]) -> None:
    pen.fill(ribbon([start, end], [0.1, 0.06]), c["stick"])
    pen.ellipse(*end, 0.075, 0.06, c["stick"])


def _side_drum(pen: Pen, c: Palette) -> None:
    flat = 0.25
    pen.fill(tube(0, -0.16, 0.7, 0.78, 0.78, flat), c["shell"])
    across = [-0.76, -0.62, -0.38, -0.13, 0.13, 0.38, 0.62, 0.76]
    for k, (left, right) in enumerate(zip(across, across[1:], strict=False)):
        sag = [0.78 * flat * (1 - (x / 0.78) ** 2) ** 0.5 for x in (left, right)]
        ends = (0.02, 0.62) if k % 2 else (0.62, 0.02)
        pen.fill(ribbon([(left, sag[0] + ends[0]), (right, sag[1] + ends[1])], [0.05, 0.05]), c["cord"])
    for y in (0.62, -0.16):
        pen.fill(tube(0, y, y + 0.14, 0.82, 0.82, flat), c["hoop"])
    pen.ellipse(0, -0.16, 0.82, 0.82 * flat, c["hoop"])
    pen.ellipse(0, -0.17, 0.74, 0.74 * flat, c["skin"])
    _stick(pen, c, (-0.92, -0.86), (0.24, -0.18))
    _stick(pen, c, (0.92, -0.9), (-0.14, -0.12))


def _bongo(pen: Pen, c: Palette, wide: float, tall: float) -> None:
    """Its upper rim around (0, 0)."""
    flat = 0.3
    pen.fill(tube(0, 0, tall, wide, 0.72 * wide, flat), c["shell"])
    pen.fill(tube(0, tall - 0.1, tall, 0.74 * wide, 0.72 * wide, flat), c["hoop"])
    for place in (-0.75, 0, 0.75):
        y = flat * wide * (1 - place**2) ** 0.5
        rod = [(place * wide, y + 0.14), (0.9 * place * wide, y + 0.56)]
        pen.fill(ribbon(rod, [0.05, 0.05]), c["hoop"])
        pen.ellipse(0.9 * place * wide, y + 0.58, 0.05, 0.06, c["hoop"])
    pen.fill(tube(0, 0, 0.14, 1.05 * wide, 1.04 * wide, flat), c["hoop"])
    pen.ellipse(0, 0, 1.05 * wide, 1.05 * wide * flat, c["hoop"])
    pen.ellipse(0, -0.01, 0.94 * wide, 0.94 * wide * flat, c["skin"])


def _kit(pen: Pen, c: Palette) -> None:
    for flip in (False, True):
        with pen.at(flip=flip):
            for foot in ([(0.78, -0.7), (0.76, 0.92)], [(0.77, 0.6), (0.62, 0.94)], [(0.77, 0.6), (0.94, 0.94)]):
                pen.fill(ribbon(foot, [0.04, 0.04]), c["metal"])
    for x, y, rx, angle in ((-0.72, -0.7, 0.36, 12), (0.72, -0.7, 0.36, -12)):
        pen.ellipse(x, y, rx, 0.08, c["cymbal"], angle)
        pen.ellipse(x, y - 0.05, 0.1, 0.05, c["cymbal"], angle)
    for x, y, wide, tall in ((-0.7, 0.26, 0.3, 0.46), (0.7, 0.3, 0.28, 0.24)):
        _tom(pen, c, x, y, wide, tall)
    pen.fill(ribbon([(0, 0.0), (0, -0.36)], [0.08, 0.08]), c["metal"])
    for foot in ([(-0.4, 0.7), (-0.52, 0.98)], [(0.4, 0.7), (0.52, 0.98)]):
        pen.fill(ribbon(foot, [0.05, 0.05]), c["metal"])
    pen.ellipse(0, 0.42, 0.56, 0.56, c["hoop"])
    pen.ellipse(0, 0.42, 0.5, 0.5, c["shell"])
    pen.ellipse(0, 0.42, 0.44, 0.44, c["skin"])
    pen.ellipse(0.12, 0.56, 0.1, 0.1, c["shell"])
    for x, angle in ((-0.3, 8), (0.3, -8)):
        with pen.at(x, -0.38, 1, angle):
            _tom(pen, c, 0, 0, 0.27, 0.3)


def _tom(pen: Pen, c: Palette, x: float, y: float, wide: float, tall: float) -> None:
    """A small drum whose upper rim is around (x, y)."""
    pen.fill(tube(x, y, y + tall, wide, wide, 0.3), c["shell"])
    for rim in (y + tall - 0.05, y):
        pen.fill(tube(x, rim, rim + 0.05, wide + 0.015, wide + 0.015, 0.3), c["hoop"])
    pen.ellipse(x, y, wide + 0.015, 0.3 * wide, c["hoop"])
    pen.ellipse(x, y, wide - 0.04, 0.3 * wide - 0.025, c["skin"])


THINGS: tuple[Thing, ...] = (
    Thing(
        "drum",
        drum,
        ("side drum", "kit", "bongos"),
        (
            {
                "shell": (186, 36, 40),
                "hoop": (226, 178, 74),
                "cord": (250, 240, 214),
                "skin": (250, 244, 230),
                "stick": (224, 184, 128),
                "metal": (130, 134, 142),
                "cymbal": (222, 178, 70),
            },
            {
                "shell": (36, 38, 44),
                "hoop": (196, 200, 206),
                "cord": (222, 224, 228),
                "skin": (246, 246, 244),
                "stick": (226, 194, 146),
                "metal": (116, 120, 128),
                "cymbal": (206, 168, 84),
            },
            {
                "shell": (30, 84, 160),
                "hoop": (244, 240, 232),
                "cord": (240, 206, 90),
                "skin": (240, 226, 196),
                "stick": (200, 160, 108),
                "metal": (104, 110, 122),
                "cymbal": (232, 196, 96),
            },
        ),
        (Context.ROOM, Context.PLAIN, Context.GRASS),
        "n03249569",
    ),
)
