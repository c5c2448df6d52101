"""The frontier of a run: against counting by hand, and with an image link whose effect is known."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flow.diagnosed import described_run, diagnose, write_described
from flow.runs import write_part
from laionet.compare.similarity import intra_class
from laionet.dataset import open_dataset
from laionet.errors import OutputError
from laionet.flow.diagnosing.frontier import Keep, diagnose_frontier
from laionet.flow.run import Run
from laionet.recipe import load_recipe

MODEL = "synset_similarity/clip"


@pytest.fixture(scope="module")
def run(encoder, tmp_path_factory):
    """A dataset by caption. An image's similarity to its synset falls with its distance to the class's centre."""
    folder = tmp_path_factory.mktemp("linked")
    write_part(folder / "corpus" / "part-00000.parquet", 2_000, seed=0)
    settings = {"corpus__files": (str(folder / "corpus"),), "score__encoder": encoder, "select__threshold": 0.8}
    made = Run(load_recipe(run__workers=1, run__device="cpu", **settings), folder / "run")
    made.build()
    table = open_dataset(made.folder.dataset).table(["label", "wnid", "similarity"])
    label = np.asarray(table["label"], np.int64)
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((1000, 12))
    spread = rng.uniform(0.2, 1.6, len(label))
    x = centres[label] + spread[:, None] * rng.standard_normal((len(label), 12))
    image = (0.4 - 0.15 * spread + 0.01 * rng.standard_normal(len(label))).astype(np.float32)
    kept = np.arange(len(label)) % 10 != 3  # some images were lost, one has no similarity
    samples = [f"{i:09d}" for i in np.flatnonzero(kept)]
    wnids = [w for w, k in zip(table["wnid"].to_pylist(), kept, strict=True) if k]
    image = image[kept]
    column = pa.array(image, mask=np.arange(len(image)) == 5)
    write_described(folder / "run", label[kept], x[kept], samples, wnids, **{MODEL: column})
    text = np.asarray(table["similarity"], np.float32)[kept].astype(float)
    image = image.astype(float)
    image[5] = np.nan
    return folder / "run", text, image, label[kept], x[kept].astype(np.float32)


def test_every_pair_keeps_the_number_of_the_reference(run, tmp_path):
    folder, text, image, label, _ = run
    s, u = float(np.median(text)), float(np.nanquantile(image, 0.3))
    wanted = int(((text > s) & (image > u)).sum())
    document = diagnose_frontier(folder, tmp_path / "out", keep=Keep(reference=(s, u)))
    assert document["wanted"] == document["reference"]["samples"] == wanted
    assert document["unknown"] == 1
    assert document["dataset"]["rows"] > document["dataset"]["images"] == len(text)
    assert len(document["frontier"]) > 5
    for row in document["frontier"]:
        above = np.full(len(text), True) if row["image"] is None else image > row["image"]
        rows = (text > row["text"]) & above
        assert row["samples"] == rows.sum()
        assert row["classes"] == len(np.unique(label[rows]))
    one = diagnose_frontier(folder, tmp_path / "out", keep=Keep(samples=wanted))
    assert len(one["frontier"]) == 25
    assert {row["samples"] for row in one["frontier"] if row["image"] is not None} == {wanted}


def test_similarity_rises_with_the_image_threshold_and_is_that_of_the_rows(run, tmp_path):
    folder, text, image, label, x = run
    document = diagnose_frontier(folder, tmp_path / "out", keep=Keep(samples=len(text) // 3), at=(0.8, 0.86, 0.9))
    assert [one["name"] for one in document["named"]] == ["A", "B", "C"]
    for one in document["named"]:
        rows = (text > one["text"]) & (image > one["image"])
        means = intra_class(x[rows], label[rows]).mean
        assert one["similarity"][0]["mean"] == pytest.approx(np.nanmean(means))
        assert one["samples"] == rows.sum()
    (trend,) = document["trends"]
    assert trend["slope"]["low"] > 0
    assert trend["p"] < 0.05


def test_against_a_narrow_reference_the_linked_dataset_is_the_nearest(run, tmp_path):
    folder, text, _, label, _ = run
    centres = np.random.default_rng(0).standard_normal((1000, 12))
    classes = np.repeat(np.unique(label), 30)
    near = centres[classes] + 0.2 * np.random.default_rng(1).standard_normal((len(classes), 12))
    reference = described_run(tmp_path / "sight", classes, near, "imagenet1k")
    done = diagnose(
        *("frontier", folder, "--keep-samples", len(text) // 3, "--against", reference),
        *("--out", tmp_path / "out", "--write"),
    )
    assert done.exit_code == 0, done.output
    assert "0.01 more of the image threshold" in done.output
    document = json.loads((tmp_path / "out" / "diagnosis" / "frontier.json").read_text())
    differences = [one["similarity"][0]["difference"]["value"] for one in document["named"]]
    assert differences[0] == max(differences)
    assert max(differences) < 0
    for one in document["named"]:
        table = pq.read_table(tmp_path / "out" / "diagnosis" / "frontier" / f"{one['name']}.parquet")
        assert len(table) == one["samples"]
        assert min(table["similarity"].to_pylist()) > one["text"]
        assert min(table[MODEL].to_pylist()) > one["image"]
    assert (tmp_path / "out" / "diagnosis" / "frontier.svg").read_text().startswith("<svg")


def test_classes_can_be_kept_instead(run, tmp_path):
    folder, text, image, label, _ = run
    wanted = len(np.unique(label)) - 2
    document = diagnose_frontier(folder, tmp_path / "out", keep=Keep(classes=wanted))
    assert len(document["frontier"]) > 5
    for row in document["frontier"]:
        rows = (text > row["text"]) & (
            np.nan_to_num(image, nan=-1) > (-np.inf if row["image"] is None else row["image"])
        )
        assert row["classes"] == wanted == len(np.unique(label[rows]))
        assert row["samples"] == rows.sum()


def test_what_cannot_be_kept_or_is_not_there_is_refused(run, tmp_path):
    folder, text, *_ = run
    with pytest.raises(OutputError, match="cannot be kept"):
        diagnose_frontier(folder, tmp_path / "out", keep=Keep(samples=len(text) + 1))
    with pytest.raises(OutputError, match="one of them"):
        Keep()
    with pytest.raises(OutputError, match="one of them"):
        Keep(samples=3, classes=2)
    with pytest.raises(OutputError, match="not described by 'siglip'"):
        diagnose_frontier(folder, tmp_path / "out", keep=Keep(samples=3), model="siglip")
    x = np.random.default_rng(0).standard_normal((6, 4))
    plain = described_run(tmp_path / "plain", np.arange(6), x, "imagenet1k")
    with pytest.raises(OutputError, match="no similarity to their synset"):
        diagnose_frontier(plain, tmp_path / "out", keep=Keep(samples=3))
    column = {MODEL: pa.array([0.1] * 6, pa.float32())}
    reference = described_run(tmp_path / "reference", np.arange(6), x, "imagenet1k", **column)
    with pytest.raises(OutputError, match="has no captions"):
        diagnose_frontier(reference, tmp_path / "out", keep=Keep(samples=3))
