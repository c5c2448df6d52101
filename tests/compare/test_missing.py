"""Missing images: against statsmodels, scipy, brute force, and simulations whose truth is known."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency
from scipy.stats.contingency import association
from statsmodels.stats.proportion import proportion_confint, proportions_chisquare

from laionet.compare.accuracy import accuracy, class_recall
from laionet.compare.bounds import (
    difference_bounds,
    mean_bounds,
    mean_difference_bounds,
    quantile_of_bounds,
    tipping_point,
)
from laionet.compare.missing import loss_by_class, share_lost
from laionet.compare.reweighting import (
    class_strata,
    finish,
    inverse_weights,
    merge,
    partial,
    reweighted_mean,
    reweighted_similarity,
)
from laionet.compare.similarity import intra_class
from laionet.compare.worst_case import pair_range, recall_bounds, similarity_bounds


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def mean_of_pairs(x):
    return float(np.mean((x @ x.T)[np.triu_indices(len(x), 1)]))


# shares and the test over classes


def test_shares_by_stage_and_class_have_wilsons_interval():
    lost, total = np.array([[3, 0, 0], [10, 5, 0]]), np.array([[10, 5, 0], [10, 9, 7]])
    found = share_lost(lost, total, 0.9)
    low, high = proportion_confint(lost[total > 0], total[total > 0], alpha=0.1, method="wilson")
    np.testing.assert_allclose(found.low[total > 0], low, atol=1e-12)
    np.testing.assert_allclose(found.high[total > 0], high, atol=1e-12)
    assert np.isnan(found.share[0, 2])
    assert found.share[1, 0] == 1
    with pytest.raises(ValueError, match="lost <= total"):
        share_lost([3], [2])
    with pytest.raises(ValueError, match="whole numbers"):
        share_lost([0.5], [2])


@pytest.mark.parametrize("seed", range(3))
def test_dependence_on_class_is_that_of_scipy_and_statsmodels(seed):
    rng = np.random.default_rng(seed)
    total = np.r_[rng.integers(1, 60, 12), 0]
    lost = rng.binomial(total, 0.3)
    some = total > 0
    found = loss_by_class(lost, total)
    theirs = proportions_chisquare(lost[some], total[some])
    assert found.statistic == pytest.approx(theirs[0])
    assert found.p == pytest.approx(theirs[1])
    table = np.stack([lost, total - lost])[:, some]
    g = chi2_contingency(table, lambda_="log-likelihood", correction=False)
    ours = loss_by_class(lost, total, statistic="g")
    assert (ours.statistic, ours.degrees) == (pytest.approx(g.statistic), g.dof)
    assert ours.p == pytest.approx(g.pvalue)
    assert found.cramers_v == pytest.approx(association(table, method="cramer"))
    assert found.smallest_expected == pytest.approx(g.expected_freq.min())
    assert found.cramers_v_corrected <= found.cramers_v


def test_drawn_p_is_that_of_all_tables_and_repeats():
    lost, total = np.array([3, 0, 1]), np.array([4, 3, 5])

    def value(of):
        table = np.stack([of, total - of])
        expected = np.outer(table.sum(1), total) / total.sum()
        return np.sum((table - expected) ** 2 / expected)

    rows = np.repeat(np.arange(3), total)
    tables = [np.bincount(rows[list(pick)], minlength=3) for pick in itertools.combinations(range(12), 4)]
    exact = np.mean([value(of) >= value(lost) - 1e-9 for of in tables])
    found = loss_by_class(lost, total, draws=20_000, seed=5)
    assert found.p == pytest.approx(exact, abs=0.015)
    assert found == loss_by_class(lost, total, draws=20_000, seed=5)


def test_no_loss_all_lost_or_one_class_test_nothing():
    for lost, total in (([0, 0], [5, 6]), ([5, 6], [5, 6]), ([1, 0], [3, 0]), ([], [])):
        found = loss_by_class(np.array(lost, int), np.array(total, int))
        assert np.isnan([found.statistic, found.p, found.cramers_v]).all()
    with pytest.raises(ValueError, match="pearson or g"):
        loss_by_class([1], [2], statistic="fisher")


def test_the_corrected_v_is_about_zero_where_nothing_depends_on_class():
    rng = np.random.default_rng(2)
    total = np.full(200, 20)
    found = [loss_by_class(rng.binomial(total, 0.2), total) for _ in range(100)]
    assert np.mean([f.cramers_v for f in found]) > 0.2
    assert np.mean([f.cramers_v_corrected for f in found]) < 0.04
    assert np.mean([f.p < 0.05 for f in found]) < 0.13


# bounds


def test_recall_bounds_are_all_fillings_in():
    hits, seen, missing = np.array([2, 0, 3, 0]), np.array([3, 0, 3, 0]), np.array([2, 2, 0, 0])
    found = recall_bounds(hits, seen, missing)
    for one in range(3):
        filled = [
            (hits[one] + sum(right)) / (seen[one] + missing[one])
            for right in itertools.product((0, 1), repeat=int(missing[one]))
        ]
        assert (found.low[one], found.high[one]) == (min(filled), max(filled))
    assert np.isnan([found.low[3], found.high[3], found.point[3], found.point[1]]).all()
    assert found.unknown[:3].tolist() == [0.4, 1.0, 0.0]


def test_without_missing_the_bounds_are_the_estimates_of_accuracy():
    rng = np.random.default_rng(3)
    label = np.repeat(np.arange(5), [1, 2, 30, 200, 40])
    recalls = class_recall(rng.random(len(label)) < 0.7, label, 5)
    found = recall_bounds(recalls.hits, recalls.n, np.zeros(5, int))
    for ours, theirs in ((found.low, recalls.recall), (found.interval_low, recalls.low)):
        np.testing.assert_allclose(ours, theirs, atol=1e-9)
    for weights in (None, recalls.n):
        ours, theirs = mean_bounds(found, weights), accuracy(recalls, weights)
        assert float(ours.low) == float(ours.high) == pytest.approx(theirs.value)
        assert float(ours.interval_low) == pytest.approx(theirs.low, abs=1e-9)
        assert float(ours.interval_high) == pytest.approx(theirs.high, abs=1e-9)


def test_quantile_solves_imbens_and_mansks_equation():
    from scipy.stats import norm, t

    width, se = np.array([0, 0.01, 0.1, 5, 0.0]), np.array([0.1, 0.02, 0.05, 0.1, 0.0])
    c = quantile_of_bounds(width, se, 0.95)
    assert c[0] == pytest.approx(norm.ppf(0.975))
    assert c[3] == pytest.approx(norm.ppf(0.95))
    inner = slice(1, 4)
    far = width[inner] / se[inner]
    np.testing.assert_allclose(norm.cdf(c[inner] + far) - norm.cdf(-c[inner]), 0.95, atol=1e-12)
    assert quantile_of_bounds(0.0, 0.1, 0.9, 7) == pytest.approx(t.ppf(0.95, 7))
    assert np.isnan(quantile_of_bounds(np.nan, 0.1))


@pytest.mark.parametrize(("right_of_missing", "gone"), [(0.0, 0.1), (1.0, 0.1), (0.0, 0.01), (0.5, 0.3)])
def test_intervals_hold_the_truth_whatever_the_missing_are(right_of_missing, gone):
    rng = np.random.default_rng(4)
    seen_right, n, runs = 0.75, 60, 3000
    missing = rng.binomial(n, gone, runs)
    hits = rng.binomial(n - missing, seen_right)
    found = recall_bounds(hits, n - missing, missing)
    truth = (1 - gone) * seen_right + gone * right_of_missing
    held = np.mean((found.interval_low <= truth) & (truth <= found.interval_high))
    assert held >= 0.935
    naive = recall_bounds(hits, n - missing, np.zeros(runs, int))
    if gone > 0.05 and right_of_missing != 0.5:
        assert np.mean((naive.interval_low <= truth) & (truth <= naive.interval_high)) < held


def test_means_of_bounds_weigh_classes_and_leave_out_empty_ones():
    found = recall_bounds(np.array([1, 0, 4]), np.array([2, 0, 4]), np.array([2, 0, 4]))
    equal, weighed = mean_bounds(found), mean_bounds(found, np.array([4.0, 9, 8]))
    assert float(equal.low) == pytest.approx((0.25 + 0.5) / 2)
    assert float(equal.high) == pytest.approx((0.75 + 1) / 2)
    assert float(weighed.low) == pytest.approx((4 * 0.25 + 8 * 0.5) / 12)
    assert float(weighed.point) == pytest.approx((4 * 0.5 + 8 * 1.0) / 12)
    empty = mean_bounds(recall_bounds(np.zeros(2, int), np.zeros(2, int), np.zeros(2, int)))
    assert np.isnan([empty.low, empty.point, empty.interval_high]).all()
    with pytest.raises(ValueError, match="equal weights"):
        mean_bounds(found, np.ones(3), drawn=True)
    with pytest.raises(ValueError, match="0 or more"):
        mean_bounds(found, np.array([1, -1, 1]))


def test_differences_bring_bounds_against_each_other():
    a = recall_bounds(np.array([5, 3]), np.array([10, 4]), np.array([2, 1]))
    b = recall_bounds(np.array([8, 2]), np.array([9, 5]), np.array([1, 0]))
    found = difference_bounds(a, b)
    np.testing.assert_allclose(found.low, [5 / 12 - 9 / 10, 3 / 5 - 2 / 5])
    np.testing.assert_allclose(found.high, [7 / 12 - 8 / 10, 4 / 5 - 2 / 5])
    mean = mean_difference_bounds(a, b)
    assert float(mean.low) == pytest.approx(found.low.mean())
    assert float(mean.interval_low) < float(mean.low) < float(mean.point) < float(mean.high)
    drawn = mean_difference_bounds(a, b, drawn=True)
    assert float(drawn.se_low) == pytest.approx(np.std(found.low, ddof=1) / np.sqrt(2))


def test_assumed_order_replaces_one_bound_by_the_figure_of_the_seen():
    counts = np.array([6, 0]), np.array([8, 0]), np.array([4, 3])
    free = recall_bounds(*counts)
    not_above, not_below = (recall_bounds(*counts, missing_are=of) for of in ("not_above", "not_below"))
    assert (not_above.low[0], not_above.high[0]) == (free.low[0], 0.75)
    assert (not_below.low[0], not_below.high[0]) == (0.75, free.high[0])
    assert (not_above.low[1], not_above.high[1]) == (0, 1)
    similar = similarity_bounds([0.6], [0.02], [10], [5], missing_are="not_above")
    assert similar.high[0] == 0.6
    assert similar.se_high[0] == 0.02
    with pytest.raises(ValueError, match="not_below"):
        recall_bounds(*counts, missing_are="worse")


@settings(max_examples=60, deadline=None)
@given(n=st.integers(0, 6), m=st.integers(0, 5), seed=st.integers(0, 1000))
def test_similarity_bounds_hold_for_any_missing_images(n, m, seed):
    rng = np.random.default_rng(seed)
    x = unit(rng.standard_normal((n, 3)) + 0.8)
    mean = mean_of_pairs(x) if n > 1 else np.nan
    found = similarity_bounds([mean], [0.01], [n], [m])
    if n + m < 2:
        assert np.isnan(found.low[0])
        return
    wide = similarity_bounds([mean], [0.01], [n], [m], reach=(-1, 1))
    assert wide.low[0] <= found.low[0] + 1e-12
    assert found.high[0] <= wide.high[0] + 1e-12
    s = x.sum(0)
    along = s / np.linalg.norm(s) if n else np.eye(3)[0]
    tries = [unit(rng.standard_normal((m, 3))) for _ in range(20)] + [
        np.tile(along, (m, 1)),
        -np.tile(along, (m, 1)),
    ]
    for y in tries:
        whole = mean_of_pairs(np.concatenate([x, y]))
        assert found.low[0] - 1e-9 <= whole <= found.high[0] + 1e-9
    assert mean_of_pairs(np.concatenate([x, np.tile(along, (m, 1))])) == pytest.approx(found.high[0])


def test_the_low_bound_is_reached():
    """Missing vectors that together are the opposite of the seen; two of them, at the right angle."""
    x = unit(np.random.default_rng(0).standard_normal((2, 2)) + 0.5)
    s = x.sum(0)
    length = np.linalg.norm(s)
    across = np.array([-s[1], s[0]]) / length
    half = -s / 2
    y = np.stack([half + across * np.sqrt(1 - half @ half), half - across * np.sqrt(1 - half @ half)])
    whole = mean_of_pairs(np.concatenate([x, y]))
    found = similarity_bounds([mean_of_pairs(x)], [0.1], [2], [2])
    assert whole == pytest.approx(found.low[0]) == pytest.approx(-1 / 3)


def test_the_known_share_of_pairs_is_exact():
    x = unit(np.random.default_rng(1).standard_normal((9, 4)) + 1)
    mean = mean_of_pairs(x[:6])
    found = similarity_bounds([mean], [0.02], [6], [3], reach=(0.1, 0.9))
    pairs = [(i, j) for i, j in itertools.combinations(range(9), 2)]
    known = [x[i] @ x[j] for i, j in pairs if j < 6]
    for end, bound in ((0.1, found.low[0]), (0.9, found.high[0])):
        assert bound == pytest.approx((sum(known) + end * (len(pairs) - len(known))) / len(pairs))
    assert found.unknown[0] == pytest.approx(1 - len(known) / len(pairs))
    nothing = similarity_bounds([mean], [0.02], [6], [0], reach=(0.1, 0.9))
    assert nothing.low[0] == nothing.high[0] == mean
    assert nothing.se_low[0] == pytest.approx(0.02)
    with pytest.raises(ValueError, match="first must not be above"):
        similarity_bounds([mean], [0.02], [6], [3], reach=(0.9, 0.1))


@pytest.mark.parametrize("missing_is", ["along", "against"])
def test_intervals_of_similarity_hold_the_truth(missing_is):
    """Images are lost with probability 0.15; the lost are another population, the worst that there is."""
    rng = np.random.default_rng(6)
    d, n, gone, runs, held, naive = 6, 50, 0.15, 300, 0, 0
    centre = np.eye(d)[0]
    other = centre if missing_is == "along" else -centre

    def draw(k):
        lost = rng.random(k) < gone
        x = unit(centre + 0.6 * rng.standard_normal((k, d)))
        return np.where(lost[:, None], other, x), lost

    many, _ = draw(400_000)
    truth = float(np.sum(many.mean(0) ** 2))
    for _ in range(runs):
        x, lost = draw(n)
        seen = intra_class(x[~lost], np.zeros((~lost).sum(), int), 1)
        found = similarity_bounds(seen.mean, seen.se, seen.n, [lost.sum()])
        held += found.interval_low[0] <= truth <= found.interval_high[0]
        naive += seen.low[0] <= truth <= seen.high[0]
    assert held / runs >= 0.92
    assert naive / runs < 0.7


@pytest.mark.parametrize("kind", ["float64", "float16", "torch"])
def test_range_of_pairs_by_brute_force(kind):
    rng = np.random.default_rng(7)
    x = rng.standard_normal((40, 5)).astype("float16" if kind == "float16" else "float64")
    label = np.r_[np.zeros(20, int), np.full(17, 2), 3, -1, 3]
    x[3], x[39] = 0, np.nan
    given_ = x
    if kind == "torch":
        torch = pytest.importorskip("torch")
        given_ = torch.from_numpy(x)
    low, high = pair_range(given_, label, 5)
    for one in (0, 2):
        mine = unit(x[(label == one) & (np.arange(40) != 3)].astype(float))
        pairs = (mine @ mine.T)[np.triu_indices(len(mine), 1)]
        assert (low[one], high[one]) == (pytest.approx(pairs.min()), pytest.approx(pairs.max()))
    assert np.isnan(low[[1, 3, 4]]).all()
    assert np.isnan(high[[1, 3, 4]]).all()


def test_range_of_pairs_over_several_blocks(monkeypatch):
    monkeypatch.setattr("laionet.compare.worst_case._BLOCK", 6)
    x = np.random.default_rng(8).standard_normal((33, 5))
    mine = unit(x)
    pairs = (mine @ mine.T)[np.triu_indices(33, 1)]
    low, high = pair_range(x, np.zeros(33, int), 1)
    assert (low[0], high[0]) == (pytest.approx(pairs.min()), pytest.approx(pairs.max()))


# tipping points


def test_at_the_tipping_point_the_difference_is_zero():
    a = recall_bounds(np.array([50, 60]), np.array([80, 90]), np.array([20, 10]))
    b = recall_bounds(np.array([40, 50]), np.array([90, 95]), np.array([10, 5]))
    found = tipping_point(a, b)
    assert found.difference == pytest.approx(np.mean(a.point - b.point))
    shares = np.mean(a.unknown + b.unknown)
    assert found.shift == pytest.approx(found.difference / shares) or found.shift == float("inf")
    assert found.worst == pytest.approx(np.mean(a.low - b.high))

    def filled(shift):
        lower = [(h + m * max(0, h / n - shift)) / (n + m) for h, n, m in ((50, 80, 20), (60, 90, 10))]
        upper = [(h + m * min(1, h / n + shift)) / (n + m) for h, n, m in ((40, 90, 10), (50, 95, 5))]
        return np.mean(lower) - np.mean(upper)

    if np.isfinite(found.shift):
        assert filled(found.shift) == pytest.approx(0, abs=1e-9)
    assert filled(1.0) == pytest.approx(found.worst)
    assert 0 <= found.shift_to_doubt < found.shift


def test_tipping_meets_the_bound_of_one_class_and_goes_on_in_the_other():
    a = recall_bounds(np.array([2, 90]), np.array([100, 100]), np.array([100, 100]))
    b = recall_bounds(np.array([10, 40]), np.array([100, 100]), np.array([0, 0]))
    found = tipping_point(a, b, sides="a")
    # Class 0 can lose no more than 0.01, class 1 loses half of the shift.
    assert found.shift == pytest.approx(2 * (2 * found.difference - 0.01))
    assert tipping_point(b, a, sides="b").shift == pytest.approx(found.shift)


def test_small_losses_cannot_turn_a_large_difference():
    a = recall_bounds(np.array([95, 0]), np.array([100, 0]), np.array([1, 4]))
    b = recall_bounds(np.array([5, 3]), np.array([100, 4]), np.array([1, 0]))
    found = tipping_point(a, b)
    assert found.shift == found.shift_to_doubt == float("inf")
    assert found.worst > 0
    assert (found.classes, found.left_out) == (1, 1)
    equal = tipping_point(a, a)
    assert (equal.difference, equal.shift) == (0, 0)
    assert tipping_point(b, a).difference == pytest.approx(-found.difference)
    with pytest.raises(ValueError, match="both, a or b"):
        tipping_point(a, b, sides="c")


def test_tipping_of_similarity_stops_at_what_vectors_can_do():
    a = similarity_bounds([0.7, 0.6], [0.01, 0.01], [40, 40], [10, 10])
    b = similarity_bounds([0.5, 0.5], [0.01, 0.01], [40, 40], [0, 0])
    found = tipping_point(a, b)
    assert found.worst == pytest.approx(np.mean(a.low - b.high))
    moved = np.mean(np.maximum(a.low, a.point - found.shift * a.unknown) - b.point)
    assert moved == pytest.approx(0, abs=1e-9)


# weights


def population(rng, n):
    """Loss depends on the stratum, and so does what is measured; by class the truth is known."""
    label = rng.integers(0, 3, n)
    easy = rng.random(n) < np.array([0.2, 0.5, 0.8])[label]
    right = rng.random(n) < np.where(easy, 0.9, 0.4)
    seen = rng.random(n) < np.where(easy, 0.9, 0.3)
    return label, easy, right, seen


TRUTH = np.array([0.2, 0.5, 0.8]) * 0.9 + np.array([0.8, 0.5, 0.2]) * 0.4


def test_weights_by_stratum_undo_a_loss_that_depends_on_it():
    rng, held, off, naive = np.random.default_rng(9), 0, [], []
    for _ in range(400):
        label, easy, right, seen = population(rng, 900)
        weights = inverse_weights(class_strata(label, easy, np.array([0.5])), seen)
        found = reweighted_mean(np.where(seen, right, np.nan), label, weights, 3)
        held += (found.low <= TRUTH) & (found.high >= TRUTH)
        off.append(found.value - TRUTH)
        naive.append(found.naive - TRUTH)
    assert (held / 400 > 0.92).all()
    assert (held / 400 < 0.98).all()
    assert np.abs(np.mean(off, axis=0)).max() < 0.008
    assert np.abs(np.mean(naive, axis=0)).min() > 0.06


def test_weighted_means_are_those_of_the_formula():
    label, stratum = np.zeros(8, int), np.array([0, 0, 0, 1, 1, 1, 1, 2])
    seen = np.array([1, 1, 0, 1, 0, 0, 0, 0], bool)
    value = np.array([1.0, 0.0, np.nan, 1.0, np.nan, 5, 6, 7])
    weights = inverse_weights(stratum, seen)
    assert weights.weight.tolist() == [1.5, 1.5, 0, 4, 0, 0, 0, 0]
    assert weights.uncovered == 1
    found = reweighted_mean(value, label, weights, 2)
    assert found.value[0] == pytest.approx(np.average(value[seen], weights=weights.weight[seen]))
    assert found.naive[0] == pytest.approx(2 / 3)
    mean = (3 * 0.5 + 4 * 1) / 7
    # the stratum of which one was seen takes the variance of the other, 0.5
    variance = (3 / 7) ** 2 * 0.5 / 2 + (4 / 7) ** 2 * 0.5 / 1
    variance += (3 / 7 * (0.5 - mean) ** 2 + 4 / 7 * (1 - mean) ** 2) / 7
    assert found.se[0] == pytest.approx(np.sqrt(variance))
    assert found.uncovered.tolist() == [1, 0]
    assert np.isnan([found.value[1], found.naive[1], found.se[1]]).all()
    with pytest.raises(ValueError, match="two classes"):
        reweighted_mean(value, np.arange(8) % 2, weights, 2)
    with pytest.raises(ValueError, match="no value"):
        reweighted_mean(np.full(8, np.nan), label, weights, 1)
    with pytest.raises(ValueError, match="one of each"):
        inverse_weights(stratum, seen[:-1])


def test_sums_of_parts_add_up_to_those_of_the_whole():
    rng = np.random.default_rng(13)
    label, easy, right, seen = population(rng, 500)
    stratum = class_strata(label, easy, np.array([0.5]))
    whole = reweighted_mean(right, label, inverse_weights(stratum, seen), 4)
    cuts = [slice(0, 7), slice(7, 7), slice(7, 300), slice(300, 500)]
    parts = [partial(right[c], seen[c], stratum[c], 12) for c in cuts]
    class_of = np.arange(12) // 3
    for found in (finish(merge(parts), class_of, 4), finish(merge([merge(parts[2:]), *parts[:2]]), class_of, 4)):
        np.testing.assert_allclose(found.value, whole.value)
        np.testing.assert_allclose(found.se, whole.se)
        np.testing.assert_array_equal(found.uncovered, whole.uncovered)
    with pytest.raises(ValueError, match="numbered from 0 to 3"):
        partial(right, seen, stratum, 4)


def test_strata_are_class_and_bin():
    label, value = np.array([0, 0, 1, 1, 1]), np.array([0.1, 0.5, 0.5, 0.9, np.nan])
    found = class_strata(label, value, np.array([0.5, 0.8]))
    assert found.tolist() == [0, 1, 5, 6, 7]
    with pytest.raises(ValueError, match="ascend"):
        class_strata(label, value, np.array([0.5, 0.5]))


def test_equal_weights_are_the_plain_mean_of_pairs():
    rng = np.random.default_rng(10)
    x, label = unit(rng.standard_normal((60, 8)) + 0.5), rng.integers(0, 3, 60)
    found, plain = (
        reweighted_similarity(x, label, np.full(60, 2.5), 4),
        intra_class(x, label, 4, method="jackknife"),
    )
    np.testing.assert_allclose(found.value, plain.mean)
    np.testing.assert_allclose(found.naive, plain.mean)
    np.testing.assert_allclose(found.se, plain.se)


@pytest.mark.parametrize("kind", ["numpy", "torch", "float16"])
def test_weighted_similarity_by_brute_force(kind):
    rng = np.random.default_rng(11)
    x, w = rng.standard_normal((12, 4)).astype(np.float16).astype(float), rng.uniform(0.5, 3, 12)
    label = np.zeros(12, int)

    def brute(rows):
        y, v = unit(x[rows]), w[rows]
        top = sum(v[i] * v[j] * (y[i] @ y[j]) for i, j in itertools.combinations(range(len(rows)), 2))
        return top / sum(v[i] * v[j] for i, j in itertools.combinations(range(len(rows)), 2))

    given_ = x.astype(np.float16) if kind == "float16" else x
    if kind == "torch":
        given_ = pytest.importorskip("torch").from_numpy(x)
    found = reweighted_similarity(given_, label, w, 1)
    assert found.value[0] == pytest.approx(brute(list(range(12))))
    without = np.array([brute([i for i in range(12) if i != left]) for left in range(12)])
    assert found.se[0] == pytest.approx(np.sqrt(11 / 12 * np.sum((without - without.mean()) ** 2)))


def test_degenerate_classes_have_no_weighted_similarity():
    x = np.array([[1.0, 0], [1, 0], [1, 0], [0, 1], [0, 0], [np.nan, 1], [1, 1], [1, 2]])
    label = np.array([0, 0, 0, 1, 1, 1, 2, 2])
    found = reweighted_similarity(x, label, np.arange(1, 9), 4)
    assert (found.value[0], found.se[0]) == (pytest.approx(1), pytest.approx(0))
    assert np.isnan(found.value[[1, 3]]).all()
    assert found.value[2] == pytest.approx(3 / np.sqrt(10))
    assert np.isnan(found.se[2])
    with pytest.raises(ValueError, match="above 0"):
        reweighted_similarity(x, label, np.zeros(8), 4)


def test_weighted_similarity_undoes_a_loss_that_depends_on_the_stratum():
    rng, d, off, naive, held = np.random.default_rng(12), 8, [], [], 0
    centres = np.eye(d)[:2]

    def draw(n):
        side = (rng.random(n) < 0.5).astype(int)
        return side, unit(centres[side] + 0.3 * rng.standard_normal((n, d)))

    truth = float(np.sum(draw(400_000)[1].mean(0) ** 2))
    for _ in range(300):
        side, x = draw(120)
        seen = rng.random(120) < np.where(side == 0, 0.9, 0.25)
        weight = inverse_weights(side, seen).weight[seen]
        found = reweighted_similarity(x[seen], np.zeros(seen.sum(), int), weight, 1)
        off.append(found.value[0] - truth)
        naive.append(found.naive[0] - truth)
        held += found.low[0] <= truth <= found.high[0]
    assert abs(np.mean(off)) < 0.01
    assert np.mean(naive) > 0.08
    assert held / 300 > 0.92
