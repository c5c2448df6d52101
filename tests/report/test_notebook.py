"""What a notebook shows of results: their numbers, foreign text as text, nothing that runs or asks the network."""

import copy
import json
import pickle
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataset import factory
from laionet.dataset import from_published, open_dataset, write_folder
from laionet.report.comparing.findings import context_of
from laionet.report.notebook import ROWS, numbers
from laionet.report.results import Comparison, Manifest, Outcome, Pair, Report
from laionet.vocab import ClassList, Synset, load_classes
from report.test_comparison import BOUND, ELEMENTS, HOSTILE, Elements, class_list
from report.test_telling import INDEPENDENCE
from report.told import report_of, stage

#: What a notebook's output may hold: no script, no heading that its table of contents would list.
ALLOWED = (ELEMENTS | {"strong"}) - {"html", "head", "meta", "link", "title", "body", "main", "h1", "h2", "img"}


def shown(result):
    """The HTML of a result, once it is sure to be harmless, and what a reader sees of it."""
    text = result._repr_html_()
    elements = Elements(text)
    assert elements.tags <= ALLOWED, elements.tags - ALLOWED
    for name, value in elements.attributes:
        assert not name.startswith("on")
        assert name != "style"
        assert name not in ("src", "xlink:href")
        assert name != "href" or value.startswith("./")
    assert not re.search(r"url\(|@import", text)
    return text, Elements(re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)).text


@pytest.fixture(scope="module")
def document():
    found = report_of()
    found["pair"]["missing"]["bounds"] = [BOUND]
    return found


@pytest.fixture
def pair(document):
    return Pair.of(copy.deepcopy(document["pair"]), 0.9, 0.01)


def manifest(**changes):
    made = {
        "name": "mine",
        "recipe": {"score": {"encoder": "embedded"}, "select": {"threshold": 0.5}},
        "corpus": {"layout": "laion-400m", "files": [{"name": "a"}, {"name": "b"}], "rows": 1000},
        "classes": {"source": "imagenet1k", "policy": "unique-in-list", "classes": 1000},
        "stages": [stage("match", "captions", 1000, 400, no_lemma=590, no_caption=10)],
        "threshold": {"text": "Above the threshold 0.5: 300 samples."},
        "dataset": {"rows": 300, "classes": 79, "files": []},
    }
    return Manifest(made | changes)


@pytest.mark.parametrize("kind", [Manifest, Pair, Comparison, Outcome])
def test_a_result_is_the_dict_that_it_was(kind):
    plain = {"b": [1, {"c": None}], "a": "x"}
    found = kind(plain)
    assert found == plain
    assert json.dumps(found, sort_keys=True) == json.dumps(plain, sort_keys=True)
    again = pickle.loads(pickle.dumps(found))
    assert type(again) is kind
    assert again == plain
    assert type(found | {"d": 1}) is dict


def test_a_pair_keeps_its_levels_when_it_is_copied(pair):
    again = pickle.loads(pickle.dumps(pair))
    assert (again.level, again.alpha) == (copy.copy(pair).level, copy.copy(pair).alpha) == (0.9, 0.01)


def test_a_saved_notebook_has_one_line_of_text_for_a_result():
    written = []
    Manifest({"stages": [0] * 10_000})._repr_pretty_(type("Printer", (), {"text": written.append}), False)
    assert written == ["<Manifest with stages>"]


def test_a_manifest_shows_size_threshold_funnel_and_source():
    _, words = shown(manifest())
    assert "300 samples of 79 of 1,000 classes" in words
    assert "Above the threshold 0.5: 300 samples." in words
    assert "590 without a lemma of any class; 10 without a caption" in words
    assert "40.0 %" in words
    assert "2 files of laion-400m, 1,000 rows" in words
    assert "cosine above 0.50 by embedded" in words


def test_a_manifest_says_that_shards_were_set_aside():
    broken = stage("match", "captions", 10, 10) | {"set_aside": [{"shard": "0", "error": "died"}]}
    assert "1 shard could not be done" in shown(manifest(stages=[broken]))[1]
    assert "could not be done" not in shown(manifest())[1]


def test_a_manifest_of_described_pictures_alone_has_what_there_is():
    made = manifest(corpus={}, threshold=None, dataset=None, stages=[stage("describe", "images", 9, 9)])
    text, words = shown(made)
    assert "describe" in words
    assert "corpus" not in words
    assert text.count("<table>") == 1


def test_the_main_numbers_of_a_pair_have_both_sides_interval_and_verdict(pair):
    found = {one.label: one for one in numbers(pair, context_of(pair))}
    assert list(found) == [
        "top-1 accuracy of 1 classifier",
        "top-1 accuracy of 1 zero-shot model",
        "similarity within a class, cosine",
        "diversity of 20 images of a class, Vendi score",
        "similarity to the text of the class, cosine",
        "images lost on the way",
    ]
    similar = pair["similarity"][0]
    one = found["similarity within a class, cosine"]
    assert one.a == f"{similar['a']:.{len(one.a.split('.')[1])}f}"
    assert one.difference.startswith("−0.")
    assert f"lower in {similar['lower']} of 6 classes" in one.says
    assert one.says.startswith("a clear difference")
    lost = found["images lost on the way"]
    assert (lost.a, lost.b, lost.difference) == ("10.0 %", "–", "–")
    assert lost.says == "whatever they show, 0 of 1 differences stay beyond chance"


def test_a_pair_shows_its_numbers_at_its_level(pair):
    _, words = shown(pair)
    assert "with 90 % intervals" in words
    assert "(q < 0.01)" in words
    assert "over 6 classes that both have" in words
    for one in numbers(pair, context_of(pair, {"level": 0.9, "alpha": 0.01})):
        for part in (one.label, one.a, one.b, one.difference, one.says):
            assert part in words


def test_numbers_that_are_not_known_are_left_out_or_dashes(pair):
    for row in pair["similarity"][0]["diversity"]:
        row["difference"] = dict.fromkeys(("value", "se", "low", "high"))
    pair["missing"] = {}
    labels = [one.short for one in numbers(pair, context_of(pair))]
    assert labels == [
        "accuracy, classifiers",
        "accuracy, zero-shot models",
        "similarity",
        "similarity to the text",
    ]


def test_datasets_by_different_models_have_nothing_to_compare(pair):
    pair |= {"groups": [], "similarity": [], "synset_similarity": [], "missing": {}}
    text, words = shown(pair)
    assert "there is nothing to compare" in words
    assert "<table>" not in text


def test_a_comparison_of_two_is_shown_as_its_pair(pair):
    both = {"settings": {"level": 0.9, "alpha": 0.01}, "datasets": [{}, {}], "pairs": [pair]}
    assert shown(Comparison(both)) == shown(pair)


def test_a_comparison_of_several_has_a_row_a_pair(pair):
    other = Pair(copy.deepcopy(dict(pair)) | {"groups": []})
    other["datasets"][0]["title"] = "third"
    whole = {"settings": {"level": 0.9, "alpha": 0.01}, "datasets": [{}] * 3, "pairs": [pair, other]}
    text, words = shown(Comparison(whole))
    assert "3 datasets, each with each" in words
    assert text.count("<tr>") == 3
    assert "by caption − sight" in words
    assert "third − sight" in words
    assert "<bdi>–</bdi>" in text  # the accuracy that the second pair has not
    assert "lost" not in words


def test_an_outcome_has_question_answer_and_figure():
    found = Outcome({"experiment": "independence", **INDEPENDENCE})
    text, words = shown(found)
    assert "Do pictures of one caption depend on who chose them?" in words
    assert "lie apart by 11.0 %" in words
    assert text.count("<svg") == 1
    assert "var(--" in text.partition("<svg")[2]  # its colours are those of the theme
    assert "Squared distance of embeddings (clip)" in words


def test_the_figures_of_two_outcomes_on_a_page_share_no_id():
    found = Outcome({"experiment": "independence", **INDEPENDENCE})
    other = copy.deepcopy(found)
    other["encoders"][0]["classes"][0]["distance"] = 0.5
    one, two = (set(re.findall(r'\bid="([^"]*)"', shown(each)[0])) for each in (found, other))
    assert not one & two


def test_a_dataset_shows_its_classes_first_rows_and_how_it_was_made(tmp_path):
    factory.write(tmp_path)
    text, words = shown(open_dataset(tmp_path))
    assert "10 samples of 3 of 5 classes" in words
    assert "caption 0" in words
    assert "http://example.org/0.jpg" in words
    assert f"caption {ROWS - 1}" in words
    assert f"caption {ROWS}" not in words
    assert "180,900 without a lemma of any class" in words
    assert "<a " not in text  # addresses of a corpus are text


def test_first_rows_go_over_the_files_of_a_dataset(tmp_path):
    factory.write(tmp_path, rows_per_file=4)
    dataset = open_dataset(tmp_path)
    assert len(dataset.files) == 3
    assert [row["caption"] for row in dataset.head(6, ["caption"])] == [f"caption {i}" for i in range(6)]
    assert dataset.head(99) == dataset.table().to_pylist()
    assert dataset.head(0) == []


def test_an_imported_dataset_says_what_its_import_left_out(tmp_path):
    rows = {"URL": ["http://a/1", "http://a/2"], "TEXT": ["a tench", "nothing"], "wnid": ["n01440764", "x"]}
    rows["text_to_name_def_wnid_similarity_clip"] = [0.9, 0.8]
    pq.write_table(pa.table(rows), tmp_path / "published.parquet")
    from_published(tmp_path / "published.parquet", None, tmp_path / "out", factory.CLASSES)
    _, words = shown(open_dataset(tmp_path / "out"))
    assert "1 sample of 1 of 5 classes" in words
    assert "1 without a lemma of any class" in words
    assert "1 file of published LAIONet" in words


def test_an_empty_dataset_has_no_rows_to_show(tmp_path):
    write_folder(tmp_path, [], factory.CLASSES, {"name": "none"})
    text, words = shown(open_dataset(tmp_path))
    assert "0 samples of 0 of 5 classes" in words
    assert "First rows" not in words
    assert "<details>" not in text


def test_classes_show_how_many_and_the_first():
    _, words = shown(load_classes())
    assert "1,000 classes, 1,824 lemmas by the policy unique-in-list" in words
    assert "6 classes have no lemma left and stay empty: partridge, crane" in words
    assert "tench, Tinca tinca" in words
    assert "n01440764" in words
    _, few = shown(class_list(2))
    assert "All classes, in label order." in few


def test_a_report_tells_its_story_and_leads_to_its_page(document, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, words = shown(Report(Path("out/a b:c/index.html"), document))
    assert "What was built." in words
    assert "How it differs." in words
    assert "similarity within a class" in words
    assert '<a href="./out/a%20b%3Ac/index.html" target="_blank" rel="noopener noreferrer">' in text
    assert text == Report(tmp_path / "out" / "a b:c" / "index.html", document)._repr_html_().replace(
        str(tmp_path) + "/", ""
    )


def test_a_page_elsewhere_is_named_and_not_linked(document, tmp_path):
    text, words = shown(Report(tmp_path / "index.html", document))
    assert "<a " not in text
    assert "index.html" in words


def test_a_report_stands_for_the_path_of_its_page(tmp_path):
    report = Report(tmp_path / "index.html", {})
    assert Path(report) == tmp_path / "index.html"
    assert str(report) == str(tmp_path / "index.html")


def test_foreign_text_is_shown_and_never_run(tmp_path, pair, document):
    classes = [factory.Klass(HOSTILE, HOSTILE, (HOSTILE.replace(";", "").replace("|", ""),), HOSTILE)]
    table = factory.rows(2, captions=(HOSTILE * 40_000,), classes=classes, label=[0, 0], url=[HOSTILE, None])
    write_folder(tmp_path, [table], classes, {"name": HOSTILE, "classes": {"source": HOSTILE}})
    for one in pair["datasets"]:
        one["title"] = HOSTILE
    independence = copy.deepcopy(INDEPENDENCE)
    independence["encoders"][0]["encoder"] = HOSTILE
    independence["datasets"][0]["title"] = HOSTILE
    told = copy.deepcopy(document) | {"title": HOSTILE}
    results = [
        open_dataset(tmp_path),
        manifest(
            name=HOSTILE, threshold={"text": HOSTILE}, stages=[stage("match", "captions", 1, 0, **{HOSTILE: 1})]
        ),
        pair,
        Outcome({"experiment": "independence", **independence}),
        ClassList([Synset("x", "x", (classes[0].lemmas[0],), HOSTILE)], HOSTILE),
        Report(tmp_path / "x.html", told | {"datasets": pair["datasets"]}),
    ]
    for result in results:
        text, words = shown(result)
        assert "{{ 7*7 }}" in words
        assert "\x00" not in text
        assert "\u202e" not in text
        assert len(text) < 60_000
