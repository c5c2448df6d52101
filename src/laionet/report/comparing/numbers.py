"""Numbers with their intervals as a reader should see them: no more digits than the error justifies."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

#: What an interval that holds zero says.
BY_CHANCE: Final = "no difference beyond chance"

#: An estimate of a document: ``value``, ``se``, ``low``, ``high``; None where unknown.
Estimated = Mapping[str, Any]


@dataclass(frozen=True)
class Unit:
    """How numbers of a kind are written.

    Attributes:
        scale: what a number is multiplied by.
        suffix: what stands behind it.
        places: decimals where no error says how many.
    """

    scale: float
    suffix: str
    places: int


POINTS: Final = Unit(100, " points", 1)
PERCENT: Final = Unit(100, " %", 1)
COSINE: Final = Unit(1, "", 3)


def known(value: Any) -> bool:
    """Whether it is a number."""
    return isinstance(value, int | float) and math.isfinite(value)


def decimals(half: Any, otherwise: int) -> int:
    """Decimals of a number with an interval of that half width: two digits of its error up to 3.5, else one.

    The rule of the Particle Data Group; the error is taken as half of ``half``. At most 4 decimals.
    """
    if not known(half) or half <= 0:
        return otherwise
    error = half / 2
    power = math.floor(math.log10(error))
    return min(max(0, -power + (1 if error / 10**power < 3.55 else 0)), 4)


def written(value: Any, places: int, sign: bool = False) -> str:
    """With a minus sign that is one; a dash where unknown; no sign before zero."""
    if not known(value):
        return "–"
    text = f"{value:{'+' if sign else ''},.{places}f}"
    if not any(digit in "123456789" for digit in text):
        text = text.lstrip("+-")
    return text.replace("-", "−")


def half_width(estimate: Estimated) -> float:
    """Half of the interval's width, in the unit of the number; NaN where unknown."""
    if known(estimate["low"]) and known(estimate["high"]):
        return float(estimate["high"] - estimate["low"]) / 2
    return math.nan


def places_of(estimate: Estimated, unit: Unit) -> int:
    """Decimals that an estimate's interval justifies."""
    return decimals(half_width(estimate) * unit.scale, unit.places)


def value_text(estimate: Estimated, unit: Unit, sign: bool = False) -> str:
    """The number alone with its unit: −34.3 points."""
    if not known(estimate["value"]):
        return "unknown"
    return written(estimate["value"] * unit.scale, places_of(estimate, unit), sign) + unit.suffix


def interval_text(estimate: Estimated, unit: Unit, sign: bool = False) -> str:
    """The interval alone, without unit: −37.1 to −31.4."""
    if not known(half_width(estimate)):
        return "interval unknown"
    places = places_of(estimate, unit)
    return " to ".join(written(estimate[end] * unit.scale, places, sign) for end in ("low", "high"))


def with_interval(estimate: Estimated, unit: Unit, sign: bool = False) -> str:
    """Number and interval, as cells of tables have them, without unit: −34.3 (−37.1 to −31.4)."""
    if not known(estimate["value"]):
        return "–"
    number = written(estimate["value"] * unit.scale, places_of(estimate, unit), sign)
    return f"{number} ({interval_text(estimate, unit, sign)})"


def give_or_take(estimate: Estimated, unit: Unit, sign: bool = False) -> str:
    """Number and half of its interval, for intervals that are symmetric: 66.7 ± 2.8."""
    if not known(estimate["value"]):
        return "–"
    places = places_of(estimate, unit)
    number = written(estimate["value"] * unit.scale, places, sign)
    half = half_width(estimate) * unit.scale
    return f"{number} ± {written(half, places)}" if known(half) else number


def verdict(estimate: Estimated) -> str:
    """How sure a difference is, in words."""
    if not known(half_width(estimate)):
        return "how sure this is cannot be told"
    return BY_CHANCE if estimate["low"] <= 0 <= estimate["high"] else "a clear difference"


def p_text(p: Any) -> str:
    """A probability of a test: < 0.001, 0.012, 0.39."""
    if not known(p):
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.{2 if p >= 0.0995 else 3}f}"


def equals_p(p: Any, letter: str = "p") -> str:
    """The same in a sentence: p < 0.001, p = 0.39."""
    text = p_text(p)
    return f"{letter} {text}" if text.startswith("<") else f"{letter} = {text}"
