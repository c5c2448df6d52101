"""What all parts of a report's page need: the document, names of its datasets, and its figures as blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from laionet.report.comparing.blocks import Context, Live
from laionet.report.comparing.drawing import drawn
from laionet.report.comparing.findings import context_of
from laionet.report.embed import json_for_html
from laionet.report.linked import is_linked
from laionet.report.paper import FIGURES, PaperFigure
from laionet.report.theme import with_variables
from laionet.report.words import shown

_BY_KEY = {figure.key: figure for figure in FIGURES}


@dataclass(frozen=True)
class View:
    """A report's document with what its page says again and again.

    Attributes:
        document: from ``flow.reporting.gather``.
    """

    document: Mapping[str, Any]

    @cached_property
    def context(self) -> Context:
        """Names of both datasets, levels; of one dataset both names are its own."""
        datasets = self.document["datasets"]
        both = {"datasets": [datasets[0], datasets[-1]]}
        return context_of(both, self.document["settings"], "report.json")

    @property
    def a(self) -> str:
        """The first dataset in a sentence."""
        return self.context.a

    @property
    def b(self) -> str:
        """The second dataset in a sentence."""
        return self.context.b

    @property
    def pair(self) -> Mapping[str, Any]:
        """The comparison; empty where there is none."""
        return self.document["pair"] or {}

    @property
    def missing(self) -> Mapping[str, Any]:
        """What was lost on the way to the images: of both datasets, or of the only one."""
        if self.pair:
            return self.pair.get("missing") or {}
        lost = next((run["lost"] for run in self.document["runs"] if run), None)
        return {"datasets": [lost], "bounds": []} if lost else {}

    def similarity(self) -> Mapping[str, Any] | None:
        """The first encoder's similarity within classes."""
        return next(iter(self.pair.get("similarity", [])), None)

    def group(self, use: str) -> Mapping[str, Any] | None:
        """Mean accuracies over models of a use."""
        return next((one for one in self.pair.get("groups", []) if one["use"] == use), None)

    def figure(self, key: str, *, wide: bool = False) -> Live | None:
        """A figure of the paper as a block; None where the report has nothing to draw in it."""
        figure = _BY_KEY[key]
        spec = figure.make(self.document)
        return self.live(figure, spec, wide=wide) if spec is not None else None

    def live(self, figure: PaperFigure, spec: Mapping[str, Any], *, wide: bool = False) -> Live:
        """The block of a figure that was made."""
        caption = figure.caption(self.document)
        spec = {name: part for name, part in spec.items() if name != "title"}  # the caption says it
        coloured = with_variables(spec)
        coloured["config"] |= {"background": None, "padding": {"left": 4, "top": 4, "right": 8, "bottom": 6}}
        return Live(
            key=figure.key,
            svg=drawn(spec),
            spec=json_for_html(coloured),
            label=f"{figure.title}. {shown(caption, 600)}",
            title=figure.title,
            caption=caption,
            paper=f"Paper: Figure {figure.numbers}." if figure.numbers else "",
            linked=is_linked(spec),
            wide=wide,
        )
