"""Colours, fonts and sizes of the figures: one look on the page, on paper and in a talk.

Colours are those of Okabe and Ito, which people with any common colour blindness can tell apart. No figure
relies on them alone: lines differ in their dashes and are labelled where they stand.
"""

from __future__ import annotations

from typing import Any, Final

INK: Final = "#222222"
MUTED: Final = "#595959"
GRID: Final = "#e4e4e4"
PAPER: Final = "#ffffff"
CURVE: Final = "#0072b2"
FILL: Final = "#56b4e9"
PALE: Final = "#dbe9f3"
CHOSEN: Final = "#d55e00"
SUGGESTED: Final = "#009e73"

#: On a page a colour is a variable of the style sheet, so that dark, light and print need no redrawing.
VARIABLES: Final = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GRID: "var(--grid)",
    PAPER: "var(--paper)",
    CURVE: "var(--curve)",
    FILL: "var(--fill)",
    PALE: "var(--pale)",
    CHOSEN: "var(--chosen)",
    SUGGESTED: "var(--suggested)",
}

CHOSEN_DASH: Final = [6, 4]
SUGGESTED_DASH: Final = [2, 3]

#: vl-convert ships the first of these fonts, so a PDF looks the same on every machine.
FONT: Final = "Liberation Sans, Arial, Helvetica, sans-serif"

#: Mean width of a letter at ``LABEL_SIZE``, pixels; used to keep labels inside their panel.
LETTER: Final = 6.0
LABEL_SIZE: Final = 12


def config() -> dict[str, Any]:
    """The Vega-Lite configuration that every figure has."""
    return {
        "font": FONT,
        "background": PAPER,
        "padding": 12,
        "view": {"stroke": None},
        "axis": {
            "labelColor": INK,
            "labelFontSize": LABEL_SIZE,
            "titleColor": INK,
            "titleFontSize": LABEL_SIZE,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "gridColor": GRID,
            "domainColor": MUTED,
            "tickColor": MUTED,
        },
        "axisY": {"domain": False, "ticks": False, "labelPadding": 6},
        "axisX": {"grid": False, "labelFlush": False},
        "title": {
            "anchor": "start",
            "color": INK,
            "fontSize": 17,
            "fontWeight": "bold",
            "subtitleColor": MUTED,
            "subtitleFontSize": LABEL_SIZE,
            "subtitleLineHeight": 17,
            "subtitlePadding": 7,
            "offset": 20,
        },
    }


def with_variables(spec: Any) -> Any:
    """A copy of a Vega-Lite specification whose colours are variables of the page's style sheet."""
    if isinstance(spec, dict):
        return {name: with_variables(value) for name, value in spec.items()}
    if isinstance(spec, list):
        return [with_variables(value) for value in spec]
    return VARIABLES.get(spec, spec) if isinstance(spec, str) else spec
