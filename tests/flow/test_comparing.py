"""Comparing two described datasets: against the same numbers by hand."""

import numpy as np
import pyarrow as pa
import pytest

from laionet.errors import OutputError
from laionet.flow.comparing import Described, compare, open_described
from laionet.vocab import load_classes

CLASSES = load_classes("wordnet:n01443537,n02007558,n02129604")


def described(title, n, spread, seed, right=0.8, classes=CLASSES):
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
    return Described(title, classes, pa.table(columns))


def test_differences_are_a_less_b():
    a, b = described("a", 400, 0.8, 1, right=0.6), described("b", 300, 0.4, 2, right=0.9)
    found = compare(a, b)
    assert [d["title"] for d in found["datasets"]] == ["a", "b"]
    row = next(r for r in found["accuracy"] if r["model"] == "vit" and r["k"] == 1)
    by_hand = []
    for one in (a, b):
        hit = one.matrix("top/vit")[:, 0] == one.label
        by_hand.append(np.mean([hit[one.label == c].mean() for c in range(3)]))
    assert row["difference"]["value"] == pytest.approx(by_hand[0] - by_hand[1])
    assert row["difference"]["high"] < 0
    weighted = (a.matrix("top/vit")[:, 0] == a.label).mean()
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
    embeddings = a.table["embedding/clip"].to_pylist()
    embeddings[5] = None
    column = pa.array(embeddings, pa.list_(pa.float32(), 8))
    place = a.table.column_names.index("embedding/clip")
    holed = Described("a", CLASSES, a.table.set_column(place, "embedding/clip", column))
    assert np.isnan(holed.matrix("embedding/clip")[5]).all()
    found = compare(holed, a)
    assert found["similarity"][0]["judged"] == 3


def test_other_classes_are_refused(tmp_path):
    other = load_classes("wordnet:n01443537,n02007558,n02125311")
    with pytest.raises(OutputError, match="different classes"):
        compare(described("a", 30, 0.5, 5), described("b", 30, 0.5, 5, classes=other))
    with pytest.raises(OutputError, match="not a laionet run"):
        open_described(tmp_path)
