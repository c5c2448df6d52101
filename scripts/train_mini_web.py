"""Train the embedded models of the mini-web from a seed:  python scripts/train_mini_web.py [--out FOLDER] [NAMES]

Writes safetensors in half precision, tokenizer, image processor and MODEL_CARD.md. Runs on a GPU where there is
one; on two cores it takes less than an hour.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mini_web import architectures, contrast, training
from mini_web.card import write_card
from mini_web.pictures import SEED, Pictures, annotated, pairs
from mini_web.training import Phase

from laionet.causal.senses import CLASS_SOURCE
from laionet.vocab import load_classes

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "src" / "laionet" / "data" / "mini_web_models"
#: Strength of the image link of the annotators whose pictures classifiers learn from.
STRENGTH = 0.8
PER_CLASS, N_PAIRS = 220, 26_000
#: For each model its phases. A later phase begins with the weights that the one before it saved.
PHASES: dict[str, tuple[Phase, ...]] = {
    "clip": (
        Phase("words", 30, 64, 3e-3, patches=24),
        Phase("captions", 3, 128, 2e-3, patches=32),
        Phase("both", 6, 128, 8e-4),
    ),
    "resnet": (Phase("classes", 24, 64, 3e-3),),
    "vit": (Phase("classes", 30, 64, 1e-3),),
    "convnext": (Phase("classes", 30, 64, 2e-3),),
    "beit": (Phase("classes", 30, 64, 1e-3),),
}


def main() -> None:
    """Train what was named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(PHASES), help="clip, resnet, vit, convnext, beit")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--cache", type=Path, default=ROOT / "out" / "mini-web-training")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--draw", action="store_true", help="draw the pictures to learn from, and train nothing")
    parser.add_argument("--phase", type=int, default=1, help="begin with this phase, from saved weights")
    parser.add_argument("--quick", action="store_true", help="a few steps on few pictures, to see that it runs")
    options = parser.parse_args()
    held_out = held_out_pictures(options.cache, options.quick)
    if options.draw:
        for name in ("clip", "resnet"):
            material(name, options)
        return
    for name in options.names:
        scores = train(name, options, held_out)
        (options.out / name / "scores.json").write_text(json.dumps(scores, indent=2, sort_keys=True) + "\n")
        print(f"{name}: {scores}", flush=True)
    write_card(options.out, PHASES, SEED, STRENGTH, PER_CLASS, N_PAIRS)


def held_out_pictures(cache: Path, quick: bool) -> dict[str, Pictures]:
    """Pictures that no model learns from: as the web has them, and as annotators choose them."""
    web = pairs(5_000_000, 400 if quick else 4_000, cache)
    kept = np.flatnonzero(web.label >= 0)
    shown = Pictures(web.images[kept], [web.captions[i] for i in kept], web.label[kept])
    return {"web": shown, "annotated": annotated(6_000_000, 4 if quick else 40, STRENGTH, cache)}


def train(name: str, options: Any, held_out: dict[str, Pictures]) -> dict[str, Any]:
    """Train one model phase by phase, save it after each, and score it as saved."""
    data, words, make = material(name, options)
    model: Any = None
    before = read_scores(options.out / name) if options.phase > 1 else {}
    minutes = float(before.get("minutes", 0))
    for number, phase in list(enumerate(PHASES[name], 1))[options.phase - 1 :]:
        started = time.monotonic()
        torch.manual_seed(options.seed)
        model = make() if number == 1 else type(make()).from_pretrained(options.out / name, dtype=torch.float32)
        now = replace(phase, epochs=1) if options.quick else phase
        how = {"phase": now, "seed": options.seed + number - 1, "say": _say(f"{name}, phase {number}")}
        if name == "clip":
            contrast.train_clip(model, words, data, **how)
        else:
            training.train_classifier(model, data, **how)
        save(name, model, words, options.out / name)
        minutes += (time.monotonic() - started) / 60
    model = type(model).from_pretrained(options.out / name, dtype=torch.float32).eval()
    return {
        "recall": {kind: round(recall(name, model, words, shown), 4) for kind, shown in held_out.items()},
        "weights": sum(p.numel() for p in model.parameters()),
        "pictures": len(data.images),
        "epochs": 1 if options.quick else sum(phase.epochs for phase in PHASES[name]),
        "minutes": round(minutes, 1),
        "device": str(training.device()),
    }


def material(name: str, options: Any) -> tuple[Pictures, Any, Callable[[], Any]]:
    """What a model learns from, its tokenizer if any, and what makes it anew."""
    if name != "clip":
        data = annotated(1_000_000, 6 if options.quick else PER_CLASS, STRENGTH, options.cache)
        return data, None, lambda: architectures.classifier(name)
    data = pairs(0, 600 if options.quick else N_PAIRS, options.cache)
    words = architectures.tokenizer([*data.captions, *load_classes(CLASS_SOURCE).texts()])
    return data, words, lambda: architectures.clip(words)


def save(name: str, model: Any, words: Any, folder: Path) -> None:
    """Weights in half precision, what prepares pictures, and the tokenizer if any."""
    model.half().save_pretrained(folder)
    architectures.save_processor(name, folder)
    if words is not None:
        words.save_pretrained(folder)


def recall(name: str, model: Any, words: Any, shown: Pictures) -> float:
    """Mean recall over the classes."""
    if name == "clip":
        return training.zero_shot_recall(model, words, load_classes(CLASS_SOURCE).texts(), shown)
    return training.recall_of(model, shown)


def read_scores(folder: Path) -> dict[str, Any]:
    """The scores of an earlier phase."""
    path = folder / "scores.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def _say(name: str) -> Any:
    return lambda text: print(f"{name}: {text}", flush=True)


if __name__ == "__main__":
    main()
