"""Selection frequency: versions of a dataset against reference datasets (paper, Section 4.1, Figure 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from laionet.compare.frequency import (
    WithinTrend,
    apart,
    significant_shares,
    significantly,
    within_class_trend,
)
from laionet.compare.similarity import ClassSimilarity, SimilarityDifference, intra_class, similarity_difference
from laionet.errors import OutputError
from laionet.events import Listener, ignore
from laionet.flow.comparing.aligned import titles_apart
from laionet.flow.comparing.described import Described
from laionet.flow.comparing.places import Wanted, open_places
from laionet.flow.comparing.similarities import paper_counts
from laionet.flow.diagnosing.outcome import write_outcome
from laionet.flow.diagnosing.selected import VersionPlace
from laionet.flow.diagnosing.versions import VersionSet, Voted, given_versions, joint_labels, made_versions
from laionet.flow.folder import RunFolder
from laionet.report.diagnosing.frequency import frequency_figure


def diagnose_frequency(
    references: Sequence[str],
    versions: Sequence[VersionPlace] = (),
    out: str | Path = "out/diagnose",
    *,
    voted: Voted | None = None,
    titles: Sequence[str] = (),
    level: float = 0.95,
    alpha: float = 0.05,
    seed: int = 0,
    listener: Listener = ignore,
    **knobs: Any,
) -> dict[str, Any]:
    """Hold versions of a dataset, each with a selection frequency, against references; write numbers and a figure.

    Args:
        references: places of datasets, as for ``compare_datasets``.
        versions: of one dataset, two or more, unless ``voted`` is given.
        out: folder to write ``diagnosis/frequency.json`` and ``.svg`` into; images are described there too.
        voted: a dataset to make versions of.
        titles: what to call the references.
        level: of the intervals.
        alpha: false discovery rate of the classes that count as lower or higher.
        seed: of images of equal frequency into bins.
        listener: called with every event.
        knobs: of the recipe, for images that are to be described.

    Returns:
        ``versions``: title, images, frequency, and where votes are known the ``corrected`` one. ``reliability`` of
        the frequencies of single images. ``encoders``: for each encoder that described all datasets, and each
        reference: ``versions`` with the classes where the reference is significantly lower and higher, and
        ``trends`` within classes of ``difference`` (reference less version), ``apart`` (squared), ``lower`` and
        ``higher``, on frequency and on corrected frequency.

    Raises:
        OutputError: for fewer than two versions, or datasets without an encoder in common.
    """
    out = Path(out)
    if not references:
        raise OutputError("Name a reference dataset to hold the versions against.")
    if voted is None and len(versions) < 2:
        raise OutputError(
            "A trend takes two versions or more: give --version again, or --images and --frequencies."
        )
    if titles and len(titles) != len(references):
        raise OutputError(f"There are {len(titles)} names for {len(references)} references.")
    with RunFolder(out).locked():
        opened = _opened(references, versions, voted, titles, Wanted(knobs, out, listener))
        first, last = len(references), len(references) + len(versions)
        labels = joint_labels(opened)
        sets, told = given_versions(versions, opened[first:last], labels[first:last]), {"reliability": None}
        if voted:
            made, told = made_versions(voted, opened[-1], labels[-1], seed)
            sets += made
        if len(sets) < 2:
            raise OutputError("A trend takes two versions or more; choose other thresholds or more bins.")
        sides = list(zip(opened[:first], labels[:first], strict=True))
        document = {
            "settings": {"level": level, "alpha": alpha, "seed": seed},
            "references": [
                {"title": one.title, "where": place, "images": len(one)}
                for one, place in zip(opened[:first], references, strict=True)
            ],
            "versions": [one.told() for one in sets],
            **told,
            "encoders": [_encoder(name, sides, sets, level, alpha) for name in _common_encoders(opened)],
        }
        return write_outcome(out, "frequency", document, frequency_figure(document))


def _opened(
    references: Sequence[str],
    versions: Sequence[VersionPlace],
    voted: Voted | None,
    titles: Sequence[str],
    wanted: Wanted,
) -> list[Described]:
    """References, versions, and the dataset that was voted on, each with its title."""
    places = [*references, *(one.place for one in versions), *([voted.place] if voted else [])]
    opened = open_places(places, [], wanted)
    for title, one in zip(titles, opened, strict=False):
        one.title = title
    for version, one in zip(versions, opened[len(references) :], strict=False):
        one.title = version.name
    titles_apart(opened)
    return opened


def _common_encoders(opened: Sequence[Described]) -> list[str]:
    found = [name for name in opened[0].names("embedding") if all(name in o.names("embedding") for o in opened)]
    if not found:
        raise OutputError("No encoder described all of the datasets; describe them by the same models.")
    return found


def _encoder(
    name: str,
    references: Sequence[tuple[Described, np.ndarray]],
    sets: Sequence[VersionSet],
    level: float,
    alpha: float,
) -> dict[str, Any]:
    labels = [*(label for _, label in references), *(one.label for one in sets)]
    n = 1 + max(int(label.max(initial=-1)) for label in labels)
    seen: dict[int, np.ndarray] = {}
    sides: list[tuple[ClassSimilarity, ClassSimilarity]] = []
    for one in sets:
        x = seen.setdefault(id(one.data), one.data.embeddings(name))
        sides.append(_both(x, one.label, n, level))
    frequency = _matrix([one.frequency for one in sets], n)
    corrected = [one.corrected for one in sets if one.corrected is not None]
    parts = []
    for data, label in references:
        mine = _both(data.embeddings(name), label, n, level)
        found = [similarity_difference(mine[0], side[0], alpha=alpha) for side in sides]
        rows = [
            {"title": one.title, "frequency": one.mean_frequency}
            | _row(each, level)
            | {"paper": paper_counts(mine[1], side[1])}
            for one, each, side in zip(sets, found, sides, strict=True)
        ]
        part = {"title": data.title, "versions": rows, "trends": _trends(found, frequency, level, alpha)}
        if len(corrected) == len(sets):
            part["trends_corrected"] = _trends(found, _matrix(corrected, n), level, alpha)
        parts.append(part)
    return {"encoder": name, "references": parts}


def _both(x: np.ndarray, label: np.ndarray, n: int, level: float) -> tuple[ClassSimilarity, ClassSimilarity]:
    """By our interval and by the paper's."""
    return intra_class(x, label, n, level=level), intra_class(x, label, n, level=level, method="paper")


def _matrix(columns: Sequence[np.ndarray], n: int) -> np.ndarray:
    """Frequencies (classes, versions)."""
    return np.stack([_padded(one, n) for one in columns], axis=1)


def _padded(one: np.ndarray, n: int) -> np.ndarray:
    if len(one) == 1:
        return np.full(n, one[0])
    return np.concatenate([one, np.full(n - len(one), np.nan)])


def _row(found: SimilarityDifference, level: float) -> dict[str, Any]:
    shares = significant_shares(found, level=level)
    return {
        "judged": found.judged,
        "lower": found.lower,
        "higher": found.higher,
        "share_lower": asdict(shares.lower),
        "share_higher": asdict(shares.higher),
        "pooled": asdict(found.pooled),
        "fixed": asdict(found.fixed),
        "apart": float(np.nanmean(apart(found))) if found.judged else None,
    }


def _trends(
    found: Sequence[SimilarityDifference], frequency: np.ndarray, level: float, alpha: float
) -> dict[str, Any]:
    """Within classes: of the difference, its square, and whether it is significant."""
    numbers = {
        "difference": [np.where(np.isfinite(one.p), one.difference, np.nan) for one in found],
        "apart": [apart(one) for one in found],
        "lower": [significantly(one, "lower", alpha) for one in found],
        "higher": [significantly(one, "higher", alpha) for one in found],
    }
    return {
        key: _trend(within_class_trend(np.stack(values, axis=1), frequency, level=level))
        for key, values in numbers.items()
    }


def _trend(one: WithinTrend) -> dict[str, Any]:
    return {
        "slope": asdict(one.slope),
        "pooled": asdict(one.pooled),
        "p": one.p,
        "p_signed_rank": one.p_signed_rank,
        "rising": one.rising,
        "classes": one.classes,
    }
