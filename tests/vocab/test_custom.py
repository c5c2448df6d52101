from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laionet.errors import ClassListError
from laionet.vocab import ClassList, Synset, load_classes
from laionet.vocab.synset import lemma_problem


@pytest.fixture
def load(tmp_path):
    def load(content: str | bytes) -> ClassList:
        path = tmp_path / "mine.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return load_classes(path)

    return load


def test_a_csv_of_ones_own(load):
    classes = load(
        'id,name,lemmas,definition\nd1,Doodle,doodle|golden_doodle,"a dog, mixed"\nc1,,cat; tabby ;,a cat\n'
        'p1,Paris,"Paris, City of  Light",a town\n'
    )
    assert list(classes) == [
        Synset("d1", "Doodle", ("doodle", "golden doodle"), "a dog, mixed"),
        Synset("c1", "cat", ("cat", "tabby"), "a cat"),
        Synset("p1", "Paris", ("Paris", "City of Light"), "a town"),
    ]
    assert classes.texts()[0] == "doodle which is a dog, mixed"


def test_comma_separates_only_where_nothing_else_does(load):
    classes = load('id,name,lemmas,definition\na,a,"Paris, Texas|Paris, France",d\nb,b,"Rome, Italy;",d\n')
    assert [s.lemmas for s in classes] == [("Paris, Texas", "Paris, France"), ("Rome, Italy",)]


def test_as_a_spreadsheet_writes_it(load):
    text = 'Definition, WNID ,Name,Lemmas,note\r\n"line one\r\nline ""two""",x,X,ex,ignored\r\n,,,,\r\n\r\n'
    classes = load(b"\xef\xbb\xbf" + text.encode())
    assert list(classes) == [Synset("x", "X", ("ex",), 'line one\r\nline "two"')]


def test_source_may_be_a_string_and_have_any_suffix(tmp_path, monkeypatch):
    (tmp_path / "mine").write_text("id,name,lemmas,definition\na,a,b,c\n")
    monkeypatch.chdir(tmp_path)
    classes = load_classes("mine")
    assert classes.source == "mine"
    assert classes.wnids == ("a",)


GOOD = "id,name,lemmas,definition\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no column id, name, lemmas, definition; .* it names none"),
        ("id,name\n1,dog\n", "no column lemmas, definition; .* it names id, name"),
        ("id;name;lemmas;definition\n1;a;b;c\n", "separated by ';'; separate by commas"),
        ("id,name,lemmas,lemmas,definition\n1,a,b,b,c\n", "names lemmas twice"),
        (GOOD, "no class below the header"),
        (GOOD + "\n,,,\n", "no class below the header"),
        (GOOD + "a,a,b,c\n\nb,b,c,d, e\n", "line 4: 5 fields where the header has 4"),
        (GOOD + "a,a,b\n", "line 2: 3 fields where the header has 4"),
        (GOOD + "a,a,b,c\n,b,c,d\n", "line 3: the id is empty"),
        (GOOD + 'a,a,b,"two\nlines"\nb,b,c,d\na,c,d,e\n', "line 5: the id 'a' is already that of line 2"),
        (GOOD + "a,a, | ,c\n", "line 2: class 'a' has no lemma"),
        (GOOD + "a,a,,c\n", "line 2: class 'a' has no lemma"),
        (GOOD + "a,a,dog|--!,c\n", "line 2: class 'a': the lemma '--!' has nothing left once punctuation"),
        (GOOD + "a,a,dog|“—”,c\n", "line 2: class 'a': the lemma '“—”' has nothing left"),
        (GOOD + 'a,a,b,"open\nb,b,b,b\n', "line 2: not readable as CSV"),
        (GOOD + 'a,a,"b"x,c\n', "line 2: not readable as CSV"),
        (
            GOOD.encode() + b"a,a,b,c\nb,caf\xe9,d,e\n",
            "line 3: not UTF-8 .byte 0xe9.. Save the file as UTF-8",
        ),
        ("id,name,lemmas,senses,definition\na,a,b|c,1,d\n", "line 2: the column senses holds '1'"),
        ("id,name,lemmas,senses,definition\na,a,b,many,d\n", "line 2: the column senses holds 'many'"),
    ],
)
def test_errors_name_the_line(load, content, message):
    with pytest.raises(ClassListError, match=message):
        load(content)


def test_missing_file_and_folder(tmp_path):
    for source in (str(tmp_path / "no.csv"), tmp_path / "no.csv", "no.csv"):
        with pytest.raises(ClassListError, match=r"No class list at .*no.csv"):
            load_classes(source)
    with pytest.raises(ClassListError, match="cannot be read"):
        load_classes(tmp_path)


@pytest.mark.parametrize("lemma", ["--", "...", "’", "—", "", " ", "$", "\u200b", "\u3000!", "("])
def test_lemmas_that_can_never_match_are_refused(lemma):
    assert "nothing left" in str(lemma_problem(lemma))
    with pytest.raises(ClassListError, match=r"Class 'a' \(a\): the lemma"):
        load_classes([Synset("a", "a", ("dog", lemma), "d")])


@pytest.mark.parametrize("lemma", ["R.V.", "go-kart", "C++", "犬", "7", "🐶", "é", "٣"])
def test_lemmas_with_something_left_are_allowed(lemma):
    assert lemma_problem(lemma) is None


WORD_SIGNS = st.characters(categories=["L", "N"])
OTHERS = st.text(st.characters(exclude_characters="|;", exclude_categories=["Cs"]), max_size=4)


@given(OTHERS, WORD_SIGNS, OTHERS)
def test_a_lemma_with_a_letter_or_digit_is_always_allowed(before, sign, after):
    assert lemma_problem(before + sign + after) is None


LETTERS = st.sampled_from("abcXYZé犬0,.'\"-")
LEMMAS = st.text(LETTERS, min_size=1, max_size=5).filter(lambda lemma: lemma_problem(lemma) is None)
TEXT = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=9)


@given(
    st.lists(
        st.tuples(st.lists(LEMMAS, min_size=1, max_size=3), st.integers(0, 3), TEXT, TEXT, TEXT),
        min_size=1,
        max_size=4,
    )
)
def test_what_to_csv_wrote_reads_back_the_same(tmp_path_factory, rows):
    classes = ClassList(
        Synset(f"n{i}", name or lemmas[0], tuple(lemmas), definition, gloss, (n,) * len(lemmas) if n else ())
        for i, (lemmas, n, name, definition, gloss) in enumerate(rows)
    )
    path: Path = tmp_path_factory.mktemp("csv") / "classes.csv"
    classes.to_csv(path)
    again = load_classes(path)
    assert again == classes
    assert again.digest() == classes.digest()
