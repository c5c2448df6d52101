"""Similarities: each caption once, to the matched synset only."""

import numpy as np
import pytest

from laionet.schema import SCORED, Drop
from stages.builders import CLASSES, Encoded, FakeEncoder, candidates, corpus_table, score_call


def test_each_caption_is_encoded_once_however_often_it_recurs():
    encoder = FakeEncoder()
    table = candidates(corpus_table(["a crane and a dog", "a fox", "a fox", "a crane and a dog"]))
    call = score_call(encoder)
    outcome = call(table)
    again = call(table)
    asked = [text for text in encoder.asked if " which is " not in text]
    assert sorted(asked) == ["a crane and a dog", "a fox"]
    assert len([text for text in encoder.asked if " which is " in text]) == len(CLASSES)
    assert len(outcome.table) == 8
    assert outcome.table.schema.equals(SCORED)
    assert again.table.equals(outcome.table)


def test_what_is_remembered_is_bounded_and_changes_nothing(monkeypatch):
    from laionet.stages import score

    monkeypatch.setattr(score, "_REMEMBERED", 2)
    encoder = FakeEncoder()
    call = score_call(encoder)
    tables = [candidates(corpus_table([f"a fox {i}" for i in range(start, start + 4)])) for start in (0, 1, 0)]
    found = [call(table).table for table in tables]
    assert found[2].equals(found[0])
    asked = [text for text in encoder.asked if " which is " not in text]
    assert asked.count("a fox 0") == asked.count("a fox 1") == 1
    assert asked.count("a fox 3") == 3


def test_similarity_is_the_cosine_to_the_text_of_the_rows_own_class():
    encoder = FakeEncoder()
    table = candidates(corpus_table(["a crane", "a kit fox and a dog"]))
    texts = dict(zip(CLASSES.wnids, CLASSES.texts("name-def"), strict=True))
    for row in score_call(encoder)(table).table.to_pylist():
        a, b = encoder.encode([row["caption"], texts[row["wnid"]]]).embeddings.astype(float)
        assert row["similarity"] == pytest.approx(a @ b, abs=1e-6)


def test_truncated_captions_are_flagged_and_counted():
    table = candidates(corpus_table(["a fox", "a fox " + "x" * 60]))
    outcome = score_call()(table)
    assert outcome.table["truncated"].to_pylist() == [False, True]
    assert outcome.counts["truncated"] == 1


def test_an_encoder_that_gives_nan_loses_the_row_with_a_reason():
    class Broken(FakeEncoder):
        def encode(self, texts):
            good = super().encode(texts)
            good.embeddings[[i for i, t in enumerate(texts) if "bad" in t]] = np.nan
            return Encoded(good.embeddings, good.truncated)

    table = candidates(corpus_table(["a fox", "a bad fox"]))
    outcome = score_call(Broken())(table)
    assert outcome.table["row"].to_pylist() == [0]
    assert list(outcome.dropped[Drop.NOT_FINITE]) == [1]


def test_a_cosine_has_the_same_bits_alone_and_in_a_batch():
    encoder = FakeEncoder(dim=32)
    table = candidates(corpus_table([f"a crane {i} and a dog" for i in range(40)]))
    together = score_call(encoder)(table).table["similarity"].to_numpy()
    alone = [score_call(encoder)(table.slice(at, 1)).table["similarity"][0].as_py() for at in range(len(table))]
    np.testing.assert_array_equal(together, np.array(alone, np.float32))
