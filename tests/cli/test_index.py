"""The commands of the index, as a user gives them."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from laionet.cli import index as _index  # noqa: F401
from laionet.cli.app import app
from laionet.errors import LaionetError


def run(*words):
    result = CliRunner().invoke(app, ["index", *map(str, words)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def built(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("index")
    lines = ["a photo of a dog", "the tabby cat on a sofa", "a go kart", "picture of the car"]
    (folder / "captions.csv").write_text(
        "caption,url\n" + "".join(f"{x},http://x/{i}\n" for i, x in enumerate(lines))
    )
    run("build", folder / "captions.csv", "--out", folder / "index", "--encoder", encoder, "--device", "cpu", "-q")
    return folder / "index"


def test_a_caption_finds_itself(built):
    said = json.loads(run("search", built, "--query", "a go kart", "--k", 2, "--json", "--device", "cpu"))
    assert said["how"] == "all vectors"
    assert said["neighbours"][0]["caption"] == "a go kart"
    assert said["neighbours"][0]["similarity"] == pytest.approx(1, abs=1e-3)
    assert [row["rank"] for row in said["neighbours"]] == [1, 2]


def test_texts_of_a_file_are_searched_into_a_table(built, tmp_path):
    (tmp_path / "texts.txt").write_text("a go kart\n\npicture of the car\n")
    run("search", built, "--queries", tmp_path / "texts.txt", "--k", 1, "--out", tmp_path / "found.parquet")
    table = pq.read_table(tmp_path / "found.parquet")
    assert table["text"].to_pylist() == table["caption"].to_pylist() == ["a go kart", "picture of the car"]


def test_info_tells_what_it_is_and_what_a_larger_one_takes(built):
    said = json.loads(run("info", built, "--rows", 1_000_000, "--json"))
    assert said["index"]["rows"] == 4
    assert said["cost"]["rows"] == 1_000_000
    assert said["cost"]["bytes"]["vectors"] == 1_000_000 * said["index"]["dim"] * 2
    assert "looks at all vectors" in run("info", built)


def test_what_is_missing_is_said(built, tmp_path):
    with pytest.raises(LaionetError, match="Give --query TEXT"):
        run("search", built)
    with pytest.raises(LaionetError, match="needs the class of each query"):
        run("search", built, "--query", "a", "--same-label", "--device", "cpu")
    pq.write_table(pa.table({"caption": ["a dog"], "wnid": ["n1"]}), tmp_path / "q.parquet")
    with pytest.raises(LaionetError, match="have no classes"):
        run("search", built, "--queries", tmp_path / "q.parquet", "--same-label", "--device", "cpu")
