"""What counts as the same word: the paper's rules, ours, and the single steps between them.

A caption and a lemma are brought to a normal form; the lemma is in the caption if its form is there
with one space on each side. Rule sets differ in the normal form alone.
"""

from __future__ import annotations

import re
import string
import sys
import unicodedata
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from laionet.errors import RecipeError

#: Captions are joined by this byte, which no UTF-8 text holds, so no match spans two captions.
SEPARATOR = b"\xff"

#: Lemmas of up to this many letters keep their case: *ai* the sloth is not AI.
SHORT_LEMMA = 3

_PUNCTUATION_TO_SPACE = str.maketrans(string.punctuation, " " * len(string.punctuation))


@dataclass(frozen=True)
class Rules:
    """A normal form.

    Attributes:
        name: how recipes and reports call it.
        fold: compare without case; lemmas of up to three letters keep theirs.
        spaces: NFKC, and any run of white space, punctuation, dashes, quotes, symbols or controls is
            one space. Without it only each of the 32 ASCII punctuation characters becomes a space.
        hyphens: punctuation of the lemma is normalised too, and hyphenated lemmas match joined as well.
            Without it a lemma with punctuation can never match, as in the published scripts.
        plurals: the plural of the lemma's last word counts.
    """

    name: str
    fold: bool = False
    spaces: bool = False
    hyphens: bool = False
    plurals: bool = False

    def normalise(self, text: str) -> str:
        """Normal form of ``text``; newlines stay, so that several captions can share one call.

        Unicode details: NFKC, then case folding, then NFKC again (folding can undo it). Invisible
        formatting characters (soft hyphen, joiners, direction marks) are removed, not made spaces.
        """
        if not self.spaces:
            text = text.translate(_PUNCTUATION_TO_SPACE)
            return text.casefold() if self.fold else text
        text = unicodedata.normalize("NFKC", text)
        if self.fold:
            text = unicodedata.normalize("NFKC", text.casefold())
        return _separate(text)

    def forms(self, lemma: str) -> tuple[str, ...]:
        """The normal forms under which a caption may hold ``lemma``, without the spaces around them."""
        written = [lemma.replace("_", " ")]
        if self.plurals:
            written += [plural for plural in (plural_of(written[0]),) if plural]
        if not self.hyphens:
            forms = [_lemma_as_it_stands(text, self) for text in written]
        else:
            joined = [text.replace("-", "") for text in written if "-" in text]
            forms = [_collapse(self.normalise(text)) for text in written + joined]
            if not self.spaces:
                forms = [_collapse(text.translate(_PUNCTUATION_TO_SPACE)) for text in forms]
        return tuple(dict.fromkeys(form for form in forms if form))

    def keeps_case(self, lemma: str) -> bool:
        """Whether ``lemma`` is so short that folding its case would make it another word."""
        return self.fold and sum(map(str.isalnum, lemma)) <= SHORT_LEMMA

    def byte_table(self) -> bytes:
        """256-entry table that normalises ASCII text, but for runs of spaces (see ``squeeze``)."""
        table = bytearray(range(256))
        for code in range(128):
            char = chr(code)
            if (self.spaces and not char.isalnum()) or char in string.punctuation:
                table[code] = 32
            elif self.fold:
                table[code] = ord(char.lower())
        return bytes(table)


PAPER = Rules("paper")
WEB = Rules("web", fold=True, spaces=True, hyphens=True)
RULES = {rules.name: rules for rules in (PAPER, WEB)}


def single_steps(rules: Rules) -> tuple[Rules, ...]:
    """The paper's rules, and each step from there that ``rules`` take: they tell *why* a lemma was found."""
    steps = (("case", "fold"), ("hyphen", "hyphens"), ("spacing", "spaces"), ("plural", "plurals"))
    taken = [replace(PAPER, name=name, **{step: True}) for name, step in steps if getattr(rules, step)]
    return (PAPER, *taken) if taken else ()


def rules_named(name: str | Rules, *, plurals: bool = False) -> Rules:
    """The rule set called ``name`` ("paper" or "web"), with plurals where asked.

    Raises:
        RecipeError: for another name.
    """
    if isinstance(name, Rules):
        return replace(name, plurals=plurals or name.plurals)
    if name not in RULES:
        raise RecipeError(f"There are no match rules called {name!r}; choose one of {', '.join(RULES)}.")
    return replace(RULES[name], plurals=plurals)


def squeeze(text: np.ndarray, space: int = 32) -> np.ndarray:
    """Make every run of spaces in an array of code points (or bytes) one space."""
    spaces = text == space
    repeated = np.zeros(len(text), dtype=bool)
    np.logical_and(spaces[1:], spaces[:-1], out=repeated[1:])
    return text[~repeated]


@cache
def plural_of(lemma: str) -> str:
    """English plural of the last word of ``lemma``; empty where it is plural already or has none."""
    return str(_inflector().plural_noun(lemma) or "")


@cache
def _inflector() -> Any:
    import inflect

    return inflect.engine()


def _lemma_as_it_stands(lemma: str, rules: Rules) -> str:
    """Paper's habit: the lemma is not normalised, so one with punctuation can never be found."""
    folded = lemma.casefold() if rules.fold else lemma
    reachable = _collapse(rules.normalise(lemma)) if rules.spaces else rules.normalise(lemma)
    return folded if reachable == folded and "\n" not in folded else ""


def _collapse(text: str) -> str:
    return re.sub(" +", " ", text).strip(" ")


#: What becomes of each code point: not looked up yet, stays, separates words, is removed.
_UNKNOWN, _STAYS, _SEPARATES, _REMOVED = range(4)
_fate = np.zeros(sys.maxunicode + 1, dtype=np.uint8)


def _fate_of(code: int) -> int:
    """Newlines stay, for they stand between captions; a zero-width space separates, joiners do not."""
    category = unicodedata.category(chr(code))
    if code == 0x0A:
        return _STAYS
    if code == 0x200B or category[0] in "PZS" or category == "Cc":
        return _SEPARATES
    return _REMOVED if category == "Cf" else _STAYS


def _separate(text: str) -> str:
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    fates = _fate[codes]
    if not fates.all():  # the table fills as new characters turn up: filling it whole takes half a second
        for code in np.unique(codes[fates == _UNKNOWN]):
            _fate[code] = _fate_of(int(code))
        fates = _fate[codes]
    codes = np.where(fates == _SEPARATES, np.uint32(32), codes)[fates != _REMOVED]
    return squeeze(codes).tobytes().decode("utf-32-le", "surrogatepass")
