"""Image files of every kind that the web serves, made of one JPEG."""

from __future__ import annotations

import functools
import io
import random
import struct
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from laionet.causal.links import Behaviour

if TYPE_CHECKING:
    from PIL.Image import Image

PAGE = b"<!doctype html><title>Not here</title><p>The picture that was here is no longer here.</p>"

#: Side of the bomb; pixels.
_BOMB_SIDE = 20_000


def file_of(behaviour: Behaviour, jpeg: bytes, seed: str) -> bytes:
    """The bytes that a link of this behaviour serves.

    Args:
        behaviour: those that serve the picture as it is give ``jpeg`` back.
        jpeg: the picture.
        seed: of the bytes of ``garbage``.
    """
    from PIL import Image

    if behaviour in _REWRITTEN:
        return _REWRITTEN[behaviour](Image.open(io.BytesIO(jpeg)).convert("RGB"))
    if behaviour is Behaviour.TRUNCATED:
        return jpeg[: len(jpeg) // 2]
    if behaviour is Behaviour.GARBAGE:
        return b"\xde\xad" + random.Random(seed).randbytes(2_000)
    if behaviour is Behaviour.BOMB:
        return _bomb()
    return {Behaviour.EMPTY: b"", Behaviour.PAGE: PAGE}.get(behaviour, jpeg)


def _saved(image: Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _sixteen_bit(image: Image) -> bytes:
    import numpy as np
    from PIL import Image as Images

    grey = np.asarray(image.convert("L"), dtype=np.uint16)
    return _saved(Images.fromarray(grey * np.uint16(257)), "PNG")


def _rotated(image: Image) -> bytes:
    from PIL import Image as Images

    exif = Images.Exif()
    exif[0x0112] = 6  # upright after a quarter turn clockwise
    return _saved(image.transpose(Images.Transpose.ROTATE_90), "JPEG", quality=90, exif=exif)


def _transparent(image: Image) -> bytes:
    from PIL import Image as Images

    mask = Images.new("L", image.size, 255)
    mask.paste(0, (0, 0, image.width // 4, image.height // 4))
    image = image.copy()
    image.putalpha(mask)
    return _saved(image, "PNG")


_REWRITTEN: dict[Behaviour, Callable[[Image], bytes]] = {
    Behaviour.GREY: lambda image: _saved(image.convert("L"), "JPEG", quality=90),
    Behaviour.PALETTE: lambda image: _saved(image.quantize(64), "PNG"),
    Behaviour.CMYK: lambda image: _saved(image.convert("CMYK"), "JPEG", quality=90),
    Behaviour.SIXTEEN_BIT: _sixteen_bit,
    Behaviour.ANIMATED: lambda image: _saved(
        image, "GIF", save_all=True, append_images=[image.rotate(180)], duration=100
    ),
    Behaviour.ROTATED: _rotated,
    Behaviour.WEBP: lambda image: _saved(image, "WEBP", quality=90),
    Behaviour.PNG_ALPHA: _transparent,
}


#: Behaviours whose file is another than the picture itself.
MADE_OF_PICTURE = frozenset(
    (*_REWRITTEN, Behaviour.TRUNCATED, Behaviour.GARBAGE, Behaviour.BOMB, Behaviour.EMPTY, Behaviour.PAGE)
)


@functools.cache
def _bomb() -> bytes:
    """A PNG of some 200 kB that is 400 million black pixels, one bit each."""
    header = struct.pack(">IIBBBBB", _BOMB_SIDE, _BOMB_SIDE, 1, 0, 0, 0, 0)
    data = zlib.compress(bytes((1 + _BOMB_SIDE // 8) * _BOMB_SIDE), 1)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
