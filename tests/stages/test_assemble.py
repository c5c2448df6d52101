"""Rules over the whole set, against plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laionet.recipe import Select
from laionet.schema import Drop
from laionet.stages.assemble import WholeRules
from stages.builders import scored, select_call


def labelled(captions, urls=None, similarity=None):
    table = select_call(threshold=-1, several_classes="keep")(scored(captions, urls=urls)).table
    if similarity is not None:
        import pyarrow as pa

        index = table.column_names.index("similarity")
        table = table.set_column(index, table.schema.field("similarity"), pa.array(similarity, pa.float32()))
    return table


def judge(table, seed=0, cuts=(), **rules):
    whole = WholeRules(Select(**rules), seed)
    edges = [0, *cuts, len(table)]
    parts = [whole.partial(table.slice(a, b - a)) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    return list(whole.finish(whole.merge(parts)))


def test_exact_and_near_duplicate_captions_keep_the_first():
    table = labelled(["a fox", "A  fox!", "fox a", "a fox", "a dog"])
    dup, near = Drop.DUPLICATE_CAPTION, Drop.NEAR_DUPLICATE_CAPTION
    assert judge(table, duplicate_captions="exact") == ["", "", "", dup, ""]
    assert judge(table, duplicate_captions="near") == ["", near, near, near, ""]
    assert judge(table) == [""] * 5


def test_duplicate_urls_exact_near_and_missing():
    urls = ["http://a.org/x.jpg?w=1", "https://www.a.org/x.jpg", "http://a.org/x.jpg?w=1", None, None]
    table = labelled([f"a fox {i}" for i in range(5)], urls=urls)
    table = table.set_column(table.column_names.index("url"), table.schema.field("url"), [urls])
    gone = Drop.DUPLICATE_URL
    assert judge(table, duplicate_urls="exact") == ["", "", gone, "", ""]
    assert judge(table, duplicate_urls="near") == ["", gone, gone, "", ""]


def test_one_url_under_two_labels_is_kept_once():
    table = labelled(["a fox", "a dog"], urls=["http://a.org/x"] * 2)
    assert judge(table, duplicate_urls="exact") == ["", Drop.DUPLICATE_URL]
    assert judge(table, duplicate_urls="exact", several_classes="keep") == ["", ""]


def test_hostile_urls_do_not_stop_the_near_rule():
    table = labelled(["a fox", "a fox b"], urls=["http://[::1", "http://[::1"])
    assert judge(table, duplicate_urls="near") == ["", Drop.DUPLICATE_URL]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["fox", "dog"]), st.sampled_from([0.1, 0.2, 0.3])), max_size=14),
    st.integers(1, 4),
)
def test_top_k_keeps_the_most_similar_and_of_equal_ones_the_earlier(rows, k):
    table = labelled([f"a {word} {i}" for i, (word, _) in enumerate(rows)], similarity=[s for _, s in rows])
    expected = [""] * len(rows)
    for word in ("fox", "dog"):
        ranked = sorted((-s, i) for i, (w, s) in enumerate(rows) if w == word)
        for _, i in ranked[k:]:
            expected[i] = Drop.BEYOND_TOP_K
    assert judge(table, top_k=k) == expected


def test_cap_draws_by_seed_the_same_rows_however_the_shards_are_cut():
    table = labelled([f"a fox {i}" for i in range(60)])
    drawn = judge(table, cap=10, seed=1)
    assert drawn.count("") == 10
    assert drawn == judge(table, cap=10, seed=1, cuts=(7, 7, 40))
    assert drawn != judge(table, cap=10, seed=2)


def test_cap_is_a_fair_draw():
    table = labelled([f"a fox {i}" for i in range(20)])
    kept = np.array([[reason == "" for reason in judge(table, cap=5, seed=seed)] for seed in range(400)])
    assert kept.sum(axis=1) == pytest.approx(5)
    # 400 draws of 5 in 20: each row is kept 100 times, give or take 8.7; five standard deviations.
    assert np.abs(kept.sum(axis=0) - 100).max() < 44


def test_no_rows():
    assert judge(labelled([]), top_k=3, cap=2, duplicate_captions="near", duplicate_urls="exact") == []
