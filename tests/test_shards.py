"""Files: atomic, in fixed row groups, and captions never parted."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laionet.errors import ShardError
from laionet.shards import (
    ROW_GROUP,
    ShardWriter,
    caption_starts,
    iter_captions,
    read_json,
    read_table,
    replacing,
    sweep_temporaries,
    write_json,
)

SCHEMA = pa.schema([("file", pa.string()), ("row", pa.int64()), ("n", pa.int32())])


def rows(groups):
    listed = [("f", row, n) for row, size in enumerate(groups) for n in range(size)]
    return pa.table([list(c) for c in zip(*listed, strict=True)] if listed else [[], [], []], schema=SCHEMA)


def test_nothing_appears_under_the_name_when_the_block_fails(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("before")

    def fail():
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    pytest.raises(RuntimeError, fail)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_leftovers_of_a_killed_run_are_swept(tmp_path):
    (tmp_path / "match").mkdir()
    (tmp_path / "match" / ".tmp-abc-00000.parquet").write_bytes(b"half")
    (tmp_path / "match" / "00000.parquet").write_bytes(b"whole")
    assert sweep_temporaries(tmp_path) == 1
    assert [p.name for p in (tmp_path / "match").iterdir()] == ["00000.parquet"]


def test_json_is_stable_and_a_cut_file_reads_as_missing(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"b": 1, "a": "é"})
    assert path.read_text(encoding="utf-8") == '{\n  "a": "é",\n  "b": 1\n}\n'
    path.write_text('{"a": ')
    assert read_json(path) is None
    assert read_json(tmp_path / "none.json") is None


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 60_000), min_size=1, max_size=5))
def test_bytes_do_not_depend_on_batch_sizes(tmp_path_factory, cuts):
    folder = tmp_path_factory.mktemp("w")
    table = pa.table([["f"] * 150_000, list(range(150_000)), [1] * 150_000], schema=SCHEMA)
    edges = sorted({0, len(table), *cuts})
    for name, bounds in (("a", [0, len(table)]), ("b", edges)):
        with ShardWriter(folder / name, SCHEMA) as writer:
            for begin, end in zip(bounds[:-1], bounds[1:], strict=True):
                writer.write(table.slice(begin, end - begin))
    assert (folder / "a").read_bytes() == (folder / "b").read_bytes()
    footer = pq.ParquetFile(folder / "a").metadata
    assert [footer.row_group(i).num_rows for i in range(3)] == [ROW_GROUP, ROW_GROUP, 150_000 - 2 * ROW_GROUP]


def test_a_failed_writer_leaves_nothing(tmp_path):
    def fail():
        with ShardWriter(tmp_path / "x.parquet", SCHEMA) as writer:
            writer.write(rows([1, 2]))
            raise RuntimeError

    pytest.raises(RuntimeError, fail)
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 4), max_size=12), st.integers(1, 9))
def test_batches_never_part_a_caption(tmp_path_factory, groups, size):
    path = tmp_path_factory.mktemp("c") / "x.parquet"
    table = rows(groups)
    pq.write_table(table, path)
    batches = list(iter_captions(path, batch_rows=size))
    assert pa.concat_tables([SCHEMA.empty_table(), *batches]).equals(table)
    for batch, after in zip(batches, batches[1:], strict=False):
        assert batch["row"][-1] != after["row"][0]
    assert caption_starts(table) == [sum(groups[:i]) for i in range(len(groups))]


def test_a_corrupt_shard_says_which_and_what_to_do(tmp_path):
    path = tmp_path / "00003.parquet"
    path.write_bytes(b"PAR1 nonsense")
    for read in (read_table, lambda p: list(iter_captions(p))):
        with pytest.raises(ShardError, match=r"00003\.parquet.*run the stage again"):
            read(path)
