"""Candidates: one row per caption and class, with its lemmas and how they were found."""

from laionet.schema import MATCHED, Drop
from stages.builders import CLASSES, PAPER_RULES, corpus_table, match_call


def test_one_row_per_caption_and_class_with_all_its_lemmas():
    outcome = match_call()(corpus_table(["a kit fox and a dog", "none", None, "a crane"]))
    assert outcome.table.schema.equals(MATCHED)
    rows = [(r["row"], r["wnid"], r["lemmas"], r["n_classes"]) for r in outcome.table.to_pylist()]
    assert rows == [
        (0, "n01", ["fox", "kit fox"], 2),
        (0, "n02", ["dog"], 2),
        (3, "n03", ["crane"], 2),
        (3, "n04", ["crane"], 2),
    ]
    assert outcome.kept == 2
    assert list(outcome.dropped[Drop.NO_LEMMA]) == [1, 2]


def test_how_a_lemma_was_found_is_the_mildest_rule_that_finds_it():
    captions = ["a fox", "a FOX (three letters keep their case)", "go kart", "kit  fox", "GO  KART", "gokart"]
    outcome = match_call()(corpus_table(captions))
    found = {
        (r["row"], lemma): by
        for r in outcome.table.to_pylist()
        for lemma, by in zip(r["lemmas"], r["found_by"], strict=True)
    }
    assert found == {
        (0, "fox"): "paper",
        (2, "go-kart"): "hyphen",
        (3, "fox"): "paper",
        (3, "kit fox"): "spacing",
        (4, "go-kart"): "several",
        (5, "go-kart"): "hyphen",
    }


def test_paper_rules_name_themselves():
    outcome = match_call(PAPER_RULES)(corpus_table(["a fox, a dog", "HERON"]))
    assert [r["found_by"] for r in outcome.table.to_pylist()] == [["paper"], ["paper"]]


def test_no_captions_at_all():
    outcome = match_call()(corpus_table([]))
    assert len(outcome.table) == 0
    assert outcome.table.schema.equals(MATCHED)


def test_identity_names_classes_and_rules_only():
    from laionet.matching import WEB
    from laionet.stages.match import MatchStage

    same = MatchStage(CLASSES, WEB).identity()
    assert same == MatchStage(CLASSES, WEB).identity()
    assert same != MatchStage(CLASSES, PAPER_RULES).identity()
