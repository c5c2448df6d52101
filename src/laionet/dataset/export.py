"""The dataset in the forms of others: the list that img2dataset fetches, and the published LAIONet."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from laionet.dataset import publication as form
from laionet.dataset.layout import ClassRow
from laionet.dataset.opened import Dataset, open_dataset
from laionet.errors import OutputError
from laionet.schema import DATASET
from laionet.shards import ShardWriter, write_text

#: Columns that img2dataset passes through to what it fetched; ``file`` and ``row`` lead back to the dataset.
PASSED_THROUGH = ("label", "wnid", "file", "row", "similarity")

_IMG2DATASET = pa.schema(
    [
        DATASET.field("url").with_nullable(False),
        DATASET.field("caption"),
        *(DATASET.field(name) for name in PASSED_THROUGH),
    ]
)

#: Why ``to_img2dataset`` leaves a row out.
NO_URL = "no_url"


@dataclass(frozen=True)
class Export:
    """What was written.

    Attributes:
        files: files, or for an imported dataset its folder.
        rows: rows written.
        dropped: rows left out, by reason.
    """

    files: tuple[Path, ...]
    rows: int
    dropped: dict[str, int] = field(default_factory=dict)


def to_img2dataset(dataset: str | Path, out: str | Path) -> Export:
    """Write the list of images that img2dataset fetches; ``img2dataset_command`` says how to run it.

    Args:
        dataset: a dataset folder.
        out: parquet file to write, with the columns url, caption and ``PASSED_THROUGH``.

    Returns:
        The file and its rows; rows without an address are left out and counted as ``no_url``.

    Raises:
        OutputError: where ``dataset`` is none, or ``out`` cannot be written.
    """
    out = Path(out)
    source, without = open_dataset(dataset), 0
    try:
        with ShardWriter(out, _IMG2DATASET) as writer:
            for table in source.tables(_IMG2DATASET.names):
                has_url = pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(table["url"]), ""), False)
                kept = table.filter(has_url)
                without += len(table) - len(kept)
                writer.write(kept)
    except OSError as error:
        raise OutputError(f"Cannot write {out}: {error}.") from error
    return Export((out,), writer.rows, {NO_URL: without} if without else {})


def img2dataset_command(path: str | Path, images: str | Path = "images") -> str:
    """The shell command that fetches the images of a list that ``to_img2dataset`` wrote.

    Images keep their shape and are shrunk to 384 pixels on the shorter side, enough for the usual
    classifiers. What sites forbid by ``X-Robots-Tag`` is not fetched: that is img2dataset's default,
    and the token lets a site address this use by name.

    Args:
        path: the list.
        images: folder for the images.
    """
    arguments = {
        "url_list": str(path),
        "input_format": "parquet",
        "url_col": "url",
        "caption_col": "caption",
        "save_additional_columns": json.dumps(PASSED_THROUGH),
        "output_folder": str(images),
        "output_format": "webdataset",
        "image_size": "384",
        "resize_mode": "keep_ratio",
        "resize_only_if_bigger": "True",
        "user_agent_token": "laionet",
    }
    return " ".join(["img2dataset", *(f"--{name} {shlex.quote(value)}" for name, value in arguments.items())])


def to_published(dataset: str | Path, out_dir: str | Path) -> Export:
    """Write the dataset as the authors of the paper published LAIONet, so that their code reads it.

    ``laionet.parquet`` has their columns URL, TEXT, HEIGHT, WIDTH, NSFW, similarity (the corpus's own, of
    image and text), name_def_wnid and text_to_name_def_wnid_similarity_<encoder>; all other columns
    follow under our names, so that ``from_published`` gives back every row as it was. Its index, which
    pandas restores, is LAION-400M's row id where every row has one of its own, else the position.
    ``wnid2laionindices.json`` maps each wnid to the index of its rows: theirs, but JSON, never a pickle.

    Args:
        dataset: a dataset folder.
        out_dir: folder for the two files.

    Raises:
        OutputError: where ``dataset`` is none or has a further column with a name of theirs, or ``out_dir``
            cannot be written.
    """
    source, out_dir = open_dataset(dataset), Path(out_dir)
    table, labels = out_dir / form.TABLE, out_dir / form.LABELS
    encoder = str((source.manifest.get("encoder") or {}).get("name") or "")
    ids = _row_ids(source)
    indices: dict[str, list[int]] = {row.wnid: [] for row in source.class_rows}
    try:
        with ShardWriter(table, _published_schema(source, form.similarity_column(encoder))) as writer:
            for part in _published(source, ids, indices, writer.schema):
                writer.write(part)
        write_text(labels, json.dumps(indices, sort_keys=True) + "\n")
    except OSError as error:
        raise OutputError(f"Cannot write to {out_dir}: {error}.") from error
    return Export((table, labels), writer.rows)


def _row_ids(source: Dataset) -> np.ndarray:
    """The index of each row, int64 (rows,): ids of LAION-400M where they name every row, else positions."""
    laion_row = source.table(["laion_row"])["laion_row"].combine_chunks()
    if len(laion_row) and not laion_row.null_count:
        ids: np.ndarray = laion_row.to_numpy()
        # One caption can stand for two classes; then its id is there twice and names neither row.
        if len(np.unique(ids)) == len(ids):
            return ids
    return np.arange(len(laion_row), dtype=np.int64)


def _published_schema(source: Dataset, similarity: str) -> pa.Schema:
    stored = source.table_schema()
    renamed = {**form.NAMES, "similarity": similarity}
    fields = [f.with_name(renamed.get(f.name, f.name)) for f in stored if f.name != "label"]
    index = pa.field(form.INDEX, pa.int64())
    schema = pa.schema([*fields, pa.field(form.TEXT, pa.string()), index])
    twice = sorted({name for name in schema.names if schema.names.count(name) > 1})
    if twice:
        raise OutputError(f"The published form needs the names {', '.join(twice)}; rename these columns.")
    return schema.with_metadata({b"pandas": json.dumps(form.pandas_metadata(schema)).encode()})


def _published(
    source: Dataset, ids: np.ndarray, indices: dict[str, list[int]], schema: pa.Schema
) -> Iterator[pa.Table]:
    """The parts of the published table; ``indices`` is filled on the way."""
    texts = pa.array([form.synset_text(row) for row in source.class_rows], pa.string())
    back = {name: own for own, name in form.NAMES.items()}
    done = 0
    for part in source.tables():
        here = ids[done : done + len(part)]
        done += len(part)
        label = part["label"].to_numpy()
        _sort_in(indices, source.class_rows, label, here)
        made = {form.TEXT: texts.take(pa.array(label)), form.INDEX: pa.array(here)}
        columns = []
        for name in schema.names:
            own = (
                "similarity"
                if name.startswith(form.SIMILARITY) and name not in part.column_names
                else back.get(name, name)
            )
            columns.append(made[name] if name in made else part[own])
        yield pa.table(columns, schema=schema)


def _sort_in(
    indices: dict[str, list[int]], rows: tuple[ClassRow, ...], label: np.ndarray, ids: np.ndarray
) -> None:
    order = np.argsort(label, kind="stable")
    labels, starts = np.unique(label[order], return_index=True)
    ends = [*starts[1:], len(label)]
    for code, start, end in zip(labels, starts, ends[: len(labels)], strict=True):
        indices[rows[code].wnid].extend(ids[order[start:end]].tolist())
