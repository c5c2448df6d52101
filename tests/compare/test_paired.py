"""Models on the same images: against numpy's covariance, statsmodels and simulations with known truth."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as their_mcnemar

from laionet.compare.accuracy import accuracy, class_recall, finish
from laionet.compare.paired import (
    combine,
    group_accuracy,
    hits_of,
    mcnemar,
    merge,
    model_difference,
    paired_recall,
    partial,
)


def alike(rng, label, recalls, models, together):
    """Outcomes of models that fail on the same images with probability ``together``."""
    shared = rng.random((len(label), 1))
    own = rng.random((len(label), models))
    draw = np.where(rng.random((len(label), 1)) < together, shared, own)
    return draw < recalls[label][:, None]


def test_the_covariance_is_that_of_numpy_where_nothing_is_missing():
    rng = np.random.default_rng(0)
    label = rng.integers(0, 4, 200)
    correct = alike(rng, label, np.array([0.2, 0.5, 0.7, 0.9]), 3, 0.6)
    found = paired_recall(correct, label, 5)
    for one in range(4):
        mine = correct[label == one].astype(float)
        np.testing.assert_allclose(found.recall[one], mine.mean(axis=0))
        np.testing.assert_allclose(found.covariance[one], np.cov(mine.T) / len(mine), atol=1e-14)
    assert np.isnan(found.recall[4]).all()


def test_one_model_alone_has_the_binomial_error():
    rng = np.random.default_rng(1)
    label, correct = rng.integers(0, 6, 300), rng.random((300, 2)).round()
    correct[rng.random((300, 2)) < 0.2] = np.nan
    found = combine(paired_recall(correct, label, 6), [1, 0])
    expected = accuracy(class_recall(correct[:, 0], label, 6), method="binomial")
    assert found.value == pytest.approx(expected.value)
    assert found.se == pytest.approx(expected.se)


def test_with_missing_predictions_the_covariance_is_that_of_the_influences():
    rng = np.random.default_rng(2)
    correct = rng.random((40, 3)).round()
    correct[rng.random((40, 3)) < 0.3] = np.nan
    found = paired_recall(correct, np.zeros(40, int), 1)
    n, recall = (~np.isnan(correct)).sum(axis=0), np.nanmean(correct, axis=0)
    influence = np.nan_to_num((correct - recall) / n) * np.sqrt(n / (n - 1))
    np.testing.assert_allclose(found.covariance[0], influence.T @ influence, atol=1e-14)


def test_the_mean_of_a_group_is_the_mean_of_its_images_means():
    rng = np.random.default_rng(3)
    label = np.repeat(np.arange(5), 30)
    correct = alike(rng, label, np.linspace(0.3, 0.9, 5), 4, 0.8)
    found = group_accuracy(paired_recall(correct, label, 5), [0, 2, 3])
    means = correct[:, [0, 2, 3]].mean(axis=1)
    variances = [means[label == one].var(ddof=1) / 30 for one in range(5)]
    assert found.value == pytest.approx(means.mean())
    assert found.se == pytest.approx(np.sqrt(sum(variances)) / 5)


@pytest.mark.parametrize("n", [2, 20])
def test_intervals_of_group_and_difference_hold_the_truth_where_models_fail_together(n):
    rng = np.random.default_rng(4)
    recalls, label = rng.uniform(0.3, 0.95, 40), np.repeat(np.arange(40), n)
    held = {"group": 0, "difference": 0, "as if apart": 0}
    for _ in range(800):
        found = paired_recall(alike(rng, label, recalls, 5, 0.9), label, 40)
        group = group_accuracy(found, range(5))
        apart = np.sqrt(sum(combine(found, np.eye(5)[i]).se ** 2 for i in range(5))) / 5
        difference = model_difference(found, 0, 1)
        held["group"] += group.low <= recalls.mean() <= group.high
        held["difference"] += difference.low <= 0 <= difference.high
        held["as if apart"] += abs(group.value - recalls.mean()) <= 1.96 * apart
    assert 0.93 <= held["group"] / 800 <= 0.975
    assert 0.93 <= held["difference"] / 800 <= 0.985
    assert held["as if apart"] / 800 < 0.8


def test_single_images_get_an_error_that_is_not_too_small():
    rng = np.random.default_rng(5)
    recalls, label = rng.uniform(0.3, 0.95, 60), np.arange(60)
    held = 0
    for _ in range(600):
        found = group_accuracy(paired_recall(alike(rng, label, recalls, 3, 0.7), label, 60), range(3))
        held += found.low <= recalls.mean() <= found.high
    assert held / 600 >= 0.94


def test_mcnemar_is_that_of_statsmodels():
    rng = np.random.default_rng(6)
    for n, missing in ((5, 0.0), (60, 0.2), (500, 0.1)):
        correct = (rng.random((n, 2)) < [0.5, 0.6]).astype(float)
        correct[rng.random((n, 2)) < missing] = np.nan
        both = ~np.isnan(correct).any(axis=1)
        a, b = correct[both].T.astype(bool)
        table = [[(a & b).sum(), (a & ~b).sum()], [(~a & b).sum(), (~a & ~b).sum()]]
        found = mcnemar(partial(correct, rng.integers(0, 3, n), 3), 0, 1)
        assert (found.only_a, found.only_b) == (table[0][1], table[1][0])
        assert found.p == pytest.approx(their_mcnemar(table, exact=True).pvalue)


def test_a_model_against_itself_does_not_differ():
    correct = np.array([[1.0, 1.0], [0, 0], [1, 1], [0, 0], [1, 1]])
    counts = partial(correct, np.zeros(5, int), 1)
    assert mcnemar(counts, 0, 1).p == 1
    found = model_difference(paired_recall(correct, np.zeros(5, int), 1), 0, 1)
    assert (found.value, found.se) == (0, 0)


def test_only_classes_that_all_models_have_count():
    correct = np.array([[1.0, 1], [1, 0], [0, np.nan], [0, np.nan]])
    found = paired_recall(correct, np.array([0, 0, 1, 1]), 2)
    assert model_difference(found, 0, 1).value == 0.5
    assert combine(found, [1, 0]).value == 0.5
    assert np.isnan(model_difference(paired_recall(correct[2:], np.array([0, 0]), 1), 0, 1).value)


def test_weights_are_over_classes():
    correct = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    found = paired_recall(correct, np.array([0, 0, 1, 1]), 3)
    assert model_difference(found, 0, 1, np.array([3, 1, 100])).value == pytest.approx(0.5)


@given(
    st.lists(st.tuples(st.integers(-1, 3), *[st.sampled_from([0.0, 1.0, np.nan])] * 2), max_size=40),
    st.integers(0, 40),
)
def test_parts_add_up_to_the_whole(rows, cut):
    label = np.array([r[0] for r in rows], dtype=int)
    correct = np.array([r[1:] for r in rows]).reshape(-1, 2)
    whole = partial(correct, label, 4)
    merged = merge([partial(correct[cut:], label[cut:], 4), partial(correct[:cut], label[:cut], 4)])
    for name in ("known", "hits", "both"):
        np.testing.assert_array_equal(getattr(merged, name), getattr(whole, name))
    alone = class_recall(correct[:, 1], label, 4)
    np.testing.assert_array_equal(finish(hits_of(whole, 1)).hits, alone.hits)


def test_torch_tensors_give_what_arrays_give():
    import torch

    rng = np.random.default_rng(7)
    correct, label = rng.random((30, 2)).round(), rng.integers(0, 2, 30)
    ours = paired_recall(torch.tensor(correct), torch.tensor(label), 2)
    np.testing.assert_array_equal(ours.covariance, paired_recall(correct, label, 2).covariance)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda found: paired_recall(np.ones(3), np.zeros(3, int), 1), "(n, models)"),
        (lambda found: combine(found, [1.0]), "one coefficient a model"),
        (lambda found: group_accuracy(found, []), "needs a model"),
        (lambda found: merge([]), "nothing to merge"),
    ],
)
def test_wrong_arguments_are_told(call, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        call(paired_recall(np.ones((3, 2)), np.zeros(3, int), 1))
