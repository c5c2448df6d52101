"""Runs with described images, made by hand: small enough to know every number."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from laionet.flow.comparing import Described, open_described
from laionet.images import ImageWriter
from laionet.recipe import load_recipe
from laionet.schema import DATASET, FETCHED
from laionet.shards import write_json
from laionet.stage import ShardReport
from laionet.vocab import ClassList, Synset

CLASSES = ClassList(
    [Synset(f"n{i:08d}", name, (name,), "") for i, name in enumerate(("ant", "bee", "cat"))], "test"
)
#: Images of each class in each dataset.
PER = 12
MODELS = ("poor", "good")


def picture(number: int, size: tuple[int, int] = (40, 30), **settings) -> bytes:
    """A JPEG whose colour says which it is."""
    out = io.BytesIO()
    Image.new("RGB", size, (number * 5 % 256, 128, 64)).save(out, format="JPEG", **settings)
    return out.getvalue()


def described_table(samples: list[str], label: np.ndarray, seed: int, right: tuple[float, float]) -> pa.Table:
    """Directions around one for each class, and what two models say: each right in its share of a class."""
    rng = np.random.default_rng(seed)
    x = np.eye(3, 6)[label] + 0.4 * rng.standard_normal((len(label), 6))
    columns = {
        "sample": samples,
        "wnid": [CLASSES.wnids[i] for i in label],
        "label": pa.array(label, pa.int32()),
        "embedding/clip": pa.FixedSizeListArray.from_arrays(pa.array(x.astype(np.float32).ravel()), 6),
    }
    for model, share in zip(MODELS, right, strict=True):
        place = np.array([int((label[:i] == one).sum()) for i, one in enumerate(label)])
        first = np.where(place < share * PER, label, (label + 1) % 3)
        top = np.stack([first, (first + 1) % 3], axis=1).astype(np.int32)
        columns[f"top/{model}"] = pa.FixedSizeListArray.from_arrays(pa.array(top.ravel()), 2)
    return pa.table(columns)


def _run(folder: Path, table: pa.Table, shards: int, **knobs) -> None:
    folder.mkdir(parents=True)
    (folder / "recipe.toml").write_text(load_recipe(name=folder.name, **knobs).to_toml(), encoding="utf-8")
    CLASSES.to_csv(folder / "classes.csv")
    (folder / "describe").mkdir()
    size = -(-len(table) // shards)
    for number in range(shards):
        part = table.slice(number * size, size)
        pq.write_table(part, folder / "describe" / f"{number:05d}.parquet")
        report = ShardReport(f"{number:05d}", "key", rows_in=len(part), kept=len(part), rows_out=len(part))
        write_json(folder / "describe" / f"{number:05d}.json", report.to_json())


def by_caption(
    folder: Path, images: dict[int, bytes] | None = None, rows: dict[str, list] | None = None
) -> Described:
    """A run of three classes over two shards, whose images are kept as tar.

    Args:
        folder: where to write.
        images: files other than the usual by number; ``b""`` for one that is not kept.
        rows: columns of the dataset that are other than the usual.
    """
    n = 3 * PER
    label = np.arange(n) % 3
    samples = [f"{i:09d}" for i in range(n)]
    _run(folder, described_table(samples, label, 1, (0.25, 0.5)), 2)
    usual = {
        "file": ["part"] * n,
        "row": list(range(n)),
        "caption": [f"caption {i}" for i in range(n)],
        "url": [f"https://example.com/{i}.jpg" for i in range(n)],
        "nsfw": ["UNLIKELY"] * n,
        "wnid": [CLASSES.wnids[i] for i in label],
        "lemmas": [["x"]] * n,
        "found_by": [["paper"]] * n,
        "n_classes": [1] * n,
        "similarity": [0.5 + 0.01 * (i // 3) for i in range(n)],
        "truncated": [False] * n,
        "label": label.tolist(),
    }
    usual |= rows or {}
    arrays = [pa.array(usual.get(field.name, [None] * n), field.type) for field in DATASET]
    data = folder / "dataset" / "data" / "train-00000-of-00001.parquet"
    data.parent.mkdir(parents=True)
    pq.write_table(pa.table(arrays, schema=DATASET), data, row_group_size=10)
    files = [{"name": f"data/{data.name}", "rows": n, "sha256": ""}]
    write_json(folder / "dataset" / "manifest.json", {"dataset": {"files": files}})
    _fetched(folder, samples, usual, {i: picture(i) for i in range(n)} | (images or {}))
    return open_described(folder, "by caption")


def _fetched(folder: Path, samples: list[str], rows: dict[str, list], images: dict[int, bytes]) -> None:
    (folder / "fetch").mkdir()
    for number in range(2):
        part = range(number * len(samples) // 2, (number + 1) * len(samples) // 2)
        given = {name: [rows[name][i] for i in part] for name in ("wnid", "label", "caption", "url")}
        given |= {"sample": [samples[i] for i in part], "status": ["ok"] * len(part), "tries": [1] * len(part)}
        given["changes"] = [[]] * len(part)
        arrays = [pa.array(given.get(field.name, [None] * len(part)), field.type) for field in FETCHED]
        pq.write_table(pa.table(arrays, schema=FETCHED), folder / "fetch" / f"{number:05d}.parquet")
        with ImageWriter(folder / "images" / f"{number:05d}", "tar") as writer:
            for i in part:
                if images[i]:
                    writer.write(samples[i], images[i], "jpg", {})


def by_sight(folder: Path) -> Described:
    """A reference dataset of the first two classes, in parquet with captions."""
    label = np.repeat([0, 1], PER)
    samples = [f"p{i}" for i in range(len(label))]
    where = folder.parent / f"{folder.name}.parquet"
    files = pa.table(
        {
            "sample": samples,
            "label": pa.array(label, pa.int32()),
            "wnid": [CLASSES.wnids[i] for i in label],
            "caption": [f"title {i}" for i in range(len(label))],
            "url": [f"http://example.org/{i}" for i in range(len(label))],
            "image": [picture(i) for i in range(len(label))],
        }
    )
    pq.write_table(files, where)
    knobs = {"pictures__where": str(where), "pictures__layout": "parquet"}
    _run(folder, described_table(samples, label, 2, (0.25, 1.0)), 1, **knobs)
    return open_described(folder, "by sight")
