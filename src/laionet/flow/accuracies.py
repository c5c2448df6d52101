"""Accuracies of all models of a table, of their groups, and how each differs from one: a document of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from laionet.compare import accuracy as single
from laionet.compare import paired
from laionet.errors import LayoutError
from laionet.flow.class_files import read_classes, read_frequencies
from laionet.flow.predictions import Outcome, Predictions, images_by_class, labels_of, read_predictions
from laionet.shards import plain

#: Images counted at once, which bounds the memory.
BLOCK = 65_536


def accuracies(
    source: str | Path | Predictions,
    *,
    classes_from: Iterable[str | Path] = (),
    frequencies_from: Iterable[str | Path] = (),
    where: Mapping[str, str] | None = None,
    labels: str | Path | None = None,
    label_column: str = "wnid",
    models: Iterable[str] = (),
    against: str | None = None,
    level: float = 0.95,
    interval: str = "paper",
    per_class: bool = False,
) -> dict[str, Any]:
    """Accuracy of every model in a table of outcomes, over the classes asked for.

    Args:
        source: as of ``read_predictions``, or what it read.
        classes_from: files of classes, see ``class_files.read_classes``; a class must be in all of them.
        frequencies_from: files of class frequencies to weight by, see ``class_files.read_frequencies``.
        where: of tables among these files, only rows with these values.
        labels, label_column: as of ``read_predictions``.
        models: names to keep, whole or the part behind the last slash, beside ``against``; none: all.
        against: model that each other is compared with, on the same images.
        level: of the intervals.
        interval: ``"paper"`` or ``"binomial"``, see ``compare.accuracy.accuracy``.
        per_class: recall of each class with Wilson's interval too.

    Returns:
        A document of plain numbers, None for what is not known: ``images``, ``dropped``, ``classes``, and rows
        ``models``, ``groups`` (two models or more), ``differences``, ``recalls``. docs/accuracy.md names its keys.

    Raises:
        LayoutError: for files that do not fit, classes that the table does not have, unknown models.
    """
    if not 0 < level < 1 or interval not in ("paper", "binomial"):
        raise LayoutError(
            f"The level must be between 0 and 1 and the interval paper or binomial: {level}, {interval}."
        )
    found = source
    if not isinstance(found, Predictions):
        found = read_predictions(found, labels=labels, label_column=label_column)
    outcomes = _chosen(found, models, against)
    images, dropped = images_by_class(found)
    classes, absent = _classes(found, images, [read_classes(one, where) for one in classes_from])
    frequencies = {"own": images} | {str(one): read_frequencies(one, where) for one in frequencies_from}
    weights = {name: _weights(name, given, classes) for name, given in frequencies.items()}
    label = labels_of(found, {w: i for i, w in enumerate(classes)})
    document: dict[str, Any] = {
        "source": found.source, "rows": len(found), "images": int((label >= 0).sum()), "dropped": dropped,
        "other_classes": int(sum(images.values()) - (label >= 0).sum()), "classes": len(classes),
        "classes_without_images": absent, "level": level, "interval": interval,
        "models": [], "groups": [], "differences": [],
    }  # fmt: skip
    if per_class:
        document["recalls"] = []
    for k in sorted({one.k for one in outcomes}):
        _add(document, _Same([one for one in outcomes if one.k == k], label, classes, weights), against)
    return dict(plain(document))


def _weights(name: str, frequency: Mapping[str, float], classes: Sequence[str]) -> np.ndarray:
    found = np.array([frequency.get(wnid, 0.0) for wnid in classes], dtype=float)
    if not found.sum():
        raise LayoutError(f"{name} has no images of the {len(classes)} classes asked for.")
    return found


@dataclass(frozen=True)
class _Same:
    """Models with one k on the same images."""

    outcomes: Sequence[Outcome]
    label: np.ndarray
    classes: Sequence[str]
    weights: Mapping[str, np.ndarray]

    def counts(self) -> paired.JointHits:
        parts: list[paired.JointHits] = []
        for start in range(0, max(len(self.label), 1), BLOCK):
            block = np.column_stack([one.correct[start : start + BLOCK] for one in self.outcomes]).astype(float)
            block[block < 0] = np.nan
            part = paired.partial(block, self.label[start : start + BLOCK], len(self.classes))
            parts = [paired.merge([*parts, part])]
        return parts[0]


def _add(document: dict[str, Any], same: _Same, against: str | None) -> None:
    """Add the rows of models with one k."""
    counts, level = same.counts(), document["level"]
    together = paired.finish(counts, level)
    for i, one in enumerate(same.outcomes):
        recalls = single.finish(paired.hits_of(counts, i), level)
        asked = int((same.label >= 0).sum())
        n = int(recalls.n.sum())
        row = {
            "model": one.model, "group": one.group, "k": one.k, "images": n, "not_predicted": asked - n,
            "classes": int((recalls.n > 0).sum()),
            "equal": asdict(single.accuracy(recalls, method=document["interval"])),
            "weighted": {
                name: asdict(single.accuracy(recalls, weight, method=document["interval"]))
                for name, weight in same.weights.items()
            },
        }  # fmt: skip
        document["models"].append(row)
        if "recalls" in document:
            document["recalls"] += _recalls(one, recalls, same.classes)
    for group in dict.fromkeys(one.group for one in same.outcomes if one.group):
        members = [i for i, one in enumerate(same.outcomes) if one.group == group]
        if len(members) > 1:
            document["groups"].append(_group(group, members, same, together))
    if against is not None:
        document["differences"] += _differences(against, same, counts, together)


def _group(group: str, members: list[int], same: _Same, together: paired.PairedRecall) -> dict[str, Any]:
    def mean(weight: np.ndarray | None) -> dict[str, Any]:
        return asdict(paired.group_accuracy(together, members, weight))

    return {
        "group": group, "k": same.outcomes[0].k, "models": [same.outcomes[i].model for i in members],
        "equal": mean(None), "weighted": {name: mean(weight) for name, weight in same.weights.items()},
    }  # fmt: skip


def _differences(
    against: str, same: _Same, counts: paired.JointHits, together: paired.PairedRecall
) -> list[dict[str, Any]]:
    base = [i for i, one in enumerate(same.outcomes) if _named(one.model, against)]
    if not base:  # it has no predictions of this k
        return []
    rows = []
    for i, one in enumerate(same.outcomes):
        if i == base[0]:
            continue
        test = paired.mcnemar(counts, i, base[0])
        rows.append(
            {
                "model": one.model, "group": one.group, "against": same.outcomes[base[0]].model, "k": one.k,
                "equal": asdict(paired.model_difference(together, i, base[0])),
                "only_model": test.only_a, "only_against": test.only_b, "p": test.p,
            }
        )  # fmt: skip
    return rows


def _recalls(one: Outcome, recalls: single.ClassRecall, classes: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "model": one.model, "group": one.group, "k": one.k, "wnid": wnid,
            "images": int(recalls.n[i]), "hits": int(recalls.hits[i]), "recall": float(recalls.recall[i]),
            "low": float(recalls.low[i]), "high": float(recalls.high[i]),
        }
        for i, wnid in enumerate(classes)
    ]  # fmt: skip


def _named(model: str, name: str) -> bool:
    return name in (model, model.rpartition("/")[2])


def _chosen(found: Predictions, models: Iterable[str], against: str | None) -> list[Outcome]:
    names, more = list(models), [] if against is None else [against]
    for name in names + more:
        if not any(_named(one.model, name) for one in found.outcomes):
            known = ", ".join(dict.fromkeys(one.model for one in found.outcomes))
            raise LayoutError(f"{found.source} has no model {name!r}; it has {known}.")
    return [one for one in found.outcomes if not names or any(_named(one.model, name) for name in names + more)]


def _classes(
    found: Predictions, images: Mapping[str, int], lists: Sequence[Sequence[str]]
) -> tuple[list[str], list[str]]:
    """Classes asked for that have images, and those that have none."""
    if not images:
        raise LayoutError(f"No row of {found.source} has a class.")
    if not lists:
        return list(images), []
    others = [set(more) for more in lists[1:]]
    asked = [wnid for wnid in lists[0] if all(wnid in more for more in others)]
    if not asked:
        raise LayoutError("No class is in all of the files given by --classes-from.")
    classes = sorted(wnid for wnid in asked if wnid in images)
    if not classes:
        raise LayoutError(
            f"None of the {len(asked)} classes asked for, such as {asked[0]}, is in {found.source}, which has "
            f"{len(images)}, such as {next(iter(images))}."
        )
    return classes, sorted(wnid for wnid in asked if wnid not in images)
