"""Documents of reports that are small enough to know by heart, and what a figure draws of them."""

from __future__ import annotations

import copy
import math
from typing import Any

import vl_convert

from laionet.report.figures import vega_lite_version


def estimate(value: float, half: float = 0.02) -> dict[str, float]:
    return {"value": value, "se": half / 2, "low": value - half, "high": value + half}


def class_rows(n: int) -> list[dict[str, Any]]:
    """Classes c0, c1, ...; differences rise from -0.2, recalls on A from 0.2."""
    rows = []
    for i in range(n):
        at = i / max(1, n - 1)
        similar = {"a": 0.4 + 0.3 * at, "b": 0.6, "difference": -0.2 + 0.3 * at, "q": 0.01 if i % 2 else 0.5}
        similar |= {"low": similar["difference"] - 0.05, "high": similar["difference"] + 0.04}
        similar |= {"paper_low": similar["difference"] - 0.01, "paper_high": similar["difference"] + 0.01}
        recall = {"a": 0.2 + 0.6 * at, "b": 0.9, "gap": -0.7 + 0.6 * at, "q": 0.01}
        recall |= {"low": recall["gap"] - 0.1, "high": recall["gap"] + 0.1}
        rows.append(
            {
                "wnid": f"c{i}",
                "name": f"kind {i}",
                "n_a": 10 * (i + 1),
                "n_b": 50,
                "similarity": {"clip": similar},
                "synset_similarity": {"clip": similar},
                "recall": {"classifier/vit": recall, "zero-shot/clip": dict(recall)},
            }
        )
    return rows


def similarity_part(rows: list[dict[str, Any]]) -> dict[str, Any]:
    keys = ("wnid", "name", "n_a", "n_b")
    n = len(rows)
    return {
        "encoder": "clip",
        "classes": [{key: row[key] for key in keys} | row["similarity"]["clip"] for row in rows],
        "judged": n,
        "lower": n // 2,
        "higher": 0,
        "paper": {"lower": n, "higher": 0},
        "distribution": {
            "classes": n,
            "edges": [0.0, 0.25, 0.5, 0.75, 1.0],
            "density_a": [0.4, 0.3, 0.2, 0.1],
            "density_b": [0.0, 0.1, 0.2, 0.7],
            "pairs": [1200, 3400],
        },
    }


def trend(model: str, use: str, x: str, y: str, n: int) -> dict[str, Any]:
    low, high = (-0.2, 0.1) if x.startswith("similarity") else (1.0, math.log10(10 * n))
    bins = [{"x": at, "y": estimate(0.5 if y == "recall on A" else -0.4, 0.1)} for at in (low, high)]
    line = {"slope": estimate(0.1), "intercept": estimate(0.3)}
    return {"model": model, "use": use, "x": x, "y": y, "classes": n, "bins": bins, **line}


def comparison(rows: list[dict[str, Any]]) -> dict[str, Any]:
    models = [("vit", "classifier", 0.7, 0.8), ("clip", "zero-shot", 0.6, 0.9)]
    accuracy = [
        {"model": model, "use": use, "k": 1, "a": estimate(a), "b": estimate(b)}
        | {"a_weighted": estimate(a + 0.05), "b_weighted": estimate(b - 0.05), "difference": estimate(a - b)}
        for model, use, a, b in models
    ]
    counted = {"edges": [-0.75, -0.5, -0.25, 0.0], "counts": [1, 1, 1], "judged": len(rows)}
    axes = [("log10 frequency in A", "recall on A"), ("similarity in A less in B", "recall on A less on B")]
    return {
        "classes": {"common": len(rows)},
        "accuracy": accuracy,
        "gaps": [{"model": m, "use": use, "lower": 2, "higher": 0, **counted} for m, use, _, _ in models],
        "trends": [trend(m, use, x, y, len(rows)) for m, use, _, _ in models for x, y in axes],
        "similarity": [similarity_part(rows)],
        "synset_similarity": [similarity_part(rows)],
    }


def report(n: int = 3, **changes: Any) -> dict[str, Any]:
    """A report of n common classes of a list that has one more, without a caption."""
    rows = class_rows(n)
    curves = {
        "thresholds": [0.4, 0.5, 0.6],
        "candidates": [90, 50, 20],
        "samples": [60, 40, 10],
        "classes": [n, n, 1],
        "density": [0.1, 0.4, 0.3, 0.2],
        "suggested": 0.5,
        "reachable": n,
    }
    named = [{"wnid": row["wnid"], "name": row["name"], "n": row["n_a"]} for row in rows]
    run = {
        "encoder": "embedded",
        "threshold": 0.5,
        "n_classes": n + 1,
        "keep_classes": 0.95,
        "curves": curves,
        "frequencies": [*named, {"wnid": "none", "name": "unseen", "n": 0}],
    }
    return {
        "settings": {"level": 0.95, "alpha": 0.05},
        "datasets": [
            {"title": "by caption", "images": 60, "classes": n},
            {"title": "by sight", "images": 50 * n, "classes": n},
        ],
        "run": run,
        "pair": comparison(rows),
        "rows": rows,
        "diagnosis": experiments(rows),
        **changes,
    }


def experiments(rows: list[dict[str, Any]]) -> dict[str, Any]:
    settings = {"alpha": 0.05, "level": 0.95, "threshold": 0.7, "seeds": 6}
    shares = {"share_lower": estimate(0.6), "share_higher": estimate(0.1), "judged": len(rows)}
    version = {"title": "part 1", "frequency": 0.8, **shares}
    reference = {"title": "by caption", "versions": [version, version | {"frequency": 0.9, "title": "part 2"}]}
    bins = [
        {"low": 0.1 * i, "high": 0.1 * (i + 1), "share": 0.5, "captions": 20, "classes": 3, "chance": 0.3}
        | {"more": estimate(0.2)}
        for i in range(2)
    ]
    texts = {"bins": bins, "captions": 40, "other_classes": 2}
    part = similarity_part(rows) | {"sweep": [{"threshold": at, **shares} for at in (0.6, 0.7)]}
    statistic = {"mean": 0.1, "sd": 0.02, "low": 0.05, "high": 0.15, "curve": 0.1}
    pair = {"name": "A", "text": 0.5, "image": 0.2, "samples": 40, "classes": 3}
    return {
        "frequency": {
            "settings": settings,
            "versions": [{"title": "part 1", "images": 12, "frequency": 0.8}],
            "encoders": [{"encoder": "clip", "references": [reference]}],
        },
        "frontier": {
            "settings": settings,
            "keep": "samples",
            "wanted": 40,
            "model": "clip",
            "dataset": {"title": "by caption"},
            "against": "by sight",
            "frontier": [{"text": 0.5, "image": 0.2}, {"text": 0.6, "image": 0.1}],
            "named": [pair | {"similarity": [{"encoder": "clip", "difference": estimate(-0.1)}]}],
        },
        "explained": {"settings": settings, "encoder": {"name": "clip"}, "observed": texts, "selected": texts},
        "searched": {
            "settings": settings,
            "title": "searched",
            "reference": {"title": "by sight"},
            "texts": 60,
            "found": {"samples": 30, "classes": 3},
            "sweep": [{"threshold": at, "classes": 3, "samples": 30, "texts": 50} for at in (0.6, 0.7)],
            "similarity": [part],
        },
        "nearest": {
            "images": {"images": 40, "title": "by sight", "encoder": "clip"},
            "corpus": {"images": 50},
            "similarity": {"edges": [0.5, 0.75, 1.0], "counts": [10, 30]},
        },
        "independence": {
            "settings": settings,
            "encoders": [
                {
                    "encoder": "clip",
                    "tested": len(rows),
                    "classes": [
                        {"wnid": row["wnid"], "name": row["name"], "rows": 9, "distance": 0.1 * (i + 1), "q": 0.01}
                        for i, row in enumerate(rows)
                    ],
                }
            ],
        },
        "dose": {
            "settings": settings,
            "explained": None,
            "strengths": [
                {"strength": at, "trials": 6, "statistics": {"similarity": statistic}}
                | {"found": {"similarity": 1.0, "frequency": 0.5, "independence": 0.0}}
                for at in (0.0, 1.0)
            ],
        },
    }


def drawing(spec: dict[str, Any], picked: str = "", within: list[str] | None = None) -> dict[str, Any]:
    """What Vega draws of a figure with a class picked and a filter set: its scenegraph."""
    spec = copy.deepcopy(spec)
    for param in spec.get("params", []):
        if param["name"] == "picked":
            param["value"] = picked
        if param["name"] == "within":
            param["value"] = None if within is None else dict.fromkeys(within, 1)
    return dict(vl_convert.vegalite_to_scenegraph(spec, vl_version=vega_lite_version()))


def marks(drawn: dict[str, Any], kind: str, **wanted: Any) -> list[dict[str, Any]]:
    """All marks of the data of a kind ("rule", "symbol", "text", "rect", ...) that have the wanted properties."""
    found: list[dict[str, Any]] = []

    def walk(node: dict[str, Any]) -> None:
        if node.get("marktype") == kind and node.get("role") == "mark":
            found.extend(
                item for item in node["items"] if all(item.get(name) == value for name, value in wanted.items())
            )
        for child in node.get("items", []):
            walk(child)

    walk(drawn["scenegraph"])
    return found


def texts(drawn: dict[str, Any], **wanted: Any) -> list[str]:
    """What the marks of text say."""
    return [str(item.get("text", "")) for item in marks(drawn, "text", **wanted)]


def shapes(drawn: dict[str, Any], **wanted: Any) -> list[tuple[float, float]]:
    """Places of the symbols."""
    return [(item.get("x", 0), item.get("y", 0)) for item in marks(drawn, "symbol", **wanted)]
