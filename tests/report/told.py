"""Documents of reports for tests of the page: of a comparison of made-up datasets, and of a build."""

from __future__ import annotations

import numpy as np

from laionet.flow.comparing import Settings
from laionet.flow.comparing.pair import compared
from laionet.flow.reporting.gather import class_rows
from laionet.shards import plain
from report.test_comparison import LOST, class_list, described


def run_of(names, counts, **changes):
    """What one build's folder would tell."""
    thresholds = np.round(np.arange(0.0, 1.0, 0.05), 2)
    total = sum(counts)
    samples = np.round(total * (1 - thresholds)).astype(int)
    run = {
        "name": "by caption",
        "where": "out/a",
        "encoder": "embedded",
        "threshold": 0.5,
        "keep_classes": 0.95,
        "n_classes": len(names),
        "stages": [
            stage("match", "captions", 1000, 400, no_lemma=600),
            stage("select", "candidates", 400, total, below_threshold=400 - total),
            stage("fetch", "samples", total, total - 5, http_4xx=5),
            stage("describe", "images", total - 5, total - 5),
        ],
        "curves": {
            "thresholds": thresholds.tolist(),
            "candidates": samples.tolist(),
            "samples": samples.tolist(),
            "classes": [len(names)] * len(thresholds),
            "density": [1 / (len(thresholds) + 1)] * (len(thresholds) + 1),
            "suggested": 0.8,
            "reachable": len(names),
        },
        "frequencies": [
            {"wnid": f"n{i:08d}", "name": name, "n": n}
            for i, (name, n) in enumerate(zip(names, counts, strict=True))
        ],
        "lost": None,
        "recipe": 'name = "by caption"\n[select]\nthreshold = 0.5\n',
        "digest": "d" * 64,
        "versions": {"numpy": "2.0"},
        "corpus": {"layout": "laion-400m", "rows": 1000, "safety": [], "files": 2, "bytes": 9, "set_aside": 1},
        "classes": {"source": "imagenet1k", "policy": "unique-in-list", "digest": "c" * 64},
    }
    return run | changes


def stage(name, unit, rows_in, kept, **dropped):
    """One stage's counts, as the manifest has them."""
    return {
        "name": name,
        "unit": unit,
        "shards": 1,
        "rows_in": rows_in,
        "kept": kept,
        "rows_out": kept,
        "dropped": dropped,
        "counts": {},
        "set_aside": [],
    }


def report_of(k=6, names=None, titles=("by caption", "sight"), *, gap=True, per=30, run=True, **changes):
    """The document of a report on two datasets of ``k`` classes, ``per`` images of each."""
    classes = class_list(k, names)
    names = [one.text_name for one in classes]
    other = {"spread": 1.0, "right": 0.6} if gap else {}
    a = described(titles[0], classes, seed=1, per=per, **other)
    b = described(titles[1], classes, seed=2, per=per)
    found, columns = compared(a, b, Settings())
    pair = plain(found)
    pair["missing"] = {"datasets": [LOST, {"title": titles[1], "known": False}], "bounds": []}
    build = run_of(names, [per] * k, name=titles[0]) if run else None
    document = {
        "title": " and ".join(titles),
        "datasets": pair["datasets"],
        "runs": [build, None],
        "run": build,
        "pair": pair,
        "rows": plain(class_rows(pair, {key: list(values) for key, values in columns.items()})),
        "pairs": [list(titles)],
        "classes": [[one.wnid, one.text_name] for one in classes],
        "subtrees": [["animal", [one.wnid for one in classes[: max(2, k // 2)]]]] if k > 2 else [],
    }
    return _EMPTY | document | changes


def build_of(names=("tiger", "crane"), counts=(30, 0), **changes):
    """The document of a report on a build alone."""
    run = run_of(list(names), list(counts), **changes)
    run["stages"] = run["stages"][:2]
    document = {
        "title": run["name"],
        "datasets": [{"title": run["name"], "images": None, "classes": None}],
        "runs": [run],
        "run": run,
        "classes": [[row["wnid"], row["name"]] for row in run["frequencies"]],
    }
    return _EMPTY | document


_EMPTY = {
    "laionet": "0",
    "where": "out",
    "settings": {"level": 0.95, "alpha": 0.05},
    "notes": [],
    "pair": None,
    "rows": None,
    "pairs": [],
    "subtrees": [],
    "diagnosis": {},
    "truth": None,
    "demo": None,
    "validity": [],
}
