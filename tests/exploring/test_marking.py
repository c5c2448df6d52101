"""Lemmas marked where they stand; foreign text and addresses made fit to be shown."""

from __future__ import annotations

import pyarrow as pa
import pytest

from laionet.exploring.marking import SEARCHED, Marker, link
from laionet.exploring.telling import hidden
from laionet.matching import LemmaMatcher, rules_named


def marked(caption, lemmas, rules="web", **more):
    found = Marker(rules_named(rules, **more)).excerpt(caption, lemmas)
    return "".join(f"[{text}]" if mark else text for text, mark in found.pieces)


@pytest.mark.parametrize(
    ("caption", "lemma", "expected"),
    [
        ("A Border-Collie, herding", "Border collie", "A [Border-Collie], herding"),
        ("two\tborder\u00a0 collie dogs", "Border collie", "two [border collie] dogs"),
        ("gokart and go kart, GO-KART!", "go-kart", "[gokart] and [go kart], [GO-KART]!"),
        ("\uff3a\uff45\uff42\uff52\uff41 crossing", "zebra", "[\uff3a\uff45\uff42\uff52\uff41] crossing"),
        ("ze\u00adbra crossing", "zebra", "[ze\u00adbra] crossing"),
        ("AI art, an ai sloth", "ai", "AI art, an [ai] sloth"),
        ("zebras and zebra\u2019s", "zebra", "zebras and [zebra]\u2019s"),
        ("line\nzebra\nline", "zebra", "line [zebra] line"),
        ("stra\u00dfe", "strasse", "[stra\u00dfe]"),
    ],
)
def test_lemmas_are_marked_by_the_web_rules(caption, lemma, expected):
    assert LemmaMatcher([lemma], "web").find(pa.array([caption])).lemmas.tolist() == [0]
    assert marked(caption, [lemma]) == expected


def test_the_paper_s_rules_know_other_words():
    assert marked("Zebra zebra,zebra zebra\u00a0x", ["zebra"], "paper") == "Zebra [zebra],[zebra] zebra x"


def test_plurals_are_marked_where_they_count():
    assert marked("kit foxes, a fox", ["kit fox", "fox"], plurals=True) == "[kit foxes], a [fox]"


def test_lemmas_within_lemmas_are_one_mark():
    assert marked("a great white shark", ["great white shark", "white shark"]) == "a [great white shark]"


def test_a_long_caption_is_cut_about_its_lemma():
    found = Marker(rules_named("web")).excerpt("word " * 300 + "zebra " + "word " * 200_000, ["zebra"])
    text = "".join(piece for piece, _ in found.pieces)
    assert found.cut
    assert len(text) < 400
    assert ("zebra", True) in found.pieces
    assert text.startswith("… ")
    assert text.endswith(" …")
    assert found.length == 1_001_506


def test_a_lemma_far_into_a_long_caption_is_no_error():
    found = Marker(rules_named("web")).excerpt("x" * (SEARCHED + 10) + " zebra", ["zebra"])
    assert found.cut
    assert not any(mark for _, mark in found.pieces)


def test_controls_and_marks_of_direction_are_replaced():
    assert marked("a\0b \u202egnp.exe zebra\u2066", ["zebra"]) == "a\ufffdb \ufffdgnp.exe [zebra\ufffd]"
    assert marked("", ["zebra"]) == ""


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://example.com/a.jpg?b=1", "example.com"),
        ("http://user@evil.example:80/", "evil.example"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("JAVASCRIPT://example.com/%0aalert(1)", None),
        ("//example.com/a.jpg", None),
        ("https:///a.jpg", None),
        ("http://[::1", None),
        ("http://exam\nple.com/", None),
        ("https:\\\\example.com", None),
        ("https://example.com/" + "a" * 3000, None),
        ("", None),
        (None, None),
    ],
)
def test_only_plain_web_addresses_are_links(address, host):
    found = link(address)
    assert (found and found["host"]) == host
    assert found is None or found["href"] == address


@pytest.mark.parametrize(
    ("marks", "safety", "veiled"),
    [
        ({}, 0, False),
        ({"nsfw": "UNLIKELY", "punsafe": 0.2}, 0, False),
        ({"nsfw": "UNSURE"}, 0, True),
        ({"punsafe": 0.7}, 0, True),
        ({"nsfw_score": 0.51}, 0, True),
        ({}, 1, True),
        ({}, 2, True),
    ],
)
def test_captions_that_are_not_marked_as_safe_are_hidden_at_first(marks, safety, veiled):
    row = {"nsfw": None, "punsafe": None, "nsfw_score": None} | marks
    assert hidden(row, safety) is veiled
