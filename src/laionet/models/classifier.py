"""Classifiers: the most probable classes of a head, as labels of our class list (paper, Section 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from laionet.errors import ModelError
from laionet.models.image import image_facts, open_image_model
from laionet.models.label_space import LabelSpace, label_space
from laionet.models.ranking import padded, top_k

if TYPE_CHECKING:
    from PIL.Image import Image

    from laionet.models.image import ImageFacts
    from laionet.models.image_model import ImageModel
    from laionet.vocab import ClassList


@dataclass(frozen=True)
class Predicted:
    """Predictions for n pictures, the most probable first.

    Attributes:
        labels: int32 (n, k), labels of our class list; -1 for a class that is none of ours.
        probabilities: float32 (n, k), over all classes of the model; 0 where it has fewer than k, and NaN for
            a picture whose logits are not finite.
    """

    labels: np.ndarray
    probabilities: np.ndarray


class Classifier:
    """An open model with a head, and which of our classes its outputs are.

    The k best are chosen among all classes of the model: of a 22k head the best may be none of ours, and
    counts as wrong (paper, Section 2).

    Attributes:
        model: the open model.
        labels: which of our classes each output is.
        top_k: predictions kept of each picture.
    """

    def __init__(self, model: ImageModel, labels: LabelSpace, top_k: int = 5) -> None:
        self.model, self.labels, self.top_k = model, labels, top_k

    def predict(self, images: Sequence[Image]) -> Predicted:
        """Classify RGB pictures of any size, in their order."""
        from laionet.models.image_model import ImageModels

        logits = ImageModels([self.model])(images)[0].logits
        assert logits is not None
        return self.rank(logits)

    def rank(self, logits: np.ndarray) -> Predicted:
        """Predictions from logits (n, classes of the model) that were computed before.

        Of equal logits, the class that comes first in the head counts as more probable.
        """
        finite = np.isfinite(logits).all(axis=1)
        scores = np.where(finite[:, None], logits, 0).astype(np.float64)
        best = top_k(scores, self.top_k)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
        probabilities = np.take_along_axis(powers, best, axis=1) / powers.sum(axis=1, keepdims=True)
        probabilities[~finite] = np.nan
        labels = self.labels.ours[best].astype(np.int32)
        return Predicted(padded(labels, self.top_k, -1), padded(probabilities.astype(np.float32), self.top_k, 0))


def open_classifier(
    name: str,
    classes: ClassList,
    *,
    label_map: str | Path | None = None,
    top_k: int = 5,
    device: str = "auto",
    precision: str = "fp32",
) -> Classifier:
    """Load a classifier: a checkpoint that was saved as ``...ForImageClassification``.

    Args:
        name: see ``laionet.models.image``; for example ``"microsoft/resnet-50"``.
        classes: our class list.
        label_map: a file that names the class of each output, where its own names do not; see
            ``laionet.models.label_space.label_space``.
        top_k: predictions kept of each picture.
        device: auto, cpu, cuda, cuda:N or mps.
        precision: fp32, bf16, or fp16 on a GPU.

    Raises:
        ModelError: as ``open_image_encoder``; and for a model without a head, or with none of our classes.
    """
    facts = image_facts(name)
    labels = labels_of(facts, name, classes, label_map)
    return Classifier(open_image_model(name, device=device, precision=precision, facts=facts), labels, top_k)


def labels_of(facts: ImageFacts, name: str, classes: ClassList, label_map: str | Path | None = None) -> LabelSpace:
    """Which of our classes each output of a model is, without loading its weights.

    Raises:
        ModelError: for a model without a head, or with none of our classes.
    """
    if not facts.labels:
        raise ModelError(
            f"{name}: has no classification head; give it as an encoder, or a checkpoint that was saved as"
            " ...ForImageClassification"
        )
    return label_space(name, facts.labels, classes, wnids=facts.wnids, map_file=label_map)
