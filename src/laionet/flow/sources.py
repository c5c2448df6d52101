"""Where a shard's rows come from: the corpus's captions, candidates with other columns, a stage's output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import tee
from pathlib import Path

import pyarrow as pa

from laionet.corpus import CorpusShard, Plan, list_files, payload, plan, read
from laionet.errors import CorpusError
from laionet.events import Event, Listener
from laionet.flow.folder import RunFolder
from laionet.flow.manifest import corpus_part
from laionet.recipe import Corpus
from laionet.schema import CANDIDATES
from laionet.shards import iter_captions, write_json
from laionet.stage import Batch


@dataclass(frozen=True)
class CaptionSource:
    """Captions of one corpus shard, without the other columns, which most rows never need."""

    shard: CorpusShard

    def batches(self) -> Iterator[Batch]:
        """Batches in the corpus schema, with what the reader had to drop."""
        for batch in read(self.shard, columns={"caption"}):
            yield Batch(batch.table, batch.dropped)


@dataclass(frozen=True)
class CandidateSource:
    """What match found in a corpus shard, with the other columns of those rows."""

    path: Path
    shard: CorpusShard

    def batches(self) -> Iterator[Batch]:
        """Batches in the candidate schema that never part the rows of one caption."""
        tables, same = tee(iter_captions(self.path))
        for table, more in zip(tables, payload(self.shard, (t["row"].to_numpy() for t in same)), strict=True):
            columns = {name: more[name] if name in more.column_names else table[name] for name in CANDIDATES.names}
            yield Batch(pa.Table.from_arrays(list(columns.values()), schema=CANDIDATES))


@dataclass(frozen=True)
class StageSource:
    """Rows that the stage before wrote."""

    path: Path

    def batches(self) -> Iterator[Batch]:
        """Batches that never part the rows of one caption."""
        for table in iter_captions(self.path):
            yield Batch(table)


def planned_corpus(knobs: Corpus, folder: RunFolder, listener: Listener, *, update: bool) -> Plan:
    """Plan the shards of a corpus, write ``corpus.json``, and tell what was seen.

    Raises:
        CorpusError: where no corpus was named.
        OutputError: where the folder was made from another corpus and ``update`` is false.
    """
    if not knobs.files:
        raise CorpusError("No corpus was named. Give files, folders, globs or URIs with --corpus.")
    planned = plan(
        list_files(knobs.files),
        layout=knobs.layout,
        columns=knobs.columns or None,
        rows_per_shard=knobs.rows_per_shard,
    )
    part = corpus_part(planned)
    if not update:
        folder.refuse_other_corpus(part)
    write_json(folder.path / "corpus.json", part)
    for layout in planned.layouts:
        listener(Event("note", "match", f"Corpus layout {layout.name}: {layout.spoken()}"))
    judged = {bool(shard.layout.safety) for shard in planned.shards}
    if judged == {True, False}:
        text = "Some files have safety marks and others have none; rows without marks cannot be judged."
        listener(Event("note", "match", text))
    for file, why in planned.set_aside:
        listener(Event("shard_failed", "match", f"{file.name}: {why}", {"shard": file.name}))
    return planned
