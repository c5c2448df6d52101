"""Means by class: against numpy, and the same however the data is cut."""

import numpy as np
import pytest
import torch

from laionet.compare.means import merge, partial


def test_means_and_squares_are_numpys():
    rng = np.random.default_rng(0)
    values, label = rng.normal(1e6, 1, 200), rng.integers(-1, 4, 200)
    values[[3, 50]] = np.nan, np.inf
    found = partial(torch.from_numpy(values), label, 6)
    for one in range(4):
        mine = values[(label == one) & np.isfinite(values)]
        assert found.n[one] == len(mine)
        assert found.mean[one] == pytest.approx(mine.mean(), rel=1e-14)
        assert found.squares[one] == pytest.approx(mine.var() * len(mine), rel=1e-6)
    assert found.n[4:].tolist() == [0, 0]
    assert found.left_out.sum() == sum(label[i] >= 0 for i in (3, 50))


def test_parts_merge_to_the_whole():
    rng = np.random.default_rng(1)
    values, label = rng.normal(size=100), np.sort(rng.integers(0, 5, 100))  # some parts lack some classes
    whole = partial(values, label, 5)
    cuts = [0, 7, 30, 31, 100]
    parts = [partial(values[i:j], label[i:j], 5) for i, j in zip(cuts[:-1], cuts[1:], strict=True)]
    for found in (merge(parts), merge([merge(parts[:2]), merge(parts[2:])])):
        np.testing.assert_array_equal(found.n, whole.n)
        np.testing.assert_allclose(found.mean, whole.mean, rtol=1e-12)
        np.testing.assert_allclose(found.squares, whole.squares, rtol=1e-12)
