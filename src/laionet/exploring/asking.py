"""Answers about a folder: what stays at a threshold, of which classes, and which captions they are."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from laionet.compare.threshold import ThresholdCurves, curves
from laionet.exploring.judging import REASONS, Columns, Judged, judge, read_columns
from laionet.exploring.marking import WHOLE, Marker
from laionet.exploring.parameters import NotFound, Samples
from laionet.exploring.reading import Scored, dataset_rows, read_folder, stamp_of
from laionet.exploring.rows import captions_of, hold, lemmas_of, texts_of
from laionet.exploring.telling import row_told, rules_told
from laionet.flow.sweep import EMBEDDED_NAME
from laionet.matching import rules_named
from laionet.models.checkpoint import EMBEDDED
from laionet.report.page import REASONS as WORDS
from laionet.report.words import shown
from laionet.schema import Drop

#: Width of the bins that a class's similarities are counted in; cosine.
BIN = 0.02


@dataclass(frozen=True)
class View:
    """A folder as it was when its files had one stamp.

    Attributes:
        scored, judged: its rows and what becomes of them.
        dataset: samples of the finished dataset; none without one.
        searched: captions of the class that was searched last: a text is typed letter by letter.
    """

    scored: Scored
    judged: Judged
    dataset: int | None
    searched: dict[str, pl.Series] = field(default_factory=dict)

    def captions(self, wnid: str) -> pl.Series:
        """The captions of all rows of a class, in order."""
        found = self.searched.get(wnid)
        if found is None:
            found = captions_of(self.judged, self.judged.rows_of(self.label(wnid)), wnid)
            self.searched.clear()
            self.searched[wnid] = found
        return found

    @cached_property
    def marker(self) -> Marker:
        """Finds lemmas in captions by the recipe's rules."""
        match = self.scored.recipe.match
        return Marker(rules_named(match.rules, plurals=match.plurals))

    @cached_property
    def curves(self) -> ThresholdCurves:
        """Classes and samples over the threshold, after all rules."""
        knobs = self.scored.recipe.sweep
        counts = self.judged.counts(knobs.step)
        return curves(counts, keep_classes=knobs.keep_classes, per_class_limit=self.judged.limit)

    @cached_property
    def edges(self) -> np.ndarray:
        """Edges of the bins for similarities, float64 ascending; a bin is open on its left, as thresholds are."""
        s = self.judged.similarity
        low, high = (float(s.min()), float(s.max())) if len(s) else (0.0, 1.0)
        steps = np.arange(np.ceil(low / BIN) - 1, max(np.ceil(high / BIN), np.ceil(low / BIN)) + 1)
        return np.round(steps * BIN, 12)

    def label(self, wnid: str) -> int:
        """The label of a class.

        Raises:
            NotFound: where the list does not have it.
        """
        if wnid not in self.scored.classes.wnids:
            raise NotFound("The class list of this run has no such class.")
        return self.scored.classes.index(wnid)


class Explorer:
    """Answers questions about the folder of a run; reads only, and reads again what has changed.

    What the rules say of each row is worked out once and kept (about 30 bytes a row); it depends on the files
    alone, and so does every answer. Captions are read from the shards when they are asked for.

    Args:
        folder: of a run that has scored at least one shard.

    Raises:
        OutputError: at the first question, where there is nothing to look through.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._lock = threading.Lock()
        self._stamp: tuple[Any, ...] = ()
        self._view: View | None = None
        self._columns: dict[tuple[Any, ...], Columns] = {}

    def view(self) -> View:
        """The folder as it is now."""
        with self._lock:
            stamp = stamp_of(self.folder)
            if self._view is None or stamp != self._stamp:
                self._view = self._read()
                self._stamp = stamp
            return self._view

    def _read(self) -> View:
        scored = read_folder(self.folder)
        settings = (scored.recipe.text_digest(), scored.classes.digest(), str(scored.marks))
        known, self._columns = self._columns, {}
        for shard in scored.shards:
            key = (shard.name, shard.stamp, settings)
            self._columns[key] = known[key] if key in known else read_columns(shard, scored)
        return View(scored, judge(scored, list(self._columns.values())), dataset_rows(self.folder))

    def run(self) -> dict[str, Any]:
        """What the page shows of the run as a whole: its rules, its classes, the curves over the threshold."""
        view = self.view()
        scored, judged, found = view.scored, view.judged, view.curves
        wanted, encoder = _telling(found), scored.recipe.score.encoder
        per_class = judged.per_class(np.arange(len(judged)))
        listed = zip(scored.classes, per_class.tolist(), strict=True)
        return {
            "name": shown(scored.recipe.name),
            "folder": shown(self.folder.resolve().name),
            "encoder": shown(EMBEDDED_NAME if encoder == EMBEDDED else encoder),
            "rows": len(judged),
            "shards": len(scored.shards),
            "planned": scored.planned,
            "chosen": scored.recipe.select.threshold,
            "suggested": None if np.isnan(found.suggested) else found.suggested,
            "step": scored.recipe.sweep.step,
            "rules": rules_told(scored.recipe.select),
            "dataset": view.dataset,
            "curve": {
                "threshold": found.thresholds[wanted].tolist(),
                "above": found.candidates[wanted].tolist(),
                "samples": found.samples[wanted].tolist(),
                "classes": found.classes[wanted].tolist(),
            },
            "reachable": found.reachable,
            "classes": [
                {
                    "wnid": synset.wnid,  # as it is: the page asks by it
                    "name": shown(synset.text_name),
                    "also": shown(", ".join(synset.lemmas[1:])),
                    "found": n,
                }
                for synset, n in listed
            ],
        }

    def counts(self, threshold: float) -> dict[str, Any]:
        """What stays at a threshold, of each class in label order, and what each reason drops of all."""
        judged = self.view().judged
        funnel = judged.funnel(threshold)
        kept = funnel[-1][1]
        return {
            "threshold": threshold,
            "rows": len(judged),
            "samples": int(kept.sum()),
            "classes": int((kept > 0).sum()),
            "above": len(judged) - int(funnel[0][1].sum()),
            "kept": kept.tolist(),
            "dropped": _dropped(funnel),
        }

    def one_class(self, wnid: str, threshold: float) -> dict[str, Any]:
        """A class: what it is, what becomes of its captions at a threshold, their lemmas and similarities."""
        view = self.view()
        scored, judged, label = view.scored, view.judged, view.label(wnid)
        synset, rows = scored.classes[label], judged.rows_of(label)
        reasons = judged.reasons(rows, threshold)
        kept, above = reasons == 0, judged.similarity[rows] > threshold
        bins = np.searchsorted(view.edges, judged.similarity[rows], side="left") - 1
        sizes = {
            "kept": bins[kept],
            "dropped": bins[above & ~kept],
            "below": bins[~above],
        }
        n_bins = len(view.edges) - 1
        lemmas = lemmas_of(judged, rows, synset.wnid, above, kept)
        dropped = np.bincount(reasons[~kept], minlength=len(REASONS)).tolist()
        return {
            "id": shown(synset.wnid),
            "name": shown(synset.text_name),
            "synset": shown(synset.name),
            "definition": shown(synset.definition, 600),
            "text": shown(scored.classes.texts(scored.recipe.classes.text)[label], 900),
            "threshold": threshold,
            "found": len(rows),
            "above": int(above.sum()),
            "kept": int(kept.sum()),
            "dropped": _in_words(dict(zip(map(str, REASONS), dropped, strict=True))),
            "edges": view.edges.tolist(),
            "bins": {name: np.bincount(where, minlength=n_bins).tolist() for name, where in sizes.items()},
            "lemmas": [row | {"lemma": shown(row["lemma"])} for row in lemmas.to_dicts()],
        }

    def samples(self, asked: Samples) -> dict[str, Any]:
        """A page of a class's captions in the order asked for."""
        view = self.view()
        judged, label = view.judged, view.label(asked.wnid)
        every = judged.rows_of(label)
        reasons = judged.reasons(every, asked.threshold)
        captions = view.captions(asked.wnid) if asked.text and len(every) else None
        fitting = None if captions is None else hold(captions, asked.text)
        found = _in_order(judged.similarity[every], reasons == 0, fitting, asked)
        first = (asked.page - 1) * asked.size
        at = found[first : first + asked.size]
        some, reason, similarity = every[at], reasons[at], judged.similarity[every[at]].tolist()
        read = None if captions is None else captions.gather(at)
        texts = texts_of(judged, some, read).iter_rows(named=True) if len(some) else ()
        return {
            "threshold": asked.threshold,
            "total": len(found),
            "page": asked.page,
            "size": asked.size,
            "rows": [
                row_told(row, s, str(REASONS[w]), int(judged.safety[row["number"]]), view.marker)
                for row, s, w in zip(texts, similarity, reason, strict=True)
            ],
        }

    def caption(self, shard: str, at: int) -> dict[str, Any]:
        """The whole of one caption, up to a million letters.

        Raises:
            NotFound: where there is no such row.
        """
        view = self.view()
        names = [one.name for one in view.judged.shards]
        first = view.judged.first
        number = int(first[names.index(shard)]) + at if shard in names else -1
        if number < 0 or number >= int(first[names.index(shard) + 1]):
            raise NotFound("This run has no such row; its shards may have changed. Load the page again.")
        row = next(texts_of(view.judged, np.array([number])).iter_rows(named=True))
        return view.marker.excerpt(row["caption"] or "", row["lemmas"], WHOLE).to_json()


def _telling(found: ThresholdCurves) -> slice:
    """The part of the grid where anything changes, and one more at each end."""
    total = found.candidates
    inside = np.flatnonzero((total < total.max(initial=0)) & (total > 0))
    if not len(inside):
        return slice(0, len(total))
    return slice(max(0, int(inside[0]) - 1), min(len(total), int(inside[-1]) + 2))


def _dropped(funnel: list[tuple[Drop | None, np.ndarray]]) -> list[dict[str, Any]]:
    return _in_words({str(drop): int(of.sum()) for drop, of in funnel if drop})


def _in_words(dropped: Mapping[str, int]) -> list[dict[str, Any]]:
    """Reasons in the order of the rules, with their numbers."""
    order = [str(drop) for drop in REASONS if drop and dropped.get(str(drop))]
    return [{"reason": name, "words": WORDS[name], "rows": dropped[name]} for name in order]


def _in_order(s: np.ndarray, kept: np.ndarray, fitting: np.ndarray | None, asked: Samples) -> np.ndarray:
    """Positions of the rows of a class that were asked for, in the order asked for.

    Args:
        s: float64 (n,), their similarities.
        kept: bool (n,), whether they are samples.
        fitting: bool (n,), whether they hold the text; none where any does.
        asked: which, and in which order.
    """
    wanted = np.ones(len(s), dtype=bool) if fitting is None else fitting.copy()
    if asked.show != "all":
        wanted &= kept == (asked.show == "kept")
    if asked.order in ("above", "below"):
        wanted &= (s > asked.threshold) == (asked.order == "above")
    if asked.order == "random":
        order = np.random.default_rng(asked.seed).permutation(len(s))
        return order[wanted[order]]
    some = np.flatnonzero(wanted)
    rising = asked.order in ("above", "low")
    return some[np.argsort(s[some] if rising else -s[some], kind="stable")]
