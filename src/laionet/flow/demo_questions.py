"""The questions that the demo asks of its two datasets: experiments of Section 4 that take seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import laionet
from laionet.errors import LaionetError
from laionet.events import Event, Listener
from laionet.flow.comparing.described import Described
from laionet.flow.diagnosing.explained import diagnose_explained
from laionet.flow.diagnosing.frequency import diagnose_frequency
from laionet.flow.diagnosing.frontier import Keep, diagnose_frontier
from laionet.flow.diagnosing.independence import diagnose_independence
from laionet.flow.diagnosing.versions import Voted
from laionet.shards import read_json

#: Workers who see a picture; of the pictures by caption the share that the frontier keeps.
WORKERS, SHARE = 10, 3


def ask(out: Path, by_caption: Described, seed: int, listener: Listener) -> None:
    """Write ``out/diagnosis/*.json`` of four experiments; what the demo is too small for is noted."""
    caption, sight = str(out / "by-caption"), str(out / "by-annotators")
    table = out / "annotated" / "pictures.parquet"
    questions: dict[str, Callable[[], Any]] = {
        "frontier": lambda: diagnose_frontier(
            caption, out, keep=Keep(samples=max(1, len(by_caption) // SHARE)), against=sight
        ),
        "frequency": lambda: diagnose_frequency([caption], (), out, voted=Voted(sight, table, WORKERS), seed=seed),
        "independence": lambda: diagnose_independence(sight, caption, out, captions=(table, None), seed=seed),
        "explained": lambda: diagnose_explained(
            table, out, classes=str(out / "by-annotators" / "classes.csv"), selected=caption, seed=seed
        ),
    }
    listener(Event("stage_started", "diagnose", data={"shards": len(questions)}))
    for name, question in questions.items():
        try:
            if not _asked(out, name):
                question()
        except LaionetError as error:
            listener(Event("note", text=f"The demo is too small to ask about {name}: {error}"))
            listener(Event("shard_done", "diagnose", data={"kept": 0}))
        else:
            listener(Event("shard_done", "diagnose", data={"kept": 1}))
    listener(Event("stage_done", "diagnose"))


def _asked(out: Path, name: str) -> bool:
    """Whether an earlier run of this very demo asked; a demo's folder is of one demo alone."""
    return (read_json(out / "diagnosis" / f"{name}.json") or {}).get("laionet") == laionet.__version__
