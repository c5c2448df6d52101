"""Tables of embeddings that stand for captions."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def clustered(n, dim=32, clusters=60, seed=0):
    """Unit vectors about common directions, float32 (n, dim)."""
    rng = np.random.default_rng(seed)
    middle = rng.standard_normal((clusters, dim))
    return unit(middle[rng.integers(0, clusters, n)] + 0.6 * rng.standard_normal((n, dim))).astype(np.float32)


def write_table(path, vectors, wnids=None, row_group=500):
    """Captions that are numbers, embeddings, classes."""
    columns = {
        "caption": [f"caption {i}" for i in range(len(vectors))],
        "embedding": pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1]),
    }
    if wnids is not None:
        columns["wnid"] = wnids
    pq.write_table(pa.table(columns), path, row_group_size=row_group)
    return path


def brute_force(queries, vectors, k):
    """Similarities of the k nearest, descending."""
    return -np.sort(-(unit(queries.astype(np.float64)) @ vectors.astype(np.float64).T), axis=1)[:, :k]


def words_to_vectors(texts, dim=24):
    """A stand-in for an encoder: sums of a vector for each word; NaN for a text about nothing."""
    found = np.zeros((len(texts), dim))
    for row, text in enumerate(texts):
        for word in ["", *text.split()]:
            seed = int.from_bytes(word.encode()[:7], "little") % 2**31
            found[row] += np.random.default_rng(seed).standard_normal(dim)
        if "nan" in text.split():
            found[row] = np.nan
    return unit(found).astype(np.float32)
