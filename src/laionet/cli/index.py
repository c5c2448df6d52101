"""The commands ``index build``, ``index search``, ``index info``: nearest captions by their embeddings."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from laionet.cli import options as o
from laionet.cli.app import app
from laionet.errors import LaionetError

if TYPE_CHECKING:
    from laionet.index import Index, Neighbours

index = typer.Typer(
    name="index",
    help="Find the nearest captions: build an index of their embeddings, search it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(index, short_help="Find the nearest captions: build, search, info.")

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of an index, as given to --out.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@index.command(short_help="Build an index of captions.")
def build(
    captions: Annotated[
        list[str],
        typer.Argument(
            metavar="CAPTIONS...",
            help="Corpus files, a run's folder or a dataset's, or parquet tables of embeddings.",
        ),
    ],
    out: o.Out = Path("out/index"),
    encoder: o.Encoder = None,
    kind: Annotated[
        str, typer.Option(metavar="KIND", help="flat looks at all vectors, ivf at some lists; or auto.")
    ] = "auto",
    keep_vectors: Annotated[
        bool,
        typer.Option("--keep-vectors/--drop-vectors", help="Keep vectors, so that similarities are true ones."),
    ] = True,
    precision: Annotated[str, typer.Option(metavar="TYPE", help="Of kept vectors: float16, float32.")] = "float16",
    recall: Annotated[
        float, typer.Option(metavar="SHARE", help="Of queries whose nearest caption is to be found.")
    ] = 0.99,
    queries: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Texts, one a line, that recall is measured by."),
    ] = None,
    sample: Annotated[int, typer.Option(metavar="N", help="Queries that recall is measured by.", min=1)] = 1_000,
    lists: Annotated[int | None, typer.Option(metavar="N", help="Lists of an ivf index.")] = None,
    layout: o.Layout = None,
    column: o.Column = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of every random draw.")] = 0,
    device: o.Device = None,
    quiet: o.Quiet = False,
) -> None:
    """Build an index of captions. Running the same command again goes on where a killed one stopped."""
    from laionet.cli.render import Progress
    from laionet.index import IndexSettings, build_index
    from laionet.index.asking import texts_in

    fields = o.changes({"column": column})
    try:
        settings = IndexSettings(
            kind, encoder, precision, keep_vectors, recall, sample, lists=lists, seed=seed, device=device or "auto"
        )
    except ValueError as error:
        raise LaionetError(str(error)) from None
    with Progress(quiet) as progress:
        found = build_index(
            captions,
            out,
            settings,
            queries=texts_in(queries) if queries else None,
            layout=layout or "auto",
            columns={name.removeprefix("corpus__columns__"): value for name, value in fields.items()} or None,
            listener=progress,
        )
    if not quiet:
        _show(found)


@index.command(short_help="Find the captions nearest to texts.")
def search(
    folder: Folder,
    query: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="Text to search for; may be given again.")
    ] = None,
    queries: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Texts, one a line; or parquet with caption, or embeddings, and wnid."),
    ] = None,
    k: Annotated[int, typer.Option(metavar="K", help="Captions of each query.", min=1)] = 10,
    same_label: Annotated[
        bool, typer.Option("--same-label", help="Only rows of the query's own class (needs wnid in --queries).")
    ] = False,
    nprobe: Annotated[
        int | None,
        typer.Option(metavar="N", help="Lists to look at; what the build chose where not given.", min=1),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write parquet, one row a neighbour.")] = None,
    as_json: AsJson = False,
    device: o.Device = None,
) -> None:
    """Find the captions nearest to texts, by cosine similarity of their embeddings."""
    from laionet.index import open_encoder, open_index
    from laionet.index.asking import Queries, queries_in

    if bool(query) == bool(queries):
        raise LaionetError("Give --query TEXT, or --queries FILE.")
    opened = open_index(folder)
    asked = queries_in(queries) if queries else Queries(list(query or []))
    vectors = asked.vectors
    if vectors is None:
        vectors = open_encoder(opened.manifest["encoder"], device or "auto")([text or "" for text in asked.texts])
    if same_label:
        if asked.wnids is None:
            raise LaionetError("--same-label needs the class of each query: a column wnid in --queries.")
        found = opened.search_within_class(vectors, asked.wnids, k)
    else:
        found = opened.search(vectors, k, nprobe=nprobe)
    for reason, lost in asked.dropped.items():
        print(f"left out of the queries, {reason}: {lost:,}", file=sys.stderr)
    texts = asked.texts
    if out:
        _write(opened, found, texts, out)
        print(out)
        return
    rows = _rows(opened, found, texts)
    if as_json:
        print(json.dumps({"how": found.how, "neighbours": rows}, ensure_ascii=False, indent=2))
    else:
        _table(rows, found.how)


@index.command(short_help="Tell what an index is, its recall, and what a larger one would take.")
def info(
    folder: Folder,
    rows: Annotated[
        int, typer.Option(metavar="N", help="Captions to tell the cost of; LAION-400M's where not given.", min=1)
    ] = 413_871_335,
    as_json: AsJson = False,
) -> None:
    """Tell what an index is, its recall, and what one of N captions would take on this machine."""
    from laionet.index import open_index
    from laionet.index.cost import cost

    found = open_index(folder)
    if as_json:
        print(json.dumps({"index": found.manifest, "cost": cost(found, rows)}, ensure_ascii=False, indent=2))
        return
    _show(found)
    _show_cost(cost(found, rows))


def _rows(opened: Index, found: Neighbours, texts: list[str | None]) -> list[dict[str, Any]]:
    known = opened.rows(found.number[found.number >= 0]).to_pylist()
    rows, at = [], 0
    for query, (similarities, numbers) in enumerate(zip(found.similarity, found.number, strict=True)):
        for rank, (similarity, number) in enumerate(zip(similarities, numbers, strict=True), 1):
            if number < 0:
                continue
            text = texts[query] if texts else None
            rows.append({"query": query, "text": text, "rank": rank, "similarity": float(similarity), **known[at]})
            at += 1
    return rows


def _write(opened: Index, found: Neighbours, texts: list[str | None], out: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from laionet.index.asking import neighbours_table
    from laionet.shards import replacing

    table = neighbours_table(opened, found)
    if texts:
        table = table.add_column(1, "text", pa.array(texts, pa.string()).take(table["query"].combine_chunks()))
    with replacing(out) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def _table(rows: list[dict[str, Any]], how: str) -> None:
    from laionet.cli.render import table

    several = len({row["query"] for row in rows}) > 1
    cells = [
        [*([str(row["query"] + 1)] if several else []), f"{row['similarity']:.4f}", row["wnid"] or "",
         row["caption"] or "", f"{row['file']}:{row['row']}"]
        for row in rows
    ]  # fmt: skip
    columns = [*(["query"] if several else []), "cosine", "class", "caption", "row"]
    if not any(row["wnid"] for row in rows):
        at = columns.index("class")
        columns.pop(at)
        cells = [cell[:at] + cell[at + 1 :] for cell in cells]
    table("", columns, cells, right=(0, 1) if several else (0,))
    print(f"Looked at: {how}.")


def _show(found: Index) -> None:
    """What an index is, in a few lines."""
    m = found.manifest
    by = m["encoder"] or "no known encoder"
    print(f"{found.folder}: {len(found):,} captions, {m['dim']} numbers each, by {by}")
    for reason, rows in m["dropped"].items():
        print(f"  left out, {reason}: {rows:,}")
    if found.exact:
        print("flat: every search looks at all vectors; nothing is missed.")
        return
    recall = m["recall"]
    at_1 = recall["at_1"]
    print(
        f"ivf: {m['nprobe']} of {m['lists']:,} lists are looked at. Recall at 1 {at_1['value']:.4f} "
        f"({at_1['low']:.4f} to {at_1['high']:.4f}), at {recall['k']} {recall['at_k']:.4f}; "
        f"{recall['queries']:,} {recall['of']}."
    )
    print("Similarities are " + ("those of the stored vectors." if found.keeps_vectors else "scores of the scan."))


def _show_cost(found: Mapping[str, Any]) -> None:
    from laionet.cli.render import table

    seconds, sizes, memory = found["seconds"], found["bytes"], found["memory"]
    cells = [["time", name, _time(value)] for name, value in seconds.items()]
    cells += [["disk", name, _size(value)] for name, value in sizes.items()]
    cells += [["memory", name, _size(value)] for name, value in memory.items()]
    table(f"{found['rows']:,} captions on this machine", ["", "of", "estimate"], cells, right=(2,))


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "not measured"
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("s", 1)):
        if seconds >= 2 * length or (unit == "s" and seconds >= 1):
            return f"{seconds / length:,.1f} {unit}"
    return f"{1000 * seconds:,.3g} ms"


def _size(n: float) -> str:
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n >= size:
            return f"{n / size:,.1f} {unit}"
    return f"{n:,.0f} bytes"
