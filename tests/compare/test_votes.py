"""Reliability of selection frequencies and the truth behind votes: simulations whose truth is known."""

import numpy as np
import pytest
import torch
from scipy.stats import beta

from laionet.compare.votes import reliability, true_frequencies


def test_reliability_is_the_share_of_variance_that_is_true():
    rng = np.random.default_rng(0)
    p = rng.beta(4, 1.5, 40_000)
    n = rng.integers(2, 16, 40_000)
    for shown in (10, n):
        k = rng.binomial(shown, p)
        share = p.var() / (k / shown).var()
        found = reliability(k, shown)
        assert found.value == pytest.approx(share, abs=0.015)
        assert found.low < share < found.high


def test_reliability_is_that_of_two_halves_stepped_up():
    rng = np.random.default_rng(1)
    p = rng.beta(3, 1, 30_000)
    votes = rng.random((30_000, 10)) < p[:, None]
    r = np.corrcoef(votes[:, :5].mean(axis=1), votes[:, 5:].mean(axis=1))[0, 1]
    assert reliability(votes.sum(axis=1), 10).value == pytest.approx(2 * r / (1 + r), abs=0.02)


def test_interval_of_reliability_holds_the_truth():
    rng = np.random.default_rng(2)
    a, b, n = 4.0, 1.5, 10
    var, mean = beta.var(a, b), beta.mean(a, b)
    truth = var / (var + (mean * (1 - mean) - var) / n)
    held = []
    for _ in range(400):
        found = reliability(rng.binomial(n, rng.beta(a, b, 300)), n)
        held.append(found.low < truth < found.high)
    assert abs(np.mean(held) - 0.95) < 0.035


def test_too_few_votes_have_no_reliability():
    assert np.isnan(reliability([1, 0, 1], 1).value)
    assert np.isnan(reliability([5, 5, 5], 10).value)
    assert np.isnan(reliability([], 10).value)
    assert reliability([0, 10, 0, 10], 10).value == 1
    with pytest.raises(ValueError, match="whole numbers"):
        reliability([0.5], 10)
    with pytest.raises(ValueError, match="whole numbers"):
        reliability([11], 10)


def test_expected_frequency_is_that_of_bayes_where_the_distribution_is_known():
    rng = np.random.default_rng(3)
    k = rng.binomial(10, rng.beta(5, 2, 60_000))
    found = true_frequencies(k, 10)
    assert found.weight.sum() == pytest.approx(1)
    for votes in range(3, 11):
        assert found.expected[k == votes][0] == pytest.approx((5 + votes) / 17, abs=0.03)


def test_two_kinds_of_image_are_told_apart():
    """Wrong images marked by mistake, right ones mostly: no bell shape holds both."""
    rng = np.random.default_rng(4)
    right = rng.random(20_000) < 0.7
    found = true_frequencies(rng.binomial(10, np.where(right, 0.86, 0.03)), 10)
    high = found.grid > 0.5
    assert found.weight[high].sum() == pytest.approx(0.7, abs=0.02)
    assert found.weight[high] @ found.grid[high] / found.weight[high].sum() == pytest.approx(0.86, abs=0.01)


def test_images_selected_for_many_votes_are_expected_to_have_fewer():
    """Regression to the mean: the corrected mean of the selected is their true one, the observed one is above."""
    rng = np.random.default_rng(5)
    p = rng.beta(6, 2, 30_000)
    k = rng.binomial(10, p)
    chosen = k >= 9
    found = true_frequencies(k, 10)
    truth, observed, corrected = p[chosen].mean(), (k / 10)[chosen].mean(), found.expected[chosen].mean()
    assert observed - truth > 0.08
    assert corrected == pytest.approx(truth, abs=0.01)


def test_images_that_nobody_was_asked_about_are_unknown_and_tensors_do():
    found = true_frequencies(torch.tensor([3, 0, 9]), torch.tensor([10, 0, 10]))
    assert np.isnan(found.expected).tolist() == [False, True, False]
    assert np.isnan(true_frequencies([0], [0]).weight).all()
