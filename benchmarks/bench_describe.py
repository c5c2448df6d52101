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
EMBEDDED = ("resnet", "vit", "convnext", "beit")


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
    model = AutoModelForImageClassification.from_pretrained(folder, dtype=torch.float32).eval()

    def run(files: Sequence[bytes]) -> np.ndarray:
        logits = []
        for start in range(0, len(files), BATCH):
            images = [Image.open(io.BytesIO(file)).convert("RGB") for file in files[start : start + BATCH]]
            with torch.no_grad():
                logits.append(model(**processor(images=images, return_tensors="pt")).logits.numpy())
        return np.concatenate(logits)

    return run


def save_base(root: Path) -> Path:
    """ViT-B/32's shape with random weights."""
    import transformers as t

    folder = root / "vit-base-patch32"
    config = t.ViTConfig(patch_size=32, id2label={at: f"LABEL_{at}" for at in range(1000)})
    t.ViTForImageClassification(config).save_pretrained(folder)
    t.ViTImageProcessorPil().save_pretrained(folder)
    return folder


def embedded() -> list[Path]:
    """The four classifiers that come with the package, of 64 pixels."""
    from laionet.models.checkpoint import find_checkpoint

    return [find_checkpoint(f"mini-web/{name}") for name in EMBEDDED]


def ours(folders: Sequence[Path], precision: str = "fp32") -> Callable[[Sequence[bytes]], list[np.ndarray]]:
    """All models over pictures that are decoded once."""
    from laionet.images import decode
    from laionet.models.image import open_image_model
    from laionet.models.image_model import ImageModels

    models = ImageModels([open_image_model(str(folder), device="cpu", precision=precision) for folder in folders])

    def run(files: Sequence[bytes]) -> list[np.ndarray]:
        return [seen.logits for seen in models.see(files, lambda file: decode(file).image)]

    return run


def contestants(root: Path) -> dict[str, Callable[[Sequence[bytes]], list[np.ndarray]]]:
    """What is timed, by name; each gives the logits of its models."""
    folders, base, small = save_models(root), save_base(root), embedded()
    loops, own = [plain_loop(folder) for folder in folders], [ours([folder]) for folder in folders]
    small_loops, small_own = [plain_loop(folder) for folder in small], [ours([folder]) for folder in small]
    base_loop = plain_loop(base)
    return {
        "theirs, one": lambda files: [loops[0](files)],
        "ours, one": own[0],
        "theirs, four": lambda files: [loop(files) for loop in loops],
        "runs, four": lambda files: [run(files)[0] for run in own],
        "ours, four": ours(folders),
        "theirs, small": lambda files: [loop(files) for loop in small_loops],
        "runs, small": lambda files: [run(files)[0] for run in small_own],
        "ours, small": ours(small),
        "theirs, base": lambda files: [base_loop(files)],
        "ours, base": ours([base]),
        "bf16, base": ours([base], "bf16"),
    }


def measure(rounds: int, count: int) -> dict[str, Any]:
    """Run all contestants ``rounds`` times in turn, on one thread, by processor time.

    Returns:
        Median seconds by name; ``ratio`` of two names, the median of each round's; the largest difference of a
        logit of the same model, in units of the logits' standard deviation.
    """
    import torch

    torch.set_num_threads(1)
    files = jpegs(count)
    with tempfile.TemporaryDirectory() as root:
        runs = contestants(Path(root))
    warm = {name: run(files[:BATCH]) for name, run in runs.items()}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            started = time.process_time()
            run(files)
            seconds[name].append(time.process_time() - started)
    pairs = [
        (a, b) for of in ("four", "small") for a, b in zip(warm[f"theirs, {of}"], warm[f"ours, {of}"], strict=True)
    ]
    return {
        "images": count,
        "rounds": rounds,
        "seconds": {name: statistics.median(values) for name, values in seconds.items()},
        "ratio": {
            f"{a} / {b}": _ratio(seconds[a], seconds[b])
            for a in runs
            for b in runs
            if a != b and a.split(", ")[1] == b.split(", ")[1]
        },
        "difference": max(float(np.abs(a - b).max() / a.std()) for a, b in pairs),
    }


def run() -> Bench:
    """Measure and return the table."""
    return _table(measure(ROUNDS, IMAGES))


def _ratio(theirs: list[float], ours: list[float]) -> float:
    """Median of the rounds' ratios: both of a round ran side by side."""
    return statistics.median(a / b for a, b in zip(theirs, ours, strict=True))


def _table(found: dict[str, Any]) -> Bench:
    n, seconds, ratio = found["images"], found["seconds"], found["ratio"]
    bench = Bench(
        "describe: image files to predictions",
        f"{n} JPEG files of 500 x 375 to 800 x 600 pixels, in fp32 unless said, processor time of one thread:"
        " ResNet-18's shape of 224 pixels alone; four of 224 pixels at once (with ViT-tiny, ConvNeXt-femto,"
        " BEiT-tiny; random weights), where the models take nine tenths of the time; the four embedded ones of 64"
        " pixels, where reading pictures does; ViT-B/32's shape. Separate runs are laionet's own, one model each."
        f" Median of {found['rounds']} rounds in turn; ratios are medians of each round's ratio.",
    )

    def add(what: str, name: str, beside: str = "", bar: float | None = None) -> None:
        times = ratio[f"{beside} / {name}"] if beside else 1
        bench.add(what, f"{n / seconds[name]:.1f} images/s", f"{times:.2f} x" if beside else "1",
                  "" if bar is None else met(times, bar, at_least=True))  # fmt: skip

    add("transformers, a loop of 32", "theirs, one")
    add("laionet, one", "ours, one", "theirs, one", 1.2)
    for of, title, bar in (("four", "four of 224 pixels", None), ("small", "four embedded", 2)):
        add(f"{title}: transformers, four loops of 32", f"theirs, {of}")
        add(f"{title}: laionet, four separate runs", f"runs, {of}", f"theirs, {of}")
        add(f"{title}: laionet, all at once", f"ours, {of}", f"theirs, {of}", 1.2)
        times = ratio[f"runs, {of} / ours, {of}"]
        bench.add(f"{title}: all at once beside four separate runs", "", f"{times:.2f} x",
                  "" if bar is None else met(times, bar, at_least=True))  # fmt: skip
    add("ViT-B/32: transformers, a loop of 32", "theirs, base")
    add("ViT-B/32: laionet", "ours, base", "theirs, base")
    add("ViT-B/32: laionet, bf16", "bf16, base", "theirs, base")
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
