"""RapidOCR: detection and recognition by the models that come in its package. Nothing is downloaded."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from laionet.errors import ModelError
from laionet.models.ocr import Line, file_sha256

if TYPE_CHECKING:
    from PIL.Image import Image

#: Sides of a picture in pixels. Small ones are enlarged until the shorter side has SHORT, unless the longer one
#: would have more than SEEN; large ones are reduced to KEPT, and to SEEN for the detector alone, so that what it
#: finds is recognised at the finer size. Measured: see docs/read-text.md.
SHORT, SEEN, KEPT = 256, 512, 1280

#: A picture narrower than this, pixels, is widened by a border: the detector needs some.
_NARROWEST = 64

#: What RapidOCR is told. Lines are recognised one by one, for in a batch they are padded to the widest of it, and
#: what is read would depend on the company; and at their own width, for a line is padded to no more than twice
#: its height where the package's own default is 6.7 times.
SETTINGS = {
    "Global.use_cls": False,
    "Global.text_score": 0.0,
    "Global.width_height_ratio": -1,
    "Det.limit_type": "max",
    "Det.limit_side_len": SEEN,
    "Det.box_thresh": 0.5,
    "Det.unclip_ratio": 1.6,
    "Rec.rec_batch_num": 1,
    "Rec.rec_img_shape": [3, 48, 96],
}


class RapidReader:
    """An open RapidOCR on the processor; see ``TextReader``."""

    name = "rapidocr"
    device = "cpu"

    def __init__(self, digest: str, *, threads: int) -> None:
        from rapidocr import RapidOCR

        self.digest = digest
        # More threads than there are cores are taken by the package as leave to use them all.
        threads = min(threads, os.cpu_count() or 1)
        runtime = "EngineConfig.onnxruntime"
        self._engine = RapidOCR(
            params={
                **SETTINGS,
                **{f"{part}.model_path": str(path) for part, path in model_files().items()},
                f"{runtime}.intra_op_num_threads": threads,
                f"{runtime}.inter_op_num_threads": 1,
                f"{runtime}.enable_cpu_mem_arena": True,
                "Global.log_level": "critical",
            }
        )

    def read(self, images: Sequence[Image]) -> list[list[Line]]:
        """The lines of each picture; see ``TextReader.read``."""
        return [self._read(image) for image in images]

    def _read(self, image: Image) -> list[Line]:
        pixels, scale = prepared(image)
        found: Any = self._engine(pixels)
        if getattr(found, "txts", None) is None:
            return []
        limit = np.array(image.size, np.float32)
        boxes = np.clip(np.asarray(found.boxes, np.float32) / scale, 0, limit)
        return [
            Line(text, float(confidence), box)
            for text, confidence, box in zip(found.txts, found.scores, boxes, strict=True)
            if text.strip()
        ]


def prepared(image: Image) -> tuple[np.ndarray, np.ndarray]:
    """A picture as the engine gets it.

    Returns:
        uint8 (height, width, 3), BGR, each side of 64 to 1,280 pixels; and float32 (2,), by what x and y were
        multiplied.
    """
    from PIL import Image as Images

    short, long = min(image.size), max(image.size)
    factor = min(max(1.0, min(SHORT / short, SEEN / long)), KEPT / long)
    width, height = (max(1, round(side * factor)) for side in image.size)
    scaled = image.convert("RGB")
    if scaled.size != (width, height):
        scaled = scaled.resize((width, height), Images.Resampling.BICUBIC, reducing_gap=3.0)
    pixels = np.asarray(scaled)[:, :, ::-1]
    border = [(0, max(0, _NARROWEST - height)), (0, max(0, _NARROWEST - width)), (0, 0)]
    pixels = np.pad(pixels, border, mode="edge")
    return np.ascontiguousarray(pixels), np.array([width, height], np.float32) / np.array(image.size, np.float32)


def model_files() -> dict[str, Path]:
    """The package's files of the detector ("Det") and the recogniser ("Rec").

    Raises:
        ModelError: where the package or one of the two is missing.
    """
    spec = importlib.util.find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise ModelError("the text reader is not installed:  pip install rapidocr onnxruntime")
    folder = Path(spec.origin).parent / "models"
    return {"Det": _only(folder, "*det*.onnx"), "Rec": _only(folder, "*rec*.onnx")}


def identity() -> dict[str, Any]:
    """What decides the text that is read: version, models, sizes and settings."""
    return {
        "rapidocr": importlib.metadata.version("rapidocr"),
        "models": {part: file_sha256(path) for part, path in model_files().items()},
        "settings": SETTINGS,
        "sizes": [SHORT, SEEN, KEPT, _NARROWEST],
    }


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) == 1:
        return found[0]
    raise ModelError(
        f"rapidocr's folder {folder} has {len(found)} models {pattern}, not one. Reinstall it:"
        "  pip install --force-reinstall --no-deps rapidocr"
    )
