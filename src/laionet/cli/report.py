"""The command report: one page of what a folder holds, and the paper's figures as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from laionet.cli import options as o
from laionet.cli.app import app


@app.command(short_help="Write one page that tells the whole story, with figures and pictures.")
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a build, describe, compare or demo.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Page to write; DIR/report/index.html where not given.")
    ] = None,
    figures: Annotated[
        str,
        typer.Option(metavar="KINDS", help="The figures as files: pdf, svg, png, json; comma-separated."),
    ] = "",
    pair: Annotated[
        int, typer.Option(metavar="N", help="Which pair of a comparison of several, from 1.", min=1)
    ] = 1,
    pictures: Annotated[
        int, typer.Option(metavar="N", help="Pictures of each class and dataset; 0 for none.", min=0, max=200)
    ] = 12,
    pixels: Annotated[int, typer.Option(metavar="N", help="Longer side of a picture.", min=16, max=512)] = 96,
    megabytes: Annotated[float, typer.Option(metavar="MB", help="All pictures together, at most.", min=0)] = 12.0,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of every random draw.")] = 0,
    open_page: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in the browser when it is done.")
    ] = False,
    quiet: o.Quiet = False,
) -> None:
    """Gather what a folder holds into one page: the story, how it was made, how it differs, why, how sure.

    The page asks the network for nothing and can be sent by mail; its numbers are beside it in report.json.
    """
    from laionet.cli.render import Progress
    from laionet.flow.reporting.run import Album, write_report
    from laionet.report.paper import KINDS

    kinds = tuple(kind.strip() for kind in figures.split(",") if kind.strip())
    if unknown := sorted(set(kinds) - set(KINDS)):
        raise typer.BadParameter(f"--figures takes {', '.join(KINDS)}; not {', '.join(unknown)}")
    album = Album(per_class=pictures, pixels=pixels, budget=round(1_000_000 * megabytes))
    with Progress(quiet) as progress:
        written = write_report(folder, out, pair=pair, figures=kinds, album=album, seed=seed, listener=progress)
    print(written.page)
    if open_page:
        import webbrowser

        webbrowser.open(written.page.resolve().as_uri())
