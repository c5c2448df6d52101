"""Which lemmas are in which captions: one Aho-Corasick automaton over whole Arrow buffers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import ahocorasick_rs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from laionet.matching import kernel
from laionet.matching.rules import SEPARATOR, Rules, rules_named, squeeze

if TYPE_CHECKING:
    from laionet.vocab import ClassList

#: Captions are searched in pieces of about this many bytes, which stay in the cache.
PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class Hits:
    """Lemmas found: ``rows[i]`` (int64, caption position) holds ``lemmas[i]`` (int32, lemma number).

    Sorted by row, then lemma; each pair once.
    """

    rows: np.ndarray
    lemmas: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)


class LemmaMatcher:
    """Finds a fixed list of lemmas in any number of captions.

    Args:
        lemmas: the lemmas as WordNet spells them; hits name them by position in this list.
        rules: which normal form captions and lemmas are brought to.
    """

    def __init__(self, lemmas: Sequence[str], rules: Rules | str = "web") -> None:
        self.lemmas = tuple(lemmas)
        self.rules = rules_named(rules)
        self._table = self.rules.byte_table()
        folded: dict[str, list[int]] = {}
        cased: dict[str, list[int]] = {}
        self._cased_rules = Rules(
            self.rules.name,
            spaces=self.rules.spaces,
            hyphens=self.rules.hyphens,
            plurals=self.rules.plurals,
        )
        for number, lemma in enumerate(self.lemmas):
            for form in self.rules.forms(lemma):
                folded.setdefault(form, []).append(number)
            if self.rules.keeps_case(lemma):
                for form in self._cased_rules.forms(lemma):
                    cased.setdefault(form, []).append(number)
        self._keeps_case = np.array([self.rules.keeps_case(lemma) for lemma in self.lemmas], dtype=bool)
        # The kernel knows ASCII letters only, which is all that the paper's rules or the web rules need of it;
        # rules that fold case but take white space as it is meet case beyond ASCII and go the general way.
        self._kernel = kernel.available() and self.rules.fold == self.rules.spaces
        self._folded = _Automaton(folded)
        self._cased = _Automaton(cased)

    def find(self, captions: pa.Array | pa.ChunkedArray) -> Hits:
        """All (caption, lemma) pairs of an Arrow string array; nulls hold no lemma."""
        found: list[tuple[np.ndarray, np.ndarray]] = []
        compiled = self._kernel and len(captions) >= kernel.KERNEL_ROWS
        for start, piece in _chunks(captions) if compiled else _pieces(captions):
            rows, lemmas = self._find_compiled(piece) if compiled else self._find_in_piece(piece)
            found.append((rows + start, lemmas))
        if not found:
            return Hits(np.zeros(0, np.int64), np.zeros(0, np.int32))
        rows = np.concatenate([rows for rows, _ in found])
        lemmas = np.concatenate([lemmas for _, lemmas in found])
        return _sorted_once(rows, lemmas, len(self.lemmas))

    def _find_compiled(self, captions: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        rows, forms, other = kernel.search(captions, self._trie, collapse=self.rules.spaces)
        found = [self._folded.spread(rows, forms)]
        if len(other):
            texts = captions.take(pa.array(other))
            tamed, is_tame = kernel.tame(texts, self._fates)
            rows, forms, _ = kernel.search(tamed, self._trie, collapse=self.rules.spaces)
            rows, lemmas = self._folded.spread(rows, forms)
            found.append((other[rows], lemmas))
            wild = np.flatnonzero(~is_tame)
            rows, lemmas = self._search_text(texts.take(pa.array(wild)), self.rules, self._folded)
            found.append((other[wild[rows]], lemmas))
        rows, lemmas = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return self._check_case(captions, rows, lemmas)

    @cached_property
    def _trie(self) -> kernel.Trie:
        return kernel.Trie(self._folded.forms, self.rules)

    @cached_property
    def _fates(self) -> np.ndarray:
        return kernel.fates(self.rules, self._folded.forms)

    def _find_in_piece(self, captions: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        if not self.rules.spaces and not self.rules.fold:
            return self._search_bytes(captions)
        ascii_ = pc.fill_null(pc.string_is_ascii(captions), True).to_numpy(zero_copy_only=False)
        if ascii_.all():
            rows, lemmas = self._search_bytes(captions)
        else:
            plain, other = np.flatnonzero(ascii_), np.flatnonzero(~ascii_)
            rows_a, lemmas_a = self._search_bytes(captions.take(pa.array(plain)))
            rows_b, lemmas_b = self._search_text(captions.take(pa.array(other)), self.rules, self._folded)
            rows = np.concatenate([plain[rows_a], other[rows_b]])
            lemmas = np.concatenate([lemmas_a, lemmas_b])
        return self._check_case(captions, rows, lemmas)

    def _search_bytes(self, captions: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        """Normalise as bytes and search; for ASCII text, or rules that touch ASCII characters only."""
        haystack = _join(captions).translate(self._table)
        if self.rules.spaces:
            haystack = squeeze(np.frombuffer(haystack, np.uint8)).tobytes()
        return self._folded.search(haystack)

    def _search_text(
        self, captions: pa.Array, rules: Rules, automaton: _Automaton
    ) -> tuple[np.ndarray, np.ndarray]:
        """Normalise as Unicode text and search: the general way, for the captions that need it."""
        # A newline inside a caption is a word character under the paper's rules and a space under ours;
        # vertical tab is the same in both and frees the newline to stand between captions.
        joined = _join(captions).replace(b"\n", b"\x0b").replace(SEPARATOR, b"\n").decode("utf-8")
        text = rules.normalise(joined)
        return automaton.search(text.encode("utf-8").replace(b"\n", SEPARATOR))

    def _check_case(
        self, captions: pa.Array, rows: np.ndarray, lemmas: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Replace hits of short lemmas by those that hold with their case kept."""
        short = self._keeps_case[lemmas]
        if not short.any():
            return rows, lemmas
        suspects = np.unique(rows[short])
        hit_rows, hit_lemmas = self._search_text(captions.take(pa.array(suspects)), self._cased_rules, self._cased)
        return (
            np.concatenate([rows[~short], suspects[hit_rows]]),
            np.concatenate([lemmas[~short], hit_lemmas]),
        )


class _Automaton:
    """Aho-Corasick over ``" form "``, and from each form to the numbers of its lemmas."""

    def __init__(self, forms: Mapping[str, Sequence[int]]) -> None:
        self.forms = tuple(forms)
        self._starts = np.cumsum([0, *map(len, forms.values())])
        self._numbers = np.array([number for numbers in forms.values() for number in numbers], np.int32)
        self._automaton = (
            ahocorasick_rs.BytesAhoCorasick(
                [f" {form} ".encode() for form in forms],
                matchkind=ahocorasick_rs.MatchKind.Standard,
                # The dense automaton: twice as fast as the library's choice, some MB for 1,825 lemmas.
                implementation=ahocorasick_rs.Implementation.DFA,
            )
            if forms
            else None
        )

    def search(self, haystack: bytes) -> tuple[np.ndarray, np.ndarray]:
        """(caption, lemma number) of each hit; captions are counted by the separators before the hit."""
        hits = [] if self._automaton is None else self._automaton.find_matches_as_indexes(haystack, True)
        if not hits:
            return np.zeros(0, np.int64), np.zeros(0, np.int32)
        found = np.array(hits, dtype=np.int64)
        breaks = np.flatnonzero(np.frombuffer(haystack, np.uint8) == SEPARATOR[0])
        captions = np.searchsorted(breaks, found[:, 1])
        return self.spread(captions, found[:, 0])

    def spread(self, captions: np.ndarray, forms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """From (caption, form) to (caption, lemma number): a form may stand for several lemmas."""
        counts = self._starts[forms + 1] - self._starts[forms]
        rows = np.repeat(captions, counts)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        return rows, self._numbers[np.repeat(self._starts[forms], counts) + within]


def match(captions: object, classes: ClassList, rules: str | Rules = "web", *, plurals: bool = False) -> pa.Table:
    """Which lemmas of which classes are in which captions (paper, Section 2, condition 1).

    Args:
        captions: an Arrow string array (plain or chunked), or any sequence of ``str`` or ``None``.
        classes: from ``laionet.load_classes``; its lemma policy decides which lemmas count.
        rules: ``"web"`` (ours) or ``"paper"`` (equal to the published scripts, row for row).
        plurals: count the plural of a lemma's last word too.

    Returns:
        Table of ``row`` (int64, position of the caption), ``lemma`` (string, as WordNet spells it) and
        ``wnid`` (string), sorted by row, class order, lemma order. Captions without a lemma, null ones
        among them, have no row.
    """
    array = captions if isinstance(captions, (pa.Array, pa.ChunkedArray)) else pa.array(captions, pa.string())
    lemma_map = classes.lemma_map()
    hits = LemmaMatcher(list(lemma_map), rules_named(rules, plurals=plurals)).find(array)
    rows, lemmas, labels = labelled(hits, lemma_map, classes)
    return pa.table(
        {
            "row": pa.array(rows, pa.int64()),
            "lemma": pa.array(list(lemma_map), pa.string()).take(pa.array(lemmas)),
            "wnid": pa.array(list(classes.wnids), pa.string()).take(pa.array(labels)),
        }
    )


def labelled(
    hits: Hits, lemma_map: Mapping[str, Sequence[str]], classes: ClassList
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Spread hits over the classes of their lemmas: rows, lemma numbers, class numbers, sorted so."""
    of_lemma = [[classes.index(wnid) for wnid in wnids] for wnids in lemma_map.values()]
    counts = np.array([len(labels) for labels in of_lemma], dtype=np.int64)
    starts = np.cumsum(counts) - counts
    flat = np.array([label for labels in of_lemma for label in labels], dtype=np.int64)
    per_hit = counts[hits.lemmas]
    rows, lemmas = np.repeat(hits.rows, per_hit), np.repeat(hits.lemmas, per_hit)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(per_hit) - per_hit, per_hit)
    labels = flat[np.repeat(starts[hits.lemmas], per_hit) + within]
    order = np.lexsort((lemmas, labels, rows))
    return rows[order], lemmas[order], labels[order]


def _chunks(captions: pa.Array | pa.ChunkedArray) -> Iterator[tuple[int, pa.Array]]:
    """Chunks that are not empty, as string or large string, with the position of each one's first caption."""
    start = 0
    for chunk in captions.chunks if isinstance(captions, pa.ChunkedArray) else [captions]:
        if len(chunk):
            yield start, chunk if pa.types.is_string(chunk.type) else chunk.cast(pa.large_string())
        start += len(chunk)


def _pieces(captions: pa.Array | pa.ChunkedArray) -> Iterator[tuple[int, pa.Array]]:
    """Cut captions into runs of about PIECE_BYTES, with the position of each run's first caption."""
    for start, chunk in _chunks(captions):
        text = chunk.cast(pa.large_string())
        offsets = np.frombuffer(text.buffers()[1], np.int64)[text.offset : text.offset + len(text) + 1]
        targets = np.arange(offsets[0] + PIECE_BYTES, offsets[-1], PIECE_BYTES)
        cuts = np.unique(np.concatenate([[0], np.searchsorted(offsets, targets), [len(text)]]))
        for begin, end in zip(cuts[:-1], cuts[1:], strict=True):
            yield start + int(begin), text.slice(int(begin), int(end - begin))


def _join(captions: pa.Array) -> bytes:
    """``" caption SEP caption SEP caption "`` with a space on each side of every caption."""
    binary = pc.fill_null(captions.cast(pa.large_binary()), b"")
    one_list = pa.ListArray.from_arrays(pa.array([0, len(binary)], pa.int32()), binary)
    joined = pc.binary_join(one_list, pa.scalar(b" " + SEPARATOR + b" ", pa.large_binary()))
    return b" ".join((b"", joined.buffers()[2] or b"", b""))


def _sorted_once(rows: np.ndarray, lemmas: np.ndarray, n_lemmas: int) -> Hits:
    keys = np.unique(rows.astype(np.int64) * max(n_lemmas, 1) + lemmas)
    return Hits(keys // max(n_lemmas, 1), (keys % max(n_lemmas, 1)).astype(np.int32))
