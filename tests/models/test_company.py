"""A text's embedding has the same bits whatever texts come with it, in whatever order and batch size."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import checkpoints
from laionet.models.packing import equally_long, fill
from laionet.models.text import TextEncoder, open_text_encoder

Encoders = Callable[[str], TextEncoder]
NAMES = ["clip", "siglip", "bert", "mpnet", "roberta", "distilbert", "embedded"]


def captions(count: int, longest: int = 40) -> list[str]:
    """Captions of 0 to ``longest`` words, some twice."""
    draw = random.Random(count)
    texts = [" ".join(draw.choices(checkpoints.WORDS, k=draw.randint(0, longest))) for _ in range(count)]
    return texts + texts[:5]


@pytest.mark.parametrize("name", NAMES)
def test_company_changes_no_bit(name: str, encoder: Encoders) -> None:
    texts = captions(90)
    together = encoder(name).encode(texts)
    draw = random.Random(1)
    for size in (1, 1, 2, 3, 8, 30):
        chosen = draw.sample(range(len(texts)), size)
        alone = encoder(name).encode([texts[index] for index in chosen])
        np.testing.assert_array_equal(alone.embeddings, together.embeddings[chosen])
        np.testing.assert_array_equal(alone.truncated, together.truncated[chosen])


@pytest.mark.parametrize("precision", ["bf16", "int8"])
@pytest.mark.parametrize("name", ["clip", "mpnet", "embedded"])
def test_company_changes_no_bit_in_reduced_precision(
    name: str, precision: str, checkpoint: Callable[[str], Path]
) -> None:
    place = name if name == "embedded" else str(checkpoint(name))
    reduced = open_text_encoder(place, device="cpu", precision=precision)
    texts = captions(60)
    together = reduced.encode(texts).embeddings
    draw = random.Random(2)
    for size in (1, 2, 5, 30):
        chosen = draw.sample(range(len(texts)), size)
        alone = reduced.encode([texts[index] for index in chosen]).embeddings
        np.testing.assert_array_equal(alone, together[chosen])


@pytest.mark.parametrize("precision", ["fp32", "bf16", "int8"])
def test_threads_change_no_bit(precision: str, checkpoint: Callable[[str], Path]) -> None:
    texts, before = captions(120), torch.get_num_threads()
    found = []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            opened = open_text_encoder(
                str(checkpoint("bert")), device="cpu", precision=precision, batch_tokens=128
            )
            found.append(opened.encode(texts).embeddings)
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    np.testing.assert_array_equal(found[1], found[0])
    np.testing.assert_array_equal(found[2], found[0])


@pytest.mark.parametrize("name", ["clip", "mpnet", "distilbert"])
@pytest.mark.parametrize("batch_tokens", [1, 200, 4_000])
def test_batch_tokens_changes_no_bit(
    name: str, batch_tokens: int, encoder: Encoders, checkpoint: Callable[[str], Path]
) -> None:
    texts = captions(60)
    other = open_text_encoder(str(checkpoint(name)), device="cpu", batch_tokens=batch_tokens)
    np.testing.assert_array_equal(other.encode(texts).embeddings, encoder(name).encode(texts).embeddings)


def test_a_model_of_few_tokens_keeps_its_bits(tmp_path: Path) -> None:
    folder = str(checkpoints.make_mpnet(tmp_path, max_tokens=4))
    texts = captions(30)
    small = open_text_encoder(folder, device="cpu", batch_tokens=1).encode(texts)
    np.testing.assert_array_equal(
        small.embeddings, open_text_encoder(folder, device="cpu").encode(texts).embeddings
    )


def test_blocks_change_no_bit(encoder: Encoders, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = captions(50)
    whole = encoder("bert").encode(texts)
    monkeypatch.setattr("laionet.models.encoder._BLOCK", 7)
    blocks = encoder("bert").encode(texts)
    np.testing.assert_array_equal(blocks.embeddings, whole.embeddings)
    np.testing.assert_array_equal(blocks.truncated, whole.truncated)


def test_order_is_kept(encoder: Encoders) -> None:
    texts = captions(40)
    forward = encoder("clip").encode(texts).embeddings
    backward = encoder("clip").encode(texts[::-1]).embeddings
    np.testing.assert_array_equal(backward[::-1], forward)
    assert len(np.unique(forward, axis=0)) == len(set(texts))


def test_no_texts(encoder: Encoders) -> None:
    for name in ("clip", "distilbert"):
        encoded = encoder(name).encode([])
        assert encoded.embeddings.shape == (0, encoder(name).dim)
        assert encoded.truncated.shape == (0,)


def test_no_texts_no_packs() -> None:
    assert list(fill(np.empty(0, np.int64), np.empty(0, np.int64), 10)) == []


@given(lengths=st.lists(st.integers(1, 40), min_size=1, max_size=60), rows=st.integers(40, 90))
@settings(max_examples=60, deadline=None)
def test_packs_hold_every_text_once_and_never_too_many_tokens(lengths: list[int], rows: int) -> None:
    counts = np.array(lengths)
    packs = list(fill(np.argsort(counts, kind="stable"), counts, rows))
    assert sorted(index for pack in packs for group in pack for index in group) == list(range(len(lengths)))
    sizes = [sum(int(counts[group].sum()) for group in pack) for pack in packs]
    assert max(sizes) <= rows
    for at, size in enumerate(sizes):  # what was left over fitted nowhere before
        later = [counts[group][0] for pack in packs[at + 1 :] for group in pack]
        assert all(size + length > rows for length in later)
    assert all(len(set(counts[group])) == 1 for pack in packs for group in pack)


def test_equally_long() -> None:
    counts = np.array([3, 1, 3, 2, 1])
    groups = equally_long(np.argsort(counts, kind="stable"), counts)
    assert [group.tolist() for group in groups] == [[1, 4], [3], [0, 2]]
