"""Independence of image and selection given the caption: level, power, and what is left out."""

import numpy as np
import pytest
from scipy.stats import kstest

from laionet.compare.arrays import group
from laionet.compare.independence import _quadratic, independence, tail
from laionet.compare.residual import PENALTIES, Left, features_of, fit, left_of


def simulated(rng, *, kind="none", link=0.0, classes=6, n=40, dim=16, share=0.4, bend=0.0):
    """Images and captions of classes; the selection depends on captions by ``kind``, on images by ``link``."""
    label = np.repeat(np.arange(classes), n)
    own = rng.standard_normal((len(label), dim)) * 0.75 ** np.arange(dim) * 3
    text = 2 * rng.standard_normal((classes, dim))[label] + own
    told = own @ rng.standard_normal((dim, dim)) / np.sqrt(dim)
    told[:, 0] += bend * np.abs(own[:, 0])
    noise = rng.standard_normal((len(label), dim)) * 0.8 ** np.arange(dim) * 2
    image = 2 * rng.standard_normal((classes, dim))[label] + told + noise
    by_caption = {"none": 0.0, "linear": 0.6 * own[:, 0] - 0.4 * own[:, 1], "bent": np.abs(own[:, 0]) - 2.4}[kind]
    odds = np.log(share / (1 - share)) + by_caption + link * noise[:, 0]
    return image, text, (rng.random(len(label)) < 1 / (1 + np.exp(-odds))).astype(int), label


def p_values(draws, **how):
    return np.array([independence(*simulated(np.random.default_rng([seed, 5]), **how)).p for seed in range(draws)])


def test_p_is_uniform_where_nothing_depends_on_anything():
    p = p_values(80)
    assert kstest(p, "uniform").pvalue > 0.01
    assert np.mean(p < 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 80)


@pytest.mark.parametrize(("kind", "bend"), [("linear", 0.0), ("bent", 2.0)])
def test_level_holds_where_captions_decide_both(kind, bend):
    """The selection and the image depend on the caption, in a line or bent, and on each other through it alone."""
    p = p_values(50, kind=kind, bend=bend)
    assert np.mean(p < 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 50)


def test_without_bends_a_bent_confounder_is_mistaken_for_a_link():
    """What the regressions cannot follow is found as dependence: why they follow bends."""
    found = [
        independence(*simulated(np.random.default_rng([seed, 5]), kind="bent", bend=2.0), bent=False).p
        for seed in range(12)
    ]
    assert np.mean(np.array(found) < 0.05) > 0.5


@pytest.mark.parametrize("kind", ["none", "linear", "bent"])
def test_a_link_from_the_image_is_found(kind):
    assert np.mean(p_values(12, kind=kind, link=0.6) < 0.05) >= 0.95


def test_effects_grow_with_the_link_and_are_about_nothing_without_it():
    def mean(link):
        found = [independence(*simulated(np.random.default_rng([s, 6]), link=link)) for s in range(10)]
        return [(one.distance, one.explained) for one in found]

    none, some, strong = (np.array(mean(link)) for link in (0.0, 0.4, 0.9))
    assert abs(none[:, 0].mean()) < 4 * none[:, 0].std() / 3
    assert none[:, 1].mean() < 0.03
    assert (some.mean(axis=0) < strong.mean(axis=0)).all()
    assert strong[:, 1].mean() > 0.1


def test_distance_is_that_of_the_means_where_captions_say_nothing():
    """Independent computation: two means 0.3 apart along each of the axes of known variance."""
    rng = np.random.default_rng(3)
    n, dim = 4_000, 30
    selected = rng.random(n) < 0.5
    image = np.zeros((n, dim + 1))
    image[:, 0] = 50.0  # unit vectors are then nearly a plane: lengths hardly matter
    image[:, 1:] = rng.standard_normal((n, dim)) + np.where(selected, 0.3, 0.0)[:, None]
    text = rng.standard_normal((n, 8))
    found = independence(image, text, selected, np.zeros(n, dtype=int))
    spread = dim * (1 + 0.25 * 0.3**2)
    assert found.distance == pytest.approx(dim * 0.3**2 / spread, rel=0.06)
    assert found.left == pytest.approx(1, abs=0.02)


def test_captions_that_say_nothing_of_the_selection_leave_all_of_it_however_many_features_there_are():
    left = [
        independence(*simulated(np.random.default_rng([s, 3]), classes=4, n=50, dim=60)).left for s in range(8)
    ]
    assert np.mean(left) == pytest.approx(1, abs=0.05)


def test_classes_of_their_own_direction_are_found_and_named():
    rng = np.random.default_rng(4)
    image, text, _, label = simulated(rng, classes=6, n=80)
    selected = (rng.random(len(label)) < 0.5).astype(int)
    for one in (1, 4):
        image[(label == one) & (selected == 1)] += 4 * rng.standard_normal(image.shape[1])
    found = independence(image, text, selected, label)
    assert set(np.flatnonzero(found.q < 0.05)) == {1, 4}
    assert found.found == 2
    assert found.p < 0.001


def test_null_moments_are_those_of_random_signs():
    rng = np.random.default_rng(5)
    for n, dim in ((30, 30), (60, 5)):  # by the inner products of rows, and of columns
        of = Left(rng.standard_normal((n, dim)), rng.standard_normal(n), np.full(dim, 1.07), n)
        u, second, third = _quadratic(of)
        r = of.image * of.chosen[:, None]
        signs = rng.choice([-1.0, 1.0], (100_000, n))
        drawn = 1.07 * (((signs @ r) ** 2).sum(axis=1) - (r**2).sum())
        assert u == pytest.approx((r.sum(axis=0) ** 2).sum() - 1.07 * (r**2).sum())
        assert drawn.var() == pytest.approx(2 * second, rel=0.03)
        assert (drawn**3).mean() == pytest.approx(8 * third, rel=0.15)
        for q in (0.9, 0.95, 0.99):
            at = np.quantile(drawn, q)
            assert tail(at, second, third) == pytest.approx(1 - q, abs=0.012)


def test_tail_of_one_that_leans_to_the_left_and_of_nothing():
    assert tail(1.96 * np.sqrt(2), np.array(1.0), np.array(-0.1)) == pytest.approx(0.025, abs=1e-4)
    assert np.isnan(tail(np.array(0.0), np.array(0.0), np.array(0.0)))


def residual_maker(ridge, z, label, column):
    """I - P - H of one regression, from its penalty, by a dense solution."""
    means = np.eye(label.max() + 1)[label]
    centre = np.eye(len(label)) - means @ np.linalg.pinv(means)
    z = centre @ z
    alpha = 1 / ridge.weights[-1, column] - ridge.moments[-1]
    return centre - z @ np.linalg.solve(z.T @ z + alpha * np.eye(z.shape[1]), z.T)


@pytest.mark.parametrize(("n", "how"), [(15, {"waves": 4}), (60, {"kinks": False, "waves": 0})])
def test_residuals_and_their_factors_are_those_of_dense_solutions(n, how):
    """Of classes smaller than their features, and larger."""
    image, text, selected, label = simulated(np.random.default_rng(6), classes=3, n=n, dim=6)
    text = text / np.linalg.norm(text, axis=1, keepdims=True)
    groups, chosen = group(label), selected.astype(float)
    features = features_of(text, groups, **how)
    ridge = fit(image, text, chosen, groups, features)
    np.testing.assert_allclose(ridge.turn.T @ ridge.turn, np.eye(6), atol=1e-10)
    z = np.concatenate([features(text[groups.of(c)]) for c in range(3)])
    makers = [residual_maker(ridge, z, label, column) for column in range(7)]
    turned = image @ ridge.turn
    for one in range(3):
        rows = groups.of(one)
        left = left_of(ridge, image, text, chosen, rows)
        assert left.free == pytest.approx(np.diag(makers[6] @ makers[6])[rows].sum())
        np.testing.assert_allclose(left.chosen, (makers[6] @ chosen)[rows], atol=1e-8)
        b = (makers[6] @ makers[6])[np.ix_(rows, rows)]
        for column in range(6):
            np.testing.assert_allclose(
                left.image[:, column], (makers[column] @ turned[:, column])[rows], atol=1e-8
            )
            a = (makers[column] @ makers[column])[np.ix_(rows, rows)]
            expected = (a * b).sum() / (np.diag(a) * np.diag(b)).sum()
            assert left.factor[column] == pytest.approx(max(expected, 1.0))


def test_penalties_are_a_tenth_of_those_that_cross_validation_chooses():
    image, text, selected, label = simulated(np.random.default_rng(7), classes=3, n=40, dim=5)
    groups = group(label)
    features = features_of(text, groups, kinks=False, waves=0)
    ridge = fit(image, text, selected.astype(float), groups, features)
    means = np.eye(3)[label]
    centre = np.eye(len(label)) - means @ np.linalg.pinv(means)
    z, y = centre @ text, centre @ np.column_stack([image @ ridge.turn, selected])
    for column in range(6):
        scores = []
        for alpha in PENALTIES * ridge.moments[-1]:
            hat = z @ np.linalg.solve(z.T @ z + alpha * np.eye(5), z.T)
            scores.append(((y[:, column] - hat @ y[:, column]) ** 2).sum() / (len(y) - 3 - np.trace(hat)) ** 2)
        best = PENALTIES[int(np.argmin(scores))] * ridge.moments[-1]
        assert 1 / ridge.weights[-1, column] - ridge.moments[-1] == pytest.approx(best / 10)


def test_what_is_left_out_is_counted():
    image, text, selected, label = simulated(np.random.default_rng(8), classes=4, n=30)
    image, text, selected = image.copy(), text.copy(), selected.astype(float)
    label = label.copy()
    image[0, 3], text[1], selected[2], label[3] = np.nan, 0.0, np.nan, -1
    rows = np.flatnonzero(label == 3)
    selected[rows[:28]], selected[rows[28:]] = 0.0, 1.0  # two of one kind are too few
    again = 5
    found = independence(
        np.vstack([image, image[[again]]]),
        np.vstack([text, text[[again]]]),
        np.append(selected, selected[again]),
        np.append(label, label[again]),
        5,
    )
    assert (found.left_out, found.duplicates, found.few, found.few_rows) == (4, 1, 1, 30)
    assert found.n == 90 - 4
    assert found.rows.tolist() == [26, 30, 30, 0, 0]
    assert np.isnan(found.p_of[3:]).all()
    assert np.isfinite(found.p)


@pytest.mark.parametrize("value", [0, 1])
def test_a_constant_selection_tests_nothing(value):
    image, text, selected, label = simulated(np.random.default_rng(9))
    found = independence(image, text, np.full_like(selected, value), label)
    assert np.isnan(found.p)
    assert np.isnan(found.statistic)
    assert (found.n, found.few) == (0, 6)


def test_degenerate_images_and_texts():
    image, text, selected, label = simulated(np.random.default_rng(10))
    same = independence(image, np.ones_like(text), selected, label)
    assert 0 <= same.p <= 1
    flat = independence(np.ones_like(image), text, selected, label)
    assert np.isnan(flat.p) or flat.p > 0.01
    few = simulated(np.random.default_rng(11), classes=1, n=24, dim=200)
    assert 0 <= independence(*few).p <= 1
    assert np.isnan(independence(image[:0], text[:0], selected[:0], label[:0]).p)


def test_captions_that_tell_the_selection_leave_nothing():
    image, text, selected, label = simulated(np.random.default_rng(12), link=1.0)
    text = text.copy()
    text[:, 0] += 40 * selected
    found = independence(image, text, selected, label)
    assert found.left < 0.05


def test_answers_do_not_depend_on_order_scale_or_kind_of_array():
    torch = pytest.importorskip("torch")
    data = simulated(np.random.default_rng(13), link=0.3)
    found = independence(*data, seed=3)
    order = np.random.default_rng(0).permutation(len(data[0]))
    shuffled = independence(*(one[order] for one in data), seed=3)
    assert shuffled.statistic == pytest.approx(found.statistic, abs=0.2)  # features are drawn by rows
    scaled = independence(7 * data[0], 0.1 * data[1], data[2].astype(bool), data[3], seed=3)
    assert scaled.p == pytest.approx(found.p, rel=1e-6)
    tensors = independence(torch.tensor(data[0]), torch.tensor(data[1]), torch.tensor(data[2]), data[3], seed=3)
    assert tensors.p == pytest.approx(found.p, rel=1e-9)
    assert independence(*data, seed=3).p == found.p


def test_bad_input_is_refused():
    image, text, selected, label = simulated(np.random.default_rng(14))
    with pytest.raises(ValueError, match="0 or 1"):
        independence(image, text, selected + 1, label)
    with pytest.raises(ValueError, match="texts"):
        independence(image, text[:-1], selected, label)
    with pytest.raises(ValueError, match="label"):
        independence(image, text, selected, label[:-1])
    with pytest.raises(ValueError, match="at least 2"):
        independence(image, text, selected, label, least=1)


@pytest.mark.slow
def test_level_holds_on_embeddings_of_real_captions(real_data):
    """Captions of the web, their real embedding; image and selection depend on it, each bent in its way."""
    pq = pytest.importorskip("pyarrow.parquet")
    from laionet.models.text import open_text_encoder

    table = pq.read_table(real_data / "web_captions_1000.parquet")
    column = next(name for name in table.column_names if name.lower() in ("caption", "text"))
    text = (
        open_text_encoder(device="cpu").encode([one or "" for one in table[column].to_pylist()[:500]]).embeddings
    )
    label = np.arange(len(text)) % 3
    axes = np.linalg.svd(text - text.mean(axis=0), full_matrices=False)[2][:3]
    along = (text - text.mean(axis=0)) @ axes.T / (text @ axes.T).std(axis=0)
    p = []
    for seed in range(20):
        rng = np.random.default_rng([seed, 8])
        image = 3 * rng.standard_normal((3, 20))[label] + 0.7 * rng.standard_normal((len(text), 20))
        image[:, :3] += along + np.abs(along)
        odds = along[:, 0] + np.abs(along[:, 1]) - 1
        selected = rng.random(len(text)) < 1 / (1 + np.exp(-odds))
        p.append(independence(image, text, selected, label).p)
    assert np.mean(np.array(p) < 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 20)
    by_image = image[:, 5] + rng.standard_normal(len(text)) > 0
    linked = independence(image, text, by_image, label)
    assert linked.p < 0.001
