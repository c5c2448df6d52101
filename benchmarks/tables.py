"""A benchmark's result: a table with a bar for each claim."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Bench:
    """Title, what was measured and how, and rows of (what, figure, beside, bar, met or not)."""

    title: str
    how: str
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    def add(self, what: str, figure: str, ratio: str = "", bar: str = "") -> None:
        """Append one row."""
        self.rows.append((what, figure, ratio, bar))

    def markdown(self) -> str:
        """The section of the results page."""
        lines = [
            f"## {self.title}",
            "",
            self.how,
            "",
            "| what | measured | ratio | bar |",
            "|---|---|---|---|",
        ]
        return "\n".join(lines + [f"| {' | '.join(row)} |" for row in self.rows])


def met(value: float, bar: float, *, at_least: bool) -> str:
    """A bar and whether it is met, as ``<= 4: met``."""
    sign, good = (">=", value >= bar) if at_least else ("<=", value <= bar)
    return f"{sign} {bar:g}: {'met' if good else 'NOT met'}"
