"""Intra-class similarity: against brute force, scipy's bootstrap, and populations whose truth is known."""

import numpy as np
import pytest
import torch
from scipy.stats import bootstrap, ttest_1samp, ttest_ind_from_stats
from scipy.stats import t as student
from statsmodels.stats.multitest import multipletests

from compare.populations import SHAPES, population, true_mean, unit
from laionet.compare.similarity import METHODS, intra_class, similarity_difference, to_text


def mean_of(x):
    return np.mean([x[i] @ x[j] for i in range(len(x)) for j in range(i)])


def test_mean_is_that_over_all_pairs():
    rng = np.random.default_rng(0)
    x, label = population(rng, 60), rng.integers(0, 4, 60)
    found = intra_class(x, label, 5)
    for one in range(4):
        assert found.mean[one] == pytest.approx(mean_of(x[label == one]), abs=1e-12)
    assert np.isnan(found.mean[4])


def test_jackknife_is_the_one_done_the_long_way():
    x = population(np.random.default_rng(1), 12)
    found = intra_class(x, np.zeros(12, int), method="jackknife")
    left = np.array([mean_of(np.delete(x, i, axis=0)) for i in range(12)])
    assert found.se[0] == pytest.approx(np.sqrt(11 / 12 * np.sum((left - left.mean()) ** 2)), rel=1e-10)
    assert (found.low[0] + found.high[0]) / 2 == pytest.approx(found.mean[0])


def test_variance_of_the_u_statistic_is_without_bias():
    rng = np.random.default_rng(2)
    big = population(rng, 3_000, clusters=3)
    drawn = [
        intra_class(big[rng.integers(0, 3_000, 12)], np.zeros(12, int), method="ustatistic") for _ in range(2_000)
    ]
    means, variances = np.array([d.mean[0] for d in drawn]), np.array([d.se[0] ** 2 for d in drawn])
    assert variances.mean() == pytest.approx(means.var(), rel=0.12)
    jackknife = [
        intra_class(big[rng.integers(0, 3_000, 12)], np.zeros(12, int), method="jackknife").se[0] ** 2
        for _ in range(500)
    ]
    assert np.mean(jackknife) > variances.mean()  # it counts the part of the pairs twice


def test_bca_is_scipys_bootstrap_over_images():
    x = population(np.random.default_rng(3), 25, clusters=3)

    def statistic(rows, axis=-1):
        rows = np.atleast_2d(rows.astype(int))
        total = x[rows].sum(axis=1)
        own = np.array([np.sum(np.bincount(row) ** 2) for row in rows])
        found = ((total**2).sum(axis=1) - own) / (rows.shape[1] ** 2 - own)
        return found if rows.shape[0] > 1 else found[0]

    theirs = bootstrap(
        (np.arange(25),), statistic, n_resamples=20_000, method="BCa", vectorized=True,
        rng=np.random.default_rng(4),
    )  # fmt: skip
    ours = intra_class(x, np.zeros(25, int), method="bca", replicates=20_000)
    width = theirs.confidence_interval.high - theirs.confidence_interval.low
    assert ours.se[0] == pytest.approx(theirs.standard_error, rel=0.03)
    assert ours.low[0] == pytest.approx(theirs.confidence_interval.low, abs=0.05 * width)
    assert ours.high[0] == pytest.approx(theirs.confidence_interval.high, abs=0.05 * width)


@pytest.mark.parametrize("n", [20, 70])
def test_paper_interval_is_that_of_independent_pairs(n):
    x = population(np.random.default_rng(5), n)
    pairs = (x @ x.T)[np.triu_indices(n, 1)]
    found = intra_class(x, np.zeros(n, int), method="paper")
    half = 1.96 * pairs.std() / np.sqrt(len(pairs) - 1)
    assert found.low[0] == pytest.approx(pairs.mean() - half, abs=1e-10)
    assert found.high[0] == pytest.approx(pairs.mean() + half, abs=1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_degenerate_classes_have_what_can_be_known(method):
    x = np.concatenate(
        [np.eye(1, 4), np.eye(2, 4), np.tile(np.eye(1, 4), (6, 1)), np.zeros((2, 4)), np.full((1, 4), np.nan)]
    )
    label = np.array([0, 1, 1, *[2] * 6, 3, 3, 4])
    found = intra_class(x, label, 6, method=method)
    assert found.n.tolist() == [1, 2, 6, 0, 0, 0]
    assert found.left_out.tolist() == [0, 0, 0, 2, 1, 0]
    np.testing.assert_array_equal(np.isfinite(found.mean), [False, True, True, False, False, False])
    assert found.mean[1] == pytest.approx(0)
    assert (found.mean[2], found.low[2], found.high[2]) == pytest.approx((1, 1, 1))
    assert np.isnan(found.low[[0, 3, 4, 5]]).all()


@pytest.mark.parametrize("method", METHODS)
def test_torch_gives_what_numpy_gives(method):
    x, label = population(np.random.default_rng(6), 80), np.arange(80) % 3
    ours = intra_class(x, label, method=method)
    theirs = intra_class(torch.from_numpy(x), torch.from_numpy(label), method=method)
    for name in ("mean", "se", "low", "high"):
        np.testing.assert_allclose(getattr(theirs, name), getattr(ours, name), rtol=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n", [12, 60])
def test_our_interval_holds_the_truth_and_the_papers_does_not(shape, n):
    rng = np.random.default_rng(7)
    big = population(rng, 20_000, **SHAPES[shape])
    truth, draws = true_mean(big), 500
    x = big[rng.integers(0, len(big), draws * n)]
    label = np.repeat(np.arange(draws), n)
    held = {
        method: float(np.mean((found.low <= truth) & (truth <= found.high)))
        for method in ("second-order", "paper")
        for found in [intra_class(x, label, draws, method=method)]
    }
    # 95 % and three standard errors of 500 draws, and one and a half points that the bar allows
    assert 0.95 - 0.015 - 0.03 <= held["second-order"] <= 0.95 + 0.015 + 0.03
    assert held["paper"] < 0.85


def test_similarity_to_a_text_is_a_mean_of_images():
    rng = np.random.default_rng(8)
    values, label = rng.normal(0.3, 0.05, 50), np.arange(50) % 3
    values[4] = np.nan
    found = to_text(values, label, 4)
    mine = values[(label == 0) & np.isfinite(values)]
    interval = ttest_1samp(mine, 0).confidence_interval(0.95)
    assert found.mean[0] == pytest.approx(mine.mean())
    assert (found.low[0], found.high[0]) == pytest.approx((interval.low, interval.high))
    assert found.left_out.tolist() == [0, 1, 0, 0]
    assert np.isnan(found.mean[3])


def test_intervals_are_welchs_and_p_is_of_the_smaller_dataset():
    rng = np.random.default_rng(4)
    label = np.repeat(np.arange(6), 30)
    a = intra_class(population(rng, 180, spread=1.4), label, 6)
    b = intra_class(population(rng, 90, spread=1.0), label[::2], 6)
    found = similarity_difference(a, b)
    t = ttest_ind_from_stats(a.mean, a.se * np.sqrt(30), 30, b.mean, b.se * np.sqrt(15), 15, equal_var=False)
    half = student.ppf(0.975, _satterthwaite(a, b)) * found.se
    np.testing.assert_allclose(found.high - found.difference, half, rtol=1e-9)
    np.testing.assert_allclose(found.p, 2 * student.sf(np.abs(t.statistic), 14), rtol=1e-9)
    np.testing.assert_allclose(found.q, multipletests(found.p, method="fdr_bh")[1], rtol=1e-9)
    assert (found.q >= found.p).all()
    assert found.lower == 6
    assert found.below == 1
    assert found.pooled.high < 0
    assert found.fixed.se == pytest.approx(np.sqrt(np.sum(found.se**2)) / 6)


def _satterthwaite(a, b):
    v, w = a.se**2, b.se**2
    return (v + w) ** 2 / (v**2 / (a.n - 1) + w**2 / (b.n - 1))


def test_no_difference_is_found_where_there_is_none():
    rng = np.random.default_rng(5)
    label = np.repeat(np.arange(40), 15)
    false, any_class, wrong = 0, 0, {"pooled": 0, "fixed": 0}
    for _ in range(200):
        a, b = (intra_class(population(rng, 600), label, 40) for _ in range(2))
        found = similarity_difference(a, b)
        false += found.lower + found.higher
        any_class += found.lower + found.higher > 0
        for name in wrong:
            estimate = getattr(found, name)
            wrong[name] += not estimate.low <= 0 <= estimate.high
    assert any_class / 200 <= 0.05 + 0.045  # at q = 0.05 any discovery under the null is a false one
    assert false / (200 * 40) <= 0.01
    assert all(count / 200 <= 0.1 for count in wrong.values())


def test_equal_datasets_of_equal_images_do_not_differ():
    same = np.tile(unit(np.ones((1, 5))), (8, 1))
    one = intra_class(same, np.zeros(8, int))
    found = similarity_difference(one, one)
    assert found.p.tolist() == [1.0]
    assert (found.low[0], found.high[0]) == pytest.approx((0, 0), abs=1e-7)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="paper"):
        intra_class(np.ones((4, 3)), np.zeros(4, int), 1, method="exact")
    with pytest.raises(ValueError, match="one class list"):
        similarity_difference(intra_class(np.eye(3), [0, 0, 0]), intra_class(np.eye(3), [0, 0, 1]))
