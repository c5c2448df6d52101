"""Drawings of goldfish and bee."""

from __future__ import annotations

from laionet.causal.drawings.pen import Pen, arc
from laionet.causal.drawings.strokes import band, both_sides, fuzzy, taper, thin
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context


def goldfish(pen: Pen, c: Palette, variant: int) -> None:
    """A common goldfish, a fancy one with a veil tail, or one in a bowl."""
    if variant == 1:
        _fancy_goldfish(pen, c)
    elif variant == 2:
        _bowl(pen, c)
    else:
        _common_goldfish(pen, c)


def _common_goldfish(pen: Pen, c: Palette) -> None:
    for tail in (
        [(-0.4, -0.06), (-0.6, -0.38), (-0.9, -0.64), (-1.1, -0.6), (-0.98, -0.3), (-0.8, -0.04), (-0.6, 0.04)],
        [(-0.4, 0.08), (-0.6, 0.34), (-0.86, 0.66), (-1.06, 0.68), (-0.98, 0.36), (-0.8, 0.08), (-0.6, 0.0)],
    ):
        pen.fill(tail, c["fin"], smooth=True)
    for x, y in ((-0.98, -0.5), (-0.86, -0.2), (-0.86, 0.24), (-0.96, 0.56)):
        taper(pen, [(-0.54, 0.02), (x / 2 - 0.3, y / 2), (x, y)], (0.012, 0.022, 0.012), c["line"])
    pen.fill(
        [(0.34, -0.3), (0.2, -0.66), (0.0, -0.68), (-0.24, -0.54), (-0.46, -0.4), (-0.36, -0.14)],
        c["fin"],
        smooth=True,
    )
    for x in (0.12, -0.06, -0.26):
        taper(pen, [(x + 0.08, -0.3), (x - 0.02, -0.56 + 0.1 * (x < -0.2))], (0.012, 0.022, 0.012), c["line"])
    pen.fill([(0.2, 0.3), (0.04, 0.6), (-0.1, 0.5), (0.02, 0.28)], c["fin"], smooth=True)
    pen.fill([(-0.24, 0.22), (-0.44, 0.46), (-0.52, 0.36), (-0.42, 0.12)], c["fin"], smooth=True)
    body = [(0.9, 0.04), (0.74, -0.2), (0.42, -0.36), (0.06, -0.38), (-0.3, -0.22), (-0.62, -0.07), (-0.62, 0.1)]
    pen.fill([*body, (-0.3, 0.24), (0.1, 0.36), (0.5, 0.34), (0.78, 0.2)], c["body"], smooth=True)
    pen.fill(
        [(0.72, 0.2), (0.5, 0.32), (0.1, 0.33), (-0.26, 0.22), (0.1, 0.2), (0.46, 0.16)], c["belly"], smooth=True
    )
    _fish_details(pen, c)


def _fish_details(pen: Pen, c: Palette) -> None:
    """Gill, scales, breast fin, eye and mouth of a fish whose snout is at (0.9, 0.04)."""
    pen.arc(0.4, 0.0, 0.14, 0.26, -70, 70, c["line"], 0.035)
    for x, y in ((0.2, -0.14), (0.0, -0.14), (-0.2, -0.1), (0.2, 0.06), (0.0, 0.06), (-0.2, 0.06)):
        pen.arc(x, y, 0.08, 0.08, -80, 80, c["line"], 0.022)
    pen.fill([(0.42, 0.12), (0.26, 0.34), (0.12, 0.32), (0.26, 0.12)], c["fin"], smooth=True)
    pen.ellipse(0.66, -0.08, 0.085, 0.085, c["belly"])
    pen.ellipse(0.67, -0.08, 0.05, 0.05, c["eye"])
    taper(pen, [(0.91, 0.06), (0.84, 0.1), (0.78, 0.08)], (0.02, 0.03, 0.015), c["line"])


def _fancy_goldfish(pen: Pen, c: Palette) -> None:
    for tail in (
        [(-0.2, -0.1), (-0.6, -0.56), (-1.0, -0.6), (-0.88, -0.24), (-0.6, -0.04), (-0.24, 0.08)],
        [(-0.2, 0.0), (-0.6, -0.12), (-1.08, 0.02), (-0.98, 0.42), (-0.62, 0.2), (-0.24, 0.16)],
        [(-0.2, 0.06), (-0.56, 0.2), (-0.84, 0.74), (-0.56, 0.8), (-0.36, 0.5), (-0.14, 0.24)],
    ):
        pen.fill(tail, c["fin"], smooth=True)
    for x, y in ((-0.84, -0.46), (-0.86, 0.16), (-0.6, 0.62)):
        taper(pen, [(-0.32, 0.06), ((x - 0.4) / 2, y / 2), (x, y)], (0.012, 0.024, 0.012), c["line"])
    pen.fill([(0.24, -0.44), (0.1, -0.84), (-0.16, -0.8), (-0.3, -0.46), (-0.14, -0.34)], c["fin"], smooth=True)
    pen.fill([(0.24, 0.44), (0.1, 0.78), (-0.06, 0.72), (0.04, 0.44)], c["fin"], smooth=True)
    body = [
        (0.84, 0.04),
        (0.74, -0.24),
        (0.46, -0.44),
        (0.08, -0.48),
        (-0.22, -0.26),
        (-0.36, 0.04),
        (-0.16, 0.36),
    ]
    pen.fill([*body, (0.2, 0.54), (0.56, 0.42), (0.78, 0.22)], c["body"], smooth=True)
    pen.fill(
        [(0.72, 0.28), (0.5, 0.44), (0.2, 0.51), (-0.12, 0.36), (0.2, 0.36), (0.5, 0.24)], c["belly"], smooth=True
    )
    hood = [(0.3, -0.46), (0.46, -0.54), (0.64, -0.46), (0.78, -0.32), (0.84, -0.16), (0.66, -0.2), (0.48, -0.28)]
    pen.fill(hood, c["fin"], smooth=True)
    with pen.at(-0.04, 0.02):
        _fish_details(pen, c)


def _bowl(pen: Pen, c: Palette) -> None:
    """A round bowl with water and a small goldfish in it."""
    pen.fill(arc(0, 0.06, 0.98, 0.86, -58, 238), c["glass"])
    pen.fill(arc(0, 0.06, 0.9, 0.79, -30, 210), c["water"])
    pen.ellipse(0, -0.33, 0.78, 0.09, c["glass"])
    pen.fill(
        [(-0.62, 0.62), (-0.3, 0.54), (0.1, 0.6), (0.4, 0.54), (0.62, 0.62), (0.3, 0.84), (-0.3, 0.84)],
        c["belly"],
        smooth=True,
    )
    pen.ring(0, -0.68, 0.56, 0.1, c["rim"], 0.04)
    pen.line(arc(0, 0.06, 0.98, 0.86, -58, 238), c["rim"], 0.035)
    with pen.at(0.02, 0.16, 0.58, -6):
        _common_goldfish(pen, c)
    for x, y, r in ((0.66, -0.02, 0.05), (0.6, -0.16, 0.035)):
        pen.ring(x, y, r, r, c["rim"], 0.02)


def bee(pen: Pen, c: Palette, variant: int) -> None:
    """A honey bee from the side, one from above, or a bumblebee."""
    if variant == 1:
        _bee_from_above(pen, c)
    elif variant == 2:
        _bumblebee(pen, c)
    else:
        _bee_legs(pen, c)
        with pen.at(-0.4, 0.16, 1, -16):
            pen.fill([(-0.52, -0.05), (-0.68, 0.02), (-0.52, 0.07)], c["dark"])
            _abdomen(pen, c, 0.56, 0.3)
        for wing in (
            [(0.1, -0.2), (-0.12, -0.86), (-0.44, -0.9), (-0.42, -0.56)],
            [(0.16, -0.2), (0.1, -0.9), (-0.2, -1.0), (-0.22, -0.6)],
        ):
            pen.fill(wing, c["wing"], smooth=True)
            pen.line([wing[0], wing[2]], c["vein"], 0.02)
        fuzzy(pen, 0.22, 0.0, 0.31, 0.29, c["fur"])
        pen.line([(0.06, -0.1), (0.16, -0.2), (0.32, -0.18)], c["dark"], 0.03, smooth=True)
        pen.ellipse(0.6, 0.1, 0.2, 0.2, c["dark"])
        _eye(pen, c, 0.66, 0.06, 0.085, 0.12)
        for x, y in ((0.86, -0.32), (0.98, -0.14)):
            thin(pen, [(0.64, -0.06), (x - 0.16, y + 0.02), (x, y + 0.04)], 0.035, c["dark"])


def _eye(pen: Pen, c: Palette, x: float, y: float, rx: float, ry: float) -> None:
    pen.ellipse(x, y, rx, ry, c["vein"])
    pen.ellipse(x + rx * 0.2, y - ry * 0.3, rx * 0.45, ry * 0.4, c["wing"])


def _abdomen(pen: Pen, c: Palette, rx: float, ry: float) -> None:
    """A striped abdomen along x, its sting to the left."""
    pen.ellipse(0, 0, rx, ry, c["gold"])
    for start, end in ((-1, -0.76), (-0.5, -0.22), (0.04, 0.32), (0.58, 0.8)):
        band(pen, rx, ry, start, end, c["dark"], -0.05)


def _bee_legs(pen: Pen, c: Palette) -> None:
    for leg in (
        [(0.06, 0.2), (-0.1, 0.46), (-0.26, 0.74)],
        [(0.2, 0.22), (0.22, 0.52), (0.12, 0.78)],
        [(0.34, 0.2), (0.5, 0.44), (0.5, 0.7)],
    ):
        thin(pen, leg, 0.05, c["dark"])
    pen.ellipse(-0.12, 0.5, 0.08, 0.12, c["gold"], 30)


def _bee_from_above(pen: Pen, c: Palette) -> None:
    for _ in both_sides(pen):
        for leg in (
            [(0.1, -0.4), (0.4, -0.52), (0.46, -0.72)],
            [(0.1, -0.2), (0.5, -0.08), (0.66, 0.06)],
            [(0.1, 0.0), (0.38, 0.34), (0.42, 0.66)],
        ):
            thin(pen, leg, 0.05, c["dark"])
        thin(pen, [(0.06, -0.7), (0.14, -0.9), (0.26, -0.98)], 0.035, c["dark"])
    with pen.at(0, 0.4, 1, -90):
        pen.fill([(-0.5, -0.05), (-0.68, 0.0), (-0.5, 0.05)], c["dark"])
        _abdomen(pen, c, 0.54, 0.33)
    for _ in both_sides(pen):
        pen.fill([(0.1, -0.2), (0.34, 0.04), (0.66, 0.42), (0.5, 0.56), (0.24, 0.3)], c["wing"], smooth=True)
        pen.fill([(0.1, -0.3), (0.5, -0.36), (0.96, -0.14), (0.9, 0.08), (0.5, 0.02)], c["wing"], smooth=True)
        pen.line([(0.14, -0.24), (0.5, -0.18), (0.86, -0.08)], c["vein"], 0.02)
    pen.ellipse(0, -0.62, 0.22, 0.16, c["dark"])
    fuzzy(pen, 0, -0.26, 0.3, 0.28, c["fur"])
    for _ in both_sides(pen):
        _eye(pen, c, 0.16, -0.63, 0.07, 0.11)


def _bumblebee(pen: Pen, c: Palette) -> None:
    for x in (-0.2, 0.1, 0.36):
        thin(pen, [(x, 0.4), (x - 0.06, 0.66), (x - 0.14, 0.8)], 0.06, c["dark"])
    for x, y in ((0.96, -0.24), (1.02, -0.06)):
        thin(pen, [(0.76, -0.06), (x - 0.1, y - 0.02), (x, y)], 0.035, c["dark"])
    with pen.at(-0.12, 0.04):
        fuzzy(pen, 0, 0, 0.745, 0.505, c["dark"], 40)
        band(pen, 0.74, 0.5, -1, -0.66, c["wing"], -0.08)
        band(pen, 0.74, 0.5, -0.3, 0.06, c["gold"], -0.1)
        band(pen, 0.74, 0.5, 0.56, 0.96, c["fur"], -0.06)
    pen.ellipse(0.7, 0.12, 0.2, 0.22, c["dark"])
    _eye(pen, c, 0.76, 0.08, 0.07, 0.1)
    for wing in (
        [(0.1, -0.3), (-0.3, -0.7), (-0.74, -0.74), (-0.5, -0.4)],
        [(0.16, -0.3), (-0.1, -0.84), (-0.44, -0.94), (-0.3, -0.5)],
    ):
        pen.fill(wing, c["wing"], smooth=True)
        pen.line([wing[0], wing[2]], c["vein"], 0.02)


THINGS: tuple[Thing, ...] = (
    Thing(
        "goldfish",
        goldfish,
        ("common", "fancy", "in a bowl"),
        (
            {
                "body": (248, 146, 50),
                "fin": (252, 178, 84),
                "belly": (254, 218, 150),
                "line": (206, 96, 28),
                "eye": (26, 24, 28),
                "glass": (222, 238, 244),
                "water": (164, 212, 232),
                "rim": (112, 150, 172),
            },
            {
                "body": (250, 240, 232),
                "fin": (244, 110, 72),
                "belly": (252, 226, 212),
                "line": (206, 84, 56),
                "eye": (26, 24, 28),
                "glass": (226, 238, 232),
                "water": (172, 216, 202),
                "rim": (112, 156, 144),
            },
            {
                "body": (240, 84, 52),
                "fin": (250, 138, 100),
                "belly": (252, 196, 170),
                "line": (160, 44, 30),
                "eye": (20, 20, 24),
                "glass": (230, 230, 244),
                "water": (176, 192, 232),
                "rim": (116, 122, 168),
            },
        ),
        (Context.WATER, Context.PLAIN, Context.TABLE),
        "n01443537",
    ),
    Thing(
        "bee",
        bee,
        ("side", "from above", "bumblebee"),
        (
            {
                "gold": (248, 196, 48),
                "dark": (44, 32, 24),
                "fur": (226, 170, 76),
                "wing": (232, 240, 244),
                "vein": (140, 150, 158),
            },
            {
                "gold": (220, 152, 60),
                "dark": (64, 40, 26),
                "fur": (196, 150, 100),
                "wing": (236, 228, 208),
                "vein": (150, 132, 108),
            },
            {
                "gold": (206, 196, 150),
                "dark": (54, 52, 54),
                "fur": (178, 172, 152),
                "wing": (226, 232, 240),
                "vein": (132, 138, 150),
            },
        ),
        (Context.GRASS, Context.PLAIN, Context.SKY),
        "n02206856",
    ),
)
