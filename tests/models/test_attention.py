"""Batched attention beside torch's own."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from laionet.models.attention import attend, is_batched, score_mask

CPU = torch.device("cpu")


def both(length: int, bias: Tensor | None, causal: bool) -> tuple[Tensor, Tensor]:
    """Of three texts, batched and torch's own."""
    torch.manual_seed(length)
    qkv = torch.randn(3 * length, 3 * 4 * 16)
    found = [
        attend(
            qkv,
            3,
            4,
            score_mask(length, bias=bias, causal=causal, batched=batched),
            causal=causal,
            batched=batched,
        )
        for batched in (True, False)
    ]
    return found[0], found[1]


@pytest.mark.parametrize("length", [1, 2, 13, 15, 16, 17, 40])
@pytest.mark.parametrize("kind", ["plain", "causal", "bias"])
def test_batched_attention_is_torchs(length: int, kind: str) -> None:
    bias = torch.randn(1, 4, 50, 50) if kind == "bias" else None
    ours, theirs = both(length, bias, kind == "causal")
    assert ours.shape == theirs.shape == (3, length, 4, 16)
    torch.testing.assert_close(ours, theirs, atol=2e-6, rtol=0)


def test_texts_do_not_see_each_other() -> None:
    qkv = torch.randn(2 * 9, 3 * 4 * 16)
    mask = score_mask(9, bias=None, causal=False, batched=True)
    before = attend(qkv, 2, 4, mask, causal=False, batched=True)
    qkv[9:] = torch.randn(9, 3 * 4 * 16)
    after = attend(qkv, 2, 4, mask, causal=False, batched=True)
    assert torch.equal(before[0], after[0])
    assert not torch.equal(before[1], after[1])


def test_large_scores_do_not_overflow() -> None:
    qkv = 100 * torch.randn(7, 3 * 4 * 16)
    mask = score_mask(7, bias=None, causal=False, batched=True)
    assert torch.isfinite(attend(qkv, 1, 4, mask, causal=False, batched=True)).all()


def test_long_texts_and_other_devices_get_torchs_own() -> None:
    assert is_batched(16, CPU)
    assert not is_batched(200, CPU)
    assert not is_batched(16, torch.device("cuda"))
