"""The images of a corpus that are most similar to given ones, as the published scripts sought them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from laionet.errors import OutputError
from laionet.events import Event, Listener, ignore
from laionet.flow.comparing.described import Described
from laionet.flow.comparing.places import Wanted, open_places
from laionet.flow.diagnosing.outcome import write_outcome
from laionet.flow.diagnosing.stored import Images, clip_retrieval, of_described
from laionet.flow.folder import RunFolder
from laionet.index.parts import unit
from laionet.report.diagnosing.nearest import nearest_figure
from laionet.shards import replacing

#: Images that are searched for at once.
_AT_ONCE = 4_096
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_BINS = 64


def diagnose_nearest(
    images: str,
    corpus: str,
    out: str | Path = "out/diagnose",
    *,
    encoder: str | None = None,
    k: int = 10,
    listener: Listener = ignore,
) -> dict[str, Any]:
    """For each of some images the k most similar images of a corpus, by cosine.

    Args:
        images: a described run, or a table of embeddings.
        corpus: the folder of clip-retrieval's shards (``img_emb/``, ``metadata/``) or of its index
            (``image.index``); or a described run, or a table of embeddings. By the same encoder as the images.
        out: folder to write ``diagnosis/nearest.json``, ``.svg`` and ``.parquet`` into: one row a neighbour with
            ``query``, ``wnid``, ``rank``, ``similarity`` and what is known of the corpus's row.
        encoder: whose embeddings of the images; needed where there are several.
        k: neighbours of each.
        listener: called with events; a warning where a faiss index of others is read.

    Returns:
        ``images``, ``corpus``, ``left_out``; ``similarity`` of the nearest: mean, quantiles, histogram; and where
        the corpus has classes, ``same_class``: share of images whose nearest is of their own class.

    Raises:
        OutputError: for images and a corpus whose embeddings cannot be of one encoder, or k below 1.
        CorpusError: for shards that cannot be read.
    """
    if k < 1:
        raise OutputError(f"There are no {k} neighbours; give 1 or more.")
    out = Path(out)
    with RunFolder(out).locked():
        wanted = Wanted({}, out, listener)
        (data,) = open_places([images], [], wanted)
        stored = clip_retrieval(Path(corpus).expanduser()) if Path(corpus).expanduser().is_dir() else None
        name = _encoder(data, encoder)
        if stored is None:
            (other,) = open_places([corpus], [], wanted)
            stored = of_described(other, _encoder(other, name))
        elif stored.index is not None:
            text = (
                f"{corpus}/image.index is read by faiss, which cannot check it: use indexes of people you trust."
            )
            listener(Event("note", text=text))
        queries = unit(data.embeddings(name))
        known = np.isfinite(queries).all(axis=1)
        similarity, number = _search(stored, queries[known], k, listener)
        table = _neighbours(data, stored, np.flatnonzero(known), similarity, number)
        with replacing(out / "diagnosis" / "nearest.parquet") as temporary:
            pq.write_table(table, temporary, compression="zstd")
        document = {
            "images": {"title": data.title, "where": images, "images": len(data), "encoder": name},
            "corpus": {"where": corpus, "images": int(stored.starts[-1])},
            "exact": stored.index is None,
            "left_out": int(np.sum(~known)),
            "k": k,
            "similarity": _summary(similarity[:, 0]),
            "same_class": _same_class(table),
        }
        return write_outcome(out, "nearest", document, nearest_figure(document))


def _encoder(data: Described, asked: str | None) -> str:
    names = data.names("embedding")
    if asked in names or (asked is None and len(names) == 1):
        return asked or names[0]
    have = ", ".join(names) or "none"
    raise OutputError(f"{data.title} has embeddings by {have}; name the one that both have with --encoder.")


def _search(stored: Images, queries: np.ndarray, k: int, listener: Listener) -> tuple[np.ndarray, np.ndarray]:
    dim = stored.index.d if stored.index is not None else stored.arrays[0].x.shape[1]
    if queries.shape[1] != dim:
        raise OutputError(
            f"Embeddings of the images have {queries.shape[1]} numbers, those of the corpus {dim}: they are of "
            "different encoders."
        )
    if not len(queries):
        raise OutputError("None of the images has an embedding with a direction.")
    parts = []
    listener(Event("stage_started", "search", data={"shards": -(-len(queries) // _AT_ONCE)}))
    for start in range(0, len(queries), _AT_ONCE):
        parts.append(stored.search(queries[start : start + _AT_ONCE], k))
        listener(Event("shard_done", "search", data={"kept": len(parts[-1][0])}))
    listener(Event("stage_done", "search"))
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _neighbours(
    data: Described, stored: Images, rows: np.ndarray, similarity: np.ndarray, number: np.ndarray
) -> pa.Table:
    query, rank = np.nonzero(number >= 0)
    found = stored.rows(number[query, rank])
    samples, wnids = data.samples[rows[query]], np.array(data.classes.wnids)[data.label[rows[query]]]
    columns: dict[str, Any] = {
        "query": pa.array(samples.tolist(), pa.string()),
        "wnid": pa.array(wnids.tolist(), pa.string()),
        "rank": pa.array(rank + 1, pa.int32()),
        "similarity": pa.array(similarity[query, rank], pa.float32()),
    }
    return pa.table(columns | {f"neighbour_{name}": found[name] for name in found.column_names})


def _summary(nearest: np.ndarray) -> dict[str, Any]:
    values = nearest[np.isfinite(nearest)]
    counts, edges = np.histogram(np.clip(values, -1, 1), bins=_BINS, range=(-1, 1))
    filled = np.flatnonzero(counts)
    first, last = (int(filled[0]), int(filled[-1]) + 1) if len(filled) else (0, 0)
    return {
        "mean": float(values.mean()) if len(values) else None,
        "quantiles": {f"{q:g}": float(np.quantile(values, q)) for q in _QUANTILES} if len(values) else {},
        "edges": edges[first : last + 1].tolist(),
        "counts": counts[first:last].tolist(),
    }


def _same_class(table: pa.Table) -> float | None:
    if "neighbour_wnid" not in table.column_names:
        return None
    own, theirs = (_first(table, name) for name in ("wnid", "neighbour_wnid"))
    return float(np.mean([a == b for a, b in zip(own, theirs, strict=True)])) if own else None


def _first(table: pa.Table, name: str) -> Sequence[str]:
    ranks = table["rank"].to_numpy() == 1
    return [value for value, first in zip(table[name].to_pylist(), ranks, strict=True) if first]
