"""On the mini-web the truth is known: estimates from small datasets are held against it."""

import numpy as np
import pytest

from laionet.causal.web import Web
from laionet.compare.similarity import intra_class, similarity_difference
from laionet.flow.truth import annotated_population, caption_population, embedded, true_means

CLASSES = (0, 4, 9)


@pytest.fixture(scope="module")
def populations(tmp_path_factory):
    """Pictures of three classes as captions select them and as annotators do, embedded."""
    web = Web(11)
    by_caption = caption_population(web, 3_500, tmp_path_factory.mktemp("truth")).first(75, CLASSES)
    annotated = annotated_population(web, 10_000, 35, 0.8).first(35, CLASSES)
    return [(one, embedded(web, one)) for one in (by_caption, annotated)]


@pytest.mark.slow
def test_the_estimated_difference_covers_the_true_one(populations):
    rng = np.random.default_rng(0)
    truth = np.subtract(*(true_means(x, one.label, 10) for one, x in populations))[list(CLASSES)]
    assert (truth < -0.1).all()  # selection by caption is the more diverse
    held, pooled = [], []
    for _ in range(150):
        sides = []
        for one, x in populations:
            rows = np.concatenate([rng.choice(np.flatnonzero(one.label == c), 25) for c in CLASSES])
            sides.append(intra_class(x[rows], one.label[rows], 10))
        found = similarity_difference(*sides)
        of = list(CLASSES)
        held.append((found.low[of] <= truth) & (truth <= found.high[of]))
        pooled.append(found.fixed.low <= truth.mean() <= found.fixed.high)
    # 450 and 150 intervals: three standard errors below 95 %, and the bar's one and a half points
    assert np.mean(held) >= 0.95 - 0.015 - 0.031
    assert np.mean(pooled) >= 0.95 - 0.015 - 0.054


@pytest.mark.slow
def test_populations_hold_what_they_say(populations):
    for one, x in populations:
        assert x.shape == (len(one.pictures), 96)
        np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1, rtol=1e-4)
        assert (np.diff(one.label) >= 0).all()
        assert set(one.label) == set(CLASSES)
