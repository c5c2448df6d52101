"""One trial on the mini-web: annotators of a known strength vote on a pool, and who is selected is diagnosed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import t as student

from laionet.causal.annotators import Annotators, take
from laionet.compare.estimate import mean_over
from laionet.compare.frequency import versions_in_bins, within_class_trend
from laionet.compare.independence import independence
from laionet.compare.similarity import intra_class, similarity_difference
from laionet.flow.diagnosing.pool import Pool

#: What a trial measures, each with what it is in words.
STATISTICS = {
    "similarity": "similarity in a class, chosen by caption less chosen by sight",
    "below": "share of classes where it is lower when chosen by caption",
    "rise": "similarity in a class, the most often marked third less the least often marked",
    "distance": "squared distance of chosen and other images of one caption, by their spread",
    "z": "standard score of X independent of S given T",
}
#: Those that do not tell a preference for the typical from one for the odd: they rise with the link's size.
UNSIGNED = ("distance", "z")
#: Tests of a trial; each has a p-value in it.
TESTS = ("similarity", "frequency", "independence")


@dataclass(frozen=True)
class Drawn:
    """Who is selected: rows of the pool.

    Attributes:
        by_caption: int64 (a,), ascending: at random, for all captions of the pool are selected.
        shown: int64 (b,), ascending, what annotators saw; none of them is in ``by_caption``.
        frequency: float64 (b,), share of annotators who marked each.
        by_sight: int64 (c,), ascending, those of ``shown`` that are taken.
    """

    by_caption: np.ndarray
    shown: np.ndarray
    frequency: np.ndarray
    by_sight: np.ndarray


def draw(pool: Pool, strength: float, seed: int, per_class: int = 40) -> Drawn:
    """Select from a pool twice, from a third of each class by caption, from the others by sight.

    Apart, the two are as independent samples, and at strength 0 both are at random from the same pages.

    Args:
        pool: pages whose captions and pictures are of their class.
        strength: of the link from image to selection, -1 to 1.
        seed: of the split, the votes and the draws; the split and a voter's moods are those of other strengths.
        per_class: pictures of a class taken at most by each.
    """
    rng = np.random.default_rng([seed, 0xD05E])
    order = rng.permutation(len(pool))
    order = order[np.argsort(pool.label[order], kind="stable")]
    within = np.arange(len(pool)) - np.searchsorted(pool.label[order], pool.label[order])
    counts = np.bincount(pool.label)[pool.label[order]]
    captioned = 3 * within < counts
    by_caption = np.sort(order[captioned & (within < per_class)])
    shown = np.sort(order[~captioned])
    voters = Annotators(strength=strength, seed=seed)
    frequency = voters.frequency(pool.picture[shown], pool.typicality[shown], np.ones(len(shown), dtype=bool))
    taken = take(frequency, pool.label[shown], per_class, np.random.default_rng([seed, 0x5E1]))
    return Drawn(by_caption, shown, frequency, shown[taken])


def trial(pool: Pool, strength: float, seed: int, *, per_class: int = 40, bins: int = 3) -> dict[str, Any]:
    """Select and diagnose.

    Args:
        pool, strength, seed, per_class: as of ``draw``.
        bins: versions of equal size by selection frequency, whose trend is tested; thirds by default.

    Returns:
        ``strength``, ``seed``, ``by_caption`` and ``by_sight`` (images), the numbers of ``STATISTICS``, ``lower``
        and ``higher`` (classes significantly so), and ``p`` of each of ``TESTS``.
    """
    drawn, classes = draw(pool, strength, seed, per_class), pool.of.classes
    sides = [
        intra_class(pool.image[rows], pool.label[rows], classes) for rows in (drawn.by_caption, drawn.by_sight)
    ]
    found = similarity_difference(*sides)
    rise, p_rise = frequency_trend(pool, drawn, bins, seed)
    rows = np.concatenate([drawn.by_caption, drawn.by_sight])
    chosen = np.arange(len(rows)) >= len(drawn.by_caption)
    test = independence(pool.image[rows], pool.text[rows], chosen, pool.label[rows], classes, seed=seed)
    return {
        "strength": float(strength),
        "seed": int(seed),
        "by_caption": len(drawn.by_caption),
        "by_sight": len(drawn.by_sight),
        "similarity": found.pooled.value,
        "below": found.below,
        "lower": found.lower,
        "higher": found.higher,
        "rise": rise,
        "distance": test.distance,
        "z": test.statistic,
        "p": {
            "similarity": _p(found.pooled.value, found.pooled.se, found.judged),
            "frequency": p_rise,
            "independence": test.p,
        },
    }


def caption_trial(pool: Pool, seed: int, *, sure: float = 0.95) -> dict[str, Any]:
    """Select by captions alone, by a stricter rule than the pool's, and diagnose: X ⊥ S | T holds, X ⊥ S does not.

    Of half of the pool, drawn at random, a page is selected with probability ``sure`` where its caption is more
    similar to the synset text than the median of its class in the pool, else with 1 - ``sure``.

    Returns:
        ``similarity``, of those not selected less those selected; ``left``, the share of the selection's variance
        that captions leave; ``p`` of ``similarity`` and ``independence``.
    """
    rng, classes = np.random.default_rng([seed, 0xCA9]), pool.of.classes
    middle = np.array([np.median(pool.similarity[pool.label == one]) for one in range(classes)])
    able = pool.similarity > middle[pool.label]
    chosen = rng.random(len(pool)) < np.where(able, sure, 1 - sure)
    kept = rng.random(len(pool)) < 0.5
    sides = [intra_class(pool.image[some], pool.label[some], classes) for some in (kept & ~chosen, kept & chosen)]
    found = similarity_difference(*sides)
    test = independence(pool.image[kept], pool.text[kept], chosen[kept], pool.label[kept], classes, seed=seed)
    return {
        "seed": int(seed),
        "similarity": found.pooled.value,
        "left": test.left,
        "p": {
            "similarity": _p(found.pooled.value, found.pooled.se, found.judged),
            "independence": test.p,
        },
    }


def frequency_trend(pool: Pool, drawn: Drawn, bins: int, seed: int) -> tuple[float, float]:
    """Similarity from the first version to the last, mean over classes; and p of no trend with frequency."""
    label, classes = pool.label[drawn.shown], pool.of.classes
    versions = versions_in_bins(drawn.frequency, label, bins, seed)
    similar = np.stack(
        [intra_class(pool.image[drawn.shown[one.rows]], label[one.rows], classes).mean for one in versions], axis=1
    )
    frequency = [one.frequency(drawn.frequency, label, classes) for one in versions]
    found = within_class_trend(similar, np.stack(frequency, axis=1))
    return mean_over(similar[:, -1] - similar[:, 0]).value, found.p


def _p(value: float, se: float, classes: int) -> float:
    """Two-sided, of no difference in the mean over classes (Student's t)."""
    return float(2 * student.sf(abs(value / se), classes - 1)) if se > 0 else float("nan")
