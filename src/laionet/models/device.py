"""Where a model runs and in which arithmetic."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import TYPE_CHECKING

from laionet.errors import ModelError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

PRECISIONS = ("fp32", "bf16", "fp16")
#: Linear layers of a text encoder on a processor; all else of it is computed in fp32.
INT8 = "int8"


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


def choose_dtype(precision: str, device: torch.device, *, int8: bool = False) -> torch.dtype:
    """The torch dtype of ``precision``: fp32, bf16, or fp16 on a GPU; of a text encoder's int8 that of the rest.

    Args:
        precision: its name.
        device: where the model runs.
        int8: whether the model knows 8-bit layers.

    Raises:
        ModelError: for another name, fp16 on a processor, or int8 elsewhere or for another model.
    """
    import torch

    if precision == INT8:
        if not int8:
            raise ModelError("precision 'int8' is for text encoders; give fp32 or bf16")
        if device.type != "cpu":
            raise ModelError(f"precision 'int8' is for processors; on {device} give fp32, bf16 or fp16")
        return torch.float32
    if precision not in PRECISIONS:
        raise ModelError(f"unknown precision {precision!r}: give {', '.join(PRECISIONS)}" + f" or {INT8}" * int8)
    if precision == "fp16" and device.type == "cpu":
        raise ModelError("precision 'fp16' needs a GPU; on a processor give fp32 or bf16")
    return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]


def to_device(values: Tensor, device: torch.device) -> Tensor:
    """``values`` on the device.

    To a CUDA device through page-locked memory and without waiting, so that the next batch is got ready while
    this one is copied and computed.
    """
    if device.type == "cuda" and values.device.type == "cpu":
        return values.pin_memory().to(device, non_blocking=True)
    return values.to(device)


@contextmanager
def single_threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """A pool of threads in each of which torch computes on that thread alone.

    On a processor several such threads, each at its own batch, do more than as many threads at one batch: they
    never wait for each other. torch remembers the last number that any thread was given for threads that start
    later; that is put back at the end.
    """
    import torch

    before = torch.get_num_threads()
    started = Barrier(count + 1)

    def start() -> None:
        torch.set_num_threads(1)
        started.wait()

    with ThreadPoolExecutor(count) as pool:
        try:
            ready = [pool.submit(start) for _ in range(count)]
            started.wait()
            for one in ready:
                one.result()
            yield pool
        finally:
            torch.set_num_threads(before)
