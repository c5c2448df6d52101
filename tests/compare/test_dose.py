"""Dose-response: the monotone curve, its band, tests of monotonicity, and the strengths that explain a gap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laionet.compare.dose import dose_response, monotone, monotonicity
from laionet.compare.estimate import Estimate, normal
from laionet.compare.explaining import explaining

DOSES = np.array([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])


def trials(rng, truth, n=20, sd=0.05):
    return np.repeat(DOSES, n), np.repeat(truth(DOSES), n) + sd * rng.standard_normal(len(DOSES) * n)


def best_monotone(mean, weights):
    """Independent: max over starts of min over ends of weighted means (Barlow et al. 1972)."""
    k = len(mean)

    def average(i, j):
        return np.average(mean[i : j + 1], weights=weights[i : j + 1])

    return [max(min(average(i, j) for j in range(at, k)) for i in range(at + 1)) for at in range(k)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.1, 9)), min_size=1, max_size=8))
def test_monotone_is_the_max_min_of_means(pairs):
    mean, weights = (np.array(one) for one in zip(*pairs, strict=True))
    np.testing.assert_allclose(monotone(mean, weights, True), best_monotone(mean, weights), atol=1e-9)
    np.testing.assert_allclose(monotone(mean, weights, False), -np.array(best_monotone(-mean, weights)), atol=1e-9)


def test_means_errors_and_direction():
    strength, value = trials(np.random.default_rng(0), lambda s: -0.2 * s)
    found = dose_response(strength, value)
    assert not found.rises
    assert found.count.tolist() == [20] * 6
    np.testing.assert_allclose(found.mean, value.reshape(6, 20).mean(axis=1))
    np.testing.assert_allclose(found.se, value.reshape(6, 20).std(axis=1, ddof=1) / np.sqrt(20))
    assert (np.diff(found.curve) <= 0).all()
    assert ((found.low <= found.curve) & (found.curve <= found.high)).all()
    assert found.at(0.3) == pytest.approx((found.curve[1] + found.curve[2]) / 2)
    assert np.isnan(found.at(1.1))


def test_the_band_holds_the_curve_as_often_as_it_says():
    held = []
    for seed in range(120):
        strength, value = trials(np.random.default_rng(seed), np.sqrt, n=15)
        found = dose_response(strength, value, replicates=300, seed=seed)
        held.append((found.low <= np.sqrt(DOSES)) & (np.sqrt(DOSES) <= found.high))
    assert 0.88 < np.mean(held) < 0.98  # percentiles of 15 values are a little short


def test_values_of_one_seed_are_resampled_together():
    rng = np.random.default_rng(1)
    shared = rng.standard_normal(20)
    strength = np.repeat(DOSES, 20)
    value = strength + np.tile(shared, 6) + 0.01 * rng.standard_normal(120)
    replicate = np.tile(np.arange(20), 6)
    found = dose_response(strength, value, replicate=replicate)
    # All move together: the spread of a difference of two doses is small, of each alone large.
    assert (found.drawn[:, 5] - found.drawn[:, 0]).std() < 0.02
    assert found.drawn[:, 0].std() == pytest.approx(shared.std() / np.sqrt(20), rel=0.1)
    apart = dose_response(strength, value)
    assert (apart.drawn[:, 5] - apart.drawn[:, 0]).std() > 0.1


def test_one_value_a_dose_with_its_error():
    found = dose_response(DOSES, DOSES**2, se=np.full(6, 0.01))
    np.testing.assert_allclose(found.curve, DOSES**2)
    assert found.drawn[:, 5].std() == pytest.approx(0.01, rel=0.1)
    assert np.isnan(found.sd).all()


def test_pairs_that_are_not_known_are_left_out_and_bad_ones_refused():
    found = dose_response([0, 0, 0, 1, 1, np.nan], [1, 2, np.nan, 3, 4, 5])
    assert found.count.tolist() == [2, 2]
    with pytest.raises(ValueError, match="two strengths"):
        dose_response([0, 0], [1, 2])
    with pytest.raises(ValueError, match="one value"):
        dose_response([0, 0, 1], [1, 2, 3])
    with pytest.raises(ValueError, match="as long as"):
        dose_response([0, 1], [1, 2, 3])
    with pytest.raises(ValueError, match="above 0"):
        dose_response([0, 1], [1, 2], se=[0.1, 0.0])


def test_a_rise_and_fall_speaks_against_monotone_a_slope_does_not():
    rng = np.random.default_rng(2)
    for truth, against in (
        (lambda s: s, False),
        (lambda s: np.minimum(s, 0.4), False),
        (lambda s: s * (1 - s), True),
    ):
        strength, value = trials(rng, truth)
        found = monotonicity(strength, value, dose_response(strength, value, rises=True))
        assert (found.p_against < 0.01) == against
        assert (found.against > 0.1) == against
    strength, value = trials(rng, lambda s: s)
    found = monotonicity(strength, value, dose_response(strength, value))
    assert found.tau > 0.7
    assert found.p_none < 1e-6


def test_the_test_against_monotone_holds_its_level_where_nothing_changes():
    p = []
    for seed in range(120):
        strength, value = trials(np.random.default_rng(seed), lambda s: 0 * s, n=40)
        response = dose_response(strength, value, rises=True, replicates=2)
        p.append(monotonicity(strength, value, response, draws=200, seed=seed).p_against)
    assert np.mean(np.array(p) < 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 120)
    assert np.mean(np.array(p) < 0.5) > 0.35  # and is not idle


def test_means_without_error_are_monotone_or_give_no_test():
    strength = np.repeat(DOSES, 3)
    for value, p in ((strength, 1.0), (strength * (1 - strength), np.nan)):
        found = monotonicity(strength, value, dose_response(strength, value, rises=True))
        assert found.p_against == pytest.approx(p, nan_ok=True)
        assert (found.against == 0) == (p == 1.0)


def test_a_gap_is_read_off_the_curve():
    response = dose_response(DOSES, -0.3 * DOSES, se=np.full(6, 1e-6))
    found = explaining(response, Estimate(-0.1, float("nan"), -0.12, -0.08))
    assert found.where == "within"
    assert found.strength == pytest.approx(1 / 3, abs=1e-3)
    assert (found.low, found.high) == pytest.approx((0.08 / 0.3, 0.12 / 0.3), abs=1e-3)
    assert (found.open_low, found.open_high, found.unlinked) == (False, False, False)


def test_the_interval_holds_the_strength_as_often_as_it_says():
    held = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        strength, value = trials(rng, np.sqrt, n=6, sd=0.08)
        response = dose_response(strength, value, replicates=100, seed=seed)
        gap = normal(np.sqrt(0.5) + 0.04 * rng.standard_normal(), 0.04)
        found = explaining(response, gap)
        held.append(found.low <= 0.5 <= found.high)
    # the curve is straight between 0.4 and 0.6, its root not: 0.002 apart
    assert abs(np.mean(held) - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 200) + 0.02


@pytest.mark.parametrize("sign", [1, -1])
def test_a_gap_beyond_the_strongest_is_said_to_be(sign):
    response = dose_response(DOSES, sign * 0.3 * DOSES, se=np.full(6, 0.001))
    found = explaining(response, normal(sign * 0.5, 0.02))
    assert found.where == "above"
    assert np.isnan(found.low)
    assert np.isnan(found.strength)
    assert explaining(response, normal(sign * -0.5, 0.02)).where == "below"
    near = explaining(response, normal(sign * 0.31, 0.02))  # beyond it, but not by more than its error
    assert near.where == "within"
    assert near.open_high
    assert np.isnan(near.strength)


def test_a_gap_of_nothing_needs_no_link():
    response = dose_response(DOSES, 0.3 * DOSES, se=np.full(6, 0.001))
    found = explaining(response, normal(0.005, 0.01))
    assert found.unlinked
    assert found.open_low
    assert found.high < 0.12


def test_a_flat_curve_gives_all_its_strengths():
    response = dose_response([-1.0, 0.0, 1.0, 2.0], [0.0, 1.0, 1.0, 2.0], se=np.full(4, 1e-9))
    found = explaining(response, Estimate(1.0, 0.0, 1.0, 1.0))
    assert (found.low, found.high) == pytest.approx((0.0, 1.0), abs=1e-3)
    assert found.strength == pytest.approx(0.5, abs=1e-3)


def test_a_gap_outside_its_interval_is_refused():
    response = dose_response(DOSES, DOSES, se=np.full(6, 0.1))
    with pytest.raises(ValueError, match="in its interval"):
        explaining(response, Estimate(0.5, 0.1, 0.6, 0.7))
