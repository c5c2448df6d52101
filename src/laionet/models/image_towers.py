"""Load a checkpoint as an image tower: the way from pixels to one vector, and to logits where it has a head."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from laionet.errors import ModelError
from laionet.models.preprocess import Preprocessing
from laionet.models.pretrained import STRICT, pretrained, quiet

_PREPACKED = ("clip_vision_model", "vit", "beit", "convnext", "convnextv2")

Inputs = Mapping[str, Tensor]
#: Vectors (n, dim), and logits (n, classes) or None.
Outputs = tuple[Tensor, Tensor | None]


@dataclass
class ImageTower:
    """An image model as loaded, on the processor in fp32.

    Attributes:
        preprocessing: what it makes of a picture.
        forward: its computation on a batch.
        modules: everything that holds weights for ``forward``.
        body: the part of it whose linear layers may be replaced by faster ones, for architectures that use
            them as layers only; else None.
    """

    preprocessing: Preprocessing
    forward: Callable[[Inputs], Outputs]
    modules: torch.nn.Module
    body: torch.nn.Module | None = None


def load_image_tower(folder: Path, kind: str, name: str, preprocessing: Preprocessing) -> ImageTower:
    """Load the image tower of a folder that ``check_safe`` has passed.

    Args:
        folder: the model's folder.
        kind: as ``laionet.models.image.image_facts`` tells it.
        name: as it was asked for.
        preprocessing: the checkpoint's own.

    Raises:
        ModelError: where the folder cannot be loaded, with the reason.
    """
    loader = {"clip": _clip, "siglip": _siglip, "classifier": _classifier, "backbone": _backbone}[kind]
    try:
        with quiet(), torch.no_grad():
            modules, forward = loader(folder, name)
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(f"{name}: cannot load {folder}: {type(error).__name__}: {error}") from error
    body = getattr(modules, "base_model", None) if modules.config.model_type in _PREPACKED else None
    return ImageTower(preprocessing, forward, modules, body)


def outline(config: Any, kind: str, inputs: Mapping[str, Any]) -> int:
    """Length of an embedding, by running the architecture without weights.

    Args:
        config: the model's, as transformers loads it.
        kind: ``"classifier"`` or ``"backbone"``.
        inputs: the arrays of one picture, channels first.
    """
    from transformers import AutoModel, AutoModelForImageClassification

    shapes = {key: torch.from_numpy(value)[None].to("meta") for key, value in inputs.items()}
    with quiet(), torch.device("meta"), torch.no_grad():
        if kind == "classifier":
            forward = _with_head(AutoModelForImageClassification.from_config(config, **_UNTRUSTED).eval())
        else:
            forward = _pooled(AutoModel.from_config(config, **_UNTRUSTED).eval())
        return int(forward(shapes)[0].shape[-1])


_UNTRUSTED = {"trust_remote_code": False}


def _clip(folder: Path, name: str) -> tuple[Any, Callable[[Inputs], Outputs]]:
    from transformers import AutoConfig, CLIPVisionModelWithProjection

    config = AutoConfig.from_pretrained(str(folder), **STRICT)
    if config.model_type == "clip":
        # The vision part of a whole CLIP's configuration may leave out the size of the projection.
        config.vision_config.projection_dim = config.projection_dim
        config = config.vision_config
    model = pretrained(CLIPVisionModelWithProjection, folder, name, config=config)
    return model, lambda inputs: (model(**inputs).image_embeds, None)


def _siglip(folder: Path, name: str) -> tuple[Any, Callable[[Inputs], Outputs]]:
    import transformers

    config = transformers.AutoConfig.from_pretrained(str(folder), **STRICT)
    siglip2 = config.model_type.startswith("siglip2")
    tower = transformers.Siglip2VisionModel if siglip2 else transformers.SiglipVisionModel
    model = pretrained(tower, folder, name)
    return model, lambda inputs: (model(**inputs).pooler_output, None)


def _classifier(folder: Path, name: str) -> tuple[Any, Callable[[Inputs], Outputs]]:
    from transformers import AutoModelForImageClassification

    model = pretrained(AutoModelForImageClassification, folder, name)
    return model, _with_head(model)


def _backbone(folder: Path, name: str) -> tuple[Any, Callable[[Inputs], Outputs]]:
    from transformers import AutoModel

    model = pretrained(AutoModel, folder, name, may_lack=("pooler",))
    return model, _pooled(model)


def _with_head(model: Any) -> Callable[[Inputs], Outputs]:
    """Logits, and as the vector what the head reads: the pooled output of ConvNeXt, ResNet and BEiT, the
    normalised class token of ViT. Where the head is none of one piece, the backbone's own pooled output.
    """
    head = getattr(model, "classifier", None)
    if not isinstance(head, torch.nn.Linear | torch.nn.Sequential):
        backbone = _pooled(model.base_model)
        return lambda inputs: (backbone(inputs)[0], model(**inputs).logits)
    seen: list[Tensor] = []
    head.register_forward_pre_hook(lambda module, arguments: seen.append(arguments[0]))

    def forward(inputs: Inputs) -> Outputs:
        seen.clear()
        logits = model(**inputs).logits
        return seen.pop().flatten(1), logits

    return forward


def _pooled(model: Any) -> Callable[[Inputs], Outputs]:
    """The model's pooled output; without one its class token, or else the mean of its last hidden state."""
    has_class_token = any(key.endswith("cls_token") for key, _ in model.named_parameters())

    def forward(inputs: Inputs) -> Outputs:
        output = model(**inputs)
        pooled = getattr(output, "pooler_output", None)
        if pooled is not None:
            return pooled.flatten(1), None
        states = output.last_hidden_state
        if states.ndim == 3 and has_class_token:
            return states[:, 0], None
        return states.flatten(2).mean(2) if states.ndim == 4 else states.mean(1), None

    return forward
