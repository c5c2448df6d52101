"""timm and OpenCLIP by stand-ins of their modules: which folder is opened, how, and what is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import image_checkpoints as made
from laionet.errors import ModelError
from laionet.models import image as image_module
from laionet.models.classifier import open_classifier
from laionet.models.image import image_facts, open_image_encoder
from laionet.models.zero_shot import open_zero_shot
from laionet.vocab import load_classes

PICTURES = made.pictures(3)
CLASSES = load_classes(["n01514668", "n01514859"])


def test_timm_names_are_those_of_the_hub_and_open_with_transformers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "timm", ModuleType("timm"))
    folder = made.make_resnet(tmp_path, labels={0: "cock", 1: "hen"})
    asked = []
    monkeypatch.setattr(image_module, "find_checkpoint", lambda name: asked.append(name) or folder)
    found = open_classifier("timm:resnet18.a1_in1k", CLASSES, device="cpu")
    assert set(asked) == {"timm/resnet18.a1_in1k"}
    plain = open_image_encoder(str(folder), device="cpu").encode(PICTURES)
    np.testing.assert_array_equal(found.model.encode(PICTURES), plain)
    assert found.labels.ours.tolist() == [0, 1]


class FakeClip(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.visual = torch.nn.Linear(3, 4, bias=False)

    def encode_image(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.visual(pixels.mean((2, 3)))


def fake_open_clip(opened: list[set[str]]) -> ModuleType:
    """Loads what a folder holds, as open_clip does with its scheme local-dir:."""
    module: Any = ModuleType("open_clip")

    def create_model_from_pretrained(name: str, device: str, precision: str) -> tuple[FakeClip, Any]:
        scheme, _, folder = name.partition(":")
        assert (scheme, device, precision) == ("local-dir", "cpu", "fp32")
        opened.append({path.name for path in Path(folder).iterdir()})
        model = FakeClip()
        model.load_state_dict(load_file(Path(folder) / "open_clip_model.safetensors"))

        def transform(image: Any) -> torch.Tensor:
            return torch.from_numpy(np.asarray(image.resize((8, 8)), np.float32) / 255).permute(2, 0, 1)

        return model, transform

    module.create_model_from_pretrained = create_model_from_pretrained
    return module


def make_open_clip(folder: Path) -> Path:
    folder.mkdir()
    config = {"model_cfg": {"embed_dim": 4, "vision_cfg": {}, "text_cfg": {}}}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    weight = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    save_file({"visual.weight": weight}, folder / "open_clip_model.safetensors")
    (folder / "open_clip_pytorch_model.bin").write_bytes(b"a pickle")
    return folder


def test_open_clip_sees_nothing_but_configuration_and_safetensors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[set[str]] = []
    monkeypatch.setitem(sys.modules, "open_clip", fake_open_clip(opened))
    folder = make_open_clip(tmp_path / "model")
    encoder = open_image_encoder(f"open_clip:{folder}", device="cpu")
    assert opened == [{"open_clip_config.json", "open_clip_model.safetensors"}]
    assert (encoder.kind, encoder.dim, encoder.image_size) == ("open_clip", 4, None)
    found = encoder.encode(PICTURES)
    weight = load_file(folder / "open_clip_model.safetensors")["visual.weight"].numpy()
    means = np.stack([np.asarray(image.resize((8, 8)), np.float32).mean((0, 1)) / 255 for image in PICTURES])
    expected = means @ weight.T
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-5)


def test_open_clip_refuses_pickles_and_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "open_clip", fake_open_clip([]))
    folder = make_open_clip(tmp_path / "model")
    with pytest.raises(ModelError, match="cannot classify by texts; LAION's models"):
        open_zero_shot(f"open_clip:{folder}", CLASSES, device="cpu")
    (folder / "open_clip_model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"no open_clip_model\.safetensors.*unpickling can run any code"):
        image_facts(f"open_clip:{folder}")
