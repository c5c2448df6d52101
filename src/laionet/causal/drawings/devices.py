"""Drawings of telephones and microphones."""

from __future__ import annotations

from laionet.causal.drawings.outlines import mirrored, ribbon
from laionet.causal.drawings.pen import Pen
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context


def smartphone(pen: Pen, c: Palette, variant: int) -> None:
    """From the front with its icons, or from the back with its cameras, tilted."""
    if variant == 1:
        with pen.at(0, 0, 0.98, 24):
            _phone_body(pen, c)
            _phone_back(pen, c)
    else:
        _phone_body(pen, c)
        _phone_screen(pen, c)


def _phone_body(pen: Pen, c: Palette) -> None:
    pen.rect(0.46, -0.4, 0.54, -0.1, c["frame"], 0.02)
    pen.rect(-0.5, -0.98, 0.5, 0.98, c["frame"], 0.14)


def _phone_back(pen: Pen, c: Palette) -> None:
    pen.rect(-0.46, -0.94, 0.46, 0.94, c["back"], 0.12)
    pen.rect(-0.4, -0.88, 0.06, -0.36, c["frame"], 0.1)
    for x, y in ((-0.27, -0.74), (-0.27, -0.5), (-0.07, -0.62)):
        pen.ellipse(x, y, 0.095, 0.095, c["back"])
        pen.ellipse(x, y, 0.06, 0.06, c["lens"])
    pen.ring(0, 0.2, 0.1, 0.1, c["frame"], 0.04)


def _phone_screen(pen: Pen, c: Palette) -> None:
    pen.rect(-0.45, -0.92, 0.45, 0.92, c["screen"], 0.1)
    pen.rect(-0.14, -0.9, 0.14, -0.82, c["frame"], 0.04)
    for row in range(4):
        for column in range(3):
            x, y = (column - 1) * 0.27, -0.58 + 0.29 * row
            color = c[("first", "second", "third")[(row + column) % 3]]
            pen.rect(x - 0.095, y - 0.095, x + 0.095, y + 0.095, color, 0.04)
    pen.rect(-0.4, 0.62, 0.4, 0.84, c["back"], 0.08)
    for x, name in ((-0.24, "second"), (0, "third"), (0.24, "first")):
        pen.rect(x - 0.08, 0.65, x + 0.08, 0.81, c[name], 0.04)


def microphone(pen: Pen, c: Palette, variant: int) -> None:
    """One held in the hand, or an old one on its stand."""
    if variant == 1:
        pen.fill(ribbon([(0, 0.2), (0, 0.86)], [0.09, 0.09]), c["body"])
        pen.fill(mirrored([(0, 0.8), (0.2, 0.84), (0.44, 0.98)]), c["body"])
        pen.fill(ribbon([(-0.4, -0.3), (-0.34, 0.14), (0, 0.3), (0.34, 0.14), (0.4, -0.3)], [0.07] * 5), c["body"])
        pen.rect(-0.32, -0.98, 0.32, 0.14, c["mesh"], 0.3)
        for x in (-0.2, -0.1, 0.1, 0.2):
            tall = 0.12 if abs(x) > 0.15 else 0.04
            for top, end in ((-0.94 + tall, -0.5), (-0.34, 0.1 - tall)):
                pen.fill(ribbon([(x, top), (x, end)], [0.04, 0.04]), c["wire"])
        pen.rect(-0.34, -0.5, 0.34, -0.34, c["band"], 0.02)
        return
    with pen.at(0.02, 0, 1.02, 36):
        pen.fill(ribbon([(0, 0.84), (0.06, 0.98), (0.26, 1.1)], [0.1, 0.07, 0.05]), c["wire"])
        pen.fill(mirrored([(0, -0.3), (0.22, -0.3), (0.15, 0.5), (0.12, 0.88), (0, 0.9)]), c["body"])
        pen.rect(-0.05, -0.02, 0.05, 0.16, c["band"], 0.03)
        pen.ellipse(0, -0.66, 0.38, 0.4, c["mesh"])
        for x in (-0.2, 0, 0.2):
            pen.fill(ribbon([(0.8 * x, -1.0), (1.4 * x, -0.66), (0.8 * x, -0.32)], [0.02, 0.025, 0.02]), c["wire"])
        for y in (-0.86, -0.66, -0.46):
            half = 0.36 * (1 - ((y + 0.66) / 0.4) ** 2) ** 0.5
            pen.fill(ribbon([(-half, y), (0, y + 0.03), (half, y)], [0.02, 0.025, 0.02]), c["wire"])
        pen.rect(-0.28, -0.4, 0.28, -0.28, c["band"], 0.05)


THINGS: tuple[Thing, ...] = (
    Thing(
        "smartphone",
        smartphone,
        ("front", "back"),
        (
            {
                "frame": (28, 30, 34),
                "screen": (206, 226, 246),
                "back": (236, 238, 242),
                "lens": (18, 20, 24),
                "first": (40, 120, 220),
                "second": (226, 70, 60),
                "third": (50, 160, 90),
            },
            {
                "frame": (92, 96, 106),
                "screen": (30, 32, 60),
                "back": (70, 74, 84),
                "lens": (14, 16, 20),
                "first": (250, 196, 70),
                "second": (120, 220, 200),
                "third": (240, 240, 246),
            },
            {
                "frame": (190, 150, 120),
                "screen": (250, 236, 226),
                "back": (244, 214, 190),
                "lens": (40, 34, 34),
                "first": (196, 90, 120),
                "second": (90, 110, 170),
                "third": (130, 150, 60),
            },
        ),
        (Context.TABLE, Context.PLAIN, Context.ROOM),
    ),
    Thing(
        "microphone",
        microphone,
        ("hand-held", "on a stand"),
        (
            {"mesh": (178, 182, 190), "wire": (92, 96, 104), "body": (40, 42, 48), "band": (226, 228, 232)},
            {"mesh": (222, 190, 104), "wire": (130, 96, 40), "body": (110, 30, 40), "band": (246, 232, 190)},
        ),
        (Context.PLAIN, Context.NIGHT, Context.ROOM),
    ),
)
