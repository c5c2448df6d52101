"""Where classes stand in WordNet: the synsets above them, and which classes lie below each."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from laionet.errors import ClassListError
from laionet.vocab.classlist import ClassList
from laionet.vocab.wordnet import WordNet

#: The shipped table: every synset above an ImageNet class.
TREE = "imagenet1k_tree.csv"


@dataclass(frozen=True, slots=True)
class Above:
    """A synset as the tree has it: its name in texts, and the synsets right above it."""

    name: str
    hypernyms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subtree:
    """A synset above some classes of a list.

    Attributes:
        wnid: of the synset.
        name: in texts, such as "working dog".
        wnids: classes below it, or the synset itself, in the order of the list.
    """

    wnid: str
    name: str
    wnids: tuple[str, ...]


def subtrees(classes: ClassList, wordnet: WordNet | None = None) -> list[Subtree]:
    """The parts of WordNet that hold two classes or more of a list, but not all; by name.

    Of synsets that hold the same classes the lowest stands for all. Classes that are not in WordNet, or
    whose place is not known because WordNet is not installed and they are not ImageNet's, lie below none.

    Args:
        classes: the list.
        wordnet: to look up classes that are not ImageNet's; by default where it is installed.
    """
    tree = dict(shipped_tree())
    unknown = [wnid for wnid in classes.wnids if wnid not in tree]
    if unknown and (found := wordnet or _installed()):
        tree |= climb(unknown, found)
    below: dict[str, list[str]] = {}
    for wnid in classes.wnids:
        for synset in _above(wnid, tree):
            below.setdefault(synset, []).append(wnid)
    lowest: dict[tuple[str, ...], str] = {}
    for synset, held in sorted(below.items()):
        known = lowest.setdefault(tuple(held), synset)
        if known in _above(synset, tree):
            lowest[tuple(held)] = synset
    return sorted(
        (
            Subtree(synset, tree[synset].name, held)
            for held, synset in lowest.items()
            if 1 < len(held) < len(classes)
        ),
        key=lambda one: (one.name, one.wnid),
    )


@cache
def shipped_tree() -> Mapping[str, Above]:
    """ImageNet's classes and every synset above one, by wnid."""
    content = resources.files("laionet.vocab").joinpath(TREE).read_text("utf-8")
    rows = csv.DictReader(io.StringIO(content))
    return {row["wnid"]: Above(row["name"], tuple(filter(None, row["hypernyms"].split("|")))) for row in rows}


def climb(wnids: Iterable[str], wordnet: WordNet) -> dict[str, Above]:
    """Synsets and all that lie above them; ids that are not WordNet's are left out."""
    found: dict[str, Above] = {}
    waiting = deque(wnids)
    while waiting:
        wnid = waiting.popleft()
        if wnid in found:
            continue
        try:
            found[wnid] = Above(wordnet.synset(wnid).text_name, wordnet.hypernyms(wnid))
        except ClassListError:
            continue
        waiting.extend(found[wnid].hypernyms)
    return found


def tree_csv(tree: Mapping[str, Above]) -> str:
    """The content of the shipped table."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("wnid", "name", "hypernyms"))
    writer.writerows((wnid, one.name, "|".join(one.hypernyms)) for wnid, one in sorted(tree.items()))
    return out.getvalue()


def _above(wnid: str, tree: Mapping[str, Above]) -> dict[str, None]:
    """The synset and all above it, each once, nearest first; empty where it is not in the tree."""
    found: dict[str, None] = {}
    waiting = deque([wnid] if wnid in tree else [])
    while waiting:
        one = waiting.popleft()
        if one not in found:
            found[one] = None
            waiting.extend(tree[one].hypernyms)
    return found


def _installed() -> WordNet | None:
    try:
        return WordNet.find()
    except ClassListError:
        return None
