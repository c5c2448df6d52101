"""The folder opens with the datasets library, offline."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from dataset import factory
from laionet.dataset import write_folder

NAMES = [
    "n02110185 Siberian husky",
    "n02012849 crane",
    "n03126707 crane",
    "n01440764 tench",
    "n02077923 sea lion",
]


@pytest.fixture
def load(tmp_path, monkeypatch):
    """``load_dataset`` with its cache in the test's own folder and no way to the hub."""
    pytest.importorskip("datasets")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_OFFLINE", True, raising=False)

    def load_dataset(*args, **options):
        return datasets.load_dataset(*args, split="train", cache_dir=str(tmp_path / "cache"), **options)

    return load_dataset


@pytest.mark.parametrize("by", ["folder", "files"])
def test_labels_are_class_labels_with_different_names(tmp_path, load, by):
    folder = tmp_path / "dataset"
    factory.write(folder, factory.rows(23), rows_per_file=10)
    if by == "folder":
        data = load(str(folder))
    else:
        data = load("parquet", data_files=str(folder / "data" / "*.parquet"))
    assert type(data.features["label"]).__name__ == "ClassLabel"
    assert data.features["label"].names == NAMES
    assert data["caption"][:] == [f"caption {i}" for i in range(23)]
    assert data[2]["label"] == 3
    assert data.features["label"].int2str(data[2]["label"]) == "n01440764 tench"
    types = {name: feature.dtype for name, feature in data.features.items() if hasattr(feature, "dtype")}
    assert types["similarity"] == "float32"
    assert types["laion_row"] == "int64"
    assert types["truncated"] == "bool"
    assert types["caption"] == "string"
    assert data[0]["lemmas"] == ["Siberian husky"]


def test_an_empty_dataset_has_its_classes_too(tmp_path, load):
    import datasets

    folder = tmp_path / "dataset"
    factory.write(folder, factory.rows(0))
    # load_dataset opens nothing that has no rows, whoever wrote it; the card says so.
    with pytest.raises(ValueError, match="no data"):
        load(str(folder))
    stored = pq.read_schema(folder / "data" / "train-00000-of-00001.parquet")
    assert datasets.Features.from_arrow_schema(stored)["label"].names == NAMES
    assert "does not open" in (folder / "README.md").read_text()


def test_hostile_class_names_open_too(tmp_path, load):
    folder = tmp_path / "dataset"
    classes = [factory.Klass(f"x{i}", "n", (text,), "d") for i, text in enumerate(factory.HOSTILE)]
    write_folder(folder, [factory.rows(2, classes=classes, label=[0, 1])], classes, factory.manifest())
    names = load(str(folder)).features["label"].names
    assert names[0] == "x0 <script>alert(1)</script>"
    assert len(set(names)) == len(factory.HOSTILE)


def test_a_list_without_classes_leaves_the_label_a_number(tmp_path):
    folder = tmp_path / "dataset"
    write_folder(folder, [], [], {})
    stored = pq.read_schema(folder / "data" / "train-00000-of-00001.parquet")
    assert json.loads(stored.metadata[b"huggingface"])["info"]["features"]["label"]["_type"] == "Value"
