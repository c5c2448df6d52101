"""Bytes of an image file to an RGB picture. What has to be changed on the way is named, never silent."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from laionet.schema import Drop

if TYPE_CHECKING:
    from PIL.Image import Image

#: Formats that are read. Vector, document and plug-in formats are not: they can run code or open files.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "MPO", "ICO", "PPM")

#: Pixels of an image that is decoded at most, unless a recipe says otherwise.
MAX_PIXELS = 100_000_000


class Change(StrEnum):
    """What it took to make a picture RGB. The list is closed."""

    GREY = "grey"
    """One channel, spread over three."""
    PALETTE = "palette"
    """Indexed colours, looked up."""
    CMYK = "cmyk"
    """Printing inks, converted without a colour profile."""
    SIXTEEN_BIT = "sixteen_bit"
    """More than eight bits a channel, scaled down to eight."""
    ALPHA = "alpha"
    """Transparency, laid over white."""
    ANIMATED = "animated"
    """Several frames; the first is taken."""
    ROTATED = "rotated"
    """Turned or mirrored as EXIF says."""
    OTHER_MODE = "other_mode"
    """Another colour space (LAB, HSV, YCbCr), converted."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded image.

    Attributes:
        image: mode RGB, upright.
        format: of the file, as Pillow names it ("JPEG").
        changes: what reading it as RGB took, in the order of ``Change``.
    """

    image: Image
    format: str
    changes: tuple[Change, ...]


def decode(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Picture | Drop:
    """Read an image file of any kind as an upright RGB picture.

    Args:
        data: the file's bytes, from anywhere.
        max_pixels: refuse more, before decoding them.

    Returns:
        The picture; or the reason why there is none: ``empty``, ``not_an_image``, ``undecodable`` or
        ``too_many_pixels``. Never raises for what is in ``data``.
    """
    from PIL import Image, UnidentifiedImageError

    if not data:
        return Drop.EMPTY
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of sizes and damaged metadata; both are handled here
        try:
            opened = Image.open(io.BytesIO(data), formats=FORMATS)
        except Image.DecompressionBombError:
            return Drop.TOO_MANY_PIXELS
        except UnidentifiedImageError:
            return Drop.NOT_AN_IMAGE
        except Exception:
            return Drop.UNDECODABLE
        if opened.width * opened.height > max_pixels:
            return Drop.TOO_MANY_PIXELS
        try:
            return _upright_rgb(opened)
        except MemoryError:
            raise
        except Exception:
            return Drop.UNDECODABLE


def _upright_rgb(opened: Image) -> Picture:
    from PIL import ImageOps

    changes = set()
    if getattr(opened, "n_frames", 1) > 1 and opened.format != "MPO":  # MPO: a photo with a preview
        changes.add(Change.ANIMATED)
        opened.seek(0)
    opened.load()
    image, kind = opened, opened.format or ""
    if opened.getexif().get(0x0112, 1) in range(2, 9):
        changes.add(Change.ROTATED)
        image = ImageOps.exif_transpose(opened)
    image, more = _rgb(image)
    return Picture(image, kind, tuple(change for change in Change if change in changes | more))


def _rgb(image: Image) -> tuple[Image, set[Change]]:
    """``image`` as RGB, and what that took."""
    mode, changes = image.mode, set()
    if mode.startswith(("I", "F")):
        changes |= {Change.SIXTEEN_BIT, Change.GREY}
        image = _eight_bit(image)
    elif mode in ("P", "PA"):
        changes.add(Change.PALETTE)
    elif mode in ("L", "LA", "La", "1"):
        changes.add(Change.GREY)
    elif mode == "CMYK":
        changes.add(Change.CMYK)
    elif mode not in ("RGB", "RGBA", "RGBa", "RGBX"):
        changes.add(Change.OTHER_MODE)
    if image.has_transparency_data:
        changes.add(Change.ALPHA)
        image = _over_white(image)
    return (image if image.mode == "RGB" else image.convert("RGB")), changes


def _eight_bit(image: Image) -> Image:
    """Grey of 16 or 32 bits, or of floats, as 8 bits: 16-bit values by 257, others by their own range."""
    import numpy as np
    from PIL import Image as Images

    values = np.asarray(image, dtype=np.float64)
    values = np.nan_to_num(values)
    low, high = (
        (0.0, 65535.0)
        if image.mode.startswith("I") and values.max(initial=0) <= 65535
        else (
            float(values.min(initial=0)),
            float(values.max(initial=1)),
        )
    )
    scaled = (values - low) / max(high - low, 1e-12) * 255
    return Images.fromarray(np.clip(np.rint(scaled), 0, 255).astype(np.uint8))


def _over_white(image: Image) -> Image:
    from PIL import Image as Images

    image = image.convert("RGBA")
    white = Images.new("RGBA", image.size, (255, 255, 255, 255))
    return Images.alpha_composite(white, image).convert("RGB")
