"""Pictures to the arrays that image models read: the numbers of the checkpoint's own image processor.

A processor of transformers resizes, crops and scales. Where these steps are of the common kinds, they are
done here by Pillow and one table of 256 values a channel, which gives the very bits of the processor in a
fraction of its time; this is verified with pictures when a model opens. All else runs the processor itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from laionet.errors import ModelError

if TYPE_CHECKING:
    from PIL.Image import Image

#: Changes whenever the numbers that a picture gives change.
VERSION = 1

# A picture is resized as a whole before its middle is cut out, unless that takes more pixels than this: a
# line of 100,000 x 1 pixels would become 22 million x 224. Then, from a shape of 250 to 1 on, only what is kept
# is resized, and the filter's rounding may differ from the processor's by some levels of grey.
_MOST_PIXELS = 16_000_000
# A processor that runs itself gets no more of a picture than its middle of this shape; long side by short.
_LONGEST = 50
_CONVNEXT_STRETCHES_FROM = 384


@dataclass(frozen=True)
class Geometry:
    """A picture of any size to one of a fixed size.

    Attributes:
        height, width: of the result, pixels.
        shorter: the picture is first resized so that its shorter side has so many pixels, and the middle cut
            out; None stretches it to the size.
        resample: Pillow's number of the filter.
    """

    height: int
    width: int
    shorter: int | None
    resample: int

    def __call__(self, image: Image) -> np.ndarray:
        """uint8 (height, width, 3)."""
        if self.shorter is None:
            resized = image.resize((self.width, self.height), self.resample)
            return np.asarray(resized)
        width, height = self._resized(image.size)
        left, top = (width - self.width) // 2, (height - self.height) // 2
        if width * height > _MOST_PIXELS:
            across, down = image.width / width, image.height / height
            box = (left * across, top * down, (left + self.width) * across, (top + self.height) * down)
            return np.asarray(image.resize((self.width, self.height), self.resample, box))
        resized = image.resize((width, height), self.resample)
        return np.asarray(resized.crop((left, top, left + self.width, top + self.height)))

    def _resized(self, size: tuple[int, int]) -> tuple[int, int]:
        assert self.shorter is not None
        width, height = size
        if width <= height:
            return self.shorter, int(self.shorter * height / width)
        return int(self.shorter * width / height), self.shorter


@dataclass(frozen=True)
class Preprocessing:
    """What one model makes of a picture.

    Attributes:
        geometry: how it is resized; None where the processor runs itself.
        table: for each channel what each of the 256 values becomes, as bytes of float32 (3, 256), so that
            two models with the same preprocessing are equal here.
        processor: the processor itself, where it runs; else None.
    """

    geometry: Geometry | None
    table: bytes = b""
    processor: Any = field(default=None, hash=False)

    def inputs(self, image: Image, resized: dict[Geometry, np.ndarray] | None = None) -> Mapping[str, np.ndarray]:
        """The arrays for one RGB picture, by the name of the model's argument.

        Args:
            image: mode RGB.
            resized: pictures that this image was already resized to; a new one is added.

        Returns:
            ``pixel_values`` as float32 (height, width, 3) where ``geometry`` is known; else whatever the
            processor gives for one picture, such as float32 (3, height, width).
        """
        if self.geometry is None:
            found = self.processor(images=[_middle(image)], return_tensors="np")
            return {key: np.asarray(value)[0] for key, value in found.items()}
        resized = {} if resized is None else resized
        if self.geometry not in resized:
            resized[self.geometry] = self.geometry(image)
        table = np.frombuffer(self.table, dtype=np.float32)
        offsets = np.array([0, 256, 512], dtype=np.uint16)
        return {"pixel_values": table.take(resized[self.geometry] + offsets)}

    def sample(self) -> dict[str, np.ndarray]:
        """The arrays for some picture, channels first."""
        found = dict(self.inputs(next(_probes())))
        if self.channels_last:
            found["pixel_values"] = np.ascontiguousarray(found["pixel_values"].transpose(2, 0, 1))
        return found

    @property
    def channels_last(self) -> bool:
        """Whether ``pixel_values`` has its channels last."""
        return self.geometry is not None


def load_preprocessing(folder: Path, name: str) -> Preprocessing:
    """The preprocessing of a checkpoint.

    Raises:
        ModelError: where the folder has no image processor, or one that needs code of its own.
    """
    from transformers import AutoImageProcessor

    from laionet.models.pretrained import STRICT, quiet

    try:
        with quiet():  # Pillow's processors give the same numbers on every machine, whatever is installed
            processor = AutoImageProcessor.from_pretrained(str(folder), backend="pil", **STRICT)
    except Exception as error:
        raise ModelError(
            f"{name}: no usable image processor in {folder} ({type(error).__name__}:"
            f" {str(error).strip().splitlines()[0]}). Save the model's processor there too"
            " (preprocessor_config.json)"
        ) from error
    return preprocessing_of(processor)


def preprocessing_of(processor: Any) -> Preprocessing:
    """The same as a transformers image processor, by steps known here where they give its very bits."""
    own = Preprocessing(None, processor=processor)
    try:
        geometry, table = _geometry(processor), _table(processor)
    except (AttributeError, TypeError, ValueError):
        return own
    if geometry is None:
        return own
    ours = Preprocessing(geometry, table.astype(np.float32).tobytes())
    return ours if all(_agree(ours, own, probe) for probe in _probes()) else own


def _geometry(processor: Any) -> Geometry | None:
    if not processor.do_resize:
        return None
    size, resample = processor.size, int(processor.resample)
    shortest = getattr(size, "shortest_edge", None)
    crop = processor.crop_size if getattr(processor, "do_center_crop", None) else None
    crop_pct = getattr(processor, "crop_pct", None)
    if crop_pct is not None and shortest and crop is None:
        if shortest >= _CONVNEXT_STRETCHES_FROM:
            return Geometry(shortest, shortest, None, resample)
        return Geometry(shortest, shortest, int(shortest / crop_pct), resample)
    if shortest and crop is not None and max(crop.height, crop.width) <= shortest:
        return Geometry(crop.height, crop.width, shortest, resample)
    if size.height and size.width and crop is None:
        return Geometry(size.height, size.width, None, resample)
    return None


def _table(processor: Any) -> np.ndarray:
    values: Any = np.broadcast_to(np.arange(256, dtype=np.uint8), (3, 1, 256))
    if processor.do_rescale:
        values = processor.rescale(values, processor.rescale_factor)
    if processor.do_normalize:
        values = processor.normalize(values, processor.image_mean, processor.image_std)
    return np.asarray(values, dtype=np.float32).reshape(3, 256)


def _probes() -> Iterator[Image]:
    """Pictures wide, high, square, large and small, of noise, which shows any difference of a filter."""
    from PIL import Image

    draw = np.random.default_rng(0)
    for height, width in ((61, 37), (480, 641), (259, 258), (33, 160), (500, 375)):
        yield Image.fromarray(draw.integers(0, 256, (height, width, 3), dtype=np.uint8))


def _agree(ours: Preprocessing, own: Preprocessing, probe: Image) -> bool:
    theirs = own.inputs(probe)
    if theirs.keys() != {"pixel_values"}:
        return False
    return np.array_equal(ours.inputs(probe)["pixel_values"].transpose(2, 0, 1), theirs["pixel_values"])


def _middle(image: Image) -> Image:
    """The picture, or its middle where it is so long that no processor was made for it."""
    width, height = image.size
    most = _LONGEST * min(width, height)
    if max(width, height) <= most:
        return image
    left, top = max(0, (width - most) // 2), max(0, (height - most) // 2)
    return image.crop((left, top, left + min(width, most), top + min(height, most)))
