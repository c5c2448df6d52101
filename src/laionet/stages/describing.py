"""Open models over decoded pictures: the part of describe behind decoding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from laionet.models.ahead import Item
from laionet.models.classifier import Classifier, labels_of
from laionet.models.image import Seen, open_image_model
from laionet.models.zero_shot import ZeroShot, open_zero_shot

if TYPE_CHECKING:
    from PIL.Image import Image

    from laionet.models.image_model import ImageModels
    from laionet.stages.describe import Described, DescribeStage


def open_describing(stage: DescribeStage) -> Describing:
    """Load the models of a stage, each once whatever it is used as."""
    from laionet.models.image_model import ImageModels

    models = [open_image_model(m.name, device=stage.device, precision=stage.precision) for m in stage.models]
    classifiers = {
        of.title: Classifier(model, labels_of(model.facts, of.name, stage.classes, of.label_map), stage.top_k)
        for of, model in zip(stage.models, models, strict=True)
        if of.classifier
    }
    zero_shot = {
        of.title: open_zero_shot(
            of.name,
            stage.classes,
            stage.text,
            top_k=stage.top_k,
            device=stage.device,
            precision=stage.precision,
            model=model,
        )
        for of, model in zip(stage.models, models, strict=True)
        if of.zero_shot
    }
    return Describing(stage.models, ImageModels(models, threads=stage.threads), classifiers, zero_shot)


class Describing:
    """Describes decoded pictures.

    Args:
        models: what each model is used as.
        opened: the models, in the same order.
        classifiers, zero_shot: of those used so, by title.
    """

    def __init__(
        self,
        models: Sequence[Described],
        opened: ImageModels,
        classifiers: Mapping[str, Classifier],
        zero_shot: Mapping[str, ZeroShot],
    ) -> None:
        self._models, self._opened = models, opened
        self._classifiers, self._zero_shot = classifiers, zero_shot

    def __call__(self, pictures: Sequence[Image], labels: np.ndarray) -> dict[str, pa.Array]:
        """Columns of the stage, by name, for pictures that are decoded already.

        Args:
            pictures: mode RGB, upright, any size.
            labels: int (n,), the label of each in the class list.

        Returns:
            An array of n values for each column behind ``label``.

        Raises:
            ModelError: for a label that is not of the class list.
        """
        return self.columns(self._opened(pictures), labels)

    def see(self, items: Iterable[Item], read: Callable[[Item], Image | None]) -> list[Seen]:
        """What each model makes of the pictures of ``items``; see ``ImageModels.see``."""
        return self._opened.see(items, read)

    def columns(self, seen: Sequence[Seen], labels: np.ndarray) -> dict[str, pa.Array]:
        """The columns, from what the models made of the pictures."""
        found: dict[str, pa.Array] = {}
        for model, of in zip(self._models, seen, strict=True):
            finite = np.isfinite(of.embeddings).all(axis=1)
            if model.encoder:
                found[f"embedding/{model.title}"] = _lists(of.embeddings, finite)
            if model.classifier and of.logits is not None:
                predicted = self._classifiers[model.title].rank(of.logits)
                told = np.isfinite(predicted.probabilities).all(axis=1)
                found[f"top/{model.title}"] = _lists(predicted.labels, told)
                found[f"probability/{model.title}"] = _lists(predicted.probabilities, told)
            if model.zero_shot:
                matched = self._zero_shot[model.title].rank(of.embeddings, labels)
                found[f"zero_shot/{model.title}"] = _lists(matched.labels, finite)
                found[f"synset_similarity/{model.title}"] = pa.array(matched.own, mask=~finite)
        return found

    def not_finite(self, seen: Sequence[Seen]) -> dict[str, int]:
        """For each model, pictures whose numbers overflowed and whose columns are null for it."""
        return {
            model.title: int((~np.isfinite(of.embeddings).all(axis=1)).sum())
            for model, of in zip(self._models, seen, strict=True)
        }


def _lists(values: np.ndarray, valid: np.ndarray) -> pa.Array:
    """(n, k) as n lists of k; null where not ``valid``."""
    flat = pa.array(np.ascontiguousarray(values).reshape(-1))
    return pa.FixedSizeListArray.from_arrays(flat, values.shape[1], mask=pa.array(~valid))
