"""Drawings of a computer mouse."""

from __future__ import annotations

from laionet.causal.drawings.outlines import ribbon
from laionet.causal.drawings.pen import Pen
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context


def mouse(pen: Pen, c: Palette, variant: int) -> None:
    """With its cable from above, from the side, or wireless with a thumb rest."""
    (_corded, _mouse_side, _wireless)[variant](pen, c)


def _corded(pen: Pen, c: Palette) -> None:
    cable = [(0, -0.4), (0.02, -0.66), (0.2, -0.86), (0.44, -0.8), (0.56, -0.94), (0.62, -1.1)]
    pen.fill(ribbon(cable, [0.055] * 6), c["cable"])
    left = [(0.0, -0.5), (-0.26, -0.46), (-0.42, -0.28), (-0.46, 0.1), (-0.46, 0.5), (-0.34, 0.84), (0.0, 0.98)]
    outline = left + [(-x, y) for x, y in left[-2:0:-1]]
    pen.fill(outline, c["body"], smooth=True)
    for flip in (False, True):
        with pen.at(flip=flip):
            pen.fill([(0.03, -0.45), (0.24, -0.41), (0.38, -0.26), (0.41, 0.1), (0.03, 0.18)], c["button"])
    pen.line([(-0.46, 0.12), (-0.24, 0.2), (0, 0.22), (0.24, 0.2), (0.46, 0.12)], c["seam"], 0.03, smooth=True)
    pen.line([(0, -0.5), (0, 0.22)], c["seam"], 0.03)
    pen.rect(-0.09, -0.3, 0.09, 0.02, c["seam"], 0.09)
    pen.rect(-0.055, -0.26, 0.055, -0.02, c["wheel"], 0.05)
    for y in (-0.2, -0.14, -0.08):
        pen.line([(-0.04, y), (0.04, y)], c["seam"], 0.02)
    pen.rect(-0.05, -0.62, 0.05, -0.46, c["cable"], 0.03)
    pen.ellipse(0, 0.68, 0.09, 0.06, c["seam"])


def _mouse_side(pen: Pen, c: Palette) -> None:
    cable = [(0.86, 0.1), (1.02, 0.02), (1.04, -0.24), (0.86, -0.42), (0.98, -0.66), (1.2, -0.7)]
    pen.fill(ribbon(cable, [0.065] * 6), c["cable"])
    outline = [(-0.98, 0.26), (-0.92, -0.1), (-0.66, -0.4), (-0.24, -0.54), (0.26, -0.46), (0.68, -0.22)]
    outline += [(0.92, 0.08), (0.96, 0.3), (0.78, 0.44), (0.1, 0.52), (-0.6, 0.5), (-0.9, 0.42)]
    pen.fill(outline, c["body"], smooth=True)
    pen.fill([(0.14, -0.46), (0.32, -0.43), (0.64, -0.23), (0.86, 0.03), (0.72, -0.06), (0.4, -0.24)], c["button"])
    outline = [(0.06, -0.42), (0.34, -0.2), (0.66, -0.02), (0.88, 0.1)]
    outline += [(0.91, 0.24), (0.6, 0.2), (0.26, 0.1), (0.02, -0.04)]
    pen.fill(outline, c["button"])
    pen.line([(0.08, -0.48), (0.0, -0.24), (0.0, -0.02)], c["seam"], 0.03, smooth=True)
    pen.line([(0.06, -0.44), (0.36, -0.23), (0.68, -0.05), (0.92, 0.08)], c["seam"], 0.03, smooth=True)
    pen.ellipse(0.45, -0.2, 0.17, 0.085, c["seam"], 31)
    pen.ellipse(0.46, -0.23, 0.12, 0.07, c["wheel"], 31)
    pen.line(
        [(-0.96, 0.1), (-0.5, 0.0), (0.0, -0.02), (0.3, 0.12), (0.62, 0.23), (0.95, 0.26)],
        c["seam"],
        0.03,
        smooth=True,
    )
    pen.fill([(-0.42, 0.1), (-0.2, 0.07), (-0.18, 0.19), (-0.42, 0.22)], c["seam"])
    pen.fill([(-0.12, 0.07), (0.08, 0.09), (0.14, 0.2), (-0.1, 0.19)], c["seam"])


def _wireless(pen: Pen, c: Palette) -> None:
    outline = [(-0.12, -0.9), (-0.42, -0.74), (-0.44, -0.3), (-0.72, 0.1), (-0.74, 0.5), (-0.46, 0.86)]
    outline += [(0.06, 0.98), (0.46, 0.8), (0.58, 0.3), (0.5, -0.3), (0.4, -0.72), (0.16, -0.9)]
    pen.fill(outline, c["body"], smooth=True)
    pen.fill(
        [(-0.46, -0.2), (-0.72, 0.12), (-0.72, 0.48), (-0.5, 0.76), (-0.4, 0.4), (-0.38, 0.0)],
        c["wheel"],
        smooth=True,
    )
    pen.fill([(-0.02, -0.85), (-0.1, -0.85), (-0.34, -0.7), (-0.37, -0.14), (-0.02, -0.04)], c["button"])
    pen.fill([(0.06, -0.85), (0.17, -0.83), (0.35, -0.66), (0.45, -0.16), (0.06, -0.04)], c["button"])
    pen.line([(-0.42, -0.14), (0.02, 0.0), (0.5, -0.16)], c["seam"], 0.03, smooth=True)
    pen.line([(0.02, -0.9), (0.02, 0.0)], c["seam"], 0.03)
    pen.rect(-0.08, -0.66, 0.12, -0.24, c["seam"], 0.1)
    pen.rect(-0.045, -0.6, 0.085, -0.3, c["cable"], 0.06)
    for low in (-0.12, 0.14):
        pen.line([(-0.44, low), (-0.48, low + 0.2)], c["seam"], 0.09)
    pen.ellipse(0.06, 0.6, 0.08, 0.08, c["seam"])


THINGS: tuple[Thing, ...] = (
    Thing(
        "mouse",
        mouse,
        ("corded", "side", "wireless"),
        (
            {
                "body": (226, 224, 216),
                "button": (242, 240, 234),
                "seam": (112, 112, 112),
                "wheel": (150, 152, 156),
                "cable": (98, 98, 100),
            },
            {
                "body": (52, 54, 60),
                "button": (76, 78, 86),
                "seam": (176, 178, 186),
                "wheel": (112, 116, 124),
                "cable": (34, 35, 40),
            },
            {
                "body": (196, 60, 62),
                "button": (216, 84, 82),
                "seam": (250, 214, 208),
                "wheel": (60, 52, 56),
                "cable": (48, 44, 48),
            },
        ),
        (Context.TABLE, Context.PLAIN, Context.ROOM),
        "n03793489",
    ),
)
