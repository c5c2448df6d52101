"""Image models: beside transformers' own processor and model, on the same JPEG files."""

from __future__ import annotations

import argparse
import io
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tables import Bench, met

ROUNDS = 3
IMAGES = 48
BATCH = 32


def jpegs(count: int) -> list[bytes]:
    """Files of about the size of ImageNet's: 500 x 375 and other shapes, with smooth and fine structure."""
    from PIL import Image

    draw = np.random.default_rng(0)
    shapes = ((375, 500), (500, 375), (333, 500), (480, 640), (600, 800))
    files = []
    for at in range(count):
        height, width = shapes[at % len(shapes)]
        coarse = Image.fromarray(draw.integers(0, 256, (9, 12, 3), dtype=np.uint8)).resize((width, height))
        noisy = np.asarray(coarse) + draw.normal(0, 12, (height, width, 3))
        buffer = io.BytesIO()
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=90)
        files.append(buffer.getvalue())
    return files


def save_models(root: Path) -> list[Path]:
    """Four architectures with random weights: ResNet-18's shape, ViT-tiny's, ConvNeXt-femto's, BEiT-tiny's."""
    import transformers as t

    thousand = {"id2label": {at: f"LABEL_{at}" for at in range(1000)}}
    tiny = {"hidden_size": 192, "num_hidden_layers": 12, "num_attention_heads": 3, "intermediate_size": 768}
    residual = t.ResNetConfig(
        embedding_size=64, hidden_sizes=[64, 128, 256, 512], depths=[2, 2, 2, 2], layer_type="basic", **thousand
    )
    made: list[tuple[Any, Any, Any]] = [
        (t.ResNetForImageClassification, residual, t.ConvNextImageProcessorPil(size={"shortest_edge": 224})),
        (t.ViTForImageClassification, t.ViTConfig(**tiny, **thousand), t.ViTImageProcessorPil()),
        (
            t.ConvNextForImageClassification,
            t.ConvNextConfig(hidden_sizes=[48, 96, 192, 384], depths=[2, 2, 6, 2], **thousand),
            t.ConvNextImageProcessorPil(size={"shortest_edge": 224}),
        ),
        (
            t.BeitForImageClassification,
            t.BeitConfig(**tiny, use_relative_position_bias=True, use_mean_pooling=True, **thousand),
            t.BeitImageProcessorPil(),
        ),
    ]
    folders = []
    for model, config, processor in made:
        folder = root / config.model_type
        model(config).save_pretrained(folder)
        processor.save_pretrained(folder)
        folders.append(folder)
    return folders


def plain_loop(folder: Path) -> Callable[[Sequence[bytes]], np.ndarray]:
    """Decode, the processor, the model; 32 pictures at a time."""
    import torch
    from PIL import Image
    from transformers import AutoImageProcessor, AutoModelForImageClassification

    processor = AutoImageProcessor.from_pretrained(folder)
    model = AutoModelForImageClassification.from_pretrained(folder).eval()

    def run(files: Sequence[bytes]) -> np.ndarray:
        logits = []
        for start in range(0, len(files), BATCH):
            images = [Image.open(io.BytesIO(file)).convert("RGB") for file in files[start : start + BATCH]]
            with torch.no_grad():
                logits.append(model(**processor(images=images, return_tensors="pt")).logits.numpy())
        return np.concatenate(logits)

    return run


def ours(folders: Sequence[Path]) -> Callable[[Sequence[bytes]], list[np.ndarray]]:
    """All models over pictures that are decoded once."""
    from laionet.images import decode
    from laionet.models.image import open_image_model
    from laionet.models.image_model import ImageModels

    models = ImageModels([open_image_model(str(folder), device="cpu") for folder in folders])

    def run(files: Sequence[bytes]) -> list[np.ndarray]:
        return [seen.logits for seen in models.see(files, lambda file: decode(file).image)]

    return run


def measure(rounds: int, count: int) -> dict[str, Any]:
    """Run all contestants ``rounds`` times in turn, on one thread.

    Returns:
        Median seconds by name; medians of each round's ratio; the largest difference of a logit, in units of
        the logits' standard deviation.
    """
    import torch

    torch.set_num_threads(1)
    files = jpegs(count)
    with tempfile.TemporaryDirectory() as root:
        folders = save_models(Path(root))
        loops = [plain_loop(folder) for folder in folders]
        one, four = ours(folders[:1]), ours(folders)
    runs: dict[str, Callable[[Sequence[bytes]], list[np.ndarray]]] = {
        "theirs, one": lambda files: [loops[0](files)],
        "ours, one": one,
        "theirs, four": lambda files: [loop(files) for loop in loops],
        "ours, four": four,
    }
    warm = {name: run(files[:BATCH]) for name, run in runs.items()}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            started = time.perf_counter()
            run(files)
            seconds[name].append(time.perf_counter() - started)
    pairs = zip(warm["theirs, four"], warm["ours, four"], strict=True)
    return {
        "images": count,
        "rounds": rounds,
        "seconds": {name: statistics.median(values) for name, values in seconds.items()},
        "ratio_one": _ratio(seconds["theirs, one"], seconds["ours, one"]),
        "ratio_four": _ratio(seconds["theirs, four"], seconds["ours, four"]),
        "difference": max(float(np.abs(a - b).max() / a.std()) for a, b in pairs),
    }


def run() -> Bench:
    """Measure and return the table."""
    return _table(measure(ROUNDS, IMAGES))


def _ratio(theirs: list[float], ours: list[float]) -> float:
    """Median of the rounds' ratios: both of a round ran side by side."""
    return statistics.median(a / b for a, b in zip(theirs, ours, strict=True))


def _table(found: dict[str, Any]) -> Bench:
    n, seconds = found["images"], found["seconds"]
    bench = Bench(
        "describe: image files to predictions",
        f"{n} JPEG files of 500 x 375 to 800 x 600 pixels, models of 224 pixels in fp32 with random weights, on"
        " one thread, as each worker has where there is one for each core: one model (ResNet-18), and four at"
        " once (with ViT-tiny, ConvNeXt-femto, BEiT-tiny)."
        f" Median of {found['rounds']} rounds in turn; ratios are medians of each round's ratio.",
    )
    for models in ("one", "four"):
        theirs, mine = seconds[f"theirs, {models}"], seconds[f"ours, {models}"]
        loops = "a loop" if models == "one" else "four loops"
        bench.add(f"transformers, {loops} of 32", f"{n / theirs:.1f} images/s", "1")
        bench.add(f"laionet, {models}", f"{n / mine:.1f} images/s", f"{found[f'ratio_{models}']:.2f} x",
                  met(found[f"ratio_{models}"], 1.2, at_least=True))  # fmt: skip
    bench.add("largest difference of a logit, in their standard deviations", f"{found['difference']:.1e}", "",
              met(found["difference"], 1e-4, at_least=False))  # fmt: skip
    return bench


def main() -> None:
    """Print the table; with ``--json``, the figures behind it instead."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.rounds, options.images)
    print(json.dumps(found, indent=1) if options.json else _table(found).markdown())


if __name__ == "__main__":
    main()
