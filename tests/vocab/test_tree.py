import pytest

from laionet.vocab import ClassList, Synset, WordNet, load_classes
from laionet.vocab.tree import climb, shipped_tree, subtrees
from vocab.conftest import write_tiny_wordnet


@pytest.fixture
def tiny(tmp_path):
    wnids = write_tiny_wordnet(tmp_path / "dict")
    return WordNet(tmp_path / "dict"), wnids


def classes_of(wordnet, wnids, *keys):
    return ClassList([wordnet.synset(wnids[key]) for key in keys], "test")


def test_each_part_holds_the_classes_below_it_by_any_way(tiny):
    wordnet, wnids = tiny
    found = subtrees(classes_of(wordnet, wnids, "beagle", "pug", "cat", "tracker"), wordnet)
    names = {one.name: set(one.wnids) for one in found}
    # A hound is a dog and a tracker, so the beagle lies below the hunter too; animal holds all.
    assert names == {
        "dog": {wnids["beagle"], wnids["pug"]},
        "tracker": {wnids["beagle"], wnids["tracker"]},
    }


def test_instances_and_the_class_itself_lie_below(tiny):
    wordnet, wnids = tiny
    found = subtrees(classes_of(wordnet, wnids, "rex", "dog", "cat"), wordnet)
    assert [(one.name, one.wnids) for one in found] == [("dog", (wnids["rex"], wnids["dog"]))]


def test_a_cycle_ends(tiny):
    wordnet, wnids = tiny
    assert set(climb([wnids["loop"]], wordnet)) == {wnids["loop"], wnids["noose"]}


def test_classes_of_ones_own_lie_below_nothing():
    own = [Synset(wnid=f"c{i}", name=f"c{i}", lemmas=(f"thing {i}",), definition="") for i in range(3)]
    assert subtrees(ClassList(own, "own")) == []


def test_imagenet_has_its_118_dogs_without_wordnet():
    found = {one.name: one for one in subtrees(load_classes())}
    assert len(found["dog"].wnids) == 118
    assert "n02106166" in found["shepherd dog"].wnids
    assert len({one.wnids for one in found.values()}) == len(found)


def test_the_shipped_tree_is_closed_upwards():
    tree = shipped_tree()
    assert set(load_classes().wnids) <= set(tree)
    assert {above for one in tree.values() for above in one.hypernyms} <= set(tree)
