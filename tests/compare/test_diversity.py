"""Diversity: against the published formulas written out, vendi-score, brute force, and known populations."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.linalg import svdvals
from scipy.stats import entropy

from laionet.compare import products
from laionet.compare.diversity import MEANINGS, diversity, diversity_difference, over_classes, vendi_score
from laionet.compare.neighbours import kinds, nearest, repeated
from laionet.compare.spectrum import effective_number, moment_spectra, second_moments, spectra


def images(rng, n, d=16, shift=0.5):
    return (rng.standard_normal((n, d)) + shift).astype(np.float32)


def unit(x):
    x = np.asarray(x, dtype=np.float64)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def nearest_of(x):
    similarity = unit(x) @ unit(x).T
    np.fill_diagonal(similarity, -2)
    return similarity.max(axis=1)


@pytest.mark.parametrize("n", [1, 2, 9, 16, 17, 120])
def test_vendi_score_is_the_exponential_of_the_kernels_entropy(n):
    x = images(np.random.default_rng(n), n)
    p = np.linalg.svd(unit(x) @ unit(x).T / n, compute_uv=False)
    assert vendi_score(x) == pytest.approx(np.exp(entropy(p)), rel=1e-9)
    assert vendi_score(x, 2) == pytest.approx(1 / np.sum(p**2), rel=1e-9)
    assert vendi_score(x, 2) == pytest.approx(1 / np.mean((unit(x) @ unit(x).T) ** 2), rel=1e-9)
    kept = p[p > 1e-12]
    assert vendi_score(x, 0.5) == pytest.approx(np.sum(np.sqrt(kept)) ** 2, rel=1e-6)
    assert vendi_score(x, math.inf) == pytest.approx(1 / p.max(), rel=1e-9)
    assert vendi_score(x, 1 + 1e-6) == pytest.approx(vendi_score(x), rel=1e-4)


def test_vendi_score_is_that_of_its_authors_package():
    vendi = pytest.importorskip("vendi_score.vendi", reason="vendi-score is not installed")
    x = images(np.random.default_rng(0), 200)
    for q in (1, 2, 0.5):
        assert vendi_score(x, q) == pytest.approx(vendi.score_dual(x.astype(np.float64), q), rel=1e-6)


def test_vendi_score_counts_unlike_images():
    assert vendi_score(np.eye(7)) == pytest.approx(7)
    assert vendi_score(np.repeat(np.eye(4), 5, axis=0)) == pytest.approx(4)
    assert vendi_score(np.ones((6, 3))) == pytest.approx(1)
    for q in (0.5, 2, math.inf):
        assert vendi_score(np.repeat(np.eye(4), 5, axis=0), q) == pytest.approx(4)
    assert math.isnan(vendi_score(np.zeros((3, 2))))


def test_effective_rank_is_that_of_roy_and_vetterli():
    x = images(np.random.default_rng(1), 60)
    covariance = np.cov(unit(x).T, bias=True)
    expected = np.exp(entropy(svdvals(covariance)))
    found = diversity(x, np.zeros(60, int))
    assert found.values["effective_rank"][0] == pytest.approx(expected, rel=1e-9)
    uncentred = np.exp(entropy(svdvals(unit(x).T @ unit(x))))
    assert found.values["effective_rank_uncentred"][0] == pytest.approx(uncentred, rel=1e-9)
    assert found.values["vendi"][0] == pytest.approx(uncentred, rel=1e-9)


def test_the_smaller_matrix_has_the_same_eigenvalues():
    rng = np.random.default_rng(2)
    for n, d in ((10, 16), (16, 16), (40, 16)):
        x = unit(images(rng, n, d))
        kernel, covariance = spectra(x)
        assert len(kernel) == len(covariance) == min(n, d)
        of_sums, spread = moment_spectra(second_moments(x))
        np.testing.assert_allclose(kernel, of_sums[-len(kernel) :], atol=1e-13)
        np.testing.assert_allclose(covariance, spread[-len(kernel) :], atol=1e-13)
        assert kernel.sum() == pytest.approx(1)


def test_sums_of_parts_are_those_of_the_whole():
    x = images(np.random.default_rng(3), 90)
    x[7] = np.nan
    whole, parts = second_moments(x), second_moments(x[:30]) + (second_moments(x[30:31]) + second_moments(x[31:]))
    assert whole.n == parts.n == 89
    np.testing.assert_allclose(parts.total, whole.total, rtol=1e-12)
    np.testing.assert_allclose(parts.second, whole.second, rtol=1e-12)
    tensors = second_moments(torch.from_numpy(x), np.arange(90))
    np.testing.assert_allclose(tensors.second, whole.second, rtol=1e-12)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("n", [0, 1, 2, 16, 17, 49, 200])
def test_nearest_neighbours_are_exact_across_blocks_and_panels(n, threads, monkeypatch):
    from laionet.compare import neighbours

    monkeypatch.setattr(products, "PANEL_NUMBERS", 48 * 16)
    monkeypatch.setattr(products, "HOST_BLOCK", 16)
    assert neighbours.panel_rows(16) == 48
    x = images(np.random.default_rng(n), n)
    found = nearest(x, threads=threads)
    assert len(found) == n
    if n < 2:
        assert np.isnan(found).all()
    else:
        np.testing.assert_allclose(found, nearest_of(x), atol=1e-6)
    np.testing.assert_array_equal(nearest(torch.from_numpy(x), threads=threads), found)


def test_nearest_neighbours_of_some_rows_skip_those_without_direction():
    x = images(np.random.default_rng(4), 12)
    x[3], x[5] = 0, np.nan
    rows = np.array([1, 3, 4, 5, 9, 10])
    np.testing.assert_allclose(nearest(x, rows), nearest_of(x[[1, 4, 9, 10]]), atol=1e-6)
    assert nearest(np.array([[1.0, 0], [-1, 0]])).tolist() == [-1, -1]


def test_repeated_vectors_are_told_number_for_number():
    x = np.array([[1.0, 2], [0, 3], [1, 2], [-0.0, 3], [2, 4], [1, 2.0000001]])
    assert kinds(x, np.arange(6)).tolist() == [0, 1, 0, 1, 2, 3]
    assert kinds(x, np.array([4, 0, 2])).tolist() == [0, 1, 1]
    assert repeated(kinds(x, np.arange(6))) == pytest.approx(4 / 6)
    assert math.isnan(repeated(np.zeros(0, int)))
    for dtype in (torch.float16, torch.bfloat16, torch.float32):
        tensor = torch.from_numpy(x).to(dtype)
        assert repeated(kinds(tensor, np.arange(6))) == pytest.approx(5 / 6)


def test_duplicates_have_another_at_the_threshold_or_above():
    angle = np.radians([0, 1, 20, 20, 60])
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    found = diversity(x, np.zeros(5, int))
    assert found.values["duplicates"][0] == pytest.approx(4 / 5)
    assert found.values["equal"][0] == pytest.approx(2 / 5)
    strict = diversity(x, np.zeros(5, int), duplicate_at=1.0)
    assert strict.values["duplicates"][0] == pytest.approx(2 / 5)


def test_rarefied_measures_are_means_over_all_subsets():
    """Of five images, every draw of four is one of five; many draws come to their mean, to the stated error."""
    x = images(np.random.default_rng(5), 5)
    x[4] = x[0]
    found = diversity(x, np.zeros(5, int), rarefy_to=4, draws=600)
    subsets = [np.delete(x, i, axis=0) for i in range(5)]
    exact = {
        "vendi": [vendi_score(s) for s in subsets],
        "nearest": [nearest_of(s).mean() for s in subsets],
        "duplicates": [(nearest_of(s) >= 0.99).mean() for s in subsets],
        "equal": [2 * (len(np.unique(s, axis=0)) == 3) / 4 for s in subsets],
        "effective_rank": [np.exp(entropy(svdvals(np.cov(unit(s).T, bias=True)))) for s in subsets],
    }
    for name, values in exact.items():
        se = found.rarefied_se[name][0]
        assert se == pytest.approx(np.std(values) / np.sqrt(600), rel=0.1, abs=1e-7)
        assert found.rarefied[name][0] == pytest.approx(np.mean(values), abs=4 * se + 1e-6)


def test_diversity_of_one_population_grows_with_n_unless_rarefied():
    rng = np.random.default_rng(6)
    population = images(rng, 4_000, 32)
    sizes = [25, 50, 100, 400]
    label = np.repeat(np.arange(4), sizes)
    x = population[rng.permutation(4_000)[: len(label)]]
    found = diversity(x, label, rarefy_to=25, draws=40)
    # What is left is which images the classes drew, not how many: measured on classes of 25 each.
    many = diversity(population[:2_000], np.repeat(np.arange(80), 25), rarefy_to=25)
    for name in ("vendi", "effective_rank", "nearest"):
        raw, fair = found.values[name], found.rarefied[name]
        assert (np.diff(raw) > 0).all(), name
        spread = many.values[name].std(ddof=1)
        assert raw[-1] - raw[0] > 4 * spread, name
        assert np.abs(fair - many.values[name].mean()).max() < 4 * spread, name


def test_degenerate_classes_have_what_can_be_said_of_them():
    x = images(np.random.default_rng(7), 40)
    label = np.repeat([0, 1, 2, 4], [1, 2, 25, 12])
    x[label == 2] = x[30]
    x[label == 4] = np.nan
    found = diversity(x, label, 6, rarefy_to=2)
    assert found.n.tolist() == [1, 2, 25, 0, 0, 0]
    assert found.left_out.tolist() == [0, 0, 0, 0, 12, 0]
    one, two, same = ({name: found.values[name][c] for name in MEANINGS} for c in (0, 1, 2))
    assert one["vendi"] == pytest.approx(1)
    assert (one["duplicates"], one["equal"]) == (0, 0)
    assert np.isnan([one["nearest"], one["effective_rank"]]).all()
    assert two["effective_rank"] == pytest.approx(1)
    assert two["nearest"] == pytest.approx(nearest_of(x[label == 1])[0], abs=1e-6)
    assert [same["vendi"], same["nearest"]] == pytest.approx([1, 1])
    assert (same["effective_rank"], same["duplicates"], same["equal"]) == (0, 1, 1)
    for name in MEANINGS:
        assert np.isnan(found.values[name][3:]).all()
        assert np.isnan(found.rarefied[name][[0, 3, 4, 5]]).all()
        assert found.rarefied_se[name][1] == 0  # just as many as a draw takes


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_tensors_give_what_their_numbers_give(dtype):
    x, label = torch.from_numpy(images(np.random.default_rng(8), 90)).to(dtype), np.repeat([0, 1], [60, 30])
    ours, theirs = diversity(x, torch.from_numpy(label)), diversity(x.float().numpy(), label)
    for table in ("values", "rarefied", "rarefied_se"):
        for name in MEANINGS:
            np.testing.assert_allclose(getattr(ours, table)[name], getattr(theirs, table)[name], rtol=1e-9)


def test_draws_depend_on_the_seed_and_on_no_other_class():
    x, label = images(np.random.default_rng(9), 120), np.repeat([0, 1], 60)
    found, again, other = (diversity(x, label, seed=seed) for seed in (1, 1, 2))
    alone = diversity(x[60:], label[60:], seed=1)
    for name in ("vendi", "nearest", "effective_rank"):
        np.testing.assert_array_equal(found.rarefied[name], again.rarefied[name])
        assert found.rarefied[name][1] == alone.rarefied[name][1]
        assert (found.rarefied[name] != other.rarefied[name]).all()
        np.testing.assert_array_equal(found.values[name], other.values[name])


def test_a_less_diverse_dataset_is_found_to_be_so_whatever_its_size():
    rng, classes = np.random.default_rng(10), 30
    middle = rng.standard_normal((classes, 16))
    a_label, b_label = np.repeat(np.arange(classes), 30), np.repeat(np.arange(1, classes), 90)
    a = middle[a_label] + 1.0 * rng.standard_normal((len(a_label), 16))
    b = middle[b_label] + 0.8 * rng.standard_normal((len(b_label), 16))
    left, right = diversity(a, a_label, classes), diversity(b, b_label, classes)
    found = diversity_difference(left, right)
    assert found.classes["vendi"] == classes - 1
    assert np.isnan(found.differences["vendi"][0])
    assert found.pooled["vendi"].low > 0
    assert found.pooled["nearest"].high < 0
    expected = np.nanmean(left.rarefied["vendi"] - right.rarefied["vendi"])
    assert found.pooled["vendi"].value == pytest.approx(expected)
    raw = diversity_difference(left, right, rarefied=False)
    assert raw.pooled["effective_rank"].value < found.pooled["effective_rank"].value
    assert over_classes(left)["vendi"].value == pytest.approx(left.rarefied["vendi"].mean())
    assert over_classes(left, rarefied=False)["vendi"].value == pytest.approx(left.values["vendi"].mean())


def test_what_does_not_fit_is_refused():
    x, label = np.eye(4), np.zeros(4, int)
    for call in (
        lambda: diversity(x, label[:2]),
        lambda: diversity(x[0], label),
        lambda: diversity(x, label, rarefy_to=1),
        lambda: diversity(x, label, draws=0),
        lambda: diversity(x, label, q=0),
        lambda: diversity(x, label, duplicate_at=1.5),
        lambda: effective_number(np.ones(2), -1),
        lambda: diversity_difference(diversity(x, label), diversity(x, label, rarefy_to=3)),
        lambda: diversity_difference(diversity(x, label), diversity(x, label, 2)),
    ):
        with pytest.raises(ValueError, match=r"\w{4}"):
            call()


def test_every_measure_says_what_it_means():
    found = diversity(np.eye(4), np.zeros(4, int))
    assert set(found.values) == set(found.rarefied) == set(MEANINGS)
    assert all(text.endswith(".") and len(text) < 130 for text in MEANINGS.values())


def test_the_example_of_the_documentation_runs_and_finds_what_it_says():
    page = Path(__file__).resolve().parents[2] / "docs" / "diversity.md"
    code = page.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    names: dict[str, object] = {}
    exec(code, names)
    assert names["apart"].common_language.high < 0.5
    assert names["diversity_difference"](names["of_a"], names["of_b"]).pooled["vendi"].low > 0
