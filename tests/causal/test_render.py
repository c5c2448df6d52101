"""Pictures: the same for the same causes, and every cause shows."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from laionet.causal.annotators import Annotators
from laionet.causal.gallery import annotate, pictures, write_annotated, write_images, write_sheet
from laionet.causal.render import SIZE, render, to_jpeg
from laionet.causal.scene import Context, Medium, Scene
from laionet.causal.web import Web

BASE = Scene("tiger", context=Context.GRASS, seed=3)


def pixels(scene):
    return np.asarray(render(scene), dtype=np.int64)


def test_a_picture_is_large_enough_for_text_and_rgb():
    image = render(BASE)
    assert image.mode == "RGB"
    assert image.size == (SIZE, SIZE)
    assert SIZE >= 224


@pytest.mark.parametrize("medium", list(Medium))
def test_equal_scenes_give_equal_bytes(medium):
    scene = replace(BASE, medium=medium, clutter=2, text="tiger")
    assert to_jpeg(render(scene)) == to_jpeg(render(scene))


@pytest.mark.parametrize(
    "change",
    [
        {"variant": 1},
        {"palette": 1},
        {"angle": 40.0},
        {"flipped": True},
        {"squash": 0.7},
        {"scale": 0.4},
        {"x": 0.3},
        {"y": -0.3},
        {"context": Context.SNOW},
        {"medium": Medium.SKETCH},
        {"clutter": 2},
        {"occlusion": 0.4},
        {"light": 0.5},
        {"warmth": 0.8},
        {"text": "hello"},
        {"thing": "zebra"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_cause_shows(change):
    before, after = pixels(BASE), pixels(replace(BASE, **change))
    assert (np.abs(before - after).sum(-1) > 30).mean() > 0.01


def test_occlusion_hides_more_the_larger_it_is():
    whole = pixels(BASE)
    hidden = [(np.abs(pixels(replace(BASE, occlusion=o)) - whole).sum(-1) > 20).mean() for o in (0.1, 0.3, 0.5)]
    assert hidden == sorted(hidden)


def test_text_is_within_the_picture_even_where_it_is_long():
    long = pixels(replace(BASE, text="a very long headline about something"))
    changed = np.abs(long - pixels(BASE)).sum(-1) > 30
    assert changed[:, 2:-2].any()
    assert not changed[:, :1].any()


def test_pictures_by_several_processes_are_those_of_one():
    web, indices = Web(0), list(range(70))
    assert list(pictures(web, indices, workers=2)) == list(pictures(web, indices))


def test_an_annotated_dataset_opens_as_any_other(tmp_path):
    from laionet.causal.senses import CLASS_SOURCE
    from laionet.images.pictures import open_pictures
    from laionet.vocab import load_classes

    chosen = annotate(Web(0), 0, 3000, Annotators(strength=0.2), 1)
    path = write_annotated(Web(0), chosen, tmp_path / "pictures.parquet")
    (shard,) = open_pictures(path, load_classes(CLASS_SOURCE), layout="parquet").shards()
    (batch,) = shard.batches()
    assert batch.table["label"].to_pylist() == chosen[1].tolist()
    assert Image.open(io.BytesIO(batch.table["image"][0].as_py())).size == (SIZE, SIZE)


def test_images_and_sheet_are_written(tmp_path):
    from laionet.images.store import iter_images

    write_images(Web(0), 5, 9, tmp_path)
    assert [sample for sample, _ in iter_images(tmp_path / "images" / "00000")] == [
        f"{i:09d}" for i in range(5, 9)
    ]
    with Image.open(write_sheet(tmp_path)) as sheet:
        assert sheet.width > 1000
