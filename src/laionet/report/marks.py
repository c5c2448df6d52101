"""Where the lines of the chosen and the suggested threshold, and their labels, stand in a panel."""

from __future__ import annotations

import math
from dataclasses import dataclass

from laionet.report import theme
from laionet.report.sweep import SAME
from laionet.report.words import threshold_text

#: Upper and lower row of labels: how far above the panel their text stands, pixels.
ROWS = (24, 8)

#: The narrowest that a panel gets, pixels; labels are placed so that they fit there.
NARROWEST = 200


@dataclass(frozen=True)
class Mark:
    """A threshold drawn as a line; ``row`` 0 is the upper row of labels.

    The label stands beside the line's top, or above it where ``align`` is "center".
    """

    threshold: float
    label: str
    colour: str
    dash: list[int]
    row: int
    align: str


def marks(chosen: float, suggested: float, domain: tuple[float, float]) -> list[Mark]:
    """The lines to draw: two; one where they are the same, or where nothing is suggested.

    Labels point away from each other. One that would leave the panel is turned inwards and takes the upper
    row, where the other line does not reach, so no label is cut, crossed or covered.
    """
    if not math.isfinite(suggested) or abs(chosen - suggested) < SAME:
        kind = "chosen" if not math.isfinite(suggested) else "chosen = suggested"
        return [_only(chosen, f"{kind} {threshold_text(chosen)}", domain)]
    left, right = sorted(
        [
            (chosen, f"chosen {threshold_text(chosen)}", theme.CHOSEN, theme.CHOSEN_DASH),
            (suggested, f"suggested {threshold_text(suggested)}", theme.SUGGESTED, theme.SUGGESTED_DASH),
        ]
    )
    turn_left = _pixels(left[0] - domain[0], domain) < _width(left[1])
    turn_right = _pixels(domain[1] - right[0], domain) < _width(right[1])
    if turn_left and turn_right:
        # Only one of them can have the upper row; the other turns if it fits between the lines.
        turn_right = _pixels(right[0] - left[0], domain) >= _width(right[1])
    left_row = 1 if turn_right and not turn_left else 0
    return [
        Mark(*left, row=left_row, align="left" if turn_left else "right"),
        Mark(*right, row=1 - left_row, align="right" if turn_right else "left"),
    ]


def _only(at: float, label: str, domain: tuple[float, float]) -> Mark:
    left, right, wide = _pixels(at - domain[0], domain), _pixels(domain[1] - at, domain), _width(label)
    beyond = {"left": wide - right, "right": wide - left, "center": wide / 2 - min(left, right)}
    align = min(beyond, key=lambda name: max(beyond[name], 0.0))
    return Mark(at, label, theme.CHOSEN, theme.CHOSEN_DASH, 1, align)


def _pixels(distance: float, domain: tuple[float, float]) -> float:
    return distance / (domain[1] - domain[0]) * NARROWEST


def _width(label: str) -> float:
    return len(label) * theme.LETTER + 6
