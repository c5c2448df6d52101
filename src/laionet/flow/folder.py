"""The output folder of a run: its recipe, its lock, where each stage writes, and how long things took.

Everything in it is a function of recipe and corpus, byte for byte, except ``log/``: times and hosts differ
between runs and live there alone.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from laionet.errors import OutputError, RecipeError
from laionet.recipe import Recipe, differences, load_recipe
from laionet.shards import read_json, sweep_temporaries, write_text

_SHARD_FILE = re.compile(r"\d{5,}\.(parquet|json)")


@dataclass(frozen=True)
class RunFolder:
    """An output folder."""

    path: Path

    def stage(self, name: str) -> Path:
        """Where the shards of a stage are."""
        return self.path / name

    @property
    def dataset(self) -> Path:
        """The finished dataset, a folder that stands by itself."""
        return self.path / "dataset"

    @property
    def sweep(self) -> Path:
        """Curves over the threshold, as data, page and figure."""
        return self.path / "sweep"

    def recipe(self) -> Recipe:
        """The recipe that made this folder.

        Raises:
            OutputError: where no run has begun here.
        """
        file = self.path / "recipe.toml"
        if not file.exists():
            raise OutputError(
                f"{self.path} is not a laionet run: it has no recipe.toml. Start one with:  "
                f"laionet match --corpus FILES --out {self.path}"
            )
        return load_recipe(file)

    def settle(self, recipe: Recipe, *, update: bool = False) -> None:
        """Make ``recipe`` this folder's own.

        Raises:
            OutputError: where the folder was made by another recipe and ``update`` is false, or holds
                files that are not ours.
        """
        file = self.path / "recipe.toml"
        if file.exists():
            self._refuse_another(recipe, update)
        elif self.path.exists() and any(p.name != "log" for p in self.path.iterdir()):
            raise OutputError(f"{self.path} holds other files. Give an empty or a new folder with --out.")
        # How fast a run was asked to go is no part of what it made.
        kept = recipe.model_copy(update={"run": type(recipe.run)()})
        write_text(file, "# The recipe of this folder; laionet wrote it.\n" + kept.to_toml())

    def _refuse_another(self, recipe: Recipe, update: bool) -> None:
        try:
            changed = differences(self.recipe(), recipe)
        except RecipeError as error:
            raise OutputError(f"The recipe in {self.path} cannot be read: {error}") from None
        if changed and not update:
            lines = "\n".join(f"  {line}" for line in changed)
            raise OutputError(
                f"{self.path} was made by another recipe; it differs in\n{lines}\n"
                "Choose another --out, or add --update to redo here what the change touches."
            )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold this folder against a second run, and clear what a killed one left half written.

        Raises:
            OutputError: where another run holds it, or the folder cannot be written.
        """
        from filelock import FileLock, Timeout

        try:
            (self.path / "log").mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path / "log" / "lock", timeout=0)
            with lock:
                sweep_temporaries(self.path)
                yield
        except Timeout:
            raise OutputError(f"Another laionet run is at work in {self.path}; wait for it to end.") from None
        except (PermissionError, FileExistsError, NotADirectoryError) as error:
            raise OutputError(f"Cannot write in {self.path}: {error}. Choose another --out.") from None

    def log_time(self, stage: str, what: str, seconds: float) -> None:
        """Note how long something took."""
        line = {"at": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "stage": stage, "what": what}
        with (self.path / "log" / "times.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps({**line, "seconds": round(seconds, 3)}) + "\n")

    def seconds(self) -> dict[str, float]:
        """Seconds of work per stage, over all runs, summed over workers."""
        total: dict[str, float] = {}
        log = self.path / "log" / "times.jsonl"
        for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else []:
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:  # a run was killed while it wrote this line
                continue
            total[entry["stage"]] = total.get(entry["stage"], 0.0) + entry["seconds"]
        return total

    def safety_marks(self) -> dict[str, list[str]]:
        """For each safety mark the corpus files that have it."""
        corpus = read_json(self.path / "corpus.json") or {"files": []}
        marks: dict[str, list[str]] = {}
        for file in corpus["files"]:
            for mark in file["safety"]:
                marks.setdefault(mark, []).append(file["name"])
        return marks

    def reports(self, stage: str) -> list[dict[str, Any]]:
        """The reports of a stage's shards, in order."""
        files = sorted(p for p in self.stage(stage).glob("*.json") if _SHARD_FILE.fullmatch(p.name))
        return [report for report in map(read_json, files) if isinstance(report, dict)]

    def forget_others(self, stage: str, names: Sequence[str]) -> bool:
        """Delete shards of a stage that are not among ``names``: an earlier recipe or corpus made them."""
        keep, found = set(names), False
        for folder in (self.stage(stage), self.stage(stage) / "dropped"):
            for path in folder.glob("*") if folder.exists() else []:
                if _SHARD_FILE.fullmatch(path.name) and path.stem not in keep:
                    path.unlink()
                    found = True
        return found

    def forget_after(self, stage: str) -> None:
        """Delete what was made from an earlier result of ``stage``."""
        later = {"match": ("score", "sweep"), "score": ()}[stage]
        for name in (*later, "select", "assemble", "dataset"):
            shutil.rmtree(self.path / name, ignore_errors=True)

    def refuse_other_corpus(self, corpus: Mapping[str, Any]) -> None:
        """Compare a planned corpus with the one this folder was made from.

        Files that were set aside may have been mended meanwhile, so they may differ.

        Raises:
            OutputError: where files were added, removed or changed.
        """
        before = read_json(self.path / "corpus.json")
        if not before or not self.reports("match"):
            return
        aside = {entry["file"] for entry in before["set_aside"]}
        failed = {
            r["name"] for stage in ("match", "score") for r in self.reports(stage) if r["status"] == "failed"
        }
        aside |= {shard["file"] for shard in before["shards"] if shard["name"] in failed}
        old = {f["name"]: f["fingerprint"] for f in before["files"] if f["name"] not in aside}
        new = {f["name"]: f["fingerprint"] for f in corpus["files"] if f["name"] not in aside}
        lines = [f"  {name}: no longer there" for name in sorted(old.keys() - new.keys())]
        lines += [f"  {name}: new" for name in sorted(new.keys() - old.keys())]
        lines += [f"  {name}: changed" for name in sorted(old.keys() & new.keys()) if old[name] != new[name]]
        if lines:
            raise OutputError(
                f"{self.path} was made from another corpus:\n" + "\n".join(lines[:20]) + "\n"
                "Choose another --out, or add --update to redo here what the change touches."
            )
