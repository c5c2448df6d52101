"""Small corpora and ways to run over them."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

WORDS = [
    "the",
    "a",
    "of",
    "in",
    "with",
    "photo",
    "new",
    "vintage",
    "border",
    "collie",
    "Border",
    "collie",
    "puppy",
    "sheep",
    "farm",
    "zebra",
    "plain",
    "goldfish",
    "bowl",
    "espresso",
    "cup",
    "crane",
    "bird",
    "accordion",
    "player",
    "ZEBRA",
    "kit",
    "fox",
    "three-toed",
    "sloth",
    "go",
    "kart",
    "banana",
    "ripe",
    "pizza",
    "wood",
    "fired",
]


def captions(n, seed=0):
    """Captions, some without, some with one or several lemmas; a few null or empty."""
    draw = random.Random(seed)
    made = [" ".join(draw.choices(WORDS, k=draw.randint(2, 9))) for _ in range(n)]
    for twin in range(5, n - 1, 50):
        made[twin], made[twin + 1] = "a zebra on the plain", "A zebra on the plain!"
    for gone in range(0, n, 37):
        made[gone] = None if gone % 2 else ""
    return made


def write_part(path: Path, n: int, seed: int = 0, row_group: int = 100) -> Path:
    """A parquet file in LAION-400M's layout."""
    draw = random.Random(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(
        {
            "SAMPLE_ID": pa.array([float(i) for i in range(n)]),
            "URL": [f"http://example.com/{seed}/{i}.jpg" for i in range(n)],
            "TEXT": captions(n, seed),
            "HEIGHT": pa.array([300] * n, pa.int32()),
            "WIDTH": pa.array([400] * n, pa.int32()),
            "LICENSE": ["?"] * n,
            "NSFW": [draw.choice(["UNLIKELY"] * 6 + ["UNSURE", "NSFW", None]) for _ in range(n)],
            "similarity": [0.31] * n,
        }
    )
    pq.write_table(table, path, row_group_size=row_group, compression="snappy")
    return path


def fingerprint(folder: Path) -> dict[str, str]:
    """Hash of every file of a run but its log."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] != "log"
    }
