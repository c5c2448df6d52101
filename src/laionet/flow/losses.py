"""How many rows of each class each stage of a run lost, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow.parquet as pq

from laionet.errors import OutputError
from laionet.flow.folder import RunFolder
from laionet.flow.manifest import IMAGE_HALF, TEXT_HALF, stage_part
from laionet.flow.run import classes_of
from laionet.schema import Drop
from laionet.shards import read_json
from laionet.vocab import load_classes

#: How pictures that spell their class count: as missing, or as no part of what is asked about.
Spelled = Literal["missing", "outside"]


@dataclass(frozen=True)
class StageLosses:
    """What one stage made of the rows of each class.

    For every class ``rows_in = kept + sum(dropped)``, and ``rows_in + not_reached`` is what the stage before kept.

    Attributes:
        name: of the stage.
        rows_in: int64 (classes,), rows of the class that the stage judged. Of ``match`` those that it found,
            for a caption has no class before.
        kept: int64 (classes,), of them those that went on.
        dropped: by reason int64 (classes,), of them those that did not.
        not_reached: int64 (classes,), rows that the stage before kept and this one has not judged: their shard
            was set aside or is not done, or they are among ``without_class``. Zeros for the first stage.
        without_class: by reason, dropped rows whose class no report tells: captions without a lemma, images
            that cannot be read or are of no class of the list.
        unread: rows of no known class that were not judged: of shards of a reference dataset that were set
            aside. None where their number is not known.
        set_aside: shards that failed, by name.
    """

    name: str
    rows_in: np.ndarray
    kept: np.ndarray
    dropped: Mapping[Drop, np.ndarray]
    not_reached: np.ndarray
    without_class: Mapping[Drop, int]
    unread: int | None = 0
    set_aside: tuple[str, ...] = ()

    @property
    def lost(self) -> np.ndarray:
        """Rows of each class that did not go on, int64 (classes,): dropped, or not reached."""
        return self.not_reached + sum(self.dropped.values(), np.zeros_like(self.kept))


@dataclass(frozen=True)
class Losses:
    """Losses of a run, by stage and class.

    Attributes:
        wnids: classes, in the order of all arrays.
        stages: those that have run, in order; a reference dataset has ``describe`` alone.
    """

    wnids: tuple[str, ...]
    stages: tuple[StageLosses, ...]

    def __getitem__(self, name: str) -> StageLosses:
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise KeyError(name)

    @property
    def images(self) -> tuple[StageLosses, ...]:
        """The stages of the image half."""
        return tuple(stage for stage in self.stages if stage.name in IMAGE_HALF)

    @property
    def text(self) -> tuple[StageLosses, ...]:
        """The stages of the text half."""
        return tuple(stage for stage in self.stages if stage.name in TEXT_HALF)

    @property
    def asked(self) -> np.ndarray:
        """Samples of each class that the image half began with, int64 (classes,)."""
        if not self.images:
            return np.zeros(len(self.wnids), np.int64)
        return self.images[0].rows_in + self.images[0].not_reached

    @property
    def described(self) -> np.ndarray:
        """Samples of each class that came out of the last stage of the image half, int64 (classes,)."""
        return self.images[-1].kept if self.images else np.zeros(len(self.wnids), np.int64)

    def by_reason(self) -> dict[Drop | None, np.ndarray]:
        """Losses of the image half by reason, each int64 (classes,); ``None``: not reached."""
        found: dict[Drop | None, np.ndarray] = {}
        for stage in self.images:
            for reason, rows in [*stage.dropped.items(), (None, stage.not_reached)]:
                if rows.any():
                    found[reason] = found.get(reason, np.zeros_like(rows)) + rows
        return found

    def missing(self, spelled: Spelled = "missing") -> np.ndarray:
        """Samples of each class that the image half lost, int64 (classes,): what the bounds of ``compare`` take.

        Args:
            spelled: pictures that spell their class are left out on purpose, but not at random. ``"missing"``
                counts them: the question is then about all samples of the dataset. ``"outside"`` does not: the
                question is about those that do not spell their class. Of the pictures that never came some
                would have spelled it; they all stay missing, so that bounds are a little too wide, never too
                narrow.

        Raises:
            ValueError: for another word.
        """
        if spelled not in ("missing", "outside"):
            raise ValueError(f"spelled is {spelled!r}; choose missing or outside.")
        lost = self.asked - self.described
        spells = self.by_reason().get(Drop.SPELLS_CLASS)
        return lost if spells is None or spelled == "missing" else lost - spells


def losses(folder: str | Path) -> Losses:
    """Read from the reports of a run's stages how many rows of each class were lost, where and why.

    Args:
        folder: of a run, or of a reference dataset that was described.

    Raises:
        OutputError: where no stage has run there; or where a stage judged more rows of a class than the one
            before it kept, or its counts do not add up, so that they are not of one run.
    """
    run = RunFolder(Path(folder))
    wnids = _wnids(run)
    stages: list[StageLosses] = []
    for name in (*TEXT_HALF, *IMAGE_HALF):
        if run.reports(name):
            before = stages[-1] if stages else None
            stages.append(_stage(run, name, wnids, before))
    if not stages:
        raise OutputError(f"No stage has run in {folder}. Run:  laionet build  or  laionet describe  first.")
    return Losses(wnids, tuple(stages))


def without_numbers(folder: str | Path, column: str) -> np.ndarray:
    """Described samples of each class whose numbers of one model are null, int64 (classes,).

    The report of ``describe`` counts pictures whose numbers overflowed by model, not by class.

    Args:
        folder: of a run that was described.
        column: as ``embedding/mini-web/clip`` or ``top/mini-web/vit``.

    Raises:
        OutputError: where nothing was described, or no such column.
    """
    run = RunFolder(Path(folder))
    wnids = _wnids(run)
    done = [report["name"] for report in run.reports("describe") if report["status"] == "done"]
    if not done:
        raise OutputError(f"{folder} has no described images. Run:  laionet describe {folder}")
    found = np.zeros(len(wnids), np.int64)
    for name in done:
        with pq.ParquetFile(run.stage("describe") / f"{name}.parquet") as file:
            columns = file.schema_arrow.names
            if column not in columns:
                known = ", ".join(c for c in columns if "/" in c)
                raise OutputError(f"{folder} has no column {column}; it has {known}.")
            for batch in file.iter_batches(columns=["label", column]):
                nulls = np.asarray(batch[column].is_null())
                found += np.bincount(np.asarray(batch["label"])[nulls], minlength=len(wnids))
    return found


def _wnids(run: RunFolder) -> tuple[str, ...]:
    recipe, listed = run.recipe(), run.path / "classes.csv"  # the recipe's own source may be elsewhere by now
    return (load_classes(str(listed)) if listed.exists() else classes_of(recipe)).wnids


def _stage(run: RunFolder, name: str, wnids: Sequence[str], before: StageLosses | None) -> StageLosses:
    part = stage_part(name, run)
    kept = _counts(part["by_class"], wnids)
    dropped = {Drop(reason): _counts(of, wnids) for reason, of in part["dropped_by_class"].items()}
    nameless = {
        Drop(reason): n - int(dropped.get(Drop(reason), np.zeros(1)).sum())
        for reason, n in part["dropped"].items()
    }
    nameless = {reason: n for reason, n in nameless.items() if n}
    judged = kept + sum(dropped.values(), np.zeros_like(kept))
    reached = judged
    unread: int | None = 0
    if before is not None:
        dropped, nameless = _named(dropped, nameless, before.kept - judged)
        judged = kept + sum(dropped.values(), np.zeros_like(kept))
        reached = before.kept
    elif name == "describe":
        unread = _unread(run, part)
    found = StageLosses(
        name,
        judged,
        kept,
        dropped,
        reached - judged,
        nameless,
        unread,
        tuple(aside["shard"] for aside in part["set_aside"]),
    )
    _check(run, found, part)
    return found


def _named(
    dropped: dict[Drop, np.ndarray], nameless: dict[Drop, int], gap: np.ndarray
) -> tuple[dict[Drop, np.ndarray], dict[Drop, int]]:
    """Give nameless drops their class where the stage before tells it.

    A reader's own drops (``no_image``) are reported without a class. What the stage before kept of each class and
    this one neither kept nor dropped by name is they, if there are exactly as many and they have one reason.
    """
    if len(nameless) == 1 and (gap >= 0).all():
        ((reason, n),) = nameless.items()
        if n == gap.sum():
            return {**dropped, reason: dropped.get(reason, np.zeros_like(gap)) + gap}, {}
    return dropped, nameless


def _unread(run: RunFolder, part: Mapping[str, Any]) -> int | None:
    pictures = read_json(run.path / "pictures.json") or {}
    rows = pictures.get("rows")
    if rows is None:
        return None if part["set_aside"] or pictures.get("set_aside") else 0
    return int(rows) - int(part["rows_in"])


def _check(run: RunFolder, found: StageLosses, part: Mapping[str, Any]) -> None:
    """Nothing is lost without a reason, and no stage is of another run than the one before it."""
    counted = int(found.kept.sum() + sum(int(rows.sum()) for rows in found.dropped.values()))
    counted += sum(found.without_class.values())
    # match reads captions and finds candidates, of which one caption may have several.
    rows_in = part["rows_out"] + sum(part["dropped"].values()) if found.name == "match" else part["rows_in"]
    if counted != rows_in:
        raise OutputError(
            f"The reports of {found.name} in {run.path} account for {counted:,} of {rows_in:,} rows. Run it again."
        )
    if (found.not_reached < 0).any() or (found.unread is not None and found.unread < 0):
        raise OutputError(
            f"{found.name} in {run.path} judged rows that the stage before it does not have: they are of two "
            f"runs. Run  laionet {found.name.replace('_', '-')}  again."
        )


def _counts(by_class: Mapping[str, int], wnids: Sequence[str]) -> np.ndarray:
    unknown = by_class.keys() - set(wnids)
    if unknown:
        raise OutputError(f"A report counts the class {min(unknown)}, which is not in the run's class list.")
    return np.array([by_class.get(wnid, 0) for wnid in wnids], dtype=np.int64)
