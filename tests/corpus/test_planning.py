import pickle
import subprocess
import sys
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from laionet.corpus import CorpusShard, list_files, plan, read
from laionet.errors import CorpusError, LayoutError
from laionet.schema import CORPUS


def spans(planned):
    return [
        (shard.file.name, shard.row_groups, shard.first_row, shard.rows, shard.index) for shard in planned.shards
    ]


@pytest.mark.parametrize(
    ("rows_per_shard", "expected"),
    [
        (1, [((0, 1), 0, 10), ((1, 2), 10, 10), ((2, 3), 20, 5)]),
        (15, [((0, 1), 0, 10), ((1, 3), 10, 15)]),
        (20, [((0, 2), 0, 20), ((2, 3), 20, 5)]),
        (10**6, [((0, 3), 0, 25)]),
    ],
)
def test_a_shard_is_a_run_of_row_groups(write_parquet, rows_per_shard, expected):
    path = write_parquet({"caption": [f"c{i}" for i in range(25)]}, row_group_size=10)
    planned = plan(list_files([path]), rows_per_shard=rows_per_shard)
    assert [(s.row_groups, s.first_row, s.rows) for s in planned.shards] == expected
    assert [s.index for s in planned.shards] == list(range(len(expected)))
    assert planned.rows == 25
    got = [row for s in planned.shards for b in read(s, batch_rows=7) for row in b.table.to_pylist()]
    assert [row["row"] for row in got] == list(range(25))
    assert [row["caption"] for row in got] == [f"c{i}" for i in range(25)]


def test_shards_of_several_files_are_numbered_through(write_parquet, write_bytes):
    write_parquet({"caption": ["a"] * 4, "url": ["b"] * 4}, "x/b.parquet", row_group_size=2)
    folder = write_bytes(b"caption\turl\na\tb\n", "x/a.tsv").parent
    planned = plan(list_files([folder]), rows_per_shard=2)
    assert spans(planned) == [
        ("a.tsv", None, 0, None, 0),
        ("b.parquet", (0, 1), 0, 2, 1),
        ("b.parquet", (1, 2), 2, 2, 2),
    ]
    assert planned.rows is None
    assert [file.name for file in planned.files] == ["a.tsv", "b.parquet"]


@pytest.mark.parametrize("rows", [0, -1])
def test_a_shard_without_rows_makes_no_sense(write_parquet, rows):
    with pytest.raises(ValueError, match="at least 1"):
        plan(list_files([write_parquet({"caption": ["a"]})]), rows_per_shard=rows)


def test_no_files_are_an_error():
    with pytest.raises(CorpusError, match="No corpus file was named"):
        plan([])


EMPTY = {
    "zero.parquet": b"",
    "zero.csv": b"",
    "zero.tsv.gz": b"",
    "header.tsv": b"caption\turl\n",
    "header-without-end.csv": b"caption,url",
}


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_file_is_a_shard_of_zero_rows(name, write_bytes, write_parquet):
    write_bytes(EMPTY[name], f"x/{name}")
    good = write_parquet({"caption": ["a"], "url": ["b"]}, "x/zz.parquet")
    planned = plan(list_files([good.parent]))
    assert [(s.file.name, s.rows) for s in planned.shards] == [(name, 0), ("zz.parquet", 1)]
    assert planned.rows == 1
    assert planned.set_aside == []
    assert list(read(planned.shards[0])) == []


def test_a_compressed_file_of_nothing_is_empty(tmp_path):
    import gzip

    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b""))
    planned = plan(list_files([tmp_path]))
    assert [shard.rows for shard in planned.shards] == [0]


@pytest.mark.parametrize("columns", [{"caption": pa.array([], pa.string())}, {"TEXT": pa.nulls(0)}, {}])
def test_a_parquet_file_without_rows_is_a_shard_of_zero_rows(columns, write_parquet):
    planned = plan(list_files([write_parquet(columns)]))
    assert (planned.rows, [shard.rows for shard in planned.shards]) == (0, [0])
    assert [b for shard in planned.shards for b in read(shard)] == []


def corrupt(path, how):
    content = path.read_bytes()
    path.write_bytes({"truncated": content[: len(content) // 2], "no parquet": b"hello" * 100}[how])


@pytest.mark.parametrize("how", ["truncated", "no parquet"])
def test_a_corrupt_file_among_good_ones_is_set_aside_with_the_reason(how, write_parquet):
    for name in ("a", "b", "c"):
        path = write_parquet({"caption": [name]}, f"x/{name}.parquet")
    corrupt(path.with_name("b.parquet"), how)
    planned = plan(list_files([path.parent]))
    assert [shard.file.name for shard in planned.shards] == ["a.parquet", "c.parquet"]
    ((file, reason),) = planned.set_aside
    assert file.name == "b.parquet"
    assert "Parquet magic bytes not found" in reason
    assert planned.rows == 2
    assert [b.table["caption"][0].as_py() for s in planned.shards for b in read(s)] == ["a", "c"]


def test_a_corrupt_compressed_text_is_set_aside(write_bytes, write_parquet):
    write_bytes(b"not gzip at all", "x/a.csv.gz")
    good = write_parquet({"caption": ["a"]}, "x/b.parquet")
    planned = plan(list_files([good.parent]))
    assert [file.name for file, _ in planned.set_aside] == ["a.csv.gz"]


def test_only_corrupt_files_are_an_error(write_parquet):
    for name in ("a", "b"):
        path = write_parquet({"caption": [name]}, f"x/{name}.parquet")
        corrupt(path, "truncated")
    with pytest.raises(CorpusError, match=r"None of the 2 corpus files.*a\.parquet: ArrowInvalid"):
        plan(list_files([path.parent]))


def test_files_of_several_layouts_are_read_each_by_its_own(write_parquet):
    write_parquet({"caption": ["a"], "url": ["u"]}, "x/a.parquet")
    path = write_parquet({"caption": ["a"], "url": ["u"], "punsafe": [0.1]}, "x/b.parquet")
    planned = plan(list_files([path.parent]))
    assert [layout.name for layout in planned.layouts] == ["columns", "re-laion"]
    assert [(s.file.name, s.layout.safety) for s in planned.shards] == [
        ("a.parquet", ()), ("b.parquet", ("punsafe",)),
    ]  # fmt: skip


def test_a_layout_asked_for_binds_every_file(write_parquet):
    write_parquet({"caption": ["a"], "url": ["u"], "punsafe": [0.1]}, "x/a.parquet")
    path = write_parquet({"caption": ["a"], "url": ["u"]}, "x/b.parquet")
    with pytest.raises(LayoutError, match=r"b\.parquet"):
        plan(list_files([path.parent]), layout="re-laion")


def test_spelling_makes_another_layout_of_the_same_name(write_parquet, read_corpus):
    write_parquet({"caption": ["a"], "url": ["u"]}, "x/a.parquet")
    path = write_parquet({"URL": ["v"], "TEXT": ["b"]}, "x/b.parquet")
    corpus = read_corpus(path.parent)
    assert corpus.column("caption") == ["a", "b"]
    assert corpus.column("url") == ["u", "v"]


@pytest.mark.parametrize(
    "type_", [pa.int64(), pa.list_(pa.string()), pa.float64(), pa.struct([("a", pa.string())])]
)
@pytest.mark.parametrize("field", ["caption", "url"])
def test_captions_and_addresses_must_be_text(type_, field, write_parquet):
    columns = {"caption": ["a"], "url": ["u"], field: pa.nulls(1, type_)}
    with pytest.raises(LayoutError, match=rf"captions\.parquet: the column {field}, .*expected is text"):
        plan(list_files([write_parquet(columns)]))


LAION = {"URL": ["u"] * 3, "TEXT": ["a", "b", "c"], "NSFW": ["UNLIKELY"] * 3, "similarity": [0.3] * 3}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("part-00003-5b54c5d5-c000.snappy.parquet", [300_000_000, 300_000_001, 300_000_002]),
        ("deep/part-00000.parquet", [0, 1, 2]),
        ("part-00001/x.parquet", [None] * 3),
        ("other.parquet", [None] * 3),
    ],
)
def test_laion_rows_have_the_papers_id(name, expected, write_parquet, read_corpus):
    corpus = read_corpus(write_parquet(LAION, name, row_group_size=2), rows_per_shard=2)
    assert len(corpus.plan.shards) == 2
    assert corpus.column("laion_row") == expected


def test_other_corpora_in_parts_have_no_such_id(write_parquet, read_corpus):
    columns = {"url": ["u"], "text": ["a"], "clip_similarity_vitb32": [0.1]}
    corpus = read_corpus(write_parquet(columns, "part-00003.parquet"))
    assert corpus.plan.layouts[0].name == "coyo-700m"
    assert corpus.column("laion_row") == [None]


def test_identity_is_of_what_is_read_not_of_where_it_lies(write_parquet, tmp_path):
    path = write_parquet({"caption": ["a"] * 4, "alt": ["b"] * 4}, "x/a.parquet", row_group_size=2)

    def identities(spec, **how):
        return [shard.identity() for shard in plan(list_files([spec]), **how).shards]

    one = identities(path, rows_per_shard=2)
    assert len(set(one)) == 2
    assert identities(path.rename(tmp_path / "a.parquet"), rows_per_shard=2) == one
    assert set(identities(tmp_path / "a.parquet", rows_per_shard=4)).isdisjoint(one)
    assert set(identities(tmp_path / "a.parquet", rows_per_shard=2, columns={"caption": "alt"})).isdisjoint(one)
    renamed = identities(path.with_name("..").resolve().joinpath("a.parquet").rename(tmp_path / "b.parquet"))
    assert set(renamed).isdisjoint(one)


def test_identity_follows_the_content(write_parquet):
    before = plan(list_files([write_parquet({"caption": ["a"]})])).shards[0]
    after = plan(list_files([write_parquet({"caption": ["b"]})])).shards[0]
    assert before.identity() != after.identity()
    assert replace(before, index=5).identity() == before.identity()


def test_shards_cross_process_borders_and_are_read_there(write_parquet, tmp_path):
    path = write_parquet({"caption": ["a", "b"]}, row_group_size=1)
    planned = plan(list_files([path]), rows_per_shard=1)
    assert pickle.loads(pickle.dumps(planned)) == planned
    assert all(isinstance(shard, CorpusShard) for shard in planned.shards)
    (tmp_path / "shard").write_bytes(pickle.dumps(planned.shards[1]))
    code = (
        "import pickle, sys; from laionet.corpus import read; shard = pickle.load(open(sys.argv[1], 'rb'));"
        "print([b.table.select(['row', 'caption']).to_pylist() for b in read(shard)]);"
        "assert 'torch' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "shard"],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.strip() == "[[{'row': 1, 'caption': 'b'}]]"


def test_what_was_planned_must_be_what_is_read(write_parquet):
    from laionet.errors import ShardError

    path = write_parquet({"caption": ["a"] * 4})
    (shard,) = plan(list_files([path])).shards
    pq.write_table(pa.table({"caption": ["a"] * 3}), path)
    with pytest.raises(ShardError, match="has 3 rows where 4 were planned"):
        list(read(shard))


def test_every_column_carries_its_meaning(write_parquet, read_corpus):
    table = read_corpus(write_parquet({"caption": ["a"]})).table
    assert table.schema.equals(CORPUS, check_metadata=True)
