"""Whether intervals hold what they say on the very images of a report: ours beside the published one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from laionet.compare.arrays import unit_rows
from laionet.compare.simulation import Coverage, coverage
from laionet.flow.comparing.described import Described

#: Classes of each dataset that are drawn from, those with the most images; draws of each; images of a draw.
CLASSES, DRAWS, LARGEST = 12, 100, 200


def validity_part(datasets: Sequence[Described], encoder: str, *, level: float, seed: int) -> list[dict[str, Any]]:
    """How often 95 % intervals of a class's mean similarity hold the truth, drawn from a dataset's own images.

    The images of a class stand for a population whose mean cosine is known. As many images as the class has
    (``LARGEST`` at most) are drawn from it with replacement, again and again, and each draw gives an interval
    by our method and by the published one. A sound interval holds the truth in ``level`` of the draws.

    Args:
        datasets: described by ``encoder``.
        encoder: whose embeddings.
        level: of the intervals.
        seed: of the draws.

    Returns:
        For each dataset with a class of three images or more: ``title``, ``classes``, ``draws`` in all,
        ``images`` of a draw (least and most), and for ``ours`` and ``paper`` ``held`` (share of draws),
        ``low``, ``high`` (95 % interval of that share over classes) and ``width`` (mean, cosine).
    """
    return [part for one in datasets if (part := _of_dataset(one, encoder, level, seed))]


def _of_dataset(one: Described, encoder: str, level: float, seed: int) -> dict[str, Any] | None:
    chosen = [label for label in np.argsort(-one.counts, kind="stable")[:CLASSES] if one.counts[label] >= 3]
    if not chosen:
        return None
    embeddings = one.embeddings(encoder)
    sizes, found = [], {"ours": list[Coverage](), "paper": list[Coverage]()}
    for label in chosen:
        images, _ = unit_rows(embeddings, np.flatnonzero(one.label == label))
        if len(images) < 3:
            continue
        n = min(len(images), LARGEST)
        sizes.append(n)
        for name, method in (("ours", "second-order"), ("paper", "paper")):
            found[name].append(
                coverage(images, n, method=method, draws=DRAWS, level=level, seed=seed + int(label))
            )
    if not sizes:
        return None
    return {
        "title": one.title,
        "classes": len(sizes),
        "draws": DRAWS * len(sizes),
        "images": [min(sizes), max(sizes)],
        **{name: _summed(parts) for name, parts in found.items()},
    }


def _summed(parts: Sequence[Coverage]) -> dict[str, float]:
    held = np.array([part.share for part in parts])
    error = float(held.std(ddof=1) / np.sqrt(len(held))) if len(held) > 1 else parts[0].se
    share = float(held.mean())
    return {
        "held": share,
        "low": max(0.0, share - 1.96 * error),
        "high": min(1.0, share + 1.96 * error),
        "width": float(np.mean([part.width for part in parts])),
    }
