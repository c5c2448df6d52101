"""Training loops: contrastive for CLIP, cross-entropy for classifiers; a seed decides all on a processor."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mini_web.architectures import SIDE, TOKENS
from mini_web.pictures import STORED, Pictures


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


def optimised(
    model: Any,
    epochs: int,
    steps: int,
    rate: float,
    loss_of: Callable[[Tensor], Tensor],
    order: Any,
    say: Callable[[str], None],
) -> None:
    """AdamW with warm-up and cosine decay over ``epochs`` of ``steps`` batches."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98))
    total, warm = epochs * steps, min(200, epochs * steps // 10)

    def shape(step: int) -> float:
        return (step + 1) / warm if step < warm else 0.5 * (1 + math.cos(math.pi * (step - warm) / (total - warm)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, shape)
    started = time.monotonic()
    for epoch in range(epochs):
        model.train()
        losses = []
        for batch in order():
            loss = loss_of(batch)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            losses.append(float(loss.detach()))
        say(f"epoch {epoch + 1}/{epochs}: loss {np.mean(losses):.3f}, {time.monotonic() - started:.0f} s")
    model.eval()


def train_classifier(
    model: Any, data: Pictures, *, epochs: int, rate: float, seed: int, batch: int, say: Callable[[str], None]
) -> None:
    """Cross-entropy with a little label smoothing."""
    generator, where = seeded(seed), device()
    images, label = torch.from_numpy(data.images), torch.from_numpy(data.label)
    model.to(where)

    def loss_of(rows: Tensor) -> Tensor:
        logits = model(pixel_values=augmented(images[rows], generator).to(where)).logits
        return functional.cross_entropy(logits, label[rows].to(where), label_smoothing=0.05)

    steps = len(images) // batch
    optimised(model, epochs, steps, rate, loss_of, lambda: batches(len(images), batch, generator), say)
    model.cpu()


def train_clip(
    model: Any,
    words: Any,
    data: Pictures,
    *,
    epochs: int,
    rate: float,
    seed: int,
    batch: int,
    say: Callable[[str], None],
    balanced: bool = False,
) -> None:
    """CLIP's symmetric contrastive loss. In large batches of 24 classes many negatives are wrong ones.

    ``balanced`` shows pages more often whose captions hold words for rare kinds of pictures, as training sets of
    CLIP are balanced over words (Xu et al. 2024, MetaCLIP).

    Captions lose some tokens and gain random ones, so that words that no caption has (a synset's definition has
    some) are met in training as what says nothing.
    """
    generator, where = seeded(seed), device()
    images = torch.from_numpy(data.images)
    ids = words(data.captions, truncation=True, max_length=TOKENS)["input_ids"]
    rng = np.random.default_rng(seed)
    model.to(where)

    def loss_of(rows: Tensor) -> Tensor:
        tokens = noisy([ids[int(i)] for i in rows], len(words), words, rng).to(where)
        out = model(input_ids=tokens, pixel_values=augmented(images[rows], generator).to(where))
        goal = torch.arange(len(rows), device=where)
        logits = out.logits_per_text
        return (functional.cross_entropy(logits, goal) + functional.cross_entropy(logits.T, goal)) / 2

    rare = [any(word in caption.lower() for word in RARE) for caption in data.captions]
    weights = torch.where(torch.tensor(rare), 3.0, 1.0) if balanced else None
    steps = len(images) // batch
    optimised(model, epochs, steps, rate, loss_of, lambda: batches(len(images), batch, generator, weights), say)
    model.cpu()


#: Words for kinds of pictures that models of 64 pixels find hardest.
RARE = ("sketch", "drawing", "line art", "icon", "vector")


def train_words(
    model: Any,
    words: Any,
    data: Pictures,
    *,
    epochs: int,
    rate: float,
    seed: int,
    batch: int,
    say: Callable[[str], None],
) -> None:
    """CLIP's image tower alone: say which tokens the caption holds (Joulin et al. 2016), then forget how.

    Cross-entropy of a linear head over the vocabulary against equal shares for the caption's tokens. It teaches
    the tower what is on a picture in a tenth of the pictures that contrast needs from the start, and as CLIP
    itself it sees nothing but pages.
    """
    generator, where = seeded(seed), device()
    images = torch.from_numpy(data.images)
    goals = torch.zeros(len(images), len(words))
    for row, ids in enumerate(words(data.captions, truncation=True, max_length=TOKENS)["input_ids"]):
        goals[row, ids[1:-1]] = 1 / max(len(set(ids[1:-1])), 1)
    head = torch.nn.Linear(model.config.vision_config.hidden_size, len(words))
    both = torch.nn.ModuleList([model.vision_model, head]).to(where)

    def loss_of(rows: Tensor) -> Tensor:
        seen = model.vision_model(pixel_values=augmented(images[rows], generator).to(where)).pooler_output
        return functional.cross_entropy(head(seen), goals[rows].to(where))

    steps = len(images) // batch
    optimised(both, epochs, steps, rate, loss_of, lambda: batches(len(images), batch, generator), say)
    model.cpu()


def noisy(rows: list[list[int]], vocabulary: int, words: Any, rng: np.random.Generator) -> Tensor:
    """Token ids (n, length), padded with the end token: one in ten tokens lost, some random ones put in."""
    changed = []
    for row in rows:
        inner = [token for token in row[1:-1] if rng.random() > 0.1] or row[1:-1]
        if rng.random() < 0.6:
            for _ in range(int(rng.integers(1, 14))):
                inner.insert(int(rng.integers(0, len(inner) + 1)), int(rng.integers(2, vocabulary)))
        changed.append([words.bos_token_id, *inner[: TOKENS - 2], words.eos_token_id])
    longest = max(map(len, changed))
    return torch.tensor([row + [words.eos_token_id] * (longest - len(row)) for row in changed])


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
