"""The page of a comparison: says what the numbers say, in order, holds all it needs, and runs nothing."""

import copy
import html
import re
from html.parser import HTMLParser

import numpy as np
import pyarrow as pa
import pytest

from laionet.flow.comparing import Described, Settings, compare
from laionet.report.comparing.numbers import POINTS, give_or_take
from laionet.report.comparison import comparison_page, findings
from laionet.shards import plain
from laionet.vocab import ClassList, Synset

HOSTILE = "<script>alert(1)</script>\"'{{ 7*7 }}\u202e\x00&amp;</td><img src=x onerror=alert(2)>"
#: Elements that a page may hold, SVG's included.
ELEMENTS = set(
    "html head meta link title style body main h1 h2 p ul li span section div figure figcaption table caption "
    "thead tbody tr th td dl dt dd bdi details summary a img svg g path rect line text tspan defs clippath".split()
)


def class_list(n, names=None):
    names = names or [f"kind {i}" for i in range(n)]
    return ClassList([Synset(f"n{i:08d}", name, (name,), "") for i, name in enumerate(names)], "test")


def described(title, classes, *, per=30, spread=0.6, right=0.8, seed=0, encoders=("clip",), models=("vit",)):
    """A dataset of random directions around one for each class, and predictions that are right now and then."""
    rng = np.random.default_rng(seed)
    k = len(classes)
    label = np.repeat(np.arange(k), per)
    columns = {"sample": [str(i) for i in range(len(label))], "label": pa.array(label, pa.int32())}
    centres = np.random.default_rng(5).standard_normal((k, 8))
    for encoder in encoders:
        x = centres[label] + spread * rng.standard_normal((len(label), 8))
        values = pa.array(x.astype(np.float32).ravel())
        columns[f"embedding/{encoder}"] = pa.FixedSizeListArray.from_arrays(values, 8)
    for column in (*(f"top/{model}" for model in models), "zero_shot/clip"):
        first = np.where(rng.random(len(label)) < right, label, (label + 1) % k)
        top = np.stack([first, (first + 1) % k], axis=1).astype(np.int32)
        columns[column] = pa.FixedSizeListArray.from_arrays(pa.array(top.ravel()), 2)
    near = 0.3 - 0.05 * spread + 0.05 * rng.standard_normal(len(label))
    columns["synset_similarity/clip"] = pa.array(near.astype(np.float32))
    return Described(title, classes, pa.table(columns))


def comparison_of(k=6, names=None, titles=("by caption", "sight"), gap=True, settings=None, **more):
    classes = class_list(k, names)
    other = {"spread": 1.0, "right": 0.6} if gap else {}
    a = described(titles[0], classes, seed=1, **other, **more)
    b = described(titles[1], classes, seed=2, **more)
    return plain(compare(a, b, settings))


LOST = {
    "title": "by caption",
    "known": True,
    "asked": 400,
    "lost": 40,
    "share": 0.1,
    "low": 0.074,
    "high": 0.133,
    "by_reason": {"http_4xx": 30, "spells_class": 10, "timeout": 0},
    "without_class": 3,
    "depends_on_class": {"p": 0.0005, "cramers_v_corrected": 0.3},
    "most": [{"wnid": "n1", "name": "tiger", "asked": 40, "lost": 20, "low": 0.35, "high": 0.65}],
}
BOUND = {
    "what": "top-1 accuracy",
    "model": "vit",
    "point": -0.2,
    "low": -0.3,
    "high": 0.1,
    "interval_low": -0.32,
    "interval_high": 0.12,
    "shift": 0.5,
    "shift_to_doubt": 0.25,
}


@pytest.fixture(scope="session")
def document():
    return comparison_of(models=("vit", "resnet"), encoders=("clip", "dino"))


@pytest.fixture
def with_losses(document):
    found = copy.deepcopy(document)
    safe = BOUND | {"model": "resnet", "high": -0.1, "interval_high": -0.08, "shift": None, "shift_to_doubt": None}
    found["missing"] = {"datasets": [LOST, {"title": "sight", "known": False}], "bounds": [BOUND, safe]}
    return found


def page(found, **changes):
    content = {
        "title": "Two datasets",
        "introduction": ["One was chosen by caption."],
        "made": [("seed", "0")],
    }
    return comparison_page(found, **{**content, **changes})


class Elements(HTMLParser):
    """What a browser would make of a page: elements, attributes, text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.texts, self.heads = set(), [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        self.here = tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def headings(text):
    return [
        html.unescape(head)
        for head in re.findall(r"<h2><bdi>(.*?)</bdi></h2>|<h2>(.*?)</h2>", text)
        for head in head
        if head
    ]


def test_all_parts_are_shown_in_the_order_a_reader_wants(with_losses):
    text = page(with_losses, notes=["Mind this."])
    assert headings(text) == [
        "Accuracy",
        "Gaps in recall over classes",
        "Similarity within a class, by clip",
        "Similarity within a class, by dino",
        "Similarity to the text of the class",
        "What recalls go with",
        "Diversity of a class",
        "What was lost on the way",
        "How many images it takes",
        "Classes",
        "Notes",
        "How this was made",
    ]
    assert text.index("top-1 accuracy of classifiers") < text.index("<h2>")


def test_findings_are_the_numbers_of_the_document_with_their_intervals(document):
    found = findings(document)
    assert [card["label"] for card in found] == [
        "top-1 accuracy of classifiers",
        "similarity within a class",
        "top-1 accuracy of zero-shot models",
        "similarity to the text of the class",
        "diversity of a class (Vendi score)",
    ]
    trained, alike = found[:2]
    group, pooled = document["groups"][0]["difference"], document["similarity"][0]["pooled"]
    value = float(trained["figure"].removesuffix(" points").replace("−", "-"))
    assert value == pytest.approx(100 * group["value"], abs=0.5)
    low, high = re.search(r"The difference is (\S+) to (\S+) points", trained["text"]).groups()
    assert float(low.replace("−", "-")) == pytest.approx(100 * group["low"], abs=0.5)
    assert float(high.replace("−", "-")) == pytest.approx(100 * group["high"], abs=0.5)
    assert "mean of 2 classifiers" in trained["text"]
    assert "a clear difference" in trained["text"]
    assert float(alike["figure"].replace("−", "-")) == pytest.approx(pooled["value"], abs=0.005)
    assert f"{document['similarity'][0]['lower']} of 6 classes" in alike["text"]


def test_a_gap_within_its_interval_is_called_none():
    cards = findings(comparison_of(gap=False))
    assert all("no difference beyond chance" in card["text"] for card in cards[:3])


def test_the_page_is_the_same_bytes_and_asks_the_network_for_nothing(with_losses):
    text = page(with_losses)
    assert text == page(with_losses)
    elements = Elements(text)
    assert elements.tags <= ELEMENTS
    assert all(value.startswith("data:") for name, value in elements.attributes if name in ("src", "href"))
    assert "default-src 'none'" in dict(elements.attributes)["content"] or "default-src 'none'" in html.unescape(
        text
    )


def test_numbers_and_reasons_are_on_the_page(with_losses):
    text = page(with_losses)
    assert "gone or forbidden (HTTP 4xx)" in text
    row = with_losses["accuracy"][0]
    assert f'<td class="number"><bdi>{give_or_take(row["a"], POINTS)}</bdi></td>' in text
    words = Elements(text).text
    assert "“by caption” lost 40 of 400 images: 10.0 % (7.4 to 13.3)." in words
    assert "depends on the class (p < 0.001; Cramér's V 0.30 of 1" in words
    assert "What sight lost is not known" in words
    assert "by 50.0 points; by 25.0 to be in doubt" in words
    assert "cannot vanish" in words
    assert "Whatever they show, 1 of 2 differences" in words
    paper = with_losses["similarity"][0]["paper"]["lower"]
    assert re.search(rf"independent, {paper} class(es)? would count as lower", words)


def test_hostile_texts_stay_texts():
    folder = HOSTILE.replace(";", "")  # what a folder may be called
    found = comparison_of(
        3, [folder, "tiger" + folder, "zebra"], titles=(HOSTILE, "b" + HOSTILE), models=(HOSTILE,)
    )
    found["similarity"][0]["encoder"] = found["synset_similarity"][0]["encoder"] = HOSTILE
    found["classes"]["only_a"] = [HOSTILE]
    found["missing"] = {
        "datasets": [
            LOST | {"most": [LOST["most"][0] | {"name": HOSTILE}], "by_reason": {HOSTILE: 40}},
            {"title": HOSTILE, "known": False},
        ],
        "bounds": [BOUND | {"model": HOSTILE}],
    }
    text = page(
        found,
        title=HOSTILE,
        introduction=[HOSTILE],
        made=[(HOSTILE, HOSTILE)],
        notes=[HOSTILE],
        files=HOSTILE,
    )
    elements = Elements(text)
    assert elements.tags <= ELEMENTS
    assert not [name for name, _ in elements.attributes if name.startswith("on")]
    assert "{{ 7*7 }}" in elements.text
    assert "\x00" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize(
    ("part", "heading"),
    [
        ("accuracy", "Accuracy"),
        ("gaps", "Gaps in recall over classes"),
        ("similarity", "Similarity within a class, by clip"),
        ("synset_similarity", "Similarity to the text of the class"),
        ("trends", "What recalls go with"),
    ],
)
def test_an_empty_part_is_left_out(document, part, heading):
    assert heading in headings(page(document))
    assert heading not in headings(page(document | {part: []}))


def test_a_page_of_nothing_but_two_names_is_legal(document):
    found = {"datasets": document["datasets"]}
    text = page(found, made=[])
    assert headings(text) == []
    assert "<table" not in text


def without(value, keys):
    """A copy with None for these keys, as the document has where nothing can be told."""
    if isinstance(value, dict):
        return {k: None if k in keys and not isinstance(v, dict) else without(v, keys) for k, v in value.items()}
    return [without(one, keys) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "keys",
    [("se", "low", "high"), ("p", "q"), ("sd", "sd_low", "sd_high", "noise_share", "shrunk"), ("mean", "shift")],
)
def test_unknown_numbers_are_dashes_not_errors(document, keys):
    found = {name: without(part, keys) for name, part in document.items()}
    words = Elements(page(found)).text
    assert not re.search(r"\b(nan|None|inf)\b", words)


def test_an_unknown_interval_is_no_verdict(document):
    found = {name: without(part, ("se", "low", "high")) for name, part in document.items()}
    assert "how sure this is cannot be told" in findings(found)[0]["text"]


def test_levels_are_those_of_the_settings():
    found = comparison_of(3, settings=Settings(level=0.9, alpha=0.1))
    text = page(found, settings={"level": 0.9, "alpha": 0.1})
    assert "90 % interval" in text
    assert "95 % interval" not in text
    assert "q &lt; 0.1" in text


def test_a_thousand_classes_become_a_curve_and_a_short_table():
    found = comparison_of(1000, per=4)
    text = page(found, files="pairs/a-vs-b.parquet")
    assert len(text) < 3_000_000
    sizes = [tuple(map(float, size)) for size in re.findall(r'<svg[^>]* width="([\d.]+)" height="([\d.]+)"', text)]
    assert len(sizes) >= 5
    assert max(height for _, height in sizes) < 1500
    rows = found["similarity"][0]["classes"]
    words = Elements(text).text
    assert f"10 lowest and the 10 highest of {len(rows):,} classes; all are in pairs/a-vs-b.parquet" in words
    for row in (rows[0], rows[9], rows[-10], rows[-1]):
        assert f'<th scope="row"><bdi>{row["name"]}</bdi></th>' in text
    assert "and 960 more; all are in comparison.json" in words


def test_two_classes_are_enough_for_a_page():
    text = page(comparison_of(2, per=5))
    assert "kind 0" in text
    assert "2 classes" in text
