"""Scene to picture: background, thing, what is in front of it, light, painted text, and the JPEG file."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from laionet.causal.drawings import THINGS, Mark, Pen
from laionet.causal.media import MEDIA, Ink, Placed, brushed, ground, layer
from laionet.causal.scene import Context, Medium, Scene

#: Pixels of a side: enough for painted text to be read.
SIZE = 256


def render(scene: Scene, size: int = SIZE) -> Image.Image:
    """Draw a scene as an RGB picture of ``size`` pixels a side; equal scenes give equal pixels."""
    rng = np.random.default_rng([scene.seed, 0x5CE7E])
    picture = ground(scene.medium, scene.context, rng, size)
    paint = MEDIA[scene.medium]
    for shown in (*_clutter(scene, rng), scene):
        paint(_placed(shown, size), picture, rng)
    if scene.medium is Medium.PAINTING:
        picture = brushed(picture, rng)
    if scene.occlusion:
        layer(_in_front(scene, rng, size), Ink(lambda color: color), size, rng).over(picture)
    picture = _lit(picture, scene)
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    if scene.text:
        write_text(image, scene.text, rng)
    return image


def to_jpeg(image: Image.Image, quality: int = 88) -> bytes:
    """The picture as the bytes of a JPEG file."""
    out = io.BytesIO()
    image.save(out, format="JPEG", quality=quality)
    return out.getvalue()


@lru_cache(maxsize=1024)
def marks_of(thing: str, variant: int, palette: int) -> tuple[Mark, ...]:
    """The marks of a thing in its own units; they follow from these three alone."""
    drawn, pen = THINGS[thing], Pen()
    drawn.draw(pen, drawn.palettes[palette % len(drawn.palettes)], variant % len(drawn.variants))
    return tuple(pen.marks)


def _placed(scene: Scene, size: int) -> Placed:
    """The thing where the scene puts it."""
    turn, unit = math.radians(scene.angle), scene.scale * size / 2
    across = unit * scene.squash * (-1 if scene.flipped else 1)
    matrix = np.array(
        [
            [math.cos(turn) * across, -math.sin(turn) * unit, size / 2 * (1 + scene.x)],
            [math.sin(turn) * across, math.cos(turn) * unit, size / 2 * (1 + scene.y)],
        ]
    )
    return Placed(marks_of(scene.thing, scene.variant, scene.palette), matrix)


def _clutter(scene: Scene, rng: np.random.Generator) -> list[Scene]:
    """Other things about, small and to the sides."""
    names = sorted(THINGS)
    found = []
    for _ in range(scene.clutter):
        around = rng.uniform(0, 2 * math.pi)
        found.append(
            replace(
                scene,
                thing=names[rng.integers(len(names))],
                variant=int(rng.integers(3)),
                palette=int(rng.integers(3)),
                angle=float(rng.normal(0, 15)),
                scale=float(rng.uniform(0.14, 0.26)),
                x=float(np.clip(scene.x + (0.45 + scene.scale / 2) * math.cos(around), -0.9, 0.9)),
                y=float(np.clip(scene.y + (0.45 + scene.scale / 2) * math.sin(around), -0.9, 0.9)),
                clutter=0,
            )
        )
    return found


_FRONT: dict[Context, tuple[int, int, int]] = {
    Context.GRASS: (66, 104, 38),
    Context.FOREST: (44, 70, 34),
    Context.WATER: (48, 100, 138),
    Context.SNOW: (238, 242, 248),
    Context.SAND: (200, 172, 124),
    Context.NIGHT: (16, 18, 34),
}


def _in_front(scene: Scene, rng: np.random.Generator, size: int) -> Placed:
    """Something that hides a share of the thing, from one side."""
    color = _FRONT.get(scene.context, (92, 84, 80))
    if scene.medium in (Medium.SKETCH, Medium.ICON):
        color = (226, 226, 224)
    half = scene.scale / 2
    t = np.linspace(-1.4, 1.4, 12)
    edge = half * (1 - 2 * scene.occlusion) + 0.05 * rng.normal(0, 1, 12) * half
    outline = np.concatenate(
        [np.stack([t * half, edge], 1), [(1.4 * half, 1.5 * half), (-1.4 * half, 1.5 * half)]]
    )
    turn = math.radians([0.0, 90.0, -90.0][rng.integers(3)])
    spin = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    matrix = np.concatenate([spin * size, [[size / 2 * (1 + scene.x)], [size / 2 * (1 + scene.y)]]], axis=1)
    return Placed([Mark(outline, color)], matrix)


def _lit(picture: np.ndarray, scene: Scene) -> np.ndarray:
    if scene.light == 1 and not scene.warmth:
        return picture
    tint = 1 + 0.16 * scene.warmth * np.array([1, 0, -1], np.float32)
    lit = picture * (scene.light * tint).astype(np.float32)
    if scene.light < 0.8:  # a dark place is darker at its edges
        ramp = np.linspace(-1, 1, len(picture), dtype=np.float32)
        lit *= (1 - 0.4 * (1 - scene.light) * (ramp[:, None] ** 2 + ramp[None, :] ** 2))[..., None]
    return lit


def write_text(image: Image.Image, text: str, rng: np.random.Generator) -> None:
    """Paint ``text`` into the picture, legibly: large, in a colour that stands out, at the top or the bottom."""
    draw = ImageDraw.Draw(image)
    wide = image.width
    height = int(wide * rng.uniform(0.1, 0.16))
    font = ImageFont.load_default(height)
    while draw.textlength(text, font=font) > wide * 0.92 and height > 12:
        height -= 1
        font = ImageFont.load_default(height)
    across = (wide - draw.textlength(text, font=font)) * rng.uniform(0.2, 0.8)
    down = (0.03 if rng.random() < 0.4 else 0.96 - 1.3 * height / wide) * wide
    dark = bool(rng.random() < 0.5)
    fore, back = ((24, 24, 28), (250, 250, 246)) if dark else ((255, 255, 255), (26, 30, 40))
    if rng.random() < 0.5:
        box = draw.textbbox((across, down), text, font=font)
        draw.rectangle([box[0] - 6, box[1] - 4, box[2] + 6, box[3] + 4], fill=back)
        draw.text((across, down), text, fill=fore, font=font)
    else:
        draw.text((across, down), text, fill=fore, font=font, stroke_width=2, stroke_fill=back)
