"""Whether an answer is an image, what kind, and the bytes to keep of it."""

from __future__ import annotations

import io
from dataclasses import dataclass

from laionet.images import Change, Picture, decode
from laionet.schema import Drop

#: Formats that lose nothing: shrunk images of these become PNG, all others JPEG.
LOSSLESS = frozenset({"PNG", "GIF", "BMP", "TIFF", "ICO", "PPM"})
JPEG_QUALITY = 95

#: How the file of each format ends.
_ENDINGS = {"JPEG": "jpg", "MPO": "jpg"}


@dataclass(frozen=True)
class Looked:
    """An image that can be read: of the answer format, upright size and changes, and the bytes to keep."""

    format: str
    width: int
    height: int
    changes: tuple[Change, ...]
    keep: bytes


def look(data: bytes, max_pixels: int, resize: int | None) -> Looked | Drop:
    """Decode an answer once, and shrink it where that was asked for.

    Args:
        data: the answer's body.
        max_pixels: see ``images.decode``.
        resize: pixels of the shorter side after shrinking; ``None`` or a smaller image: bytes as sent.

    Returns:
        What it is; or why it is no image that can be read.
    """
    picture = decode(data, max_pixels=max_pixels)
    if isinstance(picture, Drop):
        return picture
    width, height = picture.image.size
    size = shrunk(width, height, resize)
    keep = data if size is None else _shrink(picture, size)
    return Looked(picture.format, width, height, picture.changes, keep)


def shrunk(width: int, height: int, resize: int | None) -> tuple[int, int] | None:
    """Width and height after shrinking; ``None`` where the bytes stay as sent."""
    if resize is None or min(width, height) <= resize:
        return None
    scale = resize / min(width, height)
    return max(resize, round(width * scale)), max(resize, round(height * scale))


def kept_format(format_: str, *, resized: bool) -> str:
    """Format of the file that is kept of an answer of format ``format_``."""
    if not resized:
        return format_
    return "PNG" if format_ in LOSSLESS else "JPEG"


def ending(format_: str) -> str:
    """How the name of a file of a format ends, as ``jpg``."""
    return _ENDINGS.get(format_, format_.lower())


def _shrink(picture: Picture, size: tuple[int, int]) -> bytes:
    """RGB and upright, without metadata: the pixels are those that every later step sees."""
    from PIL import Image

    small = picture.image.resize(size, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    if kept_format(picture.format, resized=True) == "PNG":
        small.save(file, "PNG", icc_profile=None)
    else:
        small.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()
