"""The command explore: look through what a build found, in a browser."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from laionet.cli import options as o
from laionet.cli.app import app


@app.command(short_help="Look through classes, captions, scores in a browser.")
def explore(
    folder: o.RunPath,
    port: Annotated[
        int, typer.Option(metavar="N", help="Port to listen at; 0 takes a free one.", min=0, max=65535)
    ] = 8765,
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
    quiet: o.Quiet = False,
) -> None:
    """Look through what a build found: classes, captions, scores; move the threshold and see what stays.

    A page on this machine alone, until Ctrl-C. Nothing in DIR is changed, and no image is loaded.
    """
    from laionet.exploring import Explorer, serve

    explorer = Explorer(folder)
    if not quiet:
        print(f"reading the scores of {folder} ...", file=sys.stderr)
    explorer.view()

    def ready(address: str) -> None:
        print(address, flush=True)
        if not quiet:
            print("Ctrl-C ends it.", file=sys.stderr)
        if open_:
            import webbrowser

            webbrowser.open(address)

    try:
        serve(explorer, port, ready)
    except KeyboardInterrupt:
        if not quiet:
            print("ended", file=sys.stderr)
