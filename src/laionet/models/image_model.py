"""Pictures through image models with torch: batches of one shape, several models over the same pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from laionet.errors import ModelError
from laionet.models.ahead import Item, ahead, cores, in_turn
from laionet.models.device import to_device
from laionet.models.image import Seen
from laionet.models.prepacked import prepack
from laionet.models.preprocess import Geometry, Preprocessing

if TYPE_CHECKING:
    from PIL.Image import Image

    from laionet.models.image import ImageFacts
    from laionet.models.image_towers import ImageTower

# Every batch has this many pictures, filled up where they run out: the last bits of a matrix product depend
# on its number of rows. So these are part of the result, and no knob. On two cores 4 to 16 pictures are
# within 10 % of each other, 1 and 32 slower.
BATCH_ON_CPU = 8
BATCH_ON_GPU = 64
# Rows that linear layers are laid out for: a batch of 224 pixels in patches of 16.
_ROWS = BATCH_ON_CPU * 197


class ImageModel:
    """A ``laionet.models.image.ImageEncoder`` on one device; with logits where the checkpoint has a head.

    A picture's numbers have the same bits whatever pictures come with it: batches always have the same
    shape. This was measured on processors, in fp32 and bf16; on a GPU it depends on the kernels that torch
    chooses.
    """

    def __init__(
        self,
        tower: ImageTower,
        *,
        name: str,
        facts: ImageFacts,
        device: torch.device,
        precision: str,
        dtype: torch.dtype,
    ) -> None:
        self.name, self.kind, self.dim, self.digest = name, facts.kind, facts.dim, facts.digest
        self.device, self.precision = str(device), precision
        self.facts, self.preprocessing = facts, tower.preprocessing
        self.batch = BATCH_ON_CPU if device.type == "cpu" else BATCH_ON_GPU
        self.classes = len(facts.labels)
        self._device, self._dtype = device, dtype
        self._forward = tower.forward
        with torch.inference_mode():
            # On a processor bf16 is for the linear layers alone, where the architecture has them as such: it
            # is worth most there. Elsewhere it is for all of the model.
            if device.type == "cpu" and tower.body is not None and prepack(tower.body, _ROWS, precision):
                self._dtype = torch.float32
        tower.modules.to(device, self._dtype)
        geometry = tower.preprocessing.geometry
        self.image_size = (geometry.height, geometry.width) if geometry else None

    def encode(self, images: Sequence[Image]) -> np.ndarray:
        """Embed ``images``; see ``ImageEncoder.encode``."""
        return ImageModels([self])(images)[0].embeddings

    def see(self, inputs: Mapping[str, Tensor]) -> Seen:
        """Run one batch.

        Args:
            inputs: the arrays of 1 to ``batch`` pictures, by argument.
        """
        count = len(next(iter(inputs.values())))
        # Convolutions in the arithmetic that was asked for, not TF32, and by the same kernel each time.
        exact = torch.backends.cudnn.flags(benchmark=False, deterministic=True, allow_tf32=False)
        with torch.inference_mode(), exact:
            embeddings, logits = self._forward({key: self._filled(value) for key, value in inputs.items()})
            unit = functional.normalize(embeddings[:count].float(), dim=-1).cpu().numpy()
            found = None if logits is None else logits[:count].float().cpu().numpy()
        if unit.shape[1] != self.dim or (found is not None and found.shape[1] != self.classes):
            raise ModelError(f"{self.name}: the outputs are not of the sizes that its configuration says")
        return Seen(unit, found)

    def _filled(self, values: Tensor) -> Tensor:
        """``batch`` rows, in one memory layout: the kernel that runs, and its last bits, depend on both."""
        if len(values) < self.batch:
            values = torch.cat([values, values[-1:].expand(self.batch - len(values), *values.shape[1:])])
        if values.ndim == 4:
            values = values.contiguous(memory_format=torch.channels_last)
        dtype = self._dtype if values.is_floating_point() else values.dtype
        return to_device(values.to(dtype), self._device)


class ImageModels:
    """Several models on one device over the same pictures.

    Each picture is resized once for every way of resizing, in threads; models that share a preprocessing share
    its arrays. Beside a GPU the threads work while the models do. On a processor they take turns, because both
    want all its cores, and each would wait for the other.

    Args:
        models: open models.
        threads: threads that read and prepare pictures; 0 for as many as there are cores beside a GPU, and as
            torch has on a processor. Speed only.
    """

    def __init__(self, models: Sequence[ImageModel], *, threads: int = 0) -> None:
        self.models = tuple(models)
        self._ways = list(dict.fromkeys(model.preprocessing for model in models))
        self._batch = max((model.batch for model in models), default=BATCH_ON_CPU)
        self._on_cpu = all(model.device == "cpu" for model in models)
        self._threads = threads or (torch.get_num_threads() if self._on_cpu else cores())

    def __call__(self, images: Iterable[Image]) -> list[Seen]:
        """What each model makes of the pictures; for no pictures, arrays of no rows.

        Args:
            images: mode RGB, any size.
        """
        return self.see(images, lambda image: image)

    def see(self, items: Iterable[Item], read: Callable[[Item], Image | None]) -> list[Seen]:
        """As ``__call__``, for pictures that are read on the way, so that few are in memory at once.

        Args:
            items: what stands for the pictures, such as their files' bytes.
            read: an item to its picture, mode RGB; None for an item without one, which has no rows in the
                result. Called in threads.
        """

        def prepare(item: Item) -> dict[Preprocessing, Mapping[str, np.ndarray]] | None:
            image = read(item)
            return None if image is None else self._prepared(image)

        found: list[list[Seen]] = [[] for _ in self.models]
        work = in_turn if self._on_cpu else ahead
        with ThreadPoolExecutor(self._threads) as pool:
            ready = (inputs for inputs in work(pool, prepare, items, 2 * self._batch) if inputs is not None)
            while batch := list(islice(ready, self._batch)):
                tensors = {way: _stacked(way, [of[way] for of in batch]) for way in self._ways}
                for model, seen in zip(self.models, found, strict=True):
                    seen.append(model.see(tensors[model.preprocessing]))
        return [_joined(model, seen) for model, seen in zip(self.models, found, strict=True)]

    def _prepared(self, image: Image) -> dict[Preprocessing, Mapping[str, np.ndarray]]:
        resized: dict[Geometry, np.ndarray] = {}
        return {way: way.inputs(image, resized) for way in self._ways}


def _stacked(way: Preprocessing, inputs: Sequence[Mapping[str, np.ndarray]]) -> dict[str, Tensor]:
    """The arrays of some pictures as tensors, channels first."""
    stacked = {key: torch.from_numpy(np.stack([of[key] for of in inputs])) for key in inputs[0]}
    if way.channels_last:
        stacked["pixel_values"] = stacked["pixel_values"].permute(0, 3, 1, 2)
    return stacked


def _joined(model: ImageModel, seen: Sequence[Seen]) -> Seen:
    embeddings = np.concatenate([np.empty((0, model.dim), np.float32), *(part.embeddings for part in seen)])
    if not model.classes:
        return Seen(embeddings, None)
    logits = [part.logits for part in seen if part.logits is not None]
    return Seen(embeddings, np.concatenate([np.empty((0, model.classes), np.float32), *logits]))
