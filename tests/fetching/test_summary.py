"""The numbers are those of the tables."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from fetching.web import job_of, rows_of
from laionet.causal.links import Behaviour, link
from laionet.errors import OutputError
from laionet.fetching import TableRows, fetch_shard
from laionet.fetching.summary import summary

BEHAVIOURS = [
    Behaviour.OK,
    Behaviour.GONE,
    Behaviour.GREY,
    Behaviour.PNG_ALPHA,
    Behaviour.FAILING,
    Behaviour.EMPTY,
]


def test_sums_over_all_shards(web, tmp_path):
    urls = [link(BEHAVIOURS[n % 6], n) for n in range(17)] + [None, "no address"]
    for name, part in (("00000", urls[:8]), ("00001", urls[8:])):
        fetch_shard(replace(job_of([], tmp_path, web.hosts, tries=1), rows=TableRows(rows_of(part)), name=name))
    rows = [row for n in range(2) for row in pq.read_table(tmp_path / "fetch" / f"0000{n}.parquet").to_pylist()]
    kept, failed = [row for row in rows if row["status"] == "ok"], [row for row in rows if row["status"] != "ok"]
    found = summary(tmp_path)
    assert (found["rows"], found["kept"]) == (19, len(kept))
    assert found["reasons"] == Counter(row["status"] for row in failed)
    assert list(found["reasons"].values()) == sorted(found["reasons"].values(), reverse=True)
    for wnid, of_class in found["classes"].items():
        assert of_class["rows"] == sum(row["wnid"] == wnid for row in rows)
        assert of_class["kept"] == sum(row["wnid"] == wnid for row in kept)
        assert of_class["reasons"] == Counter(row["status"] for row in failed if row["wnid"] == wnid)
    by_host = Counter(row["url"].split("/")[2] for row in failed if (row["url"] or "").startswith("http"))
    assert {host["host"]: host["failed"] for host in found["hosts"]} == by_host
    assert all(sum(host["reasons"].values()) == host["failed"] <= host["rows"] for host in found["hosts"])
    assert found["formats"] == Counter(row["format"] for row in kept)
    assert found["changes"] == Counter(change for row in kept for change in row["changes"])
    assert found["bytes"] == sum(row["bytes"] or 0 for row in rows)
    assert found["requests"] == sum(row["tries"] for row in rows)
    sizes = [row["bytes"] for row in kept]
    assert found["size"] == {
        "p50": np.quantile(sizes, 0.5, method="nearest"), "p95": np.quantile(sizes, 0.95, method="nearest"),
    }  # fmt: skip


def test_without_any_image_there_is_no_size(web, tmp_path):
    fetch_shard(job_of([link(Behaviour.GONE, 1)], tmp_path, web.hosts))
    assert summary(tmp_path)["size"] == {"p50": None, "p95": None}


def test_nothing_fetched(tmp_path):
    with pytest.raises(OutputError, match="laionet fetch"):
        summary(tmp_path)
