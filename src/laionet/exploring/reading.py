"""What a folder has that can be looked through: its recipe, its classes, and the shards that are scored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from laionet.errors import OutputError
from laionet.flow.folder import RunFolder
from laionet.recipe import Recipe
from laionet.shards import read_json
from laionet.stages.select import Marks
from laionet.vocab import ClassList, load_classes


@dataclass(frozen=True)
class Shard:
    """A scored shard that is whole.

    Attributes:
        name: five digits.
        path: its parquet file.
        stamp: time and size of its file; another one means other rows.
    """

    name: str
    path: Path
    stamp: tuple[int, int]


@dataclass(frozen=True)
class Scored:
    """A folder with scores.

    Attributes:
        recipe: its rules, the threshold among them.
        classes: in label order.
        marks: for each safety mark the corpus files that have it.
        shards: those that are done, in corpus order.
        planned: how many shards of candidates there are to score.
    """

    recipe: Recipe
    classes: ClassList
    marks: Marks
    shards: tuple[Shard, ...]
    planned: int


def stamp_of(folder: Path) -> tuple[Any, ...]:
    """Times and sizes of all files that an answer depends on; equal stamps, equal answers."""
    files = [folder / name for name in ("recipe.toml", "corpus.json", "classes.csv", "dataset/manifest.json")]
    scored = sorted(path for path in (folder / "score").glob("[0-9]*") if path.suffix in (".json", ".parquet"))
    return tuple((path.name, *_stat(path)) for path in (*files, *scored))


def read_folder(folder: Path) -> Scored:
    """Open the folder of a run.

    Raises:
        OutputError: where it is no run, or nothing of it is scored yet.
        ClassListError: where its class list cannot be read.
    """
    run = RunFolder(folder)
    recipe = run.recipe()
    reports = run.reports("score")
    done = [report["name"] for report in reports if report.get("status") == "done"]
    paths = [(name, run.stage("score") / f"{name}.parquet") for name in done]
    shards = tuple(Shard(name, path, _stat(path)) for name, path in paths if path.exists())
    if not shards:
        raise OutputError(_nothing_scored(run))
    return Scored(recipe, _classes(run), _marks(folder), shards, max(len(run.reports("match")), len(shards)))


def dataset_rows(folder: Path) -> int | None:
    """Samples of the finished dataset; none where there is none yet."""
    manifest = read_json(RunFolder(folder).dataset / "manifest.json")
    return int(manifest["dataset"]["rows"]) if manifest else None


def _nothing_scored(run: RunFolder) -> str:
    if run.reports("match"):
        return f"{run.path} has no finished scores yet. Run:  laionet score {run.path}"
    if run.reports("describe"):
        return (
            f"{run.path} describes images and has no scored captions. Give the folder of a  laionet build  "
            "that searched a corpus."
        )
    return f"{run.path} has no scored captions. Run:  laionet build --corpus FILES --out {run.path}"


def _classes(run: RunFolder) -> ClassList:
    listed = run.path / "classes.csv"
    if not listed.exists():
        raise OutputError(f"{run.path} has no classes.csv. Run the command again that made the folder.")
    return load_classes(str(listed))


def _marks(folder: Path) -> dict[str, list[str]]:
    corpus = read_json(folder / "corpus.json") or {"files": []}
    marks: dict[str, list[str]] = {}
    for file in corpus["files"]:
        for mark in file["safety"]:
            marks.setdefault(mark, []).append(file["name"])
    return marks


def _stat(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
