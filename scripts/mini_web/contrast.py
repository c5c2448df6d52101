"""How the embedded CLIP learns from pages: first which words a caption holds, then which picture it goes with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mini_web.architectures import TOKENS
from mini_web.pictures import Pictures
from mini_web.training import Phase, augmented, batches, device, muon, optimised, seeded

#: Words for kinds of pictures that models of 64 pixels find hardest.
RARE = ("sketch", "drawing", "line art", "icon", "vector")


def train_clip(
    model: Any, words: Any, data: Pictures, phase: Phase, seed: int, say: Callable[[str], None]
) -> None:
    """One phase: "words" for the image tower, "captions" for the text tower beside it, or "both".

    Pages are shown more often whose captions hold words for rare kinds of pictures, as training sets of CLIP are
    balanced over words (Xu et al. 2024, MetaCLIP).
    """
    generator = seeded(seed)
    model.to(device()).requires_grad_(True)
    ids = words(data.captions, truncation=True, max_length=TOKENS)["input_ids"]
    learner, loss = (_words if phase.what == "words" else _contrast)(model, words, ids, phase, seed)
    images = torch.from_numpy(data.images)
    rare = [any(word in caption.lower() for word in RARE) for caption in data.captions]
    weights = torch.where(torch.tensor(rare), 3.0, 1.0)

    def loss_of(rows: Tensor) -> Tensor:
        return loss(rows, augmented(images[rows], generator).to(device()))

    def order() -> Iterator[Tensor]:
        return batches(len(images), phase.batch, generator, weights)

    with fewer_patches(model.vision_model, phase.patches, generator):
        optimised(learner, muon(learner, phase.rate), phase, len(images), loss_of, order, say)
    model.requires_grad_(True).cpu()


Loss = Callable[[Tensor, Tensor], Tensor]


def _words(model: Any, words: Any, ids: list[list[int]], phase: Phase, seed: int) -> tuple[Any, Loss]:
    """The image tower says which tokens the caption holds (Joulin et al. 2016), by a head that is then forgotten.

    Cross-entropy over the vocabulary against the caption's tokens, weighed by how rare they are (Huang et al.
    2024, SuperClass). It teaches the tower what is on a picture in a tenth of the pictures that contrast needs
    from the start, and as CLIP itself it sees nothing but pages.
    """
    goals = torch.zeros(len(ids), len(words))
    for row, tokens in enumerate(ids):
        goals[row, tokens[1:-1]] = 1
    goals *= torch.log(len(ids) / (1 + goals.sum(0))).clamp(min=0)
    goals /= goals.sum(1, keepdim=True).clamp(min=1e-6)
    head = torch.nn.Linear(model.config.vision_config.hidden_size, len(words)).to(device())

    def loss(rows: Tensor, pictures: Tensor) -> Tensor:
        seen = model.vision_model(pixel_values=pictures).pooler_output
        return functional.cross_entropy(head(seen), goals[rows].to(device()))

    return torch.nn.ModuleList([model.vision_model, head]), loss


def _contrast(model: Any, words: Any, ids: list[list[int]], phase: Phase, seed: int) -> tuple[Any, Loss]:
    """CLIP's symmetric contrastive loss; for "captions" with a locked image tower (Zhai et al. 2022, LiT).

    Captions lose some tokens and gain random ones, so that words that no caption has (a synset's definition has
    some) are met in training as what says nothing.
    """
    rng = np.random.default_rng(seed)
    model.vision_model.requires_grad_(phase.what == "both")

    def loss(rows: Tensor, pictures: Tensor) -> Tensor:
        tokens = noisy([ids[int(i)] for i in rows], len(words), words, rng).to(device())
        logits = model(input_ids=tokens, pixel_values=pictures).logits_per_text
        goal = torch.arange(len(rows), device=logits.device)
        return (functional.cross_entropy(logits, goal) + functional.cross_entropy(logits.T, goal)) / 2

    return model, loss


@contextmanager
def fewer_patches(tower: Any, count: int | None, generator: torch.Generator) -> Iterator[None]:
    """While it lasts, the image tower sees ``count`` patches of a picture (Li et al. 2023, FLIP); all if None.

    Which ones is chance, and the likelier the more there is to see on them: a patch of plain background says
    less than one with a part of the thing.
    """
    if count is None:
        yield
        return

    def some(_: Any, inputs: tuple[Any, ...], output: Tensor) -> Tensor:
        side = tower.config.patch_size
        contrast = functional.unfold(inputs[0], side, stride=side).std(1).cpu() + 0.02
        # Adding Gumbel noise to logarithms and taking the largest draws by weight without replacement.
        chance = torch.rand(contrast.shape, generator=generator).clamp(1e-6, 1 - 1e-6)
        kept = (contrast.log() - (-chance.log()).log()).topk(count, dim=1).indices + 1
        kept = torch.cat([torch.zeros(len(kept), 1, dtype=torch.long), kept], dim=1).to(output.device)
        return output.gather(1, kept[..., None].expand(-1, -1, output.shape[2]))

    hook = tower.embeddings.register_forward_hook(some)
    try:
        yield
    finally:
        hook.remove()


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
