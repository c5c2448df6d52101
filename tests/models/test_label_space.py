"""Which of our classes each output of a head is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import image_checkpoints as made
from laionet.errors import ModelError
from laionet.models.label_space import label_space
from laionet.vocab import Synset, load_classes

IMAGENET = load_classes("imagenet1k")
NAMES = list(made.imagenet_labels().values())
OWN = load_classes(
    [
        Synset("fox", "fox", ("kit fox", "Vulpes macrotis"), "a sly animal"),
        Synset("bird", "crane bird", ("crane",), "a tall bird"),
        Synset("n02999999", "lift", ("crane", "lifting machine"), "a tall machine"),
    ],
    lemmas="all",
)


def test_the_shipped_order_is_that_of_model_heads(real_data: Path) -> None:
    rows = json.loads((real_data / "imagenet1k_class_info.json").read_text())
    assert [row["wnid"] for row in rows] == list(IMAGENET.wnids)
    assert [row["cid"] for row in rows] == list(range(1000))


@pytest.mark.parametrize(
    "names",
    [
        NAMES,
        [name.split(", ")[0] for name in NAMES],
        [name.replace(" ", "_").replace(",_", ", ") for name in NAMES],
        [f"LABEL_{at}" for at in range(1000)],
        [f"{synset.wnid} {synset.text_name}" for synset in IMAGENET],
    ],
    ids=["lemmas", "first lemma", "underscores", "placeholders", "wnids"],
)
def test_every_class_of_a_1k_head_is_found_the_two_cranes_too(names: list[str]) -> None:
    assert names.count("crane") in (0, 2)
    found = label_space("model", names, IMAGENET)
    np.testing.assert_array_equal(found.ours, np.arange(1000, dtype=np.int32))
    assert found.ours.dtype == np.int32
    assert found.how == ("wnids" if names[0].startswith("n0") else "ImageNet order")
    assert (found.found, found.missing, found.ambiguous) == (1000, (), ())


def test_a_1k_head_and_a_list_of_some_classes_in_another_order() -> None:
    some = load_classes(["n03126707", "n02012849", "n04356056", "n04355933", "n02963159", "n02113186"])
    found = label_space("model", NAMES, some)
    assert [int(np.flatnonzero(found.ours == label)[0]) for label in range(6)] == [
        IMAGENET.index(wnid) for wnid in some.wnids
    ]
    assert (found.ours >= 0).sum() == 6


def test_1000_names_that_are_not_imagenets_are_matched_by_name() -> None:
    names = [f"nothing {at}" for at in range(998)] + ["tench, Tinca tinca", "cock"]
    found = label_space("model", names, IMAGENET)
    assert found.how == "names"
    assert np.flatnonzero(found.ours >= 0).tolist() == [998, 999]
    assert found.ours[998:].tolist() == [IMAGENET.index("n01440764"), IMAGENET.index("n01514668")]


def large_head() -> tuple[list[str], dict[str, int]]:
    """Names of a head sorted by wnid, as ImageNet-21k's: all our classes, and others between them."""
    ours = sorted(IMAGENET, key=lambda synset: synset.wnid)
    names, output_of = [], {}
    for at, synset in enumerate(ours):
        if at % 3 == 0:
            names.append(f"other {at}, thing")
        if at % 50 == 0:  # a homonym that is none of ours, far from the one that is
            names.append(", ".join(ours[(at + 500) % 1000].lemmas))
        output_of[synset.wnid] = len(names)
        names.append(", ".join(synset.lemmas))
    return names, output_of


def test_a_21k_head_is_matched_by_names_and_homonyms_by_their_neighbours() -> None:
    names, output_of = large_head()
    found = label_space("model", names, IMAGENET)
    assert found.how == "names"
    assert len(names) > 1300
    for wnid, output in output_of.items():
        assert found.ours[output] == IMAGENET.index(wnid), wnid
    assert (found.ours >= 0).sum() == 1000
    assert found.ambiguous == ()


def test_homonyms_of_a_head_in_no_order_are_left_out_and_named() -> None:
    names, _ = large_head()
    shuffled = [names[at] for at in np.random.default_rng(0).permutation(len(names))]
    found = label_space("model", shuffled, IMAGENET)
    assert "crane" in found.ambiguous
    assert {"n02012849", "n03126707"} <= set(found.missing)
    for name in ("tench, Tinca tinca", "maillot", "maillot, tank suit", "Cardigan, Cardigan Welsh corgi"):
        lemmas = set(name.split(", "))
        mine = [label for label, synset in enumerate(IMAGENET) if set(synset.lemmas) == lemmas]
        if shuffled.count(name) == 1:
            assert found.ours[shuffled.index(name)] == mine[0]


def test_classes_of_ones_own_by_id_by_lemma_and_by_part_of_their_lemmas() -> None:
    assert label_space("m", ["fox", "bird", "dog"], OWN).ours.tolist() == [0, 1, -1]
    assert label_space("m", ["kit_fox, Vulpes_macrotis", "dog"], OWN).ours.tolist() == [0, -1]
    found = label_space("m", ["Kit Fox", "lifting machine", "crane"], OWN)
    assert found.ours.tolist() == [0, 2, 1]
    assert (found.how, found.found, found.missing) == ("names", 3, ())


def test_a_name_of_several_classes_without_more_is_left_out() -> None:
    classes = load_classes(
        [Synset("a", "a", ("jay", "bird"), "x"), Synset("b", "b", ("jay", "letter"), "y")], lemmas="all"
    )
    found = label_space("m", ["jay", "letter"], classes)
    assert found.ours.tolist() == [-1, 1]
    assert found.missing == ("a",)


def test_wnids_of_the_configuration_come_before_names() -> None:
    wnids = ["n02113186", "n09999999", "n01440764"]
    found = label_space("m", ["tench", "cock", "hen"], IMAGENET, wnids=wnids)
    assert found.ours.tolist() == [IMAGENET.index("n02113186"), -1, IMAGENET.index("n01440764")]
    with pytest.raises(ModelError, match="2 wnids for 3 classes"):
        label_space("m", ["tench", "cock", "hen"], IMAGENET, wnids=wnids[:2])


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("map.json", '{"2": "n01440764", "0": "n02113186"}'),
        ("map.json", '["n02113186", "", "n01440764"]'),
        ("map.csv", "index,wnid\n0,n02113186\n2,n01440764\n"),
        ("map.tsv", "wnid\tindex\nn02113186\t0\nn01440764\t2\n"),
    ],
)
def test_a_map_file_comes_before_all_else(file: str, content: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(content)
    found = label_space("m", ["goldfish", "cock", "hen"], IMAGENET, map_file=tmp_path / file)
    assert found.ours.tolist() == [IMAGENET.index("n02113186"), -1, IMAGENET.index("n01440764")]
    assert found.how == "map file"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "label map .*Give JSON"),
        ('"tench"', "neither an object nor a list"),
        ('{"one": "n01440764"}', "Give JSON"),
        ('{"3": "n01440764"}', "index 3, but the head has 3 outputs"),
        ('{"0": "n99999999"}', "none of its 3 classes.*map file"),
    ],
)
def test_an_unusable_map_file(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "map.json").write_text(content)
    with pytest.raises(ModelError, match=message):
        label_space("m", ["a", "b", "c"], IMAGENET, map_file=tmp_path / "map.json")


def test_a_head_without_any_of_our_classes_is_refused() -> None:
    with pytest.raises(ModelError, match=r"none of its 2 classes \('cat', 'LABEL_1', ...\) is one of the 3"):
        label_space("m", ["cat", "LABEL_1"], OWN)


@given(st.lists(st.sampled_from([*NAMES[:60], "crane", "other", "", "n01440764"]), min_size=1, max_size=40))
def test_what_is_found_has_the_lemmas_or_the_wnid_of_the_name(names: list[str]) -> None:
    try:
        found = label_space("m", names, IMAGENET)
    except ModelError:
        return
    for name, label in zip(names, found.ours.tolist(), strict=True):
        if label >= 0:
            assert name == IMAGENET[label].wnid or set(name.split(", ")) <= set(IMAGENET[label].lemmas)
