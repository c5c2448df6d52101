"""TrOCR (Li et al., 2023) over the boxes that EAST finds: the paper's way to read pictures (Section 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from laionet.errors import ModelError
from laionet.models.checkpoint import (
    check_safe,
    file_hashes,
    find_checkpoint,
    image_file_hashes,
    read_json,
    sha256_of,
)
from laionet.models.ocr import TROCR, Line
from laionet.models.preprocess import Preprocessing, load_preprocessing
from laionet.models.pretrained import STRICT, pretrained, quiet

if TYPE_CHECKING:
    from PIL.Image import Image

    from laionet.models.ocr_east import East

#: Tokens of a line at most, and by what share of its height a box is widened on each side.
MOST_TOKENS, MARGIN = 32, 0.1

#: Crops read together; they are of one picture, so that what is read does not depend on the pictures around it.
_CROPS = 16


@dataclass
class Trocr:
    """An open recogniser: the model on its device, what it makes of a picture, and its tokenizer."""

    model: Any
    preprocessing: Preprocessing
    tokenizer: Any
    device: torch.device
    dtype: torch.dtype

    @torch.inference_mode()
    def recognise(self, crops: Sequence[np.ndarray]) -> list[tuple[str, float]]:
        """The text of each crop, and the mean probability of its tokens (geometric; 0 without any).

        Args:
            crops: uint8 (height, width, 3), RGB, of any sizes.
        """
        from PIL import Image as Images

        found: list[tuple[str, float]] = []
        for start in range(0, len(crops), _CROPS):
            images = [Images.fromarray(crop) for crop in crops[start : start + _CROPS]]
            found += self._recognise(np.stack([self._pixels(image) for image in images]))
        return found

    def _pixels(self, image: Image) -> np.ndarray:
        pixels = self.preprocessing.inputs(image)["pixel_values"]
        return pixels.transpose(2, 0, 1) if self.preprocessing.channels_last else pixels

    def _recognise(self, pixels: np.ndarray) -> list[tuple[str, float]]:
        inputs = torch.from_numpy(np.ascontiguousarray(pixels)).to(self.device, self.dtype)
        written = self.model.generate(
            pixel_values=inputs,
            max_new_tokens=MOST_TOKENS,
            num_beams=1,
            do_sample=False,
            output_scores=True,
            return_dict_in_generate=True,
        )
        tokens = written.sequences[:, -len(written.scores) :]
        chances = torch.stack([scores.float().log_softmax(dim=-1) for scores in written.scores], dim=1)
        chances = chances.gather(2, tokens[:, :, None])[:, :, 0]
        texts = self.tokenizer.batch_decode(written.sequences, skip_special_tokens=True)
        return [
            (text.strip(), _mean_chance(chance[: _length(ids, self.tokenizer.eos_token_id)]))
            for text, ids, chance in zip(texts, tokens, chances, strict=True)
        ]


def _length(ids: torch.Tensor, end: int) -> int:
    """How many tokens were written, the end included; what follows it is padding."""
    ends = (ids == end).nonzero()
    return int(ends[0, 0]) + 1 if len(ends) else len(ids)


def _mean_chance(chances: torch.Tensor) -> float:
    mean = float(chances.mean().exp()) if len(chances) else 0.0
    return mean if np.isfinite(mean) else 0.0


class EastTrocrReader:
    """An open pair of EAST and TrOCR; see ``laionet.models.ocr.TextReader``."""

    name = "east-trocr"

    def __init__(self, detector: East, recogniser: Trocr, digest: str) -> None:
        self.digest = digest
        self.device = str(recogniser.device)
        self._detector = detector
        self._recogniser = recogniser

    def read(self, images: Sequence[Image]) -> list[list[Line]]:
        """The lines of each picture; see ``TextReader.read``."""
        return [self._read(image) for image in images]

    def _read(self, image: Image) -> list[Line]:
        boxes = self._detector.boxes(image)
        pixels = np.asarray(image.convert("RGB"))
        found = self._recogniser.recognise([cut_out(pixels, box) for box in boxes])
        limit = np.array(image.size, np.float32)
        return [
            Line(text, confidence, np.clip(box, 0, limit))
            for (text, confidence), box in zip(found, boxes, strict=True)
            if text
        ]


def cut_out(pixels: np.ndarray, box: np.ndarray) -> np.ndarray:
    """What a box holds, turned upright, with a margin of ``MARGIN`` of its height.

    Args:
        pixels: uint8 (height, width, 3).
        box: float32 (4, 2), corners from the top left in the direction of reading.
    """
    import cv2

    along, down = box[1] - box[0], box[3] - box[0]
    width, height = float(np.linalg.norm(along)), float(np.linalg.norm(down))
    margin = MARGIN * height
    across = along / max(width, 1e-6) * margin
    below = down / max(height, 1e-6) * margin
    corners = np.stack([box[0] - across - below, box[1] + across - below, box[3] - across + below])
    size = (max(1, round(width + 2 * margin)), max(1, round(height + 2 * margin)))
    target = np.array([[0, 0], [size[0], 0], [0, size[1]]], np.float32)
    turn = cv2.getAffineTransform(corners.astype(np.float32), target)
    return np.asarray(cv2.warpAffine(pixels, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))


def load_trocr(name: str, device: torch.device, dtype: torch.dtype) -> Trocr:
    """Load the recogniser, from safetensors only and without code of the checkpoint.

    Raises:
        ModelError: where there is no such model, or it is no TrOCR, unsafe or incomplete.
    """
    from transformers import AutoTokenizer, VisionEncoderDecoderModel

    folder = find_checkpoint(name)
    config = read_json(folder / "config.json", name)
    if not isinstance(config, dict) or config.get("model_type") != "vision-encoder-decoder":
        raise ModelError(f"{name}: is no TrOCR (model_type vision-encoder-decoder); the paper's is {TROCR}")
    check_safe(folder, name)
    preprocessing = load_preprocessing(folder, name)
    try:
        with quiet():
            model = pretrained(VisionEncoderDecoderModel, folder, name)
            tokenizer = AutoTokenizer.from_pretrained(str(folder), **STRICT)
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(f"{name}: cannot load {folder}: {type(error).__name__}: {error}") from error
    model.generation_config.max_length = None  # the length is given with each call, and two are warned of
    return Trocr(model.to(device, dtype), preprocessing, tokenizer, device, dtype)


def identity(name: str) -> dict[str, Any]:
    """What decides the text that is read: the checkpoint's files and the settings.

    Raises:
        ModelError: where there is no such model.
    """
    folder = find_checkpoint(name)
    hashes = file_hashes(folder, name) | image_file_hashes(folder, name)
    generation = folder / "generation_config.json"
    if generation.is_file():
        hashes[generation.name] = sha256_of(generation)
    return {"trocr": hashes, "most_tokens": MOST_TOKENS, "margin": MARGIN}
