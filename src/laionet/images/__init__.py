"""Images: bytes to RGB pictures, where fetched images are kept, and reference datasets of labelled images."""

from laionet.images.decode import Change, Picture, decode
from laionet.images.pictures import LAYOUTS, PictureSet, PictureShard, open_pictures
from laionet.images.store import ImageWriter, iter_images, stored_form

__all__ = [
    "LAYOUTS",
    "Change",
    "ImageWriter",
    "Picture",
    "PictureSet",
    "PictureShard",
    "decode",
    "iter_images",
    "open_pictures",
    "stored_form",
]
