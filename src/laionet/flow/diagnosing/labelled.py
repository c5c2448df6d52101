"""Captions with a class each: ImageNet-Captions, any table of captions and labels, a dataset of laionet."""

from __future__ import annotations

import html
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from laionet.dataset import open_dataset
from laionet.errors import CorpusError, LayoutError
from laionet.images.labels import KEYS, Labels, labels_of
from laionet.schema import Drop
from laionet.vocab import ClassList

#: Fields that hold the caption as a whole, and the parts of ImageNet-Captions' texts, in their order.
WHOLE, PARTS = ("caption", "text", "alt"), ("title", "description", "tags")
#: Fields with a file's name that begins with its class, as n01440764_10026.JPEG.
NAMED = ("filename", "file_name", "file", "image")


@dataclass(frozen=True)
class LabelledCaptions:
    """Captions with their classes.

    Attributes:
        captions: texts.
        label: int64 (n,), class of each.
        dropped: records that have no caption or no class of the list, by reason.
    """

    captions: list[str]
    label: np.ndarray
    dropped: dict[str, int]

    def __len__(self) -> int:
        return len(self.captions)


def read_labelled(
    source: str | Path, classes: ClassList, *, caption: str | None = None, label: str | None = None
) -> LabelledCaptions:
    """Read captions with a class each.

    The caption is the field ``caption``, ``text`` or ``alt``; or title, description and tags, those that there
    are, joined by a space (Fang et al. 2022). HTML entities are turned into what they stand for. The class is the
    field ``wnid``, ``label`` or ``class``, or the beginning of the file's name.

    Args:
        source: JSON, a list of records as ImageNet-Captions'; JSON lines; CSV, TSV or parquet; the folder of a
            dataset, or of the run that built it.
        classes: the classes that count.
        caption, label: names of the fields, where they are others.

    Raises:
        LayoutError: for a file of another form, or one where no record has both.
        CorpusError: for one that cannot be read.
    """
    path = Path(source).expanduser()
    found, known = Counter[str](), labels_of(classes)
    captions, numbers = [], []
    for record in _records(path, {*WHOLE, *PARTS, *KEYS, *NAMED, *filter(None, (caption, label))}):
        text = text_of(record, caption) if isinstance(record, Mapping) else None
        number = _class_of(record, known, label) if isinstance(record, Mapping) else None
        if not isinstance(record, Mapping):
            found[Drop.BAD_ROW] += 1
        elif not text:
            found[Drop.NO_CAPTION] += 1
        elif number is None:
            found[Drop.UNKNOWN_LABEL] += 1
        else:
            captions.append(text)
            numbers.append(number)
    if not captions:
        counts = ", ".join(f"{n:,} {reason}" for reason, n in found.items()) or "it is empty"
        raise LayoutError(
            f"{path} has no caption with a class of the list ({counts}). Name the fields with --caption-column "
            "and --label-column, and the classes with --classes."
        )
    return LabelledCaptions(captions, np.array(numbers, dtype=np.int64), {str(k): n for k, n in found.items()})


def text_of(record: Mapping[str, Any], field: str | None = None) -> str:
    """The caption of a record, one line; empty where it has none."""
    for name in (field,) if field else WHOLE:
        if isinstance(value := record.get(name), str):
            return _clean(value)
    if field:
        return ""
    return " ".join(part for name in PARTS if (part := _clean(_joined(record.get(name)))))


def _joined(value: Any) -> str:
    """Tags are a list; a title is a text, or missing."""
    if isinstance(value, list | tuple):
        return " ".join(one for one in value if isinstance(one, str))
    return value if isinstance(value, str) else ""


def _clean(text: str) -> str:
    return " ".join(html.unescape(text).split())


def _class_of(record: Mapping[str, Any], labels: Labels, field: str | None) -> int | None:
    if field:
        return labels.find(record.get(field))
    if (found := labels.of_columns(dict(record))) is not None:
        return found
    names = (record.get(name) for name in NAMED)
    parts = [part for name in names if isinstance(name, str) for part in reversed(PurePosixPath(name).parts)]
    return next((one for part in parts if (one := labels.named(part)) is not None), None)


def _records(path: Path, fields: set[str]) -> Iterator[Any]:
    """Records of any source; of tables the fields alone."""
    try:
        if path.is_dir():
            dataset = open_dataset(path / "dataset" if (path / "dataset").is_dir() else path)
            for table in dataset.tables(["caption", "wnid"]):
                yield from table.to_pylist()
        elif path.suffix.lower() == ".json":
            yield from _json(path)
        elif path.suffix.lower() in (".jsonl", ".ndjson"):
            yield from _json_lines(path)
        elif path.suffix.lower() == ".parquet":
            yield from _parquet(path, fields)
        elif path.suffix.lower() in (".csv", ".tsv"):
            separator = "\t" if path.suffix.lower() == ".tsv" else ","
            # All as text: a label such as 007 is not the number 7 to everybody.
            frame = pl.read_csv(path, separator=separator, infer_schema=False)
            yield from frame.select([c for c in frame.columns if c in fields]).iter_rows(named=True)
        else:
            raise LayoutError(
                f"{path}: captions come as JSON, JSON lines, CSV, TSV, parquet or a dataset's folder."
            )
    except FileNotFoundError as error:
        raise CorpusError(f"There is no file {path}.") from error
    except (OSError, UnicodeDecodeError, pa.ArrowException, pl.exceptions.PolarsError) as error:
        raise CorpusError(f"Cannot read {path}: {error}.") from error


def _parquet(path: Path, fields: set[str]) -> Iterator[Any]:
    with pq.ParquetFile(path) as file:
        kinds = {field.name: str(field.type) for field in file.schema_arrow}
        columns = [name for name in kinds if name in fields and "binary" not in kinds[name]]
        for batch in file.iter_batches(columns=columns) if columns else ():
            yield from batch.to_pylist()


def _json(path: Path) -> Iterable[Any]:
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        raise CorpusError(f"{path} is not JSON ({error}).") from error
    if not isinstance(content, list):
        raise LayoutError(f"{path} must be a list of records, as imagenet_captions.json is.")
    return content


def _json_lines(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                try:
                    yield json.loads(line)
                except ValueError:
                    yield None  # counted as a bad row
