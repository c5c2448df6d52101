"""What is around a thing: one painter for each context, RGB of the size asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from laionet.causal.scene import Context


@lru_cache(maxsize=4)
def _noise_tile(size: int) -> np.ndarray:
    """Smooth noise, float32 (2 size, 2 size), -1 to 1: sums of three octaves, the same in every run."""
    rng = np.random.default_rng(20230627)
    total = np.zeros((2 * size, 2 * size), np.float32)
    for cells, weight in ((8, 0.5), (32, 0.3), (128, 0.2)):
        coarse = Image.fromarray(rng.random((cells, cells)).astype(np.float32))
        total += weight * np.asarray(coarse.resize((2 * size, 2 * size), Image.Resampling.BICUBIC))
    low, high = total.min(), total.max()
    tile: np.ndarray = (2 * (total - low) / (high - low) - 1).astype(np.float32)
    return tile


def noise(rng: np.random.Generator, size: int) -> np.ndarray:
    """A random window of smooth noise, float32 (size, size), -1 to 1."""
    x, y = rng.integers(0, size, 2)
    return _noise_tile(size)[y : y + size, x : x + size]


def background(context: Context, rng: np.random.Generator, size: int) -> np.ndarray:
    """Paint ``context``: float32 (size, size, 3), 0 to 255."""
    picture = _PAINTERS[context](rng, size)
    picture += 9 * noise(rng, size)[..., None] * rng.uniform(0.5, 1.5)
    return np.clip(picture, 0, 255)


def _ramp(top: np.ndarray, bottom: np.ndarray, size: int) -> np.ndarray:
    t = np.linspace(0, 1, size, dtype=np.float32)[:, None, None]
    return np.broadcast_to(top * (1 - t) + bottom * t, (size, size, 3)).astype(np.float32)


def _vary(rng: np.random.Generator, color: tuple[int, int, int], by: float = 16) -> np.ndarray:
    return np.clip(np.array(color, np.float32) + rng.normal(0, by, 3).astype(np.float32), 0, 255)


def _land(
    rng: np.random.Generator,
    size: int,
    sky: tuple[tuple[int, int, int], tuple[int, int, int]],
    ground: tuple[tuple[int, int, int], tuple[int, int, int]],
    horizon: tuple[float, float] = (0.35, 0.6),
) -> tuple[np.ndarray, int]:
    """Sky over ground, and the row where they meet."""
    row = int(size * rng.uniform(*horizon))
    picture = np.empty((size, size, 3), np.float32)
    picture[:row] = _ramp(_vary(rng, sky[0]), _vary(rng, sky[1]), size)[: row * size // max(row, 1)][:row]
    picture[row:] = _ramp(_vary(rng, ground[0]), _vary(rng, ground[1]), size)[: size - row]
    return picture, row


def _blend(picture: np.ndarray, paint: Callable[[ImageDraw.ImageDraw], None], blur: float = 1.0) -> np.ndarray:
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    paint(ImageDraw.Draw(image))
    if blur:
        image = image.filter(ImageFilter.BoxBlur(blur))
    return np.asarray(image, dtype=np.float32)


def _ink(color: np.ndarray) -> tuple[int, int, int]:
    r, g, b = (int(v) for v in np.clip(color, 0, 255))
    return r, g, b


def _plain(rng: np.random.Generator, size: int) -> np.ndarray:
    base = _vary(rng, [(236, 236, 234), (205, 212, 216), (228, 220, 208), (180, 186, 190)][rng.integers(4)], 8)
    return _ramp(base + 12, base - 14, size)


def _grass(rng: np.random.Generator, size: int) -> np.ndarray:
    picture, row = _land(rng, size, ((140, 188, 230), (214, 230, 240)), ((110, 152, 70), (74, 118, 44)))
    blades = rng.integers(0, size, (90, 2))

    def paint(draw: ImageDraw.ImageDraw) -> None:
        for x, y in blades:
            if y > row:
                length = 4 + 14 * (y - row) / size
                shade = (70, 110, 40) if (x + y) % 2 else (140, 176, 84)
                draw.line([(x, y), (x + (x % 5) - 2, y - length)], fill=shade, width=2)

    return _blend(picture, paint)


def _water(rng: np.random.Generator, size: int) -> np.ndarray:
    picture, row = _land(
        rng, size, ((160, 200, 232), (220, 232, 240)), ((70, 132, 170), (34, 84, 128)), (0.15, 0.45)
    )
    waves = rng.random((40, 3))

    def paint(draw: ImageDraw.ImageDraw) -> None:
        for a, b, c in waves:
            y = row + (size - row) * b
            wide = 8 + 40 * b
            draw.arc([a * size - wide, y - 4, a * size + wide, y + 4], 200, 340, fill=(150, 196, 220), width=2)
            if c > 0.6:
                draw.line([(a * size, y), (a * size + wide, y)], fill=(40, 96, 140), width=2)

    return _blend(picture, paint)


def _sky(rng: np.random.Generator, size: int) -> np.ndarray:
    picture = _ramp(_vary(rng, (88, 150, 220)), _vary(rng, (190, 220, 242)), size)
    clouds = rng.random((5, 3))

    def paint(draw: ImageDraw.ImageDraw) -> None:
        for a, b, c in clouds:
            for k in range(4):
                x, y, r = size * a + 18 * (k - 1.5), size * b + 5 * (k % 2), size * (0.04 + 0.05 * c)
                draw.ellipse([x - 1.6 * r, y - r, x + 1.6 * r, y + r], fill=(244, 247, 250))

    return _blend(picture, paint, 3)


def _forest(rng: np.random.Generator, size: int) -> np.ndarray:
    picture, _ = _land(rng, size, ((58, 92, 52), (88, 122, 66)), ((82, 92, 48), (52, 60, 30)), (0.6, 0.8))
    trunks = np.sort(rng.random((9, 2)), axis=0)
    leaves = rng.random((70, 3))

    def paint(draw: ImageDraw.ImageDraw) -> None:
        for a, b in trunks[rng.permutation(9)]:
            x, w = size * a, 5 + 12 * b
            draw.rectangle([x, 0, x + w, size * 0.85], fill=(70, 52, 36))
        for a, b, c in leaves:
            x, y, r = size * a, size * 0.45 * b, 8 + 14 * c
            draw.ellipse([x - r, y - r * 0.7, x + r, y + r * 0.7], fill=(40 + int(50 * c), 90 + int(50 * b), 44))

    return _blend(picture, paint, 2)


def _road(rng: np.random.Generator, size: int) -> np.ndarray:
    picture, row = _land(
        rng, size, ((150, 180, 206), (216, 222, 226)), ((112, 112, 114), (78, 78, 82)), (0.4, 0.6)
    )
    blocks = rng.random((7, 3))

    def paint(draw: ImageDraw.ImageDraw) -> None:
        for k, (a, b, c) in enumerate(blocks):
            x, h, w = size * k / 7, size * (0.08 + 0.26 * b), size * (0.1 + 0.1 * a)
            shade = 110 + int(80 * c)
            draw.rectangle([x, row - h, x + w, row], fill=(shade, shade - 6, shade - 14))
        middle = size * 0.5
        for k in range(6):
            y = row + (size - row) * (k + 0.2) / 6
            draw.polygon(
                [
                    (middle - 2 - k, y),
                    (middle + 2 + k, y),
                    (middle + 3 + k, y + 9 + k),
                    (middle - 3 - k, y + 9 + k),
                ],
                fill=(226, 220, 190),
            )

    return _blend(picture, paint)


def _room(rng: np.random.Generator, size: int) -> np.ndarray:
    wall = [(216, 206, 190), (190, 204, 206), (206, 190, 196), (226, 222, 206)][rng.integers(4)]
    picture, row = _land(rng, size, (wall, wall), ((160, 118, 80), (120, 84, 56)), (0.6, 0.75))
    x, y, w, h = size * rng.uniform(0.02, 0.6), size * rng.uniform(0.05, 0.2), size * 0.3, size * 0.3
    color = _ink(_vary(rng, (150, 170, 190), 40))

    def paint(draw: ImageDraw.ImageDraw) -> None:
        draw.rectangle([x - 5, y - 5, x + w + 5, y + h + 5], fill=(120, 96, 70))
        draw.rectangle([x, y, x + w, y + h], fill=color)
        draw.rectangle([0, row - 5, size, row], fill=(236, 232, 224))
        for k in range(5):
            draw.line([(size * k / 4, row), (size * (k / 4 * 1.8 - 0.4), size)], fill=(104, 72, 46), width=2)

    return _blend(picture, paint)


def _table(rng: np.random.Generator, size: int) -> np.ndarray:
    base = [(168, 122, 80), (204, 172, 132), (118, 84, 60), (222, 214, 204)][rng.integers(4)]
    picture = _ramp(_vary(rng, base, 10) + 14, _vary(rng, base, 10) - 10, size)
    rows = np.linspace(0, size, 7)

    def paint(draw: ImageDraw.ImageDraw) -> None:
        for y in rows:
            draw.line([(0, y), (size, y + 4)], fill=_ink(np.array(base) - 34), width=2)

    picture = _blend(picture, paint)
    stretched = np.repeat(noise(rng, size)[::6], 6, axis=0)[:size]
    return picture + 8 * stretched[..., None]


def _sand(rng: np.random.Generator, size: int) -> np.ndarray:
    picture, row = _land(
        rng, size, ((120, 180, 226), (206, 226, 238)), ((226, 202, 152), (198, 168, 118)), (0.25, 0.5)
    )
    ripple = np.sin(np.linspace(0, 26, size))[:, None, None].astype(np.float32) * 5
    picture[row:] += ripple[row:]
    return picture


def _snow(rng: np.random.Generator, size: int) -> np.ndarray:
    picture, row = _land(
        rng, size, ((168, 186, 206), (214, 222, 232)), ((240, 244, 248), (216, 226, 238)), (0.3, 0.55)
    )
    firs = rng.random((6, 2))

    def paint(draw: ImageDraw.ImageDraw) -> None:
        for a, b in firs:
            x, h = size * a, size * (0.1 + 0.16 * b)
            draw.polygon([(x, row - h), (x - h * 0.36, row + 3), (x + h * 0.36, row + 3)], fill=(70, 98, 92))

    return _blend(picture, paint)


def _night(rng: np.random.Generator, size: int) -> np.ndarray:
    picture = _ramp(_vary(rng, (14, 18, 44), 6), _vary(rng, (44, 48, 84), 8), size)
    lights = rng.random((26, 3))

    def paint(draw: ImageDraw.ImageDraw) -> None:
        for a, b, c in lights:
            x, y, r = size * a, size * b, 1 + 5 * c**4
            draw.ellipse([x - r, y - r, x + r, y + r], fill=(255, 226, 150 + int(80 * c)))

    return _blend(picture, paint)


_PAINTERS: dict[Context, Callable[[np.random.Generator, int], np.ndarray]] = {
    Context.PLAIN: _plain,
    Context.GRASS: _grass,
    Context.WATER: _water,
    Context.SKY: _sky,
    Context.FOREST: _forest,
    Context.ROAD: _road,
    Context.ROOM: _room,
    Context.TABLE: _table,
    Context.SAND: _sand,
    Context.SNOW: _snow,
    Context.NIGHT: _night,
}
