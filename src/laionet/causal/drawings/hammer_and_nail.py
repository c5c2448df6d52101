"""Drawings of hammers and nails."""

from __future__ import annotations

from laionet.causal.drawings.outlines import mirrored, ribbon
from laionet.causal.drawings.pen import Pen
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context


def nail(pen: Pen, c: Palette, variant: int) -> None:
    """One upright, several with a bent one, or two driven into wood."""
    if variant == 1:
        for x, y, size, angle in ((-0.5, -0.86, 0.9, -18), (0.16, -0.9, 0.9, 24), (-0.82, 0.62, 0.92, -96)):
            with pen.at(x, y, size, angle):
                _nail(pen, c, 1.86)
        with pen.at(0.62, -0.6, 0.9):
            _bent_nail(pen, c)
    elif variant == 2:
        _driven(pen, c)
    else:
        with pen.at(0, -0.94, 1.15):
            _nail(pen, c, 1.66)


def _nail(pen: Pen, c: Palette, length: float, *, pointed: bool = True) -> None:
    """Its head's top at (0, 0), its point down."""
    half = 0.075
    tip = [(0, length)] if pointed else [(half, length), (-half, length)]
    shank = [(-half, 0.06), (half, 0.06), (half, length - 0.26)]
    pen.fill([*shank, *tip, (-half, length - 0.26)], c["steel"])
    pen.fill(ribbon([(-0.02, 0.36), (-0.02, length - 0.3)], [0.035, 0.035]), c["shine"])
    for y in (0.16, 0.22, 0.28):
        pen.rect(-half - 0.01, y - 0.014, half + 0.01, y + 0.014, c["dark"])
    _nail_head(pen, c)


def _nail_head(pen: Pen, c: Palette) -> None:
    pen.fill([(-0.22, 0), (0.22, 0), (0.2, 0.06), (0.08, 0.11), (-0.08, 0.11), (-0.2, 0.06)], c["dark"])
    pen.ellipse(0, 0, 0.23, 0.06, c["shine"])


def _bent_nail(pen: Pen, c: Palette) -> None:
    spine = [(0, 0.04), (0.0, 0.4), (-0.04, 0.62), (-0.2, 0.82), (-0.34, 1.0), (-0.42, 1.12)]
    pen.fill(ribbon(spine, [0.15, 0.15, 0.15, 0.15, 0.12, 0.0]), c["steel"])
    pen.fill(ribbon([(-0.02, 0.18), (-0.02, 0.4), (-0.07, 0.62), (-0.22, 0.82)], [0.03] * 4), c["shine"])
    _nail_head(pen, c)


def _driven(pen: Pen, c: Palette) -> None:
    """A board seen from the front and a little from above; one nail upright, one bent over."""
    pen.fill([(-0.84, 0.2), (0.84, 0.2), (1.0, 0.5), (-1.0, 0.5)], c["wood"])
    pen.rect(-1.0, 0.5, 1.0, 0.88, c["wood"])
    for y, bend in ((0.6, 0.02), (0.7, -0.03), (0.79, 0.02)):
        pen.fill(
            ribbon([(-0.96, y), (-0.3, y + bend), (0.3, y - bend), (0.96, y)], [0.02, 0.03, 0.03, 0.02]),
            c["grain"],
        )
    for x in (-0.42, 0.3):
        pen.ellipse(x, 0.35, 0.13, 0.045, c["grain"])
    with pen.at(-0.42, -0.94, 0.92):
        _nail(pen, c, 1.4, pointed=False)
    with pen.at(0.3, 0.34, 0.92):
        spine = [(0, 0), (0.02, -0.4), (0.1, -0.7), (0.34, -0.9), (0.56, -0.92)]
        pen.fill(ribbon(spine, [0.15] * 5), c["steel"])
        pen.fill(ribbon([(-0.02, -0.14), (0.0, -0.4), (0.08, -0.7), (0.32, -0.88)], [0.03] * 4), c["shine"])
        with pen.at(0.62, -0.92, 1, 92):
            _nail_head(pen, c)


def hammer(pen: Pen, c: Palette, variant: int) -> None:
    """A claw hammer, a sledgehammer, or a ball-peen hammer."""
    if variant == 1:
        with pen.at(-0.1, 0.01, 1.08, 38):
            _sledge(pen, c)
    elif variant == 2:
        with pen.at(0.2, 0.16, 0.98, -34):
            _ball_peen(pen, c)
    else:
        _claw_hammer(pen, c)


def _claw_hammer(pen: Pen, c: Palette) -> None:
    pen.fill([(-0.09, -0.6), (0.09, -0.6), (0.1, 0.1), (-0.1, 0.1)], c["wood"])
    pen.fill(
        mirrored([(0, 0.04), (0.11, 0.04), (0.14, 0.4), (0.11, 0.7), (0.16, 0.9), (0.12, 0.98), (0, 1.0)]),
        c["grip"],
        smooth=True,
    )
    for y in (0.3, 0.46, 0.62):
        pen.rect(-0.1, y, 0.1, y + 0.04, c["shine"], 0.02)
    claw = [
        (0.16, -0.94),
        (-0.16, -0.94),
        (-0.5, -0.88),
        (-0.74, -0.66),
        (-0.9, -0.34),
        (-0.66, -0.52),
        (-0.42, -0.62),
        (-0.16, -0.6),
        (0.14, -0.58),
    ]
    pen.fill(claw, c["steel"])
    pen.fill(ribbon([(-0.46, -0.76), (-0.66, -0.62), (-0.82, -0.42)], [0.02, 0.04, 0.03]), c["dark"])
    pen.fill([(0.12, -0.92), (0.34, -0.88), (0.4, -0.88), (0.4, -0.62), (0.34, -0.62), (0.12, -0.6)], c["steel"])
    pen.rect(0.4, -0.98, 0.66, -0.54, c["steel"], 0.05)
    pen.rect(0.64, -0.98, 0.74, -0.54, c["dark"], 0.04)
    pen.fill(ribbon([(-0.4, -0.86), (0, -0.88), (0.3, -0.82)], [0.02, 0.05, 0.02]), c["shine"])
    pen.rect(-0.15, -0.66, 0.15, -0.5, c["dark"], 0.03)


def _sledge(pen: Pen, c: Palette) -> None:
    pen.fill([(-0.075, -0.5), (0.075, -0.5), (0.09, 1.06), (0.06, 1.1), (-0.06, 1.1), (-0.09, 1.06)], c["wood"])
    pen.fill(ribbon([(0, -0.1), (0.02, 0.4), (0, 0.9)], [0.01, 0.03, 0.01]), c["grain"])
    pen.fill(
        mirrored([(0, -0.82), (0.4, -0.82), (0.54, -0.74), (0.54, -0.38), (0.4, -0.3), (0, -0.3)]), c["steel"]
    )
    for side in (-1, 1):
        pen.fill([(side * 0.54, -0.74), (side * 0.6, -0.7), (side * 0.6, -0.42), (side * 0.54, -0.38)], c["dark"])
        pen.fill([(side * 0.4, -0.82), (side * 0.54, -0.74), (side * 0.54, -0.38), (side * 0.4, -0.3)], c["dark"])
    pen.fill(ribbon([(-0.32, -0.72), (0.32, -0.72)], [0.05, 0.05]), c["shine"])
    pen.rect(-0.08, -0.88, 0.08, -0.81, c["wood"])


def _ball_peen(pen: Pen, c: Palette) -> None:
    pen.fill(
        mirrored([(0, -0.6), (0.08, -0.6), (0.06, 0), (0.12, 0.5), (0.13, 0.86), (0.09, 1.0), (0, 1.02)]),
        c["wood"],
        smooth=True,
    )
    pen.fill(ribbon([(0, -0.3), (0.02, 0.2), (0.0, 0.84)], [0.01, 0.03, 0.01]), c["grain"])
    pen.ellipse(-0.5, -0.66, 0.23, 0.23, c["steel"])
    neck = [(-0.36, -0.74), (-0.18, -0.84), (0.16, -0.84), (0.3, -0.76), (0.4, -0.76), (0.4, -0.56), (0.3, -0.56)]
    pen.fill([*neck, (0.16, -0.48), (-0.18, -0.48), (-0.36, -0.58)], c["steel"])
    pen.rect(0.36, -0.94, 0.68, -0.38, c["steel"], 0.06)
    pen.rect(0.68, -0.94, 0.76, -0.38, c["dark"], 0.03)
    pen.fill(ribbon([(0.44, -0.84), (0.6, -0.84)], [0.06, 0.06]), c["shine"])
    pen.ellipse(-0.56, -0.74, 0.08, 0.06, c["shine"])
    pen.fill(ribbon([(-0.16, -0.75), (0.16, -0.75)], [0.05, 0.05]), c["shine"])


THINGS: tuple[Thing, ...] = (
    Thing(
        "nail",
        nail,
        ("single", "several", "driven"),
        (
            {
                "steel": (140, 146, 156),
                "shine": (226, 230, 236),
                "dark": (88, 92, 102),
                "wood": (222, 178, 122),
                "grain": (158, 110, 64),
            },
            {
                "steel": (142, 86, 52),
                "shine": (222, 164, 116),
                "dark": (88, 50, 32),
                "wood": (198, 186, 168),
                "grain": (124, 112, 98),
            },
            {
                "steel": (58, 60, 66),
                "shine": (186, 190, 198),
                "dark": (28, 30, 34),
                "wood": (232, 204, 160),
                "grain": (172, 132, 88),
            },
        ),
        (Context.TABLE, Context.PLAIN, Context.ROOM),
        "n03804744",
    ),
    Thing(
        "hammer",
        hammer,
        ("claw", "sledge", "ball-peen"),
        (
            {
                "steel": (128, 134, 144),
                "shine": (226, 230, 236),
                "dark": (72, 76, 84),
                "wood": (222, 174, 112),
                "grain": (160, 108, 58),
                "grip": (44, 46, 52),
            },
            {
                "steel": (74, 76, 82),
                "shine": (196, 200, 208),
                "dark": (40, 42, 46),
                "wood": (240, 196, 60),
                "grain": (190, 140, 30),
                "grip": (196, 44, 36),
            },
            {
                "steel": (134, 88, 60),
                "shine": (222, 176, 132),
                "dark": (84, 54, 38),
                "wood": (190, 160, 122),
                "grain": (120, 92, 64),
                "grip": (92, 70, 48),
            },
        ),
        (Context.TABLE, Context.PLAIN, Context.ROOM),
        "n03481172",
    ),
)
