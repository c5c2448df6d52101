"""The inputs of the image half: rows of the dataset to fetch, and pictures with what was decided of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from laionet.errors import OutputError, ShardError
from laionet.fetching.rows import ASKED
from laionet.images.pictures import PictureShard
from laionet.shards import read_json, read_table
from laionet.stage import Batch

#: Digits of a sample's id: its position in the dataset.
_DIGITS = 9


@dataclass(frozen=True)
class DatasetRows:
    """Some rows of a finished dataset, to be fetched; ``sample`` is the position in the dataset.

    Attributes:
        path: a data file of the dataset.
        start, length: rows of the file.
        first: position in the dataset of row ``start``.
    """

    path: Path
    start: int
    length: int
    first: int

    def read(self) -> pa.Table:
        """The rows with the columns of ``fetching.rows.ASKED``.

        Raises:
            ShardError: where the file cannot be read.
        """
        try:
            with pq.ParquetFile(self.path) as file:
                table = file.read(columns=["wnid", "label", "caption", "url"]).slice(self.start, self.length)
        except (OSError, pa.ArrowException) as error:
            raise ShardError(f"Cannot read {self.path}: {error}. Build the dataset again.") from error
        names = pa.array([f"{self.first + i:0{_DIGITS}d}" for i in range(len(table))], pa.string())
        columns = {"sample": names, **{name: table[name] for name in table.column_names}}
        return pa.table({name: columns[name] for name in ASKED.names}).cast(ASKED)


def dataset_shards(dataset: Path, rows_per_shard: int) -> list[tuple[str, DatasetRows, str]]:
    """A finished dataset cut into shards: name, rows, and what identifies them.

    Raises:
        OutputError: where there is no finished dataset.
    """
    manifest = read_json(dataset / "manifest.json")
    if not manifest:
        raise OutputError(f"{dataset} is no finished dataset. Run:  laionet build  first.")
    shards: list[tuple[str, DatasetRows, str]] = []
    first = 0
    for file in manifest["dataset"]["files"]:
        for start in range(0, file["rows"], rows_per_shard):
            length = min(rows_per_shard, file["rows"] - start)
            rows = DatasetRows(dataset / file["name"], start, length, first)
            shards.append((f"{len(shards):05d}", rows, f"{file['sha256']}:{start}:{length}:{first}"))
            first += length
    return shards


@dataclass(frozen=True)
class PictureSource:
    """Pictures of one shard, for a stage.

    Attributes:
        shard: where they are.
        batch_images: pictures of a batch.
        only: what read_text wrote (``schema.READ``): the samples that it kept go on; None for all.
    """

    shard: PictureShard
    batch_images: int
    only: Path | None = None

    def batches(self) -> Iterator[Batch]:
        """Batches of ``schema.PICTURES``."""
        kept = _kept(self.only) if self.only else None
        for batch in self.shard.batches(self.batch_images):
            if kept is None:
                yield batch
            elif batch.table.num_rows:
                yield Batch(batch.table.filter(pc.is_in(batch.table["sample"], value_set=kept)))


def _kept(read: Path) -> pa.ChunkedArray:
    table = read_table(read, ["sample", "kept"])
    return table.filter(table["kept"])["sample"]
