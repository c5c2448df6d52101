"""The command compare: how datasets differ, by how much, in which classes, how sure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from laionet.cli import options as o
from laionet.cli.app import app


@app.command(short_help="Compare datasets: accuracy, similarity, diversity, what was lost.")
def compare(
    datasets: Annotated[
        list[str],
        typer.Argument(
            metavar="A B [C ...]",
            help="Folders of runs with described images, tables of embeddings, or folders of images.",
        ),
    ],
    out: o.Out = Path("out/compare"),
    names: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="TEXT", help="What to call a dataset; once for each, in order."),
    ] = None,
    encoders: o.Encoders = None,
    classifiers: o.Classifiers = None,
    zero_shot: o.ZeroShot = None,
    classes: o.Classes = None,
    level: Annotated[float, typer.Option(metavar="SHARE", help="Of the intervals.", min=0.5, max=0.999)] = 0.95,
    rarefy_to: Annotated[
        int, typer.Option(metavar="N", help="Images of a class that diversity is compared at.", min=2)
    ] = 20,
    testbed: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Accuracies of many models, for effective robustness; see --sets."),
    ] = None,
    sets: Annotated[
        str | None,
        typer.Option(metavar="REFERENCE,SHIFTED", help="Columns of the testbed that stand for B and A."),
    ] = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option(metavar="MODEL", help="Models that make the line, as resnet*; all where none is named."),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of every random draw.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    knob: o.Knob = None,
    workers: o.Workers = None,
    engine: o.Engine = None,
    device: o.Device = None,
    quiet: o.Quiet = False,
) -> None:
    """Compare datasets, each with each, over the classes that both have, and write numbers and a page.

    Images that are not described yet are described first, all by the same models, into the output folder.
    """
    from laionet.cli.render import Progress
    from laionet.flow.comparing import Settings
    from laionet.flow.comparing.run import compare_datasets

    changed = o.changes(locals())
    changed.pop("seed", None)
    line = _baseline(testbed, sets, baseline)
    settings = Settings(level=level, seed=seed, rarefy_to=rarefy_to, baseline=line)
    with Progress(quiet or as_json) as progress:
        document = compare_datasets(
            datasets, out, titles=names or (), settings=settings, listener=progress, **changed
        )
    if as_json:
        print(json.dumps(document, indent=2, ensure_ascii=False))
        return
    if not quiet:
        for pair in document["pairs"]:
            _show(pair, level)
    print(out / "index.html")


def _baseline(testbed: Path | None, sets: str | None, models: list[str] | None) -> Any:
    from laionet.flow.comparing.robust import Baseline

    if testbed is None:
        if sets or models:
            raise typer.BadParameter("--sets and --baseline go with --testbed FILE")
        return None
    columns = [part.strip() for part in (sets or "").split(",")]
    if len(columns) != 2 or not all(columns):
        raise typer.BadParameter("--testbed takes two columns, --sets val,imagenetv2-matched-frequency-format-val")
    return Baseline(testbed, columns[0], columns[1], tuple(models or ()))


def _show(pair: Mapping[str, Any], level: float) -> None:
    """The main numbers of a pair as a table."""
    from laionet.cli.render import printable, table

    a, b = (printable(one["title"]) for one in pair["datasets"])
    classes = pair["classes"]
    common = ", ".join(map(printable, classes["names"][:8])) + (" ..." if classes["common"] > 8 else "")
    print(f"{a} and {b} have {classes['common']:,} classes in common: {common}")
    rows = []
    for row in pair["accuracy"]:
        if row["k"] == 1:
            what = f"top-1 accuracy, {printable(row['model'])}"
            rows.append([what, *(_points(row[key]) for key in ("a", "b", "difference")), ""])
    for row in (pair["robustness"] or {"models": []})["models"]:
        what = f"effective robustness, {printable(row['model'])}"
        rows.append([what, "", f"{100 * row['expected']:.1f} expected", _points(row), ""])
    for part in pair["similarity"]:
        rows.append([f"similarity in a class, {printable(part['encoder'])}", *_similar(part)])
    for part in pair["synset_similarity"]:
        rows.append([f"similarity to the text, {printable(part['encoder'])}", *_similar(part)])
    for part in pair["similarity"]:
        vendi = next(row for row in part["diversity"] if row["measure"] == "vendi")
        if vendi["classes"]:
            name = f"Vendi score of {vendi['images']} images, {printable(part['encoder'])}"
            rows.append(
                [name, f"{vendi['a']:.2f}", f"{vendi['b']:.2f}", _interval(vendi["difference"], "+.2f"), ""]
            )
    head = ["what", a, b, f"{a} less {b} ({100 * level:g} %)", "classes lower / higher, q < 0.05"]
    if rows:
        table("", head, rows, right=(1, 2, 3, 4))


def _similar(part: Mapping[str, Any]) -> list[str]:
    means = [f"{part[side]:.3f}" if part[side] is not None else "-" for side in ("a", "b")]
    lower_higher = f"{part['lower']} / {part['higher']} of {part['judged']}"
    return [*means, _interval(part["pooled"], "+.3f"), lower_higher]


def _points(estimate: Mapping[str, float | None]) -> str:
    shown = {key: None if value is None else 100 * value for key, value in estimate.items()}
    return _interval(shown, ".1f")


def _interval(estimate: Mapping[str, float | None], form: str) -> str:
    value, low, high = (estimate[key] for key in ("value", "low", "high"))
    if value is None:
        return "-"
    if low is None or high is None:
        return f"{value:{form}}"
    return f"{value:{form}} ({low:{form}} to {high:{form}})"
