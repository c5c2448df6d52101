"""The labels of ImageNet's validation images: the devkit's numbers, wnids, or Kaggle's CSV.

The devkit numbers the synsets in an order of its own (ILSVRC2012_ID, 1 to 1000), which is not the order of
model heads; only its ``meta.mat`` says which number is which wnid.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

from laionet.errors import LayoutError

#: Of the devkit, and of Kaggle's ImageNet.
GROUND_TRUTH = "ILSVRC2012_validation_ground_truth.txt"
META = "meta.mat"
SOLUTION = "LOC_val_solution.csv"

_PLACES = ("", "data", "devkit", "devkit/data", "ILSVRC2012_devkit_t12", "ILSVRC2012_devkit_t12/data")
_NAME = re.compile(r"ILSVRC2012_val_([0-9]{8})(\.[A-Za-z]+)?")
_WNID = re.compile(r"n[0-9]{8}")

WnidOf = Callable[[str], str | None]


def is_validation_image(name: str) -> bool:
    """Whether a file is called as ImageNet's validation images are."""
    return bool(_NAME.fullmatch(name))


def find_labels(images: Path) -> Path | None:
    """The labels that lie in the folder of the images or in one above or beside it, if there are any."""
    for folder in (images, images.parent):
        for place in _PLACES:
            for name in (GROUND_TRUTH, SOLUTION):
                if (folder / place / name).is_file():
                    return folder / place / name
    return None


def label_files(labels: Path) -> list[Path]:
    """The files that decide the labels: what ``labels`` names, or holds, and the devkit's synsets."""
    if labels.is_dir():
        names = [labels / place / name for name in (GROUND_TRUTH, SOLUTION) for place in ("data", "")]
        found = next((path for path in names if path.is_file()), None)
        if found is None:
            raise LayoutError(f"{labels} holds neither {GROUND_TRUTH} nor {SOLUTION}. Name the devkit's folder.")
        labels = found
    if not labels.is_file():
        raise LayoutError(f"There is no {labels}. Name the devkit's folder, {GROUND_TRUTH} or {SOLUTION}.")
    if labels.suffix == ".csv":
        return [labels]
    meta = next((at / META for at in (labels.parent, labels.parent / "data") if (at / META).is_file()), None)
    return [labels, meta] if meta else [labels]


def wnid_of_image(labels: Path) -> WnidOf:
    """How to find the wnid of a validation image by its file's name.

    Args:
        labels: the devkit's folder, its ``ILSVRC2012_validation_ground_truth.txt`` with ``meta.mat`` beside
            it, a text file with one wnid a line in the order of the images, or Kaggle's
            ``LOC_val_solution.csv``.

    Raises:
        LayoutError: where these are missing, or are something else.
    """
    first, *others = label_files(labels)
    if first.suffix == ".csv":
        return _from_csv(first)
    lines = _lines(first)
    if all(_WNID.fullmatch(line) for line in lines):
        return _by_number(first, lines)
    if not all(line.isdecimal() for line in lines):
        raise LayoutError(f"{first} has lines that are neither a devkit number nor a wnid.")
    if not others:
        raise LayoutError(
            f"{first} has the devkit's numbers, which are not in the order of model heads, and {META}, which "
            f"says what they mean, is not beside it. Name the devkit's whole folder as labels."
        )
    return _by_number(first, _translated(first, lines, _synsets(others[0])))


def _lines(path: Path) -> list[str]:
    try:
        lines = [line.strip() for line in path.read_text(encoding="ascii").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise LayoutError(f"Cannot read {path}: {error}.") from error
    if not lines:
        raise LayoutError(f"{path} is empty.")
    return lines


def _translated(path: Path, numbers: list[str], synsets: dict[int, str]) -> list[str]:
    unknown = [number for number in numbers if int(number) not in synsets]
    if unknown:
        raise LayoutError(
            f"{path} has the number {unknown[0]}, which {META} does not. The devkit's numbers begin with 1; take "
            "both files from one devkit."
        )
    return [synsets[int(number)] for number in numbers]


def _by_number(path: Path, wnids: list[str]) -> WnidOf:
    def wnid(name: str) -> str | None:
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        number = int(match[1])
        if not 1 <= number <= len(wnids):
            raise LayoutError(f"{path} has {len(wnids)} labels, but there is an image {name}.")
        return wnids[number - 1]

    return wnid


def _synsets(path: Path) -> dict[int, str]:
    """ILSVRC2012_ID to wnid, from the devkit's ``meta.mat``."""
    import scipy.io

    try:
        table = scipy.io.loadmat(path, squeeze_me=True, variable_names=["synsets"])["synsets"]
        return {int(number): str(wnid) for number, wnid in zip(table["ILSVRC2012_ID"], table["WNID"], strict=True)}
    except Exception as error:  # scipy's parser raises whatever a damaged file leads it to
        raise LayoutError(f"{path} is not the devkit's table of synsets: {error}. Get it again.") from error


def _from_csv(path: Path) -> WnidOf:
    wnids: dict[str, str] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                wnids[row["ImageId"]] = (row["PredictionString"] or "").split(" ", 1)[0]
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        raise LayoutError(
            f"{path} cannot be read as Kaggle's labels ({error}). It needs the columns ImageId and "
            "PredictionString."
        ) from error
    return lambda name: wnids.get(name.rpartition(".")[0])
