"""Queries read from a table, and what was found as a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from laionet.errors import CorpusError
from laionet.index.reading import table_rows
from laionet.index.search import Index, Neighbours


@dataclass(frozen=True)
class Queries:
    """What is searched for.

    Attributes:
        texts: of each query; empty where there are none.
        wnids: class of each; none where the table has no classes.
        vectors: float32 (n, dim), where the table has embeddings.
        dropped: rows without a text or an embedding, by reason.
    """

    texts: list[str | None]
    wnids: list[str] | None = None
    vectors: np.ndarray | None = None
    dropped: dict[str, int] = field(default_factory=dict)


def texts_in(path: Path) -> list[str]:
    """Texts of a file, one a line; empty lines are left out.

    Raises:
        CorpusError: where it is not text in UTF-8, or has none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path} cannot be read as text: {error}. Give one text a line, in UTF-8.") from None
    found = [line.strip() for line in lines if line.strip()]
    if not found:
        raise CorpusError(f"{path} has no text. Give one a line.")
    return found


def queries_in(path: Path) -> Queries:
    """Queries of a file: texts, one a line; or parquet with ``caption`` or embeddings, and maybe ``wnid``.

    Raises:
        CorpusError: where it has neither, or no row.
    """
    if path.suffix != ".parquet":
        return Queries([*texts_in(path)])
    if not path.is_file():
        raise CorpusError(f"There is no file {path}.")
    source = table_rows(path)
    blocks = list(source.blocks())
    table = pa.concat_tables([block.table for block in blocks]) if blocks else None
    if table is None or not len(table):
        raise CorpusError(f"{path} has no row with a text or an embedding.")
    dropped: dict[str, int] = {}
    for block in blocks:
        for reason, rows in block.dropped.items():
            dropped[reason] = dropped.get(reason, 0) + rows
    vectors = [block.vectors for block in blocks if block.vectors is not None]
    texts = table["caption"].to_pylist() if "caption" in source.columns else []
    classes = [str(one) for one in table["wnid"].to_pylist()] if "wnid" in source.columns else None
    return Queries(texts, classes, np.concatenate(vectors) if vectors else None, dropped)


def neighbours_table(index: Index, found: Neighbours) -> pa.Table:
    """One row for each neighbour: ``query`` (its number), ``rank`` from 1, ``similarity``, the row's columns."""
    query, rank = np.nonzero(found.number >= 0)
    number = found.number[query, rank]
    table = index.rows(number)
    head = {
        "query": pa.array(query, pa.int64()),
        "rank": pa.array(rank + 1, pa.int32()),
        "similarity": pa.array(found.similarity[query, rank], pa.float32()),
    }
    return pa.table(head | {name: table[name] for name in table.column_names})
