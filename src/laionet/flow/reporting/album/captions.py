"""What the finished dataset says of its samples: caption, address, similarity, safety marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from laionet.flow.comparing.described import Described
from laionet.flow.folder import RunFolder
from laionet.report.album import CAPTION, Safety
from laionet.shards import read_json

#: Probabilities above this mark a picture as unsafe.
_UNSAFE = 0.5
#: What LAION's tag says of pictures that are safe, and that are not; all other words leave it open.
_SAFE_TAGS, _UNSAFE_TAGS = ("unlikely",), ("nsfw", "likely", "unsafe")
#: Characters of an address that is kept; longer ones are of no use to a reader.
_LONGEST_URL = 2_000
_COLUMNS = ("caption", "url", "nsfw", "punsafe", "nsfw_score")


@dataclass(frozen=True)
class Said:
    """What is said of a sample; see ``report.album.Picture``."""

    caption: str | None = None
    url: str | None = None
    safety: Safety = "unrated"


def is_reference(one: Described) -> bool:
    """Whether a dataset came as labelled images, and not by captions of a corpus."""
    return one.folder is None or bool(RunFolder(one.folder).recipe().pictures.where)


class Captions:
    """The rows of the finished dataset of a run, by sample; a reference dataset has none.

    Samples whose row has another label are left out: the dataset was built anew since.

    Args:
        one: the described dataset.
        samples: its ids, objects (n,).
    """

    def __init__(self, one: Described, samples: np.ndarray) -> None:
        self.reference = is_reference(one)
        self._files = [] if self.reference or one.folder is None else _files(RunFolder(one.folder).dataset)
        self._position = np.full(len(samples), -1, dtype=np.int64)
        #: Cosine of caption and synset text, float64 (n,); NaN where not known.
        self.similarity = np.full(len(samples), np.nan)
        if self._files:
            self._find(one.label, samples)

    def _find(self, label: np.ndarray, samples: np.ndarray) -> None:
        tables = [pq.read_table(path, columns=["label", "similarity"]) for path, _ in self._files]
        labels = np.concatenate([_numbers(table["label"]) for table in tables])
        similarity = np.concatenate([_numbers(table["similarity"]) for table in tables])
        at = np.array([int(s) if s.isascii() and s.isdigit() else -1 for s in samples], dtype=np.int64)
        known = (at >= 0) & (at < len(labels))
        known[known] = labels[at[known]] == label[known]
        self._position[known] = at[known]
        self.similarity[known] = similarity[at[known]]

    def of(self, rows: Sequence[int]) -> dict[int, Said]:
        """What is said of some rows of the described dataset; the files are read once, a row group at a time."""
        wanted = {int(self._position[row]): row for row in rows if self._position[row] >= 0}
        blank = Said(safety="unrated" if self.reference else "unknown")
        found = dict.fromkeys(rows, blank)
        first = 0
        for path, length in self._files:
            inside = sorted(at for at in wanted if first <= at < first + length)
            for at, values in _rows(path, [at - first for at in inside]):
                found[wanted[at + first]] = _said(values)
            first += length
        return found


def _files(dataset: Path) -> list[tuple[Path, int]]:
    """The data files with their rows; none where one is missing, for positions then mean nothing."""
    manifest = read_json(dataset / "manifest.json")
    files = [(dataset / file["name"], file["rows"]) for file in manifest["dataset"]["files"]] if manifest else []
    try:
        whole = all(pq.read_metadata(path).num_rows == rows for path, rows in files)
    except (OSError, pa.ArrowException):
        return []
    return files if whole else []


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(column.to_numpy(), dtype=np.float64)


def _rows(path: Path, positions: list[int]) -> list[tuple[int, dict[str, Any]]]:
    """Some rows of a file, by their ascending positions."""
    found: list[tuple[int, dict[str, Any]]] = []
    with pq.ParquetFile(path) as file:
        columns = [name for name in _COLUMNS if name in file.schema_arrow.names]
        first = 0
        for group in range(file.num_row_groups):
            length = file.metadata.row_group(group).num_rows
            inside = [at for at in positions if first <= at < first + length]
            if inside:
                table = file.read_row_group(group, columns=columns)
                values = table.take(pa.array([at - first for at in inside], pa.int64())).to_pylist()
                found += zip(inside, values, strict=True)
            first += length
    return found


def _said(values: Mapping[str, Any]) -> Said:
    return Said(
        short(values.get("caption")),
        web_address(values.get("url")),
        safety_of(values.get("nsfw"), values.get("punsafe"), values.get("nsfw_score")),
    )


def safety_of(tag: str | None, *scores: float | None) -> Safety:
    """What the marks of a corpus say of a picture: ``unsafe`` if one says so, ``safe`` if all that are there do.

    Args:
        tag: LAION's: UNLIKELY, UNSURE, NSFW.
        scores: probabilities, 0 to 1.
    """
    word = (tag or "").strip().lower()
    known = [score for score in scores if score is not None and np.isfinite(score)]
    if word in _UNSAFE_TAGS or any(score > _UNSAFE for score in known):
        return "unsafe"
    if (word and word not in _SAFE_TAGS) or not (word or known):
        return "unknown"
    return "safe"


def short(caption: str | None) -> str | None:
    """A caption, cut."""
    if caption is None or len(caption) <= CAPTION:
        return caption
    return caption[: CAPTION - 1] + "…"


def web_address(url: str | None) -> str | None:
    """The address where it is of http or https and of a length that one can read; else None."""
    try:
        parts = urlsplit(url or "")
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and len(url or "") <= _LONGEST_URL
    except ValueError:
        return None
    return url if fits else None
