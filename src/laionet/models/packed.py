"""A transformer encoder run over packed sequences: no padding, no mask, every matrix product of one shape.

All tokens of many texts lie in one matrix of a fixed number of rows, so that each linear layer is one large
product; only attention looks at the texts one length at a time. Padding costs nothing because there is none,
and a text's numbers cannot depend on its company: the products always have the same shape, each row of a
product is computed alone, and attention never crosses from one text to another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from laionet.models.attention import attend, is_batched, score_mask


class Span(NamedTuple):
    """Texts of one length, side by side in the packed matrix."""

    start: int
    texts: int
    length: int
    mask: Tensor | None
    batched: bool

    @property
    def stop(self) -> int:
        """Row after the last token."""
        return self.start + self.texts * self.length


class PackedLayer(nn.Module):
    """One transformer layer, its query, key and value projections fused.

    Args:
        projections: query, key and value linear layers, in this order.
        out, fc1, fc2: the projection after attention and the two of the feed-forward part.
        norms: the normalisation that belongs to attention, then the one of the feed-forward part.
        activation: of the feed-forward part, as the model has it.
        heads: number of attention heads.
        pre_norm: normalise before each part (CLIP, SigLIP) rather than after its residual sum (BERT, MPNet).
        causal: a token attends to itself and those before it only.
    """

    def __init__(
        self,
        *,
        projections: tuple[nn.Linear, nn.Linear, nn.Linear],
        out: nn.Linear,
        fc1: nn.Linear,
        fc2: nn.Linear,
        norms: tuple[nn.LayerNorm, nn.LayerNorm],
        activation: Callable[[Tensor], Tensor],
        heads: int,
        pre_norm: bool = False,
        causal: bool = False,
    ) -> None:
        super().__init__()
        self.qkv = fuse(projections)
        self.out, self.fc1, self.fc2 = out, fc1, fc2
        self.attention_norm, self.feed_forward_norm = norms
        self.activation = activation
        self._is_gelu = getattr(activation, "act", activation) is nn.functional.gelu
        self.heads = heads
        self.pre_norm = pre_norm
        self.causal = causal

    def forward(self, tokens: Tensor, spans: Sequence[Span]) -> Tensor:
        """Packed tokens (rows, d) to packed tokens (rows, d).

        Sums are written over what a linear layer has just returned: a new matrix of this size costs as much
        as the sum.
        """
        if self.pre_norm:
            tokens = self.out(self._attend(self.qkv(self.attention_norm(tokens)), spans)).add_(tokens)
            return self._feed_forward(self.feed_forward_norm(tokens)).add_(tokens)
        tokens = self.attention_norm(self.out(self._attend(self.qkv(tokens), spans)).add_(tokens))
        return self.feed_forward_norm(self._feed_forward(tokens).add_(tokens))

    def _feed_forward(self, tokens: Tensor) -> Tensor:
        hidden = self.fc1(tokens)
        return self.fc2(_gelu_in_place(hidden) if self._is_gelu else self.activation(hidden))

    def _attend(self, qkv: Tensor, spans: Sequence[Span]) -> Tensor:
        width = qkv.shape[1] // 3
        # Zeros, not empty: rows past the last text are computed too, and must not hold NaN or denormals.
        attended = qkv.new_zeros(len(qkv), width)
        for span in spans:
            mixed = attend(
                qkv[span.start : span.stop],
                span.texts,
                self.heads,
                span.mask,
                causal=self.causal,
                batched=span.batched,
            )
            attended[span.start : span.stop].view(mixed.shape).copy_(mixed)
        return attended


class PackedTransformer(nn.Module):
    """Token embeddings and layers of a text encoder; what comes after the last layer is the caller's.

    Args:
        embed: the model's own module from token ids (n, length) to vectors (n, length, d).
        layers: the transformer layers.
        position_bias: added to the attention scores, (1, heads, longest, longest); MPNet has one.
    """

    position_bias: Tensor | None

    def __init__(
        self, *, embed: nn.Module, layers: Sequence[PackedLayer], position_bias: Tensor | None = None
    ) -> None:
        super().__init__()
        self.embed = embed
        self.layers = nn.ModuleList(layers)
        self._causal = any(layer.causal for layer in layers)
        self.register_buffer("position_bias", position_bias)

    def forward(self, packs: Sequence[Sequence[Tensor]], rows: int) -> list[list[Tensor]]:
        """Last hidden states of texts, packed into matrices of ``rows`` rows.

        All packs go through a layer before any goes through the next, so that its weights are still in the
        cache.

        Args:
            packs: for each matrix the token ids of its texts, int64 (n, length), one tensor for each length.
            rows: rows of a matrix, at least as many as a pack has tokens.

        Returns:
            For each pack one tensor (n, length, d) for each of its lengths.
        """
        spans = [self._spans(groups) for groups in packs]
        tokens = [self._embedded(groups, rows) for groups in packs]
        for layer in self.layers:
            for at, of_pack in enumerate(spans):
                tokens[at] = layer(tokens[at], of_pack)
        return [
            [matrix[span.start : span.stop].view(span.texts, span.length, -1) for span in of_pack]
            for matrix, of_pack in zip(tokens, spans, strict=True)
        ]

    def _spans(self, groups: Sequence[Tensor]) -> list[Span]:
        spans, start = list[Span](), 0
        for ids in groups:
            texts, length = ids.shape
            batched = is_batched(length, ids.device)
            mask = score_mask(length, bias=self.position_bias, causal=self._causal, batched=batched)
            spans.append(Span(start, texts, length, mask, batched))
            start = spans[-1].stop
        return spans

    def _embedded(self, groups: Sequence[Tensor], rows: int) -> Tensor:
        vectors = [self.embed(ids).flatten(0, 1) for ids in groups]
        empty = rows - sum(map(len, vectors))
        return torch.cat([*vectors, vectors[0].new_zeros(empty, vectors[0].shape[1])])


def _gelu_in_place(hidden: Tensor) -> Tensor:
    """Exact GELU, written over its input, which takes two thirds of the time of a new matrix."""
    return torch.ops.aten.gelu_(hidden)


def fuse(linears: Sequence[nn.Linear]) -> nn.Linear:
    """One linear layer whose output is that of several, side by side; all read the same input."""
    fused = nn.Linear(linears[0].in_features, sum(linear.out_features for linear in linears))
    with torch.no_grad():
        fused.weight = nn.Parameter(torch.cat([linear.weight for linear in linears]), requires_grad=False)
        fused.bias = nn.Parameter(torch.cat([linear.bias for linear in linears]), requires_grad=False)
    return fused
