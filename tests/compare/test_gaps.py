"""Recall gaps: against statsmodels, scipy and a simulation without any difference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from laionet.compare.accuracy import Hits, accuracy_difference, class_recall, finish
from laionet.compare.gaps import distribution, fourfold_p, recall_gaps


def recalls(hits, n, level=0.95):
    return finish(Hits(np.array(n), np.array(hits)), level)


def test_the_interval_is_newcombes():
    hits_a, n_a, hits_b, n_b = [0, 3, 50, 48, 1], [1, 7, 50, 50, 1], [2, 0, 40, 800, 0], [5, 9, 50, 1000, 1]
    found = recall_gaps(recalls(hits_a, n_a, 0.9), recalls(hits_b, n_b, 0.9))
    for i in range(5):
        low, high = confint_proportions_2indep(
            hits_a[i], n_a[i], hits_b[i], n_b[i], method="newcomb", compare="diff", alpha=0.1
        )
        assert found.low[i] == pytest.approx(low, abs=1e-12)
        assert found.high[i] == pytest.approx(high, abs=1e-12)


def test_the_p_value_is_of_fishers_one_sided_tests():
    rng = np.random.default_rng(7)
    n_a, n_b = rng.integers(1, 80, 40), rng.integers(1, 900, 40)
    hits_a, hits_b = rng.binomial(n_a, 0.8), rng.binomial(n_b, 0.6)
    found = fourfold_p(hits_a, n_a, hits_b, n_b)
    for i in range(40):
        table = [[hits_a[i], n_a[i] - hits_a[i]], [hits_b[i], n_b[i] - hits_b[i]]]
        above, below = (fisher_exact(table, alternative=side).pvalue for side in ("greater", "less"))
        # With half of the probability of the table itself: P(X > x) = 1 - P(X <= x).
        expected = 2 * min((above + 1 - below) / 2, (below + 1 - above) / 2)
        assert found[i] == pytest.approx(min(expected, 1), rel=1e-6, abs=1e-12)


def test_where_all_or_none_are_hits_nothing_differs():
    found = fourfold_p(np.array([3, 0, 1]), np.array([3, 5, 1]), np.array([7, 0, 1]), np.array([7, 9, 1]))
    assert found.tolist() == [1, 1, 1]


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_p_is_symmetric_and_a_probability(m, n, data):
    a, b = data.draw(st.integers(0, m)), data.draw(st.integers(0, n))
    one = fourfold_p(*(np.array([x]) for x in (a, m, b, n)))[0]
    other = fourfold_p(*(np.array([x]) for x in (n - b, n, m - a, m)))[0]
    assert 0 <= one <= 1 + 1e-12
    assert one == pytest.approx(other, rel=1e-9)


def test_q_values_are_of_the_classes_that_both_have():
    rng = np.random.default_rng(0)
    n = np.where(np.arange(80) % 8 == 0, 0, 40)
    a = recalls(rng.binomial(n, 0.6), n)
    b = recalls(rng.binomial(40, np.linspace(0.3, 0.9, 80)), np.full(80, 40))
    found = recall_gaps(a, b)
    both = n > 0
    assert np.isnan(found.q[~both]).all()
    assert np.isnan(found.gap[~both]).all()
    theirs = multipletests(found.p[both], method="fdr_bh")[1]
    np.testing.assert_allclose(found.q[both], theirs)
    assert found.lower == int(((theirs < 0.05) & (found.gap[both] < 0)).sum()) > 0
    assert found.higher == int(((theirs < 0.05) & (found.gap[both] > 0)).sum()) > 0
    assert np.mean(found.gap[both]) == pytest.approx(accuracy_difference(a, b).value)


def test_without_a_difference_few_classes_are_called_different_and_intervals_hold():
    rng = np.random.default_rng(1)
    any_called, held = 0, []
    for _ in range(300):
        truth = rng.beta(4, 1, 60)
        found = recall_gaps(
            recalls(rng.binomial(20, truth), [20] * 60), recalls(rng.binomial(50, truth), [50] * 60)
        )
        any_called += found.lower + found.higher > 0
        held.append(np.mean((found.low <= 0) & (found.high >= 0)))
    assert any_called / 300 <= 0.06  # the share of false discoveries, all being false
    assert 0.94 <= np.mean(held) <= 0.99


def test_swapping_the_datasets_turns_the_gap_round():
    a, b = recalls([3, 9, 0], [10, 10, 4]), recalls([7, 9, 2], [10, 12, 4])
    one, other = recall_gaps(a, b), recall_gaps(b, a)
    np.testing.assert_allclose(one.gap, -other.gap)
    np.testing.assert_allclose(one.low, -other.high)
    np.testing.assert_allclose(one.p, other.p)


def test_variances_of_one_image_and_of_perfect_recall():
    found = recall_gaps(recalls([1, 20], [1, 20]), recalls([5, 20], [10, 20]))
    assert np.isnan(found.variance[0])
    assert found.variance[1] == 0
    assert (found.smoothed > 0).all()


def test_no_class_in_common_leaves_nothing():
    found = recall_gaps(
        class_recall(np.array([1]), np.array([0]), 2), class_recall(np.array([1]), np.array([1]), 2)
    )
    assert np.isnan(found.q).all()
    assert (found.lower, found.higher) == (0, 0)


def test_different_lists_are_refused():
    with pytest.raises(ValueError, match="one class list"):
        recall_gaps(recalls([1], [2]), recalls([1, 1], [2, 2]))
    with pytest.raises(ValueError, match="one level"):
        recall_gaps(recalls([1], [2]), recalls([1], [2], 0.9))


@given(st.lists(st.one_of(st.floats(-1, 1), st.just(float("nan"))), max_size=50))
def test_the_histogram_counts_each_known_gap_once(gaps):
    found = distribution(np.array(gaps), width=0.1)
    known = [g for g in gaps if g == g]
    assert found.counts.sum() == len(known)
    assert (found.edges[0], found.edges[-1]) == pytest.approx((-1, 1))
    if known:
        np.testing.assert_allclose(found.quantiles, np.quantile(known, found.levels))
        assert found.mean == pytest.approx(np.mean(known))


def test_a_gap_at_an_edge_is_in_the_bin_above_it():
    found = distribution(np.array([-0.15, 0.15, 0.3, 1.0, -1.0]), width=0.05)
    assert {round(float(found.edges[i]), 2): int(n) for i, n in enumerate(found.counts) if n} == {
        -1.0: 1, -0.15: 1, 0.15: 1, 0.3: 1, 0.95: 1,
    }  # fmt: skip
    with pytest.raises(ValueError, match="above 0"):
        distribution(np.zeros(1), width=0)
