"""Drawings of what shares a lemma with food, tools and instruments: oil drums, finger nails, jars, ..."""

from __future__ import annotations

from laionet.causal.drawings import clothes, devices
from laionet.causal.drawings.outlines import mirrored, ribbon, tube
from laionet.causal.drawings.pen import Pen
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context


def oil_drum(pen: Pen, c: Palette, variant: int) -> None:
    """A steel barrel, upright or lying on its side."""
    if variant == 1:
        with pen.at(0.08, 0.1, 0.98, -78):
            _barrel(pen, c)
    else:
        _barrel(pen, c)


def _barrel(pen: Pen, c: Palette) -> None:
    pen.fill(tube(0, -0.74, 0.78, 0.62, 0.62, 0.28), c["steel"])
    for y in (-0.26, 0.26, 0.76):
        pen.fill(tube(0, y, y + 0.07, 0.66, 0.66, 0.28), c["rib"])
    pen.fill(tube(0, -0.74, -0.66, 0.66, 0.66, 0.28), c["rib"])
    pen.ellipse(0, -0.74, 0.66, 0.19, c["rib"])
    pen.ellipse(0, -0.74, 0.58, 0.15, c["lid"])
    pen.ellipse(-0.3, -0.72, 0.1, 0.04, c["rib"])
    pen.fill(
        [(0, 0.2), (0.14, 0.4), (0.14, 0.52), (0, 0.62), (-0.14, 0.52), (-0.14, 0.4)], c["label"], smooth=True
    )


def fingernails(pen: Pen, c: Palette, variant: int) -> None:
    """Painted nails: of a whole hand, or of four fingers held together."""
    if variant == 1:
        for x, top, angle in ((0.62, -0.2, 16), (0.24, -0.62, 6), (-0.2, -0.72, -3), (-0.62, -0.4, -11)):
            with pen.at(x * 0.9, 1.0, 1, angle):
                _finger(pen, c, top - 1.0, 0.38)
        return
    pen.fill(
        [
            (-0.42, 0.98),
            (-0.38, 0.6),
            (-0.46, 0.2),
            (-0.3, -0.04),
            (0.34, -0.04),
            (0.48, 0.24),
            (0.36, 0.64),
            (0.38, 0.98),
        ],
        c["skin"],
        smooth=True,
    )
    for x, y, length, angle in (
        (-0.36, 0.18, 0.86, -18),
        (-0.13, 0.08, 1.04, -6),
        (0.12, 0.08, 1.0, 5),
        (0.34, 0.18, 0.84, 17),
    ):
        with pen.at(x, y, 1, angle):
            _finger(pen, c, -length, 0.23)
    with pen.at(0.36, 0.62, 1, 56):
        _finger(pen, c, -0.66, 0.25)


def _finger(pen: Pen, c: Palette, tip: float, wide: float) -> None:
    """From (0, 0) up to ``tip``."""
    half = wide / 2
    pen.rect(-half, tip, half, 0.1, c["skin"], half)
    for k in (0.0, 0.05):
        pen.fill(
            ribbon(
                [(-half * 0.6, tip * 0.5 + k), (0, tip * 0.5 + k + 0.02), (half * 0.6, tip * 0.5 + k)],
                [0.01, 0.02, 0.01],
            ),
            c["crease"],
        )
    nail = mirrored(
        [
            (0, tip - 0.5 * wide),
            (0.26 * wide, tip - 0.36 * wide),
            (0.34 * wide, tip + 0.3 * wide),
            (0.2 * wide, tip + 0.62 * wide),
            (0, tip + 0.68 * wide),
        ]
    )
    pen.fill(nail, c["polish"], smooth=True)
    pen.fill(
        ribbon([(-0.14 * wide, tip - 0.2 * wide), (-0.16 * wide, tip + 0.3 * wide)], [0.02, 0.03]), c["gloss"]
    )


def jar(pen: Pen, c: Palette, variant: int) -> None:
    """A glass of jam with a cloth on its lid, or a low jar of cream."""
    if variant == 1:
        pen.fill(tube(0, -0.1, 0.56, 0.9, 0.84, 0.24), c["glass"])
        pen.fill(tube(0, 0.1, 0.4, 0.9, 0.86, 0.24), c["label"])
        pen.fill(ribbon([(-0.36, 0.42), (0, 0.47), (0.36, 0.42)], [0.05, 0.05, 0.05]), c["print"])
        pen.fill(ribbon([(-0.22, 0.56), (0, 0.58), (0.22, 0.56)], [0.04, 0.04, 0.04]), c["print"])
        pen.fill(tube(0, -0.46, -0.12, 0.95, 0.95, 0.24), c["lid"])
        pen.ellipse(0, -0.46, 0.95, 0.228, c["lid"])
        pen.ellipse(0, -0.46, 0.7, 0.15, c["glass"])
        return
    pen.fill(
        mirrored([(0, -0.56), (0.46, -0.54), (0.62, -0.36), (0.66, 0.2), (0.62, 0.86), (0.46, 0.97), (0, 0.98)]),
        c["glass"],
        smooth=True,
    )
    pen.rect(-0.57, -0.3, 0.57, 0.9, c["filling"], 0.14)
    pen.rect(-0.42, -0.08, 0.42, 0.58, c["label"], 0.05)
    pen.ellipse(0, 0.14, 0.13, 0.13, c["print"])
    pen.rect(-0.28, 0.38, 0.28, 0.45, c["print"])
    cloth = mirrored(
        [
            (0, -0.98),
            (0.4, -0.96),
            (0.5, -0.72),
            (0.74, -0.5),
            (0.56, -0.42),
            (0.38, -0.48),
            (0.2, -0.4),
            (0, -0.48),
        ]
    )
    pen.fill(cloth, c["lid"], smooth=True)
    pen.fill(ribbon([(-0.5, -0.7), (0, -0.64), (0.5, -0.7)], [0.07, 0.07, 0.07]), c["print"])


THINGS: tuple[Thing, ...] = (
    Thing(
        "oil_drum",
        oil_drum,
        ("upright", "lying"),
        (
            {"steel": (36, 92, 160), "rib": (150, 190, 224), "lid": (60, 112, 176), "label": (244, 244, 240)},
            {"steel": (140, 74, 44), "rib": (206, 164, 128), "lid": (112, 60, 40), "label": (240, 222, 190)},
            {"steel": (44, 46, 50), "rib": (180, 182, 186), "lid": (70, 72, 78), "label": (246, 206, 60)},
        ),
        (Context.ROAD, Context.PLAIN, Context.GRASS),
    ),
    Thing(
        "fingernails",
        fingernails,
        ("hand", "fingers"),
        (
            {
                "skin": (238, 190, 160),
                "crease": (190, 130, 104),
                "polish": (206, 24, 66),
                "gloss": (255, 214, 224),
            },
            {"skin": (150, 98, 70), "crease": (104, 62, 44), "polish": (246, 240, 234), "gloss": (255, 255, 255)},
            {
                "skin": (244, 206, 182),
                "crease": (200, 146, 124),
                "polish": (92, 60, 150),
                "gloss": (224, 212, 246),
            },
        ),
        (Context.PLAIN, Context.TABLE),
    ),
    Thing(
        "jar",
        jar,
        ("jam", "cream"),
        (
            {
                "glass": (222, 234, 236),
                "filling": (170, 30, 44),
                "label": (250, 244, 226),
                "print": (120, 40, 50),
                "lid": (206, 116, 128),
            },
            {
                "glass": (248, 240, 240),
                "filling": (224, 140, 40),
                "label": (240, 236, 230),
                "print": (90, 80, 70),
                "lid": (190, 160, 90),
            },
            {
                "glass": (150, 200, 210),
                "filling": (96, 40, 100),
                "label": (246, 250, 250),
                "print": (30, 90, 110),
                "lid": (40, 70, 96),
            },
        ),
        (Context.TABLE, Context.PLAIN),
    ),
    *clothes.THINGS,
    *devices.THINGS,
)
