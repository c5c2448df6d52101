"""The frontier of thresholds: against counting every pair, on random joint distributions with ties."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from laionet.compare.frontier import all_sample_pairs, classes_frontier, kept, samples_frontier


@st.composite
def joint(draw):
    """Rows with many ties, or none, correlated either way; some similarities unknown."""
    n = draw(st.integers(0, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    text = rng.standard_normal(n)
    image = draw(st.sampled_from([-0.7, 0.0, 0.7])) * text + rng.standard_normal(n)
    places = draw(st.sampled_from([0, 1, 8]))
    dtype = draw(st.sampled_from([np.float64, np.float32, np.float16]))
    text, image = np.round(text, places).astype(dtype), np.round(image, places).astype(dtype)
    if draw(st.booleans()) and n:
        image[rng.integers(n)] = np.nan
    return text, image, rng.integers(-1 if draw(st.booleans()) else 0, 5, n)


def counted(text, image, label, s, of):
    """Numbers that image thresholds can keep at s, each with one threshold: by trying all."""
    values = image[~np.isnan(image)].astype(float)
    tries = np.unique(np.concatenate([[-np.inf], values]))
    found = {}
    for u in tries:
        rows = kept(text, image, s, u) & (label >= 0)
        found[int(rows.sum()) if of == "samples" else len(np.unique(label[rows]))] = u
    return found


def check(found, text, image, label, wanted, of):
    for i, s in enumerate(found.text):
        able = counted(text, image, label, s, of)
        if max(able) < wanted:
            assert np.isnan(found.image[i])
            continue
        rows = kept(text, image, s, found.image[i]) & (label >= 0)
        assert rows.sum() == found.samples[i]
        assert len(np.unique(label[rows])) == found.classes[i]
        count = found.samples[i] if of == "samples" else found.classes[i]
        some = [n for n in able if n]
        assert abs(count - wanted) == min(abs(n - wanted) for n in some)


@settings(max_examples=150, deadline=None)
@given(joint(), st.integers(1, 25))
def test_frontier_of_samples_is_what_trying_every_threshold_finds(rows, wanted):
    text, image, label = rows
    at = np.array([-0.5, 5.0, -np.inf, 0.5, 0.5, *text[:3].astype(float)])
    found = samples_frontier(text, image, label, wanted, at)
    check(found, text, image, label, wanted, "samples")
    assert found.unknown == (np.isnan(image) | (label < 0)).sum()


@settings(max_examples=100, deadline=None)
@given(joint(), st.integers(1, 5))
def test_frontier_of_classes_is_what_trying_every_threshold_finds(rows, wanted):
    text, image, label = rows
    found = classes_frontier(text, image, label, wanted, np.array([0.5, -np.inf, 0.0, *text[:3].astype(float)]))
    check(found, text, image, label, wanted, "classes")


@settings(max_examples=150, deadline=None)
@given(joint(), st.integers(1, 25))
def test_all_pairs_are_all_datasets_of_the_frontier(rows, wanted):
    text, image, label = rows
    label = np.zeros_like(label)
    s, u, count = all_sample_pairs(text, image, wanted)
    datasets = [tuple(np.flatnonzero(kept(text, image, a, b))) for a, b in zip(s, u, strict=True)]
    assert [len(one) for one in datasets] == count.tolist()
    assert len(set(datasets)) == len(datasets)
    known = text[~np.isnan(image)].astype(float)
    at = np.unique(np.concatenate([[-np.inf], known]))[::-1]
    grid = samples_frontier(text, image, label, wanted, at)
    by_grid = [
        tuple(np.flatnonzero(kept(text, image, a, b)))
        for a, b in zip(grid.text, grid.image, strict=True)
        if not np.isnan(b)
    ]
    assert datasets == list(dict.fromkeys(by_grid))


def test_without_ties_the_count_is_exact_and_the_image_threshold_rises_as_the_texts_falls():
    rng = np.random.default_rng(0)
    text, image = rng.random(20_000), rng.random(20_000)
    at = np.linspace(0, 0.6, 13)
    found = samples_frontier(text, image, np.arange(20_000) % 50, 3_000, at)
    assert (found.samples == 3_000).all()
    assert (np.diff(found.image) < 0).all()
    by_sorting = [np.sort(image[text > s])[-3_001] for s in at]
    np.testing.assert_array_equal(found.image, by_sorting)
    s, u, count = all_sample_pairs(text, image, 3_000)
    assert (count == 3_000).all()
    assert (np.diff(s) < 0).all()
    assert (np.diff(u) > 0).all()
    assert s[-1] == -np.inf or s[-1] >= text.min()


def test_rows_level_with_the_border_give_the_nearer_number():
    text, image, label = np.ones(10), np.array([0.9] * 2 + [0.5] * 3 + [0.1] * 5), np.arange(10)
    counts = [int(samples_frontier(text, image, label, n, [0.0]).samples[0]) for n in range(1, 11)]
    assert counts == [2, 2, 2, 5, 5, 5, 5, 10, 10, 10]


def test_tensors_give_what_arrays_give():
    rng = np.random.default_rng(1)
    text, image, label = rng.random(500), rng.random(500), rng.integers(0, 4, 500)
    one = samples_frontier(text, image, label, 40, [0.1, 0.5])
    other = samples_frontier(
        torch.tensor(text), torch.tensor(image), torch.tensor(label), 40, torch.tensor([0.1, 0.5])
    )
    np.testing.assert_array_equal(one.image, other.image)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="one text, image and label"):
        samples_frontier(np.zeros(3), np.zeros(2), np.zeros(3, int), 1, [0.0])
    with pytest.raises(ValueError, match="one sample"):
        samples_frontier(np.zeros(3), np.zeros(3), np.zeros(3, int), 0, [0.0])
    with pytest.raises(ValueError, match="one sample"):
        all_sample_pairs(np.zeros(3), np.zeros(3), 0)
    with pytest.raises(ValueError, match="one class"):
        classes_frontier(np.zeros(3), np.zeros(3), np.zeros(3, int), 0, [0.0])
