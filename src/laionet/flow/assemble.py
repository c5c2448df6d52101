"""From selected shards to the dataset folder: judge every row against all others, then write what stays."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from laionet.dataset import write_folder
from laionet.flow.folder import RunFolder
from laionet.flow.manifest import describe
from laionet.recipe import Recipe
from laionet.shards import read_json, read_table, write_json
from laionet.stage import ShardReport
from laionet.stages.assemble import WholeRules
from laionet.vocab import ClassList

_VERSION = 1


def assemble_dataset(folder: RunFolder, recipe: Recipe, classes: ClassList) -> ShardReport:
    """Write ``dataset/`` and the report of this stage; nothing is done where both are whole already."""
    selected = [report for report in folder.reports("select") if report["status"] == "done"]
    report = ShardReport("00000", _key([r["key"] for r in selected], recipe, classes))
    saved = read_json(folder.stage("assemble") / "00000.json")
    if saved and saved["key"] == report.key and (folder.dataset / "manifest.json").exists():
        return ShardReport(**saved, reused=True)
    shutil.rmtree(folder.dataset, ignore_errors=True)
    shutil.rmtree(folder.stage("assemble"), ignore_errors=True)
    shards = [folder.stage("select") / f"{r['name']}.parquet" for r in selected]
    reasons = _judge(shards, recipe)
    _account(report, shards, reasons)
    write_json(folder.stage("assemble") / "00000.json", report.to_json())
    manifest = describe(folder, recipe, classes)
    write_folder(folder.dataset, _kept(shards, reasons), classes, manifest)
    return report


def _key(keys: list[str], recipe: Recipe, classes: ClassList) -> str:
    parts = {"version": _VERSION, "selected": keys, "recipe": recipe.digest(), "classes": classes.digest()}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def _judge(shards: list[Path], recipe: Recipe) -> list[np.ndarray]:
    """For each shard the reason of each row, or an empty string."""
    rules = WholeRules(recipe.select, recipe.seed)
    parts = [rules.partial(read_table(path)) for path in shards]
    reasons = rules.finish(rules.merge(parts))
    return np.split(reasons, np.cumsum([len(part) for part in parts])[:-1]) if parts else []


def _account(report: ShardReport, shards: list[Path], reasons: list[np.ndarray]) -> None:
    by_class: Counter[str] = Counter()
    by_reason: dict[str, Counter[str]] = {}
    for path, why in zip(shards, reasons, strict=True):
        wnids = np.array(read_table(path, ["wnid"])["wnid"].to_pylist(), dtype=object)
        by_class.update(wnids[why == ""])
        for reason in set(why) - {""}:
            by_reason.setdefault(str(reason), Counter()).update(wnids[why == reason])
        report.rows_in += len(why)
    report.kept = report.rows_out = sum(by_class.values())
    report.by_class = dict(sorted(by_class.items()))
    report.dropped = {reason: sum(counts.values()) for reason, counts in sorted(by_reason.items())}
    report.dropped_by_class = {
        reason: dict(sorted(counts.items())) for reason, counts in sorted(by_reason.items())
    }


def _kept(shards: list[Path], reasons: list[np.ndarray]) -> Iterator[pa.Table]:
    for path, why in zip(shards, reasons, strict=True):
        yield read_table(path).take(pa.array(np.flatnonzero(why == "")))
