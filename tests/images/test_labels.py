import pytest

from images.builders import CLASSES
from laionet.errors import LayoutError, ShardError
from laionet.images.labels import labels_of, renumbered
from laionet.vocab import load_classes

LABELS = labels_of(CLASSES)


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("n01440764", 0),
        (b"n01440764\n", 0),
        ("n02085620-Chihuahua", 151),
        ("n02085620_chihuahua", 151),
        ("tench.n.01", 0),
        ("crane.n.05", CLASSES.index("n02012849")),
        ("tench", 0),
        ("Tinca_tinca", 0),
        ("TINCA  TINCA", 0),
        ("tench, Tinca tinca", 0),
        ("great_white_shark", 2),
        ("10", 10),
        ("010", 10),
        (" 7\n", 7),
        (7, 7),
        (7.0, 7),
        ("7.0", 7),
        (-1, None),
        ("-1", None),
        (7.5, None),
        (float("nan"), None),
        (True, None),
        (None, None),
        ([3], None),
        ("crane", None),  # a bird and a machine
        ("n99999999", None),
        ("n014407640", None),
        ("", None),
        ("zebra crossing", None),
        (b"\xff\xfe", None),
    ],
)
def test_a_label_is_a_wnid_a_name_a_word_or_a_number(value, label):
    assert LABELS.find(value) == label


def test_every_class_is_found_by_its_wnid_and_its_name():
    for label, synset in enumerate(CLASSES):
        assert LABELS.find(synset.wnid) == LABELS.find(synset.name) == label


def test_a_number_beyond_the_list_is_an_error_because_it_counts_something_else():
    with pytest.raises(ShardError, match=r"label 1000, .* list of 1000 classes"):
        LABELS.find(1000)


def test_numbers_may_count_imagenet_while_the_run_has_few_classes(tmp_path):
    few = load_classes(["n01443537", "n01440764"])
    assert [labels_of(few).find(n) for n in (0, 1)] == [0, 1]
    counted = labels_of(few, "imagenet1k")
    assert [counted.find(n) for n in (0, 1, 2, "0")] == [1, 0, None, 1]
    listed = tmp_path / "names.txt"
    listed.write_text("zebra\ngoldfish\n")
    assert [labels_of(few, listed).find(n) for n in (0, 1)] == [None, 0]
    assert len({labels_of(few, given).digest for given in (None, "imagenet1k", listed)}) == 3


def test_a_list_of_labels_must_be_readable_and_of_these_classes(tmp_path):
    with pytest.raises(LayoutError, match="one class a line"):
        labels_of(CLASSES, tmp_path / "missing.txt")
    with pytest.raises(LayoutError, match="None of the 2 labels"):
        renumbered(LABELS, ["neither", "this"])


def test_the_position_decides_for_shared_names_only_where_all_others_agree():
    names = [", ".join(synset.lemmas) for synset in CLASSES]
    shared = [at for at, name in enumerate(names) if LABELS.named(name) is None]
    assert CLASSES.index("n02012849") in shared
    assert renumbered(LABELS, names).numbering == tuple(range(1000))
    swapped = [names[1], names[0], *names[2:]]
    other = renumbered(LABELS, swapped)
    assert other.numbering[:3] == (1, 0, 2)
    assert {other.numbering[at] for at in shared} == {-1}
