"""The training loop, how classifiers learn, and how models are scored; a seed decides all on a processor."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mini_web.architectures import SIDE, TOKENS
from mini_web.pictures import STORED, Pictures


@dataclass(frozen=True)
class Phase:
    """A part of a training.

    Attributes:
        what: what is learnt: classes, words, captions or both (see contrast.py).
        epochs: how often the pictures are gone through.
        batch: pictures of a step.
        rate: peak learning rate of AdamW.
        patches: how many patches of a picture CLIP's image tower sees; None for all.
    """

    what: str
    epochs: int
    batch: int
    rate: float
    patches: int | None = None


def device() -> torch.device:
    """A GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def seeded(seed: int) -> torch.Generator:
    """Seed all of torch, and return a generator for the order of pictures."""
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def augmented(images: Tensor, generator: torch.Generator) -> Tensor:
    """uint8 (n, STORED, STORED, 3) to float (n, 3, SIDE, SIDE) in -1 to 1: cropped, mirrored, relit at random."""
    n, room = len(images), STORED - SIDE + 1
    corner = torch.randint(0, room, (2,), generator=generator)
    cut = images[:, corner[0] : corner[0] + SIDE, corner[1] : corner[1] + SIDE].permute(0, 3, 1, 2).float()
    flip = torch.rand(n, generator=generator) < 0.5
    cut[flip] = cut[flip].flip(-1)
    light = 0.8 + 0.4 * torch.rand(n, 3, 1, 1, generator=generator) * torch.ones(1, 3, 1, 1)
    return (cut * light).clamp(0, 255) / 127.5 - 1


def plain(images: Tensor) -> Tensor:
    """uint8 (n, STORED, STORED, 3) to float (n, 3, SIDE, SIDE) as a model meets it in use."""
    x = images.permute(0, 3, 1, 2).float()
    x = functional.interpolate(x, size=(SIDE, SIDE), mode="bicubic", antialias=True, align_corners=False)
    return x.clamp(0, 255) / 127.5 - 1


def batches(n: int, size: int, generator: torch.Generator, weights: Tensor | None = None) -> Iterator[Tensor]:
    """Positions in random order, ``size`` at a time; the rest that does not fill a batch is left out.

    With ``weights`` n positions are drawn by them, some more than once and some not at all.
    """
    if weights is None:
        order = torch.randperm(n, generator=generator)
    else:
        order = torch.multinomial(weights, n, replacement=True, generator=generator)
    for start in range(0, n - size + 1, size):
        yield order[start : start + size]


def adamw(model: Any, rate: float) -> list[torch.optim.Optimizer]:
    """AdamW, with decay of matrices alone."""
    return [_adamw(list(model.parameters()), rate)]


def muon(model: Any, rate: float) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of hidden layers (Jordan et al. 2024), AdamW for all other weights.

    Muon's steps are scaled to the size of AdamW's (Liu et al. 2025), so that one rate serves both.
    """
    learnt = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
    hidden = [weight for name, weight in learnt if weight.ndim == 2 and ".layers." in name]
    others = [weight for name, weight in learnt if weight.ndim != 2 or ".layers." not in name]
    matrices = torch.optim.Muon(hidden, lr=rate, weight_decay=0.05, adjust_lr_fn="match_rms_adamw")
    return [matrices, _adamw(others, rate)]


def _adamw(weights: list[Any], rate: float) -> torch.optim.Optimizer:
    decayed, others = [p for p in weights if p.ndim > 1], [p for p in weights if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98))


def optimised(
    model: Any,
    optimisers: list[torch.optim.Optimizer],
    phase: Phase,
    pictures: int,
    loss_of: Callable[[Tensor], Tensor],
    order: Callable[[], Iterator[Tensor]],
    say: Callable[[str], None],
) -> None:
    """Warm-up and cosine decay over the phase's epochs."""
    total = phase.epochs * (pictures // phase.batch)
    warm = min(200, total // 10)

    def shape(step: int) -> float:
        return (step + 1) / warm if step < warm else 0.5 * (1 + math.cos(math.pi * (step - warm) / (total - warm)))

    schedules = [torch.optim.lr_scheduler.LambdaLR(one, shape) for one in optimisers]
    started = time.process_time()
    for epoch in range(phase.epochs):
        model.train()
        losses = []
        for batch in order():
            loss = loss_of(batch)
            model.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for moving in (*optimisers, *schedules):
                moving.step()
            losses.append(float(loss.detach()))
        spent = time.process_time() - started
        say(f"epoch {epoch + 1}/{phase.epochs}: loss {np.mean(losses):.3f}, {spent:.0f} s of processor time")
    model.eval()


def train_classifier(model: Any, data: Pictures, phase: Phase, seed: int, say: Callable[[str], None]) -> None:
    """Cross-entropy with a little label smoothing."""
    generator, where = seeded(seed), device()
    images, label = torch.from_numpy(data.images), torch.from_numpy(data.label)
    model.to(where)

    def loss_of(rows: Tensor) -> Tensor:
        logits = model(pixel_values=augmented(images[rows], generator).to(where)).logits
        return functional.cross_entropy(logits, label[rows].to(where), label_smoothing=0.05)

    def order() -> Iterator[Tensor]:
        return batches(len(images), phase.batch, generator)

    optimised(model, adamw(model, phase.rate), phase, len(images), loss_of, order, say)
    model.cpu()


def embed_images(model: Any, images: np.ndarray) -> Tensor:
    """CLIP's unit vectors of pictures."""
    with torch.inference_mode():
        parts = [
            functional.normalize(model.get_image_features(pixel_values=plain(part)).pooler_output, dim=-1)
            for part in torch.from_numpy(images).split(256)
        ]
    return torch.cat(parts)


def recall_of(model: Any, data: Pictures) -> float:
    """Mean recall over classes of a classifier."""
    with torch.inference_mode():
        logits = torch.cat(
            [model(pixel_values=plain(part)).logits for part in torch.from_numpy(data.images).split(256)]
        )
    return mean_recall(logits.argmax(1).numpy(), data.label)


def zero_shot_recall(model: Any, words: Any, texts: list[str], data: Pictures) -> float:
    """Mean recall over classes of CLIP, by the most similar synset text."""
    ids = words(texts, truncation=True, max_length=TOKENS, padding=True, return_tensors="pt")
    with torch.inference_mode():
        text = functional.normalize(model.get_text_features(**ids).pooler_output, dim=-1)
    return mean_recall((embed_images(model, data.images) @ text.T).argmax(1).numpy(), data.label)


def mean_recall(found: np.ndarray, label: np.ndarray) -> float:
    """Mean over classes of the share found right; pictures of no class are left out."""
    return float(np.mean([(found[label == one] == one).mean() for one in np.unique(label[label >= 0])]))
