"""Pictures with words painted on them, of which it is known what they say."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

#: Names of classes, each with words that look like it or hold it and are others.
NAMES = {
    "crane": ("cranberry", "crate"),
    "puma": ("pump", "plum"),
    "cougar": ("courage", "cough"),
    "drum": ("rum", "conundrum"),
    "nail": ("snail", "mail"),
    "hammer": ("hammock", "yellowhammer"),
    "mouse": ("mousse", "dormouse"),
    "electric guitar": ("electric", "guitar"),
    "banana": ("bandana", "bananaquit"),
    "orange": ("arrange", "orangery"),
    "strawberry": ("raspberry", "straw"),
    "mushroom": ("room", "mush"),
    "tiger": ("timer", "tigerish"),
    "giant panda": ("giant", "panda"),
    "zebra": ("zero", "zebrano"),
    "goldfish": ("gold", "fish"),
    "bee": ("beer", "beef"),
    "flamingo": ("flaming", "mango"),
    "soccer ball": ("soccer", "ball"),
    "umbrella": ("umbra", "number"),
    "airliner": ("airline", "liner"),
    "school bus": ("school", "bus"),
    "balloon": ("ballroom", "saloon"),
    "lighthouse": ("lightweight", "light"),
    "analog clock": ("clock", "analog"),
}
OTHERS = (
    "SALE",
    "nail polish",
    "photo: J. Miller",
    "(c) 2019 Getty",
    "50% OFF",
    "ACME",
    "www.pictures.com",
    "Happy Birthday",
    "NEW YORK",
    "shutterstock",
    "Est. 1984",
    "Lorem ipsum",
    "Kodak",
    "$4.99",
)
_FOLDERS = ("/usr/share/fonts/truetype/dejavu",)
_FACES = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif", "DejaVuSansMono", "DejaVuSansCondensed-Oblique")


@dataclass(frozen=True, eq=False)
class Painted:
    """A picture, and the truth about it.

    Attributes:
        image: mode RGB, as decoded from a JPEG of quality 85.
        name: the class it is asked about.
        text: what is painted; empty for none.
        height: size of the font, pixels; 0 without text.
        spells: whether ``text`` has ``name`` in it as words.
    """

    image: Image.Image
    name: str
    text: str
    height: int
    spells: bool


def paint(seed: int, *, side: int = 256, heights: tuple[int, int] = (18, 60), hard: bool = False) -> Painted:
    """The picture number ``seed``: of four, two spell their class, one has other words, one has none.

    ``hard``: of weaker contrast, turned by up to 12 degrees, blurred, and saved at quality 60.
    """
    rng = np.random.default_rng(seed)
    name = list(NAMES)[int(rng.integers(len(NAMES)))]
    kind = seed % 4
    if kind in (0, 1):
        text = (name, name, f"the {name}", f"{name} shop", f"{name}\n{OTHERS[0]}")[int(rng.integers(5))]
    elif kind == 2:
        others = (*NAMES[name], OTHERS[int(rng.integers(len(OTHERS)))], _another(name, rng))
        text = others[int(rng.integers(len(others)))]
    else:
        text = ""
    image = background(rng, side)
    if not text:
        return Painted(jpeg(image, hard), name, "", 0, False)
    spells = f" {name} " in " " + text.replace("\n", " ") + " "
    text = (text, text.upper(), text.title())[int(rng.integers(3))]
    image, height = with_text(image, text, int(rng.integers(heights[0], heights[1] + 1)), rng, hard)
    return Painted(jpeg(image, hard), name, text, height, spells)


def background(rng: np.random.Generator, side: int) -> Image.Image:
    """Shapes of several colours over a slope of light, with noise."""
    low, high = rng.uniform(20, 235, 3), rng.uniform(20, 235, 3)
    slope = np.linspace(0, 1, side)[:, None, None]
    pixels = np.broadcast_to(low + (high - low) * slope, (side, side, 3))
    image = Image.fromarray(np.ascontiguousarray(pixels, dtype=np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(2, 9))):
        colour = tuple(int(v) for v in rng.integers(0, 256, 3))
        x, y = (int(v) for v in rng.integers(-40, side, 2))
        w, h = (int(v) for v in rng.integers(12, side // 2, 2))
        shape = int(rng.integers(4))
        if shape == 0:
            draw.rectangle((x, y, x + w, y + h), fill=colour)
        elif shape == 1:
            draw.ellipse((x, y, x + w, y + h), fill=colour)
        elif shape == 2:
            draw.polygon([(x, y), (x + w, y + h // 3), (x + w // 2, y + h)], fill=colour)
        else:
            draw.line((x, y, x + w, y + h), fill=colour, width=int(rng.integers(2, 9)))
    noisy = np.asarray(image, np.float32) + rng.normal(0, rng.uniform(0, 12), (side, side, 3))
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def with_text(
    image: Image.Image, text: str, height: int, rng: np.random.Generator, hard: bool
) -> tuple[Image.Image, int]:
    """``text`` painted somewhere, at most so high, smaller if it would not fit, and the height that it got.

    White, black or coloured so that it stands out, half of the time in a box, slightly turned.
    """
    contrast, turn = (60, 12) if hard else (110, 5)
    face = int(rng.integers(len(_FACES) + 1))
    text, height = _fitted(text, face, height, image.width - 12)
    font = _font(face, height)
    left, top, right, bottom = _box(text, font)
    pad = max(4, height // 5)
    size = (int(right - left) + 2 * pad, int(bottom - top) + 2 * pad)
    box = (
        int(rng.integers(0, max(1, image.width - size[0]))),
        int(rng.integers(0, max(1, image.height - size[1]))),
    )
    under = np.asarray(image.crop((*box, box[0] + size[0], box[1] + size[1])), np.float32)
    boxed = bool(rng.integers(2))
    ground = rng.uniform(0, 255, 3) if boxed else under.mean(axis=(0, 1))
    colour = _standing_out(ground, contrast, rng)
    patch = Image.new("RGBA", size, (*(int(v) for v in ground), 255 if boxed else 0))
    ImageDraw.Draw(patch).multiline_text(
        (pad - left, pad - top),
        text,
        font=font,
        fill=(*colour, 255),
        align="center",
        stroke_width=0 if boxed else int(rng.integers(2)),
        stroke_fill=(*(0 if sum(colour) > 380 else 255 for _ in range(3)), 255),
    )
    patch = patch.rotate(float(rng.uniform(-turn, turn)), expand=True, resample=Image.Resampling.BICUBIC)
    painted = image.copy()
    painted.paste(patch, box, patch)
    return painted, height


def jpeg(image: Image.Image, hard: bool) -> Image.Image:
    """``image`` as it comes out of a JPEG file of quality 85; if hard, of quality 60 after a blur."""
    file = io.BytesIO()
    image = image.filter(ImageFilter.GaussianBlur(0.8)) if hard else image
    image.save(file, "JPEG", quality=60 if hard else 85)
    return Image.open(file).convert("RGB")


def _another(name: str, rng: np.random.Generator) -> str:
    others = [other for other in NAMES if other != name and not {*other.split()} & {*name.split()}]
    return others[int(rng.integers(len(others)))]


def _standing_out(ground: np.ndarray, contrast: int, rng: np.random.Generator) -> tuple[int, int, int]:
    """White, black or a colour, by ``contrast`` of 255 or more lighter or darker than the ground."""
    light = float(ground @ (0.299, 0.587, 0.114))
    options = [np.zeros(3), np.full(3, 255.0), rng.uniform(0, 255, 3), rng.uniform(0, 255, 3)]
    fits = [c for c in options if abs(float(c @ (0.299, 0.587, 0.114)) - light) >= contrast]
    chosen = fits[int(rng.integers(len(fits)))]
    return int(chosen[0]), int(chosen[1]), int(chosen[2])


def _fitted(text: str, face: int, height: int, room: int) -> tuple[str, int]:
    """``text``, in two lines where it has two words, and the height at which it is no wider than ``room``."""
    while True:
        for broken in (text, "\n".join(text.rsplit(" ", 1))):
            left, _, right, _ = _box(broken, _font(face, height))
            if right - left <= room:
                return broken, height
        height -= 2


def _box(text: str, font: ImageFont.FreeTypeFont) -> tuple[float, float, float, float]:
    draw = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    return draw.multiline_textbbox((0, 0), text, font=font, align="center")


def _font(face: int, size: int) -> ImageFont.FreeTypeFont:
    """A face of the system's, where it is installed; else, and for the last number, Pillow's own."""
    if face < len(_FACES):
        for folder in _FOLDERS:
            path = Path(folder) / f"{_FACES[face]}.ttf"
            if path.is_file():
                return ImageFont.truetype(str(path), size)
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def test_a_number_always_gives_the_same_picture():
    for number in range(4):
        one, again = paint(number), paint(number)
        assert one.image.tobytes() == again.image.tobytes()
        assert (one.name, one.text, one.height, one.spells) == (again.name, again.text, again.height, again.spells)


def test_the_truth_is_known_of_pictures_of_every_kind():
    some = [paint(number, heights=(18, 60)) for number in range(200)]
    assert sum(one.spells for one in some) >= 100
    assert sum(not one.text for one in some) == 50
    assert all(one.image.size == (256, 256) for one in some)
    assert all(
        one.spells == (one.name in one.text.lower().replace("\n", " ").split())
        for one in some
        if " " not in one.name
    )
    assert all(0 < one.height <= 60 for one in some if one.text)
