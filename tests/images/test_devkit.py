import numpy as np
import pytest
import scipy.io

from images.builders import CLASSES, brief, jpeg, read, write
from laionet.errors import LayoutError
from laionet.images.devkit import GROUND_TRUTH, SOLUTION
from laionet.images.pictures import open_pictures

#: The devkit's own order: ILSVRC2012_ID 1 is a kit fox, and so on; 1001 and up are no leaves.
DEVKIT = {1: "n02119789", 2: "n02100735", 3: "n01440764", 1001: "n00001740"}
LABELS = [3, 1, 2, 1]
WNIDS = [DEVKIT[number] for number in LABELS]


def images(root, count=4):
    for number in range(1, count + 1):
        write(root / f"ILSVRC2012_val_{number:08}.JPEG", jpeg(number))
    return root


def meta(path, synsets=DEVKIT):
    table = np.zeros(len(synsets), dtype=[("ILSVRC2012_ID", "O"), ("WNID", "O"), ("words", "O")])
    for at, (number, wnid) in enumerate(synsets.items()):
        table[at] = (float(number), wnid, "words")
    path.parent.mkdir(parents=True, exist_ok=True)
    scipy.io.savemat(path, {"synsets": table.reshape(-1, 1)})
    return path


def devkit(root, labels=LABELS):
    meta(root / "data" / "meta.mat")
    write(root / "data" / GROUND_TRUTH, "".join(f"{number}\n" for number in labels))
    return root


@pytest.mark.parametrize("named", ["devkit", f"devkit/data/{GROUND_TRUTH}", "devkit/data"])
def test_numbers_of_the_devkit_are_no_positions_of_model_heads(tmp_path, named):
    devkit(tmp_path / "devkit")
    pictures = open_pictures(images(tmp_path / "val"), CLASSES, labels=tmp_path / named)
    rows, dropped = read(pictures)
    assert (pictures.layout, pictures.rows) == ("imagenet-val", 4)
    assert [row["wnid"] for row in rows] == WNIDS
    assert [row["label"] for row in rows] == [CLASSES.index(wnid) for wnid in WNIDS]
    assert [row["label"] for row in rows] != [number - 1 for number in LABELS]
    assert rows[0]["sample"] == "ILSVRC2012_val_00000001.JPEG"
    assert rows[0]["image"] == jpeg(1)
    assert dropped == []


def test_labels_beside_the_images_are_found(tmp_path):
    root = images(tmp_path / "val")
    with pytest.raises(LayoutError, match=r"labels of the images .* are needed"):
        open_pictures(root, CLASSES)
    devkit(tmp_path / "ILSVRC2012_devkit_t12")
    rows, _ = read(open_pictures(root, CLASSES))
    assert [row["wnid"] for row in rows] == WNIDS


def test_numbers_without_their_meaning_are_not_guessed(tmp_path):
    truth = write(tmp_path / GROUND_TRUTH, "3\n1\n2\n1\n")
    with pytest.raises(LayoutError, match=r"not in the order of model heads, and meta\.mat"):
        open_pictures(images(tmp_path / "val"), CLASSES, labels=truth)


def test_wnids_a_line_need_no_devkit(tmp_path):
    truth = write(tmp_path / "labels.txt", "\n".join(WNIDS))
    rows, _ = read(open_pictures(images(tmp_path / "val"), CLASSES, labels=truth))
    assert [row["wnid"] for row in rows] == WNIDS


def test_labels_of_kaggle_are_found_by_the_name_of_the_image(tmp_path):
    lines = [f"ILSVRC2012_val_{n:08},{wnid} 1 2 3 4 {wnid} 5 6 7 8 " for n, wnid in enumerate(WNIDS, 1)]
    listed = write(tmp_path / SOLUTION, "\n".join(["ImageId,PredictionString", *reversed(lines[:3])]))
    rows, dropped = read(open_pictures(images(tmp_path / "val"), CLASSES, labels=listed))
    assert [row["wnid"] for row in rows] == WNIDS[:3]
    assert dropped == [("00000", "unknown_label", 3)]


def test_a_class_outside_the_list_is_dropped(tmp_path):
    root = devkit(tmp_path / "devkit", [3, 1001, 2, 1])
    rows, dropped = read(open_pictures(images(tmp_path / "val"), CLASSES, labels=root))
    assert len(brief(rows)) == 3
    assert dropped == [("00000", "unknown_label", 1)]


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({}, "holds neither"),
        ({"data/" + GROUND_TRUTH: "3\n1\n"}, "is not beside it"),
        ({"data/" + GROUND_TRUTH: "3\n1\n", "data/meta.mat": None}, "has 2 labels, but there is an image"),
        ({"data/" + GROUND_TRUTH: "0\n1\n2\n3\n", "data/meta.mat": None}, "the number 0"),
        ({"data/" + GROUND_TRUTH: "3\n1\n2\n1\n", "data/meta.mat": "not MATLAB's"}, "devkit's table"),
        ({"data/" + GROUND_TRUTH: "a b\n"}, "neither a devkit number nor a wnid"),
        ({"data/" + GROUND_TRUTH: "\n"}, "is empty"),
        ({"data/" + GROUND_TRUTH: b"\xff\xfe"}, "Cannot read"),
        ({SOLUTION: "a,b\n1,2\n"}, "ImageId"),
    ],
)
def test_labels_that_do_not_fit_are_named(tmp_path, files, why):
    (tmp_path / "devkit").mkdir()
    for name, content in files.items():
        if content is None:
            meta(tmp_path / "devkit" / name)
        else:
            write(tmp_path / "devkit" / name, content)
    with pytest.raises(LayoutError, match=why):
        open_pictures(images(tmp_path / "val"), CLASSES, labels=tmp_path / "devkit")


def test_missing_labels_are_named(tmp_path):
    with pytest.raises(LayoutError, match=r"There is no .*nowhere\.txt"):
        open_pictures(images(tmp_path / "val"), CLASSES, labels=tmp_path / "nowhere.txt")


def test_validation_images_in_folders_of_wnids_are_an_imagefolder(tmp_path):
    for number, wnid in enumerate(WNIDS, 1):
        write(tmp_path / wnid / f"ILSVRC2012_val_{number:08}.JPEG", jpeg(number))
    pictures = open_pictures(tmp_path, CLASSES)
    rows, _ = read(pictures)
    assert pictures.layout == "imagefolder"
    assert sorted(row["wnid"] for row in rows) == sorted(WNIDS)
