"""Inverted lists: vectors by their nearest of some thousand centroids, compressed; a few lists are looked at.

Two ways to compress, both measured (docs/index.md). Where vectors are kept: product quantisation to half a byte
for two numbers, scanned by look-ups in registers (André et al. 2015; faiss ``IVFPQFastScan``); what comes first
is then compared by its stored vector. Where they are not: one byte a number (``IVFScalarQuantizer``), since the
score of the scan is all there is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from laionet.errors import OutputError, ShardError
from laionet.index.parts import Part
from laionet.shards import read_json, replacing, write_json

#: Vectors for each centroid in the sample that these are trained on, and bytes of that sample at most.
PER_LIST, SAMPLE_BYTES = 40, 1 << 30
#: Vectors that the code books are trained on at least, where there are as many.
LEAST_SAMPLE = 4_096
#: Rows of a file of lists. Each is searched by itself, and what is found is merged.
GROUP_ROWS = 1 << 20
#: Lists that stay in memory between searches, bytes.
HELD_BYTES = 1 << 29
_ROUNDS = 8
TRAINED = "trained.faiss"


def number_of_lists(rows: int, dim: int) -> int:
    """Power of two near 4 sqrt(rows), as far as a sample of ``SAMPLE_BYTES`` can train it."""
    most = max(1, min(rows, SAMPLE_BYTES // (4 * dim)) // PER_LIST)
    wanted = 2 ** round(np.log2(max(1.0, 4 * np.sqrt(rows))))
    return int(min(wanted, 2 ** int(np.log2(most))))


def product_parts(dim: int) -> int | None:
    """Parts of a vector that are quantised together: the most that divide it into two numbers or more each.

    None where the length has no divisor that leaves parts of four numbers or fewer.
    """
    return next((dim // width for width in (2, 3, 4) if dim % width == 0), None)


def train(vectors: np.ndarray, lists: int, product: int | None, seed: int) -> Any:
    """An empty faiss index whose centroids and code books fit a sample.

    Args:
        vectors: float32 (n, dim), unit vectors.
        lists: number of centroids, found by spherical k-means.
        product: parts of product quantisation; none for one byte a number.
        seed: of the first centroids.
    """
    import faiss

    index: Any
    dim, metric = vectors.shape[1], faiss.METRIC_INNER_PRODUCT
    means = faiss.Kmeans(
        dim, lists, niter=_ROUNDS, spherical=True, seed=seed + 1, min_points_per_centroid=1,
        max_points_per_centroid=max(PER_LIST, 256),
    )  # fmt: skip
    means.train(vectors)
    coarse = faiss.IndexFlatIP(dim)
    coarse.add(np.asarray(means.centroids))
    if product:
        index = faiss.IndexIVFPQFastScan(coarse, dim, lists, product, 4, metric)
        # Residuals would be finer, but their tables have to be made anew for each list.
        index.by_residual = False
        index.pq.cp.min_points_per_centroid = 1  # a few hundred rows are enough for 16
    else:
        index = faiss.IndexIVFScalarQuantizer(coarse, dim, lists, faiss.ScalarQuantizer.QT_8bit, metric, True)
    index.train(vectors)
    return index


def write_trained(index: Any, path: Path) -> None:
    """Write an empty index."""
    import faiss

    with replacing(path) as temporary:
        faiss.write_index(index, str(temporary))


@dataclass(frozen=True)
class Group:
    """Parts whose lists are one file: their numbers from ``first`` to before ``last``."""

    name: str
    first: int
    last: int


def grouped(parts: Sequence[Part], most: int = GROUP_ROWS) -> list[Group]:
    """Runs of parts of at most ``most`` rows, or of one part."""
    groups: list[Group] = []
    first = rows = 0
    for number, part in enumerate(parts):
        if number > first and rows + part.rows > most:
            groups.append(Group(f"{len(groups):05d}", first, number))
            first, rows = number, 0
        rows += part.rows
    return [*groups, Group(f"{len(groups):05d}", first, len(parts))]


def fill(
    folder: Path, group: Group, parts: Sequence[Part], starts: np.ndarray, key: str
) -> tuple[dict[str, Any], bool]:
    """Write the lists of some parts, or find them whole.

    Args:
        folder: of the lists, with the trained index.
        group: which parts.
        parts: all of them.
        starts: number of the first row of each.
        key: of the trained index and the rows.

    Returns:
        The file's report: ``name``, ``rows``, ``bytes``, ``sha256``; and whether it was there.
    """
    import faiss

    path, report = folder / f"{group.name}.lists", folder / f"{group.name}.json"
    saved = read_json(report)
    known = isinstance(saved, dict) and saved.get("key") == key
    if known and path.exists() and path.stat().st_size == saved["bytes"]:
        return saved, True
    report.unlink(missing_ok=True)
    index: Any = faiss.read_index(str(folder / TRAINED))
    for number in range(group.first, group.last):
        for rows, block in parts[number].blocks():
            index.add_with_ids(block, rows + int(starts[number]))
    with replacing(path) as temporary:
        writer = faiss.FileIOWriter(str(temporary))
        faiss.write_InvertedLists(index.invlists, writer)
        del writer  # closes the file
    found = {"key": key, "name": group.name, "rows": int(index.ntotal), **stamp(path)}
    write_json(report, found)
    return found, False


def stamp(path: Path) -> dict[str, Any]:
    """Size and sha256 of a file."""
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


@dataclass
class Lists:
    """The inverted lists of an index, read when they are looked at.

    Attributes:
        folder: with ``trained.faiss`` and the files of lists.
        files: reports of these.
        trained: the empty index.
        product: whether scores are of product quantisation.
    """

    folder: Path
    files: Sequence[Mapping[str, Any]]
    trained: Any
    product: bool
    _held: dict[str, Any] = field(default_factory=dict, repr=False)
    _checked: set[str] = field(default_factory=set, repr=False)
    _last: Any = field(default=None, repr=False)

    @classmethod
    def opened(cls, folder: Path, manifest: Mapping[str, Any]) -> Lists:
        """Those of an index's folder, the trained index checked and read."""
        import faiss

        path = folder / "lists" / TRAINED
        checked(path, manifest["trained"])
        return cls(
            folder / "lists", manifest["groups"], faiss.read_index(str(path)), manifest["scan"] == "product"
        )

    def scan(self, queries: np.ndarray, nprobe: int, most: int) -> tuple[np.ndarray, np.ndarray]:
        """The rows with the highest scores in the nearest lists of each query.

        Args:
            queries: float32 (n, dim), unit vectors.
            nprobe: lists that are looked at.
            most: rows of each query.

        Returns:
            Scores, float32 (n, most), descending, and numbers of rows, int64 (n, most), -1 where there is none.
        """
        index = self.trained
        index.nprobe = nprobe = min(nprobe, index.nlist)
        near, which = index.quantizer.search(queries, nprobe)
        score = np.full((len(queries), most), -np.inf, np.float32)
        number = np.full((len(queries), most), -1, np.int64)
        for file in self.files:
            index.replace_invlists(self._lists(file), False)
            index.ntotal = file["rows"]
            scores, numbers = index.search_preassigned(queries, most, which, near)
            both = np.concatenate([score, np.where(numbers >= 0, scores, -np.inf)], axis=1)
            numbers = np.concatenate([number, numbers], axis=1)
            order = np.lexsort((numbers, -both), axis=1)[:, :most]
            score, number = np.take_along_axis(both, order, axis=1), np.take_along_axis(numbers, order, axis=1)
        return score, number

    def _lists(self, file: Mapping[str, Any]) -> Any:
        """One file's lists; the files read first stay in memory as far as ``HELD_BYTES`` goes."""
        import faiss

        name = file["name"]
        if name in self._held:
            return self._held[name]
        path = self.folder / f"{name}.lists"
        if name not in self._checked:
            checked(path, file)
            self._checked.add(name)
        try:
            lists = faiss.read_InvertedLists(faiss.FileIOReader(str(path)))
        except RuntimeError as error:
            raise ShardError(f"{path} cannot be read: {error}") from error
        held = sum(one["bytes"] for one in self.files if one["name"] in self._held)
        if held + file["bytes"] <= HELD_BYTES:
            self._held[name] = lists
        else:
            self._last = lists  # faiss holds no reference of its own
        return lists


def checked(path: Path, expected: Mapping[str, Any]) -> None:
    """Compare a file that faiss is about to read with what the manifest says of it.

    Raises:
        OutputError: where it is missing or another.
    """
    if (
        not path.is_file()
        or path.stat().st_size != expected["bytes"]
        or stamp(path)["sha256"] != expected["sha256"]
    ):
        raise OutputError(f"{path} is missing or not the file that was written. Build the index again.")
