"""croissant.json: valid, true to the files, and readable."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from dataset import factory
from laionet.schema import DATASET


@pytest.fixture
def croissant(monkeypatch, tmp_path):
    monkeypatch.setenv("CROISSANT_CACHE", str(tmp_path / "croissant-cache"))
    return pytest.importorskip("mlcroissant")


@pytest.mark.parametrize("name", ["plain", factory.HOSTILE[1], factory.HOSTILE[2]])
def test_it_has_no_errors(tmp_path, croissant, name):
    factory.write(tmp_path / "d", factory.rows(25), rows_per_file=10, name=name)
    dataset = croissant.Dataset(jsonld=str(tmp_path / "d" / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    # Recommended but left out, because the same rows must give the same bytes.
    others = [w for w in dataset.metadata.ctx.issues.warnings if "datePublished" not in w]
    assert others == []


def test_records_read_back_through_it(tmp_path, croissant):
    factory.write(tmp_path / "d", factory.rows(25), rows_per_file=10)
    dataset = croissant.Dataset(jsonld=str(tmp_path / "d" / "croissant.json"))
    records = list(dataset.records("samples"))
    assert len(records) == 25
    assert [r["samples/caption"] for r in records] == [f"caption {i}".encode() for i in range(25)]
    assert records[1]["samples/label"] == 1
    assert records[1]["samples/url"] == b"http://example.org/1.jpg"
    assert records[1]["samples/similarity"] == pytest.approx(0.51)
    assert records[1]["samples/lemmas"] == [b"crane"]
    assert records[1]["samples/punsafe"] is None
    assert records[1]["samples/truncated"] is False
    classes = list(dataset.records("classes"))
    assert [c["classes/wnid"].decode() for c in classes] == [c.wnid for c in factory.CLASSES]


def test_fields_are_the_columns_with_their_meanings_and_types(tmp_path):
    extra = pa.schema([pa.field("top_1_is_correct_vit", pa.bool_())])
    table = factory.rows(1).append_column(extra.field(0), pa.array([True]))
    factory.write(tmp_path, table, extra=extra)
    fields = _described(tmp_path)["recordSet"][0]["field"]
    assert [f["name"] for f in fields] == [*DATASET.names, "top_1_is_correct_vit"]
    for field in fields[:-1]:
        assert field["description"] == DATASET.field(field["name"]).metadata[b"meaning"].decode()
    types = {f["name"]: f["dataType"] for f in fields}
    assert types["url"] == "sc:URL"
    assert types["caption"] == types["lemmas"] == "sc:Text"
    assert types["row"] == types["label"] == types["width"] == "sc:Integer"
    assert types["similarity"] == types["punsafe"] == "sc:Float"
    assert types["truncated"] == types["top_1_is_correct_vit"] == "sc:Boolean"
    assert [f["name"] for f in fields if f.get("repeated")] == ["lemmas", "found_by"]


def test_files_and_their_hashes_are_those_of_the_manifest(tmp_path):
    part = factory.write(tmp_path, factory.rows(25), rows_per_file=10)
    described = _described(tmp_path)
    assert described["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    files = [entry for entry in described["distribution"] if entry["@type"] == "cr:FileObject"]
    hashes = {entry["contentUrl"]: entry["sha256"] for entry in files}
    csv = hashes.pop("classes.csv")
    assert hashes == {file["name"]: file["sha256"] for file in part["files"]}
    assert csv == _sha256(tmp_path / "classes.csv")


def test_the_version_changes_with_the_rows_alone(tmp_path):
    factory.write(tmp_path / "a")
    factory.write(tmp_path / "b", name="other")
    factory.write(tmp_path / "c", factory.rows(11))
    a, b, c = (_described(tmp_path / name)["version"] for name in "abc")
    assert a == b != c


def _described(folder):
    return json.loads((folder / "croissant.json").read_text())


def _sha256(path):
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()
