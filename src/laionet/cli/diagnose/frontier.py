"""The command diagnose frontier: the image link put into a dataset of the same size."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from laionet.cli import options as o
from laionet.cli.diagnose import diagnose
from laionet.cli.diagnose.ending import say


@diagnose.command(short_help="Put an image link into a dataset of the same size. (Journal version, 4.2)")
def frontier(
    run: o.RunPath,
    keep_samples: Annotated[int | None, typer.Option(metavar="N", help="Keep so many rows.", min=1)] = None,
    keep_classes: Annotated[int | None, typer.Option(metavar="K", help="Keep so many classes.", min=1)] = None,
    reference: Annotated[
        str | None,
        typer.Option(metavar="S,U", help="Keep as many rows as this text and image threshold, as 0.82,0.2."),
    ] = None,
    at: Annotated[
        list[float] | None,
        typer.Option(metavar="S", help="Text threshold of dataset A, then B, ...; given again for each."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Whose similarity of image and synset; else the first's.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(metavar="PLACE", help="A reference dataset to compare along the frontier.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Write the rows of the datasets along it.")] = False,
    points: Annotated[int, typer.Option(metavar="N", help="Points of the curve.", min=2)] = 25,
    out: o.Out = Path("out/diagnose"),
    level: Annotated[float, typer.Option(metavar="SHARE", help="Of the intervals.", min=0.5, max=0.999)] = 0.95,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    quiet: o.Quiet = False,
) -> None:
    """Find the pairs of text and image thresholds that keep a dataset as large, and what happens along them."""
    from laionet.cli.render import Progress
    from laionet.flow.diagnosing.frontier import Keep, diagnose_frontier

    keep = Keep(keep_samples, keep_classes, _pair(reference) if reference else None)
    with Progress(quiet or as_json) as progress:
        document = diagnose_frontier(
            run,
            out,
            keep=keep,
            at=at or (),
            points=points,
            model=model,
            against=against,
            write=write,
            level=level,
            listener=progress,
        )
    say("frontier", document, out, as_json=as_json, quiet=quiet, show=lambda: _show(document, level))


def _pair(text: str) -> tuple[float, float]:
    try:
        s, u = (float(part) for part in text.split(","))
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not of the form S,U, for example 0.82,0.2") from error
    return s, u


def _show(document: Mapping[str, Any], level: float) -> None:
    from laionet.cli.render import printable, table

    rows = []
    for row in document["named"]:
        first = row["similarity"][0] if row["similarity"] else {"mean": None, "difference": None}
        shown = [row["name"], *(_number(row[key], ".4f") for key in ("text", "image"))]
        shown += [f"{row['samples']:,}", f"{row['classes']:,}", _number(first["mean"], ".3f")]
        difference = first["difference"]
        if difference:
            shown += [_estimate(difference, form="+.3f"), f"{first['lower']} / {first['higher']}"]
        rows.append(shown)
    head = ["dataset", "text >", "image >", "samples", "classes", "similarity"]
    if document["against"]:
        head += [f"less {printable(document['against'])} ({100 * level:g} %)", "lower / higher"]
    table(f"{document['wanted']:,} {document['keep']} kept", head, rows, right=tuple(range(1, len(head))))
    for one in document["trends"][:1]:
        print(
            f"With 0.01 more of the image threshold, similarity in a class changes by "
            f"{_estimate(one['slope'], 0.01)}; p = {_number(one['p'], '.2g')}, within {one['classes']:,} classes"
        )


def _number(value: float | None, form: str) -> str:
    return "none" if value is None else f"{value:{form}}"


def _estimate(one: Mapping[str, float | None], scale: float = 1.0, form: str = "+.4f") -> str:
    value, low, high = (one[key] for key in ("value", "low", "high"))
    if value is None or low is None or high is None:
        return "-"
    return f"{scale * value:{form}} ({scale * low:{form}} to {scale * high:{form}})"
