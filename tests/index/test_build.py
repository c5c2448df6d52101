"""Building: what is read, what is left out and why, going on after a stop."""

import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flow.runs import fingerprint, write_part
from index.tables import brute_force, clustered, words_to_vectors, write_table
from laionet.errors import CorpusError, OutputError, ShardError
from laionet.index import IndexSettings, build_index, open_index
from laionet.index.cost import cost, rates


def settings(**more):
    return IndexSettings(**{"kind": "ivf", "sample": 100, "rows_per_part": 150, "lists": 16} | more)


@pytest.fixture
def corpus(tmp_path):
    for part in range(2):
        write_part(tmp_path / "corpus" / f"part-{part:05d}.parquet", 400, seed=part)
    return tmp_path / "corpus"


def build(corpus, out, **more):
    return build_index([corpus], out, settings(encoder=None, **more), encode=words_to_vectors)


@pytest.fixture(autouse=True)
def own_encoder(monkeypatch):
    """Building names the embedded encoder and hashes it only where it is used."""
    monkeypatch.setattr("laionet.models.text.encoder_digest", lambda name: name)


def test_captions_of_a_corpus_are_found_with_their_addresses(corpus, tmp_path):
    index = build(corpus, tmp_path / "index", kind="flat")
    texts = [t for t in pq.read_table(corpus / "part-00001.parquet")["TEXT"].to_pylist() if t]
    found = index.search(words_to_vectors(texts[:20]), 1)
    np.testing.assert_allclose(found.similarity, 1, atol=1e-3)
    rows = index.rows(found.number[:, 0]).to_pylist()
    assert all(
        sorted(row["caption"].split()) == sorted(text.split()) for row, text in zip(rows, texts[:20], strict=True)
    )
    assert all(row["url"].startswith("http://example.com/") for row in rows)


def test_rows_that_are_left_out_are_counted_with_the_reason(corpus, tmp_path):
    table = pq.read_table(corpus / "part-00000.parquet")
    captions = table["TEXT"].to_pylist()
    captions[5] = "a nan b"
    pq.write_table(
        table.set_column(2, "TEXT", pa.array(captions)), corpus / "part-00000.parquet", row_group_size=100
    )
    index = build(corpus, tmp_path / "index", kind="flat")
    empty = sum(
        not one
        for part in (0, 1)
        for one in pq.read_table(corpus / f"part-{part:05d}.parquet")["TEXT"].to_pylist()
    )
    assert index.manifest["dropped"] == {"no_caption": empty, "not_finite": 1}
    assert len(index) + sum(index.manifest["dropped"].values()) == 800
    assert sum(sum(part["dropped"].values()) for part in index.manifest["parts"]) == empty + 1


class Stopped(BaseException):
    """Stands for a kill: nothing catches it."""


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.8, 0.99])
def test_stopped_at_any_point_and_run_again_it_gives_the_same_answers(corpus, tmp_path, monkeypatch, share, keep):
    moves = []
    true_replace = os.replace
    monkeypatch.setattr(os, "replace", lambda *names: (moves.append(names), true_replace(*names)))
    whole = build(corpus, tmp_path / "whole", keep_vectors=keep)
    total, last = len(moves), int(share * len(moves))

    def stopping(*names):
        moves.append(names)
        if len(moves) > total + last:
            raise Stopped
        true_replace(*names)

    monkeypatch.setattr(os, "replace", stopping)
    with pytest.raises(Stopped):
        build(corpus, tmp_path / "stopped", keep_vectors=keep)
    with pytest.raises(OutputError, match="interrupted"):
        open_index(tmp_path / "stopped")
    monkeypatch.setattr(os, "replace", true_replace)
    again = build(corpus, tmp_path / "stopped", keep_vectors=keep)
    assert fingerprint(tmp_path / "stopped") == fingerprint(tmp_path / "whole")
    queries = words_to_vectors(["border collie", "zebra plain", "cup of espresso"])
    np.testing.assert_array_equal(whole.search(queries).number, again.search(queries).number)


def test_what_is_whole_is_not_made_again(corpus, tmp_path):
    encoded = []

    def counting(texts):
        encoded.extend(texts)
        return words_to_vectors(texts)

    def run():
        encoded.clear()
        build_index([corpus], tmp_path / "index", settings(), encode=counting)
        return sum(text != "" for text in encoded)

    first = run()
    assert first > 700
    assert run() == 0
    write_part(corpus / "part-00002.parquet", 50, seed=9)
    assert 0 < run() <= 50


def test_files_of_an_earlier_corpus_go(corpus, tmp_path):
    build(corpus, tmp_path / "index")
    (corpus / "part-00001.parquet").unlink()
    index = build(corpus, tmp_path / "index", kind="flat")
    assert not list((index.folder / "lists").glob("*"))
    named = {part["name"] for part in index.manifest["parts"]}
    assert {path.stem for path in (index.folder / "parts").glob("*.vectors")} == named


def test_a_folder_of_other_files_is_refused(corpus, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds other files"):
        build(corpus, tmp_path / "mine")


def test_a_dataset_brings_its_classes(tmp_path):
    table = pa.table(
        {"caption": ["a cat", None, "a dog", "  "], "wnid": ["n1", "n1", "n2", "n2"], "url": ["u"] * 4}
    )
    pq.write_table(table, tmp_path / "d.parquet")
    index = build_index([tmp_path / "d.parquet"], tmp_path / "index", encode=words_to_vectors)
    assert index.rows(np.arange(2))["wnid"].to_pylist() == ["n1", "n2"]
    assert index.manifest["dropped"] == {"no_caption": 2}
    assert index.search_within_class(words_to_vectors(["a cat"]), ["n2"]).number.tolist() == [[1]]


def test_embeddings_of_several_lengths_are_refused(tmp_path):
    tables = [write_table(tmp_path / f"{dim}.parquet", clustered(20, dim)) for dim in (8, 16)]
    with pytest.raises(ShardError, match=r"lengths \[8, 16\]"):
        build_index(tables, tmp_path / "index")


def test_embeddings_and_captions_are_no_one_index(corpus, tmp_path):
    with pytest.raises(CorpusError, match="index each by itself"):
        build_index([corpus, write_table(tmp_path / "t.parquet", clustered(20))], tmp_path / "index")


def test_embeddings_without_a_direction_are_left_out(tmp_path):
    vectors = clustered(40)
    vectors[3], vectors[4] = 0, np.nan
    index = build_index([write_table(tmp_path / "t.parquet", vectors)], tmp_path / "index")
    assert index.manifest["dropped"] == {"not_finite": 2}
    assert index.search(vectors[5:6], 1).number.tolist() == [[3]]
    assert index.rows(np.array([3]))["caption"].to_pylist() == ["caption 5"]


def test_an_odd_length_of_vectors_can_be_indexed(tmp_path):
    vectors = clustered(900, 13)
    index = build_index([write_table(tmp_path / "t.parquet", vectors)], tmp_path / "index", settings())
    found = index.search(vectors[:30], 2, nprobe=16)
    np.testing.assert_allclose(found.similarity, brute_force(vectors[:30], vectors, 2), atol=2e-3)


def test_cost_grows_as_its_formulas_say(corpus, tmp_path):
    index = build(corpus, tmp_path / "index")
    small, large = (cost(index, rows) for rows in (10_000_000, 20_000_000))
    assert large["seconds"]["vectors"] == pytest.approx(2 * small["seconds"]["vectors"])
    assert small["seconds"]["vectors"] == pytest.approx(1e7 * rates(index.folder).vector)
    assert large["bytes"]["vectors"] == 20_000_000 * 24 * 2
    assert large["seconds"]["build"] == pytest.approx(
        sum(large["seconds"][step] for step in ("vectors", "train", "lists"))
    )
    assert cost(build(corpus, tmp_path / "flat", kind="flat"))["seconds"]["query"] > 0


def test_settings_that_make_no_sense_are_refused():
    for wrong in ({"kind": "tree"}, {"precision": "int8"}, {"recall": 0.0}, {"sample": 0}, {"lists": 0}):
        with pytest.raises(ValueError, match=r"choose|must be"):
            IndexSettings(**wrong)
