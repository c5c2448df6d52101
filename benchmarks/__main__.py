"""Run benchmarks and write ``RESULTS.md``:  ``python -m benchmarks [NAMES] [--rows N]``."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import re
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    bench_coverage,
    bench_describe,
    bench_diagnosis,
    bench_explore,
    bench_fetch,
    bench_index,
    bench_match,
    bench_mini_web,
    bench_pairs,
    bench_ray,
    bench_read_text,
    bench_score,
    bench_similarity,
    bench_truth,
)
from benchmarks.tables import Bench

RESULTS = Path(__file__).parent / "RESULTS.md"


def machine() -> str:
    """The processor, its cores that we may use, the memory, the interpreter."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    for line in cpuinfo.read_text().splitlines() if cpuinfo.exists() else []:
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    return f"{model}, {cores} cores, {memory:.0f} GiB, Python {platform.python_version()}, no GPU"


RUNS: dict[str, Callable[[argparse.Namespace], Bench]] = {
    "match": lambda options: bench_match.run(options.rows),
    "score": lambda _: bench_score.run(),
    "mini-web": lambda _: bench_mini_web.run(),
    "fetch": lambda _: bench_fetch.run(),
    "read-text": lambda _: bench_read_text.run(),
    "describe": lambda _: bench_describe.run(),
    "similarity": lambda _: bench_similarity.run(),
    "pairs": lambda _: bench_pairs.run(),
    "coverage": lambda _: bench_coverage.run(),
    "truth": lambda _: bench_truth.run(),
    "diagnosis": lambda _: bench_diagnosis.run(),
    "explore": lambda _: bench_explore.run(),
    "index": lambda _: bench_index.run(),
    "ray": lambda _: bench_ray.run(),
}


def main() -> None:
    """Run what was named, or all, and put its tables into the page in place of their earlier ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="*", help=f"{', '.join(RUNS)}; all where none is named")
    parser.add_argument("--rows", type=int, default=3_000_000, help="captions of the match benchmark")
    options = parser.parse_args()
    for name in options.which or RUNS:
        section = RUNS[name](options).markdown()
        print(section)
        today = datetime.date.today().isoformat()
        RESULTS.write_text(updated(RESULTS.read_text(encoding="utf-8"), f"{section}\n\nRun on {today}."), "utf-8")
    print(f"written: {RESULTS}")


def updated(page: str, section: str) -> str:
    """The page with a section in place of the one of the same title, or at its end."""
    _, *sections = re.split(r"^(?=## )", page, flags=re.MULTILINE)
    titles = [text.splitlines()[0] for text in sections]
    title = section.splitlines()[0]
    place = titles.index(title) if title in titles else len(sections)
    sections[place : place + 1] = [section + "\n"]
    intro = [
        "# Measured",
        "",
        f"{machine()}. Written by `make bench`; each table is one run, its rows interleaved, so that ratios hold",
        "on a machine that others use too. GPU rows are left out: none could be run.",
    ]
    return "\n\n".join(["\n".join(intro), *(text.rstrip() for text in sections)]) + "\n"


if __name__ == "__main__":
    main()
