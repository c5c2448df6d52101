"""The mini-web: a function of its seed, with the noise that it says, and annotators whose link is what it says."""

from collections import Counter

import numpy as np
import pytest

from laionet.causal.annotators import VERSIONS, Annotators, take, versions
from laionet.causal.captions import OTHER_WORDS
from laionet.causal.drawings import THINGS
from laionet.causal.gallery import annotate, candidates, voted, write_corpus
from laionet.causal.latents import typicality
from laionet.causal.scene import Medium, Scene
from laionet.causal.senses import CLASS_SOURCE, SUBJECTS, WNIDS, things_shown
from laionet.causal.web import Noise, Web
from laionet.vocab import load_classes


@pytest.fixture(scope="module")
def pages():
    return list(Web(0).pages(0, 4000))


def test_a_page_follows_from_seed_and_number_alone(pages):
    again = Web(0)
    for index in (3999, 17, 0, 1234):
        assert again.page(index) == pages[index]
    assert Web(1).page(17) != pages[17]


def test_equal_seeds_give_equal_bytes(tmp_path):
    first, second = (write_corpus(Web(5), 0, 300, tmp_path / name) for name in ("a", "b"))
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_classes_are_imagenets_and_all_can_be_drawn():
    assert len(WNIDS) == 24
    assert [s.wnid for s in load_classes(CLASS_SOURCE)] == list(WNIDS)
    assert list(WNIDS) == sorted(WNIDS)
    assert {subject.thing: THINGS[subject.thing].wnid for subject in SUBJECTS} == {
        s.thing: s.wnid for s in SUBJECTS
    }
    assert set(things_shown()) <= set(THINGS)


def test_each_word_of_a_class_holds_a_lemma_of_it():
    from laionet.matching import match

    classes = load_classes(CLASS_SOURCE)
    for subject in SUBJECTS:
        found = match(list(subject.words), classes).to_pylist()
        assert {row["row"] for row in found if row["wnid"] == subject.wnid} == set(range(len(subject.words)))


def test_other_senses_hold_a_lemma_too():
    from laionet.matching import match

    classes = load_classes(CLASS_SOURCE)
    for subject in SUBJECTS:
        for sense in subject.others:
            found = match(list(sense.captions), classes).to_pylist()
            assert {row["row"] for row in found if row["wnid"] == subject.wnid} == set(range(len(sense.captions)))


def test_noise_comes_as_often_as_it_says(pages):
    noise, kinds = Noise(), Counter(page.kind for page in pages)
    for kind in ("several", "nameless", "wrong_picture"):
        assert kinds[kind] / len(pages) == pytest.approx(getattr(noise, kind), abs=0.012)
    marks = Counter(page.nsfw for page in pages)
    assert marks["NSFW"] / len(pages) == pytest.approx(noise.unsafe, abs=0.01)
    assert marks[None] / len(pages) == pytest.approx(noise.unmarked, abs=0.01)
    repeated = [page for page in pages if page.picture != page.index]
    assert 0.01 < len(repeated) / len(pages) < 0.04
    for page in repeated:
        assert pages[page.picture].scene == page.scene
        assert pages[page.picture].wnid == page.wnid
    spelled = sum(bool(p.scene.text) and p.scene.text not in OTHER_WORDS for p in pages)
    assert spelled / len(pages) == pytest.approx(noise.spelled, abs=0.012)


def test_the_truth_is_the_picture(pages):
    for page in pages:
        assert (THINGS[page.scene.thing].wnid or "") == page.wnid
        if page.kind == "class":
            assert page.wnid == page.about


def test_typicality_is_highest_for_the_stereotype():
    best = Scene("tiger", context=THINGS["tiger"].contexts[0])
    worse = [
        Scene("tiger", variant=1),
        Scene("tiger", medium=Medium.ICON),
        Scene("tiger", angle=90),
        Scene("tiger", scale=0.3),
        Scene("tiger", clutter=3),
        Scene("tiger", occlusion=0.4),
        Scene("tiger", light=0.5),
        Scene("tiger", x=0.5),
        Scene("tiger", palette=1),
    ]
    assert typicality(best) == pytest.approx(1.0)
    assert max(map(typicality, worse)) < 1.0
    assert min(map(typicality, worse)) > 0.5


def mean_typicality(strength, n=3000):
    pages, label = candidates(Web(3), 0, n)
    t = np.array([typicality(page.scene) for page in pages])
    frequency = voted(pages, label, Annotators(strength=strength, seed=1))
    shows = np.array([page.wnid for page in pages]) == np.array(WNIDS)[label]
    return t, frequency, shows


@pytest.mark.parametrize("seed", range(3))
def test_without_a_link_votes_say_nothing_of_the_picture(seed):
    rng = np.random.default_rng(seed)
    n = 4000
    t = rng.uniform(0.2, 1, n)
    share = Annotators(strength=0, seed=seed).frequency(np.arange(n), t, np.ones(n, bool))
    assert share.mean() == pytest.approx(0.86, abs=0.01)
    assert abs(np.corrcoef(share, t)[0, 1]) < 3.5 / np.sqrt(n)


def test_the_stronger_the_link_the_more_typical_what_is_chosen():
    chosen = []
    for strength in (-0.8, 0, 0.4, 0.8, 1):
        t, frequency, _ = mean_typicality(strength)
        chosen.append(t[frequency >= 0.7].mean())
    assert chosen == sorted(chosen)
    assert chosen[1] - chosen[0] > 0.02
    assert chosen[4] - chosen[1] > 0.1


def test_pictures_of_something_else_are_turned_down():
    _, frequency, shows = mean_typicality(0.8)
    assert (~shows).sum() > 50
    assert frequency[~shows].mean() == pytest.approx(0.03, abs=0.015)
    assert not (frequency[~shows] >= 0.7).any()


def test_votes_on_a_picture_do_not_depend_on_the_others():
    index, t = np.arange(50), np.linspace(0.4, 1, 50)
    voters = Annotators(strength=0.6)
    whole = voters.frequency(index, t, np.ones(50, bool))
    some = voters.frequency(index[7:9], t[7:9], np.ones(2, bool))
    np.testing.assert_array_equal(whole[7:9], some)


def test_a_link_beyond_one_is_refused():
    with pytest.raises(ValueError, match="between -1 and 1"):
        Annotators(strength=1.2)


def test_a_dataset_takes_so_many_of_each_class_and_no_picture_twice():
    pages, label, frequency = annotate(Web(0), 10_000, 16_000, Annotators(strength=0.4), 12)
    assert (np.bincount(label, minlength=24) == 12).all()
    assert len({page.picture for page in pages}) == len(pages)
    assert (frequency >= 0.7).all()
    assert (np.diff(label) >= 0).all()


def test_versions_follow_the_rules_of_imagenetv2():
    rng = np.random.default_rng(0)
    frequency, label = rng.integers(0, 11, 3000) / 10, rng.integers(0, 3, 3000)
    reference = {one: np.repeat([0.5, 0.9, 1.0], [2, 4, 4]) for one in range(3)}
    found = versions(frequency, label, reference, 20, rng)
    assert set(found) == set(VERSIONS)
    for one in range(3):
        a, b, c = (found[name][label[found[name]] == one] for name in VERSIONS)
        assert (len(a), len(b), len(c)) == (20, 20, 20)
        assert (frequency[a] >= 0.7).all()
        assert np.histogram(frequency[b] + 1e-12, [0, 0.2, 0.4, 0.6, 0.8, 1.1])[0].tolist() == [0, 0, 4, 0, 16]
        rest = np.setdiff1d(np.flatnonzero(label == one), c)
        assert frequency[c].min() >= frequency[rest].max()
    means = [frequency[found[name]].mean() for name in ("b", "a", "c")]
    assert means[0] <= means[2]
    assert means[1] <= means[2]


def test_taking_from_none_takes_none():
    assert take(np.zeros(3), np.zeros(3, int), 5, np.random.default_rng(0)).tolist() == []
    assert len(take(np.zeros(0), np.zeros(0, int), 5, np.random.default_rng(0))) == 0
