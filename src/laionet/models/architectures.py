"""Which transformers models can run packed, and where each keeps its weights.

Nothing here knows more of a model than the names of its parts. The encoder compares the packed computation
with the model's own when it opens, so a part that moved in a later transformers shows at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from laionet.models.packed import PackedLayer, PackedTransformer


def pack(model: Any, longest: int) -> PackedTransformer | None:
    """The same encoder for packed sequences, sharing the model's weights.

    Args:
        model: a transformers text model without head: ``BertModel``, ``MPNetModel``, ``CLIPTextModel``, ...
        longest: most tokens a text can have.

    Returns:
        None where the architecture is not one of those known here, or keeps its parts elsewhere.
    """
    packer = _PACKERS.get(model.config.model_type)
    if packer is None or getattr(model.config, "is_decoder", False):
        return None
    try:
        return packer(model, longest).eval()
    except AttributeError:
        return None


def _bert(model: Any, longest: int) -> PackedTransformer:
    layers = [
        PackedLayer(
            projections=(layer.attention.self.query, layer.attention.self.key, layer.attention.self.value),
            out=layer.attention.output.dense,
            fc1=layer.intermediate.dense,
            fc2=layer.output.dense,
            norms=(layer.attention.output.LayerNorm, layer.output.LayerNorm),
            activation=layer.intermediate.intermediate_act_fn,
            heads=model.config.num_attention_heads,
        )
        for layer in model.encoder.layer
    ]
    return PackedTransformer(embed=model.embeddings, layers=layers)


def _mpnet(model: Any, longest: int) -> PackedTransformer:
    layers = [
        PackedLayer(
            projections=(layer.attention.attn.q, layer.attention.attn.k, layer.attention.attn.v),
            out=layer.attention.attn.o,
            fc1=layer.intermediate.dense,
            fc2=layer.output.dense,
            norms=(layer.attention.LayerNorm, layer.output.LayerNorm),
            activation=layer.intermediate.intermediate_act_fn,
            heads=model.config.num_attention_heads,
        )
        for layer in model.encoder.layer
    ]
    # The bias depends on the distance between two tokens only, so that of the longest text holds all others.
    with torch.no_grad():
        bias = model.encoder.compute_position_bias(torch.zeros(1, longest, 1))
    return PackedTransformer(embed=model.embeddings, layers=layers, position_bias=bias)


def _clip(model: Any, longest: int) -> PackedTransformer:
    return _pre_norm(model, causal=True)


def _siglip(model: Any, longest: int) -> PackedTransformer:
    return _pre_norm(model, causal=False)


def _pre_norm(model: Any, *, causal: bool) -> PackedTransformer:
    layers = [
        PackedLayer(
            projections=(layer.self_attn.q_proj, layer.self_attn.k_proj, layer.self_attn.v_proj),
            out=layer.self_attn.out_proj,
            fc1=layer.mlp.fc1,
            fc2=layer.mlp.fc2,
            norms=(layer.layer_norm1, layer.layer_norm2),
            activation=layer.mlp.activation_fn,
            heads=model.config.num_attention_heads,
            pre_norm=True,
            causal=causal,
        )
        for layer in model.encoder.layers
    ]
    return PackedTransformer(embed=model.embeddings, layers=layers)


_PACKERS: dict[str, Callable[[Any, int], PackedTransformer]] = {
    "bert": _bert,
    "roberta": _bert,
    "xlm-roberta": _bert,
    "mpnet": _mpnet,
    "clip_text_model": _clip,
    "siglip_text_model": _siglip,
    "siglip2_text_model": _siglip,
}
