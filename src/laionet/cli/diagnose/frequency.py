"""The command diagnose frequency: versions of a dataset against their selection frequency."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from laionet.cli import options as o
from laionet.cli.diagnose import diagnose
from laionet.cli.diagnose.ending import say


@diagnose.command(short_help="Do datasets differ less as annotators ask for less? (Section 4.1)")
def frequency(
    references: Annotated[
        list[str],
        typer.Argument(metavar="REFERENCE [...]", help="Datasets to hold the versions against, as for compare."),
    ],
    versions: Annotated[
        list[str] | None,
        typer.Option(
            "--version",
            metavar="NAME=PLACE[:FREQUENCY]",
            help="A version and its mean selection frequency; ImageNetV2's a, b, c are known by name.",
        ),
    ] = None,
    images: Annotated[
        str | None,
        typer.Option(metavar="PLACE", help="A dataset to make versions of, by the frequencies of its images."),
    ] = None,
    frequencies: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Table with sample and frequency, or votes and shown, for --images."),
    ] = None,
    shown: Annotated[
        int | None, typer.Option(metavar="N", help="Annotators asked about each, if the table lacks it.", min=2)
    ] = None,
    bins: Annotated[int, typer.Option(metavar="N", help="Versions of equal size to make.", min=2)] = 3,
    at_least: Annotated[
        list[float] | None,
        typer.Option(metavar="F", help="Instead: a version of the images from this frequency up; again for more."),
    ] = None,
    out: o.Out = Path("out/diagnose"),
    names: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="TEXT", help="What to call a reference; once for each, in order."),
    ] = None,
    encoders: o.Encoders = None,
    classes: o.Classes = None,
    level: Annotated[float, typer.Option(metavar="SHARE", help="Of the intervals.", min=0.5, max=0.999)] = 0.95,
    alpha: Annotated[float, typer.Option(metavar="A", help="False discovery rate.", min=0.0001, max=0.5)] = 0.05,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of every random draw.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    knob: o.Knob = None,
    workers: o.Workers = None,
    engine: o.Engine = None,
    device: o.Device = None,
    quiet: o.Quiet = False,
) -> None:
    """Count the classes where a reference has significantly lower or higher similarity than versions of a dataset.

    Tests within classes whether that goes with the versions' selection frequency.
    """
    from laionet.cli.render import Progress
    from laionet.flow.diagnosing.frequency import diagnose_frequency
    from laionet.flow.diagnosing.selected import parse_version
    from laionet.flow.diagnosing.versions import Voted

    if (images is None) != (frequencies is None):
        raise typer.BadParameter("--images and --frequencies belong together")
    changed = o.changes({key: value for key, value in locals().items() if key not in ("images", "seed", "names")})
    voted = None
    if images is not None and frequencies is not None:
        voted = Voted(images, frequencies, shown, tuple(at_least or ()), bins)
    with Progress(quiet or as_json) as progress:
        document = diagnose_frequency(
            references,
            [parse_version(text) for text in versions or []],
            out,
            voted=voted,
            titles=names or (),
            level=level,
            alpha=alpha,
            seed=seed,
            listener=progress,
            **changed,
        )
    say("frequency", document, out, as_json=as_json, quiet=quiet, show=lambda: _show(document, level))


def _show(document: Mapping[str, Any], level: float) -> None:
    from laionet.cli.render import printable, table

    for part in document["encoders"]:
        for reference in part["references"]:
            title = printable(reference["title"])
            rows = [
                [
                    printable(row["title"]),
                    _number(row["frequency"]),
                    _estimate(row["pooled"], "+.3f"),
                    f"{row['lower']} / {row['higher']} of {row['judged']}",
                ]
                for row in reference["versions"]
            ]
            head = ["version", "frequency", f"{title} less it ({100 * level:g} %)", "classes lower / higher"]
            table(f"similarity in a class, {printable(part['encoder'])}", head, rows, right=(1, 2, 3))
            _trends(reference, title)
    if document.get("reliability"):
        share = _estimate(document["reliability"], ".2f")
        print(f"Of the variance of single images' frequencies the share that is no noise of few votes: {share}")


def _trends(reference: Mapping[str, Any], title: str) -> None:
    one = reference["trends"]["difference"]
    slope, p = _estimate(one["slope"], "+.4f", 0.1), _number(one["p"], ".2g")
    print(
        f"With 0.1 more selection frequency, {title} less the version changes by {slope}; p = {p}, "
        f"within {one['classes']:,} classes"
    )


def _number(value: float | None, form: str = ".3f") -> str:
    return "-" if value is None else f"{value:{form}}"


def _estimate(estimate: Mapping[str, float | None], form: str, scale: float = 1.0) -> str:
    value, low, high = (estimate[key] for key in ("value", "low", "high"))
    if value is None:
        return "-"
    if low is None or high is None:
        return f"{scale * value:{form}}"
    return f"{scale * value:{form}} ({scale * low:{form}} to {scale * high:{form}})"
