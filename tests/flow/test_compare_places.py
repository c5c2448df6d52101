"""compare on what a new user has: folders of images, tables of embeddings, runs."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from typer.testing import CliRunner

from laionet.cli import compare  # noqa: F401
from laionet.cli.app import app
from laionet.errors import LaionetError, OutputError
from laionet.flow.comparing import Settings
from laionet.flow.comparing.places import classes_named, open_table
from laionet.flow.comparing.run import compare_datasets

MODEL = {"describe__encoders": ("mini-web/clip",)}


def folder_of(root, classes, seed=0):
    """An ImageFolder: for each class pictures of one colour each with noise."""
    rng = np.random.default_rng(seed)
    for number, (name, n) in enumerate(classes.items()):
        (root / name).mkdir(parents=True)
        for i in range(n):
            pixels = 90 + 40 * number + rng.integers(0, 60, (40, 50, 3))
            Image.fromarray(pixels.astype(np.uint8)).save(root / name / f"{i}.png")
    return str(root)


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    root = tmp_path_factory.mktemp("own")
    a = folder_of(root / "mine", {"my cat": 6, "Sofa_bed": 5, "only mine": 4})
    b = folder_of(root / "theirs", {"my cat": 7, "sofa bed": 6, "x<script>": 4}, seed=1)
    done = CliRunner().invoke(
        app,
        ["compare", a, b, "--out", str(root / "out"), "--encoder", "mini-web/clip", "--rarefy-to", "4"],
        catch_exceptions=False,
    )
    return root, done


def test_two_folders_of_images_need_no_corpus_and_no_classes_file(compared):
    root, done = compared
    assert done.exit_code == 0, done.output
    assert "2 classes in common: sofa bed, my cat" in done.output
    document = json.loads((root / "out" / "comparison.json").read_text())
    (pair,) = document["pairs"]
    assert [one["title"] for one in document["datasets"]] == ["mine", "theirs"]
    assert pair["classes"]["only_a"] == ["only mine"]
    assert pair["classes"]["only_b"] == ["x<script>"]
    assert any("mine alone has images of 1 class: only mine" in note for note in document["notes"])
    assert pair["similarity"][0]["judged"] == 2
    assert pair["missing"]["datasets"][0]["lost"] == 0
    assert "<script>" not in (root / "out" / "index.html").read_text()
    assert pq.read_table(root / "out" / "pairs" / "mine-vs-theirs.parquet").num_rows == 2


def test_the_same_command_again_describes_nothing_anew(compared):
    root, _ = compared
    described = sorted((root / "out" / "described").rglob("*.parquet"))
    before = [path.stat().st_mtime_ns for path in described], (root / "out" / "comparison.json").read_bytes()
    places = [str(root / "mine"), str(root / "theirs")]
    compare_datasets(places, root / "out", settings=Settings(rarefy_to=4), **MODEL)
    after = [path.stat().st_mtime_ns for path in described], (root / "out" / "comparison.json").read_bytes()
    assert len(described) == 2
    assert after == before


def test_described_runs_and_tables_are_compared_as_they_are(compared, tmp_path):
    root, _ = compared
    run = next((root / "out" / "described").glob("1-*"))
    table = pq.read_table(next((run / "describe").glob("*.parquet")))
    pq.write_table(table.drop_columns(["label"]), tmp_path / "mine.parquet")
    document = compare_datasets([str(run), str(tmp_path / "mine.parquet")], tmp_path / "out")
    (pair,) = document["pairs"]
    assert pair["classes"]["common"] == 3
    assert pair["similarity"][0]["pooled"]["value"] == pytest.approx(0, abs=1e-12)


def test_three_datasets_are_compared_each_with_each(tmp_path):
    rng = np.random.default_rng(2)
    paths = []
    for name in "abc":
        x = rng.standard_normal((60, 6)).astype(np.float32) + 1
        columns = {"class": np.repeat(["left", "right"], 30), "clip": list(x), "dino": list(2 * x[:, :4])}
        pq.write_table(pa.table(columns), tmp_path / f"{name}.parquet")
        paths.append(str(tmp_path / f"{name}.parquet"))
    document = compare_datasets(paths, tmp_path / "out", titles=["one", "two", "two"])
    titles = [[one["title"] for one in pair["datasets"]] for pair in document["pairs"]]
    assert titles == [["one", "two"], ["one", "two (2)"], ["two", "two (2)"]]
    assert [part["encoder"] for part in document["pairs"][0]["similarity"]] == ["clip", "dino"]
    assert {path.name for path in (tmp_path / "out" / "pairs").glob("*.html")} == {
        "one-vs-two.html",
        "one-vs-two-2.html",
        "two-vs-two-2.html",
    }


def test_names_of_imagenet_are_imagenets_classes():
    assert len(classes_named(["tabby", "goldfish", "n01614925"])) == 1000
    own = classes_named(["goldfish", "my own", "___"])
    assert own.wnids == ("goldfish", "my own", "___")
    assert own[2].lemmas[0].startswith("class")


def test_what_cannot_be_compared_is_refused_with_what_to_do(tmp_path):
    a = folder_of(tmp_path / "a", {"left": 2})
    b = folder_of(tmp_path / "b", {"right": 2})
    with pytest.raises(OutputError, match="two datasets"):
        compare_datasets([a], tmp_path / "out")
    with pytest.raises(OutputError, match=r"no class in common .*left.*right"):
        compare_datasets([a, b], tmp_path / "out", **MODEL)
    with pytest.raises(OutputError, match="--name once for each"):
        compare_datasets([a, b], tmp_path / "out2", titles=["x"], **MODEL)
    with pytest.raises(OutputError, match="holds other files"):
        compare_datasets([a, b], tmp_path, **MODEL)
    with pytest.raises(LaionetError, match="There is no"):
        compare_datasets([a, str(tmp_path / "nowhere")], tmp_path / "out3", **MODEL)
    pq.write_table(pa.table({"clip": [[1.0, 2.0]]}), tmp_path / "bare.parquet")
    with pytest.raises(LaionetError, match="no column of classes"):
        open_table(tmp_path / "bare.parquet")


def test_without_network_the_embedded_encoder_stands_in_and_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("laionet.flow.comparing.places.USUAL", str(tmp_path / "no-model"))
    a = folder_of(tmp_path / "a", {"left": 3})
    b = folder_of(tmp_path / "b", {"left": 3}, seed=1)
    document = compare_datasets([a, b], tmp_path / "out")
    assert any("take its numbers as a trial" in note for note in document["notes"])
    assert document["pairs"][0]["similarity"][0]["encoder"] == "mini-web/clip"
