"""Commands that show or convert: classes, corpus, status, export, import."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from laionet.cli import options as o
from laionet.cli.app import app

if TYPE_CHECKING:
    from laionet.dataset import Export

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of a table.")]


class Form(StrEnum):
    """Forms to export to."""

    IMG2DATASET = "img2dataset"
    PUBLISHED = "published"


@app.command(short_help="Show a class list, its lemmas and texts.")
def classes(
    source: Annotated[
        str,
        typer.Argument(metavar="[LIST]", help="imagenet1k, wordnet:NAME,..., subtree:NAME, or a CSV file."),
    ] = "imagenet1k",
    lemmas: o.Lemmas = None,
    text: o.Text = None,
    depth: Annotated[
        int | None, typer.Option(metavar="N", help="Levels below a subtree's root; none: its leaves.")
    ] = None,
    wordnet: Annotated[str | None, typer.Option(metavar="DIR", help="Folder of WordNet 3.0's dict files.")] = None,
    find: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Show only classes with this in wnid, name or lemma.")
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", help="Most classes to show; 0: all.")] = 20,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the whole list to this CSV file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show a class list: its synsets, their lemmas that count, and their texts."""
    from laionet.cli.render import table
    from laionet.vocab import load_classes

    found = load_classes(source, lemmas=lemmas or "unique-in-list", wordnet=wordnet, depth=depth)
    if csv:
        found.to_csv(csv)
    rows = found.to_table().to_pylist()
    for row, said in zip(rows, found.texts(text or "name-def"), strict=True):
        row["text"] = said
    if find:
        needle = find.casefold()
        rows = [r for r in rows if needle in f"{r['wnid']} {r['name']} {' '.join(r['lemmas'])}".casefold()]
    if as_json:
        print(json.dumps({"report": found.report(), "classes": rows}, ensure_ascii=False, indent=2))
        return
    shown = rows[: limit or None]
    cells = [[str(r["index"]), r["wnid"], ", ".join(r["matched_lemmas"]) or "(none)", r["text"]] for r in shown]
    table("", ["label", "wnid", "lemmas that count", "synset text"], cells, right=(0,))
    report = found.report()
    print(f"{len(shown)} of {len(rows)} shown. {len(found)} classes, {report['lemmas']} lemmas that count.")
    if report["without_lemma"]:
        print(f"Without any lemma that counts: {', '.join(report['without_lemma'])}")


@app.command(short_help="Show how a corpus would be read.")
def corpus(
    more: o.MoreFiles = None,
    corpus: o.Corpus = None,
    layout: o.Layout = None,
    column: o.Column = None,
    rows: Annotated[int, typer.Option(metavar="N", help="Rows to show.")] = 5,
    layouts: Annotated[bool, typer.Option("--layouts", help="List the layouts that laionet knows.")] = False,
) -> None:
    """Show how a corpus would be read: its layout, shards and first rows."""
    from laionet.cli.render import table
    from laionet.corpus import LAYOUTS, list_files, plan, read
    from laionet.errors import CorpusError

    if layouts:
        cells = [
            [name, ", ".join(f"{f}={c}" for f, c in known.columns.items())] for name, known in LAYOUTS.items()
        ]
        table("", ["layout", "columns"], cells)
        return
    files = [*(corpus or []), *(more or [])]
    if not files:
        raise CorpusError("No corpus was named. Give files, folders, globs or URIs.")
    columns = o.changes({"column": column})
    planned = plan(
        list_files(files),
        layout=layout or "auto",
        columns={name.removeprefix("corpus__columns__"): value for name, value in columns.items()} or None,
    )
    count = f"{planned.rows:,} rows" if planned.rows is not None else "rows are counted while reading"
    print(f"{len(planned.files)} files, {len(planned.shards)} shards, {count}")
    for known in planned.layouts:
        print(f"layout {known.name}: {known.spoken()}")
    for file, why in planned.set_aside:
        print(f"set aside: {file.name}: {why}")
    for shard in planned.shards[:1]:
        batch = next(iter(read(shard)), None)
        for row in batch.table.slice(0, rows).to_pylist() if batch else []:
            print(json.dumps({k: v for k, v in row.items() if v is not None}, ensure_ascii=False))


@app.command(short_help="Show what a run did, dropped and why.")
def status(folder: o.RunPath, as_json: AsJson = False) -> None:
    """Show what a run has done, what it dropped and why, what failed, and the time it took."""
    from laionet.flow import RunFolder
    from laionet.flow.manifest import describe
    from laionet.flow.run import classes_of

    run = RunFolder(folder)
    recipe = run.recipe()
    if as_json:
        manifest = describe(run, recipe, classes_of(recipe))
        print(json.dumps({**manifest, "seconds": run.seconds()}, ensure_ascii=False, indent=2))
        return
    show_run(folder)


@app.command(short_help="Write a dataset in another tool's form.")
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a run or of a dataset.")],
    form: Annotated[Form, typer.Option("--to", help="img2dataset's input, or the published LAIONet's form.")],
    out: Annotated[Path, typer.Option(metavar="PATH", help="File (img2dataset) or folder (published) to write.")],
) -> None:
    """Write a dataset in another tool's form."""
    from laionet.dataset import img2dataset_command, to_img2dataset, to_published

    source = folder / "dataset" if (folder / "dataset").is_dir() else folder
    if form is Form.IMG2DATASET:
        _say_export(to_img2dataset(source, out))
        print(f"Download the images with:\n  {img2dataset_command(out)}")
    else:
        _say_export(to_published(source, out))


@app.command("import", short_help="Read the published LAIONet parquet.")
def import_(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="Parquet of the published LAIONet.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write the dataset to.")],
    labels: Annotated[Path | None, typer.Option(metavar="FILE", help="JSON file: wnid to row indices.")] = None,
    classes: Annotated[str, typer.Option(metavar="LIST", help="Class list.")] = "imagenet1k",
) -> None:
    """Read the published LAIONet parquet into a dataset folder."""
    from laionet.dataset import from_published
    from laionet.vocab import load_classes

    _say_export(from_published(table, labels, out, load_classes(classes)))


def show_run(folder: Path) -> None:
    """Print the funnel of a run, its threshold and where its results are."""
    from laionet.cli.render import table
    from laionet.flow import RunFolder
    from laionet.flow.manifest import IMAGE_HALF, TEXT_HALF, stage_part

    run = RunFolder(folder)
    seconds = run.seconds()
    rows = []
    for name in (*TEXT_HALF, *IMAGE_HALF):
        if not run.reports(name):
            continue
        part = stage_part(name, run)
        lost = "\n".join(f"{n:,} {reason}" for reason, n in sorted(part["dropped"].items(), key=lambda d: -d[1]))
        aside = f"\n{len(part['set_aside'])} shards set aside" if part["set_aside"] else ""
        done = f"{part['shards'] - len(part['set_aside'])}/{part['shards']}"
        numbers = [f"{part['rows_in']:,} {part['unit']}", f"{part['kept']:,}", lost + aside or "-"]
        rows.append([name, done, *numbers, f"{seconds.get(name, 0):.1f}"])
    table("", ["stage", "shards", "rows in", "kept", "dropped, and why", "seconds"], rows, right=(2, 3, 5))
    _show_results(run)


def _show_results(run: Any) -> None:
    from laionet.shards import read_json

    found = read_json(run.dataset / "manifest.json")
    if found:
        data = found["dataset"]
        print(f"{data['rows']:,} samples of {data['classes']:,} classes")
    curves = read_json(run.sweep / "summary.json")
    if curves:
        print(curves["text"])
    for said, path in (
        ("dataset", run.dataset),
        ("images", run.path / "images"),
        ("described", run.path / "describe"),
        ("curves", run.sweep / "sweep.html"),
        ("how it was made", run.path / "manifest.json"),
    ):
        if path.exists():
            print(f"{said + ':':<17}{path}")


def _say_export(done: Export) -> None:
    for reason, count in done.dropped.items():
        print(f"dropped {count:,} rows: {reason}")
    print(f"{done.rows:,} rows", *(f"  {path}" for path in done.files), sep="\n")
