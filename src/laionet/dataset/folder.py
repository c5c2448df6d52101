"""Writing the dataset folder: rows stream in, and equal rows give equal bytes."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from laionet.dataset import layout
from laionet.dataset.card import render_card
from laionet.dataset.croissant import describe_croissant
from laionet.dataset.layout import ClassRow, Entry
from laionet.errors import OutputError
from laionet.shards import ShardWriter, sweep_temporaries, write_json, write_text

_DATA_FILE = re.compile(r"train-\d{5}-of-\d{5}\.parquet")


def write_folder(
    folder: Path,
    parts: Iterable[pa.Table],
    classes: Iterable[Entry],
    manifest: dict[str, Any],
    rows_per_file: int = 1_000_000,
    extra: pa.Schema | None = None,
) -> dict[str, Any]:
    """Write a dataset folder: data files, ``classes.csv``, card, Croissant metadata and, last, the manifest.

    The bytes are a function of the rows and of the manifest alone: not of how the rows were cut into
    parts, nor of what an earlier or interrupted run left in the folder. No rows at all are legal and give
    one file without rows.

    Args:
        folder: where to write; made if missing. Data files of an earlier run are removed.
        parts: tables with the columns of ``schema.DATASET`` and those of ``extra``, in the order of the
            dataset; taken one at a time.
        classes: the class list; its order gives the labels.
        manifest: how the dataset was made; its ``dataset`` part is replaced by the result.
        rows_per_file: rows of each data file but the last.
        extra: further columns, for example predictions that came with an imported dataset.

    Returns:
        The ``dataset`` part of the manifest: ``rows``, ``classes`` (those with a row) and ``files`` with
        name, rows and sha256.

    Raises:
        OutputError: where a row has a label that is not that of its wnid, a column is missing, or the
            folder cannot be written.
        ClassListError: where two classes share an id.
    """
    if rows_per_file < 1:
        raise OutputError(f"rows_per_file is {rows_per_file}; a file holds one row at least.")
    rows = layout.class_rows(classes)
    try:
        _clear(folder)
        files, samples = _write_data(
            folder, parts, rows, layout.file_schema(layout.label_names(rows), extra), rows_per_file
        )
    except OSError as error:
        raise OutputError(f"Cannot write the dataset to {folder}: {error}.") from error
    rows = layout.class_rows(rows, samples.tolist())
    part = {"rows": int(samples.sum()), "classes": int((samples > 0).sum()), "files": files}
    whole = {**manifest, "dataset": part}
    write_text(folder / layout.CLASSES, layout.classes_csv(rows))
    columns = layout.file_schema([], extra)
    write_text(folder / layout.CARD, render_card(whole, rows, columns))
    classes_sha256 = sha256_of(folder / layout.CLASSES)
    write_json(folder / layout.CROISSANT, describe_croissant(whole, columns, classes_sha256))
    write_json(folder / layout.MANIFEST, whole)
    return part


def sha256_of(path: Path) -> str:
    """sha256 of a file's bytes, in hex."""
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _clear(folder: Path) -> None:
    """Without its manifest the folder is no dataset until this run has finished."""
    (folder / layout.MANIFEST).unlink(missing_ok=True)
    (folder / layout.DATA).mkdir(parents=True, exist_ok=True)
    sweep_temporaries(folder)


def _write_data(
    folder: Path, parts: Iterable[pa.Table], rows: list[ClassRow], schema: pa.Schema, rows_per_file: int
) -> tuple[list[dict[str, Any]], np.ndarray]:
    """Write the data files; returns their descriptions and the samples of each class, int64 (classes,)."""
    wnids = pa.array([row.wnid for row in rows], pa.string())
    samples = np.zeros(len(rows), dtype=np.int64)
    written: list[tuple[Path, int]] = []
    pieces = _cut(_checked(parts, schema, wnids, samples), rows_per_file, schema)
    for number, tables in enumerate(pieces):
        path = folder / layout.DATA / f".tmp-train-{number:05d}.parquet"
        with ShardWriter(path, schema) as writer:
            for table in tables:
                writer.write(table)
        written.append((path, writer.rows))
    for old in (folder / layout.DATA).iterdir():
        if _DATA_FILE.fullmatch(old.name):
            old.unlink()
    files = []
    for number, (path, count) in enumerate(written):
        name = layout.data_name(number, len(written))
        os.replace(path, folder / name)
        files.append({"name": name, "rows": count, "sha256": sha256_of(folder / name)})
    return files, samples


def _checked(
    parts: Iterable[pa.Table], schema: pa.Schema, wnids: pa.StringArray, samples: np.ndarray
) -> Iterator[pa.Table]:
    """The parts with columns in order, each label tested against its wnid, and samples counted."""
    for part in parts:
        missing = [name for name in schema.names if name not in part.column_names]
        if missing:
            raise OutputError(f"Rows for the dataset lack the columns {', '.join(missing)}.")
        table = part.select(schema.names)
        label = table["label"].combine_chunks().cast(pa.int64())
        inside = pc.and_(pc.greater_equal(label, 0), pc.less(label, len(wnids)))
        if label.null_count or not pc.all(inside, min_count=0).as_py():
            raise OutputError(f"Rows for the dataset have labels beyond the {len(wnids)} classes of the list.")
        if not pc.all(pc.equal(wnids.take(label), table["wnid"]), min_count=0).as_py():
            raise OutputError("Rows for the dataset have labels of other classes than their wnids say.")
        samples += np.bincount(label.to_numpy(), minlength=len(samples))[: len(samples)]
        yield table


def _cut(parts: Iterable[pa.Table], rows_per_file: int, schema: pa.Schema) -> Iterator[Iterator[pa.Table]]:
    """Group a stream of tables into files of exactly ``rows_per_file`` rows; at least one file.

    Each group must be read to its end before the next is asked for.
    """
    stream = (part for part in parts if len(part))
    held: list[pa.Table] = [next(stream, schema.empty_table())]

    def one_file() -> Iterator[pa.Table]:
        left = rows_per_file
        while held and left:
            table = held.pop()
            yield table.slice(0, left)
            if len(table) > left:
                held.append(table.slice(left))
            elif (following := next(stream, None)) is not None:
                held.append(following)
            left -= min(left, len(table))

    while held:
        yield one_file()
