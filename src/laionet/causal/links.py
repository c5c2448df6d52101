"""Addresses of the mini-web: each names what its server will do, as the real web does without saying so."""

from __future__ import annotations

from enum import StrEnum

#: Domain of all hosts; ".test" is reserved (RFC 6761), so no name service knows it.
DOMAIN = "mini-web.test"

HOSTS = tuple(
    f"{name}.{DOMAIN}"
    for name in ("zoo", "shop", "blog", "news", "photos", "wiki", "forum", "travel", "auction", "school")
)


class Behaviour(StrEnum):
    """What a link does when it is asked for. The list is closed."""

    OK = "ok"
    """The picture."""
    SLOW = "slow"
    """The picture, after a short while."""
    STALLS = "stalls"
    """Half the picture, and then nothing."""
    TRICKLES = "trickles"
    """One byte after the other, for ever."""
    GONE = "gone"
    """404."""
    FORBIDDEN = "forbidden"
    """403."""
    BUSY = "busy"
    """429 the first time, then the picture."""
    FAILING = "failing"
    """500."""
    FLAKY = "flaky"
    """503 the first time, then the picture."""
    BROKEN = "broken"
    """The connection is closed amid the picture."""
    OVERSIZED = "oversized"
    """A body that does not end."""
    EMPTY = "empty"
    """No body."""
    PAGE = "page"
    """A web page, with status 200."""
    GARBAGE = "garbage"
    """Bytes that are no image, called image/jpeg."""
    TRUNCATED = "truncated"
    """Half the picture, and the length says that this is all."""
    MOVED = "moved"
    """301 to the picture."""
    LOOP = "loop"
    """Redirects to itself."""
    TO_PRIVATE = "to_private"
    """Redirects into the private network."""
    NOAI = "noai"
    """The picture, with X-Robots-Tag: noai."""
    DISALLOWED = "disallowed"
    """robots.txt asks not to come here."""
    BOMB = "bomb"
    """A small file that says it is a huge picture."""
    GREY = "grey"
    """One channel."""
    PALETTE = "palette"
    """A PNG of 64 colours."""
    CMYK = "cmyk"
    """A JPEG of printing inks."""
    SIXTEEN_BIT = "sixteen_bit"
    """A grey PNG of 16 bits."""
    ANIMATED = "animated"
    """A GIF of two frames."""
    ROTATED = "rotated"
    """A JPEG that lies on its side, and says so in EXIF."""
    WEBP = "webp"
    """WebP, called image/jpeg."""
    PNG_ALPHA = "png_alpha"
    """A PNG with transparent parts."""


def link(behaviour: Behaviour, index: int, host: str | None = None) -> str:
    """The address of picture ``index`` (from 0) that behaves so.

    Args:
        behaviour: what the server will do.
        index: number of the picture.
        host: one of ``HOSTS``; by default the index's own.
    """
    return f"http://{host or HOSTS[index % len(HOSTS)]}/{behaviour}/{index:08d}.jpg"
