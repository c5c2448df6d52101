"""Images: bytes to RGB pictures, and where images are kept."""

from laionet.images.decode import Change, Picture, decode

__all__ = ["Change", "Picture", "decode"]
