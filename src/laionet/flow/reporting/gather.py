"""A folder to the document of a report: aggregates of the datasets, their comparison, the diagnosis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import laionet
from laionet.errors import LaionetError, OutputError
from laionet.flow.comparing.described import Described, open_described
from laionet.flow.reporting.built import class_list, run_part
from laionet.shards import plain, read_json
from laionet.vocab import ClassList
from laionet.vocab.tree import subtrees

#: Experiments of ``laionet diagnose``, in the order of the paper.
EXPERIMENTS = ("frequency", "frontier", "explained", "searched", "nearest", "independence", "dose")


@dataclass(frozen=True)
class Gathered:
    """What a report is made of.

    Attributes:
        document: plain numbers and texts, no rows; see ``gather``.
        datasets: those that could be opened, first A, then B; their images make the album.
    """

    document: dict[str, Any]
    datasets: tuple[Described, ...]


def gather(folder: str | Path, pair: int = 1) -> Gathered:
    """Gather what a folder holds.

    Args:
        folder: of ``laionet build``, ``describe``, ``compare`` or ``demo``.
        pair: of a comparison of several datasets, which pair the report is about, from 1.

    Returns:
        The document has:

        - ``title``, ``laionet``, ``settings`` (``level``, ``alpha``), ``notes``.
        - ``datasets``: ``title``, ``images``, ``classes`` of A and of B; of one dataset, of it alone.
        - ``runs``: for each dataset what its folder tells (``built.run_part``), None where that is not there.
        - ``run``: the build that the report begins with: the first that has captions, or None.
        - ``pair``, ``rows``: the comparison, and its classes by row; None without one.
        - ``pairs``: titles of all pairs of the comparison.
        - ``classes``, ``subtrees``: wnids with names, and the parts of WordNet that hold some of them.
        - ``diagnosis``: documents of experiments by name.
        - ``truth``, ``demo``: of a simulated web, else None.

    Raises:
        OutputError: where the folder holds none of that, or has no such pair.
    """
    folder = Path(folder)
    document = read_json(folder / "comparison.json")
    if document is not None:
        return _of_comparison(folder, document, pair)
    if (folder / "recipe.toml").exists():
        return _of_run(folder)
    raise OutputError(
        f"{folder} has nothing to report on: neither comparison.json nor recipe.toml. Give the folder of a "
        "laionet build, describe, compare or demo."
    )


def _of_run(folder: Path) -> Gathered:
    part = run_part(folder)
    described = _opened(folder)
    images = len(described) if described is not None else None
    seen = int((described.counts > 0).sum()) if described is not None else None
    document = _document(
        folder,
        title=part["name"],
        datasets=[{"title": part["name"], "images": images, "classes": seen}],
        runs=[part],
        classes=class_list(folder),
    )
    return Gathered(document, (described,) if described is not None else ())


def _of_comparison(folder: Path, found: dict[str, Any], number: int) -> Gathered:
    pairs = found.get("pairs", [found])
    if not 1 <= number <= len(pairs):
        raise OutputError(f"{folder} compares {len(pairs)} pairs; there is no pair {number}.")
    pair = pairs[number - 1]
    places = _places(folder, found, pair)
    opened = [_opened(place) if place else None for place in places]
    runs = [_run(place) if place else None for place in places]
    titles = [[one["title"] for one in other["datasets"]] for other in pairs]
    document = _document(
        folder,
        title=" and ".join(one["title"] for one in pair["datasets"]),
        datasets=pair["datasets"],
        runs=runs,
        classes=opened[0].classes if opened[0] is not None else None,
        settings=found.get("settings"),
        notes=found.get("notes", []),
        pair={key: value for key, value in pair.items() if key not in ("demo", "truth")},
        rows=class_rows(pair, _table_of(folder, pair)),
        pairs=titles,
        truth=found.get("truth"),
        demo=found.get("demo"),
    )
    return Gathered(document, tuple(one for one in opened if one is not None))


def _document(folder: Path, *, classes: ClassList | None, **parts: Any) -> dict[str, Any]:
    """The parts as one document, and what every report has."""
    runs = parts["runs"]
    names = [[one.wnid, one.text_name] for one in classes] if classes is not None else []
    places = [folder, *(Path(run["where"]) for run in runs if run)]
    found: dict[str, Any] = {
        "laionet": laionet.__version__,
        "where": str(folder),
        "notes": [],
        "pair": None,
        "rows": None,
        "pairs": [],
        "truth": None,
        "demo": None,
        **parts,
        "run": next((run for run in runs if run and run["curves"]), None),
        "classes": names,
        "subtrees": [[one.name, list(one.wnids)] for one in subtrees(classes)] if classes is not None else [],
        "diagnosis": _experiments(places),
    }
    settings = found.get("settings") or {}
    found["settings"] = {"level": settings.get("level", 0.95), "alpha": settings.get("alpha", 0.05)}
    return dict(plain(found))


def _places(folder: Path, found: dict[str, Any], pair: dict[str, Any]) -> list[Path | None]:
    """The run's folder of each dataset of a pair, where it can still be found."""
    if "demo" in found:
        return [folder / "by-caption", folder / "by-annotators"]
    titles = [one["title"] for one in found["datasets"]]
    places: list[Path | None] = []
    for one in pair["datasets"]:
        at = titles.index(one["title"])
        where = Path(found["datasets"][at]["where"]).expanduser()
        options = [where, folder / where, *sorted((folder / "described").glob(f"{at + 1}-*"))]
        places.append(next((path for path in options if (path / "recipe.toml").exists()), None))
    return places


def _opened(folder: Path) -> Described | None:
    try:
        return open_described(folder)
    except (OutputError, OSError):
        return None  # not described yet: the report is then about captions


def _run(folder: Path) -> dict[str, Any] | None:
    try:
        return run_part(folder)
    except (LaionetError, OSError):
        return None


def _table_of(folder: Path, pair: dict[str, Any]) -> dict[str, list[Any]] | None:
    """The class table of a pair; comparisons of earlier versions do not name theirs."""
    path = folder / pair.get("table", "pairs/none")
    return pq.read_table(path).to_pydict() if path.is_file() else None


def class_rows(pair: dict[str, Any], table: dict[str, list[Any]] | None) -> list[dict[str, Any]]:
    """For each common class its images, recalls and similarities."""
    rows: dict[str, dict[str, Any]] = {}
    for at, wnid in enumerate(table["wnid"] if table else []):
        assert table is not None
        rows[wnid] = _row(wnid, table["name"][at], _at(table, "n_a", at), _at(table, "n_b", at))
        for column in table:
            kind, _, rest = column.partition("/")
            if kind == "recall":
                model, _, key = rest.rpartition("/")
                rows[wnid]["recall"].setdefault(model, {})[key] = table[column][at]
    for kind in ("similarity", "synset_similarity"):
        for part in pair[kind]:
            for one in part["classes"]:
                row = rows.setdefault(one["wnid"], _row(one["wnid"], one["name"], one["n_a"], one["n_b"]))
                row[kind][part["encoder"]] = {
                    key: value for key, value in one.items() if key not in ("wnid", "name", "n_a", "n_b")
                }
    return list(rows.values())


def _row(wnid: str, name: str, n_a: int | None, n_b: int | None) -> dict[str, Any]:
    return {
        "wnid": wnid,
        "name": name,
        "n_a": n_a,
        "n_b": n_b,
        "similarity": {},
        "synset_similarity": {},
        "recall": {},
    }


def _at(table: dict[str, list[Any]], column: str, at: int) -> Any:
    value = table[column][at] if column in table else None
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _experiments(places: list[Path]) -> dict[str, Any]:
    """Documents of experiments, of the first folder that has each."""
    found: dict[str, Any] = {}
    for place in places:
        for name in EXPERIMENTS:
            if name not in found and (document := read_json(place / "diagnosis" / f"{name}.json")):
                found[name] = document
    return found
