"""The other columns of rows already chosen: captions are searched first, addresses and marks come after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from laionet.corpus.convert import to_field
from laionet.corpus.planning import CorpusShard
from laionet.corpus.readers import blocks
from laionet.schema import CORPUS, PAYLOAD

_BATCH_ROWS = 262_144


def payload(shard: CorpusShard, asked: Iterable[np.ndarray]) -> Iterator[pa.Table]:
    """For each array of row numbers the columns of ``schema.PAYLOAD`` for those rows.

    The shard is read once, its captions not at all, and only rows asked for are converted and held.

    Args:
        shard: from :func:`laionet.corpus.plan`.
        asked: int64 arrays of row numbers in the file, ascending within each array and from one to the next;
            a number may recur.

    Raises:
        ShardError: where the shard cannot be read.
    """
    fields = [name for name in shard.layout.columns if name in PAYLOAD.names]
    source = blocks(shard, fields, [], _BATCH_ROWS) if fields and shard.rows != 0 else iter(())
    here = next(source, None)
    for numbers in asked:
        parts = []
        while here is not None:
            begin, end = np.searchsorted(numbers, [here.rows[0], here.rows[-1] + 1]) if len(here.rows) else (0, 0)
            if end > begin:
                places = pa.array(np.searchsorted(here.rows, numbers[begin:end]))
                parts.append({name: to_field(name, here.columns[name].take(places)) for name in fields})
            if len(here.rows) and end == len(numbers):
                break
            here = next(source, None)
        columns = {
            name: pa.chunked_array([part[name] for part in parts], CORPUS.field(name).type) for name in fields
        }
        arrays = [columns.get(f.name, pa.nulls(len(numbers), f.type)) for f in PAYLOAD]
        yield pa.table(arrays, schema=PAYLOAD)
