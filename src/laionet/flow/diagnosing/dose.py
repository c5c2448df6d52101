"""Dose-response: what the diagnosis finds at each strength of the mini-web's image link; what explains a gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from laionet.compare.dose import DoseResponse, dose_response, monotonicity
from laionet.compare.estimate import Estimate
from laionet.compare.explaining import explaining
from laionet.errors import OutputError
from laionet.events import Event, Listener, ignore
from laionet.flow.diagnosing.outcome import write_outcome
from laionet.flow.diagnosing.pool import PoolOf, open_pool
from laionet.flow.diagnosing.trial import STATISTICS, TESTS, UNSIGNED, trial
from laionet.report.diagnosing.dose import dose_figure
from laionet.shards import read_json


@dataclass(frozen=True)
class Doses:
    """What is simulated.

    Attributes:
        strengths: of the image link, -1 to 1; two or more, 0 among them.
        seeds: trials at each, of seeds 0, 1, 2, ...; 2 or more.
        per_class: pictures of a class that caption and annotators take at most.
        level: of intervals.
        alpha: of the verdicts that are counted.
    """

    strengths: tuple[float, ...] = (-0.8, -0.4, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
    seeds: int = 20
    per_class: int = 40
    level: float = 0.95
    alpha: float = 0.05

    def __post_init__(self) -> None:
        if self.seeds < 2 or len(set(self.strengths)) < 2 or 0.0 not in self.strengths:
            raise OutputError("A dose-response takes two seeds or more, and two strengths or more, one of them 0.")
        if not all(-1 <= one <= 1 for one in self.strengths):
            raise OutputError("Strengths of the image link lie between -1 and 1.")


@dataclass(frozen=True)
class Gap:
    """A measured gap that is to be explained.

    Attributes:
        statistic: which of ``trial.STATISTICS`` it is.
        value: with its interval, at the level of ``Doses``.
        source: where it is from, in words.
    """

    statistic: str
    value: Estimate
    source: str


def diagnose_dose(
    out: str | Path = "out/diagnose",
    *,
    gap: Gap | None = None,
    doses: Doses | None = None,
    pool_of: PoolOf | None = None,
    listener: Listener = ignore,
) -> dict[str, Any]:
    """Simulate selections by sight at each strength, and read off which strengths explain a gap.

    Args:
        out: folder: the pool is kept in ``pool/`` and used again; ``diagnosis/dose.json`` and ``.svg``.
        gap: what to explain; None for the dose-response alone.
        doses: what is simulated.
        pool_of: what the pool is made of.
        listener: called with events.

    Returns:
        ``pool``, ``settings``, ``strengths``: for each the ``statistics`` (``mean``, ``sd``, ``se``, ``curve``,
        ``low``, ``high``) and ``found``, the shares of trials with a verdict of each test; ``monotone`` for each
        statistic; ``explained`` with the strengths that explain the gap, None without one; ``trials``.

    Raises:
        OutputError: for settings that make no curve, or a folder with a pool of other settings.
    """
    out, doses = Path(out), doses or Doses()
    if gap is not None and gap.statistic not in STATISTICS:
        raise OutputError(f"There is no statistic {gap.statistic!r}; choose one of {', '.join(STATISTICS)}.")
    if gap is not None and not gap.value.low <= gap.value.value <= gap.value.high:
        raise OutputError(f"The gap {gap.value.value:g} must lie in its interval: give value, low, high.")
    pool = open_pool(out / "pool", pool_of, listener)
    strengths = tuple(sorted(set(doses.strengths)))
    trials = []
    listener(Event("stage_started", "trials", data={"shards": len(strengths) * doses.seeds}))
    for strength in strengths:
        for seed in range(doses.seeds):
            trials.append(trial(pool, strength, seed, per_class=doses.per_class))
            listener(Event("shard_done", "trials", data={"kept": 1}))
    listener(Event("stage_done", "trials"))
    curves = {name: response(trials, name, doses.level) for name in STATISTICS if _known(trials, name)}
    if gap is not None and gap.statistic not in curves:
        raise OutputError(f"Too few pictures are taken to tell {gap.statistic}; draw a larger pool with --pool.")
    document = {
        "pool": {"of": asdict(pool.of), "counts": pool.counts},
        "settings": asdict(doses) | {"strengths": list(strengths)},
        "statistics": STATISTICS,
        "strengths": [_row(strength, trials, curves, doses.alpha) for strength in strengths],
        "monotone": {name: _monotone(trials, name, curve) for name, curve in curves.items()},
        "explained": None if gap is None else _explained(curves[gap.statistic], gap, doses.level),
        "trials": trials,
    }
    return write_outcome(out, "dose", document, dose_figure(document))


def _known(trials: Sequence[Mapping[str, Any]], name: str) -> bool:
    """Whether a statistic is known at two strengths or more."""
    return len({one["strength"] for one in _of(trials, name) if np.isfinite(one[name])}) > 1


def _of(trials: Sequence[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    """Trials that a statistic's dose-response is of."""
    return [one for one in trials if one["strength"] >= 0 or name not in UNSIGNED]


def response(trials: Sequence[Mapping[str, Any]], name: str, level: float = 0.95) -> DoseResponse:
    """The dose-response of a statistic of ``trial.STATISTICS``; of ``UNSIGNED`` ones from strength 0 up.

    Trials of one seed share split, tastes and moods at all strengths, so seeds are resampled.
    """
    some = _of(trials, name)
    return dose_response(
        [one["strength"] for one in some],
        [one[name] for one in some],
        replicate=[one["seed"] for one in some],
        rises=name != "similarity",
        level=level,
    )


def _row(
    strength: float, trials: Sequence[Mapping[str, Any]], curves: Mapping[str, DoseResponse], alpha: float
) -> dict[str, Any]:
    mine = [one for one in trials if one["strength"] == strength]
    row: dict[str, Any] = {
        "strength": strength,
        "trials": len(mine),
        "by_caption": float(np.mean([one["by_caption"] for one in mine])),
        "by_sight": float(np.mean([one["by_sight"] for one in mine])),
        "found": {test: float(np.mean([one["p"][test] < alpha for one in mine])) for test in TESTS},
        "statistics": {},
    }
    for name, curve in curves.items():
        at = np.flatnonzero(curve.strength == strength)
        if len(at):
            keys = ("mean", "sd", "se", "curve", "low", "high")
            row["statistics"][name] = {key: float(getattr(curve, key)[at[0]]) for key in keys}
    return row


def _monotone(trials: Sequence[Mapping[str, Any]], name: str, curve: DoseResponse) -> dict[str, Any]:
    some = _of(trials, name)
    found = monotonicity([one["strength"] for one in some], [one[name] for one in some], curve)
    return asdict(found) | {"rises": curve.rises}


def _explained(curve: DoseResponse, gap: Gap, level: float) -> dict[str, Any]:
    found = explaining(curve, gap.value, level=level)
    return {"statistic": gap.statistic, "source": gap.source, "gap": asdict(gap.value)} | asdict(found)


def gap_of_comparison(
    path: Path, *, encoder: str | None = None, pair: int = 0, statistic: str = "similarity"
) -> Gap:
    """The gap in similarity that a comparison found, A less B: A chosen by caption, B by sight.

    Args:
        path: ``comparison.json`` of ``laionet compare`` or of the demo.
        encoder: whose similarities; None for the first.
        pair: which pair of datasets, from 0.
        statistic: ``similarity``, the pooled difference, or ``below``, the share of classes where it is negative.

    Raises:
        OutputError: for a file that is no comparison, or lacks what is asked for.
    """
    document = read_json(path)
    pairs = document.get("pairs", [document]) if isinstance(document, dict) else []
    if not 0 <= pair < len(pairs) or not pairs[pair].get("similarity"):
        raise OutputError(
            f"{path} holds no similarities of a pair {pair}. Give the comparison.json of a comparison."
        )
    parts = pairs[pair]["similarity"]
    part = next((one for one in parts if encoder in (None, one["encoder"])), None)
    if part is None:
        known = ", ".join(one["encoder"] for one in parts)
        raise OutputError(f"{path} has no similarities by {encoder!r}; it has {known}.")
    titles = " less ".join(one["title"] for one in pairs[pair]["datasets"])
    source = f"{titles}, {part['encoder']}"
    if statistic == "similarity":
        numbers = part["pooled"]
        if any(numbers[key] is None for key in ("value", "low", "high")):
            raise OutputError(f"{path} has no interval of the pooled difference: it takes two classes or more.")
        return Gap(statistic, Estimate(**{key: numbers[key] for key in ("value", "se", "low", "high")}), source)
    if statistic == "below" and part["judged"]:
        from laionet.compare.accuracy import wilson

        count = round(part["below"] * part["judged"])
        low, high = wilson(np.array([count]), np.array([part["judged"]]), 0.95)
        share = Estimate(part["below"], float("nan"), float(low[0]), float(high[0]))
        return Gap(statistic, share, source)
    raise OutputError("A comparison has the statistics similarity and below; give others with --gap.")
