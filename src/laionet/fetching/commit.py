"""Several files that appear together: a killed run leaves all of the old ones or all of the new ones."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from laionet.images.store import ENDINGS


class Pending:
    """A folder beside the results in which a shard's files are made ready; use as a context manager.

    ``commit`` renames the folder, which is one step that happens or does not, and then moves its files to their
    places; where a kill comes between, ``roll_forward`` moves the rest. Without it the folder is deleted.

    Attributes:
        folder: lay files here as they will lie below the output folder.
    """

    def __init__(self, out: Path, name: str) -> None:
        self._out, self._name = out, name
        self.folder = _place(out, name, "pending")

    def __enter__(self) -> Pending:
        shutil.rmtree(self.folder, ignore_errors=True)
        for part in ("fetch", "images"):
            (self.folder / part).mkdir(parents=True)
        return self

    def commit(self) -> None:
        """Make the files appear in their places."""
        os.replace(self.folder, _place(self._out, self._name, "commit"))
        roll_forward(self._out, self._name)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def roll_forward(out: Path, name: str) -> None:
    """Finish what a killed run had committed to, if anything."""
    ready = _place(out, name, "commit")
    if not ready.is_dir():
        return
    # The report is moved last: until then nothing new is taken for whole.
    files = sorted((path for path in ready.rglob("*") if path.is_file()), key=lambda path: path.suffix == ".json")
    for path in files:
        place = out / path.relative_to(ready)
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.parent.name == "images":
            _remove_other_forms(place, name)
        os.replace(path, place)
    shutil.rmtree(ready)


def _remove_other_forms(place: Path, name: str) -> None:
    for suffix in ENDINGS.values():
        other = place.with_name(name + suffix)
        if other != place:
            other.unlink(missing_ok=True)


def _place(out: Path, name: str, what: str) -> Path:
    return out / "fetch" / f".{what}-{name}"
