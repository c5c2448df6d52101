"""What an index is made of: captions of a corpus, rows of a dataset with their classes, tables of embeddings."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from laionet.corpus import CorpusShard, list_files, plan, read
from laionet.dataset import open_dataset
from laionet.errors import CorpusError, ShardError
from laionet.schema import CORPUS, Drop
from laionet.schema import field as column

#: Rows read at once; speed and memory only.
BATCH_ROWS = 32_768

#: What an index knows of each of its vectors.
ROWS = pa.schema(
    [
        CORPUS.field("file"),
        CORPUS.field("row"),
        CORPUS.field("caption"),
        CORPUS.field("url"),
        column("wnid", pa.string(), "class of the row; null where the captions have none"),
        column("sample", pa.string(), "id of the row in its dataset or table; null in a corpus"),
    ]
)
_CAPTIONS, _CLASSES = ("caption", "text"), ("wnid", "label", "class")


@dataclass(frozen=True)
class Block:
    """Some rows in order.

    Attributes:
        table: n rows in the schema ``ROWS``.
        vectors: float (n, dim) where the embeddings are given, else none.
        dropped: rows that cannot be used, by reason.
    """

    table: pa.Table
    vectors: np.ndarray | None = None
    dropped: Mapping[str, int] = field(default_factory=dict)


class RowSource(Protocol):
    """A run of rows that is read in order; picklable."""

    def identity(self) -> str:
        """Digest of all that decides its rows."""

    def blocks(self) -> Iterator[Block]:
        """Its rows."""


@dataclass(frozen=True)
class CaptionRows:
    """Captions of one shard of a corpus."""

    shard: CorpusShard

    def identity(self) -> str:
        """That of the shard."""
        return self.shard.identity()

    def blocks(self) -> Iterator[Block]:
        """Captions and addresses, with what the reader had to drop."""
        for batch in read(self.shard, batch_rows=BATCH_ROWS, columns={"caption", "url"}):
            dropped = {str(reason): len(rows) for reason, rows in batch.dropped.items()}
            yield Block(
                _rows({name: batch.table[name] for name in ROWS.names[:4]}, len(batch.table)), None, dropped
            )


@dataclass(frozen=True)
class TableRows:
    """A parquet table with a column of captions, of classes, of embeddings, or several of these.

    Attributes:
        path: the file.
        name, fingerprint: what its rows carry as ``file``, and of its content.
        columns: field of ``ROWS`` or ``embedding`` to the table's own column.
        first: position of its first row in the dataset, which rows without an id of their own are named by.
    """

    path: Path
    name: str
    fingerprint: str
    columns: Mapping[str, str]
    first: int = 0

    def identity(self) -> str:
        """Of the file and which of its columns are read."""
        parts = [self.name, self.fingerprint, sorted(self.columns.items()), self.first]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def blocks(self) -> Iterator[Block]:
        """Rows with a caption, or with an embedding where there are any.

        Raises:
            ShardError: where the file cannot be read.
        """
        start = 0
        try:
            # Buffering ahead would hold the whole file.
            file = pq.ParquetFile(self.path, pre_buffer=False)
            for batch in file.iter_batches(BATCH_ROWS, columns=[*self.columns.values()], use_threads=False):
                yield self._block(pa.Table.from_batches([batch]), start)
                start += batch.num_rows
        except (OSError, pa.ArrowException) as error:
            raise ShardError(f"{self.path.name} cannot be read: {error}") from error

    def _block(self, stored: pa.Table, start: int) -> Block:
        given = {name: stored[own] for name, own in self.columns.items() if name != "embedding"}
        given.setdefault("row", pa.array(np.arange(start, start + len(stored))))
        given.setdefault("file", pa.repeat(pa.scalar(self.name), len(stored)))
        first = self.first + start
        given.setdefault("sample", pa.array([f"{first + i:09d}" for i in range(len(stored))]))
        table = _rows(given, len(stored))
        if "embedding" not in self.columns:
            some = pc.greater(pc.fill_null(pc.utf8_length(pc.utf8_trim_whitespace(table["caption"])), 0), 0)
            kept = table.filter(some)
            lost = len(table) - len(kept)
            return Block(kept, None, {str(Drop.NO_CAPTION): lost} if lost else {})
        return Block(table, _vectors(stored[self.columns["embedding"]]))


def find_sources(
    captions: Sequence[str | Path], *, layout: str = "auto", columns: Mapping[str, str] | None = None
) -> list[RowSource]:
    """What was named, as sources in order.

    Args:
        captions: a run's folder or a dataset's (rows with their classes); a parquet table with a column of
            embeddings or one of captions beside ``wnid``; or anything that ``laionet.corpus`` reads.
        layout, columns: of a corpus.

    Raises:
        CorpusError: nothing named, missing, or unreadable.
    """
    if not captions:
        raise CorpusError("No captions were named. Give files, folders, globs or URIs, or the folder of a run.")
    found: list[RowSource] = []
    corpus: list[str | Path] = []
    for one in captions:
        path = Path(one).expanduser()
        if path.is_dir() and (dataset := _dataset_in(path)):
            first = 0
            for data in open_dataset(dataset).files:
                found.append(table_rows(data, first))
                first += pq.read_metadata(data).num_rows
        elif path.is_file() and path.suffix == ".parquet" and not columns and _is_own(path):
            found.append(table_rows(path))
        else:
            corpus.append(one)
    if corpus:
        planned = plan(list_files(corpus), layout=layout, columns=columns)
        if planned.set_aside:
            file, why = planned.set_aside[0]
            raise CorpusError(f"{file.name} cannot be read: {why}. Mend it or leave it out.")
        found += [CaptionRows(shard) for shard in planned.shards if shard.rows != 0]
    return found


def embedding_column(schema: pa.Schema) -> str | None:
    """The first column of lists of floats."""
    return next((one.name for one in schema if _is_vector(one.type)), None)


def _dataset_in(path: Path) -> Path | None:
    for folder in (path / "dataset", path):
        if (folder / "manifest.json").is_file() and (folder / "data").is_dir():
            return folder
    return None


def _is_own(path: Path) -> bool:
    """Whether a parquet file has what the corpus reader passes over: embeddings or classes."""
    schema = pq.read_schema(path)
    classes = "wnid" in schema.names and any(name in schema.names for name in _CAPTIONS)
    return classes or embedding_column(schema) is not None


def table_rows(path: Path, first: int = 0) -> TableRows:
    """A parquet table as a source; ``first`` is its first row's position in the dataset that it is of.

    Raises:
        CorpusError: where it has neither captions nor embeddings.
    """
    file = list_files([path])[0]
    schema = pq.read_schema(path)
    columns = {name: name for name in ("file", "row", "url", "sample") if name in schema.names}
    for name, known in (("caption", _CAPTIONS), ("wnid", _CLASSES)):
        own = next((one for one in known if one in schema.names), None)
        if own:
            columns[name] = own
    vectors = embedding_column(schema)
    if vectors:
        columns["embedding"] = vectors
    elif "caption" not in columns:
        raise CorpusError(f"{path} has neither a column of embeddings nor one of captions.")
    return TableRows(path, file.name, file.fingerprint, columns, first)


def _rows(given: Mapping[str, Any], n: int) -> pa.Table:
    arrays = [given[f.name] if f.name in given else pa.nulls(n, f.type) for f in ROWS]
    return pa.table(arrays, names=ROWS.names).cast(ROWS)


def _is_vector(type_: pa.DataType) -> bool:
    lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    return any(one(type_) for one in lists) and pa.types.is_floating(type_.value_type)


def _vectors(column: pa.ChunkedArray) -> np.ndarray:
    """Lists of one length as float32 (n, length); NaN where null.

    Raises:
        ShardError: where lengths differ.
    """
    values = column.combine_chunks()
    if isinstance(values, pa.ChunkedArray):
        values = pa.concat_arrays(values.chunks)
    known = values.drop_null()
    lengths = pc.unique(pc.list_value_length(known)).to_pylist()
    if len(lengths) != 1:
        raise ShardError(f"embeddings have lengths {sorted(lengths)}; they must all have the same one")
    found = np.full((len(values), lengths[0]), np.nan, np.float32)
    found[np.asarray(values.is_valid())] = np.asarray(known.flatten(), np.float32).reshape(-1, lengths[0])
    return found


def parted(blocks: Iterator[Block], rows: int) -> Iterator[Block]:
    """Blocks of exactly ``rows`` rows, the last of fewer, wherever the batches were cut."""
    held: list[Block] = []
    count = 0
    for block in blocks:
        held.append(block)
        count += len(block.table)
        while count >= rows:
            whole = _joined(held)
            yield Block(
                whole.table.slice(0, rows), None if whole.vectors is None else whole.vectors[:rows], whole.dropped
            )
            rest = None if whole.vectors is None else whole.vectors[rows:].copy()
            held, count = [Block(whole.table.slice(rows), rest)], count - rows
    if held and (count or any(block.dropped for block in held)):
        yield _joined(held)


def _joined(blocks: Sequence[Block]) -> Block:
    dropped: Counter[str] = Counter()
    for block in blocks:
        dropped.update(block.dropped)
    vectors = [block.vectors for block in blocks if block.vectors is not None]
    table = pa.concat_tables([block.table for block in blocks])
    return Block(table, np.concatenate(vectors) if vectors else None, dict(dropped))
