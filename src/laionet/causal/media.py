"""How marks become pixels in each medium: photo, sketch, icon, toy, painting. All arrays float32, 0 to 255."""

from __future__ import annotations

import colorsys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from laionet.causal.backgrounds import background, noise
from laionet.causal.drawings.pen import RGB, Mark
from laionet.causal.scene import Context, Medium

#: Shapes are drawn at this multiple of the size and averaged down, for smooth edges.
OVERSAMPLING = 2


@dataclass(frozen=True)
class Placed:
    """Marks with their place in the picture.

    Attributes:
        marks: of one thing.
        matrix: float64 (2, 3), from the thing's units to pixels.
    """

    marks: Sequence[Mark]
    matrix: np.ndarray

    def paths(self) -> list[np.ndarray]:
        """Each mark's points in pixels, (n, 2)."""
        return [mark.points @ self.matrix[:, :2].T + self.matrix[:, 2] for mark in self.marks]

    @property
    def grown(self) -> float:
        """Pixels of one unit."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix[:, :2]))))


@dataclass(frozen=True)
class Ink:
    """What a medium does to marks: the colour of fills, of lines where it differs, and an outline or none."""

    color: Callable[[RGB], RGB]
    line: Callable[[RGB], RGB] | None = None
    outline: Callable[[RGB], RGB] | None = None
    outline_width: float = 0.0
    jitter: float = 0.0


@dataclass(frozen=True, eq=False)
class Layer:
    """Marks as pixels, in the part of the picture that they touch.

    Attributes:
        color: float32 (h, w, 3), 0 to 255, already multiplied by ``alpha``.
        alpha: float32 (h, w, 1), 0 to 1.
        box: rows and columns of the picture.
    """

    color: np.ndarray
    alpha: np.ndarray
    box: tuple[slice, slice]

    def over(self, picture: np.ndarray) -> None:
        """Lay this over ``picture``, in place."""
        part = picture[self.box]
        part *= 1 - self.alpha
        part += self.color


def layer(placed: Placed, ink: Ink, size: int, rng: np.random.Generator, margin: int = 2) -> Layer:
    """The marks alone, with ``margin`` pixels around them."""
    paths = placed.paths()
    corners = np.concatenate(paths)
    grow = margin + max((mark.width for mark in placed.marks), default=0) * placed.grown / 2 + ink.outline_width
    low = np.clip(np.floor(corners.min(0) - grow), 0, size - 1).astype(int)
    high = np.clip(np.ceil(corners.max(0) + grow), low + 1, size).astype(int)
    s = OVERSAMPLING
    # Four plain channels: averaging colour and coverage alike gives colour multiplied by coverage.
    image = Image.new("CMYK", ((high[0] - low[0]) * s, (high[1] - low[1]) * s), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    for mark, points in zip(placed.marks, paths, strict=True):
        path = (points - low) * s
        if ink.jitter:
            path = path + _wobble(len(path), ink.jitter * s, rng)
        flat = path.ravel().tolist()
        if mark.width:
            _stroke(draw, flat, (ink.line or ink.color)(mark.color), max(1.0, mark.width * placed.grown * s))
            continue
        draw.polygon(flat, fill=(*ink.color(mark.color), 255))
        if ink.outline:
            _stroke(draw, flat + flat[:2], ink.outline(mark.color), max(1.0, ink.outline_width * s))
    pixels = np.asarray(image.reduce(s), dtype=np.float32)
    box = slice(low[1], high[1]), slice(low[0], high[0])
    return Layer(pixels[..., :3], pixels[..., 3:] * np.float32(1 / 255), box)


def _wobble(n: int, by: float, rng: np.random.Generator) -> np.ndarray:
    """Slow displacement along a line, as of a hand; (n, 2)."""
    anchors = rng.normal(0, by, (max(3, n // 8 + 2), 2))
    t = np.linspace(0, len(anchors) - 1, n)
    return np.stack([np.interp(t, np.arange(len(anchors)), anchors[:, k]) for k in (0, 1)], axis=1)


def _stroke(draw: ImageDraw.ImageDraw, flat: list[float], color: RGB, width: float) -> None:
    thick = max(1, round(width))
    ink = (*color, 255)
    draw.line(flat, fill=ink, width=thick, joint="curve" if thick > 2 else None)
    if thick > 3:
        r = thick / 2 - 0.5
        for x, y in (flat[:2], flat[-2:]):
            draw.ellipse([x - r, y - r, x + r, y + r], fill=ink)


def blurred(plane: np.ndarray, radius: float) -> np.ndarray:
    """A plane, 0 to 1, blurred by two box filters; float32, 0 to 255."""
    image = Image.fromarray((plane * 255).astype(np.uint8)).filter(ImageFilter.BoxBlur(radius))
    return np.asarray(image.filter(ImageFilter.BoxBlur(radius)), dtype=np.float32)


def lightness(color: RGB) -> float:
    """Perceived lightness, 0 to 1 (Rec. 601 luma)."""
    return (0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]) / 255


def _relief(alpha: np.ndarray, size: int) -> np.ndarray:
    """Light from the upper left on a body bulging out of its outline: -1 to 1, (h, w, 1)."""
    height = blurred(alpha[..., 0], size / 18)
    dy, dx = np.zeros_like(height), np.zeros_like(height)
    dy[1:-1] = (height[2:] - height[:-2]) / 2
    dx[:, 1:-1] = (height[:, 2:] - height[:, :-2]) / 2
    steep = np.abs(dx) + np.abs(dy)
    lit = (dx + dy) / (steep + 4.0) * np.minimum(steep / 2.6, 1.0)
    return np.asarray(lit[..., None], dtype=np.float32)


def _shadow(picture: np.ndarray, thing: Layer, size: int, strength: float) -> None:
    """Darken what lies to the lower right of the thing, in place."""
    rows, columns = thing.box
    down, right, soft = size // 32, size // 40, size // 40
    pad = np.pad(thing.alpha[..., 0], soft * 2)
    cast = blurred(pad, soft)
    top, left = rows.start + down - 2 * soft, columns.start + right - 2 * soft
    ys, xs = slice(max(top, 0), top + cast.shape[0]), slice(max(left, 0), left + cast.shape[1])
    part = picture[ys, xs]
    cut = cast[max(-top, 0) :, max(-left, 0) :][: part.shape[0], : part.shape[1]]
    part *= 1 - strength / 255 * cut[..., None]


def photo(placed: Placed, picture: np.ndarray, rng: np.random.Generator) -> None:
    """Shaded, textured, with a soft shadow."""
    size = len(picture)
    thing = layer(placed, Ink(lambda color: color), size, rng)
    _shadow(picture, thing, size, 0.35)
    thing.color[:] *= 1 + 0.34 * _relief(thing.alpha, size)
    thing.color[:] += 10 * noise(rng, size)[thing.box][..., None] * thing.alpha
    thing.over(picture)


_PENCIL: RGB = (66, 64, 68)


def sketch(placed: Placed, picture: np.ndarray, rng: np.random.Generator) -> None:
    """Pencil lines and hatching on paper."""
    size = len(picture)

    def grey(color: RGB) -> RGB:
        value = int(170 + 80 * lightness(color))
        return value, value, value - 4

    def pencil(_: RGB) -> RGB:
        return _PENCIL

    thing = layer(placed, Ink(grey, pencil, pencil, 2.6, 0.8), size, rng)
    y, x = np.mgrid[thing.box]
    dark = np.clip((250 - thing.color[..., 0]) / 80, 0, 1) * thing.alpha[..., 0]
    thing.color[:] -= (115 * dark * ((x + y) % 6 < 2))[..., None]
    np.clip(thing.color, 40 * thing.alpha, 255, out=thing.color)
    thing.over(picture)


def icon(placed: Placed, picture: np.ndarray, rng: np.random.Generator) -> None:
    """Two flat tones."""
    fore, light = _ICON_TONES[rng.integers(len(_ICON_TONES))]

    def tone(color: RGB) -> RGB:
        return fore if lightness(color) < 0.62 else light

    layer(placed, Ink(tone, None, lambda _: fore, 2.2), len(picture), rng).over(picture)


_ICON_TONES: tuple[tuple[RGB, RGB], ...] = (
    ((34, 40, 49), (255, 255, 255)),
    ((20, 84, 150), (232, 243, 255)),
    ((170, 40, 60), (255, 240, 236)),
    ((16, 110, 84), (236, 250, 240)),
    ((92, 54, 140), (246, 238, 255)),
)


def toy(placed: Placed, picture: np.ndarray, rng: np.random.Generator) -> None:
    """Bright plastic: rounded edges, thick outlines, highlights."""
    size = len(picture)
    turn = rng.normal(0, 0.03)

    def plastic(color: RGB) -> RGB:
        h, lit, s = colorsys.rgb_to_hls(*(c / 255 for c in color))
        r, g, b = colorsys.hls_to_rgb((h + turn) % 1, 0.2 + 0.66 * lit, min(1.0, 1.45 * s + 0.1))
        return int(255 * r), int(255 * g), int(255 * b)

    def edge(color: RGB) -> RGB:
        r, g, b = plastic(color)
        return int(r * 0.62), int(g * 0.62), int(b * 0.62)

    thing = layer(placed, Ink(plastic, None, edge, 2.6), size, rng)
    _shadow(picture, thing, size, 0.5)
    relief = _relief(thing.alpha, size)
    thing.color[:] *= 1 + 0.3 * relief
    thing.color[:] += 150 * np.clip(relief - 0.35, 0, 1) * thing.alpha
    thing.over(picture)


def painting(placed: Placed, picture: np.ndarray, rng: np.random.Generator) -> None:
    """Colours put on by hand; the brush follows when the picture is whole (``brushed``)."""
    size = len(picture)
    thing = layer(placed, Ink(lambda color: color, jitter=1.5), size, rng)
    thing.color[:] *= 1 + 0.3 * _relief(thing.alpha, size)
    thing.over(picture)


def brushed(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A picture of few colours, put on with a brush."""
    size = len(picture)
    at = np.arange(size)
    shift = (7 * noise(rng, size)).astype(np.int64), (7 * noise(rng, size)).astype(np.int64)
    rows, columns = np.clip(at[:, None] + shift[0], 0, size - 1), np.clip(at[None, :] + shift[1], 0, size - 1)
    moved = picture.reshape(-1, 3).take((rows * size + columns).ravel(), axis=0).reshape(picture.shape)
    steps = np.rint(moved * np.float32(1 / 30)) * np.float32(19.5)
    strokes = np.repeat(noise(rng, size)[::3], 3, axis=0)[:size]
    return np.asarray(np.float32(0.35) * moved + steps + 8 * strokes[..., None], dtype=np.float32)


#: For each medium what puts a thing into a picture, in place.
MEDIA: dict[Medium, Callable[[Placed, np.ndarray, np.random.Generator], None]] = {
    Medium.PHOTO: photo,
    Medium.SKETCH: sketch,
    Medium.ICON: icon,
    Medium.TOY: toy,
    Medium.PAINTING: painting,
}


def ground(medium: Medium, context: Context, rng: np.random.Generator, size: int) -> np.ndarray:
    """What a medium is drawn on, float32 (size, size, 3): the context's scenery, or paper, or a flat colour."""
    if medium is Medium.SKETCH:
        paper = rng.uniform(238, 250) - np.array([0, 2, rng.uniform(4, 16)], np.float32)
        return np.asarray(paper + 3 * noise(rng, size)[..., None], dtype=np.float32)
    if medium is Medium.ICON:
        tones = ((255, 255, 255), (242, 244, 247), (255, 214, 102), (190, 226, 240), (224, 214, 240))
        return np.broadcast_to(np.array(tones[rng.integers(len(tones))], np.float32), (size, size, 3)).copy()
    return background(context, rng, size)
