"""The command accuracy: recall and accuracy of the models in a table of outcomes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from laionet.cli.app import app

_FILE = "CSV, TSV or parquet with a column wnid, JSON, or text with one wnid a line"


class Interval(StrEnum):
    """Standard errors of an accuracy."""

    PAPER = "paper"
    BINOMIAL = "binomial"


@app.command(short_help="Accuracy of each model in a table of outcomes.")
def accuracy(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Parquet or CSV with top_{k}_is_correct_{model}, or a described run's folder."
        ),
    ],
    classes_from: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help=f"Only classes named there: {_FILE}; given again: in all of them."),
    ] = None,
    frequencies_from: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Weight classes by the numbers of images there; may be given again."),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN=VALUE", help="Only such rows of these files that have the column."),
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Class of each row, where the table has no column for it.")
    ] = None,
    label_column: Annotated[str, typer.Option(metavar="NAME", help="Column of the class.")] = "wnid",
    model: Annotated[
        list[str] | None, typer.Option(metavar="MODEL", help="Only this model; may be given again.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Compare every model with this one, image by image.")
    ] = None,
    level: Annotated[float, typer.Option(metavar="SHARE", help="Level of the intervals.")] = 0.95,
    interval: Annotated[
        Interval, typer.Option(help="Standard error: the paper's, or the plain binomial one.")
    ] = Interval.PAPER,
    per_class: Annotated[
        bool, typer.Option("--per-class", help="With --json: recall and interval of each class too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of tables.")] = False,
) -> None:
    """Show the accuracy of each model in a table that says of each image whether the model was right."""
    from laionet.flow.accuracies import accuracies

    found = accuracies(
        source,
        classes_from=classes_from or (),
        frequencies_from=frequencies_from or (),
        where=_pairs(where or []),
        labels=labels,
        label_column=label_column,
        models=model or (),
        against=against,
        level=level,
        interval=str(interval),
        per_class=per_class,
    )
    if as_json:
        print(json.dumps(found, ensure_ascii=False, allow_nan=False, indent=2))
    else:
        _show(found)


def _pairs(given: list[str]) -> dict[str, str]:
    pairs = dict(one.split("=", 1) for one in given if "=" in one[1:])
    if len(pairs) < len(given):
        raise typer.BadParameter("--where takes COLUMN=VALUE, each column once: text_encoder=all-mpnet-base-v2")
    return pairs


def _show(found: Mapping[str, Any]) -> None:
    from laionet.cli.render import table

    interval = f"{100 * found['level']:g} % interval"
    files = [name for name in found["models"][0]["weighted"] if name != "own"]
    weights = ["by own counts", *(f"by {Path(name).name}" for name in files)]
    rows = [
        [
            one["model"], one["group"] or "-", str(one["k"]), f"{one['images']:,}", f"{one['classes']:,}",
            _with_error(one["equal"]), _interval(one["equal"]),
            *(_with_error(one["weighted"][name]) for name in ("own", *files)),
        ]
        for one in found["models"]
    ]  # fmt: skip
    head = ["model", "group", "k", "images", "classes", "accuracy, %", interval, *weights]
    table("", head, rows, right=tuple(range(2, len(head))))
    if found["groups"]:
        rows = [
            [
                one["group"],
                str(len(one["models"])),
                str(one["k"]),
                _with_error(one["equal"]),
                _interval(one["equal"]),
            ]
            for one in found["groups"]
        ]
        table("", ["group", "models", "k", "mean accuracy, %", interval], rows, right=(1, 2, 3, 4))
    if found["differences"]:
        rows = [
            [
                one["model"], str(one["k"]), _with_error(one["equal"]), _interval(one["equal"]),
                f"{one['only_model']:,}", f"{one['only_against']:,}", _chance(one["p"]),
            ]
            for one in found["differences"]
        ]  # fmt: skip
        less = f"less {found['differences'][0]['against']}, points"
        head = ["model", "k", less, interval, "only it right", "only the other", "p (McNemar)"]
        table("", head, rows, right=(1, 2, 3, 4, 5, 6))
    _say_images(found)


def _say_images(found: Mapping[str, Any]) -> None:
    from laionet.cli.render import printable

    print(f"{found['images']:,} of {found['rows']:,} rows are of the {found['classes']:,} classes.")
    if found["other_classes"]:
        print(f"Rows of other classes: {found['other_classes']:,}")
    for reason, rows in found["dropped"].items():
        print(f"Rows left out, {reason}: {rows:,}")
    absent = found["classes_without_images"]
    if absent:
        more = ", ..." if len(absent) > 5 else ""
        print(printable(f"Classes asked for without images here: {len(absent):,} ({', '.join(absent[:5])}{more})"))


def _with_error(one: Mapping[str, float | None]) -> str:
    return f"{_percent(one['value'])} ±{_percent(one['se'])}"


def _interval(one: Mapping[str, float | None]) -> str:
    return f"{_percent(one['low'])} to {_percent(one['high'])}"


def _percent(share: float | None) -> str:
    return "?" if share is None else f"{100 * share:.2f}"


def _chance(p: float) -> str:
    return f"{p:.2g}" if p >= 1e-300 else "<1e-300"
