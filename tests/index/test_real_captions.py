"""Real captions by the embedded encoder: what the index finds is what looking at all finds, both ways."""

import numpy as np
import pytest

from laionet.index import IndexSettings, build_index, open_encoder


@pytest.fixture(scope="module")
def embedded(real_data):
    """Captions of both files with their embeddings; some of them, so that encoding takes seconds."""
    import pyarrow.parquet as pq

    lines = (real_data / "cc3m_val_8000.tsv").read_text(encoding="utf-8").splitlines()
    web = [one for one in pq.read_table(real_data / "web_captions_1000.parquet")["TEXT"].to_pylist() if one]
    encode = open_encoder("embedded", "cpu")
    cc3m = [line.split("\t")[0] for line in lines[:250]]
    return {"cc3m": (cc3m, encode(cc3m)), "web": (web[:250], encode(web[:250]))}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["flat", "ivf"])
@pytest.mark.parametrize(("searched", "asked"), [("web", "cc3m"), ("cc3m", "web")])
def test_the_nearest_real_caption_is_found(embedded, tmp_path, kind, searched, asked):
    captions, vectors = embedded[searched]
    _, queries = embedded[asked]
    known = dict(zip(captions, vectors, strict=True))
    path = tmp_path / "captions.csv"
    path.write_text("caption\n" + "".join(f'"{one.replace(chr(34), chr(34) * 2)}"\n' for one in captions))
    index = build_index(
        [path],
        tmp_path / "index",
        IndexSettings(kind=kind, precision="float32", sample=100, recall=1.0),
        queries=queries,
        encode=lambda texts: np.stack([known.get(text, vectors[0]) for text in texts]),
    )
    found = index.search(queries, 1)
    true = (queries.astype(float) @ vectors.astype(float).T).max(axis=1)
    share = np.mean(found.similarity[:, 0] >= true - 1e-6)
    assert len(index) == len(captions)
    assert share == 1 if kind == "flat" else share >= 0.97
    rows = index.rows(found.number[:, 0])["caption"].to_pylist()
    cosine = np.einsum("ij,ij->i", queries, np.stack([known[row] for row in rows]))
    np.testing.assert_allclose(found.similarity[:, 0], cosine, atol=1e-5)
