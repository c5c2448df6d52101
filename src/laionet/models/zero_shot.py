"""Zero-shot: the classes whose synset texts are most similar to a picture (paper, Section 2 and Appendix D)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from laionet.errors import ModelError
from laionet.models.image import image_facts, open_image_model
from laionet.models.ranking import padded, top_k

if TYPE_CHECKING:
    from PIL.Image import Image

    from laionet.models.image import ImageFacts
    from laionet.models.image_model import ImageModel
    from laionet.vocab import ClassList

# Products are of blocks of one shape, so that their last bits do not depend on how many pictures there are.
_ROWS = 64


@dataclass(frozen=True)
class Matched:
    """Most similar synset texts for n pictures.

    Attributes:
        labels: int32 (n, k), most similar first; -1 where there are fewer than k classes.
        similarity: float32 (n, k), their cosines, -1 to 1; NaN where ``labels`` is -1, and for a picture
            whose embedding is not finite.
        own: float32 (n,), cosine of each picture and the text of its own class (paper, Appendix D); NaN as
            above.
    """

    labels: np.ndarray
    similarity: np.ndarray
    own: np.ndarray


class ZeroShot:
    """A CLIP or SigLIP model with the embeddings of all synset texts.

    Attributes:
        model: the open image tower.
        texts: float32 (classes, dim), embeddings of the synset texts in label order, each of length 1.
        top_k: classes kept of each picture.
    """

    def __init__(self, model: ImageModel, texts: np.ndarray, top_k: int = 5) -> None:
        self.model, self.texts, self.top_k = model, texts, top_k
        self._columns = np.ascontiguousarray(texts.astype(np.float64).T)

    def predict(self, images: Sequence[Image], labels: Sequence[int] | np.ndarray) -> Matched:
        """Classify RGB pictures of any size, in their order; ``labels`` are their own classes."""
        return self.rank(self.model.encode(images), np.asarray(labels, dtype=np.int64))

    def rank(self, embeddings: np.ndarray, labels: np.ndarray) -> Matched:
        """As ``predict``, from embeddings (n, dim) that were computed before.

        Raises:
            ModelError: for a label that is not of the class list.
        """
        if len(labels) and not 0 <= labels.min() <= labels.max() < len(self.texts):
            raise ModelError(
                f"a picture has label {labels.max()}, but the class list has {len(self.texts)} classes, from 0;"
                " describe pictures with the class list that they were labelled with"
            )
        finite = np.isfinite(embeddings).all(axis=1)
        cosines = self._cosines(np.where(finite[:, None], embeddings, 0))
        best = top_k(cosines, self.top_k)
        similarity = np.take_along_axis(cosines, best, axis=1)
        own = cosines[np.arange(len(labels)), labels]
        similarity[~finite], own[~finite] = np.nan, np.nan
        return Matched(padded(best.astype(np.int32), self.top_k, -1), padded(similarity, self.top_k, np.nan), own)

    def _cosines(self, embeddings: np.ndarray) -> np.ndarray:
        """float32 (n, classes)."""
        cosines = np.empty((len(embeddings), len(self.texts)), dtype=np.float32)
        block = np.zeros((_ROWS, embeddings.shape[1]))
        for start in range(0, len(embeddings), _ROWS):
            rows = embeddings[start : start + _ROWS]
            block[: len(rows)] = rows
            cosines[start : start + len(rows)] = np.clip((block @ self._columns)[: len(rows)], -1, 1)
        return cosines


def open_zero_shot(
    name: str,
    classes: ClassList,
    text: str = "name-def",
    *,
    top_k: int = 5,
    device: str = "auto",
    precision: str = "fp32",
    model: ImageModel | None = None,
) -> ZeroShot:
    """Load a CLIP or SigLIP model, both towers, and embed the synset texts.

    Args:
        name: a Hugging Face name, a folder, or ``mini-web/clip``.
        classes: our class list.
        text: the synset text: a template's name or a text of one's own; see ``laionet.vocab.synset_text``.
        top_k: classes kept of each picture.
        device: auto, cpu, cuda, cuda:N or mps.
        precision: fp32, bf16, or fp16 on a GPU.
        model: the same model's image tower, if it is open already.

    Raises:
        ModelError: as ``open_image_encoder`` and ``open_text_encoder``; and for a model without texts.
    """
    from laionet.models.text import open_text_encoder

    facts = model.facts if model else image_facts(name)
    check_zero_shot(name, facts)
    encoder = open_text_encoder(name, device=device, precision=precision)
    texts = encoder.encode(classes.texts(text)).embeddings
    tower = model or open_image_model(name, device=device, precision=precision, facts=facts)
    if texts.shape[1] != tower.dim:
        raise ModelError(f"{name}: texts have {texts.shape[1]} numbers and pictures {tower.dim}")
    return ZeroShot(tower, texts, top_k)


def check_zero_shot(name: str, facts: ImageFacts) -> None:
    """Tell whether a model can classify by texts, without loading it.

    Raises:
        ModelError: where it cannot.
    """
    kind = facts.kind
    if kind not in ("clip", "siglip"):
        hint = (
            "; LAION's models can be had as CLIP models of transformers too, by their name alone"
            if kind == "open_clip"
            else ""
        )
        raise ModelError(f"{name}: is no CLIP or SigLIP model, so it cannot classify by texts{hint}")
