"""A described dataset with both similarities of each image: its caption's and its own to the synset."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from laionet.dataset import open_dataset
from laionet.errors import OutputError
from laionet.flow.comparing.described import Described
from laionet.flow.folder import RunFolder


@dataclass(frozen=True)
class Linked:
    """Both similarities of each described image, in its dataset's order.

    Attributes:
        text: float32 (n,), cosine of caption and synset text.
        image: float32 (n,), cosine of image and synset text; NaN where unknown.
        label: int64 (n,).
        n_classes: length of the class list.
        model: that ``image`` is of.
        text_encoder: that ``text`` is of.
        threshold: text threshold that the run was selected by: below it there is nothing.
        rows: of the dataset, with images or without.
    """

    text: np.ndarray
    image: np.ndarray
    label: np.ndarray
    n_classes: int
    model: str
    text_encoder: str
    threshold: float
    rows: int


def open_linked(data: Described, run: Path, model: str | None = None) -> Linked:
    """Join the similarities of captions, by position in the dataset, to those of images.

    Args:
        data: the described images of ``run``.
        run: the run's folder.
        model: a zero-shot model of it; None for the first.

    Raises:
        OutputError: for a run that built no dataset from captions, or whose images no zero-shot model described.
    """
    models = data.names("synset_similarity")
    if not models:
        raise OutputError(
            f"The images of {run} have no similarity to their synset. Describe them by a zero-shot model:  "
            f"laionet describe {run} --zero-shot MODEL"
        )
    if model is not None and model not in models:
        raise OutputError(f"{run} was not described by {model!r}; it was by {', '.join(models)}.")
    folder = RunFolder(run)
    if not (folder.dataset / "manifest.json").exists():
        raise OutputError(f"{run} has no captions: it is no dataset that laionet build made.")
    recipe, chosen = folder.recipe(), model or models[0]
    captions = open_dataset(folder.dataset)
    similarity = np.concatenate([np.asarray(t["similarity"], np.float32) for t in captions.tables(["similarity"])])
    at = np.array([int(sample) for sample in data.samples], dtype=np.int64)
    if len(at) and int(at.max()) >= len(similarity):
        raise OutputError(f"The described images of {run} are not of its dataset; fetch and describe it again.")
    return Linked(
        similarity[at],
        data.numbers(f"synset_similarity/{chosen}").astype(np.float32),
        data.label,
        len(data.classes),
        chosen,
        recipe.score.encoder,
        recipe.select.threshold,
        len(similarity),
    )
