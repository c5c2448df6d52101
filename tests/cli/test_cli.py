"""The command line: messages and exit codes a user meets."""

import json
import os
import subprocess
import sys

import pytest

from flow.runs import write_part


def laionet(*words, cwd, check=None):
    done = subprocess.run(
        [sys.executable, "-m", "laionet", *map(str, words)],
        cwd=cwd, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "100"},
    )  # fmt: skip
    if check is not None:
        assert done.returncode == check, done.stdout + done.stderr
    return done


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["build", "--corpus", "nowhere.parquet"], "nowhere.parquet"),
        (["build", "--corpus", "x.tsv", "--recipe", "none.toml"], "none.toml"),
        (["build", "--corpus", "x.tsv", "--set", "select.treshold=0.5"], "did you mean 'threshold'"),
        (["build", "--corpus", "x.tsv", "--threshold", "7"], "select.threshold"),
        (["build", "--corpus", "x.tsv", "--rules", "strict"], "match.rules"),
        (["build", "--corpus", "x.tsv", "--preset", "paper-bert"], "paper-clip"),
        (["build", "--corpus", "x.tsv", "--layout", "flickr"], "flickr"),
        (["build", "--corpus", "x.tsv", "--classes", "wordnet:n99999999"], "n99999999"),
        (["build", "--corpus", "x.tsv", "--classes", "imagenet2k"], "imagenet2k"),
        (["build"], "--corpus"),
        (["status", "nothing"], "not a laionet run"),
        (["score", "nothing"], "laionet match"),
        (["corpus"], "Give files"),
        (["export", "nothing", "--to", "img2dataset", "--out", "x"], "nothing"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_code_2(tmp_path, words, said):
    (tmp_path / "x.tsv").write_text("a zebra\thttp://example.com/1.jpg\n")
    done = laionet(*words, cwd=tmp_path, check=2)
    assert said in done.stderr
    assert done.stderr.count("error:") == 1
    assert "Traceback" not in done.stderr


def test_column_without_equals_is_a_usage_error(tmp_path):
    done = laionet("build", "--corpus", "x.tsv", "--column", "caption", cwd=tmp_path, check=2)
    assert "caption=alt" in done.stderr


def test_classes_of_ones_own_that_share_a_lemma_or_have_none(tmp_path):
    header = "id,name,lemmas,definition\n"
    (tmp_path / "shared.csv").write_text(
        header + "a,crane,crane,a bird\nb,crane,crane,a machine\nc,dog,dog,an animal\n"
    )
    shown = laionet("classes", "shared.csv", "--json", cwd=tmp_path, check=0)
    assert json.loads(shown.stdout)["report"]["without_lemma"] == ["a", "b"]
    (tmp_path / "none.csv").write_text(header + "a,crane,,a bird\n")
    assert "lemma" in laionet("classes", "none.csv", cwd=tmp_path, check=2).stderr


def test_a_corrupt_file_among_good_ones_ends_with_exit_code_3(tmp_path, encoder):
    write_part(tmp_path / "c" / "part-00000.parquet", 100)
    (tmp_path / "c" / "part-00001.parquet").write_bytes(b"PAR1 this is not parquet PAR1")
    done = laionet("match", "--corpus", "c", "--out", "o", cwd=tmp_path, check=3)
    assert "part-00001.parquet" in done.stderr
    assert "1 classes" not in done.stdout
    status = json.loads(laionet("status", "o", "--json", cwd=tmp_path, check=0).stdout)
    assert status["corpus"]["set_aside"][0]["file"] == "part-00001.parquet"


def test_stage_by_stage_with_an_encoder_of_ones_own(tmp_path, encoder):
    write_part(tmp_path / "c" / "part-00000.parquet", 200)
    laionet("match", "--corpus", "c", "--out", "o", "--quiet", cwd=tmp_path, check=0)
    laionet("score", "o", "--encoder", encoder, "--quiet", cwd=tmp_path, check=0)
    done = laionet("select", "o", "--threshold", "0.9", "--top-k", "2", cwd=tmp_path, check=0)
    assert "samples of" in done.stdout
    refused = laionet("select", "o", "--preset", "paper-mpnet", cwd=tmp_path, check=2)
    assert "all-mpnet-base-v2" in refused.stderr
    laionet("sweep", "o", "--threshold", "0.8", cwd=tmp_path, check=2)
    laionet("sweep", "o", "--threshold", "0.8", "--to", "look", "--figures", "svg,json", cwd=tmp_path, check=0)
    assert {path.name for path in (tmp_path / "look").iterdir()} >= {"sweep.svg", "sweep.json", "sweep.html"}


def test_control_characters_of_a_corpus_do_not_reach_the_terminal(tmp_path):
    name = "evil\x1b[31m.parquet"
    (tmp_path / name).write_bytes(b"nonsense")
    done = laionet("match", "--corpus", name, "--out", "o", cwd=tmp_path, check=2)
    assert "\x1b[31m" not in done.stderr
