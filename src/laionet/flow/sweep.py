"""Curves over the threshold for a scored corpus, as data, page and figure, and the lemmas that bring in chaff."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from laionet.compare.threshold import ThresholdCounts, ThresholdCurves, curves, thresholds_between
from laionet.flow.folder import RunFolder
from laionet.flow.manifest import stage_part
from laionet.models.checkpoint import EMBEDDED
from laionet.recipe import Recipe
from laionet.shards import iter_captions, replacing, write_json, write_text
from laionet.stages.select import Marks, threshold_counts
from laionet.vocab import ClassList

#: What the embedded encoder is called in its own world.
EMBEDDED_NAME = "all-MiniLM-L6-v2"


def sweep_run(
    folder: RunFolder,
    recipe: Recipe,
    classes: ClassList,
    marks: Marks,
    where: Path,
    formats: Sequence[str] = ("pdf",),
) -> dict[str, Any]:
    """Write curves.parquet, curves.csv, lemmas.csv, summary.json, sweep.html and the figure into ``where``.

    Args:
        folder, recipe, classes: of a run that has been scored.
        marks: which corpus files have which safety mark.
        where: folder to write.
        formats: kinds of figure file: pdf, svg, png, json.

    Returns:
        The summary: chosen and suggested threshold with classes and samples at each, and ``text``, the
        same in words.
    """
    counts, lemmas, found_by = _count(folder, recipe, classes, marks)
    limits = [limit for limit in (recipe.select.top_k, recipe.select.cap) if limit is not None]
    found = curves(counts, keep_classes=recipe.sweep.keep_classes, per_class_limit=min(limits) if limits else None)
    summary = _summary(found, recipe, len(classes))
    summary |= {"candidates": int(counts.density.sum()), "found_by": found_by}
    _write_data(where, found, lemmas, summary)
    _write_figures(folder, recipe, classes, found, lemmas, summary, where, formats)
    return summary


def _count(
    folder: RunFolder, recipe: Recipe, classes: ClassList, marks: Marks
) -> tuple[ThresholdCounts, pl.DataFrame, dict[str, int]]:
    """Counts summed over the scored shards: per class and threshold, per lemma, per way of finding."""
    rules, wnids = recipe.select, tuple(classes.wnids)
    grid = thresholds_between(-1.0, 1.0, recipe.sweep.step, rules.threshold)
    none = np.zeros((len(wnids), len(grid)), np.int64)
    total = ThresholdCounts(grid, none, none, np.zeros(len(grid) + 1, np.int64))
    lemmas = pl.DataFrame(
        schema={"lemma": pl.String, "wnid": pl.String, "candidates": pl.Int64, "rejected": pl.Int64}
    )
    ways = pl.DataFrame(schema={"found_by": pl.String, "n": pl.Int64})
    for report in folder.reports("score"):
        if report["status"] != "done":
            continue
        for table in iter_captions(folder.stage("score") / f"{report['name']}.parquet"):
            total += threshold_counts(table, rules, wnids, marks, grid)
            frame = pl.from_arrow(table.select(["lemmas", "found_by", "wnid", "similarity"]))
            assert isinstance(frame, pl.DataFrame)
            hits = frame.explode(["lemmas", "found_by"])
            rejected = (pl.col("similarity").cast(pl.Float64) <= rules.threshold).cast(pl.Int64)
            by_lemma = hits.group_by(pl.col("lemmas").alias("lemma"), "wnid").agg(
                pl.len().cast(pl.Int64).alias("candidates"), rejected.sum().alias("rejected")
            )
            lemmas = pl.concat([lemmas, by_lemma]).group_by("lemma", "wnid").sum()
            by_way = hits.group_by("found_by").agg(pl.len().cast(pl.Int64).alias("n"))
            ways = pl.concat([ways, by_way]).group_by("found_by").sum()
    order = ["rejected", "candidates", "lemma", "wnid"]
    lemmas = lemmas.sort(order, descending=[True, True, False, False])
    return total, lemmas, dict(sorted(ways.iter_rows()))


def _summary(found: ThresholdCurves, recipe: Recipe, n_classes: int) -> dict[str, Any]:
    chosen = recipe.select.threshold
    at = int(np.searchsorted(found.thresholds, chosen))
    suggested = None if math.isnan(found.suggested) else found.suggested
    summary: dict[str, Any] = {
        "chosen": chosen,
        "suggested": suggested,
        "keep_classes": recipe.sweep.keep_classes,
        "reachable_classes": found.reachable,
        "classes": int(found.classes[at]),
        "samples": int(found.samples[at]),
        "n_classes": n_classes,
    }
    duplicates = {recipe.select.duplicate_captions, recipe.select.duplicate_urls} != {"keep"}
    summary["text"] = (
        f"Above the threshold {chosen:g}: {summary['samples']:,} samples of {summary['classes']:,} classes "
        f"(of {found.reachable:,} with any){', before duplicates are dropped' if duplicates else ''}."
    )
    if suggested is not None:
        summary["text"] += f" Up to {suggested:g}, {recipe.sweep.keep_classes:.0%} of the classes would be kept."
    return summary


def _write_data(where: Path, found: ThresholdCurves, lemmas: pl.DataFrame, summary: dict[str, Any]) -> None:
    from laionet.report import curves_table

    table = pl.from_arrow(curves_table(found))
    assert isinstance(table, pl.DataFrame)
    for name, frame in (("curves", table), ("lemmas", lemmas)):
        with replacing(where / f"{name}.csv") as temporary:
            frame.write_csv(temporary)
    with replacing(where / "curves.parquet") as temporary:
        table.write_parquet(temporary)
    write_json(where / "summary.json", summary)


def _write_figures(
    folder: RunFolder,
    recipe: Recipe,
    classes: ClassList,
    found: ThresholdCurves,
    lemmas: pl.DataFrame,
    summary: dict[str, Any],
    where: Path,
    formats: Sequence[str],
) -> None:
    from laionet.report import save_figure, sweep_figure, sweep_page

    encoder = EMBEDDED_NAME if recipe.score.encoder == EMBEDDED else recipe.score.encoder
    names = {synset.wnid: synset.lemmas[0] for synset in classes}
    page = sweep_page(
        found,
        chosen=recipe.select.threshold,
        encoder=encoder,
        n_classes=len(classes),
        keep_classes=recipe.sweep.keep_classes,
        lemmas=[row | {"class_name": names.get(row["wnid"], "")} for row in lemmas.to_dicts()],
        found_by=summary["found_by"],
        funnel=[stage_part(name, folder) for name in ("match", "score")],
        title=f"{recipe.name}: the similarity threshold",
    )
    figure = sweep_figure(
        found,
        chosen=recipe.select.threshold,
        encoder=encoder,
        n_classes=len(classes),
        keep_classes=recipe.sweep.keep_classes,
    )
    for suffix in formats:
        save_figure(figure, where / f"sweep.{suffix.strip()}")
    write_text(where / "sweep.html", page)
