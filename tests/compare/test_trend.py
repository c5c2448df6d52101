"""Trends: against statsmodels and scipy, and a simulation with unequal noise."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import spearmanr

from laionet.compare.trend import binned, rank_correlation, trend


@pytest.mark.parametrize("weighted", [False, True])
def test_line_and_errors_are_those_of_statsmodels(weighted):
    rng = np.random.default_rng(0)
    x = rng.uniform(1, 4, 60)
    y = 0.3 + 0.1 * x + rng.normal(0, 0.05 * x)
    w = rng.uniform(0.1, 5, 60) if weighted else np.ones(60)
    found = trend(x, y, w if weighted else None, level=0.9)
    theirs = sm.WLS(y, sm.add_constant(x), weights=w).fit(cov_type="HC3", use_t=True)
    np.testing.assert_allclose([found.intercept.value, found.slope.value], theirs.params, rtol=1e-10)
    np.testing.assert_allclose([found.intercept.se, found.slope.se], theirs.bse, rtol=1e-10)
    np.testing.assert_allclose(found.covariance, theirs.cov_params(), rtol=1e-9)
    np.testing.assert_allclose([found.slope.low, found.slope.high], theirs.conf_int(0.1)[1], rtol=1e-9)
    assert found.p == pytest.approx(theirs.pvalues[1], rel=1e-8)
    said = theirs.get_prediction(sm.add_constant(np.array([1.0, 2.5]))).conf_int(alpha=0.1)
    np.testing.assert_allclose(np.column_stack(found.at([1.0, 2.5])[1:]), said, rtol=1e-9)


def test_the_interval_holds_the_slope_where_noise_grows_with_x():
    rng = np.random.default_rng(1)
    x, held, usual = np.linspace(0, 1, 80) ** 3, 0, 0
    for _ in range(600):
        y = 0.5 - 0.2 * x + rng.normal(0, 0.02 + 0.3 * x)
        found = trend(x, y)
        held += found.slope.low <= -0.2 <= found.slope.high
        low, high = sm.OLS(y, sm.add_constant(x)).fit().conf_int()[1]
        usual += low <= -0.2 <= high
    assert 0.92 <= held / 600 <= 0.98
    assert usual / 600 < 0.9


def test_unknown_points_and_those_of_no_weight_are_left_out():
    x, y = np.array([0, 1, 2, 3, np.nan, 9.0]), np.array([0, 1.1, 1.9, 3, 5, np.nan])
    found = trend(x, y, np.array([1, 1, 1, 0, 1, 1.0]))
    assert found.points == 3
    assert found.slope == trend(x[:3], y[:3]).slope


@pytest.mark.parametrize(
    ("x", "y", "slope", "error_known"),
    [
        ([], [], np.nan, False),
        ([1.0], [1.0], np.nan, False),
        ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], np.nan, False),
        ([1.0, 2.0], [1.0, 3.0], 2.0, False),
        ([1.0, 1.0, 2.0], [1.0, 1.5, 3.0], 1.75, False),  # one point decides the slope
        ([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], 2.0, True),
    ],
)
def test_few_points(x, y, slope, error_known):
    found = trend(np.array(x), np.array(y))
    assert found.slope.value == pytest.approx(slope, nan_ok=True)
    assert np.isfinite(found.slope.se) == error_known


def test_a_large_offset_of_x_loses_no_digits():
    rng = np.random.default_rng(2)
    x, y = rng.random(50), rng.random(50)
    far = trend(x + 1e7, y)
    assert far.slope.value == pytest.approx(trend(x, y).slope.value, rel=1e-6)
    assert far.slope.se == pytest.approx(trend(x, y).slope.se, rel=1e-6)


def test_rank_correlation_is_scipys():
    rng = np.random.default_rng(3)
    x, y = rng.integers(0, 9, 40), rng.integers(0, 9, 40)
    assert rank_correlation(x, y).value == pytest.approx(spearmanr(x, y).statistic)
    found = rank_correlation(x, y, method="bootstrap", draws=1500)
    fisher = rank_correlation(x, y)
    assert found.se == pytest.approx(fisher.se, rel=0.15)
    assert (found.low, found.high) == pytest.approx((fisher.low, fisher.high), abs=0.08)
    assert found == rank_correlation(x, y, method="bootstrap", draws=1500)


def test_the_interval_of_the_rank_correlation_holds_the_truth():
    rng = np.random.default_rng(4)
    rho = 0.6
    truth, held = 6 / np.pi * np.arcsin(rho / 2), 0  # Spearman's of a normal pair
    for _ in range(600):
        x = rng.normal(size=50)
        y = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=50)
        found = rank_correlation(x, y)
        held += found.low <= truth <= found.high
    assert 0.93 <= held / 600 <= 0.975


def test_rank_correlation_of_few_or_equal_points():
    assert np.isnan(rank_correlation([1, 1, 1], [1, 2, 3]).value)
    assert np.isnan(rank_correlation([], []).value)
    three = rank_correlation([1, 2, 3], [1, 3, 2])
    assert three.value == pytest.approx(0.5)
    assert np.isnan(three.se)
    line = rank_correlation(np.arange(9), np.arange(9) ** 3)
    assert (line.value, line.low, line.high) == pytest.approx((1, 1, 1))


def test_bins_of_equal_number_hold_each_point_once():
    rng = np.random.default_rng(5)
    x, y = rng.random(97), rng.random(97)
    found = binned(x, y, 8)
    assert sum(one.points for one in found) == 97
    assert max(one.points for one in found) - min(one.points for one in found) <= 1
    for one in found:
        mine = (x >= one.low) & (x < one.high) if one is not found[-1] else x >= one.low
        assert one.y.value == pytest.approx(y[mine].mean())
        assert one.y.se == pytest.approx(y[mine].std(ddof=1) / np.sqrt(mine.sum()))
        assert one.x == pytest.approx(x[mine].mean())


def test_bins_of_given_edges_and_of_equal_x():
    found = binned([0, 1, 2, 5], [1, 2, 3, 4], [0, 1, 3, 4])
    assert [(one.low, one.high, one.points) for one in found] == [(0, 1, 1), (1, 3, 2)]
    same = binned([2, 2, 2], [1, 2, 3], 4)
    assert [(one.points, one.y.value) for one in same] == [(3, 2)]
    assert binned([], [], 3) == []


def test_torch_tensors_give_what_arrays_give():
    import torch

    x, y = np.arange(8.0), np.array([1, 3, 2, 5, 4, 7, 6, 9.0])
    assert trend(torch.tensor(x), torch.tensor(y)).slope == trend(x, y).slope


def test_wrong_arguments_are_told():
    with pytest.raises(ValueError, match="as long as one another"):
        trend([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="not be negative"):
        trend([1, 2], [1, 2], [1, -1])
    with pytest.raises(ValueError, match="fisher or bootstrap"):
        rank_correlation([1, 2], [1, 2], method="kendall")
    with pytest.raises(ValueError, match="rise"):
        binned([1, 2], [1, 2], [1, 1])
    with pytest.raises(ValueError, match="at least one bin"):
        binned([1, 2], [1, 2], 0)
