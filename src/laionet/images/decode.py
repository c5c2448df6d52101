"""Bytes of an image file to an RGB picture. What has to be changed on the way is named, never silent."""

from __future__ import annotations

import io
import re
import struct
import warnings
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from laionet.schema import Drop

if TYPE_CHECKING:
    from PIL.Image import Image

#: Formats that are read. Vector, document and plug-in formats are not: they can run code or open files.
#: Pillow opens MPO, the photos of some phones, as JPEG.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "ICO", "PPM")

#: How files of these formats begin; what begins so and cannot be opened is a broken image.
_MAGIC = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF.{4}WEBP|II\*\0|MM\0\*|.{4}ftypavi[fs]"
    rb"|BM.{4}\0\0\0\0|\x00\x00\x01\x00[^\x00]\x00",
    re.DOTALL,
)
_ICON = b"\0\0\1\0"
_PNG = b"\x89PNG\r\n\x1a\n"

#: Scans of a JPEG at most. Cameras and encoders make up to some twenty; thousands of them over one large
#: picture take hours to decode.
_MAX_SCANS = 500

_ORIENTATION = 0x0112
_BITS_PER_SAMPLE = 258

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
    """More than eight bits a channel, scaled down to eight (not told apart for AVIF)."""
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
        max_pixels: refuse more, before decoding them. Pillow's own limit (178,956,970 unless the program
            sets another) holds too.

    Returns:
        The picture; or the reason why there is none: ``empty``, ``not_an_image``, ``undecodable`` or
        ``too_many_pixels``. Never raises for what is in ``data``.
    """
    from PIL import Image

    if not data:
        return Drop.EMPTY
    _hush()
    try:
        if _icon_pixels(data) > max_pixels:
            return Drop.TOO_MANY_PIXELS
        opened = Image.open(io.BytesIO(data), formats=_formats())
    except Image.DecompressionBombError:
        return Drop.TOO_MANY_PIXELS
    except MemoryError:
        raise
    except Exception:  # a damaged file can lead Pillow to any of them
        return Drop.UNDECODABLE if _MAGIC.match(data) else Drop.NOT_AN_IMAGE
    if opened.width * opened.height > max_pixels:
        return Drop.TOO_MANY_PIXELS
    if not opened.width or not opened.height or _endless(opened, data):
        return Drop.UNDECODABLE
    try:
        return _upright_rgb(opened, data)
    except Image.DecompressionBombError:
        return Drop.TOO_MANY_PIXELS
    except MemoryError:
        raise
    except Exception:  # as above
        return Drop.UNDECODABLE


@cache
def _formats() -> tuple[str, ...]:
    """``FORMATS`` without those that this Pillow does not know: it fails on an unknown name."""
    from PIL import Image

    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _hush() -> None:
    """Pillow warns of sizes and damaged metadata; both are handled here.

    A filter, because ``warnings.catch_warnings`` is not safe where several threads decode.
    """
    quiet = ("ignore", None, Warning, re.compile(r"PIL\."), 0)
    if quiet not in warnings.filters:
        warnings.filterwarnings("ignore", module=r"PIL\.")


def _icon_pixels(data: bytes) -> int:
    """Pixels of the largest picture in an icon; 0 for other files.

    Pillow decodes icons when it opens them, and what their table says need not be what its pictures are.
    """
    if not data.startswith(_ICON):
        return 0
    pixels = 0
    for entry in range(min(int.from_bytes(data[4:6], "little"), len(data) // 16)):
        at = int.from_bytes(data[18 + 16 * entry : 22 + 16 * entry], "little")
        is_png, head = data[at : at + 8] == _PNG, data[at + 4 : at + 24].ljust(20, b"\0")
        width, height = struct.unpack(">II", head[12:20]) if is_png else struct.unpack("<ii", head[:8])
        pixels = max(pixels, abs(width * height))
    return pixels


def _endless(opened: Image, data: bytes) -> bool:
    """Whether a JPEG has absurdly many scans; the marker cannot be part of one."""
    return opened.format in ("JPEG", "MPO") and data.count(b"\xff\xda") > _MAX_SCANS


def _upright_rgb(opened: Image, data: bytes) -> Picture:
    from PIL import ImageOps

    changes, kind = set[Change](), opened.format or ""
    if getattr(opened, "is_animated", False) and kind != "MPO":  # MPO: a photo with a preview
        changes.add(Change.ANIMATED)
        opened.seek(0)
    if _deep(opened, data):
        changes.add(Change.SIXTEEN_BIT)
    before = _orientation(opened)  # Pillow turns a TIFF while it loads it, and forgets that it had to
    opened.load()
    after = _orientation(opened)  # a PNG may have its EXIF behind the pixels
    image = opened if after == 1 else ImageOps.exif_transpose(opened)
    if before != 1 or after != 1:
        changes.add(Change.ROTATED)
    image, more = _rgb(image)
    return Picture(image, kind, tuple(change for change in Change if change in changes | more))


def _orientation(image: Image) -> int:
    """EXIF's orientation, 1 to 8; damaged EXIF turns nothing."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # as for the pixels
        return 1
    return value if value in range(1, 9) else 1


def _deep(opened: Image, data: bytes) -> bool:
    """Whether the file has more than eight bits a channel where Pillow's mode does not tell."""
    if opened.format == "PNG":
        return len(data) > 24 and data[24] == 16
    if opened.format == "TIFF":
        bits = opened.tag_v2.get(_BITS_PER_SAMPLE, (1,))  # type: ignore[attr-defined]
        return max(bits, default=1) > 8
    if opened.format == "PPM" and opened.mode == "RGB":
        args = opened.tile[0].args  # type: ignore[attr-defined]
        return isinstance(args, tuple) and args[-1] > 255
    return False


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

    values = np.asarray(image)
    if values.dtype.kind in "iu" and values.min() >= 0 and values.max() <= 65535:
        # A table spares the memory of floats, eight times that of the image.
        table = np.rint(np.arange(65536) / 257).astype(np.uint8)
        return Images.fromarray(table[values])
    levels = np.nan_to_num(values.astype(np.float32), nan=0, posinf=0, neginf=0)
    low = min(float(levels.min()), 0.0)
    high = max(float(levels.max()), 1.0)
    levels *= 255 / (high - low)
    levels -= low * (255 / (high - low))
    return Images.fromarray(np.clip(np.rint(levels), 0, 255).astype(np.uint8))


def _over_white(image: Image) -> Image:
    from PIL import Image as Images

    image = image.convert("RGBA")
    white = Images.new("RGBA", image.size, (255, 255, 255, 255))
    return Images.alpha_composite(white, image).convert("RGB")
