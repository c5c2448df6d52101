"""Text of rows, read from the shards when it is asked for: lazy scans of the columns and rows that are wanted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from laionet.errors import OutputError
from laionet.exploring.judging import Judged

#: What is read of the rows that are shown.
SHOWN = ("caption", "url", "lemmas", "found_by", "nsfw", "punsafe", "nsfw_score", "file", "row", "truncated")

_CHANGED = "A scored shard changed while it was read{}. Ask again."


def texts_of(judged: Judged, rows: np.ndarray, captions: pl.Series | None = None) -> pl.DataFrame:
    """The shown columns of some rows, in the order given, with ``number``, ``shard`` and ``at``, its row there.

    Each row is a slice of its own: what lies before it in its file is skipped and not unpacked.

    Args:
        judged: all rows.
        rows: numbers of those asked for.
        captions: of these rows, where they have been read already.
    """
    columns = [name for name in SHOWN if name != "caption" or captions is None]
    shard = np.searchsorted(judged.first, rows, side="right") - 1
    at = rows - judged.first[shard]
    slices = [
        pl.scan_parquet(judged.shards[one].path).slice(int(place), 1).select(columns)
        for one, place in zip(shard, at, strict=True)
    ]
    found = _collect(slices, len(rows))
    return found.with_columns(
        pl.Series("number", rows, pl.Int64),
        pl.Series("shard", [judged.shards[one].name for one in shard], pl.String),
        pl.Series("at", at, pl.Int64),
        *([] if captions is None else [captions.alias("caption")]),
    )


def captions_of(judged: Judged, rows: np.ndarray, wnid: str) -> pl.Series:
    """The captions of all rows of a class, given in ascending order."""
    return _of_class(judged, rows, wnid, ("caption",))["caption"]


def hold(captions: pl.Series, text: str) -> np.ndarray:
    """Which captions contain a text, letter by letter but whatever the case; bool."""
    needle = pl.select(pl.lit(text).str.to_lowercase()).item()
    return captions.str.to_lowercase().str.contains(needle, literal=True).fill_null(False).to_numpy()


def lemmas_of(judged: Judged, rows: np.ndarray, wnid: str, above: np.ndarray, kept: np.ndarray) -> pl.DataFrame:
    """How often each lemma brought in the rows of a class: ``lemma``, ``found``, ``above``, ``kept``.

    Args:
        judged: all rows.
        rows: all rows of the class, ascending.
        wnid: the class.
        above, kept: bool (len(rows),), whether the row is above the threshold, and a sample.
    """
    if not len(rows):
        return pl.DataFrame(schema={"lemma": pl.String} | dict.fromkeys(("found", "above", "kept"), pl.Int64))
    state = pl.Series("above", above), pl.Series("kept", kept)
    return (
        _of_class(judged, rows, wnid, ("lemmas",))
        .with_columns(*state)
        .explode("lemmas")
        .group_by(pl.col("lemmas").alias("lemma"))
        .agg(pl.len().alias("found"), pl.col("above").sum(), pl.col("kept").sum())
        .sort(["found", "lemma"], descending=[True, False])
    )


def _of_class(judged: Judged, rows: np.ndarray, wnid: str, columns: Sequence[str]) -> pl.DataFrame:
    """Columns of all rows of a class, in their order; shards without any are not opened."""
    shards = np.unique(np.searchsorted(judged.first, rows, side="right") - 1)
    scans = [
        pl.scan_parquet(judged.shards[at].path).filter(pl.col("wnid") == wnid).select(columns) for at in shards
    ]
    return _collect(scans, len(rows))


def _collect(scans: Sequence[pl.LazyFrame], rows: int) -> pl.DataFrame:
    """Read scans one below the other.

    Raises:
        OutputError: where a file cannot be read, or there are not as many rows as were counted.
    """
    try:
        found = pl.concat(scans).collect()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise OutputError(_CHANGED.format(f" ({error})")) from error
    if len(found) != rows:
        raise OutputError(_CHANGED.format(""))
    return found
