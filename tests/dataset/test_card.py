"""The card: valid for the hub, true to the manifest, and never markup from data."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset import factory
from laionet.dataset import write_folder
from laionet.dataset.card import size_category, toml_block
from laionet.dataset.facts import REASONS
from laionet.dataset.text import clean, escape, yaml_string
from laionet.recipe import Recipe
from laionet.schema import Drop

yaml = pytest.importorskip("yaml")
markdown_it = pytest.importorskip("markdown_it")


def card(folder, *parts, **changes) -> str:
    factory.write(folder, *parts, **changes)
    return (folder / "README.md").read_text(encoding="utf-8")


def head_of(text: str) -> dict:
    _, head, _ = text.split("---\n", 2)
    return yaml.safe_load(head)


def html_of(text: str) -> str:
    """The body as a renderer that lets HTML through would show it: the worst case."""
    body = text.split("---\n", 2)[2]
    return render(body)


def render(text: str) -> str:
    """Markdown with GitHub's tables, by an independent renderer."""
    reader = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return reader.render(text)


def tables_of(text: str) -> list[list[list[str]]]:
    tables = re.findall(r"<table>.*?</table>", html_of(text), flags=re.S)
    rows = [re.findall(r"<tr>(.*?)</tr>", table, flags=re.S) for table in tables]
    return [[re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, flags=re.S) for row in table] for table in rows]


def table_headed(text: str, header: str) -> list[list[str]]:
    return next(table[1:] for table in tables_of(text) if table[0][0] == header)


def test_the_head_is_what_the_hub_reads(tmp_path):
    head = head_of(card(tmp_path))
    assert head["pretty_name"] == "huskies & cranes"
    assert head["license"] == "other"
    assert head["task_categories"] == ["image-classification"]
    assert head["size_categories"] == ["n<1K"]
    split = head["configs"][0]["data_files"][0]
    assert split == {"split": "train", "path": "data/train-*.parquet"}


@pytest.mark.parametrize(
    ("rows", "bucket"),
    [
        (0, "n<1K"),
        (999, "n<1K"),
        (1_000, "1K<n<10K"),
        (822_149, "100K<n<1M"),
        (1_000_000, "1M<n<10M"),
        (21_000_000, "10M<n<100M"),
        (10**12, "n>1T"),
    ],
)
def test_the_size_is_in_the_right_bucket(rows, bucket):
    assert size_category(rows) == bucket


def test_the_hub_accepts_the_head(tmp_path):
    hub = pytest.importorskip("huggingface_hub")
    loaded = hub.DatasetCard(card(tmp_path))
    assert loaded.data.size_categories == ["n<1K"]
    assert loaded.data.license == "other"


def test_the_funnel_has_every_stage_with_its_counts(tmp_path):
    rows = table_headed(card(tmp_path), "step")
    assert [row[0] for row in rows] == ["match", "score", "select"]
    assert rows[0][2:] == ["captions", "190,000", "181,000", "9,000", "9,400"]
    assert rows[2][3:] == ["9,400", "9,360", "40", "40"]


def test_every_reason_has_its_rows_and_share(tmp_path):
    text = card(tmp_path)
    reasons = next(table[1:] for table in tables_of(text) if table[0][1].startswith("why a row"))
    assert reasons[0] == ["match", "no lemma of any class in the caption", "180,900", "95.2 %"]
    assert ["select", "the corpus marks safety, but not for this row", "37", "0.4 %"] in reasons
    assert len(reasons) == 6


def test_every_reason_that_exists_has_words():
    assert set(REASONS) == set(Drop)


def test_sources_are_listed_with_fingerprints_and_what_was_set_aside(tmp_path):
    text = card(tmp_path)
    assert table_headed(text, "file")[1] == ["part-01.parquet", "7,654,321", "90,000", "ef34ab"]
    assert table_headed(text, "part") == [
        ["file part-02.parquet", "not a parquet file"],
        ["match, shard 00007", "the file ends early"],
    ]
    assert "2 files, 190,000 rows, read as laion400m" in text
    assert "2 parts of the corpus are missing" in text


def test_a_long_list_of_files_is_cut_and_says_so(tmp_path):
    files = [{"name": f"part-{i}.parquet", "size": 1, "fingerprint": "f"} for i in range(2_000)]
    text = card(tmp_path, corpus={"files": files, "rows": 123_456})
    assert "2,000 files, 123,456 rows" in text
    assert "The other 1,960 files" in text
    assert "part-1999" not in text


def test_classes_are_counted_and_the_empty_ones_explained(tmp_path):
    text = card(tmp_path, factory.rows(40))
    assert "3 of them have rows, with a median of 13; 2 are empty" in text
    assert table_headed(text, "largest classes")[0] == ["Siberian husky", "n02110185", "14", "35.0 %"]
    assert table_headed(text, "empty classes") == [
        [
            "1",
            "had captions, all dropped; most often: similarity to the synset text not above the threshold",
            "sea lion (n02077923)",
        ],
        ["1", "has no lemma that the lemma policy keeps", "crane (n03126707)"],
    ]


def test_smallest_classes_are_shown_where_there_are_more_than_the_largest(tmp_path):
    classes = [factory.Klass(f"x{i:02d}", f"c{i}", (f"word{i}",), "d") for i in range(25)]
    labels = [i for i in range(25) for _ in range(i)]
    table = factory.rows(len(labels), classes=classes, label=labels)
    write_folder(tmp_path, [table], classes, factory.manifest())
    text = (tmp_path / "README.md").read_text()
    assert [row[1] for row in table_headed(text, "largest classes")] == [f"x{i}" for i in range(24, 14, -1)]
    assert [row[1] for row in table_headed(text, "smallest classes that have rows")] == [
        f"x{i:02d}" for i in range(10, 0, -1)
    ]


def test_threshold_and_encoder_are_named(tmp_path):
    text = card(tmp_path)
    assert "above **0.5**" in text
    assert "suggests 0.62" in text
    assert "keeps a share of 0.95" in text
    assert "openai/clip-vit-base-patch32" in text
    assert "12 captions were longer" in text


def test_the_recipe_in_the_card_is_the_recipe(tmp_path):
    import tomllib

    from laionet.recipe import recipe_of

    made = Recipe.model_validate({"name": "a <b> ``` & 'c'", "select": {"cap": None, "top_k": 7}})
    text = card(tmp_path, recipe=made.settings())
    assert recipe_of(tomllib.loads(toml_of(text))) == made


@pytest.mark.parametrize(
    ("corpus", "select", "says", "says_not"),
    [
        ({"safety": ["nsfw"]}, {}, "37 such rows were dropped", "Nothing was filtered"),
        (
            {"safety": []},
            {},
            "Nothing was filtered for safety:** the corpus has no marks",
            "such rows were dropped",
        ),
        (
            {"safety": ["nsfw"]},
            {"nsfw_keep": None},
            "Nothing was filtered for safety:** no rule was applied to the marks",
            "such rows were dropped",
        ),
        ({}, {}, "does not say which marks", "such rows were dropped"),
    ],
)
def test_safety_says_what_was_and_was_not_filtered(tmp_path, corpus, select, says, says_not):
    recipe = Recipe.model_validate({"select": select}).settings()
    text = card(tmp_path, corpus=corpus, recipe=recipe)
    assert says in text
    assert says_not not in text
    assert "withdrew LAION-400M" in text
    assert "research-safe" in text


def test_the_table_of_marks_tells_rule_from_mark(tmp_path):
    rows = table_headed(card(tmp_path, corpus={"safety": ["nsfw", "violence"]}), "mark of the corpus")
    assert rows[0][1:] == ["yes", "kept only if it is UNLIKELY"]
    assert rows[1][1:] == ["no", "kept only up to 0.5"]
    assert rows[3] == ["violence", "yes", "none"]


@pytest.mark.parametrize("left", ["all", "stages", "corpus", "classes", "recipe", "encoder", "threshold"])
def test_parts_that_the_manifest_lacks_are_left_out(tmp_path, left):
    gone = {key: None for key in factory.manifest() if left in ("all", key)}
    text = card(tmp_path, **gone)
    assert head_of(text)["license"] == "other"
    assert "Undefined" not in text
    assert "None" not in text
    assert not re.search(r"\n{3,}", text)


def test_an_empty_dataset_says_so_and_names_why(tmp_path):
    text = card(tmp_path, factory.rows(0))
    assert "This dataset has no rows" in text
    assert "0 of them have rows; 5 are empty" in text


def test_hostile_names_show_as_plain_text(tmp_path):
    plain = card(tmp_path / "plain")
    for number, evil in enumerate(factory.HOSTILE):
        text = hostile_card(tmp_path / str(number), evil)
        # No tag, no attribute and no code span, emphasis or heading that a card without any of it lacks.
        assert markup_of(text) == markup_of(plain)
        assert set(shapes(text)) == set(shapes(plain))
        assert not re.search("[\x00-\x09\x0b-\x1f\u2028\u2029\u202e]", text)
        assert "<script" not in text
        # An address of unknown kind must not become a link by itself, nor a tracker.
        assert not re.search(r"(://|www\.)evil", text.split("---\n", 2)[2].replace(toml_of(text), ""))
        assert "{{" not in text
        assert head_of(text)["pretty_name"] == clean(evil)


def test_what_a_reader_sees_of_a_hostile_name_is_the_name(tmp_path):
    import html

    evil = "a | b `c` *d* -_e-_ [f](g) <h> {{ i }} &lt; & ~~j~~ \\ # k"
    text = hostile_card(tmp_path, evil)
    assert html.unescape(re.search(r"<h1>(.*?)</h1>", html_of(text))[1]) == evil
    assert html.unescape(table_headed(text, "file")[0][0]) == evil
    assert html.unescape(table_headed(text, "largest classes")[0][1]) == f"{evil} 0"


def test_captions_and_addresses_of_rows_are_not_in_the_card(tmp_path):
    calm = card(tmp_path / "calm", factory.rows(5))
    evil = card(tmp_path / "evil", factory.rows(5, captions=factory.HOSTILE, url=list(factory.HOSTILE)))
    assert calm == evil


def test_a_long_name_is_cut_to_the_asked_length():
    assert escape("a" * 10, 10) == "a" * 10
    assert escape("a" * 11, 10) == "a" * 9 + "…"


def test_names_that_utf8_cannot_hold_do_not_break_the_card(tmp_path):
    broken = b"caf\xe9.parquet".decode("utf-8", "surrogateescape")
    assert escape(broken) == "caf\ufffd.parquet"
    assert '"caf?"' in toml_block({"name": broken.removesuffix(".parquet")})


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_is_one_yaml_scalar(text):
    assert yaml.safe_load(f"name: {yaml_string(text)}") == {"name": clean(text)}


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_one_cell_that_shows_it(text):
    import html

    source = f"# x\n\n| a | b |\n|---|---|\n| {escape(text)} | end |\n"
    page = render(source)
    cells = re.findall(r"<td>(.*?)</td>", page, flags=re.S)
    assert len(cells) == 2
    assert html.unescape(cells[0]) == clean(text)
    assert "<" not in cells[0]


def hostile_card(folder, evil: str) -> str:
    classes = [
        factory.Klass(f"{evil} {i}", evil, (evil,) if i % 2 == 0 else (), evil)
        for i in range(len(factory.CLASSES))
    ]
    table = factory.rows(3, captions=(evil,), classes=classes, label=[0, 0, 0])
    plain = factory.manifest()
    for stage in plain["stages"]:
        stage["unit"] = evil
        stage["set_aside"] = [{"shard": evil, "error": evil}]
    changes = {
        "name": evil,
        "laionet": evil,
        "recipe_digest": evil,
        "versions": {evil: evil},
        "recipe": {**plain["recipe"], "name": evil, "corpus": {"columns": {evil: evil}}},
        "corpus": {
            "layout": evil,
            "safety": ["nsfw", evil],
            "files": [{"name": evil, "size": 1, "fingerprint": evil, "rows": 2}],
            "set_aside": [{"file": evil, "reason": evil}],
        },
        "classes": {
            "source": evil,
            "policy": evil,
            "without_lemma": [f"{evil} 1"],
            "lemmas": 3,
            "ambiguous": [evil],
        },
        "encoder": {"name": evil, "precision": evil, "dim": 1, "max_tokens": 1, "digest": evil},
        "stages": plain["stages"],
    }
    write_folder(folder, [table], classes, factory.manifest(**changes))
    return (folder / "README.md").read_text(encoding="utf-8")


def toml_of(text: str) -> str:
    """What is in the TOML block."""
    return re.search(r"^(`{3,})toml\n(.*?)\n\1$", text, flags=re.S | re.M)[2]


def markup_of(text: str) -> tuple[set[str], Counter[str]]:
    """Every kind of tag with its attributes, and how often those occur that rows of tables do not hold."""
    tags = re.findall(r"<[^/][^>]*>", html_of(text))
    return set(tags), Counter(tag for tag in tags if not re.match("<(t|strong|li)", tag))


def shapes(text: str) -> list[tuple[str, int]]:
    """First header and width of each row of each table."""
    return [(table[0][-1], len(row)) for table in tables_of(text) for row in table]
