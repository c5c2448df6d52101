"""Events as progress bars and lines. The only place that knows a terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from laionet.events import Event

_VERBS = {
    "match": "captions with a lemma",
    "score": "candidates scored",
    "select": "candidates selected",
    "assemble": "rows in the dataset",
    "fetch": "images fetched",
    "read_text": "images read",
    "describe": "images described",
    "draw": "pictures drawn",
    "annotate": "pictures chosen by annotators",
    "compare": "pairs compared",
    "diagnose": "questions asked",
    "pictures": "pictures shown",
    "report": "page written",
    "vectors": "captions embedded",
    "lists": "vectors in lists",
    "search": "queries answered",
}


class Progress:
    """A listener that draws one bar per stage on stderr, or nothing when ``quiet``."""

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}
        self._kept: dict[str, int] = {}

    def __enter__(self) -> Progress:
        if not self.quiet:
            from rich import progress
            from rich.console import Console

            self._bars = progress.Progress(
                progress.TextColumn("{task.description:<9}"),
                progress.BarColumn(bar_width=24),
                progress.MofNCompleteColumn(),
                progress.TextColumn("{task.fields[said]}"),
                progress.TimeElapsedColumn(),
                console=Console(file=sys.stderr),
            )
            self._bars.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.__exit__(kind, error, trace)

    def __call__(self, event: Event) -> None:
        """Draw an event."""
        if not self._bars:
            return
        if event.kind == "note":
            self._say(event.text)
        elif event.kind == "stage_started":
            self._tasks[event.stage] = self._bars.add_task(event.stage, total=event.data["shards"], said="")
            self._kept[event.stage] = 0
        elif event.kind in ("shard_done", "shard_failed"):
            self._advance(event)
        elif event.kind == "stage_done" and event.stage in self._tasks:
            task = self._tasks[event.stage]
            self._bars.update(task, completed=self._bars.tasks[task].total)

    def _advance(self, event: Event) -> None:
        if event.kind == "shard_failed":
            self._say(f"set aside: {event.stage} {event.data['shard']}: {event.text}", "red")
        if event.stage not in self._tasks:
            return
        self._kept[event.stage] += event.data.get("kept", 0)
        said = f"{self._kept[event.stage]:,} {_VERBS.get(event.stage, '')}"
        self._bars.update(self._tasks[event.stage], advance=1, said=said)

    def _say(self, text: str, style: str = "") -> None:
        from rich.text import Text

        self._bars.console.print(Text(printable(text), style))


def printable(text: str) -> str:
    """Text from outside without control characters, which a terminal might obey."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def table(title: str, columns: list[str], rows: list[list[str]], right: tuple[int, ...] = ()) -> None:
    """Print a table to stdout."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for number, column in enumerate(columns):
        drawn.add_column(column, justify="right" if number in right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*[Text(printable(cell)) for cell in row])
    Console().print(drawn)
