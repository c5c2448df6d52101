"""match: captions that contain a lemma of a class (paper, Section 2, condition 1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from laionet.matching import PAPER, LemmaMatcher, Rules
from laionet.matching.matcher import Hits, labelled
from laionet.matching.rules import single_steps
from laionet.schema import CORPUS, MATCHED, Drop
from laionet.stage import Needs, Outcome
from laionet.vocab import ClassList


@dataclass(frozen=True)
class MatchStage:
    """Corpus rows to candidates, one row per caption and class."""

    classes: ClassList
    rules: Rules

    name = "match"
    version = 1
    needs = Needs(cpus=1)
    reads = CORPUS
    writes = MATCHED

    def identity(self) -> Mapping[str, Any]:
        """The classes with their lemmas, and the rules."""
        return {"classes": self.classes.digest(), "rules": self.rules.name, "plurals": self.rules.plurals}

    def open(self) -> Callable[[pa.Table], Outcome]:
        """Build the automaton, and the milder ones that tell why a lemma was found."""
        return _Matching(self.classes, self.rules)


class _Matching:
    def __init__(self, classes: ClassList, rules: Rules) -> None:
        self._classes = classes
        self._lemma_map = classes.lemma_map()
        lemmas = list(self._lemma_map)
        self._matcher = LemmaMatcher(lemmas, rules)
        steps = single_steps(rules)
        self._milder = [LemmaMatcher(lemmas, step) for step in steps]
        self._step_names = pa.array([*(step.name for step in steps), "several"] if steps else [PAPER.name])
        self._lemmas = pa.array(lemmas, pa.string())
        self._wnids = pa.array(list(classes.wnids), pa.string())

    def __call__(self, table: pa.Table) -> Outcome:
        hits = self._matcher.find(table["caption"])
        captions = np.unique(hits.rows)
        return Outcome(
            table=self._candidates(table, hits, captions),
            dropped={Drop.NO_LEMMA: np.setdiff1d(np.arange(len(table)), captions, assume_unique=True)},
            kept=len(captions),
        )

    def _candidates(self, table: pa.Table, hits: Hits, captions: np.ndarray) -> pa.Table:
        rows, lemmas, labels = labelled(hits, self._lemma_map, self._classes)
        found_by = self._found_by(table["caption"].take(pa.array(captions)), captions, rows, lemmas)
        first = np.flatnonzero(_changes(rows) | _changes(labels))
        offsets = pa.array(np.append(first, len(rows)), pa.int32())
        n_classes = np.bincount(rows[first], minlength=len(table))[rows[first]]
        own = [name for name in table.column_names if name in MATCHED.names]
        columns = dict(zip(own, table.select(own).take(pa.array(rows[first])).columns, strict=True))
        columns["wnid"] = self._wnids.take(pa.array(labels[first]))
        columns["lemmas"] = pa.ListArray.from_arrays(offsets, self._lemmas.take(pa.array(lemmas)))
        columns["found_by"] = pa.ListArray.from_arrays(offsets, self._step_names.take(pa.array(found_by)))
        columns["n_classes"] = pa.array(n_classes, pa.int32())
        return pa.table([columns[name] for name in MATCHED.names], schema=MATCHED)

    def _found_by(
        self, texts: pa.ChunkedArray, captions: np.ndarray, rows: np.ndarray, lemmas: np.ndarray
    ) -> np.ndarray:
        """For each hit, the number of the first milder matcher that finds it, or their count if none does."""
        step = np.full(len(rows), len(self._milder), dtype=np.int64)
        for number, matcher in enumerate(self._milder):
            open_ = np.flatnonzero(step == len(self._milder))
            if not len(open_):
                break
            # Most hits are the paper's; the further steps look at captions with a hit that is still unexplained.
            asked = np.unique(rows[open_])
            found = matcher.find(texts.take(pa.array(np.searchsorted(captions, asked))))
            keys = asked[found.rows] * len(self._lemmas) + found.lemmas
            step[open_[np.isin(rows[open_] * len(self._lemmas) + lemmas[open_], keys)]] = number
        return step


def _changes(values: np.ndarray) -> np.ndarray:
    """True where a value differs from the one before it; the first always does."""
    return np.append(True, values[1:] != values[:-1]) if len(values) else np.zeros(0, bool)
