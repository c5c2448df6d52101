"""Names of devices and precisions."""

from __future__ import annotations

import pytest
import torch

from laionet.errors import ModelError
from laionet.models.device import choose_device, choose_dtype, single_threads, to_device
from laionet.models.text import open_text_encoder


@pytest.mark.parametrize("device", ["gpu", "cuda:x", "cuda:-1", "", "CPU", "cpu:0"])
def test_unknown_device_names_the_known_ones(device: str) -> None:
    with pytest.raises(ModelError, match=r"auto, cpu, cuda, cuda:N .* or mps"):
        open_text_encoder(device=device)


@pytest.mark.parametrize("precision", ["fp64", "float32", "int4", ""])
def test_unknown_precision_names_the_known_ones(precision: str) -> None:
    with pytest.raises(ModelError, match="fp32, bf16, fp16 or int8"):
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


def test_int8_is_for_text_on_a_processor() -> None:
    assert choose_dtype("int8", torch.device("cpu"), int8=True) == torch.float32
    with pytest.raises(ModelError, match="int8' is for processors; on cuda:0 give fp32, bf16 or fp16"):
        choose_dtype("int8", torch.device("cuda", 0), int8=True)
    with pytest.raises(ModelError, match="int8' is for text encoders; give fp32 or bf16"):
        choose_dtype("int8", torch.device("cpu"))


def test_values_for_a_processor_are_not_copied() -> None:
    values = torch.arange(3)
    assert to_device(values, torch.device("cpu")) is values


def test_values_for_cuda_go_through_page_locked_memory_without_waiting() -> None:
    class Values:
        device = torch.device("cpu")
        done: tuple[object, ...] = ()

        def pin_memory(self) -> Values:
            self.done += ("pinned",)
            return self

        def to(self, device: torch.device, non_blocking: bool = False) -> Values:
            self.done += (device.type, non_blocking)
            return self

    assert to_device(Values(), torch.device("cuda")).done == ("pinned", "cuda", True)  # type: ignore


def test_threads_of_the_pool_compute_alone_and_leave_the_rest_as_it_was() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with single_threads(3) as pool:
            assert list(pool.map(lambda _: torch.get_num_threads(), range(6))) == [1] * 6
            assert torch.get_num_threads() == 2
        with single_threads(1) as pool, pytest.raises(ZeroDivisionError):
            pool.submit(lambda: 1 // 0).result()
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
