"""Lemma policies: which lemmas of the classes a caption is searched for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias, cast

from laionet.errors import ClassListError
from laionet.vocab.synset import Synset, did_you_mean

LemmaPolicy: TypeAlias = Literal["unique-in-list", "unique-in-wordnet", "all"]

#: Each policy and what it keeps.
POLICIES: dict[str, str] = {
    "unique-in-list": "lemmas that exactly one class of the list has (the paper's rule)",
    "unique-in-wordnet": "of those, the lemmas with a single sense in all of WordNet, whatever their case",
    "all": "every lemma; one of several classes stands for each of them, and is marked ambiguous",
}


def check_policy(policy: str) -> LemmaPolicy:
    """The policy itself.

    Raises:
        ClassListError: for a name that is none of ``POLICIES``.
    """
    if policy not in POLICIES:
        raise ClassListError(
            f"Unknown lemma policy {policy!r}; the policies are {', '.join(POLICIES)}."
            + did_you_mean(policy, POLICIES)
        )
    return cast(LemmaPolicy, policy)


def owners(synsets: Iterable[Synset]) -> dict[str, tuple[str, ...]]:
    """Every lemma, in class order, with the wnids of the classes that have it, in class order.

    Lemmas are compared letter by letter, capitals included, as the paper does: *Cardigan* the dog and
    *cardigan* the jacket are two. A lemma repeated inside one class counts once.
    """
    found: dict[str, dict[str, None]] = {}
    for synset in synsets:
        for lemma in synset.lemmas:
            found.setdefault(lemma, {})[synset.wnid] = None
    return {lemma: tuple(wnids) for lemma, wnids in found.items()}


def most_senses(synsets: Iterable[Synset]) -> dict[str, int]:
    """Every lemma with its number of senses in WordNet, 0 where unknown."""
    found: dict[str, int] = {}
    for synset in synsets:
        for lemma, senses in synset.lemma_senses:
            found[lemma] = max(found.get(lemma, 0), senses)
    return found


def usable_lemmas(synsets: Iterable[Synset], policy: LemmaPolicy) -> dict[str, tuple[str, ...]]:
    """The lemmas that the policy keeps, in class order, with the wnids that each stands for.

    Under ``unique-in-wordnet`` a lemma of unknown number of senses is not kept: it may have several.
    """
    synsets = tuple(synsets)
    every = owners(synsets)
    if policy == "all":
        return every
    unique: dict[str, tuple[str, ...]] = {lemma: wnids for lemma, wnids in every.items() if len(wnids) == 1}
    if policy == "unique-in-list":
        return unique
    senses = most_senses(synsets)
    return {lemma: wnids for lemma, wnids in unique.items() if senses[lemma] == 1}


def ambiguous_lemmas(synsets: Iterable[Synset]) -> tuple[str, ...]:
    """Lemmas, in class order, that several classes have or that have several senses in WordNet."""
    synsets = tuple(synsets)
    senses = most_senses(synsets)
    return tuple(lemma for lemma, wnids in owners(synsets).items() if len(wnids) > 1 or senses[lemma] > 1)
