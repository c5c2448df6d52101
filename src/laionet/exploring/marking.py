"""Foreign text as pieces that a page can show: cut, without controls, the found lemmas marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from laionet.matching import Rules
from laionet.report.words import shown

#: Letters of a caption that are shown at first, and when the whole of it is asked for.
SHORT, WHOLE = 360, 1_000_000

#: Lemmas are looked for so far into a caption; those of honest captions stand in the first hundreds.
SEARCHED = 4_000

_BEFORE = 80
_LONGEST_ADDRESS = 2_048


@dataclass(frozen=True)
class Excerpt:
    """A caption, or a part of it, as a page may show it.

    Attributes:
        pieces: text and whether it is a found lemma, in order.
        length: of the whole caption, letters.
        cut: whether there is more of it.
    """

    pieces: tuple[tuple[str, bool], ...]
    length: int
    cut: bool

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"pieces": [list(piece) for piece in self.pieces], "length": self.length, "cut": self.cut}


class Marker:
    """Finds where in a caption a lemma stands, by the rules that matched it.

    The matcher compares normal forms, in which places are lost. Here each word of the caption is brought to its
    normal form by itself, so that its place is known. A lemma whose words join or part when the whole caption is
    normalised stays unmarked; that it was found is told beside the caption.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._cased = replace(rules, fold=False)
        self._normal = lru_cache(20_000)(self._words_of)
        self._forms = lru_cache(20_000)(self._forms_of)
        self._parts = lru_cache(None)(self._separates)

    def excerpt(self, caption: str, lemmas: Sequence[str], longest: int = SHORT) -> Excerpt:
        """The caption with its lemmas marked, at most ``longest`` letters of it, about the first lemma."""
        marks = self.places(caption[:SEARCHED], lemmas)
        start = 0
        if len(caption) > longest and marks and marks[0][1] > longest:
            start = max(0, marks[0][0] - _BEFORE)
        end = min(len(caption), start + longest)
        pieces = list(_pieces(caption, marks, start, end))
        if start:
            pieces.insert(0, ("… ", False))
        if end < len(caption):
            pieces.append((" …", False))
        return Excerpt(tuple(pieces), len(caption), start > 0 or end < len(caption))

    def places(self, text: str, lemmas: Sequence[str]) -> list[tuple[int, int]]:
        """Begin and end of each place where a lemma stands, in order, none within another."""
        words = list(self._words(text))
        found = []
        for lemma in lemmas:
            folds = self._rules.fold and not self._rules.keeps_case(lemma)
            column = [word for word, _, _ in words] if folds else [cased for _, cased, _ in words]
            places = [place for _, _, place in words]
            for form in self._forms(lemma, folds):
                found += [
                    (places[at][0], places[at + len(form) - 1][1])
                    for at in range(len(column) - len(form) + 1)
                    if column[at] == form[0] and tuple(column[at : at + len(form)]) == form
                ]
        return _joined(found)

    def _words(self, text: str) -> Iterator[tuple[str, str, tuple[int, int]]]:
        """Each word in both normal forms with its place; words that one run of letters makes share its place."""
        start = None
        for at, char in enumerate(text):
            if self._parts(char):
                if start is not None:
                    yield from self._normal_words(text, start, at)
                start = None
            elif start is None:
                start = at
        if start is not None:
            yield from self._normal_words(text, start, len(text))

    def _normal_words(self, text: str, start: int, end: int) -> Iterator[tuple[str, str, tuple[int, int]]]:
        folded, cased = self._normal(text[start:end])
        for word, own in zip(folded, cased, strict=False):
            yield word, own, (start, end)

    def _words_of(self, run: str) -> tuple[list[str], list[str]]:
        return self._rules.normalise(run).split(" "), self._cased.normalise(run).split(" ")

    def _forms_of(self, lemma: str, folds: bool) -> list[tuple[str, ...]]:
        rules = self._rules if folds else self._cased
        return [tuple(form.split(" ")) for form in rules.forms(lemma)]

    def _separates(self, char: str) -> bool:
        return char == "\n" or self._rules.normalise(char) == " "


def link(address: str | None) -> dict[str, str] | None:
    """An address that a page may link to, with its host; none where it is not plainly http or https."""
    if not address or len(address) > _LONGEST_ADDRESS or re.search(r"[\x00-\x20\x7f-\xa0\\]", address):
        return None
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    return {"href": address, "host": shown(host, 60)}


def _pieces(caption: str, marks: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[tuple[str, bool]]:
    at = start
    for begin, stop in marks:
        if stop > end or begin < at:
            continue
        yield from _piece(caption[at:begin], False)
        yield from _piece(caption[begin:stop], True)
        at = stop
    yield from _piece(caption[at:end], False)


def _piece(text: str, marked: bool) -> Iterator[tuple[str, bool]]:
    """A piece in one line and without controls; the spaces at its ends stay, for other pieces follow."""
    if text:
        before, after = " " * text[0].isspace(), " " * text[-1].isspace()
        inner = shown(text, len(text) + 1)
        yield (f"{before}{inner}{after}" if inner else " "), marked


def _joined(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(places):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined
