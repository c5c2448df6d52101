"""What a search finds: against looking at all by numpy."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.tables import brute_force, clustered, unit, write_table
from laionet.errors import OutputError
from laionet.index import IndexSettings, build_index, open_index
from laionet.index.exact import Found, merged, nothing

N, K = 3_000, 5
CLASSES = [f"n{i % 7:08d}" for i in range(N)]


@pytest.fixture(scope="module")
def vectors():
    return clustered(N)


@pytest.fixture(scope="module")
def table(vectors, tmp_path_factory):
    return write_table(tmp_path_factory.mktemp("table") / "t.parquet", vectors, CLASSES)


@pytest.fixture(scope="module")
def queries():
    return clustered(N + 80, seed=0)[:80] + 0.2 * np.random.default_rng(5).standard_normal((80, 32))


def built(table, folder, **settings):
    return build_index([table], folder, IndexSettings(rows_per_part=700, sample=200, **settings))


@pytest.fixture(scope="module")
def flat(table, tmp_path_factory):
    return built(table, tmp_path_factory.mktemp("flat") / "index", precision="float32")


@pytest.fixture(scope="module")
def ivf(table, tmp_path_factory):
    return built(table, tmp_path_factory.mktemp("ivf") / "index", kind="ivf", precision="float32")


@pytest.fixture(scope="module")
def without_vectors(table, tmp_path_factory):
    return built(table, tmp_path_factory.mktemp("bytes") / "index", kind="ivf", keep_vectors=False)


def test_a_small_index_looks_at_all(flat, vectors, queries):
    found = flat.search(queries, K)
    assert flat.manifest["kind"] == "flat"
    assert found.how == "all vectors"
    np.testing.assert_allclose(found.similarity, brute_force(queries, vectors, K), atol=1e-6)
    cosine = (unit(queries) @ vectors.T.astype(float))[np.arange(80)[:, None], found.number]
    np.testing.assert_allclose(found.similarity, cosine, atol=1e-6)


def test_rows_are_those_that_were_found(flat):
    number = np.array([2_999, 0, 1_500, 0])
    rows = flat.rows(number)
    assert rows["caption"].to_pylist() == [f"caption {i}" for i in number]
    assert rows["row"].to_pylist() == number.tolist()
    assert rows["wnid"].to_pylist() == [CLASSES[i] for i in number]
    assert flat.rows(number, ["wnid"]).column_names == ["wnid"]
    assert len(flat.rows(np.zeros(0, np.int64))) == 0


def test_an_answer_does_not_depend_on_the_queries_around_it(flat, ivf, queries):
    for index in (flat, ivf):
        together = index.search(queries, K)
        for start in (0, 31):
            alone = index.search(queries[start : start + 3], K)
            np.testing.assert_array_equal(alone.number, together.number[start : start + 3])
            np.testing.assert_array_equal(alone.similarity, together.similarity[start : start + 3])


def test_looking_at_all_lists_finds_all_neighbours(ivf, vectors, queries):
    found = ivf.search(queries, K, nprobe=ivf.manifest["lists"])
    best = brute_force(queries, vectors, K)
    assert (found.similarity <= best + 1e-6).all()
    assert np.mean(found.similarity[:, 0] >= best[:, 0] - 1e-6) > 0.95  # the scan's codes may lead astray
    every = ivf.search(queries, K, nprobe=ivf.manifest["lists"], candidates=N)
    np.testing.assert_allclose(every.similarity, best, atol=1e-6)
    assert "true similarities" in found.how


def test_similarities_of_an_approximate_index_are_those_of_stored_vectors(ivf, vectors, queries):
    found = ivf.search(queries, K)
    cosine = (unit(queries) @ vectors.T.astype(float))[np.arange(80)[:, None], found.number]
    np.testing.assert_allclose(found.similarity, cosine, atol=1e-6)
    assert (np.diff(found.similarity, axis=1) <= 0).all()


def test_the_recall_reported_is_that_of_looking_at_all(ivf, vectors):
    report = ivf.manifest["recall"]
    assert report["at_1"]["low"] <= report["at_1"]["value"] <= report["at_1"]["high"]
    assert report["ladder"][-1]["nprobe"] == ivf.manifest["nprobe"]
    other = vectors[::10]
    best = brute_force(other, vectors, 2)[:, 1]
    found = ivf.search(other, 2)
    hits = np.mean(found.similarity[:, 1] >= best - 1e-5)
    assert abs(hits - report["at_1"]["value"]) < 0.05
    assert report["at_1"]["value"] >= 0.97


def test_more_recall_takes_more_lists(table, ivf, tmp_path):
    easy = built(table, tmp_path / "easy", kind="ivf", recall=0.5)
    assert easy.manifest["nprobe"] < ivf.manifest["nprobe"]
    assert easy.manifest["recall"]["at_1"]["value"] >= 0.5


def test_lists_can_be_chosen_by_the_queries_that_will_be_asked(table, queries, tmp_path):
    index = build_index([table], tmp_path / "index", IndexSettings(kind="ivf", rows_per_part=700), queries=queries)
    assert index.manifest["recall"]["of"] == "queries given"
    assert index.manifest["recall"]["queries"] == 40


def test_without_vectors_similarities_are_close(without_vectors, vectors, queries):
    assert not list((without_vectors.folder / "parts").glob("*.vectors"))
    found = without_vectors.search(queries, K, nprobe=without_vectors.manifest["lists"])
    np.testing.assert_allclose(found.similarity, brute_force(queries, vectors, K), atol=0.04)


def within(queries, vectors, classes, k):
    cosine = unit(queries) @ vectors.T.astype(float)
    own = np.array(CLASSES)[None] == np.array(classes)[:, None]
    return -np.sort(-np.where(own, cosine, -np.inf), axis=1)[:, :k]


def test_neighbours_of_ones_own_class_are_all_looked_at(flat, ivf, vectors, queries):
    classes = [f"n{i % 7:08d}" for i in range(80)]
    for index in (flat, ivf):
        found = index.search_within_class(queries, classes, 3)
        assert found.how == "all vectors of the query's class"
        np.testing.assert_allclose(found.similarity, within(queries, vectors, classes, 3), atol=1e-6)
        assert all(CLASSES[number] == own for number, own in zip(found.number[:, 0], classes, strict=True))


def test_without_vectors_those_of_ones_class_are_sought_among_the_nearest(without_vectors, vectors, queries):
    classes = [f"n{i % 7:08d}" for i in range(80)]
    found = without_vectors.search_within_class(queries, classes, 1)
    assert "among the 512 nearest" in found.how
    some = found.number[:, 0] >= 0
    assert some.mean() > 0.9
    np.testing.assert_allclose(found.similarity[some], within(queries, vectors, classes, 1)[some], atol=0.03)


def test_a_class_without_rows_has_no_neighbour(flat, queries):
    found = flat.search_within_class(queries[:2], ["n00000003", "n99999999"], 2)
    assert found.number[0, 0] >= 0
    assert found.number[1].tolist() == [-1, -1]
    assert np.isneginf(found.similarity[1]).all()


def test_more_neighbours_than_rows(vectors, tmp_path):
    index = build_index([write_table(tmp_path / "t.parquet", vectors[:3])], tmp_path / "index")
    found = index.search(vectors[:2], 5)
    assert (found.number[:, :3] >= 0).all()
    assert (found.number[:, 3:] == -1).all()
    assert found.number[:, 0].tolist() == [0, 1]
    one = build_index(
        [write_table(tmp_path / "o.parquet", vectors[:1])], tmp_path / "one", IndexSettings(kind="ivf")
    )
    assert one.manifest["kind"] == "flat"
    assert one.search(vectors[:1], 1).number.tolist() == [[0]]


def test_identical_captions_are_found_in_their_order(vectors, tmp_path):
    same = np.repeat(vectors[:1], 40, axis=0)
    index = build_index(
        [write_table(tmp_path / "t.parquet", same)], tmp_path / "index", IndexSettings(rows_per_part=7)
    )
    found = index.search(vectors[:1], 3)
    assert len(set(found.number[0].tolist())) == 3
    np.testing.assert_allclose(found.similarity, 1, atol=1e-6)


def test_bad_queries_are_refused_with_the_reason(flat, queries):
    with pytest.raises(OutputError, match="vectors of length 32"):
        flat.search(queries[:, :5])
    with pytest.raises(OutputError, match="without a direction"):
        flat.search(np.zeros((1, 32)))
    with pytest.raises(ValueError, match="at least 1"):
        flat.search(queries, 0)


def test_an_index_without_classes_says_so(vectors, tmp_path):
    index = build_index([write_table(tmp_path / "t.parquet", vectors[:50])], tmp_path / "index")
    with pytest.raises(OutputError, match="have no classes"):
        index.search_within_class(vectors[:1], ["n00000001"])


def test_files_that_are_not_the_ones_written_are_refused(table, tmp_path):
    index = built(table, tmp_path / "index", kind="ivf")
    lists = next((index.folder / "lists").glob("*.lists"))
    good = lists.read_bytes()
    lists.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    with pytest.raises(OutputError, match="not the file that was written"):
        open_index(index.folder).search(clustered(2))
    lists.write_bytes(good)
    trained = index.folder / "lists" / "trained.faiss"
    trained.write_bytes(b"IxPo" + trained.read_bytes()[4:])
    with pytest.raises(OutputError, match="not the file that was written"):
        open_index(index.folder)


def test_a_manifest_cannot_lead_out_of_the_folder(flat, tmp_path):
    manifest = json.loads((flat.folder / "index.json").read_text())
    manifest["parts"][0]["name"] = "../../etc/passwd"
    (tmp_path / "index.json").write_text(json.dumps(manifest))
    with pytest.raises(OutputError, match="outside of the index"):
        open_index(tmp_path)
    with pytest.raises(OutputError, match="is not an index"):
        open_index(tmp_path / "nothing")


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**31), st.integers(1, 6), st.integers(2, 5))
def test_merging_parts_in_any_way_is_sorting_once(seed, k, n_parts):
    rng = np.random.default_rng(seed)
    similarity = rng.integers(0, 4, (3, n_parts * 4)).astype(np.float32)  # many are equal
    part = np.repeat(np.arange(n_parts), 4)[None].repeat(3, 0).astype(np.int32)
    row = np.tile(np.arange(4), n_parts)[None].repeat(3, 0)
    pieces = [
        Found(similarity[:, part[0] == p], part[:, part[0] == p], row[:, part[0] == p]) for p in range(n_parts)
    ]
    left = nothing(3, k)
    for piece in pieces:
        left = merged(left, piece, k)
    right = nothing(3, k)
    for piece in reversed(pieces):
        right = merged(piece, right, k)
    once = merged(Found(similarity, part, row), nothing(3, 0), k)
    for one in (left, right):
        np.testing.assert_array_equal(one.similarity, _padded(once.similarity, k, -np.inf))
        np.testing.assert_array_equal(one.part, _padded(once.part, k, -1))
        np.testing.assert_array_equal(one.row, _padded(once.row, k, -1))


def _padded(values, k, fill):
    return np.pad(values, ((0, 0), (0, max(0, k - values.shape[1]))), constant_values=fill)
