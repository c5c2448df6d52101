"""Reference images in folders: one for each class, or ImageNet's validation images in a flat one."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from laionet.errors import CorpusError, LayoutError, ShardError
from laionet.images.labels import Labels, labels_of
from laionet.images.rows import Lost, Row, printable
from laionet.images.tars import MAX_IMAGE_BYTES
from laionet.schema import Drop
from laionet.vocab import ClassList

#: How names of image files end.
IMAGE_ENDINGS = (
    *("jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "bmp"),
    *("tif", "tiff", "avif", "mpo", "ico", "ppm", "pgm", "pbm", "pnm"),
)

_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class FolderReader:
    """Some image files below a folder.

    Attributes:
        root: the folder.
        images: path below ``root`` and label of each; -1 for no class.
    """

    root: Path
    images: tuple[tuple[str, int], ...]

    def files(self) -> list[Path]:
        """The image files."""
        return [self.root / name for name, _ in self.images]

    def settings(self) -> list[tuple[str, int]]:
        """Names and labels."""
        return [(printable(name), label) for name, label in self.images]

    def rows(self) -> Iterator[Row | Lost]:
        """The images in order; the sample's id is the path below the root."""
        for position, (name, label) in enumerate(self.images):
            data = read_limited(self.root / name) if label >= 0 else b""
            if label < 0:
                yield Lost(position, Drop.UNKNOWN_LABEL)
            elif data is None:
                yield Lost(position, Drop.TOO_LARGE)
            else:
                yield Row(position, printable(name), label, None, None, data)


def read_limited(path: Path) -> bytes | None:
    """The bytes of a file; ``None`` where there are more than ``MAX_IMAGE_BYTES``.

    Raises:
        ShardError: where it cannot be read.
    """
    try:
        if not path.is_file():
            raise FileNotFoundError(f"{path} is gone, or no file")
        with path.open("rb") as file:
            data = file.read(MAX_IMAGE_BYTES + 1)
    except OSError as error:
        raise ShardError(f"Cannot read {path}: {error}.") from error
    return data if len(data) <= MAX_IMAGE_BYTES else None


def visible(root: Path) -> Iterator[PurePosixPath]:
    """Files in a folder at any depth, as paths below it. What begins with ``.`` is passed over.

    Links are followed, each folder once.

    Raises:
        CorpusError: where a folder cannot be listed.
    """
    seen: set[str] = set()

    def refuse(error: OSError) -> None:
        raise CorpusError(f"Cannot list {error.filename}: {error.strerror}.") from error

    for folder, below, files in os.walk(root, followlinks=True, onerror=refuse):
        below.sort()
        below[:] = [name for name in below if not name.startswith(".") and _is_new(folder, name, seen)]
        at = PurePosixPath(Path(folder).relative_to(root).as_posix())
        yield from (at / name for name in sorted(files) if not name.startswith("."))


def _is_new(folder: str, name: str, seen: set[str]) -> bool:
    place = os.path.realpath(os.path.join(folder, name))
    new = place not in seen
    seen.add(place)
    return new


def list_images(root: Path) -> list[PurePosixPath]:
    """Image files below a folder, as paths below it, sorted by their steps."""
    return sorted((path for path in visible(root) if is_image(path.name)), key=lambda path: path.parts)


def is_image(name: str) -> bool:
    """Whether a file is an image by its name."""
    return not name.startswith(".") and name.rpartition(".")[2].lower() in IMAGE_ENDINGS and "." in name


def imagefolder(root: Path, labels: Labels, rows_per_shard: int) -> list[FolderReader]:
    """A folder for each class, at any depth: the first step of an image's path that is a class is its class.

    Raises:
        LayoutError: where no folder is a class, or a class lies in folders of different places (as train
            and val); the message says which.
    """
    images = list_images(root)
    places: dict[PurePosixPath, tuple[PurePosixPath, int] | None] = {}
    for parent in dict.fromkeys(path.parent for path in images):
        places[parent] = _class_folder(parent, labels)
    _check_places(root, places, labels)
    return _readers(root, images, lambda path: (places[path.parent] or (None, -1))[1], rows_per_shard)


def _class_folder(parent: PurePosixPath, labels: Labels) -> tuple[PurePosixPath, int] | None:
    steps = [PurePosixPath(*parent.parts[: depth + 1]) for depth in range(len(parent.parts))]
    for at in steps:
        if (label := labels.named(at.name)) is not None:
            return at, label
    for at in steps:  # a number is taken for a class only where no step is one by name
        if _DIGITS.fullmatch(at.name) and (label := _number(at.name, labels)) is not None:
            return at, label
    return None


def _number(name: str, labels: Labels) -> int | None:
    try:
        return labels.numbered(int(name))
    except ShardError:
        return None


def _check_places(
    root: Path, places: dict[PurePosixPath, tuple[PurePosixPath, int] | None], labels: Labels
) -> None:
    known = [place for place in places.values() if place is not None]
    if not known:
        shown = ", ".join(dict.fromkeys(repr(at.parts[0]) if at.parts else "the folder itself" for at in places))
        raise LayoutError(
            f"No folder in {root} is a class of the list (seen: {shown[:200] or 'none with images'}). Folders "
            "are named by wnid, synset name, a lemma that one class alone has, or a number from 0 on."
        )
    numbers = [at.name for at in places if _DIGITS.fullmatch(at.name)]
    if len(numbers) == len(places) and any(int(number) >= _numbers(labels) for number in numbers):
        raise LayoutError(
            f"Folders in {root} are numbered up to {max(map(int, numbers))}, but numbers are taken as positions "
            f"in a list of {_numbers(labels)} classes, from 0. If they count ImageNet's 1,000 classes, say "
            "labels='imagenet1k' or layout='imagenetv2'; else give a text file with one class a line as labels."
        )
    parents: dict[int, PurePosixPath] = {}
    for at, label in known:
        other = parents.setdefault(label, at.parent)
        if other != at.parent:
            raise LayoutError(
                f"{root} has images of {labels.wnids[label]} both in {other} and in {at.parent}. "
                "Name the one folder that is meant, such as val."
            )


def _numbers(labels: Labels) -> int:
    return len(labels.wnids if labels.numbering is None else labels.numbering)


def imagenetv2(root: Path, classes: ClassList, rows_per_shard: int) -> list[FolderReader]:
    """Folders 0 to 999: positions in ImageNet's 1,000 classes in the order of model heads, read as numbers.

    Raises:
        LayoutError: where a folder with images is no such number.
    """
    labels = labels_of(classes, "imagenet1k")
    images = list_images(root)
    strange = [path for path in images if not _DIGITS.fullmatch(path.parts[0]) or len(path.parts) < 2]
    if strange or not images:
        held = f"holds {strange[0]}" if strange else "holds no image"
        raise LayoutError(f"{root} {held}; ImageNetV2 has its images in folders 0 to 999.")
    beyond = max(int(path.parts[0]) for path in images)
    if beyond >= 1000:
        raise LayoutError(f"{root} has a folder {beyond}; ImageNetV2's are 0 to 999.")
    images.sort(key=lambda path: (int(path.parts[0]), path.parts))

    def label(path: PurePosixPath) -> int:
        found = labels.numbered(int(path.parts[0]))
        return -1 if found is None else found

    return _readers(root, images, label, rows_per_shard)


def flat(root: Path, wnids: Callable[[str], str | None], labels: Labels, rows_per: int) -> list[FolderReader]:
    """All images of one folder, each with the wnid that its name has in a list."""
    images = [path for path in list_images(root) if len(path.parts) == 1]

    def label(path: PurePosixPath) -> int:
        wnid = wnids(path.name)
        found = labels.named(wnid) if wnid else None
        return -1 if found is None else found

    return _readers(root, images, label, rows_per)


def _readers(
    root: Path, images: Sequence[PurePosixPath], label: Callable[[PurePosixPath], int], rows_per_shard: int
) -> list[FolderReader]:
    if not images:
        raise LayoutError(f"{root} holds no image file; endings of images are {', '.join(IMAGE_ENDINGS)}.")
    labelled = [(str(path), label(path)) for path in images]
    return [
        FolderReader(root, tuple(labelled[first : first + rows_per_shard]))
        for first in range(0, len(labelled), rows_per_shard)
    ]


def numbered_folders(names: Sequence[str]) -> bool:
    """Whether folders are ImageNetV2's: 0 to 999, with or without leading zeros."""
    numbers = Counter(int(name) for name in names if _DIGITS.fullmatch(name))
    return sorted(numbers) == list(range(1000)) and len(names) == 1000
