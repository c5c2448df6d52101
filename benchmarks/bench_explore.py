"""explore: how long the page waits for each answer on a million scored rows, over HTTP on loopback."""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pyarrow as pa

from benchmarks.bench_score import REAL_DATA
from benchmarks.tables import Bench, met

ROWS, SHARD, QUERIES, ROUNDS, BAR_MS = 1_000_000, 50_000, 20, 3, 300.0
THRESHOLDS = np.round(np.linspace(0.2, 0.8, QUERIES), 3)
_SETTINGS = {"plain": {}, "repetitions": {"duplicate_captions": "exact", "duplicate_urls": "exact", "top_k": 500}}


def make(folder: Path, rows: int, rules: dict[str, Any]) -> None:
    """A folder as a build leaves it: captions of the real ones with words added, classes of very unequal size."""
    from laionet.flow import RunFolder
    from laionet.recipe import load_recipe
    from laionet.shards import write_json
    from laionet.vocab import load_classes

    recipe = load_recipe(None, None, **{f"select__{name}": value for name, value in rules.items()})
    RunFolder(folder).settle(recipe)
    classes = load_classes()
    classes.to_csv(folder / "classes.csv")
    rng = np.random.default_rng(0)
    lines = (REAL_DATA / "cc3m_val_8000.tsv").read_text(encoding="utf-8").splitlines()
    captions = [line.partition("\t")[0] for line in lines]
    share = 1.0 / np.arange(1, len(classes) + 1)
    files = []
    for shard in range(-(-rows // SHARD)):
        n = min(SHARD, rows - shard * SHARD)
        file = f"part-{shard:05d}.parquet"
        files.append({"name": file, "safety": ["nsfw"]})
        labels = rng.choice(len(classes), n, p=share / share.sum())
        _write(folder / "score", f"{shard:05d}", _table(file, labels, classes, captions, rng))
    write_json(folder / "corpus.json", {"files": files})


def _table(file: str, labels: np.ndarray, classes: Any, captions: list[str], rng: np.random.Generator) -> pa.Table:
    from laionet.schema import SCORED

    n = len(labels)
    words = np.array(" ".join(captions).split())
    more = rng.choice(words, (n, 4))
    lemma = [classes[int(label)].lemmas[0] for label in labels]
    base = rng.integers(0, len(captions), n)
    values = {
        "file": [file] * n,
        "row": np.arange(n) * 20,
        "caption": [f"{one} {captions[b]} {' '.join(m)}" for one, b, m in zip(lemma, base, more, strict=True)],
        # A tenth of the addresses was seen before.
        "url": [f"https://img{k % 977}.example.com/{k:x}.jpg" for k in rng.integers(0, 9 * ROWS, n)],
        "nsfw": rng.choice(["UNLIKELY", "UNSURE", "NSFW"], n, p=[0.9, 0.07, 0.03]),
        "wnid": np.array(classes.wnids)[labels],
        "lemmas": [[one] for one in lemma],
        "found_by": [["paper"]] * n,
        "n_classes": rng.choice([1, 2], n, p=[0.9, 0.1]),
        "similarity": rng.normal(0.5, 0.15, n).clip(-1, 1),
        "truncated": np.zeros(n, bool),
    }
    return pa.table([pa.array(values.get(f.name, [None] * n), f.type) for f in SCORED], schema=SCORED)


def _write(where: Path, name: str, table: pa.Table) -> None:
    from laionet.shards import ShardWriter, write_json

    with ShardWriter(where / f"{name}.parquet", table.schema) as writer:
        writer.write(table)
    write_json(where / f"{name}.json", {"name": name, "status": "done", "key": name})


def measure(folder: Path) -> dict[str, list[tuple[float, float]]]:
    """Milliseconds of each kind of question as a page asks them, least of some rounds: waited, and computed."""
    from laionet.exploring import Explorer, serve

    started = time.perf_counter()
    explorer = Explorer(folder)
    explorer.view()
    found = {"opening": [(1000 * (time.perf_counter() - started), 0.0)]}
    address: list[str] = []
    ready = threading.Event()

    def listening(at: str) -> None:
        address.append(at)
        ready.set()

    threading.Thread(target=serve, args=(explorer, 0, listening), daemon=True).start()
    if not ready.wait(60):
        raise RuntimeError("the server did not start")
    classes = [one["wnid"] for one in _get(address[0] + "api/run", {})["classes"]]
    for at, threshold in enumerate(THRESHOLDS.tolist()):
        wnid = classes[0] if at % 2 else classes[at * 40]
        for name, path, query in _questions(wnid, threshold):
            waited, computed = [], []
            for _ in range(ROUNDS):
                if "first" in name:  # the captions of the class that was searched last are kept
                    _get(address[0] + path, query | {"wnid": classes[-1]})
                started, busy = time.perf_counter(), time.process_time()
                _get(address[0] + path, query)
                waited.append(1000 * (time.perf_counter() - started))
                computed.append(1000 * (time.process_time() - busy))
            found.setdefault(name, []).append((min(waited), min(computed)))
    return found


def _questions(wnid: str, threshold: float) -> list[tuple[str, str, dict[str, Any]]]:
    of_class = {"wnid": wnid, "threshold": threshold}
    return [
        ("the run and its curves, as a page opens", "api/run", {}),
        ("counts of all classes at a threshold", "api/counts", {"threshold": threshold}),
        ("a class at a threshold", "api/class", of_class),
        ("its captions from the threshold outwards", "api/samples", of_class),
        (
            "its captions at random, those dropped",
            "api/samples",
            of_class | {"order": "random", "show": "dropped"},
        ),
        ("its captions with a text, first time", "api/samples", of_class | {"order": "high", "text": "white"}),
        ("its captions with another text", "api/samples", of_class | {"order": "high", "text": "black"}),
        ("the whole of a caption", "api/caption", {"shard": "00000", "at": 777}),
    ]


def _get(address: str, query: dict[str, Any]) -> Any:
    with urllib.request.urlopen(f"{address}?{urlencode(query)}") as answer:
        return json.loads(answer.read())


def run(rows: int = ROWS) -> Bench:
    """Ask a million rows and return the table."""
    bench = Bench(
        "explore: answers to the page",
        f"{rows:,} scored rows in shards of {SHARD:,}, 1,000 classes of sizes like 1/rank (the largest has a"
        f" seventh of all rows); {QUERIES} thresholds, every other time of the largest class, asked over HTTP on"
        f" loopback one after the other, the least of {ROUNDS}. Waiting is from asking to the JSON read, while"
        " others use the machine; processor time is of all threads of server and asker, and so the longest that"
        " one idle core would take: the bar is for the worst question's. With repetitions: equal captions and"
        " addresses dropped, the 500 most similar of a class kept.",
    )
    for name, rules in _SETTINGS.items():
        with tempfile.TemporaryDirectory() as folder:
            make(Path(folder), rows, rules)
            found = measure(Path(folder))
        ((opening, _),) = found.pop("opening")
        bench.add(
            f"{name}: opening, once", f"{opening / 1000:.1f} s", f"{1e6 * opening / 1000 / rows:.1f} µs a row"
        )
        for what, times in found.items():
            waits, computes = np.array(times).T
            bench.add(
                f"{name}: {what}",
                f"waits {np.median(waits):.0f} ms, worst {waits.max():.0f} ms",
                f"computes {np.median(computes):.0f} ms, worst {computes.max():.0f} ms",
                met(round(computes.max()), BAR_MS, at_least=False),
            )
    return bench


if __name__ == "__main__":
    print(run(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS).markdown())
