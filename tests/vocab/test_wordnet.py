import re
from collections import deque

import pytest

from laionet.errors import ClassListError
from laionet.vocab import Synset, WordNet, load_classes
from laionet.vocab.wordnet import definition_of


def test_a_synset_by_wnid_and_by_name(tiny):
    wordnet, wnids = tiny
    dog = wordnet.synset(wnids["dog"])
    assert dog == Synset(
        wnid=wnids["dog"],
        name="dog.n.01",
        lemmas=("dog", "domestic dog"),
        definition="it barks",
        gloss='it barks; "the dog barked"',
        senses=(2, 1),
    )
    assert wordnet.synset("dog.n.01") == dog
    assert wordnet.synset("Domestic dog.n.1") == dog
    assert wordnet.synset("dog.n.02").wnid == wnids["dog2"]
    assert wordnet.synset("r.v..n.01").name == "rex.n.01"


def test_the_name_has_the_sense_number_of_the_first_lemma(tiny):
    wordnet, wnids = tiny
    assert wordnet.synset(wnids["dog2"]).name == "dog.n.02"
    assert wordnet.synset(wnids["rex"]).name == "rex.n.01"


def test_senses_count_all_parts_of_speech_and_no_case(tiny):
    wordnet, _ = tiny
    assert [wordnet.senses(w) for w in ("hound", "HOUND", "felis catus", "nothing")] == [3, 3, 1, 0]


def test_hyponyms_include_instances(tiny):
    wordnet, wnids = tiny
    assert wordnet.hyponyms("dog.n.01") == (wnids["hound"], wnids["pug"], wnids["rex"])
    assert wordnet.hyponyms(wnids["cat"]) == ()


@pytest.mark.parametrize(
    ("root", "depth", "expected"),
    [
        ("animal.n.01", None, ["cat", "beagle", "pug", "rex"]),
        ("animal.n.01", 0, ["animal"]),
        ("animal.n.01", 1, ["dog", "cat", "hunter"]),
        ("animal.n.01", 2, ["cat", "tracker", "hound", "pug", "rex"]),
        ("animal.n.01", 3, ["cat", "beagle", "pug", "rex"]),
        ("animal.n.01", 9, ["cat", "beagle", "pug", "rex"]),
        ("cat.n.01", None, ["cat"]),
        ("cat.n.01", 2, ["cat"]),
        ("loop.n.01", None, []),
        ("loop.n.01", 1, ["noose"]),
    ],
)
def test_subtree(tiny, root, depth, expected):
    wordnet, wnids = tiny
    assert wordnet.subtree(root, depth) == tuple(sorted(wnids[key] for key in expected))


def test_definition_leaves_out_quoted_examples_only(tiny):
    wordnet, wnids = tiny
    assert wordnet.synset(wnids["cat"]).definition == 'it "meows"; often'
    assert definition_of("no example; no quotes") == "no example; no quotes"


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("n02112837", "n02112837 is no noun synset of WordNet 3.0"),
        ("n99999999", "is no noun synset"),
        ("n00000000", "is no noun synset"),
        ("dog.n.03", r"Senses of 'dog': 2. dog.n.01: it barks; dog.n.02: an insult"),
        ("dog.n.00", "Senses of 'dog': 2"),
        ("beagel.n.01", "no noun 'beagel'. Did you mean 'beagle'"),
        ("zzz.n.01", "no noun 'zzz'.$"),
        ("run.v.01", "such as 'dog.n.01'"),
        ("dog", "such as 'dog.n.01'"),
        ("n123", "a wnid such as"),
    ],
)
def test_unknown_synsets(tiny, key, message):
    with pytest.raises(ClassListError, match=message):
        tiny[0].synset(key)


def test_an_offset_into_the_middle_of_a_line_is_no_synset(tiny):
    wordnet, wnids = tiny
    inside = f"n{int(wnids['dog'][1:]) + 9:08d}"
    with pytest.raises(ClassListError, match="is no noun synset"):
        wordnet.synset(inside)


def test_negative_depth(tiny):
    with pytest.raises(ClassListError, match="depth is -1"):
        tiny[0].subtree("dog.n.01", -1)


def test_a_dict_folder_below_the_one_given_is_found(tmp_path, make_tiny_wordnet):
    make_tiny_wordnet(tmp_path / "WordNet-3.0" / "dict")
    assert WordNet(tmp_path / "WordNet-3.0").synset("pug.n.01").lemmas == ("pug", "pug-dog")


def test_argument_then_variable_then_usual_places(tmp_path, make_tiny_wordnet, monkeypatch):
    for name in ("argument", "variable", "usual"):
        make_tiny_wordnet(tmp_path / name)
    monkeypatch.setattr("laionet.vocab.wordnet._usual_places", lambda: [tmp_path / "no", tmp_path / "usual"])
    monkeypatch.setenv("LAIONET_WORDNET", str(tmp_path / "variable"))
    assert WordNet.find(tmp_path / "argument").folder.name == "argument"
    assert WordNet.find().folder.name == "variable"
    monkeypatch.delenv("LAIONET_WORDNET")
    assert WordNet.find().folder.name == "usual"


def test_nltks_folder_is_a_usual_place(tmp_path, make_tiny_wordnet, monkeypatch):
    monkeypatch.delenv("LAIONET_WORDNET", raising=False)
    monkeypatch.setenv("NLTK_DATA", str(tmp_path))
    make_tiny_wordnet(tmp_path / "corpora" / "wordnet")
    from laionet.vocab import wordnet as module

    assert tmp_path / "corpora" / "wordnet" in module._usual_places()
    places = [place for place in module._usual_places() if str(place) != "/usr/share/wordnet"]
    monkeypatch.setattr(module, "_usual_places", lambda: places)
    assert WordNet.find().folder == tmp_path / "corpora" / "wordnet"


@pytest.mark.usefixtures("no_wordnet")
def test_no_wordnet_says_how_to_get_it():
    with pytest.raises(ClassListError) as error:
        WordNet.find()
    for word in ("/nowhere/wordnet", "wordnet-base", "princeton.edu", "LAIONET_WORDNET", "wordnet="):
        assert word in str(error.value)


def test_missing_folder_and_missing_file(tmp_path, make_tiny_wordnet):
    with pytest.raises(ClassListError, match=r"data.noun, index.noun.*wordnet-base"):
        WordNet(tmp_path / "nowhere")
    make_tiny_wordnet(tmp_path)
    (tmp_path / "index.adj").unlink()
    with pytest.raises(ClassListError, match=r": index.adj not found"):
        WordNet(tmp_path)


def test_the_variable_is_not_passed_over_when_wrong(tmp_path, make_tiny_wordnet, monkeypatch):
    make_tiny_wordnet(tmp_path / "usual")
    monkeypatch.setattr("laionet.vocab.wordnet._usual_places", lambda: [tmp_path / "usual"])
    monkeypatch.setenv("LAIONET_WORDNET", str(tmp_path / "mistyped"))
    with pytest.raises(ClassListError, match="mistyped"):
        WordNet.find()


def test_another_version_is_refused(tmp_path, make_tiny_wordnet):
    make_tiny_wordnet(tmp_path, version="3.1")
    with pytest.raises(ClassListError, match=r"holds WordNet 3.1; WordNet 3.0 is needed"):
        WordNet(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: content[:-20],
        lambda content: content.replace(b"Permission to use", b"Permission  to use"),
        lambda content: content[: content.index(b"animal")].rpartition(b"\n")[0] + b"\n",
    ],
    ids=["other line ends", "cut short", "shifted", "no synset"],
)
def test_damaged_data_is_refused(tmp_path, make_tiny_wordnet, change):
    make_tiny_wordnet(tmp_path)
    data = tmp_path / "data.noun"
    data.write_bytes(change(data.read_bytes()))
    with pytest.raises(ClassListError, match="damaged: synsets do not lie at their offsets"):
        WordNet(tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\x00\xff"])
def test_files_that_are_no_wordnet_are_refused(tmp_path, make_tiny_wordnet, content):
    make_tiny_wordnet(tmp_path)
    (tmp_path / "data.noun").write_bytes(content)
    with pytest.raises(ClassListError, match=r"cannot be read|no WordNet version"):
        WordNet(tmp_path)


def test_a_malformed_line_and_a_wrong_index_are_refused(tmp_path, make_tiny_wordnet):
    wnids = make_tiny_wordnet(tmp_path)
    data, index = tmp_path / "data.noun", tmp_path / "index.noun"
    data.write_bytes(data.read_bytes().replace(b" 05 n 02 pug", b" 05 n xx pug"))
    index.write_bytes(index.read_bytes().replace(wnids["cat"][1:].encode(), b"00000001"))
    wordnet = WordNet(tmp_path)
    with pytest.raises(ClassListError, match=f"the line of {wnids['pug']} is malformed"):
        wordnet.synset(wnids["pug"])
    with pytest.raises(ClassListError, match=f"index.noun does not list {wnids['cat']} under 'cat'"):
        wordnet.synset(wnids["cat"])


# ---------------------------------------------------------------- the real WordNet 3.0


@pytest.fixture(scope="module")
def children(wordnet):
    """wnid -> hyponyms, read from the whole file at once by other means."""
    found = {}
    for line in (wordnet.folder / "data.noun").read_text("ascii").splitlines():
        if line.startswith("  "):
            continue
        body = line.split(" | ")[0]
        found["n" + line[:8]] = ["n" + offset for offset in re.findall(r" ~i? (\d{8}) n 0000(?= |$)", body)]
    return found


def test_it_agrees_with_the_shipped_table(wordnet):
    table = load_classes()
    assert [wordnet.synset(wnid) for wnid in table.wnids] == list(table)
    assert [wordnet.wnid(synset.name) for synset in table] == list(table.wnids)


def test_every_synset_is_found_under_its_name(wordnet, children):
    assert len(children) == 82115
    for wnid in list(children)[::41]:
        synset = wordnet.synset(wnid)
        assert wordnet.wnid(synset.name) == wnid
        assert synset.definition
        assert all(synset.senses)


@pytest.mark.parametrize("root", ["dog.n.01", "feline.n.01", "vehicle.n.01", "scientist.n.01", "animal.n.01"])
def test_subtrees_equal_a_walk_over_the_whole_file(wordnet, children, root):
    start = wordnet.wnid(root)
    shortest = {start: 0}
    queue = deque([start])
    while queue:
        above = queue.popleft()
        for wnid in children[above]:
            if wnid not in shortest:
                shortest[wnid] = shortest[above] + 1
                queue.append(wnid)
    leaves = {wnid for wnid in shortest if not children[wnid]}
    assert wordnet.subtree(root) == tuple(sorted(leaves))
    for depth in range(6):
        level = {w for w, d in shortest.items() if d == depth or (d < depth and w in leaves)}
        assert wordnet.subtree(root, depth) == tuple(sorted(level))


def test_dogs(wordnet):
    dogs = load_classes("subtree:dog.n.01")
    assert len(dogs) == 147
    assert "n02110185" in dogs
    assert len(load_classes("subtree:dog.n.01", depth=1)) == 18
    scientists = load_classes("subtree:physicist.n.01")
    assert "einstein.n.01" in {s.name for s in scientists}
