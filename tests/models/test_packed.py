"""The packed transformer beside the modules of transformers whose weights it shares."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from laionet.models import towers
from laionet.models.architectures import pack
from laionet.models.packed import fuse
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
        (found,) = packed([groups], rows=200)
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


def test_packs_together_give_what_each_gives_alone(checkpoint: Checkpoint) -> None:
    packed = pack(text_model("mpnet", checkpoint("mpnet")), longest=30)
    assert packed is not None
    generator = torch.Generator().manual_seed(0)
    packs = [
        [torch.randint(3, 60, shape, generator=generator) for shape in shapes]
        for shapes in (((2, 30), (1, 4)), ((5, 12),), ((1, 17), (1, 16), (3, 1)))
    ]
    with torch.inference_mode():
        for groups, together in zip(packs, packed(packs, rows=64), strict=True):
            (alone,) = packed([groups], rows=64)
            assert all(map(torch.equal, together, alone))
