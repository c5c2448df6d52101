"""The published form of LAIONet, out and in."""

from __future__ import annotations

import json
import pickle
import shlex
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataset import factory
from laionet.dataset import from_published, open_dataset, to_published
from laionet.errors import CorpusError, LayoutError, OutputError
from laionet.schema import Drop
from laionet.vocab import load_classes

CLIP = "text_to_name_def_wnid_similarity_clip-vit-base-patch32"
HUSKY = "siberian husky which is breed of sled dog"
TENCH = "tench which is freshwater dace-like game fish"


def authors_table(path, index=None, **columns):
    """A table as the authors wrote theirs, with pandas."""
    pandas = pytest.importorskip("pandas")
    made = {
        "SAMPLE_ID": [1.1e12, 2.2e12, 3.3e12],
        "URL": ["http://a/1", "http://a/2", None],
        "TEXT": ["a husky", "a tench", "two huskies"],
        "HEIGHT": [100.0, float("nan"), 300.0],
        "WIDTH": [10.0, 20.0, 30.0],
        "LICENSE": ["?", "cc", "?"],
        "NSFW": ["UNLIKELY", "UNLIKELY", None],
        "similarity": [0.31, 0.32, 0.33],
        "name_def_wnid": [HUSKY, TENCH, HUSKY],
        CLIP: [0.83, 0.9, 0.85],
        "top_1_is_correct_clip-vit-base-patch32": [True, None, False],
        "top_5_is_correct_resnet-50": [True, True, False],
        "unheard_of": [1, 2, 3],
    }
    kept = {key: value for key, value in {**made, **columns}.items() if value is not None}
    pandas.DataFrame(kept, index=index).to_parquet(path)
    return path


def imported(tmp_path, table, labels=None, classes=factory.CLASSES, **options):
    export = from_published(table, labels, tmp_path / "out", classes, **options)
    return export, open_dataset(tmp_path / "out")


class TestThereAndBack:
    def test_every_row_comes_back_as_it_was(self, tmp_path):
        table = factory.rows(23, captions=factory.HOSTILE)
        factory.write(tmp_path / "d", table, rows_per_file=10)
        out = to_published(tmp_path / "d", tmp_path / "p")
        export, dataset = imported(tmp_path, out.files[0], out.files[1])
        assert dataset.table().equals(table)
        assert (export.rows, export.dropped) == (23, {})
        # The columns of the other marks are there, but without any value.
        assert dataset.manifest["corpus"]["safety"] == ["nsfw"]

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        rows=st.lists(
            st.tuples(
                st.integers(0, 4),
                st.one_of(st.none(), st.integers(0, 30)),
                st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5),
                st.floats(-1, 1, width=32),
            ),
            max_size=12,
        ),
        by=st.sampled_from(["labels", "wnid"]),
    )
    def test_any_rows_come_back(self, tmp_path_factory, rows, by):
        tmp_path = tmp_path_factory.mktemp("x")
        labels, ids, captions, similarity = map(list, zip(*rows, strict=True)) if rows else ([], [], [], [])
        table = factory.rows(len(rows), label=labels, laion_row=ids, caption=captions, similarity=similarity)
        factory.write(tmp_path / "d", table)
        out = to_published(tmp_path / "d", tmp_path / "p")
        _, dataset = imported(tmp_path, out.files[0], out.files[1] if by == "labels" else None)
        assert dataset.table().equals(table)

    def test_predictions_come_back_and_go_out_again(self, tmp_path):
        source = authors_table(tmp_path / "laionet.parquet", index=[7, 8, 9])
        _, first = imported(tmp_path, source)
        out = to_published(tmp_path / "out", tmp_path / "p")
        from_published(out.files[0], out.files[1], tmp_path / "again", factory.CLASSES)
        second = open_dataset(tmp_path / "again")
        assert "top_5_is_correct_resnet-50" in second.columns
        assert second.table().equals(first.table())

    def test_the_same_bytes_twice(self, tmp_path):
        factory.write(tmp_path / "d")
        to_published(tmp_path / "d", tmp_path / "p")
        to_published(tmp_path / "d", tmp_path / "q")
        assert factory.contents(tmp_path / "p") == factory.contents(tmp_path / "q")


class TestOut:
    def test_the_columns_are_the_authors(self, tmp_path):
        factory.write(tmp_path / "d")
        out = to_published(tmp_path / "d", tmp_path / "p")
        row = pq.read_table(out.files[0]).slice(1, 1).to_pylist()[0]
        assert row["URL"] == "http://example.org/1.jpg"
        assert row["TEXT"] == "caption 1"
        assert row["NSFW"] == "UNLIKELY"
        assert row["name_def_wnid"] == "crane which is large long-necked wading bird"
        assert row[CLIP] == pytest.approx(0.51)
        assert row["similarity"] == pytest.approx(0.3)
        assert row["wnid"] == "n02012849"

    def test_the_index_is_the_row_id_of_laion_and_labels_refer_to_it(self, tmp_path):
        pandas = pytest.importorskip("pandas")
        factory.write(tmp_path / "d", factory.rows(23), rows_per_file=10)
        out = to_published(tmp_path / "d", tmp_path / "p")
        frame = pandas.read_parquet(out.files[0])
        labels = json.loads(out.files[1].read_text())
        assert frame.index.tolist() == list(range(100_000_000, 100_000_023))
        assert labels["n03126707"] == []
        assert sum(map(len, labels.values())) == 23
        for wnid, ids in labels.items():
            assert set(frame.loc[ids]["wnid"]) <= {wnid}

    @pytest.mark.parametrize("ids", [[5, None, 7], [5, 5, 7]])
    def test_the_index_is_the_position_where_row_ids_name_no_row_each(self, tmp_path, ids):
        factory.write(tmp_path / "d", factory.rows(3, laion_row=ids))
        out = to_published(tmp_path / "d", tmp_path / "p")
        table = pq.read_table(out.files[0])
        assert table["__index_level_0__"].to_pylist() == [0, 1, 2]
        assert table["laion_row"].to_pylist() == ids
        assert json.loads(out.files[1].read_text())["n01440764"] == [2]

    @pytest.mark.parametrize(
        ("encoder", "column"),
        [
            (
                {"name": "sentence-transformers/all-mpnet-base-v2"},
                "text_to_name_def_wnid_similarity_all-mpnet-base-v2",
            ),
            ({"name": "embedded"}, "text_to_name_def_wnid_similarity_embedded"),
            (None, "text_to_name_def_wnid_similarity"),
        ],
    )
    def test_the_similarity_is_named_after_the_encoder(self, tmp_path, encoder, column):
        factory.write(tmp_path / "d", encoder=encoder)
        out = to_published(tmp_path / "d", tmp_path / "p")
        assert column in pq.read_schema(out.files[0]).names

    def test_a_further_column_with_a_name_of_theirs_is_refused(self, tmp_path):
        extra = pa.schema([pa.field("URL", pa.string())])
        table = factory.rows(1).append_column(extra.field(0), pa.array(["x"]))
        factory.write(tmp_path / "d", table, extra=extra)
        with pytest.raises(OutputError, match="needs the names URL"):
            to_published(tmp_path / "d", tmp_path / "p")


class TestIn:
    def test_an_authors_table_by_its_synset_texts(self, tmp_path):
        export, dataset = imported(tmp_path, authors_table(tmp_path / "laionet.parquet", index=[500, 700, 900]))
        row = dataset.table().slice(1, 1).to_pylist()[0]
        assert row["wnid"] == "n01440764"
        assert row["label"] == 3
        assert row["caption"] == "a tench"
        assert row["similarity"] == pytest.approx(0.9)
        assert row["image_text_similarity"] == pytest.approx(0.32)
        assert row["laion_row"] == 700
        assert (row["file"], row["row"]) == ("laionet.parquet", 1)
        assert (row["height"], row["width"]) == (None, 20)
        assert (row["lemmas"], row["found_by"], row["n_classes"], row["truncated"]) == ([], [], 1, False)
        assert row["top_1_is_correct_clip-vit-base-patch32"] is None
        assert row["LICENSE"] == "cc"
        assert "unheard_of" not in row
        assert "SAMPLE_ID" not in row
        assert (export.rows, export.dropped) == (3, {})
        assert dataset.manifest["encoder"] == {"name": "clip-vit-base-patch32"}
        assert dataset.manifest["corpus"]["files"][0]["rows"] == 3
        assert dataset.manifest["corpus"]["safety"] == ["nsfw"]

    def test_an_authors_table_by_a_label_file(self, tmp_path):
        table = authors_table(tmp_path / "laionet.parquet", index=[500, 700, 900], name_def_wnid=None)
        labels = tmp_path / "labels.json"
        labels.write_text(json.dumps({"n01440764": [500], "n03126707": [900], "n02110185": [], "x9": [700]}))
        export, dataset = imported(tmp_path, table, labels)
        assert dataset.table()["wnid"].to_pylist() == ["n01440764", "n03126707"]
        assert export.dropped == {Drop.NO_LEMMA: 1}

    def test_labels_refer_to_positions_where_pandas_counted_the_rows(self, tmp_path):
        table = authors_table(tmp_path / "laionet.parquet")
        labels = tmp_path / "labels.json"
        labels.write_text(json.dumps({"n01440764": [0, 2], "n02012849": [1]}))
        _, dataset = imported(tmp_path, table, labels)
        assert dataset.table()["label"].to_pylist() == [3, 1, 3]
        assert dataset.table()["laion_row"].null_count == 3

    def test_a_wnid_column_goes_before_the_synset_text(self, tmp_path):
        table = authors_table(tmp_path / "t.parquet", wnid=["n02077923"] * 3)
        _, dataset = imported(tmp_path, table)
        assert set(dataset.table()["wnid"].to_pylist()) == {"n02077923"}

    def test_the_authors_id_of_the_siberian_husky_is_understood(self, tmp_path):
        table = authors_table(tmp_path / "t.parquet", wnid=["n02112837"] * 3)
        _, dataset = imported(tmp_path, table)
        assert set(dataset.table()["wnid"].to_pylist()) == {"n02110185"}

    def test_a_list_that_has_the_authors_id_keeps_it(self, tmp_path):
        classes = (*factory.CLASSES, factory.Klass("n02112837", "x", ("x",), "y"))
        table = authors_table(tmp_path / "t.parquet", wnid=["n02112837"] * 3)
        _, dataset = imported(tmp_path, table, classes=classes)
        assert set(dataset.table()["wnid"].to_pylist()) == {"n02112837"}

    def test_rows_that_cannot_be_labelled_are_counted_by_reason(self, tmp_path):
        index = [10, 11, 12, 13, 14, 15]
        table = authors_table(
            tmp_path / "t.parquet",
            index=index,
            **{name: ["1"] * 6 for name in ("SAMPLE_ID", "URL", "HEIGHT", "WIDTH", "LICENSE")},
            TEXT=["one", "", None, "four", "five", "six"],
            NSFW=["UNLIKELY"] * 6,
            similarity=[0.3] * 6,
            name_def_wnid=None,
            **{CLIP: [0.9, 0.9, 0.9, float("nan"), 0.9, 0.9], "unheard_of": None},
            **{"top_1_is_correct_clip-vit-base-patch32": None, "top_5_is_correct_resnet-50": None},
        )
        labels = tmp_path / "labels.json"
        labels.write_text(json.dumps({"n01440764": [10, 10, 11, 12, 13, 14], "n02012849": [14]}))
        export, dataset = imported(tmp_path, table, labels)
        assert dataset.table()["caption"].to_pylist() == ["one"]
        assert export.dropped == {
            Drop.NO_CAPTION: 2,
            Drop.NOT_FINITE: 1,
            Drop.SEVERAL_CLASSES: 1,
            Drop.NO_LEMMA: 1,
        }
        stage = dataset.manifest["stages"][0]
        assert stage["rows_in"] == 6 == stage["kept"] + sum(stage["dropped"].values())
        assert "no class of the list could be found for the row" in (tmp_path / "out" / "README.md").read_text()

    def test_a_synset_text_of_two_classes_labels_neither(self, tmp_path):
        twin = factory.Klass("x1", "twin", ("Siberian husky",), "breed of sled dog")
        export, dataset = imported(
            tmp_path, authors_table(tmp_path / "t.parquet"), classes=(*factory.CLASSES, twin)
        )
        assert dataset.table()["wnid"].to_pylist() == ["n01440764"]
        assert export.dropped == {Drop.SEVERAL_CLASSES: 2}

    def test_several_similarities_ask_for_a_choice(self, tmp_path):
        mpnet = "text_to_name_def_wnid_similarity_all-mpnet-base-v2"
        table = authors_table(tmp_path / "t.parquet", **{mpnet: [0.1, 0.2, 0.3]})
        with pytest.raises(LayoutError, match="several similarities") as error:
            imported(tmp_path, table)
        assert mpnet in str(error.value)
        _, dataset = imported(tmp_path, table, similarity=mpnet)
        assert dataset.table()["similarity"].to_pylist() == pytest.approx([0.1, 0.2, 0.3])
        assert dataset.table()[CLIP].to_pylist() == [0.83, 0.9, 0.85]
        assert dataset.manifest["encoder"]["name"] == "all-mpnet-base-v2"

    @pytest.mark.parametrize(
        ("columns", "message"),
        [
            ({"TEXT": None}, "no column TEXT; it has: SAMPLE_ID, URL"),
            ({CLIP: None}, "no column text_to_name_def_wnid_similarity"),
            ({"name_def_wnid": None}, "give the label file"),
            ({"HEIGHT": ["tall", "small", "?"]}, "Column 'HEIGHT' cannot be read as int32"),
            ({"n_classes": [1, None, 1]}, "Column 'n_classes' has gaps"),
        ],
    )
    def test_columns_that_do_not_fit_are_named(self, tmp_path, columns, message):
        with pytest.raises(LayoutError, match=message):
            imported(tmp_path, authors_table(tmp_path / "t.parquet", **columns))

    def test_a_table_that_cannot_be_read_is_named(self, tmp_path):
        with pytest.raises(CorpusError, match="There is no table"):
            imported(tmp_path, tmp_path / "gone.parquet")
        (tmp_path / "t.parquet").write_bytes(b"no parquet")
        with pytest.raises(CorpusError, match=r"t\.parquet cannot be read"):
            imported(tmp_path, tmp_path / "t.parquet")

    @pytest.mark.parametrize(
        "content",
        ["[1, 2]", '{"n01440764": 3}', '{"n01440764": ["3"]}', '{"n01440764": [true]}', '{"a": [1e400]}'],
    )
    def test_a_label_file_of_another_form_is_refused(self, tmp_path, content):
        (tmp_path / "labels.json").write_text(content)
        with pytest.raises(LayoutError, match="list of whole numbers"):
            imported(tmp_path, authors_table(tmp_path / "t.parquet"), tmp_path / "labels.json")

    def test_a_label_file_that_is_missing_or_no_json_is_refused(self, tmp_path):
        table = authors_table(tmp_path / "t.parquet")
        with pytest.raises(LayoutError, match="No such file"):
            imported(tmp_path, table, tmp_path / "labels.json")
        (tmp_path / "labels.json").write_text("wnid,index")
        with pytest.raises(LayoutError, match="is not JSON"):
            imported(tmp_path, table, tmp_path / "labels.json")


class Bomb:
    """A pickle that leaves a trace where it is opened."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return (open, (self.trace, "w"))


@pytest.mark.parametrize("name", ["labels.pkl", "labels.json"])
def test_a_pickle_is_refused_unopened(tmp_path, name):
    path, trace = tmp_path / name, tmp_path / "opened"
    path.write_bytes(pickle.dumps(Bomb(str(trace))))
    with pytest.raises(LayoutError, match="is a pickle"):
        imported(tmp_path, authors_table(tmp_path / "t.parquet"), path)
    assert not trace.exists()


def test_the_line_that_converts_a_pickle_works(tmp_path):
    path = tmp_path / "wnid2laionindices(x y).pkl"
    path.write_bytes(pickle.dumps({"n01440764": [0, 2], "n02012849": [1]}))
    table = authors_table(tmp_path / "t.parquet")
    with pytest.raises(LayoutError) as error:
        imported(tmp_path, table, path)
    command = shlex.split(str(error.value).splitlines()[-1])
    assert command[0] == "python"
    subprocess.run([sys.executable, *command[1:]], check=True)
    _, dataset = imported(tmp_path, table, path.with_suffix(".json"))
    assert dataset.table()["label"].to_pylist() == [3, 1, 3]


def test_synset_texts_of_imagenet_are_those_of_the_authors(tmp_path, real_data):
    published = pq.read_table(
        real_data / "paper_imagenet_val_predictions.parquet", columns=["wnid", "name_def_wnid"]
    )
    rows = len(published)
    table = pa.table(
        {
            "URL": pa.nulls(rows, pa.string()),
            "TEXT": pa.array(["x"] * rows),
            "name_def_wnid": published["name_def_wnid"],
            CLIP: pa.array([0.9] * rows),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    export, dataset = imported(tmp_path, tmp_path / "t.parquet", classes=load_classes())
    assert (export.rows, export.dropped) == (rows, {})
    assert dataset.table()["wnid"].to_pylist() == published["wnid"].to_pylist()
