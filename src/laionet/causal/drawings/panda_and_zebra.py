"""Drawings of black and white mammals: giant panda and zebra."""

from __future__ import annotations

from laionet.causal.drawings.pen import Pen
from laionet.causal.drawings.strokes import both_sides, stripes, taper, thin
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context


def giant_panda(pen: Pen, c: Palette, variant: int) -> None:
    """A panda that sits and eats bamboo, one that walks, or its head from the front."""
    if variant == 1:
        _panda_walking(pen, c)
    elif variant == 2:
        _panda_face(pen, c)
    else:
        pen.fill(
            [
                (-0.56, 0.1),
                (-0.3, -0.2),
                (0.3, -0.2),
                (0.56, 0.1),
                (0.6, 0.6),
                (0.3, 0.9),
                (-0.3, 0.9),
                (-0.6, 0.6),
            ],
            c["white"],
            smooth=True,
        )
        pen.fill(
            [(-0.4, -0.24), (0.4, -0.24), (0.56, 0.06), (0.3, 0.16), (-0.3, 0.16), (-0.56, 0.06)],
            c["black"],
            smooth=True,
        )
        for _ in both_sides(pen):
            pen.ellipse(0.4, 0.68, 0.3, 0.2, c["black"], 14)
            pen.ellipse(0.6, 0.72, 0.2, 0.24, c["black"])
            pen.ellipse(0.62, 0.76, 0.1, 0.12, c["pad"])
        arm = [(-0.6, -0.06), (-0.36, -0.1), (-0.3, 0.14), (-0.1, 0.2), (0.0, 0.34), (-0.12, 0.46), (-0.46, 0.44)]
        pen.fill([*arm, (-0.64, 0.24)], c["black"], smooth=True)
        arm = [(0.6, -0.06), (0.36, -0.1), (0.36, 0.06), (0.2, 0.12), (0.14, 0.28), (0.28, 0.4), (0.54, 0.38)]
        pen.fill([*arm, (0.66, 0.18)], c["black"], smooth=True)
        _bamboo(pen, c)
        with pen.at(0, -0.48, 0.54):
            _panda_face(pen, c)


def _bamboo(pen: Pen, c: Palette) -> None:
    taper(pen, [(-0.42, 0.5), (0.24, 0.2), (0.72, -0.02)], (0.075, 0.07, 0.06), c["bamboo"])
    for x, y in ((0.74, -0.24), (0.98, -0.12), (0.96, 0.1), (0.66, 0.2)):
        taper(pen, [(0.66, 0.02), (x, y)], (0.03, 0.12, 0.01), c["bamboo"])


def _panda_face(pen: Pen, c: Palette) -> None:
    """A panda's head from the front."""
    for _ in both_sides(pen):
        pen.ellipse(0.6, -0.6, 0.28, 0.27, c["black"], 20)
    outline = [(0.0, -0.74), (0.38, -0.68), (0.72, -0.42), (0.9, -0.02), (0.9, 0.32), (0.66, 0.62), (0.32, 0.78)]
    pen.fill([*outline, (0, 0.82), *[(-x, y) for x, y in outline[:0:-1]]], c["white"], smooth=True)
    for _ in both_sides(pen):
        pen.fill(
            [(0.2, -0.1), (0.36, -0.22), (0.52, -0.04), (0.56, 0.2), (0.4, 0.24), (0.26, 0.1)],
            c["black"],
            smooth=True,
        )
        pen.ellipse(0.36, -0.02, 0.075, 0.075, c["pad"])
        pen.ellipse(0.36, -0.02, 0.045, 0.045, c["black"])
        taper(pen, [(0, 0.44), (0.02, 0.56), (0.2, 0.58)], (0.04, 0.04, 0.02), c["black"])
    pen.fill([(-0.15, 0.3), (0.15, 0.3), (0.09, 0.42), (0.0, 0.46), (-0.09, 0.42)], c["black"], smooth=True)


def _panda_walking(pen: Pen, c: Palette) -> None:
    for legs in ([(-0.42, 0.2), (-0.3, 0.66)], [(0.28, 0.2), (0.5, 0.64)]):
        taper(pen, legs, (0.34, 0.28, 0.26), c["shade"])
    body = [(0.4, -0.46), (0.1, -0.56), (-0.3, -0.54), (-0.68, -0.34), (-0.84, 0.06), (-0.66, 0.36), (-0.2, 0.38)]
    pen.fill([*body, (0.24, 0.36), (0.52, 0.1)], c["white"], smooth=True)
    pen.ellipse(-0.86, -0.02, 0.1, 0.12, c["white"])
    hind = [(-0.84, 0.1), (-0.62, 0.0), (-0.44, 0.16), (-0.46, 0.5), (-0.4, 0.72), (-0.76, 0.72), (-0.8, 0.5)]
    pen.fill(hind, c["black"], smooth=True)
    front = [
        (0.0, -0.55),
        (0.36, -0.5),
        (0.5, -0.1),
        (0.42, 0.3),
        (0.36, 0.54),
        (0.46, 0.72),
        (0.1, 0.72),
        (0.12, 0.4),
    ]
    pen.fill([*front, (0.0, 0.06)], c["black"], smooth=True)
    with pen.at(0.62, -0.2, 0.42):
        _panda_face(pen, c)


_TOP = [(0.4, -0.44), (0.26, -0.36), (0.0, -0.29), (-0.3, -0.34), (-0.52, -0.33), (-0.66, -0.14)]
_BOTTOM = [(0.46, 0.1), (0.26, 0.16), (0.0, 0.16), (-0.26, 0.16), (-0.48, 0.12), (-0.68, 0.02)]


def zebra(pen: Pen, c: Palette, variant: int) -> None:
    """A zebra that stands, its head and neck from the side, or one that grazes."""
    if variant == 1:
        _zebra_portrait(pen, c)
    elif variant == 2:
        with pen.at(0, -0.26, 1.1):
            _zebra_grazing(pen, c)
    else:
        with pen.at(-0.08, 0.02):
            _zebra_standing(pen, c)


def _zebra_standing(pen: Pen, c: Palette) -> None:
    _zebra_body(pen, c)
    upper = [(0.3, -0.4), (0.48, -0.56), (0.6, -0.72), (0.68, -0.84)]
    lower = [(0.48, -0.04), (0.58, -0.24), (0.66, -0.38), (0.74, -0.5)]
    head = [(0.6, -0.74), (0.7, -0.84), (0.84, -0.72), (1.0, -0.5), (1.03, -0.4), (0.94, -0.34), (0.74, -0.44)]
    _zebra_neck(pen, c, upper, lower, head)
    pen.ellipse(0.97, -0.42, 0.08, 0.07, c["dark"], 40)
    for line in ([(0.76, -0.46), (0.86, -0.68)], [(0.84, -0.42), (0.92, -0.6)]):
        taper(pen, line, (0.02, 0.035, 0.03), c["dark"])
    pen.ellipse(0.8, -0.64, 0.035, 0.03, c["dark"])
    taper(pen, [(0.68, -0.8), (0.66, -0.98)], (0.09, 0.09, 0.03), c["light"])


def _zebra_grazing(pen: Pen, c: Palette) -> None:
    _zebra_body(pen, c)
    upper = [(0.3, -0.38), (0.56, -0.24), (0.7, 0.04), (0.76, 0.3)]
    lower = [(0.42, 0.04), (0.5, 0.14), (0.56, 0.24), (0.62, 0.38)]
    head = [(0.74, 0.2), (0.8, 0.28), (0.86, 0.5), (0.84, 0.68), (0.76, 0.72), (0.68, 0.64), (0.58, 0.38)]
    _zebra_neck(pen, c, upper, lower, head)
    pen.ellipse(0.78, 0.66, 0.08, 0.07, c["dark"], 70)
    for line in ([(0.64, 0.42), (0.84, 0.4)], [(0.68, 0.52), (0.86, 0.48)]):
        taper(pen, line, (0.02, 0.035, 0.03), c["dark"])
    pen.ellipse(0.74, 0.38, 0.035, 0.03, c["dark"])
    taper(pen, [(0.72, 0.18), (0.86, 0.06)], (0.09, 0.09, 0.03), c["light"])


def _zebra_body(pen: Pen, c: Palette) -> None:
    """Body and legs from the side, with their stripes, without neck and head."""
    taper(pen, [(-0.62, -0.22), (-0.78, -0.04), (-0.8, 0.2)], (0.06, 0.05, 0.05), c["light"])
    taper(pen, [(-0.8, 0.14), (-0.81, 0.28), (-0.78, 0.42)], (0.05, 0.12, 0.02), c["dark"])
    for x, dx in ((-0.4, 0.04), (0.22, -0.1)):
        taper(pen, [(x, 0.06), (x + dx, 0.4), (x + dx, 0.86)], (0.2, 0.12, 0.09, 0.08, 0.1), c["shade"])
        for y in (0.32, 0.46, 0.6, 0.72):
            thin(pen, [(x + dx - 0.05, y), (x + dx + 0.05, y)], 0.04, c["dark"])
        pen.rect(x + dx - 0.06, 0.82, x + dx + 0.06, 0.9, c["dark"])
    outline = [
        (0.56, -0.4),
        (0.4, -0.44),
        (0.26, -0.36),
        (0.0, -0.29),
        (-0.3, -0.34),
        (-0.54, -0.32),
        (-0.68, -0.14),
    ]
    outline += [(-0.68, 0.06), (-0.64, 0.26), (-0.68, 0.4), (-0.62, 0.6), (-0.62, 0.86), (-0.5, 0.86), (-0.5, 0.6)]
    outline += [(-0.48, 0.4), (-0.38, 0.2), (-0.1, 0.17), (0.24, 0.16), (0.3, 0.36), (0.3, 0.6), (0.3, 0.86)]
    outline += [(0.42, 0.86), (0.42, 0.6), (0.44, 0.36), (0.5, 0.1), (0.6, -0.12)]
    pen.fill(outline, c["light"], smooth=True)
    for x in (-0.56, 0.36):
        pen.rect(x - 0.07, 0.82, x + 0.07, 0.92, c["dark"])
    spans = [(0.02, 0.2, 1), (0.12, 0, 0.96), (0.22, 0, 0.96), (0.32, 0, 0.94), (0.42, 0, 0.94), (0.52, 0, 0.94)]
    stripes(pen, _TOP, _BOTTOM, [*spans, (0.62, 0, 0.85)], c["dark"], 0.07)
    for y0, y1 in ((-0.3, 0.0), (-0.2, 0.12), (-0.1, 0.22)):
        taper(
            pen,
            [(-0.44 - y1 / 4, y0 + 0.24), (-0.56, y0 + 0.12), (-0.68, y0 + 0.1)],
            (0.02, 0.06, 0.05),
            c["dark"],
        )
    for x0, x1, y in ((-0.66, -0.44, 0.3), (-0.68, -0.5, 0.42), (-0.64, -0.5, 0.54), (-0.62, -0.5, 0.66)):
        thin(pen, [(x0, y), (x1, y + 0.02)], 0.045, c["dark"])
    for y in (0.22, 0.34, 0.46, 0.58, 0.7):
        thin(pen, [(0.3, y), (0.43, y - 0.02)], 0.045, c["dark"])


def _zebra_neck(
    pen: Pen,
    c: Palette,
    upper: list[tuple[float, float]],
    lower: list[tuple[float, float]],
    head: list[tuple[float, float]],
) -> None:
    """Neck between two curves from the body to the head, with mane and stripes, and the head's outline."""
    mane = [(x + 0.01, y - 0.04) for x, y in upper]
    taper(pen, mane, (0.06, 0.16, 0.16, 0.1), c["dark"])
    pen.fill([*upper, *lower[::-1]], c["light"], smooth=True)
    pen.fill(head, c["light"], smooth=True)
    stripes(pen, upper, lower, [(t, 0, 0.95) for t in (0.14, 0.32, 0.5, 0.68, 0.86)], c["dark"], 0.065)


def _zebra_portrait(pen: Pen, c: Palette) -> None:
    upper = [(-0.9, 0.2), (-0.62, -0.26), (-0.3, -0.58), (0.04, -0.76)]
    lower = [(-0.86, 0.82), (-0.4, 0.98), (0.0, 0.7), (0.12, 0.36), (0.24, 0.1)]
    taper(pen, [(x - 0.02, y - 0.06) for x, y in upper], (0.2, 0.3, 0.3, 0.2), c["dark"])
    for t in (0.1, 0.3, 0.5, 0.7, 0.9):
        x, y = -0.9 + 0.9 * t, 0.06 - 1.2 * t + 0.3 * t * t
        pen.line([(x - 0.1, y - 0.1), (x + 0.04, y + 0.06)], c["light"], 0.07)
    pen.fill([*upper, *lower[::-1]], c["light"], smooth=True)
    head = [(-0.1, -0.66), (0.1, -0.78), (0.34, -0.66), (0.6, -0.28), (0.88, 0.1), (0.96, 0.3), (0.84, 0.44)]
    pen.fill([*head, (0.66, 0.42), (0.44, 0.26), (0.2, 0.16), (-0.02, -0.1)], c["light"], smooth=True)
    stripes(pen, upper, lower, [(t, 0, 0.98) for t in (0.06, 0.24, 0.41, 0.57, 0.72, 0.88)], c["dark"], 0.13)
    for line in (
        [(0.02, -0.1), (0.16, -0.12), (0.24, -0.28)],
        [(0.14, 0.08), (0.3, 0.02), (0.4, -0.14)],
        [(0.3, 0.18), (0.44, 0.1), (0.52, -0.02)],
        [(0.38, -0.58), (0.44, -0.3), (0.6, -0.02)],
        [(0.28, -0.68), (0.3, -0.5), (0.36, -0.4)],
        [(0.12, -0.76), (0.14, -0.6), (0.2, -0.5)],
        [(0.54, -0.36), (0.62, -0.14), (0.72, 0.02)],
    ):
        taper(pen, line, (0.06, 0.075, 0.03), c["dark"])
    pen.fill(
        [(0.72, 0.06), (0.86, 0.06), (0.97, 0.28), (0.84, 0.45), (0.66, 0.42), (0.64, 0.24)],
        c["dark"],
        smooth=True,
    )
    pen.ellipse(0.86, 0.24, 0.035, 0.055, c["light"], -30)
    pen.ellipse(0.24, -0.38, 0.085, 0.065, c["dark"], 30)
    pen.ellipse(0.26, -0.4, 0.025, 0.025, c["light"])
    pen.fill([(-0.06, -0.66), (-0.12, -0.92), (0.0, -1.06), (0.12, -0.9), (0.1, -0.7)], c["light"], smooth=True)
    pen.fill([(-0.02, -0.72), (-0.05, -0.88), (0.01, -0.96), (0.06, -0.86), (0.05, -0.74)], c["dark"], smooth=True)


THINGS: tuple[Thing, ...] = (
    Thing(
        "giant_panda",
        giant_panda,
        ("eating bamboo", "walking", "head"),
        (
            {
                "white": (248, 246, 240),
                "black": (34, 34, 38),
                "shade": (62, 62, 68),
                "pad": (206, 196, 188),
                "bamboo": (142, 192, 84),
            },
            {
                "white": (246, 232, 208),
                "black": (122, 84, 56),
                "shade": (98, 66, 44),
                "pad": (226, 196, 168),
                "bamboo": (158, 188, 98),
            },
            {
                "white": (224, 216, 190),
                "black": (56, 50, 44),
                "shade": (78, 70, 62),
                "pad": (200, 184, 164),
                "bamboo": (196, 188, 104),
            },
        ),
        (Context.FOREST, Context.GRASS, Context.SNOW),
        "n02510455",
    ),
    Thing(
        "zebra",
        zebra,
        ("standing", "head", "grazing"),
        (
            {"light": (248, 246, 240), "dark": (28, 28, 32), "shade": (208, 206, 202)},
            {"light": (242, 226, 196), "dark": (74, 52, 40), "shade": (206, 186, 152)},
            {"light": (196, 206, 226), "dark": (36, 42, 70), "shade": (160, 170, 194)},
        ),
        (Context.GRASS, Context.SAND, Context.PLAIN),
        "n02391049",
    ),
)
