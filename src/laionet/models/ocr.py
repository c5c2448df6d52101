"""Text readers: the words that are written in pictures.

Two engines are known: RapidOCR, whose models come in its package, and the paper's pair of EAST and TrOCR
(Section 2). Nothing here imports either before a reader is opened.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from laionet.errors import ModelError

if TYPE_CHECKING:
    from PIL.Image import Image

ENGINES = ("rapidocr", "east-trocr")
TROCR = "microsoft/trocr-base-stage1"


@dataclass(frozen=True, eq=False)
class Line:
    """A recognised line, or piece of one.

    Attributes:
        text: as recognised, case and spaces kept; never empty.
        confidence: the recogniser's own, 0 to 1.
        box: float32 (4, 2), corners as x and y in pixels of the picture: of the text's top left, top right,
            bottom right, bottom left.
    """

    text: str
    confidence: float
    box: np.ndarray


class TextReader(Protocol):
    """An open text reader.

    Attributes:
        name: the engine, one of ``ENGINES``.
        digest: sha256 over all that decides what is read; see ``reader_digest``.
        device: where its models run, such as ``"cpu"`` or ``"cuda"``.
    """

    name: str
    digest: str
    device: str

    def read(self, images: Sequence[Image]) -> list[list[Line]]:
        """The lines of each picture, from top to bottom and left to right.

        Args:
            images: mode RGB, of any size.

        Returns:
            A list for each picture, empty where no text is found. What is read in a picture does not depend
            on the pictures around it.
        """
        ...


def open_text_reader(
    engine: str = "rapidocr",
    *,
    east: str | None = None,
    trocr: str = TROCR,
    device: str = "auto",
    precision: str = "fp32",
    threads: int | None = None,
) -> TextReader:
    """Load a text reader.

    Args:
        engine: ``"rapidocr"``, or ``"east-trocr"`` as in the paper.
        east: for east-trocr, the EAST detector: ``frozen_east_text_detection.pb``, or an ONNX export of it.
        trocr: for east-trocr, a folder or a Hugging Face name, which may end in ``@revision``; safetensors only.
        device: auto, cpu, cuda, cuda:N or mps. The detectors and RapidOCR run on the processor.
        precision: arithmetic of TrOCR: fp32, bf16, or fp16 on a GPU.
        threads: threads on the processor of each model; None is one, since a run has a worker for each core.

    Raises:
        ModelError: for an unknown engine, device or precision; for a file that is missing or is not the model
            that it should be; for weights that are not safetensors.

    Example:
        >>> from PIL import Image, ImageDraw, ImageFont
        >>> picture = Image.new("RGB", (256, 256), "white")
        >>> ImageDraw.Draw(picture).text((40, 100), "crane", "black", ImageFont.load_default(48))
        >>> [line.text for line in open_text_reader().read([picture])[0]]
        ['crane']
    """
    _check_engine(engine)
    if threads is not None and threads < 1:
        raise ModelError(f"threads is {threads}; give 1 or more, or leave it out")
    digest = reader_digest(engine, east=east, trocr=trocr)
    _silence_onnxruntime()
    if engine == "rapidocr":
        from laionet.models.ocr_rapid import RapidReader

        return RapidReader(digest, threads=threads or 1)
    from laionet.models.device import choose_device, choose_dtype
    from laionet.models.ocr_east import open_east
    from laionet.models.ocr_trocr import EastTrocrReader, load_trocr

    chosen = choose_device(device)
    dtype = choose_dtype(precision, chosen)
    detector = open_east(_east_file(east), threads=threads or 1)
    return EastTrocrReader(detector, load_trocr(trocr, chosen, dtype), digest)


def reader_digest(engine: str = "rapidocr", *, east: str | None = None, trocr: str = TROCR) -> str:
    """The ``digest`` that a reader has once open, without loading it.

    It is a sha256 over the package's version, the sha256 of each model file and the sizes that pictures are
    brought to. Paths, device, precision and threads are not in it.

    Raises:
        ModelError: for an unknown engine, or where a file is missing.
    """
    _check_engine(engine)
    if engine == "rapidocr":
        from laionet.models import ocr_rapid

        return _digest(ocr_rapid.identity())
    from laionet.models import ocr_east, ocr_trocr

    east_identity = {"east": file_sha256(_east_file(east)), **ocr_east.SETTINGS}
    return _digest(east_identity | ocr_trocr.identity(trocr))


def file_sha256(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _silence_onnxruntime() -> None:
    """Its builds since 1.32 report to their maker, from the moment of import, unless this is set before."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def _digest(parts: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _check_engine(engine: str) -> None:
    if engine not in ENGINES:
        raise ModelError(f"there is no text reader called {engine!r}; give {' or '.join(ENGINES)}")


def _east_file(east: str | None) -> Path:
    if east is None:
        raise ModelError(
            "the text reader east-trocr needs the EAST detector's weights, which have no package: download"
            " frozen_east_text_detection.tar.gz, to which OpenCV's documentation of text detection links, unpack"
            ' it, and name the file:  east = "frozen_east_text_detection.pb"  under [read_text]'
        )
    path = Path(east).expanduser()
    if not path.is_file():
        raise ModelError(f"{east}: no such file; give the EAST detector's weights, a .pb or an .onnx file")
    return path
