"""The card of the embedded models: what they are, how they were made, how good they are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import torch
import transformers

_HEAD = """# Embedded models of the mini-web

Small models of the real architectures (transformers' `CLIPModel`, `ResNet-`, `ViT-`, `ConvNext-` and
`BeitForImageClassification`), trained on laionet's mini-web alone. They exist so that the whole job runs with no
download, through the same code as real checkpoints: `mini-web/clip`, `mini-web/resnet`, `mini-web/vit`,
`mini-web/convnext`, `mini-web/beit`. **They know 24 classes of drawings and nothing of photographs: on real
images their numbers mean nothing.**

- **Data.** Web of seed {seed}, which no demo uses. CLIP: {pairs:,} pages, picture and caption as the web has
  them, with captions of other senses, wrong pictures and noise. Classifiers: {per_class} pictures of each class
  that simulated annotators chose with an image link of strength {strength}; they never see what annotators
  turn down, as ImageNet's never did.
- **Training.** `make models`, seed 0: AdamW, cosine decay, random crops, mirroring and light, 64 pixels a side,
  batches of 64. CLIP (with Muon for hidden matrices, and pages of sketches and icons shown more often): its image
  tower learns to say which words the caption holds, from 24 of 64 patches of a picture; its text tower learns
  which picture a caption goes with, tokens lost and put in at random; then both do, at last from whole pictures.
  Weights are stored in half precision as safetensors.
- **Scores.** Mean recall over the 24 classes on pictures that no model saw: 4,000 pages as the web has them, and
  40 a class as annotators chose them. CLIP classifies by the synset texts, "name which is definition".

| model | weights | pictures | epochs | recall, web | recall, annotated | minutes | on |
|---|---|---|---|---|---|---|---|
"""


def write_card(
    out: Path,
    names: Iterable[str],
    seed: int,
    strength: float,
    per_class: int,
    n_pairs: int,
) -> None:
    """Write ``MODEL_CARD.md`` from the scores beside each model."""
    text = _HEAD.format(seed=seed, pairs=n_pairs, per_class=per_class, strength=strength)
    for name in names:
        path = out / name / "scores.json"
        if not path.exists():
            continue
        s = json.loads(path.read_text())
        cells = [name, f"{s['weights']:,}", f"{s['pictures']:,}", str(s["epochs"])]
        cells += [f"{s['recall'][kind]:.3f}" for kind in ("web", "annotated")]
        text += f"| {' | '.join([*cells, str(s['minutes']), s['device']])} |\n"
    text += f"\nMade with torch {torch.__version__} and transformers {transformers.__version__}.\n"
    (out / "MODEL_CARD.md").write_text(text, encoding="utf-8")
