"""The part of a comparison on effective robustness: models against the line of a testbed's models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from laionet.compare.robustness import effective_robustness
from laionet.flow.comparing.aligned import Aligned
from laionet.flow.testbed import read_testbed


@dataclass(frozen=True)
class Baseline:
    """Models whose accuracies on two sets give the line that others are held against.

    Attributes:
        path: table with a column ``model`` and a column of accuracies for each set.
        reference: column of the set that stands for B, such as ``val``.
        shifted: column of the set that stands for A.
        models: names or patterns (``resnet*``) of the models that make the line; empty for all.
    """

    path: Path
    reference: str
    shifted: str
    models: tuple[str, ...] = ()


def robustness_part(rows: Sequence[dict[str, Any]], both: Aligned, of: Baseline, level: float) -> dict[str, Any]:
    """How far each model's top-1 accuracy on A is from what the line foretells from that on B, in shares.

    Args:
        rows: of ``recalls.accuracy_rows``.
        both: the datasets.
        of: the testbed and its models.
        level: of the intervals.
    """
    bed = read_testbed(of.path, of.reference, of.shifted)
    line = bed.named(of.models) if of.models else np.ones(len(bed.models), dtype=bool)
    ours = [row for row in rows if row["k"] == 1]
    shared = both.common
    found = effective_robustness(
        np.concatenate([bed.reference[line], [row["b"]["value"] for row in ours]]),
        np.concatenate([bed.shifted[line], [row["a"]["value"] for row in ours]]),
        np.arange(int(line.sum()) + len(ours)) < line.sum(),
        reference_images=int(both.b.counts[shared].sum()),
        shifted_images=int(both.a.counts[shared].sum()),
        level=level,
    )
    first = int(line.sum())
    return {
        "testbed": of.path.name,
        "reference": of.reference,
        "shifted": of.shifted,
        "baseline_models": found.line.models,
        "r2": found.line.r2,
        "models": [
            {
                "model": row["model"],
                "use": row["use"],
                "value": float(found.value[first + i]),
                "se": float(found.se[first + i]),
                "low": float(found.low[first + i]),
                "high": float(found.high[first + i]),
                "expected": float(found.expected[first + i]),
                "outside": bool(found.outside[first + i]),
                "beyond": bool(found.beyond[first + i]),
            }
            for i, row in enumerate(ours)
        ],
    }
