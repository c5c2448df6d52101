"""Predictions beside a plain softmax over the library's logits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import image_checkpoints as made
from laionet.errors import ModelError
from laionet.models.classifier import Classifier, open_classifier
from laionet.models.label_space import label_space
from laionet.vocab import ClassList, load_classes

PICTURES = made.pictures(6)
IMAGENET = load_classes("imagenet1k")


def library(folder: Path) -> torch.Tensor:
    from transformers import AutoImageProcessor, AutoModelForImageClassification

    inputs = AutoImageProcessor.from_pretrained(folder)(images=PICTURES, return_tensors="pt")
    with torch.no_grad():
        return AutoModelForImageClassification.from_pretrained(folder).eval()(**inputs).logits


def test_predictions_are_the_most_probable_of_the_library(tmp_path: Path) -> None:
    folder = made.make_resnet(tmp_path, labels=made.imagenet_labels())
    found = open_classifier(str(folder), IMAGENET, device="cpu").predict(PICTURES)
    best = torch.softmax(library(folder), 1).topk(5, 1)
    assert found.labels.dtype == np.int32
    assert found.probabilities.dtype == np.float32
    np.testing.assert_array_equal(found.labels, best.indices.numpy())
    np.testing.assert_allclose(found.probabilities, best.values.numpy(), atol=1e-5)


def test_the_best_of_a_head_counts_though_it_is_none_of_ours(tmp_path: Path) -> None:
    folder = made.make_convnext(tmp_path, labels=made.imagenet_labels())
    order = library(folder).argsort(1, descending=True)
    # A list that has the second best class of each picture and not the best.
    wnids = {IMAGENET[int(row[1])].wnid for row in order} - {IMAGENET[int(row[0])].wnid for row in order}
    some = load_classes(sorted(wnids))
    found = open_classifier(str(folder), some, top_k=3, device="cpu").predict(PICTURES)
    for row, labels in zip(order.tolist(), found.labels.tolist(), strict=True):
        expected = [IMAGENET[output].wnid for output in row[:3]]
        assert labels == [some.index(wnid) if wnid in wnids else -1 for wnid in expected]
        assert labels[0] == -1


def test_the_published_22k_heads_number_their_names_with_gaps(tmp_path: Path) -> None:
    labels = {0: "cock", 1: "hen", 4: "tench, Tinca tinca", 7: "goldfish, Carassius auratus"}
    folder = made.make_resnet(tmp_path, labels=labels)
    found = open_classifier(str(folder), IMAGENET, device="cpu")
    wnids = ["n01514668", "n01514859", "n01440764", "n01443537"]
    assert found.labels.ours.tolist() == [IMAGENET.index(wnid) for wnid in wnids]
    best = library(folder).argmax(1).tolist()
    assert found.predict(PICTURES).labels[:, 0].tolist() == [IMAGENET.index(wnids[at]) for at in best]


def ranked(logits: list[list[float]], top_k: int = 5) -> tuple[list[list[int]], np.ndarray]:
    names = ["cock", "hen", "nothing"]
    found = Classifier(None, label_space("m", names, IMAGENET), top_k).rank(np.array(logits, np.float32))
    return found.labels.tolist(), found.probabilities


def test_a_head_of_few_classes_is_filled_up() -> None:
    cock, hen = IMAGENET.index("n01514668"), IMAGENET.index("n01514859")
    labels, probabilities = ranked([[0.0, 2.0, 1.0]])
    assert labels == [[hen, -1, cock, -1, -1]]
    np.testing.assert_allclose(probabilities[0, :3].sum(), 1, atol=1e-6)
    assert probabilities[0, 3:].tolist() == [0, 0]


def test_of_equal_logits_the_first_class_comes_first_and_large_ones_do_not_overflow() -> None:
    cock, hen = IMAGENET.index("n01514668"), IMAGENET.index("n01514859")
    labels, probabilities = ranked([[1e4, 1e4, -1e4], [3.0, 5.0, 5.0]], top_k=2)
    assert labels == [[cock, hen], [hen, -1]]
    assert probabilities[0].tolist() == [0.5, 0.5]


def test_logits_that_are_not_finite_give_nan_for_their_picture_alone() -> None:
    _, probabilities = ranked([[np.nan, 0.0, 1.0], [0.0, 0.0, 1.0], [np.inf, 0.0, 0.0]], top_k=1)
    assert np.isnan(probabilities[:, 0]).tolist() == [True, False, True]


def test_a_model_without_head_is_refused(tmp_path: Path) -> None:
    folder = made.make_vit(tmp_path)
    with pytest.raises(ModelError, match="has no classification head; give it as an encoder"):
        open_classifier(str(folder), IMAGENET, device="cpu")


def test_a_model_with_none_of_our_classes_is_refused_before_its_weights_are_read(tmp_path: Path) -> None:
    folder = made.make_vit(tmp_path, labels={0: "benign", 1: "malign"})
    (folder / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelError, match=r"none of its 2 classes \('benign', 'malign', ...\)"):
        open_classifier(str(folder), IMAGENET, device="cpu")


def test_a_map_file_names_the_classes(tmp_path: Path) -> None:
    folder = made.make_vit(tmp_path / "model", labels={0: "poule", 1: "coq"})
    (tmp_path / "map.csv").write_text("index,wnid\n0,n01514859\n1,n01514668\n")
    classes: ClassList = load_classes(["n01514668", "n01514859"])
    found = open_classifier(str(folder), classes, label_map=tmp_path / "map.csv", device="cpu")
    assert found.labels.ours.tolist() == [1, 0]
