"""Image models: pictures to unit vectors, and to logits where a model classifies.

A name is a Hugging Face name, a local folder, ``mini-web/NAME`` (comes with the package), ``timm:NAME`` or
``open_clip:NAME`` (by extras of these names). Of transformers' models are known: the image towers of CLIP and
SigLIP; classifiers, that is checkpoints saved as ``...ForImageClassification``; and backbones, whatever else
``AutoModel`` opens that has an image processor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from laionet.errors import ModelError, require
from laionet.models.checkpoint import check_safe, digest_of, find_checkpoint, image_file_hashes, read_json

if TYPE_CHECKING:
    from PIL.Image import Image

    from laionet.models.image_model import ImageModel

TIMM = "timm:"
OPEN_CLIP = "open_clip:"

_CLIP_TYPES = ("clip", "clip_vision_model")
_SIGLIP_TYPES = ("siglip", "siglip_vision_model", "siglip2", "siglip2_vision_model")
# Backbones whose pooled output is as long as their configuration says; others are asked by a dry run.
_PLAIN_TYPES = ("vit", "beit", "convnext", "convnextv2", "resnet")


class ImageEncoder(Protocol):
    """An open image encoder.

    Attributes:
        name: as it was asked for.
        kind: ``"clip"``, ``"siglip"``, ``"classifier"``, ``"backbone"`` or ``"open_clip"``.
        dim: length of an embedding.
        image_size: (height, width) of what the model reads, pixels; None where it depends on the picture.
        device: where it runs, such as ``"cpu"`` or ``"cuda"``.
        precision: its arithmetic, ``"fp32"``, ``"bf16"`` or ``"fp16"``.
        digest: sha256 over weights, configuration and preprocessing; see ``image_facts``.
    """

    name: str
    kind: str
    dim: int
    image_size: tuple[int, int] | None
    device: str
    precision: str
    digest: str

    def encode(self, images: Sequence[Image]) -> np.ndarray:
        """Embed RGB pictures of any size, in their order; float32 (n, dim), each of length 1.

        A picture's embedding does not depend on the pictures around it. Numbers that overflow in fp16 stay
        NaN for the caller to drop.
        """
        ...


@dataclass(frozen=True)
class ImageFacts:
    """What is known of an image model without loading its weights.

    Attributes:
        folder: where it is.
        kind: see ``ImageEncoder``.
        dim: length of an embedding.
        labels: names of the classes of its head, in the order of its outputs; empty without a head.
        wnids: their wnids where the configuration has a list ``wnids``; else empty.
        digest: sha256 over the sha256 of each file that determines the numbers: weights, configuration,
            preprocessing. The folder's path, the device and the precision are not in it.
    """

    folder: Path
    kind: str
    dim: int
    labels: tuple[str, ...]
    wnids: tuple[str, ...]
    digest: str


@dataclass(frozen=True)
class Seen:
    """What a model makes of n pictures.

    Attributes:
        embeddings: float32 (n, dim), each of length 1; NaN where numbers overflowed.
        logits: float32 (n, classes) over the model's own classes; None without a head.
    """

    embeddings: np.ndarray
    logits: np.ndarray | None


def open_image_encoder(name: str, *, device: str = "auto", precision: str = "fp32") -> ImageEncoder:
    """Load an image encoder.

    The embedding is CLIP's and SigLIP's own; what the head of a classifier reads; the pooled output of a
    backbone, or where it has none, or none in the checkpoint, its class token, or else the mean of its last
    hidden state (paper, Section 3.2 and Appendix B of the journal version). Only safetensors weights are read
    and no code of a checkpoint is run.

    Args:
        name: see the module; for example ``"openai/clip-vit-base-patch32"`` or ``"microsoft/resnet-50"``.
        device: auto, cpu, cuda, cuda:N or mps.
        precision: fp32, bf16, or fp16 on a GPU.

    Raises:
        ModelError: for an unknown name, device or precision, and for a model that is not supported, not
            safe to load or incomplete.
        MissingExtra: for ``timm:`` and ``open_clip:`` without their extra.

    Example:
        >>> encoder = open_image_encoder("openai/clip-vit-base-patch32")  # doctest: +SKIP
        >>> encoder.encode([Image.open("tabby.jpg").convert("RGB")]).shape  # doctest: +SKIP
        (1, 512)
    """
    return open_image_model(name, device=device, precision=precision)


def open_image_model(
    name: str, *, device: str = "auto", precision: str = "fp32", facts: ImageFacts | None = None
) -> ImageModel:
    """As ``open_image_encoder``, with the logits of a classifier's head beside the embedding.

    ``facts`` are those of this name, where they are known, which saves hashing the weights again.
    """
    from laionet.models.device import choose_device, choose_dtype

    chosen = choose_device(device)
    dtype = choose_dtype(precision, chosen)
    facts = facts or image_facts(name)

    from laionet.models.image_model import ImageModel
    from laionet.models.image_towers import load_image_tower
    from laionet.models.preprocess import load_preprocessing

    if facts.kind == "open_clip":
        from laionet.models.open_clip_tower import load_open_clip

        tower = load_open_clip(facts.folder, name)
    else:
        tower = load_image_tower(facts.folder, facts.kind, name, load_preprocessing(facts.folder, name))
    return ImageModel(tower, name=name, facts=facts, device=chosen, precision=precision, dtype=dtype)


def image_facts(name: str) -> ImageFacts:
    """What can be told of an image model by its configuration, and its digest.

    Raises:
        ModelError, MissingExtra: as ``open_image_encoder``.
    """
    if name.startswith(OPEN_CLIP):
        from laionet.models.open_clip_tower import open_clip_facts

        return open_clip_facts(name)
    if name.startswith(TIMM):
        require("timm", "timm", f"open {name}")
        rest = name.removeprefix(TIMM)
        folder = find_checkpoint(rest if "/" in rest else f"timm/{rest}")
    else:
        folder = find_checkpoint(name)
    settings = read_json(folder / "config.json", name)
    check_safe(folder, name, tokenizer=False)
    config = _config(folder, name)
    kind = _kind(settings, config)
    labels = _labels(config) if kind == "classifier" else ()
    wnids = tuple(map(str, getattr(config, "wnids", None) or ())) if labels else ()
    digest = digest_of(image_file_hashes(folder, name))
    return ImageFacts(folder, kind, _dim(folder, kind, config, name), labels, wnids, digest)


def image_digest(name: str) -> str:
    """The ``digest`` that an encoder of this name has once open, without loading it."""
    return image_facts(name).digest


def _config(folder: Path, name: str) -> Any:
    from transformers import AutoConfig

    from laionet.models.pretrained import STRICT, quiet

    try:
        with quiet():
            return AutoConfig.from_pretrained(str(folder), **STRICT)
    except Exception as error:
        raise ModelError(
            f"{name}: its config.json is of no model that transformers has, or is damaged"
            f" ({type(error).__name__}: {str(error).strip().splitlines()[0]})"
        ) from error


def _kind(settings: Any, config: Any) -> str:
    architectures: Iterable[str] = settings.get("architectures") or ()
    if any("ForImageClassification" in architecture for architecture in architectures):
        return "classifier"
    if config.model_type == "timm_wrapper":
        return "classifier" if config.num_labels else "backbone"
    if config.model_type in _CLIP_TYPES:
        return "clip"
    return "siglip" if config.model_type in _SIGLIP_TYPES else "backbone"


def _labels(config: Any) -> tuple[str, ...]:
    """Names in the order of the outputs.

    The published 22k heads number their names with two gaps (9205 and 15027, classes that have no images),
    so that a name's number is not always its output; its place among the numbers is.
    """
    return tuple(str(label) for _, label in sorted((config.id2label or {}).items()))


def _dim(folder: Path, kind: str, config: Any, name: str) -> int:
    if kind == "clip":
        return int(config.projection_dim)
    if kind == "siglip":
        return int(getattr(config, "vision_config", config).hidden_size)
    if config.model_type in _PLAIN_TYPES:
        sizes = getattr(config, "hidden_sizes", None)
        return int(sizes[-1] if sizes else config.hidden_size)
    from laionet.models.image_towers import outline
    from laionet.models.preprocess import load_preprocessing

    preprocessing = load_preprocessing(folder, name)
    try:
        return outline(config, kind, preprocessing.sample())
    except Exception as error:
        raise ModelError(
            f"{name}: model_type {config.model_type!r} gives no vector for a picture"
            f" ({type(error).__name__}: {error}); give a model of images"
        ) from error
