"""The part of a page with pictures: what it holds, what it says of what is missing, and that it stays data."""

import base64
import json
import re

import pytest

from laionet.report.embed import template
from laionet.report.pictures import REASONS, pictures_part
from laionet.schema import Drop
from report.albums import album_class, album_of, page_of, picture, side, small_album
from report.test_comparison import HOSTILE


def held(part):
    return json.loads(part.index), [json.loads(one) for one in part.classes]


def test_each_class_with_pictures_has_its_own_data_and_the_others_their_numbers():
    album = small_album()
    index, classes = held(pictures_part(album))
    assert [one["at"] for one in index["classes"]] == [0, 1, 2, None]
    assert [one["name"] for one in index["classes"]] == ["ant", "bee", "cat", "dog"]
    assert index["classes"][3]["n"] == [1_234, 1_234]
    assert len(classes) == 3
    for one, sides in zip(album["classes"], classes, strict=False):
        for expected, found in zip(one["sides"], sides, strict=True):
            jpegs = [base64.b64decode(shown["jpeg"]) or None for shown in found["pictures"]]
            assert jpegs == [shown["jpeg"] for shown in expected["pictures"]]
            assert [shown["caption"] for shown in found["pictures"]] == [
                shown["caption"] for shown in expected["pictures"]
            ]
            assert found["nearest"] == expected["nearest"]


def test_the_page_says_what_is_missing_unsafe_and_out_of_room():
    album = small_album()
    album["datasets"][0]["lost"] = {"undecodable": 3, "timeout": 1}
    part = pictures_part(album)
    assert (part.hidden, part.intervals, part.gaps) == (2, True, True)
    notes = " ".join(part.notes)
    assert "3 of 4 classes have pictures here" in notes
    assert "for the other 1 there is no room in 12 MB" in notes
    assert "4 pictures of by caption cannot be shown: 3 broken image, 1 timeout." in notes
    assert "The pictures of by sight come without safety marks" in notes
    assert "2 pictures not marked as safe are blurred." in notes
    album["datasets"][0]["rated"] = False
    assert "The corpus of by caption marks no picture" in " ".join(pictures_part(album).notes)


def test_nothing_is_said_of_what_is_not_so():
    shown = side([picture(0), picture(1)], intervals=False)
    album = album_of([album_class(0, "ant", [shown], gap=None, difference=None)])
    album["datasets"] = album["datasets"][:1]
    part = pictures_part(album)
    assert (part.notes, part.hidden, part.intervals, part.gaps) == ([], 0, False, False)
    page = page_of(album)
    assert 'data-view="intervals"' not in page
    assert "pictures-unsafe" not in page.partition("<body>")[2].partition("<script>")[0]
    assert 'class="pictures-strip"' not in page


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"classes": []}, "the datasets have no images in any class."),
        ({"budget": 0}, "the page has no room for them."),
        ({"budget": 5}, "those of one class alone have no room."),
    ],
)
def test_an_album_without_pictures_says_why(changes, why):
    album = small_album()
    for one in album["classes"]:
        one["shown"] = False
    part = pictures_part(album | changes)
    assert part.classes == []
    assert part.introduction == [f"No pictures: {why}"]
    page = page_of(album | changes)
    assert "<dialog" not in page
    assert "application/json" not in page.partition("<body>")[2].partition("<script>")[0]


def test_hostile_text_stays_data_and_addresses_are_of_the_web():
    urls = [
        "javascript:alert(1)",
        "data:text/html,<script>",
        "ftp://a/b",
        "http://[",
        "https://ok.example/'\"><x>",
    ]
    pictures = [picture(i, caption=HOSTILE * 400, url=url, said=HOSTILE) for i, url in enumerate(urls)]
    album = album_of([album_class(0, HOSTILE, [side(pictures, lost=HOSTILE)])], classifier=HOSTILE)
    album["classes"][0]["wnid"] = HOSTILE
    album["datasets"][0] |= {"title": HOSTILE, "lost": {HOSTILE: 2}}
    part = pictures_part(album)
    _, [[found]] = held(part)
    assert [one["url"] for one in found["pictures"]] == [None, None, None, None, urls[4]]
    assert all(len(one["caption"]) <= 300 for one in found["pictures"])
    page = page_of(album)
    assert page.count("<script") == page.count("</script>") == 3
    assert "<img" not in page
    assert "\u202e" not in page
    assert "\0" not in page
    assert len(page) < 60_000


def test_numbers_that_are_not_known_are_null_and_not_nan():
    shown = side([picture(0, similarity=float("nan"))], recall=float("nan"))
    album = album_of([album_class(0, "ant", [shown], gap=float("nan"), difference=float("inf"))])
    index, [[found]] = held(pictures_part(album))
    assert index["classes"][0] | {"gap": None, "difference": None, "recall": [None]} == index["classes"][0]
    assert found["pictures"][0]["similarity"] is None


def test_equal_albums_give_equal_parts():
    assert pictures_part(small_album()) == pictures_part(small_album())


def test_reasons_are_those_that_a_picture_can_have():
    ours = {"gone", "not_found", "unreadable"}
    assert set(REASONS) - ours == {
        Drop.EMPTY,
        Drop.NO_IMAGE,
        Drop.NOT_AN_IMAGE,
        Drop.TOO_MANY_PIXELS,
        Drop.UNDECODABLE,
    }


def test_the_script_and_the_template_keep_to_the_policy():
    script, markup = template("report/pictures.js"), template("report/pictures.html")
    for unsafe in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(", "fetch("):
        assert unsafe not in script
    assert not re.search(r"\son[a-z]+=|\sstyle=", markup)
    assert "</" not in script
