"""Text to token ids: exactly what the model's own tokenizer gives, whatever text comes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

# A text is first read up to this many characters per token that the model reads. Captions are far
# shorter; a page pasted into an alt text is far longer, and only its beginning can matter.
CHARACTERS_PER_TOKEN = 32

# A cut text must give this many tokens beyond the limit before its first tokens count as settled.
MARGIN = 8

_SURROGATE = re.compile("[\ud800-\udfff]")
_WORD_END = re.compile(r"\S(?=[ \t\r\n])")


@dataclass(frozen=True)
class Tokens:
    """Token ids of n texts, end to end.

    Attributes:
        texts: the texts as tokenised: without lone surrogates, very long ones cut.
        ids: int64, all ids one text after the other, special tokens included, truncated to the limit.
        starts: int64 (n,), position in ``ids`` of each text's first id.
        lengths: int64 (n,), ids of each text.
        truncated: bool (n,), whether the text has more tokens than the limit.
    """

    texts: list[str]
    ids: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    truncated: np.ndarray

    def rows(self, which: np.ndarray) -> np.ndarray:
        """Ids of texts that have equally many, int64 (len(which), length)."""
        return self.ids[self.starts[which][:, None] + np.arange(self.lengths[which[0]])]


class TextTokenizer:
    """A transformers tokenizer with a limit.

    Args:
        tokenizer: as ``AutoTokenizer`` loads it, fast or not.
        limit: most tokens of a text, special tokens included.
        pad: fill every text up to ``limit`` with the padding token (SigLIP).
        prompt: put before every text, as sentence-transformers does where a model has a default prompt.
    """

    def __init__(self, tokenizer: Any, limit: int, *, pad: bool = False, prompt: str = "") -> None:
        self.limit = limit
        self._tokenizer = tokenizer
        self._pad = pad
        self._prompt = prompt
        # Cutting the end off is only right where the tokenizer would do so, too.
        self._may_cut = getattr(tokenizer, "truncation_side", "right") == "right"

    def __call__(self, texts: Sequence[str]) -> Tokens:
        """Tokenise ``texts``."""
        clean = [self._settled(without_surrogates(text)) for text in texts]
        ids, truncated = self._ids([self._prompt + text for text in clean])
        lengths = np.array([len(row) for row in ids], dtype=np.int64)
        flat = np.fromiter((token for row in ids for token in row), dtype=np.int64, count=int(lengths.sum()))
        starts = np.cumsum(lengths) - lengths
        return Tokens(clean, flat, starts, lengths, np.array(truncated, dtype=np.bool_))

    def _ids(self, texts: list[str]) -> tuple[list[list[int]], list[bool]]:
        if not texts:
            return [], []
        options: dict[str, Any] = {"return_attention_mask": False, "return_token_type_ids": False}
        if self._pad:
            options |= {"padding": "max_length"}
        limited = self._tokenizer(texts, truncation=True, max_length=self.limit, **options)
        ids: list[list[int]] = limited["input_ids"]
        if limited.encodings is not None:
            truncated = [bool(encoding.overflowing) for encoding in limited.encodings]
        else:  # a tokenizer written in Python does not keep what it cut off
            truncated = [count > self.limit for count in self._counts(texts)]
        # A tokenizer without special tokens gives nothing for an empty text, and a model needs something.
        filler = next(
            (i for i in (self._tokenizer.pad_token_id, self._tokenizer.unk_token_id) if i is not None), 0
        )
        return [row or [filler] for row in ids], truncated

    def _counts(self, texts: list[str]) -> list[int]:
        ids = self._tokenizer(texts, truncation=False, verbose=False)["input_ids"]
        return [len(row) for row in ids]

    def _settled(self, text: str) -> str:
        """The beginning of a very long text, with the same first ``limit`` tokens as the whole."""
        size = self.limit * CHARACTERS_PER_TOKEN
        if len(text) <= size or not self._may_cut:
            return text
        for end in word_ends(text, size):
            if self._counts([self._prompt + text[:end]])[0] >= self.limit + MARGIN:
                return text[:end]
        return text


def without_surrogates(text: str) -> str:
    """``text`` as valid Unicode: surrogate pairs joined, lone ones replaced by U+FFFD."""
    if _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def word_ends(text: str, size: int) -> Iterator[int]:
    """Ends of words after ``size``, 2 x ``size``, 4 x ``size``, ... characters.

    No tokenizer in use joins characters across the white space after a word, so the tokens of a
    beginning that ends there are the first tokens of the whole text.
    """
    while size < len(text):
        found = _WORD_END.search(text, size)
        if found is None:
            return
        yield found.end()
        size = 2 * max(size, found.end())
