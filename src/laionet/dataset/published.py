"""Importing a published LAIONet table into a dataset folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from laionet import __version__
from laionet.dataset import publication as form
from laionet.dataset.export import Export
from laionet.dataset.folder import sha256_of, write_folder
from laionet.dataset.labels import NO_CLASS, SEVERAL, Labeller, open_labeller
from laionet.dataset.layout import Entry, class_rows
from laionet.errors import CorpusError, LayoutError
from laionet.schema import DATASET, Drop
from laionet.shards import ROW_GROUP

#: Marks of safety that a corpus may have.
SAFETY = ("nsfw", "punsafe", "nsfw_score")

#: What a published table does not say and a row of ours must: no lemmas on record, one class.
_DEFAULTS: dict[str, Any] = {"lemmas": [], "found_by": [], "n_classes": 1, "truncated": False}


def from_published(
    table: str | Path,
    labels: str | Path | None,
    out: str | Path,
    classes: Iterable[Entry],
    *,
    similarity: str | None = None,
    name: str | None = None,
) -> Export:
    """Import a LAIONet table, as the authors of the paper or ``to_published`` wrote it.

    The class of a row comes from the label file where one is given, else from a column ``wnid``, else
    from the synset text in ``name_def_wnid``. Predictions (``top_1_is_correct_...``), the text read in the
    image, the licence and further similarities are kept beside our columns. The row id of LAION-400M comes
    from the table's index. Lemmas are not on record in the authors' tables and are left empty.

    Args:
        table: parquet file with URL, TEXT and a column ``text_to_name_def_wnid_similarity...``.
        labels: JSON file of wnid -> indices of the table, or None. A pickle is refused.
        out: dataset folder to write.
        classes: the class list, which gives the labels.
        similarity: the similarity column to take, where the table has several.
        name: what to call the dataset; None for the name of the table.

    Returns:
        The folder, its rows, and the rows left out by reason: ``no_caption``; ``no_lemma``, which here
        means that no class of the list was found for the row; ``several_classes``, where the labels give
        it to more than one; ``not_finite``, where it has no similarity.

    Raises:
        CorpusError: where the table cannot be read.
        LayoutError: where a column is missing or of another type, or the label file is unusable.
        OutputError: where ``out`` cannot be written.
    """
    table, out = Path(table), Path(out)
    rows = class_rows(classes)
    with _open(table) as file:
        columns = _Columns(file.schema_arrow, similarity)
        label = open_labeller(Path(labels) if labels is not None else None, file.schema_arrow.names, rows)
        stage: dict[str, Any] = {
            "name": "import",
            "unit": "rows",
            "rows_in": 0,
            "kept": 0,
            "rows_out": 0,
            "dropped": {},
        }
        manifest = _manifest(table, file, columns, stage, len(rows), name)
        wnids = pa.array([row.wnid for row in rows], pa.string())
        parts = _parts(file, table.name, columns, label, wnids, stage)
        # The counts of ``stage`` are filled while the rows stream, before the manifest is written.
        write_folder(out, parts, rows, manifest, extra=columns.extra)
    return Export((out,), stage["kept"], dict(stage["dropped"]))


class _Columns:
    """Which column of the published table holds what."""

    def __init__(self, schema: pa.Schema, similarity: str | None) -> None:
        missing = [name for name in ("URL", "TEXT") if name not in schema.names]
        if missing:
            raise LayoutError(
                f"The table has no column {' or '.join(missing)}; it has: {', '.join(schema.names)}. "
                "A published LAIONet table has URL, TEXT and a similarity to the synset text."
            )
        self.similarity = _choose_similarity(schema, similarity)
        self.index = form.index_of(schema)
        self.source = {name: name for name in DATASET.names if name in schema.names and name not in form.NAMES}
        self.source |= {own: theirs for own, theirs in form.NAMES.items() if theirs in schema.names}
        self.source["similarity"] = self.similarity
        self.source.pop("label", None)  # of whatever class list; ours gives the labels
        self.source.pop("wnid", None)
        if isinstance(self.index, str) and "laion_row" not in self.source:
            self.source["laion_row"] = self.index
        used = {*self.source.values(), *DATASET.names}
        kept = [f for f in schema if form.is_kept(f.name) and f.name not in used]
        self.extra = pa.schema(kept).remove_metadata()


def _choose_similarity(schema: pa.Schema, asked: str | None) -> str:
    found: list[str] = [name for name in schema.names if name.startswith(form.SIMILARITY)]
    if asked is not None and asked in schema.names:
        return asked
    if asked is None and len(found) == 1:
        return found[0]
    if not found:
        raise LayoutError(f"The table has no column {form.SIMILARITY}...; it has: {', '.join(schema.names)}.")
    problem = f"no column {asked!r}" if asked is not None else "several similarities to the synset text"
    raise LayoutError(f"The table has {problem}; choose one with similarity=: {', '.join(found)}.")


def _open(table: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(table)
    except FileNotFoundError:
        raise CorpusError(f"There is no table at {table}.") from None
    except (OSError, pa.ArrowException) as error:
        raise CorpusError(f"{table} cannot be read as parquet: {error}.") from error


def _manifest(
    table: Path,
    file: pq.ParquetFile,
    columns: _Columns,
    stage: dict[str, Any],
    n_classes: int,
    name: str | None,
) -> dict[str, Any]:
    rows = file.metadata.num_rows
    source = {"name": table.name, "size": table.stat().st_size, "fingerprint": sha256_of(table), "rows": rows}
    encoder = form.encoder_of(columns.similarity)
    return {
        "laionet": __version__,
        "name": name if name is not None else table.stem,
        "corpus": {
            "layout": "published LAIONet",
            "safety": [mark for mark in SAFETY if _has_values(file, columns.source.get(mark))],
            "files": [source],
        },
        "classes": {"classes": n_classes},
        "stages": [stage],
        **({"encoder": {"name": encoder}} if encoder else {}),
    }


def _has_values(file: pq.ParquetFile, column: str | None) -> bool:
    """Whether a column is there and not empty all through; without statistics it counts as not empty."""
    groups = (file.metadata.row_group(i) for i in range(file.num_row_groups))
    chunks = [group.column(j) for group in groups for j in range(group.num_columns)]
    chunks = [chunk for chunk in chunks if chunk.path_in_schema == column]
    return any(not c.statistics or c.statistics.null_count != c.num_values for c in chunks)


def _parts(
    file: pq.ParquetFile,
    name: str,
    columns: _Columns,
    label: Labeller,
    wnids: pa.StringArray,
    stage: dict[str, Any],
) -> Iterator[pa.Table]:
    """The rows that can be labelled, in our schema; every other row is counted in ``stage``."""
    done = 0
    try:
        for batch in file.iter_batches(batch_size=ROW_GROUP):
            table = pa.Table.from_batches([batch])
            positions = np.arange(done, done + len(table))
            done += len(table)
            labels = label(table, _indices(table, columns.index, positions))
            made = _rows(table, name, columns, positions)
            reason = _judge(made, labels)
            kept = np.flatnonzero(reason == "")
            _count(stage, reason)
            taken = labels[kept]
            made = made.take(pa.array(kept))
            made = made.append_column("wnid", wnids.take(pa.array(taken)))
            yield made.append_column("label", pa.array(taken, pa.int32()))
    except (OSError, pa.ArrowException) as error:
        raise CorpusError(f"The table {name} cannot be read to its end: {error}.") from error


def _indices(table: pa.Table, index: str | tuple[int, int], positions: np.ndarray) -> np.ndarray:
    if isinstance(index, str):
        found: np.ndarray = pc.fill_null(table[index].cast(pa.int64()), -1).to_numpy()
        return found
    start, step = index
    return start + step * positions


def _rows(table: pa.Table, name: str, columns: _Columns, positions: np.ndarray) -> pa.Table:
    """The rows with our columns, but for wnid and label, and the further ones."""
    made: dict[str, Any] = {}
    for field in DATASET:
        if field.name in ("wnid", "label"):
            continue
        if field.name in columns.source:
            made[field.name] = _cast(table[columns.source[field.name]], field, columns.source[field.name])
        elif field.name == "row":
            made["row"] = pa.array(positions, pa.int64())
        else:
            value = name if field.name == "file" else _DEFAULTS.get(field.name)
            made[field.name] = pa.repeat(pa.scalar(value, field.type), len(table))
    return pa.table(made | {field.name: table[field.name] for field in columns.extra})


def _cast(column: pa.ChunkedArray, field: pa.Field, source: str) -> pa.ChunkedArray:
    try:
        if pa.types.is_floating(column.type) and pa.types.is_integer(field.type):
            # pandas turns whole numbers with gaps into floats with NaN.
            column = pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
            cast = pc.cast(column, options=pc.CastOptions(field.type, allow_float_truncate=True))
        else:
            cast = column.cast(field.type)
    except pa.ArrowException as error:
        raise LayoutError(f"Column {source!r} cannot be read as {field.type}: {error}.") from error
    # A similarity that is missing is a reason to leave out its row, not the table.
    if cast.null_count and not field.nullable and field.name != "similarity":
        raise LayoutError(f"Column {source!r} has gaps. Fill them, or leave the whole column out.")
    return cast


def _judge(rows: pa.Table, labels: np.ndarray) -> np.ndarray:
    """The reason to leave out each row, or an empty string; the first that holds."""
    reason = np.full(len(rows), "", dtype=object)
    reason[~np.isfinite(rows["similarity"].to_numpy())] = Drop.NOT_FINITE
    reason[labels == SEVERAL] = Drop.SEVERAL_CLASSES
    reason[labels == NO_CLASS] = Drop.NO_LEMMA
    reason[~pc.fill_null(pc.not_equal(rows["caption"], ""), False).to_numpy()] = Drop.NO_CAPTION
    return reason


def _count(stage: dict[str, Any], reason: np.ndarray) -> None:
    stage["rows_in"] += len(reason)
    stage["kept"] = stage["rows_out"] = stage["kept"] + int((reason == "").sum())
    for drop in set(reason) - {""}:
        stage["dropped"][str(drop)] = stage["dropped"].get(str(drop), 0) + int((reason == drop).sum())
