"""Trends in selection frequency: against statsmodels and scipy, and simulations whose answer is known."""

import numpy as np
import pytest
import statsmodels.api as sm
import torch
from scipy.stats import ttest_1samp, wilcoxon

from laionet.compare.frequency import (
    apart,
    known_frequency,
    significant_shares,
    significantly,
    versions_at_least,
    versions_in_bins,
    within_class_trend,
)
from laionet.compare.similarity import intra_class, similarity_difference

V2 = np.array([0.73, 0.85, 0.93])


def test_versions_of_imagenet_v2_are_known_by_their_names():
    for name in ("b", "ImageNetV2-b", "imagenetv2-matched-frequency-format-val", "V2_b", "imagenet-v2 b"):
        assert known_frequency(name) == 0.73
    assert known_frequency("imagenetv2-threshold0.7") == 0.85
    assert known_frequency("imagenetv2-top-images") == 0.93
    assert known_frequency("bb") is None
    assert known_frequency("") is None


def test_slope_and_its_test_are_those_of_a_line_through_each_class():
    rng = np.random.default_rng(0)
    values = rng.normal(0.5, 0.1, (40, 1)) + 0.3 * V2 + rng.normal(0, 0.05, (40, 3))
    found = within_class_trend(values, V2)
    slopes = [np.polyfit(V2, row, 1)[0] for row in values]
    np.testing.assert_allclose(found.slopes, slopes)
    test = ttest_1samp(slopes, 0)
    assert found.p == pytest.approx(test.pvalue)
    assert (found.slope.low, found.slope.high) == pytest.approx(tuple(test.confidence_interval()))
    assert found.p_signed_rank == pytest.approx(wilcoxon(slopes).pvalue)
    assert found.pooled.value == pytest.approx(found.slope.value)  # all classes have the same versions
    assert found.classes == 40
    assert found.rising == np.mean(np.array(slopes) > 0)


def test_pooled_slope_is_least_squares_with_a_level_for_each_class_and_errors_clustered_by_class():
    rng = np.random.default_rng(1)
    f = rng.uniform(0.3, 1, (25, 4))
    values = rng.normal(0, 1, (25, 1)) - 0.5 * f + rng.normal(0, 0.2, (25, 4))
    values[rng.random(values.shape) < 0.2] = np.nan
    known = np.isfinite(values)
    found = within_class_trend(values, f)
    number = np.repeat(np.arange(25), 4).reshape(25, 4)[known]
    design = np.column_stack([f[known], np.eye(25)[number]])
    fit = sm.OLS(values[known], design).fit(
        cov_type="cluster", cov_kwds={"groups": number, "use_correction": False}, use_t=True
    )
    assert found.pooled.value == pytest.approx(fit.params[0])
    used = (known.sum(axis=1) > 1).sum()
    assert found.pooled.se == pytest.approx(fit.bse[0] * np.sqrt(used / (used - 1)))


def test_errors_that_versions_share_do_not_make_the_test_call_what_is_not_there():
    """Versions share most images, so their errors within a class are alike; the test holds its level."""
    rng = np.random.default_rng(2)
    called = []
    for _ in range(600):
        values = rng.normal(0, 0.1, (60, 1)) + rng.normal(0, 0.05, (60, 1)) + rng.normal(0, 0.01, (60, 3))
        called.append(within_class_trend(values, V2).p < 0.05)
    assert abs(np.mean(called) - 0.05) < 0.025


def test_trend_of_similarity_is_found_in_simulated_versions_and_only_there():
    rng = np.random.default_rng(3)
    for tightening, found_it in ((0.0, False), (1.0, True)):
        means = []
        label = np.repeat(np.arange(40), 30)
        centres = rng.standard_normal((40, 16))
        for f in V2:
            spread = 1.2 - tightening * (f - 0.73)
            x = centres[label] + spread * rng.standard_normal((len(label), 16))
            means.append(intra_class(x, label).mean)
        found = within_class_trend(np.stack(means, axis=1), V2)
        assert (found.p < 1e-4 and found.slope.low > 0) == found_it
        assert (found.p > 0.01) != found_it


def test_a_reference_shifts_no_slope():
    rng = np.random.default_rng(4)
    values, reference = rng.random((30, 3)), rng.random((30, 1))
    np.testing.assert_allclose(
        within_class_trend(reference - values, V2).slope.value, -within_class_trend(values, V2).slope.value
    )


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (np.zeros((0, 3)), 0),
        (np.full((4, 3), np.nan), 0),
        (np.array([[0.1, np.nan, np.nan]]), 0),
        (np.array([[0.1, 0.2, 0.3]]), 1),
    ],
)
def test_too_few_classes_have_no_test(values, classes):
    found = within_class_trend(values, V2)
    assert found.classes == classes
    assert np.isnan(found.p)
    assert np.isnan(found.slope.low)


def test_versions_of_one_frequency_have_no_slope_and_equal_slopes_no_doubt():
    assert within_class_trend(np.random.default_rng(5).random((9, 3)), [0.7, 0.7, 0.7]).classes == 0
    flat = within_class_trend(np.full((9, 3), 0.25), V2)
    assert flat.slope.value == 0
    assert flat.p == 1
    assert flat.p_signed_rank == 1
    with pytest.raises(ValueError, match="frequency fit it"):
        within_class_trend(np.zeros((4, 3)), [0.1, 0.2])


def simulated(spread, seed, classes=60, n=25):
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(classes), n)
    centres = np.random.default_rng(7).standard_normal((classes, 12))
    return intra_class(centres[label] + spread * rng.standard_normal((len(label), 12)), label)


def test_shares_are_those_of_the_counts_and_their_trend_is_that_of_the_marks():
    found = similarity_difference(simulated(1.0, 0), simulated(0.75, 1))
    shares = significant_shares(found)
    assert shares.lower.value == found.lower / found.judged
    assert shares.lower.low < shares.lower.value < shares.lower.high
    marks = significantly(found, "lower")
    assert np.nansum(marks) == found.lower
    assert np.nansum(significantly(found, "higher")) == found.higher
    with pytest.raises(ValueError, match="no side"):
        significantly(found, "above")
    none = significant_shares(similarity_difference(simulated(1.0, 0, 2, 1), simulated(1.0, 1, 2, 1)))
    assert none.judged == 0
    assert np.isnan(none.lower.value)


def test_distance_of_equal_datasets_is_zero_on_average_whatever_their_noise():
    distances = [
        np.nanmean(apart(similarity_difference(simulated(1.0, 2 * i), simulated(1.0, 2 * i + 1))))
        for i in range(30)
    ]
    squares = [
        np.nanmean(similarity_difference(simulated(1.0, 2 * i), simulated(1.0, 2 * i + 1)).difference ** 2)
        for i in range(30)
    ]
    assert abs(np.mean(distances)) < 0.2 * np.mean(squares)


def test_versions_by_threshold_are_nested_and_take_what_reaches_it():
    f = np.array([0.7, 0.1 * 7, 0.69, np.nan, 1.0])
    low, high = versions_at_least(f, (0.7, 0.9))
    assert low.rows.tolist() == [0, 1, 4]
    assert high.rows.tolist() == [4]


def test_bins_part_each_class_evenly_from_the_least_frequent_up():
    rng = np.random.default_rng(8)
    label, f = rng.integers(-1, 6, 400), np.round(rng.random(400), 1)
    f[:5] = np.nan
    parts = versions_in_bins(f, label, 3, seed=1)
    together = np.sort(np.concatenate([part.rows for part in parts]))
    assert together.tolist() == np.flatnonzero((label >= 0) & np.isfinite(f)).tolist()
    for one in range(6):
        counts = [int((label[part.rows] == one).sum()) for part in parts]
        assert max(counts) - min(counts) <= 1
        ordered = [np.sort(f[part.rows][label[part.rows] == one]) for part in parts]
        assert all(a[-1] <= b[0] for a, b in zip(ordered, ordered[1:], strict=False))
        means = [part.frequency(f, label, 6)[one] for part in parts]
        assert means == pytest.approx([part.mean() for part in ordered])
    again = versions_in_bins(torch.tensor(f), torch.tensor(label), 3, seed=1)
    assert all(np.array_equal(a.rows, b.rows) for a, b in zip(parts, again, strict=True))
    with pytest.raises(ValueError, match="two bins"):
        versions_in_bins(f, label, 1)


def test_classes_of_few_images_leave_later_bins_empty():
    parts = versions_in_bins(np.array([0.5, 0.9]), np.array([0, 2]), 3)
    assert [len(part.rows) for part in parts] == [2, 0, 0]
    assert np.isnan(parts[2].frequency(np.array([0.5, 0.9]), np.array([0, 2]), 3)).all()
