"""Drawings of wading birds: crane and flamingo."""

from __future__ import annotations

from laionet.causal.drawings.pen import Pen
from laionet.causal.drawings.strokes import taper, thin
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context


def crane(pen: Pen, c: Palette, variant: int) -> None:
    """A crane that stands, flies, or dances with its wings raised."""
    if variant == 1:
        with pen.at(-0.06, 0.32):
            _crane_flying(pen, c)
    elif variant == 2:
        _crane_dancing(pen, c)
    else:
        _leg(pen, c, [(-0.02, 0.24), (0.04, 0.6), (0.04, 0.98)], 0.05)
        _leg(pen, c, [(-0.16, 0.24), (-0.16, 0.6), (-0.2, 0.98)], 0.05)
        _crane_body(pen, c)
        neck = [(0.24, 0.02), (0.42, -0.2), (0.38, -0.46), (0.3, -0.66), (0.36, -0.86)]
        taper(pen, neck, (0.3, 0.16, 0.11, 0.1, 0.11), c["body"])
        taper(pen, neck[1:], (0.1, 0.11, 0.1, 0.11), c["dark"])
        with pen.at(0.4, -0.88):
            _crane_head(pen, c)


def _crane_body(pen: Pen, c: Palette) -> None:
    outline = [(0.36, -0.06), (0.2, -0.2), (-0.1, -0.22), (-0.42, -0.08), (-0.6, 0.16), (-0.3, 0.3), (0.1, 0.3)]
    pen.fill([*outline, (0.32, 0.18)], c["body"], smooth=True)
    for x, y in ((-0.86, 0.3), (-0.8, 0.42), (-0.68, 0.5), (-0.54, 0.52)):
        taper(pen, [(-0.3, -0.02), ((x - 0.36) / 2, y / 2 - 0.1), (x, y)], (0.12, 0.17, 0.03), c["dark"])
    wing = [(0.24, -0.02), (0.06, -0.16), (-0.24, -0.14), (-0.5, 0.04), (-0.36, 0.16), (-0.06, 0.2), (0.16, 0.14)]
    pen.fill(wing, c["wing"], smooth=True)
    pen.line([(0.12, 0.06), (-0.1, 0.1), (-0.34, 0.1)], c["shade"], 0.025, smooth=True)
    pen.line([(0.12, -0.03), (-0.12, 0.0), (-0.38, 0.01)], c["shade"], 0.025, smooth=True)


def _crane_head(pen: Pen, c: Palette) -> None:
    """The head about the origin, its long straight bill to the right."""
    pen.fill([(0.08, -0.06), (0.52, 0.02), (0.08, 0.05)], c["bill"])
    pen.ellipse(0.02, 0.0, 0.13, 0.09, c["dark"])
    pen.fill([(-0.1, 0.0), (-0.02, 0.0), (-0.04, 0.1), (-0.12, 0.2), (-0.14, 0.08)], c["body"], smooth=True)
    pen.fill([(-0.1, -0.06), (-0.02, -0.12), (0.1, -0.09), (0.12, -0.03), (0.0, -0.04)], c["crown"], smooth=True)
    pen.ellipse(0.06, -0.01, 0.022, 0.022, c["body"])


def _leg(pen: Pen, c: Palette, points: list[tuple[float, float]], width: float) -> None:
    """A thin leg with a knee and three toes."""
    thin(pen, points, width, c["leg"])
    pen.ellipse(*points[1], width * 0.8, width * 0.8, c["leg"])
    x, y = points[-1]
    thin(pen, [(x - 0.1, y + 0.03), (x, y), (x + 0.16, y + 0.03)], width * 0.8, c["leg"])
    thin(pen, [(x, y), (x + 0.08, y + 0.05)], width * 0.8, c["leg"])


def _crane_flying(pen: Pen, c: Palette) -> None:
    for y in (0.1, 0.15):
        thin(pen, [(-0.3, y), (-1.02, y + 0.1)], 0.04, c["leg"])
    _open_wing(pen, c, [(0.16, -0.02), (0.2, -0.4), (0.04, -0.8)], "shade", "wing")
    taper(pen, [(0.2, 0.05), (0.48, 0.0), (0.72, -0.04)], (0.22, 0.11, 0.09), c["body"])
    taper(pen, [(0.4, 0.01), (0.55, -0.01), (0.72, -0.04)], (0.1, 0.1, 0.09), c["dark"])
    taper(pen, [(-0.56, 0.12), (-0.3, 0.1), (0.0, 0.1), (0.3, 0.04)], (0.06, 0.26, 0.32, 0.12), c["body"])
    pen.fill([(-0.34, 0.0), (-0.66, 0.08), (-0.62, 0.2), (-0.34, 0.2)], c["dark"])
    _open_wing(pen, c, [(0.1, 0.04), (-0.1, -0.4), (-0.5, -0.74)], "wing", "shade")
    with pen.at(0.74, -0.05, 0.8):
        _crane_head(pen, c)


def _open_wing(pen: Pen, c: Palette, arm: list[tuple[float, float]], cover: str, edge: str) -> None:
    """A wing along its arm (shoulder, wrist, tip), its dark flight feathers spread to the left of it."""
    (sx, sy), (wx, wy), (tx, ty) = arm
    for k in range(6):
        t = k / 5
        x, y = wx + (tx - wx) * t, wy + (ty - wy) * t
        end = (x - 0.42 + 0.26 * t, y + 0.2 - 0.34 * t)
        taper(pen, [(x + 0.06 * (1 - t), y), end], (0.16, 0.13, 0.05), c["dark"])
    pen.fill([(sx, sy), (wx, wy), (wx - 0.4, wy + 0.22), (sx - 0.46, sy + 0.04)], c["dark"])
    cover_outline = [(sx + 0.06, sy), (wx + 0.08, wy), (tx, ty), (wx - 0.16, wy + 0.08), (sx - 0.3, sy + 0.02)]
    pen.fill(cover_outline, c[cover], smooth=True)
    taper(pen, [(sx + 0.03, sy), (wx + 0.03, wy), (tx, ty)], (0.1, 0.07, 0.02), c[edge])


def _crane_dancing(pen: Pen, c: Palette) -> None:
    _leg(pen, c, [(-0.02, 0.36), (0.0, 0.68), (-0.06, 0.98)], 0.045)
    _leg(pen, c, [(0.06, 0.34), (0.3, 0.52), (0.16, 0.76)], 0.045)
    for flip, angle in ((True, 8), (False, 0)):
        with pen.at(0.02, 0.12, 0.86, angle, flip=flip):
            _open_wing(pen, c, [(-0.08, 0.06), (-0.4, -0.46), (-0.72, -0.86)], "shade" if flip else "wing", "body")
    body = [(0.24, 0.0), (0.1, -0.06), (-0.14, 0.06), (-0.36, 0.36), (-0.1, 0.42), (0.16, 0.32)]
    pen.fill(body, c["body"], smooth=True)
    for x, y in ((-0.56, 0.5), (-0.48, 0.6)):
        taper(pen, [(-0.16, 0.3), (x, y)], (0.14, 0.14, 0.03), c["dark"])
    neck = [(0.12, 0.1), (0.24, -0.14), (0.16, -0.4), (0.14, -0.66)]
    taper(pen, neck, (0.22, 0.13, 0.1, 0.1), c["body"])
    taper(pen, neck[1:], (0.09, 0.1, 0.1), c["dark"])
    with pen.at(0.17, -0.7, 0.85, -52):
        _crane_head(pen, c)


def flamingo(pen: Pen, c: Palette, variant: int) -> None:
    """A flamingo on one leg, one that feeds with its head down, or one in flight."""
    if variant == 1:
        with pen.at(0.08, -0.12, 1.1):
            _flamingo_feeding(pen, c)
    elif variant == 2:
        with pen.at(0, 0.31, 1.04):
            _flamingo_flying(pen, c)
    else:
        thin(pen, [(-0.1, 0.1), (-0.08, 0.56), (-0.1, 0.98)], 0.05, c["leg"])
        thin(pen, [(0.0, 0.14), (0.3, 0.4), (-0.06, 0.5)], 0.045, c["leg"])
        pen.ellipse(-0.08, 0.55, 0.045, 0.045, c["leg"])
        thin(pen, [(-0.2, 1.0), (-0.1, 0.98), (0.06, 1.0)], 0.045, c["leg"])
        _flamingo_body(pen, c)
        neck = [
            (0.16, 0.0),
            (0.42, -0.06),
            (0.5, -0.28),
            (0.32, -0.46),
            (0.16, -0.62),
            (0.22, -0.84),
            (0.4, -0.88),
        ]
        taper(pen, neck, (0.26, 0.14, 0.11, 0.1, 0.1, 0.1, 0.11), c["body"])
        with pen.at(0.42, -0.86):
            _flamingo_head(pen, c)


def _flamingo_body(pen: Pen, c: Palette) -> None:
    outline = [
        (0.3, -0.04),
        (0.14, -0.22),
        (-0.14, -0.24),
        (-0.44, -0.06),
        (-0.72, 0.14),
        (-0.4, 0.2),
        (-0.1, 0.24),
    ]
    pen.fill([*outline, (0.2, 0.16)], c["body"], smooth=True)
    for tip in ((-0.74, 0.16), (-0.66, 0.22)):
        taper(pen, [(-0.36, 0.06), tip], (0.1, 0.08, 0.02), c["tip"])
    wing = [(0.16, -0.06), (0.0, -0.16), (-0.26, -0.1), (-0.58, 0.1), (-0.3, 0.14), (0.0, 0.14)]
    pen.fill(wing, c["wing"], smooth=True)
    pen.line([(0.04, 0.02), (-0.14, 0.05), (-0.36, 0.06)], c["body"], 0.03, smooth=True)


def _flamingo_head(pen: Pen, c: Palette) -> None:
    """The head about the origin, its bill bent down, the tip black."""
    pen.ellipse(0.02, 0.0, 0.13, 0.1, c["body"])
    pen.fill(
        [(0.08, -0.07), (0.2, -0.04), (0.29, 0.08), (0.2, 0.18), (0.12, 0.1), (0.06, 0.07)], c["bill"], smooth=True
    )
    hook = [(0.29, 0.05), (0.31, 0.16), (0.26, 0.3), (0.2, 0.24), (0.16, 0.13)]
    pen.fill(hook, c["tip"], smooth=True)
    pen.ellipse(0.05, -0.02, 0.026, 0.026, c["tip"])


def _flamingo_feeding(pen: Pen, c: Palette) -> None:
    for x, knee in ((-0.26, -0.2), (-0.06, -0.12)):
        thin(pen, [(x, -0.3), (knee, 0.3), (x - 0.04, 0.86)], 0.045, c["leg"])
        pen.ellipse(knee, 0.3, 0.045, 0.045, c["leg"])
        thin(pen, [(x - 0.12, 0.89), (x - 0.04, 0.86), (x + 0.12, 0.89)], 0.045, c["leg"])
    with pen.at(-0.1, -0.5, 1.0, 8):
        _flamingo_body(pen, c)
    neck = [(0.04, -0.5), (0.38, -0.66), (0.64, -0.46), (0.6, -0.1), (0.48, 0.2), (0.52, 0.5), (0.5, 0.66)]
    taper(pen, neck, (0.24, 0.15, 0.12, 0.11, 0.1, 0.1, 0.12), c["body"])
    with pen.at(0.5, 0.68, 1.05, 100):
        _flamingo_head(pen, c)


def _flamingo_flying(pen: Pen, c: Palette) -> None:
    for y in (0.12, 0.17):
        thin(pen, [(-0.3, y), (-1.0, y + 0.1)], 0.04, c["leg"])
    _open_wing(pen, {**c, "dark": c["tip"]}, [(0.18, 0.0), (0.26, -0.38), (0.12, -0.76)], "body", "wing")
    taper(pen, [(0.1, 0.1), (0.4, 0.06), (0.72, -0.02)], (0.24, 0.1, 0.08), c["body"])
    taper(pen, [(-0.56, 0.14), (-0.3, 0.12), (0.0, 0.12), (0.3, 0.06)], (0.05, 0.24, 0.3, 0.12), c["body"])
    _open_wing(pen, {**c, "dark": c["tip"]}, [(0.1, 0.06), (-0.06, -0.34), (-0.42, -0.66)], "body", "wing")
    with pen.at(0.74, -0.02, 0.85, -6):
        _flamingo_head(pen, c)


THINGS: tuple[Thing, ...] = (
    Thing(
        "crane",
        crane,
        ("standing", "flying", "dancing"),
        (
            {
                "body": (246, 246, 244),
                "wing": (236, 238, 240),
                "shade": (196, 202, 210),
                "dark": (38, 38, 44),
                "crown": (206, 40, 40),
                "bill": (150, 146, 120),
                "leg": (62, 62, 66),
            },
            {
                "body": (186, 194, 204),
                "wing": (172, 182, 194),
                "shade": (132, 142, 156),
                "dark": (58, 62, 72),
                "crown": (196, 52, 48),
                "bill": (122, 118, 104),
                "leg": (70, 70, 72),
            },
            {
                "body": (206, 188, 166),
                "wing": (190, 160, 124),
                "shade": (146, 118, 90),
                "dark": (106, 88, 72),
                "crown": (186, 66, 54),
                "bill": (112, 104, 92),
                "leg": (84, 78, 72),
            },
        ),
        (Context.WATER, Context.GRASS, Context.SKY),
        "n02012849",
    ),
    Thing(
        "flamingo",
        flamingo,
        ("on one leg", "feeding", "flying"),
        (
            {
                "body": (250, 158, 170),
                "wing": (242, 116, 138),
                "bill": (250, 222, 210),
                "tip": (44, 36, 40),
                "leg": (228, 108, 122),
            },
            {
                "body": (252, 214, 212),
                "wing": (246, 172, 172),
                "bill": (244, 226, 200),
                "tip": (52, 46, 48),
                "leg": (224, 148, 146),
            },
            {
                "body": (248, 130, 96),
                "wing": (226, 78, 58),
                "bill": (246, 216, 190),
                "tip": (40, 30, 32),
                "leg": (206, 92, 84),
            },
        ),
        (Context.WATER, Context.SAND, Context.PLAIN),
        "n02007558",
    ),
)
