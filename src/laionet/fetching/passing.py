"""Images that are looked at in passing and never kept: fetched while the stage that reads them works."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from laionet.fetching.rows import OK, Rows, asked, described, fetched_table
from laionet.fetching.streaming import stream
from laionet.recipe import Fetch, Run
from laionet.schema import FETCHED, PICTURES, Drop
from laionet.shards import ShardWriter
from laionet.stage import Batch

#: Bytes of images after which a batch ends early, so that a batch of large ones fits in memory.
_BATCH_BYTES = 256 << 20


@dataclass(frozen=True)
class FetchSource:
    """Pictures as they come from the web, in the order of the rows; a ``stage.Source``, picklable.

    Attributes:
        rows: what to fetch.
        fetch: what decides results; ``keep`` is not looked at.
        run: connections and hosts; a batch has ``batch_images`` images.
        record: where to write what came of each row (``schema.FETCHED``) once all have passed.
    """

    rows: Rows
    fetch: Fetch
    run: Run
    record: Path | None = None

    def batches(self) -> Iterator[Batch]:
        """Batches of ``schema.PICTURES`` with images, and by reason the numbers of the rows without one.

        Raises:
            FetchError: where this machine cannot go on.
            ShardError: where the rows cannot be read.
        """
        with ExitStack() as opened:
            writer = opened.enter_context(ShardWriter(self.record, FETCHED)) if self.record else None
            passes = opened.enter_context(closing(self.passes()))
            for batch, fetched in passes:
                if writer:
                    writer.write(fetched)
                yield batch

    def passes(self) -> Generator[tuple[Batch, pa.Table], None, None]:
        """Each batch with the rows of ``schema.FETCHED`` that it covers, kept or not."""
        rows = asked(self.rows)
        held = _Held()
        with closing(stream(rows, self.fetch, self.run)) as results:
            for place, (row, result) in enumerate(zip(rows.to_pylist(), results, strict=True)):
                held.add(place, described(row, result), result.keep)
                if len(held.images) >= self.run.batch_images or held.bytes >= _BATCH_BYTES:
                    yield held.batch()
                    held = _Held()
        if held.rows:
            yield held.batch()


class _Held:
    """Rows of the batch that is being filled."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.images: list[bytes] = []
        self.bytes = 0
        self._lost: dict[Drop, list[int]] = {}

    def add(self, place: int, row: dict[str, Any], image: bytes | None) -> None:
        self.rows.append(row)
        if image is None:
            self._lost.setdefault(Drop(row["status"]), []).append(place)
        else:
            self.images.append(image)
            self.bytes += len(image)

    def batch(self) -> tuple[Batch, pa.Table]:
        good: list[Mapping[str, Any]] = [row for row in self.rows if row["status"] == OK]
        pictures = [{**row, "image": image} for row, image in zip(good, self.images, strict=True)]
        table = pa.Table.from_pylist(pictures, schema=PICTURES)
        lost = {reason: np.array(places, np.int64) for reason, places in sorted(self._lost.items())}
        return Batch(table, lost), fetched_table(self.rows)
