"""Small images and datasets, made on the spot."""

import io
import tarfile
from pathlib import Path

import pyarrow as pa
from PIL import Image

from laionet.images.pictures import PictureSet
from laionet.schema import PICTURES
from laionet.vocab import load_classes

CLASSES = load_classes()


def picture(mode="RGB", size=(8, 6), colour=None, format="PNG", **options) -> bytes:
    """The bytes of an image file of one colour."""
    return saved(Image.new(mode, size, colour if colour is not None else 0), format, **options)


def saved(image: Image.Image, format: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def jpeg(seed: int) -> bytes:
    """A JPEG that differs from those of other seeds."""
    return picture(size=(8 + seed % 5, 8), colour=(seed * 37 % 256, seed * 91 % 256, seed % 256), format="JPEG")


def write(path: Path, data: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def write_tar(path: Path, members: list[tuple[str, bytes | str]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for name, data in members:
            data = data if isinstance(data, bytes) else data.encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return path


def read(
    pictures: PictureSet, batch_rows: int = 3, classes=CLASSES
) -> tuple[list[dict], list[tuple[str, str, int]]]:
    """All rows, and what was dropped as (shard, reason, position)."""
    rows, dropped = [], []
    for shard in pictures.shards():
        tables = []
        for batch in shard.batches(batch_rows):
            assert batch.table.schema == PICTURES
            assert len(batch.table) <= batch_rows
            tables.append(batch.table)
            dropped += [(shard.name, str(why), int(at)) for why, ats in batch.dropped.items() for at in ats]
        rows += pa.concat_tables(tables).to_pylist() if tables else []
    for row in rows:
        assert row["wnid"] == classes.wnids[row["label"]]
    return rows, sorted(dropped)


def brief(rows: list[dict]) -> list[tuple[str, int]]:
    return [(row["sample"], row["label"]) for row in rows]
