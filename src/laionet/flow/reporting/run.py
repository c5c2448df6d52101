"""The command ``report``: a folder to one page, and the paper's figures beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from laionet.events import Event, Listener, ignore
from laionet.flow.reporting.gather import Gathered, gather
from laionet.flow.reporting.pictures import gather_album
from laionet.flow.reporting.validity import validity_part
from laionet.report.paper import export
from laionet.report.results import Report
from laionet.report.telling.page import report_page
from laionet.shards import plain, write_json, write_text


@dataclass(frozen=True)
class Album:
    """Which pictures a report shows.

    Attributes:
        per_class: of each class and dataset; 0 for a report without pictures.
        pixels: of a picture's longer side.
        budget: bytes of all of them together, as JPEG.
    """

    per_class: int = 12
    pixels: int = 96
    budget: int = 12_000_000


def write_report(
    folder: str | Path,
    page: str | Path | None = None,
    *,
    pair: int = 1,
    figures: Sequence[str] = (),
    album: Album | None = None,
    seed: int = 0,
    listener: Listener = ignore,
) -> Report:
    """Write the report of a folder: a page that holds all it needs, and its numbers beside it.

    Args:
        folder: of ``laionet build``, ``describe``, ``compare`` or ``demo``.
        page: file to write; ``FOLDER/report/index.html`` where not given. The document of aggregates is written
            beside it as ``report.json``, figures into ``figures/``.
        pair: of a comparison of several datasets, which pair, from 1.
        figures: kinds of figure files: pdf, svg, png, json.
        album: which pictures it shows.
        seed: of the draws of pictures, and of those that try the intervals.
        listener: called with events.

    Returns:
        The report: its ``page``, which it stands for wherever a path is wanted, and its ``document``. A notebook
        shows its story and its main numbers.

    Raises:
        OutputError: where the folder holds nothing to report on.
    """
    where = Path(page) if page is not None else Path(folder) / "report" / "index.html"
    gathered = gather(folder, pair)
    document = gathered.document
    pictures = _album(gathered, album or Album(), seed, listener)
    listener(Event("stage_started", "report", data={"shards": 1}))
    document["validity"] = _tried(gathered, seed)
    write_json(where.parent / "report.json", document)
    if figures:
        export(document, where.parent / "figures", figures)
    write_text(where, report_page(document, pictures))
    listener(Event("shard_done", "report", data={"kept": 1}))
    listener(Event("stage_done", "report"))
    return Report(where, document)


def _tried(gathered: Gathered, seed: int) -> list[dict[str, Any]]:
    """Intervals tried on the pictures at hand, by the first encoder of the comparison."""
    pair = gathered.document["pair"]
    parts = pair["similarity"] if pair else []
    if not parts:
        return []
    encoder = parts[0]["encoder"]
    datasets = [one for one in gathered.datasets if encoder in one.names("embedding")]
    level = gathered.document["settings"]["level"]
    return list(plain(validity_part(datasets, encoder, level=level, seed=seed)))


def _album(gathered: Gathered, album: Album, seed: int, listener: Listener) -> Any:
    if not album.per_class or not gathered.datasets:
        return None
    pair = gathered.document["pair"]
    encoder = pair["similarity"][0]["encoder"] if pair and pair["similarity"] else None
    return gather_album(
        gathered.datasets,
        pair,
        per_class=album.per_class,
        pixels=album.pixels,
        budget_bytes=album.budget,
        encoder=encoder,
        seed=seed,
        listener=listener,
    )
