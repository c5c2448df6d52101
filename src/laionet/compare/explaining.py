"""Which strengths of a cause explain a measured gap: a dose-response read backwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import norm

from laionet.compare.dose import DoseResponse
from laionet.compare.estimate import Estimate

_SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")


@dataclass(frozen=True)
class Explaining:
    """Strengths that explain a gap.

    Attributes:
        where: ``within`` the strengths simulated; ``above`` the strongest: none of them gives so large a gap;
            ``below`` the weakest likewise.
        strength: at which the curve is at the gap, in the middle where it is flat; NaN where it never is.
        low, high: strengths whose curve the gap does not contradict; NaN for none.
        open_low, open_high: whether even the first, the last strength simulated is among them, so that the
            interval may go on beyond it.
        unlinked: whether strength 0 is among them.
    """

    where: str
    strength: float
    low: float
    high: float
    open_low: bool
    open_high: bool
    unlinked: bool


def explaining(response: DoseResponse, gap: Estimate, *, level: float = 0.95, points: int = 2_001) -> Explaining:
    """Read off the dose-response which strengths explain a measured gap (calibration, or inverse regression).

    After Fieller (1954) the interval holds each strength s that a test does not reject, by both errors:

        |gap - f(s)| <= z sqrt(se_gap² + se_f(s)²),

    se_gap from the side of the gap's interval that faces f(s), se_f from the bootstrap curves. Of a monotone curve
    it is an interval, as wide as it must be where the curve is flat. Nothing is extrapolated.

    Args:
        response: of ``dose_response``.
        gap: with ``low`` and ``high`` at ``level``; both equal to its value for a gap without error.
        level: of the gap's interval and of the one returned.
        points: strengths tried.

    Raises:
        ValueError: for a gap without an interval that holds it.
    """
    if not gap.low <= gap.value <= gap.high:
        raise ValueError(f"The gap {gap.value} must lie in its interval, {gap.low} to {gap.high}.")
    z = float(norm.ppf((1 + level) / 2))
    tried = np.union1d(np.linspace(response.strength[0], response.strength[-1], points), response.strength)
    if response.strength[0] < 0 < response.strength[-1]:
        tried = np.union1d(tried, [0.0])
    curve = response.at(tried)
    spread = np.array([np.interp(tried, response.strength, row) for row in response.drawn]).std(axis=0, ddof=1)
    own = np.where(curve > gap.value, gap.high - gap.value, gap.value - gap.low) / z
    kept = np.abs(curve - gap.value) <= z * np.hypot(own, spread) + 1e-12
    strength = _crossing(tried, curve, gap.value)
    if not kept.any():
        beyond = (curve[-1] < gap.value) == response.rises and abs(curve[-1] - gap.value) <= abs(
            curve[0] - gap.value
        )
        where = "above" if beyond else "below"
        return Explaining(where, strength, float("nan"), float("nan"), False, False, False)
    held = tried[kept]
    return Explaining(
        "within",
        strength,
        float(held[0]),
        float(held[-1]),
        bool(kept[0]),
        bool(kept[-1]),
        bool(kept[tried == 0].any()),
    )


def _crossing(tried: np.ndarray, curve: np.ndarray, value: float) -> float:
    """Where a monotone curve is at a value: the middle of where it is; NaN where it is nowhere."""
    sign = 1.0 if curve[-1] >= curve[0] else -1.0
    rising, target = sign * curve, sign * value
    first, beyond = (int(np.searchsorted(rising, target, side=side)) for side in _SIDES)
    if beyond > first:
        return float(tried[first] + tried[beyond - 1]) / 2
    if not 0 < first < len(tried):
        return float("nan")
    share = (target - rising[first - 1]) / (rising[first] - rising[first - 1])
    return float(tried[first - 1] + share * (tried[first] - tried[first - 1]))
