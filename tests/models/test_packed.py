"""The packed transformer beside the modules of transformers whose weights it shares."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from laionet.models import prepacked, towers
from laionet.models.architectures import pack
from laionet.models.packed import fuse
from laionet.models.prepacked import PrepackedLinear, prepack
from laionet.models.text import open_text_encoder

Checkpoint = Callable[[str], Path]


def text_model(name: str, folder: Path) -> Any:
    import transformers

    model = transformers.AutoModel.from_pretrained(folder).eval()
    return getattr(model, "text_model", model)


@pytest.mark.parametrize("name", ["clip", "siglip", "siglip2", "bert", "mpnet", "roberta"])
def test_hidden_states_are_those_of_the_model(name: str, checkpoint: Checkpoint) -> None:
    model = text_model(name, checkpoint(name))
    packed = pack(model, longest=30)
    generator = torch.Generator().manual_seed(0)
    groups = [torch.randint(3, 60, shape, generator=generator) for shape in ((3, 2), (1, 9), (4, 30))]
    with torch.inference_mode():
        found = packed(groups, rows=200)
        for ids, states in zip(groups, found, strict=True):
            expected = model(input_ids=ids).last_hidden_state
            if hasattr(model, "final_layer_norm"):
                states = model.final_layer_norm(states)
            torch.testing.assert_close(states, expected, atol=2e-5, rtol=0)


def test_unknown_architectures_are_not_packed(checkpoint: Checkpoint) -> None:
    assert pack(text_model("distilbert", checkpoint("distilbert")), longest=30) is None


def test_decoders_and_moved_parts_are_not_packed(checkpoint: Checkpoint) -> None:
    model = text_model("bert", checkpoint("bert"))
    assert pack(SimpleNamespace(config=model.config, embeddings=model.embeddings), longest=30) is None
    model.config.is_decoder = True
    assert pack(model, longest=30) is None


def test_a_packed_computation_that_disagrees_is_not_used(
    checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(model: Any, longest: int) -> Any:
        packed = pack(model, longest)
        packed.layers = packed.layers[:1]
        return packed

    expected = open_text_encoder(str(checkpoint("mpnet")), device="cpu").encode(["a cat"]).embeddings
    monkeypatch.setattr(towers, "pack", mistaken)
    with pytest.warns(UserWarning, match="disagrees"):
        found = open_text_encoder(str(checkpoint("mpnet")), device="cpu")
    assert not found.packed
    torch.testing.assert_close(*map(torch.from_numpy, (found.encode(["a cat"]).embeddings, expected)))


def test_fused_projections() -> None:
    linears = [nn.Linear(6, size) for size in (4, 5, 3)]
    x = torch.randn(7, 6)
    torch.testing.assert_close(fuse(linears)(x), torch.cat([linear(x) for linear in linears], dim=1))


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="this torch is built without oneDNN")
def test_prepacked_layers_give_what_the_layers_gave() -> None:
    model = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 8, bias=False)).eval()
    x = torch.randn(64, 16)
    with torch.inference_mode():
        expected = model(x)
        assert prepack(model, rows=64)
        assert [type(part) for part in model] == [PrepackedLinear, nn.GELU, PrepackedLinear]
        torch.testing.assert_close(model(x), expected, atol=1e-5, rtol=0)


def test_without_the_operators_layers_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(self: PrepackedLinear, linear: nn.Linear, rows: int) -> None:
        raise AttributeError("no such operator")

    monkeypatch.setattr(prepacked.PrepackedLinear, "__init__", missing)
    model = nn.Sequential(nn.Linear(4, 4))
    assert not prepack(model, rows=8)
    assert type(model[0]) is nn.Linear
    assert not prepack(nn.Sequential(nn.GELU()), rows=8)
