"""Where a shard's rows come from: the corpus's captions, candidates with other columns, a stage's output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import tee
from pathlib import Path

import pyarrow as pa

from laionet.corpus import CorpusShard, payload, read
from laionet.schema import CANDIDATES
from laionet.shards import iter_captions
from laionet.stage import Batch


@dataclass(frozen=True)
class CaptionSource:
    """Captions of one corpus shard, without the other columns, which most rows never need."""

    shard: CorpusShard

    def batches(self) -> Iterator[Batch]:
        """Batches in the corpus schema, with what the reader had to drop."""
        for batch in read(self.shard, columns={"caption"}):
            yield Batch(batch.table, batch.dropped)


@dataclass(frozen=True)
class CandidateSource:
    """What match found in a corpus shard, with the other columns of those rows."""

    path: Path
    shard: CorpusShard

    def batches(self) -> Iterator[Batch]:
        """Batches in the candidate schema that never part the rows of one caption."""
        tables, same = tee(iter_captions(self.path))
        for table, more in zip(tables, payload(self.shard, (t["row"].to_numpy() for t in same)), strict=True):
            columns = {name: more[name] if name in more.column_names else table[name] for name in CANDIDATES.names}
            yield Batch(pa.Table.from_arrays(list(columns.values()), schema=CANDIDATES))


@dataclass(frozen=True)
class StageSource:
    """Rows that the stage before wrote."""

    path: Path

    def batches(self) -> Iterator[Batch]:
        """Batches that never part the rows of one caption."""
        for table in iter_captions(self.path):
            yield Batch(table)
