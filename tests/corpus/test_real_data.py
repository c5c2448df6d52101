"""Real captions: what the published sample files hold, read by other means, is what comes out."""

import csv

import polars as pl

from laionet.corpus import list_files, plan


def test_conceptual_captions(real_data, read_corpus):
    path = real_data / "cc3m_val_8000.tsv"
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").removesuffix("\n").split("\n")]
    corpus = read_corpus(path)
    assert corpus.plan.layouts[0].name == "cc3m"
    assert corpus.column("caption") == [caption for caption, _ in lines]
    assert corpus.column("url") == [url for _, url in lines]
    assert corpus.column("row") == list(range(8000))
    assert corpus.dropped == {}


def test_web_captions(real_data, read_corpus):
    path = real_data / "web_captions_1000.parquet"
    expected = pl.read_parquet(path)
    assert expected.columns == ["URL", "TEXT", "__index_level_0__"]
    corpus = read_corpus(path, batch_rows=300)
    assert corpus.plan.layouts[0].name == "columns"
    texts = expected["TEXT"].to_list()
    kept = [i for i, caption in enumerate(texts) if caption]
    assert corpus.column("row") == kept
    assert corpus.column("caption") == [texts[i] for i in kept]
    assert corpus.column("url") == [expected["URL"][i] for i in kept]


def test_published_matches_point_at_captions_that_hold_the_lemma(real_data, read_corpus):
    for name in ("web_captions_1000.parquet", "cc3m_val_8000.tsv"):
        table = read_corpus(real_data / name).table
        captions = dict(zip(table["row"].to_pylist(), table["caption"].to_pylist(), strict=True))
        matches = real_data / f"{name.partition('.')[0]}.paper_matches.csv"
        with matches.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) > 20
        for row in rows:
            assert row["lemma"].split()[0] in captions[int(row["row"])]


def test_both_real_files_are_one_corpus(real_data):
    names = ["cc3m_val_8000.tsv", "web_captions_1000.parquet"]
    planned = plan(list_files([real_data / name for name in names]))
    assert [layout.name for layout in planned.layouts] == ["cc3m", "columns"]
