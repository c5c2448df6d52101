"""Drawings of the big cats: tiger and cougar."""

from __future__ import annotations

from laionet.causal.drawings.cat_bodies import face, lying, profile, sitting, walking
from laionet.causal.drawings.pen import Pen
from laionet.causal.drawings.strokes import both_sides, stripes, taper
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context

_BACK = [(0.44, -0.36), (0.2, -0.3), (-0.1, -0.24), (-0.4, -0.28), (-0.66, -0.22)]
_BELLY = [(0.5, 0.12), (0.26, 0.22), (-0.1, 0.16), (-0.36, 0.16), (-0.66, 0.14)]


def tiger(pen: Pen, c: Palette, variant: int) -> None:
    """A tiger that walks, its head from the front, or one lying."""
    if variant == 1:
        _tiger_face(pen, c)
        _face_stripes(pen, c)
    elif variant == 2:
        lying(pen, c)
        upper = [(0.3, -0.2), (0.0, -0.14), (-0.3, -0.16), (-0.62, -0.1)]
        lower = [(0.34, 0.34), (0.02, 0.42), (-0.28, 0.42), (-0.66, 0.4)]
        spans = [(0.02, 0, 0.7), (0.2, 0, 0.5), (0.34, 0, 0.75), (0.5, 0, 0.5), (0.66, 0, 0.7), (0.84, 0, 0.45)]
        stripes(pen, upper, lower, spans, c["dark"], 0.075)
        for x, y, dx in ((-0.74, 0.16, 0.2), (-0.78, 0.3, 0.22), (-0.2, 0.28, 0.14), (0.1, 0.3, 0.14)):
            taper(pen, [(x, y), (x + dx, y + 0.05)], (0.02, 0.07, 0.02), c["dark"])
        with pen.at(0.5, -0.36, 1.12):
            profile(pen, c)
            _profile_stripes(pen, c)
    else:
        tail = [(-0.68, -0.14), (-0.86, -0.02), (-0.95, 0.24), (-1.0, 0.46), (-1.12, 0.5)]
        taper(pen, tail, (0.14, 0.13, 0.12, 0.12, 0.08), c["fur"])
        walking(pen, c)
        spans = [(0.06, 0, 0.7), (0.18, 0, 0.5), (0.3, 0, 0.75), (0.31, 1, 0.75), (0.42, 0, 0.55), (0.53, 0, 0.8)]
        spans += [(0.55, 1, 0.8), (0.64, 0, 0.5), (0.75, 0, 0.75), (0.86, 0, 0.5), (0.95, 0, 0.7)]
        stripes(pen, _BACK, _BELLY, spans, c["dark"], 0.07)
        for x, y, dx in ((-0.76, 0.22, 0.24), (-0.76, 0.36, 0.16), (-0.72, 0.48, 0.12)):
            taper(pen, [(x, y), (x + dx, y - 0.04)], (0.055, 0.05, 0.015), c["dark"])
        for x, y in ((0.32, 0.3), (0.32, 0.42)):
            taper(pen, [(x, y), (x + 0.14, y - 0.02)], (0.05, 0.045, 0.015), c["dark"])
        for x, y in ((-0.84, -0.02), (-0.93, 0.16), (-0.96, 0.32), (-1.0, 0.46)):
            pen.line([(x - 0.06, y - 0.01), (x + 0.06, y + 0.03)], c["dark"], 0.06)
        with pen.at(0.68, -0.4):
            profile(pen, c)
            _profile_stripes(pen, c)


def cougar(pen: Pen, c: Palette, variant: int) -> None:
    """A cougar that walks, its head from the front, or one sitting."""
    if variant == 1:
        _cougar_face(pen, c)
    elif variant == 2:
        with pen.at(0.18, 0.02):
            sitting(pen, c)
            with pen.at(0.32, -0.52, 0.44):
                _cougar_face(pen, c)
    else:
        with pen.at(0.08, 0, 0.94):
            _cougar_walking(pen, c)


def _cougar_walking(pen: Pen, c: Palette) -> None:
    tail = [(-0.68, -0.14), (-0.9, 0.06), (-0.98, 0.36), (-1.06, 0.6), (-1.26, 0.6)]
    taper(pen, tail, (0.15, 0.14, 0.13, 0.13, 0.1), c["fur"])
    taper(pen, [(-1.01, 0.48), (-1.1, 0.63), (-1.28, 0.59)], (0.135, 0.14, 0.08), c["dark"])
    walking(pen, c)
    pen.line([(0.36, -0.2), (0.3, 0.04), (0.34, 0.16)], c["line"], 0.035, smooth=True)
    pen.line([(-0.42, -0.1), (-0.38, 0.08), (-0.46, 0.16)], c["line"], 0.035, smooth=True)
    with pen.at(0.68, -0.38, 0.95):
        profile(pen, c)
        taper(pen, [(0.2, 0.12), (0.16, 0.02), (0.24, -0.03)], (0.03, 0.055, 0.02), c["dark"])


def _profile_stripes(pen: Pen, c: Palette) -> None:
    for line in (
        [(-0.18, 0.14), (-0.08, 0.06), (-0.02, -0.06)],
        [(-0.1, 0.2), (0.0, 0.13), (0.05, 0.02)],
        [(0.06, -0.25), (0.06, -0.18)],
        [(0.13, -0.19), (0.11, -0.13)],
    ):
        taper(pen, line, (0.03, 0.05, 0.015), c["dark"])


def _tiger_face(pen: Pen, c: Palette) -> None:
    for _ in both_sides(pen):
        pen.ellipse(0.62, -0.66, 0.25, 0.25, c["dark"])
        pen.ellipse(0.6, -0.62, 0.15, 0.16, c["white"])
    face(pen, c, [(0.4, -0.74), (0.7, -0.42), (0.78, 0.0), (0.9, 0.34), (0.62, 0.62), (0.34, 0.84)])
    for _ in both_sides(pen):
        pen.fill([(0.56, 0.16), (0.84, 0.32), (0.6, 0.58), (0.36, 0.78), (0.44, 0.5)], c["white"], smooth=True)


def _cougar_face(pen: Pen, c: Palette) -> None:
    for _ in both_sides(pen):
        pen.fill([(0.22, -0.66), (0.42, -1.0), (0.7, -0.98), (0.8, -0.5), (0.6, -0.3)], c["dark"], smooth=True)
        pen.fill([(0.34, -0.64), (0.48, -0.88), (0.62, -0.86), (0.68, -0.5)], c["white"], smooth=True)
    face(pen, c, [(0.34, -0.74), (0.64, -0.46), (0.74, -0.06), (0.7, 0.28), (0.5, 0.58), (0.28, 0.84)])
    for _ in both_sides(pen):
        pen.fill([(0.24, 0.24), (0.4, 0.28), (0.5, 0.48), (0.42, 0.58), (0.4, 0.4)], c["dark"], smooth=True)
        taper(pen, [(0.19, 0.18), (0.17, -0.05), (0.24, -0.24)], (0.02, 0.04, 0.02), c["line"])
        taper(pen, [(0.06, -0.4), (0.12, -0.52), (0.1, -0.66)], (0.02, 0.05, 0.02), c["line"])


def _face_stripes(pen: Pen, c: Palette) -> None:
    for _ in both_sides(pen):
        for line in (
            [(0.02, -0.44), (0.2, -0.52), (0.36, -0.48)],
            [(0.02, -0.56), (0.2, -0.64), (0.38, -0.62)],
            [(0.03, -0.28), (0.12, -0.36), (0.24, -0.4)],
            [(0.77, -0.1), (0.62, -0.16), (0.56, -0.28)],
            [(0.84, 0.16), (0.66, 0.08), (0.54, 0.08)],
            [(0.84, 0.38), (0.68, 0.3), (0.54, 0.3)],
            [(0.64, 0.58), (0.56, 0.5), (0.46, 0.5)],
            [(0.7, -0.34), (0.6, -0.4), (0.54, -0.52)],
        ):
            taper(pen, line, (0.09, 0.085, 0.02), c["dark"])


THINGS: tuple[Thing, ...] = (
    Thing(
        "tiger",
        tiger,
        ("walking", "head", "lying"),
        (
            {
                "fur": (240, 150, 56),
                "shade": (222, 146, 84),
                "line": (150, 78, 24),
                "white": (252, 244, 230),
                "dark": (36, 28, 24),
                "nose": (214, 122, 116),
                "eye": (232, 206, 84),
            },
            {
                "fur": (240, 238, 232),
                "shade": (206, 204, 200),
                "line": (150, 148, 146),
                "white": (252, 252, 250),
                "dark": (62, 56, 54),
                "nose": (226, 150, 150),
                "eye": (126, 186, 226),
            },
            {
                "fur": (226, 186, 122),
                "shade": (206, 168, 118),
                "line": (160, 112, 62),
                "white": (250, 242, 222),
                "dark": (140, 84, 44),
                "nose": (206, 136, 120),
                "eye": (180, 196, 110),
            },
        ),
        (Context.GRASS, Context.FOREST, Context.SNOW),
        "n02129604",
    ),
    Thing(
        "cougar",
        cougar,
        ("walking", "head", "sitting"),
        (
            {
                "fur": (218, 172, 116),
                "shade": (192, 152, 116),
                "line": (142, 100, 62),
                "white": (246, 236, 220),
                "dark": (62, 44, 34),
                "nose": (196, 122, 112),
                "eye": (206, 190, 110),
            },
            {
                "fur": (192, 176, 158),
                "shade": (172, 158, 146),
                "line": (118, 106, 96),
                "white": (240, 236, 230),
                "dark": (52, 46, 44),
                "nose": (170, 116, 112),
                "eye": (190, 196, 140),
            },
            {
                "fur": (216, 154, 110),
                "shade": (204, 148, 116),
                "line": (136, 78, 48),
                "white": (240, 220, 198),
                "dark": (70, 36, 26),
                "nose": (150, 84, 76),
                "eye": (214, 180, 90),
            },
        ),
        (Context.SNOW, Context.FOREST, Context.SAND),
        "n02125311",
    ),
)
