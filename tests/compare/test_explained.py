"""How far captions explain their class: against loops over all pairs, and populations whose answer is known."""

import numpy as np
import pytest
import torch

from laionet.compare.explained import caption_sums, default_edges, explained, merged, own_and_more

EDGES = default_edges(20)


def captions_of(n, k, dim, tell, seed, per_class_noise=0.0):
    """Captions of k classes; ``tell`` is how strongly they say their class."""
    rng = np.random.default_rng(seed)
    texts = rng.standard_normal((k, dim))
    texts /= np.linalg.norm(texts, axis=1, keepdims=True)
    label = rng.integers(0, k, n)
    shift = per_class_noise * rng.standard_normal((k, dim))
    x = tell * texts[label] + shift[label] + rng.standard_normal((n, dim)) / np.sqrt(dim)
    return x, label, texts


def by_loops(x, label, texts, edges):
    k, bins = len(texts), len(edges) - 1
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    n, more, first = np.zeros((3, k, bins))
    pairs, pairs_more = np.zeros((2, bins))
    for one, y in zip(x, label, strict=True):
        cosines = [float(one @ text / np.linalg.norm(text)) for text in texts]
        for c, cosine in enumerate(cosines):
            higher = sum(other > cosine + 1e-9 for other in cosines)
            at = min(max(int(np.sum(edges <= cosine)) - 1, 0), bins - 1)
            pairs[at] += 1
            pairs_more[at] += higher / (k - 1)
            if c == y:
                n[c, at] += 1
                more[c, at] += higher / (k - 1)
                first[c, at] += higher == 0
    return n, more, first, pairs, pairs_more


def test_sums_are_those_of_a_loop_over_all_pairs():
    x, label, texts = captions_of(80, 7, 6, 0.5, 0)
    texts[3] = 2 * texts[5]  # two classes of one text are equally similar
    found = caption_sums(x, label, texts, EDGES)
    theirs = by_loops(x, label, texts, EDGES)
    names = ("captions", "more", "first", "random_captions", "random_more")
    for name, values in zip(names, theirs, strict=True):
        np.testing.assert_allclose(getattr(found, name), values, atol=1e-9)
    own, more = own_and_more(x, label, texts)
    np.testing.assert_allclose(more.sum() / 6, found.more.sum())
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    np.testing.assert_allclose(own, [unit[i] @ texts[y] / np.linalg.norm(texts[y]) for i, y in enumerate(label)])


def test_parts_of_any_size_add_up(monkeypatch):
    x, label, texts = captions_of(300, 9, 8, 0.5, 1)
    whole = caption_sums(x, label, texts)
    monkeypatch.setattr("laionet.compare.explained._BLOCK", 9 * 4)
    parts = merged([caption_sums(x[a:b], label[a:b], texts) for a, b in ((0, 7), (7, 7), (7, 211), (211, 300))])
    np.testing.assert_array_equal(whole.captions, parts.captions)
    np.testing.assert_allclose(whole.more, parts.more)
    np.testing.assert_allclose(whole.random_more, parts.random_more)
    assert explained(whole).more.value == pytest.approx(explained(parts).more.value)
    with pytest.raises(ValueError, match="same classes and bins"):
        merged([whole, caption_sums(x, label, texts, EDGES)])


def test_captions_that_say_their_class_leave_none_more_similar():
    x, label, texts = captions_of(400, 30, 64, 20.0, 2)
    found = explained(caption_sums(x, label, texts), thresholds=(0.5,))
    assert found.more.value == 0
    assert found.first.value == 1
    ((threshold, above, more),) = found.above
    assert threshold == pytest.approx(0.5)
    assert above.value == 1
    assert more.value == 0


def test_captions_that_say_nothing_are_as_a_class_picked_at_random():
    x, label, texts = captions_of(20_000, 30, 64, 0.0, 3)
    found = explained(caption_sums(x, label, texts))
    assert found.more.low < 0.5 < found.more.high
    assert found.first.low < 1 / 30 < found.first.high
    held = [one.more.low <= one.chance <= one.more.high for one in found.bins if one.captions > 200]
    assert len(held) > 5
    assert np.mean(held) > 0.7
    # That fewer classes are more similar where the own similarity is high is so of any class.
    chances = [one.chance for one in found.bins]
    assert np.all(np.diff(chances) < 0)


def test_interval_is_that_of_classes_drawn_anew():
    """Classes differ: an interval from captions as if independent would be far too narrow."""
    x, label, texts = captions_of(4_000, 12, 16, 0.3, 4, per_class_noise=0.3)
    sums = caption_sums(x, label, texts)
    found = explained(sums, draws=4_000)
    n, more = sums.captions.sum(axis=1), sums.more.sum(axis=1)
    rng = np.random.default_rng(5)
    drawn = [more[pick].sum() / n[pick].sum() for pick in rng.integers(0, 12, (4_000, 12))]
    assert found.more.value == pytest.approx(more.sum() / n.sum())
    assert found.more.se == pytest.approx(np.std(drawn), rel=0.06)
    assert [found.more.low, found.more.high] == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.01)
    _, higher = own_and_more(x, label, texts)
    assert found.more.se > 2 * np.std(higher / 11) / np.sqrt(4_000)


def test_captions_without_direction_or_class_are_counted_and_left_out():
    x, label, texts = captions_of(20, 4, 6, 1.0, 6)
    x[0], x[1, 2], label[2] = 0.0, np.nan, -1
    sums = caption_sums(x, label, texts)
    assert sums.left_out == 3
    assert sums.captions.sum() == 17
    assert sums.random_captions.sum() == 17 * 4
    own, more = own_and_more(x, label, texts)
    assert np.isnan(own[:3]).all()
    assert (more[:3] == -1).all()
    assert np.isfinite(own[3:]).all()


def test_no_captions_or_one_class_have_no_interval():
    _, _, texts = captions_of(0, 4, 6, 1.0, 7)
    none = explained(caption_sums(np.zeros((0, 6)), np.zeros(0, int), texts), thresholds=(0.5,))
    assert none.captions == 0
    assert none.bins == []
    assert np.isnan(none.more.value)
    one = explained(caption_sums(texts[:1], np.array([0]), texts))
    assert one.more.value == 0
    assert np.isnan(one.more.low)


def test_half_precision_and_tensors_give_the_same():
    x, label, texts = captions_of(60, 5, 8, 1.0, 8)
    x = x.astype(np.float16)
    a = caption_sums(x, label, texts)
    b = caption_sums(torch.tensor(x), torch.tensor(label), torch.tensor(texts))
    np.testing.assert_array_equal(a.captions, b.captions)
    np.testing.assert_allclose(a.more, b.more)


def test_wrong_arguments_are_refused():
    x, label, texts = captions_of(6, 3, 4, 1.0, 9)
    for wrong, message in (
        ((x, label[:2], texts), "one whole number"),
        ((x, label + 3, texts), "numbered from 0"),
        ((x, label * 0, texts[:1]), "two classes"),
        ((x, label, texts * 0), "text of a class"),
        ((x, label, texts, [1.0, 0.0]), "must be two or more and rise"),
    ):
        with pytest.raises(ValueError, match=message):
            caption_sums(*wrong)
