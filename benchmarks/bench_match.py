"""The match stage: beside a bare read of the caption column, the published loop, pyahocorasick and polars."""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import string
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.captions import lemmas, write_laion
from benchmarks.tables import Bench, met

WORK = Path(__file__).parent / ".work"
ROUNDS = 3
COPIES = 16


def _many(path: Path) -> Path:
    """A folder with the file under ``COPIES`` names: long enough that two processes are worth their start."""
    folder = WORK / "many"
    folder.mkdir(exist_ok=True)
    for part in range(COPIES):
        link = folder / f"part-{part:05d}.snappy.parquet"
        if not link.exists():
            link.hardlink_to(path)
    return folder


def bare_read(path: Path) -> float:
    """Seconds to read the caption column alone, one thread."""
    import pyarrow.parquet as pq

    started = time.perf_counter()
    table = pq.ParquetFile(path).read(columns=["TEXT"], use_threads=False)
    seconds = time.perf_counter() - started
    assert len(table)
    return seconds


def whole_stage(path: Path, rules: str, workers: int) -> float:
    """Seconds of ``laionet match`` without the interpreter's start: read, match, write, reports."""
    from laionet.flow import Run
    from laionet.recipe import load_recipe

    seconds = 0.0
    # A small run first, so that imports and the compiler's cache are not counted, as they are not elsewhere.
    for file in (write_laion(WORK / "warm" / "part-00000.snappy.parquet", 60_000), path):
        out = WORK / f"match-{rules}-{workers}"
        shutil.rmtree(out, ignore_errors=True)
        recipe = load_recipe(corpus__files=(str(file),), match__rules=rules, run__workers=workers)
        run = Run(recipe, out)
        started = time.perf_counter()
        run.match()
        seconds = time.perf_counter() - started
    return seconds


def published_loop(path: Path, rows: int = 3_000) -> float:
    """Seconds per caption of a loop over the rows of a DataFrame and, in each, over the lemmas, as published."""
    import pandas as pd

    frame, known = pd.DataFrame({"TEXT": _sample(path, rows)}), dict.fromkeys(lemmas())
    punctuation = str.maketrans(string.punctuation, " " * len(string.punctuation))

    def with_spaces(text: str) -> str:
        return " " + text + " "

    started = time.perf_counter()
    found = []
    for row, values in frame.iterrows():
        text = with_spaces(values["TEXT"].translate(punctuation))
        for lemma in known:
            if with_spaces(lemma) in text:
                found.append((row, lemma))
    assert found
    return (time.perf_counter() - started) / rows


def pyahocorasick(path: Path, rows: int = 200_000) -> float:
    """Seconds per caption with an Aho-Corasick automaton called on one caption after the other."""
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for lemma in lemmas():
        automaton.add_word(f" {lemma} ", lemma)
    automaton.make_automaton()
    punctuation = str.maketrans(string.punctuation, " " * len(string.punctuation))
    captions = _sample(path, rows)
    started = time.perf_counter()
    found = [
        (row, lemma)
        for row, c in enumerate(captions)
        for _, lemma in automaton.iter(f" {c.translate(punctuation)} ")
    ]
    assert found
    return (time.perf_counter() - started) / rows


def polars_extract(path: Path, rows: int = 200_000) -> float:
    """Seconds per caption with polars' ``extract_many``, one thread (POLARS_MAX_THREADS=1)."""
    import polars as pl

    frame = pl.DataFrame({"text": _sample(path, rows)})
    padded = [f" {lemma} " for lemma in lemmas()]
    text = pl.concat_str(pl.lit(" "), pl.col("text").str.replace_all(r"[[:punct:]]", " "), pl.lit(" "))
    started = time.perf_counter()
    found = frame.select(text.str.extract_many(padded, overlapping=True).alias("hits"))
    assert found["hits"].list.len().sum()
    return (time.perf_counter() - started) / rows


def _sample(path: Path, rows: int) -> list[str]:
    import pyarrow.parquet as pq

    batch = next(pq.ParquetFile(path).iter_batches(batch_size=rows, columns=["TEXT"]))
    return [str(text) for text in batch.column(0).to_pylist()]


TASKS = {
    "bare": bare_read,
    "paper": lambda path: whole_stage(path, "paper", 1),
    "web": lambda path: whole_stage(path, "web", 1),
    "long-1": lambda path: whole_stage(_many(path), "web", 1),
    "long-2": lambda path: whole_stage(_many(path), "web", 2),
    "loop": published_loop,
    "pyahocorasick": pyahocorasick,
    "polars": polars_extract,
}


def _in_own_process(task: str, path: Path, cores: str) -> tuple[float, float]:
    """Seconds and peak memory (MiB) of a task, in a process of its own on the given cores."""
    env_line = f"POLARS_MAX_THREADS={len(cores.split(','))}"
    command = [
        "env",
        env_line,
        "taskset",
        "-c",
        cores,
        sys.executable,
        "-m",
        "benchmarks.bench_match",
        task,
        str(path),
    ]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    return found["seconds"], found["peak_mib"]


def run(rows: int = 3_000_000) -> Bench:
    """Measure and return the table."""
    path = write_laion(WORK / f"part-00000-{rows}.snappy.parquet", rows)
    small = write_laion(WORK / f"part-00000-{rows // 3}.snappy.parquet", rows // 3)
    seconds: dict[str, list[float]] = {task: [] for task in TASKS}
    peak: dict[str, float] = {}
    for round_ in range(ROUNDS):
        for task in TASKS:
            if round_ == 0 or not task.startswith("long"):
                took, peak[task] = _in_own_process(task, path, "0,1" if task == "long-2" else "0")
                seconds[task].append(took)
    small_peak = _in_own_process("web", small, "0")[1]
    mid = {task: statistics.median(values) for task, values in seconds.items()}
    return _table(rows, mid, peak, small_peak)


def _table(rows: int, mid: dict[str, float], peak: dict[str, float], small_peak: float) -> Bench:
    bench = Bench(
        "match: captions with a lemma",
        f"{rows:,} generated web-like captions in LAION-400M's layout (snappy parquet), 1,824 lemmas, the "
        "compiled kernel (extra `fast`), one core "
        f"unless said; the whole stage: read, match, write, reports. Median of {ROUNDS} rounds.",
    )
    bench.add("bare read of the caption column", f"{rows / mid['bare'] / 1e6:.2f} M captions/s", "1")
    for rules in ("paper", "web"):
        against = mid[rules] / mid["bare"]
        bench.add(f"whole stage, {rules} rules", f"{rows / mid[rules] / 1e6:.2f} M captions/s",
                  f"{against:.2f} x the bare read", met(against, 4, at_least=False))  # fmt: skip
    others = {"loop": "published loop (sample)", "pyahocorasick": "pyahocorasick, caption by caption"}
    for task, name in {**others, "polars": "polars extract_many, paper rules"}.items():
        ratio = mid[task] / (mid["paper"] / rows)
        bar = met(ratio, 800, at_least=True) if task == "loop" else ""
        bench.add(name, f"{1 / mid[task]:,.0f} captions/s", f"paper-rules stage is {ratio:,.1f} x as fast", bar)
    gain, long = mid["long-1"] / mid["long-2"], COPIES * rows
    bench.add(f"web rules, {long:,} captions, one process", f"{long / mid['long-1'] / 1e6:.2f} M captions/s")
    bench.add(f"web rules, {long:,} captions, 2 processes", f"{long / mid['long-2'] / 1e6:.2f} M captions/s",
              f"{gain:.2f} x one process, its start counted", met(gain, 1.7, at_least=True))  # fmt: skip
    bench.add("peak memory at that size, one process", f"{peak['long-1']:.0f} MiB",
              f"{peak['long-1'] / peak['web']:.2f} x that at {rows:,} rows")  # fmt: skip
    growth = peak["web"] / small_peak
    bench.add("peak memory, web rules", f"{peak['web']:.0f} MiB", f"{growth:.2f} x that at {rows // 3:,} rows",
              met(growth, 1.1, at_least=False))  # fmt: skip
    return bench


def main() -> None:
    """One task in this process: for ``run``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("path", type=Path)
    options = parser.parse_args()
    seconds = TASKS[options.task](options.path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mib": peak}))


if __name__ == "__main__":
    main()
