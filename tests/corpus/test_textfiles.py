import bz2
import gzip
import lzma

import fsspec
import pyarrow as pa
import pytest

from laionet.corpus import list_files, plan, read, textfiles
from laionet.errors import LayoutError, ShardError
from laionet.schema import Drop

TSV = b'caption\turl\tNSFW\na dog\thttp://a\tUNLIKELY\nsaid "yes"\thttp://b\t\n'
ENDINGS = {
    "": lambda content: content,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda content: pa.compress(content, "zstd", asbytes=True),
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("where", ["disk", "memory"])
def test_compressed_text(ending, where, write_bytes, read_corpus):
    content = ENDINGS[ending](TSV)
    spec = write_bytes(content, f"a.tsv{ending}")
    if where == "memory":
        spec = f"memory://text/a.tsv{ending}"
        with fsspec.open(spec, "wb") as file:
            file.write(content)
    corpus = read_corpus(spec)
    assert corpus.column("caption") == ["a dog", 'said "yes"']
    assert corpus.column("url") == ["http://a", "http://b"]
    assert corpus.column("nsfw") == ["UNLIKELY", None]
    assert corpus.column("file") == [f"a.tsv{ending}"] * 2
    assert corpus.plan.shards[0].rows is None


def test_gzip_in_several_members(write_bytes, read_corpus):
    content = gzip.compress(TSV[:30]) + gzip.compress(TSV[30:])
    assert read_corpus(write_bytes(content, "a.tsv.gz")).column("caption") == ["a dog", 'said "yes"']


def test_a_cut_gzip_file_is_a_shard_error(write_bytes):
    import random

    rng = random.Random(0)
    rows = b"".join(b"%x\thttp://a\n" % rng.getrandbits(400) for _ in range(40_000))
    content = gzip.compress(rows)
    (shard,) = plan(list_files([write_bytes(content[: len(content) * 3 // 4], "a.tsv.gz")])).shards
    with pytest.raises(ShardError, match=r"a\.tsv\.gz cannot be read: OSError: Truncated compressed stream"):
        list(read(shard))


def test_quoted_csv(write_bytes, read_corpus):
    content = b'caption,url,width\r\n"a ""big"", red\ndog",http://a,12\r\nplain,"http://b",x\r\n'
    corpus = read_corpus(write_bytes(content, "a.csv"))
    assert corpus.column("caption") == ['a "big", red\ndog', "plain"]
    assert corpus.column("width") == [12, None]
    assert corpus.column("row") == [0, 1]


@pytest.mark.parametrize("batch_rows", [1, 2, 100])
@pytest.mark.parametrize("block", [64, 4 << 20])
def test_lines_with_a_wrong_number_of_fields_are_counted(block, batch_rows, write_bytes, read_corpus, monkeypatch):
    monkeypatch.setattr(textfiles, "BLOCK_BYTES", block)
    bad = {0, 1, 7, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 59}
    lines = [b"no tab" if i % 2 else b"t\too\tmany\tfields" for i in range(60)]
    lines = [line if i in bad else b"caption %d\thttp://a/%d\t1" % (i, i) for i, line in enumerate(lines)]
    content = b"\n".join([b"caption\turl\twidth", *lines])
    corpus = read_corpus(write_bytes(content), batch_rows=batch_rows)
    good = [i for i in range(60) if i not in bad]
    assert corpus.column("row") == good
    assert corpus.column("caption") == [f"caption {i}" for i in good]
    assert corpus.lost(Drop.BAD_ROW) == sorted(bad)


def test_bad_rows_may_hold_bytes_that_are_not_utf8(write_bytes, read_corpus):
    corpus = read_corpus(write_bytes(b"a\thttp://a\n\xff\xfe\ncaf\xe9\thttp://b\nd\xc3\xa9\thttp://c\n"))
    assert corpus.lost(Drop.BAD_ROW) == [1]
    assert corpus.lost(Drop.NOT_TEXT) == [2]
    assert corpus.column("caption") == ["a", "dé"]
    assert corpus.column("row") == [0, 3]


def test_a_file_of_bad_rows_only_loses_none_uncounted(write_bytes, read_corpus):
    corpus = read_corpus(write_bytes(b"caption\turl\na\nb\nc\n"))
    assert (len(corpus.table), corpus.lost(Drop.BAD_ROW)) == (0, [0, 1, 2])


def test_empty_lines_and_empty_captions_are_rows_without_caption(write_bytes, read_corpus):
    corpus = read_corpus(write_bytes(b"a\thttp://a\n\n\thttp://b\nb\thttp://c\n\n"))
    assert corpus.column("row") == [0, 3]
    assert corpus.lost(Drop.NO_CAPTION) == [1, 2, 4]


def test_words_that_look_like_null_or_numbers_are_captions(write_bytes, read_corpus):
    words = ["NA", "null", "NaN", "12", "true", "2020-01-01", '"', "'"]
    content = "".join(f"{word}\thttp://a\n" for word in words).encode()
    assert read_corpus(write_bytes(content)).column("caption") == words


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_the_last_line_needs_no_end(end, write_bytes, read_corpus):
    corpus = read_corpus(write_bytes(b"caption\turl\r\na\tu\r\nb\tv" + end))
    assert corpus.column("caption") == ["a", "b"]
    assert corpus.column("url") == ["u", "v"]
    assert corpus.dropped == {}


def test_a_row_longer_than_a_block_is_a_shard_error(write_bytes, monkeypatch):
    monkeypatch.setattr(textfiles, "BLOCK_BYTES", 100)
    path = write_bytes(b'caption,url\na,b\n"never closed,c\n' + b"d,e\n" * 100, "a.csv")
    (shard,) = plan(list_files([path])).shards
    with pytest.raises(ShardError, match=r"a\.csv cannot be read: a row is longer than 100 bytes; in CSV"):
        list(read(shard))


def test_a_first_line_that_is_too_much_for_a_header_is_a_layout_error(write_bytes):
    path = write_bytes(b'"' + b"x" * 200_000 + b'",y\n', "a.csv")
    with pytest.raises(LayoutError, match=r"a\.csv: the first line cannot be split"):
        plan(list_files([path]))


def test_utf16_is_a_layout_error_not_a_crash(write_bytes):
    path = write_bytes("caption,url\na,b\n".encode("utf-16"), "a.csv")
    with pytest.raises(LayoutError, match="No column holds captions"):
        plan(list_files([path]))


def test_a_file_longer_than_what_is_looked_at_first(write_bytes, read_corpus):
    count = 30_000  # more than 1 MiB
    content = b"".join(b"caption number %d\thttp://address/%d\n" % (i, i) for i in range(count))
    corpus = read_corpus(write_bytes(content))
    assert corpus.column("row") == list(range(count))
    assert corpus.column("caption")[-1] == f"caption number {count - 1}"


@pytest.mark.parametrize(("name", "tab"), [("a.tsv", b"\t"), ("a.csv", b",")])
def test_only_whole_lines_are_looked_at_first(name, tab, write_bytes):
    line = b"x" * 100_000 + tab + b"http://a" + tab + b"y" * 100_000
    (file,) = list_files([write_bytes(b"\n".join([line] * 10), name)])
    head = textfiles.read_head(file)
    assert not head.whole
    assert [[len(field) for field in row] for row in head.rows] == [[100_000, 8, 100_000]] * 5


def test_bytes_are_restored_in_a_slice_too():
    original = [b"\xff\xfe", b"caf\xe9", b"", b"plain", "größe".encode(), b"\x80"]
    taken_for_latin1 = pa.array([value.decode("latin-1").encode() for value in original], pa.binary())
    for start in range(len(original)):
        assert textfiles._stored(taken_for_latin1.slice(start, 4)).to_pylist() == original[start : start + 4]
