from __future__ import annotations

import pytest

from laionet.report.words import count, share, shown, threshold_text


@pytest.mark.parametrize(
    ("threshold", "text"),
    [
        (0.5, "0.50"),
        (0.825, "0.825"),
        (0.58, "0.58"),
        (1.0, "1.00"),
        (0.0, "0.00"),
        (-0.0, "0.00"),
        (-0.15, "−0.15"),
        (0.512345678, "0.512346"),
        (-1e-12, "0.00"),
    ],
)
def test_thresholds_have_two_decimals_or_more(threshold, text):
    assert threshold_text(threshold) == text


def test_nouns_agree_with_their_number():
    assert [count(n, "caption") for n in (0, 1, 2)] == ["0 captions", "1 caption", "2 captions"]
    assert [count(n, "class") for n in (1, 4321)] == ["1 class", "4,321 classes"]


def test_a_share_of_nothing_is_a_dash():
    assert (share(1, 8), share(0, 0)) == ("12.5 %", "–")


def test_shown_text_is_one_short_line_without_controls():
    assert shown("a\x00b\u202ec\ud800d\n e") == "a\ufffdb\ufffdc\ufffdd e"
    long = shown("x" * 500 + "end", 60)
    assert len(long) == 60
    assert long.startswith("xxx")
    assert long.endswith("end")
    assert shown("žluťoučký 犬 🐕") == "žluťoučký 犬 🐕"
