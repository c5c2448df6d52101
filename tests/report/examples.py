"""Curves to draw."""

from __future__ import annotations

import numpy as np

from laionet.compare.threshold import ThresholdCurves, count_above, curves, thresholds_between

N_CLASSES = 1000


def curves_of(similarity, labels, chosen: float, step: float = 0.005, n_classes: int = N_CLASSES, **rules):
    """Curves of candidates given one by one, over all cosines."""
    thresholds = thresholds_between(-1, 1, step, chosen)
    similarity = np.asarray(similarity, dtype=np.float32)
    return curves(count_above(similarity, np.asarray(labels, dtype=np.int64), n_classes, thresholds, **rules))


def many(n: int = 20_000, n_classes: int = 800, chosen: float = 0.5) -> ThresholdCurves:
    """Classes of very different sizes, similarities around 0.4, some rows that other rules drop."""
    draw = np.random.default_rng(0)
    sizes = draw.pareto(1.1, n_classes) + 0.05
    labels = draw.choice(n_classes, n, p=sizes / sizes.sum())
    similarity = draw.beta(6, 8, n) + draw.normal(0, 0.07, n_classes)[labels]
    return curves_of(similarity.clip(-0.2, 0.99), labels, chosen, kept=draw.random(n) < 0.7)
