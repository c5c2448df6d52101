"""The sweep's page: what it says, that it is closed to the network, and that no text breaks out of it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from laionet.report import sweep_page, theme
from laionet.report.embed import json_for_html, template
from laionet.report.figures import sweep_spec
from laionet.report.page import CAUSES, LEMMAS_SHOWN, REASONS
from laionet.report.sweep import reading
from laionet.schema import Drop
from report.examples import curves_of

LEMMAS = [
    {"lemma": "crane", "wnid": "n02012849", "class_name": "crane", "candidates": 900, "rejected": 810},
    {"lemma": "sub", "wnid": "n04347754", "class_name": "submarine", "candidates": 2000, "rejected": 1900},
    {"lemma": "kit fox", "wnid": "n02119789", "class_name": "kit fox", "candidates": 20, "rejected": 0},
]
FUNNEL = [
    {
        "name": "match",
        "unit": "captions",
        "rows_in": 400_000,
        "kept": 20_000,
        "dropped": {"no_lemma": 379_000, "no_caption": 1000},
    },
    {"name": "select", "rows_in": 20_000, "kept": 3000, "dropped": {"unsafe": 0, "below_threshold": 17_000}},
]
FOUND_BY = {"paper": 15_000, "case": 4000, "hyphen": 500, "spacing": 500, "plural": 0, "several": 250}

HOSTILE = (
    "</script><script>window.hacked=1</script>\"'><img src=x onerror=window.hacked=1>"
    "{{ 7*7 }}{% raw %}${1}<!--]]>&lt;\x00\u202eesrever\u2066\u2028\u2029\ud800&amp;</title></style>"
)


class Page(HTMLParser):
    """Elements with their attributes, and the texts of scripts, styles, cells and paragraphs."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, dict[str, str | None], str]] = []
        self.open: list[int] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.texts.append((tag, dict(attributes), ""))
        if tag not in ("meta", "link", "br", "img"):
            self.open.append(len(self.texts) - 1)

    def handle_endtag(self, tag):
        assert self.texts[self.open.pop()][0] == tag

    def handle_data(self, data):
        for at in self.open:
            tag, attributes, text = self.texts[at]
            self.texts[at] = (tag, attributes, text + data)

    def of(self, tag: str, **attributes: str) -> list[str]:
        return [
            text
            for name, found, text in self.texts
            if name == tag and all(found.get(key.rstrip("_")) == value for key, value in attributes.items())
        ]


def page_of(curves, chosen=0.5, **changes) -> str:
    arguments = {
        "encoder": "an-encoder",
        "n_classes": 1000,
        "lemmas": LEMMAS,
        "found_by": FOUND_BY,
        "funnel": FUNNEL,
        "title": "A sweep",
    }
    return sweep_page(curves, chosen=chosen, **(arguments | changes))


@pytest.fixture(scope="module")
def html(realistic) -> str:
    return page_of(realistic)


@pytest.fixture(scope="module")
def hostile(realistic) -> str:
    return page_of(
        realistic,
        encoder=HOSTILE,
        title=HOSTILE,
        lemmas=[dict(row, lemma=HOSTILE, wnid=HOSTILE, class_name=HOSTILE) for row in LEMMAS],
        found_by={"paper": 1, HOSTILE: 2},
        funnel=[{"name": HOSTILE, "unit": HOSTILE, "rows_in": 1, "kept": 0, "dropped": {HOSTILE: 1}}],
    )


def table_rows(html: str, heading: str) -> list[str]:
    """Rows of the table under a heading, as texts with single spaces."""
    section = html[html.index(f"<h2>{heading}") :]
    section = section[: section.index("</section>")]
    return [" ".join(row.split()) for row in Page(section.replace("</td><td", "</td> <td")).of("tr")]


def test_the_story_comes_first_with_its_numbers(html, realistic):
    (story,) = Page(html).of("p", class_="story")
    now, then = reading(realistic, 0.5), reading(realistic, realistic.suggested)
    assert realistic.suggested == 0.26
    assert story.startswith(
        f"At the chosen threshold 0.50 (strictly above), {now.samples:,} captions of {now.classes} classes "
        f"stay out of 20,000 candidates. {now.candidates:,} are above the threshold; other rules drop "
        f"{now.candidates - now.samples:,} of them. The largest threshold that keeps 95 % of the "
        f"{realistic.classes.max()} classes that can be covered is 0.26; "
        f"it would leave {then.samples:,} captions of {then.classes} classes."
    )
    assert (
        f"Of the 1,000 classes in the list, {1000 - realistic.reachable} have no caption that stays at any"
        in story
    )
    assert html.index('class="story"') < html.index("<figure>") < html.index("<table>")


def test_the_funnel_has_every_stage_with_what_it_dropped_and_why(html):
    rows = table_rows(html, "From captions to the dataset")
    assert rows[1].startswith(
        "matchcaptions 400,000 20,000 379,000 without a lemma of any class1,000 without a caption"
    )
    assert rows[2] == "selectrows 20,000 3,000 17,000 not above the similarity threshold"


def test_the_thresholds_hold_the_chosen_and_the_suggested_marked_as_such(html, realistic):
    rows = table_rows(html, "The dataset at other thresholds")
    now = reading(realistic, 0.5)
    assert f"0.50 (chosen){now.candidates:,} {now.samples:,} {now.classes} {now.classes / 10:.1f} %" in rows
    assert sum("(suggested)" in row for row in rows) == 1
    assert any(row.startswith("0.35") for row in rows)


def test_one_row_can_be_both_chosen_and_suggested():
    rows = table_rows(page_of(curves_of([0.511] * 3, [0, 1, 2], 0.51), 0.51), "The dataset at other thresholds")
    assert "0.51 (chosen, suggested)3 3 3 0.3 %" in rows


def test_lemmas_are_those_with_the_most_rejected_candidates_first(html):
    rows = table_rows(html, "Lemmas that bring")
    assert rows[1:] == ["subsubmarine n04347754 2,000 1,900 95.0 %", "cranecrane n02012849 900 810 90.0 %"]


def test_a_long_list_of_lemmas_is_cut_and_says_so(realistic):
    row = {"wnid": "n0", "class_name": "c", "candidates": 10, "rejected": 5}
    many = [{"lemma": f"lemma{k:03}", **row} for k in range(LEMMAS_SHOWN + 7)]
    html = page_of(realistic, lemmas=reversed(many))
    assert len(table_rows(html, "Lemmas that bring")) == LEMMAS_SHOWN + 1
    assert "7 more are not shown" in html
    assert page_of(realistic, lemmas=many) == html


def test_what_the_rules_find_beyond_the_papers(html):
    assert "The paper’s rules find 15,000 of the 20,250 lemmas found in captions; 5,250 are found" in html
    rows = table_rows(html, "What the match rules")
    assert [row.split("the ")[0].split(" ")[0] for row in rows[1:]][1:] == [
        "caseupper",
        "hyphenpunctuation",
        "spacingother",
        "severalonly",
    ]
    assert rows[1].startswith("paper")
    assert rows[2].endswith("4,000 19.8 %")


@pytest.mark.parametrize(
    ("found_by", "sentence"),
    [
        ({}, "No lemma was found."),
        ({"paper": 5}, "Nothing: all 5 lemmas found are found by the paper’s rules too."),
        (
            {"paper": 0, "case": 3},
            "The paper’s rules find 0 of the 3 lemmas found in captions; 3 are found beyond",
        ),
    ],
)
def test_other_findings_are_said_in_words(found_by, sentence, realistic):
    assert sentence in page_of(realistic, found_by=found_by)


def test_every_reason_and_every_cause_has_words():
    assert set(REASONS) == set(Drop)
    assert list(CAUSES) == ["paper", "case", "hyphen", "spacing", "plural", "several"]


@pytest.mark.parametrize(
    ("similarity", "said"),
    [
        ([], "There are no candidates, so no threshold keeps a caption. The list has 1,000 classes."),
        ([0.1, 0.2], "0 captions of 0 classes stay out of 2 candidates."),
        ([-1.0], "No threshold is suggested, because no class has a caption that could stay."),
    ],
)
def test_pages_of_almost_nothing(similarity, said):
    html = page_of(curves_of(similarity, range(len(similarity)), 0.5), lemmas=[], found_by={}, funnel=[])
    assert said in html
    assert "No lemma brought a candidate that the similarity rejected." in html
    assert "No stage has run." in html
    assert "nan" not in " ".join(Page(html).of("main")).lower()


def test_the_same_arguments_give_the_same_bytes_and_no_heavy_page(html, realistic):
    assert page_of(realistic) == html
    assert len(html.encode()) < 2_000_000


def test_nothing_is_loaded_from_anywhere(html, hostile):
    for text in (html, hostile):
        page = Page(text)
        for tag, attributes in page.elements:
            assert "src" not in attributes, tag
            assert "srcset" not in attributes, tag
            assert "style" not in attributes, tag
            assert not any(name.startswith("on") for name in attributes), tag
            if "href" in attributes:
                assert (tag, attributes["href"]) == ("link", "data:,")
        assert not {tag for tag, _ in page.elements} & {
            "img",
            "iframe",
            "object",
            "embed",
            "base",
            "form",
            "a",
        }
        (style,) = page.of("style")
        assert "url(" not in style
        assert "@import" not in style


def test_the_policy_allows_exactly_the_scripts_and_styles_of_the_page(html, hostile):
    for text in (html, hostile):
        page = Page(text)
        (policy,) = [a["content"] for t, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["default-src"] == "'none'"
        assert "unsafe" not in policy
        assert "http" not in policy
        code = [body for tag, attributes, body in page.texts if tag == "script" and "type" not in attributes]
        assert len(code) == 2
        for rule, bodies in (("script-src", code), ("style-src", page.of("style"))):
            hashes = [base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in bodies]
            assert rules[rule].split() == [f"'sha256-{digest}'" for digest in hashes]


def test_the_policy_stands_before_all_that_it_governs(html):
    assert html.index("Content-Security-Policy") < min(html.index("<script"), html.index("<style"))


def test_hostile_text_stays_text(hostile, html):
    page, tame = Page(hostile), Page(html)
    assert len(page.of("script")) == len(tame.of("script")) == 3
    (heading,) = page.of("h1")
    assert heading.startswith("</script><script>window.hacked=1</script>\"'><img src=x onerror=")
    assert "{{ 7*7 }}{% raw %}${1}<!--]]>&lt;" in heading
    assert "\ufffdesrever\ufffd" in heading
    assert len(page.of("title")) == 1
    assert len(page.of("style")) == 1
    for bad in "\x00\u202e\u2066\u2028\u2029":
        assert bad not in hostile
    hostile.encode("utf-8")
    body = hostile[hostile.index("<body>") :]
    visible = re.sub(r"<script>.*?</script>", "", body, flags=re.DOTALL)
    assert "<img" not in visible
    assert "49" not in heading


def test_foreign_text_cannot_turn_its_neighbours_around(hostile):
    page = Page(hostile)
    cells = [attributes for tag, attributes, text in page.texts if tag == "bdi" and "esrever" in text]
    assert len(cells) == 1 + 2 + 2 * 3 + 1  # heading, stage and unit, two lemmas of three cells, cause


def test_the_specification_of_the_figure_is_inert_data(html, realistic):
    (data,) = Page(html).of("script", id_="figure-spec")
    spec = json.loads(data)
    expected = sweep_spec(realistic, chosen=0.5, encoder="an-encoder", n_classes=1000)
    assert spec["datasets"] == expected["datasets"]
    assert "var(--curve)" in data
    assert theme.CURVE not in data


def test_json_in_html_holds_nothing_that_html_reads():
    value = {"</script>": ["<!--", "a&b", "\u2028\u2029", "\ud800"], "n": 1.5}
    text = json_for_html(value)
    assert not set(text) & set("<>&\u2028\u2029")
    assert text.isascii()
    assert json.loads(text) == value


def test_headings_tables_and_figure_are_made_for_those_who_do_not_see_them(html):
    page = Page(html)
    assert ("html", {"lang": "en"}) in page.elements
    assert len(page.of("h1")) == 1
    assert len(page.of("h2")) == 4
    assert len(page.of("table")) == len(page.of("caption")) == 4
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in page.elements if tag == "th")
    (figure,) = [attributes for _, attributes in page.elements if attributes.get("id") == "figure"]
    assert figure["role"] == "img"
    assert "At the chosen threshold 0.50" in figure["aria-label"]
    assert "20,000 candidates" in figure["aria-label"]


def test_the_figure_is_there_where_no_script_runs(html):
    drawn = html[html.index('<div class="still">') : html.index("<figcaption>")]
    assert drawn.count("<svg") == 1
    assert "Density of similarities" in drawn
    assert "chosen 0.50" in drawn


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block))


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_and_lines_stand_out_in_light_and_in_dark():
    style = template("page.css")
    light, dark = (colours(part) for part in style.split("@media")[:2])
    assert light.keys() == dark.keys()
    for theme_colours in (light, dark):
        for text in ("ink", "muted"):
            for ground in ("paper", "mark"):
                assert contrast(theme_colours[text], theme_colours[ground]) >= 4.5
        for line in ("curve", "chosen", "suggested"):
            assert contrast(theme_colours[line], theme_colours["paper"]) >= 3


def test_the_light_page_has_the_colours_of_the_printed_figure():
    light = colours(template("page.css").split("@media")[0])
    for colour, variable in theme.VARIABLES.items():
        assert light[variable.removeprefix("var(--").removesuffix(")")] == colour
