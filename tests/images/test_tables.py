import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from images.builders import CLASSES, brief, jpeg, read, write
from laionet.errors import LayoutError, MissingExtra, ShardError
from laionet.images import tables
from laionet.images.pictures import open_pictures


def put(path, columns, row_group_size=None, metadata=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(columns)
    pq.write_table(table.replace_schema_metadata(metadata), path, row_group_size=row_group_size)
    return path


IMAGES = [jpeg(i) for i in range(5)]
STRUCTS = pa.array([{"bytes": data, "path": "/etc/passwd"} for data in IMAGES])


@pytest.mark.parametrize("image", [pa.array(IMAGES), pa.array(IMAGES, pa.large_binary()), STRUCTS])
@pytest.mark.parametrize(
    "label",
    [
        pa.array([0, 1, 2, 3, 4]),
        pa.array([0, 1, 2, 3, 4], pa.uint8()),
        pa.array(["n01440764", "goldfish", "2", "tiger_shark", "4"]),
        pa.array(["0", "1", "2", "3", "4"]).dictionary_encode(),
    ],
)
def test_images_are_bytes_or_structs_and_labels_numbers_or_names(tmp_path, image, label):
    path = put(tmp_path / "p.parquet", {"image": image, "label": label})
    pictures = open_pictures(path, CLASSES)
    rows, dropped = read(pictures)
    assert (pictures.layout, pictures.rows, pictures.name) == ("parquet", 5, "p")
    assert brief(rows) == [(f"p/{i}", i) for i in range(5)]
    assert [row["image"] for row in rows] == IMAGES
    assert dropped == []


def test_caption_url_and_sample_come_along(tmp_path):
    columns = {"image": IMAGES, "wnid": ["n01440764"] * 5, "label": [9] * 5, "caption": [*"abcd", None]}
    columns |= {"url": [f"http://a/{i}" for i in range(5)], "sample": [10, 11, 12, 13, None]}
    rows, _ = read(open_pictures(put(tmp_path / "p.parquet", columns), CLASSES))
    assert brief(rows) == [("10", 0), ("11", 0), ("12", 0), ("13", 0), ("p/4", 0)]
    assert [row["caption"] for row in rows] == [*"abcd", None]
    assert rows[1]["url"] == "http://a/1"


def test_shards_are_runs_of_row_groups(tmp_path):
    put(tmp_path / "s" / "b.parquet", {"image": IMAGES, "label": [0, 1, 2, 3, 4]}, row_group_size=1)
    put(tmp_path / "s" / "a.parquet", {"image": IMAGES[:2], "label": [5, 6]})
    pictures = open_pictures(tmp_path / "s", CLASSES, rows_per_shard=2)
    rows, _ = read(pictures)
    assert brief(rows) == [("a/0", 5), ("a/1", 6), *((f"b/{i}", i) for i in range(5))]
    assert [sum(len(batch.table) for batch in shard.batches(9)) for shard in pictures.shards()] == [2, 2, 2, 1]
    assert len({shard.identity() for shard in pictures.shards()}) == 4
    assert brief(read(open_pictures(f"{tmp_path}/s/a*", CLASSES))[0]) == [("a/0", 5), ("a/1", 6)]


def test_rows_without_image_or_class_are_dropped(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MAX_IMAGE_BYTES", 2000)
    image = [{"bytes": None, "path": "/etc/passwd"}, None, *({"bytes": b, "path": None} for b in IMAGES[:2])]
    image.append({"bytes": bytes(2001), "path": None})
    path = put(tmp_path / "p.parquet", {"image": image, "label": [1, 1, None, 3, 1]})
    rows, dropped = read(open_pictures(path, CLASSES))
    assert brief(rows) == [("p/3", 3)]
    whys = [(0, "no_image"), (1, "no_image"), (2, "unknown_label"), (4, "too_large")]
    assert dropped == sorted(("00000", why, at) for at, why in whys)


def test_numbers_of_hugging_face_are_looked_up_by_the_names_in_the_file(tmp_path):
    features = {
        "image": {"_type": "Image"},
        "label": {"names": ["goldfish", "tench", "dogs"], "_type": "ClassLabel"},
    }
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    path = put(tmp_path / "p.parquet", {"image": STRUCTS, "label": [0, 1, 2, -1, 0]}, metadata=metadata)
    rows, dropped = read(open_pictures(path, CLASSES))
    assert [row["label"] for row in rows] == [1, 0, 1]
    assert dropped == [("00000", "unknown_label", 2), ("00000", "unknown_label", 3)]
    for damaged in ("no JSON", "[]", '{"info": {"features": {"label": {"names": 3}}}}'):
        path = put(tmp_path / "q.parquet", {"image": STRUCTS, "label": [0] * 5}, metadata={"huggingface": damaged})
        assert [row["label"] for row in read(open_pictures(path, CLASSES))[0]] == [0] * 5


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"image": IMAGES}, "no column of labels; it has image"),
        ({"label": [1]}, "no column of images; it has label"),
        ({"image": ["a.jpg"], "label": [1]}, "no column of images"),
    ],
)
def test_missing_columns_are_named(tmp_path, columns, why):
    with pytest.raises(LayoutError, match=why):
        open_pictures(put(tmp_path / "p.parquet", columns), CLASSES, layout="parquet")


def test_a_damaged_file_is_named(tmp_path):
    path = put(tmp_path / "p.parquet", {"image": IMAGES, "label": [1] * 5})
    pictures = open_pictures(path, CLASSES)
    whole = path.read_bytes()
    path.write_bytes(whole[:10] + bytes(200) + whole[210:])
    with pytest.raises(ShardError, match=r"p\.parquet"):
        read(pictures)
    with pytest.raises(LayoutError, match="as parquet"):
        open_pictures(write(tmp_path / "x.parquet", b"PAR1"), CLASSES, layout="parquet")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder of save_to_disk, and one with splits."""
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {"image": datasets.Image(), "label": datasets.ClassLabel(names=["goldfish", "tench", "crane"])}
    )
    rows = {"image": [{"bytes": data, "path": None} for data in IMAGES], "label": [0, 1, 2, 1, 0]}
    whole = datasets.Dataset.from_dict(rows, features=features)
    root = tmp_path_factory.mktemp("hf")
    whole.save_to_disk(root / "one")
    datasets.DatasetDict({"test": whole.select(range(2)), "validation": whole}).save_to_disk(root / "many")
    whole.to_parquet(root / "p.parquet")
    return root


def test_a_saved_dataset_of_hugging_face_is_read_by_the_names_of_its_labels(saved):
    pictures = open_pictures(saved / "one", CLASSES, rows_per_shard=2)
    rows, dropped = read(pictures)
    assert (pictures.layout, pictures.rows, len(pictures.shards())) == ("hf", 5, 3)
    assert brief(rows) == [("0", 1), ("1", 0), ("3", 0), ("4", 1)]
    assert [row["image"] for row in rows] == [IMAGES[i] for i in (0, 1, 3, 4)]
    assert dropped == [("00001", "unknown_label", 0)]
    assert len({shard.identity() for shard in pictures.shards()}) == 3


def test_a_split_is_chosen_or_named_as_missing(saved):
    assert open_pictures(saved / "many", CLASSES).rows == 5
    assert open_pictures(saved / "many", CLASSES, split="test").rows == 2
    with pytest.raises(LayoutError, match=r"no split 'train'; it has test, validation"):
        open_pictures(saved / "many", CLASSES, split="train")


def test_parquet_that_hugging_face_wrote_gives_the_same_rows(saved):
    one = [(row["label"], row["image"]) for row in read(open_pictures(saved / "one", CLASSES))[0]]
    assert [(row["label"], row["image"]) for row in read(open_pictures(saved / "p.parquet", CLASSES))[0]] == one


def test_what_cannot_be_opened_or_is_not_installed_is_named(tmp_path, monkeypatch):
    pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(
        "datasets.load_dataset", lambda *_, **__: (_ for _ in ()).throw(ConnectionError("offline"))
    )
    with pytest.raises(LayoutError, match=r"cannot open nobody/nothing \(ConnectionError: offline\)"):
        open_pictures("hf:nobody/nothing", CLASSES)
    with pytest.raises(LayoutError, match="cannot open nobody/else"):
        open_pictures("nobody/else", CLASSES, layout="hf")
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtra, match=r"laionet\[hf\]"):
        open_pictures("hf:nobody/third", CLASSES)
