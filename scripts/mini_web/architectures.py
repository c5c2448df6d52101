"""The small models: the same architectures as the real ones, at a size that a laptop trains in minutes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import (
    BeitConfig,
    BeitForImageClassification,
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    CLIPTokenizer,
    ConvNextConfig,
    ConvNextForImageClassification,
    ResNetConfig,
    ResNetForImageClassification,
    ViTConfig,
    ViTForImageClassification,
    ViTImageProcessor,
)

from laionet.causal.senses import WNIDS

#: Pixels of a side that every model sees.
SIDE = 64
#: Tokens of a caption that the text tower reads.
TOKENS = 40
HALF = [0.5, 0.5, 0.5]


def tokenizer(texts: Sequence[str]) -> CLIPTokenizer:
    """A byte-pair tokenizer in CLIP's form, learnt from ``texts``."""
    learnt = Tokenizer(models.BPE(end_of_word_suffix="</w>", unk_token="<|endoftext|>"))
    learnt.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(_pattern(), "removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    # The trainer numbers last letters of words in the order of a hash map, another in each run; special tokens it
    # numbers as given.
    trainer = trainers.BpeTrainer(
        vocab_size=1608,
        special_tokens=["<|startoftext|>", "<|endoftext|>", *(letter + "</w>" for letter in letters)],
        initial_alphabet=letters,
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    learnt.train_from_iterator((text.lower() for text in texts), trainer)
    saved = json.loads(learnt.to_str())["model"]
    merges = [tuple(merge) for merge in saved["merges"]]
    return CLIPTokenizer(vocab=saved["vocab"], merges=merges, model_max_length=TOKENS)


def _pattern() -> Any:
    from tokenizers import Regex

    return Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")


def clip(words: CLIPTokenizer) -> CLIPModel:
    """A CLIP of about 760,000 weights."""
    tower = {"hidden_size": 96, "intermediate_size": 288, "num_attention_heads": 3, "projection_dim": 96}
    text = tower | {
        "num_hidden_layers": 2,
        "vocab_size": len(words),
        "max_position_embeddings": TOKENS,
        "bos_token_id": words.bos_token_id,
        "eos_token_id": words.eos_token_id,
        "pad_token_id": words.eos_token_id,
    }
    vision = tower | {"num_hidden_layers": 4, "image_size": SIDE, "patch_size": 8}
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=96)
    return CLIPModel(config)


def classifier(family: str) -> Any:
    """A classifier over the mini-web's classes: resnet, vit, convnext or beit."""
    labels: dict[str, Any] = {
        "id2label": dict(enumerate(WNIDS)),
        "label2id": {wnid: label for label, wnid in enumerate(WNIDS)},
    }
    if family == "resnet":
        sizes = {"embedding_size": 24, "hidden_sizes": [24, 48, 96, 144], "depths": [1, 1, 1, 1]}
        return ResNetForImageClassification(ResNetConfig(**sizes, layer_type="basic", **labels))
    if family == "convnext":
        # The usual layer scale of 1e-6 is for training a hundred times as long.
        sizes = {"hidden_sizes": [24, 48, 96, 160], "depths": [1, 1, 3, 1], "layer_scale_init_value": 1.0}
        return ConvNextForImageClassification(ConvNextConfig(**sizes, image_size=SIDE, **labels))
    transformer = {
        "hidden_size": 96,
        "num_hidden_layers": 4,
        "num_attention_heads": 3,
        "intermediate_size": 288,
        "image_size": SIDE,
        "patch_size": 8,
    }
    if family == "vit":
        return ViTForImageClassification(ViTConfig(**transformer, **labels))
    return BeitForImageClassification(
        BeitConfig(
            **transformer,
            use_relative_position_bias=True,
            layer_scale_init_value=0.1,
            drop_path_rate=0.05,
            use_mean_pooling=True,
            **labels,
        )
    )


FAMILIES = ("resnet", "vit", "convnext", "beit")


def save_processor(family: str, folder: Path) -> None:
    """What turns a picture into the model's input: 64 pixels a side, -1 to 1."""
    normal = {"image_mean": HALF, "image_std": HALF, "resample": 3}
    if family == "clip":
        size = {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}}
        CLIPImageProcessor(**size, **normal).save_pretrained(folder)
    else:
        ViTImageProcessor(size={"height": SIDE, "width": SIDE}, **normal).save_pretrained(folder)
