"""Searched by text, and nearest images: against brute force, on simulated captions and embeddings."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from index.tables import unit, words_to_vectors
from laionet.compare.similarity import intra_class, similarity_difference
from laionet.errors import CorpusError, OutputError
from laionet.flow.diagnosing.found import hits
from laionet.flow.diagnosing.nearest_images import diagnose_nearest
from laionet.flow.diagnosing.searched import diagnose_searched
from laionet.index import IndexSettings, Neighbours, build_index

WNIDS = ["n01443537", "n02391049", "n07753592"]  # goldfish, zebra, banana
THINGS = ["goldfish", "zebra", "banana"]
WORDS = "a the on with big small old new red blue".split()
DIM = 16


def captions(n, seed, rng=None):
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 3, n)
    texts = [" ".join([*rng.choice(WORDS, 4), THINGS[one]]) for one in label]
    return texts, label


def pictures(label, spread, seed):
    """Embeddings about a direction of each class, float32 (n, DIM)."""
    rng = np.random.default_rng(seed)
    middle = np.random.default_rng(1).standard_normal((3, DIM))
    return unit(middle[label] + spread * rng.standard_normal((len(label), DIM))).astype(np.float32)


def lists(x):
    return pa.FixedSizeListArray.from_arrays(pa.array(x.ravel()), x.shape[1])


@pytest.fixture(autouse=True)
def own_encoder(monkeypatch):
    monkeypatch.setattr("laionet.models.text.encoder_digest", lambda name: name)
    monkeypatch.setattr("laionet.flow.diagnosing.searched.open_encoder", lambda name, device: words_to_vectors)


@pytest.fixture
def world(tmp_path):
    """A corpus of 500 captions with an index, its images, and 200 texts with theirs, which are more alike."""
    texts, label = captions(500, 2)
    corpus = pa.table({"caption": texts, "wnid": [WNIDS[one] for one in label]})
    pq.write_table(corpus, tmp_path / "corpus.parquet")
    build_index([tmp_path / "corpus.parquet"], tmp_path / "index", IndexSettings(precision="float32"),
                encode=words_to_vectors)  # fmt: skip
    seen = pictures(label, 0.8, 3)
    columns = {"sample": [f"{i:09d}" for i in range(500)], "wnid": corpus["wnid"], "embedding/e": lists(seen)}
    pq.write_table(pa.table(columns), tmp_path / "images.parquet")
    asked, own = captions(200, 4)
    pq.write_table(pa.table({"caption": asked, "wnid": [WNIDS[i] for i in own]}), tmp_path / "texts.parquet")
    theirs = pictures(own, 0.3, 5)
    reference = {"wnid": [WNIDS[i] for i in own], "embedding/e": lists(theirs)}
    pq.write_table(pa.table(reference), tmp_path / "reference.parquet")
    return {"texts": texts, "label": label, "seen": seen, "asked": asked, "own": own, "theirs": theirs}


def run(tmp_path, out="out", **more):
    return diagnose_searched(
        tmp_path / "texts.parquet", tmp_path / "index", tmp_path / out, thresholds=(0.5, 0.8, 0.95), **more
    )


def by_hand(world, threshold, same_label=False):
    """Rows that the texts find, by the full matrix: pairs of row and class, each once."""
    cosine = words_to_vectors(world["asked"]).astype(float) @ words_to_vectors(world["texts"]).astype(float).T
    if same_label:
        cosine = np.where(world["own"][:, None] == world["label"][None], cosine, -np.inf)
    best = cosine.max(axis=1)
    found = {(world["texts"][cosine[i].argmax()], int(world["own"][i])) for i in np.flatnonzero(best > threshold)}
    return found, int(np.sum(best > threshold))


@pytest.mark.parametrize("same_label", [False, True])
def test_counts_are_those_of_the_full_matrix(world, tmp_path, same_label):
    document = run(tmp_path, same_label=same_label)
    assert [row["threshold"] for row in document["sweep"]] == [0.5, 0.7, 0.8, 0.95]
    for row in document["sweep"]:
        found, texts = by_hand(world, row["threshold"], same_label)
        assert row["texts"] == texts
        assert row["classes"] == len({label for _, label in found})
        # Rows of one caption are equally near, so that captions are compared and not rows.
        assert row["samples"] == len(found)
        assert row["repeated"] == texts - len(found)
    assert document["found"] == next(row for row in document["sweep"] if row["threshold"] == 0.7)


def test_the_rows_found_are_written_with_the_class_of_the_text(world, tmp_path):
    run(tmp_path, threshold=0.8)
    table = pq.read_table(tmp_path / "out" / "diagnosis" / "searched.parquet")
    found, _ = by_hand(world, 0.8)
    rows = {(row["caption"], WNIDS.index(row["wnid"])) for row in table.to_pylist()}
    assert rows == found
    assert min(table["similarity"].to_pylist()) > 0.8
    for row in table.slice(0, 5).to_pylist():
        cosine = words_to_vectors([row["text"]]) @ words_to_vectors([row["caption"]]).T
        assert row["similarity"] == pytest.approx(cosine.item(), abs=1e-5)


def test_images_are_compared_as_compare_does(world, tmp_path):
    document = run(
        tmp_path, images=str(tmp_path / "images.parquet"), reference=str(tmp_path / "reference.parquet")
    )
    (part,) = document["similarity"]
    table = pq.read_table(tmp_path / "out" / "diagnosis" / "searched.parquet")
    rows = np.array([int(sample) for sample in table["sample"].to_pylist()])
    label = np.array([WNIDS.index(one) for one in table["wnid"].to_pylist()])
    mine, theirs = intra_class(world["seen"][rows], label, 3), intra_class(world["theirs"], world["own"], 3)
    expected = similarity_difference(mine, theirs)
    at = next(row for row in part["sweep"] if row["threshold"] == 0.7)
    for numbers in (part, at):
        assert (numbers["lower"], numbers["higher"], numbers["judged"]) == (expected.lower, expected.higher, 3)
        assert numbers["pooled"]["value"] == pytest.approx(expected.pooled.value, abs=1e-6)
    assert at["share_lower"]["value"] == pytest.approx(expected.lower / 3)
    assert part["lower"] == 3  # the corpus's images are less alike by construction
    assert {row["wnid"]: row["difference"] for row in part["classes"]} == pytest.approx(
        dict(zip(WNIDS, expected.difference, strict=True)), abs=1e-6
    )


def test_nothing_above_the_threshold_is_said_and_drawn(world, tmp_path):
    document = run(tmp_path, threshold=1.5, images=str(tmp_path / "images.parquet"),
                   reference=str(tmp_path / "reference.parquet"))  # fmt: skip
    assert document["found"]["samples"] == 0
    assert document["similarity"][0]["classes"] == []
    assert document["similarity"][0]["sweep"][-1]["judged"] == 0
    assert document["similarity"][0]["sweep"][-1]["pooled"]["value"] is None
    assert (tmp_path / "out" / "diagnosis" / "searched.svg").read_text().startswith("<svg")
    json.loads((tmp_path / "out" / "diagnosis" / "searched.json").read_text(), parse_constant=pytest.fail)


def test_the_same_run_gives_the_same_bytes(world, tmp_path):
    for out in ("one", "two"):
        run(tmp_path, out)
    for name in ("searched.json", "searched.svg", "searched.parquet"):
        one, two = ((tmp_path / out / "diagnosis" / name).read_bytes() for out in ("one", "two"))
        assert one == two


def test_images_of_another_corpus_are_refused(world, tmp_path):
    table = pq.read_table(tmp_path / "images.parquet")
    other = table.set_column(0, "sample", pa.array([f"x{i}" for i in range(len(table))]))
    pq.write_table(other, tmp_path / "other.parquet")
    with pytest.raises(OutputError, match="No row that was found has an image"):
        run(tmp_path, images=str(tmp_path / "other.parquet"), reference=str(tmp_path / "reference.parquet"))
    with pytest.raises(OutputError, match="both or neither"):
        run(tmp_path, images=str(tmp_path / "images.parquet"))


def test_a_row_counts_once_in_a_class_by_its_most_similar_text():
    similarity = np.array([[0.7], [0.9], [0.9], [0.4], [-np.inf]], np.float32)
    number = np.array([[5], [5], [5], [6], [-1]])
    found = hits(Neighbours(similarity, number, ""), np.array([0, 0, 1, 1, 1]))
    assert list(zip(found.label, found.number, found.query, strict=True)) == [(0, 5, 1), (1, 5, 2), (1, 6, 3)]
    assert found.above(0.3) == {
        "threshold": 0.3, "texts": 4, "samples": 3, "classes": 2, "repeated": 1, "in_several_classes": 1,
    }  # fmt: skip
    assert found.above(0.4)["samples"] == 2  # strictly above
    assert len(found.only(0.95).number) == 0


def shards(folder, x, sizes, dtype=np.float16):
    """Embeddings as clip-retrieval keeps them."""
    (folder / "img_emb").mkdir(parents=True)
    (folder / "metadata").mkdir()
    for i, part in enumerate(np.split(x, np.cumsum(sizes)[:-1])):
        np.save(folder / "img_emb" / f"img_emb_{i}.npy", part.astype(dtype))
        first = int(np.sum(sizes[:i]))
        urls = [f"http://x/{first + j}" for j in range(len(part))]
        pq.write_table(pa.table({"url": urls, "extra": urls}), folder / "metadata" / f"metadata_{i}.parquet")
    return folder


def test_nearest_images_of_clip_retrieval_are_those_of_the_full_matrix(world, tmp_path):
    x = pictures(np.arange(900) % 3, 0.8, 7)
    folder = shards(tmp_path / "clip", x, [50] * 11 + [350], np.float32)  # shard 10 comes after 9
    document = diagnose_nearest(str(tmp_path / "reference.parquet"), str(folder), tmp_path / "near", k=3)
    cosine = world["theirs"].astype(float) @ x.astype(float).T
    table = pq.read_table(tmp_path / "near" / "diagnosis" / "nearest.parquet").to_pandas()
    assert document["corpus"]["images"] == 900
    assert len(table) == 600
    order = np.argsort(world["own"], kind="stable")
    best = -np.sort(-cosine, axis=1)[:, :3]
    by_query = {int(q): g for q, g in table.groupby("query")}
    for query in order[:20]:
        rows = by_query[int(query)].sort_values("rank")
        np.testing.assert_allclose(rows["similarity"], best[query], atol=1e-6)
        assert rows["neighbour_url"].iloc[0] == f"http://x/{cosine[query].argmax()}"
    assert document["similarity"]["mean"] == pytest.approx(best[:, 0].mean(), abs=1e-5)
    assert sum(document["similarity"]["counts"]) == 200


def test_an_index_of_clip_retrieval_is_read_with_a_warning(world, tmp_path):
    import faiss

    x = pictures(np.arange(300) % 3, 0.8, 7)
    (tmp_path / "clip").mkdir()
    notes = []
    for make in (faiss.IndexFlatIP, faiss.IndexFlatL2):
        index = make(DIM)
        index.add(x)
        faiss.write_index(index, str(tmp_path / "clip" / "image.index"))
        notes.clear()
        document = diagnose_nearest(
            str(tmp_path / "reference.parquet"), str(tmp_path / "clip"), tmp_path / "near", k=1,
            listener=lambda event: notes.append(event.text),
        )  # fmt: skip
        best = (world["theirs"] @ x.T).max(axis=1)
        assert document["similarity"]["mean"] == pytest.approx(best.mean(), abs=1e-4)
        assert any("people you trust" in note for note in notes)


def test_nearest_among_described_images_tells_the_class(world, tmp_path):
    document = diagnose_nearest(
        str(tmp_path / "reference.parquet"), str(tmp_path / "images.parquet"), tmp_path / "near", k=1
    )
    nearest = (world["theirs"].astype(float) @ world["seen"].astype(float).T).argmax(axis=1)
    assert document["same_class"] == pytest.approx(np.mean(world["label"][nearest] == world["own"]))


def test_embeddings_without_a_direction_are_no_neighbours(world, tmp_path):
    x = pictures(np.arange(60) % 3, 0.8, 7)
    x[:20], x[20:30] = 0, np.nan
    folder = shards(tmp_path / "clip", x, [60], np.float32)
    diagnose_nearest(str(tmp_path / "reference.parquet"), str(folder), tmp_path / "near", k=50)
    table = pq.read_table(tmp_path / "near" / "diagnosis" / "nearest.parquet")
    assert len(table) == 200 * 30
    assert np.isfinite(table["similarity"].to_numpy()).all()


def test_what_is_no_corpus_of_these_images_is_refused(world, tmp_path):
    reference = str(tmp_path / "reference.parquet")
    with pytest.raises(OutputError, match="different encoders"):
        diagnose_nearest(reference, str(shards(tmp_path / "a", np.ones((9, 4)), [9])), tmp_path / "near")
    folder = shards(tmp_path / "b", pictures(np.arange(9) % 3, 1, 0), [9])
    pq.write_table(pa.table({"url": ["u"] * 8}), folder / "metadata" / "metadata_0.parquet")
    with pytest.raises(CorpusError, match="metadata of 8 rows"):
        diagnose_nearest(reference, str(folder), tmp_path / "near")
    np.save(folder / "img_emb" / "img_emb_0.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(CorpusError, match="cannot be read"):
        diagnose_nearest(reference, str(folder), tmp_path / "near")
