import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laionet.errors import ClassListError
from laionet.vocab import POLICIES, ClassList, Synset, load_classes

WORDS = st.sampled_from(["crane", "Crane", "heron", "kit fox", "go-kart", "R.V.", "ai", "x"])


@st.composite
def class_lists(draw: st.DrawFn) -> list[Synset]:
    wnids = draw(st.lists(st.integers(0, 50).map("n{:08d}".format), min_size=1, max_size=8, unique=True))
    synsets = []
    for wnid in wnids:
        lemmas = tuple(draw(st.lists(WORDS, min_size=1, max_size=4)))
        known = draw(st.booleans())
        senses = tuple(draw(st.integers(0, 3)) for _ in lemmas) if known else ()
        synsets.append(Synset(wnid, f"{lemmas[0]}.n.01", lemmas, "a definition", senses=senses))
    return synsets


def having(synsets: list[Synset], lemma: str) -> tuple[str, ...]:
    return tuple(s.wnid for s in synsets if lemma in s.lemmas)


def highest_sense(synsets: list[Synset], lemma: str) -> int:
    return max(n for s in synsets for word, n in zip(s.lemmas, s.senses, strict=False) if word == lemma)


@given(class_lists())
def test_unique_in_list_keeps_exactly_the_lemmas_of_one_class(synsets):
    every = {lemma for s in synsets for lemma in s.lemmas}
    naive = {lemma: having(synsets, lemma) for lemma in every if len(having(synsets, lemma)) == 1}
    assert ClassList(synsets).lemma_map() == naive


@given(class_lists())
def test_all_keeps_every_lemma_for_all_its_classes(synsets):
    every = {lemma for s in synsets for lemma in s.lemmas}
    naive = {lemma: having(synsets, lemma) for lemma in every}
    assert ClassList(synsets, lemma_policy="all").lemma_map() == naive


@given(class_lists())
def test_unique_in_wordnet_keeps_the_single_sensed_of_the_unique(synsets):
    naive = {}
    for s in synsets:
        for lemma in s.lemmas:
            senses = highest_sense(synsets, lemma) if s.senses else 0
            if having(synsets, lemma) == (s.wnid,) and senses == 1:
                naive[lemma] = (s.wnid,)
    assert ClassList(synsets, lemma_policy="unique-in-wordnet").lemma_map() == naive


@given(class_lists(), st.sampled_from(list(POLICIES)))
def test_ambiguous_does_not_hang_on_the_policy(synsets, policy):
    naive = set()
    for s in synsets:
        for i, lemma in enumerate(s.lemmas):
            if len(having(synsets, lemma)) > 1 or (s.senses and s.senses[i] > 1):
                naive.add(lemma)
    classes = ClassList(synsets, lemma_policy=policy)
    assert set(classes.ambiguous) == naive
    assert len(classes.ambiguous) == len(naive)


@given(class_lists(), st.sampled_from(list(POLICIES)))
def test_lemma_map_is_in_class_order_and_agrees_with_the_report(synsets, policy):
    classes = ClassList(synsets, lemma_policy=policy)
    lemma_map = classes.lemma_map()
    in_class_order = list(dict.fromkeys(lemma for s in synsets for lemma in s.lemmas if lemma in lemma_map))
    assert list(lemma_map) == in_class_order
    report = classes.report()
    assert report["lemmas"] == len(lemma_map)
    assert report["without_lemma"] == [
        s.wnid for s in synsets if not any(s.wnid in wnids for wnids in lemma_map.values())
    ]
    assert report["classes_without_lemma"] == len(report["without_lemma"])


@given(class_lists())
def test_reported_shared_lemmas_are_those_of_several_classes(synsets):
    report = ClassList(synsets).report()
    every = {lemma for s in synsets for lemma in s.lemmas}
    naive = {w: list(having(synsets, w)) for w in every if len(having(synsets, w)) > 1}
    assert report["shared_lemmas"] == naive
    assert report["lemmas_in_all"] == len(every)


def test_a_lemma_repeated_inside_one_class_counts_once():
    classes = ClassList([Synset("a", "a", ("crane", "crane"), "d"), Synset("b", "b", ("heron",), "d")])
    assert classes.lemma_map() == {"crane": ("a",), "heron": ("b",)}
    assert classes.matched_lemmas("a") == ("crane",)


def test_capitals_make_two_lemmas_and_the_report_says_so():
    classes = ClassList(
        [
            Synset("dog", "dog", ("Cardigan", "corgi"), "d"),
            Synset("jacket", "jacket", ("cardigan",), "d"),
            Synset("alike", "alike", ("Corgi dog", "corgi dog"), "d"),
        ]
    )
    assert classes.lemma_map()["Cardigan"] == ("dog",)
    assert classes.lemma_map()["cardigan"] == ("jacket",)
    assert classes.report()["shared_but_for_case"] == {"cardigan": ["dog", "jacket"]}


def test_the_papers_list_gives_the_papers_lemmas(real_data: Path):
    with (real_data / "paper_ilsvrc2012_synsets.csv").open(encoding="utf-8", newline="") as file:
        synsets = [
            Synset(row["wnid"], row["wnid"], tuple(w.strip() for w in row["lemmas"].split(",")), "")
            for row in csv.DictReader(file)
        ]
    with (real_data / "paper_lemma_to_wnid.csv").open(encoding="utf-8", newline="") as file:
        published = {row["lemma"]: (row["wnid"],) for row in csv.DictReader(file)}
    assert len(synsets) == 999
    assert len(published) == 1825
    classes = load_classes(synsets, lemmas="unique-in-list")
    assert classes.lemma_map() == published
    assert len(classes) - classes.report()["classes_without_lemma"] == 995


@pytest.mark.parametrize(
    ("policy", "lemmas", "without"),
    [("unique-in-list", 1824, 6), ("unique-in-wordnet", 1301, 212), ("all", 1842, 0)],
)
def test_imagenet_under_each_policy(policy, lemmas, without):
    report = load_classes(lemmas=policy).report()
    assert (report["lemmas"], report["classes_without_lemma"]) == (lemmas, without)


def test_imagenet_classes_that_lose_all_lemmas_to_another_class():
    classes = load_classes()
    lost = {wnid: classes[wnid].lemmas for wnid in classes.report()["without_lemma"]}
    assert lost == {
        "n01807496": ("partridge",),
        "n02012849": ("crane",),
        "n03126707": ("crane",),
        "n03495258": ("harp",),
        "n03710637": ("maillot",),
        "n03773504": ("missile",),
    }
    assert classes.report()["shared_but_for_case"] == {"cardigan": ["n02113186", "n02963159"]}


def test_crane_stands_for_bird_and_machine_under_all():
    classes = load_classes(lemmas="all")
    assert classes.lemma_map()["crane"] == ("n02012849", "n03126707")
    assert {"crane", "kite"} <= set(classes.ambiguous)
    assert "Siberian husky" not in classes.ambiguous


def test_senses_of_custom_lemmas_come_from_wordnet_whatever_their_case(tiny):
    wordnet, _ = tiny
    mine = [Synset("a", "a", ("Dog", "BEAGLE", "unheard of"), "d"), Synset("b", "b", ("hound",), "d")]
    classes = load_classes(mine, lemmas="unique-in-wordnet", wordnet=wordnet.folder)
    assert [s.senses for s in classes] == [(2, 1, 0), (3,)]
    assert classes.lemma_map() == {"BEAGLE": ("a",)}


def test_senses_that_are_unknown_in_part_are_looked_up(tiny):
    wordnet, _ = tiny
    mine = [
        Synset("a", "a", ("dog", "beagle"), "d", senses=(1, 0)),
        Synset("b", "b", ("pug",), "d", senses=(7,)),
    ]
    classes = load_classes(mine, lemmas="unique-in-wordnet", wordnet=wordnet.folder)
    assert [s.senses for s in classes] == [(2, 1), (7,)]


def test_senses_are_looked_up_under_every_policy_where_a_wordnet_is_given(tiny):
    wordnet, _ = tiny
    classes = load_classes([Synset("a", "a", ("dog", "pug"), "d")], lemmas="all", wordnet=wordnet.folder)
    assert classes.ambiguous == ("dog",)


@pytest.mark.usefixtures("no_wordnet")
def test_imagenets_senses_need_no_wordnet_but_custom_ones_do():
    assert len(load_classes(lemmas="unique-in-wordnet").lemma_map()) == 1301
    with pytest.raises(ClassListError, match="wordnet-base"):
        load_classes([Synset("a", "a", ("dog",), "d")], lemmas="unique-in-wordnet")


def test_unknown_policy_names_the_valid_ones_and_the_nearest():
    with pytest.raises(ClassListError) as error:
        load_classes(lemmas="unique_in_list")
    assert "unique-in-list, unique-in-wordnet, all" in str(error.value)
    assert "Did you mean 'unique-in-list'?" in str(error.value)
