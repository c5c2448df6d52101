"""Columns of describe beside the models alone, the laws of a stage, and each reason to drop a row."""

from __future__ import annotations

import dataclasses
import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import image_checkpoints as made
from laionet.errors import ModelError
from laionet.models.classifier import open_classifier
from laionet.models.image import image_facts, open_image_encoder
from laionet.models.zero_shot import open_zero_shot
from laionet.recipe import Describe, Recipe
from laionet.schema import PICTURES, Drop
from laionet.stage import Batch, Job, run_shard, shard_key
from laionet.stages.describe import DescribeStage, describe_stage
from laionet.vocab import load_classes

WNIDS = ["n02113186", "n01440764", "n02123045", "n01484850", "n02012849", "n03126707"]
CLASSES = load_classes(WNIDS)
IMAGES = made.pictures(11)


def file_of(image: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


FILES = [file_of(image) for image in IMAGES]
BROKEN = [
    (None, Drop.NO_IMAGE),
    (b"", Drop.EMPTY),
    (b"<html>", Drop.NOT_AN_IMAGE),
    (FILES[0][:90], Drop.UNDECODABLE),
]


def pictures_table(files: list[bytes | None]) -> pa.Table:
    n = len(files)
    labels = [at % len(WNIDS) for at in range(n)]
    columns = [
        [f"s{at}" for at in range(n)],
        [WNIDS[label] for label in labels],
        labels,
        [None] * n,
        [None] * n,
        files,
    ]
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, PICTURES, strict=True)], schema=PICTURES)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("models")
    clip = made.make_clip(root / "tiny-clip")
    resnet = made.make_resnet(root / "tiny-resnet", labels=dict(enumerate([*WNIDS, "n00000001"])))
    vit = made.make_vit(root / "tiny-vit")
    return {"clip": str(clip), "resnet": str(resnet), "vit": str(vit)}


@pytest.fixture(scope="module")
def stage(folders: dict[str, str]) -> DescribeStage:
    return describe_stage(
        CLASSES,
        Describe(
            encoders=(folders["clip"], folders["resnet"], folders["vit"]),
            classifiers=(folders["resnet"],),
            zero_shot=(folders["clip"],),
            top_k=3,
        ),
        device="cpu",
    )


@pytest.fixture(scope="module")
def call(stage: DescribeStage) -> Any:
    return stage.open()


def values(table: pa.Table, name: str) -> np.ndarray:
    return np.array(table[name].to_pylist())


def test_the_schema_is_known_before_any_model_is_loaded(folders: dict[str, str], tmp_path: Path) -> None:
    vit = made.make_vit(tmp_path / "spoilt")
    (vit / "model.safetensors").write_bytes(b"nothing")
    settings_ = Describe(encoders=(str(vit),), classifiers=(folders["resnet"],), zero_shot=(folders["clip"],))
    writes = describe_stage(CLASSES, settings_).writes
    assert {f.name: f.type for f in writes} == {
        "sample": pa.string(),
        "wnid": pa.string(),
        "label": pa.int32(),
        "embedding/spoilt": pa.list_(pa.float32(), 64),
        "top/tiny-resnet": pa.list_(pa.int32(), 5),
        "probability/tiny-resnet": pa.list_(pa.float32(), 5),
        "zero_shot/tiny-clip": pa.list_(pa.int32(), 5),
        "synset_similarity/tiny-clip": pa.float32(),
    }
    assert all(f.metadata[b"meaning"] for f in writes)


def test_columns_are_what_each_model_alone_gives(call: Any, folders: dict[str, str], stage: DescribeStage) -> None:
    table = pictures_table(FILES)
    outcome = call(table)
    found = outcome.table
    assert found.schema.equals(stage.writes, check_metadata=True)
    assert outcome.kept == len(FILES)
    assert outcome.dropped == {}
    for name in ("clip", "resnet", "vit"):
        alone = open_image_encoder(folders[name], device="cpu").encode(IMAGES)
        np.testing.assert_array_equal(values(found, f"embedding/tiny-{name}"), alone)
    predicted = open_classifier(folders["resnet"], CLASSES, top_k=3, device="cpu").predict(IMAGES)
    np.testing.assert_array_equal(values(found, "top/tiny-resnet"), predicted.labels)
    np.testing.assert_array_equal(values(found, "probability/tiny-resnet"), predicted.probabilities)
    matched = open_zero_shot(folders["clip"], CLASSES, top_k=3, device="cpu").predict(
        IMAGES, table["label"].to_numpy()
    )
    np.testing.assert_array_equal(values(found, "zero_shot/tiny-clip"), matched.labels)
    np.testing.assert_array_equal(values(found, "synset_similarity/tiny-clip"), matched.own)


def test_decoded_pictures_can_be_shared_with_another_stage(stage: DescribeStage, call: Any) -> None:
    labels = np.arange(len(IMAGES)) % len(WNIDS)
    columns = call.describing(IMAGES, labels)
    whole = call(pictures_table(FILES)).table
    assert columns
    assert set(columns) == set(whole.column_names) - {"sample", "wnid", "label"}
    for name, column in columns.items():
        assert column.equals(whole[name].combine_chunks())


def test_rows_without_a_picture_have_their_reason(call: Any) -> None:
    files = [FILES[0], BROKEN[0][0], FILES[1], BROKEN[1][0], BROKEN[2][0], FILES[2], BROKEN[3][0]]
    outcome = call(pictures_table(files))
    assert outcome.table["sample"].to_pylist() == ["s0", "s2", "s5"]
    assert {reason: at.tolist() for reason, at in outcome.dropped.items()} == {
        Drop.NO_IMAGE: [1],
        Drop.EMPTY: [3],
        Drop.NOT_AN_IMAGE: [4],
        Drop.UNDECODABLE: [6],
    }
    assert outcome.kept == 3
    assert outcome.table["wnid"].to_pylist() == [WNIDS[0], WNIDS[2], WNIDS[5]]


def test_pictures_of_too_many_pixels(stage: DescribeStage) -> None:
    small = dataclasses.replace(stage, models=stage.models[:1], max_pixels=50_000)
    outcome = small.open()(pictures_table(FILES[:4]))
    assert outcome.dropped[Drop.TOO_MANY_PIXELS].tolist() == [0, 1, 2]
    assert outcome.table["sample"].to_pylist() == ["s3"]


@pytest.mark.parametrize("files", [[], [None, b""]])
def test_a_batch_without_any_picture(files: list[bytes | None], call: Any, stage: DescribeStage) -> None:
    outcome = call(pictures_table(files))
    assert outcome.table.schema.equals(stage.writes)
    assert len(outcome.table) == outcome.kept == 0
    assert sum(map(len, outcome.dropped.values())) == len(files)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, len(FILES) + 3), max_size=24), st.data())
def test_what_becomes_of_a_row_does_not_depend_on_its_batch(
    call: Any, chosen: list[int], data: st.DataObject
) -> None:
    pool = [*FILES, *(broken for broken, _ in BROKEN)]
    table = pictures_table([pool[at] for at in chosen])
    whole = call(table)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(table)), max_size=3)))
    parts = [
        call(table.slice(start, stop - start)) for start, stop in zip([0, *cuts], [*cuts, len(table)], strict=True)
    ]
    assert pa.concat_tables([part.table for part in parts]).combine_chunks() == whole.table.combine_chunks()
    assert sum(part.kept for part in parts) == whole.kept
    assert whole.kept + sum(map(len, whole.dropped.values())) == len(table)


@dataclasses.dataclass(frozen=True)
class Given:
    table: pa.Table
    size: int

    def batches(self) -> Any:
        for start in range(0, len(self.table), self.size):
            yield Batch(self.table.slice(start, self.size))


def test_running_a_shard_again_gives_the_same_bytes_whatever_the_batches(
    stage: DescribeStage, tmp_path: Path
) -> None:
    table = pictures_table([*FILES, None, *FILES])
    written = []
    for size, threads in ((5, 1), (64, 3)):
        other = dataclasses.replace(stage, threads=threads)
        report = run_shard(Job(other, Given(table, size), tmp_path / str(size), "00000", "key"))
        assert (report.status, report.error) == ("done", "")
        assert (report.kept, report.dropped) == (2 * len(FILES), {"no_image": 1})
        written.append((tmp_path / str(size) / "00000.parquet").read_bytes())
    assert written[0] == written[1]


def test_numbers_that_overflow_are_null_for_their_model_alone_and_counted(call: Any) -> None:
    describing = call.describing
    seen = describing.see(IMAGES[:3], lambda image: image)
    seen[1].embeddings[1] = np.nan
    assert seen[1].logits is not None
    seen[1].logits[1, 0] = np.inf
    found = describing.columns(seen, np.arange(3))
    nulls = {name: column.is_null().to_pylist() for name, column in found.items()}
    for name, null in nulls.items():
        assert null == ([False, True, False] if name.endswith("tiny-resnet") else [False] * 3)
    assert describing.not_finite(seen) == {"tiny-clip": 0, "tiny-resnet": 1, "tiny-vit": 0}


def test_a_model_of_several_uses_is_loaded_once(stage: DescribeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    from laionet.stages import describing

    opened: list[str] = []
    theirs = describing.open_image_model

    def counted(name: str, **options: Any) -> Any:
        opened.append(Path(name).name)
        return theirs(name, **options)

    monkeypatch.setattr(describing, "open_image_model", counted)
    stage.open()
    assert opened == ["tiny-clip", "tiny-resnet", "tiny-vit"]


def test_a_stage_survives_the_way_to_a_worker(stage: DescribeStage) -> None:
    again = pickle.loads(pickle.dumps(stage))
    assert again.writes.equals(stage.writes, check_metadata=True)
    assert shard_key(again, "x") == shard_key(stage, "x")


def test_the_key_is_of_what_decides_the_result(folders: dict[str, str], tmp_path: Path) -> None:
    def key(classes: Any = CLASSES, changes: dict[str, Any] | None = None, **options: Any) -> str:
        asked = {"encoders": (), "classifiers": (folders["resnet"],), "zero_shot": (folders["clip"],)}
        return shard_key(describe_stage(classes, Describe(**(asked | (changes or {}))), **options), "x")

    same = key()
    assert key(device="cpu", threads=3) == same
    (tmp_path / "map.json").write_text('["n02113186"]')
    others = [
        key(load_classes(WNIDS[::-1])),
        key(text="name"),
        key(changes={"top_k": 2}),
        key(changes={"precision": "bf16"}),
        key(changes={"encoders": (folders["clip"],)}),
        key(changes={"zero_shot": ()}),
        key(max_pixels=10_000),
        key(label_maps={folders["resnet"]: str(tmp_path / "map.json")}),
    ]
    assert len({same, *others}) == 1 + len(others)
    # Without texts to compare with, their wording is no part of the result.
    assert key(text="name", changes={"zero_shot": ()}) == key(changes={"zero_shot": ()})


def test_a_stage_of_a_recipe(folders: dict[str, str]) -> None:
    recipe = Recipe.model_validate(
        {"describe": {"encoders": (folders["vit"],), "top_k": 2}, "fetch": {"max_pixels": 99}}
    )
    stage = DescribeStage.of(recipe, CLASSES)
    assert [model.title for model in stage.models] == ["tiny-vit"]
    assert (stage.top_k, stage.max_pixels, stage.text) == (2, 99, recipe.classes.text)
    assert stage.models[0].digest == image_facts(folders["vit"]).digest


def test_what_cannot_be_done_is_refused_before_any_worker_starts(folders: dict[str, str], tmp_path: Path) -> None:
    other = load_classes(["n01514668"])
    twin = made.make_vit(tmp_path / "tiny-vit")
    cases: list[tuple[str, Any, dict[str, Any]]] = [
        ("name encoders, classifiers or zero_shot", CLASSES, {"encoders": ()}),
        ("is no CLIP or SigLIP", CLASSES, {"zero_shot": (folders["vit"],)}),
        ("has no classification head", CLASSES, {"classifiers": (folders["vit"],)}),
        ("none of its 7 classes", other, {"classifiers": (folders["resnet"],)}),
        ("two models would have columns", CLASSES, {"encoders": (folders["vit"], str(twin))}),
    ]
    for message, classes, changes in cases:
        with pytest.raises(ModelError, match=message):
            describe_stage(classes, Describe(**({"encoders": ()} | changes)))
    with pytest.raises(ModelError, match="a label map for x, which is no classifier"):
        describe_stage(CLASSES, Describe(encoders=(folders["vit"],)), label_maps={"x": "y"})


def test_formats_and_modes_are_read_as_rgb(call: Any) -> None:
    colour = IMAGES[0].resize((80, 60))
    files = [file_of(colour.convert(mode), kind) for mode, kind in (("L", "JPEG"), ("CMYK", "TIFF"), ("P", "GIF"))]
    files += [file_of(colour.convert("RGBA"), "WEBP"), file_of(colour, "BMP")]
    outcome = call(pictures_table(files))
    assert outcome.kept == 5
    np.testing.assert_array_equal(
        values(outcome.table, "embedding/tiny-vit")[4],
        call.describing([colour], np.array([0]))["embedding/tiny-vit"].to_pylist()[0],
    )
