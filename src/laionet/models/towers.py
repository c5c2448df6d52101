"""Load a checkpoint as a text tower: its tokenizer, and the way from token ids to a vector."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from laionet.errors import ModelError
from laionet.models.architectures import pack
from laionet.models.checkpoint import read_json
from laionet.models.packed import PackedTransformer
from laionet.models.pretrained import pretrained, quiet
from laionet.models.tokens import TextTokenizer

# Two captions of different length, on which the packed computation must agree with the model's own.
_PROBES = ("a photo of a dog", "Tabby cats, 2 of them, asleep on a sofa in the sun")
_AGREE = 1e-3

# Where neither tokenizer nor model has a limit.
_NO_LIMIT = 1_000_000


@dataclass
class PackedText:
    """A text tower in three parts.

    Attributes:
        transformer: token ids to last hidden states.
        pool: ids (n, length) and their hidden states (n, length, d) to one vector each (n, d).
        head: what follows, (n, d) to (n, dim); row by row.
    """

    transformer: PackedTransformer
    pool: Callable[[Tensor, Tensor], Tensor]
    head: torch.nn.Module


@dataclass
class Tower:
    """A text encoder as loaded, on the processor in fp32.

    Attributes:
        tokenizer: the model's tokenizer with its limit.
        whole: the library's own computation on texts of equal length, given their ids (n, length) and the
            texts themselves; a vector each (n, dim).
        modules: everything that holds weights for ``whole``.
        packed: the same by packed sequences, or None where the architecture is not known to it.
        dim: length of an embedding.
    """

    tokenizer: TextTokenizer
    whole: Callable[[Tensor, Sequence[str]], Tensor]
    modules: torch.nn.Module
    packed: PackedText | None
    dim: int = 0


def load_tower(folder: Path, kind: str, name: str) -> Tower:
    """Load the text tower of a folder that ``check_safe`` has passed.

    ``packed`` is kept only where it agrees with ``whole`` on two captions.

    Raises:
        ModelError: where the folder cannot be loaded, with the reason.
    """
    loader = {"clip": _clip, "siglip": _siglip, "sentence": _sentence}[kind]
    try:
        with quiet(), torch.no_grad():
            tower = loader(folder, name)
            probes = [_one(tower, text) for text in _PROBES]
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(f"{name}: cannot load {folder}: {type(error).__name__}: {error}") from error
    tower.dim = probes[0][0].shape[-1]
    if not all(torch.allclose(ours, theirs, atol=_AGREE) for theirs, ours in probes):
        warnings.warn(
            f"{name}: packed computation disagrees with this transformers version; using the slower one of the"
            " library",
            stacklevel=2,
        )
        tower.packed = None
    return tower


def packed_vectors(packed: PackedText, packs: Sequence[Sequence[Tensor]], rows: int) -> Tensor:
    """Pooled vectors (n, d) before the head, of texts in packs of ``rows`` rows: group after group, pack after
    pack; see ``PackedTransformer.forward``.
    """
    states = packed.transformer(packs, rows)
    pairs = zip(chain.from_iterable(packs), chain.from_iterable(states), strict=True)
    return torch.cat([packed.pool(ids, state) for ids, state in pairs])


def _one(tower: Tower, text: str) -> tuple[Tensor, Tensor]:
    """Embedding of one text, of length 1, as the library computes it and as packed."""
    tokens = tower.tokenizer([text])
    ids = torch.from_numpy(tokens.rows(np.array([0])))
    theirs = torch.nn.functional.normalize(tower.whole(ids, tokens.texts).float(), dim=-1)
    if tower.packed is None:
        return theirs, theirs
    pooled = packed_vectors(tower.packed, [[ids]], rows=ids.numel() + 8)
    return theirs, torch.nn.functional.normalize(tower.packed.head(pooled).float(), dim=-1)


def _clip(folder: Path, name: str) -> Tower:
    from transformers import AutoConfig, CLIPTextModelWithProjection

    config = AutoConfig.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    if config.model_type == "clip":
        # The text part of a whole CLIP's configuration may leave out the size of the projection.
        config.text_config.projection_dim = config.projection_dim
        config = config.text_config
    model = pretrained(CLIPTextModelWithProjection, folder, name, config=config)
    tokenizer = _tokenizer(folder)
    text, eos = model.text_model, model.text_model.eos_token_id

    def pool(ids: Tensor, states: Tensor) -> Tensor:
        # The first end-of-text token; checkpoints of before 2023 say 2 in their configuration and mean
        # the highest id of the text (transformers #24773).
        end = ids.argmax(1) if eos == 2 else (ids == eos).int().argmax(1)
        return states[torch.arange(len(ids), device=ids.device), end]

    transformer = pack(text, text.config.max_position_embeddings)
    head = torch.nn.Sequential(text.final_layer_norm, model.text_projection)
    return Tower(
        tokenizer=TextTokenizer(tokenizer, _limit(tokenizer, text.config)),
        whole=lambda ids, texts: model(input_ids=ids).text_embeds,
        modules=model,
        packed=PackedText(transformer, pool, head) if transformer else None,
    )


def _siglip(folder: Path, name: str) -> Tower:
    import transformers

    model_type = str(read_json(folder / "config.json", name)["model_type"])
    siglip2 = model_type.startswith("siglip2")
    model = pretrained(transformers.Siglip2TextModel if siglip2 else transformers.SiglipTextModel, folder, name)
    tokenizer = _tokenizer(folder)
    transformer = pack(model, model.config.max_position_embeddings)
    head = torch.nn.Sequential(model.final_layer_norm, model.head)
    return Tower(
        # SigLIP was trained on texts padded to their full length without a mask, and reads its answer off
        # the last position, so padding is part of the computation.
        tokenizer=TextTokenizer(tokenizer, _limit(tokenizer, model.config), pad=True),
        whole=lambda ids, texts: model(input_ids=ids).pooler_output,
        modules=model,
        packed=PackedText(transformer, lambda ids, states: states[:, -1], head) if transformer else None,
    )


def _sentence(folder: Path, name: str) -> Tower:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(
        str(folder),
        device="cpu",
        trust_remote_code=False,
        local_files_only=True,
        model_kwargs={"use_safetensors": True, "dtype": torch.float32},
    ).eval()
    first, *rest = list[Any](model.children())
    prompt = model.prompts.get(model.default_prompt_name) or "" if model.default_prompt_name else ""

    def whole(ids: Tensor, texts: Sequence[str]) -> Tensor:
        features = model.preprocess(list(texts), prompt=prompt or None)
        features = {
            key: value.to(ids.device) if isinstance(value, Tensor) else value for key, value in features.items()
        }
        return model(features)["sentence_embedding"]

    return Tower(
        tokenizer=TextTokenizer(first.tokenizer, _limit(first.tokenizer, first.model.config), prompt=prompt),
        whole=whole,
        modules=model,
        packed=_pack_sentence(first, rest, prompt) if not first.processing_kwargs else None,
    )


def _pack_sentence(first: Any, rest: list[Any], prompt: str) -> PackedText | None:
    """Packed parts of Transformer, Pooling and whatever follows; None for another order of modules, or
    where pooling leaves the prompt out.
    """
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    regular = isinstance(first, Transformer) and rest and isinstance(rest[0], Pooling)
    if not regular or any(isinstance(module, Pooling) for module in rest[1:]):
        return None
    pooling = rest[0]
    if prompt and not pooling.include_prompt:
        return None
    transformer = pack(first.model, _limit(first.tokenizer, first.model.config))
    if transformer is None:
        return None

    def pool(ids: Tensor, states: Tensor) -> Tensor:
        return pooling({"token_embeddings": states})["sentence_embedding"]

    return PackedText(transformer, pool, _SentenceHead(rest[1:]))


class _SentenceHead(torch.nn.Module):
    """The modules of a sentence-transformers model after its pooling."""

    def __init__(self, modules: Sequence[torch.nn.Module]) -> None:
        super().__init__()
        self.parts = torch.nn.ModuleList(modules)

    def forward(self, pooled: Tensor) -> Tensor:
        features = {"sentence_embedding": pooled}
        for part in self.parts:
            features = part(features)
        return features["sentence_embedding"]


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)


def _limit(tokenizer: Any, config: Any) -> int:
    """Most tokens of a text: as the tokenizer says, if the model has as many positions."""
    positions = getattr(config, "max_position_embeddings", None) or _NO_LIMIT
    return int(min(tokenizer.model_max_length, positions, _NO_LIMIT))
