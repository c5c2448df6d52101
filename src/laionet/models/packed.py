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
from torch.nn import functional


class Span(NamedTuple):
    """Texts of one length, side by side in the packed matrix."""

    start: int
    texts: int
    length: int
    bias: Tensor | None

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
        self.heads = heads
        self.pre_norm = pre_norm
        self.causal = causal

    def forward(self, tokens: Tensor, spans: Sequence[Span]) -> Tensor:
        """Packed tokens (rows, d) to packed tokens (rows, d)."""
        if self.pre_norm:
            tokens = tokens + self.out(self._attend(self.qkv(self.attention_norm(tokens)), spans))
            return tokens + self._feed_forward(self.feed_forward_norm(tokens))
        tokens = self.attention_norm(tokens + self.out(self._attend(self.qkv(tokens), spans)))
        return self.feed_forward_norm(tokens + self._feed_forward(tokens))

    def _feed_forward(self, tokens: Tensor) -> Tensor:
        return self.fc2(self.activation(self.fc1(tokens)))

    def _attend(self, qkv: Tensor, spans: Sequence[Span]) -> Tensor:
        width = qkv.shape[1] // 3
        # Zeros, not empty: rows past the last text are computed too, and must not hold NaN or denormals.
        attended = qkv.new_zeros(len(qkv), width)
        for span in spans:
            shape = (span.texts, span.length, 3, self.heads, width // self.heads)
            query, key, value = qkv[span.start : span.stop].view(shape).permute(2, 0, 3, 1, 4)
            mixed = functional.scaled_dot_product_attention(
                query, key, value, attn_mask=span.bias, is_causal=self.causal
            )
            rows = attended[span.start : span.stop].view(span.texts, span.length, self.heads, -1)
            rows.copy_(mixed.transpose(1, 2))
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
        self.register_buffer("position_bias", position_bias)

    def forward(self, groups: Sequence[Tensor], rows: int) -> list[Tensor]:
        """Last hidden states of texts, packed into ``rows`` rows.

        Args:
            groups: token ids, int64 (n, length), one tensor for each length.
            rows: rows of the packed matrix, at least as many as there are tokens.

        Returns:
            One tensor (n, length, d) for each group, in the model's dtype.
        """
        spans, start = [], 0
        for ids in groups:
            spans.append(Span(start, len(ids), ids.shape[1], self._bias(ids.shape[1])))
            start = spans[-1].stop
        vectors = [self.embed(ids).flatten(0, 1) for ids in groups]
        tokens = torch.cat([*vectors, vectors[0].new_zeros(rows - start, vectors[0].shape[1])])
        for layer in self.layers:
            tokens = layer(tokens, spans)
        return [tokens[span.start : span.stop].view(span.texts, span.length, -1) for span in spans]

    def _bias(self, length: int) -> Tensor | None:
        if self.position_bias is None:
            return None
        return self.position_bias[:, :, :length, :length].contiguous()


def fuse(linears: Sequence[nn.Linear]) -> nn.Linear:
    """One linear layer whose output is that of several, side by side; all read the same input."""
    fused = nn.Linear(linears[0].in_features, sum(linear.out_features for linear in linears))
    with torch.no_grad():
        fused.weight = nn.Parameter(torch.cat([linear.weight for linear in linears]), requires_grad=False)
        fused.bias = nn.Parameter(torch.cat([linear.bias for linear in linears]), requires_grad=False)
    return fused
