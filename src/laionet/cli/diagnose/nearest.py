"""The command diagnose nearest: the images of a corpus that are most similar to given ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from laionet.cli import options as o
from laionet.cli.diagnose import diagnose


@diagnose.command(short_help="Which images of a corpus are most similar to these?")
def nearest(
    images: Annotated[str, typer.Argument(metavar="IMAGES", help="A described run, or a table of embeddings.")],
    corpus: Annotated[
        str,
        typer.Argument(
            metavar="CORPUS",
            help="Folder of clip-retrieval's shards or index; or a described run, or a table of embeddings.",
        ),
    ],
    encoder: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose embeddings, where there are several.")
    ] = None,
    k: Annotated[int, typer.Option(metavar="K", help="Neighbours of each image.", min=1)] = 10,
    out: o.Out = Path("out/diagnose"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    quiet: o.Quiet = False,
) -> None:
    """Find for each of some images the most similar images of a corpus; write them as parquet."""
    from laionet.cli.render import Progress
    from laionet.flow.diagnosing.nearest_images import diagnose_nearest

    with Progress(quiet or as_json) as progress:
        document = diagnose_nearest(images, corpus, out, encoder=encoder, k=k, listener=progress)
    if as_json:
        print(json.dumps(document, indent=2, ensure_ascii=False))
        return
    part = document["similarity"]
    if not quiet and part["mean"] is not None:
        middle = ", ".join(f"{share}: {value:.3f}" for share, value in part["quantiles"].items())
        print(
            f"Cosine to the nearest of {document['corpus']['images']:,} images: mean {part['mean']:.3f}; {middle}"
        )
        if document["same_class"] is not None:
            print(f"The nearest is of the same class for {100 * document['same_class']:.1f} %.")
    print(out / "diagnosis" / "nearest.parquet")
