"""Drawings of an analog clock."""

from __future__ import annotations

import math

from laionet.causal.drawings.pen import RGB, Pen, arc
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context


def analog_clock(pen: Pen, c: Palette, variant: int) -> None:
    """On the wall, an alarm clock with bells, or a pendulum clock."""
    (_wall_clock, _alarm_clock, _pendulum_clock)[variant](pen, c)


def _hand(pen: Pen, color: RGB, share: float, long: float, width: float) -> None:
    """A hand at ``share`` of a full turn from twelve o'clock."""
    with pen.at(angle=360 * share):
        half = width / 2
        pen.fill(
            [(-half, 0.14 * long), (-half, -0.7 * long), (0, -long), (half, -0.7 * long), (half, 0.14 * long)],
            color,
        )


def _ticks(pen: Pen, color: RGB, outer: float, long: float, hours: range) -> None:
    for hour in hours:
        x, y = math.sin(math.pi * hour / 6), -math.cos(math.pi * hour / 6)
        width = 0.075 if hour % 3 == 0 else 0.045
        pen.line([(outer * x, outer * y), ((outer - long) * x, (outer - long) * y)], color, width)


def _time(pen: Pen, c: Palette, hour: float) -> None:
    """Both hands of a dial of radius 1."""
    _hand(pen, c["hand"], hour / 12, 0.5, 0.13)
    _hand(pen, c["hand"], hour % 1, 0.76, 0.1)


_DIGITS: dict[str, list[tuple[float, float]]] = {
    "1": [(-0.03, -0.06), (0.02, -0.11), (0.02, 0.11)],
    "2": [(-0.06, -0.06), (0, -0.11), (0.06, -0.05), (-0.06, 0.11), (0.07, 0.11)],
    "3": [(-0.06, -0.09), (0.02, -0.11), (0.06, -0.06), (0, 0), (0.06, 0.06), (0.01, 0.11), (-0.06, 0.08)],
    "6": [(0.05, -0.11), (-0.05, 0), (-0.05, 0.08), (0.01, 0.11), (0.06, 0.05), (0.01, 0), (-0.05, 0.04)],
    "9": [(-0.05, 0.11), (0.05, 0), (0.05, -0.08), (-0.01, -0.11), (-0.06, -0.05), (-0.01, 0), (0.05, -0.04)],
}


def _numbers(pen: Pen, color: RGB) -> None:
    """Twelve, three, six and nine on a dial of radius 1."""
    for digit, x, y in (("1", -0.1, -0.7), ("2", 0.07, -0.7), ("3", 0.7, 0), ("6", 0, 0.7), ("9", -0.7, 0)):
        with pen.at(x, y, 1.25):
            pen.line(_DIGITS[digit], color, 0.042)


def _wall_clock(pen: Pen, c: Palette) -> None:
    with pen.at(scale=0.98):
        pen.ellipse(0, 0, 1, 1, c["case"])
        pen.ellipse(0, 0, 0.86, 0.86, c["face"])
    with pen.at(scale=0.84):
        _ticks(pen, c["mark"], 0.96, 0.12, range(12))
        _numbers(pen, c["mark"])
        _time(pen, c, 10 + 9 / 60)
        _hand(pen, c["second"], 0.58, 0.78, 0.03)
        pen.ellipse(0, 0, 0.07, 0.07, c["second"])


def _alarm_clock(pen: Pen, c: Palette) -> None:
    pen.line(arc(0, -0.7, 0.26, 0.26, 180, 360), c["metal"], 0.07)
    pen.line([(0, -0.66), (0, -0.82)], c["metal"], 0.06)
    pen.ellipse(0, -0.82, 0.08, 0.07, c["metal"])
    for flip in (False, True):
        with pen.at(flip=flip):
            pen.line([(0.4, 0.6), (0.6, 0.96)], c["metal"], 0.12)
            pen.line([(0.36, -0.4), (0.46, -0.58)], c["metal"], 0.08)
            with pen.at(0.47, -0.58, 1, 35):
                pen.fill([*arc(0, 0, 0.32, 0.28, 180, 360), (0.32, 0.04), (-0.32, 0.04)], c["bell"])
                pen.ellipse(0, -0.3, 0.06, 0.05, c["bell"])
    with pen.at(0, 0.16, 0.74):
        pen.ellipse(0, 0, 1, 1, c["case"])
        pen.ellipse(0, 0, 0.83, 0.83, c["face"])
    with pen.at(0, 0.16, 0.62):
        _ticks(pen, c["mark"], 0.92, 0.16, range(12))
        _time(pen, c, 10 + 10 / 60)
        _hand(pen, c["second"], 0.5, 0.5, 0.04)
        pen.ellipse(0, 0, 0.08, 0.08, c["mark"])


def _pendulum_clock(pen: Pen, c: Palette) -> None:
    pen.fill(
        [(-0.62, -0.72), (-0.44, -0.78), (-0.22, -0.82), (0, -1.0), (0.22, -0.82), (0.44, -0.78), (0.62, -0.72)],
        c["case"],
    )
    pen.rect(-0.58, -0.74, 0.58, 0.88, c["case"])
    pen.rect(-0.66, -0.76, 0.66, -0.68, c["case"], 0.03)
    pen.rect(-0.64, 0.84, 0.64, 0.93, c["case"], 0.03)
    pen.fill([(-0.36, 0.93), (0.36, 0.93), (0.16, 1.02), (-0.16, 1.02)], c["case"])
    pen.rect(-0.36, 0.36, 0.36, 0.79, c["face"], 0.03)
    pen.line([(0, 0.3), (0.09, 0.58)], c["mark"], 0.04)
    pen.ellipse(0.1, 0.61, 0.13, 0.13, c["bell"])
    pen.ellipse(0, -0.16, 0.53, 0.53, c["bell"])
    pen.ellipse(0, -0.16, 0.48, 0.48, c["face"])
    with pen.at(0, -0.16, 0.48):
        _romans(pen, c["mark"])
        _time(pen, c, 8 + 8 / 60)
        pen.ellipse(0, 0, 0.09, 0.09, c["mark"])


def _romans(pen: Pen, color: RGB) -> None:
    """Hours as bars around the dial, as Roman numerals look from afar: two or three at each quarter."""
    for hour in range(12):
        bars = (-0.09, 0.0, 0.09) if hour % 3 == 0 else (0.0,)
        with pen.at(angle=30 * hour):
            for x in bars:
                pen.line([(x, -0.92), (x, -0.68)], color, 0.055)


THINGS: tuple[Thing, ...] = (
    Thing(
        "analog_clock",
        analog_clock,
        ("wall clock", "alarm clock", "pendulum clock"),
        (
            {
                "case": (44, 48, 56),
                "face": (250, 249, 244),
                "mark": (30, 32, 36),
                "hand": (22, 22, 26),
                "second": (206, 36, 36),
                "bell": (214, 170, 62),
                "metal": (84, 88, 96),
            },
            {
                "case": (118, 66, 36),
                "face": (246, 236, 208),
                "mark": (62, 40, 28),
                "hand": (48, 32, 24),
                "second": (140, 40, 30),
                "bell": (218, 178, 84),
                "metal": (116, 84, 52),
            },
            {
                "case": (44, 128, 132),
                "face": (246, 248, 244),
                "mark": (40, 58, 66),
                "hand": (30, 44, 54),
                "second": (232, 116, 40),
                "bell": (60, 150, 152),
                "metal": (70, 96, 104),
            },
        ),
        (Context.ROOM, Context.PLAIN, Context.TABLE),
        "n02708093",
    ),
)
