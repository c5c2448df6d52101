"""Zero-shot predictions beside brute force over transformers' own towers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import image_checkpoints as made
from laionet.errors import ModelError
from laionet.models.zero_shot import ZeroShot, open_zero_shot
from laionet.vocab import load_classes

PICTURES = made.pictures(6)
WNIDS = ["n02113186", "n01440764", "n02123045", "n01484850", "n02012849", "n03126707", "n04356056"]
CLASSES = load_classes(WNIDS)


def brute_force(folder: Path, texts: list[str], padding: str | bool) -> np.ndarray:
    from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

    model = AutoModel.from_pretrained(folder).eval()
    words = AutoTokenizer.from_pretrained(folder)(texts, padding=padding, truncation=True, return_tensors="pt")
    pixels = AutoImageProcessor.from_pretrained(folder)(images=PICTURES, return_tensors="pt")
    if padding == "max_length":
        words = {"input_ids": words["input_ids"]}
    with torch.no_grad():
        of_texts = model.get_text_features(**words).pooler_output
        of_pictures = model.get_image_features(**pixels).pooler_output
    unit = torch.nn.functional.normalize
    return (unit(of_pictures) @ unit(of_texts).T).numpy()


@pytest.mark.parametrize("kind", ["clip", "siglip"])
@pytest.mark.parametrize("text", ["name-def", "a photo of a {name}"])
def test_the_most_similar_synset_texts(kind: str, text: str, tmp_path: Path) -> None:
    folder = {"clip": made.make_clip, "siglip": made.make_siglip}[kind](tmp_path)
    cosines = brute_force(folder, CLASSES.texts(text), True if kind == "clip" else "max_length")
    labels = np.array([3, 0, 6, 1, 1, 5])
    found = open_zero_shot(str(folder), CLASSES, text, top_k=3, device="cpu").predict(PICTURES, labels)
    np.testing.assert_array_equal(found.labels, np.argsort(-cosines, axis=1)[:, :3])
    np.testing.assert_allclose(found.similarity, -np.sort(-cosines, axis=1)[:, :3], atol=1e-5)
    np.testing.assert_allclose(found.own, cosines[np.arange(6), labels], atol=1e-5)
    assert (found.labels.dtype, found.similarity.dtype, found.own.dtype) == (np.int32, np.float32, np.float32)


def units(count: int, dim: int = 64, seed: int = 0) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    return values / np.linalg.norm(values, axis=1, keepdims=True)


def test_company_changes_no_bit() -> None:
    found = ZeroShot(None, units(1000, seed=1), 5)
    pictures, labels = units(200), np.arange(200)
    whole = found.rank(pictures, labels)
    for chosen in ([7], [199, 3, 4], list(range(70, 140))):
        part = found.rank(pictures[chosen], labels[chosen])
        np.testing.assert_array_equal(part.labels, whole.labels[chosen])
        np.testing.assert_array_equal(part.similarity, whole.similarity[chosen])
        np.testing.assert_array_equal(part.own, whole.own[chosen])


def test_fewer_classes_than_asked_for_are_filled_up() -> None:
    found = ZeroShot(None, np.eye(2, 4, dtype=np.float32), 3).rank(np.eye(1, 4, dtype=np.float32), np.array([1]))
    assert found.labels.tolist() == [[0, 1, -1]]
    assert found.similarity[0, :2].tolist() == [1, 0]
    assert np.isnan(found.similarity[0, 2])
    assert found.own.tolist() == [0]


def test_an_embedding_that_is_not_finite_gives_nan_for_its_picture_alone() -> None:
    pictures = units(3)
    pictures[1, 5] = np.nan
    found = ZeroShot(None, units(4, seed=1), 2).rank(pictures, np.array([0, 1, 2]))
    assert np.isnan(found.own).tolist() == [False, True, False]
    assert np.isnan(found.similarity).all(axis=1).tolist() == [False, True, False]


@pytest.mark.parametrize("label", [-1, 4])
def test_a_label_of_another_class_list_is_refused(label: int) -> None:
    with pytest.raises(ModelError, match="class list has 4 classes, from 0"):
        ZeroShot(None, units(4), 2).rank(units(1), np.array([label]))


def test_a_model_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is no CLIP or SigLIP model"):
        open_zero_shot(str(made.make_vit(tmp_path)), CLASSES, device="cpu")
