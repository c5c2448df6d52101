"""The matcher's fast path: one pass over the Arrow buffer itself, compiled by numba where it is installed.

Words are hashed letter by letter without a branch that a processor could guess wrong; where a word's hash is
that of some form's first word, the trie of all forms is walked from there. Normalisation is folded into the map
from bytes to letters of the trie's alphabet, so nothing is copied. Results equal those of the automaton.
"""

from __future__ import annotations

import importlib.util
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from laionet.matching.rules import Rules

#: Below so many captions loading the compiler costs more than it saves.
KERNEL_ROWS = 50_000

#: Letter 0 separates words; letter 1 is in no form.
_SEPARATOR, _FOREIGN = 0, 1

#: Code points that ``tame`` knows: Latin with accents, Greek, Cyrillic, Hebrew, Arabic, dashes, quotes, signs.
_KNOWN = 0x2800
#: What they come to: the general way alone can tell, a separator, a letter that is in no form.
_ASK, _SPACE, _STRANGE = range(3)

# A word's hash is turned by five bits and mixed with each letter; the top bits of its product with a large odd
# number choose one of 32 k flags, which fit the first-level cache.
_TURN, _BACK, _SHIFT, _PRIME = np.uint64(5), np.uint64(59), np.uint64(49), np.uint64(0x9E3779B97F4A7C15)


def available() -> bool:
    """Whether numba is installed (``pip install 'laionet[fast]'``)."""
    return importlib.util.find_spec("numba") is not None


class Trie:
    """Forms as a trie over letters, each form ended by a separator.

    Attributes:
        letters: uint8 (256,), letter of each byte of a caption.
        ways: int32 (nodes, letters), the next node, 0 for none; node 0 is the root.
        form: int32 (nodes,), number of the form that ends at a node, -1 for none.
        first: bool (32768,), whether a form's first word falls into this bucket.
        whole: uint64 (32768,), its whole hash, and ``after`` int32 (32768,), the node behind the word and one
            separator; -1 where words of several hashes share the bucket.
    """

    def __init__(self, forms: Sequence[str], rules: Rules) -> None:
        encoded = [f"{form} ".encode() for form in forms]
        alphabet = sorted({byte for form in encoded for byte in form} - {32})
        number = {32: _SEPARATOR} | {byte: place + 2 for place, byte in enumerate(alphabet)}
        self.letters = np.array([number.get(b, _FOREIGN) for b in rules.byte_table()], dtype=np.uint8)
        nodes: list[dict[int, int]] = [{}]
        ends: dict[int, int] = {}
        for which, form in enumerate(encoded):
            node = 0
            for byte in form:
                letter = number[byte]
                if letter not in nodes[node]:
                    nodes[node][letter] = len(nodes)
                    nodes.append({})
                node = nodes[node][letter]
            ends[node] = which
        self.ways = np.zeros((len(nodes), len(alphabet) + 2), dtype=np.int32)
        self.form = np.full(len(nodes), -1, dtype=np.int32)
        for node, ways in enumerate(nodes):
            for letter, to in ways.items():
                self.ways[node, letter] = to
        for node, which in ends.items():
            self.form[node] = which
        self.first = np.zeros(1 << 15, dtype=np.bool_)
        self.whole = np.zeros(1 << 15, dtype=np.uint64)
        self.after = np.zeros(1 << 15, dtype=np.int32)
        for word in {form.split(b" ")[0] for form in encoded}:
            node = 0
            for byte in word + b" ":
                node = nodes[node][number[byte]]
            bucket, mixed = _hash([number[byte] for byte in word])
            self.after[bucket] = -1 if self.first[bucket] else node
            self.first[bucket], self.whole[bucket] = True, mixed


def fates(rules: Rules, forms: Sequence[str]) -> np.ndarray:
    """What code points beyond ASCII come to under the rules, uint8 (``_KNOWN``,); the general way is asked where
    one turns into ASCII letters (superscripts, ligatures), is removed, joins its neighbour or is in a form."""
    return _fates(rules, frozenset(char for form in forms for char in form if not char.isascii()))


@cache
def _fates(rules: Rules, in_forms: frozenset[str]) -> np.ndarray:
    found = np.zeros(_KNOWN, dtype=np.uint8)
    for code in range(0x80, _KNOWN):
        text = rules.normalise(chr(code))
        if text == " ":
            found[code] = _SPACE
        elif text and not any(c.isascii() or unicodedata.combining(c) or c in in_forms for c in text):
            found[code] = _STRANGE
    found.setflags(write=False)
    return found


def tame(captions: pa.Array, known: np.ndarray) -> tuple[pa.Array, np.ndarray]:
    """Captions whose characters beyond ASCII are all known, with one byte for each of these.

    Args:
        captions: Arrow string array without nulls.
        known: from ``fates``.

    Returns:
        Binary array of all captions, and bool (captions,): whether each is tame; those that are not are empty.
    """
    data, offsets = _buffers(captions)
    out = np.empty(max(1, int(offsets[-1] - offsets[0])), np.uint8)
    ends = np.empty(len(captions) + 1, np.int32)
    is_tame = np.empty(len(captions), np.bool_)
    _compiled(_tame)(data, offsets, known, out, ends, is_tame)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(out)]
    return pa.Array.from_buffers(pa.binary(), len(captions), buffers), is_tame


def search(captions: pa.Array, trie: Trie, *, collapse: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All forms in all captions of a string array.

    Args:
        captions: Arrow string or large string array, nulls hold no form; or what ``tame`` made.
        trie: the forms.
        collapse: a run of separators is one, and strings with a byte beyond ASCII are left to the caller.

    Returns:
        Rows (int64) and form numbers (int32) of the hits, and rows (int64) left to the caller.
    """
    data, offsets = _buffers(captions)
    leave = collapse and not pa.types.is_binary(captions.type)
    room = max(1024, len(captions) // 4)
    while True:
        rows, forms = np.empty(room, np.int64), np.empty(room, np.int32)
        others = np.empty(len(captions) if leave else 0, np.int64)
        table = (trie.letters, trie.ways, trie.form, trie.first, trie.whole, trie.after)
        found, left = _compiled(_walk)(data, offsets, *table, collapse, leave, rows, forms, others)
        if found <= room:
            return rows[:found], forms[:found], others[:left]
        room = int(found)


def _buffers(captions: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Bytes (uint8) and offsets (int64) of an Arrow array of strings."""
    wide = pa.types.is_large_string(captions.type) or pa.types.is_large_binary(captions.type)
    offsets = np.frombuffer(captions.buffers()[1], np.int64 if wide else np.int32)
    offsets = offsets[captions.offset : captions.offset + len(captions) + 1].astype(np.int64)
    return np.frombuffer(captions.buffers()[2] or b"\0", np.uint8), offsets


def _hash(word: Sequence[int]) -> tuple[int, int]:
    """Bucket and whole hash of a word."""
    mixed, whole = 0, 0xFFFFFFFFFFFFFFFF
    for letter in word:
        mixed = (mixed << int(_TURN) & whole | mixed >> int(_BACK)) ^ letter
    return (mixed * int(_PRIME) & whole) >> int(_SHIFT), mixed


def _walk(
    data: Any,
    offsets: Any,
    letters: Any,
    ways: Any,
    form: Any,
    first: Any,
    whole: Any,
    after: Any,
    collapse: bool,
    leave: bool,
    rows: Any,
    forms: Any,
    others: Any,
) -> tuple[int, int]:
    """Fill ``rows`` and ``forms`` with hits and ``others`` with rows left over; hits may exceed the room."""
    found = left = 0
    none = np.uint64(0)
    for row in range(len(offsets) - 1):
        begin, end = offsets[row], offsets[row + 1]
        before, seen, mixed = found, np.uint8(0), none
        for place in range(begin, end + 1):
            byte = data[place] if place < end else np.uint8(32)
            letter = letters[byte]
            seen |= byte
            separates = letter == 0
            # One branch, hardly ever taken: the flag is looked up for every letter and counts at a word's end.
            bucket = mixed * _PRIME >> _SHIFT
            if first[bucket] & separates:
                # Most first words stand alone ("black" without "swan"): look ahead before walking from the start.
                node, ahead = after[bucket], place + 1
                if node > 0:
                    if whole[bucket] != mixed:
                        node = 0
                    while node != 0 and form[node] < 0:
                        while (
                            collapse
                            and ahead < end
                            and letters[data[ahead]] == 0
                            and letters[data[ahead - 1]] == 0
                        ):
                            ahead += 1
                        node = ways[node, letters[data[ahead]] if ahead < end else np.uint8(0)]
                        if ahead >= end and form[node] < 0:
                            node = 0
                        ahead += 1
                ahead, going = begin, node != 0
                node = 0
                while going:
                    letter = letters[data[ahead]] if ahead < end else np.uint8(0)
                    node = ways[node, letter]
                    if node == 0:
                        break
                    if form[node] >= 0:
                        if found < len(rows):
                            rows[found] = row
                            forms[found] = form[node]
                        found += 1
                    if ahead >= end:
                        break
                    ahead += 1
                    while collapse and letter == 0 and ahead < end and letters[data[ahead]] == 0:
                        ahead += 1
            turned = (mixed << _TURN | mixed >> _BACK) ^ np.uint64(letter)
            mixed = none if separates else turned
            begin = place + 1 if separates else begin
        if leave and seen >= 128:
            found = before
            others[left] = row
            left += 1
    return found, left


def _tame(data: Any, offsets: Any, known: Any, out: Any, ends: Any, is_tame: Any) -> None:
    """Fill ``out`` with one byte for each character, 32 for separators and 128 for strange letters."""
    written = 0
    ends[0] = 0
    for row in range(len(offsets) - 1):
        begin, place, end = written, offsets[row], offsets[row + 1]
        is_tame[row] = True
        while place < end:
            byte = data[place]
            code, more = np.int64(byte), 1
            if byte >= 0xF0 or (byte >= 0x80 and byte < 0xC0):
                code = np.int64(0)  # beyond what is known, or no UTF-8
            elif byte >= 0xE0 and place + 2 < end:
                code, more = (code & 15) << 12 | (data[place + 1] & 63) << 6 | data[place + 2] & 63, 3
            elif byte >= 0xC0 and place + 1 < end:
                code, more = (code & 31) << 6 | data[place + 1] & 63, 2
            fate = known[code] if byte >= 0x80 and code < len(known) else np.uint8(0)
            if byte >= 0x80 and fate == 0:
                is_tame[row], written = False, begin
                break
            out[written] = byte if byte < 0x80 else np.uint8(32) if fate == 1 else np.uint8(128)
            written += 1
            place += more
        ends[row + 1] = written


@cache
def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    import numba

    compiled: Callable[..., Any] = numba.njit(nogil=True, cache=True)(function)
    return compiled
