"""Coverage: how often each interval of mean intra-class similarity holds the truth, and false discoveries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tables import Bench
from laionet.compare.simulation import SHAPES, coverage, difference_coverage, false_discoveries, population

#: What the docs' figure and table are made from.
RECORD = Path(__file__).parent / "coverage.json"
DIM, SIZE, DRAWS = 512, 30_000, 2_000
COUNTS = (10, 20, 50, 100, 300, 1_000)
#: The bootstrap draws 2,000 resamples of each draw: fewer draws, of fewer images.
BCA_DRAWS, BCA_COUNTS = 400, (10, 20, 50, 100)
BAR = {"isotropic", "low-rank", "clustered", "heavy-tailed"}
METHODS = ("second-order", "jackknife", "ustatistic", "bca", "paper")


def run() -> Bench:
    """All shapes, all methods; writes ``coverage.json``."""
    with ProcessPoolExecutor() as pool:
        found = [row for rows in pool.map(_shape, SHAPES) for row in rows]
    found += [asdict(row) | {"shape": name, "n": n, "method": "difference"} for name, n, row in _differences()]
    discoveries = _discoveries()
    RECORD.write_text(json.dumps({"rows": found, "discoveries": discoveries}, indent=1) + "\n")
    return _table(found, discoveries)


def _shape(shape: str) -> list[dict[str, Any]]:
    x = population(shape, SIZE, DIM, np.random.default_rng([7, list(SHAPES).index(shape)]))
    rows = []
    for method in METHODS:
        counts, draws = (BCA_COUNTS, BCA_DRAWS) if method == "bca" else (COUNTS, DRAWS)
        for n in counts:
            found = coverage(x, n, method=method, draws=draws, seed=n)
            rows.append({"shape": shape, "n": n, "method": method, **asdict(found)})
    return rows


def _differences() -> Iterator[tuple[str, int, Any]]:
    """Two populations that differ, and two datasets of different sizes."""
    rng = np.random.default_rng(8)
    for a, b in (("isotropic", "clustered"), ("low-rank", "heavy-tailed")):
        first, second = (population(name, SIZE, DIM, rng) for name in (a, b))
        for n in (10, 20, 50, 100):
            yield f"{a}, {b}", n, difference_coverage(first, second, n, 2 * n, draws=DRAWS, seed=n)


def _discoveries() -> list[dict[str, Any]]:
    rng, classes = np.random.default_rng(9), 100
    shapes = sorted(BAR)
    same = np.stack([population(shapes[i % 4], 2_000, 64, rng) for i in range(classes)])
    other = np.stack([population(shapes[(i + 1) % 4], 2_000, 64, rng) for i in range(classes)])
    return [
        {"null": null, "n": n, "share": false_discoveries(same, n, null=null, shift=other, draws=300, seed=n)}
        for null in (1.0, 0.5)
        for n in (10, 50)
    ]


def _table(found: list[dict[str, Any]], discoveries: list[dict[str, Any]]) -> Bench:
    bench = Bench(
        "coverage: how often a 95 % interval of mean intra-class similarity holds the truth",
        f"{DRAWS:,} draws of n = {', '.join(map(str, COUNTS))} images of {DIM} dimensions from populations whose "
        f"truth is known ({BCA_DRAWS} draws and n up to 100 for bca); lowest and highest over n. All of it is in "
        "docs/validity.md.",
    )
    for method in METHODS:
        for inside in (True, False):
            rows = [
                r
                for r in found
                if r["method"] == method and r["shape"] in SHAPES and (r["shape"] in BAR) == inside
            ]
            shares = [100 * row["share"] for row in rows]
            name = f"{method}: {'the four shapes' if inside else 'three that are harder'}"
            bar = "93.5 to 96.5"
            out = sum(not 93.5 <= share <= 96.5 for share in shares)
            judged = f"{bar}: {'met' if not out else f'{out} of {len(shares)} outside'}" if inside else ""
            bench.add(name, f"{min(shares):.1f} to {max(shares):.1f} %", "", judged)
    shares = [100 * row["share"] for row in found if row["method"] == "difference"]
    bench.add("difference of two datasets", f"{min(shares):.1f} to {max(shares):.1f} %")
    for row in discoveries:
        bench.add(
            f"false discoveries, {100 * row['null']:.0f} % of classes without difference, n = {row['n']}",
            f"{row['share']:.3f}",
            "",
            f"<= 0.06: {'met' if row['share'] <= 0.06 else 'NOT met'}",
        )
    return bench
