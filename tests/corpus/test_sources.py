import hashlib
import os
import pickle
import sys

import fsspec
import pytest

from laionet.corpus import list_files, sources
from laionet.errors import CorpusError, MissingExtra


@pytest.fixture
def folder(tmp_path):
    """A folder as Spark and img2dataset leave them."""
    for name in (
        "b/part-00001.parquet",
        "b/part-00000.parquet",
        "a.csv.gz",
        "c.TSV",
        "_SUCCESS",
        ".a.csv.gz.crc",
        "a.csv.crc",
        "00000_stats.json",
        "_temporary/0/x.parquet",
        ".cache/y.parquet",
        "00000.tar",
    ):
        path = tmp_path / "corpus" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path / "corpus"


FOUND = ["a.csv.gz", "b/part-00000.parquet", "b/part-00001.parquet", "c.TSV"]


@pytest.mark.parametrize("make", [str, lambda path: path, lambda path: f"file://{path}", lambda path: f"{path}/"])
def test_a_folder_stands_for_the_corpus_files_in_it(folder, make):
    files = list_files([make(folder)])
    assert [file.name for file in files] == FOUND
    assert [(file.kind, file.compression) for file in files] == [
        ("csv", "gzip"),
        ("parquet", None),
        ("parquet", None),
        ("tsv", None),
    ]
    assert [file.uri for file in files] == [str(folder / name) for name in FOUND]
    assert [file.size for file in files] == [len(name) for name in FOUND]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("b/*.parquet", ["part-00000.parquet", "part-00001.parquet"]),
        ("*/part-0000[1].parquet", ["b/part-00001.parquet"]),
        ("**/*.parquet", ["b/part-00000.parquet", "b/part-00001.parquet"]),
        ("?", ["b/part-00000.parquet", "b/part-00001.parquet"]),
        ("*", FOUND),
    ],
)
def test_globs(folder, pattern, names):
    assert [file.name for file in list_files([f"{folder}/{pattern}"])] == names


def test_a_relative_path_is_found_and_kept_absolute(folder, monkeypatch):
    monkeypatch.chdir(folder)
    (file,) = list_files(["b/part-00000.parquet"])
    assert (file.name, file.uri) == ("part-00000.parquet", str(folder / "b/part-00000.parquet"))


def test_a_name_with_brackets_is_a_file_before_it_is_a_glob(tmp_path):
    (tmp_path / "a[1].csv").write_bytes(b"x")
    assert [file.name for file in list_files([tmp_path / "a[1].csv"])] == ["a[1].csv"]


def test_a_hidden_file_named_by_itself_is_taken(folder):
    assert [file.name for file in list_files([folder / "_temporary/0/x.parquet"])] == ["x.parquet"]


def test_the_order_is_that_of_the_specs_and_a_file_comes_once(folder):
    files = list_files([folder / "c.TSV", folder])
    assert [file.name for file in files] == ["c.TSV", *FOUND[:3]]


def test_equal_names_take_on_more_of_their_path(tmp_path):
    for name in ("x/1/a.csv", "y/1/a.csv", "y/1/b.csv", "z/a.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    files = list_files([tmp_path / "x/1", tmp_path / "y/1", tmp_path / "z"])
    assert [file.name for file in files] == ["x/1/a.csv", "y/1/a.csv", "b.csv", "z/a.csv"]


def test_names_do_not_depend_on_where_the_corpus_lies(folder, tmp_path):
    moved = folder.rename(tmp_path / "elsewhere")
    assert [file.name for file in list_files([moved])] == FOUND


def test_memory_uris():
    with fsspec.open("memory://here/deep/a.csv.zst", "wb") as file:
        file.write(b"abc")
    (one,) = list_files(["memory://here/deep/a.csv.zst"])
    assert (one.name, one.size, one.compression) == ("a.csv.zst", 3, "zstd")
    for spec in ("memory://here", "memory://here/*/*.zst"):
        (listed,) = list_files([spec])
        assert (listed.name, listed.uri, listed.fingerprint) == ("deep/a.csv.zst", one.uri, one.fingerprint)


def test_a_web_address_is_named_without_its_query():
    assert sources._kind("https://host/a/b.csv.xz?download=true") == ("csv", "xz")
    assert sources._kind("s3://bucket/odd?name.parquet") == ("parquet", None)


def test_a_missing_file_is_named_with_its_neighbours(folder):
    with pytest.raises(CorpusError, match=r"no .*part-0000\.parquet\. Beside it there is: .*part-00000\.parquet"):
        list_files([folder / "b/part-0000.parquet"])


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(CorpusError, match=r"no .*nowhere/a\.parquet"):
        list_files([tmp_path / "nowhere/a.parquet"])


def test_an_empty_folder_is_an_error(tmp_path):
    with pytest.raises(CorpusError, match=r"holds no corpus file\. It is empty"):
        list_files([tmp_path])


def test_a_folder_of_other_files_names_their_endings(tmp_path):
    for name in ("a.tar", "b.tar", "c.json", "_SUCCESS"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(
        CorpusError, match=r"\.json \(1\), \.tar \(2\), _SUCCESS \(1\)\. Corpus files end in \.parquet"
    ):
        list_files([tmp_path])


def test_a_glob_without_hits_is_an_error(folder):
    with pytest.raises(CorpusError, match=r"No corpus file fits .*\*\.pq"):
        list_files([f"{folder}/*.pq"])


@pytest.mark.parametrize(("name", "ending"), [("a.tar", ".tar"), ("a.parquet.gz", ".parquet.gz"), ("a", "none")])
def test_an_unknown_ending_is_named(tmp_path, name, ending):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(CorpusError, match=rf"ending \({ending}\).*\.parquet, .*\.csv"):
        list_files([tmp_path / name])


def test_no_specs_are_an_error():
    with pytest.raises(CorpusError, match="No corpus file was named"):
        list_files([])


def test_an_unreadable_file_is_named(folder, monkeypatch):
    def refuse(uri):
        raise PermissionError(f"not yours: {uri}")

    monkeypatch.setattr(sources, "open_bytes", refuse)
    with pytest.raises(CorpusError, match=r"a\.csv\.gz cannot be read: not yours"):
        list_files([folder])


def test_a_missing_driver_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(MissingExtra, match=r"s3://bucket/x\.parquet.*pip install 'laionet\[remote\]'"):
        list_files(["s3://bucket/x.parquet"])


def test_an_unknown_protocol_is_named():
    with pytest.raises(CorpusError, match=r"foo://x\.parquet cannot be opened.*foo.*s3://"):
        list_files(["foo://x.parquet"])


def test_a_driver_that_fails_to_list_is_a_corpus_error(monkeypatch):
    from fsspec.implementations.memory import MemoryFileSystem

    def refuse(self, path, **_):
        raise KeyError("token expired")

    monkeypatch.setattr(MemoryFileSystem, "isfile", refuse)
    with pytest.raises(CorpusError, match=r"memory://x cannot be listed.*token expired"):
        list_files(["memory://x"])


def test_the_fingerprint_is_of_the_content_alone(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"caption\nx\n")
    (file,) = list_files([tmp_path / "a.csv"])
    assert file.fingerprint == "sha256:" + hashlib.sha256(b"caption\nx\n").hexdigest()
    os.utime(tmp_path / "a.csv", (1, 1))
    assert list_files([tmp_path / "a.csv"]) == [file]


def test_a_large_file_is_sampled_from_end_to_end(tmp_path):
    mib = 1 << 20
    path = tmp_path / "a.csv"
    content = bytearray(31 * mib)
    path.write_bytes(content)

    def mark(**how):
        return list_files([path], **how)[0].fingerprint

    plain = mark(whole_up_to=30 * mib)
    assert plain.startswith("sampled-sha256:")
    assert mark(whole_up_to=31 * mib).startswith("sha256:")
    assert mark().startswith("sha256:")
    expected = hashlib.sha256((31 * mib).to_bytes(8, "little") + bytes(16 * mib)).hexdigest()
    assert plain == f"sampled-sha256:{expected}"
    for changed in (0, 2 * mib, 30 * mib, 31 * mib - 1):  # blocks begin at each second MiB
        content[changed] = 1
        path.write_bytes(content)
        assert mark(whole_up_to=30 * mib) != plain, changed
        content[changed] = 0
    path.write_bytes(bytes(31 * mib + 1))
    assert mark(whole_up_to=30 * mib) != plain


def test_corpus_files_cross_process_borders(folder):
    files = list_files([folder])
    assert pickle.loads(pickle.dumps(files)) == files
