"""Run all benchmarks and write ``RESULTS.md``:  ``python -m benchmarks [match] [score] [--rows N]``."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
from pathlib import Path

from benchmarks import bench_match, bench_score
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


def main() -> None:
    """Run what was named, or all, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="*", help="match, score; all where none is named")
    parser.add_argument("--rows", type=int, default=3_000_000, help="captions of the match benchmark")
    options = parser.parse_args()
    runs = {"match": lambda: bench_match.run(options.rows), "score": bench_score.run}
    sections: list[Bench] = [runs[name]() for name in options.which or runs]
    page = [
        "# Measured",
        "",
        f"{datetime.date.today().isoformat()}; {machine()}. Written by `make bench`; each table is one run,",
        "its rows interleaved, so that ratios hold on a machine that others use too.",
    ]
    for section in sections:
        print(section.markdown())
        page += ["", section.markdown()]
    if not options.which:
        RESULTS.write_text("\n".join(page) + "\n", encoding="utf-8")
        print(f"written: {RESULTS}")


if __name__ == "__main__":
    main()
