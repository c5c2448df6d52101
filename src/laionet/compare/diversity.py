"""How diverse the images of a class are: effective numbers, nearest neighbours, duplicates.

All of these change with the number of images, whatever the population: with more images there are more kinds to
see, and nearer neighbours. So each comes twice: of all images, and rarefied, as the mean over draws of m images.
Only the second may be compared between classes, or datasets, of different sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from laionet.compare.arrays import group, to_numpy, unit_blocks, unit_rows
from laionet.compare.estimate import Estimate, mean_over
from laionet.compare.neighbours import kinds, nearest_of, repeated
from laionet.compare.products import Map, workers
from laionet.compare.spectrum import effective_number, moment_spectra, second_moments, spectra

#: What each measure means, for readers of a report.
MEANINGS = {
    "vendi": "How many images, all of them unlike one another, would be as diverse as the class (Vendi score).",
    "nearest": "How similar an image is, on average, to the most similar other image of its class; cosine.",
    "effective_rank": "In how many directions the images of the class differ from their mean (effective rank).",
    "effective_rank_uncentred": "How many directions it takes to describe the images, their mean included.",
    "duplicates": "Share of images that have a near-duplicate in their class.",
    "equal": "Share of images whose embedding is that of another in their class, number for number.",
}

#: Cosine from which two images count as near-duplicates.
DUPLICATE = 0.99


@dataclass(frozen=True, eq=False)
class ClassDiversity:
    """Diversity of each class.

    Attributes:
        n: int64 (classes,), images with a direction.
        left_out: int64 (classes,), images without: zero, or with a value that is not finite.
        values: for each of ``MEANINGS``, float64 (classes,) of all images; NaN where a class has none, or one
            where it takes two.
        rarefied: likewise, the mean over draws of ``rarefy_to`` images; NaN for a class of fewer.
        rarefied_se: likewise, the standard error of that mean for the finite number of draws. It says nothing of
            how the class's images came about; for that, look at the interval over classes.
        rarefy_to: images of a draw.
        q: order of the Vendi score.
        duplicate_at: cosine from which images count as near-duplicates.
    """

    n: np.ndarray
    left_out: np.ndarray
    values: Mapping[str, np.ndarray]
    rarefied: Mapping[str, np.ndarray]
    rarefied_se: Mapping[str, np.ndarray]
    rarefy_to: int
    q: float
    duplicate_at: float


@dataclass(frozen=True, eq=False)
class DiversityDifference:
    """Diversity of A less that of B.

    Attributes:
        differences: for each of ``MEANINGS``, float64 (classes,); NaN where either is.
        pooled: for each, the mean over classes with its interval; classes are taken as drawn from many, and
            paired across datasets.
        classes: for each, how many have both.
    """

    differences: Mapping[str, np.ndarray]
    pooled: Mapping[str, Estimate]
    classes: Mapping[str, int]


@dataclass(frozen=True)
class _Settings:
    rarefy_to: int
    draws: int
    q: float
    duplicate_at: float
    seed: int


def diversity(
    embeddings: Any,
    labels: Any,
    n_classes: int | None = None,
    *,
    rarefy_to: int = 20,
    draws: int = 20,
    q: float = 1.0,
    duplicate_at: float = DUPLICATE,
    seed: int = 0,
    threads: int | None = None,
) -> ClassDiversity:
    """All measures of diversity of each class.

    For a class's unit vectors X (n, d): the Vendi score of order q and the uncentred effective rank are effective
    numbers of the eigenvalues of XXᵀ/n (the latter with q = 1, hence equal to the usual Vendi score); the
    effective rank that of the eigenvalues of the covariance, 0 where all images are alike. Nearest neighbours are
    exact.

    Time of a class O(n² d) for neighbours and O(min(n, d)³) for eigenvalues; memory O(n + d²) and three panels
    (48 MiB).

    Args:
        embeddings: float (n, d), numpy or torch on any device; of any length but zero.
        labels: int (n,), class of each; negative: of none.
        n_classes: length of the class list; None for the largest label and one.
        rarefy_to: images of a draw, at least 2; the same for all that is to be compared.
        draws: how many; one does for a class of just so many images.
        q: order of the Vendi score, above 0; ``math.inf`` too.
        duplicate_at: cosine from which two images count as near-duplicates.
        seed: of the draws; those of a class do not depend on other classes.
        threads: on a processor; None for as many as BLAS would take.

    Raises:
        ValueError: for labels that do not fit, or settings out of range.
    """
    if rarefy_to < 2 or draws < 1:
        raise ValueError(f"Rarefying takes at least 2 images and 1 draw, not {rarefy_to} and {draws}.")
    if not -1 < duplicate_at <= 1:
        raise ValueError(f"Near-duplicates are told by a cosine above -1 and up to 1, not {duplicate_at}.")
    effective_number(np.ones(1), q)  # raises for an order that is none
    if len(embeddings.shape) != 2:
        raise ValueError(f"Embeddings must have shape (images, numbers), not {tuple(embeddings.shape)}.")
    settings = _Settings(rarefy_to, draws, q, duplicate_at, seed)
    groups = group(labels, n_classes, length=len(embeddings))
    n = np.zeros(len(groups), dtype=np.int64)
    values, rarefied, errors = ({name: np.full(len(groups), np.nan) for name in MEANINGS} for _ in range(3))
    with workers(threads) as run:
        for one in np.flatnonzero(groups.counts):
            rows = _directed(embeddings, groups.of(int(one)))
            n[one] = len(rows)
            found = _one_class(embeddings, rows, settings, int(one), run)
            for table, measures in zip((values, rarefied, errors), found, strict=True):
                for name, value in measures.items():
                    table[name][one] = value
    return ClassDiversity(n, groups.counts - n, values, rarefied, errors, rarefy_to, q, duplicate_at)


def over_classes(found: ClassDiversity, *, rarefied: bool = True, level: float = 0.95) -> dict[str, Estimate]:
    """Mean of each measure over the classes that have it, with Student's interval over classes."""
    chosen = found.rarefied if rarefied else found.values
    return {name: mean_over(chosen[name], level) for name in MEANINGS}


def diversity_difference(
    a: ClassDiversity, b: ClassDiversity, *, rarefied: bool = True, level: float = 0.95
) -> DiversityDifference:
    """How two datasets differ in diversity, class by class and over the classes that both have.

    Args:
        a, b: of the same class list, made with the same settings.
        rarefied: compare at equal numbers of images. Without it, the larger class looks more diverse.
        level: of the intervals.

    Raises:
        ValueError: where class lists or settings differ.
    """
    settings = [(len(one.n), one.rarefy_to, one.q, one.duplicate_at) for one in (a, b)]
    if settings[0] != settings[1]:
        raise ValueError(
            "Diversities are comparable only with the same n_classes, rarefy_to, q and duplicate_at; "
            f"these have {settings[0]} and {settings[1]}."
        )
    left, right = (a.rarefied, b.rarefied) if rarefied else (a.values, b.values)
    differences = {name: left[name] - right[name] for name in MEANINGS}
    return DiversityDifference(
        differences,
        {name: mean_over(values, level) for name, values in differences.items()},
        {name: int(np.isfinite(values).sum()) for name, values in differences.items()},
    )


def vendi_score(embeddings: Any, q: float = 1.0) -> float:
    """Vendi score of order q of a set of images, cosine kernel; NaN without images (see ``effective_number``).

    It grows with the number of images; compare sets of equal size, or see ``diversity``.

    Args:
        embeddings: float (n, d), numpy or torch; rows without direction are left out.
        q: above 0; ``math.inf`` too.
    """
    rows = _directed(embeddings, np.arange(len(embeddings)))
    return effective_number(_spectra(embeddings, rows)[0], q)


def _directed(embeddings: Any, rows: np.ndarray) -> np.ndarray:
    """Those of some rows that have a direction."""
    kept = [mine for _, mine in unit_blocks(embeddings, rows)]
    return np.concatenate(kept) if kept else np.zeros(0, dtype=np.int64)


def _spectra(embeddings: Any, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues of kernel and covariance, never with more than d vectors in memory."""
    if len(rows) > embeddings.shape[1]:
        return moment_spectra(second_moments(embeddings, rows))
    return spectra(to_numpy(unit_rows(embeddings, rows)[0]))


def _one_class(
    embeddings: Any, rows: np.ndarray, settings: _Settings, one: int, run: Map
) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Measures of all images; their means over draws; the standard errors of these."""
    if not len(rows):
        return {}, {}, {}
    kind = kinds(embeddings, rows)
    raw = _measures(_spectra(embeddings, rows), nearest_of(embeddings, rows, run), kind, settings)
    m = settings.rarefy_to
    if len(rows) < m:
        return raw, {}, {}
    rng = np.random.default_rng([settings.seed, one])
    drawn = []
    for _ in range(settings.draws if len(rows) > m else 1):
        chosen = np.sort(rng.choice(len(rows), m, replace=False))
        unit = to_numpy(unit_rows(embeddings, rows[chosen])[0])
        drawn.append(_measures(spectra(unit), _nearest_few(unit), kind[chosen], settings))
    table = {name: np.array([measures[name] for measures in drawn]) for name in raw}
    means = {name: float(values.mean()) for name, values in table.items()}
    if len(rows) == m:
        return raw, means, dict.fromkeys(raw, 0.0)
    if settings.draws < 2:
        return raw, means, {}
    return raw, means, {name: float(v.std(ddof=1) / np.sqrt(len(v))) for name, v in table.items()}


def _nearest_few(unit: np.ndarray) -> np.ndarray:
    """Nearest similarity of each of a few unit vectors."""
    similarity = unit @ unit.T
    np.fill_diagonal(similarity, -np.inf)
    return np.asarray(similarity.max(axis=1))


def _measures(
    eigenvalues: tuple[np.ndarray, np.ndarray], near: np.ndarray, kind: np.ndarray, settings: _Settings
) -> dict[str, float]:
    """All of ``MEANINGS`` of one set of images; at least one."""
    kernel, covariance = eigenvalues
    alone = len(near) < 2
    # Equal images have, by rounding, a cosine a little below 1.
    duplicates = 0.0 if alone else float((near >= settings.duplicate_at - 1e-6).mean())
    return {
        "vendi": effective_number(kernel, settings.q),
        "nearest": float("nan") if alone else float(near.mean()),
        "effective_rank": float("nan") if alone else effective_number(covariance),
        "effective_rank_uncentred": effective_number(kernel),
        "duplicates": duplicates,
        "equal": repeated(kind),
    }
