"""Tiny checkpoints of image models, with their processors, and pictures to look at; all made on the fly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter

import checkpoints

_TRANSFORMER: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 64,
    "patch_size": 16,
}


def pictures(count: int = 12, seed: int = 0) -> list[Image.Image]:
    """Pictures of odd sizes with gradients, shapes, blur and noise, as photographs have."""
    draw = np.random.default_rng(seed)
    return [_picture(draw, size) for size in _sizes(draw, count)]


def _sizes(draw: np.random.Generator, count: int) -> list[tuple[int, int]]:
    odd = [(500, 375), (333, 500), (224, 224), (61, 97), (640, 427), (1, 1), (900, 41), (17, 300), (256, 255)]
    return [odd[at] if at < len(odd) else tuple(map(int, draw.integers(20, 400, 2))) for at in range(count)]


def _picture(draw: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    width, height = size
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    tilt = draw.normal(size=(3, 2))
    ground = 128 + 90 * np.sin(2 * (tilt[:, 0, None, None] * across + tilt[:, 1, None, None] * down))
    image = Image.fromarray(ground.transpose(1, 2, 0).clip(0, 255).astype(np.uint8))
    brush = ImageDraw.Draw(image)
    for _ in range(int(draw.integers(2, 6))):
        left, top = draw.uniform(-0.2, 0.9, 2) * size
        box = (left, top, left + draw.uniform(0.1, 0.6) * width, top + draw.uniform(0.1, 0.6) * height)
        colour = tuple(map(int, draw.integers(0, 256, 3)))
        (brush.ellipse if draw.random() < 0.5 else brush.rectangle)(box, fill=colour)
    image = image.filter(ImageFilter.GaussianBlur(float(draw.uniform(0, 2))))
    noise = draw.normal(0, draw.uniform(0, 12), (height, width, 3))
    return Image.fromarray((np.asarray(image) + noise).clip(0, 255).astype(np.uint8))


def make_clip(folder: Path, *, crop: int = 32) -> Path:
    """``checkpoints.make_clip`` with its image processor: shorter side, middle, bicubic."""
    from transformers import CLIPImageProcessorPil

    checkpoints.make_clip(folder)
    size = {"size": {"shortest_edge": crop}, "crop_size": {"height": crop, "width": crop}}
    CLIPImageProcessorPil(**size).save_pretrained(folder)
    return folder


def make_siglip(folder: Path, *, version: int = 1) -> Path:
    """``checkpoints.make_siglip`` with its image processor: stretched, bicubic; version 2 in patches."""
    from transformers import Siglip2ImageProcessorPil, SiglipImageProcessorPil

    checkpoints.make_siglip(folder, version=version)
    if version == 1:
        SiglipImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    else:
        Siglip2ImageProcessorPil(patch_size=16, max_num_patches=4).save_pretrained(folder)
    return folder


def make_vit(folder: Path, *, labels: dict[int, str] | None = None, pooler: bool = True) -> Path:
    """A ViT: a classifier where ``labels`` are given, else a backbone, with its pooler or without."""
    from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessorPil, ViTModel

    config = ViTConfig(**_TRANSFORMER, **_labels(labels))
    _save(ViTForImageClassification if labels else ViTModel, config, folder)
    if not labels and not pooler:
        _drop_weights(folder, "pooler.")
    ViTImageProcessorPil(size={"height": 64, "width": 64}).save_pretrained(folder)
    return folder


def make_beit(folder: Path, *, labels: dict[int, str] | None = None) -> Path:
    """A BEiT with relative positions and mean pooling; the classifier's processor stretches, then crops."""
    from transformers import BeitConfig, BeitForImageClassification, BeitImageProcessorPil, BeitModel

    config = BeitConfig(
        **_TRANSFORMER,
        **_labels(labels),
        use_relative_position_bias=True,
        use_mean_pooling=True,
        layer_scale_init_value=0.1,
    )
    _save(BeitForImageClassification if labels else BeitModel, config, folder)
    size, crop = (72 if labels else 64), {"height": 64, "width": 64}
    processor = BeitImageProcessorPil(
        size={"height": size, "width": size}, crop_size=crop, do_center_crop=bool(labels)
    )
    processor.save_pretrained(folder)
    return folder


def make_convnext(folder: Path, *, labels: dict[int, str] | None = None, size: int = 64) -> Path:
    """A ConvNeXt; ``size`` below 384 resizes to size / 0.875 and crops, from 384 on it stretches."""
    from transformers import (
        ConvNextConfig,
        ConvNextForImageClassification,
        ConvNextImageProcessorPil,
        ConvNextModel,
    )

    config = ConvNextConfig(
        **_labels(labels), hidden_sizes=[16, 24, 32, 48], depths=[1, 1, 2, 1], layer_scale_init_value=0.5
    )
    _save(ConvNextForImageClassification if labels else ConvNextModel, config, folder)
    ConvNextImageProcessorPil(size={"shortest_edge": size}, crop_pct=0.875).save_pretrained(folder)
    return folder


def make_resnet(folder: Path, *, labels: dict[int, str] | None = None, large: bool = False) -> Path:
    """A ResNet with the bottleneck layers and the processor of microsoft/resnet-50; a ``large`` one has the
    widths of ResNet-18 and reads 224 pixels, because large shapes run on other kernels.
    """
    from transformers import ConvNextImageProcessorPil, ResNetConfig, ResNetForImageClassification, ResNetModel

    widths = [64, 128, 256, 512] if large else [16, 32, 48, 64]
    kind = "basic" if large else "bottleneck"
    config = ResNetConfig(
        **_labels(labels), embedding_size=widths[0], hidden_sizes=widths, depths=[1, 1, 1, 1], layer_type=kind
    )
    _save(ResNetForImageClassification if labels else ResNetModel, config, folder)
    mean, deviation = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    size = {"shortest_edge": 224 if large else 64}
    processor = ConvNextImageProcessorPil(size=size, crop_pct=0.875, image_mean=mean, image_std=deviation)
    processor.save_pretrained(folder)
    return folder


def make_dinov2(folder: Path) -> Path:
    """A DINOv2: a backbone that is known to ``AutoModel`` alone."""
    from transformers import BitImageProcessorPil, Dinov2Config, Dinov2Model

    sizes = {key: value for key, value in _TRANSFORMER.items() if key != "intermediate_size"}
    _save(Dinov2Model, Dinov2Config(**sizes, mlp_ratio=2), folder)
    crop = {"height": 64, "width": 64}
    BitImageProcessorPil(size={"shortest_edge": 72}, crop_size=crop).save_pretrained(folder)
    return folder


def make_swin(folder: Path, *, labels: dict[int, str]) -> Path:
    """A Swin classifier, whose vector is longer than its configuration's ``embed_dim``."""
    from transformers import SwinConfig, SwinForImageClassification, ViTImageProcessorPil

    config = SwinConfig(
        **_labels(labels),
        image_size=64,
        patch_size=4,
        embed_dim=16,
        depths=[1, 1],
        num_heads=[1, 2],
        window_size=4,
    )
    _save(SwinForImageClassification, config, folder)
    ViTImageProcessorPil(size={"height": 64, "width": 64}).save_pretrained(folder)
    return folder


def imagenet_labels() -> dict[int, str]:
    """Names of the 1,000 classes as the Hub's checkpoints have them: "tench, Tinca tinca"."""
    from laionet.vocab import load_classes

    return {index: ", ".join(synset.lemmas) for index, synset in enumerate(load_classes("imagenet1k"))}


def _labels(labels: dict[int, str] | None) -> dict[str, Any]:
    return {"id2label": labels, "label2id": {name: at for at, name in labels.items()}} if labels else {}


def _save(model_class: Any, config: Any, folder: Path, seed: int = 0) -> None:
    """A model whose weights all matter, its batch norms' statistics among them."""
    generator = torch.Generator().manual_seed(seed)
    model = model_class(config).eval()
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            values = torch.randn(parameter.shape, generator=generator)
            if parameter.ndim < 2:
                parameter.copy_(1 + 0.2 * values if name.endswith("weight") else 0.2 * values)
            elif "token" in name or "position" in name:
                parameter.copy_(0.5 * values)
            else:
                parameter.copy_(1.5 * values / parameter[0].numel() ** 0.5)
        for name, buffer in sorted(model.named_buffers()):
            if name.endswith("running_mean"):
                buffer.copy_(0.3 * torch.randn(buffer.shape, generator=generator))
            elif name.endswith("running_var"):
                buffer.copy_(1 + torch.rand(buffer.shape, generator=generator))
    model.save_pretrained(folder)


def _drop_weights(folder: Path, prefix: str) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    kept = {key: value for key, value in weights.items() if not key.startswith(prefix)}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})


def edit_json(path: Path, **changes: Any) -> None:
    """Change keys of a JSON file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
