"""Folders of runs with scores, without any model: similarities are drawn, so that ties and bounds are met."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pyarrow as pa

from laionet.flow import RunFolder
from laionet.recipe import load_recipe
from laionet.schema import SCORED
from laionet.shards import ShardWriter, write_json
from laionet.stage import ShardReport
from laionet.vocab import Synset, load_classes

CLASSES = load_classes(
    [
        Synset("n01", "fox", ("fox", "kit fox"), "a sly animal"),
        Synset("n02", "dog", ("dog", "Border collie"), "a loyal animal"),
        Synset("n03", "crane", ("crane",), "a tall thing"),
        Synset("n04", "heron", ("heron",), "a tall bird"),
        Synset("n05", "unseen", ("unseen",), "a thing that no caption names"),
    ],
)
WNIDS = CLASSES.wnids[:4]
RULES = {
    "lemmas": {},
    "labels": {"several_classes": "labels"},
    "best, any safety": {"several_classes": "best", "nsfw_keep": False, "max_punsafe": False},
    "keep, equal captions": {"several_classes": "keep", "duplicate_captions": "exact"},
    "keep, equal both": {"several_classes": "keep", "duplicate_captions": "exact", "duplicate_urls": "exact"},
    "labels, equal both": {
        "several_classes": "labels",
        "duplicate_captions": "near",
        "duplicate_urls": "near",
        "top_k": 3,
    },
    "equal addresses, cap": {"duplicate_urls": "exact", "cap": 5},
    "top and cap": {"several_classes": "best", "top_k": 12, "cap": 7},
}


def rows_of(n: int, seed: int = 0, file: str = "a.parquet") -> list[dict[str, object]]:
    """Rows of ``n`` captions of one to three classes, many of them repeated."""
    draw = random.Random(seed)
    rows: list[dict[str, object]] = []
    for row in range(n):
        wnids = sorted(draw.sample(WNIDS, draw.choice([1, 1, 1, 2, 3])))
        words = [CLASSES[wnid].lemmas[0] for wnid in wnids] + [draw.choice(["", "red", "Red", "old"])]
        shared = {
            "file": file,
            "row": row * 3,
            "caption": " ".join(words),
            "url": draw.choice(
                [None, *(f"http{s}://example.com/{k}.jpg" for s in ("", "s") for k in range(n // 4))]
            ),
            "nsfw": draw.choice(["UNLIKELY"] * 7 + ["UNSURE", "NSFW", None]),
            "punsafe": draw.choice([None, 0.1, 0.1, 0.1, 0.9]),
        }
        for wnid in wnids:
            found = {"wnid": wnid, "lemmas": [CLASSES[wnid].lemmas[0]], "found_by": ["paper"]}
            similarity = round(draw.randint(4, 19) * 0.05, 2)
            rows.append(shared | found | {"n_classes": len(wnids), "similarity": similarity, "truncated": False})
    return rows


def table_of(rows: list[dict[str, object]]) -> pa.Table:
    """Rows in the schema of scores; what a row does not say is null."""
    columns = [pa.array([row.get(f.name) for row in rows], f.type) for f in SCORED]
    return pa.table(columns, schema=SCORED)


def write_shard(folder: Path, name: str, rows: list[dict[str, object]], status: str = "done") -> pa.Table:
    """A scored shard and its report."""
    table = table_of(rows)
    with ShardWriter(folder / "score" / f"{name}.parquet", SCORED) as writer:
        writer.write(table)
    for stage in ("match", "score"):
        report = ShardReport(name, f"{stage}-{name}-{len(rows)}", status=status if stage == "score" else "done")
        report.rows_in = report.rows_out = report.kept = len(rows)
        write_json(folder / stage / f"{name}.json", report.to_json())
    return table


def make_run(folder: Path, shards: list[list[dict[str, object]]], marks=("nsfw", "punsafe"), **knobs) -> Path:
    """A folder as it is after score."""
    folder.mkdir(parents=True, exist_ok=True)
    CLASSES.to_csv(folder / "classes.csv")
    RunFolder(folder / "run").settle(recipe_of(folder, **knobs))
    CLASSES.to_csv(folder / "run" / "classes.csv")
    names = {str(row["file"]) for rows in shards for row in rows}
    files = [{"name": name, "safety": list(marks)} for name in sorted(names)]
    write_json(folder / "run" / "corpus.json", {"files": files, "shards": [], "set_aside": []})
    for number, rows in enumerate(shards):
        write_shard(folder / "run", f"{number:05d}", rows)
    return folder / "run"


def recipe_of(folder: Path, threshold: float = 0.5, match: str = "web", **rules):
    """A recipe over these classes; ``False`` means no limit."""
    named = {f"select__{name}": value or None for name, value in rules.items()}
    return load_recipe(
        None,
        None,
        classes__source=str(folder / "classes.csv"),
        select__threshold=threshold,
        match__rules=match,
        **named,
    )


def drawn_run(folder: Path, shards: int = 3, captions: int = 60, **knobs) -> Path:
    """A run of drawn rows."""
    parts = [rows_of(captions, seed, f"part-{seed}.parquet") for seed in range(shards)]
    return make_run(folder, parts, **knobs)


def similarities(table: pa.Table) -> np.ndarray:
    """As rules compare them."""
    return table["similarity"].to_numpy().astype(np.float64)
