"""Tables of outcomes read and summed: against plain Python, statsmodels, and the published figures."""

import csv
import json
import math
import pickle

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from statsmodels.stats.proportion import proportion_confint

from laionet.errors import LayoutError
from laionet.flow.accuracies import BLOCK, accuracies
from laionet.flow.class_files import read_classes, read_frequencies, read_row_labels
from laionet.flow.predictions import group_of, read_predictions
from laionet.flow.testbed import read_testbed

ROWS = {
    "wnid": ["n1", "n1", "n2", "n2", "n3", None],
    "top_1_is_correct_resnet-50": [True, False, True, None, False, True],
    "top_5_is_correct_resnet-50": [True, True, True, None, False, True],
    "top_1_is_correct_resnet-18": [True, None, False, False, True, True],
    "URL": list("abcdef"),
}


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "outcomes.parquet"
    pl.DataFrame(ROWS).write_parquet(path)
    return path


def row(document, model, k=1):
    return next(one for one in document["models"] if (one["model"], one["k"]) == (model, k))


def test_every_model_of_the_published_table_is_that_of_plain_python_and_statsmodels(real_data):
    """Section 5's four figures too, over the 977 classes, to 1e-12."""
    path = real_data / "paper_imagenet_val_predictions.parquet"
    counts = real_data / "paper_laionet_top50_counts.csv"
    found = accuracies(
        path, classes_from=[counts], frequencies_from=[counts], where={"text_encoder": "all-mpnet-base-v2"}
    )
    assert (found["classes"], found["classes_without_images"]) == (977, ["n02112837"])
    with counts.open() as file:
        weight = {r["wnid"]: int(r["top50_count"]) for r in csv.DictReader(file) if r["text_encoder"][0] == "a"}
    data = pq.read_table(path).to_pydict()
    columns = [name for name in data if name.startswith("top_")]
    assert len(found["models"]) == len(columns) == 18
    for column in columns:
        tries, hits = {}, {}
        for wnid, right in zip(data["wnid"], data[column], strict=True):
            if wnid in weight and right is not None:
                tries[wnid] = tries.get(wnid, 0) + 1
                hits[wnid] = hits.get(wnid, 0) + right
        recall = {w: hits[w] / n for w, n in tries.items()}
        low, high = proportion_confint([hits[w] for w in tries], list(tries.values()), alpha=0.05, method="wilson")
        error = math.sqrt(sum(((h - b) / 2 / 1.96) ** 2 for b, h in zip(low, high, strict=True))) / len(recall)
        weighted = sum(weight[w] * r for w, r in recall.items()) / sum(weight[w] for w in recall)
        mine = row(found, column.split("_", 4)[4], int(column.split("_")[1]))
        assert mine["equal"]["value"] == pytest.approx(math.fsum(recall.values()) / len(recall), abs=1e-12)
        assert mine["equal"]["se"] == pytest.approx(error, abs=1e-12)
        assert mine["weighted"][str(counts)]["value"] == pytest.approx(weighted, abs=1e-12)
        assert mine["images"] == sum(tries.values())
        assert mine["classes"] == len(recall)
    published = {
        ("vit-base-patch16-224", 1): (0.804245965119522, 0.0016771983464303189),
        ("vit-base-patch16-224", 5): (0.9547948835139974, 0.001043841816175789),
        ("clip-vit-base-patch32", 1): (0.5623950870010236, 0.0018907362553712056),
        ("clip-vit-base-patch32", 5): (0.8319549641760491, 0.001521476210694073),
    }
    for key, (value, se) in published.items():
        assert row(found, *key)["equal"]["value"] == pytest.approx(value, abs=1e-12)
        assert row(found, *key)["equal"]["se"] == pytest.approx(se, abs=1e-12)


def test_rows_without_a_class_and_of_other_classes_are_counted(table, tmp_path):
    (tmp_path / "some.txt").write_text("n1 a thing\nn2\nn9\n")
    found = accuracies(table, classes_from=[tmp_path / "some.txt"])
    assert found["rows"] == 6
    assert found["dropped"] == {"unknown_label": 1}
    assert (found["other_classes"], found["images"]) == (1, 4)
    assert found["rows"] == found["images"] + found["other_classes"] + sum(found["dropped"].values())
    assert found["classes_without_images"] == ["n9"]
    mine = row(found, "resnet-50")
    assert (mine["images"], mine["not_predicted"], mine["classes"]) == (3, 1, 2)
    assert mine["equal"]["value"] == pytest.approx((0.5 + 1) / 2)


def test_several_lists_of_classes_are_met_by_all(table, tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"n1": [1], "n2": [2]}))
    (tmp_path / "b.csv").write_text("wnid,lemmas\nn2,x\nn3,y\n")
    assert accuracies(table, classes_from=[tmp_path / "a.json", tmp_path / "b.csv"])["classes"] == 1


def test_own_and_given_frequencies_weight_the_classes(table, tmp_path):
    (tmp_path / "f.csv").write_text("wnid,count\nn1,3\nn2,1\nn3,0\n")
    mine = row(accuracies(table, frequencies_from=[tmp_path / "f.csv"]), "resnet-50")
    assert mine["weighted"]["own"]["value"] == pytest.approx((2 * 0.5 + 2 * 1 + 1 * 0) / 5)
    assert mine["weighted"][str(tmp_path / "f.csv")]["value"] == pytest.approx((3 * 0.5 + 1) / 4)


def test_csv_and_parquet_say_the_same(table, tmp_path):
    frame = pl.read_parquet(table)
    frame.write_csv(tmp_path / "a.csv")
    words = frame.with_columns(
        pl.selectors.boolean().cast(pl.String).replace({"true": "True", "false": "False"}).name.keep()
    )
    words.write_csv(tmp_path / "b.csv")
    frame.with_columns(pl.selectors.boolean().cast(pl.Float64)).write_csv(tmp_path / "c.csv")
    whole = accuracies(table)
    for name in "abc":
        found = accuracies(tmp_path / f"{name}.csv")
        assert {**found, "source": None} == {**whole, "source": None}


def label_files(folder):
    (folder / "list.txt").write_text("n1\nn1\nn2\nn2\nn3\nn3\n")
    (folder / "list.json").write_text(json.dumps(["n1", "n1", "n2", "n2", "n3", "n3"]))
    (folder / "rows.json").write_text(json.dumps({"n1": [0, 1], "n2": [2, 3], "n3": [4, 5]}))
    (folder / "rows.csv").write_text("index,wnid\n5,n3\n4,n3\n0,n1\n1,n1\n2,n2\n3,n2\n")
    (folder / "order.csv").write_text("wnid\nn1\nn1\nn2\nn2\nn3\nn3\n")
    return ["list.txt", "list.json", "rows.json", "rows.csv", "order.csv"]


def test_each_form_of_label_file_gives_the_same(table, tmp_path):
    bare = tmp_path / "bare.parquet"
    pl.read_parquet(table).drop("wnid").write_parquet(bare)
    documents = [accuracies(bare, labels=tmp_path / name) for name in label_files(tmp_path)]
    assert all(document == documents[0] for document in documents)
    assert row(documents[0], "resnet-50")["equal"]["value"] == pytest.approx((0.5 + 1 + 0.5) / 3)


def test_indices_are_those_that_pandas_stored(tmp_path):
    values = pa.table({"top_1_is_correct_m": [True, False], "__index_level_0__": [70, 12]})
    meta = {"pandas": json.dumps({"index_columns": ["__index_level_0__"], "columns": []})}
    pq.write_table(values.replace_schema_metadata(meta), tmp_path / "t.parquet")
    (tmp_path / "l.json").write_text(json.dumps({"n1": [12], "n2": [70]}))
    assert read_predictions(tmp_path / "t.parquet", labels=tmp_path / "l.json").wnid == ["n2", "n1"]


def test_a_row_of_two_classes_or_of_none_is_dropped_with_its_reason(table, tmp_path):
    (tmp_path / "l.json").write_text(json.dumps({"n1": [0, 1], "n2": [1, 2]}))
    found = accuracies(table, labels=tmp_path / "l.json")
    assert found["dropped"] == {"unknown_label": 3, "several_classes": 1}
    assert found["images"] == 2


def test_more_rows_than_a_block_are_summed(tmp_path):
    rng = np.random.default_rng(0)
    n = BLOCK + 1000
    label, right = rng.integers(0, 3, n), rng.random(n) < 0.7
    pl.DataFrame({"wnid": [f"n{i}" for i in label], "top_1_is_correct_m": right}).write_parquet(
        tmp_path / "t.parquet"
    )
    mine = row(accuracies(tmp_path / "t.parquet"), "m")
    assert mine["equal"]["value"] == pytest.approx(np.mean([right[label == i].mean() for i in range(3)]))
    assert mine["images"] == n


def test_groups_and_differences_are_of_the_same_images(table):
    found = accuracies(table, against="resnet-18")
    assert [(g["group"], g["models"]) for g in found["groups"]] == [("1k", ["resnet-50", "resnet-18"])]
    difference = found["differences"][0]
    assert (difference["model"], difference["against"]) == ("resnet-50", "resnet-18")
    assert difference["equal"]["value"] == pytest.approx(((0.5 - 1) + (1 - 0) + (0 - 1)) / 3)
    # Images that both predicted, of some class: (right, right), (right, wrong), (wrong, right).
    assert (difference["only_model"], difference["only_against"]) == (1, 1)
    assert found["groups"][0]["equal"]["value"] == pytest.approx(((0.5 + 1) + (1 + 0) + (0 + 1)) / 6)


def test_recalls_by_class_have_wilsons_interval(table):
    found = accuracies(table, per_class=True, level=0.9, models=["resnet-50"])
    mine = [one for one in found["recalls"] if one["k"] == 1]
    assert [(one["wnid"], one["images"], one["hits"]) for one in mine] == [
        ("n1", 2, 1),
        ("n2", 1, 1),
        ("n3", 1, 0),
    ]
    low, high = proportion_confint(1, 2, alpha=0.1, method="wilson")
    assert (mine[0]["low"], mine[0]["high"]) == pytest.approx((low, high))


def test_the_document_is_json_of_plain_numbers(tmp_path):
    pl.DataFrame({"wnid": ["n1"], "top_1_is_correct_m": [None]}).write_parquet(tmp_path / "t.parquet")
    found = accuracies(tmp_path / "t.parquet", interval="binomial", per_class=True)
    assert row(found, "m")["equal"] == {"value": None, "se": None, "low": None, "high": None}
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_models_have_the_papers_groups():
    assert group_of("microsoft/resnet-50") == "1k"
    assert group_of("convnext-base-224-22k-1k") == "21k to 1k"
    assert group_of("beit-base-patch16-224-pt22k-ft22k") == "21k"
    assert group_of("clip-vit-base-patch32") == "zero-shot"
    assert group_of("my-model") == ""


def test_forms_of_class_files(tmp_path):
    (tmp_path / "a.tsv").write_text("id\tname\nn1\tx\nn1\ty\n")
    (tmp_path / "b.json").write_text('["n2", "n1"]')
    pl.DataFrame({"wnid": ["n3", None]}).write_parquet(tmp_path / "c.parquet")
    assert read_classes(tmp_path / "a.tsv") == ["n1"]
    assert read_classes(tmp_path / "b.json") == ["n2", "n1"]
    assert read_classes(tmp_path / "c.parquet") == ["n3"]
    assert len(read_classes("imagenet1k")) == 1000
    assert read_frequencies(tmp_path / "a.tsv") == {"n1": 2}
    assert read_frequencies(tmp_path / "b.json") == {"n1": 1, "n2": 1}
    (tmp_path / "d.json").write_text('{"n1": 4.5, "n2": [7, 9]}')
    assert read_frequencies(tmp_path / "d.json") == {"n1": 4.5, "n2": 2}
    (tmp_path / "e.txt").write_text("n1\nn1\nn2\n")
    assert read_frequencies(tmp_path / "e.txt") == {"n1": 2, "n2": 1}
    assert read_row_labels(tmp_path / "e.txt") == ["n1", "n1", "n2"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.csv", "label,count\nn1,2\n", "no column 'wnid'"),
        ("x.csv", "wnid,count\nn1,-2\n", "0 or more"),
        ("x.csv", "wnid,count\nn1,many\n", "must be a number"),
        ("x.csv", "wnid,set,count\nn1,a,2\nn1,b,3\n", "--where set=a"),
        ("x.csv", "wnid,count,n\nn1,2,3\n", "several columns of counts"),
        ("x.csv", "wnid,count\nn1,0\n", "no images of any class"),
        ("x.csv", "wnid,count\nn8,3\n", "no images of the 3 classes"),
        ("x.json", "[1, 2]", "list of wnids"),
        ("x.json", "{", "not JSON"),
        ("x.parquet", "nonsense", "Cannot read"),
        ("x.bin", b"\xff\xfe\x00", "not text"),
        ("x.pkl", pickle.dumps({"n1": 1}), "pickle"),
        ("missing.csv", None, "There is no file"),
    ],
)
def test_frequencies_that_cannot_be_used_are_told(table, tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(LayoutError, match=said):
        accuracies(table, frequencies_from=[tmp_path / name])


def test_where_that_fits_no_row_is_told(tmp_path):
    (tmp_path / "x.csv").write_text("wnid,set\nn1,a\n")
    with pytest.raises(LayoutError, match="it has a"):
        read_classes(tmp_path / "x.csv", {"set": "b"})
    assert read_classes(tmp_path / "x.csv", {"other": "b"}) == ["n1"]


def replaced(**columns):
    return pl.DataFrame({**ROWS, **columns})


@pytest.mark.parametrize(
    ("frame", "given", "said"),
    [
        (pl.DataFrame({"wnid": ["n1"], "x": [1]}), {}, "top_1_is_correct_resnet-50"),
        (replaced().drop("wnid"), {}, "--labels FILE"),
        (replaced().clear(), {}, "no rows"),
        (replaced(wnid=[None] * 6), {}, "No row"),
        (replaced(**{"top_1_is_correct_resnet-50": [1, 2, 0, 0, 1, 1]}), {}, "holds 2"),
        (replaced(**{"top_1_is_correct_resnet-50": ["yes"] * 6}), {}, "holds 'yes'"),
        (replaced(**{"top_1_is_correct_resnet-50": [[1]] * 6}), {}, "true, false, 1, 0 or null"),
        (replaced(), {"models": ["vgg"]}, "no model 'vgg'"),
        (replaced(), {"against": "vgg"}, "no model 'vgg'"),
        (replaced(), {"level": 1.5}, "between 0 and 1"),
        (replaced(), {"interval": "wald"}, "paper or binomial"),
        (replaced(), {"classes_from": ["a.txt", "b.txt"]}, "in all of the files"),
        (replaced(), {"classes_from": ["b.txt"]}, "None of the 1 classes asked for, such as n8"),
        (replaced(), {"classes_from": ["empty.txt"]}, "names no class"),
        (replaced(), {"labels": "a.txt"}, "as many"),
        (replaced(), {"labels": "bad.csv"}, "whole numbers"),
    ],
)
def test_tables_that_cannot_be_used_are_told(tmp_path, monkeypatch, frame, given, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("n1\n")
    (tmp_path / "b.txt").write_text("n8\n")
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "bad.csv").write_text("index,wnid\na,n1\n")
    frame.write_parquet(tmp_path / "t.parquet")
    with pytest.raises(LayoutError, match=said):
        accuracies("t.parquet", **given)


def test_any_two_settings_of_the_testbed(real_data):
    found = read_testbed(real_data / "imagenet_testbed_top1.csv", "val", "imagenet-sketch")
    with (real_data / "imagenet_testbed_top1.csv").open() as file:
        rows = {r["model"]: r for r in csv.DictReader(file)}
    assert found.models == tuple(rows)
    at = found.models.index("resnet50")
    assert found.reference[at] == pytest.approx(float(rows["resnet50"]["val"]) / 100)
    assert found.shifted[at] == pytest.approx(float(rows["resnet50"]["imagenet-sketch"]) / 100)
    missing = [not rows[model]["imagenet-sketch"] for model in found.models]
    assert np.isnan(found.shifted).tolist() == missing
    some = found.named(["resnet50", "vgg1?"])
    assert [m for m, is_in in zip(found.models, some, strict=True) if is_in] == [
        "resnet50",
        "vgg19",
        "vgg16",
        "vgg13",
        "vgg11",
    ]
    with pytest.raises(LayoutError, match=r"Close: .*resnet50"):
        found.named(["resnet-50"])
    with pytest.raises(LayoutError, match="imagenet-sketch"):
        read_testbed(real_data / "imagenet_testbed_top1.csv", "val", "imagenet-sketches")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("model,a,b\nm,1,200\n", "0 and 100 percent"),
        ("model,a,b\nm,1,2\nm,3,4\n", "twice"),
        ("model,a,b\nm,x,2\n", "must hold numbers"),
        ("name,a,b\nm,1,2\n", "no column 'model'"),
    ],
)
def test_a_testbed_that_cannot_be_used_is_told(tmp_path, content, said):
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(LayoutError, match=said):
        read_testbed(tmp_path / "t.csv", "a", "b")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A described run of 12 pictures of three classes."""
    from image_checkpoints import imagenet_labels, make_vit, pictures
    from laionet.flow.images import ImageRun
    from laionet.recipe import load_recipe

    folder = tmp_path_factory.mktemp("described")
    wnids = ("n01443537", "n02007558", "n02129604")
    for number, picture in enumerate(pictures(12)):
        home = folder / "pictures" / wnids[number % 3]
        home.mkdir(parents=True, exist_ok=True)
        picture.convert("RGB").save(home / f"{number}.png")
    recipe = load_recipe(
        classes__source="wordnet:" + ",".join(wnids),
        pictures__where=str(folder / "pictures"),
        describe__encoders=(),
        describe__classifiers=(str(make_vit(folder / "vit", labels=imagenet_labels())),),
        run__workers=1,
        run__device="cpu",
    )
    ImageRun(recipe, folder / "run").describe()
    return folder / "run"


def test_a_described_run_is_read_with_its_missing_predictions(run):
    path = next((run / "describe").glob("*.parquet"))
    table = pq.read_table(path)
    labels = table["label"].to_pylist()
    # The right class first, then second, none at all, and no prediction.
    best = [[label, 7, 8, 9, 10] for label in labels]
    best[1], best[2], best[3] = [-1, labels[1], 8, 9, 10], [-1] * 5, None
    name = next(column for column in table.column_names if column.startswith("top/"))
    place = table.column_names.index(name)
    pq.write_table(table.set_column(place, name, pa.array(best, table.schema.field(name).type)), path)
    found = read_predictions(run)
    correct = {one.k: one.correct.tolist() for one in found.outcomes}
    assert correct[1] == [1, 0, 0, -1] + [1] * 8
    assert correct[5] == [1, 1, 0, -1] + [1] * 8
    mine = accuracies(run)["models"][0]
    assert (mine["images"], mine["not_predicted"], mine["classes"]) == (11, 1, 3)
    assert read_frequencies(run) == {"n01443537": 4, "n02007558": 4, "n02129604": 4}
    with pytest.raises(LayoutError, match="leave --labels away"):
        read_predictions(run, labels="x.txt")
