"""The pages that ``compare`` writes: one for a pair; for several, one that leads to each."""

import html
import re

import pytest

from laionet.flow.comparing.page import pages
from laionet.report.comparison import pairs_page
from report.test_comparison import ELEMENTS, HOSTILE, Elements, comparison_of


def written(titles, pairs, notes=()):
    return {
        "laionet": "1.2.3",
        "settings": {"level": 0.95, "alpha": 0.05, "seed": 4, "rarefy_to": 20},
        "datasets": [{"title": title, "where": f"folder/{title}"} for title in titles],
        "notes": list(notes),
        "pairs": pairs,
    }


@pytest.fixture(scope="module")
def pair():
    return comparison_of(3, per=8)


def test_one_pair_is_one_page_that_says_how_it_was_made(pair):
    found = pages(written(["by caption", "sight"], [pair], ["Mind this."]), ["x-vs-y"])
    assert list(found) == ["index.html"]
    words = Elements(found["index.html"]).text
    assert "by caption and sight compared" in words
    assert "Mind this." in words
    assert "pairs/x-vs-y.parquet" in words
    assert "seed 4" in words
    assert "laionet 1.2.3" in words
    assert "folder/sight" in words
    assert "All pairs" not in words


def test_several_pairs_have_a_page_each_and_one_that_leads_to_them(pair):
    names = ["a-vs-b", "a-vs-c", "b-vs-c"]
    found = pages(written(["by caption", "sight", "third"], [pair] * 3, ["Mind this."]), names)
    assert set(found) == {"index.html", *(f"pairs/{name}.html" for name in names)}
    links = re.findall(r'<a href="([^"]*)"', found["index.html"])
    assert links == [f"pairs/{name}.html" for name in names]
    assert '<a href="../index.html">' in found["pairs/a-vs-c.html"]
    words = Elements(found["index.html"]).text
    assert "3 datasets compared" in words
    assert "Mind this." in words
    group = next(group for group in pair["groups"] if group["use"] == "classifier")
    low = f"{100 * group['difference']['low']:.0f}".replace("-", "−")
    assert re.search(rf"\({low}(\.\d+)? to ", words)
    part = pair["similarity"][0]
    assert f"{part['lower']} of {part['judged']}" in words


def test_hostile_titles_stay_texts_and_addresses_are_ours(pair):
    hostile = pair | {"datasets": [one | {"title": HOSTILE} for one in pair["datasets"]]}
    found = pages(written([HOSTILE, HOSTILE + "2", "c"], [hostile] * 3, [HOSTILE]), ["a b&c", '"><x', "c"])
    for text in found.values():
        elements = Elements(text)
        assert elements.tags <= ELEMENTS
        assert not [name for name, _ in elements.attributes if name.startswith("on")]
    links = [html.unescape(link) for link in re.findall(r'<a href="([^"]*)"', found["index.html"])]
    assert links == ["pairs/a%20b%26c.html", "pairs/%22%3E%3Cx.html", "pairs/c.html"]


def test_pairs_without_models_in_common_are_listed_with_dashes(pair):
    bare = pair | {
        "similarity": [],
        "groups": [],
        "accuracy": [],
        "gaps": [],
        "trends": [],
        "synset_similarity": [],
    }
    found = pages(written(["by caption", "sight"], [pair, bare]), ["a", "b"])
    assert Elements(found["index.html"]).text.count("–") >= 5


def test_names_that_are_not_one_a_pair_are_refused(pair):
    for names in (["a"], ["a", "a"], ["a", "b", "c"]):
        with pytest.raises(ValueError, match="2 pairs must have as many names"):
            pages(written(["x", "y"], [pair, pair]), names)
    with pytest.raises(ValueError, match="1 addresses for 2 pairs"):
        pairs_page(written(["x", "y"], [pair, pair]), ["a.html"], title="", introduction=[])
