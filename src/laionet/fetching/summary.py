"""What came of all addresses, in numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from laionet.errors import OutputError
from laionet.fetching.rows import OK

#: Hosts that the summary names.
MOST_HOSTS = 20


def summary(folder: str | Path) -> dict[str, Any]:
    """Sum up what ``<folder>/fetch/*.parquet`` say.

    Args:
        folder: the output folder.

    Returns:
        ``rows``; ``kept``; ``reasons`` (count by status but ok); ``classes`` (for each wnid ``rows``, ``kept``,
        and ``reasons``); ``hosts`` (up to 20 with most failures: ``host``, ``rows``, ``failed``, ``reasons``);
        ``formats`` and ``changes`` of kept images; ``requests``; ``bytes`` of all answers; ``size`` of kept
        images (``p50`` and ``p95``, bytes, the nearest of the sizes; null without any).

    Raises:
        OutputError: where nothing was fetched.
    """
    files = sorted(path for path in (Path(folder) / "fetch").glob("*.parquet") if not path.name.startswith("."))
    if not files:
        raise OutputError(f"{folder} holds nothing fetched. Run:  laionet fetch first.")
    columns = ["wnid", "url", "status", "tries", "format", "changes", "bytes"]
    table = pl.read_parquet(files, columns=columns)
    kept = table.filter(pl.col("status") == OK)
    failed = table.filter(pl.col("status") != OK)
    return {
        "rows": len(table),
        "kept": len(kept),
        "reasons": _counts(failed["status"]),
        "classes": _by_class(table, failed),
        "hosts": _hosts(table),
        "formats": _counts(kept["format"]),
        "changes": _counts(kept["changes"].explode()),
        "requests": table["tries"].sum(),
        "bytes": table["bytes"].sum(),
        "size": {name: _quantile(kept["bytes"], share) for name, share in (("p50", 0.5), ("p95", 0.95))},
    }


def _counts(values: pl.Series) -> dict[str, int]:
    """How often each value is there, the most frequent first, equals by name."""
    counted = values.drop_nulls().rename("value").value_counts()
    return dict(counted.sort(["count", "value"], descending=[True, False]).iter_rows())


def _by_class(table: pl.DataFrame, failed: pl.DataFrame) -> dict[str, dict[str, Any]]:
    rows = _counts(table["wnid"])
    lost = {wnid: _counts(part["status"]) for (wnid,), part in failed.group_by("wnid")}
    return {
        wnid: {"rows": n, "kept": n - sum(lost.get(wnid, {}).values()), "reasons": lost.get(wnid, {})}
        for wnid, n in sorted(rows.items())
    }


def _hosts(table: pl.DataFrame) -> list[dict[str, Any]]:
    host = pl.col("url").str.extract(r"^\s*\w+://(?:[^/?#@]*@)?(\[[^\]]*\]|[^/:?#]+)", 1).str.to_lowercase()
    named = table.with_columns(host.alias("host")).drop_nulls("host")
    lost = pl.col("status") != OK
    worst = named.group_by("host").agg(pl.len().alias("rows"), lost.sum().alias("failed"))
    worst = worst.filter(pl.col("failed") > 0).sort(["failed", "host"], descending=[True, False]).head(MOST_HOSTS)
    reasons = named.filter(lost).join(worst, on="host", how="semi")
    of_host = {name: _counts(part["status"]) for (name,), part in reasons.group_by("host")}
    return [{**row, "reasons": of_host[row["host"]]} for row in worst.iter_rows(named=True)]


def _quantile(sizes: pl.Series, share: float) -> int | None:
    found = sizes.quantile(share, "nearest")
    return None if found is None else int(found)
