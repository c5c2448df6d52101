"""Where a reference dataset is, and in which layout."""

from __future__ import annotations

import difflib
import glob
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from laionet.errors import CorpusError, LayoutError
from laionet.images import img2dataset
from laionet.images.devkit import is_validation_image
from laionet.images.folders import is_image, numbered_folders, visible

#: Name of each layout, and what it is.
LAYOUTS = {
    "imagefolder": "a folder for each class, named by wnid, name, lemma or number",
    "imagenet-val": "ImageNet's validation images in one folder, with the devkit's or Kaggle's labels",
    "imagenetv2": "ImageNetV2: folders 0 to 999",
    "webdataset": "tar files with image and .cls or .json",
    "parquet": "parquet files with the columns image and label",
    "hf": "a dataset of Hugging Face: a folder of save_to_disk, or hf:NAME",
    "img2dataset": "what img2dataset writes, as tars, folders or parquet",
    "laionet": "the folder of a run that fetched its images",
}

_HUB = re.compile(r"hf:(?://datasets/)?(?P<name>[\w.-]+(?:/[\w.-]+)?)/?")


@dataclass(frozen=True)
class Place:
    """What a user named.

    Attributes:
        spec: as it was written.
        hub: name on the hub, if it is one.
        folder: the folder, or the one that holds all of ``given``.
        given: the files that were named, or that fit a glob; ``None`` for a folder.
    """

    spec: str
    hub: str | None
    folder: Path
    given: tuple[Path, ...] | None

    @property
    def name(self) -> str:
        """What to call the dataset."""
        if self.hub:
            return self.hub
        if self.given and len(self.given) == 1:
            return self.given[0].stem
        return self.folder.resolve().name

    def files(self, ending: str) -> list[Path]:
        """The files with an ending that were named, or lie in the folder at any depth, sorted by path.

        Raises:
            LayoutError: where there are none.
        """
        every = self.given if self.given is not None else [self.folder / path for path in visible(self.folder)]
        found = sorted((path for path in every if path.name.lower().endswith(ending)), key=lambda path: path.parts)
        if not found:
            raise LayoutError(f"{self.spec} holds no file that ends in {ending}.")
        return found

    def prefix(self, path: Path) -> str:
        """What ids of the samples in a file begin with: its path below the folder, without its ending."""
        return f"{path.relative_to(self.folder).with_suffix('').as_posix()}/"

    def as_folder(self, layout: str) -> Path:
        """The folder.

        Raises:
            LayoutError: where files were named instead.
        """
        if self.given is not None or self.hub:
            raise LayoutError(f"The layout {layout} is a folder, but {self.spec} is not one. Name the folder.")
        return self.folder


def find_place(where: str | Path) -> Place:
    """What ``where`` names: a folder, a file, a glob, or ``hf:NAME``.

    Raises:
        CorpusError: where there is no such thing.
    """
    spec = str(where)
    if match := _HUB.fullmatch(spec):
        return Place(spec, match["name"], Path(), None)
    if "://" in spec:
        raise CorpusError(f"{spec}: images are read from the local disk, or from the hub as hf:NAME. Copy them.")
    path = Path(spec).expanduser()
    if path.is_dir():
        return Place(spec, None, path, None)
    if path.is_file():
        return Place(spec, None, path.parent, (path,))
    if glob.has_magic(spec):
        files = tuple(Path(name) for name in sorted(glob.glob(str(path), recursive=True)) if os.path.isfile(name))
        if not files:
            raise CorpusError(f"No file fits {spec}.")
        return Place(spec, None, Path(os.path.commonpath([file.parent for file in files])), files)
    beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, beside, n=3, cutoff=0.5)
    hint = f" Beside it there is: {', '.join(near)}." if near else ""
    if re.fullmatch(r"[\w.-]+/[\w.-]+", spec):
        hint += f" A dataset on the hub is named  hf:{spec} ."
    raise CorpusError(f"There is no {spec}.{hint}")


def detect(place: Place) -> str:
    """The one layout that a place can have.

    Raises:
        LayoutError: where it is none or several; the message says what to write.
    """
    found = ["hf"] if place.hub else _of_files(place) if place.given is not None else _of_folder(place.folder)
    if len(found) == 1:
        return found[0]
    seen = f"may be any of {', '.join(found)}" if found else "is of no known layout"
    choices = found or list(LAYOUTS)
    raise LayoutError(
        f"{place.spec} {seen}. Say which with layout: "
        + "; ".join(f"{name!r} ({LAYOUTS[name]})" for name in choices)
        + ", or name the part of it that holds the images."
    )


def _of_files(place: Place) -> list[str]:
    given = place.given or ()
    tars = any(path.name.lower().endswith(".tar") for path in given)
    tables = [path for path in given if path.name.lower().endswith(".parquet")]
    if any(img2dataset.is_table(path.with_suffix(".parquet")) for path in given):
        return ["img2dataset"]
    found = ["webdataset"] if tars else []
    return [*found, "parquet"] if any(map(_has_images, tables)) else found


def _of_folder(folder: Path) -> list[str]:
    for layout, is_sure in (("hf", _is_saved), ("laionet", _is_run), ("img2dataset", _is_img2dataset)):
        if is_sure(folder):
            return [layout]
    files = list(visible(folder))
    found = []
    if any(len(path.parts) == 1 and is_validation_image(path.name) for path in files):
        found.append("imagenet-val")
    if any(len(path.parts) > 1 and is_image(path.name) for path in files):
        below = [entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith(".")]
        found.append("imagenetv2" if numbered_folders(below) else "imagefolder")
    if any(path.name.lower().endswith(".tar") for path in files):
        found.append("webdataset")
    if any(path.name.lower().endswith(".parquet") and _has_images(folder / path) for path in files):
        found.append("parquet")
    return found


def _is_saved(folder: Path) -> bool:
    whole = (folder / "state.json").is_file() and (folder / "dataset_info.json").is_file()
    return whole or (folder / "dataset_dict.json").is_file()


def _is_run(folder: Path) -> bool:
    return (folder / "fetch").is_dir() and any((folder / "fetch").glob("[0-9]*.parquet"))


def _is_img2dataset(folder: Path) -> bool:
    if any(re.fullmatch(r"[0-9]+_stats\.json", entry.name) for entry in folder.iterdir()):
        return True
    first = next(iter(sorted(folder.glob("[0-9]*.parquet"))), None)
    return first is not None and img2dataset.is_table(first)


def _has_images(path: Path) -> bool:
    try:
        return bool({"image", "img", *img2dataset.ENDINGS} & set(pq.read_schema(path).names))
    except (OSError, pa.ArrowException):
        return False
