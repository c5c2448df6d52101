"""The command diagnose independence: do images depend on who chose them, given their captions?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from laionet.cli import options as o
from laionet.cli.diagnose import diagnose
from laionet.cli.diagnose.ending import say


@diagnose.command(short_help="Is the image independent of the selection, given the caption?")
def independence(
    chosen: Annotated[str, typer.Argument(metavar="CHOSEN", help="Dataset that people chose, as for compare.")],
    others: Annotated[str, typer.Argument(metavar="OTHERS", help="Dataset that was selected by caption.")],
    captions: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Captions of CHOSEN: sample or file name, and caption; or a JSON list."),
    ] = None,
    other_captions: Annotated[str | None, typer.Option(metavar="FILE", help="Likewise of OTHERS.")] = None,
    text_encoder: Annotated[
        str, typer.Option(metavar="MODEL", help="Text encoder of the captions of both.")
    ] = "embedded",
    out: o.Out = Path("out/diagnose"),
    encoders: o.Encoders = None,
    classes: o.Classes = None,
    least: Annotated[int, typer.Option(metavar="N", help="Images of each side a class must have.", min=2)] = 5,
    alpha: Annotated[float, typer.Option(metavar="A", help="False discovery rate.", min=0.0001, max=0.5)] = 0.05,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of every random draw.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    device: o.Device = None,
    quiet: o.Quiet = False,
) -> None:
    """Test whether images depend on which dataset they are of, given their captions, within classes."""
    from laionet.cli.render import Progress
    from laionet.flow.diagnosing.independence import diagnose_independence

    changed = o.changes({"encoders": encoders, "classes": classes, "device": device})
    with Progress(quiet or as_json) as progress:
        document = diagnose_independence(
            chosen,
            others,
            out,
            captions=(captions, other_captions),
            text_encoder=text_encoder,
            device=device or "auto",
            least=least,
            alpha=alpha,
            seed=seed,
            listener=progress,
            **changed,
        )
    say("independence", document, out, as_json=as_json, quiet=quiet, show=lambda: _show(document))


def _show(document: Mapping[str, Any]) -> None:
    from laionet.cli.render import printable, table

    a, b = (printable(one["title"]) for one in document["datasets"])
    rows = [
        [
            printable(part["encoder"]),
            f"{part['n']:,}",
            _number(part["statistic"], ".2f"),
            _number(part["p"], ".2g"),
            _number(part["distance"], ".4f"),
            _number(part["explained"], ".1%"),
            _number(part["left"], ".1%"),
            f"{part['found']} of {part['tested']}",
        ]
        for part in document["encoders"]
    ]
    head = ["encoder", "images", "z", "p", "distance", "explained", "left by captions", "classes, q < alpha"]
    table(f"Images of {a} and {b} of one caption", head, rows, right=tuple(range(1, 8)))
    for part in document["encoders"]:
        if part["few"]:
            print(f"{part['few']:,} classes ({part['few_rows']:,} images) have too few of one side.")


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else f"{value:{form}}"
