"""What functions return, as a notebook shows it: documents that stay dicts, and a report that was written."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self


class Result(dict[str, Any]):
    """A document of plain numbers and texts: a dict in all respects, which a notebook shows as a summary.

    IPython's text stands in every saved notebook, so it is one line; ``dict(result)`` prints all of it.
    """

    #: What it is called in that line.
    noun: ClassVar[str] = "Result"
    #: The function of ``report.notebook`` that writes it as HTML.
    view: ClassVar[str]

    def _repr_html_(self) -> str:
        return _html(self.view, self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(f"<{self.noun} with {', '.join(self)}>")


class Manifest(Result):
    """How an output was made: the document of ``manifest.json``."""

    noun = "Manifest"
    view = "manifest_html"


class _Compared(Result):
    """A document of numbers with intervals.

    Attributes:
        level: of the intervals.
        alpha: false discovery rate of classes that count as lower or higher.
    """

    level: float = 0.95
    alpha: float = 0.05

    @classmethod
    def of(cls, document: Mapping[str, Any], level: float, alpha: float) -> Self:
        """The document with what its intervals and counts are at."""
        found = cls(document)
        found.level, found.alpha = level, alpha
        return found


class Pair(_Compared):
    """The comparison of two datasets, as ``compare`` returns it."""

    noun = "Comparison"
    view = "pair_html"


class Comparison(_Compared):
    """The comparison of two datasets or more: the document of ``comparison.json``."""

    noun = "Comparison"
    view = "comparison_html"


class Outcome(Result):
    """What an experiment of the diagnosis found: the document of ``diagnosis/NAME.json``."""

    noun = "Outcome"
    view = "outcome_html"


@dataclass(frozen=True, eq=False)
class Report:
    """A report that was written; it stands for the path of its page wherever a path is wanted.

    Attributes:
        page: the HTML file.
        document: the aggregates that it is made of, as in ``report.json`` beside it.
    """

    page: Path
    document: Mapping[str, Any] = field(repr=False)

    def __fspath__(self) -> str:
        return str(self.page)

    def __str__(self) -> str:
        return str(self.page)

    def _repr_html_(self) -> str:
        return _html("report_html", self)


def _html(view: str, result: object) -> str:
    # The page's parts are loaded when a notebook asks, and no sooner.
    return str(getattr(importlib.import_module("laionet.report.notebook"), view)(result))
