"""What the recipe's rules say of every scored row at every threshold; they are those of select and assemble."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from laionet.compare.threshold import ThresholdCounts, count_above, thresholds_between
from laionet.errors import OutputError
from laionet.exploring.reading import Scored, Shard
from laionet.exploring.spans import Spans, first_of_equals, single
from laionet.recipe import Select
from laionet.schema import Drop
from laionet.shards import read_table
from laionet.stages.assemble import WholeRules
from laionet.stages.select import best_of_caption, labels_of, second_of_caption, unsafe_rows

#: What safety marks say of a row.
SAFE, UNSAFE, UNKNOWN = range(3)

#: What can become of a scored row, in the order of the rules; the first is that it stays.
REASONS = (
    "",
    Drop.BELOW_THRESHOLD,
    Drop.SEVERAL_CLASSES,
    Drop.UNSAFE,
    Drop.SAFETY_UNKNOWN,
    Drop.DUPLICATE_CAPTION,
    Drop.NEAR_DUPLICATE_CAPTION,
    Drop.DUPLICATE_URL,
    Drop.BEYOND_TOP_K,
    Drop.BEYOND_CAP,
)
_CODE = {reason: code for code, reason in enumerate(REASONS)}

#: Spreads labels over 64 bits: 2**64 divided by the golden ratio.
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Columns:
    """What is kept of one shard, one value a row.

    Attributes:
        label: int32, position in the class list.
        similarity: float64, cosine.
        alone_from: float64, lowest threshold at which no other class of the caption stands in the way.
        safety: uint8, ``SAFE``, ``UNSAFE`` or ``UNKNOWN``.
        keys: as ``WholeRules.partial`` makes them; none where no rule needs them.
    """

    label: np.ndarray
    similarity: np.ndarray
    alone_from: np.ndarray
    safety: np.ndarray
    keys: np.ndarray | None


def read_columns(shard: Shard, scored: Scored) -> Columns:
    """Judge one shard by the rules on single captions; reads the columns that these rules need.

    Raises:
        ShardError: where the file cannot be read.
        OutputError: where it has classes that are not in the class list.
    """
    rules, wnids = scored.recipe.select, scored.classes.wnids
    names = ["file", "row", "wnid", "n_classes", "similarity", "nsfw", "punsafe", "nsfw_score"]
    names += [name for name, rule in _repetitions(rules).items() if rule != "keep"]
    table = read_table(shard.path, names)
    label = labels_of(table["wnid"], wnids)
    if label.dtype.kind == "f":  # a null among them
        raise OutputError(
            f"{shard.path.name} has classes that are not in classes.csv: they are of two runs. "
            "Run  laionet score  again."
        )
    similarity = table["similarity"].to_numpy().astype(np.float64)
    unsafe, unknown = unsafe_rows(table, rules, scored.marks)
    safety = np.where(unsafe, UNSAFE, np.where(unknown, UNKNOWN, SAFE)).astype(np.uint8)
    keys = None
    if rules.cap is not None or set(_repetitions(rules).values()) != {"keep"}:
        labelled = table.append_column("label", pa.array(label, pa.int32()))
        keys = WholeRules(rules, scored.recipe.seed).partial(labelled)
    return Columns(label.astype(np.int32), similarity, _alone_from(table, rules, similarity), safety, keys)


@dataclass(frozen=True)
class Judged:
    """All scored rows, numbered in corpus order, and what becomes of them at any threshold.

    Attributes:
        rules: the recipe's section.
        n_classes: length of the class list.
        shards: where the rows are; ``first`` has the number of each one's first row, and the end.
        label, similarity, alone_from, safety: see ``Columns``; (n,) each.
        single: spans after the rules on single captions.
        steps: for each rule on repetitions its reason and the spans after it.
        draw: uint64 (n,), the lot of each row where classes have a cap.
    """

    rules: Select
    n_classes: int
    shards: tuple[Shard, ...]
    first: np.ndarray
    label: np.ndarray
    similarity: np.ndarray
    alone_from: np.ndarray
    safety: np.ndarray
    single: Spans
    steps: tuple[tuple[Drop, Spans], ...]
    draw: np.ndarray | None

    def __len__(self) -> int:
        return len(self.label)

    @property
    def samples(self) -> Spans:
        """Spans after all rules but the limits per class."""
        return self.steps[-1][1] if self.steps else self.single

    @property
    def limit(self) -> int | None:
        """Most samples that a class may have."""
        limits = [limit for limit in (self.rules.top_k, self.rules.cap) if limit is not None]
        return min(limits) if limits else None

    @cached_property
    def _by_class(self) -> tuple[np.ndarray, np.ndarray]:
        order = np.argsort(self.label, kind="stable")
        return order, np.searchsorted(self.label[order], np.arange(self.n_classes + 1))

    def rows_of(self, label: int) -> np.ndarray:
        """The rows of a class, ascending."""
        order, bounds = self._by_class
        return order[bounds[label] : bounds[label + 1]]

    def per_class(self, rows: np.ndarray) -> np.ndarray:
        """How many of these rows each class has, int64 (classes,)."""
        return np.bincount(self.label[rows], minlength=self.n_classes)

    def funnel(self, threshold: float) -> list[tuple[Drop | None, np.ndarray]]:
        """How many rows of each class each reason drops at a threshold, in the order of the rules.

        The last one, without a reason, is what stays. All of them add up to the rows of each class.
        """
        above = self.similarity > threshold
        several = above & (self.alone_from > threshold)
        rest = above & ~several
        found: list[tuple[Drop | None, np.ndarray]] = [
            (Drop.BELOW_THRESHOLD, self.per_class(~above)),
            (Drop.SEVERAL_CLASSES, self.per_class(several)),
            (Drop.UNSAFE, self.per_class(rest & (self.safety == UNSAFE))),
            (Drop.SAFETY_UNKNOWN, self.per_class(rest & (self.safety == UNKNOWN))),
        ]
        left = self.per_class(self.single.at(threshold))
        for drop, spans in self.steps:
            after = self.per_class(spans.at(threshold))
            found.append((drop, left - after))
            left = after
        for drop, most in ((Drop.BEYOND_TOP_K, self.rules.top_k), (Drop.BEYOND_CAP, self.rules.cap)):
            if most is not None:
                found.append((drop, np.maximum(left - most, 0)))
                left = np.minimum(left, most)
        return [*found, (None, left)]

    def reasons(self, rows: np.ndarray, threshold: float) -> np.ndarray:
        """What drops each row of one class at a threshold: a position in ``REASONS``, 0 where it stays; uint8.

        Args:
            rows: all rows of the class, as ``rows_of`` gives them: limits need the whole class.
            threshold: strictly below the similarities that pass.
        """
        reason = np.choose(self.safety[rows], [0, _CODE[Drop.UNSAFE], _CODE[Drop.SAFETY_UNKNOWN]]).astype(np.uint8)
        reason[self.alone_from[rows] > threshold] = _CODE[Drop.SEVERAL_CLASSES]
        reason[~(self.similarity[rows] > threshold)] = _CODE[Drop.BELOW_THRESHOLD]
        passed = _among(rows, self.single.at(threshold))
        for drop, spans in self.steps:
            stays = _among(rows, spans.at(threshold))
            reason[passed & ~stays] = _CODE[drop]
            passed = stays
        if self.limit is not None:
            reason[passed] = self._beyond(rows[passed])
        return reason

    def _beyond(self, rows: np.ndarray) -> np.ndarray:
        keys = np.zeros(len(rows), dtype=WholeRules.merge([]).dtype)
        keys["label"], keys["similarity"] = self.label[rows], self.similarity[rows]
        if self.draw is not None:
            keys["draw"] = self.draw[rows]
        alone = self.rules.model_copy(update={"duplicate_captions": "keep", "duplicate_urls": "keep"})
        return np.array([_CODE[drop] for drop in WholeRules(alone, 0).finish(keys)], dtype=np.uint8)

    def counts(self, step: float) -> ThresholdCounts:
        """Candidates and samples of each class at multiples of ``step`` and at the recipe's threshold."""
        grid = thresholds_between(-1.0, 1.0, step, self.rules.threshold)
        every = count_above(self.similarity, self.label, self.n_classes, grid)
        spans = self.samples
        kept = count_above(spans.end, self.label[spans.row], self.n_classes, grid, kept_from=spans.start)
        return ThresholdCounts(grid, every.candidates, kept.samples, every.density)


def judge(scored: Scored, columns: Sequence[Columns]) -> Judged:
    """Join the shards' columns, in corpus order, and apply the rules that need them all."""
    rules = scored.recipe.select
    label = np.concatenate([part.label for part in columns])
    similarity = np.concatenate([part.similarity for part in columns])
    alone_from = np.concatenate([part.alone_from for part in columns])
    safety = np.concatenate([part.safety for part in columns])
    keys = WholeRules.merge([part.keys for part in columns if part.keys is not None])
    spans = single(alone_from, similarity, safety == SAFE)
    return Judged(
        rules,
        len(scored.classes),
        scored.shards,
        np.cumsum([0, *(len(part.label) for part in columns)]),
        label,
        similarity,
        alone_from,
        safety,
        spans,
        _without_repetitions(spans, keys, label, rules),
        keys["draw"].copy() if rules.cap is not None else None,
    )


def _without_repetitions(
    spans: Spans, keys: np.ndarray, label: np.ndarray, rules: Select
) -> tuple[tuple[Drop, Spans], ...]:
    steps: list[tuple[Drop, Spans]] = []
    of_class = label.astype(np.uint64) * _SPREAD
    if rules.duplicate_captions != "keep":
        near = rules.duplicate_captions == "near"
        spans = first_of_equals(spans, keys["caption"] ^ of_class)
        steps.append((Drop.NEAR_DUPLICATE_CAPTION if near else Drop.DUPLICATE_CAPTION, spans))
    if rules.duplicate_urls != "keep":
        # As in assemble: one image may have two labels only where captions of several classes are kept.
        urls = keys["url"] ^ of_class if rules.several_classes == "keep" else keys["url"]
        spans = first_of_equals(spans, urls, keys["url_known"])
        steps.append((Drop.DUPLICATE_URL, spans))
    return tuple(steps)


def _repetitions(rules: Select) -> Mapping[str, str]:
    return {"caption": rules.duplicate_captions, "url": rules.duplicate_urls}


def _alone_from(table: pa.Table, rules: Select, similarity: np.ndarray) -> np.ndarray:
    if rules.several_classes == "labels":
        return second_of_caption(table, similarity)
    if rules.several_classes == "best":
        alone = best_of_caption(table, similarity)
    elif rules.several_classes == "lemmas":
        alone = table["n_classes"].to_numpy() == 1
    else:
        alone = np.ones(len(table), dtype=bool)
    return np.where(alone, -np.inf, np.inf)


def _among(rows: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Which of ``rows`` are in ``some``; both ascending."""
    if not len(some):
        return np.zeros(len(rows), dtype=bool)
    at = np.minimum(np.searchsorted(some, rows), len(some) - 1)
    return some[at] == rows
