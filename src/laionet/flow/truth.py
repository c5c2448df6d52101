"""What is true of a mini-web: large populations of both selections, as an encoder sees them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from laionet.causal.annotators import Annotators
from laionet.causal.gallery import annotate, pictures, write_corpus
from laionet.causal.web import Web
from laionet.compare.simulation import true_mean
from laionet.engines.local import available_cores
from laionet.flow.demo import ELSEWHERE, recipe_by_caption
from laionet.flow.run import Run


@dataclass(frozen=True)
class Population:
    """Pictures that one selection takes from a web, many more than a dataset has.

    Attributes:
        pictures: int64 (n,), numbers of the web's pictures.
        label: int64 (n,), class that each was selected for, ascending.
    """

    pictures: np.ndarray
    label: np.ndarray

    def first(self, per_class: int, classes: Sequence[int]) -> Population:
        """The first pictures of some classes."""
        rows = np.concatenate([np.flatnonzero(self.label == one)[:per_class] for one in classes])
        return Population(self.pictures[rows], self.label[rows])


def caption_population(web: Web, rows: int, folder: Path) -> Population:
    """S: what the text half selects from the first ``rows`` pages; works in ``folder``."""
    corpus, _ = write_corpus(web, 0, rows, folder / "web")
    Run(recipe_by_caption(corpus, {}, web.seed), folder / "run").build()
    files = sorted((folder / "run" / "dataset" / "data").glob("*.parquet"))
    tables = [pq.read_table(file, columns=["label", "url"]) for file in files]
    label = np.concatenate([np.asarray(table["label"], np.int64) for table in tables])
    urls = [url for table in tables for url in table["url"].to_pylist()]
    index = np.array([int(url.rpartition("/")[2].removesuffix(".jpg")) for url in urls], dtype=np.int64)
    order = np.argsort(label, kind="stable")
    return Population(index[order], label[order])


def annotated_population(web: Web, pool: int, per_class: int, strength: float) -> Population:
    """S': what annotators take from ``pool`` other pages, up to ``per_class`` of each class."""
    voters = Annotators(strength=strength, seed=web.seed)
    pages, label, _ = annotate(web, ELSEWHERE, ELSEWHERE + pool, voters, per_class)
    return Population(np.array([page.picture for page in pages], dtype=np.int64), label)


def embedded(web: Web, population: Population, encoder: str = "mini-web/clip") -> np.ndarray:
    """Embeddings of the pictures, float32 (n, dim), unit vectors."""
    from PIL import Image

    from laionet.models.image import open_image_encoder

    model, found, batch = open_image_encoder(encoder), [], []
    for data in pictures(web, population.pictures.tolist(), available_cores()):
        batch.append(Image.open(io.BytesIO(data)).convert("RGB"))
        if len(batch) == 256:
            found.append(model.encode(batch))
            batch = []
    if batch:
        found.append(model.encode(batch))
    return np.concatenate(found)


def true_means(embeddings: np.ndarray, label: np.ndarray, n_classes: int) -> np.ndarray:
    """True mean similarity of each class of a population, two draws being independent; NaN for an empty class."""
    means = np.full(n_classes, np.nan)
    for one in np.unique(label):
        means[one] = true_mean(embeddings[label == one])
    return means
