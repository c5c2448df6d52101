"""Laws that hold for any captions: none is lost, none is changed, each has its right number."""

import csv
import gzip
import io
import tempfile
from pathlib import Path
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laionet.corpus import list_files, plan, read, textfiles
from laionet.schema import Drop

text = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
line_text = text.map(lambda s: "".join(c for c in s if c not in "\t\r\n"))
sizes = st.integers(1, 12)


@pytest.fixture(scope="module")
def place():
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def check(corpus, captions):
    """``captions`` as written: text, None, bytes that are not UTF-8, or ... for a bad row."""
    good = [(i, c) for i, c in enumerate(captions) if isinstance(c, str) and c]
    assert list(zip(corpus.column("row"), corpus.column("caption"), strict=True)) == good
    assert corpus.lost(Drop.NO_CAPTION) == [i for i, c in enumerate(captions) if c is None or c == ""]
    assert corpus.lost(Drop.NOT_TEXT) == [i for i, c in enumerate(captions) if isinstance(c, bytes)]
    assert corpus.lost(Drop.BAD_ROW) == [i for i, c in enumerate(captions) if c is ...]


def stored(caption):
    return caption.encode() if isinstance(caption, str) else caption


not_utf8 = st.builds(
    lambda before, bad, after: before.encode() + bad + after.encode(),
    line_text,
    st.sampled_from([b"\xff", b"\xc3", b"\xe9t\xe9", b"\xed\xb0\x80", b"\xf8\x88\x80\x80\x80"]),
    st.text("abc", max_size=5),
)


@settings(deadline=None, max_examples=80)
@given(captions=st.lists(st.none() | text | not_utf8, max_size=40), group=sizes, shard=sizes, batch=sizes)
def test_captions_come_back_from_parquet(place, read_corpus, captions, group, shard, batch):
    path = place / "a.parquet"
    column = pa.array([stored(c) for c in captions], pa.binary())
    strings = pa.Array.from_buffers(pa.string(), len(column), column.buffers())
    pq.write_table(pa.table({"caption": strings}), path, row_group_size=group)
    check(read_corpus(path, rows_per_shard=shard, batch_rows=batch), captions)


@settings(deadline=None, max_examples=80)
@given(
    captions=st.lists(line_text | not_utf8 | st.just(...), max_size=40),
    bad=st.sampled_from([b"one field", b"a\tb\tc", b"\xff"]),
    block=st.sampled_from([400, 1000, 1 << 22]),
    batch=sizes,
    header=st.booleans(),
)
def test_captions_come_back_from_tsv(place, read_corpus, captions, bad, block, batch, header):
    path = place / "a.tsv.gz"
    lines = [bad if c is ... else stored(c) + b"\thttp://a" for c in captions]
    head = [b"caption\turl"] if header else [b"first\thttp://a", *[b"second\thttp://b"] * len(captions)]
    before = len(head) - header
    path.write_bytes(gzip.compress(b"\n".join([*head, *lines, b""]), 1))
    with mock.patch.object(textfiles, "BLOCK_BYTES", block):
        corpus = read_corpus(path, batch_rows=batch)
    check(corpus, ["first" if i == 0 else "second" for i in range(before)] + captions)


@settings(deadline=None, max_examples=60)
@given(captions=st.lists(text, max_size=30), block=st.sampled_from([500, 1 << 22]), batch=sizes)
def test_captions_come_back_from_csv(place, read_corpus, captions, block, batch):
    path = place / "a.csv"
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["url", "caption"], *[["http://a", c] for c in captions]])
    path.write_bytes(file.getvalue().encode())
    with mock.patch.object(textfiles, "BLOCK_BYTES", block):
        check(read_corpus(path, batch_rows=batch), captions)


@settings(deadline=None, max_examples=60)
@given(
    captions=st.lists(text, min_size=1, max_size=30),
    wanted=st.lists(st.integers(0, 10**6), max_size=20),
    group=sizes,
    batch=sizes,
)
def test_taking_rows_is_reading_everything_and_choosing(place, captions, wanted, group, batch):
    path = place / "b.parquet"
    urls = [f"http://a/{i}" for i in range(len(captions))]
    pq.write_table(pa.table({"caption": captions, "url": urls}), path, row_group_size=group)
    for shard in plan(list_files([path])).shards:
        lean, full = read(shard, batch_rows=batch, columns={"caption"}), read(shard, batch_rows=batch)
        for one, other in zip(lean, full, strict=True):
            picks = [i % len(one.table) for i in wanted] if len(one.table) else []
            assert one.take(picks).equals(other.table.take(pa.array(picks, pa.int64())))
