"""Files that name classes: which classes, how many images of each, and the class of each row of a table.

The forms that the field has: CSV, TSV and parquet with a column ``wnid``; JSON; text with one wnid a line.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from laionet.dataset import open_dataset
from laionet.dataset.labels import read_labels
from laionet.errors import LayoutError
from laionet.vocab import load_classes

#: Columns that hold the class, and the number of the row that it is of.
_WNID, _INDEX = ("wnid", "id", "synset", "class"), ("index", "row", "sample", "__index_level_0__")
#: Columns that hold a number of images.
_COUNT = ("count", "n", "frequency", "images", "samples")
_TABLES = (".csv", ".tsv", ".parquet")

#: Stands for several classes in the place of one.
SEVERAL = "*"


def read_classes(source: str | Path, where: Mapping[str, str] | None = None) -> list[str]:
    """The classes that a file names, each once, in its order.

    Args:
        source: table with a column ``wnid``; JSON, an object whose keys are wnids or a list of them; text with a
            wnid at the start of each line; or ``imagenet1k``.
        where: of a table, only rows with these values in these columns.

    Raises:
        LayoutError: for a file that is missing, a pickle, or of another form.
    """
    if str(source) == "imagenet1k":
        return list(load_classes("imagenet1k").wnids)
    path = Path(source)
    if path.suffix.lower() == ".json":
        found = list(_json(path))
    elif path.suffix.lower() in _TABLES:
        found = read_frame(path, where).get_column("wnid").drop_nulls().to_list()
    else:
        found = _lines(path)
    return _some(path, list(dict.fromkeys(found)))


def read_frequencies(source: str | Path, where: Mapping[str, str] | None = None) -> dict[str, float]:
    """Number of images of each class.

    Args:
        source: table with ``wnid`` and a column ``count``, ``n``, ``frequency``, ``images``, ``samples`` or
            ``..._count``, or without one, where each row is an image; JSON, wnid to a number or to a list of its
            images; text with a wnid a line for each image; or the folder of a run or a dataset.
        where: of a table, only rows with these values in these columns.

    Raises:
        LayoutError: for a file that is missing or of another form, a class with several counts, a count that is
            negative or no number.
    """
    path = Path(source)
    if path.is_dir():
        return _floats(path, _images_in(path))
    if path.suffix.lower() == ".json":
        content = _json(path)
        if isinstance(content, list):
            return _floats(path, Counter(content))
        return _floats(path, {w: len(v) if isinstance(v, list) else v for w, v in content.items()})
    if path.suffix.lower() not in _TABLES:
        return _floats(path, Counter(_lines(path)))
    frame = read_frame(path, where).drop_nulls("wnid")
    counts = [c for c in frame.columns if c.lower() in _COUNT or c.lower().endswith("_count")]
    if not counts:
        return _floats(path, Counter(frame["wnid"].to_list()))
    if len(counts) > 1:
        raise LayoutError(f"{path} has several columns of counts ({', '.join(counts)}); keep one of them.")
    twice = frame.filter(frame["wnid"].is_duplicated())
    if len(twice):
        others = [c for c in frame.columns if c not in ("wnid", counts[0])]
        choice = f"--where {others[0]}={twice[others[0]][0]}" if others else "a file with one row a class"
        raise LayoutError(
            f"{path} has several counts of {twice['wnid'][0]}. Choose rows, for example by:  {choice}"
        )
    return _floats(path, dict(zip(frame["wnid"], frame[counts[0]], strict=True)))


def read_row_labels(source: str | Path) -> dict[int, str] | list[str | None]:
    """The class of each row of a table.

    Args:
        source: table with ``wnid`` and a column ``index``, ``row`` or ``sample``; or without one, a row for each
            row; JSON, wnid to the indices of its rows, or a list of wnids; text with a wnid a line.

    Returns:
        Index to wnid, ``SEVERAL`` for a row of several; or a list, one a row.

    Raises:
        LayoutError: for a file that is missing, a pickle, or of another form.
    """
    path = Path(source)
    if path.suffix.lower() == ".json":
        content = _json(path)
        return content if isinstance(content, list) else _by_index(read_labels(path))
    if path.suffix.lower() not in _TABLES:
        return list(_lines(path))
    frame = read_frame(path)
    index = next((c for c in frame.columns if c.lower() in _INDEX), None)
    if index is None:
        return frame["wnid"].to_list()
    if not frame[index].dtype.is_integer():
        raise LayoutError(f"The column {index!r} of {path} must hold whole numbers, the rows of the table.")
    rows: dict[str, list[int]] = {}
    for row, wnid in frame.select(index, "wnid").drop_nulls().iter_rows():
        rows.setdefault(wnid, []).append(row)
    return _by_index(rows)


def read_frame(path: Path, where: Mapping[str, str] | None = None) -> pl.DataFrame:
    """A table of classes with its class column named ``wnid``, text; only rows where the given columns fit.

    Raises:
        LayoutError: where it cannot be read, or has no such column, or no row fits.
    """
    frame = read_any(path)
    for column, value in (where or {}).items():
        if column in frame.columns:
            found = frame.filter(frame[column].cast(pl.String) == value)
            if not len(found):
                some = ", ".join(map(str, frame[column].unique(maintain_order=True)[:5]))
                raise LayoutError(f"{path} has no row with {column}={value}; it has {some}.")
            frame = found
    name = next((c for c in frame.columns if c.lower() in _WNID), None)
    if name is None:
        raise LayoutError(f"{path} has no column 'wnid'; it has {', '.join(frame.columns[:8])}.")
    return frame.rename({name: "wnid"}).with_columns(pl.col("wnid").cast(pl.String))


def read_any(path: Path, columns: list[str] | None = None, rows: int | None = None) -> pl.DataFrame:
    """A CSV, TSV or parquet file, or some columns or the first rows of it.

    Raises:
        LayoutError: where it is missing, broken, or of another kind.
    """
    _no_pickle(path)
    try:
        if path.suffix.lower() == ".parquet":
            return pl.read_parquet(path, columns=columns, n_rows=rows)
        separator = "\t" if path.suffix.lower() == ".tsv" else ","
        return pl.read_csv(path, columns=columns, separator=separator, infer_schema_length=None, n_rows=rows)
    except FileNotFoundError as error:
        raise LayoutError(f"There is no file {path}.") from error
    except (OSError, pl.exceptions.PolarsError) as error:
        raise LayoutError(f"Cannot read {path}: {error}. It must be a CSV, TSV or parquet file.") from error


def _no_pickle(path: Path) -> None:
    """Refuse a pickle with the line that converts it, whatever it is called."""
    try:
        with path.open("rb") as file:
            first = file.read(1)
    except FileNotFoundError as error:
        raise LayoutError(f"There is no file {path}.") from error
    except OSError as error:
        raise LayoutError(f"Cannot read {path}: {error.strerror or error}.") from error
    if first == b"\x80":
        read_labels(path)


def _json(path: Path) -> Any:
    _no_pickle(path)
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        raise LayoutError(f"{path} is not JSON ({error}).") from error
    if isinstance(content, list) and all(isinstance(w, str) for w in content):
        return content
    if isinstance(content, dict):
        return content
    raise LayoutError(f"{path} must be an object whose keys are wnids, or a list of wnids.")


def _lines(path: Path) -> list[str]:
    """The first word of each line that has one."""
    _no_pickle(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LayoutError(f"{path} is not text. Give CSV, parquet, JSON, or text with one wnid a line.") from error
    return [line.split()[0] for line in text.splitlines() if line.strip()]


def _by_index(rows: Mapping[str, list[int]]) -> dict[int, str]:
    found: dict[int, str] = {}
    for wnid, members in rows.items():
        for row in members:
            found[row] = wnid if found.get(row, wnid) == wnid else SEVERAL
    return found


def _some(path: Path, classes: list[str]) -> list[str]:
    if not classes:
        raise LayoutError(f"{path} names no class.")
    return classes


def _images_in(folder: Path) -> Mapping[str, int]:
    """Images of each class in a dataset, a run that made one, or a run that described one."""
    if (folder / "describe").is_dir() and not (folder / "dataset").is_dir():
        from laionet.flow.comparing import open_described

        found = open_described(folder)
        return {synset.wnid: int(n) for synset, n in zip(found.classes, found.counts, strict=True)}
    dataset = open_dataset(folder / "dataset" if (folder / "dataset").is_dir() else folder)
    return Counter(dataset.table(["wnid"])["wnid"].to_pylist())


def _floats(path: Path, counts: Mapping[str, Any]) -> dict[str, float]:
    for wnid, n in counts.items():
        if isinstance(n, bool) or not isinstance(n, int | float) or not 0 <= n < float("inf"):
            raise LayoutError(f"{path}: the count of {wnid} is {n!r}; it must be a number, 0 or more.")
    if not sum(counts.values()):
        raise LayoutError(f"{path} has no images of any class.")
    return {wnid: float(n) for wnid, n in counts.items()}
