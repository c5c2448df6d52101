"""S': workers who see the picture and vote, after ImageNet and ImageNetV2 (Recht et al. 2019, Section 3).

A worker is shown candidates for a class and marks those that show it. A picture that does not show the class
is marked by mistake at a small rate. One that does is marked with a probability that depends on how typical it
looks, by the strength s of the link from image to selection:

    P(vote | picture of the class) = (1 - |s|) p0 + |s| sigmoid(k (sign(s) (t - t0) + e))

with t the picture's typicality and e the worker's own taste for that picture. At s = 0 workers mark all
pictures of the class alike, so selection carries no information on the picture beyond its class; at s = 1 the
typical ones win; at s < 0 the odd ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

#: The three versions of ImageNetV2: name, and the rule by which pictures are taken from the voted ones.
VERSIONS = ("a", "b", "c")


@dataclass(frozen=True)
class Annotators:
    """How workers vote.

    Attributes:
        strength: s, the image link, -1 to 1.
        workers: votes on each picture.
        yes: p0, share of pictures of the class that an unbiased worker marks.
        mistake: share of pictures of something else that a worker marks.
        steepness: k, how sharply taste decides.
        middle: t0, the typicality that is marked half the time at full strength.
        taste: standard deviation of e, in units of typicality.
        seed: of the votes.
    """

    strength: float = 0.8
    workers: int = 10
    yes: float = 0.86
    mistake: float = 0.03
    steepness: float = 40.0
    middle: float = 0.8
    taste: float = 0.03
    seed: int = 0

    def __post_init__(self) -> None:
        if not -1 <= self.strength <= 1:
            raise ValueError(f"The strength of the image link is {self.strength}; it lies between -1 and 1.")

    def frequency(self, index: np.ndarray, typicality: np.ndarray, shows: np.ndarray) -> np.ndarray:
        """Selection frequency of each candidate: the share of workers who marked it.

        Args:
            index: int64 (n,), the pages' numbers; votes on a page do not depend on the others asked about.
            typicality: float64 (n,), of each picture.
            shows: bool (n,), whether the picture shows the class that it was found for.

        Returns:
            float64 (n,), multiples of 1 / workers.
        """
        rngs = [np.random.default_rng([self.seed, int(i), 0xA11]) for i in index]
        taste = np.array([rng.standard_normal(self.workers) for rng in rngs]).reshape(-1, self.workers)
        coin = np.array([rng.random(self.workers) for rng in rngs]).reshape(-1, self.workers)
        away = np.sign(self.strength) * (typicality[:, None] - self.middle) + self.taste * taste
        drawn = 1 / (1 + np.exp(-self.steepness * away))
        chance = (1 - abs(self.strength)) * self.yes + abs(self.strength) * drawn
        chance = np.where(shows[:, None], chance, self.mistake)
        share: np.ndarray = (coin < chance).mean(axis=1)
        return share


def take(
    frequency: np.ndarray, label: np.ndarray, per_class: int, rng: np.random.Generator, *, at_least: float = 0.7
) -> np.ndarray:
    """The dataset that annotators make: of each class, pictures that most workers marked.

    Args:
        frequency: float64 (n,), see ``Annotators.frequency``.
        label: int64 (n,), class that each was found for.
        per_class: pictures to take of each class, drawn at random from those that qualify; all where fewer do.
        rng: of the draw.
        at_least: the frequency from which a picture qualifies.

    Returns:
        int64 (m,), positions taken, ascending.
    """
    taken = []
    for one in np.unique(label):
        able = np.flatnonzero((label == one) & (frequency >= at_least - 1e-12))
        taken.append(rng.permutation(able)[:per_class])
    return np.sort(np.concatenate(taken)) if taken else np.zeros(0, np.int64)


def versions(
    frequency: np.ndarray,
    label: np.ndarray,
    matched: Mapping[int, np.ndarray],
    per_class: int,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """ImageNetV2's three ways to take pictures (Recht et al. 2019, Section 3.3), on our votes.

    ``a`` (Threshold0.7): at random from those with a frequency of 0.7 or more. ``b`` (MatchedFrequency): so that
    the class's frequencies are those of the reference, bin by bin (five bins, as published). ``c`` (TopImages):
    those with the highest frequency.

    Args:
        frequency, label, per_class, rng: as for ``take``.
        matched: for each class the frequencies of the reference dataset's pictures, for ``b``.

    Returns:
        For each version the positions taken, int64, ascending.
    """
    found: dict[str, list[np.ndarray]] = {name: [] for name in VERSIONS}
    for one in np.unique(label):
        mine = np.flatnonzero(label == one)
        order = rng.permutation(mine)
        found["a"].append(order[frequency[order] >= 0.7 - 1e-12][:per_class])
        found["b"].append(_matched(order, frequency, matched.get(int(one), np.zeros(0)), per_class))
        found["c"].append(order[np.argsort(-frequency[order], kind="stable")][:per_class])
    return {name: np.sort(np.concatenate(parts)) for name, parts in found.items()}


#: Edges of ImageNetV2's bins of selection frequency.
BINS = np.array([0.0, 0.2, 0.4, 0.6, 0.8, 1.0 + 1e-9])


def _matched(order: np.ndarray, frequency: np.ndarray, reference: np.ndarray, per_class: int) -> np.ndarray:
    """Pictures whose frequencies fall into the bins as the reference's do; by largest remainders."""
    if not len(reference):
        return order[:0]
    share = np.histogram(reference + 1e-12, BINS)[0] / len(reference)
    wanted = np.floor(share * per_class).astype(int)
    rest = np.argsort(-(share * per_class - wanted), kind="stable")[: per_class - wanted.sum()]
    wanted[rest] += 1
    bins = np.digitize(frequency[order] + 1e-12, BINS) - 1
    return np.concatenate([order[bins == k][: wanted[k]] for k in range(len(wanted))])
