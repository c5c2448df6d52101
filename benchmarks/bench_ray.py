"""Ray beside processes of this machine: match and score, two workers each."""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.captions import write_laion
from benchmarks.tables import Bench, met

WORK = Path(__file__).parent / ".work" / "ray"
ROUNDS = 3
FILES = 16
#: Captions of a file: of match, which does a million a second, and of score, which encodes one in twenty.
ROWS = {"match": 1_500_000, "score": 10_000}
ENGINES = ("local", "ray")


def corpus(stage: str, rows: int) -> Path:
    """A folder of files that are one under ``FILES`` names; for score their captions differ."""
    folder = WORK / f"{stage}-{rows}"
    for part in range(FILES):
        path = folder / f"part-{part:05d}.snappy.parquet"
        if not path.exists() and part and stage == "match":
            path.hardlink_to(folder / "part-00000.snappy.parquet")
        else:
            write_laion(path, rows, seed=part)
    return folder


def measure(stage: str, engine: str, rows: int) -> dict[str, float]:
    """Seconds of a stage, its workers' start counted, and apart from it those until Ray is up."""
    from laionet.engines import RayEngine
    from laionet.flow import Run
    from laionet.recipe import load_recipe

    knobs = {"corpus__files": (str(WORK / f"{stage}-{rows}"),), "run__workers": 2, "run__device": "cpu"}
    out = WORK / f"{stage}-{engine}"
    shutil.rmtree(out, ignore_errors=True)
    if stage == "score":
        Run(load_recipe(**knobs), out).match()
    run, up = Run(load_recipe(**knobs, run__engine=engine), out), 0.0
    if isinstance(run.engine, RayEngine):
        started = time.perf_counter()
        run.engine.connect()
        up = time.perf_counter() - started
    started = time.perf_counter()
    manifest = getattr(run, stage)()
    seconds = time.perf_counter() - started
    found = next(one for one in manifest["stages"] if one["name"] == stage)
    return {"seconds": seconds, "up": up, "rows": found["rows_in"]}


def _in_own_process(stage: str, engine: str, rows: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.bench_ray", stage, engine, str(rows)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return dict(json.loads(said.splitlines()[-1]))


def run(rounds: int = ROUNDS) -> Bench:
    """Measure and return the table."""
    bench = Bench(
        "ray: two workers beside two processes",
        f"{FILES} files of {ROWS['match']:,} generated captions for match (web rules), {ROWS['score']:,} for "
        "score (embedded encoder, fp32, one thread each); each stage whole, the start of its workers counted, of "
        f"Ray itself not. Median of {rounds} rounds in turn; ratios are medians of each round's ratio.",
    )
    ups = []
    for stage, rows in ROWS.items():
        corpus(stage, rows)
        found = [{engine: _in_own_process(stage, engine, rows) for engine in ENGINES} for _ in range(rounds)]
        for engine in ENGINES:
            seconds = statistics.median(one[engine]["seconds"] for one in found)
            ratio = statistics.median(one["local"]["seconds"] / one[engine]["seconds"] for one in found)
            bench.add(
                f"{stage}, {engine}",
                f"{found[0][engine]['rows'] / seconds:,.0f} rows/s, {seconds:.1f} s",
                "1" if engine == "local" else f"{ratio:.2f} x local",
                "" if engine == "local" else met(ratio, 0.9, at_least=True),
            )
        ups += [one["ray"]["up"] for one in found]
    bench.add("start of Ray on this machine, once a run", f"{statistics.median(ups):.1f} s")
    return bench


def main() -> None:
    """One stage with one engine in this process: for ``run``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("stage", choices=ROWS)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("rows", type=int)
    options = parser.parse_args()
    print(json.dumps(measure(options.stage, options.engine, options.rows)))


if __name__ == "__main__":
    main()
