"""Histogram of all pairs' similarities: beside the bare matrix product, and beside the full Gram matrix."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tables import Bench, met

DIM = 512
IMAGES = 10_000
#: From three panels on memory is flat.
MANY = (3 * 8_192, 6 * 8_192)
ROUNDS = 5
TILE = 2_048


def embeddings(n: int) -> np.ndarray:
    """Unit vectors about a common direction, float32 (n, 512); made in place, so that no peak is hidden."""
    x = np.random.default_rng(0).standard_normal((n, DIM), dtype=np.float32)
    x += np.float32(0.5)
    x /= np.sqrt(np.einsum("ij,ij->i", x, x))[:, None]
    return x


def peak_mib() -> float:
    """Largest memory that this process has had. What getrusage says may be the parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def histogram(x: np.ndarray) -> np.ndarray:
    """Ours, on one thread."""
    from laionet.compare.pairs import pair_histogram

    return pair_histogram(x, np.zeros(len(x), dtype=np.int64), threads=1).counts[0]


def gram(x: np.ndarray) -> np.ndarray:
    """The plain way: the whole matrix, its upper triangle, ``numpy.histogram``."""
    return np.histogram((x @ x.T)[np.triu_indices(len(x), 1)], bins=2048, range=(-1, 1))[0]


WAYS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"histogram": histogram, "gram": gram}


def product_seconds(x: np.ndarray, out: np.ndarray) -> float:
    """Seconds of one useful multiplication and addition in the bare product of two tiles, best of three."""
    took = []
    for _ in range(3):
        started = time.process_time()
        np.matmul(x[:TILE], x[TILE : 2 * TILE].T, out=out)
        took.append(time.process_time() - started)
    return min(took) / (TILE * TILE * DIM)


def in_this_process(way: str, n: int, rounds: int) -> dict[str, Any]:
    """Seconds, peak memory beyond the vectors (MiB), and share of the bare product's rate, of one way.

    The bare product runs before and after each round, so that both meet the same machine.
    """
    x = embeddings(n)
    run = WAYS[way]
    run(x[:64])  # what is loaded once
    before = peak_mib()
    counted = int(run(x).sum())
    peak = peak_mib() - before
    out, seconds, shares = np.empty((TILE, TILE), dtype=np.float32), [], []
    product = product_seconds(x, out)
    for _ in range(rounds):
        started = time.process_time()
        run(x)
        seconds.append(time.process_time() - started)
        after = product_seconds(x, out)
        useful = n * (n - 1) / 2 * DIM
        shares.append(useful * (product + after) / 2 / seconds[-1])
        product = after
    return {
        "pairs": counted,
        "seconds": statistics.median(seconds) if seconds else 0.0,
        "peak_mib": peak,
        "share": statistics.median(shares) if shares else 0.0,
        "product_gflops": 2 / product / 1e9,
    }


def in_own_process(way: str, n: int, rounds: int) -> dict[str, Any]:
    """As ``in_this_process``, in a process of its own with one thread."""
    command = [sys.executable, "-m", "benchmarks.bench_pairs", way, str(n), str(rounds)]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | threads)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def run() -> Bench:
    """Measure and return the table."""
    ours, theirs = (in_own_process(way, IMAGES, ROUNDS) for way in WAYS)
    if ours["pairs"] != theirs["pairs"]:
        raise RuntimeError(f"Both ways must count the same pairs, not {ours['pairs']} and {theirs['pairs']}.")
    half, whole = (in_own_process("histogram", n, 0)["peak_mib"] for n in MANY)
    faster, growth = theirs["seconds"] / ours["seconds"], whole / half
    bench = Bench(
        "pairs: histogram of all similarities of a class",
        f"{IMAGES:,} vectors of {DIM} numbers, float32, {ours['pairs']:,} pairs, 2,048 bins, processor time of one"
        " thread. Useful products are those of different, unordered pairs. The bare product of two tiles of"
        f" {TILE:,} vectors is measured before and after each of {ROUNDS} rounds; figures are medians. Memory is"
        " what the peak is above that before, the vectors counted as there.",
    )
    bench.add("bare matrix product", f"{ours['product_gflops']:.0f} GFLOP/s", "1")
    bench.add("laionet, all pairs counted", f"{ours['seconds']:.2f} s", f"{ours['share']:.2f} x that rate",
              met(ours["share"], 0.7, at_least=True))  # fmt: skip
    bench.add("full Gram matrix, triu_indices, numpy.histogram", f"{theirs['seconds']:.2f} s",
              f"{theirs['share']:.2f} x that rate; laionet is {faster:.1f} x as fast")  # fmt: skip
    bench.add("peak memory, laionet", f"{ours['peak_mib']:.0f} MiB")
    bench.add("peak memory, full Gram matrix", f"{theirs['peak_mib']:,.0f} MiB",
              f"{theirs['peak_mib'] / ours['peak_mib']:.0f} x")  # fmt: skip
    bench.add(f"peak memory, laionet, {MANY[1]:,} vectors", f"{whole:.0f} MiB",
              f"{growth:.2f} x that at {MANY[0]:,}", met(growth, 1.1, at_least=False))  # fmt: skip
    return bench


def main() -> None:
    """One way in this process: for ``run``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("images", type=int)
    parser.add_argument("rounds", type=int)
    options = parser.parse_args()
    print(json.dumps(in_this_process(options.way, options.images, options.rounds)))


if __name__ == "__main__":
    main()
