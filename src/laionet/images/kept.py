"""Images that laionet itself fetched and kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from laionet.errors import LayoutError, ShardError
from laionet.images.labels import Labels
from laionet.images.rows import Lost, Row
from laionet.images.store import iter_images, stored_form, stored_path
from laionet.images.webdataset import text_or_none
from laionet.schema import Drop
from laionet.shards import read_json

_COLUMNS = ["sample", "wnid", "caption", "url"]


@dataclass(frozen=True)
class KeptReader:
    """One shard of a run's ``fetch`` with its images.

    Attributes:
        fetched: ``fetch/00000.parquet``.
        images: ``images/00000``, without an ending.
        labels: finds the class.
    """

    fetched: Path
    images: Path
    labels: Labels

    def files(self) -> list[Path]:
        """What came of each address, and the images."""
        form = stored_form(self.images)
        return [self.fetched, *([stored_path(self.images, form)] if form else [])]

    def settings(self) -> list[str]:
        """The layout, and what labels mean."""
        return ["laionet", self.labels.digest]

    def rows(self) -> Iterator[Row | Lost]:
        """Samples that were fetched, in the order of ``fetch``; those that were not are no rows here."""
        images = _Images(self.images)
        for position, values in enumerate(self._ok()):
            data = images.take(values["sample"])
            label = self.labels.named(values["wnid"])
            if data is None:
                yield Lost(position, Drop.NO_IMAGE)
            elif label is None:
                yield Lost(position, Drop.UNKNOWN_LABEL)
            else:
                caption, url = text_or_none(values["caption"]), text_or_none(values["url"])
                yield Row(position, values["sample"], label, caption, url, data)

    def _ok(self) -> Iterator[dict[str, Any]]:
        try:
            with pq.ParquetFile(self.fetched) as file:
                for batch in file.iter_batches(columns=[*_COLUMNS, "status"]):
                    yield from batch.filter(pc.equal(batch["status"], "ok")).to_pylist()
        except (OSError, pa.ArrowException) as error:
            raise ShardError(
                f"Cannot read {self.fetched}: {error}. Delete it and fetch the shard again."
            ) from error


class _Images:
    """Images by sample, read once from front to back; those asked for later are held till then."""

    def __init__(self, path: Path) -> None:
        self._stream = iter_images(path) if stored_form(path) else iter(())
        self._ahead: dict[str, bytes] = {}

    def take(self, sample: str) -> bytes | None:
        if sample in self._ahead:
            return self._ahead.pop(sample)
        for name, data in self._stream:
            if name == sample:
                return data
            self._ahead[name] = data
        return None


def readers(run: Path, labels: Labels) -> dict[str, KeptReader]:
    """The shards of a run by name.

    Raises:
        LayoutError: where nothing was fetched, or no image was kept.
    """
    fetched = sorted((run / "fetch").glob("[0-9]*.parquet"))
    if not fetched:
        raise LayoutError(f"Nothing was fetched in {run}: fetch/ has no shard. Run  laionet fetch  first.")
    if not any(stored_form(run / "images" / path.stem) for path in fetched):
        raise LayoutError(
            f"{run} has no images: they were looked at in passing, or removed. Fetch again with  keep = 'tar'."
        )
    return {path.stem: KeptReader(path, run / "images" / path.stem, labels) for path in fetched}


def failed(run: Path) -> list[tuple[str, str]]:
    """Shards that ``fetch`` set aside, each with the reason."""
    reports = [(path.stem, read_json(path)) for path in sorted((run / "fetch").glob("[0-9]*.json"))]
    return [
        (name, str(report.get("error", "")))
        for name, report in reports
        if isinstance(report, dict) and report.get("status") == "failed"
    ]


def fetched_rows(reader: KeptReader) -> int:
    """How many samples of a shard have an image."""
    try:
        status = pq.read_table(reader.fetched, columns=["status"])["status"]
    except (OSError, pa.ArrowException) as error:
        raise ShardError(f"Cannot read {reader.fetched}: {error}. Delete it and fetch the shard again.") from error
    return int(pc.sum(pc.equal(status, "ok")).as_py() or 0)
