"""The diagnosis on the mini-web, where the truth is known: nothing found without a link, a strong one found."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tables import Bench, met
from laionet.compare.dose import monotonicity
from laionet.flow.diagnosing.dose import response
from laionet.flow.diagnosing.pool import open_pool
from laionet.flow.diagnosing.trial import STATISTICS, TESTS, UNSIGNED, caption_trial, draw, frequency_trend, trial

WORK = Path(__file__).parent / ".work" / "diagnosis"
#: Trials at each strength.
TRIALS = {-0.8: 20, -0.4: 20, 0.0: 200, 0.1: 20, 0.2: 20, 0.3: 20, 0.4: 20, 0.6: 20, 0.8: 200, 1.0: 20}
#: Trials of the trend alone without a link: of 200, one in 25 that hold their level finds it in 8 % and more.
TREND_TRIALS = 2_000
#: Trials where captions alone select, by a stricter rule.
CAPTION_TRIALS = 100


def run() -> Bench:
    """Draw the pool once, then all trials in one process."""
    started = time.perf_counter()
    pool = open_pool(WORK / "pool")
    drawn = time.perf_counter() - started
    started = time.perf_counter()
    trials = [trial(pool, strength, seed) for strength, seeds in TRIALS.items() for seed in range(seeds)]
    each = (time.perf_counter() - started) / len(trials)
    captions = [caption_trial(pool, seed) for seed in range(CAPTION_TRIALS)]
    bench = Bench(
        "diagnosis: is the image in the selection of the mini-web?",
        f"Trials on one pool of {len(pool):,} pages: a third of each class selected by caption, the others shown "
        "to annotators of a known strength; shares of trials with p < 0.05. At strength 0 both selections are at "
        "random from pages whose pictures show the class.",
    )
    _shares(bench, trials)
    found = [frequency_trend(pool, draw(pool, 0.0, seed), 3, seed)[1] < 0.05 for seed in range(TREND_TRIALS)]
    held = f"nothing found {met(1 - float(np.mean(found)), 0.93, at_least=True)}"
    share = f"{100 * float(np.mean(found)):.2f} % of {TREND_TRIALS:,}"
    bench.add("frequency alone, strength 0: found", share, "", held)
    _captions(bench, captions)
    _curves(bench, trials)
    bench.add("one trial", f"{each:.2f} s")
    bench.add("the pool, drawn and embedded" if drawn > 5 else "the pool, read again", f"{drawn:.1f} s")
    return bench


def _shares(bench: Bench, trials: list[dict[str, Any]]) -> None:
    for test in TESTS:
        for strength in TRIALS:
            found = [one["p"][test] < 0.05 for one in trials if one["strength"] == strength]
            share = float(np.mean(found))
            bar = ""
            if strength == 0.0:
                bar = f"nothing found {met(1 - share, 0.93, at_least=True)}"
            elif strength == 0.8:
                bar = f"found {met(share, 0.95, at_least=True)}"
            bench.add(f"{test}, strength {strength:g}: found", f"{100 * share:.1f} % of {len(found)}", "", bar)


def _captions(bench: Bench, trials: list[dict[str, Any]]) -> None:
    for test in ("similarity", "independence"):
        share = float(np.mean([one["p"][test] < 0.05 for one in trials]))
        bar = (
            f"nothing found {met(1 - share, 0.93, at_least=True)}"
            if test == "independence"
            else "differs in truth"
        )
        what = f"{test}, selected by stricter captions: found"
        bench.add(what, f"{100 * share:.1f} % of {len(trials)}", "", bar)


def _curves(bench: Bench, trials: list[dict[str, Any]]) -> None:
    # As many trials at each strength, of the same seeds: steps between means are then of equal weight.
    seeds = min(TRIALS.values())
    for name in STATISTICS:
        some = [one for one in trials if one["seed"] < seeds and (one["strength"] >= 0 or name not in UNSIGNED)]
        curve = response(some, name)
        found = monotonicity([one["strength"] for one in some], [one[name] for one in some], curve)
        means = ", ".join(f"{mean:.3g}" for mean in curve.mean)
        verdict = "met" if found.p_against > 0.05 else "NOT met"
        bench.add(
            f"{name} at strengths {', '.join(f'{one:g}' for one in curve.strength)}",
            means,
            f"tau {found.tau:.2f}",
            f"monotone, p > 0.05: {verdict} (p = {found.p_against:.2f}, largest step back {found.against:.2g})",
        )
