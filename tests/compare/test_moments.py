"""Moments of a class: against the two-way layout solved by least squares, and the same however data is cut."""

from dataclasses import fields

import numpy as np
import pytest
import torch

from compare.populations import population
from laionet.compare.moments import (
    SAMPLE,
    finish,
    merge_spreads,
    merge_sums,
    moments,
    pair_variance,
    partial_spreads,
    partial_sums,
)


def two_way(x):
    """Mean, effects and residuals of k_ij = m + a_i + a_j + e_ij over i < j, by least squares."""
    n = len(x)
    i, j = np.triu_indices(n, 1)
    k = np.einsum("ij,ij->i", x[i], x[j])
    design = np.zeros((len(k), n))
    design[np.arange(len(k)), i] = design[np.arange(len(k)), j] = 1
    both = np.linalg.lstsq(design, k, rcond=None)[0]  # a_i + m / 2
    mean = k.mean()
    return mean, both - mean / 2, (i, j, k - design @ both)


def test_moments_are_those_of_the_two_way_layout():
    x = population(np.random.default_rng(0), 14, clusters=3)
    mean, a, (i, j, e) = two_way(x)
    found = moments(x, np.zeros(14, int), 1)
    assert found.mean[0] == pytest.approx(mean, abs=1e-12)
    assert found.effects[0] == pytest.approx(np.sum(a**2) / 13, rel=1e-9)
    assert found.skew[0] == pytest.approx(np.mean(a**3), rel=1e-9)
    assert found.rest[0] == pytest.approx(np.sum(e**2) / (14 * 11 / 2), rel=1e-4)  # the sample is single precision
    assert found.mixed[0] == pytest.approx(np.mean(a[i] * a[j] * e), rel=1e-8)


def test_variance_of_pairs_is_without_bias():
    rng = np.random.default_rng(1)
    big = population(rng, 2_000)
    k = big @ big.T
    row = k.mean(axis=1)
    truth = np.mean((k - row[:, None] - row + k.mean()) ** 2)
    found = [pair_variance(big[rng.integers(0, 2_000, 8)]) for _ in range(4_000)]
    assert np.mean(found) == pytest.approx(truth, abs=4 * np.std(found) / np.sqrt(4_000) + 0.002 * truth)


@pytest.mark.parametrize("parts", [1, 2, 5])
def test_parts_merge_to_the_whole(parts):
    rng = np.random.default_rng(2)
    x, label = population(rng, 400), rng.integers(-1, 3, 400)
    x[17] = np.nan
    cuts = [0, *np.sort(rng.choice(np.arange(1, 400), parts - 1, replace=False)), 400]
    pieces = list(zip(cuts[:-1], cuts[1:], strict=True))
    sums = merge_sums([partial_sums(x[i:j], label[i:j], 4, first_row=i) for i, j in pieces])
    found = finish(sums, merge_spreads([partial_spreads(x[i:j], label[i:j], sums) for i, j in pieces]))
    whole = moments(x, label, 4)
    for f in fields(whole):
        np.testing.assert_allclose(getattr(found, f.name), getattr(whole, f.name), rtol=1e-9, atol=1e-15)
    assert all(len(sample) <= SAMPLE for sample in sums.sample)
    assert found.left_out.sum() == int(label[17] >= 0)


def test_merging_is_associative():
    rng = np.random.default_rng(3)
    x, label = population(rng, 300), rng.integers(0, 2, 300)
    a, b, c = (partial_sums(x[i : i + 100], label[i : i + 100], 2, first_row=i) for i in (0, 100, 200))
    left, right = merge_sums([merge_sums([a, b]), c]), merge_sums([a, merge_sums([b, c])])
    np.testing.assert_allclose(left.total, right.total, rtol=1e-12)
    for one in range(2):
        np.testing.assert_array_equal(left.order[one], right.order[one])
        np.testing.assert_array_equal(left.sample[one], right.sample[one])


def test_torch_and_half_precision_and_mapped_arrays_are_read_alike(tmp_path):
    x = population(np.random.default_rng(4), 90).astype(np.float32)
    label = np.arange(90) % 4
    plain = moments(x, label, 4)
    np.save(tmp_path / "x.npy", x)
    for other in (torch.from_numpy(x), np.load(tmp_path / "x.npy", mmap_mode="r")):
        found = moments(other, torch.from_numpy(label), 4)
        np.testing.assert_allclose(found.mean, plain.mean, atol=5e-7)
        np.testing.assert_allclose(found.effects, plain.effects, rtol=1e-4)
    exact = moments(x.astype(np.float64), label, 4)  # single precision is summed as such
    np.testing.assert_allclose(plain.mean, exact.mean, atol=2e-7)
    np.testing.assert_allclose(plain.effects, exact.effects, rtol=1e-5)
    half = moments(x.astype(np.float16), label, 4)
    np.testing.assert_allclose(half.mean, plain.mean, atol=1e-3)
    assert (half.left_out == 0).all()


def test_length_makes_no_difference_however_large_or_small():
    x = population(np.random.default_rng(5), 40)
    scale = np.resize([1.0, 1e-180, 1e170, 3.0], 40)[:, None]
    np.testing.assert_allclose(
        moments(x * scale, np.zeros(40, int), 1).mean, moments(x, np.zeros(40, int), 1).mean, rtol=1e-12
    )


def test_what_has_no_direction_is_left_out_and_counted():
    x = population(np.random.default_rng(6), 30)
    broken = x.copy()
    broken[3], broken[11, 2], broken[20, 0] = 0, np.nan, np.inf
    found = moments(broken, np.zeros(30, int), 2)
    kept = moments(np.delete(x, [3, 11, 20], axis=0), np.zeros(27, int), 2)
    assert found.left_out.tolist() == [3, 0]
    assert found.n.tolist() == [27, 0]
    assert found.mean[0] == pytest.approx(kept.mean[0], abs=1e-12)
    assert np.isnan(found.mean[1])


@pytest.mark.parametrize(
    ("labels", "n_classes", "message"),
    [
        ([0, 1], 2, "one label a row"),
        ([0, 0.5, 1], 2, "whole numbers"),
        (["a", "b", "c"], 2, "whole numbers"),
        ([0, 1, 2], 2, "numbered from 0"),
    ],
)
def test_labels_that_cannot_be_are_refused(labels, n_classes, message):
    with pytest.raises(ValueError, match=message):
        moments(np.eye(3), np.array(labels), n_classes)
