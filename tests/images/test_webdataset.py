import json

import pytest

from images.builders import CLASSES, brief, jpeg, picture, read, write_tar
from laionet.errors import ShardError
from laionet.images.pictures import open_pictures
from laionet.images.store import ImageWriter


def test_the_class_is_in_cls_or_json_as_number_or_wnid(tmp_path):
    members = [
        ("a.jpg", jpeg(0)),
        ("a.cls", "10"),
        ("b.png", picture()),
        ("b.cls", "n01440764"),
        ("c.jpg", jpeg(2)),
        ("c.json", json.dumps({"wnid": "n01443537", "label": 700, "url": "http://a/b"})),
        ("d.jpg", jpeg(3)),
        ("d.json", json.dumps({"label": 3, "caption": "from JSON"})),
        ("d.txt", "from text"),
        ("e.JPEG", jpeg(4)),
        ("e.json", json.dumps({"class": "goldfish", "caption": "from JSON"})),
        ("f.jpg", jpeg(5)),
        ("f.cls", "700"),
        ("f.json", json.dumps({"wnid": "n01440764", "label": 9})),
    ]
    write_tar(tmp_path / "set" / "0.tar", members)
    pictures = open_pictures(tmp_path / "set", CLASSES)
    rows, dropped = read(pictures)
    assert (pictures.layout, pictures.rows) == ("webdataset", None)
    labels = [("0/a", 10), ("0/b", 0), ("0/c", 1), ("0/d", 3), ("0/e", 1), ("0/f", 0)]
    assert brief(rows) == labels
    assert [row["caption"] for row in rows] == [None, None, None, "from text", "from JSON", None]
    assert [row["url"] for row in rows] == [None, None, "http://a/b", None, None, None]
    assert rows[4]["image"] == jpeg(4)
    assert dropped == []


def test_a_key_is_the_path_up_to_the_first_dot(tmp_path):
    members = [
        ("./d.1/a.jpg", jpeg(0)),
        ("./d.1/a.seg.png", picture()),
        ("./d.1/a.cls", "1"),
        ("d.2/a.jpg", jpeg(1)),
        ("d.2/a.cls", "2"),
        ("README", "no key"),
        (".hidden.jpg", b"no key"),
    ]
    rows, dropped = read(open_pictures(write_tar(tmp_path / "x.tar", members), CLASSES))
    assert brief(rows) == [("x/d.1/a", 1), ("x/d.2/a", 2)]
    assert rows[0]["image"] == jpeg(0)
    assert dropped == []


def test_what_has_no_image_or_no_class_is_dropped(tmp_path, monkeypatch):
    monkeypatch.setattr("laionet.images.tars.MAX_IMAGE_BYTES", 100)
    members = [
        ("a.json", "{}"),
        ("b.jpg", jpeg(1)),
        ("c.jpg", jpeg(1)),
        ("c.cls", "crane"),
        ("d.jpg", jpeg(1)),
        ("d.json", "not JSON"),
        ("e.jpg", jpeg(1)),
        ("e.json", "[1]"),
        ("f.jpg", jpeg(1)),
        ("f.cls", "5"),
    ]
    rows, dropped = read(open_pictures(write_tar(tmp_path / "x.tar", members), CLASSES))
    assert brief(rows) == [("x/f", 5)]
    reasons = ["no_image", *["unknown_label"] * 4]
    assert dropped == [("00000", reason, at) for at, reason in enumerate(reasons)]


def test_an_image_that_is_too_large_is_dropped(tmp_path, monkeypatch):
    monkeypatch.setattr("laionet.images.tars.members.__kwdefaults__", {"max_bytes": 1000})
    members = [("a.bmp", bytes(1001)), ("a.cls", "1"), ("b.jpg", jpeg(1)[:900]), ("b.cls", "1")]
    rows, dropped = read(open_pictures(write_tar(tmp_path / "x.tar", members), CLASSES))
    assert (brief(rows), dropped) == ([("x/b", 1)], [("00000", "too_large", 0)])


def test_text_that_is_no_utf8_is_kept_as_far_as_it_is(tmp_path):
    members = [("a.jpg", jpeg(0)), ("a.txt", b"caf\xe9"), ("a.cls", "1")]
    rows, _ = read(open_pictures(write_tar(tmp_path / "x.tar", members), CLASSES))
    assert rows[0]["caption"] == "caf\ufffd"
    surrogate = [("a.jpg", jpeg(0)), ("a.json", '{"label": 1, "caption": "x\\ud800", "url": 3}')]
    rows, _ = read(open_pictures(write_tar(tmp_path / "y.tar", surrogate), CLASSES))
    assert (rows[0]["caption"], rows[0]["url"]) == ("x?", None)


def test_members_of_a_key_must_be_neighbours(tmp_path):
    apart = [("a.jpg", jpeg(0)), ("b.jpg", jpeg(1)), ("a.cls", "1"), ("b.cls", "1")]
    with pytest.raises(ShardError, match="apart from each other"):
        read(open_pictures(write_tar(tmp_path / "x.tar", apart), CLASSES))
    twice = [("a.jpg", jpeg(0)), ("a.JPG", jpeg(1)), ("a.cls", "1")]
    with pytest.raises(ShardError, match=r"'a\.JPG' twice"):
        read(open_pictures(write_tar(tmp_path / "y.tar", twice), CLASSES))


def test_tars_of_a_folder_and_of_a_glob_are_shards_by_name(tmp_path):
    for name in ("b", "a", "sub/c"):
        write_tar(tmp_path / f"{name}.tar", [("0.jpg", jpeg(0)), ("0.cls", "1")])
    pictures = open_pictures(tmp_path, CLASSES)
    assert brief(read(pictures)[0]) == [("a/0", 1), ("b/0", 1), ("sub/c/0", 1)]
    assert [shard.name for shard in pictures.shards()] == ["00000", "00001", "00002"]
    assert brief(read(open_pictures(f"{tmp_path}/**/[bc].tar", CLASSES))[0]) == [("b/0", 1), ("sub/c/0", 1)]


def test_a_damaged_tar_fails_its_shard_alone(tmp_path):
    for name in ("a", "b"):
        write_tar(tmp_path / f"{name}.tar", [("0.jpg", jpeg(0)), ("0.cls", "1")])
    (tmp_path / "a.tar").write_bytes((tmp_path / "a.tar").read_bytes()[:700])
    first, second = open_pictures(tmp_path, CLASSES).shards()
    with pytest.raises(ShardError, match=r"a\.tar"):
        list(first.batches(4))
    assert len(next(second.batches(4)).table) == 1


def test_what_laionet_keeps_is_a_webdataset(tmp_path):
    with ImageWriter(tmp_path / "00000", "tar") as writer:
        writer.write(
            "s_1", jpeg(1), "jpg", {"label": 5, "wnid": "n01440764", "caption": "Schön", "url": "http://a"}
        )
    rows, _ = read(open_pictures(tmp_path, CLASSES))
    assert [list(row.values()) for row in rows] == [["00000/s_1", "n01440764", 0, "Schön", "http://a", jpeg(1)]]
