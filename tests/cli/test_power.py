"""The command power: its numbers are those of compare.power, its spread that of the folder's classes."""

import json

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from laionet.compare.intervals import unbiased_variance
from laionet.compare.moments import moments
from laionet.compare.power import Pooled, Recall, Rule, Similarity, needed, projection_sd
from laionet.errors import LaionetError
from laionet.flow import RunFolder
from laionet.recipe import load_recipe
from laionet.shards import ShardWriter, write_json

CLASSES = "wordnet:n01443537,n02007558,n02129604"


def power(*words):
    from laionet.cli import power as _  # noqa: F401  (the command registers itself)
    from laionet.cli.app import app

    return CliRunner().invoke(app, ["power", *map(str, words)], catch_exceptions=False)


def document(*words):
    done = power(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def described(folder, seed, spread):
    """A described run with an encoder of eight numbers."""
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(3), [30, 40, 2])
    x = np.eye(3, 8)[label] + spread * rng.standard_normal((len(label), 8))
    x = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    table = pa.table(
        {
            "sample": [str(i) for i in range(len(label))],
            "wnid": ["n0"] * len(label),
            "label": pa.array(label, pa.int32()),
            "embedding/clip": pa.FixedSizeListArray.from_arrays(pa.array(x.ravel()), 8),
        }
    )
    RunFolder(folder).settle(load_recipe(classes__source=CLASSES, name=folder.name))
    with ShardWriter(folder / "describe" / "00000.parquet", table.schema) as writer:
        writer.write(table)
    write_json(folder / "describe" / "00000.json", {"name": "00000", "status": "done", "kept": len(label)})
    found = moments(x, label, 3)
    variance = unbiased_variance(found)
    return found, variance[:2], projection_sd(np.sqrt(variance), found.n, found.rest)[:2]


def test_a_given_spread_gives_the_numbers_of_the_library():
    found = document("--difference", 0.02, "--difference", 0.05, "--sd", 0.05, "--power", 0.8)
    assert [row["n"] for row in found["needed"]] == [needed(Similarity(0.05), d) for d in (0.02, 0.05)]
    assert found["classes"] == 1


def test_many_classes_are_told_alone_together_and_pooled():
    words = ("--sd", 0.05, "--classes", 100, "--share", 0.3, "--between", 0.03, "--recall", 0.8)
    rows = document("--difference", 0.05, "--power", 0.9, *words)["needed"]
    rule = Rule(0.05, 100, 0.3)
    expected = [
        needed(Similarity(0.05), 0.05, 0.9),
        needed(Similarity(0.05), 0.05, 0.9, rule),
        needed(Recall(0.8), 0.05, 0.9),
        needed(Recall(0.8), 0.05, 0.9, rule),
        needed(Pooled(100, Similarity(0.05), 0.03), 0.05, 0.9),
    ]
    assert [row["n"] for row in rows] == expected


def test_the_spread_is_that_of_the_described_classes(tmp_path):
    (a, var_a, sd_a), (b, var_b, sd_b) = described(tmp_path / "a", 1, 0.3), described(tmp_path / "b", 2, 0.5)
    one = document("--difference", 0.05, "--from", tmp_path / "a")
    assert one["spread"]["classes"] == one["classes"] == 2
    assert one["spread"]["median"]["sd"] == one["spread"]["median"]["sd_b"] == pytest.approx(np.median(sd_a))
    assert one["spread"]["between"] == 0
    two = document("--difference", 0.05, "--from", tmp_path / "a", "--from", tmp_path / "b", "--power", 0.8)
    rests = float(np.median(a.rest[:2])), float(np.median(b.rest[:2]))
    middle = Similarity(float(np.median(sd_a)), float(np.median(sd_b)), None, *rests)
    assert list(two["spread"]["median"].values()) == pytest.approx([middle.sd, middle.sd_b, *rests])
    assert two["spread"]["rms"]["sd_b"] == pytest.approx(np.sqrt(np.mean(sd_b**2)))
    gap, noise = (a.mean - b.mean)[:2], var_a + var_b
    assert two["spread"]["between"] == pytest.approx(np.sqrt(max(0, gap.var(ddof=1) - noise.mean())))
    assert two["needed"][0]["n"] == needed(middle, 0.05)


def test_the_table_says_where_no_number_is_enough():
    done = power("--difference", 0.01, "--sd", 0.1, "--reference", 50)
    assert "none" in done.output
    assert "no number is enough" in done.output
    assert "other dataset: 50" in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--sd or --from"),
        (("--sd", 0.1, "--from", "x"), "not both"),
        (("--sd", -0.1), "above 0"),
        (("--sd", 0.1, "--power", 1.5), "cannot be asked for"),
        (("--sd", 0.1, "--share", 2), "share between"),
        (("--sd", 0.1, "--reference", 1), "2 or more"),
        (("--recall", 0.01), "cannot differ"),
        (("--from", "nowhere"), "not a laionet run"),
    ],
)
def test_what_cannot_be_asked_is_refused(words, said):
    with pytest.raises(LaionetError, match=said):
        power("--difference", 0.05, *words)


def test_folders_must_fit_together(tmp_path):
    described(tmp_path / "a", 1, 0.3)
    with pytest.raises(LaionetError, match="it has clip"):
        power("--difference", 0.05, "--from", tmp_path / "a", "--encoder", "siglip")
    with pytest.raises(LaionetError, match="once, or twice"):
        power("--difference", 0.05, *["--from", tmp_path / "a"] * 3)
