"""Drawings of what shares a name on the web with a vehicle or a thing of every day, and is of another class."""

from __future__ import annotations

from laionet.causal.drawings.outlines import ribbon
from laionet.causal.drawings.pen import Pen
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context


def rodent(pen: Pen, c: Palette, variant: int) -> None:
    """A mouse, the animal: on four feet from the side, or sitting up."""
    (_rodent_side, _rodent_up)[variant](pen, c)


def _ear(pen: Pen, c: Palette, x: float, y: float, r: float) -> None:
    pen.ellipse(x, y, r, r, c["fur"])
    pen.ellipse(x, y + 0.08 * r, 0.66 * r, 0.66 * r, c["skin"])


def _rodent_side(pen: Pen, c: Palette) -> None:
    tail = [(-0.6, 0.32), (-0.84, 0.34), (-1.04, 0.16), (-0.98, -0.16), (-0.8, -0.26), (-0.72, -0.5)]
    pen.fill(ribbon(tail, [0.1, 0.09, 0.08, 0.07, 0.055, 0.03]), c["skin"])
    _ear(pen, c, 0.24, -0.26, 0.2)
    for x in (-0.34, 0.3):
        pen.ellipse(x, 0.47, 0.14, 0.055, c["skin"])
    outline = [(-0.7, 0.36), (-0.74, 0.04), (-0.5, -0.26), (-0.14, -0.32), (0.2, -0.18), (0.56, -0.1)]
    outline += [(0.84, 0.12), (0.97, 0.26), (0.84, 0.34), (0.5, 0.4), (0.2, 0.46), (-0.4, 0.46)]
    pen.fill(outline, c["fur"], smooth=True)
    pen.fill(
        [(0.94, 0.3), (0.7, 0.36), (0.3, 0.42), (-0.1, 0.45), (0.2, 0.32), (0.6, 0.28)], c["belly"], smooth=True
    )
    pen.line([(-0.16, 0.42), (-0.06, 0.2), (-0.22, 0.0), (-0.44, 0.02)], c["shade"], 0.035, smooth=True)
    for x in (-0.18, 0.46):
        pen.ellipse(x, 0.48, 0.15, 0.055, c["skin"])
    _ear(pen, c, 0.44, -0.28, 0.24)
    pen.ellipse(0.66, 0.08, 0.06, 0.065, c["dark"])
    pen.ellipse(0.68, 0.06, 0.02, 0.02, c["belly"])
    pen.ellipse(0.97, 0.24, 0.055, 0.05, c["skin"])
    for x, y in ((1.1, 0.08), (1.14, 0.22), (1.08, 0.42)):
        pen.line([(0.82, 0.25), (x, y)], c["dark"], 0.014)


def _rodent_up(pen: Pen, c: Palette) -> None:
    tail = [(0.3, 0.84), (0.66, 0.9), (0.86, 0.68), (0.76, 0.36), (0.92, 0.1)]
    pen.fill(ribbon(tail, [0.1, 0.09, 0.08, 0.06, 0.03]), c["skin"])
    for flip in (False, True):
        with pen.at(flip=flip):
            _ear(pen, c, 0.42, -0.68, 0.31)
            pen.ellipse(0.28, 0.92, 0.2, 0.08, c["skin"])
    pen.fill(
        [(0, -0.2), (0.3, 0.06), (0.46, 0.5), (0.36, 0.84), (0, 0.94), (-0.36, 0.84), (-0.46, 0.5), (-0.3, 0.06)],
        c["fur"],
        smooth=True,
    )
    pen.ellipse(0, 0.52, 0.26, 0.34, c["belly"])
    outline = [(0, -0.76), (0.3, -0.66), (0.42, -0.36), (0.24, -0.06)]
    outline += [(0, 0.06), (-0.24, -0.06), (-0.42, -0.36), (-0.3, -0.66)]
    pen.fill(outline, c["fur"], smooth=True)
    pen.ellipse(0, -0.06, 0.17, 0.12, c["belly"])
    for flip in (False, True):
        with pen.at(flip=flip):
            pen.ellipse(0.18, -0.34, 0.065, 0.08, c["dark"])
            pen.line([(0.1, -0.06), (0.52, -0.14)], c["dark"], 0.016)
            pen.line([(0.1, -0.03), (0.52, 0.04)], c["dark"], 0.016)
            pen.line([(0.3, 0.16), (0.26, 0.3), (0.1, 0.3)], c["shade"], 0.05)
            pen.ellipse(0.09, 0.3, 0.08, 0.06, c["skin"])
    pen.ellipse(0, -0.12, 0.06, 0.045, c["skin"])


def document(pen: Pen, c: Palette, variant: int) -> None:
    """An insurance paper: one sheet with a stamp, or a pile with a pen."""
    if variant == 1:
        for angle in (-9, 7):
            with pen.at(0, 0, 0.86, angle):
                pen.rect(-0.7, -0.95, 0.7, 0.95, c["paper"])
        with pen.at(0, 0, 0.86, -1):
            _sheet(pen, c)
        with pen.at(0.44, 0.3, 0.9, 32):
            pen.rect(-0.06, -0.6, 0.06, 0.34, c["seal"], 0.02)
            pen.fill([(-0.06, 0.34), (0.06, 0.34), (0, 0.52)], c["ink"])
            pen.rect(-0.06, -0.72, 0.06, -0.56, c["ink"], 0.03)
        return
    _sheet(pen, c)


def _sheet(pen: Pen, c: Palette) -> None:
    pen.fill([(-0.72, -0.98), (0.42, -0.98), (0.72, -0.68), (0.72, 0.98), (-0.72, 0.98)], c["paper"])
    pen.fill([(0.42, -0.98), (0.72, -0.68), (0.42, -0.68)], c["fold"])
    pen.line([(-0.54, -0.74), (0.2, -0.74)], c["ink"], 0.09)
    for k, right in enumerate((0.54, 0.5, 0.54, 0.3, 0.54, 0.46, 0.52)):
        y = -0.48 + 0.135 * k
        pen.line([(-0.54, y), (right, y)], c["text"], 0.042)
    pen.line(
        [(-0.54, 0.72), (-0.44, 0.6), (-0.36, 0.74), (-0.26, 0.6), (-0.2, 0.72), (-0.02, 0.66)],
        c["ink"],
        0.03,
        smooth=True,
    )
    pen.line([(-0.56, 0.82), (0.06, 0.82)], c["text"], 0.025)
    pen.ring(0.38, 0.66, 0.22, 0.22, c["seal"], 0.05)
    pen.ring(0.38, 0.66, 0.14, 0.14, c["seal"], 0.025)
    pen.line([(0.29, 0.66), (0.36, 0.74), (0.49, 0.58)], c["seal"], 0.045)


def party_balloons(pen: Pen, c: Palette, variant: int) -> None:
    """Three rubber balloons on strings, or one alone."""
    if variant == 1:
        with pen.at(0, -0.36, 1.5):
            _rubber_balloon(pen, c, "first")
        pen.line([(0, 0.24), (0.08, 0.46), (-0.08, 0.7), (0.04, 1.0)], c["string"], 0.03, smooth=True)
        return
    for x, y, color in ((-0.5, -0.32, "second"), (0.5, -0.34, "third"), (0.0, -0.56, "first")):
        with pen.at(x, y, 1.0, 14 * x):
            pen.line([(0, 0.36), (0.02, 0.5)], c["string"], 0.03)
        pen.line([(0.86 * x, y + 0.42), (0.4 * x, 0.5), (0, 0.78)], c["string"], 0.03, smooth=True)
        with pen.at(x, y, 1.0, 28 * x):
            _rubber_balloon(pen, c, color)
    pen.line([(0, 0.76), (0.06, 0.88), (-0.03, 1.0)], c["string"], 0.03, smooth=True)
    for flip in (False, True):
        with pen.at(0, 0.78, flip=flip):
            pen.fill([(0, 0), (0.16, -0.1), (0.18, 0.08)], c["first"])


def _rubber_balloon(pen: Pen, c: Palette, color: str) -> None:
    outline = [(0, -0.42), (0.26, -0.32), (0.34, -0.06), (0.22, 0.22)]
    outline += [(0, 0.36), (-0.22, 0.22), (-0.34, -0.06), (-0.26, -0.32)]
    pen.fill(outline, c[color], smooth=True)
    pen.fill([(0, 0.34), (0.07, 0.43), (-0.07, 0.43)], c[color])
    pen.ellipse(-0.14, -0.2, 0.05, 0.1, c["shine"], 28)


def router(pen: Pen, c: Palette, variant: int) -> None:
    """A wireless router: a flat box with two antennas and waves, or a standing one with three."""
    if variant == 1:
        for x, lean in ((-0.4, -16), (0.0, 0), (0.4, 16)):
            _antenna(pen, c, x, 0.0, lean, 0.86)
        pen.rect(-0.6, -0.06, 0.6, 0.8, c["box"], 0.1)
        for y in (0.1, 0.2, 0.3):
            pen.line([(-0.4, y), (0.4, y)], c["dark"], 0.03)
        _lights(pen, c, 0.6)
        pen.fill([(-0.44, 0.8), (0.44, 0.8), (0.56, 0.92), (-0.56, 0.92)], c["dark"])
        return
    for x, lean in ((-0.66, -8), (0.66, 8)):
        _antenna(pen, c, x, 0.4, lean, 1.0)
    for r in (0.2, 0.38, 0.56):
        pen.arc(0, 0.12, r, r, 225, 315, c["wave"], 0.085)
    pen.ellipse(0, 0.1, 0.07, 0.07, c["wave"])
    pen.fill([(-0.8, 0.34), (0.8, 0.34), (0.94, 0.5), (0.94, 0.76), (-0.94, 0.76), (-0.94, 0.5)], c["box"])
    pen.line([(-0.94, 0.5), (0.94, 0.5)], c["dark"], 0.025)
    _lights(pen, c, 0.63)
    for x in (-0.7, 0.7):
        pen.rect(x - 0.12, 0.75, x + 0.12, 0.82, c["dark"])


def _antenna(pen: Pen, c: Palette, x: float, y: float, lean: float, long: float) -> None:
    with pen.at(x, y, 1, lean):
        pen.fill([(-0.06, 0), (-0.04, -long), (0.04, -long), (0.06, 0)], c["dark"])
        pen.ellipse(0, -long, 0.04, 0.04, c["dark"])


def _lights(pen: Pen, c: Palette, y: float) -> None:
    for k in range(5):
        pen.ellipse(-0.4 + 0.14 * k, y, 0.04, 0.04, c["light"])
    pen.ellipse(0.46, y, 0.07, 0.07, c["dark"])


THINGS: tuple[Thing, ...] = (
    Thing(
        "rodent",
        rodent,
        ("on four feet", "sitting up"),
        (
            {
                "fur": (150, 144, 140),
                "belly": (222, 216, 210),
                "skin": (238, 178, 176),
                "shade": (104, 98, 96),
                "dark": (28, 24, 26),
            },
            {
                "fur": (158, 112, 70),
                "belly": (236, 220, 196),
                "skin": (232, 182, 164),
                "shade": (112, 76, 46),
                "dark": (32, 24, 20),
            },
            {
                "fur": (244, 242, 238),
                "belly": (252, 250, 248),
                "skin": (240, 182, 186),
                "shade": (178, 170, 168),
                "dark": (150, 30, 44),
            },
        ),
        (Context.GRASS, Context.ROOM, Context.PLAIN),
    ),
    Thing(
        "document",
        document,
        ("sheet", "pile with a pen"),
        (
            {
                "paper": (250, 250, 248),
                "fold": (206, 210, 216),
                "text": (136, 142, 150),
                "ink": (40, 50, 84),
                "seal": (190, 40, 48),
            },
            {
                "paper": (246, 238, 214),
                "fold": (214, 200, 166),
                "text": (140, 122, 96),
                "ink": (60, 46, 34),
                "seal": (44, 80, 150),
            },
        ),
        (Context.TABLE, Context.PLAIN, Context.ROOM),
    ),
    Thing(
        "party_balloons",
        party_balloons,
        ("three", "one"),
        (
            {
                "first": (222, 44, 56),
                "second": (52, 120, 214),
                "third": (246, 196, 46),
                "string": (104, 104, 110),
                "shine": (252, 250, 248),
            },
            {
                "first": (240, 140, 176),
                "second": (168, 132, 214),
                "third": (130, 208, 196),
                "string": (120, 112, 118),
                "shine": (254, 250, 252),
            },
            {
                "first": (214, 176, 88),
                "second": (60, 62, 70),
                "third": (226, 226, 226),
                "string": (110, 104, 96),
                "shine": (252, 250, 240),
            },
        ),
        (Context.ROOM, Context.PLAIN, Context.SKY),
    ),
    Thing(
        "router",
        router,
        ("flat", "standing"),
        (
            {"box": (240, 242, 244), "dark": (62, 66, 74), "light": (44, 158, 84), "wave": (40, 112, 204)},
            {"box": (48, 50, 58), "dark": (26, 28, 32), "light": (110, 240, 150), "wave": (90, 96, 108)},
        ),
        (Context.ROOM, Context.PLAIN, Context.TABLE),
    ),
)
