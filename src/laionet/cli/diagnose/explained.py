"""The command diagnose explained: does the text alone explain which class an image was given?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from laionet.cli import options as o
from laionet.cli.diagnose import diagnose
from laionet.cli.diagnose.ending import say


@diagnose.command(short_help="Does the text alone explain the class? (Section 4.2)")
def explained(
    captions: Annotated[
        Path,
        typer.Argument(
            metavar="CAPTIONS",
            help="imagenet_captions.json, a table of captions and labels, or a folder that laionet build made.",
        ),
    ],
    classes: o.Classes = None,
    text: o.Text = None,
    encoder: o.Encoder = None,
    selected: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A run that selected captions by text alone, to compare with."),
    ] = None,
    caption_column: Annotated[str | None, typer.Option(metavar="NAME", help="Field of the caption.")] = None,
    label_column: Annotated[str | None, typer.Option(metavar="NAME", help="Field of the class.")] = None,
    bins: Annotated[int, typer.Option(metavar="N", help="Bins of own similarity, -1 to 1.", min=1)] = 40,
    out: o.Out = Path("out/diagnose"),
    level: Annotated[float, typer.Option(metavar="SHARE", help="Of the intervals.", min=0.5, max=0.999)] = 0.95,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of every random draw.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    device: o.Device = None,
    quiet: o.Quiet = False,
) -> None:
    """Tell how similar captions are to their own class, and how many other classes are more similar to them."""
    from laionet.cli.render import Progress
    from laionet.flow.diagnosing.explained import diagnose_explained

    given: dict[str, Any] = {"classes": classes, "text": text, "encoder": encoder, "device": device}
    with Progress(quiet or as_json) as progress:
        document = diagnose_explained(
            captions,
            out,
            selected=selected,
            caption_column=caption_column,
            label_column=label_column,
            bins=bins,
            level=level,
            seed=seed,
            listener=progress,
            **{key: value for key, value in given.items() if value is not None},
        )
    say("explained", document, out, as_json=as_json, quiet=quiet, show=lambda: _show(document, level))


def _show(document: Mapping[str, Any], level: float) -> None:
    from laionet.cli.render import table

    for title, key in (("captions", "observed"), ("selected by text alone", "selected")):
        if part := document[key]:
            rows = [
                [f"above {row['threshold']:.2f}", _share(row["share"]), _share(row["more"])]
                for row in part["above"]
            ]
            rows.insert(0, ["all", _share({"value": 1.0, "low": None, "high": None}), _share(part["more"])])
            head = ["own similarity", f"captions ({100 * level:g} %)", "other classes more similar"]
            table(f"{part['captions']:,} {title}, {part['classes']:,} classes", head, rows, right=(1, 2))
            print(f"The own class is the most similar of all for {_share(part['first'])} of them.")
            if part["dropped"]:
                left = ", ".join(f"{n:,} {reason}" for reason, n in sorted(part["dropped"].items()))
                print(f"Left out: {left}")


def _share(estimate: Mapping[str, float | None]) -> str:
    value, low, high = (estimate[key] for key in ("value", "low", "high"))
    if value is None:
        return "-"
    if low is None or high is None:
        return f"{100 * value:.1f} %"
    return f"{100 * value:.1f} % ({100 * low:.1f} to {100 * high:.1f})"
