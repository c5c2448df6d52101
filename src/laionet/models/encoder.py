"""Texts to unit vectors with torch: sorting by length, packing, the head in blocks of one shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from laionet.models.prepacked import prepack
from laionet.models.text import Encoded
from laionet.models.tokens import Tokens
from laionet.models.towers import Tower, packed_vectors

# Measured with all-MiniLM-L6-v2 on two cores: 512 to 1,024 rows are within 5 % of each other, 256 and
# 2,048 are slower. A GPU needs larger products to be busy.
TOKENS_ON_CPU = 512
TOKENS_ON_GPU = 16_384

# Texts tokenised, sorted and encoded together; bounds the memory of the tokenizer.
_BLOCK = 8_192
_HEAD_ROWS = 64
# A matrix product of very few rows is another algorithm, with other last bits, in common BLAS libraries.
_LEAST_ROWS = 64
# The library's own forward runs on a fixed number of equally long texts, the last batch of each length
# filled up; smaller batches waste less on filling.
_SHARE_OF_WHOLE = 3
_LEAST_OF_WHOLE = 256


class TorchTextEncoder:
    """A ``laionet.models.text.TextEncoder`` on one device.

    A text's embedding has the same bits whatever texts come with it: packed rows, head blocks and batches
    of the library's own forward always have the same shape, filled up where texts run out. This was
    measured on processors, in fp32 and bf16, for attention heads of 16 numbers or more (with 8, torch's
    attention differs in last bits from thread to thread); on a GPU it depends on the kernels that torch
    chooses.

    Attributes:
        name, kind, dim, max_tokens, device, precision, digest: see ``TextEncoder``.
        packed: whether sequences are packed, which is the fast way; otherwise the library's own forward.
    """

    def __init__(
        self,
        tower: Tower,
        *,
        name: str,
        kind: str,
        digest: str,
        device: torch.device,
        precision: str,
        dtype: torch.dtype,
        batch_tokens: int | None,
    ) -> None:
        self.name, self.kind, self.digest = name, kind, digest
        self.dim, self.max_tokens = tower.dim, tower.tokenizer.limit
        self.device, self.precision = str(device), precision
        self.packed = tower.packed is not None
        self._device = device
        self._tokenizer = tower.tokenizer
        self._packed = tower.packed
        asked = batch_tokens or (TOKENS_ON_CPU if device.type == "cpu" else TOKENS_ON_GPU)
        if tower.packed is not None:
            self._rows = max(asked, self.max_tokens, _LEAST_ROWS)
            tower.packed.transformer.to(device, dtype)
            tower.packed.head.to(device, dtype)
            if device.type == "cpu":
                with torch.inference_mode():
                    prepack(tower.packed.transformer.layers, self._rows)
        else:
            self._rows = max(asked // _SHARE_OF_WHOLE, _LEAST_OF_WHOLE)
            self._whole = tower.whole
            tower.modules.to(device, dtype)

    def encode(self, texts: Sequence[str]) -> Encoded:
        """Embed ``texts``; see ``TextEncoder.encode``."""
        embeddings = np.empty((len(texts), self.dim), dtype=np.float32)
        truncated = np.empty(len(texts), dtype=np.bool_)
        with torch.inference_mode():
            for start in range(0, len(texts), _BLOCK):
                tokens = self._tokenizer(texts[start : start + _BLOCK])
                order = np.argsort(tokens.lengths, kind="stable")
                vectors = self._by_packing(tokens, order) if self.packed else self._by_length(tokens, order)
                unit = functional.normalize(vectors.float(), dim=-1)
                embeddings[start + order] = unit.cpu().numpy()
                truncated[start : start + _BLOCK] = tokens.truncated
        return Encoded(embeddings, truncated)

    def _by_packing(self, tokens: Tokens, order: np.ndarray) -> Tensor:
        assert self._packed is not None
        vectors = [
            packed_vectors(self._packed, [self._ids(tokens, group) for group in groups], self._rows)
            for groups in fill(order, tokens.lengths, self._rows)
        ]
        pooled = torch.cat(vectors)
        blocks = functional.pad(pooled, (0, 0, 0, -len(pooled) % _HEAD_ROWS)).view(-1, _HEAD_ROWS, pooled.shape[1])
        return torch.cat([self._packed.head(block) for block in blocks])[: len(order)]

    def _by_length(self, tokens: Tokens, order: np.ndarray) -> Tensor:
        vectors = []
        for group in equally_long(order, tokens.lengths):
            size = max(1, self._rows // int(tokens.lengths[group[0]]))
            for start in range(0, len(group), size):
                batch = group[start : start + size]
                filled = np.resize(batch, size)
                texts = [tokens.texts[index] for index in filled]
                vectors.append(self._whole(self._ids(tokens, filled), texts)[: len(batch)])
        return torch.cat(vectors)

    def _ids(self, tokens: Tokens, which: np.ndarray) -> Tensor:
        return torch.from_numpy(tokens.rows(which)).to(self._device)


def fill(order: np.ndarray, lengths: np.ndarray, rows: int) -> Iterator[list[np.ndarray]]:
    """Cut texts, sorted by length, into packs of at most ``rows`` tokens.

    Args:
        order: indices of texts, sorted by length.
        lengths: tokens of each text, none above ``rows``.

    Yields:
        For each pack, the indices of its texts of one length, shortest first.
    """
    ends = np.cumsum(lengths[order])
    start = 0
    while start < len(order):
        before = ends[start - 1] if start else 0
        stop = int(np.searchsorted(ends, before + rows, side="right"))
        yield equally_long(order[start:stop], lengths)
        start = stop


def equally_long(order: np.ndarray, lengths: np.ndarray) -> list[np.ndarray]:
    """Indices sorted by length, split where the length changes."""
    return np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1)
