"""Versions of a dataset over one class list: datasets of their own, or made by the frequencies of the images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from laionet.compare.frequency import versions_at_least, versions_in_bins
from laionet.compare.votes import reliability, true_frequencies
from laionet.flow.comparing.described import Described
from laionet.flow.diagnosing.selected import Frequencies, VersionPlace, read_frequencies_of


@dataclass(frozen=True)
class Voted:
    """A dataset whose images have a selection frequency each; versions are made of it.

    Attributes:
        place: anything that ``laionet compare`` opens.
        frequencies: table of frequencies or votes by image; see ``selected.read_frequencies_of``.
        shown: annotators asked about each image, where the table does not say.
        at_least: thresholds, one version for each; where there are none, ``bins`` are made.
        bins: versions of equal size, from the least frequent images of each class to the most.
    """

    place: str
    frequencies: Path
    shown: int | None = None
    at_least: tuple[float, ...] = ()
    bins: int = 3


@dataclass(frozen=True)
class VersionSet:
    """A version of a dataset, in the joint class list.

    Attributes:
        title: what to call it.
        data: the dataset that it is of.
        label: int64 (n,), joint label of each image of the dataset, -1 for one that is not in the version.
        frequency: float64, of the version (1,), or by class (classes,).
        corrected: float64 (classes,), freed of the noise of votes; None where votes are not known.
    """

    title: str
    data: Described
    label: np.ndarray
    frequency: np.ndarray
    corrected: np.ndarray | None = None

    @property
    def mean_frequency(self) -> float:
        """Over its images."""
        return self._mean(self.frequency)

    def told(self) -> dict[str, Any]:
        """Title, images and frequencies, for a document."""
        return {
            "title": self.title,
            "images": int((self.label >= 0).sum()),
            "frequency": self.mean_frequency,
            "corrected": None if self.corrected is None else self._mean(self.corrected),
        }

    def _mean(self, by_class: np.ndarray) -> float:
        return float(by_class[0] if len(by_class) == 1 else np.nanmean(by_class[self.label[self.label >= 0]]))


def joint_labels(datasets: Sequence[Described]) -> list[np.ndarray]:
    """Labels of all datasets over one class list: that of the first, then what the others add."""
    place: dict[str, int] = {}
    for one in datasets:
        for wnid in one.classes.wnids:
            place.setdefault(wnid, len(place))
    return [np.array([place[wnid] for wnid in one.classes.wnids], np.int64)[one.label] for one in datasets]


def given_versions(
    versions: Sequence[VersionPlace], opened: Sequence[Described], labels: Sequence[np.ndarray]
) -> list[VersionSet]:
    """Versions that are datasets of their own."""
    return [
        VersionSet(one.title, one, label, np.array([version.frequency]))
        for version, one, label in zip(versions, opened, labels, strict=True)
    ]


def made_versions(
    voted: Voted, data: Described, label: np.ndarray, seed: int
) -> tuple[list[VersionSet], dict[str, Any]]:
    """Versions of a dataset by the frequencies of its images, and what is to be told of these."""
    found = read_frequencies_of(voted.frequencies, data.samples, voted.shown)
    n_classes = int(label.max(initial=-1)) + 1
    made = (
        versions_at_least(found.value, voted.at_least)
        if voted.at_least
        else versions_in_bins(found.value, label, voted.bins, seed)
    )
    sure = reliability(found.votes, found.shown) if found.votes is not None else None
    # Frequencies that are noise throughout say nothing of the true ones: a slope on these would be anything.
    true = _true(found) if sure is not None and sure.low > 0 else None
    sets = [
        VersionSet(
            one.name,
            data,
            _only(label, one.rows),
            one.frequency(found.value, label, n_classes),
            None if true is None else one.frequency(true, label, n_classes),
        )
        for one in made
        if len(one.rows)
    ]
    without = int(np.isnan(found.value).sum())
    return sets, {"without_frequency": without, "reliability": None if sure is None else asdict(sure)}


def _true(found: Frequencies) -> np.ndarray | None:
    """Expected true frequency of each image, by the distribution of all that were voted on."""
    if found.votes is None or found.shown is None:
        return None
    return found.of_rows(true_frequencies(found.votes, found.shown).expected)


def _only(label: np.ndarray, rows: np.ndarray) -> np.ndarray:
    found = np.full_like(label, -1)
    found[rows] = label[rows]
    return found
