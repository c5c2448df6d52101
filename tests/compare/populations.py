"""Finite populations of unit vectors, so that the mean similarity of two draws is known exactly."""

import numpy as np


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def population(rng, n, d=32, spread=1.0, clusters=0, tail=None, rank=None):
    """Vectors around a direction: isotropic, in clusters, with heavy tails, or of low rank."""
    center = np.zeros(d)
    center[0] = 1
    if rank:
        away = rng.standard_normal((n, rank)) @ rng.standard_normal((rank, d)) / np.sqrt(d * rank)
    else:
        away = rng.standard_normal((n, d)) / np.sqrt(d)
    if tail:
        away *= rng.standard_t(tail, (n, 1))
    x = center + spread * away
    if clusters:
        x[np.arange(n), 1 + rng.integers(0, clusters, n)] += 1.0
    return unit(x)


def true_mean(population):
    """E⟨X, Y⟩ of two independent draws."""
    middle = population.mean(axis=0)
    return float(middle @ middle)


SHAPES = {
    "isotropic": {},
    "low-rank": {"rank": 6},
    "clustered": {"clusters": 4},
    "heavy-tailed": {"tail": 3},
}
