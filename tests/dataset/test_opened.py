"""Opening a folder, and what happens where it is none."""

from __future__ import annotations

import pytest

from dataset import factory
from laionet.dataset import open_dataset, write_folder
from laionet.errors import OutputError
from laionet.schema import DATASET
from laionet.shards import write_json


def test_rows_come_back_as_they_were_over_several_files(tmp_path):
    table = factory.rows(23)
    factory.write(tmp_path, table, rows_per_file=5)
    dataset = open_dataset(tmp_path)
    assert len(dataset) == 23
    assert len(dataset.files) == 5
    assert dataset.table().equals(table)
    assert dataset.table().schema.equals(DATASET, check_metadata=True)
    assert dataset.table(["label", "url"]).equals(table.select(["label", "url"]))


def test_classes_and_manifest(tmp_path):
    factory.write(tmp_path)
    dataset = open_dataset(str(tmp_path))
    assert dataset.classes.slice(0, 1).to_pylist() == [
        {
            "label": 0,
            "wnid": "n02110185",
            "name": "siberian_husky.n.01",
            "lemmas": ["Siberian husky"],
            "definition": "breed of sled dog",
            "samples": 4,
        }
    ]
    assert dataset.manifest["recipe"]["select"]["threshold"] == 0.5
    assert repr(dataset) == "<Dataset 'huskies & cranes': 10 rows, 3 of 5 classes>"


def test_an_unknown_column_is_named_with_the_known_ones(tmp_path):
    factory.write(tmp_path)
    with pytest.raises(OutputError, match="no column captoin; it has: file, row, laion_row, caption"):
        open_dataset(tmp_path).table(["captoin"])


def test_the_notebook_view_escapes_what_comes_from_data(tmp_path):
    classes = [factory.Klass("<b>x</b>", "n", ("<script>alert(1)</script>",), "d")]
    write_folder(tmp_path, [], classes, {"name": "<img src=x>"})
    view = open_dataset(tmp_path)._repr_html_()
    assert "&lt;script&gt;" in view
    assert not any(tag in view for tag in ("<script", "<img", "<b>"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("manifest.json", None, "Run laionet build again"),
        ("manifest.json", '{"dataset"', "Run laionet build again"),
        ("manifest.json", '{"dataset": {}}', "Run laionet build again"),
        ("classes.csv", None, "no whole manifest.json and classes.csv"),
        ("classes.csv", "a,b\n1,2\n", "cannot be read as a list of classes"),
        ("data/train-00000-of-00001.parquet", None, "lacks 1 of its 1 data files"),
    ],
)
def test_a_folder_with_a_spoilt_file_is_refused_with_what_to_do(tmp_path, name, content, message):
    factory.write(tmp_path)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(content)
    with pytest.raises(OutputError, match=message):
        open_dataset(tmp_path)


def test_a_folder_that_never_was_a_dataset_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(OutputError, match="no such folder"):
        open_dataset(tmp_path / "gone")
    with pytest.raises(OutputError, match=r"has no manifest\.json of one"):
        open_dataset(tmp_path)


def test_the_folder_of_a_run_points_to_its_dataset(tmp_path):
    factory.write(tmp_path / "dataset")
    write_json(tmp_path / "manifest.json", factory.manifest())
    with pytest.raises(OutputError, match="is one; open that"):
        open_dataset(tmp_path)


def test_a_corrupt_data_file_is_named(tmp_path):
    factory.write(tmp_path)
    (tmp_path / "data" / "train-00000-of-00001.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(OutputError, match=r"train-00000-of-00001\.parquet"):
        open_dataset(tmp_path).table()
