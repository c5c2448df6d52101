"""Two described datasets to a comparison: accuracy, intra-class similarity, classes that differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from laionet.compare.accuracy import accuracy, accuracy_difference, class_recall, top_k_correct
from laionet.compare.similarity import intra_class, similarity_difference
from laionet.errors import OutputError
from laionet.flow.folder import RunFolder
from laionet.flow.run import classes_of
from laionet.shards import read_table
from laionet.vocab import ClassList


@dataclass(frozen=True)
class Described:
    """A described dataset in memory.

    Attributes:
        title: what to call it.
        classes: its class list.
        table: all rows of its ``describe/``.
    """

    title: str
    classes: ClassList
    table: pa.Table

    @property
    def label(self) -> np.ndarray:
        """Label of each row, int64."""
        return np.asarray(self.table["label"], dtype=np.int64)

    def names(self, kind: str) -> list[str]:
        """Models with a column of that kind: ``embedding``, ``top``, ``zero_shot``."""
        return [name.partition("/")[2] for name in self.table.column_names if name.startswith(f"{kind}/")]

    def matrix(self, column: str) -> np.ndarray:
        """A column of lists as (n, length); rows that are null are NaN, or -1 for labels."""
        values = self.table[column].combine_chunks()
        missing = -1 if pa.types.is_integer(values.type.value_type) else np.nan
        # A fixed-size list keeps room for its values where it is null, so that rows stay in their places.
        rows = np.array(values.values.slice(values.offset * values.type.list_size)).reshape(
            -1, values.type.list_size
        )
        rows = rows[: len(values)].copy()
        rows[np.asarray(values.is_null())] = missing
        return rows


def open_described(folder: Path, title: str | None = None) -> Described:
    """Read what ``describe`` wrote in a run's folder.

    Raises:
        OutputError: where nothing was described there.
    """
    run = RunFolder(folder)
    recipe = run.recipe()
    done = [report["name"] for report in run.reports("describe") if report["status"] == "done"]
    if not done:
        raise OutputError(f"{folder} has no described images. Run:  laionet describe {folder}")
    table = pa.concat_tables([read_table(run.stage("describe") / f"{name}.parquet") for name in done])
    return Described(title or recipe.name, classes_of(recipe), table)


def compare(a: Described, b: Described) -> dict[str, Any]:
    """Compare two datasets over one class list; a document of plain numbers.

    Args:
        a: the dataset in question, chosen by caption.
        b: the reference, chosen by annotators.

    Returns:
        ``datasets``; ``accuracy``: for each model and k both accuracies, their difference (a - b) and a's
        frequency-weighted one; ``similarity``: for each encoder the pooled difference (a - b), counts of
        classes significantly lower and higher, by our interval and by the paper's, and rows by class.

    Raises:
        OutputError: where their classes differ.
    """
    if a.classes.wnids != b.classes.wnids:
        raise OutputError(f"{a.title} and {b.title} have different classes; describe both over one list.")
    return {
        "datasets": [_dataset(one) for one in (a, b)],
        "accuracy": [row for kind in ("top", "zero_shot") for row in _accuracies(a, b, kind)],
        "similarity": [_similarity(a, b, name) for name in a.names("embedding") if name in b.names("embedding")],
    }


def _dataset(one: Described) -> dict[str, Any]:
    counts = np.bincount(one.label, minlength=len(one.classes))
    return {"title": one.title, "images": len(one.table), "classes": int((counts > 0).sum())}


def _accuracies(a: Described, b: Described, kind: str) -> list[dict[str, Any]]:
    rows = []
    frequency = np.bincount(a.label, minlength=len(a.classes)).astype(float)
    for name in a.names(kind):
        if name not in b.names(kind):
            continue
        tops = [one.matrix(f"{kind}/{name}") for one in (a, b)]
        for k in (1, min(5, tops[0].shape[1])):
            recalls = [
                class_recall(top_k_correct(top, one.label, k), one.label, len(one.classes))
                for one, top in zip((a, b), tops, strict=True)
            ]
            rows.append(
                {
                    "model": name,
                    "use": "zero-shot" if kind == "zero_shot" else "classifier",
                    "k": k,
                    "a": asdict(accuracy(recalls[0])),
                    "b": asdict(accuracy(recalls[1])),
                    "difference": asdict(accuracy_difference(*recalls)),
                    "a_weighted": asdict(accuracy(recalls[0], frequency)),
                }
            )
    return rows


def _similarity(a: Described, b: Described, encoder: str) -> dict[str, Any]:
    sound, paper = ([_intra(one, encoder, method) for one in (a, b)] for method in ("jackknife", "paper"))
    found = similarity_difference(*sound)
    far = np.abs(paper[0].mean - paper[1].mean) > 1.96 * np.sqrt(paper[0].se ** 2 + paper[1].se ** 2)
    below = paper[0].mean < paper[1].mean
    return {
        "encoder": encoder,
        "a": _mean(sound[0].mean),
        "b": _mean(sound[1].mean),
        "pooled": asdict(found.pooled),
        "judged": found.judged,
        "lower": found.lower,
        "higher": found.higher,
        "paper": {"lower": int(np.sum(far & below)), "higher": int(np.sum(far & ~below))},
        "classes": _rows(a.classes, sound, found),
    }


def _intra(one: Described, encoder: str, method: str) -> Any:
    embeddings, label = one.matrix(f"embedding/{encoder}"), one.label
    finite = np.isfinite(embeddings).all(axis=1)
    return intra_class(embeddings[finite], label[finite], len(one.classes), method=method)


def _mean(values: np.ndarray) -> float | None:
    some = values[np.isfinite(values)]
    return float(some.mean()) if len(some) else None


def _rows(classes: ClassList, sides: Sequence[Any], found: Any) -> list[dict[str, Any]]:
    """One row a class that both datasets can judge, from the lowest difference to the highest."""
    rows = [
        {
            "wnid": synset.wnid,
            "name": synset.text_name,
            "n_a": int(sides[0].n[i]),
            "n_b": int(sides[1].n[i]),
            **{key: float(getattr(found, key)[i]) for key in ("difference", "low", "high", "q")},
        }
        for i, synset in enumerate(classes)
        if np.isfinite(found.difference[i]) and np.isfinite(found.low[i])
    ]
    return sorted(rows, key=lambda row: row["difference"])
