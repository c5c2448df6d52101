"""Small datasets for tests: classes, rows, a manifest as a run writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from laionet.dataset import write_folder
from laionet.recipe import Recipe
from laionet.schema import DATASET


@dataclass(frozen=True)
class Klass:
    wnid: str
    name: str
    lemmas: tuple[str, ...]
    definition: str


CLASSES = (
    Klass("n02110185", "siberian_husky.n.01", ("Siberian husky",), "breed of sled dog"),
    Klass("n02012849", "crane.n.05", ("crane",), "large long-necked wading bird"),
    Klass("n03126707", "crane.n.04", ("crane", "hoist, big"), "lifts and moves heavy objects"),
    Klass("n01440764", "tench.n.01", ("tench", "Tinca tinca"), "freshwater dace-like game fish"),
    Klass("n02077923", "sea_lion.n.01", ("sea_lion",), "any of several large eared seals"),
)

HOSTILE = (
    "<script>alert(1)</script>",
    "a | b `c` ```\n# head\n---\n{{ 7*7 }} {% raw %}",
    "x\x00y \"quoted\" 'single' \\ back </td></table>",
    "[click](javascript:alert(1)) ![img](http://evil.example/x.png) <img src=x onerror=alert(1)>",
    "*bold* _under_ ~~gone~~ &lt;b&gt; $m$ https://evil.example www.evil.example \u202egnp \u2028 \u2029 end",
)


def rows(
    n: int = 10,
    first: int = 0,
    captions: tuple[str, ...] = (),
    classes: Sequence[Klass] = CLASSES,
    **columns: list[Any],
) -> pa.Table:
    """``n`` rows; of class 0, 1 and 3 in turn. Columns given replace the made ones."""
    numbers = range(first, first + n)
    labels = columns.get("label", [(0, 1, 3)[i % 3] for i in numbers])
    made: dict[str, list[Any]] = {
        "file": ["part-00.parquet"] * n,
        "row": list(numbers),
        "laion_row": [100_000_000 + i for i in numbers],
        "caption": [captions[i % len(captions)] if captions else f"caption {i}" for i in numbers],
        "url": [f"http://example.org/{i}.jpg" for i in numbers],
        "nsfw": ["UNLIKELY"] * n,
        "punsafe": [None] * n,
        "nsfw_score": [None] * n,
        "width": [640 + i if i % 2 else None for i in numbers],
        "height": [480] * n,
        "image_text_similarity": [0.3] * n,
        "wnid": [classes[label].wnid for label in labels],
        "lemmas": [list(classes[label].lemmas[:1]) for label in labels],
        "found_by": [["paper"]] * n,
        "n_classes": [1] * n,
        "similarity": [0.5 + (i % 40) / 100 for i in numbers],
        "truncated": [False] * n,
        "label": labels,
    }
    return pa.table({**made, **columns}, schema=DATASET)


def manifest(**changes: Any) -> dict[str, Any]:
    """A manifest as a run writes it, before the dataset part; a change to ``None`` takes a part out."""
    recipe = Recipe.model_validate({"name": "huskies & cranes", "select": {"threshold": 0.5, "top_k": 50}})
    whole: dict[str, Any] = {
        "laionet": "0.1.0",
        "name": recipe.name,
        "recipe": recipe.settings(),
        "recipe_digest": recipe.digest(),
        "seed": 0,
        "versions": {"python": "3.11.4", "pyarrow": "26.0.1"},
        "corpus": {
            "layout": "laion400m",
            "safety": ["nsfw"],
            "files": [
                {"name": "part-00.parquet", "size": 1_234_567, "fingerprint": "ab12cd", "rows": 100_000},
                {"name": "part-01.parquet", "size": 7_654_321, "fingerprint": "ef34ab", "rows": 90_000},
            ],
            "set_aside": [{"file": "part-02.parquet", "reason": "not a parquet file"}],
        },
        "classes": {
            "source": "imagenet1k",
            "policy": "unique-in-list",
            "digest": "00ff",
            "classes": len(CLASSES),
            "lemmas": 6,
            "without_lemma": ["n03126707"],
            "ambiguous": ["crane", "tench"],
        },
        "encoder": {
            "name": "openai/clip-vit-base-patch32",
            "kind": "clip",
            "dim": 512,
            "max_tokens": 77,
            "precision": "fp32",
            "digest": "53aa51",
        },
        "stages": _stages(),
        "threshold": {"chosen": 0.5, "suggested": 0.62},
    }
    return {key: value for key, value in {**whole, **changes}.items() if value is not None}


def _stages() -> list[dict[str, Any]]:
    return [
        {
            "name": "match",
            "unit": "captions",
            "rows_in": 190_000,
            "kept": 9_000,
            "rows_out": 9_400,
            "dropped": {"no_lemma": 180_900, "no_caption": 100},
            "dropped_by_class": {},
            "counts": {},
            "shards": 2,
            "set_aside": [{"shard": "00007", "error": "the file ends early"}],
        },
        {
            "name": "score",
            "unit": "candidates",
            "rows_in": 9_400,
            "kept": 9_400,
            "rows_out": 9_400,
            "dropped": {},
            "dropped_by_class": {},
            "counts": {"encoded": 9_000, "truncated": 12},
            "shards": 2,
            "set_aside": [],
        },
        {
            "name": "select",
            "unit": "candidates",
            "rows_in": 9_400,
            "kept": 40,
            "rows_out": 40,
            "dropped": {
                "below_threshold": 9_000,
                "several_classes": 200,
                "unsafe": 123,
                "safety_unknown": 37,
            },
            "dropped_by_class": {
                "below_threshold": {"n02077923": 90, "n02110185": 8_910},
                "unsafe": {"n02077923": 3, "n02012849": 120},
            },
            "counts": {},
            "shards": 2,
            "set_aside": [],
        },
    ]


def write(folder: Path, *parts: pa.Table, **changes: Any) -> dict[str, Any]:
    """Write a dataset of these parts, by default ten rows."""
    options = {key: changes.pop(key) for key in ("rows_per_file", "extra") if key in changes}
    return write_folder(folder, iter(parts or (rows(),)), CLASSES, manifest(**changes), **options)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, by its name."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
