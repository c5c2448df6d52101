"""The classes of a comparison as a table, for notebooks and spreadsheets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from laionet.shards import replacing


def write_class_table(pair: Mapping[str, Any], columns: Mapping[str, Any], path: Path) -> None:
    """One row a common class, parquet: recalls of every model, similarities of every encoder, intervals, q.

    Args:
        pair: document of the two datasets.
        columns: ``wnid``, ``name`` and further columns of all common classes, as ``pair.compared`` gives them.
        path: where to write. Columns are named ``recall/USE/MODEL/gap`` (use: ``classifier`` or
            ``zero-shot``), ``similarity/ENCODER/difference`` and so on.
    """
    place = {wnid: row for row, wnid in enumerate(columns["wnid"])}
    table = dict(columns)
    for kind in ("similarity", "synset_similarity"):
        for part in pair[kind]:
            for row in part["classes"]:
                for key in row.keys() - {"wnid", "name"}:
                    column = table.setdefault(f"{kind}/{part['encoder']}/{key}", [None] * len(place))
                    column[place[row["wnid"]]] = row[key]
    with replacing(path) as temporary:
        pq.write_table(pa.table({name: table[name] for name in _ordered(table)}), temporary, compression="zstd")


def _ordered(names: Mapping[str, Any]) -> list[str]:
    """Ids first, the rest by name, so that equal documents give equal bytes."""
    return ["wnid", "name", *sorted(set(names) - {"wnid", "name"})]
