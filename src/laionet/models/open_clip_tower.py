"""Image towers of OpenCLIP checkpoints: the extra ``open-clip``.

A checkpoint is a folder, or a Hugging Face name, with ``open_clip_config.json`` and
``open_clip_model.safetensors``, as the Hub has them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from laionet.errors import ModelError, require
from laionet.models.checkpoint import digest_of, find_checkpoint, read_json, sha256_of
from laionet.models.image import OPEN_CLIP, ImageFacts
from laionet.models.preprocess import Preprocessing

if TYPE_CHECKING:
    from PIL.Image import Image

    from laionet.models.image_towers import ImageTower

_CONFIG = "open_clip_config.json"
_WEIGHTS = "open_clip_model.safetensors"


def open_clip_facts(name: str) -> ImageFacts:
    """What ``laionet.models.image.image_facts`` tells, of ``open_clip:NAME``.

    Raises:
        MissingExtra: without the extra ``open-clip``.
        ModelError: where there is no such model, or none in safetensors.
    """
    require("open_clip", "open-clip", f"open {name}")
    folder = find_checkpoint(name.removeprefix(OPEN_CLIP))
    settings = read_json(folder / _CONFIG, name)
    if not (folder / _WEIGHTS).is_file():
        raise ModelError(
            f"{name}: no {_WEIGHTS} in {folder}; pickled weights are not read, because unpickling can run any"
            " code. Take a checkpoint that has safetensors"
        )
    try:
        dim = int(settings["model_cfg"]["embed_dim"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{name}: {_CONFIG} names no model_cfg.embed_dim") from error
    digest = digest_of({file: sha256_of(folder / file) for file in (_CONFIG, _WEIGHTS)})
    return ImageFacts(folder, "open_clip", dim, (), (), digest)


def load_open_clip(folder: Path, name: str) -> ImageTower:
    """Load the image tower of a folder that ``open_clip_facts`` has passed.

    Raises:
        ModelError: where open_clip cannot load it.
    """
    from laionet.models.image_towers import ImageTower

    open_clip: Any = require("open_clip", "open-clip", f"open {name}")
    try:
        with TemporaryDirectory() as safe:  # only what is safe to read; the folder may hold pickles too
            for file in (_CONFIG, _WEIGHTS):
                os.symlink((folder / file).resolve(), Path(safe) / file)
            model, transform = open_clip.create_model_from_pretrained(
                f"local-dir:{safe}", device="cpu", precision="fp32"
            )
    except Exception as error:
        raise ModelError(
            f"{name}: open_clip cannot load {folder}: {type(error).__name__}: {error}. Reading a folder needs"
            " open-clip-torch 3 or later"
        ) from error
    own = Preprocessing(None, processor=_Processor(transform))
    return ImageTower(own, lambda inputs: (model.encode_image(inputs["pixel_values"]), None), model.eval())


class _Processor:
    """open_clip's transform in the manner of a transformers processor."""

    def __init__(self, transform: Callable[[Image], Any]) -> None:
        self._transform = transform

    def __call__(self, images: list[Image], return_tensors: str) -> dict[str, np.ndarray]:
        return {"pixel_values": np.stack([np.asarray(self._transform(image)) for image in images])}
