"""Independence of image and selection given captions, over files."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from laionet.compare.independence import independence
from laionet.errors import LayoutError, OutputError
from laionet.flow.diagnosing.independence import _stem, diagnose_independence
from laionet.models.text import open_text_encoder

WNIDS = ("n02110185", "n02123045", "n03126707")
SAID = ("a husky in the snow", "portrait of a dog", "sled dog for sale", "husky drawing", "my dog", "dog, winter")


def table(path, seed, *, shift=0.0, n=40, captions=True, start=0):
    """Images of three classes whose embedding depends on the caption; ``shift`` moves all of them."""
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(3), n)
    which = rng.integers(0, len(SAID), 3 * n)
    told = np.random.default_rng(0).standard_normal((len(SAID), 16))
    image = 4 * np.random.default_rng(1).standard_normal((3, 16))[label] + told[which]
    image = (image + rng.standard_normal((3 * n, 16)) + shift).astype(np.float32)
    columns = {
        "sample": [f"{WNIDS[one]}/{WNIDS[one]}_{start + at}.JPEG" for at, one in enumerate(label.tolist())],
        "wnid": [WNIDS[one] for one in label],
        "small": pa.array(list(image), pa.list_(pa.float32())),
    }
    if captions:
        columns["caption"] = [SAID[at] for at in which]
    pq.write_table(pa.table(columns), path)
    return path, image, [SAID[at] for at in which], label


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    table(folder / "others.parquet", 2)
    table(folder / "alike.parquet", 3)
    table(folder / "shifted.parquet", 4, shift=0.5)
    table(folder / "bare.parquet", 4, shift=0.5, captions=False)
    return folder


def run(files, chosen, out, **how):
    return diagnose_independence(str(files / chosen), str(files / "others.parquet"), out, device="cpu", **how)


def test_datasets_that_differ_by_captions_alone_are_not_told_apart_others_are(files, tmp_path):
    alike = run(files, "alike.parquet", tmp_path / "a")
    part = alike["encoders"][0]
    assert part["encoder"] == "small"
    assert part["p"] > 0.01
    assert (part["n"], part["selected"], part["tested"]) == (240, 120, 3)
    shifted = run(files, "shifted.parquet", tmp_path / "b")["encoders"][0]
    assert shifted["p"] < 1e-6
    assert shifted["found"] == 3
    assert [row["p"] for row in shifted["classes"]] == sorted(row["p"] for row in shifted["classes"])
    assert json.loads((tmp_path / "a" / "diagnosis" / "independence.json").read_text()) == alike
    assert "<svg" in (tmp_path / "a" / "diagnosis" / "independence.svg").read_text()


def test_numbers_are_those_of_the_arrays(files, tmp_path):
    _, a, said_a, label_a = table(tmp_path / "a.parquet", 4, shift=0.5)
    _, b, said_b, label_b = table(tmp_path / "b.parquet", 2)
    text = open_text_encoder(device="cpu").encode([*said_a, *said_b]).embeddings
    selected = np.repeat([1, 0], [len(a), len(b)])
    expected = independence(np.vstack([a, b]), text, selected, np.concatenate([label_a, label_b]))
    part = run(files, "shifted.parquet", tmp_path)["encoders"][0]
    assert part["statistic"] == pytest.approx(expected.statistic, rel=1e-3)
    assert part["distance"] == pytest.approx(expected.distance, rel=1e-3)


def test_captions_come_from_a_file_by_name(files, tmp_path):
    _, _, said, label = table(tmp_path / "x.parquet", 4, shift=0.5)
    records = [
        {"filename": f"{WNIDS[one]}_{at}.JPEG", "wnid": WNIDS[one], "title": caption, "tags": []}
        for at, (one, caption) in enumerate(zip(label.tolist(), said, strict=True))
    ]
    captions = tmp_path / "imagenet_captions.json"
    captions.write_text(json.dumps(records))
    whole = run(files, "shifted.parquet", tmp_path / "a")["encoders"][0]
    named = run(files, "bare.parquet", tmp_path / "b", captions=(captions, None))
    assert named["encoders"][0]["statistic"] == pytest.approx(whole["statistic"])
    captions.write_text(json.dumps(records[:100]))
    fewer = run(files, "bare.parquet", tmp_path / "c", captions=(captions, None))
    assert fewer["datasets"][0]["without_caption"] == 20
    assert fewer["encoders"][0]["left_out"] == 20


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([{"filename": "n01440764_1.JPEG", "title": "a fish"}], "No caption given"),
        ([{"filename": "a.jpg", "title": "one"}, {"filename": "b/a.png", "title": "another"}], "two captions"),
        ({}, "list of records"),
    ],
)
def test_captions_that_fit_no_image_or_two_are_refused(files, tmp_path, content, said):
    captions = tmp_path / "captions.json"
    captions.write_text(json.dumps(content))
    with pytest.raises(LayoutError, match=said):
        run(files, "bare.parquet", tmp_path / "out", captions=(captions, None))


def test_images_without_captions_are_refused(files, tmp_path):
    with pytest.raises(LayoutError, match="No caption given"):
        run(files, "bare.parquet", tmp_path)


def test_datasets_without_an_encoder_in_common_are_refused(files, tmp_path):
    other = pq.read_table(files / "alike.parquet").rename_columns(["sample", "wnid", "large", "caption"])
    pq.write_table(other, tmp_path / "large.parquet")
    with pytest.raises(OutputError, match="one image encoder"):
        diagnose_independence(str(tmp_path / "large.parquet"), str(files / "others.parquet"), tmp_path / "out")


def test_names_of_files():
    assert _stem("n01440764/n01440764_10026.JPEG") == "n01440764_10026"
    assert _stem("000000012") == "000000012"


def test_the_command_prints_the_answer(files, tmp_path):
    from laionet.cli import diagnose
    from laionet.cli.app import app

    diagnose.register()
    line = ["diagnose", "independence", str(files / "shifted.parquet"), str(files / "others.parquet")]
    result = CliRunner().invoke(app, [*line, "--out", str(tmp_path)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "3 of 3" in result.output
    assert (tmp_path / "diagnosis" / "independence.json").exists()
