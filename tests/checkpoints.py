"""Tiny checkpoints of the architectures that laionet reads, made on the fly and saved as folders.

Every weight is drawn large enough to matter: with the usual initialisation all texts would get almost the
same embedding, and a mistake in the arithmetic would hide in it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

WORDS = [
    "a",
    "an",
    "the",
    "of",
    "photo",
    "picture",
    "dog",
    "cat",
    "tabby",
    "sofa",
    "car",
    "kart",
    "go",
    "wheel",
    "red",
    "blue",
    "on",
    "in",
    "and",
    "with",
    "two",
    "shark",
    "white",
    "great",
    "fish",
    "crane",
    "bird",
    "machine",
    "which",
    "is",
    "domestic",
    "small",
    "large",
    "old",
    "new",
    "yellow",
    "black",
]
# Heads of 32 numbers, as the embedded encoder has: with 8, torch's attention is not exact to the last bit.
SIZES: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,:;!?'\"-()/"


def make_clip(
    folder: Path, *, width: int = 64, dim: int = 32, max_tokens: int = 77, legacy_eos: bool = False
) -> Path:
    """A whole CLIP: text and vision tower, projections of ``dim``, byte-pair tokenizer.

    ``legacy_eos`` writes ``eos_token_id: 2`` as checkpoints of before 2023 do.
    """
    from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

    vocabulary, merges = _byte_pairs()
    start, end = vocabulary["<|startoftext|>"], vocabulary["<|endoftext|>"]
    tower: dict[str, Any] = {
        "hidden_size": width,
        "intermediate_size": 2 * width,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "projection_dim": dim,
    }
    text = tower | {
        "vocab_size": len(vocabulary),
        "max_position_embeddings": max_tokens,
        "bos_token_id": start,
        "eos_token_id": 2 if legacy_eos else end,
        "pad_token_id": end,
    }
    vision = tower | {"image_size": 32, "patch_size": 16}
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=dim)
    _save(CLIPModel, config, folder)
    CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=max_tokens).save_pretrained(folder)
    return folder


def make_siglip(folder: Path, *, version: int = 1, max_tokens: int = 64) -> Path:
    """A whole SigLIP (``version`` 1 or 2) with a word tokenizer that ends texts and pads."""
    import transformers
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = _word_pieces(["<pad>", "</s>", "<unk>"])
    text = SIZES | {
        "vocab_size": len(vocabulary),
        "max_position_embeddings": max_tokens,
        "pad_token_id": 0,
        "bos_token_id": None,
        "eos_token_id": 1,
    }
    vision = SIZES | ({"image_size": 32, "patch_size": 16} if version == 1 else {"num_patches": 4})
    config_class = transformers.SiglipConfig if version == 1 else transformers.Siglip2Config
    model_class = transformers.SiglipModel if version == 1 else transformers.Siglip2Model
    _save(model_class, config_class(text_config=text, vision_config=vision), folder)
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=max_tokens,
    ).save_pretrained(folder)
    return folder


def make_bert(
    folder: Path,
    *,
    pooling: str | Sequence[str] = "mean",
    dense: int | None = None,
    normalize: bool = True,
    max_tokens: int = 24,
    prompt: str | None = None,
    pool_prompt: bool = True,
    weights: int = 0,
) -> Path:
    """A BERT as a sentence-transformers model, with a Dense module of ``dense`` outputs if wanted.

    ``prompt`` becomes the model's default prompt, left out of pooling unless ``pool_prompt``; ``weights`` is
    the seed of the weights.
    """
    from transformers import BertConfig, BertModel, BertTokenizer

    vocabulary = _word_pieces(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    config = BertConfig(
        vocab_size=len(vocabulary),
        **SIZES,
        max_position_embeddings=40,
    )
    _save(BertModel, config, folder, seed=weights)
    BertTokenizer(vocab=vocabulary, model_max_length=40).save_pretrained(folder)
    _sentence_modules(folder, 64, pooling, dense, normalize, max_tokens)
    if not pool_prompt:
        path = folder / "1_Pooling" / "config.json"
        _write(path, json.loads(path.read_text(encoding="utf-8")) | {"include_prompt": False})
    if prompt is not None:
        _write(
            folder / "config_sentence_transformers.json",
            {"prompts": {"caption": prompt}, "default_prompt_name": "caption"},
        )
    return folder


def make_mpnet(folder: Path, *, max_tokens: int = 24) -> Path:
    """An MPNet as a sentence-transformers model with mean pooling, as all-mpnet-base-v2."""
    from transformers import MPNetConfig, MPNetModel, MPNetTokenizer

    vocabulary = _word_pieces(["<s>", "<pad>", "</s>", "[UNK]", "<mask>"])
    config = MPNetConfig(
        vocab_size=len(vocabulary),
        **SIZES,
        max_position_embeddings=42,
    )
    _save(MPNetModel, config, folder)
    MPNetTokenizer(vocab=vocabulary, model_max_length=40).save_pretrained(folder)
    _sentence_modules(folder, 64, "mean", None, True, max_tokens)
    return folder


def make_roberta(folder: Path, *, max_tokens: int = 24) -> Path:
    """A RoBERTa as a sentence-transformers model: BERT's layers, positions that start after the padding id."""
    from transformers import MPNetTokenizer, RobertaConfig, RobertaModel

    vocabulary = _word_pieces(["<s>", "<pad>", "</s>", "[UNK]", "<mask>"])
    config = RobertaConfig(
        vocab_size=len(vocabulary),
        **SIZES,
        max_position_embeddings=42,
        type_vocab_size=1,
        pad_token_id=1,
    )
    _save(RobertaModel, config, folder)
    MPNetTokenizer(vocab=vocabulary, model_max_length=40).save_pretrained(folder)
    _sentence_modules(folder, 64, "mean", None, True, max_tokens)
    return folder


def make_distilbert(folder: Path, *, max_tokens: int = 24) -> Path:
    """A DistilBERT as a sentence-transformers model: an architecture that laionet does not pack."""
    from transformers import BertTokenizer, DistilBertConfig, DistilBertModel

    vocabulary = _word_pieces(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    config = DistilBertConfig(
        vocab_size=len(vocabulary), dim=64, n_layers=2, n_heads=2, hidden_dim=128, max_position_embeddings=40
    )
    _save(DistilBertModel, config, folder)
    tokenizer = BertTokenizer(vocab=vocabulary, model_max_length=40)
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    tokenizer.save_pretrained(folder)
    _sentence_modules(folder, 64, "mean", None, True, max_tokens)
    return folder


def pickle_weights(folder: Path) -> None:
    """Put the weights of a folder into ``pytorch_model.bin``, as checkpoints had them before safetensors."""
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def _save(model_class: Any, config: Any, folder: Path, seed: int = 0) -> None:
    """A model with random weights that all matter, as safetensors."""
    generator = torch.Generator().manual_seed(seed)
    model = model_class(config).eval()
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            values = torch.randn(parameter.shape, generator=generator)
            if parameter.ndim < 2:
                is_scale = name.endswith("weight")  # of a normalisation
                parameter.copy_(1 + 0.2 * values if is_scale else 0.2 * values)
            elif "embed" in name or "bias" in name:
                parameter.copy_(0.5 * values)
            else:
                parameter.copy_(1.5 * values / parameter[0].numel() ** 0.5)
    model.save_pretrained(folder)


def _sentence_modules(
    folder: Path,
    width: int,
    pooling: str | Sequence[str],
    dense: int | None,
    normalize: bool,
    max_tokens: int,
) -> None:
    types = ["Transformer", "Pooling"] + ["Dense"] * (dense is not None) + ["Normalize"] * normalize
    modules = [
        {
            "idx": index,
            "name": str(index),
            "path": f"{index}_{kind}" if index else "",
            "type": f"sentence_transformers.models.{kind}",
        }
        for index, kind in enumerate(types)
    ]
    _write(folder / "modules.json", modules)
    _write(folder / "sentence_bert_config.json", {"max_seq_length": max_tokens, "do_lower_case": False})
    modes = [pooling] if isinstance(pooling, str) else list(pooling)
    _write(folder / "1_Pooling" / "config.json", {"embedding_dimension": width, "pooling_mode": modes})
    if dense is not None:
        sizes = {"in_features": width * len(modes), "out_features": dense, "bias": True}
        _write(
            folder / "2_Dense" / "config.json",
            sizes | {"activation_function": "torch.nn.modules.activation.Tanh"},
        )
        generator = torch.Generator().manual_seed(1)
        weight = torch.randn(dense, width * len(modes), generator=generator) / (width * len(modes)) ** 0.5
        bias = 0.2 * torch.randn(dense, generator=generator)
        save_file({"linear.weight": weight, "linear.bias": bias}, folder / "2_Dense" / "model.safetensors")


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def _word_pieces(special: list[str]) -> dict[str, int]:
    pieces = [*special, *WORDS, *CHARACTERS, *("##" + character for character in CHARACTERS)]
    return {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}


def _byte_pairs() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Every byte, alone and at the end of a word, and merges that make the words of ``WORDS``."""
    from tokenizers import pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = [*alphabet, *(character + "</w>" for character in alphabet)]
    merges: dict[tuple[str, str], None] = {}
    for word in WORDS:
        left, *rest = [*word[:-1], word[-1] + "</w>"]
        for right in rest:
            merges[left, right] = None
            left += right
    tokens += dict.fromkeys(left + right for left, right in merges)
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    return {token: index for index, token in enumerate(dict.fromkeys(tokens))}, list(merges)
