"""Drawings of what shares a name with an animal on the web: the machine, the brand, the crossing, the place."""

from __future__ import annotations

from laionet.causal.drawings import other_senses_machines
from laionet.causal.drawings.pen import Pen
from laionet.causal.drawings.strokes import taper, thin
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context


def golf_flag(pen: Pen, c: Palette, variant: int) -> None:
    """A hole with its flag and a ball on the green, or a ball on its tee, the flag far behind it."""
    if variant == 1:
        with pen.at(-0.28, -0.14, 0.76):
            _green(pen, c)
        pen.fill([(0.46, 0.34), (0.74, 0.34), (0.64, 0.46), (0.62, 0.88), (0.58, 0.88), (0.56, 0.46)], c["hole"])
        _ball(pen, c, 0.6, 0.02, 0.4)
        return
    _green(pen, c)
    _ball(pen, c, 0.4, 0.58, 0.15)


def _green(pen: Pen, c: Palette) -> None:
    pen.ellipse(0, 0.68, 1.0, 0.28, c["green"])
    pen.ellipse(0.04, 0.66, 0.8, 0.19, c["light"])
    pen.ellipse(-0.1, 0.66, 0.16, 0.055, c["hole"])
    pen.rect(-0.13, -0.96, -0.07, 0.67, c["pole"], 0.02)
    pen.fill([(-0.08, -0.94), (0.74, -0.66), (-0.08, -0.36)], c["flag"])


def _ball(pen: Pen, c: Palette, x: float, y: float, r: float) -> None:
    pen.ellipse(x, y, r, r, c["ball"])
    for dx, dy in ((-0.4, -0.4), (0.1, -0.5), (0.5, -0.1), (-0.1, 0.0), (0.3, 0.4), (-0.3, 0.45)):
        pen.ellipse(x + dx * r, y + dy * r, r * 0.12, r * 0.12, c["dimple"])


def zebra_crossing(pen: Pen, c: Palette, variant: int) -> None:
    """White bars across a road, seen along it or from above."""
    if variant == 1:
        pen.fill([(-0.6, -1), (0.6, -1), (0.6, 1), (-0.6, 1)], c["road"])
        for side in (-1, 1):
            pen.rect(side * 0.78 - 0.18, -1, side * 0.78 + 0.18, 1, c["kerb"])
        for k in range(6):
            x = -0.5 + 0.18 * k
            pen.rect(x, -0.42, x + 0.1, 0.42, c["bar"])
        for y in (-0.96, -0.72, 0.56, 0.8):
            pen.rect(-0.025, y, 0.025, y + 0.16, c["bar"])
        return
    pen.fill([(-0.34, -0.62), (0.34, -0.62), (1.08, 0.8), (-1.08, 0.8)], c["road"])
    for side in (-1, 1):
        outline = [(0.34, -0.62), (0.62, -0.62), (1.24, 0.4), (1.24, 0.8), (1.08, 0.8)]
        pen.fill([(side * x, y) for x, y in outline], c["kerb"])
    for k in range(7):
        a, b = -1 + 2 * (k + 0.22) / 7, -1 + 2 * (k + 0.78) / 7
        far, near = 0.57, 1.0
        pen.fill([(a * far, -0.12), (b * far, -0.12), (b * near, 0.62), (a * near, 0.62)], c["bar"])
    for y, h in ((-0.56, 0.1), (-0.36, 0.14)):
        pen.fill([(-0.02, y), (0.02, y), (0.03, y + h), (-0.03, y + h)], c["bar"])
    pen.rect(0.76, -0.74, 0.81, 0.0, c["road"])
    pen.fill([(0.78, -1.0), (0.98, -0.8), (0.78, -0.6), (0.58, -0.8)], c["sign"])
    pen.ellipse(0.79, -0.89, 0.03, 0.03, c["road"])
    thin(pen, [(0.72, -0.7), (0.79, -0.78), (0.79, -0.84)], 0.035, c["road"])
    thin(pen, [(0.86, -0.7), (0.79, -0.78), (0.79, -0.84)], 0.035, c["road"])


def crackers(pen: Pen, c: Palette, variant: int) -> None:
    """A bag of crackers shaped as little fish, or a box of them, some of them before it."""
    with pen.at(-0.08, -0.2 if variant == 1 else -0.06):
        _pack(pen, c, variant)


def _pack(pen: Pen, c: Palette, variant: int) -> None:
    if variant == 1:
        pen.fill([(0.5, -0.5), (0.76, -0.64), (0.76, 0.62), (0.5, 0.78)], c["side"])
        pen.fill([(-0.94, -0.5), (-0.68, -0.64), (0.76, -0.64), (0.5, -0.5)], c["top"])
        pen.rect(-0.94, -0.5, 0.5, 0.78, c["pack"])
    else:
        edge = [(-0.52 + 0.13 * k, -0.96 + 0.05 * (k % 2)) for k in range(9)]
        outline = [*edge, (0.6, -0.5), (0.58, 0.2), (0.64, 0.66), (0.5, 0.8), (-0.5, 0.8), (-0.62, 0.66)]
        pen.fill([*outline, (-0.58, 0.2), (-0.6, -0.5)], c["pack"])
        pen.fill([(-0.53, -0.8), (0.53, -0.8), (0.54, -0.74), (-0.54, -0.74)], c["side"])
    x, y = (-0.22, 0.22) if variant else (0.0, 0.0)
    pen.fill([(x - 0.44, y - 0.6), (x + 0.44, y - 0.66), (x + 0.44, y - 0.34), (x - 0.44, y - 0.28)], c["top"])
    pen.line([(x - 0.34, y - 0.42), (x + 0.34, y - 0.49)], c["side"], 0.07)
    pen.ellipse(x, 0.24, 0.42, 0.38, c["window"])
    for dx, dy, angle in (
        (0.0, 0.0, -10),
        (-0.2, 0.2, 24),
        (0.22, 0.24, -30),
        (0.18, -0.12, 14),
        (-0.2, -0.06, -24),
    ):
        with pen.at(x + dx, 0.22 + dy, 0.17, angle):
            _cracker(pen, c)
    for fx, fy, angle in (
        (-0.72, 0.86, -8),
        (-0.3, 0.92, 12),
        (0.16, 0.9, -14),
        (0.6, 0.88, 10),
        (0.94, 0.92, -20),
    ):
        with pen.at(fx, fy, 0.22, angle):
            _cracker(pen, c)


def _cracker(pen: Pen, c: Palette) -> None:
    """One baked fish, flat and plain."""
    outline = [
        (1, 0),
        (0.5, -0.42),
        (0, -0.46),
        (-0.5, -0.16),
        (-0.95, -0.46),
        (-0.95, 0.46),
        (-0.5, 0.16),
        (0, 0.46),
    ]
    pen.fill([*outline, (0.5, 0.42)], c["cracker"])
    pen.ellipse(0.5, -0.1, 0.1, 0.1, c["side"])


def letter_tiles(pen: Pen, c: Palette, variant: int) -> None:
    """Three wooden tiles with the letters S, P, E: in a row, or strewn."""
    places = (
        ((-0.68, 0, 0), (0, 0, 0), (0.68, 0, 0))
        if variant == 0
        else ((-0.6, -0.2, -14), (0.06, 0.16, 8), (0.66, -0.1, 20))
    )
    for (x, y, angle), letter in zip(places, _LETTERS, strict=True):
        with pen.at(x, y, 0.62, angle):
            pen.rect(-0.47, -0.44, 0.53, 0.58, c["edge"], 0.1)
            pen.rect(-0.5, -0.5, 0.5, 0.5, c["wood"], 0.1)
            for y0 in (-0.3, 0.02, 0.34):
                pen.line([(-0.44, y0), (0.0, y0 + 0.04), (0.44, y0 - 0.02)], c["grain"], 0.02, smooth=True)
            for stroke in letter:
                thin(pen, stroke, 0.12, c["ink"])
            pen.line([(0.36, 0.32), (0.36, 0.42)], c["ink"], 0.04)
    if variant == 0:
        pen.rect(-1.04, 0.38, 1.04, 0.52, c["edge"], 0.04)


_S = [(0.22, -0.2), (0.12, -0.3), (-0.1, -0.3), (-0.2, -0.2), (-0.18, -0.06), (0.16, 0.06), (0.22, 0.18)]
_S += [(0.12, 0.3), (-0.12, 0.3), (-0.24, 0.2)]
_BOWL_OF_P = [(-0.2, -0.28), (0.08, -0.28), (0.2, -0.2), (0.2, -0.06), (0.08, 0.04), (-0.2, 0.04)]
_STEM = [(-0.18, -0.34), (-0.18, 0.34)]
_ARMS_OF_E = [[(-0.2, -0.28), (0.22, -0.28)], [(-0.2, 0.0), (0.16, 0.0)], [(-0.2, 0.28), (0.22, 0.28)]]
_LETTERS = ([_S], [_STEM, _BOWL_OF_P], [_STEM, *_ARMS_OF_E])


def hotel(pen: Pen, c: Palette, variant: int) -> None:
    """A tall hotel with lit windows: a plain tower, or a stepped one with wings."""
    if variant == 1:
        pen.rect(-0.9, -0.1, 0.9, 0.94, c["side"])
        _windows(pen, c, -0.84, 0.0, 2, 4)
        _windows(pen, c, 0.46, 0.0, 2, 4)
        pen.rect(-0.4, -0.7, 0.4, 0.94, c["wall"])
        _windows(pen, c, -0.33, -0.6, 3, 6)
        pen.fill([(-0.46, -0.68), (0.0, -0.98), (0.46, -0.68)], c["sign"])
        _entrance(pen, c)
        return
    pen.fill([(0.4, -0.72), (0.6, -0.62), (0.6, 0.94), (0.4, 0.94)], c["side"])
    pen.rect(-0.56, -0.72, 0.42, 0.94, c["wall"])
    _windows(pen, c, -0.49, -0.64, 4, 6)
    pen.rect(-0.44, -0.98, 0.3, -0.78, c["sign"], 0.03)
    for x in (-0.36, 0.18):
        pen.rect(x, -0.79, x + 0.05, -0.7, c["side"])
    for k in range(5):
        pen.ellipse(-0.35 + 0.14 * k, -0.88, 0.045, 0.045, c["lit"])
    with pen.at(-0.07, 0):
        _entrance(pen, c)


def _windows(pen: Pen, c: Palette, left: float, top: float, columns: int, rows: int) -> None:
    """Rows of windows, most of them lit."""
    for row in range(rows):
        for column in range(columns):
            x, y = left + 0.24 * column, top + 0.2 * row
            dark = (3 * row + 2 * column) % 7 == 3
            pen.rect(x, y, x + 0.14, y + 0.13, c["unlit" if dark else "lit"])


def _entrance(pen: Pen, c: Palette) -> None:
    pen.rect(-0.14, 0.66, 0.14, 0.94, c["lit"])
    pen.rect(-0.015, 0.66, 0.015, 0.94, c["side"])
    pen.fill([(-0.3, 0.66), (-0.22, 0.56), (0.22, 0.56), (0.3, 0.66)], c["sign"])
    for x in (-0.4, 0.4):
        taper(pen, [(x, 0.95), (x, 0.8), (x, 0.7)], (0.1, 0.14, 0.02), c["plant"])


THINGS: tuple[Thing, ...] = (
    *other_senses_machines.THINGS,
    Thing(
        "golf_flag",
        golf_flag,
        ("flag", "ball on a tee"),
        (
            {
                "green": (70, 140, 62),
                "light": (140, 200, 96),
                "hole": (30, 34, 30),
                "pole": (236, 236, 232),
                "flag": (214, 44, 44),
                "ball": (252, 252, 252),
                "dimple": (206, 210, 214),
            },
            {
                "green": (92, 130, 60),
                "light": (170, 194, 104),
                "hole": (40, 38, 30),
                "pole": (250, 222, 110),
                "flag": (36, 84, 170),
                "ball": (248, 246, 236),
                "dimple": (200, 200, 192),
            },
        ),
        (Context.GRASS, Context.SKY),
    ),
    Thing(
        "zebra_crossing",
        zebra_crossing,
        ("along the road", "from above"),
        (
            {"road": (78, 80, 84), "bar": (240, 240, 236), "kerb": (176, 170, 160), "sign": (250, 206, 60)},
            {"road": (106, 100, 96), "bar": (244, 220, 130), "kerb": (186, 160, 136), "sign": (140, 190, 236)},
        ),
        (Context.ROAD, Context.PLAIN),
    ),
    Thing(
        "crackers",
        crackers,
        ("bag", "box"),
        (
            {
                "pack": (206, 52, 44),
                "side": (120, 28, 30),
                "top": (250, 224, 120),
                "window": (252, 244, 224),
                "cracker": (240, 166, 60),
            },
            {
                "pack": (46, 96, 160),
                "side": (26, 56, 104),
                "top": (246, 240, 220),
                "window": (226, 240, 248),
                "cracker": (236, 172, 84),
            },
        ),
        (Context.TABLE, Context.PLAIN),
    ),
    Thing(
        "letter_tiles",
        letter_tiles,
        ("in a row", "strewn"),
        (
            {"wood": (232, 204, 156), "edge": (160, 118, 72), "grain": (212, 178, 124), "ink": (40, 32, 28)},
            {"wood": (244, 240, 226), "edge": (176, 168, 150), "grain": (228, 222, 204), "ink": (30, 60, 120)},
        ),
        (Context.TABLE, Context.PLAIN),
    ),
    Thing(
        "hotel",
        hotel,
        ("tower", "with wings"),
        (
            {
                "wall": (150, 104, 84),
                "side": (104, 70, 60),
                "lit": (255, 226, 130),
                "unlit": (62, 56, 70),
                "sign": (176, 34, 52),
                "plant": (52, 110, 64),
            },
            {
                "wall": (92, 106, 134),
                "side": (62, 72, 98),
                "lit": (255, 236, 176),
                "unlit": (36, 40, 60),
                "sign": (222, 120, 168),
                "plant": (46, 92, 80),
            },
        ),
        (Context.NIGHT, Context.SKY, Context.ROAD),
    ),
)
