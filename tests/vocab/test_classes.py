import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from laionet.errors import ClassListError
from laionet.vocab import ClassList, Synset, load_classes

HUSKY, CRANE_MACHINE = "n02110185", "n03126707"


@pytest.fixture
def three():
    return ClassList(
        [
            Synset("a", "crane.n.04", ("crane", "grus"), "a bird", senses=(5, 1)),
            Synset("b", "crane.n.05", ("crane", "derrick"), "a machine", senses=(5, 2)),
            Synset("c", "tub.n.01", ("tub",), "a vessel"),
        ],
        "mine",
    )


# ---------------------------------------------------------------- ImageNet


def test_imagenet_equals_the_published_classes_in_order(real_data: Path):
    published = json.loads((real_data / "imagenet1k_class_info.json").read_text("utf-8"))
    classes = load_classes()
    assert [(i, s.wnid, list(s.lemmas), s.gloss) for i, s in enumerate(classes)] == [
        (row["cid"], row["wnid"], row["synset"], row["gloss"]) for row in published
    ]


def test_imagenet_is_right_where_the_papers_list_is_not():
    classes = load_classes("imagenet1k")
    assert len(classes) == len(set(classes.wnids)) == 1000
    assert classes.index(HUSKY) == 250
    assert classes[250].text_name == "siberian husky"
    assert classes[CRANE_MACHINE].name == "crane.n.04"
    assert "n02112837" not in classes


def test_imagenet_synsets_are_complete():
    for synset in load_classes():
        assert synset.gloss.startswith(synset.definition)
        assert len(synset.senses) == len(synset.lemmas)
        assert min(synset.senses) >= 1
        assert synset.name.rsplit(".", 2)[0] == synset.lemmas[0].replace(" ", "_").lower()


def test_the_digest_of_imagenet_is_the_same_everywhere():
    assert load_classes().digest() == "c1db95c64dd06754abba64856eda133047117c22a478003316878f38c310d758"


# ---------------------------------------------------------------- sources


@pytest.mark.usefixtures("no_wordnet")
def test_imagenets_synsets_need_no_wordnet():
    classes = load_classes(f"wordnet:{HUSKY}, tench.n.01")
    assert classes.wnids == (HUSKY, "n01440764")
    assert load_classes(["tench.n.01", classes[0]]).wnids == ("n01440764", HUSKY)
    for source in ("wordnet:dog.n.01", "subtree:tench.n.01", ["n02084071"]):
        with pytest.raises(ClassListError, match="wordnet-base"):
            load_classes(source)


def test_wordnet_source_keeps_the_order_given(tiny):
    wordnet, wnids = tiny
    classes = load_classes(f"wordnet:pug.n.01,{wnids['cat']} , dog.n.02,", wordnet=wordnet.folder)
    assert classes.wnids == (wnids["pug"], wnids["cat"], wnids["dog2"])
    assert classes.source.startswith("wordnet:pug.n.01")
    assert load_classes("wordnet:pug.n.01", wordnet=wordnet.folder)[0] == wordnet.synset("pug.n.01")


def test_subtree_source(tiny):
    wordnet, wnids = tiny
    leaves = load_classes("subtree:animal.n.01", wordnet=wordnet.folder)
    assert set(leaves.wnids) == {wnids[key] for key in ("cat", "beagle", "pug", "rex")}
    assert leaves.wnids == tuple(sorted(leaves.wnids))
    one = load_classes(f"subtree:{wnids['animal']}", wordnet=wordnet.folder, depth=1)
    assert set(one.wnids) == {wnids[key] for key in ("dog", "cat", "hunter")}


def test_a_sequence_may_mix_ids_names_and_synsets(tiny, three):
    wordnet, wnids = tiny
    classes = load_classes((wnids["dog"], "cat.n.01", three[2]), wordnet=wordnet.folder)
    assert classes.wnids == (wnids["dog"], wnids["cat"], "c")
    assert load_classes(three) == three


def test_the_wordnet_asked_for_is_the_one_used(tiny):
    wordnet, _ = tiny
    with pytest.raises(ClassListError, match="is no noun synset"):
        load_classes([HUSKY], wordnet=wordnet.folder)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("imagenet-1k", r"Unknown class list 'imagenet-1k'.*'subtree:dog.n.01'.* Did you mean 'imagenet1k'"),
        ("dog.n.01", "Did you mean 'wordnet:dog.n.01'"),
        ("n02084071", "Did you mean 'wordnet:n02084071'"),
        ("", "Unknown class list ''"),
        ("wornet:dog.n.01", "Unknown class list"),
        ("x" * 5000, "Unknown class list"),
        ("wordnet:", "is empty"),
        ("wordnet: ,", "is empty"),
        ([], "'given' is empty"),
        ([3], "A class list holds 3"),
        ([HUSKY, "tench.n.01", HUSKY], f"has {HUSKY} more than once"),
        (f"wordnet:{HUSKY},siberian_husky.n.01", f"has {HUSKY} more than once"),
        ([Synset("a", "a", (), "d")], "Class 'a' .* has no lemma"),
        ([Synset("", "a", ("a",), "d")], "empty id"),
        ([Synset("a", "a", "dog", "d")], r"its lemmas are 'dog'; give a tuple"),
        ([Synset("a", "a", ("dog", None), "d")], "give a tuple of words"),
        ([Synset("a", "a", ("dog|cat",), "d")], "holds '|' or ';'"),
        ([Synset("a", "a", ("dog", "cat"), "d", senses=(1,))], "2 lemmas but 1 numbers of senses"),
    ],
)
def test_unusable_sources(source, message):
    with pytest.raises(ClassListError, match=message):
        load_classes(source)


def test_depth_without_a_subtree():
    with pytest.raises(ClassListError, match="depth=2 has a meaning only with"):
        load_classes("imagenet1k", depth=2)


def test_bad_wordnet_folder(tmp_path):
    with pytest.raises(ClassListError, match=r"No WordNet in .*wordnet-base.*LAIONET_WORDNET"):
        load_classes("wordnet:dog.n.01", wordnet=tmp_path / "nowhere")


# ---------------------------------------------------------------- the list itself


def test_it_is_a_sequence(three):
    assert len(three) == 3
    assert [s.wnid for s in three] == ["a", "b", "c"]
    assert three[1] is three["b"] is three[-2] is three[np.int64(1)]
    assert three[:2] == (three[0], three[1])
    assert "a" in three
    assert three[0] in three
    assert "z" not in three
    with pytest.raises(IndexError):
        three[3]


def test_unknown_wnid_names_the_nearest():
    classes = load_classes()
    with pytest.raises(ClassListError, match=r"no class 'n02110186'. Did you mean 'n021"):
        classes.index("n02110186")
    with pytest.raises(ClassListError, match="no class 'dog'"):
        classes["dog"]


def test_repr_shows_source_policy_and_first_names(three):
    assert repr(three) == "ClassList('mine', unique-in-list: 3 classes: crane.n.04, crane.n.05, tub.n.01)"
    assert repr(load_classes()).endswith("1000 classes: tench.n.01, goldfish.n.01, great_white_shark.n.01, ...)")


def test_it_cannot_be_changed(three):
    for name in ("source", "lemma_policy"):
        with pytest.raises(AttributeError):
            setattr(three, name, "other")
    three.lemma_map().clear()
    assert three.lemma_map() == {"grus": ("a",), "derrick": ("b",), "tub": ("c",)}
    with pytest.raises(AttributeError):
        three[0].wnid = "z"


def test_digest_sees_each_field_the_order_and_the_policy_but_not_the_source():
    first, second = Synset("a", "a", ("x", "y"), "d", "g", (1, 1)), Synset("b", "b", ("z",), "d")
    variants = [
        ([first, second], "unique-in-list"),
        ([second, first], "unique-in-list"),
        ([first, second], "all"),
        ([first], "unique-in-list"),
        *(
            ([changed, second], "unique-in-list")
            for changed in (
                Synset("A", "a", ("x", "y"), "d", "g", (1, 1)),
                Synset("a", "A", ("x", "y"), "d", "g", (1, 1)),
                Synset("a", "a", ("x y",), "d", "g", (1,)),
                Synset("a", "a", ("x", "y"), "D", "g", (1, 1)),
                Synset("a", "a", ("x", "y"), "d", "G", (1, 1)),
                Synset("a", "a", ("x", "y"), "d", "g", (1, 2)),
            )
        ),
    ]
    lists = [ClassList(synsets, "one", policy) for synsets, policy in variants]
    assert len({classes.digest() for classes in lists}) == len(set(lists)) == len(variants)
    again = [ClassList(synsets, "another", policy) for synsets, policy in variants]
    assert [c.digest() for c in again] == [c.digest() for c in lists]
    assert again == lists
    assert lists[0] != "a list"


def test_it_crosses_to_another_process(three):
    three.lemma_map()
    again = pickle.loads(pickle.dumps(three))
    assert again == three
    assert (again.source, again.digest(), again.index("c")) == ("mine", three.digest(), 2)


def test_table(three):
    table = three.to_table()
    assert table.to_pydict() == {
        "index": [0, 1, 2],
        "wnid": ["a", "b", "c"],
        "name": ["crane.n.04", "crane.n.05", "tub.n.01"],
        "lemmas": [["crane", "grus"], ["crane", "derrick"], ["tub"]],
        "definition": ["a bird", "a machine", "a vessel"],
        "matched_lemmas": [["grus"], ["derrick"], ["tub"]],
        "ambiguous_lemmas": [["crane"], ["crane", "derrick"], []],
    }
    assert str(table.schema.field("index").type) == "int32"
    assert str(table.schema.field("matched_lemmas").type).startswith("list<")


def test_csv(three, tmp_path):
    three.to_csv(tmp_path / "three.csv")
    assert (tmp_path / "three.csv").read_bytes().decode().split("\n") == [
        "index,wnid,name,lemmas,senses,definition,gloss,matched_lemmas,ambiguous_lemmas",
        "0,a,crane.n.04,crane|grus,5|1,a bird,,grus,crane",
        "1,b,crane.n.05,crane|derrick,5|2,a machine,,derrick,crane|derrick",
        "2,c,tub.n.01,tub,,a vessel,,tub,",
        "",
    ]


def test_report_holds_only_what_json_can(three):
    assert json.loads(json.dumps(three.report())) == {
        "source": "mine",
        "lemma_policy": "unique-in-list",
        "classes": 3,
        "lemmas": 3,
        "lemmas_in_all": 4,
        "ambiguous_lemmas": 2,
        "shared_lemmas": {"crane": ["a", "b"]},
        "shared_but_for_case": {},
        "classes_without_lemma": 0,
        "without_lemma": [],
    }


def test_importing_and_loading_needs_no_heavy_library():
    code = (
        "import sys; from laionet.vocab import load_classes; load_classes().lemma_map(); "
        "print(sorted({'torch', 'pyarrow', 'polars', 'numpy', 'pydantic'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
