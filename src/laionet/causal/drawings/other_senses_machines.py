"""Drawings of machines and goods that are named after animals: construction crane, sports shoe, small car."""

from __future__ import annotations

from laionet.causal.drawings.pen import Pen
from laionet.causal.drawings.strokes import thin
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context


def crane_machine(pen: Pen, c: Palette, variant: int) -> None:
    """A tower crane of a building site, or a mobile crane on a lorry."""
    if variant == 1:
        _mobile_crane(pen, c)
        return
    pen.rect(-0.58, 0.86, 0.02, 0.98, c["weight"])
    _lattice(pen, c, (-0.28, 0.88), (-0.28, -0.5), 0.2, 7)
    _lattice(pen, c, (-0.22, -0.56), (1.0, -0.56), 0.13, 8)
    _lattice(pen, c, (-0.34, -0.56), (-0.9, -0.56), 0.1, 3)
    pen.rect(-0.96, -0.54, -0.68, -0.24, c["weight"])
    pen.fill([(-0.38, -0.5), (-0.28, -0.98), (-0.18, -0.5)], c["frame"])
    for x in (0.6, 0.96, -0.82):
        thin(pen, [(-0.28, -0.95), (x, -0.62)], 0.025, c["cable"])
    pen.rect(-0.2, -0.48, 0.04, -0.24, c["frame"], 0.03)
    pen.rect(-0.08, -0.44, 0.02, -0.32, c["glass"])
    pen.rect(0.54, -0.52, 0.7, -0.44, c["cable"])
    thin(pen, [(0.62, -0.46), (0.62, 0.06)], 0.025, c["cable"])
    pen.rect(0.57, 0.02, 0.67, 0.12, c["weight"])
    thin(pen, [(0.4, 0.34), (0.62, 0.12), (0.84, 0.34)], 0.025, c["cable"])
    pen.rect(0.36, 0.34, 0.88, 0.46, c["weight"])


def _lattice(
    pen: Pen, c: Palette, start: tuple[float, float], end: tuple[float, float], wide: float, fields: int
) -> None:
    """A truss between two points: two chords and a zigzag."""
    (x0, y0), (x1, y1) = start, end
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    nx, ny = -(y1 - y0) / length * wide / 2, (x1 - x0) / length * wide / 2
    zigzag = []
    for k in range(2 * fields + 1):
        t, side = k / (2 * fields), 1 if k % 2 else -1
        zigzag.append((x0 + (x1 - x0) * t + side * nx, y0 + (y1 - y0) * t + side * ny))
    pen.line(zigzag, c["frame"], 0.035)
    for side in (-1, 1):
        chord = [(x0 + side * nx, y0 + side * ny), (x1 + side * nx, y1 + side * ny)]
        thin(pen, chord, 0.045, c["frame"])


def _mobile_crane(pen: Pen, c: Palette) -> None:
    with pen.at(0, 0.06):
        pen.fill([(-0.5, 0.3), (-0.44, 0.14), (0.86, -0.98), (0.96, -0.9), (-0.26, 0.34)], c["frame"])
        thin(pen, [(-0.3, 0.16), (0.34, -0.4)], 0.03, c["weight"])
        thin(pen, [(0.9, -0.92), (0.9, -0.2)], 0.025, c["cable"])
        pen.ellipse(0.9, -0.92, 0.07, 0.07, c["weight"])
        pen.arc(0.85, -0.12, 0.07, 0.08, -80, 170, c["weight"], 0.04)
        thin(pen, [(0.0, 0.4), (0.3, -0.3)], 0.07, c["weight"])
        pen.rect(-0.66, 0.08, -0.12, 0.44, c["frame"], 0.04)
        pen.rect(-0.82, 0.18, -0.6, 0.44, c["weight"])
        pen.rect(-0.34, 0.14, -0.16, 0.3, c["glass"])
        pen.rect(-0.98, 0.42, 0.98, 0.62, c["frame"], 0.04)
        pen.fill([(0.54, 0.44), (0.56, 0.14), (0.84, 0.14), (0.98, 0.4), (0.98, 0.56), (0.54, 0.56)], c["frame"])
        pen.fill([(0.64, 0.36), (0.66, 0.2), (0.82, 0.2), (0.9, 0.36)], c["glass"])
        for x in (-0.74, -0.44, 0.16, 0.7):
            pen.ellipse(x, 0.68, 0.16, 0.16, c["weight"])
            pen.ellipse(x, 0.68, 0.07, 0.07, c["glass"])


def sneaker(pen: Pen, c: Palette, variant: int) -> None:
    """A running shoe from the side, or a high one."""
    if variant == 1:
        shaft = [
            (-0.72, 0.4),
            (-0.74, -0.2),
            (-0.66, -0.82),
            (-0.06, -0.86),
            (0.06, -0.3),
            (0.3, 0.06),
            (0.7, 0.2),
        ]
        pen.fill([*shaft, (0.92, 0.4), (0.9, 0.6), (-0.72, 0.6)], c["upper"])
        pen.fill(
            [(0.42, 0.6), (0.44, 0.3), (0.62, 0.16), (0.86, 0.26), (0.96, 0.46), (0.94, 0.6)],
            c["sole"],
            smooth=True,
        )
        pen.ellipse(-0.4, -0.36, 0.16, 0.16, c["sole"])
        pen.ellipse(-0.4, -0.36, 0.09, 0.09, c["stripe"])
        laces = [(-0.02 + 0.075 * k, -0.7 + 0.17 * k + 0.006 * k * k) for k in range(5)]
        top = 0.5
    else:
        outline = [(-0.9, 0.34), (-0.94, -0.1), (-0.86, -0.42), (-0.6, -0.34), (-0.3, -0.34), (-0.1, -0.5)]
        outline += [(0.06, -0.46), (0.3, -0.14), (0.66, 0.0), (0.94, 0.16), (1.0, 0.36), (0.6, 0.46), (-0.5, 0.46)]
        pen.fill(outline, c["upper"], smooth=True)
        pen.fill(
            [(-0.86, -0.36), (-0.6, -0.3), (-0.32, -0.3), (-0.14, -0.42), (-0.4, -0.22), (-0.7, -0.22)],
            c["lining"],
        )
        pen.fill([(0.62, 0.4), (0.6, 0.1), (0.84, 0.1), (1.0, 0.26), (0.98, 0.4)], c["lining"], smooth=True)
        for x in (-0.56, -0.32, -0.08):
            pen.fill([(x, 0.36), (x + 0.12, 0.36), (x + 0.34, -0.14), (x + 0.24, -0.2)], c["stripe"])
        laces = [(0.0 + 0.1 * k, -0.34 + 0.1 * k) for k in range(4)]
        top = 0.34
    for x, y in laces:
        thin(pen, [(x - 0.12, y + 0.08), (x + 0.1, y - 0.05)], 0.05, c["sole"])
    sole = [
        (-0.94, top),
        (0.98, top),
        (1.04, top + 0.1),
        (0.96, top + 0.22),
        (-0.88, top + 0.22),
        (-0.98, top + 0.12),
    ]
    pen.fill(sole, c["sole"])
    thin(pen, [(-0.94, top + 0.18), (1.0, top + 0.18)], 0.06, c["stripe"])


def small_car(pen: Pen, c: Palette, variant: int) -> None:
    """A compact hatchback from the side, or from the front."""
    if variant == 1:
        _car_front(pen, c)
        return
    body = [(-0.94, 0.3), (-0.96, 0.0), (-0.86, -0.16), (-0.72, -0.5), (-0.5, -0.58), (0.06, -0.56), (0.3, -0.44)]
    body += [(0.52, -0.12), (0.86, -0.02), (0.98, 0.14), (0.98, 0.34), (0.5, 0.4), (-0.5, 0.4)]
    pen.fill(body, c["body"])
    pen.fill([(-0.74, -0.14), (-0.62, -0.44), (-0.24, -0.46), (-0.24, -0.12)], c["glass"])
    pen.fill([(-0.16, -0.12), (-0.16, -0.46), (0.06, -0.45), (0.22, -0.36), (0.4, -0.1)], c["glass"])
    thin(pen, [(-0.2, -0.5), (-0.2, 0.34)], 0.025, c["trim"])
    pen.rect(-0.14, 0.0, 0.02, 0.04, c["trim"])
    pen.fill([(0.84, 0.02), (0.96, 0.12), (0.94, 0.18), (0.8, 0.12)], c["lamp"])
    pen.rect(-0.97, 0.02, -0.88, 0.16, c["rear"])
    pen.rect(-0.98, 0.28, 1.0, 0.38, c["trim"], 0.04)
    for x in (-0.58, 0.6):
        pen.ellipse(x, 0.36, 0.24, 0.24, c["trim"])
        pen.ellipse(x, 0.36, 0.13, 0.13, c["lamp"])
        pen.ellipse(x, 0.36, 0.05, 0.05, c["trim"])


def _car_front(pen: Pen, c: Palette) -> None:
    for x in (-0.66, 0.66):
        pen.rect(x - 0.14, 0.4, x + 0.14, 0.84, c["trim"], 0.06)
    roof = [(-0.6, -0.16), (-0.46, -0.66), (-0.3, -0.74), (0.3, -0.74), (0.46, -0.66), (0.6, -0.16)]
    pen.fill([*roof, (0.84, 0.0), (0.86, 0.6), (-0.86, 0.6), (-0.84, 0.0)], c["body"])
    pen.fill([(-0.54, -0.16), (-0.4, -0.6), (0.4, -0.6), (0.54, -0.16)], c["glass"])
    for side in (-1, 1):
        pen.ellipse(side * 0.6, 0.18, 0.18, 0.14, c["lamp"])
        pen.ellipse(side * 0.78, -0.16, 0.12, 0.08, c["body"])
    pen.rect(-0.34, 0.12, 0.34, 0.24, c["trim"], 0.05)
    pen.rect(-0.86, 0.42, 0.86, 0.6, c["trim"], 0.06)
    pen.rect(-0.22, 0.44, 0.22, 0.57, c["lamp"])


THINGS: tuple[Thing, ...] = (
    Thing(
        "crane_machine",
        crane_machine,
        ("tower crane", "mobile crane"),
        (
            {"frame": (242, 186, 40), "weight": (84, 84, 88), "cable": (50, 50, 54), "glass": (200, 228, 240)},
            {"frame": (206, 62, 50), "weight": (150, 146, 140), "cable": (70, 66, 66), "glass": (214, 232, 240)},
            {"frame": (64, 120, 186), "weight": (96, 100, 108), "cable": (44, 48, 58), "glass": (210, 226, 236)},
        ),
        (Context.SKY, Context.ROAD, Context.NIGHT),
    ),
    Thing(
        "sneaker",
        sneaker,
        ("running shoe", "high"),
        (
            {"upper": (52, 92, 170), "sole": (246, 246, 242), "stripe": (240, 90, 60), "lining": (186, 204, 232)},
            {"upper": (44, 44, 48), "sole": (250, 250, 250), "stripe": (222, 222, 222), "lining": (140, 140, 146)},
            {"upper": (214, 64, 72), "sole": (250, 244, 232), "stripe": (250, 212, 90), "lining": (246, 190, 186)},
        ),
        (Context.PLAIN, Context.ROOM, Context.ROAD),
    ),
    Thing(
        "small_car",
        small_car,
        ("side", "front"),
        (
            {
                "body": (214, 60, 52),
                "glass": (182, 214, 228),
                "trim": (42, 42, 46),
                "lamp": (240, 236, 214),
                "rear": (150, 24, 28),
            },
            {
                "body": (90, 150, 196),
                "glass": (206, 226, 234),
                "trim": (50, 52, 58),
                "lamp": (238, 238, 230),
                "rear": (168, 40, 40),
            },
            {
                "body": (226, 228, 230),
                "glass": (120, 146, 160),
                "trim": (56, 56, 60),
                "lamp": (250, 244, 220),
                "rear": (186, 48, 44),
            },
        ),
        (Context.ROAD, Context.PLAIN, Context.GRASS),
    ),
)
