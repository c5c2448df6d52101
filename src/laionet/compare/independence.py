"""Do images depend on the selection, given captions? A test of X ⊥ S | T within classes (paper, Section 4).

Where captions alone decide, p(image | caption, selected) = p(image | caption): the caption is a bottleneck. The
test is that of Lundborg, Shah and Peters (2022; the generalised Hilbertian covariance measure) for a selection of
0 or 1 and an image in many dimensions, after Shah and Peters (2020), who show that no test holds its level against
every dependence on T, and that this one does as far as regressions can follow it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import chi2, false_discovery_control, norm

from laionet.compare.arrays import Groups, group, to_numpy, unit_rows
from laionet.compare.residual import PENALTIES, Left, features_of, fit, left_of

#: Parts that each row's residual selection is foretold without.
FOLDS = 5


@dataclass(frozen=True)
class Independence:
    """What the test found.

    Attributes:
        statistic: U over its standard deviation under independence.
        p: that it were as large under independence; NaN where no class could be tested.
        distance: squared distance of the mean images of selected and not selected rows, beyond what their captions
            say, in units of the images' mean squared distance from what their captions say; of class c weighted by
            its rows. Unbiased, so that it can be below 0.
        explained: share of the variance that the caption leaves of the selection that the image foretells in rows
            it was not fitted to; of directions that classes share; at or below 0 where it foretells nothing.
        left: share of the selection's variance within classes that the caption leaves, by degrees of freedom. Near
            0 the captions of both kinds do not overlap, and there is nothing to test.
        n, selected: rows tested, and those of them that are selected.
        rows: int64 (classes,), rows of each class tested.
        z, p_of, q, distances: float64 (classes,), as above by class, q after Benjamini and Hochberg (1995); NaN
            for a class that was not tested.
        found: classes with q < alpha.
        left_out: rows without a direction in image or text, without a known selection, or without a class.
        duplicates: rows left out, for image, text, selection and class are those of an earlier one.
        few: classes left out for fewer than ``least`` rows of either kind; ``few_rows`` their rows.
    """

    statistic: float
    p: float
    distance: float
    explained: float
    left: float
    n: int
    selected: int
    rows: np.ndarray
    z: np.ndarray
    p_of: np.ndarray
    q: np.ndarray
    distances: np.ndarray
    found: int
    left_out: int
    duplicates: int
    few: int
    few_rows: int


def independence(
    image: Any,
    text: Any,
    selected: Any,
    labels: Any,
    n_classes: int | None = None,
    *,
    least: int = 5,
    bent: bool = True,
    alpha: float = 0.05,
    seed: int = 0,
) -> Independence:
    """Test that images do not depend on the selection given their captions and classes.

    Ridge regressions on the caption's embedding, and on what bends in it (``residual.Features``), with a mean of
    its own for each class, leave ξ of the image and ε of the selection. With R_i = ε_i ξ_i in class c,

        U_c = ‖Σ_i R_i‖² - Σ_i ‖√f_c R_i‖²,    U = Σ_c U_c,

    whose expectation under independence is 0; f_c, by direction, makes up for the degrees of freedom that the fits
    take (``residual.left_of``). Its distribution is that of Σ_{i≠j} s_i s_j ⟨√f_c R_i, √f_c R_j⟩ with random signs
    s, the wild bootstrap's, by its variance and third moment matched to a shifted χ²: no draws, so that small
    p-values are exact enough for many classes. Large U speaks for dependence; the test is one-sided.

    It has power against dependence that moves the mean of the images, on average over captions of a class; not
    against one that changes their spread alone. O(n p²) time for p features of the text; O(n d) memory.

    Args:
        image: float (n, d), embeddings, numpy or torch; scaled to length 1.
        text: float (n, t), embeddings of the captions by one encoder; scaled to length 1.
        selected: (n,), 1 or true where selected, 0 or false where not; NaN is left out.
        labels: int (n,), class of each; negative ones are of no class.
        n_classes: length of the class list; None for the largest label and one.
        least: rows of each kind that a class must have to be tested, 2 or more.
        bent: regress on what bends in the caption's embedding too; False for straight lines alone.
        alpha: false discovery rate of ``found``.
        seed: of cosines and folds.

    Raises:
        ValueError: for arrays of different lengths, labels that are not whole, a selection other than 0 and 1, or
            ``least`` below 2.
    """
    if least < 2:
        raise ValueError(f"A class needs at least 2 rows of each kind, not {least}.")
    chosen = np.asarray(to_numpy(selected), dtype=np.float64)
    everything = group(labels, n_classes, len(image))
    if not len(image) == len(text) == len(chosen):
        raise ValueError(f"There are {len(image)} images, {len(text)} texts and {len(chosen)} selections.")
    if np.any(np.isfinite(chosen) & (chosen != 0) & (chosen != 1)):
        raise ValueError("The selection must be 0 or 1, true or false.")
    x, t, s, label, duplicates = _known(image, text, chosen, everything)
    left_out = len(chosen) - len(s) - duplicates
    enough = _enough(s, label, len(everything), least)
    present = np.bincount(label, minlength=len(everything)) > 0
    few_rows = int(np.sum(~enough[label]))
    groups = group(np.where(enough[label], label, -1), len(everything))
    parts = _tested(x, t, s, groups, bent, seed)
    counts = (left_out, duplicates, int(np.sum(present & ~enough)), few_rows)
    return _result(parts, groups, int(s[groups.rows].sum()), alpha, counts)


def _known(
    image: Any, text: Any, chosen: np.ndarray, groups: Groups
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
    """Unit vectors, selection and class of the rows that have all of these, each once; how many were repeated."""
    label = np.full(len(chosen), -1)
    label[groups.rows] = np.repeat(np.arange(len(groups)), groups.counts)
    able = np.flatnonzero((label >= 0) & np.isfinite(chosen))
    x, with_image = unit_rows(image, able)
    t, with_text = unit_rows(text, able)
    both = np.intersect1d(with_image, with_text, assume_unique=True)
    x = to_numpy(x)[np.searchsorted(with_image, both)]
    t = to_numpy(t)[np.searchsorted(with_text, both)]
    seen: set[bytes] = set()
    once = []
    for at, row in enumerate(both.tolist()):
        made = hashlib.blake2b(x[at].tobytes() + t[at].tobytes(), digest_size=16)
        made.update(b"%d %d" % (label[row], chosen[row]))
        if made.digest() not in seen:
            seen.add(made.digest())
            once.append(at)
    rows, repeated = both[once], len(both) - len(once)
    if repeated:  # else nothing is copied
        x, t = x[once], t[once]
    return x, t, chosen[rows], label[rows], repeated


def _enough(s: np.ndarray, label: np.ndarray, classes: int, least: int) -> np.ndarray:
    """Whether a class has enough rows of each kind, bool (classes,)."""
    selected = np.bincount(label, s, minlength=classes)
    return np.asarray(np.minimum(selected, np.bincount(label, minlength=classes) - selected) >= least)


@dataclass(frozen=True)
class _Parts:
    """Sums by class, NaN where not tested, and by fold."""

    u: np.ndarray
    second: np.ndarray
    third: np.ndarray
    distance: np.ndarray
    left: np.ndarray
    free: np.ndarray
    total: np.ndarray
    explained: float


def _tested(x: np.ndarray, t: np.ndarray, s: np.ndarray, groups: Groups, bent: bool, seed: int) -> _Parts:
    u, second, third, distance, left, free, total = (np.full(len(groups), np.nan) for _ in range(7))
    d = x.shape[1]
    inner, toward, squares = np.zeros((FOLDS, d, d)), np.zeros((FOLDS, d)), np.zeros(FOLDS)
    if not len(groups.rows):
        return _Parts(u, second, third, distance, left, free, total, float("nan"))
    ridge = fit(x, t, s, groups, features_of(t, groups, kinks=bent, waves=100 if bent else 0, seed=seed))
    rng = np.random.default_rng([seed, 0xF01D])
    for one in np.flatnonzero(groups.counts):
        rows = groups.of(int(one))
        of = left_of(ridge, x, t, s, rows)
        n = len(rows)
        u[one], second[one], third[one] = _quadratic(of)
        left[one], free[one], total[one] = float(of.chosen @ of.chosen), of.free, float(s[rows].var() * n)
        scale = left[one] ** 2 * float((of.image**2).sum()) / n
        distance[one] = u[one] / scale if scale > 0 else np.nan
        fold = rng.permutation(n) % FOLDS
        for f in range(FOLDS):
            mine = fold == f
            inner[f] += of.image[mine].T @ of.image[mine]
            toward[f] += of.chosen[mine] @ of.image[mine]
            squares[f] += float((of.chosen[mine] ** 2).sum())
    return _Parts(u, second, third, distance, left, free, total, _explained(inner, toward, squares))


def _quadratic(of: Left) -> tuple[float, float, float]:
    """U of a class, and tr G², tr G³ for G = ⟨√f R_i, √f R_j⟩ with an empty diagonal.

    Σ s_i s_j G_ij has mean 0, variance 2 tr G² and third moment 8 tr G³ over random signs.
    """
    total = of.chosen @ of.image
    r = of.image * np.sqrt(of.factor) * of.chosen[:, None]
    own = (r**2).sum(axis=1)
    u = float(total @ total - own.sum())
    if len(r) <= r.shape[1]:
        gram = r @ r.T
        np.fill_diagonal(gram, 0.0)
        second, third = float((gram**2).sum()), float(((gram @ gram) * gram).sum())
    else:
        inner = r.T @ r
        second = float((inner**2).sum() - (own**2).sum())
        through = np.einsum("ij,ij->i", r @ inner, r)
        third = float(((inner @ inner) * inner).sum() - 3 * (own * through).sum() + 2 * (own**3).sum())
    return u, second, third


def tail(u: np.ndarray, second: np.ndarray, third: np.ndarray) -> np.ndarray:
    """P(V >= u) for V of mean 0, variance 2 c₂, third moment 8 c₃: a shifted χ² of c₂³/c₃² degrees (Imhof 1961).

    A V that leans to the left is taken as normal, whose upper tail is the heavier. NaN where c₂ is 0.
    """
    u, second, third = (np.asarray(one, dtype=np.float64) for one in (u, second, third))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(second > 0, u / np.sqrt(2 * second), np.nan)
        degrees = second**3 / third**2
        leans = (third > 0) & (degrees < 1e7)
        degrees = np.where(leans, degrees, 1.0)
        by_chi2 = chi2.sf(z * np.sqrt(2 * degrees) + degrees, degrees)
    return np.asarray(np.where(leans, by_chi2, norm.sf(z)))


def _explained(inner: np.ndarray, toward: np.ndarray, squares: np.ndarray) -> float:
    """1 - Σ (ε - ξβ)² / Σ ε², each fold by the ridge coefficients β of the others; penalty by the folds too."""
    if squares.sum() <= 0:
        return float("nan")
    whole, all_toward = inner.sum(axis=0), toward.sum(axis=0)
    lost = np.zeros(len(PENALTIES))
    for f in range(FOLDS):
        moments, vectors = np.linalg.eigh(whole - inner[f])
        top = max(float(moments[-1]), np.finfo(float).tiny)
        along = vectors.T @ (all_toward - toward[f])
        for at, penalty in enumerate(PENALTIES):
            beta = vectors @ (along / (np.maximum(moments, 0.0) + top * penalty))
            lost[at] += float(beta @ inner[f] @ beta - 2 * beta @ toward[f])
    return float(-lost.min() / squares.sum())


def _result(parts: _Parts, groups: Groups, selected: int, alpha: float, counts: tuple[int, ...]) -> Independence:
    tested = np.isfinite(parts.u) & (parts.second > 0)
    p_of = np.where(tested, tail(parts.u, parts.second, parts.third), np.nan)
    q = np.full(len(p_of), np.nan)
    if tested.any():
        q[tested] = false_discovery_control(p_of[tested])
    with np.errstate(divide="ignore", invalid="ignore"):
        z = parts.u / np.sqrt(2 * parts.second)
    sums = [float(one[tested].sum()) for one in (parts.u, parts.second, parts.third)]
    left, free, total = (float(one[tested].sum()) for one in (parts.left, parts.free, parts.total))
    weights = groups.counts[tested]
    whole = total / (weights - 1).sum() if tested.any() else 0.0
    return Independence(
        statistic=sums[0] / float(np.sqrt(2 * sums[1])) if sums[1] > 0 else float("nan"),
        p=float(tail(*(np.array(one) for one in sums[:3]))),
        distance=float(np.average(parts.distance[tested], weights=weights)) if tested.any() else float("nan"),
        explained=parts.explained,
        left=left / free / whole if free > 0 and whole > 0 else float("nan"),
        n=int(groups.counts.sum()),
        selected=selected,
        rows=groups.counts,
        z=np.where(tested, z, np.nan),
        p_of=p_of,
        q=q,
        distances=np.where(tested, parts.distance, np.nan),
        found=int(np.sum(q < alpha)),
        left_out=counts[0],
        duplicates=counts[1],
        few=counts[2],
        few_rows=counts[3],
    )
