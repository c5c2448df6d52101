"""The two laws of every stage, as properties: no result depends on its batch; again gives the same bytes."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laionet.shards import caption_starts
from laionet.stage import Batch, Job, Needs, run_shard
from stages.builders import WORDS, candidates, corpus_table, match_call, score_call, scored, select_call

captions = st.lists(
    st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join) | st.none(), max_size=14
)  # fmt: skip

CALLS = {
    "match": (match_call, corpus_table),
    "score": (score_call, lambda texts: candidates(corpus_table(texts))),
    "select": (lambda: select_call(threshold=0.85), scored),
    "select-best": (lambda: select_call(threshold=0.8, several_classes="best"), scored),
    "select-labels": (lambda: select_call(threshold=0.8, several_classes="labels"), scored),
}


@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=60, deadline=None)
@given(texts=captions, cut=st.integers(0, 30))
def test_result_of_a_caption_does_not_depend_on_its_batch(name, texts, cut):
    opener, table_of = CALLS[name]
    table = table_of(texts)
    starts = [*caption_starts(table), len(table)]
    at = starts[cut % len(starts)]
    whole, first, second = opener()(table), opener()(table.slice(0, at)), opener()(table.slice(at))
    assert pa.concat_tables([first.table, second.table]).to_pylist() == whole.table.to_pylist()
    assert first.kept + second.kept == whole.kept
    for reason in set(whole.dropped) | set(first.dropped) | set(second.dropped):
        split = [*first.dropped.get(reason, []), *(i + at for i in second.dropped.get(reason, []))]
        assert split == list(whole.dropped.get(reason, []))


@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=40, deadline=None)
@given(texts=captions)
def test_every_row_goes_on_or_has_one_reason(name, texts):
    opener, table_of = CALLS[name]
    table = table_of(texts)
    outcome = opener()(table)
    stopped = [int(i) for rows in outcome.dropped.values() for i in rows]
    assert len(stopped) == len(set(stopped))
    assert outcome.kept + len(stopped) == len(table)


class _Ready:
    """A stage whose opened callable is given."""

    def __init__(self, name):
        self.opener, self.name = CALLS[name][0], name
        self.version, self.needs = 1, Needs()
        self.reads = self.writes = None

    def identity(self):
        return {}

    def open(self):
        return self.opener()


class _Tables:
    def __init__(self, tables):
        self.tables = tables

    def batches(self):
        return (Batch(table) for table in self.tables)


@pytest.mark.parametrize("name", CALLS)
def test_running_a_shard_again_gives_the_same_bytes_however_it_is_batched(name, tmp_path):
    opener, table_of = CALLS[name]
    table = table_of([f"{a} {b}" for a in WORDS for b in WORDS])
    starts = caption_starts(table)
    stage = _Ready(name)
    stage.reads, stage.writes = table.schema, opener()(table).table.schema
    cuts = [[0, len(table)], [0, starts[5], starts[40], len(table)]]
    written = []
    for folder, cut in zip(("a", "b"), cuts, strict=True):
        parts = [table.slice(i, j - i) for i, j in zip(cut[:-1], cut[1:], strict=True)]
        job = Job(stage, _Tables(parts), tmp_path / folder, "00000", "key", keep_dropped=True)
        report = run_shard(job)
        assert report.status == "done", report.error
        said = report.to_json()
        dropped = (tmp_path / folder / "dropped" / "00000.parquet").read_bytes()
        written.append((job.data.read_bytes(), dropped, said))
    assert written[0] == written[1]
