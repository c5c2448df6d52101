"""Bodies and heads that cats share, in fur without pattern."""

from __future__ import annotations

from laionet.causal.drawings.pen import Pen, Points
from laionet.causal.drawings.strokes import both_sides, taper
from laionet.causal.drawings.thing import Palette


def walking(pen: Pen, c: Palette) -> None:
    """Body and legs from the side, without tail and head."""
    for foot in (
        [(-0.5, 0.1), (-0.36, 0.34), (-0.4, 0.54), (-0.38, 0.7), (-0.16, 0.7), (-0.26, 0.5), (-0.2, 0.26)],
        [(0.4, 0.1), (0.56, 0.4), (0.62, 0.6), (0.64, 0.7), (0.84, 0.7), (0.76, 0.56), (0.66, 0.3), (0.62, 0.06)],
    ):
        pen.fill(foot, c["shade"], smooth=True)
    outline = [(0.6, -0.5), (0.44, -0.38), (0.2, -0.3), (-0.1, -0.25), (-0.4, -0.29), (-0.62, -0.26)]
    outline += [(-0.76, -0.1), (-0.76, 0.1), (-0.8, 0.3), (-0.74, 0.52), (-0.74, 0.7), (-0.5, 0.7), (-0.58, 0.54)]
    outline += [(-0.58, 0.36), (-0.44, 0.18), (-0.2, 0.16), (0.1, 0.2), (0.28, 0.22), (0.32, 0.4), (0.28, 0.58)]
    outline += [(0.3, 0.7), (0.54, 0.7), (0.46, 0.54), (0.5, 0.3), (0.62, 0.1), (0.74, -0.2)]
    pen.fill(outline, c["fur"], smooth=True)
    taper(pen, [(0.3, 0.2), (0.0, 0.17), (-0.42, 0.15)], (0.02, 0.1, 0.03), c["white"])


def lying(pen: Pen, c: Palette) -> None:
    """A body at rest from the side, its forelegs stretched before it, without its head."""
    taper(pen, [(-0.8, 0.4), (-0.98, 0.42), (-1.06, 0.26), (-0.98, 0.12)], (0.14, 0.13, 0.12, 0.09), c["fur"])
    paw = [(0.3, 0.3), (0.7, 0.34), (1.02, 0.36), (1.06, 0.48), (0.7, 0.5), (0.3, 0.5)]
    pen.fill(paw, c["shade"], smooth=True)
    outline = [(0.42, -0.44), (0.26, -0.24), (0.0, -0.16), (-0.3, -0.18), (-0.62, -0.14), (-0.86, 0.1)]
    outline += [(-0.9, 0.4), (-0.76, 0.54), (-0.3, 0.52), (0.1, 0.52), (0.5, 0.56), (0.9, 0.56), (0.98, 0.48)]
    outline += [(0.9, 0.4), (0.68, 0.36), (0.62, 0.1), (0.66, -0.16)]
    pen.fill(outline, c["fur"], smooth=True)
    taper(pen, [(-0.3, 0.5), (0.05, 0.48), (0.44, 0.48)], (0.04, 0.1, 0.04), c["white"])
    pen.fill([(-0.5, 0.48), (-0.24, 0.44), (-0.16, 0.54), (-0.5, 0.57)], c["fur"], smooth=True)
    pen.line([(-0.5, 0.12), (-0.36, 0.24), (-0.38, 0.42), (-0.52, 0.48)], c["line"], 0.035, smooth=True)


def sitting(pen: Pen, c: Palette) -> None:
    """A body on its haunches from the side, without its head."""
    tail = [(-0.5, 0.76), (-0.8, 0.84), (-1.04, 0.72), (-1.06, 0.44), (-0.9, 0.24)]
    taper(pen, tail, (0.15, 0.15, 0.14, 0.14, 0.12), c["fur"])
    taper(pen, [(-1.06, 0.46), (-1.0, 0.33), (-0.87, 0.22)], (0.145, 0.15, 0.1), c["dark"])
    pen.fill([(0.22, 0.1), (0.5, 0.1), (0.5, 0.6), (0.62, 0.84), (0.34, 0.86)], c["shade"], smooth=True)
    outline = [(0.06, -0.6), (-0.12, -0.34), (-0.26, -0.1), (-0.5, 0.2), (-0.66, 0.56), (-0.56, 0.86), (-0.1, 0.9)]
    outline += [(0.1, 0.84), (0.0, 0.72), (0.08, 0.6), (0.12, 0.78), (0.12, 0.9), (0.4, 0.9), (0.36, 0.76)]
    outline += [(0.4, 0.4), (0.54, 0.06), (0.54, -0.4)]
    pen.fill(outline, c["fur"], smooth=True)
    pen.fill([(0.5, -0.3), (0.5, 0.0), (0.42, 0.24), (0.3, 0.1), (0.22, -0.2)], c["white"], smooth=True)
    pen.line([(-0.24, 0.3), (0.02, 0.4), (0.06, 0.6), (-0.12, 0.8)], c["line"], 0.04, smooth=True)


def profile(pen: Pen, c: Palette) -> None:
    """A head from the side about the origin, half a unit wide."""
    pen.fill([(0.0, -0.2), (0.04, -0.33), (0.11, -0.33), (0.14, -0.2)], c["shade"], smooth=True)
    skull = [(-0.26, 0.02), (-0.2, -0.14), (-0.06, -0.25), (0.1, -0.23), (0.21, -0.12), (0.31, -0.06), (0.36, 0.0)]
    skull += [(0.35, 0.11), (0.27, 0.2), (0.1, 0.23), (-0.12, 0.2)]
    pen.fill(skull, c["fur"], smooth=True)
    jaw = [(0.35, 0.04), (0.35, 0.12), (0.27, 0.2), (0.08, 0.22), (0.0, 0.14), (0.14, 0.1), (0.24, 0.02)]
    pen.fill(jaw, c["white"], smooth=True)
    pen.fill([(0.29, -0.06), (0.375, -0.015), (0.35, 0.06), (0.3, 0.01)], c["nose"])
    pen.line([(0.34, 0.08), (0.26, 0.14), (0.17, 0.12)], c["dark"], 0.024)
    pen.ellipse(0.16, -0.07, 0.05, 0.04, c["eye"], 20)
    pen.ellipse(0.17, -0.07, 0.022, 0.032, c["dark"])
    pen.line([(0.09, -0.08), (0.14, -0.115), (0.22, -0.06)], c["dark"], 0.026)
    pen.fill(
        [(-0.19, -0.13), (-0.19, -0.28), (-0.1, -0.33), (-0.01, -0.24), (-0.06, -0.15)], c["dark"], smooth=True
    )
    pen.fill(
        [(-0.155, -0.15), (-0.15, -0.25), (-0.1, -0.28), (-0.045, -0.22), (-0.08, -0.16)], c["fur"], smooth=True
    )


def face(pen: Pen, c: Palette, right: Points) -> None:
    """A head from the front; ``right`` is the right half of its outline from the crown to the chin."""
    half = [(float(x), float(y)) for x, y in right]
    pen.fill([(0.0, -0.8), *half, (0.0, 0.9), *[(-x, y) for x, y in half[::-1]]], c["fur"], smooth=True)
    for _ in both_sides(pen):
        pen.ellipse(0.34, -0.3, 0.16, 0.08, c["white"], -14)
    pen.ellipse(0, 0.7, 0.24, 0.17, c["white"])
    for _ in both_sides(pen):
        pen.ellipse(0.2, 0.46, 0.25, 0.2, c["white"])
        pen.fill([(0.15, 0.02), (0.28, -0.18), (0.54, -0.2), (0.42, -0.02)], c["dark"], smooth=True)
        pen.ellipse(0.35, -0.1, 0.11, 0.085, c["eye"], -14)
        pen.ellipse(0.35, -0.1, 0.045, 0.065, c["dark"])
        taper(pen, [(0, 0.36), (0.02, 0.58), (0.22, 0.63)], (0.03, 0.04, 0.02), c["dark"])
        for y0, y1 in ((0.42, 0.3), (0.48, 0.48), (0.54, 0.66)):
            pen.line([(0.26, y0), (0.98, y1)], c["line"], 0.016)
    pen.fill([(-0.2, 0.18), (0.2, 0.18), (0.1, 0.34), (0, 0.4), (-0.1, 0.34)], c["nose"])
