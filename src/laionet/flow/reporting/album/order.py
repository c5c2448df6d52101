"""Which classes an album shows first, and which models it speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from laionet.flow.comparing.described import Described


@dataclass(frozen=True)
class Predictions:
    """What the best classifier names first, in each dataset.

    Attributes:
        model: its name.
        first: for each dataset int64 (n,), a label of its own class list: -1 for a class that is not in it, -2
            where nothing was predicted; None for a dataset that the model did not see.
    """

    model: str
    first: list[np.ndarray | None]

    def recall(self, side: int, label: int, rows: slice) -> float | None:
        """Share of a class's images that are named right; None where none was predicted."""
        first = self.first[side]
        if first is None or not (known := first[rows] != -2).any():
            return None
        return float((first[rows] == label)[known].mean())


@dataclass(frozen=True)
class Ranked:
    """A class in its place.

    Attributes:
        wnid, name: as in the class list.
        gap: recall of the best classifier in the first dataset less in the second; None where not known.
        difference: mean similarity within the class, likewise.
    """

    wnid: str
    name: str
    gap: float | None
    difference: float | None


def predictions(datasets: Sequence[Described]) -> Predictions | None:
    """Those of the classifier that is right most often in the last dataset; of a zero-shot one without any.

    Models that saw every dataset come before those that saw some.
    """
    for kind in ("top", "zero_shot"):
        names = list(dict.fromkeys(name for one in datasets for name in one.names(kind)))
        if not names:
            continue
        seen = {name: sum(name in one.names(kind) for one in datasets) for name in names}
        names = [name for name in names if seen[name] == max(seen.values())]
        best = max(names, key=lambda name: _accuracy(datasets, f"{kind}/{name}")) if len(names) > 1 else names[0]
        column = f"{kind}/{best}"
        first = [one.integers(column)[:, 0] if best in one.names(kind) else None for one in datasets]
        return Predictions(best, first)
    return None


def _accuracy(datasets: Sequence[Described], column: str) -> float:
    """In the last of the datasets that has the column."""
    one = next(one for one in reversed(datasets) if column in one.schema.names)
    return float((one.integers(column)[:, 0] == one.label).mean()) if len(one) else 0.0


def encoder_of(datasets: Sequence[Described], pair: Mapping[str, Any] | None) -> str | None:
    """The encoder that cosines are of: the comparison's first, else the first that described all, or any."""
    if pair and pair["similarity"]:
        return str(pair["similarity"][0]["encoder"])
    names = [one.names("embedding") for one in datasets]
    every = list(dict.fromkeys(name for some in names for name in some))
    return next((name for name in every if all(name in some for some in names)), every[0] if every else None)


def ranked(
    datasets: Sequence[Described], pair: Mapping[str, Any] | None, told: Predictions | None, encoder: str | None
) -> list[Ranked]:
    """All classes with images: largest recall gap first, then largest difference of similarity, then by name.

    The comparison lists the classes of the largest gaps, as far as noise lets them be told; these come first.

    Args:
        datasets: one or more.
        pair: the comparison of the first two; None for none.
        told: predictions, from which gaps of all classes come.
        encoder: whose differences count.
    """
    names = {
        one.classes[int(label)].wnid: one.classes[int(label)].text_name
        for one in datasets
        for label in np.flatnonzero(one.counts)
    }
    largest = _largest(pair, told.model if told else "")
    differences = _differences(pair, encoder)
    found = [Ranked(wnid, name, _gap(datasets, told, wnid), differences.get(wnid)) for wnid, name in names.items()]
    return sorted(
        found,
        key=lambda one: (
            largest.get(one.wnid, len(largest)),
            -abs(one.difference or 0.0),
            one.name,
            one.wnid,
        ),
    )


def rows_of(one: Described, wnid: str) -> slice:
    """Rows of a class, which are neighbours; none where the dataset does not have it."""
    if wnid not in one.classes:
        return slice(0, 0)
    label = one.classes.index(wnid)
    first, last = np.searchsorted(one.label, [label, label + 1])
    return slice(int(first), int(last))


def _gap(datasets: Sequence[Described], told: Predictions | None, wnid: str) -> float | None:
    if told is None or len(datasets) < 2:
        return None
    recalls = [
        told.recall(side, one.classes.index(wnid), rows_of(one, wnid)) if wnid in one.classes else None
        for side, one in enumerate(datasets[:2])
    ]
    if recalls[0] is None or recalls[1] is None:
        return None
    return recalls[0] - recalls[1]


def _largest(pair: Mapping[str, Any] | None, model: str) -> dict[str, int]:
    """Place of each class that the comparison lists, by the gaps of a model, or of the first."""
    parts = pair["gaps"] if pair else []
    part = next((part for part in parts if part["model"] == model), parts[0] if parts else None)
    return {row["wnid"]: place for place, row in enumerate(part["largest"])} if part else {}


def _differences(pair: Mapping[str, Any] | None, encoder: str | None) -> dict[str, float]:
    parts = pair["similarity"] if pair else []
    part = next((part for part in parts if part["encoder"] == encoder), None)
    return {row["wnid"]: row["difference"] for row in part["classes"]} if part else {}
