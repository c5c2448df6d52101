import os

import pytest

from images.builders import CLASSES, brief, jpeg, picture, read, write
from laionet.errors import CorpusError, LayoutError, ShardError
from laionet.images import tars
from laionet.images.pictures import open_pictures
from laionet.vocab import load_classes


def tree(root, names):
    for number, name in enumerate(names):
        write(root / name, jpeg(number))
    return root


def test_folders_are_classes_by_wnid_name_lemma_or_number(tmp_path):
    names = ["n01440764/b.JPEG", "n01440764/a.jpg", "goldfish.n.01/x.png", "Great_White_Shark/x.jpg", "3/x.jpg"]
    pictures = open_pictures(tree(tmp_path, names), CLASSES)
    rows, dropped = read(pictures)
    assert (pictures.layout, pictures.rows, pictures.name) == ("imagefolder", 5, tmp_path.name)
    assert brief(rows) == [
        ("3/x.jpg", 3),
        ("Great_White_Shark/x.jpg", 2),
        ("goldfish.n.01/x.png", 1),
        ("n01440764/a.jpg", 0),
        ("n01440764/b.JPEG", 0),
    ]
    assert rows[3]["image"] == jpeg(1)
    assert (rows[0]["caption"], rows[0]["url"], dropped) == (None, None, [])


def test_images_in_a_folder_that_is_no_class_are_dropped_and_counted(tmp_path):
    names = ["n01440764/a.jpg", "crane/a.jpg", "misc/a.jpg", "misc/b.jpg", "top.jpg", "2012/a.jpg"]
    pictures = open_pictures(tree(tmp_path, names), CLASSES, layout="imagefolder", rows_per_shard=4)
    rows, dropped = read(pictures)
    assert brief(rows) == [("n01440764/a.jpg", 0)]
    assert dropped == [("00000", "unknown_label", at) for at in range(4)] + [("00001", "unknown_label", 1)]
    assert pictures.rows == 6


def test_folders_may_be_nested_above_and_below_the_class(tmp_path):
    names = ["val/n01440764/part/a.jpg", "val/n01443537/a.jpg", "val/n01440764/10/b.jpg"]
    rows, _ = read(open_pictures(tree(tmp_path, names), CLASSES))
    assert [row["label"] for row in rows] == [0, 0, 1]


def test_one_class_in_two_splits_is_not_mixed(tmp_path):
    root = tree(tmp_path, ["train/n01440764/a.jpg", "val/n01440764/b.jpg"])
    with pytest.raises(LayoutError, match="n01440764 both in train and in val"):
        open_pictures(root, CLASSES)
    rows, _ = read(open_pictures(root / "val", CLASSES))
    assert brief(rows) == [("n01440764/b.jpg", 0)]


def test_what_is_no_image_by_name_is_no_image(tmp_path):
    names = ["n01440764/a.jpg", "n01440764/labels.csv", "n01440764/.b.jpg", ".hidden/n01443537/a.jpg"]
    rows, dropped = read(open_pictures(tree(tmp_path, names), CLASSES))
    assert (len(rows), dropped) == (1, [])


def test_no_class_at_all_is_an_error(tmp_path):
    with pytest.raises(LayoutError, match=r"No folder in .* is a class .*'cats', 'dogs'"):
        open_pictures(tree(tmp_path, ["dogs/a.jpg", "cats/a.jpg"]), CLASSES)


def test_numbered_folders_that_count_other_classes_are_not_guessed(tmp_path):
    few = load_classes(["n01443537", "n01440764"])
    root = tree(tmp_path, [f"{number}/a.jpg" for number in range(5)])
    with pytest.raises(LayoutError, match=r"numbered up to 4, .* list of 2 classes"):
        open_pictures(root, few)
    rows, dropped = read(open_pictures(root, few, labels="imagenet1k"), classes=few)
    assert [(row["sample"], row["wnid"], row["label"]) for row in rows] == [
        ("0/a.jpg", "n01440764", 1),
        ("1/a.jpg", "n01443537", 0),
    ]
    assert len(dropped) == 3


def test_folders_of_imagenetv2_are_numbers_and_not_texts(tmp_path):
    names = [f"{number}/{number:04}.jpeg" for number in range(1000)]
    pictures = open_pictures(tree(tmp_path, names), CLASSES, rows_per_shard=100)
    rows, dropped = read(pictures)
    assert pictures.layout == "imagenetv2"
    assert [row["label"] for row in rows] == list(range(1000))
    assert [row["wnid"] for row in rows] == list(CLASSES.wnids)
    by_text = sorted(str(number) for number in range(1000))
    assert (by_text[2], rows[2]["sample"]) == ("10", "2/0002.jpeg")
    assert next(row["label"] for row in rows if row["sample"] == "10/0010.jpeg") == 10
    assert dropped == []


def test_imagenetv2_counts_imagenet_whatever_the_classes_of_the_run(tmp_path):
    few = load_classes(["n01443537", "n01440764"])
    root = tree(tmp_path, ["0/a.jpeg", "1/a.jpeg", "10/a.jpeg"])
    rows, dropped = read(open_pictures(root, few, layout="imagenetv2"), classes=few)
    assert [(row["sample"], row["wnid"]) for row in rows] == [("0/a.jpeg", "n01440764"), ("1/a.jpeg", "n01443537")]
    assert dropped == [("00000", "unknown_label", 2)]


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["0/a.jpg", "cats/a.jpg"], "holds cats"),
        (["0/a.jpg", "a.jpg"], "holds a"),
        (["0/a.jpg", "1000/a.jpg"], "a folder 1000"),
        (["0/a.txt"], "holds no image"),
    ],
)
def test_other_folders_are_not_imagenetv2(tmp_path, names, why):
    with pytest.raises(LayoutError, match=why):
        open_pictures(tree(tmp_path, names), CLASSES, layout="imagenetv2")


def test_links_are_followed_and_a_circle_ends(tmp_path):
    tree(tmp_path / "store", ["a.jpg"])
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "n01440764").symlink_to(tmp_path / "store")
    (tmp_path / "store" / "again").symlink_to(tmp_path / "set")
    rows, _ = read(open_pictures(tmp_path / "set", CLASSES))
    assert brief(rows) == [("n01440764/a.jpg", 0)]


def test_a_name_that_is_no_text_is_written_out(tmp_path):
    write(tmp_path / "n01440764" / os.fsdecode(b"caf\xe9.jpg"), jpeg(0))
    pictures = open_pictures(tmp_path, CLASSES)
    rows, _ = read(pictures)
    assert brief(rows) == [("n01440764/caf\\udce9.jpg", 0)]
    assert pictures.shards()[0].identity()


def test_an_image_that_is_too_large_is_dropped(tmp_path, monkeypatch):
    root = tree(tmp_path, ["n01440764/a.jpg"])
    write(root / "n01440764" / "b.jpg", bytes(5000))
    monkeypatch.setattr("laionet.images.folders.MAX_IMAGE_BYTES", 4999)
    assert tars.MAX_IMAGE_BYTES > 5000
    rows, dropped = read(open_pictures(root, CLASSES))
    assert (brief(rows), dropped) == ([("n01440764/a.jpg", 0)], [("00000", "too_large", 1)])


def test_an_empty_file_goes_on_to_be_counted_with_its_class(tmp_path):
    write(tmp_path / "n01440764" / "a.jpg", b"")
    rows, dropped = read(open_pictures(tmp_path, CLASSES))
    assert ([row["image"] for row in rows], dropped) == ([b""], [])


def test_a_file_that_goes_missing_fails_its_shard(tmp_path):
    root = tree(tmp_path, ["n01440764/a.jpg", "n01440764/b.jpg"])
    pictures = open_pictures(root, CLASSES)
    (root / "n01440764" / "b.jpg").unlink()
    with pytest.raises(ShardError, match=r"b\.jpg"):
        read(pictures)
    with pytest.raises(ShardError, match=r"b\.jpg"):
        pictures.shards()[0].identity()


def test_a_pipe_among_the_images_does_not_hang(tmp_path):
    root = tree(tmp_path, ["n01440764/a.jpg"])
    os.mkfifo(root / "n01440764" / "b.jpg")
    with pytest.raises(ShardError, match=r"b\.jpg"):
        read(open_pictures(root, CLASSES))


def test_a_folder_that_cannot_be_listed_is_no_empty_one(tmp_path, monkeypatch):
    root = tree(tmp_path, ["n01440764/a.jpg", "n01443537/a.jpg"])
    real = os.scandir

    def scandir(path):
        if str(path).endswith("n01443537"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(CorpusError, match="n01443537: Permission denied"):
        open_pictures(root, CLASSES, layout="imagefolder")


def test_a_picture_that_grows_changes_the_identity(tmp_path):
    root = tree(tmp_path, ["n01440764/a.jpg", "n01440764/b.jpg"])
    (shard,) = open_pictures(root, CLASSES).shards()
    before = shard.identity()
    assert shard.identity() == before
    write(root / "n01440764" / "b.jpg", picture())
    assert shard.identity() != before
