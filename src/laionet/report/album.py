"""An album: sample pictures of classes as plain values, from which ``report.pictures`` makes a part of a page.

A plain dictionary, so that it can be made by hand and looked at; all of it but the JPEG bytes is JSON.
"""

from __future__ import annotations

from typing import Literal, TypedDict

#: What is known of a picture's safety. ``unrated``: of a dataset that comes without marks.
Safety = Literal["safe", "unsafe", "unknown", "unrated"]


class Picture(TypedDict):
    """A picture of a class, or why there is none.

    Attributes:
        sample: its id in its dataset.
        caption: as the dataset has it, at most ``CAPTION`` characters; None for none.
        url: http or https; None for none.
        similarity: cosine of caption and synset text; None where not known.
        safety: by the marks of the corpus.
        said: the class that the best classifier names first; None where not known.
        right: whether that is its class.
        jpeg: a small JPEG file of our own making; None where there is no picture.
        width, height: of the JPEG, pixels; 0 for none.
        lost: why there is no picture: a reason to drop a row, or one of ``report.pictures.REASONS``.
    """

    sample: str
    caption: str | None
    url: str | None
    similarity: float | None
    safety: Safety
    said: str | None
    right: bool | None
    jpeg: bytes | None
    width: int
    height: int
    lost: str | None


class Interval(TypedDict):
    """Pictures whose captions' similarity to the synset text lies in an interval (Figure 16).

    Attributes:
        low, high: cosine; the last interval of a class includes ``high``.
        n: images of the class in it.
        pictures: some of them, as places in ``Side.pictures``.
    """

    low: float
    high: float
    n: int
    pictures: list[int]


class Couple(TypedDict):
    """Two pictures of a class, as places in ``Side.pictures``, and their cosine."""

    pictures: list[int]
    cosine: float


class Side(TypedDict):
    """A class in one dataset.

    Attributes:
        n: images of the class.
        recall: share of them that the best classifier names right; None without one.
        pictures: all that the views below show.
        samples: drawn at random, as places in ``pictures``.
        intervals: five by similarity of the caption, or none.
        nearest, farthest: pairs by cosine; None for a class of fewer than two embedded images.
        compared: images that these were looked for among; fewer than ``n`` in a large class.
    """

    n: int
    recall: float | None
    pictures: list[Picture]
    samples: list[int]
    intervals: list[Interval]
    nearest: Couple | None
    farthest: Couple | None
    compared: int


class AlbumClass(TypedDict):
    """A class.

    Attributes:
        wnid, name: as in the class list.
        gap: recall in the first dataset less that in the second; None where not known.
        difference: mean similarity within the class in the first less in the second; None likewise.
        shown: whether there is room for its pictures; without it the sides have none.
        sides: one a dataset, in their order.
    """

    wnid: str
    name: str
    gap: float | None
    difference: float | None
    shown: bool
    sides: list[Side]


class AlbumDataset(TypedDict):
    """A dataset.

    Attributes:
        title: what to call it.
        images: described ones.
        rated: whether any of its pictures has a safety mark.
        marked: whether its corpus could have marked them: False for a reference dataset.
        lost: for each reason the pictures of the album that could not be had.
    """

    title: str
    images: int
    rated: bool
    marked: bool
    lost: dict[str, int]


class Album(TypedDict):
    """Pictures of classes; the classes are in the order in which room is given to them.

    Attributes:
        pixels: of the longer side of a picture, at most.
        bytes, budget: of all JPEG files, and the most that they may be.
        encoder: which cosines between pictures are of; None for none.
        classifier: whose predictions are told; None for none.
        seed: of what was drawn.
        datasets: one or more.
        classes: all that a dataset has images of.
    """

    pixels: int
    bytes: int
    budget: int
    encoder: str | None
    classifier: str | None
    seed: int
    datasets: list[AlbumDataset]
    classes: list[AlbumClass]


#: Characters of a caption that an album keeps.
CAPTION = 300
