"""Power: against statsmodels and simulations of the tests themselves."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control, ttest_1samp
from scipy.stats import t as student
from statsmodels.stats.power import NormalIndPower, TTestIndPower, TTestPower
from statsmodels.stats.proportion import proportion_effectsize

from laionet.compare.power import Pooled, Recall, Rule, Similarity, detectable, needed, power_of, projection_sd


@pytest.mark.parametrize(("sd", "difference", "n"), [(0.05, 0.02, 200), (0.1, 0.3, 12), (0.05, 0.001, 50)])
def test_power_of_similarity_is_that_of_a_t_test_with_twice_the_spread(sd, difference, n):
    theirs = TTestIndPower().power(difference / (2 * sd), n, 0.05)
    assert power_of(Similarity(sd), difference, n) == pytest.approx(theirs, abs=1e-6)


def test_images_needed_are_those_of_statsmodels():
    for power in (0.5, 0.8, 0.95):
        exact = TTestIndPower().solve_power(0.02 / 0.1, None, 0.05, power)
        assert needed(Similarity(0.05), 0.02, power) == int(np.ceil(exact))
    n = needed(Similarity(0.05), 0.02)
    assert power_of(Similarity(0.05), 0.02, n) >= 0.8 > power_of(Similarity(0.05), 0.02, n - 1)


@pytest.mark.parametrize(
    "comparison",
    [Similarity(0.05, 0.08, 50), Recall(0.8), Recall(0.3, 40, True), Pooled(30, Similarity(0.1, rest=0.02))],
)
@pytest.mark.parametrize("rule", [Rule(), Rule(0.05, 500, 0.4)])
def test_what_can_be_seen_is_seen_with_the_power_asked_for(comparison, rule):
    found = detectable(comparison, 70, 0.8, rule)
    assert power_of(comparison, found, 70, rule) == pytest.approx(0.8, abs=1e-6)
    assert needed(comparison, found * 1.0001, 0.8, rule) <= 70 < needed(comparison, found * 0.98, 0.8, rule) + 1


def test_power_of_recall_is_that_of_statsmodels():
    for p, q, n in ((0.8, 0.7, 60), (0.5, 0.45, 400), (0.99, 0.9, 30)):
        theirs = NormalIndPower().power(proportion_effectsize(p, q), n, 0.05)
        assert power_of(Recall(p), p - q, n) == pytest.approx(theirs, abs=1e-12)
    unequal = NormalIndPower().power(proportion_effectsize(0.8, 0.9), 200, 0.05, ratio=50 / 200)
    assert power_of(Recall(0.8, 50, higher=True), 0.1, 200) == pytest.approx(unequal, abs=1e-12)


def test_power_of_recall_is_that_of_simulated_samples():
    rng, n, runs = np.random.default_rng(0), 120, 20_000
    a, b = (rng.binomial(n, p, runs) / n for p in (0.65, 0.8))
    z = 2 * (np.arcsin(np.sqrt(a)) - np.arcsin(np.sqrt(b))) * np.sqrt(n / 2)
    assert power_of(Recall(0.8), 0.15, n) == pytest.approx(np.mean(np.abs(z) > 1.959964), abs=0.02)


def test_pooled_power_is_that_of_one_sample_of_classes():
    theirs = TTestPower().power(0.02 / np.sqrt(0.03**2 + 8 * 0.05**2 / 40), 25, 0.05)
    assert power_of(Pooled(25, Similarity(0.05), between=0.03), 0.02, 40) == pytest.approx(theirs, abs=1e-6)
    rng = np.random.default_rng(1)
    sd = np.sqrt(0.03**2 + 8 * 0.05**2 / 40)
    p = ttest_1samp(rng.normal(0.02, sd, (20_000, 25)), 0, axis=1).pvalue
    assert np.mean(p < 0.05) == pytest.approx(theirs, abs=0.015)


def similarity_of(x):
    """Mean over pairs, and its jackknife error, of many samples (runs, n, d)."""
    n, total = x.shape[1], x.sum(1)
    square = np.sum(total**2, axis=1)
    along = np.einsum("rnd,rd->rn", x, total)
    without = (square[:, None] - 2 * along + 1 - (n - 1)) / ((n - 1) * (n - 2))
    return (square - n) / (n * (n - 1)), np.sqrt(
        (n - 1) / n * np.sum((without - without.mean(1)[:, None]) ** 2, axis=1)
    )


def draw(rng, shape, spread):
    x = np.eye(8)[0] + spread * rng.standard_normal((*shape, 8))
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def truth(rng, spread):
    x = draw(rng, (200_000,), spread)
    return float(np.sum(x.mean(0) ** 2)), float(np.std(x @ x.mean(0)))


def test_power_of_similarity_is_that_of_simulated_images():
    rng, n, n_b, runs = np.random.default_rng(2), 60, 30, 3000
    (mean_a, sd_a), (mean_b, sd_b) = truth(rng, 0.45), truth(rng, 0.35)
    (a, se_a), (b, se_b) = similarity_of(draw(rng, (runs, n), 0.45)), similarity_of(draw(rng, (runs, n_b), 0.35))
    se = np.hypot(se_a, se_b)
    degrees = se**4 / (se_a**4 / (n - 1) + se_b**4 / (n_b - 1))
    seen = np.mean(2 * student.sf(np.abs(a - b) / se, degrees) < 0.05)
    expected = power_of(Similarity(sd_a, sd_b, n_b), mean_a - mean_b, n)
    assert 0.3 < expected < 0.99
    assert seen == pytest.approx(expected, abs=0.04)
    # and the spread is found again from the errors
    assert np.sqrt(np.mean(projection_sd(se_a, n) ** 2)) == pytest.approx(sd_a, rel=0.05)


def test_variance_with_few_images_has_a_part_of_the_pairs():
    """Known by simulation: pairs of two of ten thousand images, and samples of eight of them."""
    rng, n, runs = np.random.default_rng(4), 8, 20_000
    mean, sd = truth(rng, 0.6)
    x, y = draw(rng, (200_000,), 0.6), draw(rng, (200_000,), 0.6)
    rest = float(np.var(np.sum(x * y, axis=1))) - 2 * sd**2
    seen, _ = similarity_of(draw(rng, (runs, n), 0.6))
    assert seen.mean() == pytest.approx(mean, abs=0.005)
    variance, degrees = Similarity(sd, rest=rest).variance(n)
    assert variance == pytest.approx(2 * seen.var(), rel=0.04)
    assert 8 * sd**2 / n < 0.9 * variance
    assert degrees == pytest.approx(2 * (n - 1))
    assert projection_sd(seen.std(), n, rest) == pytest.approx(sd, rel=0.04)
    assert projection_sd(0.1, 8, 10.0) == 0


def test_power_by_false_discovery_rate_is_that_of_simulated_classes():
    rng, tests, share, n = np.random.default_rng(3), 1000, 0.3, 200
    comparison, difference = Similarity(0.05), 0.025
    effect = difference / np.sqrt(8 * 0.05**2 / n)
    differs = np.arange(tests) < share * tests
    seen = []
    for _ in range(40):
        t = (rng.standard_normal(tests) + effect * differs) / np.sqrt(
            rng.chisquare(2 * n - 2, tests) / (2 * n - 2)
        )
        q = false_discovery_control(2 * student.sf(np.abs(t), 2 * n - 2))
        seen.append(np.mean(q[differs] < 0.05))
    assert power_of(comparison, difference, n, Rule(0.05, tests, share)) == pytest.approx(np.mean(seen), abs=0.015)


def test_the_level_by_false_discovery_rate_lies_between_bonferronis_and_alpha():
    assert Rule(0.05, 100, 0.0).level(0.8) == 0.05 / 100
    assert Rule(0.05, 100, 1.0).level(1.0) == pytest.approx(0.05)
    assert Rule(0.05, 1).level(0.1) == 0.05
    levels = [Rule(0.05, 100, share).level(0.8) for share in (0.1, 0.5, 0.9)]
    assert 0.0005 < levels[0] < levels[1] < levels[2] < 0.05
    assert power_of(Similarity(0.1), 0.0, 50, Rule(0.05, 100, 0.5)) < 0.01
    assert power_of(Similarity(0.1), 0.0, 50) == pytest.approx(0.05)


def test_where_no_number_of_images_is_enough_there_is_none():
    assert needed(Similarity(0.05, n_b=50), 0.01) is None
    assert needed(Pooled(20, Similarity(0.05), between=0.2), 0.01) is None
    assert detectable(Recall(0.05), 20) is None
    assert needed(Similarity(0.05), 1.9) < 10


def test_power_is_sure_for_differences_far_beyond_the_error():
    for n in (3, 10, 1000, 1_000_000):
        for sd in (0.001, 0.01):
            assert power_of(Similarity(sd), 1.5, n) == pytest.approx(1, abs=1e-6)


def test_what_cannot_be_asked_is_refused():
    for comparison, difference, n in (
        (Similarity(0.0), 0.1, 9),
        (Similarity(np.nan), 0.1, 9),
        (Similarity(0.1), 0.1, 1),
    ):
        with pytest.raises(ValueError, match=r"above 0|too few"):
            power_of(comparison, difference, n)
    with pytest.raises(ValueError, match="cannot differ"):
        power_of(Recall(0.2), 0.3, 50)
    with pytest.raises(ValueError, match="power of 1"):
        needed(Similarity(0.1), 0.1, 1.0)
    with pytest.raises(ValueError, match="difference of 0"):
        needed(Similarity(0.1), 0.0)
    with pytest.raises(ValueError, match="2 classes or more"):
        power_of(Pooled(1, Similarity(0.1)), 0.1, 50)
    with pytest.raises(ValueError, match="A rule needs"):
        Rule(0.05, 10, 1.2)
    assert np.isnan(projection_sd([np.nan, 0.1], [2, 4])).tolist() == [True, False]
