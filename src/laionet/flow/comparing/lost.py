"""The part of a comparison on what was lost: shares by reason and class, and what the losses could hide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from laionet.compare.bounds import Bounds, mean_difference_bounds, tipping_point
from laionet.compare.missing import loss_by_class, share_lost
from laionet.compare.worst_case import recall_bounds, similarity_bounds
from laionet.errors import OutputError
from laionet.flow.comparing.aligned import Aligned, Side
from laionet.flow.comparing.recalls import Recalls
from laionet.flow.comparing.similarities import Similarities
from laionet.flow.losses import Losses, losses
from laionet.vocab import ClassList

#: Classes that lost the largest share, as a document lists them.
MOST = 10


def lost_part(
    both: Aligned, recalls: Sequence[Recalls], similarities: Sequence[Similarities], *, level: float, seed: int
) -> dict[str, Any]:
    """Losses of both datasets, and bounds of the differences if the lost images were anything at all."""
    known = [_losses(side) for side in (both.a, both.b)]
    missing = [_missing(side, one, len(both.classes)) for side, one in zip((both.a, both.b), known, strict=True)]
    bounds = []
    for one in recalls:
        if one.k == 1:
            sides = [
                recall_bounds(r.hits, r.n, np.where(r.n > 0, m, 0), level=level)
                for r, m in zip((one.a, one.b), missing, strict=True)
            ]
            bounds.append({"what": "top-1 accuracy", "model": one.model} | _bounds(sides, both.common))
    for found in similarities:
        sides = [
            similarity_bounds(s.mean, s.se, s.n, m, level=level)
            for s, m in zip((found.a, found.b), missing, strict=True)
        ]
        bounds.append({"what": "similarity within a class", "model": found.encoder} | _bounds(sides, both.common))
    return {
        "datasets": [
            lost_of(one, side.data.title, side.data.classes, level=level, seed=seed)
            for side, one in zip((both.a, both.b), known, strict=True)
        ],
        "bounds": bounds if any(m.any() for m in missing) else [],
    }


def _losses(side: Side) -> Losses | None:
    if side.data.folder is None:
        return None
    try:
        return losses(side.data.folder)
    except OutputError:
        return None  # reports of two runs: what was lost is then not known, and the document says so


def _missing(side: Side, known: Losses | None, n_classes: int) -> np.ndarray:
    """Lost samples of each joint class; none where that is not known."""
    found = np.zeros(n_classes, dtype=np.int64)
    if known is not None:
        place = dict(zip(side.data.classes.wnids, side.number, strict=True))
        for wnid, lost in zip(known.wnids, known.missing(), strict=True):
            found[place[wnid]] += lost
    return found


def lost_of(known: Losses | None, title: str, classes: ClassList, *, level: float, seed: int) -> dict[str, Any]:
    """What one dataset lost on the way to its images: share, reasons, whether that depends on the class.

    Args:
        known: its losses; None where they are not known.
        title: what it is called.
        classes: its own.
        level: of the intervals.
        seed: of the test of dependence.
    """
    if known is None:
        return {"title": title, "known": False}
    asked, lost = known.asked, known.missing()
    share = share_lost(np.array([lost.sum()]), np.array([asked.sum()]), level)
    by_class = share_lost(lost, asked, level)
    most = np.argsort(-np.nan_to_num(by_class.low, nan=-1.0), kind="stable")[:MOST]
    several = int((asked > 0).sum()) > 1 and 0 < lost.sum() < asked.sum()
    return {
        "title": title,
        "known": True,
        "asked": int(asked.sum()),
        "lost": int(lost.sum()),
        "share": float(share.share[0]),
        "low": float(share.low[0]),
        "high": float(share.high[0]),
        "by_reason": {
            "not_reached" if reason is None else str(reason.value): int(rows.sum())
            for reason, rows in known.by_reason().items()
        },
        "without_class": sum(sum(stage.without_class.values()) for stage in known.images),
        "depends_on_class": asdict(loss_by_class(lost, asked, draws=2_000, seed=seed)) if several else None,
        "most": [
            {
                "wnid": known.wnids[i],
                "name": classes[known.wnids[i]].text_name,
                "asked": int(asked[i]),
                "lost": int(lost[i]),
                "low": float(by_class.low[i]),
                "high": float(by_class.high[i]),
            }
            for i in most
            if lost[i] > 0
        ],
    }


def _bounds(sides: list[Bounds], common: np.ndarray) -> dict[str, Any]:
    # A class without an error of its own, as of two images, would leave the mean without one.
    known = np.isfinite(sides[0].point_se) & np.isfinite(sides[1].point_se)
    weights = (common & known).astype(float)
    if not weights.any():
        names = ("point", "low", "high", "interval_low", "interval_high", "shift", "shift_to_doubt")
        return dict.fromkeys(names, float("nan"))
    found = mean_difference_bounds(sides[0], sides[1], weights)
    tipping = tipping_point(sides[0], sides[1], weights)
    return {
        "point": float(found.point),
        "low": float(found.low),
        "high": float(found.high),
        "interval_low": float(found.interval_low),
        "interval_high": float(found.interval_high),
        "shift": tipping.shift,
        "shift_to_doubt": tipping.shift_to_doubt,
    }
