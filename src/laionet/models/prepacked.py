"""Linear layers with their weights laid out in advance for the processor's matrix kernels.

torch lays a weight out anew for every product. Its own compiler, when it freezes a model, lays weights out
once through oneDNN; the same operators serve here without compiling, and make a product of some hundred
rows 10 to 15 % faster, one of bfloat16 numbers twice and one of 8-bit numbers nearly four times as fast as in
single precision where the processor has instructions for them. They are not part of torch's documented
interface, so that their absence must not matter: without them the layers stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


class PrepackedLinear(nn.Module):
    """``nn.Linear`` for inference on a processor.

    Args:
        linear: the layer; its weight may be freed afterwards.
        rows: rows of every input, for which the layout is chosen.
        dtype: the arithmetic; None for the layer's own. Inputs of another type are converted, and the result
            back to theirs.
    """

    def __init__(self, linear: nn.Linear, rows: int, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        self.dtype = dtype or linear.weight.dtype
        self.weight: Any = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach().to(self.dtype), rows)
        self.bias: Tensor | None = None if linear.bias is None else linear.bias.detach().to(self.dtype)

    def forward(self, x: Tensor) -> Tensor:
        """(rows, in) to (rows, out)."""
        y: Tensor = torch.ops.mkldnn._linear_pointwise(x.to(self.dtype), self.weight, self.bias, "none", [], "")
        return y.to(x.dtype)


class Int8Linear(nn.Module):
    """``nn.Linear`` with 8-bit weights and inputs, in a range for each output and for each row of the input.

    A row's levels are spread from its own least to its own largest number, so that a row's result does not
    depend on the rows around it. Products of levels are summed without rounding.

    Args:
        linear: the layer; its weight may be freed afterwards.
        rows: rows of every input, for which the layout is chosen.
    """

    def __init__(self, linear: nn.Linear, rows: int) -> None:
        super().__init__()
        weight = linear.weight.detach().float()
        self.scales = weight.abs().amax(dim=1).clamp_min(_LEAST_SCALE) / 127
        levels = (weight / self.scales[:, None]).round()
        #: What an input of ones gives: a row's least number counts for all of its inputs.
        self.of_ones = (levels * self.scales[:, None]).sum(dim=1)
        self.zeros = torch.zeros(len(weight), dtype=torch.int32)
        self.bias = torch.zeros(len(weight)) if linear.bias is None else linear.bias.detach().float()
        self.weight: Any = torch.ops.onednn.qlinear_prepack(levels.to(torch.int8), [rows, weight.shape[1]])

    def forward(self, x: Tensor) -> Tensor:
        """float32 (rows, in) to float32 (rows, out)."""
        # Not aminmax, which is scalar code and took a quarter of the whole computation.
        least = x.amin(dim=1, keepdim=True)
        step = ((x.amax(dim=1, keepdim=True) - least) / 255).clamp_min_(_LEAST_SCALE)
        levels = (x - least).mul_(1 / step).round_().to(torch.uint8)
        y: Tensor = torch.ops.onednn.qlinear_pointwise(
            levels, 1.0, 0, self.weight, self.scales, self.zeros, None, 1.0, 0, torch.float32, "none", [], ""
        )
        return y.mul_(step).addcmul_(least, self.of_ones).add_(self.bias)


#: Of a row or a weight of equal numbers.
_LEAST_SCALE = 1e-20


def prepack(module: nn.Module, rows: int, precision: str | None = None) -> bool:
    """Replace every linear layer inside ``module`` by a prepacked one, where this torch and processor can.

    Args:
        module: what holds the layers.
        rows: rows of every input.
        precision: fp32, bf16 or int8, for layers that are given and give single precision; None for the
            layers' own type.

    Returns:
        Whether it was done. It is tried on one layer first, and all or none are replaced.
    """
    linears = [
        (parent, name, child)
        for parent in module.modules()
        for name, child in parent.named_children()
        if isinstance(child, nn.Linear)
    ]

    def packed(linear: nn.Linear) -> nn.Module:
        if precision == "int8":
            return Int8Linear(linear, rows)
        return PrepackedLinear(linear, rows, torch.bfloat16 if precision == "bf16" else None)

    if not linears or not _has_onednn() or not _works(packed, linears[0][2], rows):
        return False
    for parent, name, child in linears:
        setattr(parent, name, packed(child))
    return True


def _has_onednn() -> bool:
    return bool(torch.backends.mkldnn.is_available())


def _works(packed: Callable[[nn.Linear], nn.Module], linear: nn.Linear, rows: int) -> bool:
    """Whether the operators are there and give what the layer gives.

    Numbers of the largest size are among the inputs: a processor without instructions for 8-bit products may
    let their sums overflow.
    """
    x = (
        torch.linspace(-1, 1, rows * linear.in_features, dtype=torch.float32)
        .view(rows, -1)
        .to(linear.weight.dtype)
    )
    x[0] = linear.weight[0].detach().sign()
    try:
        layer = packed(linear)
        ours = layer(x)
    except (AttributeError, NotImplementedError, RuntimeError, TypeError):
        return False
    expected = linear(x).float()
    if isinstance(layer, Int8Linear):
        return bool((ours - expected).norm() <= 0.02 * expected.norm())
    exact = isinstance(layer, PrepackedLinear) and layer.dtype == torch.float32
    tolerance = 1e-4 if exact else 2e-2
    return torch.allclose(ours.float(), expected, rtol=tolerance, atol=tolerance * 10)
