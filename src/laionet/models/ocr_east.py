"""The EAST text detector (Zhou et al., 2017), the one of the paper's Section 2.

Its weights are read as a frozen TensorFlow graph by OpenCV, or as an ONNX export of it by onnxruntime.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from laionet.errors import ModelError

if TYPE_CHECKING:
    from PIL.Image import Image

#: A picture's longer side is brought to between SMALLEST and LARGEST pixels, both sides to a multiple of 32.
#: A box counts from CONFIDENCE, and stays if it overlaps no surer one by more than OVERLAP.
SMALLEST, LARGEST, CONFIDENCE, OVERLAP = 320, 640, 0.5, 0.4

#: The surest boxes that are looked at, and that are kept, in one picture.
_MOST_CANDIDATES, _MOST_BOXES = 4_000, 200

SETTINGS = {"sizes": [SMALLEST, LARGEST], "boxes": [CONFIDENCE, OVERLAP, _MOST_CANDIDATES, _MOST_BOXES]}

_SCORES, _GEOMETRY = "feature_fusion/Conv_7/Sigmoid", "feature_fusion/concat_3"
_MEAN_RGB = (123.68, 116.78, 103.94)
_CELL = 4  # pixels of the picture to one cell of the maps

#: uint8 (height, width, 3) RGB to the maps: scores (h, w), and distances and angle (5, h, w).
Maps = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


class East:
    """An open detector.

    Args:
        maps: the network, from pixels to maps a quarter the size.
    """

    def __init__(self, maps: Maps) -> None:
        self._maps = maps

    def boxes(self, image: Image) -> np.ndarray:
        """Where text is.

        Args:
            image: mode RGB.

        Returns:
            float32 (n, 4, 2): corners as x and y in pixels of the picture, of the text's top left, top right,
            bottom right and bottom left; in reading order.
        """
        from PIL import Image as Images

        long = max(image.size)
        factor = min(max(long, SMALLEST), LARGEST) / long
        width, height = (max(32, round(side * factor / 32) * 32) for side in image.size)
        resized = image.convert("RGB").resize((width, height), Images.Resampling.BILINEAR, reducing_gap=3.0)
        scores, geometry = self._maps(np.asarray(resized))
        scale = np.array(image.size, np.float32) / (width, height)
        return in_reading_order(without_overlaps(*decoded(scores, geometry)) * scale)


def decoded(scores: np.ndarray, geometry: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Boxes of the maps' cells that are text.

    Args:
        scores: (h, w), 0 to 1.
        geometry: (5, h, w): distances in pixels from the cell's corner to the box's top, right, bottom and left
            edge, and the box's angle in radians, positive where the text rises to the right.

    Returns:
        float32 (n, 4, 2) corners and float32 (n,) scores, the surest first, 4,000 at most.
    """
    rows, columns = np.nonzero(scores >= CONFIDENCE)
    sure = scores[rows, columns]
    order = np.argsort(-sure, kind="stable")[:_MOST_CANDIDATES]
    rows, columns, sure = rows[order], columns[order], sure[order]
    top, right, bottom, left, angle = geometry[:, rows, columns].astype(np.float64)
    along = np.stack([np.cos(angle), -np.sin(angle)], axis=1)  # in the direction of reading
    down = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    at = np.stack([columns, rows], axis=1) * float(_CELL)
    corners = [at + x[:, None] * along + y[:, None] * down for x, y in _sides(top, right, bottom, left)]
    return np.stack(corners, axis=1).astype(np.float32), sure.astype(np.float32)


def _sides(top: Any, right: Any, bottom: Any, left: Any) -> tuple[tuple[Any, Any], ...]:
    return (-left, -top), (right, -top), (right, bottom), (-left, bottom)


def without_overlaps(boxes: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """The boxes that overlap no surer one that stays by more than ``OVERLAP``; 200 at most."""
    import cv2

    if not len(boxes):
        return boxes
    rotated = [cv2.minAreaRect(box) for box in boxes]
    kept = cv2.dnn.NMSBoxesRotated(rotated, scores.tolist(), 0.0, OVERLAP)
    return boxes[np.asarray(kept, dtype=np.int64).reshape(-1)[:_MOST_BOXES]]


def in_reading_order(boxes: np.ndarray) -> np.ndarray:
    """Boxes by lines from top to bottom, in a line from left to right.

    A box is of the line before it where its middle is less than half its height below the line's first.
    """
    middles = boxes.mean(axis=1)
    heights = np.linalg.norm(boxes[:, 3] - boxes[:, 0], axis=1)
    line, first = 0, -np.inf
    places: list[tuple[int, float, int]] = []
    for index in np.argsort(middles[:, 1], kind="stable").tolist():
        if middles[index, 1] - first >= heights[index] / 2:
            line, first = line + 1, middles[index, 1]
        places.append((line, float(middles[index, 0]), index))
    return boxes[[index for _, _, index in sorted(places)]]


def open_east(path: Path, *, threads: int = 1) -> East:
    """Load the detector's weights.

    Args:
        path: ``frozen_east_text_detection.pb``, or an ONNX export with the same two outputs.
        threads: threads of onnxruntime; OpenCV's are set for the whole process.

    Raises:
        ModelError: where the file is not this model.
    """
    loader = _onnx if path.suffix.lower() == ".onnx" else _tensorflow
    try:
        maps = loader(path, threads)
        scores, geometry = maps(np.zeros((64, 96, 3), np.uint8))
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(
            f"{path}: cannot be used as the EAST detector ({reason}). Give frozen_east_text_detection.pb, whose"
            f" outputs are {_SCORES} and {_GEOMETRY}, or an ONNX export of it"
        ) from error
    if scores.shape != (16, 24) or geometry.shape != (5, 16, 24):
        raise ModelError(
            f"{path}: gives maps of {scores.shape} and {geometry.shape} for a picture of 64 x 96 pixels, but EAST"
            " gives (16, 24) and (5, 16, 24). Give frozen_east_text_detection.pb or an ONNX export of it"
        )
    return East(maps)


def _tensorflow(path: Path, threads: int) -> Maps:
    import cv2

    net = cv2.dnn.readNetFromTensorflow(str(path))
    cv2.setNumThreads(threads)

    def maps(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        net.setInput(_batch(pixels))
        scores, geometry = net.forward([_SCORES, _GEOMETRY])
        return scores[0, 0], geometry[0]

    return maps


def _onnx(path: Path, threads: int) -> Maps:
    import onnxruntime  # type: ignore[import-untyped, unused-ignore]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(threads, os.cpu_count() or 1)
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0]
    channels_last = entry.shape[-1] == 3

    def maps(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        batch = _batch(pixels)
        found = session.run(None, {entry.name: batch.transpose(0, 2, 3, 1) if channels_last else batch})
        return _with_channels(found, 1)[0], _with_channels(found, 5)

    return maps


def _with_channels(outputs: list[np.ndarray], channels: int) -> np.ndarray:
    """The output that has so many channels, first or last, as (channels, h, w)."""
    for output in outputs:
        if output.ndim == 4 and output.shape[1] == channels:
            return output[0]
        if output.ndim == 4 and output.shape[3] == channels:
            return output[0].transpose(2, 0, 1)
    raise ValueError(f"no output of {channels} channels")


def _batch(pixels: np.ndarray) -> np.ndarray:
    """float32 (1, 3, height, width), RGB less the mean."""
    centred = pixels.astype(np.float32) - np.array(_MEAN_RGB, np.float32)
    return np.ascontiguousarray(centred.transpose(2, 0, 1)[None])
