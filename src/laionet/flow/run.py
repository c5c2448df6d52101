"""The flow: which stage follows which. The one place that knows the whole; commands call it, stages do not."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from laionet.corpus import Plan
from laionet.engines import Link, engine_named
from laionet.errors import OutputError, SomeShardsFailed
from laionet.events import Event, Listener, ignore
from laionet.flow.assemble import assemble_dataset
from laionet.flow.folder import RunFolder
from laionet.flow.manifest import TEXT_HALF, set_aside, stage_part, write_manifest
from laionet.flow.sources import CandidateSource, CaptionSource, StageSource, planned_corpus
from laionet.flow.sweep import sweep_run
from laionet.matching import rules_named
from laionet.recipe import Recipe
from laionet.report.results import Manifest
from laionet.stage import Job, ShardReport, Stage, failure, finished, run_shard, shard_key
from laionet.stages.match import MatchStage
from laionet.stages.score import ScoreStage
from laionet.stages.select import SelectStage
from laionet.vocab import ClassList, load_classes

#: The text half, in order. Each reads what the one before it wrote, shard by shard; assemble reads all.
STAGES = ("match", "score", "select", "assemble")

_NOT_HERE = (
    "a worker wrote its result where this process does not find it; all nodes of a cluster must see the output "
    "folder under the same path"
)


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
            recipe.run.engine,
            workers=recipe.run.workers,
            timeout_s=recipe.run.shard_timeout_s,
            address=recipe.run.ray_address,
            retries=recipe.run.retries,
        )

    def build(self) -> Manifest:
        """All stages; returns the manifest.

        Raises:
            SomeShardsFailed: after everything else is done, where shards were set aside.
        """
        with self.folder.locked():
            self._settle()
            self._match_and_score()
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
            said = sweep_run(self.folder, self.recipe, self.classes, self.folder.safety_marks(), where, formats)
            return str(said["text"])

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
        return self._map(self._match_stage(), self._captions())

    def _match_stage(self) -> MatchStage:
        return MatchStage(self.classes, rules_named(self.recipe.match.rules, plurals=self.recipe.match.plurals))

    def _captions(self) -> list[tuple[str, Any, str]]:
        return [(shard.name, CaptionSource(shard), shard.identity()) for shard in self._plan().shards]

    def _match_and_score(self) -> None:
        """Both, shard by shard: where the engine can, one shard is scored while others are matched."""
        stages = match, score = self._match_stage(), self._score_stage()
        captions = self._captions()
        shards = {name: source.shard for name, source, _ in captions}
        jobs, following = [self._job(match, *one) for one in captions], list[Job]()

        def scoring(job: Job, result: Any) -> Job | None:
            if not isinstance(result, ShardReport) or result.status != "done":
                return None
            following.append(self._job(score, job.name, CandidateSource(job.data, shards[job.name]), result.key))
            return following[-1]

        self._begin(match, jobs)
        links = [Link(run_shard, match.needs.gpus, scoring), Link(run_shard, score.needs.gpus)]
        left, begun = len(jobs), False
        for number, job, result in self.engine.chain(links, jobs):
            left -= number == 0
            if number and not begun:  # before match is done, so that nobody knows how many shards it leaves
                begun = self._tell_begin(score, len(jobs))
            self._took(stages[number].name, job, result)
            if number == 0 and not left:
                self._stage_done(match.name)
                begun = begun or self._tell_begin(score, len(following))
        self.folder.forget_others(score.name, [job.name for job in following])
        self._require(match.name)
        self._stage_done(score.name)
        self._sweep()

    def _plan(self) -> Plan:
        self._planned = planned_corpus(self.recipe.corpus, self.folder, self.listener, update=self.update)
        return self._planned

    def _candidates(self) -> list[tuple[str, CandidateSource, str]]:
        """What match found, each shard beside the corpus shard that it came from."""
        shards = {shard.name: shard for shard in (self._planned or self._plan()).shards}
        return [
            (name, CandidateSource(path, shards[name]), key)
            for name, path, key in self._outputs("match")
            if name in shards
        ]

    def _score(self) -> bool:
        self._require("match")
        changed = self._map(self._score_stage(), self._candidates())
        self._sweep()
        return changed

    def _score_stage(self) -> ScoreStage:
        from laionet.models.text import encoder_digest

        knobs, run = self.recipe.score, self.recipe.run
        texts = dict(zip(self.classes.wnids, self.classes.texts(self.recipe.classes.text), strict=True))
        return ScoreStage(
            texts, knobs.encoder, encoder_digest(knobs.encoder), knobs.precision, run.device, run.batch_tokens
        )

    def _sweep(self) -> None:
        started = time.perf_counter()
        sweep_run(self.folder, self.recipe, self.classes, self.folder.safety_marks(), self.folder.sweep)
        self.folder.log_time("sweep", "curves", time.perf_counter() - started)

    def _select(self) -> None:
        self._require("score")
        stage = SelectStage(self.recipe.select, tuple(self.classes.wnids), self.folder.safety_marks())
        self._map(stage, [(name, StageSource(path), key) for name, path, key in self._outputs("score")])
        started = time.perf_counter()
        self.listener(Event("stage_started", "assemble", data={"shards": 1}))
        assemble_dataset(self.folder, self.recipe, self.classes)
        self.folder.log_time("assemble", "dataset", time.perf_counter() - started)
        self.listener(Event("stage_done", "assemble"))

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
        jobs = [self._job(stage, *one) for one in inputs]
        changed = self._begin(stage, jobs)
        for job, result in self.engine.map(run_shard, jobs, gpus=stage.needs.gpus):
            changed |= self._took(stage.name, job, result)
        self._stage_done(stage.name)
        return changed

    def _job(self, stage: Stage, name: str, source: Any, identity: str) -> Job:
        where = self.folder.stage(stage.name)
        return Job(stage, source, where, name, shard_key(stage, identity), self.recipe.run.keep_dropped)

    def _begin(self, stage: Stage, jobs: Sequence[Job]) -> bool:
        """Forget shards that are not among the jobs; returns whether there were any."""
        changed = self.folder.forget_others(stage.name, [job.name for job in jobs])
        self._tell_begin(stage, len(jobs))
        return changed

    def _tell_begin(self, stage: Stage, shards: int) -> bool:
        self.folder.stage(stage.name).mkdir(parents=True, exist_ok=True)
        self.listener(Event("stage_started", stage.name, data={"shards": shards}))
        return True

    def _took(self, stage: str, job: Job, result: Any) -> bool:
        """Note what came of a job; returns whether it is new."""
        report = result if isinstance(result, ShardReport) else failure(job, why_died(result))
        if report.status == "done" and finished(job) is None:
            report = failure(job, _NOT_HERE)
        self._tell(stage, report)
        return not report.reused

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
        aside = set_aside(manifest, half)
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
    run = Run(recipe, out, listener=listener, update=update)
    try:
        return run.build()
    finally:
        run.engine.close()


def why_died(error: BaseException) -> str:
    """Why a worker gave no report."""
    return f"the worker died or was stopped: {type(error).__name__}: {error}"
