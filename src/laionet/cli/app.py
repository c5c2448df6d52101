"""Commands that make a dataset of captions: build, its stages one by one, sweep."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from laionet.cli import options as o
from laionet.errors import LaionetError

app = typer.Typer(
    name="laionet",
    help="Recreate an image dataset from web captions by text alone, and measure how it differs.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def main() -> None:
    """Entry point: a laionet error is a message and an exit code, never a traceback."""
    from laionet.cli.render import printable

    try:
        commands()()
    except LaionetError as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        sys.exit(error.exit_code)


def commands() -> typer.Typer:
    """The application with all of its commands, which register themselves."""
    from laionet.cli import accuracy, compare, diagnose, explore, images, index, look, power, report  # noqa: F401

    diagnose.register()
    return app


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=o.say_version),
    ] = False,
) -> None:
    pass


@app.command(short_help="Build a dataset from captions.")
def build(
    more: o.MoreFiles = None,
    recipe: o.RecipeFile = None,
    preset: o.Preset = None,
    corpus: o.Corpus = None,
    out: o.Out = Path("out"),
    update: o.Update = False,
    name: o.Name = None,
    classes: o.Classes = None,
    lemmas: o.Lemmas = None,
    text: o.Text = None,
    layout: o.Layout = None,
    column: o.Column = None,
    rules: o.RulesName = None,
    plurals: o.Plurals = None,
    encoder: o.Encoder = None,
    threshold: o.Threshold = None,
    top_k: o.TopK = None,
    cap: o.Cap = None,
    seed: o.Seed = None,
    knob: o.Knob = None,
    workers: o.Workers = None,
    engine: o.Engine = None,
    device: o.Device = None,
    keep_dropped: o.KeepDropped = None,
    quiet: o.Quiet = False,
) -> None:
    """Build a dataset from captions: match, score, sweep, select, assemble.

    Running the same command again goes on where a killed run stopped.
    """
    changes = o.changes(locals())
    _run("build", o.recipe(recipe, preset, changes), out, update, quiet)


@app.command(short_help="Find captions that contain a lemma of a class.")
def match(
    more: o.MoreFiles = None,
    recipe: o.RecipeFile = None,
    preset: o.Preset = None,
    corpus: o.Corpus = None,
    out: o.Out = Path("out"),
    update: o.Update = False,
    name: o.Name = None,
    classes: o.Classes = None,
    lemmas: o.Lemmas = None,
    layout: o.Layout = None,
    column: o.Column = None,
    rules: o.RulesName = None,
    plurals: o.Plurals = None,
    knob: o.Knob = None,
    workers: o.Workers = None,
    engine: o.Engine = None,
    keep_dropped: o.KeepDropped = None,
    quiet: o.Quiet = False,
) -> None:
    """Find the captions that contain a lemma of a class."""
    changes = o.changes(locals())
    _run("match", o.recipe(recipe, preset, changes), out, update, quiet)


@app.command(short_help="Compare matched captions with their synset's text.")
def score(
    folder: o.RunPath,
    text: o.Text = None,
    encoder: o.Encoder = None,
    knob: o.Knob = None,
    workers: o.Workers = None,
    engine: o.Engine = None,
    device: o.Device = None,
    quiet: o.Quiet = False,
) -> None:
    """Compare each matched caption with its synset's text; then draw the curves."""
    changes = o.changes(locals())
    _run("score", o.recipe_in(folder, changes), folder, True, quiet)


@app.command(short_help="Keep what is similar, safe, of one class.")
def select(
    folder: o.RunPath,
    preset: o.Preset = None,
    threshold: o.Threshold = None,
    top_k: o.TopK = None,
    cap: o.Cap = None,
    seed: o.Seed = None,
    knob: o.Knob = None,
    workers: o.Workers = None,
    engine: o.Engine = None,
    keep_dropped: o.KeepDropped = None,
    quiet: o.Quiet = False,
) -> None:
    """Keep what is similar enough, of one class, and safe; write the dataset."""
    changes = o.changes(locals())
    _run("select", o.recipe_in(folder, changes, preset), folder, True, quiet)


@app.command(short_help="Draw the curves over the threshold; suggest one.")
def sweep(
    folder: o.RunPath,
    threshold: o.Threshold = None,
    top_k: o.TopK = None,
    cap: o.Cap = None,
    knob: o.Knob = None,
    to: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder to write; DIR/sweep where not given.")
    ] = None,
    figures: Annotated[
        str, typer.Option(metavar="KINDS", help="Figure files: pdf, svg, png, json; comma-separated.")
    ] = "pdf",
    quiet: o.Quiet = False,
) -> None:
    """Draw classes, samples and density against the threshold, and suggest one.

    Other knobs than the folder's own are for a look: they need --to, and the run stays as it is.
    """
    from laionet.errors import OutputError
    from laionet.flow import Run

    changes = o.changes(locals())
    if changes and to is None:
        raise OutputError("Give --to FOLDER with other knobs, so that the run's own curves stay as they are.")
    run = Run(o.recipe_in(folder, changes), folder)
    where = to or folder / "sweep"
    text = run.sweep(where, tuple(figures.split(",")))
    if not quiet:
        print(text, *(f"  {path}" for path in sorted(where.iterdir())), sep="\n")


def _run(what: str, recipe: Any, out: Path, update: bool, quiet: bool) -> None:
    from laionet.cli.look import show_run
    from laionet.cli.render import Progress
    from laionet.flow import Run

    try:
        with Progress(quiet) as progress:
            getattr(Run(recipe, out, listener=progress, update=update), what)()
    finally:
        if not quiet and (out / "manifest.json").exists():
            show_run(out)
