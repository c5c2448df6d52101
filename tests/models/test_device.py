"""Names of devices and precisions."""

from __future__ import annotations

import pytest
import torch

from laionet.errors import ModelError
from laionet.models.device import choose_device, choose_dtype
from laionet.models.text import open_text_encoder


@pytest.mark.parametrize("device", ["gpu", "cuda:x", "cuda:-1", "", "CPU", "cpu:0"])
def test_unknown_device_names_the_known_ones(device: str) -> None:
    with pytest.raises(ModelError, match=r"auto, cpu, cuda, cuda:N .* or mps"):
        open_text_encoder(device=device)


@pytest.mark.parametrize("precision", ["fp64", "float32", "int8", ""])
def test_unknown_precision_names_the_known_ones(precision: str) -> None:
    with pytest.raises(ModelError, match="fp32, bf16, fp16"):
        open_text_encoder(device="cpu", precision=precision)


def test_fp16_needs_a_gpu() -> None:
    with pytest.raises(ModelError, match=r"fp16.*needs a GPU; on a processor give fp32 or bf16"):
        open_text_encoder(device="cpu", precision="fp16")


@pytest.mark.parametrize("tokens", [0, -1])
def test_batch_tokens_must_be_positive(tokens: int) -> None:
    with pytest.raises(ModelError, match="batch_tokens"):
        open_text_encoder(device="cpu", batch_tokens=tokens)


def test_missing_gpus_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert choose_device("cuda:1") == torch.device("cuda", 1)
    with pytest.raises(ModelError, match="2 CUDA GPU"):
        choose_device("cuda:2")


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_auto_prefers_the_faster(cuda: bool, mps: bool, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert choose_device("auto").type == expected
    if not mps:
        with pytest.raises(ModelError, match="no Apple GPU"):
            choose_device("mps")


def test_dtypes() -> None:
    cpu, cuda = torch.device("cpu"), torch.device("cuda")
    assert choose_dtype("fp32", cpu) == torch.float32
    assert choose_dtype("bf16", cpu) == torch.bfloat16
    assert choose_dtype("fp16", cuda) == torch.float16
