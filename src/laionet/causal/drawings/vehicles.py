"""Drawings of an airliner and a school bus."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from laionet.causal.drawings.pen import Pen, arc
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context


def airliner(pen: Pen, c: Palette, variant: int) -> None:
    """From the side, from above, or from the front."""
    (_plane_side, _plane_above, _plane_front)[variant](pen, c)


def _plane_side(pen: Pen, c: Palette) -> None:
    pen.fill([(0.14, -0.1), (-0.06, -0.1), (-0.36, -0.4), (-0.26, -0.4)], c["wing"])
    pen.fill([(-0.5, -0.1), (-0.76, -0.58), (-0.98, -0.6), (-0.86, -0.04)], c["tail"])
    upper = [(1.0, 0.06), (0.93, -0.03), (0.78, -0.12), (0.55, -0.15), (-0.45, -0.15), (-0.75, -0.13)]
    lower = [(-1.02, -0.08), (-1.0, -0.03), (-0.7, 0.09), (-0.4, 0.15), (0.5, 0.16), (0.82, 0.15), (0.96, 0.11)]
    pen.fill(upper + lower, c["body"], smooth=True)
    pen.line([(0.94, 0.065), (-0.4, 0.065), (-0.86, -0.02)], c["stripe"], 0.04)
    pen.fill([(0.93, -0.03), (0.84, -0.1), (0.78, -0.1), (0.78, -0.03)], c["glass"])
    for x in np.linspace(-0.6, 0.62, 15):
        pen.rect(x - 0.02, -0.075, x + 0.02, -0.015, c["glass"])
    pen.fill([(-0.66, -0.06), (-0.84, -0.06), (-1.12, 0.1), (-1.02, 0.1)], c["wing"])
    pen.rect(0.02, 0.2, 0.34, 0.35, c["engine"], 0.07)
    pen.ellipse(0.32, 0.275, 0.035, 0.07, c["glass"])
    pen.fill([(0.26, 0.1), (-0.12, 0.1), (-0.54, 0.48), (-0.44, 0.5), (0.06, 0.24)], c["wing"])
    pen.line([(-0.06, 0.13), (-0.5, 0.48)], c["line"], 0.02)


def _plane_above(pen: Pen, c: Palette) -> None:
    for flip in (False, True):
        with pen.at(flip=flip):
            pen.rect(0.26, -0.26, 0.38, 0.04, c["engine"], 0.06)
            pen.ellipse(0.32, -0.25, 0.055, 0.025, c["glass"])
            pen.fill([(0.08, -0.3), (0.96, 0.3), (1.0, 0.42), (0.4, 0.2), (0.08, 0.2)], c["wing"])
            pen.line([(0.14, 0.14), (0.42, 0.14), (0.92, 0.35)], c["line"], 0.02)
            pen.fill([(0.05, 0.68), (0.38, 0.88), (0.38, 0.97), (0.05, 0.88)], c["wing"])
    nose = [(0.0, -1.0), (0.09, -0.9), (0.13, -0.72), (0.13, 0.4), (0.09, 0.72), (0.02, 0.98)]
    pen.fill(nose + [(-x, y) for x, y in reversed(nose)], c["body"], smooth=True)
    pen.fill([(-0.085, -0.84), (-0.05, -0.9), (0.05, -0.9), (0.085, -0.84), (0.0, -0.87)], c["glass"])
    pen.line([(-0.085, -0.68), (-0.085, 0.5)], c["stripe"], 0.03)
    pen.line([(0.085, -0.68), (0.085, 0.5)], c["stripe"], 0.03)
    pen.fill([(0, 0.58), (0.035, 0.74), (0.03, 1.0), (-0.03, 1.0), (-0.035, 0.74)], c["tail"])


def _plane_front(pen: Pen, c: Palette) -> None:
    pen.fill([(-0.06, -0.2), (-0.04, -0.68), (0.04, -0.68), (0.06, -0.2)], c["tail"])
    for flip in (False, True):
        with pen.at(0, 0.06, flip=flip):
            pen.fill([(0.1, -0.16), (0.44, -0.26), (0.44, -0.23), (0.1, -0.06)], c["wing"])
            pen.fill(
                [(0.14, 0.08), (1.0, -0.16), (1.02, -0.26), (1.05, -0.16), (0.7, -0.02), (0.14, 0.25)], c["wing"]
            )
            pen.line([(0.16, 0.26), (0.16, 0.54)], c["line"], 0.04)
            pen.rect(0.07, 0.44, 0.25, 0.62, c["glass"], 0.05)
            pen.ellipse(0.47, 0.22, 0.15, 0.15, c["engine"])
            pen.ellipse(0.47, 0.22, 0.11, 0.11, c["glass"])
            pen.ellipse(0.47, 0.22, 0.04, 0.04, c["engine"])
    pen.line([(0, 0.3), (0, 0.56)], c["line"], 0.04)
    pen.rect(-0.06, 0.48, 0.06, 0.66, c["glass"], 0.05)
    pen.ellipse(0, 0.06, 0.31, 0.33, c["body"])
    pen.fill(arc(0, 0.06, 0.31, 0.33, 20, 160), c["stripe"])
    for flip in (False, True):
        with pen.at(flip=flip):
            pen.fill([(0.01, -0.12), (0.12, -0.11), (0.12, -0.01), (0.01, 0.0)], c["glass"])
            pen.fill([(0.135, -0.105), (0.2, -0.06), (0.22, 0.0), (0.135, -0.01)], c["glass"])
    pen.ellipse(0, 0.14, 0.06, 0.05, c["engine"])


def school_bus(pen: Pen, c: Palette, variant: int) -> None:
    """From the side, from the front, or a short bus from the side."""
    (_bus_side, _bus_front, _bus_short)[variant](pen, c)


def _wheel(pen: Pen, c: Palette, x: float, y: float, r: float) -> None:
    pen.ellipse(x, y, r, r, c["black"])
    pen.ellipse(x, y, 0.55 * r, 0.55 * r, c["rim"])
    pen.ellipse(x, y, 0.18 * r, 0.18 * r, c["black"])


def _stop_arm(pen: Pen, c: Palette, x: float, y: float, r: float) -> None:
    """The red octagon at the side, with a white bar where its word is."""
    turns = np.radians(45 * np.arange(8) + 22.5)
    pen.fill(np.stack([x + r * np.cos(turns), y + r * np.sin(turns)], axis=1), c["stop"])
    pen.rect(x - 0.62 * r, y - 0.2 * r, x + 0.62 * r, y + 0.2 * r, c["rim"])


def _panes(pen: Pen, c: Palette, edges: Sequence[float], top: float, low: float, gap: float) -> None:
    for left, right in zip(edges[:-1], edges[1:], strict=True):
        pen.rect(left + gap, top, right - gap, low, c["glass"], 0.03)
        pen.line([(left + gap, (top + low) / 2), (right - gap, (top + low) / 2)], c["body"], 0.02)


def _bus_side(pen: Pen, c: Palette) -> None:
    pen.fill([(0.5, -0.06), (0.88, -0.03), (0.98, 0.04), (1.0, 0.38), (0.5, 0.38)], c["body"])
    outline = [(-1, 0.38), (-1, -0.42), (-0.94, -0.52), (-0.84, -0.55)]
    outline += [(0.44, -0.55), (0.54, -0.5), (0.64, -0.04), (0.64, 0.38)]
    pen.fill(outline, c["body"])
    pen.line([(-0.94, -0.5), (0.5, -0.5)], c["rim"], 0.035)
    _panes(pen, c, np.linspace(-0.96, 0.22, 8).tolist(), -0.4, -0.12, 0.022)
    pen.fill([(0.46, -0.4), (0.53, -0.4), (0.6, -0.06), (0.46, -0.06)], c["glass"])
    pen.rect(0.25, -0.4, 0.42, 0.36, c["black"], 0.02)
    pen.rect(0.275, -0.37, 0.395, 0.08, c["glass"])
    pen.rect(0.275, 0.12, 0.395, 0.32, c["glass"])
    for y in (-0.03, 0.1, 0.25):
        pen.line([(-0.99, y), (0.24, y)], c["black"], 0.03)
    pen.line([(0.46, 0.16), (0.97, 0.16)], c["black"], 0.03)
    pen.rect(0.92, 0.0, 1.0, 0.1, c["lamp"], 0.03)
    pen.rect(-1.04, 0.33, -0.3, 0.4, c["black"], 0.03)
    pen.rect(0.9, 0.3, 1.06, 0.4, c["black"], 0.03)
    pen.ellipse(0.56, -0.56, 0.05, 0.035, c["stop"])
    pen.ellipse(-0.92, -0.55, 0.05, 0.035, c["stop"])
    _stop_arm(pen, c, -0.02, 0.17, 0.12)
    for x in (-0.58, 0.7):
        _wheel(pen, c, x, 0.4, 0.18)


def _bus_front(pen: Pen, c: Palette) -> None:
    pen.line([(0.6, 0.2), (0.84, 0.2)], c["black"], 0.05)
    _stop_arm(pen, c, 0.86, 0.2, 0.18)
    for x in (-0.46, 0.46):
        pen.rect(x - 0.12, 0.6, x + 0.12, 0.96, c["black"], 0.05)
    outline = [(-0.62, 0.5), (-0.62, -0.66), (-0.5, -0.88), (-0.3, -0.95)]
    outline += [(0.3, -0.95), (0.5, -0.88), (0.62, -0.66), (0.62, 0.5)]
    pen.fill(outline, c["body"])
    pen.rect(-0.3, -0.88, 0.3, -0.71, c["sign"], 0.03)
    for left, right in ((-0.24, -0.02), (0.06, 0.24)):
        pen.line([(left, -0.795), (right, -0.795)], c["black"], 0.07)
    for flip in (False, True):
        with pen.at(flip=flip):
            pen.ellipse(0.5, -0.74, 0.065, 0.065, c["stop"])
            pen.ellipse(0.375, -0.81, 0.05, 0.05, c["lamp"])
            pen.rect(0.02, -0.6, 0.55, -0.1, c["glass"], 0.05)
            pen.line([(0.1, -0.12), (0.42, -0.34)], c["black"], 0.025)
            pen.line([(0.6, -0.46), (0.8, -0.5), (0.8, -0.34)], c["black"], 0.035)
            pen.rect(0.71, -0.42, 0.89, -0.1, c["black"], 0.04)
            pen.rect(0.74, -0.38, 0.86, -0.15, c["rim"], 0.02)
    pen.rect(-0.68, 0.36, 0.68, 0.6, c["body"], 0.05)
    pen.fill([(-0.5, 0.6), (-0.52, 0.1), (-0.42, 0.0), (0.42, 0.0), (0.52, 0.1), (0.5, 0.6)], c["body"])
    pen.rect(-0.3, 0.1, 0.3, 0.52, c["black"], 0.04)
    for y in (0.18, 0.27, 0.36, 0.45):
        pen.line([(-0.26, y), (0.26, y)], c["rim"], 0.03)
    for x in (-0.47, 0.47):
        pen.ellipse(x, 0.34, 0.11, 0.11, c["rim"])
        pen.ellipse(x, 0.34, 0.07, 0.07, c["lamp"])
    pen.rect(-0.74, 0.58, 0.74, 0.76, c["black"], 0.05)


def _bus_short(pen: Pen, c: Palette) -> None:
    pen.fill([(0.3, 0.0), (0.74, 0.04), (0.88, 0.12), (0.9, 0.58), (0.3, 0.58)], c["body"])
    pen.fill(
        [(-0.9, 0.58), (-0.9, -0.52), (-0.8, -0.66), (0.14, -0.66), (0.26, -0.58), (0.48, 0.04), (0.48, 0.58)],
        c["body"],
    )
    pen.line([(-0.8, -0.6), (0.18, -0.6)], c["rim"], 0.05)
    _panes(pen, c, np.linspace(-0.86, 0.1, 4).tolist(), -0.47, -0.11, 0.035)
    pen.fill([(0.14, -0.45), (0.24, -0.45), (0.42, 0.02), (0.14, 0.02)], c["glass"])
    for y in (-0.03, 0.16, 0.36):
        pen.line([(-0.89, y), (0.1, y)], c["black"], 0.045)
    pen.line([(0.14, 0.24), (0.87, 0.24)], c["black"], 0.045)
    pen.line([(0.13, 0.06), (0.13, 0.56)], c["black"], 0.025)
    pen.rect(0.8, 0.08, 0.91, 0.22, c["lamp"], 0.04)
    pen.rect(-0.96, 0.5, -0.3, 0.6, c["black"], 0.04)
    pen.rect(0.76, 0.48, 0.98, 0.6, c["black"], 0.04)
    for x in (-0.84, 0.2):
        pen.ellipse(x, -0.67, 0.07, 0.05, c["stop"])
    _stop_arm(pen, c, -0.1, 0.2, 0.17)
    for x in (-0.5, 0.58):
        _wheel(pen, c, x, 0.6, 0.22)


THINGS: tuple[Thing, ...] = (
    Thing(
        "airliner",
        airliner,
        ("side", "from above", "front"),
        (
            {
                "body": (240, 243, 246),
                "wing": (188, 196, 206),
                "tail": (28, 72, 156),
                "stripe": (36, 84, 170),
                "glass": (44, 56, 76),
                "engine": (206, 210, 218),
                "line": (108, 116, 128),
            },
            {
                "body": (236, 236, 232),
                "wing": (196, 198, 202),
                "tail": (196, 34, 42),
                "stripe": (202, 44, 48),
                "glass": (52, 54, 62),
                "engine": (214, 208, 206),
                "line": (116, 116, 120),
            },
            {
                "body": (224, 206, 160),
                "wing": (176, 180, 188),
                "tail": (222, 108, 30),
                "stripe": (122, 64, 34),
                "glass": (46, 44, 48),
                "engine": (186, 178, 164),
                "line": (104, 98, 92),
            },
        ),
        (Context.SKY, Context.ROAD, Context.NIGHT),
        "n02690373",
    ),
    Thing(
        "school_bus",
        school_bus,
        ("side", "front", "short"),
        (
            {
                "body": (250, 190, 22),
                "black": (28, 28, 30),
                "glass": (70, 92, 110),
                "rim": (226, 228, 230),
                "stop": (206, 30, 34),
                "lamp": (250, 240, 190),
                "sign": (255, 214, 60),
            },
            {
                "body": (236, 176, 70),
                "black": (44, 42, 42),
                "glass": (92, 104, 110),
                "rim": (206, 204, 198),
                "stop": (168, 54, 44),
                "lamp": (238, 226, 186),
                "sign": (240, 204, 110),
            },
            {
                "body": (240, 240, 236),
                "black": (30, 40, 74),
                "glass": (66, 84, 106),
                "rim": (214, 220, 226),
                "stop": (200, 36, 40),
                "lamp": (250, 226, 140),
                "sign": (250, 206, 60),
            },
        ),
        (Context.ROAD, Context.PLAIN, Context.SNOW),
        "n04146614",
    ),
)
