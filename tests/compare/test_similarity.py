"""Intra-class similarity: against brute force, and intervals against populations whose truth is known."""

import numpy as np
import pytest
from scipy.stats import ttest_ind_from_stats

from laionet.compare.similarity import intra_class, similarity_difference


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def population(rng, n, d=32, spread=1.0, clusters=0):
    """Vectors around a direction, or around several."""
    center = np.zeros(d)
    center[0] = 1
    x = center + spread * rng.standard_normal((n, d)) / np.sqrt(d)
    if clusters:
        x[np.arange(n), 1 + rng.integers(0, clusters, n)] += 1.0
    return unit(x)


def test_mean_is_that_over_all_pairs():
    rng = np.random.default_rng(0)
    x, label = population(rng, 60), rng.integers(0, 4, 60)
    found = intra_class(x, label, 5)
    for one in range(4):
        mine = x[label == one]
        pairs = [mine[i] @ mine[j] for i in range(len(mine)) for j in range(i)]
        assert found.mean[one] == pytest.approx(np.mean(pairs), abs=1e-12)
    assert np.isnan(found.mean[4])


def test_standard_error_is_the_jackknife_done_the_long_way():
    x = population(np.random.default_rng(1), 12)
    found = intra_class(x, np.zeros(12, int), 1)

    def mean_of(y):
        return np.mean([y[i] @ y[j] for i in range(len(y)) for j in range(i)])

    left = np.array([mean_of(np.delete(x, i, axis=0)) for i in range(12)])
    assert found.se[0] == pytest.approx(np.sqrt(11 / 12 * np.sum((left - left.mean()) ** 2)), rel=1e-10)


def test_too_few_images_have_no_interval():
    x = population(np.random.default_rng(2), 3)
    found = intra_class(x, np.array([0, 1, 1]), 2)
    assert np.isnan(found.mean[0])
    assert np.isfinite(found.mean[1])
    assert np.isnan(found.se[1])


@pytest.mark.parametrize(("n", "clusters"), [(20, 0), (60, 4)])
def test_our_interval_holds_the_truth_and_the_papers_does_not(n, clusters):
    rng = np.random.default_rng(3)
    big = population(rng, 200_000, clusters=clusters)
    truth = intra_class(big, np.zeros(len(big), int), 1).mean[0]
    held = {"jackknife": 0, "paper": 0}
    for _ in range(400):
        x = population(rng, n, clusters=clusters)
        for method in held:
            found = intra_class(x, np.zeros(n, int), 1, method=method)
            held[method] += bool(found.low[0] <= truth <= found.high[0])
    assert 0.91 <= held["jackknife"] / 400 <= 0.98
    assert held["paper"] / 400 < 0.75


def test_differences_are_welchs_t_with_false_discoveries_controlled():
    rng = np.random.default_rng(4)
    label = np.repeat(np.arange(6), 30)
    a = intra_class(population(rng, 180, spread=1.4), label, 6)
    b = intra_class(population(rng, 180, spread=1.0), label, 6)
    found = similarity_difference(a, b)
    p = ttest_ind_from_stats(
        a.mean, a.se * np.sqrt(30), 30, b.mean, b.se * np.sqrt(30), 30, equal_var=False
    ).pvalue
    np.testing.assert_allclose(found.p, p, rtol=1e-9)
    assert (found.q >= found.p).all()
    assert found.lower == 6
    assert found.pooled.high < 0


def test_no_difference_is_found_where_there_is_none():
    rng = np.random.default_rng(5)
    wrong = 0
    for _ in range(200):
        label = np.repeat(np.arange(8), 15)
        a = intra_class(population(rng, 120), label, 8)
        b = intra_class(population(rng, 120), label, 8)
        pooled = similarity_difference(a, b).pooled
        wrong += not pooled.low <= 0 <= pooled.high
    assert wrong / 200 <= 0.1


def test_vectors_must_be_of_length_one():
    with pytest.raises(ValueError, match="unit"):
        intra_class(np.ones((4, 3)), np.zeros(4, int), 1)
    with pytest.raises(ValueError, match="paper"):
        intra_class(unit(np.ones((4, 3))), np.zeros(4, int), 1, method="exact")
