"""Texts to unit vectors with torch: sorting by length, packing, the head in blocks of one shape."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from laionet.errors import ModelError
from laionet.models.ahead import ahead
from laionet.models.device import INT8, single_threads, to_device
from laionet.models.packing import equally_long, fill
from laionet.models.prepacked import prepack
from laionet.models.text import Encoded
from laionet.models.tokens import Tokens
from laionet.models.towers import PackedText, Tower, packed_vectors

# Measured with all-MiniLM-L6-v2 on two cores: 512 to 1,024 rows are within 5 % of each other, 256 and
# 2,048 are slower. A GPU needs larger products to be busy.
TOKENS_ON_CPU = 512
TOKENS_ON_GPU = 16_384

# Texts tokenised, sorted and encoded together; bounds the memory of the tokenizer.
_BLOCK = 8_192
_HEAD_ROWS = 64
# A matrix product of very few rows is another algorithm, with other last bits, in common BLAS libraries.
_LEAST_ROWS = 64
# Packs that go through the layers together. A layer's weights then come from memory once for all of them.
_PACKS = 4
# The library's own forward runs on a fixed number of equally long texts, the last batch of each length
# filled up; smaller batches waste less on filling.
_SHARE_OF_WHOLE = 3
_LEAST_OF_WHOLE = 256


class TorchTextEncoder:
    """A ``laionet.models.text.TextEncoder`` on one device.

    A text's embedding has the same bits whatever texts come with it: packed rows, head blocks and batches
    of the library's own forward always have the same shape, filled up where texts run out. This was
    measured on processors, in fp32, bf16 and int8, for attention heads of 16 numbers or more (with 8, torch's
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
            self._load_packed(tower.packed, dtype)
        elif precision == INT8:
            raise ModelError(f"{name}: no 8-bit layers for its architecture; give precision fp32 or bf16")
        else:
            self._rows = max(asked // _SHARE_OF_WHOLE, _LEAST_OF_WHOLE)
            self._whole = tower.whole
            tower.modules.to(device, dtype)

    def _load_packed(self, packed: PackedText, dtype: torch.dtype) -> None:
        """Put the model on the device. On a processor lower precision is for the linear layers alone, where it
        is worth most; where there are no kernels for that, bf16 is for all of the model.
        """
        with torch.inference_mode():
            prepacked = self._device.type == "cpu" and prepack(
                packed.transformer.layers, self._rows, self.precision
            )
        if self.precision == INT8 and not prepacked:
            raise ModelError("this processor, or this torch, has no 8-bit products; give precision fp32 or bf16")
        wanted = torch.float32 if prepacked else dtype
        packed.transformer.to(self._device, wanted)
        packed.head.to(self._device, wanted)

    def encode(self, texts: Sequence[str]) -> Encoded:
        """Embed ``texts``; see ``TextEncoder.encode``."""
        embeddings, truncated = self.embed(texts)
        return Encoded(embeddings.cpu().numpy(), truncated)

    def embed(self, texts: Sequence[str]) -> tuple[Tensor, np.ndarray]:
        """Embed ``texts`` and leave the embeddings where they are; see ``TextEncoder.embed``."""
        truncated = np.empty(len(texts), dtype=np.bool_)
        starts = range(0, len(texts), _BLOCK)
        blocks = (texts[start : start + _BLOCK] for start in starts)
        with torch.inference_mode(), ThreadPoolExecutor(1) as pool:
            embeddings = torch.empty(len(texts), self.dim, device=self._device)
            # The next block is tokenised while this one is computed.
            for start, tokens in zip(starts, ahead(pool, self._tokenizer, blocks, 2), strict=True):
                order = np.argsort(tokens.lengths, kind="stable")
                at, vectors = self._by_packing(tokens, order) if self.packed else self._by_length(tokens, order)
                place = to_device(torch.from_numpy(start + at), self._device)
                embeddings[place] = functional.normalize(vectors.float(), dim=-1)
                truncated[start : start + _BLOCK] = tokens.truncated
        return embeddings, truncated

    def _by_packing(self, tokens: Tokens, order: np.ndarray) -> tuple[np.ndarray, Tensor]:
        """Indices of texts in the order in which they were packed, and their vectors."""
        assert self._packed is not None
        packs = list(fill(order, tokens.lengths, self._rows))
        pooled = torch.cat(self._pooled(tokens, packs))
        blocks = functional.pad(pooled, (0, 0, 0, -len(pooled) % _HEAD_ROWS)).view(-1, _HEAD_ROWS, pooled.shape[1])
        vectors = torch.cat([self._packed.head(block) for block in blocks])[: len(order)]
        return np.concatenate(list(chain.from_iterable(packs))), vectors

    def _pooled(self, tokens: Tokens, packs: list[list[np.ndarray]]) -> list[Tensor]:
        """Pooled vectors of some packs at a time; on a processor in as many threads as torch has."""

        def of(some: list[list[np.ndarray]]) -> Tensor:
            assert self._packed is not None
            ids = [[self._ids(tokens, group) for group in groups] for groups in some]
            with torch.inference_mode():
                return packed_vectors(self._packed, ids, self._rows)

        on_cpu = self._device.type == "cpu"
        threads = torch.get_num_threads() if on_cpu else 1
        # Few packs are dealt out evenly rather than four to one thread.
        size = max(1, min(_PACKS, -(-len(packs) // threads))) if on_cpu else 1
        parts = [packs[start : start + size] for start in range(0, len(packs), size)]
        if threads == 1:
            return [of(part) for part in parts]
        with single_threads(min(threads, len(parts))) as pool:
            return list(pool.map(of, parts))

    def _by_length(self, tokens: Tokens, order: np.ndarray) -> tuple[np.ndarray, Tensor]:
        vectors = []
        for group in equally_long(order, tokens.lengths):
            size = max(1, self._rows // int(tokens.lengths[group[0]]))
            for start in range(0, len(group), size):
                batch = group[start : start + size]
                filled = np.resize(batch, size)
                texts = [tokens.texts[index] for index in filled]
                vectors.append(self._whole(self._ids(tokens, filled), texts)[: len(batch)])
        return order, torch.cat(vectors)

    def _ids(self, tokens: Tokens, which: np.ndarray) -> Tensor:
        return to_device(torch.from_numpy(tokens.rows(which)), self._device)
