"""The other columns of chosen rows, in step with whoever asks."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laionet.corpus import list_files, payload, plan
from laionet.schema import PAYLOAD

N = 50


@pytest.fixture(scope="module", params=["parquet", "csv"])
def shards(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("payload")
    captions = [f"c {i}" if i % 7 else None for i in range(N)]
    table = pa.table({"url": [f"http://e.org/{i}" for i in range(N)], "caption": captions,
                      "punsafe": np.arange(N) / 100})  # fmt: skip
    path = folder / f"a.{request.param}"
    if request.param == "parquet":
        pq.write_table(table, path, row_group_size=8)
    else:
        import pyarrow.csv as csv

        csv.write_csv(table, path)
    return plan(list_files([path]), rows_per_shard=20).shards


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_rows_come_back_as_asked_however_the_asking_is_cut(shards, data):
    for shard in shards:
        stop = shard.first_row + (shard.rows or N)
        asked = sorted(data.draw(st.lists(st.integers(shard.first_row, stop - 1), max_size=20)))
        cut = data.draw(st.integers(0, len(asked)))
        parts = [np.array(part, np.int64) for part in (asked[:cut], asked[cut:])]
        tables = list(payload(shard, parts))
        assert [len(table) for table in tables] == [len(part) for part in parts]
        found = pa.concat_tables(tables)
        assert found.schema.equals(PAYLOAD)
        assert found["url"].to_pylist() == [f"http://e.org/{i}" for i in asked]
        assert found["punsafe"].to_pylist() == pytest.approx([i / 100 for i in asked])
        assert found["nsfw"].null_count == len(asked)
