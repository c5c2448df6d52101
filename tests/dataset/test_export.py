"""The dataset in the form of img2dataset."""

from __future__ import annotations

import json
import shlex

import pyarrow.parquet as pq
import pytest

from dataset import factory
from laionet.dataset import img2dataset_command, to_img2dataset
from laionet.errors import OutputError


def test_the_list_has_what_img2dataset_reads_and_what_leads_back(tmp_path):
    factory.write(tmp_path / "d", factory.rows(23), rows_per_file=10)
    export = to_img2dataset(tmp_path / "d", tmp_path / "images.parquet")
    table = pq.read_table(tmp_path / "images.parquet")
    assert table.column_names == ["url", "caption", "label", "wnid", "file", "row", "similarity"]
    assert table.slice(21, 1).to_pylist() == [
        {
            "url": "http://example.org/21.jpg",
            "caption": "caption 21",
            "label": 0,
            "wnid": "n02110185",
            "file": "part-00.parquet",
            "row": 21,
            "similarity": pytest.approx(0.71),
        }
    ]
    assert (export.files, export.rows, export.dropped) == ((tmp_path / "images.parquet",), 23, {})


def test_rows_without_an_address_are_left_out_and_counted(tmp_path):
    urls = ["http://a/1", None, "", "  ", "http://a/5"]
    factory.write(tmp_path / "d", factory.rows(5, url=urls), rows_per_file=2)
    export = to_img2dataset(tmp_path / "d", tmp_path / "images.parquet")
    assert pq.read_table(tmp_path / "images.parquet")["url"].to_pylist() == ["http://a/1", "http://a/5"]
    assert (export.rows, export.dropped) == (2, {"no_url": 3})


def test_a_list_without_rows_is_written_too(tmp_path):
    factory.write(tmp_path / "d", factory.rows(0))
    assert to_img2dataset(tmp_path / "d", tmp_path / "images.parquet").rows == 0
    assert pq.read_metadata(tmp_path / "images.parquet").num_rows == 0


def test_the_command_names_columns_that_the_list_has_and_quotes_paths(tmp_path):
    path = tmp_path / "my list; rm -rf $HOME.parquet"
    factory.write(tmp_path / "d")
    to_img2dataset(tmp_path / "d", path)
    words = shlex.split(img2dataset_command(path, tmp_path / "some images"))
    assert words[0] == "img2dataset"
    options = dict(zip(words[1::2], words[2::2], strict=True))
    assert options["--url_list"] == str(path)
    assert options["--output_folder"] == str(tmp_path / "some images")
    columns = pq.read_schema(path).names
    assert {options["--url_col"], options["--caption_col"]} <= set(columns)
    passed = json.loads(options["--save_additional_columns"])
    assert set(passed) < set(columns)
    # img2dataset writes columns of these names itself and refuses them.
    assert not {"key", "caption", "url", "width", "height", "status", "error_message", "sha256"} & set(passed)


def test_the_command_keeps_to_what_sites_forbid():
    command = img2dataset_command("list.parquet")
    assert "disallowed_header_directives" not in command
    assert "--user_agent_token laionet" in command


def test_what_is_no_dataset_or_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(OutputError, match="not a dataset"):
        to_img2dataset(tmp_path, tmp_path / "images.parquet")
    factory.write(tmp_path / "d")
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="Cannot write"):
        to_img2dataset(tmp_path / "d", tmp_path / "file" / "images.parquet")
