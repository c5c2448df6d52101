"""Train the embedded models of the mini-web from a seed:  python scripts/train_mini_web.py [--out FOLDER] [NAMES]

Writes safetensors in half precision, tokenizer, image processor and MODEL_CARD.md. Runs on a GPU where there is
one; on two cores it takes less than an hour.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mini_web import architectures, training
from mini_web.card import write_card
from mini_web.pictures import SEED, Pictures, annotated, pairs

from laionet.causal.senses import CLASS_SOURCE
from laionet.vocab import load_classes

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "src" / "laionet" / "data" / "mini_web_models"
#: Strength of the image link of the annotators whose pictures classifiers learn from.
STRENGTH = 0.8
PER_CLASS, N_PAIRS = 220, 26_000
SETTINGS: dict[str, dict[str, float]] = {
    "clip": {"epochs": 14, "rate": 1.2e-3},
    "resnet": {"epochs": 24, "rate": 3e-3},
    "vit": {"epochs": 36, "rate": 1e-3},
    "convnext": {"epochs": 28, "rate": 2e-3},
    "beit": {"epochs": 36, "rate": 1e-3},
}


def main() -> None:
    """Train what was named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(SETTINGS), help="clip, resnet, vit, convnext, beit")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--cache", type=Path, default=ROOT / "out" / "mini-web-training")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="a few steps on few pictures, to see that it runs")
    options = parser.parse_args()
    held_out = held_out_pictures(options.cache, options.quick)
    for name in options.names:
        scores = train(name, options, held_out)
        (options.out / name / "scores.json").write_text(json.dumps(scores, indent=2, sort_keys=True) + "\n")
        print(f"{name}: {scores}", flush=True)
    write_card(options.out, SETTINGS, SEED, STRENGTH, PER_CLASS, N_PAIRS)


def held_out_pictures(cache: Path, quick: bool) -> dict[str, Pictures]:
    """Pictures that no model learns from: as the web has them, and as annotators choose them."""
    web = pairs(5_000_000, 400 if quick else 4_000, cache)
    kept = np.flatnonzero(web.label >= 0)
    shown = Pictures(web.images[kept], [web.captions[i] for i in kept], web.label[kept])
    return {"web": shown, "annotated": annotated(6_000_000, 4 if quick else 40, STRENGTH, cache)}


def train(name: str, options: Any, held_out: dict[str, Pictures]) -> dict[str, Any]:
    """Train one model, save it, and score it as saved."""
    started, settings = time.monotonic(), SETTINGS[name]
    epochs = 1 if options.quick else int(settings["epochs"])
    how = {"epochs": epochs, "rate": settings["rate"], "seed": options.seed, "say": _say(name)}
    torch.manual_seed(options.seed)
    folder = options.out / name
    texts = load_classes(CLASS_SOURCE).texts()
    if name == "clip":
        data = pairs(0, 600 if options.quick else N_PAIRS, options.cache)
        words = architectures.tokenizer([*data.captions, *texts])
        model: Any = architectures.clip(words)
        training.train_clip(model, words, data, **how)
        words.save_pretrained(folder)
    else:
        data = annotated(1_000_000, 6 if options.quick else PER_CLASS, STRENGTH, options.cache)
        model = architectures.classifier(name)
        training.train_classifier(model, data, **how)
    model.half().save_pretrained(folder)
    architectures.save_processor(name, folder)
    minutes = (time.monotonic() - started) / 60
    model = model.float()
    if name == "clip":
        scores = {kind: training.zero_shot_recall(model, words, texts, held_out[kind]) for kind in held_out}
    else:
        scores = {kind: training.recall_of(model, held_out[kind]) for kind in held_out}
    weights = sum(p.numel() for p in model.parameters())
    return {
        "recall": {kind: round(score, 4) for kind, score in scores.items()},
        "weights": weights,
        "pictures": len(data.images),
        "epochs": epochs,
        "minutes": round(minutes, 1),
        "device": str(training.device()),
    }


def _say(name: str) -> Any:
    return lambda text: print(f"{name}: {text}", flush=True)


if __name__ == "__main__":
    main()
