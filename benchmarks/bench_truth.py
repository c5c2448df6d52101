"""Truth of the mini-web: populations of both selections, and how often intervals from small datasets hold it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.tables import Bench
from laionet.causal.web import Web
from laionet.compare.similarity import ClassSimilarity, intra_class, similarity_difference
from laionet.flow.comparing.similarities import paper_interval
from laionet.flow.truth import annotated_population, caption_population, embedded, true_means

RECORD = Path(__file__).parent / "truth.json"
SEED, STRENGTH, PAGES, POOL, PER_CLASS, N, DRAWS = 3, 0.8, 16_000, 160_000, 250, 40, 500


def run() -> Bench:
    """Draw and embed both populations, then datasets from them; writes ``truth.json``."""
    web = Web(SEED)
    with tempfile.TemporaryDirectory() as folder:
        by_caption = caption_population(web, PAGES, Path(folder))
    annotated = annotated_population(web, POOL, PER_CLASS, STRENGTH)
    counts = [np.bincount(one.label, minlength=24) for one in (by_caption, annotated)]
    classes = np.flatnonzero((counts[0] >= 2 * N) & (counts[1] >= 2 * N))
    sides = [(one := side.first(PER_CLASS, classes), embedded(web, one)) for side in (by_caption, annotated)]
    truth = np.subtract(*(true_means(x, one.label, 24)[classes] for one, x in sides))
    rng, held = (
        np.random.default_rng(SEED),
        {name: [] for name in ("by_class", "by_class_paper", "fixed", "pooled")},
    )
    for _ in range(DRAWS):
        drawn = []
        for one, x in sides:
            rows = np.concatenate([rng.choice(np.flatnonzero(one.label == c), N) for c in classes])
            drawn.append((x[rows], np.repeat(np.arange(len(classes)), N)))
        found = similarity_difference(*(intra_class(*side) for side in drawn))
        held["by_class"].append(np.mean((found.low <= truth) & (truth <= found.high)))
        papers: list[ClassSimilarity] = [intra_class(*side, method="paper") for side in drawn]
        low, high = paper_interval(*papers)
        held["by_class_paper"].append(np.mean((low <= truth) & (truth <= high)))
        for name in ("fixed", "pooled"):
            estimate = getattr(found, name)
            held[name].append(estimate.low <= truth.mean() <= estimate.high)
    record = {
        "seed": SEED,
        "strength": STRENGTH,
        "images": [len(one.label) for one, _ in sides],
        "classes": len(classes),
        "difference": float(truth.mean()),
        "n": N,
        "draws": DRAWS,
        **{name: float(np.mean(values)) for name, values in held.items()},
    }
    RECORD.write_text(json.dumps(record, indent=1) + "\n")
    bench = Bench(
        "truth: estimates from small datasets of the mini-web against what is true of it",
        f"{record['images'][0]:,} and {record['images'][1]:,} pictures of {len(classes)} classes as the truth; "
        f"datasets of {N} images a class drawn from them {DRAWS} times. True mean difference {truth.mean():.3f}.",
    )
    for name, what in (
        ("by_class", "difference of a class"),
        ("by_class_paper", "the same, by the paper's interval"),
        ("fixed", "mean difference, these classes"),
        ("pooled", "mean difference, classes taken as drawn"),
    ):
        bench.add(f"95 % interval holds the truth: {what}", f"{100 * record[name]:.1f} %")
    return bench
