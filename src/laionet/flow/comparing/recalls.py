"""The part of a comparison on accuracy: recalls by model, gaps by class, what they go with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from laionet.compare import gaps as gaps_of
from laionet.compare import paired, spread, trend
from laionet.compare.accuracy import (
    ClassRecall,
    Hits,
    accuracy,
    accuracy_difference,
    class_recall,
    finish,
    top_k_correct,
)
from laionet.compare.estimate import normal
from laionet.flow.comparing.aligned import Aligned, Side

#: Classes with the largest gaps that a document lists of each model.
LARGEST = 24
#: What a column of predictions is called in words.
USES = {"top": "classifier", "zero_shot": "zero-shot"}


@dataclass(frozen=True)
class Recalls:
    """One model's recalls on both datasets, over the joint class list; classes that one lacks have none.

    Attributes:
        model: its name.
        use: ``classifier`` or ``zero-shot``.
        k: predictions that count.
        a, b: recalls.
        gaps: A less B by class.
    """

    model: str
    use: str
    k: int
    a: ClassRecall
    b: ClassRecall
    gaps: gaps_of.RecallGaps


def all_recalls(both: Aligned, *, level: float, alpha: float) -> list[Recalls]:
    """Recalls at 1 and at up to 5 of every model that described both datasets, over the common classes."""
    found = []
    for kind, use in USES.items():
        for model in both.a.data.names(kind):
            if model not in both.b.data.names(kind):
                continue
            correct = [_correct(side, f"{kind}/{model}") for side in (both.a, both.b)]
            for k in sorted({1, min(5, *(one.shape[1] for one in correct))}):
                sides = [
                    _common(class_recall(one[:, k - 1], side.label, len(both.classes), level), both)
                    for one, side in zip(correct, (both.a, both.b), strict=True)
                ]
                gaps = gaps_of.recall_gaps(sides[0], sides[1], alpha=alpha)
                found.append(Recalls(model, use, k, sides[0], sides[1], gaps))
    return found


def _correct(side: Side, column: str) -> np.ndarray:
    """Whether the class is among the first 1, 2, ... k predictions, float (n, k); NaN without a prediction."""
    top = side.relabelled(side.data.integers(column))
    found = np.stack([top_k_correct(top, side.label, k + 1) for k in range(top.shape[1])], axis=1).astype(float)
    found[(top == -2).all(axis=1)] = np.nan
    return found


def _common(recalls: ClassRecall, both: Aligned) -> ClassRecall:
    """Without the classes that one dataset lacks, so that means are over the same classes."""
    shared = both.common
    return finish(Hits(np.where(shared, recalls.n, 0), np.where(shared, recalls.hits, 0)), recalls.level)


def accuracy_rows(found: Sequence[Recalls], both: Aligned) -> list[dict[str, Any]]:
    """One row a model and k: accuracy on A, on B, A less B; equally weighted, and by frequencies.

    Errors are binomial ones; the paper's, from Wilson's width, are too small for classes of a few images, and are
    there as ``paper_se``.
    """
    frequency = {"a": both.a.counts.astype(float), "b": both.b.counts.astype(float)}
    return [
        {
            "model": one.model,
            "use": one.use,
            "k": one.k,
            "a": asdict(accuracy(one.a, method="binomial")),
            "b": asdict(accuracy(one.b, method="binomial")),
            "difference": asdict(accuracy_difference(one.a, one.b, method="binomial")),
            "paper_se": {"a": accuracy(one.a).se, "b": accuracy(one.b).se},
            "a_weighted": asdict(accuracy(one.a, frequency["a"], method="binomial")),
            "b_weighted": asdict(accuracy(one.b, frequency["a"], method="binomial")),
            "difference_weighted": asdict(accuracy_difference(one.a, one.b, frequency["a"], method="binomial")),
            "b_own_weighted": asdict(accuracy(one.b, frequency["b"], method="binomial")),
        }
        for one in found
    ]


def group_rows(both: Aligned, level: float) -> list[dict[str, Any]]:
    """Mean top-1 accuracy of all classifiers, of all zero-shot models: they see the same images."""
    rows = []
    for kind, use in USES.items():
        models = [name for name in both.a.data.names(kind) if name in both.b.data.names(kind)]
        if not models:
            continue
        sides = []
        for side in (both.a, both.b):
            keep = both.common[side.label]
            hits = np.stack([_correct(side, f"{kind}/{name}")[:, 0] for name in models], axis=1)[keep]
            recalls = paired.paired_recall(hits, side.label[keep], len(both.classes), level)
            sides.append(paired.group_accuracy(recalls, range(len(models))))
        difference = normal(sides[0].value - sides[1].value, float(np.hypot(sides[0].se, sides[1].se)), level)
        row = {"use": use, "models": models, "a": asdict(sides[0]), "b": asdict(sides[1])}
        rows.append(row | {"difference": asdict(difference)})
    return rows


def gap_part(one: Recalls, both: Aligned, *, level: float, seed: int) -> dict[str, Any]:
    """Recall gaps of one model over classes: distribution, noise in it, the largest (Figures 21 to 29)."""
    found = one.gaps
    seen = gaps_of.distribution(found.gap)
    true = spread.spread(found.gap, found.variance, level=level, seed=seed)
    shrunk = spread.shrink(found.gap, found.smoothed, true.true if np.isfinite(true.true) else 0.0)
    filled = np.flatnonzero(seen.counts)
    first, last = (int(filled[0]), int(filled[-1]) + 1) if len(filled) else (0, 0)
    return {
        "model": one.model,
        "use": one.use,
        "judged": int(np.isfinite(found.gap).sum()),
        "lower": found.lower,
        "higher": found.higher,
        "edges": seen.edges[first : last + 1].tolist(),
        "counts": seen.counts[first:last].tolist(),
        "quantiles": dict(zip(map(str, seen.levels.tolist()), seen.quantiles.tolist(), strict=True)),
        "spread": asdict(true),
        "largest": [
            {
                "wnid": both.classes[i].wnid,
                "name": both.classes[i].text_name,
                "n_a": int(one.a.n[i]),
                "n_b": int(one.b.n[i]),
                "recall_a": float(one.a.recall[i]),
                "recall_b": float(one.b.recall[i]),
                "gap": float(found.gap[i]),
                "low": float(found.low[i]),
                "high": float(found.high[i]),
                "q": float(found.q[i]),
                "shrunk": float(shrunk.mean[i]),
            }
            for i in _largest(shrunk.mean)
        ],
    }


def class_columns(found: Sequence[Recalls]) -> dict[str, np.ndarray]:
    """Top-1 recalls of every model on both datasets and their gap, by joint class; for a table."""
    columns: dict[str, np.ndarray] = {}
    for one in found:
        if one.k == 1:
            gap = one.gaps
            named = {
                "a": one.a.recall,
                "b": one.b.recall,
                "gap": gap.gap,
                "low": gap.low,
                "high": gap.high,
                "q": gap.q,
            }
            columns |= {f"recall/{one.use}/{one.model}/{key}": values for key, values in named.items()}
    return columns


def _largest(shrunk: np.ndarray) -> np.ndarray:
    """Classes from the largest gap on, as far as noise lets it be told."""
    known = np.flatnonzero(np.isfinite(shrunk))
    return known[np.argsort(-np.abs(shrunk[known]), kind="stable")][:LARGEST]


def trend_parts(
    found: Sequence[Recalls], both: Aligned, disparity: np.ndarray | None, level: float
) -> list[dict[str, Any]]:
    """What recalls go with: frequency in A (Figure 20), disparity in similarity (Figure 7); top-1 of each model.

    Args:
        found: recalls.
        both: the datasets.
        disparity: float (joint classes,), mean intra-class similarity in A less that in B; None for none.
        level: of the intervals.
    """
    with np.errstate(divide="ignore"):
        frequency = np.log10(both.a.counts.astype(float))
    rows = []
    for one in found:
        if one.k != 1:
            continue
        gap = one.gaps
        rows.append(_trend("log10 frequency in A", "recall on A", one, frequency, one.a.recall, gap, level))
        if disparity is not None:
            what = "similarity in A less in B"
            rows.append(_trend(what, "recall on A less on B", one, disparity, gap.gap, gap, level))
    return rows


def _trend(
    x_name: str, y_name: str, one: Recalls, x: np.ndarray, y: np.ndarray, gap: gaps_of.RecallGaps, level: float
) -> dict[str, Any]:
    x = np.where(np.isfinite(gap.gap), x, np.nan)
    line = trend.trend(x, y, None, level)
    return {
        "model": one.model,
        "use": one.use,
        "x": x_name,
        "y": y_name,
        "slope": asdict(line.slope),
        "intercept": asdict(line.intercept),
        "p": line.p,
        "classes": line.points,
        "rank": asdict(trend.rank_correlation(x, y, level=level)),
        "bins": [asdict(part) for part in trend.binned(x, y, min(10, max(1, line.points // 4)), level)],
    }
