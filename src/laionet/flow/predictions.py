"""Whether each model was right about each image: from published per-sample tables, or from described datasets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from laionet.compare.accuracy import top_k_correct
from laionet.dataset.publication import index_of
from laionet.errors import LayoutError
from laionet.flow.class_files import SEVERAL, read_any, read_row_labels
from laionet.flow.folder import RunFolder
from laionet.models.presets import PAPER
from laionet.schema import Drop
from laionet.shards import read_table

#: Columns of the published tables: whether the class is among a model's first k.
COLUMN = re.compile(r"top_(\d+)_is_correct_(.+)")
_GROUPS = {name.rpartition("/")[2]: group for name, group in PAPER.items()}
_WORDS = {"true": 1, "1": 1, "1.0": 1, "false": 0, "0": 0, "0.0": 0, "": -1, "nan": -1, "null": -1, "none": -1}


@dataclass(frozen=True)
class Outcome:
    """What one model made of the images.

    Attributes:
        model: its name.
        group: the paper's ("1k", "21k to 1k", "21k"), "zero-shot", or "".
        k: how many of its predictions count.
        correct: int8 (images,), 1 right, 0 wrong, -1 not predicted.
    """

    model: str
    group: str
    k: int
    correct: np.ndarray


@dataclass(frozen=True)
class Predictions:
    """Outcomes of several models on the same images.

    Attributes:
        source: file or folder that they come from.
        wnid: the class of each image; None where it has none, ``SEVERAL`` where it has several.
        outcomes: a model and k each.
    """

    source: str
    wnid: Sequence[str | None]
    outcomes: tuple[Outcome, ...]

    def __len__(self) -> int:
        return len(self.wnid)


def group_of(model: str) -> str:
    """The paper's group of a model by the last part of its name; "zero-shot" for CLIP; else ""."""
    short = model.rpartition("/")[2]
    return _GROUPS.get(short, "zero-shot" if short.startswith("clip-") else "")


def read_predictions(
    source: str | Path, *, labels: str | Path | None = None, label_column: str = "wnid"
) -> Predictions:
    """Read outcomes.

    Args:
        source: parquet, CSV or TSV with columns ``top_{k}_is_correct_{model}`` (true, false, 1, 0; null is "not
            predicted") and the class in a column; or the folder of a run whose images were described.
        labels: file that gives the class of each row instead, see ``class_files.read_row_labels``; its indices are
            those that pandas stored in the table, else the rows' positions.
        label_column: of the table.

    Raises:
        LayoutError: for a table that has no such columns, no rows, or values that are neither right nor wrong.
        OutputError: for a folder without described images.
    """
    path = Path(source)
    if path.is_dir():
        return _described(path, labels)
    names = _columns(path)
    found = {name: match for name in names if (match := COLUMN.fullmatch(name))}
    if not found:
        raise LayoutError(
            f"{path} has no column like top_1_is_correct_resnet-50; it has {', '.join(names[:8]) or 'none'}."
        )
    if labels is None and label_column not in names:
        raise LayoutError(f"{path} has no column {label_column!r} for the class; give --labels FILE.")
    wanted = [*found, *([label_column] if labels is None else [])]
    frame = read_any(path, wanted)
    if not len(frame):
        raise LayoutError(f"{path} has no rows.")
    wnid: Sequence[str | None]
    wnid = _labelled(path, len(frame), labels) if labels else frame[label_column].cast(pl.String).to_list()
    outcomes = [
        Outcome(match[2], group_of(match[2]), int(match[1]), _outcome(path, frame[name]))
        for name, match in found.items()
    ]
    return Predictions(str(source), wnid, tuple(sorted(outcomes, key=lambda one: one.k)))


def _columns(path: Path) -> list[str]:
    if path.suffix.lower() == ".parquet" and path.is_file():
        return _schema(path).names
    return read_any(path, rows=0).columns


def _schema(path: Path) -> pa.Schema:
    try:
        return pq.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        raise LayoutError(f"Cannot read {path}: {error}. It must be a CSV, TSV or parquet file.") from error


def _outcome(path: Path, column: pl.Series) -> np.ndarray:
    """1 right, 0 wrong, -1 not predicted, int8."""
    if column.dtype == pl.String:
        said = column.str.strip_chars().str.to_lowercase()
        value = said.replace_strict(_WORDS, default=2, return_dtype=pl.Int8).fill_null(-1).to_numpy()
        value = np.where(said.is_null().to_numpy(), -1, value)
    elif column.dtype == pl.Boolean or column.dtype.is_numeric() or column.dtype == pl.Null:
        number = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        value = np.where(np.isnan(number), -1, np.where((number == 0) | (number == 1), number, 2))
    else:
        value = np.full(len(column), 2)
    if (value == 2).any():
        bad = column[int(np.argmax(value == 2))]
        raise LayoutError(f"{path}: {column.name} holds {bad!r}; it must hold true, false, 1, 0 or null.")
    return value.astype(np.int8)


def _labelled(path: Path, rows: int, labels: str | Path) -> Sequence[str | None]:
    given = read_row_labels(labels)
    if isinstance(given, list):
        if len(given) != rows:
            raise LayoutError(
                f"{labels} has {len(given):,} labels and {path} {rows:,} rows; they must be as many."
            )
        return given
    return [given.get(index) for index in _indices(path, rows)]


def _indices(path: Path, rows: int) -> Sequence[int]:
    """The index that labels refer to, of each row."""
    where: str | tuple[int, int] = index_of(_schema(path)) if path.suffix.lower() == ".parquet" else (0, 1)
    if isinstance(where, str):
        return read_any(path, [where])[where].to_list()
    return range(where[0], where[0] + where[1] * rows, where[1])


def _described(folder: Path, labels: str | Path | None) -> Predictions:
    """Outcomes of what ``describe`` wrote: k = 1 and up to 5."""
    from laionet.flow.comparing import open_described

    if labels is not None:
        raise LayoutError(f"{folder} is a run, whose images have their classes; leave --labels away.")
    found, run = open_described(folder), RunFolder(folder)
    columns = ["label", *(name for name in found.schema.names if name.startswith(("top/", "zero_shot/")))]
    done = [report["name"] for report in run.reports("describe") if report["status"] == "done"]
    table = pa.concat_tables([read_table(run.stage("describe") / f"{name}.parquet", columns) for name in done])
    label = np.asarray(table["label"], dtype=np.int64)
    outcomes = []
    for column in columns[1:]:
        kind, _, model = column.partition("/")
        group = "zero-shot" if kind == "zero_shot" else _GROUPS.get(model.rpartition("/")[2], "")
        outcomes += [Outcome(model, group, k, right) for k, right in _top(table[column], label)]
    if not outcomes:
        raise LayoutError(f"{folder} has no predictions. Run:  laionet describe {folder} --classifier MODEL")
    wnids = [found.classes[int(i)].wnid if i >= 0 else None for i in label]
    return Predictions(str(folder), wnids, tuple(sorted(outcomes, key=lambda one: one.k)))


def _top(column: pa.ChunkedArray, label: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Outcomes for k = 1 and 5, or as many as there are, from a column of the labels of the k best."""
    known = ~np.asarray(column.is_null())
    best = np.asarray(pc.list_flatten(column.drop_null()), dtype=np.int64).reshape(int(known.sum()), -1)
    for k in sorted({1, min(5, max(best.shape[1], 1))}):
        right = np.full(len(label), -1, dtype=np.int8)
        right[known] = top_k_correct(best, label[known], k)
        yield k, right


def labels_of(predictions: Predictions, classes: Mapping[str, int]) -> np.ndarray:
    """Position of each image's class, int64; -1 where it has none of these."""
    return np.array([classes.get(w, -1) if w is not None else -1 for w in predictions.wnid], dtype=np.int64)


def images_by_class(predictions: Predictions) -> tuple[dict[str, int], dict[str, int]]:
    """Images of each class, and those that have no class or several, by reason of ``schema.Drop``."""
    counts: Any = Counter(predictions.wnid)
    dropped = {str(Drop.UNKNOWN_LABEL): counts.pop(None, 0), str(Drop.SEVERAL_CLASSES): counts.pop(SEVERAL, 0)}
    return dict(sorted(counts.items())), {reason: n for reason, n in dropped.items() if n}
