"""What an index of another size would take on this machine, from what the building of this one took."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from laionet.index import inverted
from laionet.index.parts import PART_BYTES
from laionet.index.search import Index

#: Captions of LAION-400M, the paper's corpus.
LAION_400M = 413_871_335


@dataclass(frozen=True)
class Rates:
    """What was measured while an index was built; None where nothing was.

    Attributes:
        vector: seconds of reading, encoding and writing a row.
        train: seconds of training for a vector of the sample and a list.
        add: seconds of adding a row to the lists, for each list.
        search: seconds of a query, searching many at once.
        exact: seconds of comparing a query with a vector, many at once.
    """

    vector: float | None
    train: float | None
    add: float | None
    search: float | None
    exact: float | None


def rates(folder: Path) -> Rates:
    """Those that ``log/times.jsonl`` holds, over all runs of the building."""
    amount: dict[str, float] = defaultdict(float)
    seconds: dict[str, float] = defaultdict(float)
    log = folder / "log" / "times.jsonl"
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else []:
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:  # a run was killed while it wrote this line
            continue
        amount[entry["what"]] += entry["amount"]
        seconds[entry["what"]] += entry["seconds"]
    each = {what: seconds[what] / amount[what] for what in amount if amount[what]}
    return Rates(*(each.get(what) for what in ("vectors", "train", "lists", "search", "exact")))


def cost(index: Index, rows: int = LAION_400M) -> dict[str, Any]:
    """Time, disk and memory for ``rows`` captions like these, encoded by this encoder on this machine.

    Formulas are in docs/index.md. Of an approximate index the number of lists looked at is taken to stay what it
    is here; the recall that this gives at another size has to be measured there.

    Returns:
        ``rows``; ``seconds``: ``vectors``, ``train``, ``lists``, ``build`` (their sum), ``query``; ``bytes``:
        ``vectors``, ``lists``, ``rows``, ``disk``; ``memory``: ``build``, ``search``, beside the encoder's own;
        None where this index was not built in a way that tells.
    """
    found, manifest = rates(index.folder), index.manifest
    width = manifest["dim"] * np.dtype(manifest["precision"]).itemsize
    bytes_ = {
        "vectors": rows * width if manifest["vectors"] else 0,
        "rows": round(rows * sum(part["bytes_of_rows"] for part in manifest["parts"]) / len(index)),
    }
    seconds = {"vectors": _times(found.vector, rows)}
    part = min(rows * width, PART_BYTES)
    if index.exact:
        seconds |= {"query": _times(found.exact, rows)}
        return _document(rows, seconds, bytes_, {"build": 3 * part, "search": part})
    dim, lists = manifest["dim"], inverted.number_of_lists(rows, manifest["dim"])
    sample = min(rows, lists * inverted.PER_LIST)
    each = sum(group["bytes"] for group in manifest["groups"]) / len(index)
    bytes_["lists"] = round(rows * each)
    seconds |= {"train": _times(found.train, sample * lists), "lists": _times(found.add, rows * lists)}
    # Of what a query takes, the rows looked at grow with rows / lists, the centroids compared with the lists.
    longer = max((rows / lists) / (len(index) / manifest["lists"]), lists / manifest["lists"])
    seconds["query"] = _times(found.search, longer)
    group = min(rows, inverted.GROUP_ROWS) * each
    centroids = 4 * dim * lists
    memory = {
        "build": max(4 * dim * sample + centroids, 2 * group + centroids, 3 * part),
        "search": group + inverted.HELD_BYTES + centroids + part,
    }
    return _document(rows, seconds, bytes_, memory) | {"lists": lists, "nprobe": manifest["nprobe"]}


def _times(rate: float | None, amount: float) -> float | None:
    return None if rate is None else rate * amount


def _document(
    rows: int, seconds: dict[str, float | None], sizes: dict[str, int], memory: dict[str, float]
) -> dict[str, Any]:
    steps = [seconds[step] for step in ("vectors", "train", "lists") if step in seconds]
    known = [step for step in steps if step is not None]
    build = sum(known) if len(known) == len(steps) else None
    return {
        "rows": rows,
        "seconds": seconds | {"build": build},
        "bytes": sizes | {"disk": sum(sizes.values())},
        "memory": {name: round(value) for name, value in memory.items()},
    }
