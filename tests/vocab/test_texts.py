from pathlib import Path

import pyarrow.parquet as pq
import pytest

from laionet.errors import ClassListError
from laionet.vocab import TEMPLATES, Synset, load_classes, synset_text

COLLIE = Synset("n1", "border_collie.n.01", ("Border_collie", "sheep dog"), "developed", 'developed; "a dog"')


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("name-def", "border collie which is developed"),
        ("name", "border collie"),
        ("lemmas", "Border collie or sheep dog"),
        ("photo-name", "a photo of border collie"),
        ("photo-lemmas", "a photo of Border collie or sheep dog"),
        ("photo-name-def", "a photo of border collie which is developed"),
        ("clear-photo-name-def", "a clear photo of border collie which is developed"),
        ("{wnid}: {gloss} {{}}", 'n1: developed; "a dog" {}'),
        ("{name} {name}", "border collie border collie"),
    ],
)
def test_templates(template, text):
    assert synset_text(COLLIE, template) == text


def test_every_named_template_is_tested_and_the_papers_is_the_default():
    assert len(TEMPLATES) == 7
    assert synset_text(COLLIE) == synset_text(COLLIE, "name-def")


def test_braces_inside_a_definition_are_text():
    assert synset_text(Synset("a", "a", ("{name}",), "{wnid} {0}")) == "{name} which is {wnid} {0}"


def test_all_texts_equal_the_papers(real_data: Path):
    columns = ["wnid", "name_def_wnid"]
    table = pq.read_table(real_data / "paper_imagenet_val_predictions.parquet", columns=columns)
    published = {(row["wnid"], row["name_def_wnid"]) for row in table.to_pylist()}
    classes = load_classes()
    assert len(published) == 1000
    assert set(zip(classes.wnids, classes.texts("name-def"), strict=True)) == published


@pytest.mark.parametrize(
    "template",
    [
        "{name.__class__}",
        "{name[0]}",
        "{0}",
        "{}",
        "{ name}",
        "{definiton}",
        "{name:>10}",
        "{name!r}",
        "{name:{wnid}}",
        "{name.__class__.__init__.__globals__}",
    ],
)
def test_anything_but_a_plain_field_is_refused(template):
    with pytest.raises(ClassListError, match=r"\{name\}"):
        synset_text(COLLIE, template)


def test_unknown_field_names_the_nearest():
    with pytest.raises(ClassListError, match="Did you mean 'definition'"):
        synset_text(COLLIE, "{definiton}")


def test_unknown_template_names_the_nearest():
    with pytest.raises(ClassListError, match="Did you mean 'name-def'"):
        synset_text(COLLIE, "name_def")


@pytest.mark.parametrize("template", ["", "a photo of a dog", "{{name}}"])
def test_a_text_without_a_field_is_refused(template):
    with pytest.raises(ClassListError, match="holds a field"):
        synset_text(COLLIE, template)


@pytest.mark.parametrize("template", ["{name", "name}", "{name}}"])
def test_malformed_text(template):
    with pytest.raises(ClassListError, match="malformed"):
        synset_text(COLLIE, template)


def test_a_class_that_lacks_what_the_text_needs_is_named():
    bare = load_classes([Synset("my1", "pug", ("pug",), "")])
    assert bare.texts("name") == ["pug"]
    for template in ("name-def", "{gloss}"):
        with pytest.raises(ClassListError, match=r"my1 \(pug\) has no (definition|gloss)"):
            bare.texts(template)
