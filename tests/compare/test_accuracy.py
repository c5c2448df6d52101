"""Accuracy: against statsmodels, by hand, and the figures that the paper published."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from laionet.compare.accuracy import (
    Hits,
    accuracy,
    accuracy_difference,
    class_recall,
    finish,
    merge,
    partial,
    recall_variance,
    top_k_correct,
    wilson,
)


def test_wilson_is_that_of_statsmodels():
    n = np.array([1, 2, 7, 50, 1000, 50])
    hits = np.array([0, 2, 3, 50, 999, 0])
    low, high = wilson(hits, n, 0.9)
    theirs = proportion_confint(hits, n, alpha=0.1, method="wilson")
    np.testing.assert_allclose(low, theirs[0], atol=1e-12)
    np.testing.assert_allclose(high, theirs[1], atol=1e-12)


def test_a_class_without_images_has_no_recall_and_no_weight():
    recalls = class_recall(np.array([True, False]), np.array([2, 2]), 3)
    assert recalls.n.tolist() == [0, 0, 2]
    assert np.isnan(recalls.recall[:2]).all()
    assert accuracy(recalls, np.array([5.0, 1, 1])).value == 0.5
    assert np.isnan(accuracy(class_recall(np.zeros(0), np.zeros(0, int), 3)).value)


def test_no_prediction_leaves_the_denominator():
    recalls = class_recall(np.array([1.0, np.nan, 0.0, np.nan]), np.array([0, 0, 1, 1]), 2)
    assert recalls.n.tolist() == [1, 1]
    assert accuracy(recalls).value == 0.5


def test_weights_are_shares_of_the_classes_present():
    correct, label = np.array([1, 1, 0, 0, 1, 0]), np.array([0, 0, 1, 1, 1, 1])
    recalls = class_recall(correct, label, 3)
    assert accuracy(recalls).value == pytest.approx((1 + 0.25) / 2)
    assert accuracy(recalls, np.array([3, 1, 100])).value == pytest.approx((3 * 1 + 1 * 0.25) / 4)


def test_difference_is_over_common_classes_and_its_variance_adds_up():
    rng = np.random.default_rng(0)
    a = class_recall(rng.random(400) < 0.6, rng.integers(0, 5, 400), 6)
    b = class_recall(rng.random(300) < 0.8, rng.integers(1, 6, 300), 6)
    found = accuracy_difference(a, b)
    both = [1, 2, 3, 4]
    assert found.value == pytest.approx(np.mean(a.recall[both]) - np.mean(b.recall[both]))
    assert found.se == pytest.approx(np.sqrt(sum(a.se[i] ** 2 + b.se[i] ** 2 for i in both)) / 4)


def test_intervals_of_accuracy_hold_the_truth():
    rng = np.random.default_rng(1)
    truth, label = rng.uniform(0.3, 0.95, 24), np.repeat(np.arange(24), 40)
    held = 0
    for _ in range(400):
        found = accuracy(class_recall(rng.random(960) < truth[label], label, 24))
        held += found.low <= truth.mean() <= found.high
    assert 0.92 <= held / 400 <= 0.99


def test_top_k_looks_at_the_first_k():
    top = np.array([[3, 1], [-1, 2]])
    assert top_k_correct(top, np.array([1, 2]), 1).tolist() == [False, False]
    assert top_k_correct(top, np.array([1, 2]), 2).tolist() == [True, True]


def test_the_papers_published_figures(real_data):
    import pyarrow.parquet as pq

    from laionet.vocab import load_classes

    table = pq.read_table(real_data / "paper_imagenet_val_predictions.parquet")
    classes = load_classes()
    lines = (real_data / "paper_laionet_top50_counts.csv").read_text().splitlines()[1:]
    keys = {line.split(",")[1] for line in lines if line.startswith("all-mpnet")}
    wnid = table["wnid"].to_pylist()
    label = np.array([classes.index(w) if w in keys and w in classes else -1 for w in wnid])
    kept = label >= 0
    assert len(np.unique(label[kept])) == 977
    published = {
        ("vit-base-patch16-224", 1): (0.804245965119522, 0.0016771983464303189),
        ("vit-base-patch16-224", 5): (0.9547948835139974, 0.001043841816175789),
        ("clip-vit-base-patch32", 1): (0.5623950870010236, 0.0018907362553712056),
        ("clip-vit-base-patch32", 5): (0.8319549641760491, 0.001521476210694073),
    }
    for (model, k), (value, se) in published.items():
        correct = table[f"top_{k}_is_correct_{model}"].to_numpy().astype(float)
        found = accuracy(class_recall(correct[kept], label[kept], 1000))
        assert found.value == pytest.approx(value, abs=1e-12)
        assert found.se == pytest.approx(se, abs=1e-12)


def test_the_papers_standard_error_does_not_depend_on_the_level():
    correct, label = np.array([1, 0, 1, 1, 0]), np.array([0, 0, 1, 1, 1])
    assert accuracy(class_recall(correct, label, 2, 0.8)).se == accuracy(class_recall(correct, label, 2, 0.99)).se


def test_the_binomial_variance_is_that_of_a_sample_mean():
    rng = np.random.default_rng(2)
    label, correct = rng.integers(0, 4, 90), rng.random(90) < 0.7
    variance = recall_variance(class_recall(correct, label, 4), "binomial")
    expected = [correct[label == i].var(ddof=1) / (label == i).sum() for i in range(4)]
    np.testing.assert_allclose(variance, expected, rtol=1e-12)


def test_classes_of_one_image_get_the_variance_over_classes():
    outcomes = np.array([1, 1, 0, 1, 0, 1, 1, 1])
    alone = recall_variance(class_recall(outcomes, np.arange(8), 9), "binomial")
    np.testing.assert_allclose(alone[:8], outcomes.var(ddof=1), rtol=1e-12)
    assert np.isnan(alone[8])
    assert np.isnan(accuracy(class_recall(np.array([1]), np.array([0]), 1), method="binomial").se)


@pytest.mark.parametrize("n", [1, 2, 5, 50])
def test_the_binomial_interval_holds_the_truth_from_one_image_a_class_on(n):
    """And the paper's does so for large classes only, as docs/accuracy.md says."""
    rng = np.random.default_rng(3)
    truth, held = rng.beta(4, 1, 100), {"paper": 0, "binomial": 0}
    for _ in range(1500):
        recalls = finish(Hits(np.full(100, n), rng.binomial(n, truth)))
        for method in held:
            found = accuracy(recalls, method=method)
            held[method] += found.low <= truth.mean() <= found.high
    assert 0.93 <= held["binomial"] / 1500 <= (0.985 if n == 1 else 0.97)
    if n <= 2:
        assert held["paper"] / 1500 < 0.90
    if n == 50:
        assert 0.93 <= held["paper"] / 1500 <= 0.97


@given(
    st.lists(st.tuples(st.integers(-1, 4), st.sampled_from([0.0, 1.0, np.nan])), max_size=60), st.integers(0, 60)
)
def test_counts_of_parts_add_up_in_any_order(rows, cut):
    label, correct = np.array([r[0] for r in rows], dtype=int), np.array([r[1] for r in rows])
    parts = [partial(correct[:cut], label[:cut], 5), partial(correct[cut:], label[cut:], 5)]
    whole = partial(correct, label, 5)
    for merged in (merge(parts), merge(parts[::-1]), merge([merge(parts[:1]), parts[1]])):
        assert merged.n.tolist() == whole.n.tolist()
        assert merged.hits.tolist() == whole.hits.tolist()
    brute = [sum(1 for c, x in rows if c == i and x == 1) for i in range(5)]
    assert whole.hits.tolist() == brute
    assert whole.n.tolist() == [sum(1 for c, x in rows if c == i and x == x) for i in range(5)]


def test_torch_tensors_give_what_arrays_give():
    import torch

    rng = np.random.default_rng(4)
    correct, label = rng.random(50) < 0.5, rng.integers(0, 3, 50)
    ours = accuracy(class_recall(torch.tensor(correct), torch.tensor(label), 3))
    assert ours == accuracy(class_recall(correct, label, 3))
    half = torch.tensor(correct.astype(np.float16))
    assert ours == accuracy(class_recall(half, torch.tensor(label), 3))


def test_a_difference_weighted_by_frequencies_is_of_recalls_alone():
    a = class_recall(np.array([1, 1, 0, 0]), np.array([0, 0, 1, 1]), 3)
    b = class_recall(np.array([1, 0, 1, 0, 1]), np.array([0, 0, 1, 1, 2]), 3)
    found = accuracy_difference(a, b, np.array([3, 1, 50]))
    assert found.value == pytest.approx((3 * 0.5 - 0.5) / 4)
    assert accuracy_difference(a, a, np.array([3, 1, 50])).value == 0
    nothing = accuracy_difference(a, class_recall(np.array([1]), np.array([2]), 3))
    assert np.isnan([nothing.value, nothing.se]).all()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: class_recall(np.array([0.5]), np.array([0]), 1), "0 (wrong), 1 (right)"),
        (lambda: class_recall(np.array([1, 0]), np.array([0]), 1), "one label a row"),
        (lambda: class_recall(np.array([1]), np.array([3]), 3), "3 classes"),
        (lambda: class_recall(np.array([1]), np.array([0.5]), 3), "whole numbers"),
        (lambda: class_recall(np.ones((2, 2)), np.array([0, 1]), 3), "paired_recall"),
        (lambda: merge([]), "nothing to merge"),
        (lambda: accuracy(class_recall(np.array([1]), np.array([0]), 2), np.array([1.0])), "one weight a class"),
        (lambda: accuracy(class_recall(np.array([1]), np.array([0]), 1), np.array([-1.0])), "not negative"),
        (lambda: accuracy(class_recall(np.array([1]), np.array([0]), 1), method="wald"), "paper or binomial"),
    ],
)
def test_wrong_arguments_are_told(call, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        call()
