"""Comparing two described datasets: against the same numbers by hand."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.special import expit, logit

from laionet.errors import OutputError
from laionet.flow.comparing import Described, Settings, compare, open_described
from laionet.flow.comparing.robust import Baseline
from laionet.shards import plain
from laionet.vocab import load_classes

CLASSES = load_classes("wordnet:n01443537,n02007558,n02129604")


def table_of(n, spread, seed, right=0.8):
    rng = np.random.default_rng(seed)
    label = np.sort(rng.integers(0, 3, n))
    x = np.eye(3, 8)[label] + spread * rng.standard_normal((n, 8))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    first = np.where(rng.random(n) < right, label, (label + 1) % 3)
    top = np.stack([first, (first + 1) % 3], axis=1).astype(np.int32)
    columns = {
        "sample": [str(i) for i in range(n)],
        "wnid": [CLASSES.wnids[i] for i in label],
        "label": pa.array(label, pa.int32()),
        "embedding/clip": pa.FixedSizeListArray.from_arrays(pa.array(x.astype(np.float32).ravel()), 8),
        "top/vit": pa.FixedSizeListArray.from_arrays(pa.array(top.ravel()), 2),
        "zero_shot/clip": pa.FixedSizeListArray.from_arrays(pa.array(top.ravel()), 2),
    }
    return pa.table(columns)


def described(title, n, spread, seed, right=0.8, classes=CLASSES):
    return Described(title, classes, table_of(n, spread, seed, right))


def test_differences_are_a_less_b():
    a, b = described("a", 400, 0.8, 1, right=0.6), described("b", 300, 0.4, 2, right=0.9)
    found = compare(a, b)
    assert [d["title"] for d in found["datasets"]] == ["a", "b"]
    row = next(r for r in found["accuracy"] if r["model"] == "vit" and r["k"] == 1)
    by_hand = []
    for one in (a, b):
        hit = one.integers("top/vit")[:, 0] == one.label
        by_hand.append(np.mean([hit[one.label == c].mean() for c in range(3)]))
    assert row["difference"]["value"] == pytest.approx(by_hand[0] - by_hand[1])
    assert row["difference"]["high"] < 0
    weighted = (a.integers("top/vit")[:, 0] == a.label).mean()
    assert row["a_weighted"]["value"] == pytest.approx(weighted)
    (part,) = found["similarity"]
    assert part["pooled"]["high"] < 0
    assert part["lower"] == 3
    assert [r["difference"] for r in part["classes"]] == sorted(r["difference"] for r in part["classes"])


def test_a_dataset_is_like_itself():
    a = described("a", 300, 0.5, 3)
    found = compare(a, a)
    assert all(row["difference"]["value"] == 0 for row in found["accuracy"])
    assert found["similarity"][0]["pooled"]["value"] == 0
    assert found["similarity"][0]["lower"] == found["similarity"][0]["higher"] == 0


def test_rows_without_an_embedding_or_prediction_are_no_numbers():
    a = described("a", 60, 0.5, 4)
    table = table_of(60, 0.5, 4)
    embeddings = table["embedding/clip"].to_pylist()
    embeddings[5] = None
    column = pa.array(embeddings, pa.list_(pa.float32(), 8))
    place = table.column_names.index("embedding/clip")
    holed = Described("a", CLASSES, table.set_column(place, "embedding/clip", column))
    assert np.isnan(holed.embeddings("clip")[5]).all()
    found = compare(holed, a)
    assert found["similarity"][0]["judged"] == 3


def test_rows_come_in_class_order_whatever_order_they_are_in(tmp_path):
    table = table_of(200, 0.5, 6)
    mixed = table.take(np.random.default_rng(0).permutation(200))
    pq.write_table(mixed.slice(0, 90), tmp_path / "0.parquet", row_group_size=40)
    pq.write_table(mixed.slice(90), tmp_path / "1.parquet")
    found = Described("a", CLASSES, [tmp_path / "0.parquet", tmp_path / "1.parquet"])
    assert (np.diff(found.label) >= 0).all()
    place = {sample: i for i, sample in enumerate(table["sample"].to_pylist())}
    rows = [place[sample] for sample in found.samples]
    whole = Described("b", CLASSES, table)
    np.testing.assert_array_equal(found.embeddings("clip"), whole.embeddings("clip")[rows])
    np.testing.assert_array_equal(found.integers("top/vit"), whole.integers("top/vit")[rows])


def test_large_embeddings_are_mapped_from_a_file_and_equal(monkeypatch):
    a = described("a", 300, 0.5, 7)
    small = a.embeddings("clip")
    monkeypatch.setattr("laionet.flow.comparing.described.IN_MEMORY", 100)
    large = a.embeddings("clip")
    assert isinstance(large, np.memmap)
    np.testing.assert_array_equal(small, large)


def test_datasets_of_other_lists_are_compared_over_the_classes_they_share():
    other = load_classes("wordnet:n02129604,n01443537,n02125311")  # labels 0 and 1 are of the first two turned
    found = compare(described("a", 300, 0.5, 5), described("b", 300, 0.5, 5, classes=other))
    assert found["classes"]["names"] == ["goldfish", "tiger"]
    assert found["classes"]["only_a"] == ["flamingo"]
    assert found["classes"]["only_b"] == ["cougar"]
    assert not found["classes"]["same_list"]
    assert {row["name"] for row in found["similarity"][0]["classes"]} == {"goldfish", "tiger"}
    none = load_classes("wordnet:n02084071")
    with pytest.raises(OutputError, match="no class in common"):
        compare(described("a", 30, 0.5, 5), Described("b", none, table_of(30, 0.5, 5).slice(0, 1)))


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(OutputError, match="not a laionet run"):
        open_described(tmp_path)


def test_models_are_held_against_the_line_of_a_testbed(tmp_path):
    rows = "model,val,shifted\n" + "".join(f"net{i},{50 + 5 * i},{30 + 6 * i + (i % 2)}\n" for i in range(8))
    (tmp_path / "bed.csv").write_text(rows + "other,99,1\n")
    a, b = described("a", 400, 0.8, 1, right=0.6), described("b", 300, 0.4, 2, right=0.8)
    line = Baseline(tmp_path / "bed.csv", "val", "shifted", ("net*",))
    found = compare(a, b, Settings(baseline=line))["robustness"]
    assert found["baseline_models"] == 8
    row = next(row for row in found["models"] if row["use"] == "classifier")
    mine = next(row for row in compare(a, b)["accuracy"] if row["model"] == "vit" and row["k"] == 1)
    assert row["value"] == pytest.approx(mine["a"]["value"] - row["expected"])
    assert row["low"] < row["value"] < row["high"]
    by_hand = expit(np.polyval(np.polyfit(*_logits(), 1), logit(mine["b"]["value"])))
    assert row["expected"] == pytest.approx(by_hand, abs=1e-9)
    assert compare(a, b)["robustness"] is None


def _logits():
    i = np.arange(8)
    return logit((50 + 5 * i) / 100), logit((30 + 6 * i + i % 2) / 100)


def test_every_number_of_the_document_is_plain():
    found = plain(compare(described("a", 200, 0.8, 8), described("b", 200, 0.4, 9)))
    json.dumps(found, allow_nan=False)
    part = found["similarity"][0]
    assert sum(part["distribution"]["density_a"]) == pytest.approx(1)
    assert part["distribution"]["common_language"]["high"] < 0.5
    vendi = next(row for row in part["diversity"] if row["measure"] == "vendi")
    assert vendi["difference"]["low"] > 0
    needed = [row["one_class"] for row in part["power"]]
    assert needed == sorted(needed, reverse=True)
    assert {trend["x"] for trend in found["trends"]} == {"log10 frequency in A", "similarity in A less in B"}
    assert found["groups"][0]["difference"]["high"] - found["groups"][0]["difference"]["low"] > 0
    assert len(found["gaps"]) == 2
