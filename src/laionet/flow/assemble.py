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
from laionet.stages.assemble import JUDGED, WholeRules
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
    labels, reasons = _judge(shards, recipe)
    _account(report, np.array(classes.wnids, dtype=object)[labels], reasons)
    write_json(folder.stage("assemble") / "00000.json", report.to_json())
    manifest = describe(folder, recipe, classes, text_half=True)
    write_folder(folder.dataset, _kept(shards, reasons == ""), classes, manifest)
    return report


def _key(keys: list[str], recipe: Recipe, classes: ClassList) -> str:
    parts = {"version": _VERSION, "selected": keys, "recipe": recipe.text_digest(), "classes": classes.digest()}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def _judge(shards: list[Path], recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    """Label and reason, empty where it stays, of every row of all shards; one reading of what is judged."""
    rules = WholeRules(recipe.select, recipe.seed)
    keys = rules.merge([rules.partial(read_table(path, JUDGED)) for path in shards])
    return keys["label"], rules.finish(keys)


def _account(report: ShardReport, wnids: np.ndarray, reasons: np.ndarray) -> None:
    report.rows_in = len(reasons)
    by_class = Counter(wnids[reasons == ""])
    by_reason = {str(reason): Counter(wnids[reasons == reason]) for reason in set(reasons) - {""}}
    report.kept = report.rows_out = sum(by_class.values())
    report.by_class = dict(sorted(by_class.items()))
    report.dropped = {reason: sum(counts.values()) for reason, counts in sorted(by_reason.items())}
    report.dropped_by_class = {
        reason: dict(sorted(counts.items())) for reason, counts in sorted(by_reason.items())
    }


def _kept(shards: list[Path], stays: np.ndarray) -> Iterator[pa.Table]:
    start = 0
    for path in shards:
        table = read_table(path)
        yield table.filter(pa.array(stays[start : start + len(table)].astype(bool)))
        start += len(table)
