"""The classes of a comparison as a table, for notebooks and spreadsheets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from laionet.shards import replacing


def write_class_table(pair: Mapping[str, Any], path: Path) -> None:
    """One row a class: of each encoder similarity in A and B, difference, interval, q; parquet.

    Columns are named ``similarity/ENCODER/difference`` and so on, ``synset_similarity/MODEL/...`` likewise.
    """
    rows: dict[str, dict[str, Any]] = {}
    for kind in ("similarity", "synset_similarity"):
        for part in pair[kind]:
            for row in part["classes"]:
                mine = rows.setdefault(row["wnid"], {"wnid": row["wnid"], "name": row["name"]})
                mine |= {
                    f"{kind}/{part['encoder']}/{key}": value
                    for key, value in row.items()
                    if key not in ("wnid", "name")
                }
    with replacing(path) as temporary:
        table = (
            pa.Table.from_pylist(list(rows.values())) if rows else pa.table({"wnid": pa.array([], pa.string())})
        )
        pq.write_table(table, temporary, compression="zstd")
