"""assemble: the rules that need the whole set: duplicates, top-k and cap. partial, merge, finish."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from laionet.matching import WEB
from laionet.recipe import Select
from laionet.schema import Drop

#: What a row needs to be judged: 64-bit hashes of caption and URL, a random number from the seed.
_KEYS = np.dtype(
    [
        ("label", "i4"),
        ("similarity", "f4"),
        ("caption", "u8"),
        ("url", "u8"),
        ("draw", "u8"),
        ("url_known", "?"),
    ]
)


#: The columns that ``WholeRules.partial`` looks at.
JUDGED = ("label", "similarity", "caption", "url", "file", "row", "wnid")


@dataclass(frozen=True)
class WholeRules:
    """Judges rows against all others; in corpus order, so the first of duplicates stays.

    ``partial`` reduces a shard to keys of 37 bytes a row, ``merge`` joins two neighbouring parts, ``finish``
    gives each row its reason or none. Rows are told apart by 64-bit hashes: among ten million captions two
    different ones share a hash with probability 3e-6.
    """

    rules: Select
    seed: int

    def partial(self, table: pa.Table) -> np.ndarray:
        """Keys of one shard's rows, in order."""
        keys = np.zeros(len(table), dtype=_KEYS)
        keys["label"] = table["label"].to_numpy()
        keys["similarity"] = table["similarity"].to_numpy()
        if self.rules.duplicate_captions != "keep":
            near = self.rules.duplicate_captions == "near"
            keys["caption"] = _hashes([_words(c) if near else c for c in table["caption"].to_pylist()])
        if self.rules.duplicate_urls != "keep":
            near = self.rules.duplicate_urls == "near"
            urls = table["url"].to_pylist()
            keys["url"] = _hashes([_address(url) if near else url or "" for url in urls])
            keys["url_known"] = pc.is_valid(table["url"]).to_numpy()
        if self.rules.cap is not None:
            names = zip(
                table["file"].to_pylist(), table["row"].to_pylist(), table["wnid"].to_pylist(), strict=True
            )
            keys["draw"] = _hashes([f"{self.seed}/{file}/{row}/{wnid}" for file, row, wnid in names])
        return keys

    @staticmethod
    def merge(parts: Sequence[np.ndarray]) -> np.ndarray:
        """Keys of several parts, in corpus order."""
        return np.concatenate(parts) if parts else np.zeros(0, dtype=_KEYS)

    def finish(self, keys: np.ndarray) -> np.ndarray:
        """For each row the reason to drop it, or ``""``; duplicates first, then top-k, then cap."""
        reason = np.full(len(keys), "", dtype=object)
        left = np.arange(len(keys))
        if self.rules.duplicate_captions != "keep":
            near = self.rules.duplicate_captions == "near"
            drop = Drop.NEAR_DUPLICATE_CAPTION if near else Drop.DUPLICATE_CAPTION
            # One caption may hold several classes (several_classes = keep): a duplicate repeats its class too.
            left = _drop(reason, left, _repeats(keys[["label", "caption"]][left]), drop)
        if self.rules.duplicate_urls != "keep":
            known = keys["url_known"][left]
            repeats = np.zeros(len(left), dtype=bool)
            # One image under two labels is one too many, unless the recipe keeps captions of several classes.
            same = ["label", "url"] if self.rules.several_classes == "keep" else ["url"]
            repeats[known] = _repeats(keys[same][left[known]])
            left = _drop(reason, left, repeats, Drop.DUPLICATE_URL)
        if self.rules.top_k is not None:
            order = np.lexsort((left, -keys["similarity"][left].astype(np.float64), keys["label"][left]))
            left = _drop(reason, left, _beyond(keys["label"][left], order, self.rules.top_k), Drop.BEYOND_TOP_K)
        if self.rules.cap is not None:
            order = np.lexsort((keys["draw"][left], keys["label"][left]))
            _drop(reason, left, _beyond(keys["label"][left], order, self.rules.cap), Drop.BEYOND_CAP)
        return reason


def _drop(reason: np.ndarray, left: np.ndarray, gone: np.ndarray, drop: Drop) -> np.ndarray:
    reason[left[gone]] = drop
    return left[~gone]


def _repeats(values: np.ndarray) -> np.ndarray:
    """True for every occurrence of a value but the first."""
    repeated = np.ones(len(values), dtype=bool)
    repeated[np.unique(values, return_index=True)[1]] = False
    return repeated


def _beyond(labels: np.ndarray, order: np.ndarray, limit: int) -> np.ndarray:
    """True for rows past the first ``limit`` of their class in the given order (sorted by class)."""
    ranked = labels[order]
    begins = np.flatnonzero(np.diff(ranked, prepend=-1)) if len(ranked) else np.zeros(0, int)
    rank = np.arange(len(ranked)) - np.repeat(begins, np.diff(np.append(begins, len(ranked))))
    beyond = np.zeros(len(labels), dtype=bool)
    beyond[order[rank >= limit]] = True
    return beyond


def _hashes(texts: Sequence[str]) -> np.ndarray:
    digests = b"".join(
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest() for text in texts
    )
    return np.frombuffer(digests, dtype="<u8")


def _words(caption: str) -> str:
    """The set of a caption's words in normal form: equal for captions that differ in case or order."""
    return " ".join(sorted(set(WEB.normalise(caption.replace("\n", " ")).split())))


def _address(url: str | None) -> str:
    """A URL without what often differs between copies: scheme, ``www.``, query, fragment."""
    try:
        parts = urlsplit(url or "")
        return f"{(parts.hostname or '').removeprefix('www.')}{parts.path}"
    except ValueError:
        return url or ""
