"""Spread of true gaps: against statsmodels' meta-analysis and simulations with known spread."""

import numpy as np
import pytest
from statsmodels.stats.meta_analysis import combine_effects

from laionet.compare.accuracy import Hits, finish
from laionet.compare.gaps import recall_gaps
from laionet.compare.spread import shrink, spread

METHODS = ("moments", "dersimonian-laird", "paule-mandel")


@pytest.mark.parametrize(
    ("ours", "theirs", "true"),
    [
        ("dersimonian-laird", "dl", 0.0),
        ("dersimonian-laird", "dl", 0.02),
        ("dersimonian-laird", "dl", 1.0),
        ("paule-mandel", "pm", 0.0),
        ("paule-mandel", "pm", 0.02),  # for larger ones statsmodels' iteration leaves off at 0
    ],
)
def test_tau2_is_that_of_statsmodels(ours, theirs, true):
    rng = np.random.default_rng(0)
    v = rng.uniform(0.01, 0.2, 40)
    y = rng.normal(0.1, np.sqrt(true + v))
    expected = combine_effects(y, v, method_re=theirs, atol=1e-12, maxiter=500).tau2
    assert spread(y, v, method=ours, draws=0).true == pytest.approx(max(expected, 0), abs=1e-7)


def test_moments_are_the_variance_less_the_mean_noise():
    y, v = np.array([0.1, -0.3, 0.5, np.nan, 0.2]), np.array([0.01, 0.02, 0.03, 0.01, np.nan])
    found = spread(y, v, draws=0)
    assert found.classes == 3
    assert found.true == pytest.approx(np.var([0.1, -0.3, 0.5], ddof=1) - 0.02)
    assert found.noise_share == pytest.approx(0.02 / np.var([0.1, -0.3, 0.5], ddof=1))


@pytest.mark.parametrize("true", [0.0, 0.05, 1.0, 1e4])
def test_paule_and_mandels_q_is_its_expectation(true):
    rng = np.random.default_rng(6)
    v = rng.uniform(0.01, 0.2, 40)
    y = rng.normal(0.1, np.sqrt(true + v))
    w = 1 / (v + spread(y, v, method="paule-mandel", draws=0).true)
    q = np.sum(w * (y - np.average(y, weights=w)) ** 2)
    assert q <= 39 if true == 0 else q == pytest.approx(39)


@pytest.mark.parametrize(
    ("method", "within"), [("moments", 0.004), ("dersimonian-laird", 0.012), ("paule-mandel", 0.008)]
)
def test_the_true_spread_is_found_in_recalls(method, within):
    """Two datasets whose recalls truly differ by normal(-0.1, 0.08) over classes."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(30):
        b = rng.uniform(0.5, 0.8, 300)
        a = b + rng.normal(-0.1, 0.08, 300)
        gaps = recall_gaps(*(finish(Hits(np.full(300, n), rng.binomial(n, p))) for n, p in ((30, a), (50, b))))
        found.append(
            spread(gaps.gap, gaps.variance if method == "moments" else gaps.smoothed, method=method, draws=0).sd
        )
    assert np.mean(found) == pytest.approx(0.08, abs=within)


def test_the_interval_holds_the_true_spread():
    rng = np.random.default_rng(2)
    held = 0
    for i in range(200):
        v = rng.uniform(0.002, 0.01, 150)
        found = spread(rng.normal(0, np.sqrt(0.01 + v)), v, draws=200, seed=i)
        held += found.sd_low <= 0.1 <= found.sd_high
    assert 0.9 <= held / 200 <= 0.99


def test_pure_noise_has_no_spread_and_all_gaps_shrink_to_one():
    rng = np.random.default_rng(3)
    v = np.full(500, 0.01)
    y = rng.normal(0.2, 0.1, 500)
    found = spread(y, v)
    assert found.sd < 0.05
    assert found.sd_low == 0
    none = shrink(y, v, 0.0)
    np.testing.assert_allclose(none.mean, y.mean())


def test_shrunken_gaps_are_nearer_the_truth_and_their_intervals_hold():
    rng = np.random.default_rng(4)
    v = rng.uniform(0.001, 0.05, 2000)
    truth = rng.normal(-0.1, 0.1, 2000)
    y = rng.normal(truth, np.sqrt(v))
    found = shrink(y, v, spread(y, v, draws=0).true)
    assert np.mean((found.mean - truth) ** 2) < 0.6 * np.mean((y - truth) ** 2)
    assert 0.935 <= np.mean((found.low <= truth) & (truth <= found.high)) <= 0.965
    assert found.centre == pytest.approx(-0.1, abs=0.01)
    # The top of the ranking is of larger true gaps than the top of the raw ones.
    raw = np.argsort(-np.abs(y - y.mean()))[:50]
    assert np.abs(truth[found.order[:50]] + 0.1).mean() > np.abs(truth[raw] + 0.1).mean()


def test_the_order_is_from_the_largest_and_leaves_unknown_out():
    found = shrink(np.array([0.0, 0.5, np.nan, -0.9, 0.1]), np.full(5, 0.01), 0.1)
    assert found.order.tolist()[0] == 3
    assert sorted(found.order.tolist()) == [0, 1, 3, 4]
    distance = np.abs(found.mean - found.centre)[found.order]
    assert (np.diff(distance) <= 0).all()
    assert np.isnan(found.mean[2])


def test_a_noisy_gap_ranks_behind_a_sure_one():
    found = shrink(np.array([0.9, 0.5, 0.0, 0.0, 0.0]), np.array([1.0, 1e-4, 1e-4, 1e-4, 1e-4]), 0.04)
    assert found.order[0] == 1


def test_the_same_seed_gives_the_same_interval():
    rng = np.random.default_rng(5)
    y, v = rng.normal(0, 1, 20), np.full(20, 0.1)
    assert spread(y, v, seed=3) == spread(y, v, seed=3)
    assert spread(y, v, seed=3) != spread(y, v, seed=4)


@pytest.mark.parametrize("method", METHODS)
def test_few_or_equal_gaps(method):
    assert np.isnan(spread([], [], method=method).true)
    assert np.isnan(spread([0.1], [0.1], method=method).true)
    same = spread([0.1, 0.1], [0.1, 0.1], method=method)
    assert (same.true, same.sd_high) == (0, 0)
    assert np.isnan(same.noise_share)


def test_wrong_arguments_are_told():
    with pytest.raises(ValueError, match="choose one of"):
        spread([0.1], [0.1], method="reml")
    with pytest.raises(ValueError, match=r"RecallGaps\.smoothed"):
        spread([0.1, 0.2], [0.0, 0.1], method="paule-mandel")
    with pytest.raises(ValueError, match="one variance a gap"):
        spread([0.1, 0.2], [0.1])
    with pytest.raises(ValueError, match="above 0"):
        shrink([0.1], [0.0], 0.1)
