"""Tiny checkpoints, and the embedded encoder, made or opened once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import checkpoints
from laionet.models.text import TextEncoder, open_text_encoder

MAKERS: dict[str, Callable[[Path], Path]] = {
    "clip": checkpoints.make_clip,
    "siglip": checkpoints.make_siglip,
    "siglip2": lambda folder: checkpoints.make_siglip(folder, version=2),
    "bert": checkpoints.make_bert,
    "mpnet": checkpoints.make_mpnet,
    "roberta": checkpoints.make_roberta,
    "distilbert": checkpoints.make_distilbert,
}


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A function from a name in ``MAKERS`` to the folder of that checkpoint; do not write there."""
    made: dict[str, Path] = {}

    def folder_of(name: str) -> Path:
        if name not in made:
            made[name] = MAKERS[name](tmp_path_factory.mktemp(name))
        return made[name]

    return folder_of


@pytest.fixture(scope="session")
def encoder(checkpoint: Callable[[str], Path]) -> Callable[[str], TextEncoder]:
    """A function from a name in ``MAKERS``, or "embedded", to its open encoder in fp32 on the processor."""
    opened: dict[str, TextEncoder] = {}

    def encoder_of(name: str) -> TextEncoder:
        if name not in opened:
            place = name if name == "embedded" else str(checkpoint(name))
            opened[name] = open_text_encoder(place, device="cpu")
        return opened[name]

    return encoder_of


@pytest.fixture
def copy(checkpoint: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Path]:
    """A checkpoint's folder to spoil."""
    return lambda name: shutil.copytree(checkpoint(name), tmp_path / name)
