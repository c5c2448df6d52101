"""The pages of a comparison: one for a pair, and for several pairs one that leads to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from laionet.report.comparison import comparison_page, introduce, pairs_page
from laionet.report.words import count


def pages(document: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    """The pages of a comparison, by their path in its folder.

    Args:
        document: as ``compare_datasets`` writes it: ``datasets``, ``settings``, ``notes`` and ``pairs``.
        names: for each pair the stem of its files in ``pairs/``.

    Returns:
        ``index.html`` for one pair; for several ``index.html``, which leads to ``pairs/NAME.html`` of each. Each
        page holds all it needs and runs no script.

    Raises:
        ValueError: where there is not one name a pair, each another.
    """
    pairs = document["pairs"]
    if len(names) != len(pairs) or len(set(names)) != len(names):
        raise ValueError(f"{len(pairs)} pairs must have as many names, each another; there are {len(set(names))}.")
    if len(pairs) == 1:
        return {"index.html": _pair_page(document, pairs[0], names[0], document["notes"])}
    found = {
        f"pairs/{name}.html": _pair_page(document, pair, name, ()) for pair, name in zip(pairs, names, strict=True)
    }
    titles = [one["title"] for one in document["datasets"]]
    found["index.html"] = pairs_page(
        document,
        [f"pairs/{quote(name)}.html" for name in names],
        title=f"{len(titles)} datasets compared",
        introduction=[
            f"Each with each of {count(len(titles), 'dataset')}, over the classes that both of a pair have."
        ],
        made=_made(document, "comparison.json"),
    )
    return found


def _pair_page(document: Mapping[str, Any], pair: Mapping[str, Any], name: str, notes: Sequence[str]) -> str:
    a, b = (one["title"] for one in pair["datasets"])
    files = f"pairs/{name}.parquet"
    several = len(document["pairs"]) > 1
    return comparison_page(
        pair,
        title=f"{a} and {b} compared",
        introduction=introduce(pair),
        settings=document["settings"],
        notes=notes,
        files=files,
        back="../index.html" if several else "",
        made=[*_where(document, (a, b)), *_made(document, f"comparison.json; by class {files}")],
    )


def _where(document: Mapping[str, Any], titles: Sequence[str]) -> list[tuple[str, str]]:
    return [
        (one["title"], str(one["where"]))
        for one in document["datasets"]
        if one["title"] in titles and "where" in one
    ]


def _made(document: Mapping[str, Any], files: str) -> list[tuple[str, str]]:
    settings = document["settings"]
    return [
        (
            "settings",
            f"intervals of {100 * settings['level']:g} %, false discovery rate {settings['alpha']:g}, diversity "
            f"at {settings['rarefy_to']} images a class, seed {settings['seed']}",
        ),
        ("numbers", f"{files}, in the folder of this comparison"),
        ("made by", f"laionet {document['laionet']}"),
    ]
