"""Mean intra-class similarity with its interval: beside the full matrix, and beside the published way."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tables import Bench, met

DIM = 512
SIZES = (1_000, 10_000, 100_000, 1_000_000)
#: Rows of the largest full matrix that is made: 20,000 take 1.6 GB in single precision.
MOST_PAIRWISE = 10_000
ROUNDS = 3


def ours(x: np.ndarray) -> dict[str, float]:
    """Mean and interval in O(n d)."""
    from laionet.compare.similarity import intra_class

    found = intra_class(x, np.zeros(len(x), np.int64), 1)
    return {"mean": float(found.mean[0]), "low": float(found.low[0]), "high": float(found.high[0])}


def full_matrix(x: np.ndarray) -> dict[str, float]:
    """All pairs from the full Gram matrix, and the leave-one-out means from its rows."""
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    gram = unit @ unit.T
    pairs = gram[np.triu_indices(len(x), 1)]
    n, mean = len(x), float(pairs.mean(dtype=np.float64))
    rows = gram.sum(axis=1, dtype=np.float64) - 1
    left = (rows.sum() - 2 * rows) / ((n - 1) * (n - 2))
    half = 1.96 * np.sqrt((n - 1) / n * np.sum((left - left.mean()) ** 2))
    return {"mean": mean, "low": mean - half, "high": mean + half}


def published(x: np.ndarray) -> dict[str, float]:
    """The matrix is pickled, read back, and its upper triangle reduced."""
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    with tempfile.TemporaryFile() as file:
        pickle.dump(unit @ unit.T, file)
        file.seek(0)
        gram = pickle.load(file)
    pairs = gram[np.triu_indices(len(x), 1)]
    half = 1.96 * float(pairs.std()) / np.sqrt(len(pairs) - 1)
    return {"mean": float(pairs.mean()), "low": float(pairs.mean()) - half, "high": float(pairs.mean()) + half}


WAYS = {"laionet": ours, "full matrix": full_matrix, "pickled matrix": published}


class Peak:
    """Most memory of its own that this process holds inside the block, beyond that before; MiB.

    Pages of a mapped file are not counted: the system drops them where it needs room.
    """

    def __enter__(self) -> Peak:
        self._before, self.mib, self._done = self._now(), 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.0005):
            self.mib = max(self.mib, self._now() - self._before)

    @staticmethod
    def _now() -> float:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


def child(way: str, path: str) -> None:
    """Time one way in this process, on embeddings mapped from a file; print it with the peak memory."""
    x = np.load(path, mmap_mode="r")
    small = np.array(x[:64])
    WAYS[way](small)  # imports and first calls are not what is measured
    seconds = []
    for _ in range(ROUNDS if len(x) <= MOST_PAIRWISE else 1):
        started = time.perf_counter()
        found = WAYS[way](x if way == "laionet" else np.array(x))
        seconds.append(time.perf_counter() - started)
    with Peak() as peak:  # a run of its own: looking takes time
        WAYS[way](x if way == "laionet" else np.array(x))
    print(json.dumps(found | {"seconds": min(seconds), "peak_mib": peak.mib}))


def run() -> Bench:
    """All ways at all sizes that they can do."""
    bench = Bench(
        "similarity: mean over all pairs of a class, with its interval",
        f"One class of n images of {DIM} dimensions in single precision, mapped from a file; each way in a "
        "process of its own, best of 3. Memory: most of its own that the process held beyond its start, in a run "
        "of its own; pages of the mapped file are not counted, for the system drops them where it needs room.",
    )
    with tempfile.TemporaryDirectory() as folder:
        measured = {n: _size(n, Path(folder)) for n in SIZES}
    for n, rows in measured.items():
        mine = rows["laionet"]
        for way, row in rows.items():
            ratio = row["seconds"] / mine["seconds"]
            bar = met(ratio, 100, at_least=True) if n == 10_000 and way == "full matrix" else ""
            figure = f"{1000 * row['seconds']:,.1f} ms, {row['peak_mib']:,.1f} MiB"
            bench.add(f"n = {n:,}: {way}", figure, "1" if way == "laionet" else f"{ratio:,.0f} x", bar)
    far = max(abs(rows[way]["mean"] - rows["laionet"]["mean"]) for rows in measured.values() for way in rows)
    bench.add("largest difference of the mean", f"{far:.1e}", "", met(far, 1e-6, at_least=False))
    return bench


def _size(n: int, folder: Path) -> dict[str, dict[str, Any]]:
    path = folder / f"{n}.npy"
    rng = np.random.default_rng(n)
    x = np.lib.format.open_memmap(path, "w+", np.float32, (n, DIM))
    for start in range(0, n, 100_000):
        part = rng.standard_normal((min(100_000, n - start), DIM), np.float32) / np.sqrt(DIM)
        part[:, 0] += 1
        x[start : start + len(part)] = part
    x.flush()
    del x
    ways = [way for way in WAYS if way == "laionet" or n <= MOST_PAIRWISE]
    found = {}
    for way in ways:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.bench_similarity", way, str(path)],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ,
        )
        found[way] = json.loads(done.stdout.splitlines()[-1])
    path.unlink()
    return found


if __name__ == "__main__":
    child(sys.argv[1], sys.argv[2])
