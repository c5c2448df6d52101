"""What a text leaves of a number: residuals of ridge regressions on the text's embedding, within classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from laionet.compare.arrays import Groups

#: Penalties tried, as multiples of the largest eigenvalue of the features' second moments.
PENALTIES = 10.0 ** np.arange(-8.0, 1.01, 0.5)

#: What penalties are multiplied by once chosen: what cross-validation finds best for foretelling smooths too much
#: for a test, whose bias is the product of what both fits smooth away; their variance is made up for.
_UNDERSMOOTHING = 0.1
#: Share of the rows that a fit must leave as degrees of freedom.
_LEAST_FREE = 0.2
#: Axes that have kinks, how many each, and how much steeper than the embedding itself they are.
_AXES, _KNOTS, _STEEP = 16, 5, 3.0
#: Pairs of texts that the width of the cosines is the median distance of.
_PAIRS = 2_000


@dataclass(frozen=True)
class Features:
    """What a caption's embedding says: itself, kinks along its main axes within a class, and random cosines.

    The embedding finds what one direction says, kinks what bends along an axis, as a step does, cosines whatever
    is smooth: their inner products approximate a Gaussian kernel (Rahimi and Recht 2007).

    Attributes:
        axes: float64 (dim, q), principal axes of the texts about their class's mean.
        knots: float64 (q, k), where the kinks are: quantiles along each axis.
        frequencies: float64 (dim, m), of the cosines.
        phases: float64 (m,).
    """

    axes: np.ndarray
    knots: np.ndarray
    frequencies: np.ndarray
    phases: np.ndarray

    def __len__(self) -> int:
        return len(self.frequencies) + self.knots.size + len(self.phases)

    def __call__(self, text: np.ndarray) -> np.ndarray:
        """float64 (n, len(self)) of the texts float64 (n, dim) of one class."""
        along = (text - text.mean(axis=0)) @ self.axes
        kinks = np.abs(along[:, :, None] - self.knots).reshape(len(text), -1)
        waves = np.sqrt(2 / max(len(self.phases), 1)) * np.cos(text @ self.frequencies + self.phases)
        return np.hstack([text, _STEEP * kinks, waves])


def features_of(
    text: np.ndarray, groups: Groups, *, kinks: bool = True, waves: int = 100, seed: int = 0
) -> Features:
    """Features that suit the texts: axes and knots are theirs, cosines as wide as two of a class are apart.

    Args:
        text: float64 (n, dim), unit vectors.
        groups: the rows by class.
        kinks: with kinks, or without.
        waves: random cosines.
        seed: of the cosines and of the pairs of texts.
    """
    spread = np.zeros((text.shape[1], text.shape[1]))
    for own in _about_means(text, groups):
        spread += own.T @ own
    axes = np.linalg.eigh(spread)[1][:, ::-1][:, : _AXES if kinks else 0]
    along = np.concatenate([own @ axes for own in _about_means(text, groups)])
    knots = np.quantile(along, (np.arange(_KNOTS) + 0.5) / _KNOTS, axis=0).T
    rng = np.random.default_rng([seed, 0xFEA7])
    width = _width(text, groups, rng)
    frequencies = rng.standard_normal((text.shape[1], waves)) / width
    return Features(axes, knots, frequencies, rng.uniform(0, 2 * np.pi, waves))


def _about_means(text: np.ndarray, groups: Groups) -> Iterator[np.ndarray]:
    for one in np.flatnonzero(groups.counts):
        own = text[groups.of(int(one))]
        yield own - own.mean(axis=0)


def _width(text: np.ndarray, groups: Groups, rng: np.random.Generator) -> float:
    """The median distance of two texts of one class."""
    first = rng.integers(0, len(groups.rows), _PAIRS)
    label = np.repeat(np.arange(len(groups)), groups.counts)[first]
    second = groups.starts[label] + (rng.random(_PAIRS) * groups.counts[label]).astype(np.int64)
    apart = np.linalg.norm(text[groups.rows[first]] - text[groups.rows[second]], axis=1)
    some = apart[apart > 1e-9]
    return float(np.median(some)) if len(some) else 1.0


@dataclass(frozen=True)
class Ridge:
    """Ridge regressions of images and selection on features of the text, with a mean of its own for each class.

    Attributes:
        features: of the text.
        vectors: float64 (p, p), axes of the features' second moments within classes.
        moments: float64 (p,), these moments, λ.
        turn: float64 (dim, dim), directions of the images, from what the text tells most of to the least.
        weights: float64 (p, dim + 1), 1 / (λ + α), α of each direction and, last, of the selection.
        coefficients: float64 (p, dim + 1), along the axes.
    """

    features: Features
    vectors: np.ndarray
    moments: np.ndarray
    turn: np.ndarray
    weights: np.ndarray
    coefficients: np.ndarray


@dataclass(frozen=True)
class Left:
    """What the text leaves of the rows of one class.

    Attributes:
        image: float64 (n, dim), along ``Ridge.turn``, sum 0.
        chosen: float64 (n,), sum 0.
        factor: float64 (dim,), how much smaller than the truth sums of squares of their products are, for the
            fits have used up degrees of freedom: at least 1.
        free: trace of M², degrees of freedom that the squares of ``chosen`` have.
    """

    image: np.ndarray
    chosen: np.ndarray
    factor: np.ndarray
    free: float


def fit(image: np.ndarray, text: np.ndarray, chosen: np.ndarray, groups: Groups, features: Features) -> Ridge:
    """Fit both regressions; penalties by generalised cross-validation (Golub, Heath and Wahba 1979).

    One penalty for all directions of the image would be set by those that the text tells nothing of, and smooth
    away what it tells of others. So a first fit with one penalty finds the directions, and each gets its own.

    Args:
        image: float64 (n, dim).
        text: float64 (n, dim), what it is explained by.
        chosen: float64 (n,), 0 or 1.
        groups: the rows by class.
        features: of the text.
    """
    p, rows, d = len(features), len(groups.rows), image.shape[1]
    gram, cross, own = np.zeros((p, p)), np.zeros((p, d + 1)), np.zeros((d + 1, d + 1))
    for z, y in _centred(image, text, chosen, groups, features):
        gram += z.T @ z
        cross += z.T @ y
        own += y.T @ y
    moments, vectors = np.linalg.eigh(gram)
    moments = np.maximum(moments, 0.0)
    along = vectors.T @ cross
    free = rows - int(np.sum(groups.counts > 0))
    first = along[:, :-1]
    energy, squares = (first**2).sum(axis=1)[:, None], np.array([np.trace(own[:-1, :-1])])
    one = _weights(moments, energy, squares, rows, free)
    turn = np.linalg.eigh(first.T @ (first * one))[1][:, ::-1]
    along = np.column_stack([first @ turn, along[:, -1]])
    squares = np.append(np.einsum("ij,ik,kj->j", turn, own[:-1, :-1], turn), own[-1, -1])
    weights = _weights(moments, along**2, squares, rows, free, _UNDERSMOOTHING)
    return Ridge(features, vectors, moments, turn, weights, along * weights)


def _centred(
    image: np.ndarray, text: np.ndarray, chosen: np.ndarray, groups: Groups, features: Features
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Features, and images with selection, of each class about their means."""
    for one in np.flatnonzero(groups.counts):
        rows = groups.of(int(one))
        z, y = features(text[rows]), np.column_stack([image[rows], chosen[rows]])
        yield z - z.mean(axis=0), y - y.mean(axis=0)


def _weights(
    moments: np.ndarray, energy: np.ndarray, squares: np.ndarray, rows: int, free: int, times: float = 1.0
) -> np.ndarray:
    """1 / (λ + α) by column, α ``times`` the penalty with the least RSS / (free - trace H)²; float64 (p, columns).

    0 for a column that no penalty leaves degrees of freedom for.
    """
    best, found = np.full(len(squares), np.inf), np.zeros_like(energy)
    top = float(moments.max(initial=0.0))
    for alpha in top * PENALTIES if top > 0 else ():
        weights = 1 / (moments + alpha)
        if free - float((moments / (moments + times * alpha)).sum()) <= _LEAST_FREE * rows:
            continue
        left = squares - (2 * weights - moments * weights**2) @ energy
        score = left / (free - float((moments * weights).sum())) ** 2
        better = score < best
        best = np.where(better, score, best)
        found[:, better] = (1 / (moments + times * alpha))[:, None]
    return found


def left_of(ridge: Ridge, image: np.ndarray, text: np.ndarray, chosen: np.ndarray, rows: np.ndarray) -> Left:
    """Residuals of the rows of one class.

    With M = I - P - H for means P and fit H, the sum of products of residuals of both regressions has the expected
    square Σ_ij (M²)_ij (M'²)_ij where there is no association, but the sum of their squares Σ_i (M²)_ii (M'²)_ii:
    ``factor`` is the one by the other.
    """
    z = ridge.features(text[rows])
    z = (z - z.mean(axis=0)) @ ridge.vectors
    y = np.column_stack([image[rows] @ ridge.turn, chosen[rows]])
    y = y - y.mean(axis=0) - z @ ridge.coefficients
    taken = 2 * ridge.weights - ridge.moments[:, None] * ridge.weights**2
    n = len(rows)
    own = z**2 @ taken  # diagonals of 2H - H²
    if n <= z.shape[1]:
        both = (z * (((z * taken[:, -1]) @ z.T) @ z)).sum(axis=0)
    else:
        both = (z.T @ z) ** 2 @ taken[:, -1]
    totals = own.sum(axis=0)
    pairs = n - 1 - totals[:-1] - totals[-1] + both @ taken[:, :-1]
    diagonal = ((1 - 1 / n - own[:, :-1]) * (1 - 1 / n - own[:, -1:])).sum(axis=0)
    factor = np.where(diagonal > 0, pairs / np.where(diagonal > 0, diagonal, 1.0), 1.0)
    return Left(y[:, :-1], y[:, -1], np.maximum(factor, 1.0), n - 1 - float(totals[-1]))
