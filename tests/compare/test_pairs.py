"""Histograms of pair similarities: against the pair list made the long way."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from laionet.compare import products
from laionet.compare.histogram import (
    class_means,
    class_quantiles,
    combined,
    mean,
    merge,
    quantiles,
    shares,
    union,
    value_histogram,
)
from laionet.compare.pairs import DeviceCounter, HostCounter, cross_histogram, pair_histogram, resampled_pairs


def images(rng, n, d=24, shift=0.4):
    return (rng.standard_normal((n, d)) + shift * rng.standard_normal(d)).astype(np.float32)


def unit(x):
    x = np.asarray(x, dtype=np.float64)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def pair_list(x):
    return (unit(x) @ unit(x).T)[np.triu_indices(len(x), 1)]


def assert_counts_of(counts, values, edges):
    """Counts are those of the values, but for values within rounding of an edge, which may be beyond it."""
    at_most = np.searchsorted(np.sort(values), edges[1:-1] + 1e-6, side="left")
    at_least = np.searchsorted(np.sort(values), edges[1:-1] - 1e-6, side="left")
    reached = np.cumsum(counts)
    assert reached[-1] == len(values)
    assert (at_least <= reached[:-1]).all()
    assert (reached[:-1] <= at_most).all()


@pytest.fixture
def small_panels(monkeypatch):
    """Panels of 40 rows and blocks of 16, so that few images make many tiles."""
    from laionet.compare import pairs

    monkeypatch.setattr(products, "PANEL_NUMBERS", 40 * 24)
    for module in (products, pairs):
        monkeypatch.setattr(module, "HOST_BLOCK", 16)


@pytest.mark.parametrize("bins", [2048, 7, 1000])
def test_counts_are_those_of_the_pair_list(bins):
    rng = np.random.default_rng(0)
    x, label = images(rng, 1_500), np.repeat([0, 2, 3, 4], [2, 1, 600, 897])
    found = pair_histogram(x, label, 6, bins)
    assert found.counts.dtype == np.int64
    assert found.n.tolist() == [2, 0, 1, 600, 897, 0]
    assert found.pairs.tolist() == [n * (n - 1) // 2 for n in found.n]
    for one in (0, 3, 4):
        assert_counts_of(found.counts[one], pair_list(x[label == one]), found.edges)


@pytest.mark.usefixtures("small_panels")
@pytest.mark.parametrize("n", [0, 1, 2, 15, 16, 17, 39, 40, 41, 80, 137])
@pytest.mark.parametrize("threads", [1, 2])
def test_blocks_and_panels_of_any_size_count_each_pair_once(n, threads):
    x = images(np.random.default_rng(n), n)
    found = pair_histogram(x, np.zeros(n, int), 1, 64, threads=threads)
    assert_counts_of(found.counts[0], pair_list(x), found.edges)


@pytest.mark.usefixtures("small_panels")
@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-1, 3), max_size=150), st.integers(1, 5), st.integers(0, 5))
def test_parts_merge_to_the_whole(label, parts, seed):
    x, label = images(np.random.default_rng(seed), len(label)), np.array(label, dtype=int)
    whole = pair_histogram(x, label, 4, 64)
    merged = merge(pair_histogram(x, label, 4, 64, part=part, parts=parts) for part in range(parts))
    for name in ("edges", "counts", "n", "left_out"):
        np.testing.assert_array_equal(getattr(merged, name), getattr(whole, name))


def test_threads_change_nothing():
    x = images(np.random.default_rng(1), 1_300)
    one, three = (pair_histogram(x, np.zeros(1_300, int), threads=threads) for threads in (1, 3))
    np.testing.assert_array_equal(one.counts, three.counts)


@pytest.mark.usefixtures("small_panels")
def test_cross_pairs_are_those_of_two_datasets_in_one_class():
    rng = np.random.default_rng(2)
    a, b = images(rng, 130), images(rng, 90)
    of_a, of_b = rng.integers(0, 3, 130), rng.integers(1, 4, 90)
    found = cross_histogram(a, b, of_a, of_b, bins=64)
    for one in range(4):
        values = (unit(a[of_a == one]) @ unit(b[of_b == one]).T).ravel()
        assert_counts_of(found.counts[one], values, found.edges)
    assert found.n.tolist() == [0, *((of_a == one).sum() + (of_b == one).sum() for one in (1, 2)), 0]
    parts = [cross_histogram(a, b, of_a, of_b, bins=64, part=part, parts=3) for part in range(3)]
    np.testing.assert_array_equal(merge(parts).counts, found.counts)
    np.testing.assert_array_equal(merge(parts).n, found.n)


def test_a_class_spread_over_files_is_counted_file_by_file():
    rng = np.random.default_rng(3)
    x, label = images(rng, 300), rng.integers(0, 3, 300)
    x[5] = np.nan
    a, b, of_a, of_b = x[:120], x[120:], label[:120], label[120:]
    found = union(pair_histogram(a, of_a, 3), pair_histogram(b, of_b, 3), cross_histogram(a, b, of_a, of_b, 3))
    whole = pair_histogram(x, label, 3)
    np.testing.assert_array_equal(found.n, whole.n)
    np.testing.assert_array_equal(found.left_out, whole.left_out)
    for one in range(3):
        values = pair_list(x[(label == one) & np.isfinite(x[:, 0])])
        assert_counts_of(found.counts[one], values, found.edges)


def test_images_without_direction_are_left_out_and_counted():
    x, label = images(np.random.default_rng(4), 8), np.array([0, 0, 0, 0, 1, 1, 2, 2])
    x[0], x[1, 3], x[4], x[6, 0], x[7] = 0, np.nan, np.inf, -np.inf, 0
    found = pair_histogram(x, label)
    assert found.n.tolist() == [2, 1, 0]
    assert found.left_out.tolist() == [2, 1, 2]
    assert found.pairs.tolist() == [1, 0, 0]


def test_identical_and_opposite_images_are_in_the_outer_bins():
    rng = np.random.default_rng(5)
    x = np.repeat(images(rng, 300, 77), 2, axis=0)
    found = pair_histogram(x, np.repeat(np.arange(300), 2))
    assert found.counts[:, -1].tolist() == [1] * 300
    x[1::2] *= -3
    found = pair_histogram(x, np.repeat(np.arange(300), 2))
    assert found.counts[:, 0].tolist() == [1] * 300


@pytest.mark.parametrize("kind", ["float16", "float64", "tensor", "tensor float16", "tensor bfloat16"])
def test_other_arrays_give_what_their_numbers_give(kind):
    x, label = images(np.random.default_rng(6), 700), np.arange(700) % 2
    if kind.startswith("tensor"):
        other = torch.from_numpy(x).to(getattr(torch, kind.removeprefix("tensor").strip() or "float32"))
        plain, labels = other.float().numpy(), torch.from_numpy(label)
    else:
        other, labels = x.astype(kind), label
        plain = other.astype(np.float64)
    found = pair_histogram(other, labels)
    np.testing.assert_array_equal(found.counts, pair_histogram(plain, label).counts)
    assert found.pairs.tolist() == [350 * 349 // 2] * 2


def test_counting_on_a_device_is_counting_on_the_host():
    rng, bins = np.random.default_rng(7), 2048
    host = HostCounter(bins, map)
    x = (unit(images(rng, 1_100)) * host.scale).astype(np.float32)
    y = (unit(images(rng, 700)) * host.scale).astype(np.float32)
    device = DeviceCounter(bins, 256)
    on_device = torch.from_numpy(x)
    assert_counts_of(device.count(on_device, on_device), pair_list(x), np.linspace(-1, 1, bins + 1))
    crossed = device.count(on_device, torch.from_numpy(y))
    assert crossed.sum() == 1_100 * 700
    assert np.abs(np.cumsum(crossed - host.count(x, y))).max() <= 20  # pairs within rounding of one edge


def test_embeddings_on_disk_are_read_a_panel_at_a_time(tmp_path, monkeypatch):
    x, label = images(np.random.default_rng(8), 2_400), np.arange(2_400) % 2
    whole = pair_histogram(x, label)
    np.save(tmp_path / "x.npy", x)
    monkeypatch.setattr(products, "PANEL_NUMBERS", 1)  # panels of one block
    found = pair_histogram(np.load(tmp_path / "x.npy", mmap_mode="r"), label)
    np.testing.assert_array_equal(found.counts, whole.counts)


def test_values_are_counted_like_numpy_counts_them():
    rng = np.random.default_rng(9)
    values, label = rng.uniform(-1, 1, 5_000), rng.integers(-1, 3, 5_000)
    values[:4] = [-1, 1, 0.5, -0.25]
    values[4:6] = np.nan, np.inf
    found = value_histogram(values, label, 4, 64)
    for one in range(3):
        mine = values[(label == one) & np.isfinite(values)]
        np.testing.assert_array_equal(found.counts[one], np.histogram(mine, found.edges)[0])
        assert found.n[one] == len(mine)
        assert found.n[one] + found.left_out[one] == (label == one).sum()
    assert found.n[3] == found.left_out[3] == 0
    tensors = value_histogram(torch.from_numpy(values), torch.from_numpy(label), 4, 64)
    np.testing.assert_array_equal(tensors.counts, found.counts)
    assert value_histogram(np.array([1.002], np.float16), np.array([0]), bins=8).counts[0, -1] == 1


def test_every_class_weighs_the_same_over_all():
    values, label = np.array([0.5] * 9 + [-0.5]), np.array([0] * 9 + [1])
    found = value_histogram(values, label, 3, 4)
    assert combined(found).tolist() == [0, 0.5, 0, 0.5]
    assert shares(found)[0].tolist() == [0, 0, 0, 1]
    assert np.isnan(shares(found)[2]).all()
    assert mean(found) == pytest.approx(0.25)  # middles 0.75 and -0.25
    assert np.isnan(combined(value_histogram(np.zeros(0), np.zeros(0, int), 2))).all()


def test_means_and_quantiles_are_right_to_a_bin():
    rng = np.random.default_rng(10)
    x, label = images(rng, 240), np.repeat([0, 1], [80, 160])
    found = pair_histogram(x, label, 3, 256)
    at = [0.01, 0.25, 0.5, 0.9, 1]
    lists = [pair_list(x[label == one]) for one in (0, 1)]
    for one in (0, 1):
        assert abs(class_means(found)[one] - lists[one].mean()) <= found.width / 2
        raw = np.quantile(lists[one], at, method="inverted_cdf")
        assert (np.abs(class_quantiles(found, at)[one] - raw) <= found.width + 1e-6).all()
    assert np.isnan(class_quantiles(found, at)[2]).all()
    assert abs(mean(found) - np.mean([values.mean() for values in lists])) <= found.width / 2
    weights = np.concatenate([np.full(len(values), 0.5 / len(values)) for values in lists])
    raw = np.quantile(np.concatenate(lists), at, method="inverted_cdf", weights=weights)
    assert (np.abs(quantiles(found, at) - raw) <= found.width + 1e-6).all()


def test_resampled_pairs_are_drawn_as_the_paper_draws_them():
    rng = np.random.default_rng(11)
    x, label = images(rng, 263), np.repeat([0, 1, 2, 3, 4], [1, 2, 5, 105, 150])
    values, of = resampled_pairs(x, label, 6, seed=3)
    assert np.bincount(of, minlength=6).tolist() == [0, 1, 10, 100, 100, 0]
    for one in (1, 2, 3, 4):
        among = pair_list(x[label == one])
        assert all(np.abs(among - value).min() < 1e-9 for value in values[of == one])
    again, _ = resampled_pairs(x, label, 6, seed=3)
    np.testing.assert_array_equal(values, again)
    alone, _ = resampled_pairs(x[label == 4], np.full(150, 4), seed=3)
    np.testing.assert_array_equal(values[of == 4], alone)
    assert not np.array_equal(values, resampled_pairs(x, label, 6, seed=4)[0])
    assert len(resampled_pairs(np.zeros((3, 4)), np.zeros(3, int), seed=0)[0]) == 0


def test_each_pair_is_drawn_as_often_as_another():
    x = images(np.random.default_rng(12), 5)
    values, _ = resampled_pairs(x, np.zeros(5, int), per_class=10, seed=0)
    drawn = np.concatenate([resampled_pairs(x, np.zeros(5, int), seed=s)[0] for s in range(400)])
    counts = np.array([np.count_nonzero(np.abs(drawn - value) < 1e-9) for value in pair_list(x)])
    assert counts.sum() == 4_000
    assert ((counts - 400) ** 2 / 400).sum() < 27.9  # chi-square, 9 degrees, 0.1 %
    assert len(values) == 10


def test_what_does_not_fit_is_refused():
    x, label = np.ones((4, 3)), np.zeros(4, int)
    for call in (
        lambda: pair_histogram(x, label[:3]),
        lambda: pair_histogram(x[0], label[:3]),
        lambda: pair_histogram(x, label, bins=1),
        lambda: pair_histogram(x, label, bins=100_000),
        lambda: pair_histogram(x, label, part=2, parts=2),
        lambda: pair_histogram(x, label, threads=0),
        lambda: pair_histogram(x, label + 3, 3),
        lambda: cross_histogram(x, x[:, :2], label, label),
        lambda: value_histogram(np.array([1.5]), np.array([0])),
        lambda: value_histogram(x, label),
        lambda: merge([]),
        lambda: merge([pair_histogram(x, label), pair_histogram(x, label, bins=4)]),
        lambda: quantiles(pair_histogram(x, label), [1.5]),
    ):
        with pytest.raises(ValueError, match=r"\w{4}"):
            call()
