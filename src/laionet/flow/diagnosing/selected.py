"""Versions of a dataset and their selection frequencies, as a user gives them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from laionet.compare.frequency import IMAGENET_V2, known_frequency
from laionet.errors import LayoutError, OutputError

#: Columns that hold the id of an image, its frequency, the votes for it, and how many were asked.
_SAMPLE = ("sample", "image", "filename", "id")
_FREQUENCY = ("frequency", "selection_frequency")
_VOTES = ("votes", "selected", "yes")
_SHOWN = ("shown", "workers", "asked")


@dataclass(frozen=True)
class VersionPlace:
    """A version of a dataset.

    Attributes:
        name: what to call it.
        place: anything that ``laionet compare`` opens.
        frequency: mean selection frequency, 0 to 1.
    """

    name: str
    place: str
    frequency: float


def parse_version(text: str) -> VersionPlace:
    """Read ``NAME=PLACE:FREQUENCY``, or ``NAME=PLACE`` where the name is that of a version of ImageNetV2.

    Raises:
        OutputError: for another form, or a frequency that is neither given nor known.

    Example:
        >>> parse_version("ImageNetV2-b=out/v2-b").frequency
        0.73
        >>> parse_version("strict=out/strict:0.95")
        VersionPlace(name='strict', place='out/strict', frequency=0.95)
    """
    name, equals, place = text.partition("=")
    if not equals or not name.strip() or not place.strip():
        raise OutputError(f"{text!r} is not of the form NAME=PLACE:FREQUENCY, for example b=out/v2-b:0.73")
    head, colon, tail = place.rpartition(":")
    try:
        frequency = float(tail) if colon and head else None
    except ValueError:  # a colon of the place itself, as in hf:name
        frequency = None
    if frequency is None:
        head, frequency = place, known_frequency(name)
    if frequency is None:
        known = ", ".join(f"{one} ({value:g})" for one, value in IMAGENET_V2.items())
        raise OutputError(
            f"{name} has no selection frequency. Give it behind the place, as in {name}={place}:0.9; known by "
            f"name are ImageNetV2's: {known}."
        )
    if not 0 <= frequency <= 1:
        raise OutputError(f"The selection frequency of {name} is {frequency:g}; it lies between 0 and 1.")
    return VersionPlace(name.strip(), head.strip(), frequency)


@dataclass(frozen=True)
class Frequencies:
    """Selection frequencies of the images of a dataset, in its order.

    Attributes:
        value: float64 (n,), NaN for an image that the file does not have.
        rows: int64 (n,), row of each in the file, -1 for none.
        votes, shown: int64 (m,), of every row of the file, in the dataset or not: annotators who marked it and who
            were asked, 0 where unknown; None where the file has frequencies alone.
    """

    value: np.ndarray
    rows: np.ndarray
    votes: np.ndarray | None = None
    shown: np.ndarray | None = None

    def of_rows(self, values: np.ndarray) -> np.ndarray:
        """Numbers of the file's rows, in the dataset's order; NaN for an image that the file does not have."""
        return np.where(self.rows >= 0, values[self.rows], np.nan)


def read_frequencies_of(path: Path, samples: np.ndarray, shown: int | None = None) -> Frequencies:
    """Selection frequencies by image from a table.

    Args:
        path: CSV, TSV or parquet with a column ``sample`` and either ``frequency``, or ``votes`` with ``shown``.
        samples: ids of the images, text (n,).
        shown: annotators asked about each, where the file does not say; frequencies then are turned into votes.

    Raises:
        LayoutError: where the file lacks these columns, names an image twice, has a frequency that is none, or
            has none of the images.
    """
    frame = _read(path)
    keys = frame[_column(path, frame, _SAMPLE, "of ids")].to_list()
    if len(set(keys)) < len(keys):
        raise LayoutError(f"{path} names {max(keys, key=keys.count)!r} twice; keep one row an image.")
    place = {key: at for at, key in enumerate(keys)}
    rows = np.array([place.get(str(sample), -1) for sample in samples], dtype=np.int64)
    if not (rows >= 0).any():
        theirs, ours = (repr(str(ids[0])) if len(ids) else "none" for ids in (keys, samples))
        raise LayoutError(f"{path} has no image of the dataset: its ids are as {theirs}, the dataset's as {ours}.")
    value, votes, asked = _numbers(path, frame, shown)
    return Frequencies(np.where(rows >= 0, value[rows], np.nan), rows, votes, asked)


def _numbers(
    path: Path, frame: pl.DataFrame, shown: int | None
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
    """Frequency of each row, and votes and annotators asked where they are known."""
    votes_column, shown_column = _found(frame, _VOTES), _found(frame, _SHOWN)
    if votes_column and (shown_column or shown):
        votes = _floats(path, frame, votes_column)
        asked = _floats(path, frame, shown_column) if shown_column else np.full(len(votes), float(shown or 0))
        votes, asked = np.nan_to_num(votes), np.nan_to_num(asked)
        with np.errstate(invalid="ignore", divide="ignore"):
            value = votes / asked
    else:
        value = _floats(path, frame, _column(path, frame, _FREQUENCY, "of frequencies"))
        if not shown:
            return _shares(path, value), None, None
        votes, asked = np.nan_to_num(value * shown), np.where(np.isfinite(value), float(shown), 0.0)
        if np.any(np.abs(votes - np.round(votes)) > 1e-6):
            raise LayoutError(f"{path}: frequencies are not shares of {shown} votes.")
    whole = np.round(votes)
    if np.any(np.abs(votes - whole) > 1e-6) or np.any(asked != np.round(asked)):
        raise LayoutError(f"{path}: votes must be whole numbers.")
    return _shares(path, value), whole.astype(np.int64), asked.astype(np.int64)


def _shares(path: Path, value: np.ndarray) -> np.ndarray:
    if np.any((value < 0) | (value > 1)):
        raise LayoutError(f"{path}: selection frequencies must lie between 0 and 1.")
    return value


def _read(path: Path) -> pl.DataFrame:
    """The columns that matter; of a text file all as text, for ids may begin with zeros."""
    wanted = {*_SAMPLE, *_FREQUENCY, *_VOTES, *_SHOWN}
    try:
        if path.suffix.lower() == ".parquet":
            names = [name for name in pq.read_schema(path).names if name.lower() in wanted]
            # A column of pictures may be called image; ids are text or numbers.
            frame = pl.read_parquet(path, columns=[n for n in names if not _binary(path, n)])
        else:
            separator = "\t" if path.suffix.lower() == ".tsv" else ","
            frame = pl.read_csv(path, separator=separator, infer_schema=False)
    except FileNotFoundError as error:
        raise LayoutError(f"There is no file {path}.") from error
    except (OSError, pl.exceptions.PolarsError) as error:
        raise LayoutError(f"Cannot read {path}: {error}. It must be a CSV, TSV or parquet file.") from error
    key = _found(frame, _SAMPLE)
    return frame.with_columns(pl.col(key).cast(pl.String)) if key else frame


def _binary(path: Path, name: str) -> bool:
    import pyarrow as pa

    kind = pq.read_schema(path).field(name).type
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_nested(kind))


def _found(frame: pl.DataFrame, names: tuple[str, ...]) -> str | None:
    return next((c for name in names for c in frame.columns if c.lower() == name), None)


def _column(path: Path, frame: pl.DataFrame, names: tuple[str, ...], what: str) -> str:
    found = _found(frame, names)
    if found is None:
        have = ", ".join(frame.columns[:8]) or "none of use"
        raise LayoutError(f"{path} has no column {what}: name it {names[0]!r}. It has {have}.")
    return found


def _floats(path: Path, frame: pl.DataFrame, column: str) -> np.ndarray:
    try:
        values = frame[column].cast(pl.Float64)
    except pl.exceptions.PolarsError as error:
        raise LayoutError(f"{path}: {column} must hold numbers.") from error
    return values.fill_null(float("nan")).to_numpy().copy()
