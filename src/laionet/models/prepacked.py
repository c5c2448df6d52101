"""Linear layers with their weights laid out in advance for the processor's matrix kernels.

torch lays a weight out anew for every product. Its own compiler, when it freezes a model, lays weights out
once through oneDNN; the same operators serve here without compiling, and make a product of some hundred
rows 10 to 15 % faster. They are not part of torch's documented interface, so that their absence must not
matter: without them the layers stay as they are.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class PrepackedLinear(nn.Module):
    """``nn.Linear`` for inference on a processor.

    Args:
        linear: the layer; its weight may be freed afterwards.
        rows: rows of every input, for which the layout is chosen.
    """

    def __init__(self, linear: nn.Linear, rows: int) -> None:
        super().__init__()
        self.weight: Any = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach(), rows)
        self.bias: Tensor | None = None if linear.bias is None else linear.bias.detach()

    def forward(self, x: Tensor) -> Tensor:
        """(rows, in) to (rows, out)."""
        y: Tensor = torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, "none", [], "")
        return y


def prepack(module: nn.Module, rows: int) -> bool:
    """Replace every linear layer inside ``module`` by a prepacked one, where this torch and processor can.

    Returns:
        Whether it was done. It is tried on one layer first, and all or none are replaced.
    """
    linears = [
        (parent, name, child)
        for parent in module.modules()
        for name, child in parent.named_children()
        if isinstance(child, nn.Linear)
    ]
    if not linears or not _has_onednn() or not _works(linears[0][2], rows):
        return False
    for parent, name, child in linears:
        setattr(parent, name, PrepackedLinear(child, rows))
    return True


def _has_onednn() -> bool:
    return bool(torch.backends.mkldnn.is_available())


def _works(linear: nn.Linear, rows: int) -> bool:
    """Whether the operators are there and give what the layer gives."""
    x = (
        torch.linspace(-1, 1, rows * linear.in_features, dtype=torch.float32)
        .view(rows, -1)
        .to(linear.weight.dtype)
    )
    try:
        ours = PrepackedLinear(linear, rows)(x)
    except (AttributeError, RuntimeError, TypeError):
        return False
    tolerance = 1e-4 if x.dtype == torch.float32 else 2e-2
    return torch.allclose(ours.float(), linear(x).float(), rtol=tolerance, atol=tolerance * 10)
