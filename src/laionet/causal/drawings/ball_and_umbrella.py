"""Drawings of a soccer ball and an umbrella."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import combinations

import numpy as np

from laionet.causal.drawings.outlines import ribbon
from laionet.causal.drawings.pen import Pen, arc
from laionet.causal.drawings.thing import Palette, Thing
from laionet.causal.scene import Context

Warp = Callable[[np.ndarray], np.ndarray]


def soccer_ball(pen: Pen, c: Palette, variant: int) -> None:
    """One ball, one in front of a goal, or one gone flat."""
    if variant == 1:
        _goal(pen, c)
        with pen.at(-0.12, 0.4, 0.48):
            _ball(pen, c, 25)
        return
    if variant == 2:
        _ball(pen, c, -20, _flat)
        pen.line([(-0.28, -0.3), (-0.1, -0.1), (0.16, -0.02), (0.42, -0.12)], c["patch"], 0.05, smooth=True)
        pen.line([(-0.06, 0.0), (0.14, 0.14), (0.32, 0.08)], c["patch"], 0.04, smooth=True)
        return
    with pen.at(scale=0.95):
        _ball(pen, c, 10)


@lru_cache(maxsize=1)
def _icosahedron() -> np.ndarray:
    """The twelve corners of an icosahedron on the unit sphere, one facing the viewer at (0, 0, 1); (12, 3)."""
    turns = np.radians(72 * np.arange(5))
    high, wide = 1 / np.sqrt(5), 2 / np.sqrt(5)
    front = np.stack([wide * np.sin(turns), -wide * np.cos(turns), np.full(5, high)], axis=1)
    corners: np.ndarray = np.concatenate([[(0.0, 0.0, 1.0)], front, -front, [(0.0, 0.0, -1.0)]])
    return corners


def _ball(pen: Pen, c: Palette, angle: float, warp: Warp = lambda points: points) -> None:
    """A truncated icosahedron blown up to a sphere: dark pentagons and the seams between white hexagons."""
    a, b, d = np.radians([22, -16, angle])
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(d), -np.sin(d), 0], [np.sin(d), np.cos(d), 0], [0, 0, 1]])
    corners = _icosahedron() @ (about_z @ about_y @ about_x).T
    near = {(i, j) for i, j in combinations(range(12), 2) if corners[i] @ corners[j] > 0.4}
    pen.fill(warp(arc(0, 0, 1, 1, 0, 360)), c["body"])
    for i, j in sorted(near):
        seam = _on_sphere(np.linspace((2 * corners[i] + corners[j]) / 3, (corners[i] + 2 * corners[j]) / 3, 5))
        if seam[:, 2].max() > 0.1:
            pen.line(warp(_seen(seam)), c["seam"], 0.035)
    for i in range(12):
        around = [j for j in range(12) if (min(i, j), max(i, j)) in near]
        patch = np.array([(2 * corners[i] + corners[j]) / 3 for j in around])
        across, up = patch[0] - corners[i], np.cross(corners[i], patch[0] - corners[i])
        patch = patch[np.argsort(np.arctan2((patch - corners[i]) @ up, (patch - corners[i]) @ across))]
        outline = _on_sphere(np.concatenate(np.linspace(patch, np.roll(patch, -1, 0), 5)[:4].transpose(1, 0, 2)))
        if outline[:, 2].max() > 0.12:
            pen.fill(warp(_seen(outline)), c["patch"])
    pen.line(warp(arc(0, 0, 0.985, 0.985, 0, 360)), c["seam"], 0.03)


def _on_sphere(points: np.ndarray) -> np.ndarray:
    return np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True))


def _seen(points: np.ndarray) -> np.ndarray:
    """Points (n, 3) of the unit sphere as the viewer sees them, (n, 2); those behind move to its rim."""
    flat = points[:, :2]
    rim = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9)
    return np.where(points[:, 2:] > 0, flat, rim)


def _flat(points: np.ndarray) -> np.ndarray:
    """A ball with too little air: broad below, dented above."""
    x, y = points[:, 0], points[:, 1]
    dent = 0.5 * np.exp(-(((x - 0.14) / 0.4) ** 2))
    high = np.where(y < 0, y * (0.96 - dent), 0.58 * np.sin(np.clip(y, 0, 1) * np.pi / 2))
    return np.stack([x, high + 0.15], axis=1)


def _goal(pen: Pen, c: Palette) -> None:
    """Posts, bar and net, seen from the front."""
    for x in np.linspace(-0.84, 0.84, 9):
        pen.line([(x, -0.64), (0.86 * x, 0.6)], c["net"], 0.024)
    for y in np.linspace(-0.5, 0.58, 7):
        wide = 0.93 - 0.1 * (y + 0.64)
        pen.line([(-wide, y), (wide, y)], c["net"], 0.024)
    pen.rect(-1.0, -0.74, -0.9, 0.72, c["post"])
    pen.rect(0.9, -0.74, 1.0, 0.72, c["post"])
    pen.rect(-1.0, -0.76, 1.0, -0.65, c["post"])


def umbrella(pen: Pen, c: Palette, variant: int) -> None:
    """Open and upright, rolled up, or open and tilted so that it is seen from above."""
    (_open, _closed, _from_above)[variant](pen, c)


def _handle(pen: Pen, c: Palette) -> None:
    """The crook: its straight end at the origin, curling to the right below."""
    crook = np.concatenate([[(0, -0.02), (0, 0.06)], arc(0.15, 0.12, 0.15, 0.17, 180, 0)[::3]])
    pen.fill(ribbon(crook, [0.09] * len(crook)), c["handle"])


def _open(pen: Pen, c: Palette) -> None:
    pen.line([(0, -0.98), (0, 0.7)], c["metal"], 0.05)
    with pen.at(0, 0.66):
        _handle(pen, c)
    low, high = 0.08, 0.88
    t = np.linspace(0, np.pi / 2, 14)
    edges = 0.98 * np.array([-1, -0.64, -0.22, 0.22, 0.64, 1])
    for k, (left, right) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        down = np.stack([left * np.sin(t), low - high * np.cos(t)], axis=1)
        scallop = arc((left + right) / 2, low, (right - left) / 2, 0.12, 180, 360)
        up = np.stack([right * np.sin(t), low - high * np.cos(t)], axis=1)[::-1]
        pen.fill(np.concatenate([down, scallop, up]), c["cloth"] if k % 2 == 0 else c["other"])
        if k:
            pen.line(down, c["rib"], 0.022)


def _closed(pen: Pen, c: Palette) -> None:
    pen.line([(0, -0.62), (0, 1.0)], c["metal"], 0.06)
    with pen.at(0, -0.62, 1.25, 180, flip=True):
        _handle(pen, c)
    pen.line([(0, -0.66), (0, -0.4)], c["metal"], 0.06)
    pen.fill(
        [(-0.3, -0.34), (-0.17, -0.5), (0.0, -0.4), (0.18, -0.5), (0.32, -0.32), (0.08, 0.86), (-0.08, 0.86)],
        c["cloth"],
    )
    pen.fill([(-0.17, -0.5), (0.0, -0.4), (0.04, 0.2), (0.03, 0.86), (-0.03, 0.86), (-0.1, 0.2)], c["other"])
    pen.fill([(0.18, -0.5), (0.32, -0.32), (0.2, 0.2), (0.08, 0.86), (0.05, 0.86), (0.14, 0.2)], c["other"])
    for x, low in ((-0.17, 0.8), (0.0, 0.84), (0.18, 0.8)):
        pen.line([(x, -0.48), (0.24 * x, low)], c["rib"], 0.022)
    pen.fill([(-0.26, 0.02), (0.26, -0.08), (0.24, 0.04), (-0.24, 0.14)], c["handle"])


def _from_above(pen: Pen, c: Palette) -> None:
    with pen.at(0.36, 0.62, 1.0, -35):
        pen.line([(0, -0.3), (0, 0.16)], c["metal"], 0.05)
        with pen.at(0, 0.14):
            _handle(pen, c)
    with pen.at(-0.06, -0.12, 0.92, -35, sx=1.08):
        turns = np.radians(45 * np.arange(9) + 22.5)
        rim = np.stack([np.cos(turns), 0.84 * np.sin(turns)], axis=1)
        top = np.array([0.0, -0.24])
        for k in range(8):
            middle = 0.82 * (rim[k] + rim[k + 1]) / 2 + 0.09 * top
            edge = [rim[k], 0.5 * middle + 0.27 * rim[k] + 0.27 * rim[k + 1] - 0.02 * top, rim[k + 1]]
            pen.fill(np.array([top, *edge]), c["cloth"] if k % 2 == 0 else c["other"])
        for k in range(8):
            pen.line([tuple(top), tuple(rim[k])], c["rib"], 0.024)
        pen.ellipse(0, -0.26, 0.05, 0.05, c["handle"])
        pen.line([(0, -0.26), (0, -0.4)], c["metal"], 0.05)


THINGS: tuple[Thing, ...] = (
    Thing(
        "soccer_ball",
        soccer_ball,
        ("ball", "goal", "flat"),
        (
            {
                "body": (246, 246, 244),
                "patch": (28, 28, 32),
                "seam": (122, 124, 130),
                "net": (112, 118, 126),
                "post": (250, 250, 250),
            },
            {
                "body": (244, 238, 226),
                "patch": (34, 72, 168),
                "seam": (112, 118, 140),
                "net": (96, 104, 118),
                "post": (236, 238, 240),
            },
            {
                "body": (236, 214, 74),
                "patch": (118, 34, 40),
                "seam": (140, 116, 40),
                "net": (120, 112, 96),
                "post": (244, 240, 226),
            },
        ),
        (Context.GRASS, Context.PLAIN, Context.SAND),
        "n04254680",
    ),
    Thing(
        "umbrella",
        umbrella,
        ("open", "closed", "from above"),
        (
            {
                "cloth": (204, 34, 48),
                "other": (236, 196, 190),
                "rib": (110, 16, 30),
                "metal": (92, 94, 100),
                "handle": (110, 68, 36),
            },
            {
                "cloth": (46, 62, 120),
                "other": (172, 190, 226),
                "rib": (24, 32, 74),
                "metal": (88, 90, 98),
                "handle": (44, 40, 44),
            },
            {
                "cloth": (40, 140, 120),
                "other": (250, 214, 86),
                "rib": (24, 84, 80),
                "metal": (96, 98, 104),
                "handle": (150, 98, 50),
            },
        ),
        (Context.PLAIN, Context.SAND, Context.ROAD),
        "n04507155",
    ),
)
