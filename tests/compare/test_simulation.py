"""Populations whose truth is known, and how often intervals hold it."""

import numpy as np
import pytest

from laionet.compare.simulation import (
    SHAPES,
    coverage,
    difference_coverage,
    false_discoveries,
    population,
    true_mean,
)


@pytest.mark.parametrize("shape", SHAPES)
def test_true_mean_is_that_of_all_pairs_drawn_with_replacement(shape):
    x = population(shape, 300, 16, np.random.default_rng(0))
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1, rtol=1e-5)
    assert true_mean(x) == pytest.approx((x.astype(float) @ x.T.astype(float)).mean(), abs=1e-9)


def test_unknown_shape_is_refused():
    with pytest.raises(ValueError, match="isotropic"):
        population("round", 10, 4, np.random.default_rng(0))


def test_coverage_counts_both_sides():
    x = population("isotropic", 5_000, 32, np.random.default_rng(1))
    found = coverage(x, 15, draws=600)
    assert found.share + found.below + found.above == pytest.approx(1)
    assert found.se == pytest.approx(np.sqrt(found.share * (1 - found.share) / 600))
    assert 0.915 <= found.share <= 0.98
    narrow = coverage(x, 15, draws=600, level=0.5)
    assert 0.42 <= narrow.share <= 0.58
    assert narrow.width < found.width


def test_the_papers_interval_misses_the_truth_most_of_the_time():
    x = population("isotropic", 5_000, 64, np.random.default_rng(2))
    assert coverage(x, 100, draws=300, method="paper").share < 0.5


def test_bootstrap_interval_can_be_checked_too():
    x = population("clustered", 2_000, 16, np.random.default_rng(3))
    assert coverage(x, 30, draws=60, method="bca").share > 0.8


def test_difference_of_two_datasets_of_different_sizes_is_covered():
    rng = np.random.default_rng(4)
    a, b = population("low-rank", 4_000, 32, rng), population("heavy-tailed", 4_000, 32, rng)
    assert 0.915 <= difference_coverage(a, b, 20, 50, draws=600).share <= 0.98


def test_false_discoveries_are_held_with_and_without_true_ones():
    rng = np.random.default_rng(5)
    same = np.stack([population("isotropic", 500, 16, rng) for _ in range(30)])
    far = np.stack([population("no-direction", 500, 16, rng) for _ in range(30)])
    # under the null each false discovery is all of them: a share of 0.05 of 120 draws, and three standard errors
    assert false_discoveries(same, 15, draws=120) <= 0.05 + 0.06
    assert false_discoveries(same, 15, null=0.5, shift=far, draws=60) <= 0.05 + 0.03
