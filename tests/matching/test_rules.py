"""Normal forms."""

import pytest

from laionet.errors import RecipeError
from laionet.matching import PAPER, WEB, rules_named
from laionet.matching.rules import plural_of, single_steps
from matching import naive


def test_unknown_rules_are_named():
    with pytest.raises(RecipeError, match="paper, web"):
        rules_named("strict")


@pytest.mark.parametrize(
    "text", ["Kit–Fox", "  a\tb ", "ＦＵＬＬ width", "soft\u00adhyphen", "x\u200by", "ﬁsh", "İ"]
)
def test_normal_form_equals_the_naive_one(text):
    assert WEB.normalise(text).strip() == naive.web_form(text)


def test_byte_table_agrees_with_the_text_form_on_ascii():
    every = "".join(chr(c) for c in range(128) if chr(c) != "\n")
    for rules in (PAPER, WEB, *single_steps(rules_named("web", plurals=True))):
        as_bytes = every.encode().translate(rules.byte_table()).decode()
        collapsed = " ".join(w for w in as_bytes.split(" ") if w) if rules.spaces else as_bytes
        text = rules.normalise(every)
        assert collapsed == (text.strip(" ") if rules.spaces else text)


def test_lemmas_with_punctuation_cannot_match_under_paper_rules():
    assert PAPER.forms("three-toed sloth") == ()
    assert WEB.forms("three-toed sloth") == ("three toed sloth", "threetoed sloth")


def test_short_lemmas_keep_their_case_only_where_case_is_folded():
    assert WEB.keeps_case("ai")
    assert WEB.keeps_case("R.V.")
    assert not WEB.keeps_case("wolf")
    assert not PAPER.keeps_case("ai")


def test_plurals():
    assert plural_of("timber wolf") == "timber wolves"
    assert plural_of("mouse") == "mice"
