"""The report's page: the story says what the numbers say, all parts are there in order, nothing foreign runs."""

import copy
import html
import json
import re

import pytest

from laionet.report.telling.made import funnel
from laionet.report.telling.page import report_page
from laionet.report.telling.story import cards, story
from laionet.report.telling.view import View
from report.albums import small_album
from report.test_comparison import ELEMENTS, HOSTILE, Elements
from report.told import build_of, report_of

#: What a report holds beyond the page of a comparison.
MORE = set(
    "header nav a ol b h3 pre code label input datalist select option button script dialog noscript dialog".split()
)
INDEPENDENCE = {
    "datasets": [{"title": "sight", "rows": 9}, {"title": "by caption", "rows": 9}],
    "settings": {"alpha": 0.05},
    "encoders": [
        {
            "encoder": "clip",
            "n": 360,
            "p": 1e-6,
            "distance": 0.11,
            "statistic": 5.0,
            "found": 2,
            "tested": 3,
            "classes": [
                {
                    "wnid": f"n{i:08d}",
                    "name": f"kind {i}",
                    "distance": 0.1 * i,
                    "p": 0.01,
                    "q": 0.02,
                    "z": 2.0,
                    "rows": 60,
                }
                for i in range(3)
            ],
        }
    ],
}


@pytest.fixture(scope="module")
def document():
    return report_of()


@pytest.fixture(scope="module")
def page(document):
    return report_page(document)


def told(document):
    return {part.lead: part.text for part in story(View(document))}


def words(text):
    """What a reader sees: the page's text without its scripts."""
    return Elements(re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.DOTALL)).text


def headings(text):
    found = re.findall(r'<h2 id="([\w-]+)-heading">(?:<bdi>)?(.*?)(?:</bdi>)?</h2>', text)
    return {key: html.unescape(head) for key, head in found}


def test_the_story_has_the_numbers_of_the_document(document):
    found = told(document)
    assert list(found) == ["What was built", "How it differs", "Why", "How sure", "What was lost"]
    assert "Out of 1,000 web captions laionet chose 180 for 6 of 6 classes" in found["What was built"]
    assert "“by caption”" in found["What was built"]
    assert "over the 6 classes that both have" in found["What was built"]
    part = document["pair"]["similarity"][0]
    low = f"{part['pooled']['low']:+.3f}".replace("-", "−")[:5]
    assert low in found["How it differs"]
    assert f"in {part['lower']} of 6 classes that is beyond chance" in found["How it differs"]
    assert "40 of 400 pictures of “by caption” (10.0 %)" in found["What was lost"]
    assert "gone or forbidden (HTTP 4xx) (30)" in found["What was lost"]


def test_no_difference_is_told_as_none():
    found = told(report_of(gap=False))
    assert "are about as alike in both" in found["How it differs"]
    assert "less alike" not in found["How it differs"]


@pytest.mark.parametrize(("p", "says"), [(1e-6, "Captions do not explain it"), (0.4, "Captions may explain it")])
def test_the_story_says_what_the_test_of_independence_found(p, says):
    asked = copy.deepcopy(INDEPENDENCE)
    asked["encoders"][0]["p"] = p
    document = report_of(diagnosis={"independence": asked})
    assert says in told(document)["Why"]
    text = Elements(report_page(document)).text
    assert ("Yes. Over 360 pictures" if p < 0.05 else "Not beyond chance. Over 360 pictures") in text


def test_what_was_not_asked_is_named_with_its_command(page):
    assert "laionet diagnose frequency REFERENCE" in html.unescape(page)


def test_intervals_that_were_tried_are_told():
    part = {"held": 0.95, "low": 0.94, "high": 0.96, "width": 0.1}
    tried = {"title": "sight", "classes": 2, "draws": 400, "images": [30, 30], "ours": part}
    tried["paper"] = part | {"held": 0.25, "low": 0.2, "high": 0.3}
    document = report_of(validity=[tried, tried])
    assert "800 times, such intervals hold the truth in 95 % of cases" in told(document)["How sure"]
    assert "those of the published code in 25 %" in told(document)["How sure"]
    assert "25.0 (20.0 to 30.0)" in Elements(report_page(document)).text


def test_cards_lead_to_sections_that_exist(document, page):
    found = cards(View(document))
    assert [card["label"] for card in found] == [
        "similarity within a class",
        "accuracy of trained models",
        "accuracy, zero-shot",
        "pictures lost on the way",
    ]
    for card in found:
        assert f'<section id="{card["key"]}"' in page


def test_all_parts_are_shown_in_the_order_a_reader_wants(document):
    text = report_page(document, small_album())
    assert list(headings(text)) == [
        "pictures",
        "made",
        "frequencies",
        "accuracy",
        "similarity",
        "to-text",
        "link",
        "diversity",
        "why",
        "trust",
        "lost",
        "provenance",
    ]
    links = re.findall(r'<li><a href="#([\w-]+)"><bdi>', text)
    assert links == list(headings(text))


def test_the_funnel_adds_up(document):
    for row, stage in zip(funnel(document["run"]), document["run"]["stages"], strict=True):
        kept = int(row["kept"].replace(",", ""))
        assert kept == stage["kept"]
        assert sum(int(n.replace(",", "")) for _, n in row["reasons"]) == stage["rows_in"] - kept
        assert float(row["bar"]) == pytest.approx(160 * stage["kept"] / stage["rows_in"], abs=0.1)
        assert row["asks"].endswith("?")


def test_every_figure_is_there_twice_still_and_as_a_specification(page):
    keys = re.findall(r'<figure id="figure-([\w-]+)" data-key', page)
    assert {"thresholds", "frequencies", "accuracy", "similarity", "similarity-classes", "validity"} <= set(keys)
    for key in keys:
        assert len(re.findall(f'id="spec-{key}"', page)) == 1
        spec = re.search(rf'id="spec-{key}">(.*?)</script>', page, re.DOTALL)[1]
        assert json.loads(spec)["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
    assert page.count('<div class="still"><svg') == len(keys)


def test_the_page_is_the_same_bytes_and_asks_the_network_for_nothing(document, page):
    assert report_page(copy.deepcopy(document)) == page
    elements = Elements(page)
    links = [value for name, value in elements.attributes if name in ("src", "href")]
    assert all(value.startswith(("data:", "#")) for value in links)
    assert "default-src 'none'" in html.unescape(page)
    assert "unsafe" not in html.unescape(page).split("</head>")[0].split("<style>")[0]


def test_a_build_alone_has_its_funnel_curves_and_classes():
    text = report_page(build_of())
    assert list(headings(text)) == ["made", "frequencies", "provenance"]
    found = told(build_of())
    assert "30 for 1 of 2 classes" in found["What was built"]
    assert list(found) == ["What was built", "What was lost"]
    assert "not above the similarity threshold (370)" in found["What was lost"]
    words = Elements(text).text
    assert "1 class of the list has none" in words
    assert "threshold = 0.5" in words


def test_a_comparison_without_a_build_has_no_funnel():
    document = report_of(run=False)
    assert "made" not in headings(report_page(document))
    assert "by caption” (180 pictures) is held against sight (180)" in told(document)["What was built"]


def test_two_classes_of_few_images_are_enough_for_a_page():
    text = report_page(report_of(2, per=4))
    assert not re.search(r"\b(nan|None|inf)\b", words(text))


def test_hostile_text_is_shown_and_never_run():
    names = [HOSTILE, "tiger", "crane"]
    document = report_of(3, names=["a", "tiger", "crane"], titles=(HOSTILE, "sight"))
    for row in (*document["rows"], *document["run"]["frequencies"]):
        row["name"] = names[int(row["wnid"][1:])]
    document["classes"] = [[wnid, names[int(wnid[1:])]] for wnid, _ in document["classes"]]
    document["subtrees"] = [[HOSTILE, [document["classes"][0][0], document["classes"][1][0]]]]
    document["notes"] = [HOSTILE]
    document["run"] |= {"recipe": HOSTILE, "encoder": HOSTILE}
    document["run"]["stages"][0]["dropped"] = {HOSTILE: 600}
    document["diagnosis"] = {"independence": copy.deepcopy(INDEPENDENCE)}
    document["diagnosis"]["independence"]["datasets"][0]["title"] = HOSTILE
    text = report_page(document)
    elements = Elements(text)
    assert elements.tags <= ELEMENTS | MORE
    assert not [name for name, _ in elements.attributes if name.startswith("on") or name == "style"]
    assert "{{ 7*7 }}" in elements.text
    assert "\x00" not in text
    assert "\u202e" not in text


def test_a_thousand_classes_stay_small():
    text = report_page(report_of(1000, per=4))
    assert len(text) < 15_000_000
