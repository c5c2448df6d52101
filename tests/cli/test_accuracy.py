"""The command accuracy: what is printed, and messages for what cannot be read."""

import json
import re
import shlex
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from laionet.cli import accuracy as command  # noqa: F401  (registers itself)
from laionet.cli.app import app
from laionet.errors import LaionetError

FENCED = re.DOTALL | re.MULTILINE
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "accuracy.md").read_text(encoding="utf-8")


def laionet(*words):
    return CliRunner(env={"COLUMNS": "160"}).invoke(app, ["accuracy", *map(str, words)], catch_exceptions=False)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "outcomes.csv"
    path.write_text(
        "wnid,top_1_is_correct_resnet-50,top_1_is_correct_resnet-18\n"
        "n1,true,true\nn1,false,\nn2,true,false\nn2,true,true\nn3,false,false\n"
    )
    return path


def test_json_is_one_document_and_nothing_else(table):
    done = laionet(table, "--json", "--against", "resnet-18", "--per-class")
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert [one["model"] for one in found["models"]] == ["resnet-50", "resnet-18"]
    assert found["models"][0]["equal"]["value"] == pytest.approx(0.5)
    assert len(found["recalls"]) == 6


def test_a_number_that_is_not_known_is_null(tmp_path):
    pl.DataFrame({"wnid": ["n1"], "top_1_is_correct_m": [None]}).write_parquet(tmp_path / "t.parquet")
    done = laionet(tmp_path / "t.parquet", "--json")
    assert json.loads(done.stdout)["models"][0]["equal"]["value"] is None
    assert "NaN" not in done.stdout
    assert "?" in laionet(tmp_path / "t.parquet").stdout


def test_tables_show_accuracies_groups_differences_and_what_was_left_out(table, tmp_path):
    (tmp_path / "some.txt").write_text("n1\nn2\nn8\n")
    shown = laionet(table, "--classes-from", tmp_path / "some.txt", "--against", "resnet-18").stdout
    assert re.search(r"resnet-50 +1k +1 +4 +2 +75\.00", shown)
    assert re.search(r"1k +2 +1 ", shown)
    assert "less resnet-18" in shown
    assert "4 of 5 rows are of the 2 classes" in shown
    assert "Rows of other classes: 1\n" in shown
    assert "Classes asked for without images here: 1 (n8)" in shown


def test_the_published_figures_come_out_of_the_command(real_data):
    done = laionet(
        real_data / "paper_imagenet_val_predictions.parquet", "--json",
        "--classes-from", real_data / "paper_laionet_top50_counts.csv",
        "--classes-from", "imagenet1k",
    )  # fmt: skip
    found = {(one["model"], one["k"]): one["equal"] for one in json.loads(done.stdout)["models"]}
    for key, value, se in (
        (("vit-base-patch16-224", 1), 0.804245965119522, 0.0016771983464303189),
        (("vit-base-patch16-224", 5), 0.9547948835139974, 0.001043841816175789),
        (("clip-vit-base-patch32", 1), 0.5623950870010236, 0.0018907362553712056),
        (("clip-vit-base-patch32", 5), 0.8319549641760491, 0.001521476210694073),
    ):
        assert found[key]["value"] == pytest.approx(value, abs=1e-12)
        assert found[key]["se"] == pytest.approx(se, abs=1e-12)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.parquet"], "There is no file nowhere.parquet"),
        (["x.csv", "--labels", "none.json"], "There is no file none.json"),
        (["x.csv", "--label-column", "synset"], "no column 'synset'"),
        (["x.csv", "--model", "vgg"], "no model 'vgg'"),
        (["x.csv", "--classes-from", "imagenet1k"], "None of the 1000 classes"),
        (["."], "not a laionet run"),
    ],
)
def test_what_cannot_be_used_is_told(table, monkeypatch, words, said):
    monkeypatch.chdir(table.parent)
    table.rename("x.csv")
    with pytest.raises(LaionetError, match=re.escape(said)) as caught:
        laionet(*words)
    assert caught.value.exit_code == 2


def test_where_without_equals_is_a_usage_error(table):
    done = laionet(table, "--where", "count")
    assert done.exit_code == 2
    assert "COLUMN=VALUE" in done.output


def test_every_command_line_of_its_page_runs(real_data, tmp_path, monkeypatch):
    """The published tables by their names in the working folder, as a reader would have them."""
    monkeypatch.chdir(tmp_path)
    for name in ("paper_imagenet_val_predictions.parquet", "paper_laionet_top50_counts.csv"):
        (tmp_path / name.removeprefix("paper_")).symlink_to(real_data / name)
    blocks = re.findall(r"^```\n(.*?)^```$", re.sub(r"^```\w+\n.*?^```$", "", PAGE, flags=FENCED), FENCED)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("laionet ")]
    assert len(lines) >= 3
    for line in lines:
        done = laionet(*shlex.split(line)[2:])
        assert done.exit_code == 0, f"{line}\n{done.output}"


def test_every_example_in_python_of_its_page_runs(real_data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in real_data.iterdir():
        (tmp_path / path.name.removeprefix("paper_")).symlink_to(path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict = {}
    for block in blocks:
        exec(compile(block, "docs/accuracy.md", "exec"), names)
    assert len(blocks) >= 2
