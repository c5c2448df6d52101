"""Two datasets over one class list: which classes they share, and their rows labelled alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from laionet.errors import OutputError
from laionet.flow.comparing.described import Described
from laionet.vocab import Synset


@dataclass(frozen=True)
class Side:
    """A dataset in the joint class list.

    Attributes:
        data: the dataset.
        number: int64 (own classes,), joint label of each of its own.
        label: int64 (n,), joint label of each row.
        counts: int64 (joint classes,).
    """

    data: Described
    number: np.ndarray
    label: np.ndarray
    counts: np.ndarray

    def relabelled(self, labels: np.ndarray) -> np.ndarray:
        """Own labels as joint ones; negative ones as they are."""
        return np.where(labels >= 0, self.number[np.maximum(labels, 0)], labels)


@dataclass(frozen=True)
class Aligned:
    """Two datasets over one class list.

    Attributes:
        classes: the joint list: those of A, then those that B alone has.
        a, b: the sides.
        same_list: whether both were described over the same list.
    """

    classes: tuple[Synset, ...]
    a: Side
    b: Side
    same_list: bool

    @property
    def common(self) -> np.ndarray:
        """Classes with images in both, bool (joint classes,)."""
        return (self.a.counts > 0) & (self.b.counts > 0)


def align(a: Described, b: Described) -> Aligned:
    """Bring two datasets over one class list.

    Raises:
        OutputError: where they have no class in common that both have images of.
    """
    joint = {synset.wnid: synset for synset in (*a.classes, *b.classes)}
    place = {wnid: number for number, wnid in enumerate(joint)}
    sides = [_side(one, place) for one in (a, b)]
    found = Aligned(tuple(joint.values()), sides[0], sides[1], a.classes.wnids == b.classes.wnids)
    if not found.common.any():
        raise OutputError(
            f"{a.title} and {b.title} have images of no class in common ({_some(a)}; {_some(b)}). Folders of one "
            "class must have one name in both, or describe both over one list with --classes."
        )
    return found


def _side(one: Described, place: dict[str, int]) -> Side:
    number = np.array([place[wnid] for wnid in one.classes.wnids], dtype=np.int64)
    label = number[one.label]
    return Side(one, number, label, np.bincount(label, minlength=len(place)))


def _some(one: Described) -> str:
    names = [one.classes[int(label)].text_name for label in np.flatnonzero(one.counts)[:4]]
    return f"{one.title} has {', '.join(names) or 'none'}" + (" ..." if (one.counts > 0).sum() > 4 else "")


def titles_apart(datasets: list[Described]) -> None:
    """Give datasets of one title a number each, so that they can be told apart."""
    for title in {one.title for one in datasets}:
        same = [one for one in datasets if one.title == title]
        for number, one in enumerate(same[1:], 2):
            one.title = f"{title} ({number})"


__all__ = ["Aligned", "Side", "align", "titles_apart"]
