"""One class: its id, its lemmas, and what it means."""

from __future__ import annotations

import difflib
import string
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Synset:
    """A class of images: a WordNet noun synset, or a class of one's own.

    Attributes:
        wnid: the id: ``n`` and the 8-digit offset in WordNet 3.0's ``data.noun``, or any id of one's own.
        name: WordNet's synset name, such as ``dog.n.01``, or the name given to a class of one's own.
        lemmas: the words for it, the usual one first, with spaces and the dictionary's capitals.
        definition: the gloss without its quoted examples.
        gloss: the gloss as the dictionary has it.
        senses: for each lemma, the number of its senses in all of WordNet over nouns, verbs, adjectives
            and adverbs; 0 where unknown or not in WordNet; empty where none was looked up.
    """

    wnid: str
    name: str
    lemmas: tuple[str, ...]
    definition: str
    gloss: str = ""
    senses: tuple[int, ...] = ()

    @property
    def text_name(self) -> str:
        """The name that texts use: the first lemma, underscores as spaces, in lower case."""
        return self.lemmas[0].replace("_", " ").lower()

    @property
    def lemma_senses(self) -> tuple[tuple[str, int], ...]:
        """Each lemma with its number of senses in WordNet, 0 where unknown."""
        return tuple(zip(self.lemmas, self.senses or (0,) * len(self.lemmas), strict=True))


def lemma_problem(lemma: str) -> str | None:
    """Why this lemma cannot be used, as the end of "the lemma ... ", or None where it can."""
    if "|" in lemma or ";" in lemma:
        return "holds '|' or ';', which separate lemmas in a CSV; leave the sign out"
    # Symbols such as emoji stay: no matching rule takes them away, so a caption can hold them.
    if all(c in string.punctuation or unicodedata.category(c)[0] in "PZC" for c in _folded(lemma)):
        return "has nothing left once punctuation is removed, so no caption can match it; remove it"
    return None


def _folded(lemma: str) -> str:
    return unicodedata.normalize("NFKC", lemma)


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """The nearest of ``options`` as `` Did you mean 'x'?`` with a leading space; empty if none is near."""
    near = difflib.get_close_matches(word, list(options), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""
