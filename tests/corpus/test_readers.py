import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from laionet.corpus import FIELDS, list_files, plan, read
from laionet.errors import LayoutError, ShardError
from laionet.schema import CORPUS, Drop

N = 1000


@pytest.fixture
def laion(write_parquet):
    """1,000 rows in row groups of 300, some without a caption."""
    columns = {
        "URL": [f"http://a/{i}.jpg" for i in range(N)],
        "TEXT": [None if i % 97 == 5 else "" if i % 89 == 7 else f"caption {i} é" for i in range(N)],
        "NSFW": [("UNLIKELY", "UNSURE", None)[i % 3] for i in range(N)],
        "WIDTH": list(range(N)),
        "HEIGHT": [i + 1 for i in range(N)],
        "similarity": [i / N for i in range(N)],
    }
    return write_parquet(columns, "part-00002.parquet", row_group_size=300)


def test_rows_and_reasons(laion, read_corpus):
    corpus = read_corpus(laion)
    empty = [i for i in range(N) if i % 97 == 5 or i % 89 == 7]
    kept = [i for i in range(N) if i not in empty]
    assert corpus.lost(Drop.NO_CAPTION) == empty
    assert set(corpus.dropped) == {Drop.NO_CAPTION}
    assert corpus.column("row") == kept
    assert corpus.column("laion_row") == [200_000_000 + i for i in kept]
    assert corpus.column("caption") == [f"caption {i} é" for i in kept]
    assert corpus.column("url") == [f"http://a/{i}.jpg" for i in kept]
    assert corpus.column("nsfw") == [("UNLIKELY", "UNSURE", None)[i % 3] for i in kept]
    assert corpus.column("height") == [i + 1 for i in kept]
    assert corpus.column("image_text_similarity") == pa.array([i / N for i in kept], pa.float32()).to_pylist()


@pytest.mark.parametrize("batch_rows", [1, 7, 100, 299, 300, 301, 999, 10**6])
def test_the_size_of_batches_changes_nothing(laion, read_corpus, batch_rows):
    small, usual = read_corpus(laion, batch_rows=batch_rows), read_corpus(laion)
    assert small.table.equals(usual.table)
    assert small.dropped == usual.dropped


@pytest.mark.parametrize("fields", [(), ("caption",), ("url", "row"), ("width", "nsfw"), FIELDS, None])
def test_the_columns_asked_for_are_filled_and_the_others_null(laion, read_corpus, fields):
    some, full = read_corpus(laion, fields=fields), read_corpus(laion)
    assert some.dropped == full.dropped
    always = {"file", "row", "laion_row", "caption"}
    for name in CORPUS.names:
        if name in always or fields is None or name in fields:
            assert some.column(name) == full.column(name), name
        else:
            assert some.table[name].null_count == len(full.table), name


def test_a_field_that_there_is_not_is_refused(laion):
    (shard,) = plan(list_files([laion])).shards
    with pytest.raises(ValueError, match="no field colour"):
        next(read(shard, columns={"colour"}))


@pytest.mark.parametrize("batch_rows", [64, 300, 10**6])
@pytest.mark.parametrize("rows_per_shard", [300, 10**6])
def test_take_fetches_the_other_columns(laion, batch_rows, rows_per_shard):
    rng = np.random.default_rng(0)
    for shard in plan(list_files([laion]), rows_per_shard=rows_per_shard).shards:
        full = list(read(shard, batch_rows=batch_rows))
        lean = read(shard, batch_rows=batch_rows, columns={"caption"})
        for number, (batch, whole) in enumerate(zip(lean, full, strict=True)):
            assert batch.table["url"].null_count == len(batch.table)
            if number % 3 == 1:
                continue  # a batch without a match: its other columns are stepped over
            picks = rng.integers(0, len(batch.table), 20)
            assert batch.take(picks).equals(whole.table.take(pa.array(picks)))
            assert batch.take(picks).schema.equals(CORPUS, check_metadata=True)
            assert batch.take([0]).equals(whole.table.slice(0, 1))


def test_take_works_in_any_order_of_batches(laion):
    (shard,) = plan(list_files([laion])).shards
    full, lean = list(read(shard, batch_rows=64)), list(read(shard, batch_rows=64, columns=()))
    for number in (9, 3, 3, 12, 0, 15):
        assert lean[number].take([5, 1]).equals(full[number].table.take([5, 1]))


def test_take_of_nothing_reads_nothing(laion):
    shard = plan(list_files([laion]), rows_per_shard=300).shards[0]
    (batch,) = read(shard, columns={"caption"})
    laion.unlink()
    assert batch.take([]).equals(CORPUS.empty_table())
    with pytest.raises(ShardError, match=r"part-00002\.parquet, row groups 0 to 0, cannot be read"):
        batch.take([0])


def test_take_from_a_text_file(write_bytes):
    content = b"".join(b"c%d\thttp://a/%d\n" % (i, i) if i % 5 else b"\thttp://a/%d\n" % i for i in range(100))
    (shard,) = plan(list_files([write_bytes(content)])).shards
    full, lean = list(read(shard, batch_rows=30)), list(read(shard, batch_rows=30, columns={"caption"}))
    assert [len(batch.table) for batch in lean] == [24, 24, 24, 8]
    for batch, whole in zip(lean, full, strict=True):
        assert batch.table["url"].null_count == len(batch.table)
        assert batch.take([7, 2]).equals(whole.table.take([7, 2]))


@pytest.mark.parametrize(
    "type_",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.binary(),
        pa.large_binary(),
        pa.binary_view(),
        pa.dictionary(pa.int8(), pa.string()),
        pa.dictionary(pa.int32(), pa.large_string()),
    ],
    ids=str,
)
def test_any_type_of_text_is_read(type_, write_parquet, read_corpus):
    values = ["dog", None, "größe", "", "dog"]
    stored = (
        pa.array(values).cast(type_.value_type).dictionary_encode()
        if pa.types.is_dictionary(type_)
        else (
            pa.array(values, type_)
            if "binary" not in str(type_)
            else pa.array(values).cast(pa.binary()).cast(type_)
        )
    )
    path = write_parquet({"caption": stored, "url": stored})
    corpus = read_corpus(path)
    assert corpus.column("caption") == corpus.column("url") == ["dog", "größe", "dog"]
    assert corpus.lost(Drop.NO_CAPTION) == [1, 3]


def test_a_column_of_nothing_but_null_is_no_caption(write_parquet, read_corpus):
    corpus = read_corpus(write_parquet({"caption": pa.nulls(3), "url": pa.nulls(3)}))
    assert corpus.lost(Drop.NO_CAPTION) == [0, 1, 2]


BAD = [b"\xff", b"caf\xe9", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"]


def test_captions_that_are_not_utf8_are_dropped_by_themselves(write_parquet, read_corpus, invalid_strings):
    values = [b"good", BAD[0], None, "grün".encode(), *BAD[1:], b"", b"last"]
    strings = invalid_strings(values)
    views = pa.array(values, pa.binary_view())
    for stored in (strings, strings.cast(pa.large_string()), views, pa.array(values, pa.binary())):
        corpus = read_corpus(write_parquet({"caption": stored}))
        assert corpus.lost(Drop.NOT_TEXT) == [1, 4, 5, 6, 7, 8]
        assert corpus.lost(Drop.NO_CAPTION) == [2, 9]
        assert corpus.column("caption") == ["good", "grün", "last"]
        assert corpus.column("row") == [0, 3, 10]


def test_bad_bytes_shared_by_a_dictionary_are_dropped_too(write_parquet, read_corpus, invalid_strings):
    stored = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0], pa.int32()), invalid_strings([b"ok", b"\xff"]))
    corpus = read_corpus(write_parquet({"caption": stored}))
    assert (corpus.lost(Drop.NOT_TEXT), corpus.column("row")) == ([1], [0, 2])


def test_bad_bytes_elsewhere_are_null_and_cost_no_row(write_parquet, read_corpus, invalid_strings):
    bad = invalid_strings([b"\xff", b"good", b"", None])
    corpus = read_corpus(write_parquet({"caption": ["a", "b", "c", "d"], "url": bad, "nsfw": bad}))
    assert corpus.column("url") == corpus.column("nsfw") == [None, "good", None, None]
    assert corpus.dropped == {}


@pytest.mark.parametrize(
    ("values", "width", "punsafe"),
    [
        (pa.array([1, 2**40, None, -5]), [1, None, None, -5], [1.0, 2.0**40, None, -5.0]),
        (pa.array([7, 300], pa.uint16()), [7, 300], [7.0, 300.0]),
        (pa.array([2.0, 2.5, float("nan"), 3e9]), [2, None, None, None], [2.0, 2.5, None, 3e9]),
        (pa.array([0.5, 2.0], pa.float16()), [None, 2], [0.5, 2.0]),
        (pa.array(["3", " 4 ", "5.0", "1e2", "+6", ".5"]), [3, 4, 5, 100, 6, None], [3, 4, 5, 100, 6, 0.5]),
        (pa.array(["", "nan", "x", "0x1", "1_0", None]), [None] * 6, [None] * 6),
        (pa.array([b"3", b"\xff"]), [3, None], [3.0, None]),
        (pa.array(["8", "8"]).dictionary_encode(), [8, 8], [8.0, 8.0]),
        (pa.array([[1], [2]]), [None, None], [None, None]),
        (pa.nulls(2), [None, None], [None, None]),
    ],
    ids=["int64", "uint16", "double", "half", "text", "words", "bytes", "dictionary", "lists", "null"],
)  # fmt: skip
def test_numbers_that_do_not_convert_are_null(values, width, punsafe, write_parquet, read_corpus):
    columns = {"caption": ["a"] * len(values), "width": values, "punsafe": values}
    corpus = read_corpus(write_parquet(columns))
    assert corpus.column("width") == width
    assert corpus.column("punsafe") == punsafe
    assert len(corpus.table) == len(values)


def test_a_page_that_turns_out_corrupt_is_a_shard_error(write_parquet):
    captions = [f"caption {i}" for i in range(20_000)]
    path = write_parquet(
        {"caption": captions}, row_group_size=10_000, write_page_checksum=True, compression="none"
    )
    content = bytearray(path.read_bytes())
    place = content.index(b"caption 15000")
    content[place : place + 7] = b"CAPTION"
    path.write_bytes(content)
    planned = plan(list_files([path]), rows_per_shard=10_000)
    assert planned.set_aside == []
    first, second = planned.shards
    assert sum(len(batch.table) for batch in read(first)) == 10_000
    with pytest.raises(ShardError, match=r"captions\.parquet, row groups 1 to 1, cannot be read: OSError: .*CRC"):
        list(read(second))


def test_a_file_that_is_gone_is_a_shard_error(write_parquet):
    path = write_parquet({"caption": ["a"]})
    (shard,) = plan(list_files([path])).shards
    path.unlink()
    with pytest.raises(ShardError, match=r"captions\.parquet.*FileNotFoundError"):
        list(read(shard))


def test_a_file_whose_captions_became_numbers_is_a_layout_error(write_parquet):
    path = write_parquet({"caption": ["a"]})
    (shard,) = plan(list_files([path])).shards
    pq.write_table(pa.table({"caption": [1]}), path)
    with pytest.raises(LayoutError, match="holds int64"):
        list(read(shard))


def test_parquet_behind_a_uri(laion, read_corpus):
    import fsspec

    with fsspec.open("memory://remote/part-00002.parquet", "wb") as file:
        file.write(laion.read_bytes())
    far, near = read_corpus("memory://remote/part-00002.parquet"), read_corpus(laion)
    assert far.table.equals(near.table)
    (shard,) = far.plan.shards
    batch = next(read(shard, columns={"caption"}))
    assert batch.take([3]).equals(near.table.slice(3, 1))
