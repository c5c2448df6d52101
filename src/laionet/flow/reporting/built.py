"""What one run's folder tells: how many rows each stage read, kept and dropped, its curves, classes, recipe."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from laionet.errors import OutputError
from laionet.flow.comparing.lost import lost_of
from laionet.flow.folder import RunFolder
from laionet.flow.losses import losses
from laionet.flow.manifest import IMAGE_HALF, TEXT_HALF, stage_part
from laionet.flow.run import classes_of
from laionet.shards import read_json
from laionet.vocab import ClassList, load_classes


def run_part(where: Path) -> dict[str, Any]:
    """One run as a report needs it: plain numbers, no rows.

    Args:
        where: folder of a build, or of a described reference dataset.

    Returns:
        - ``name``, ``where``, ``encoder`` of captions, ``threshold``, ``keep_classes``, ``n_classes``.
        - ``stages``: as in the manifest, those that have run.
        - ``curves``: over the threshold, as ``sweep`` counted them; None without a sweep.
        - ``frequencies``: for each class of the list its captions in the dataset; None without a dataset.
        - ``lost``: what the image half lost, as a comparison has it; None where it has not run.
        - ``recipe`` as TOML, ``digest``, ``versions``, ``corpus``, ``classes``: how it was made.

    Raises:
        OutputError: where the folder is no run's.
    """
    folder = RunFolder(where)
    recipe, classes = folder.recipe(), class_list(where)
    manifest = read_json(where / "manifest.json") or {}
    summary = read_json(folder.sweep / "summary.json") or {}
    return {
        "name": recipe.name,
        "where": str(where),
        "encoder": recipe.score.encoder,
        "threshold": recipe.select.threshold,
        "keep_classes": recipe.sweep.keep_classes,
        "n_classes": len(classes),
        "stages": [_without_classes(stage_part(name, folder)) for name in _done(folder)],
        "curves": _curves(folder, summary),
        "frequencies": _frequencies(folder, classes),
        "lost": _lost(where, recipe.name, classes),
        "recipe": (where / "recipe.toml").read_text(encoding="utf-8"),
        "digest": recipe.digest(),
        "versions": manifest.get("versions", {}),
        "corpus": _corpus(manifest.get("corpus", {})),
        "classes": {"source": recipe.classes.source, "policy": classes.lemma_policy, "digest": classes.digest()},
    }


def class_list(where: Path) -> ClassList:
    """The classes of a run: as its folder lists them, for the recipe's own source may be elsewhere by now."""
    listed = where / "classes.csv"
    return load_classes(str(listed)) if listed.exists() else classes_of(RunFolder(where).recipe())


def _done(folder: RunFolder) -> list[str]:
    return [name for name in (*TEXT_HALF, *IMAGE_HALF) if folder.stage(name).exists() and folder.reports(name)]


def _without_classes(stage: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in stage.items() if key not in ("by_class", "dropped_by_class")}


def _curves(folder: RunFolder, summary: dict[str, Any]) -> dict[str, Any] | None:
    path = folder.sweep / "curves.parquet"
    if not path.exists():
        return None
    table = pq.read_table(path)
    last = table["share_at_or_below"].to_pylist()[-1:] or [0.0]
    return {
        "thresholds": table["threshold"].to_pylist(),
        **{name: table[name].to_pylist() for name in ("candidates", "samples", "classes")},
        "density": [*table["share_in_bin"].to_pylist(), max(0.0, 1 - last[0])],
        "suggested": summary.get("suggested"),
        "reachable": summary.get("reachable_classes", 0),
    }


def _frequencies(folder: RunFolder, classes: ClassList) -> list[dict[str, Any]] | None:
    files = sorted((folder.dataset / "data").glob("*.parquet"))
    if not files:
        return None
    total: Counter[int] = Counter()
    for file in files:
        for one in pc.value_counts(pq.read_table(file, columns=["label"])["label"]).to_pylist():
            total[one["values"]] += one["counts"]
    return [
        {"wnid": synset.wnid, "name": synset.text_name, "n": total[label]} for label, synset in enumerate(classes)
    ]


def _lost(where: Path, title: str, classes: ClassList) -> dict[str, Any] | None:
    """What the image half lost; None where it has not run."""
    try:
        found = losses(where)
    except OutputError:
        return None
    return lost_of(found, title, classes, level=0.95, seed=0) if found.images and found.asked.sum() else None


def _corpus(corpus: dict[str, Any]) -> dict[str, Any]:
    files = corpus.get("files", [])
    return {
        "layout": corpus.get("layout", ""),
        "rows": corpus.get("rows"),
        "safety": corpus.get("safety", []),
        "files": len(files),
        "bytes": sum(file.get("size") or 0 for file in files),
        "set_aside": len(corpus.get("set_aside", [])),
    }
