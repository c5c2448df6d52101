"""The image half: fetch, read_text, describe, over the folder of a run or over a dataset of images."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from typing import Any

from laionet.dataset.folder import sha256_of
from laionet.errors import OutputError
from laionet.events import Event
from laionet.fetching.shard import FetchJob, fetch_key, fetch_shard, retry_all_failed, retry_failed
from laionet.flow.manifest import IMAGE_HALF
from laionet.flow.passing import PassJob, pass_shard
from laionet.flow.run import Run, why_died
from laionet.flow.samples import PictureSource, dataset_shards
from laionet.images.pictures import PictureSet, open_pictures
from laionet.report.results import Manifest
from laionet.shards import write_json
from laionet.stage import ShardReport, failure
from laionet.stages.describe import DescribeStage
from laionet.stages.read_text import ReadTextStage

#: What ``fetch`` can be asked to try again.
RETRIES: dict[str, Callable[[FetchJob], ShardReport]] = {"failed": retry_failed, "all-failed": retry_all_failed}


class ImageRun(Run):
    """One run over one folder, with the stages on images as methods."""

    def fetch(self, retry: str | None = None) -> Manifest:
        """Addresses to images, or the reason why not.

        Args:
            retry: None does what is not done yet; ``"failed"`` asks again where that can help,
                ``"all-failed"`` wherever there is no image.

        Raises:
            OutputError: where the images at hand are of an earlier dataset and ``update`` is false, or none
                are to be kept.
        """
        if self.recipe.fetch.keep == "none":
            raise OutputError(
                "The recipe keeps no images (fetch.keep = 'none'): laionet describe fetches, reads and describes "
                "them in one pass. Give --keep tar or parquet to fetch them first."
            )
        with self.folder.locked():
            self._settle()
            jobs = self._fetch_jobs()
            self._refuse_earlier(jobs)
            self._keep_only("fetch", [job.name for job in jobs])
            self.listener(Event("stage_started", "fetch", data={"shards": len(jobs)}))
            work = RETRIES[retry] if retry else fetch_shard
            for job, result in self.engine.map(work, jobs):
                self._told("fetch", job, result)
            self._stage_done("fetch")
        return self._finish(IMAGE_HALF)

    def read_text(self) -> Manifest:
        """Pictures to what is written in them; those that spell their class stop here."""
        with self.folder.locked():
            self._settle()
            self._require_fetched()
            inputs = [
                (shard.name, PictureSource(shard, self.recipe.run.batch_images), self._digest("fetch", shard.name))
                for shard in self._kept().shards()
            ]
            self._map(self._read_stage(), inputs)
        return self._finish(IMAGE_HALF)

    def describe(self) -> Manifest:
        """Pictures to embeddings and predictions; of a reference dataset where the recipe names one."""
        with self.folder.locked():
            self._settle()
            if self.recipe.pictures.where:
                self._describe_reference()
            elif self.recipe.fetch.keep == "none":
                self._pass()
            else:
                self._describe_fetched()
        return self._finish(IMAGE_HALF)

    def fetched(self) -> bool:
        """Whether all shards of the dataset at hand have been fetched."""
        done = {report["key"] for report in self.folder.reports("fetch") if report["status"] == "done"}
        return all(job.key in done for job in self._fetch_jobs())

    def images(self) -> Manifest:
        """All stages of the image half that the recipe asks for."""
        if self.recipe.fetch.keep != "none":
            self.fetch()
            if self.recipe.read_text.engine != "none":
                self.read_text()
        return self.describe()

    def _describe_reference(self) -> None:
        knobs = self.recipe.pictures
        found = open_pictures(
            knobs.where,
            self.classes,
            layout=knobs.layout,
            labels=knobs.labels,
            split=knobs.split,
            rows_per_shard=self.recipe.fetch.rows_per_shard,
        )
        write_json(
            self.folder.path / "pictures.json",
            {"name": found.name, "layout": found.layout, "rows": found.rows, "set_aside": list(found.set_aside)},
        )
        batch = self.recipe.run.batch_images
        inputs = [(shard.name, PictureSource(shard, batch), shard.identity()) for shard in found.shards()]
        self._map(self._describe_stage(), inputs)

    def _describe_fetched(self) -> None:
        self._require_fetched()
        read = self.recipe.read_text.engine != "none"
        if read:
            self._require("read_text")
        inputs = []
        for shard in self._kept().shards():
            only = self.folder.stage("read_text") / f"{shard.name}.parquet" if read else None
            if only is not None and not only.exists():
                continue
            key = self._digest("fetch", shard.name) + (sha256_of(only) if only else "")
            inputs.append((shard.name, PictureSource(shard, self.recipe.run.batch_images, only), key))
        self._map(self._describe_stage(), inputs)

    def _pass(self) -> None:
        """Fetch, read and describe in one pass over the network; no image is kept."""
        read = self._read_stage() if self.recipe.read_text.engine != "none" else None
        describe = self._describe_stage()
        jobs = [
            PassJob(rows, self.recipe.fetch, self.recipe.run, read, describe, self.folder.path, name, key)
            for name, rows, key in dataset_shards(self.folder.dataset, self.recipe.fetch.rows_per_shard)
        ]
        stages = ("fetch", *(("read_text",) if read else ()), "describe")
        for stage in ("fetch", "read_text", "describe"):
            self._keep_only(stage, [job.name for job in jobs] if stage in stages else [])
        shutil.rmtree(self.folder.path / "images", ignore_errors=True)
        self.listener(Event("stage_started", "describe", data={"shards": len(jobs)}))
        for job, result in self.engine.map(pass_shard, jobs, gpus=describe.needs.gpus):
            self._told("describe", job, result)
        for stage in stages:
            self._stage_done(stage)

    def _fetch_jobs(self) -> list[FetchJob]:
        recipe = self.recipe
        return [
            FetchJob(rows, recipe.fetch, recipe.run, self.folder.path, name, fetch_key(recipe.fetch, source))
            for name, rows, source in dataset_shards(self.folder.dataset, recipe.fetch.rows_per_shard)
        ]

    def _refuse_earlier(self, jobs: Sequence[FetchJob]) -> None:
        keys = {job.key for job in jobs}
        earlier = [report for report in self.folder.reports("fetch") if report["status"] == "done"]
        old = sum(report["kept"] for report in earlier if report["key"] not in keys)
        if old and not self.update:
            raise OutputError(
                f"{self.folder.path} holds {old:,} images that were fetched for another dataset or with other "
                "knobs of fetch. Add --update to fetch anew in their place, or build into another --out."
            )

    def _require_fetched(self) -> None:
        """The images at hand must be those of the dataset at hand."""
        self._require("fetch")
        keys = {job.key for job in self._fetch_jobs()}
        if any(report["key"] not in keys for report in self.folder.reports("fetch") if report["status"] == "done"):
            raise OutputError(
                f"The images in {self.folder.path} were fetched for another dataset or with other knobs of fetch. "
                f"Run:  laionet fetch {self.folder.path} --update"
            )

    def _kept(self) -> PictureSet:
        return open_pictures(self.folder.path, self.classes, layout="laionet")

    def _digest(self, stage: str, name: str) -> str:
        return sha256_of(self.folder.stage(stage) / f"{name}.parquet")

    def _read_stage(self) -> ReadTextStage:
        from laionet.models.ocr import reader_digest

        knobs = self.recipe.read_text
        return ReadTextStage(
            lemmas={synset.wnid: synset.lemmas for synset in self.classes},
            digest=reader_digest(knobs.engine, east=knobs.east, trocr=knobs.trocr),
            engine=knobs.engine,
            east=knobs.east,
            trocr=knobs.trocr,
            min_confidence=knobs.min_confidence,
            drop=knobs.drop,
            method=knobs.method,
            max_pixels=self.recipe.fetch.max_pixels,
            device=self.recipe.run.device,
        )

    def _describe_stage(self) -> DescribeStage:
        return DescribeStage.of(self.recipe, self.classes)

    def _told(self, stage: str, job: Any, result: Any) -> None:
        self._tell(stage, result if isinstance(result, ShardReport) else failure(job, why_died(result)))

    def _keep_only(self, stage: str, names: Sequence[str]) -> None:
        self.folder.forget_others(stage, names)
        if stage == "fetch" and (self.folder.path / "images").exists():
            for path in (self.folder.path / "images").iterdir():
                if path.name.partition(".")[0] not in names:
                    path.unlink()
