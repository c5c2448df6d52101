"""Linear layers laid out in advance, in single precision, bfloat16 and 8-bit numbers."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from laionet.models import prepacked
from laionet.models.prepacked import Int8Linear, PrepackedLinear, prepack

pytestmark = pytest.mark.skipif(
    not torch.backends.mkldnn.is_available(), reason="this torch is built without oneDNN"
)


def test_prepacked_layers_give_what_the_layers_gave() -> None:
    model = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 8, bias=False)).eval()
    x = torch.randn(64, 16)
    with torch.inference_mode():
        expected = model(x)
        assert prepack(model, rows=64)
        assert [type(part) for part in model] == [PrepackedLinear, nn.GELU, PrepackedLinear]
        torch.testing.assert_close(model(x), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("precision", "kind"), [("bf16", PrepackedLinear), ("int8", Int8Linear)])
def test_reduced_layers_take_and_give_single_precision(precision: str, kind: type) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 96), nn.Linear(96, 32, bias=False)).eval()
    x = torch.randn(128, 64) + 0.5
    with torch.inference_mode():
        expected = model(x)
        if not prepack(model, 128, precision):
            pytest.skip(f"no kernels of {precision} here")
        assert {type(part) for part in model} == {kind}
        found = model(x)
    assert found.dtype == torch.float32
    error = (found - expected).norm() / expected.norm()
    assert 1e-4 < error < 0.02


def eight_bit(rows: int) -> tuple[nn.Linear, Int8Linear]:
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(48, 40))
    plain = model[0]
    assert isinstance(plain, nn.Linear)
    if not prepack(model, rows, "int8"):
        pytest.skip("no 8-bit products here")
    reduced = model[0]
    assert isinstance(reduced, Int8Linear)
    return plain, reduced


def test_a_rows_8_bit_result_depends_on_that_row_alone() -> None:
    _, reduced = eight_bit(64)
    x = torch.randn(64, 48)
    louder = torch.cat([x[:1], 1000 * torch.randn(63, 48)])
    with torch.inference_mode():
        assert torch.equal(reduced(louder)[0], reduced(x)[0])


def test_8_bit_rows_of_equal_numbers_are_exact_up_to_the_weights() -> None:
    plain, reduced = eight_bit(64)
    x = torch.zeros(64, 48)
    x[1], x[2], x[3] = 1.0, -2.5, 1e-30
    with torch.inference_mode():
        found, expected = reduced(x), plain(x)
    torch.testing.assert_close(found[0], expected[0])
    torch.testing.assert_close(found, expected, atol=0.1, rtol=0)
    assert torch.isfinite(found).all()


def test_8_bit_rows_that_are_not_finite_do_not_become_numbers() -> None:
    _, reduced = eight_bit(64)
    x = torch.randn(64, 48)
    x[0, 3], x[1, 0] = torch.nan, torch.inf
    with torch.inference_mode():
        found = reduced(x)
    assert torch.isfinite(found).all(dim=1).tolist() == [False, False] + [True] * 62


def test_without_the_operators_layers_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(self: PrepackedLinear, linear: nn.Linear, rows: int) -> None:
        raise AttributeError("no such operator")

    monkeypatch.setattr(prepacked.PrepackedLinear, "__init__", missing)
    model = nn.Sequential(nn.Linear(4, 4))
    assert not prepack(model, rows=8)
    assert type(model[0]) is nn.Linear
    assert not prepack(nn.Sequential(nn.GELU()), rows=8)


def test_8_bit_products_that_overflow_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Int8Linear, "forward", lambda self, x: torch.full((len(x), 40), 3.0))
    model = nn.Sequential(nn.Linear(48, 40))
    assert not prepack(model, 64, "int8")
    assert type(model[0]) is nn.Linear
