import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from images.builders import CLASSES, brief, jpeg, read, write
from laionet.errors import LayoutError, ShardError
from laionet.images.pictures import open_pictures
from laionet.images.store import ImageWriter, stored_path
from laionet.schema import FETCHED


def fetched(run, name, statuses, wnid="n01443537"):
    rows = [
        {"sample": f"{name}-{i}", "wnid": wnid, "label": 7, "caption": f"c{i}", "url": f"http://a/{i}"}
        | {"status": status, "tries": 1, "changes": []}
        for i, status in enumerate(statuses)
    ]
    (run / "fetch").mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=FETCHED), run / "fetch" / f"{name}.parquet")


def stored(run, name, numbers, keep="tar"):
    with ImageWriter(run / "images" / name, keep) as writer:
        for i in numbers:
            writer.write(f"{name}-{i}", jpeg(i), "jpg", {})


@pytest.mark.parametrize("keep", ["tar", "parquet"])
@pytest.mark.parametrize("order", [[0, 2, 3], [3, 0, 2]])
def test_images_are_joined_to_what_was_fetched_in_its_order(tmp_path, keep, order):
    fetched(tmp_path, "00000", ["ok", "timeout", "ok", "ok"])
    stored(tmp_path, "00000", order, keep)
    pictures = open_pictures(tmp_path, CLASSES)
    rows, dropped = read(pictures)
    assert (pictures.layout, pictures.rows) == ("laionet", 3)
    assert brief(rows) == [("00000-0", 1), ("00000-2", 1), ("00000-3", 1)]
    assert [(row["image"], row["caption"], row["url"]) for row in rows] == [
        (jpeg(i), f"c{i}", f"http://a/{i}") for i in (0, 2, 3)
    ]
    assert dropped == []


def test_shards_keep_their_names_and_failed_ones_are_told(tmp_path):
    for name in ("00000", "00002"):
        fetched(tmp_path, name, ["ok"])
        stored(tmp_path, name, [0])
    write(tmp_path / "fetch" / "00000.json", '{"status": "done"}')
    write(tmp_path / "fetch" / "00001.json", '{"status": "failed", "error": "the disk was full"}')
    pictures = open_pictures(tmp_path, CLASSES)
    assert [shard.name for shard in pictures.shards()] == ["00000", "00002"]
    assert pictures.set_aside == (("00001", "the disk was full"),)


def test_an_image_that_is_gone_is_no_image(tmp_path):
    fetched(tmp_path, "00000", ["ok", "ok"])
    stored(tmp_path, "00000", [1])
    rows, dropped = read(open_pictures(tmp_path, CLASSES))
    assert (brief(rows), dropped) == ([("00000-1", 1)], [("00000", "no_image", 0)])


def test_a_shard_without_any_image_needs_no_file(tmp_path):
    fetched(tmp_path, "00000", ["ok"])
    stored(tmp_path, "00000", [0])
    fetched(tmp_path, "00001", ["dns", "dns"])
    pictures = open_pictures(tmp_path, CLASSES)
    assert pictures.rows == 1
    assert len(read(pictures)[0]) == 1
    assert pictures.shards()[1].identity()


def test_a_class_that_is_no_longer_in_the_list_is_dropped(tmp_path):
    fetched(tmp_path, "00000", ["ok"], wnid="n00000000")
    stored(tmp_path, "00000", [0])
    assert read(open_pictures(tmp_path, CLASSES)) == ([], [("00000", "unknown_label", 0)])


def test_a_run_without_images_is_named(tmp_path):
    fetched(tmp_path, "00000", ["ok"])
    with pytest.raises(LayoutError, match="keep = 'tar'"):
        open_pictures(tmp_path, CLASSES)
    with pytest.raises(LayoutError, match="laionet fetch"):
        open_pictures(write(tmp_path / "x" / "a.txt", "").parent, CLASSES, layout="laionet")


def test_a_damaged_store_fails_its_shard(tmp_path):
    fetched(tmp_path, "00000", ["ok", "ok"])
    stored(tmp_path, "00000", [0, 1])
    pictures = open_pictures(tmp_path, CLASSES)
    (shard,) = pictures.shards()
    before = shard.identity()
    path = stored_path(tmp_path / "images" / "00000", "tar")
    path.write_bytes(path.read_bytes()[:1536])
    assert shard.identity() != before
    with pytest.raises(ShardError):
        read(pictures)
