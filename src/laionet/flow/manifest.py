"""How an output was made: recipe, inputs, versions, counts and reasons. A function of the folder's content."""

from __future__ import annotations

import importlib.metadata
import platform
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from laionet import __version__
from laionet.flow.folder import RunFolder
from laionet.recipe import Recipe
from laionet.shards import read_json, write_json

if TYPE_CHECKING:
    from laionet.corpus import Plan
    from laionet.vocab import ClassList

_PACKAGES = (
    "ahocorasick-rs",
    "numpy",
    "polars",
    "pyarrow",
    "sentence-transformers",
    "tokenizers",
    "torch",
    "transformers",
)
_UNITS = {
    "match": "captions",
    "score": "candidates",
    "select": "candidates",
    "assemble": "candidates",
    "fetch": "samples",
    "read_text": "images",
    "describe": "images",
}

#: Stages of the text half, in order.
TEXT_HALF = ("match", "score", "select", "assemble")
#: And of the image half.
IMAGE_HALF = ("fetch", "read_text", "describe")


def write_manifest(folder: RunFolder, recipe: Recipe, classes: ClassList) -> dict[str, Any]:
    """Write ``manifest.json`` from what the folder holds, and return it."""
    manifest = describe(folder, recipe, classes)
    write_json(folder.path / "manifest.json", manifest)
    return manifest


def set_aside(manifest: dict[str, Any], half: Sequence[str]) -> list[str]:
    """What the stages of a half set aside, one line each; for the text half also files of the corpus."""
    files = manifest["corpus"].get("set_aside", []) if half is TEXT_HALF else []
    return [f"{a['file']}: {a['reason']}" for a in files] + [
        f"{stage['name']} shard {a['shard']}: {a['error']}"
        for stage in manifest["stages"]
        if stage["name"] in half
        for a in stage["set_aside"]
    ]


def describe(folder: RunFolder, recipe: Recipe, classes: ClassList, *, text_half: bool = False) -> dict[str, Any]:
    """The manifest as a dict; parts of stages that have not run are absent.

    ``text_half`` leaves out what is done to images: the dataset's own manifest must not change with it.
    """
    names = TEXT_HALF if text_half else tuple(_UNITS)
    manifest: dict[str, Any] = {
        "laionet": __version__,
        "name": recipe.name,
        "recipe": recipe.text_settings() if text_half else recipe.settings(),
        "recipe_digest": recipe.text_digest() if text_half else recipe.digest(),
        "seed": recipe.seed,
        "versions": {"python": platform.python_version(), **_versions()},
        "corpus": read_json(folder.path / "corpus.json") or {},
        "classes": {
            "source": classes.source,
            "policy": classes.lemma_policy,
            "digest": classes.digest(),
            **classes.report(),
        },
        "stages": [
            stage_part(name, folder) for name in names if folder.stage(name).exists() and folder.reports(name)
        ],
    }
    for part, path in (
        ("threshold", folder.sweep / "summary.json"),
        ("dataset", folder.dataset / "manifest.json"),
    ):
        found = read_json(path)
        if found:
            manifest[part] = found["dataset"] if part == "dataset" else found
    return manifest


def stage_part(name: str, folder: RunFolder) -> dict[str, Any]:
    """Sums over a stage's shards: rows in, kept and out, drops by reason and class, what was set aside."""
    reports = folder.reports(name)
    done = [report for report in reports if report["status"] == "done"]
    by_class: dict[str, Counter[str]] = {}
    for report in done:
        for reason, counts in report["dropped_by_class"].items():
            by_class.setdefault(reason, Counter()).update(counts)
    return {
        "name": name,
        "unit": _UNITS[name],
        "shards": len(reports),
        **{total: sum(report[total] for report in done) for total in ("rows_in", "kept", "rows_out")},
        **{total: _sum(report[total] for report in done) for total in ("dropped", "by_class", "counts")},
        "dropped_by_class": {reason: dict(sorted(counts.items())) for reason, counts in sorted(by_class.items())},
        "set_aside": [
            {"shard": report["name"], "error": report["error"]}
            for report in reports
            if report["status"] == "failed"
        ],
    }


def corpus_part(planned: Plan) -> dict[str, Any]:
    """The corpus as planned: files with layout, safety marks, size, fingerprint; what was set aside and why."""
    layouts = {shard.file.name: shard.layout for shard in planned.shards}
    rows: Counter[str] = Counter()
    for shard in planned.shards:
        rows[shard.file.name] += shard.rows or 0
    files = [
        {
            "name": file.name,
            "size": file.size,
            "fingerprint": file.fingerprint,
            "layout": layouts[file.name].name if file.name in layouts else None,
            "safety": list(layouts[file.name].safety) if file.name in layouts else [],
            # The rows of a text file are known once it has been read: see the reports of match.
            "rows": rows[file.name] if file.kind == "parquet" else None,
        }
        for file in planned.files
    ]
    return {
        "layout": ", ".join(sorted({layout.name for layout in layouts.values()})),
        "columns": {layout.name: dict(layout.columns) for layout in layouts.values()},
        "safety": sorted({mark for layout in layouts.values() for mark in layout.safety}),
        "rows": planned.rows,
        "files": files,
        "shards": [
            {"name": shard.name, "file": shard.file.name, "first_row": shard.first_row, "rows": shard.rows}
            for shard in planned.shards
        ],
        "set_aside": [{"file": file.name, "reason": why} for file, why in planned.set_aside],
    }


def _sum(parts: Any) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return dict(sorted(total.items()))


def _versions() -> dict[str, str]:
    return {package: importlib.metadata.version(package) for package in _PACKAGES}
