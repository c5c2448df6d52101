"""The command ``compare``: datasets of any kind to a folder with the comparison of each pair."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations
from pathlib import Path
from typing import Any

import laionet
from laionet.errors import OutputError
from laionet.events import Event, Listener, ignore
from laionet.flow.comparing.aligned import titles_apart
from laionet.flow.comparing.described import Described
from laionet.flow.comparing.page import pages
from laionet.flow.comparing.pair import Settings, compared
from laionet.flow.comparing.places import Wanted, open_places
from laionet.flow.comparing.tables import write_class_table
from laionet.flow.folder import RunFolder
from laionet.report.results import Comparison, Pair
from laionet.report.words import count
from laionet.shards import plain, write_json, write_text

#: What a comparison's folder may hold.
_OURS = ("comparison.json", "described", "diagnosis", "index.html", "log", "pairs", "report")


def compare_datasets(
    places: Sequence[str],
    out: str | Path,
    *,
    titles: Sequence[str] = (),
    settings: Settings | None = None,
    listener: Listener = ignore,
    **knobs: Any,
) -> Comparison:
    """Compare datasets, each with each, and write numbers and pages.

    Args:
        places: two or more: the folder of a run with described images, a parquet table of embeddings, or images
            in any layout of ``laionet.images`` (a folder with a folder of images for each class will do).
        out: folder to write: ``comparison.json``, ``index.html``, and for each pair its classes as a table.
        titles: what to call them; by default by their own names.
        settings: levels and seed.
        listener: called with every event, notes on models and classes included.
        knobs: of the recipe, for images that are to be described: ``describe__encoders=(...)``,
            ``classes__source=...``.

    Returns:
        The document of ``comparison.json``: ``datasets``, ``settings``, ``notes`` and ``pairs``, each pair as
        ``compare`` returns it. Numbers that are not known are None. A notebook shows the main ones.

    Raises:
        OutputError: for fewer than two datasets, two without a class in common, or a folder of other files.
    """
    out, settings = Path(out), settings or Settings()
    if len(places) < 2:
        raise OutputError("Name two datasets or more to compare.")
    if out.exists() and (other := [path.name for path in out.iterdir() if path.name not in _OURS]):
        raise OutputError(f"{out} holds other files ({other[0]}). Give an empty or a new folder with --out.")
    notes: list[str] = []

    def listening(event: Event) -> None:
        if event.kind == "note" and not event.stage:
            notes.append(event.text)
        listener(event)

    with RunFolder(out).locked():
        datasets = open_places(places, titles, Wanted(knobs, out, listening))
        titles_apart(datasets)
        listening(Event("stage_started", "compare", data={"shards": len(datasets) * (len(datasets) - 1) // 2}))
        pairs, stems = [], _file_names(datasets)
        for (a, b), stem in zip(combinations(datasets, 2), stems, strict=True):
            found, columns = compared(a, b, settings)
            pair = Pair.of(plain(found), settings.level, settings.alpha)
            _tell(pair, listening)
            pair["table"] = f"pairs/{stem}.parquet"
            write_class_table(pair, columns, out / pair["table"])
            pairs.append(pair)
            listening(Event("shard_done", "compare", data={"kept": 1}))
        document = {
            "laionet": laionet.__version__,
            "settings": plain(
                asdict(settings) | {"baseline": str(settings.baseline.path) if settings.baseline else None}
            ),
            "datasets": [
                {"title": one.title, "where": where} for one, where in zip(datasets, places, strict=True)
            ],
            "notes": list(dict.fromkeys(notes)),
            "pairs": pairs,
        }
        write_json(out / "comparison.json", document)
        for name, page in pages(document, stems).items():
            write_text(out / name, page)
        listening(Event("stage_done", "compare"))
    return Comparison.of(document, settings.level, settings.alpha)


def _tell(pair: dict[str, Any], listener: Listener) -> None:
    """Say what a reader must know of the classes of two datasets, as notes."""
    a, b = (one["title"] for one in pair["datasets"])
    classes = pair["classes"]
    for title, names in ((a, classes["only_a"]), (b, classes["only_b"])):
        if names:
            listed = ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")
            text = f"{title} alone has images of {count(len(names), 'class')}: {listed}"
            listener(Event("note", text=text))
    if not (pair["similarity"] or pair["accuracy"]):
        text = f"{a} and {b} were described by different models: there is nothing to compare."
        listener(Event("note", text=text))


def _file_names(datasets: Sequence[Described]) -> list[str]:
    """A stem for the files of each pair, each another."""
    plain_titles = [re.sub(r"[^A-Za-z0-9.]+", "-", one.title).strip("-.")[:60] or "unnamed" for one in datasets]
    stems: list[str] = []
    for a, b in combinations(plain_titles, 2):
        stem = f"{a}-vs-{b}"
        stems.append(stem if stem not in stems else f"{stem}-{len(stems) + 1}")
    return stems
