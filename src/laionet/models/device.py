"""Where a model runs and in which arithmetic."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from laionet.errors import ModelError

if TYPE_CHECKING:
    import torch

PRECISIONS = ("fp32", "bf16", "fp16")


def choose_device(device: str) -> torch.device:
    """The torch device that ``device`` names: auto, cpu, cuda, cuda:N or mps.

    ``auto`` is a CUDA GPU where there is one, else Apple's GPU, else the processor.

    Raises:
        ModelError: for another name, or a device that this machine does not have.
    """
    import torch

    if re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", device) is None:
        raise ModelError(f"unknown device {device!r}: give auto, cpu, cuda, cuda:N (N from 0) or mps")
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    has_mps = torch.backends.mps.is_available()
    if device == "auto":
        return torch.device("cuda" if gpus else "mps" if has_mps else "cpu")
    chosen = torch.device(device)
    if chosen.type == "cuda" and (chosen.index or 0) >= gpus:
        raise ModelError(f"device {device!r}: torch sees {gpus} CUDA GPU(s) here; give auto or cpu")
    if chosen.type == "mps" and not has_mps:
        raise ModelError("device 'mps': torch sees no Apple GPU here; give auto or cpu")
    return chosen


def choose_dtype(precision: str, device: torch.device) -> torch.dtype:
    """The torch dtype of ``precision``: fp32, bf16, or fp16 on a GPU.

    Raises:
        ModelError: for another name, or fp16 on a processor.
    """
    import torch

    if precision not in PRECISIONS:
        raise ModelError(f"unknown precision {precision!r}: give {', '.join(PRECISIONS)}")
    if precision == "fp16" and device.type == "cpu":
        raise ModelError("precision 'fp16' needs a GPU; on a processor give fp32 or bf16")
    return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]
