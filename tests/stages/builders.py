"""Small tables and stages for tests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from laionet.matching import PAPER, WEB
from laionet.recipe import Select
from laionet.schema import CANDIDATES, CORPUS
from laionet.stages.match import MatchStage
from laionet.stages.score import Scoring
from laionet.stages.select import SelectStage
from laionet.vocab import Synset, load_classes

CLASSES = load_classes(
    [
        Synset("n01", "fox", ("fox", "kit fox"), "a sly animal"),
        Synset("n02", "dog", ("dog", "Border collie"), "a loyal animal"),
        Synset("n03", "crane", ("crane", "go-kart"), "a tall thing"),
        Synset("n04", "heron", ("crane", "heron"), "a tall bird"),
    ],
    lemmas="all",
)

WORDS = ["fox", "dog", "crane", "heron", "kit fox", "BORDER COLLIE", "gokart", "nothing", "foxes", "the"]


def corpus_table(captions, nsfw=None, punsafe=None, urls=None):
    """A table in the corpus schema, one row per caption."""
    n = len(captions)
    columns = {
        "file": ["a.parquet"] * n,
        "row": list(range(n)),
        "caption": captions,
        "url": urls or [f"http://example.com/{i}" for i in range(n)],
        "nsfw": nsfw or ["UNLIKELY"] * n,
        "punsafe": punsafe or [None] * n,
    }
    return pa.table([pa.array(columns.get(f.name, [None] * n), f.type) for f in CORPUS], schema=CORPUS)


@dataclass(frozen=True)
class Encoded:
    embeddings: np.ndarray
    truncated: np.ndarray


class FakeEncoder:
    """Embeds a text by its hash; counts what it was asked for."""

    def __init__(self, dim=8):
        self.dim, self.asked = dim, []

    def encode(self, texts):
        self.asked += list(texts)
        rows = [np.frombuffer(hashlib.sha256(t.encode()).digest(), np.uint8)[: self.dim] for t in texts]
        vectors = np.array(rows, np.float32).reshape(len(texts), self.dim) + 1
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return Encoded(vectors.astype(np.float32), np.array([len(t) > 40 for t in texts], bool))

    def embed(self, texts):
        import torch

        found = self.encode(texts)
        return torch.from_numpy(found.embeddings), found.truncated


def match_call(rules=WEB):
    """An open match stage."""
    return MatchStage(CLASSES, rules).open()


def candidates(table):
    """What match finds in a corpus table, with the other columns beside it, as the score stage reads it."""
    matched = match_call()(table).table
    rows = table.take(matched["row"].combine_chunks())
    columns = [matched[n] if n in matched.column_names else rows[n] for n in CANDIDATES.names]
    return pa.Table.from_arrays(columns, schema=CANDIDATES)


def score_call(encoder=None):
    """An open score stage on a fake encoder."""
    texts = dict(zip(CLASSES.wnids, CLASSES.texts("name-def"), strict=True))
    return Scoring(encoder or FakeEncoder(), texts)


def select_call(safety=("nsfw",), **rules):
    """An open select stage."""
    marks = {mark: ["a.parquet"] for mark in safety}
    return SelectStage(Select(**rules), tuple(CLASSES.wnids), marks).open()


def scored(captions, **more):
    """A scored table of these captions."""
    return score_call()(candidates(corpus_table(captions, **more))).table


__all__ = [name for name in globals() if not name.startswith("_")]
PAPER_RULES = PAPER
