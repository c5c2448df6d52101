"""Parts of an index: rows and their vectors, cut to a size that memory holds; whole where their report is."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from laionet.errors import ShardError
from laionet.index.reading import Block, RowSource, parted
from laionet.schema import Drop
from laionet.shards import read_json, read_table, replacing, write_json

#: Bytes of the vectors of one part: what building holds a few times over, and searching once.
PART_BYTES = 1 << 26
#: Goes up when the same rows are kept otherwise.
VERSION = 1
#: Texts that are encoded at once.
_AT_ONCE = 8_192

Encode = Callable[[Sequence[str]], np.ndarray]


@dataclass(frozen=True)
class Part:
    """Some rows of an index.

    Attributes:
        folder: of the parts.
        name: number of its source and its own in it.
        rows: vectors in it.
        dim: length of a vector.
        precision: ``float16`` or ``float32``.
        dropped: rows that have no vector, by reason.
    """

    folder: Path
    name: str
    rows: int
    dim: int
    precision: str
    dropped: dict[str, int]

    @property
    def vectors_file(self) -> Path:
        """The vectors, plain numbers after each other."""
        return self.folder / f"{self.name}.vectors"

    @property
    def rows_file(self) -> Path:
        """File, row, caption, address and class of each."""
        return self.folder / f"{self.name}.parquet"

    def vectors(self) -> np.ndarray:
        """The vectors mapped into memory, (rows, dim)."""
        if not self.rows:
            return np.zeros((0, self.dim), self.precision)
        return np.memmap(self.vectors_file, self.precision, "r", shape=(self.rows, self.dim))

    def blocks(self, size: int = 32_768) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The vectors read a block at a time: their rows, int64 (n,), and float32 (n, dim)."""
        with self.vectors_file.open("rb") as file:
            for start in range(0, self.rows, size):
                n = min(size, self.rows - start)
                block = np.fromfile(file, self.precision, n * self.dim).reshape(n, self.dim)
                yield np.arange(start, start + n), block.astype(np.float32)

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """What is known of the rows."""
        return read_table(self.rows_file, columns)


@dataclass(frozen=True)
class Making:
    """How vectors are made and kept.

    Attributes:
        encode: texts to unit vectors, float32 (n, dim).
        identity: of the encoder, in the key of every part.
        precision: of what is kept.
        rows_per_part: rows of a part; none for as many as ``PART_BYTES`` holds.
    """

    encode: Encode
    identity: str
    precision: str
    rows_per_part: int | None = None


def make_parts(
    number: int, source: RowSource, folder: Path, making: Making, told: Callable[[Part, bool], None]
) -> list[Part]:
    """The parts of a source: those that are whole are taken as they are, the others are made.

    Args:
        number: of the source.
        source: its rows.
        folder: of the parts.
        making: how vectors are made.
        told: called with each part, and whether it was there before.
    """
    key = _key(source, making)
    whole = folder / f"{number:05d}.json"
    saved = read_json(whole)
    if isinstance(saved, dict) and saved.get("key") == key:
        found = [_finished(folder, name, f"{key}-{i}") for i, name in enumerate(saved["parts"])]
        if all(found):
            parts = [part for part in found if part is not None]
            for part in parts:
                told(part, True)
            return parts
    parts = []
    for i, block in enumerate(_blocks(source, making)):
        name = f"{number:05d}-{i:04d}"
        done = _finished(folder, name, f"{key}-{i}")
        parts.append(done or _make(folder, name, f"{key}-{i}", block, making))
        told(parts[-1], done is not None)
    write_json(whole, {"key": key, "parts": [part.name for part in parts]})
    return parts


def _key(source: RowSource, making: Making) -> str:
    parts = [VERSION, source.identity(), making.identity, making.precision, making.rows_per_part]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _blocks(source: RowSource, making: Making) -> Iterator[Block]:
    """The source's rows in blocks of a part's size, which follows from the length of a vector."""
    blocks = source.blocks()
    first = next(blocks, None)
    if first is None:
        return
    dim = first.vectors.shape[1] if first.vectors is not None else making.encode([""]).shape[1]
    size = making.rows_per_part or max(1, PART_BYTES // (dim * np.dtype(making.precision).itemsize))

    def all_blocks() -> Iterator[Block]:
        for block in chain([first], blocks):
            if block.vectors is None:
                yield block
            else:
                yield Block(block.table, unit(block.vectors).astype(making.precision), block.dropped)

    yield from parted(all_blocks(), size)


def _finished(folder: Path, name: str, key: str) -> Part | None:
    saved = read_json(folder / f"{name}.json")
    if not isinstance(saved, dict) or saved.get("key") != key:
        return None
    part = Part(folder, name, saved["rows"], saved["dim"], saved["precision"], saved["dropped"])
    size = part.rows * part.dim * np.dtype(part.precision).itemsize
    whole = part.rows_file.exists() and part.vectors_file.exists() and part.vectors_file.stat().st_size == size
    return part if whole else None


def _make(folder: Path, name: str, key: str, block: Block, making: Making) -> Part:
    vectors = _encoded(block.table["caption"], making) if block.vectors is None else block.vectors
    finite = np.isfinite(vectors).all(axis=1)
    dropped: Counter[str] = Counter(block.dropped)
    table = block.table
    if not finite.all():
        dropped[str(Drop.NOT_FINITE)] += int((~finite).sum())
        vectors, table = vectors[finite], table.filter(pa.array(finite))
    part = Part(folder, name, len(vectors), vectors.shape[1], making.precision, dict(sorted(dropped.items())))
    report = folder / f"{name}.json"
    report.unlink(missing_ok=True)
    with replacing(part.vectors_file) as temporary:
        vectors.tofile(temporary)
    with replacing(part.rows_file) as temporary:
        pq.write_table(table, temporary, compression="zstd", row_group_size=65_536)
    write_json(
        report,
        {"key": key, "rows": part.rows, "dim": part.dim, "precision": part.precision, "dropped": part.dropped},
    )
    return part


def _encoded(captions: pa.ChunkedArray, making: Making) -> np.ndarray:
    """Vectors of captions, a few thousand at a time."""
    found: np.ndarray | None = None
    for start in range(0, len(captions), _AT_ONCE):
        texts = captions.slice(start, _AT_ONCE).to_pylist()
        vectors = making.encode(texts)
        if found is None:
            found = np.empty((len(captions), vectors.shape[1]), making.precision)
        found[start : start + len(texts)] = vectors
    return np.zeros((0, making.encode([""]).shape[1]), making.precision) if found is None else found


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors at length 1, float32; NaN for those without a direction."""
    found = np.empty(vectors.shape, np.float32)
    for start in range(0, len(vectors), _AT_ONCE):
        wide = np.asarray(vectors[start : start + _AT_ONCE], np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            found[start : start + len(wide)] = wide / np.linalg.norm(wide, axis=1, keepdims=True)
    return found


def same_length(parts: Sequence[Part]) -> int:
    """Length of the vectors of all parts.

    Raises:
        ShardError: where they differ.
    """
    lengths = {part.dim for part in parts}
    if len(lengths) > 1:
        raise ShardError(
            f"The embeddings named have lengths {sorted(lengths)}; one index takes those of one encoder."
        )
    return lengths.pop()
