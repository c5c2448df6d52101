"""Token ids are the tokenizer's own, however long or odd the text."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import checkpoints
from laionet.models import tokens
from laionet.models.text import TextEncoder
from laionet.models.tokens import TextTokenizer, without_surrogates, word_ends

LIMIT = 12
ODD = [
    "",
    " ",
    "\n\t ",
    "\0",
    "a\0cat",
    "\ud800",
    "cat \udfff dog",
    "\ufffd",
    "\U0001f600 cat",
    "[PAD]",
    "<pad> </s>",
    "<|endoftext|> cat",
    "\u202eevil\u202c",
    "cafe\u0301",
    "\u732b" * 50,
]


@pytest.fixture(scope="module", params=["clip", "bert", "mpnet", "siglip"])
def tokenizer(request: pytest.FixtureRequest, checkpoint: Callable[[str], Path]) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(checkpoint(request.param))


def rows(found: tokens.Tokens) -> list[list[int]]:
    return [found.rows(np.array([index]))[0].tolist() for index in range(len(found.texts))]


def test_ids_and_truncation_are_the_tokenizers(tokenizer: Any) -> None:
    texts = ["cat " * count + "dog!" for count in range(0, 30, 3)]
    found = TextTokenizer(tokenizer, LIMIT)(texts)
    assert rows(found) == tokenizer(texts, truncation=True, max_length=LIMIT)["input_ids"]
    whole = tokenizer(texts, truncation=False)["input_ids"]
    assert found.truncated.tolist() == [len(ids) > LIMIT for ids in whole]
    assert found.lengths.max() == LIMIT


def test_padding_fills_every_text(tokenizer: Any) -> None:
    texts = ["a cat", "", "cat " * 40]
    found = TextTokenizer(tokenizer, LIMIT, pad=True)(texts)
    expected = tokenizer(texts, truncation=True, padding="max_length", max_length=LIMIT)["input_ids"]
    assert rows(found) == expected
    assert found.truncated.tolist() == [False, False, True]


@given(
    parts=st.lists(
        st.text(st.sampled_from("ab cd\t\n  .,-'\u00e9\u0301\u732b\U0001f600\0<|"), max_size=12), max_size=30
    )
)
@settings(max_examples=80, deadline=None)
def test_cutting_a_long_text_changes_nothing(tokenizer: Any, parts: list[str]) -> None:
    text = " ".join(parts)
    uncut = tokenizer([text], truncation=True, max_length=LIMIT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "CHARACTERS_PER_TOKEN", 1)
        found = TextTokenizer(tokenizer, LIMIT)([text])
    assert rows(found) == uncut["input_ids"]
    assert found.truncated.tolist() == [bool(uncut.encodings[0].overflowing)]


def test_a_long_text_is_cut_at_the_end_of_a_word(tokenizer: Any) -> None:
    found = TextTokenizer(tokenizer, LIMIT)(["shark dog " * 50_000])
    assert len(found.texts[0]) < 2_000
    assert found.texts[0].endswith(("shark", "dog"))
    assert found.truncated[0]


def test_a_tokenizer_that_cuts_the_beginning_sees_the_whole_text(checkpoint: Callable[[str], Path]) -> None:
    from transformers import AutoTokenizer

    left = AutoTokenizer.from_pretrained(checkpoint("bert"), truncation_side="left")
    text = "cat " * 5_000 + "red shark"
    found = TextTokenizer(left, LIMIT)([text])
    assert rows(found) == left([text], truncation=True, max_length=LIMIT)["input_ids"]
    assert found.truncated[0]


def test_a_tokenizer_written_in_python_gives_the_same(tmp_path: Path, checkpoint: Callable[[str], Path]) -> None:
    from transformers import AutoTokenizer
    from transformers.models.bert.tokenization_bert_legacy import BertTokenizerLegacy

    fast = AutoTokenizer.from_pretrained(checkpoint("bert"))
    vocabulary = sorted(fast.get_vocab(), key=fast.get_vocab().get)
    (tmp_path / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    slow = BertTokenizerLegacy(str(tmp_path / "vocab.txt"))
    texts = [" ".join(checkpoints.WORDS[:count]) for count in (0, 3, 9, 10, 11, 20)] + ["dog " * 3_000]
    ours, theirs = TextTokenizer(slow, LIMIT)(texts), TextTokenizer(fast, LIMIT)(texts)
    assert rows(ours) == rows(theirs)
    assert ours.truncated.tolist() == theirs.truncated.tolist() == [False] * 4 + [True] * 3


def test_surrogates() -> None:
    assert without_surrogates("\ud83d\ude00 cat") == "\U0001f600 cat"
    assert without_surrogates("a\ud800b") == "a\ufffdb"
    assert without_surrogates("plain \u00e9") == "plain \u00e9"


def test_word_ends() -> None:
    text = "ab cd  ef\ngh"
    assert [text[:end] for end in word_ends(text, 1)] == ["ab", "ab cd"]
    assert list(word_ends("x" * 100, 10)) == []
    assert list(word_ends("ab ", 5)) == []


@pytest.mark.parametrize("name", ["clip", "siglip", "bert", "distilbert", "embedded"])
def test_odd_texts_are_encoded(name: str, encoder: Callable[[str], TextEncoder]) -> None:
    encoded = encoder(name).encode(ODD)
    np.testing.assert_allclose(np.linalg.norm(encoded.embeddings, axis=1), 1, atol=1e-5)
    assert not encoded.truncated[: len(ODD) - 1].any()


def test_a_megabyte_is_encoded(encoder: Callable[[str], TextEncoder]) -> None:
    draw = random.Random(0)
    long = " ".join(draw.choices(checkpoints.WORDS, k=200_000))
    one_word = "a" * 1_000_000
    encoded = encoder("bert").encode([long, long[:2_000], one_word, "\0" * 1_000_000, ""])
    assert encoded.truncated.tolist() == [True, True, False, False, False]
    np.testing.assert_array_equal(encoded.embeddings[[0, 3]], encoded.embeddings[[1, 4]])
