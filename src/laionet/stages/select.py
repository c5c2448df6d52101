"""select: the rules that look at one caption alone: threshold, one class, safety (paper, Section 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from laionet.compare.threshold import ThresholdCounts, count_above
from laionet.recipe import Select
from laionet.schema import DATASET, SCORED, Drop
from laionet.shards import caption_starts
from laionet.stage import Needs, Outcome

#: Safety mark (a column of the corpus schema) to the names of the corpus files that have it.
Marks = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class SelectStage:
    """Scored candidates to labelled rows that every rule on single captions keeps.

    Attributes:
        rules: the recipe's section.
        wnids: the class list; ``label`` is the position here.
        marks: for each of ``nsfw``, ``punsafe``, ``nsfw_score`` the corpus files that have it. A file without
            marks is not judged; in a file with marks a row without one is dropped as ``safety_unknown``.
    """

    rules: Select
    wnids: tuple[str, ...]
    marks: Marks

    name = "select"
    version = 1
    needs = Needs(cpus=1)
    reads = SCORED
    writes = DATASET

    def identity(self) -> Mapping[str, Any]:
        """The rules on single captions; those that need the whole set belong to assemble."""
        whole = {"top_k", "cap", "duplicate_captions", "duplicate_urls"}
        return {
            "rules": self.rules.model_dump(mode="json", exclude=whole),
            "wnids": self.wnids,
            "marks": {mark: sorted(files) for mark, files in sorted(self.marks.items())},
        }

    def open(self) -> Callable[[pa.Table], Outcome]:
        """Nothing to load."""
        return self.__call__

    def __call__(self, table: pa.Table) -> Outcome:
        """Apply the rules in order; a row is counted under the first that drops it."""
        similarity = table["similarity"].to_numpy().astype(np.float64)
        reason = np.full(len(table), "", dtype=object)
        reason[~(similarity > self.rules.threshold)] = Drop.BELOW_THRESHOLD
        _set(reason, _of_several_classes(table, self.rules, reason == ""), Drop.SEVERAL_CLASSES)
        unsafe, unknown = unsafe_rows(table, self.rules, self.marks)
        _set(reason, unsafe, Drop.UNSAFE)
        _set(reason, unknown, Drop.SAFETY_UNKNOWN)
        kept = np.flatnonzero(reason == "")
        labels = labels_of(table["wnid"], self.wnids)
        labelled = table.append_column("label", pa.array(labels, pa.int32())).cast(DATASET)
        return Outcome(
            table=labelled.take(pa.array(kept)),
            dropped={drop: np.flatnonzero(reason == drop) for drop in sorted(set(reason) - {""})},
            kept=len(kept),
        )


def threshold_counts(
    table: pa.Table, rules: Select, wnids: tuple[str, ...], marks: Marks, thresholds: np.ndarray
) -> ThresholdCounts:
    """What the rules would keep of a scored table at every threshold, exactly."""
    similarity = table["similarity"].to_numpy().astype(np.float64)
    unsafe, unknown = unsafe_rows(table, rules, marks)
    kept, kept_from = ~(unsafe | unknown), None
    if rules.several_classes == "lemmas":
        kept &= table["n_classes"].to_numpy() == 1
    elif rules.several_classes == "best":
        kept &= best_of_caption(table, similarity)
    elif rules.several_classes == "labels":
        kept_from = second_of_caption(table, similarity)
    return count_above(
        similarity, labels_of(table["wnid"], wnids), len(wnids), thresholds, kept=kept, kept_from=kept_from
    )


def labels_of(wnid: pa.ChunkedArray, wnids: tuple[str, ...]) -> np.ndarray:
    """Position of each wnid in the class list."""
    return pc.index_in(wnid, value_set=pa.array(wnids, pa.string())).to_numpy()


def _set(reason: np.ndarray, rows: np.ndarray, drop: Drop) -> None:
    reason[rows & (reason == "")] = drop


def _of_several_classes(table: pa.Table, rules: Select, passed: np.ndarray) -> np.ndarray:
    if rules.several_classes == "lemmas":
        return table["n_classes"].to_numpy() > 1
    if rules.several_classes == "keep":
        return np.zeros(len(table), dtype=bool)
    similarity = np.where(passed, table["similarity"].to_numpy().astype(np.float64), -np.inf)
    if rules.several_classes == "best":
        return ~best_of_caption(table, similarity)
    groups = _caption_of_row(table)
    return np.bincount(groups, weights=passed, minlength=1)[groups] > 1 if len(table) else passed


def _caption_of_row(table: pa.Table) -> np.ndarray:
    starts = np.zeros(len(table), dtype=np.int64)
    starts[caption_starts(table)[1:]] = 1
    return np.cumsum(starts)


def _ranked(table: pa.Table, similarity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows ordered by caption, then falling similarity; and where each caption begins in that order."""
    groups = _caption_of_row(table)
    order = np.lexsort((-similarity, groups))
    return order, np.flatnonzero(np.diff(groups, prepend=-1))


def best_of_caption(table: pa.Table, similarity: np.ndarray) -> np.ndarray:
    """The most similar class of each caption; of equal ones the first in class order."""
    best = np.zeros(len(table), dtype=bool)
    order, starts = _ranked(table, similarity)
    best[order[starts]] = True
    return best


def second_of_caption(table: pa.Table, similarity: np.ndarray) -> np.ndarray:
    """For the best class of a caption the similarity of its second; for the others plus infinity."""
    order, starts = _ranked(table, similarity)
    second = np.full(len(table), np.inf)
    ends = np.append(starts[1:], len(table))
    has_second = ends - starts > 1
    second[order[starts]] = -np.inf
    second[order[starts[has_second]]] = similarity[order[starts[has_second] + 1]]
    return second


def unsafe_rows(table: pa.Table, rules: Select, marks: Marks) -> tuple[np.ndarray, np.ndarray]:
    """Rows that their file's marks rule out, and rows whose mark is missing."""
    unsafe, unknown = np.zeros(len(table), dtype=bool), np.zeros(len(table), dtype=bool)
    if rules.nsfw_keep is not None and "nsfw" in marks:
        judged = _in_files(table, marks["nsfw"])
        wanted = pc.is_in(table["nsfw"], value_set=pa.array(rules.nsfw_keep, pa.string())).to_numpy()
        missing = pc.or_kleene(pc.is_null(table["nsfw"]), pc.equal(table["nsfw"], "")).to_numpy()
        unsafe |= judged & ~wanted & ~missing
        unknown |= judged & missing
    for column, limit in (("punsafe", rules.max_punsafe), ("nsfw_score", rules.max_nsfw_score)):
        if limit is not None and column in marks:
            judged = _in_files(table, marks[column])
            score = table[column].to_numpy().astype(np.float64)  # null reads as NaN
            unsafe |= judged & (score > limit)
            unknown |= judged & np.isnan(score)
    return unsafe, unknown & ~unsafe


def _in_files(table: pa.Table, files: Sequence[str]) -> np.ndarray:
    return pc.is_in(table["file"], value_set=pa.array(files, pa.string())).to_numpy()
