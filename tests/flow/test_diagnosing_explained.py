"""Captions with labels: read from every form, and what is found in them."""

import csv
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flow.diagnosed import diagnose
from laionet.compare.explained import caption_sums, explained, own_and_more
from laionet.errors import CorpusError, LayoutError, OutputError
from laionet.flow.diagnosing.explained import diagnose_explained
from laionet.flow.diagnosing.labelled import read_labelled, text_of
from laionet.flow.run import Run
from laionet.models.text import open_text_encoder
from laionet.vocab import load_classes

CLASSES = load_classes("wordnet:n01443537,n02007558,n02129604")
RECORDS = [
    {
        "filename": "n01443537_1.JPEG",
        "title": "Goldie &amp; friend",
        "description": "a  goldfish",
        "tags": ["fish", "pet"],
    },
    {"filename": "n02129604_7.JPEG", "title": "", "description": None, "tags": ["tiger"]},
    {"filename": "n02129604_8.JPEG", "wnid": "n02129604", "tags": []},
    {"filename": "n02007558_2.JPEG", "title": "Flamingo", "tags": "pink bird"},
    {"filename": "n09999999_2.JPEG", "title": "of no class"},
    "no record",
]


def test_records_of_imagenet_captions_are_joined_and_their_losses_counted(tmp_path):
    (tmp_path / "imagenet_captions.json").write_text(json.dumps(RECORDS))
    found = read_labelled(tmp_path / "imagenet_captions.json", CLASSES)
    assert found.captions == ["Goldie & friend a goldfish fish pet", "tiger", "Flamingo pink bird"]
    assert found.label.tolist() == [0, 2, 1]
    assert found.dropped == {"no_caption": 1, "unknown_label": 1, "bad_row": 1}


def test_every_form_gives_the_same(tmp_path):
    rows = [
        {"caption": "a &quot;goldfish&quot;", "wnid": "n01443537"},
        {"caption": "a tiger", "wnid": "n02129604"},
    ]
    (tmp_path / "c.json").write_text(json.dumps(rows))
    (tmp_path / "c.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n{broken\n")
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "c.parquet")
    for name, separator in (("c.csv", ","), ("c.tsv", "\t")):
        with (tmp_path / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, ["caption", "wnid"], delimiter=separator)
            writer.writeheader()
            writer.writerows(rows)
    for name in ("c.json", "c.jsonl", "c.parquet", "c.csv", "c.tsv"):
        found = read_labelled(tmp_path / name, CLASSES)
        assert found.captions == ['a "goldfish"', "a tiger"]
        assert found.label.tolist() == [0, 2]
        assert found.dropped == ({"bad_row": 1} if name == "c.jsonl" else {})


def test_fields_of_other_names_labels_as_words_and_numbers(tmp_path):
    rows = [
        {"alt_text": "swims", "what": "goldfish"},
        {"alt_text": "roars", "what": "2"},
        {"alt_text": 3, "what": "0"},
    ]
    (tmp_path / "c.json").write_text(json.dumps(rows))
    found = read_labelled(tmp_path / "c.json", CLASSES, caption="alt_text", label="what")
    assert found.captions == ["swims", "roars"]
    assert found.label.tolist() == [0, 2]
    with pytest.raises(LayoutError, match="--caption-column"):
        read_labelled(tmp_path / "c.json", CLASSES)


def test_a_folder_among_a_files_names_and_pictures_beside_captions_do_no_harm(tmp_path):
    table = pa.table({"image": [b"\xff\xd8", b"\xff\xd8"], "caption": ["a", "b"], "label": [0, 1]})
    pq.write_table(table, tmp_path / "c.parquet")
    assert read_labelled(tmp_path / "c.parquet", CLASSES).label.tolist() == [0, 1]
    (tmp_path / "c.json").write_text(json.dumps([{"file": "val/n02007558/x.jpg", "text": "pink"}]))
    assert read_labelled(tmp_path / "c.json", CLASSES).label.tolist() == [1]


def test_files_that_are_none_are_refused(tmp_path):
    (tmp_path / "a.json").write_text("{")
    (tmp_path / "b.json").write_text('{"a": 1}')
    (tmp_path / "c.txt").write_text("a goldfish")
    (tmp_path / "d.parquet").write_text("no parquet")
    for name, error in (
        ("a.json", CorpusError),
        ("b.json", LayoutError),
        ("c.txt", LayoutError),
        ("d.parquet", CorpusError),
        ("none.csv", CorpusError),
    ):
        with pytest.raises(error):
            read_labelled(tmp_path / name, CLASSES)


def test_a_title_is_one_line_and_tags_that_are_no_text_are_nothing():
    assert text_of({"title": " a\n b ", "tags": [1, None, "c"], "description": 5}) == "a b c"
    assert text_of({"text": "", "title": "x"}) == ""


def test_captions_of_a_dataset_by_text_are_explained_and_numbers_are_those_by_hand(recipe, encoder, tmp_path):
    run = Run(recipe(select__threshold=0.8), tmp_path / "run")
    run.build()
    document = diagnose_explained(
        tmp_path / "run", tmp_path / "out", encoder=encoder, selected=tmp_path / "run", device="cpu"
    )
    found = read_labelled(tmp_path / "run", load_classes("imagenet1k"))
    model = open_text_encoder(encoder, device="cpu")
    texts = model.encode(load_classes("imagenet1k").texts()).embeddings
    own, more = own_and_more(model.encode(found.captions).embeddings, found.label, texts)
    observed = document["observed"]
    assert observed["more"]["value"] == pytest.approx(np.mean(more / 999))
    assert observed["first"]["value"] == pytest.approx(np.mean(more == 0))
    assert own.min() > 0.8  # selected by a threshold: none is below it
    assert observed["bins"][0]["low"] >= 0.8 - 1e-9
    assert next(row["share"]["value"] for row in observed["above"] if row["threshold"] == pytest.approx(0.8)) == 1
    assert document["selected"] == observed
    assert sum(row["captions"] for row in observed["bins"]) == len(found) == observed["captions"]
    assert (tmp_path / "out" / "diagnosis" / "explained.svg").read_text().startswith("<svg")


def test_blocks_of_captions_make_no_difference(encoder, tmp_path, monkeypatch):
    rows = [
        {"caption": f"a {word} {i}", "label": i % 3}
        for i, word in enumerate(["goldfish", "flamingo", "tiger"] * 9)
    ]
    (tmp_path / "c.json").write_text(json.dumps(rows))
    CLASSES.to_csv(tmp_path / "classes.csv")
    given = {"classes": str(tmp_path / "classes.csv"), "encoder": encoder, "device": "cpu"}
    whole = diagnose_explained(tmp_path / "c.json", tmp_path / "a", **given)
    monkeypatch.setattr("laionet.flow.diagnosing.explained._AT_ONCE", 4)
    parts = diagnose_explained(tmp_path / "c.json", tmp_path / "b", **given)
    assert parts["observed"]["more"]["value"] == pytest.approx(whole["observed"]["more"]["value"])
    assert [b["captions"] for b in parts["observed"]["bins"]] == [b["captions"] for b in whole["observed"]["bins"]]


def test_one_class_has_no_other(encoder, tmp_path):
    (tmp_path / "c.json").write_text(json.dumps([{"caption": "a goldfish", "wnid": "n01443537"}]))
    with pytest.raises(OutputError, match="two classes or more"):
        diagnose_explained(tmp_path / "c.json", tmp_path / "out", classes="wordnet:n01443537", encoder=encoder)


def test_the_command_says_what_the_library_finds(encoder, tmp_path):
    (tmp_path / "imagenet_captions.json").write_text(json.dumps(RECORDS))
    CLASSES.to_csv(tmp_path / "classes.csv")
    words = [tmp_path / "imagenet_captions.json", "--classes", tmp_path / "classes.csv", "--encoder", encoder]
    done = diagnose("explained", *words, "--out", tmp_path / "out", "--device", "cpu", "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.output)
    assert document == json.loads((tmp_path / "out" / "diagnosis" / "explained.json").read_text())
    assert document["observed"]["captions"] == 3
    assert document["observed"]["dropped"]["no_caption"] == 1
    shown = diagnose("explained", *words, "--out", tmp_path / "out", "--device", "cpu")
    assert "most similar of all" in shown.output
    assert "1 no_caption" in shown.output


def test_real_captions_with_a_lemma_say_their_class_better_than_chance(real_data):
    """What the paper's rules find in real captions, by the embedded encoder: far from chance, not all right."""
    matches = list(csv.DictReader((real_data / "cc3m_val_8000.paper_matches.csv").open()))[:120]
    captions = (real_data / "cc3m_val_8000.tsv").read_text(encoding="utf-8").split("\n")
    classes = load_classes("wordnet:" + ",".join(dict.fromkeys(m["wnid"] for m in matches)))
    label = np.array([classes.index(m["wnid"]) for m in matches])
    model = open_text_encoder(device="cpu")
    x = model.encode([captions[int(m["row"])].split("\t")[0] for m in matches]).embeddings
    sums = caption_sums(x, label, model.encode(classes.texts()).embeddings, np.linspace(-1, 1, 11))
    found = explained(sums)
    assert found.more.high < 0.25
    assert 0.4 < found.first.value < 0.95
    # Figure 9b: other classes are more similar where the own similarity is low, and less so than by chance.
    assert found.bins[0].more.value > found.bins[-1].more.value
    many = [one for one in found.bins if one.captions >= 20]
    assert all(one.more.value < one.chance for one in many)
    assert len(many) > 1
