"""The steps done here beside the processors of transformers, bit for bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from laionet.models.preprocess import Geometry, Preprocessing, load_preprocessing, preprocessing_of

# As the published checkpoints have them.
PROCESSORS: dict[str, Any] = {
    "clip": transformers.CLIPImageProcessorPil(),
    "siglip": transformers.SiglipImageProcessorPil(),
    "vit": transformers.ViTImageProcessorPil(),
    "vit_384": transformers.ViTImageProcessorPil(size={"height": 384, "width": 384}),
    "beit": transformers.BeitImageProcessorPil(image_mean=[0.5] * 3, image_std=[0.5] * 3),
    "convnext_224": transformers.ConvNextImageProcessorPil(size={"shortest_edge": 224}, crop_pct=0.875),
    "convnext_384": transformers.ConvNextImageProcessorPil(size={"shortest_edge": 384}, crop_pct=1.0),
    "dinov2": transformers.BitImageProcessorPil(
        size={"shortest_edge": 256}, crop_size={"height": 224, "width": 224}
    ),
    "not_scaled": transformers.ViTImageProcessorPil(do_rescale=False, do_normalize=False),
    "not_normalised": transformers.ViTImageProcessorPil(do_normalize=False),
}
# Resized and then cropped from a fixed size, cropped beyond the picture, not resized, in patches.
OTHERS: dict[str, Any] = {
    "stretched_and_cropped": transformers.BeitImageProcessorPil(
        size={"height": 256, "width": 256}, do_center_crop=True
    ),
    "cropped_beyond": transformers.CLIPImageProcessorPil(size={"shortest_edge": 100}),
    "siglip2": transformers.Siglip2ImageProcessorPil(max_num_patches=9),
}


def noise(height: int, width: int, seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def library(processor: Any, image: Image.Image) -> np.ndarray:
    return np.asarray(processor(images=[image], return_tensors="np")["pixel_values"])[0]


@pytest.mark.parametrize("name", PROCESSORS)
@settings(max_examples=12, deadline=None)
@given(st.integers(4, 700), st.integers(4, 700), st.integers(0, 9))
def test_the_very_bits_of_the_processor(name: str, height: int, width: int, seed: int) -> None:
    found = preprocessing_of(PROCESSORS[name])
    assert found.geometry is not None
    image = noise(height, width, seed)
    pixels = found.inputs(image)["pixel_values"]
    assert pixels.dtype == np.float32
    np.testing.assert_array_equal(pixels.transpose(2, 0, 1), library(PROCESSORS[name], image))


# preprocessor_config.json as the paper's checkpoints have it, from before processors had their names.
IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
HALF = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
PUBLISHED: dict[str, tuple[dict[str, Any], Geometry]] = {
    "resnet": (
        {"feature_extractor_type": "ConvNextFeatureExtractor", "size": 224, "crop_pct": 0.875, "resample": 3}
        | IMAGENET,
        Geometry(224, 224, 256, 3),
    ),
    "convnext": (
        {"feature_extractor_type": "ConvNextFeatureExtractor", "size": 384, "crop_pct": 1.0, "resample": 3}
        | IMAGENET,
        Geometry(384, 384, None, 3),
    ),
    "vit": (
        {"feature_extractor_type": "ViTFeatureExtractor", "size": 224, "resample": 2} | HALF,
        Geometry(224, 224, None, 2),
    ),
    "beit": (
        {"feature_extractor_type": "BeitFeatureExtractor", "size": 224, "crop_size": 224, "resample": 2}
        | {"do_center_crop": False}
        | HALF,
        Geometry(224, 224, None, 2),
    ),
    "clip": (
        {"feature_extractor_type": "CLIPFeatureExtractor", "size": 224, "crop_size": 224, "resample": 3}
        | {"do_center_crop": True}
        | IMAGENET,
        Geometry(224, 224, 224, 3),
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_configurations_of_published_checkpoints(name: str, tmp_path: Path) -> None:
    settings, geometry = PUBLISHED[name]
    (tmp_path / "config.json").write_text(json.dumps({"model_type": name}))
    content = settings | {"do_resize": True, "do_normalize": True}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(content))
    found = load_preprocessing(tmp_path, name)
    assert found.geometry == geometry
    image = noise(375, 500)
    expected = library(transformers.AutoImageProcessor.from_pretrained(tmp_path), image)
    np.testing.assert_array_equal(found.inputs(image)["pixel_values"].transpose(2, 0, 1), expected)
    table = np.frombuffer(found.table, np.float32).reshape(3, 256)
    ends = (np.array([[0, 1]]) - np.array(settings["image_mean"])[:, None]) / np.array(settings["image_std"])[
        :, None
    ]
    np.testing.assert_allclose(table[:, [0, 255]], ends, atol=1e-6)


@pytest.mark.parametrize("name", OTHERS)
def test_other_processors_run_themselves(name: str) -> None:
    found = preprocessing_of(OTHERS[name])
    assert found.geometry is None
    image = noise(90, 201)
    np.testing.assert_array_equal(found.inputs(image)["pixel_values"], library(OTHERS[name], image))


def test_a_processor_with_steps_of_its_own_is_not_imitated() -> None:
    class Mirrored(transformers.ViTImageProcessorPil):
        def resize(self, image: Any, size: Any, resample: Any = None, **options: Any) -> Any:
            return super().resize(image, size, resample, **options)[..., ::-1]

    assert preprocessing_of(transformers.ViTImageProcessorPil()).geometry is not None
    assert preprocessing_of(Mirrored()).geometry is None


def test_equal_settings_are_equal_and_others_are_not() -> None:
    def of(**changes: Any) -> Preprocessing:
        return preprocessing_of(transformers.CLIPImageProcessorPil(**changes))

    assert of() == of()
    assert len({of(), of(), of(image_mean=[0.5] * 3), of(resample=2)}) == 3
    assert of().geometry == of(image_mean=[0.5] * 3).geometry != of(resample=2).geometry


def test_a_resized_picture_is_used_again() -> None:
    one, two = (preprocessing_of(PROCESSORS[name]) for name in ("convnext_224", "vit"))
    resized: dict[Geometry, np.ndarray] = {}
    image = noise(120, 90)
    one.inputs(image, resized)
    two.inputs(image, resized)
    assert set(resized) == {one.geometry, two.geometry}
    assert one.geometry is not None
    resized[one.geometry] = np.zeros((224, 224, 3), np.uint8)
    assert len(np.unique(one.inputs(image, resized)["pixel_values"])) <= 3


@pytest.mark.parametrize("size", [(60_000, 3), (2, 90_000)])
def test_the_middle_of_a_line_is_cut_out_without_resizing_all_of_it(size: tuple[int, int]) -> None:
    import tracemalloc

    width, height = size
    ramp = np.linspace(0, 255, width * height).reshape(height, width, 1).repeat(3, 2)
    image = Image.fromarray(ramp.astype(np.uint8))
    shorter = preprocessing_of(PROCESSORS["clip"]).geometry
    assert shorter is not None
    tracemalloc.start()
    found = shorter(image)
    largest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.shape == (224, 224, 3)
    assert abs(float(found.mean()) - 127.5) < 2
    assert largest < 5_000_000


def test_cutting_before_resizing_gives_the_same_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    from laionet.models import preprocess

    shorter = preprocessing_of(PROCESSORS["dinov2"]).geometry
    assert shorter is not None
    images = [noise(301, 777), noise(900, 333), noise(41, 50)]
    whole = [shorter(image).astype(int) for image in images]
    monkeypatch.setattr(preprocess, "_MOST_PIXELS", 0)
    for before, image in zip(whole, images, strict=True):
        assert np.abs(shorter(image).astype(int) - before).max() <= 1


def test_a_processor_that_runs_itself_gets_the_middle_of_a_line() -> None:
    found = preprocessing_of(OTHERS["stretched_and_cropped"])
    image = noise(2, 1000)
    middle = image.crop((450, 0, 550, 2))
    np.testing.assert_array_equal(
        found.inputs(image)["pixel_values"], library(OTHERS["stretched_and_cropped"], middle)
    )
