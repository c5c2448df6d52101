"""Images that are looked at in passing: batches of those that came, reasons for the others, and the record."""

import pickle
import threading
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fetching.web import job_of, knobs, picture, rows_of
from laionet.causal.links import Behaviour, link
from laionet.causal.server import EXPECTED
from laionet.fetching import FetchSource, TableRows, fetch_shard
from laionet.recipe import Run
from laionet.schema import FETCHED, PICTURES

BEHAVIOURS = [Behaviour.GONE, Behaviour.OK, Behaviour.OK, Behaviour.WEBP, Behaviour.PAGE, Behaviour.NOAI]
URLS = [link(BEHAVIOURS[n % len(BEHAVIOURS)], n) for n in range(21)]


def source_of(web, batch_images=4, **more):
    return FetchSource(TableRows(rows_of(URLS)), knobs(), Run(hosts=web.hosts, batch_images=batch_images), **more)


def test_batches_of_images_in_the_order_of_the_rows(web):
    batches = list(source_of(web).batches())
    assert [len(batch.table) for batch in batches] == [4, 4, 3]
    assert all(batch.table.schema.equals(PICTURES) for batch in batches)
    rows = pa.concat_tables(batch.table for batch in batches).to_pylist()
    assert [row["url"] for row in rows] == [url for n, url in enumerate(URLS) if n % 6 in (1, 2, 3)]
    assert rows[0]["image"] == picture(1)


@pytest.mark.parametrize("batch_images", [1, 3, 100])
def test_every_row_is_in_a_batch_or_has_a_reason(web, batch_images):
    batches = list(source_of(web, batch_images).batches())
    lost = {
        int(place): reason for batch in batches for reason, places in batch.dropped.items() for place in places
    }
    assert lost == {n: EXPECTED[BEHAVIOURS[n % 6]] for n in range(21) if EXPECTED[BEHAVIOURS[n % 6]]}
    assert sum(len(batch.table) for batch in batches) + len(lost) == 21


def test_the_record_is_the_table_of_a_shard_with_images(web, tmp_path):
    path = tmp_path / "fetch" / "00000.parquet"
    for _ in source_of(web, record=path).batches():
        assert not path.exists()
    job = job_of(URLS, tmp_path / "kept", web.hosts)
    fetch_shard(job)
    assert path.read_bytes() == job.data.read_bytes()


def test_each_pass_covers_rows_of_its_own(web):
    passes = list(source_of(web).passes())
    tables = [fetched for _, fetched in passes]
    assert pa.concat_tables(tables).schema.equals(FETCHED)
    assert pa.concat_tables(tables)["url"].to_pylist() == URLS
    for batch, fetched in passes:
        counts = Counter(fetched["status"].to_pylist())
        assert counts.pop("ok", 0) == len(batch.table)
        assert counts == {str(reason): len(places) for reason, places in batch.dropped.items()}


def test_stopping_early_stops_the_network_and_writes_nothing(web, tmp_path):
    batches = source_of(web, batch_images=1, record=tmp_path / "00000.parquet").batches()
    next(batches)
    batches.close()
    assert not list(tmp_path.iterdir())
    assert "fetch" not in {thread.name for thread in threading.enumerate()}


def test_it_can_be_sent_to_a_worker(web):
    source = pickle.loads(pickle.dumps(source_of(web)))
    assert sum(len(batch.table) for batch in source.batches()) == 11


def test_nothing_to_fetch(tmp_path):
    source = FetchSource(TableRows(rows_of([])), knobs(), Run(), tmp_path / "a.parquet")
    assert list(source.batches()) == []
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 0
