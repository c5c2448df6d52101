"""What missing images could at most change in a class: worst-case bounds (Manski 1989, 2003).

Nothing is assumed of why images are missing unless it is asked for. Means over classes, differences of datasets
and tipping points are made of these in ``laionet.compare.bounds``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from laionet.compare.accuracy import PAPER_Z, wilson
from laionet.compare.arrays import group, to_numpy, unit_blocks
from laionet.compare.bounds import Bounds, quantile_of_bounds

#: What may be assumed of the missing beside the seen: nothing; not above them; not below them.
ASSUMPTIONS = ("anything", "not_above", "not_below")

#: Images of a block, of whose pairs with another block the cosines are held.
_BLOCK = 1024


def recall_bounds(
    hits: np.ndarray,
    seen: np.ndarray,
    missing: np.ndarray,
    *,
    missing_are: str = "anything",
    level: float = 0.95,
) -> Bounds:
    """Bounds of the recall of each class: all missing images wrong, all of them right.

    hits / N <= recall <= (hits + missing) / N with N = seen + missing. Intervals are Wilson's of the two shares,
    at the quantile of ``quantile_of_bounds``, so that without missing images they are Wilson's interval.

    Args:
        hits, seen, missing: whole numbers (classes,): images classified right, with and without a prediction.
        missing_are: ``"not_above"``: their recall is not above that of the seen, so that the high bound is
            hits / seen; ``"not_below"`` likewise (Manski and Pepper 2000).
        level: of the intervals.

    Returns:
        By class; NaN for a class without any image.

    Raises:
        ValueError: for counts that cannot be, or another assumption.
    """
    hits, seen, missing = (np.asarray(part, np.float64) for part in (hits, seen, missing))
    if (hits < 0).any() or (hits > seen).any() or (missing < 0).any():
        raise ValueError("Counts must be 0 <= hits <= seen and 0 <= missing.")
    with np.errstate(divide="ignore", invalid="ignore"):
        n, point = seen + missing, hits / seen
        low, high = hits / n, (hits + missing) / n
        unknown = missing / n
    free = low, high
    low, high = _assume(point, low, high, missing_are)
    # An assumed bound is the figure of the seen, and has their number.
    n_low, n_high = np.where(low == free[0], n, seen), np.where(high == free[1], n, seen)
    se = [_wilson_se(share, of) for share, of in ((point, seen), (low, n_low), (high, n_high))]
    z = quantile_of_bounds(high - low, np.fmax(se[1], se[2]), level)
    ends = [_wilson_at(share, of, z) for share, of in ((low, n_low), (high, n_high))]
    return Bounds(point, se[0], low, high, se[1], se[2], ends[0][0], ends[1][1], unknown, level)


def similarity_bounds(
    mean: np.ndarray,
    se: np.ndarray,
    seen: np.ndarray,
    missing: np.ndarray,
    *,
    reach: tuple[np.ndarray | float, np.ndarray | float] | None = None,
    missing_are: str = "anything",
    level: float = 0.95,
) -> Bounds:
    """Bounds of the mean intra-class similarity of each class, missing images included.

    Of n seen and m missing images, N = n + m, a share κ = n (n - 1) / (N (N - 1)) of all pairs is known.

    Without ``reach`` the bounds are the sharp ones for unit vectors: the sum S of those seen has the length
    ‖S‖ = sqrt(n + n (n - 1) mean), the missing can add up to any vector of length m at most, so that

        ((max(‖S‖ - m, 0))² - N) / (N (N - 1)) <= θ <= ((‖S‖ + m)² - N) / (N (N - 1)),

    where a single missing image makes it (‖S‖ - 1)². With ``reach`` = (a, b), pairs with a missing image are
    taken to lie between a and b: κ mean + (1 - κ) a <= θ <= κ mean + (1 - κ) b. ``pair_range`` gives the range
    of pairs seen; (-1, 1) is implied by geometry and never better than the sharp bounds.

    Standard errors by the delta method, of the mean and of the share missing, which are uncorrelated; Student's
    quantiles of n - 1 degrees.

    Args:
        mean, se: float (classes,), of the images seen, as from ``similarity.intra_class``; NaN where unknown.
        seen, missing: whole numbers (classes,).
        reach: least and greatest similarity of a pair with a missing image, (classes,) or one for all.
        missing_are: ``"not_above"``: pairs with a missing image are on average not more similar than those
            seen, so that the high bound is ``mean``; ``"not_below"`` likewise.
        level: of the intervals.

    Returns:
        By class; NaN for a class of fewer than two images, seen and missing.

    Raises:
        ValueError: for counts or a reach that cannot be, or another assumption.
    """
    n, m = np.asarray(seen, np.float64), np.asarray(missing, np.float64)
    if (n < 0).any() or (m < 0).any():
        raise ValueError("Counts of images must not be below 0.")
    known = np.where(n >= 2, np.asarray(mean, np.float64), 0.0)
    error = np.where(n >= 2, np.asarray(se, np.float64), 0.0)
    total = np.where(n + m >= 2, n + m, np.nan)
    kappa = n * (n - 1) / (total * (total - 1))
    ends = _sharp(known, n, m, total) if reach is None else _within_reach(known, n, m, kappa, reach)
    (low, slope_low, lost_low), (high, slope_high, lost_high) = ends
    share = m / total
    drawn = np.sqrt(share * (1 - share) / total)
    errors = [np.hypot(slope_low * error, lost_low * drawn), np.hypot(slope_high * error, lost_high * drawn)]
    point = np.where(n >= 2, known, np.nan)
    point_se = np.where(n >= 2, error, np.nan)
    free = low, high
    low, high = _assume(point, low, high, missing_are)
    errors = [np.where(end == was, e, point_se) for end, was, e in zip((low, high), free, errors, strict=True)]
    c = quantile_of_bounds(high - low, np.fmax(*errors), level, np.where(n >= 2, n - 1, np.inf))
    interval = np.maximum(low - c * errors[0], -1.0), np.minimum(high + c * errors[1], 1.0)
    return Bounds(point, point_se, low, high, errors[0], errors[1], *interval, 1 - kappa, level)


def pair_range(embeddings: Any, label: Any, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest cosine of two images of a class, in O(n² d) time and the memory of two blocks.

    Args:
        embeddings: float (n, d), numpy or torch. A row without a direction is left out.
        label: int (n,), class.
        n_classes: length of the class list.

    Returns:
        Two float64 (classes,); NaN for a class of fewer than two images with a direction.
    """
    groups = group(label, n_classes, len(embeddings))
    low, high = np.full(n_classes, np.inf), np.full(n_classes, -np.inf)
    for one in range(n_classes):
        rows = groups.of(one)
        for block, mine in unit_blocks(embeddings, rows, _BLOCK):
            for other, theirs in unit_blocks(embeddings, rows[np.searchsorted(rows, mine[0]) :], _BLOCK):
                cosine = to_numpy(block @ other.T)
                pairs = cosine[mine[:, None] < theirs[None, :]]
                low[one] = min(low[one], pairs.min(initial=np.inf))
                high[one] = max(high[one], pairs.max(initial=-np.inf))
    some = np.isfinite(low)
    return np.where(some, np.clip(low, -1, 1), np.nan), np.where(some, np.clip(high, -1, 1), np.nan)


def _assume(
    point: np.ndarray, low: np.ndarray, high: np.ndarray, missing_are: str
) -> tuple[np.ndarray, np.ndarray]:
    if missing_are not in ASSUMPTIONS:
        raise ValueError(f"missing_are is {missing_are!r}; choose {', '.join(ASSUMPTIONS)}.")
    if missing_are == "not_above":
        high = np.fmin(high, point)
    if missing_are == "not_below":
        low = np.fmax(low, point)
    return low, high


def _wilson_se(share: np.ndarray, n: np.ndarray) -> np.ndarray:
    """The standard error that ``ClassRecall`` has, so that without missing images the two agree."""
    low, high = wilson(share * n, n)
    return (high - low) / 2 / PAPER_Z


def _wilson_at(share: np.ndarray, n: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's interval with a quantile of each class's own."""
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n * n)) / (1 + z**2 / n)
    return middle - half, middle + half


_End = tuple[np.ndarray, np.ndarray, np.ndarray]


def _sharp(known: np.ndarray, n: np.ndarray, m: np.ndarray, total: np.ndarray) -> tuple[_End, _End]:
    """Each bound with its slopes in the mean of the seen and in the share missing."""
    length = np.sqrt(np.maximum(n + n * (n - 1) * known, 0))
    pairs, ends = total * (total - 1), []
    for sign in (-1.0, 1.0):
        reach = length + sign * m
        reach = np.where((m > 1) & (sign < 0), np.maximum(reach, 0), reach)
        # Of a sum shorter than one vector the length is taken as 1, for its own error has no bound there.
        slope = reach * n * (n - 1) / np.maximum(length, 1) / pairs
        lost = 2 * reach / total * (sign - length / np.maximum(n, 1))
        value = np.where(m > 0, (reach**2 - total) / pairs, known + 0 * total)
        ends.append((value, np.where(m > 0, np.abs(slope), 1.0), np.abs(lost)))
    return ends[0], ends[1]


def _within_reach(
    known: np.ndarray,
    n: np.ndarray,
    m: np.ndarray,
    kappa: np.ndarray,
    reach: tuple[np.ndarray | float, np.ndarray | float],
) -> tuple[_End, _End]:
    if not (np.asarray(reach[0]) <= np.asarray(reach[1])).all():
        raise ValueError(
            "The reach is (least, greatest) similarity of a pair; the first must not be above the second."
        )
    ends = []
    for end in reach:
        value = np.where(m > 0, kappa * known + (1 - kappa) * end, known + 0 * kappa)
        lost = 2 * n / np.maximum(n + m, 1) * (np.asarray(end) - known)
        ends.append((value, kappa, np.abs(lost)))
    return ends[0], ends[1]
