"""Writing the folder: which files, which bytes, what an interruption leaves."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import laionet
from dataset import factory
from laionet.dataset import open_dataset, write_folder
from laionet.errors import ClassListError, OutputError
from laionet.schema import DATASET
from laionet.shards import ROW_GROUP, read_json
from laionet.vocab import load_classes


def test_the_folder_holds_data_classes_card_croissant_and_manifest(tmp_path):
    part = factory.write(tmp_path)
    assert set(factory.contents(tmp_path)) == {
        "data/train-00000-of-00001.parquet",
        "README.md",
        "croissant.json",
        "classes.csv",
        "manifest.json",
    }
    assert part["rows"] == 10
    assert part["classes"] == 3
    assert read_json(tmp_path / "manifest.json") == {**factory.manifest(), "dataset": part}


def test_the_manifest_holds_the_sha256_of_every_data_file(tmp_path):
    part = factory.write(tmp_path, factory.rows(25), rows_per_file=10)
    for file in part["files"]:
        assert hashlib.sha256((tmp_path / file["name"]).read_bytes()).hexdigest() == file["sha256"]
        assert pq.read_metadata(tmp_path / file["name"]).num_rows == file["rows"]


@pytest.mark.parametrize(("n", "sizes"), [(25, [10, 10, 5]), (20, [10, 10]), (10, [10]), (9, [9]), (0, [0])])
def test_files_are_cut_after_exactly_so_many_rows(tmp_path, n, sizes):
    part = factory.write(tmp_path, factory.rows(n), rows_per_file=10)
    assert [file["rows"] for file in part["files"]] == sizes
    assert part["files"][-1]["name"] == f"data/train-{len(sizes) - 1:05d}-of-{len(sizes):05d}.parquet"


@settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(0, 9), max_size=6), rows_per_file=st.integers(1, 12))
def test_bytes_do_not_depend_on_how_the_rows_were_cut_into_parts(tmp_path_factory, sizes, rows_per_file):
    whole, cut = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("cut")
    table = factory.rows(sum(sizes))
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    parts = [table.slice(start, size) for start, size in zip(starts, sizes, strict=True)]
    write_folder(whole, [table], factory.CLASSES, factory.manifest(), rows_per_file)
    write_folder(cut, parts, factory.CLASSES, factory.manifest(), rows_per_file)
    assert factory.contents(whole) == factory.contents(cut)
    assert open_dataset(cut).table().equals(table)


def test_row_groups_do_not_depend_on_the_parts(tmp_path):
    table = factory.rows(ROW_GROUP + 10)
    factory.write(tmp_path / "one", table)
    factory.write(tmp_path / "two", table.slice(0, ROW_GROUP - 3), table.slice(ROW_GROUP - 3))
    assert factory.contents(tmp_path / "one") == factory.contents(tmp_path / "two")
    file = pq.ParquetFile(tmp_path / "two" / "data" / "train-00000-of-00001.parquet")
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [ROW_GROUP, 10]


def test_writing_over_an_interrupted_run_gives_the_bytes_of_a_fresh_one(tmp_path):
    fresh, used = tmp_path / "fresh", tmp_path / "used"
    factory.write(fresh, factory.rows(12))

    def broken():
        yield factory.rows(30)
        raise KeyboardInterrupt

    factory.write(used, factory.rows(50), rows_per_file=7)
    with pytest.raises(KeyboardInterrupt):
        write_folder(used, broken(), factory.CLASSES, factory.manifest(), rows_per_file=7)
    with pytest.raises(OutputError, match="no whole manifest"):
        open_dataset(used)
    (used / "data" / ".tmp-0123-train-00000.parquet").write_bytes(b"half a file")
    factory.write(used, factory.rows(12))
    assert factory.contents(used) == factory.contents(fresh)


def test_files_that_are_not_ours_stay(tmp_path):
    factory.write(tmp_path)
    (tmp_path / "data" / "notes.txt").write_text("mine")
    factory.write(tmp_path)
    assert (tmp_path / "data" / "notes.txt").read_text() == "mine"


def test_stored_columns_are_those_of_the_schema_and_cast_to_it(tmp_path):
    factory.write(tmp_path)
    stored = pq.read_table(tmp_path / "data" / "train-00000-of-00001.parquet")
    assert stored.column_names == DATASET.names
    assert stored.cast(DATASET).equals(factory.rows())
    assert stored.schema.field("similarity").metadata[b"meaning"].startswith(b"cosine")


def test_further_columns_follow_ours(tmp_path):
    extra = pa.schema([pa.field("top_1_is_correct_vit", pa.bool_())])
    table = factory.rows(3).append_column(extra.field(0), pa.array([True, None, False]))
    factory.write(tmp_path, table, extra=extra)
    dataset = open_dataset(tmp_path)
    assert dataset.columns == (*DATASET.names, "top_1_is_correct_vit")
    assert dataset.table().equals(table)


def test_a_further_column_with_the_name_of_ours_is_refused(tmp_path):
    with pytest.raises(OutputError, match="caption"):
        factory.write(tmp_path, extra=pa.schema([pa.field("caption", pa.string())]))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"wnid": ["n01440764", "n02110185"]}, "other classes than their wnids"),
        ({"label": [0, 5]}, "beyond the 5 classes"),
        ({"label": [-1, 0]}, "beyond the 5 classes"),
    ],
)
def test_a_label_that_is_not_that_of_its_wnid_is_refused(tmp_path, columns, message):
    more = (*factory.CLASSES, factory.CLASSES[0])
    with pytest.raises(OutputError, match=message):
        factory.write(tmp_path, factory.rows(2, classes=more, **columns))
    assert not (tmp_path / "manifest.json").exists()


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(OutputError, match="similarity, truncated"):
        factory.write(tmp_path, factory.rows().drop_columns(["similarity", "truncated"]))


def test_files_without_rows_are_refused_before_anything_is_touched(tmp_path):
    factory.write(tmp_path)
    before = factory.contents(tmp_path)
    with pytest.raises(OutputError, match="rows_per_file"):
        factory.write(tmp_path, rows_per_file=0)
    assert factory.contents(tmp_path) == before


def test_two_classes_with_one_id_are_refused(tmp_path):
    with pytest.raises(ClassListError, match="n02110185"):
        write_folder(tmp_path, [], [factory.CLASSES[0], factory.CLASSES[0]], {})


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError, match="taken"):
        factory.write(tmp_path / "taken")


def test_classes_csv_reads_as_a_class_list_and_has_the_counts(tmp_path):
    factory.write(tmp_path)
    classes = list(load_classes(tmp_path / "classes.csv"))
    assert [c.wnid for c in classes] == [c.wnid for c in factory.CLASSES]
    assert classes[2].lemmas == ("crane", "hoist, big")
    assert open_dataset(tmp_path).counts() == {
        "n02110185": 4,
        "n02012849": 3,
        "n03126707": 0,
        "n01440764": 3,
        "n02077923": 0,
    }


def test_a_single_lemma_with_a_comma_stays_whole(tmp_path):
    paris = factory.Klass("x1", "paris", ("Paris, Texas",), "a city")
    write_folder(tmp_path, [], [paris], {})
    assert next(iter(load_classes(tmp_path / "classes.csv"))).lemmas == ("Paris, Texas",)
    assert open_dataset(tmp_path).class_rows[0].lemmas == ("Paris, Texas",)


def test_importing_the_package_loads_no_heavy_library():
    heavy = "{'torch', 'datasets', 'mlcroissant', 'pandas', 'transformers'}"
    source = f"import sys, laionet.dataset; print({heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", source],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(laionet.__file__).parents[1])},
    )
    assert done.stdout.strip() == "set()"
