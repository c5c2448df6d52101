"""What a page is made of: headings, sentences, figures, tables; the template escapes and writes them as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from laionet.report.comparing.drawing import drawn
from laionet.report.panels import Spec


@dataclass(frozen=True)
class Text:
    """A paragraph; a ``note`` is said in passing, a ``lead`` heads what follows."""

    text: str
    note: bool = False
    lead: bool = False
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Link:
    """A cell that leads elsewhere; ``href`` is a relative address that we made, never foreign text."""

    text: str
    href: str


@dataclass(frozen=True)
class Figure:
    """A drawing.

    Attributes:
        drawing: Vega-Lite, which is drawn when the page asks; or SVG as vl-convert draws it.
        label: what it shows, for those who do not see it.
        caption: what it says.
        wide: too wide for a narrow window, where it scrolls.
    """

    drawing: Spec | str
    label: str
    caption: str
    wide: bool = False
    kind: ClassVar[str] = "figure"

    @cached_property
    def svg(self) -> str:
        """Safe to stand in HTML."""
        return self.drawing if isinstance(self.drawing, str) else drawn(self.drawing)


@dataclass(frozen=True)
class Live:
    """A drawing that the page draws anew where scripts run, so that a reader can point at it.

    Attributes:
        key: of the figure, fit for an id.
        svg: as vl-convert draws it, for paper and where no script runs.
        spec: the same as Vega-Lite, JSON that is safe to stand in HTML.
        label: what it shows, for those who do not see it.
        title, caption: what it is called and what it says.
        paper: which of the paper's figures it is, in words.
        linked: whether it marks the chosen class.
        wide: takes the whole width.
    """

    key: str
    svg: str
    spec: str
    label: str
    title: str
    caption: str
    paper: str = ""
    linked: bool = False
    wide: bool = False
    kind: ClassVar[str] = "live"


@dataclass(frozen=True)
class Source:
    """Text as it stands in a file, folded away under a name."""

    folded: str
    text: str
    kind: ClassVar[str] = "source"


@dataclass(frozen=True)
class Table:
    """A table; the first column names the row.

    Attributes:
        caption: what it says, the unit of its numbers, what was cut.
        columns: their names; one that ends in ``#`` holds numbers.
        rows: cells as text.
        folded: what to call it where it is folded away; empty where it is open.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | Link]]
    folded: str = ""
    kind: ClassVar[str] = "table"


@dataclass(frozen=True)
class Pairs:
    """Names and what is said of each; ``code`` where that is a command."""

    pairs: Sequence[tuple[str, str]]
    code: bool = False
    kind: ClassVar[str] = "pairs"


@dataclass(frozen=True)
class Beside:
    """Blocks side by side where the window is wide enough; each column is a list of blocks."""

    columns: Sequence[Sequence[Text | Figure | Live | Table]]
    kind: ClassVar[str] = "beside"


Block = Text | Figure | Live | Source | Table | Pairs | Beside


@dataclass(frozen=True)
class Section:
    """A heading and what is under it; ``key`` is what the page's table of contents calls it."""

    heading: str
    blocks: Sequence[Block]
    key: str = ""


@dataclass(frozen=True)
class Context:
    """What all parts of a page need.

    Attributes:
        a, b: what the datasets are called in a sentence, fit to be shown.
        level: of all intervals.
        alpha: false discovery rate.
        files: what holds the classes that tables leave out, in words.
        heads: what the datasets are called at the head of a column.
        short: likewise in a figure, where there is little room.
    """

    a: str
    b: str
    level: float = 0.95
    alpha: float = 0.05
    files: str = "comparison.json"
    heads: tuple[str, str] = ("", "")
    short: tuple[str, str] = ("", "")

    @property
    def percent(self) -> str:
        """The level in words: 95 %."""
        return f"{100 * self.level:g} %"


def cut(rows: Sequence[Sequence[str | Link]], most: int, files: str) -> tuple[Sequence[Sequence[str | Link]], str]:
    """The first rows, and what to say of the others; nothing where none is left out."""
    if len(rows) <= most:
        return rows, ""
    return rows[:most], f" The first {most} of {len(rows):,}; all are in {files}."
