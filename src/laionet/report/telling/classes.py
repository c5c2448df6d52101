"""What the page's bar needs to find a class, to filter by WordNet, and to say the numbers of the chosen class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laionet.report.comparing.accuracy import example_models
from laionet.report.comparing.numbers import COSINE, POINTS, decimals, half_width, known, with_interval, written
from laionet.report.embed import json_for_html
from laionet.report.telling.view import View
from laionet.report.words import number, shown


def class_data(view: View) -> str:
    """JSON: ``classes`` (wnid, name), ``subtrees`` (name, places of classes), ``datasets``, and ``rows``: for each
    class that both datasets have lines of a name, a value of each dataset and the difference, as text."""
    document = view.document
    classes = document["classes"] or [[row["wnid"], row["name"]] for row in document["rows"] or []]
    place = {wnid: at for at, (wnid, _) in enumerate(classes)}
    frequencies = {row["wnid"]: row["n"] for row in (document["run"] or {}).get("frequencies") or []}
    return json_for_html(
        {
            "classes": [[wnid, shown(name, 80)] for wnid, name in classes],
            "subtrees": [
                [shown(name, 80), [place[wnid] for wnid in wnids]] for name, wnids in document["subtrees"]
            ],
            "datasets": list(view.context.heads) if view.pair else [],
            "rows": {row["wnid"]: _lines(row, view) for row in document["rows"] or []},
            "samples": frequencies,
        }
    )


def _lines(row: Mapping[str, Any], view: View) -> list[list[str]]:
    lines = [["pictures", _count(row["n_a"]), _count(row["n_b"]), ""]]
    for kind, name in (
        ("similarity", "similarity within the class"),
        ("synset_similarity", "similarity to its words"),
    ):
        for part in list(row[kind].values())[:1]:
            lines.append([name, *_similar(part)])
    for model in example_models(view.pair):
        part = row["recall"].get(model)
        if part and known(part["gap"]):
            use, _, name = model.partition("/")
            lines.append(
                [f"recall, {shown(name, 40)}" + ("" if use == "classifier" else f" ({use})"), *_recall(part)]
            )
    return lines


def _count(value: Any) -> str:
    return number(value) if known(value) else "–"


def _similar(part: Mapping[str, Any]) -> list[str]:
    estimate = {"value": part["difference"], "low": part["low"], "high": part["high"]}
    places = decimals(half_width(estimate), COSINE.places)
    means = [written(part[side], places) if known(part[side]) else "–" for side in ("a", "b")]
    return [*means, with_interval(estimate, COSINE, sign=True)]


def _recall(part: Mapping[str, Any]) -> list[str]:
    estimate = {"value": part["gap"], "low": part["low"], "high": part["high"]}
    places = decimals(100 * half_width(estimate), 1)
    means = [f"{written(100 * part[side], places)} %" if known(part[side]) else "–" for side in ("a", "b")]
    return [*means, f"{with_interval(estimate, POINTS, sign=True)} points"]
