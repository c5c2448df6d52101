"""The flow: which stage follows which. The one place that knows the whole; commands call it, stages do not."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from laionet.corpus import Plan, list_files, plan
from laionet.engines import engine_named
from laionet.errors import CorpusError, OutputError, SomeShardsFailed
from laionet.events import Event, Listener, ignore
from laionet.flow.assemble import assemble_dataset
from laionet.flow.folder import RunFolder
from laionet.flow.manifest import TEXT_HALF, corpus_part, stage_part, write_manifest
from laionet.flow.sources import CandidateSource, CaptionSource, StageSource
from laionet.flow.sweep import sweep_run
from laionet.matching import rules_named
from laionet.recipe import Recipe
from laionet.report.results import Manifest
from laionet.shards import read_json, write_json
from laionet.stage import Job, ShardReport, Stage, failure, run_shard, shard_key
from laionet.stages.match import MatchStage
from laionet.stages.score import ScoreStage
from laionet.stages.select import SelectStage
from laionet.vocab import ClassList, load_classes

#: The text half, in order. Each reads what the one before it wrote, shard by shard; assemble reads all.
STAGES = ("match", "score", "select", "assemble")


class Run:
    """One run over one folder: the recipe, the classes, and each stage as a method.

    Args:
        recipe: what to do.
        out: the folder; made where it does not exist.
        listener: is told of every event.
        update: redo what a changed recipe touches, instead of refusing it.
    """

    def __init__(
        self, recipe: Recipe, out: str | Path, *, listener: Listener = ignore, update: bool = False
    ) -> None:
        self.recipe = recipe
        self.folder = RunFolder(Path(out))
        self.listener = listener
        self.update = update
        self.classes = classes_of(recipe)
        self._planned: Plan | None = None
        self.engine = engine_named(
            recipe.run.engine, workers=recipe.run.workers, timeout_s=recipe.run.shard_timeout_s
        )

    def build(self) -> Manifest:
        """All stages; returns the manifest.

        Raises:
            SomeShardsFailed: after everything else is done, where shards were set aside.
        """
        with self.folder.locked():
            self._settle()
            self._match()
            self._score()
            self._select()
        return self._finish()

    def match(self) -> Manifest:
        """Corpus to candidates."""
        with self.folder.locked():
            self._settle()
            if self._match():
                self.folder.forget_after("match")
        return self._finish()

    def score(self) -> Manifest:
        """Candidates to similarities, and the curves over the threshold."""
        with self.folder.locked():
            self._settle()
            if self._score():
                self.folder.forget_after("score")
        return self._finish()

    def select(self) -> Manifest:
        """Similarities to the dataset."""
        with self.folder.locked():
            self._settle()
            self._select()
        return self._finish()

    def sweep(self, where: Path, formats: Sequence[str] = ("pdf",)) -> str:
        """The curves alone, from the similarities that are there, into ``where``; returns them in words."""
        with self.folder.locked():
            self._require("score")
            return str(sweep_run(self.folder, self.recipe, self.classes, self._marks(), where, formats)["text"])

    def _settle(self) -> None:
        self.folder.settle(self.recipe, update=self.update)
        self.classes.to_csv(self.folder.path / "classes.csv")
        report = self.classes.report()
        if report.get("without_lemma"):
            empty = [self.classes[wnid].text_name for wnid in report["without_lemma"]]
            listed = ", ".join(empty[:8]) + (" ..." if len(empty) > 8 else "")
            text = f"{len(empty)} classes have no lemma of their own and stay empty: {listed}"
            self.listener(Event("note", text=text))

    def _match(self) -> bool:
        planned = self._plan()
        stage = MatchStage(self.classes, rules_named(self.recipe.match.rules, plurals=self.recipe.match.plurals))
        inputs = [(shard.name, CaptionSource(shard), shard.identity()) for shard in planned.shards]
        return self._map(stage, inputs)

    def _plan(self) -> Plan:
        knobs = self.recipe.corpus
        if not knobs.files:
            raise CorpusError("No corpus was named. Give files, folders, globs or URIs with --corpus.")
        planned = plan(
            list_files(knobs.files),
            layout=knobs.layout,
            columns=knobs.columns or None,
            rows_per_shard=knobs.rows_per_shard,
        )
        part = corpus_part(planned)
        if not self.update:
            self.folder.refuse_other_corpus(part)
        write_json(self.folder.path / "corpus.json", part)
        self._planned = planned
        for layout in planned.layouts:
            self.listener(Event("note", "match", f"Corpus layout {layout.name}: {layout.spoken()}"))
        judged = {bool(shard.layout.safety) for shard in planned.shards}
        if judged == {True, False}:
            text = "Some files have safety marks and others have none; rows without marks cannot be judged."
            self.listener(Event("note", "match", text))
        for file, why in planned.set_aside:
            self.listener(Event("shard_failed", "match", f"{file.name}: {why}", {"shard": file.name}))
        return planned

    def _candidates(self) -> list[tuple[str, CandidateSource, str]]:
        """What match found, each shard beside the corpus shard that it came from."""
        shards = {shard.name: shard for shard in (self._planned or self._plan()).shards}
        return [
            (name, CandidateSource(path, shards[name]), key)
            for name, path, key in self._outputs("match")
            if name in shards
        ]

    def _score(self) -> bool:
        from laionet.models.text import encoder_digest

        self._require("match")
        knobs, run = self.recipe.score, self.recipe.run
        texts = dict(zip(self.classes.wnids, self.classes.texts(self.recipe.classes.text), strict=True))
        stage = ScoreStage(
            texts, knobs.encoder, encoder_digest(knobs.encoder), knobs.precision, run.device, run.batch_tokens
        )
        changed = self._map(stage, self._candidates())
        self._sweep()
        return changed

    def _sweep(self) -> None:
        started = time.perf_counter()
        sweep_run(self.folder, self.recipe, self.classes, self._marks(), self.folder.sweep)
        self.folder.log_time("sweep", "curves", time.perf_counter() - started)

    def _select(self) -> None:
        self._require("score")
        stage = SelectStage(self.recipe.select, tuple(self.classes.wnids), self._marks())
        self._map(stage, [(name, StageSource(path), key) for name, path, key in self._outputs("score")])
        started = time.perf_counter()
        self.listener(Event("stage_started", "assemble", data={"shards": 1}))
        assemble_dataset(self.folder, self.recipe, self.classes)
        self.folder.log_time("assemble", "dataset", time.perf_counter() - started)
        self.listener(Event("stage_done", "assemble"))

    def _marks(self) -> dict[str, list[str]]:
        """For each safety mark the corpus files that have it."""
        corpus = read_json(self.folder.path / "corpus.json") or {"files": []}
        marks: dict[str, list[str]] = {}
        for file in corpus["files"]:
            for mark in file["safety"]:
                marks.setdefault(mark, []).append(file["name"])
        return marks

    def _require(self, stage: str) -> None:
        if not any(report["status"] == "done" for report in self.folder.reports(stage)):
            command = stage.replace("_", "-")
            raise OutputError(f"{self.folder.path} has no finished {stage}. Run:  laionet {command}  first.")

    def _outputs(self, stage: str) -> list[tuple[str, Path, str]]:
        """What a stage has finished; a shard's key stands for its content."""
        return [
            (report["name"], self.folder.stage(stage) / f"{report['name']}.parquet", report["key"])
            for report in self.folder.reports(stage)
            if report["status"] == "done"
        ]

    def _map(self, stage: Stage, inputs: Sequence[tuple[str, Any, str]]) -> bool:
        """Run a stage over its shards, setting failed ones aside; returns whether any result is new."""
        where, keep = self.folder.stage(stage.name), self.recipe.run.keep_dropped
        where.mkdir(parents=True, exist_ok=True)
        jobs = [
            Job(stage, source, where, name, shard_key(stage, identity), keep) for name, source, identity in inputs
        ]
        changed = self.folder.forget_others(stage.name, [job.name for job in jobs])
        self.listener(Event("stage_started", stage.name, data={"shards": len(jobs)}))
        for job, result in self.engine.map(run_shard, jobs, gpus=stage.needs.gpus):
            report = result if isinstance(result, ShardReport) else failure(job, why_died(result))
            changed |= not report.reused
            self._tell(stage.name, report)
        self._stage_done(stage.name)
        return changed

    def _tell(self, stage: str, report: ShardReport) -> None:
        """Note the time of a shard and tell the listener."""
        if not report.reused:
            self.folder.log_time(stage, report.name, report.seconds)
        kind = "shard_failed" if report.status == "failed" else "shard_done"
        data = {"shard": report.name, "rows_in": report.rows_in, "kept": report.kept, "reused": report.reused}
        self.listener(Event(kind, stage, report.error, data))

    def _stage_done(self, stage: str) -> None:
        self.listener(Event("stage_done", stage, data=stage_part(stage, self.folder)))

    def _finish(self, half: Sequence[str] = TEXT_HALF) -> Manifest:
        """Write the manifest; what the stages of this half set aside ends the run with an error.

        What the other half set aside does not: the text half must not stop a run before its images are retried.
        """
        manifest = Manifest(write_manifest(self.folder, self.recipe, self.classes))
        aside: list[str] = []
        if half is TEXT_HALF:
            aside += [f"{a['file']}: {a['reason']}" for a in manifest["corpus"].get("set_aside", [])]
        for stage in manifest["stages"]:
            if stage["name"] in half:
                aside += [f"{stage['name']} shard {a['shard']}: {a['error']}" for a in stage["set_aside"]]
        if aside:
            raise SomeShardsFailed(
                "The run is complete but for what was set aside:\n"
                + "\n".join(f"  {line}" for line in aside)
                + "\nMend or remove these files and run the same command again; what is done is kept."
            )
        return manifest


def classes_of(recipe: Recipe) -> ClassList:
    """The class list that a recipe names."""
    knobs = recipe.classes
    return load_classes(knobs.source, lemmas=knobs.lemmas, wordnet=knobs.wordnet, depth=knobs.depth)


def build(recipe: Recipe, out: str | Path, *, listener: Listener = ignore, update: bool = False) -> Manifest:
    """Build a dataset from captions: match, score, sweep, select, assemble.

    Args:
        recipe: from ``laionet.load_recipe``; ``recipe.corpus.files`` names the captions.
        out: output folder. Running again over a folder of the same recipe goes on where it stopped.
        listener: called with every ``laionet.events.Event``.
        update: where the folder was made by another recipe, redo what the difference touches.

    Returns:
        The manifest, as written to ``out/manifest.json``: a dict, which a notebook shows as a summary.

    Raises:
        LaionetError: with what to do next; ``SomeShardsFailed`` where all but some shards is done.
    """
    return Run(recipe, out, listener=listener, update=update).build()


def why_died(error: BaseException) -> str:
    """Why a worker gave no report."""
    return f"the worker died or was stopped: {type(error).__name__}: {error}"
