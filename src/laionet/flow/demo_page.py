"""What the demo's page says and shows."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from laionet.causal.web import Web
from laionet.flow.comparing import Described
from laionet.flow.folder import RunFolder
from laionet.flow.manifest import IMAGE_HALF, TEXT_HALF, stage_part
from laionet.images import decode
from laionet.images.pictures import open_pictures
from laionet.report.comparison import Strip, comparison_page
from laionet.report.words import count, number
from laionet.schema import Drop

#: Classes shown side by side, pictures of each, and pixels of their sides.
CLASSES, PICTURES, PIXELS = 10, 6, 96


def demo_page(out: Path, document: Mapping[str, Any], web: Web, both: tuple[Described, Described]) -> str:
    """The page of a demo whose comparison is ``document``."""
    folder = RunFolder(out / "by-caption")
    stages = [stage_part(name, folder) for name in (*TEXT_HALF, *IMAGE_HALF) if folder.reports(name)]
    return comparison_page(
        document,
        title="The same classes, chosen by caption and chosen by sight",
        introduction=_introduction(document, stages),
        strips=_strips(out, both, int(document["demo"]["seed"])),
        funnel=stages,
        truth=_truth(document),
        made=_made(document, folder),
    )


def _introduction(document: Mapping[str, Any], stages: list[dict[str, Any]]) -> list[str]:
    caption, annotators = document["datasets"]
    pages = stages[0]["rows_in"]
    return [
        f"A small simulated web shows {count(caption['classes'], 'ImageNet class')} in photographs, sketches, "
        f"icons, toys and paintings. From {number(pages)} of its pages laionet chose "
        f"{number(caption['images'])} pictures by their captions alone, as the paper made LAIONet. From other "
        "pages of the same web, simulated annotators who saw the pictures chose "
        f"{number(annotators['images'])}, as people made ImageNet.",
        "Both were described by the same models: classifiers trained on pictures that annotators chose, and a "
        "CLIP trained on pages and their captions. This is what they say; all numbers are computed from pictures.",
    ]


def _truth(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    truth = document["truth"]
    caption, annotators = truth["by_caption"], truth["by_annotators"]
    return [
        (
            "image link",
            f"strength {truth['strength']:g} of 1: how far annotators prefer the stereotypical picture. With 0 "
            "they mark every picture of the class alike; try laionet demo --strength 0.",
        ),
        (
            "typicality",
            f"mean {caption['typicality']:.2f} of 1 where captions chose, {annotators['typicality']:.2f} where "
            f"annotators did, {truth['web']['typicality']:.2f} on the web. It is known because every picture is "
            "drawn from causes that are kept beside it.",
        ),
        ("right class", f"{100 * caption['right']:.1f} % of the pictures chosen by caption show their class."),
        ("selection frequency", f"{annotators['frequency']:.2f} on average: workers of ten who marked a picture."),
    ]


def _made(document: Mapping[str, Any], folder: RunFolder) -> list[tuple[str, str]]:
    demo = document["demo"]
    recipe = folder.recipe()
    models = ", ".join(dict.fromkeys((*recipe.describe.encoders, *recipe.describe.classifiers)))
    return [
        ("corpus", f"{number(demo['rows'])} pages of the mini-web of seed {demo['seed']}, LAION-400M's layout"),
        (
            "selection",
            f"lemma in the caption, similarity above {recipe.select.threshold:g} ({recipe.score.encoder})",
        ),
        ("annotators", f"candidates from {number(demo['pool'])} other pages, up to {demo['per_class']} a class"),
        ("models", f"{models}: trained on the mini-web alone, see their model card"),
        ("recipe", "by-caption/recipe.toml, by-annotators/recipe.toml"),
        ("numbers", "comparison.json; counts and reasons in by-caption/manifest.json"),
    ]


def _strips(out: Path, both: tuple[Described, Described], seed: int) -> list[Strip]:
    """Pictures of some classes, drawn at random from what was described."""
    rng = np.random.default_rng([seed, 0x57121])
    classes = both[0].classes
    common = np.intersect1d(both[0].label, both[1].label)
    labels = np.sort(rng.permutation(common)[:CLASSES])
    wanted = [_drawn_samples(one, labels, rng) for one in both]
    sources = (out / "by-caption", "laionet"), (out / "annotated" / "pictures.parquet", "parquet")
    found = [
        dict(_thumbnails(where, layout, both[0], {sample for some in samples.values() for sample in some}))
        for (where, layout), samples in zip(sources, wanted, strict=True)
    ]
    return [
        Strip(
            classes[int(label)].text_name,
            *(
                [images[s] for s in samples[label] if s in images]
                for images, samples in zip(found, wanted, strict=True)
            ),
        )
        for label in labels
    ]


def _drawn_samples(one: Described, labels: np.ndarray, rng: np.random.Generator) -> dict[int, list[str]]:
    samples = one.samples
    return {label: list(rng.permutation(samples[one.label == label])[:PICTURES]) for label in labels}


def _thumbnails(where: Path, layout: str, one: Described, samples: set[str]) -> Iterator[tuple[str, bytes]]:
    for shard in open_pictures(where, one.classes, layout=layout).shards():
        for batch in shard.batches():
            for sample, data in zip(
                batch.table["sample"].to_pylist(), batch.table["image"].to_pylist(), strict=True
            ):
                if sample in samples:
                    yield sample, _thumbnail(data)


def _thumbnail(data: bytes) -> bytes:
    picture = decode(data)
    if isinstance(picture, Drop):
        return b""
    picture.image.thumbnail((PIXELS, PIXELS))
    out = io.BytesIO()
    picture.image.save(out, format="JPEG", quality=82)
    return out.getvalue()
