"""What the dataset folder holds: names of its files, the schema of its parquet files, its classes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from laionet.errors import ClassListError, OutputError
from laionet.schema import DATASET

MANIFEST = "manifest.json"
CLASSES = "classes.csv"
CARD = "README.md"
CROISSANT = "croissant.json"
DATA = "data"

#: Columns of ``classes.csv``; it reads back as a class list of its own.
CLASS_COLUMNS = ("label", "wnid", "name", "lemmas", "definition", "samples")

CLASS_TABLE = pa.schema(
    [
        pa.field("label", pa.int32(), nullable=False),
        pa.field("wnid", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("lemmas", pa.list_(pa.string()), nullable=False),
        pa.field("definition", pa.string(), nullable=False),
        pa.field("samples", pa.int64(), nullable=False),
    ]
)


class Entry(Protocol):
    """One class of a class list."""

    @property
    def wnid(self) -> str:
        """Its id."""

    @property
    def name(self) -> str:
        """WordNet's synset name, or one's own."""

    @property
    def lemmas(self) -> tuple[str, ...]:
        """The words for it, the usual one first."""

    @property
    def definition(self) -> str:
        """What it means."""


@dataclass(frozen=True)
class ClassRow:
    """One class of a finished dataset, with its number of samples."""

    label: int
    wnid: str
    name: str
    lemmas: tuple[str, ...]
    definition: str
    samples: int

    @property
    def title(self) -> str:
        """What to call it: the first lemma, or the name of a class without lemmas."""
        return " ".join((self.lemmas[0] if self.lemmas else self.name).replace("_", " ").split())


def data_name(number: int, total: int) -> str:
    """Name of a data file relative to the folder, as Hugging Face writes it."""
    return f"{DATA}/train-{number:05d}-of-{total:05d}.parquet"


def class_rows(classes: Iterable[Entry], samples: Sequence[int] | None = None) -> list[ClassRow]:
    """The classes in label order.

    Raises:
        ClassListError: where two classes share an id.
    """
    rows = [
        ClassRow(label, c.wnid, c.name, tuple(c.lemmas), c.definition, int(samples[label]) if samples else 0)
        for label, c in enumerate(classes)
    ]
    seen: set[str] = set()
    for row in rows:
        if row.wnid in seen:
            raise ClassListError(f"Two classes have the id {row.wnid!r}; give each class its own, or join them.")
        seen.add(row.wnid)
    return rows


def label_names(rows: Sequence[ClassRow]) -> list[str]:
    """What Hugging Face calls the labels: id and first lemma, so that the two cranes stay apart."""
    return [f"{row.wnid} {row.title}".rstrip() for row in rows]


def file_schema(names: Sequence[str], extra: pa.Schema | None = None) -> pa.Schema:
    """Schema of the parquet files: ``DATASET`` and the further columns, with Hugging Face's metadata.

    ``label`` is stored as nullable int64, not int32: ``datasets`` takes a column for a ClassLabel only
    where the stored type is the very type of a ClassLabel. ``Dataset.table`` gives back int32.

    Raises:
        OutputError: where a further column has the name of one of ours.
    """
    extra = extra if extra is not None else pa.schema([])
    taken = [name for name in extra.names if name in DATASET.names]
    if taken or len(set(extra.names)) < len(extra.names):
        raise OutputError(f"Further columns need names of their own; these are taken: {taken or extra.names}.")
    label = DATASET.field("label").with_type(pa.int64()).with_nullable(True)
    fields = [label if field.name == "label" else field for field in DATASET]
    schema = pa.schema([*fields, *extra])
    # A ClassLabel without names is not readable, so a list without classes leaves the label a number.
    features = {
        field.name: {"names": list(names), "_type": "ClassLabel"}
        if field.name == "label" and names
        else _feature(field.type)
        for field in schema
    }
    known = {name: feature for name, feature in features.items() if feature is not None}
    return schema.with_metadata({b"huggingface": json.dumps({"info": {"features": known}}).encode()})


def _feature(type_: pa.DataType) -> dict[str, Any] | None:
    """Hugging Face's name for an Arrow type, or None for one that it works out by itself."""
    if pa.types.is_list(type_):
        inner = _feature(type_.value_type)
        # Read by old and new releases alike, where "List" is known to the new ones alone.
        return {"feature": inner, "_type": "Sequence"} if inner else None
    names = {pa.string(): "string", pa.float32(): "float32", pa.float64(): "float64"}
    names |= {pa.int32(): "int32", pa.int64(): "int64", pa.bool_(): "bool", pa.large_string(): "large_string"}
    return {"dtype": names[type_], "_type": "Value"} if type_ in names else None


def classes_csv(rows: Iterable[ClassRow]) -> str:
    """``classes.csv`` as text; lemmas are separated by bars."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CLASS_COLUMNS)
    for row in rows:
        # A bar at the end keeps a single lemma with a comma whole, where the file is read as a class list.
        lemmas = "|".join(row.lemmas) + ("|" if len(row.lemmas) == 1 and "," in row.lemmas[0] else "")
        writer.writerow([row.label, row.wnid, row.name, lemmas, row.definition, row.samples])
    return out.getvalue()


def read_classes_csv(path: Path) -> list[ClassRow]:
    """The rows of a ``classes.csv``.

    Raises:
        OutputError: where it is missing or not as ``classes_csv`` writes it.
    """
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return [
                ClassRow(
                    int(row["label"]),
                    row["wnid"],
                    row["name"],
                    tuple(lemma for lemma in row["lemmas"].split("|") if lemma),
                    row["definition"],
                    int(row["samples"]),
                )
                for row in csv.DictReader(lines)
            ]
    except (OSError, UnicodeDecodeError, KeyError, ValueError, AttributeError, TypeError, csv.Error) as error:
        raise OutputError(f"{path} cannot be read as a list of classes ({error}). Build it again.") from error
