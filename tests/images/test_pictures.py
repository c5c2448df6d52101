import json
import pickle

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from images import test_img2dataset, test_kept
from images.builders import CLASSES, jpeg, read, write, write_tar
from laionet.errors import CorpusError, LayoutError
from laionet.images import rows as reading
from laionet.images.pictures import LAYOUTS, open_pictures
from laionet.schema import PICTURES
from laionet.stage import Job, Needs, Outcome, run_shard
from laionet.vocab import load_classes

KNOWN = ["n01440764", "n01443537", "nothing", "n01484850", "nothing", "n01440764", "n01443537"]


def imagefolder(root):
    for i, wnid in enumerate(KNOWN):
        write(root / wnid / f"{i}.jpg", jpeg(i))
    return root


def imagenetv2(root):
    for i in range(7):
        write(root / str(i) / f"{i}.jpg", jpeg(i))
    return root


def imagenet_val(root):
    for i, _ in enumerate(KNOWN, 1):
        write(root / f"ILSVRC2012_val_{i:08}.JPEG", jpeg(i))
    lines = [f"ILSVRC2012_val_{i:08},{wnid} 1 1 2 2" for i, wnid in enumerate(KNOWN, 1)]
    write(root / "LOC_val_solution.csv", "\n".join(["ImageId,PredictionString", *lines]))
    return root


def webdataset(root):
    members = [m for i, wnid in enumerate(KNOWN) for m in ((f"{i}.jpg", jpeg(i)), (f"{i}.cls", wnid))]
    write_tar(root / "a.tar", members)
    return root


def parquet(root):
    root.mkdir(parents=True, exist_ok=True)
    columns = {"image": [jpeg(i) for i, _ in enumerate(KNOWN)], "label": KNOWN}
    pq.write_table(pa.table(columns), root / "a.parquet")
    return root


def hf(root):
    datasets = pytest.importorskip("datasets")
    rows = {"image": [{"bytes": jpeg(i), "path": None} for i, _ in enumerate(KNOWN)], "label": KNOWN}
    features = datasets.Features({"image": datasets.Image(), "label": datasets.Value("string")})
    datasets.Dataset.from_dict(rows, features=features).save_to_disk(root)
    return root


def img2dataset(root):
    return test_img2dataset.put(root, "webdataset")


def laionet(root):
    test_kept.fetched(root, "00000", ["ok", "dns", "ok", "ok", "ok"])
    test_kept.stored(root, "00000", [0, 3, 4])
    return root


MAKERS = {
    f.__name__.replace("_", "-"): f for f in (imagefolder, imagenetv2, imagenet_val, webdataset, parquet, hf)
}
MAKERS |= {"img2dataset": img2dataset, "laionet": laionet}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("layouts")
    return {layout: maker(root / layout) for layout, maker in MAKERS.items()}


def test_every_layout_is_tried_here():
    assert set(MAKERS) == set(LAYOUTS)


@pytest.mark.parametrize("layout", LAYOUTS)
@given(batch_rows=st.integers(1, 12), batch_bytes=st.integers(1, 3000))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_do_not_depend_on_batches(made, layout, batch_rows, batch_bytes):
    pictures = open_pictures(made[layout], CLASSES, layout=layout)
    whole = read(pictures, 1000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_BATCH_BYTES", batch_bytes)
        assert read(pictures, batch_rows) == whole
    assert len(whole[0]) + len(whole[1]) > 3


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_is_recognised_and_each_row_counted_once(made, layout):
    pictures = open_pictures(made[layout], CLASSES, layout="auto" if layout != "imagenetv2" else layout)
    rows, dropped = read(pictures)
    assert pictures.layout == layout
    assert pictures.rows in (None, len(rows) + len(dropped))
    positions = sorted(at for _, _, at in dropped)
    assert all(0 <= at < len(rows) + len(dropped) for at in positions)
    assert len(set(positions)) == len(positions)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_shards_go_to_workers_and_stay_the_same(made, layout):
    (shard,) = open_pictures(made[layout], CLASSES, layout=layout).shards()
    sent = pickle.dumps(shard)
    there = pickle.loads(sent)
    assert len(sent) < 300_000
    assert there.identity() == shard.identity()
    assert there.batches(100) is not None
    assert [b.table for b in there.batches(100)] == [b.table for b in shard.batches(100)]


@pytest.mark.parametrize("layout", sorted(set(LAYOUTS) - {"imagenetv2"}))
def test_the_identity_holds_what_decides_the_rows(made, layout):
    few = load_classes(["n01440764", "n01443537"])
    (shard,) = open_pictures(made[layout], CLASSES, layout=layout).shards()
    (other,) = open_pictures(made[layout], few, layout=layout).shards()
    assert shard.identity() != other.identity()


def test_numbers_that_count_other_classes_change_the_identity(made):
    marks = set()
    for labels in (None, "imagenet1k"):
        for layout in ("webdataset", "parquet", "hf", "img2dataset"):
            (shard,) = open_pictures(made[layout], CLASSES, layout=layout, labels=labels).shards()
            marks.add(shard.identity())
    assert len(marks) == 8


def test_a_folder_of_several_layouts_is_asked_about(tmp_path):
    imagefolder(tmp_path)
    webdataset(tmp_path)
    with pytest.raises(
        LayoutError, match=r"any of imagefolder, webdataset\. Say which with layout: 'imagefolder'"
    ):
        open_pictures(tmp_path, CLASSES)
    assert len(read(open_pictures(tmp_path, CLASSES, layout="webdataset"))[0]) == 5


def test_a_folder_of_no_layout_is_told_all(tmp_path):
    write(tmp_path / "a.txt", "")
    with pytest.raises(LayoutError, match="is of no known layout") as error:
        open_pictures(tmp_path, CLASSES)
    assert all(layout in str(error.value) for layout in LAYOUTS)


def test_a_thousand_numbered_folders_are_imagenetv2_but_ten_are_not(tmp_path):
    for number in range(1000):
        write(tmp_path / "all" / f"{number:03}" / "a.jpg", b"")
        if number < 10:
            write(tmp_path / "ten" / str(number) / "a.jpg", b"")
    assert open_pictures(tmp_path / "all", CLASSES).layout == "imagenetv2"
    assert open_pictures(tmp_path / "ten", CLASSES).layout == "imagefolder"


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("imagefoldr", "There is no .*Beside it there is: imagefolder"),
        ("no/*.tar", "No file fits"),
        ("s3://bucket/a.tar", "from the local disk"),
    ],
)
def test_what_is_not_there_is_named(made, where, why):
    where = where if "://" in where else f"{made['imagefolder'].parent}/{where}"
    with pytest.raises(CorpusError, match=why):
        open_pictures(where, CLASSES)


def test_a_name_on_the_hub_is_recognised_as_such():
    with pytest.raises(CorpusError, match="hf:timm/imagenet-1k"):
        open_pictures("timm/imagenet-1k", CLASSES)


def test_files_are_no_folder(made):
    with pytest.raises(LayoutError, match="Name the folder"):
        open_pictures(made["webdataset"] / "a.tar", CLASSES, layout="imagefolder")
    with pytest.raises(LayoutError, match="layout img2dataset is a folder"):
        open_pictures(made["img2dataset"] / "00000.tar", CLASSES)
    with pytest.raises(LayoutError, match=r"no file that ends in \.tar"):
        open_pictures(made["parquet"], CLASSES, layout="webdataset")


class Pass:
    """A stage that lets every image through."""

    name, version, needs, reads, writes = "pass", 1, Needs(), PICTURES, PICTURES

    def identity(self):
        return {}

    def open(self):
        return lambda table: Outcome(table, {}, len(table))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_shard_is_a_source_of_a_stage_and_every_row_is_counted(made, layout, tmp_path):
    pictures = open_pictures(made[layout], CLASSES, layout=layout)
    (shard,) = pictures.shards()
    report = run_shard(Job(Pass(), shard, tmp_path, shard.name, shard.identity()))
    rows, dropped = read(pictures)
    assert (report.status, report.rows_in, report.kept) == ("done", len(rows) + len(dropped), len(rows))
    assert sum(report.dropped.values()) == len(dropped)
    assert pq.read_table(tmp_path / "00000.parquet").to_pylist() == rows


def test_settings_that_mean_nothing_are_refused(made):
    with pytest.raises(LayoutError, match="no layout 'imagenet'"):
        open_pictures(made["imagefolder"], CLASSES, layout="imagenet")
    with pytest.raises(LayoutError, match="rows_per_shard"):
        open_pictures(made["imagefolder"], CLASSES, rows_per_shard=0)
    for layout in ("imagenetv2", "laionet"):
        with pytest.raises(LayoutError, match="leave labels"):
            open_pictures(made[layout], CLASSES, layout=layout, labels="imagenet1k")


def test_images_of_an_imagefolder_are_cut_into_shards_by_number(made):
    pictures = open_pictures(made["imagefolder"], CLASSES, rows_per_shard=3)
    assert [shard.name for shard in pictures.shards()] == ["00000", "00001", "00002"]
    assert len({shard.identity() for shard in pictures.shards()}) == 3


def test_json_of_another_kind_beside_tars_does_not_mislead(tmp_path):
    webdataset(tmp_path)
    write(tmp_path / "info.json", json.dumps({"a": 1}))
    assert open_pictures(tmp_path, CLASSES).layout == "webdataset"
