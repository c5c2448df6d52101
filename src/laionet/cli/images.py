"""Commands of the image half: fetch, read-text, describe; the mini-web and the demo on it."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from laionet.cli import options as o
from laionet.cli.app import app


class Retry(StrEnum):
    """What to ask for again."""

    FAILED = "failed"
    ALL_FAILED = "all-failed"


@app.command(short_help="Fetch the images of a dataset.")
def fetch(
    folder: o.RunPath,
    retry: Annotated[
        Retry | None,
        typer.Option(help="Ask again: for failures that can pass, or for all without an image."),
    ] = None,
    keep: o.Keep = None,
    update: o.Update = False,
    knob: o.Knob = None,
    workers: o.Workers = None,
    engine: o.Engine = None,
    connections: o.Connections = None,
    quiet: o.Quiet = False,
) -> None:
    """Fetch the images of a dataset; each address ends in an image or in a reason why not.

    Running the same command again goes on where a killed run stopped.
    """
    recipe = o.recipe_in(folder, o.changes(locals()))
    _images(recipe, folder, quiet, lambda run: run.fetch(retry.value if retry else None), update)


@app.command("read-text", short_help="Read text in images; drop those that spell their class.")
def read_text(
    folder: o.RunPath,
    text_reader: Annotated[
        str | None, typer.Option("--engine", metavar="NAME", help="rapidocr, or east-trocr as in the paper.")
    ] = None,
    east: Annotated[str | None, typer.Option(metavar="FILE", help="Weights of the EAST detector.")] = None,
    trocr: Annotated[str | None, typer.Option(metavar="MODEL", help="Recogniser of east-trocr.")] = None,
    knob: o.Knob = None,
    workers: o.Workers = None,
    device: o.Device = None,
    keep_dropped: o.KeepDropped = None,
    quiet: o.Quiet = False,
) -> None:
    """Read the text in fetched images, and drop those that have a lemma of their class written in them."""
    recipe = o.recipe_in(folder, o.changes(locals()))
    _images(recipe, folder, quiet, lambda run: run.read_text())


@app.command(short_help="Embed and classify images: fetched ones, or a reference dataset.")
def describe(
    folder: o.RunPath,
    images: Annotated[
        str | None,
        typer.Option(
            metavar="WHERE", help="A dataset of labelled images to describe into DIR, instead of a run's."
        ),
    ] = None,
    image_layout: Annotated[
        str | None, typer.Option("--layout", metavar="NAME", help="Its layout; detected where not given.")
    ] = None,
    labels: Annotated[
        str | None, typer.Option(metavar="PATH", help="Devkit of ImageNet val, or what numbers as labels count.")
    ] = None,
    split: Annotated[str | None, typer.Option(metavar="NAME", help="Split of a Hugging Face dataset.")] = None,
    classes: o.Classes = None,
    name: o.Name = None,
    encoders: o.Encoders = None,
    classifiers: o.Classifiers = None,
    zero_shot: o.ZeroShot = None,
    predictions: Annotated[int | None, typer.Option("--top-k", metavar="K", help="Predictions to keep.")] = None,
    precision: Annotated[str | None, typer.Option(metavar="KIND", help="fp32, bf16 or fp16.")] = None,
    update: o.Update = False,
    knob: o.Knob = None,
    workers: o.Workers = None,
    engine: o.Engine = None,
    device: o.Device = None,
    connections: o.Connections = None,
    quiet: o.Quiet = False,
) -> None:
    """Embed and classify images: those that fetch kept, or with --images those of a reference dataset.

    Each image is decoded once for all models. A run whose recipe keeps no images is fetched, read and described
    in one pass.
    """
    changed = o.changes(locals())
    fresh = images is not None and not (folder / "recipe.toml").exists()
    recipe = o.recipe(None, None, changed) if fresh else o.recipe_in(folder, changed)
    _images(recipe, folder, quiet, lambda run: run.describe(), update or not fresh)


@app.command("mini-web", short_help="Write a simulated web whose causes are known.")
def mini_web(
    out: o.Out = Path("out/mini-web"),
    rows: Annotated[int, typer.Option(metavar="N", help="Pages of the corpus.", min=1)] = 10_000,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the web.")] = 0,
    images: Annotated[bool, typer.Option("--images", help="Draw the pictures too, as a webdataset tar.")] = False,
    sheet: Annotated[bool, typer.Option("--sheet", help="Draw a contact sheet of all classes.")] = False,
    quiet: o.Quiet = False,
) -> None:
    """Write a simulated web: captions in LAION-400M's layout, and the truth behind each page."""
    from laionet.causal.gallery import write_corpus, write_images, write_sheet
    from laionet.causal.web import Web
    from laionet.cli.render import Progress
    from laionet.engines.local import available_cores

    web = Web(seed)
    written = list(write_corpus(web, 0, rows, out))
    with Progress(quiet) as progress:
        if images:
            written.append(write_images(web, 0, rows, out, available_cores(), progress))
    if sheet:
        written.append(write_sheet(out))
    if not quiet:
        print(*written, sep="\n")


@app.command(short_help="The whole job on a simulated web, with no download.")
def demo(
    out: o.Out = Path("out/demo"),
    rows: Annotated[int, typer.Option(metavar="N", help="Pages of the corpus.", min=100)] = 3_000,
    strength: Annotated[
        float,
        typer.Option(
            metavar="S", help="How far annotators prefer the stereotypical: 0 not at all, 1 fully.", min=-1, max=1
        ),
    ] = 0.8,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of web and annotators.")] = 0,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the page in the browser.")] = False,
    quiet: o.Quiet = False,
) -> None:
    """Do the whole job on a simulated web: captions, dataset, images, comparison with annotators, page.

    Needs no download. Ends with the path of the page, which a browser then opens.
    """
    from laionet.cli.look import show_run
    from laionet.cli.render import Progress
    from laionet.flow.demo import Demo, run_demo

    with Progress(quiet) as progress:
        document = run_demo(out, Demo(rows=rows, pool=4 * rows, strength=strength, seed=seed), progress)
    if not quiet:
        show_run(out / "by-caption")
        _say_findings(document)
    print(out / "index.html")
    if not no_open and sys.stdout.isatty():
        typer.launch(str((out / "index.html").resolve()))


def _say_findings(document: dict[str, Any]) -> None:
    from laionet.report.comparison import findings

    for finding in findings(document):
        print(f"{finding['label']}: {finding['figure']}. {finding['text']}")


def _images(recipe: Any, folder: Path, quiet: bool, work: Any, update: bool = True) -> None:
    from laionet.cli.look import show_run
    from laionet.cli.render import Progress
    from laionet.flow.images import ImageRun

    try:
        with Progress(quiet) as progress:
            work(ImageRun(recipe, folder, listener=progress, update=update))
    finally:
        if not quiet and (folder / "manifest.json").exists():
            show_run(folder)
