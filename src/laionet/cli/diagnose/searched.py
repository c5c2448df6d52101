"""The command diagnose searched: had a dataset been made by searching texts alone?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from laionet.cli import options as o
from laionet.cli.diagnose import diagnose
from laionet.cli.diagnose.ending import say


@diagnose.command(short_help="Had it been made by searching texts alone? (Section 4.3)")
def searched(
    captions: Annotated[
        Path,
        typer.Argument(
            metavar="CAPTIONS", help="imagenet_captions.json, a table of captions and labels, or a run's folder."
        ),
    ],
    index: Annotated[
        Path, typer.Option(metavar="DIR", help="Index of the corpus; laionet index build makes one.")
    ],
    threshold: Annotated[
        float, typer.Option(metavar="COSINE", help="Keep what is more similar to the text.")
    ] = 0.7,
    thresholds: Annotated[
        list[float] | None,
        typer.Option("--sweep", metavar="COSINE", help="Thresholds to sweep; again for more."),
    ] = None,
    same_label: Annotated[bool, typer.Option("--same-label", help="Only rows of the text's own class.")] = False,
    images: Annotated[
        str | None,
        typer.Option(metavar="PLACE", help="Described images of the corpus's rows: a run, or a table."),
    ] = None,
    reference: Annotated[
        str | None, typer.Option(metavar="PLACE", help="Described images that the captions are of.")
    ] = None,
    classes: o.Classes = None,
    caption_column: Annotated[str | None, typer.Option(metavar="NAME", help="Field of the caption.")] = None,
    label_column: Annotated[str | None, typer.Option(metavar="NAME", help="Field of the class.")] = None,
    out: o.Out = Path("out/diagnose"),
    level: Annotated[float, typer.Option(metavar="SHARE", help="Of the intervals.", min=0.5, max=0.999)] = 0.95,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of every random draw.")] = 0,
    device: o.Device = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    quiet: o.Quiet = False,
) -> None:
    """Search a corpus by the texts of a dataset, keep what is similar enough, and compare the images.

    Writes numbers, a figure, and the rows found as parquet.
    """
    from laionet.cli.render import Progress
    from laionet.flow.diagnosing.searched import diagnose_searched

    given: dict[str, Any] = {"classes": classes, "device": device, "thresholds": thresholds}
    with Progress(quiet or as_json) as progress:
        document = diagnose_searched(
            captions,
            index,
            out,
            threshold=threshold,
            same_label=same_label,
            caption_column=caption_column,
            label_column=label_column,
            images=images,
            reference=reference,
            level=level,
            seed=seed,
            listener=progress,
            **{key: value for key, value in given.items() if value},
        )
    say("searched", document, out, as_json=as_json, quiet=quiet, show=lambda: _show(document))


def _show(document: Mapping[str, Any]) -> None:
    from laionet.cli.render import table

    parts = document["similarity"]
    sweep = {row["threshold"]: row for row in (parts[0]["sweep"] if parts else [])}
    rows = []
    for row in document["sweep"]:
        mine = sweep.get(row["threshold"])
        cells = [f"{row['threshold']:.2f}", *(f"{row[key]:,}" for key in ("texts", "samples", "classes"))]
        cells += (
            [f"{mine['lower']} / {mine['higher']} of {mine['judged']}", _number(mine["pooled"])] if mine else []
        )
        rows.append(cells)
    head = ["similarity above", "texts", "rows found", "classes"]
    if parts:
        head += ["classes lower / higher, q < 0.05", "difference within a class"]
    table(f"{document['texts']:,} texts searched, {document['how']}", head, rows, right=tuple(range(len(head))))
    found = document["found"]
    if found["repeated"]:
        print(
            f"At {found['threshold']:g}, {found['repeated']:,} texts found a row that another of their class had."
        )
    if document["dropped"]:
        left = ", ".join(f"{n:,} {reason}" for reason, n in sorted(document["dropped"].items()))
        print(f"Left out: {left}")


def _number(estimate: Mapping[str, float | None]) -> str:
    value, low, high = (estimate[key] for key in ("value", "low", "high"))
    if value is None:
        return "-"
    return f"{value:+.3f}" if low is None or high is None else f"{value:+.3f} ({low:+.3f} to {high:+.3f})"
