import tarfile

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.builders import jpeg, write, write_tar
from laionet.errors import OutputError, ShardError
from laionet.images import store
from laionet.images.store import ImageWriter, iter_images, stored_form, stored_path

FORMS = ["tar", "parquet"]
IMAGES = [(f"s-{i}_x", jpeg(i), {"label": i, "wnid": "n01440764", "caption": f"Fisch № {i}"}) for i in (3, 1, 2)]


def put(path, keep, images=IMAGES):
    with ImageWriter(path, keep) as writer:
        for sample, data, meta in images:
            writer.write(sample, data, "jpg", meta)
    return writer


@pytest.mark.parametrize("keep", FORMS)
def test_images_come_back_as_written_in_the_same_order(tmp_path, keep):
    path = tmp_path / "images" / "00000"
    assert stored_form(path) is None
    assert put(path, keep).rows == 3
    assert stored_form(path) == keep
    assert list(iter_images(path)) == [(sample, data) for sample, data, _ in IMAGES]


@given(
    keep=st.sampled_from(FORMS),
    images=st.dictionaries(st.from_regex(r"[A-Za-z0-9_-]{1,150}", fullmatch=True), st.binary(max_size=2000)),
    caption=st.none() | st.text(),
)
def test_any_bytes_and_ids_come_back(tmp_path_factory, keep, images, caption):
    path = tmp_path_factory.mktemp("store") / "0"
    put(path, keep, [(sample, data, {"caption": caption}) for sample, data in images.items()])
    assert list(iter_images(path)) == list(images.items())


@pytest.mark.parametrize("keep", FORMS)
def test_equal_images_give_equal_bytes(tmp_path, keep):
    for name in ("a", "b"):
        put(tmp_path / name, keep)
    one, other = (stored_path(tmp_path / name, keep).read_bytes() for name in ("a", "b"))
    assert one == other


def test_a_tar_is_a_webdataset_without_traces_of_the_machine(tmp_path):
    put(tmp_path / "0", "tar", [*IMAGES, ("bare", b"x", {})])
    with tarfile.open(tmp_path / "0.tar") as tar:
        entries = tar.getmembers()
        cls, text = (tar.extractfile(f"s-3_x.{ending}").read() for ending in ("cls", "txt"))
    assert [entry.name for entry in entries[:4]] == ["s-3_x.jpg", "s-3_x.json", "s-3_x.txt", "s-3_x.cls"]
    assert [entry.name for entry in entries[12:]] == ["bare.jpg", "bare.json"]
    assert (cls, text) == (b"3", "Fisch № 3".encode())
    assert {(e.mtime, e.uid, e.gid, e.uname, e.gname) for e in entries} == {(0, 0, 0, "", "")}


def test_parquet_does_not_compress_images_again_and_cuts_row_groups_by_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_GROUP_BYTES", 1000)
    put(tmp_path / "0", "parquet", [(str(i), bytes(600), {}) for i in range(5)])
    metadata = pq.read_metadata(tmp_path / "0.images.parquet")
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [2, 2, 1]
    assert metadata.row_group(0).column(1).compression == "UNCOMPRESSED"
    assert [len(data) for _, data in iter_images(tmp_path / "0")] == [600] * 5


def test_the_other_form_goes_when_a_shard_is_written_anew(tmp_path):
    put(tmp_path / "0", "tar")
    put(tmp_path / "0", "parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["0.images.parquet"]


def put_and_fail(path, keep):
    with ImageWriter(path, keep) as writer:
        writer.write("a", b"x", "jpg", {})
        raise RuntimeError("of the fetcher")


@pytest.mark.parametrize("keep", FORMS)
def test_nothing_is_left_of_a_shard_that_fails(tmp_path, keep):
    with pytest.raises(RuntimeError, match="of the fetcher"):
        put_and_fail(tmp_path / "0", keep)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sample", ["", "a.b", "a/b", "../a", "ä", "a b", "a\n", "a\0"])
def test_ids_that_could_lead_elsewhere_are_refused(tmp_path, sample):
    with pytest.raises(OutputError, match="sample id"), ImageWriter(tmp_path / "0", "tar") as writer:
        writer.write(sample, b"x", "jpg", {})


@pytest.mark.parametrize("extension", ["", ".jpg", "json", "txt", "cls", "a/b", "JPG"])
def test_endings_that_are_no_image_are_refused(tmp_path, extension):
    with pytest.raises(OutputError, match="ending"), ImageWriter(tmp_path / "0", "tar") as writer:
        writer.write("a", b"x", extension, {})


@pytest.mark.parametrize("keep", FORMS)
def test_an_id_comes_once(tmp_path, keep):
    with pytest.raises(OutputError, match="twice"):
        put(tmp_path / "0", keep, [("a", b"1", {}), ("a", b"2", {})])


@pytest.mark.parametrize("keep", FORMS)
def test_a_damaged_file_is_an_error_and_not_an_end(tmp_path, keep):
    path = tmp_path / "0"
    put(path, keep)
    whole = stored_path(path, keep).read_bytes()
    for cut in (1, len(whole) // 3, len(whole) // 2, len(whole) - 10300):
        stored_path(path, keep).write_bytes(whole[:cut])
        with pytest.raises(ShardError):
            list(iter_images(path))


def test_what_is_missing_or_foreign_is_named(tmp_path):
    with pytest.raises(ShardError, match=r"No images are kept as .*00007\.tar"):
        list(iter_images(tmp_path / "00007"))
    write_tar(tmp_path / "0.tar", [("a/b.jpg", b"x")])
    with pytest.raises(ShardError, match="did not write"):
        list(iter_images(tmp_path / "0"))
    write(tmp_path / "1.images.parquet", b"no parquet")
    with pytest.raises(ShardError, match="fetch the shard again"):
        list(iter_images(tmp_path / "1"))
