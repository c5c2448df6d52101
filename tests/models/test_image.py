"""Each kind of image encoder beside transformers' own processor and model, on the same pictures."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import checkpoints
import image_checkpoints as made
from laionet.errors import ModelError
from laionet.models.ahead import ahead, in_turn
from laionet.models.image import image_facts, open_image_encoder, open_image_model
from laionet.models.image_model import ImageModel, ImageModels

LABELS = {at: f"class {at}" for at in range(7)}
MAKERS: dict[str, Callable[[Path], Path]] = {
    "clip": made.make_clip,
    "siglip": made.make_siglip,
    "siglip2": lambda folder: made.make_siglip(folder, version=2),
    "vit": made.make_vit,
    "vit_classifier": lambda folder: made.make_vit(folder, labels=LABELS),
    "beit": made.make_beit,
    "beit_classifier": lambda folder: made.make_beit(folder, labels=LABELS),
    "convnext": made.make_convnext,
    "convnext_classifier": lambda folder: made.make_convnext(folder, labels=LABELS),
    "convnext_384": lambda folder: made.make_convnext(folder, size=384),
    "resnet": made.make_resnet,
    "resnet_classifier": lambda folder: made.make_resnet(folder, labels=LABELS),
    "resnet_large": lambda folder: made.make_resnet(folder, large=True),
    "dinov2": made.make_dinov2,
    "swin_classifier": lambda folder: made.make_swin(folder, labels=LABELS),
}
PICTURES = made.pictures()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A function from a name in ``MAKERS`` to its checkpoint; do not write there."""
    found: dict[str, Path] = {}

    def of(name: str) -> Path:
        if name not in found:
            found[name] = MAKERS[name](tmp_path_factory.mktemp(name))
        return found[name]

    return of


@pytest.fixture(scope="module")
def model(folder: Callable[[str], Path]) -> Callable[[str], ImageModel]:
    found: dict[str, ImageModel] = {}

    def of(name: str) -> ImageModel:
        if name not in found:
            found[name] = open_image_model(str(folder(name)), device="cpu")
        return found[name]

    return of


def plainly(folder: Path, pick: Callable[[Any, Any], torch.Tensor], auto: str = "AutoModel") -> np.ndarray:
    """The library's own pipeline: all pictures in one batch."""
    import transformers

    inputs = transformers.AutoImageProcessor.from_pretrained(folder)(images=PICTURES, return_tensors="pt")
    theirs = getattr(transformers, auto).from_pretrained(folder).eval()
    with torch.no_grad():
        return pick(theirs, inputs).flatten(1).float().numpy()


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def of_clip(model: Any, inputs: Any) -> torch.Tensor:
    return model.get_image_features(**inputs).pooler_output


def pooler(model: Any, inputs: Any) -> torch.Tensor:
    return model(**inputs).pooler_output


def class_token(model: Any, inputs: Any) -> torch.Tensor:
    return model(**inputs).last_hidden_state[:, 0]


def logits(model: Any, inputs: Any) -> torch.Tensor:
    return model(**inputs).logits


@pytest.mark.parametrize(
    ("name", "pick", "dim"),
    [
        ("clip", of_clip, 32),
        ("siglip", of_clip, 64),
        ("siglip2", of_clip, 64),
        ("vit", pooler, 64),
        ("vit_classifier", class_token, 64),
        ("beit", pooler, 64),
        ("beit_classifier", pooler, 64),
        ("convnext", pooler, 48),
        ("convnext_classifier", pooler, 48),
        ("convnext_384", pooler, 48),
        ("resnet", pooler, 64),
        ("resnet_classifier", pooler, 64),
        ("resnet_large", pooler, 512),
        ("dinov2", pooler, 64),
        ("swin_classifier", pooler, 32),
    ],
)
def test_embeddings_are_those_of_the_library(name: str, pick: Any, dim: int, folder: Any, model: Any) -> None:
    encoder = model(name)
    found = encoder.encode(PICTURES)
    assert found.dtype == np.float32
    assert found.shape == (len(PICTURES), dim) == (len(PICTURES), encoder.dim)
    assert image_facts(str(folder(name))).dim == dim
    np.testing.assert_allclose(found, unit(plainly(folder(name), pick)), atol=1e-5)
    # Pictures are told apart, or the comparison above would show little.
    assert np.tril(found @ found.T, -1).min() < 0.95


@pytest.mark.parametrize("name", [name for name in MAKERS if name.endswith("_classifier")])
def test_logits_are_those_of_the_library(name: str, folder: Any, model: Any) -> None:
    found = ImageModels([model(name)])(PICTURES)[0].logits
    assert found is not None
    theirs = plainly(folder(name), logits, "AutoModelForImageClassification")
    np.testing.assert_allclose(found, theirs, atol=1e-4, rtol=1e-4)
    assert image_facts(str(folder(name))).labels == tuple(LABELS.values())


@pytest.mark.parametrize("name", MAKERS)
def test_common_preprocessing_does_not_run_the_processor(name: str, model: Any) -> None:
    # Without this, a broken fast way would hide behind the processor that it falls back to.
    known = model(name).preprocessing.geometry is not None
    assert known == (name not in ("siglip2", "beit_classifier"))


@pytest.mark.parametrize("name", MAKERS)
def test_company_changes_no_bit(name: str, model: Any) -> None:
    whole = ImageModels([model(name)])(PICTURES)[0]
    draw = random.Random(0)
    for size in (1, 3, 9, 12):
        chosen = draw.sample(range(len(PICTURES)), size)
        some = ImageModels([model(name)], threads=draw.randint(1, 3))([PICTURES[at] for at in chosen])[0]
        np.testing.assert_array_equal(some.embeddings, whole.embeddings[chosen])
        if whole.logits is not None:
            np.testing.assert_array_equal(some.logits, whole.logits[chosen])


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(len(PICTURES))), st.integers(0, len(PICTURES)))
def test_order_and_number_change_no_bit(model: Any, order: list[int], count: int) -> None:
    names = ("clip", "resnet_classifier", "vit_classifier")
    whole = ImageModels([model(name) for name in names])(PICTURES)
    some = ImageModels([model(name) for name in names])([PICTURES[at] for at in order[:count]])
    for part, all_of in zip(some, whole, strict=True):
        np.testing.assert_array_equal(part.embeddings, all_of.embeddings[order[:count]])


def test_models_together_are_as_each_alone(model: Any) -> None:
    names = ("clip", "resnet_classifier", "convnext", "vit", "siglip2")
    together = ImageModels([model(name) for name in names])(PICTURES)
    for name, seen in zip(names, together, strict=True):
        np.testing.assert_array_equal(seen.embeddings, model(name).encode(PICTURES))


def test_models_of_one_preprocessing_share_its_arrays(folder: Any, model: Any, tmp_path: Path) -> None:
    twin = open_image_model(str(made.make_convnext(tmp_path)), device="cpu")
    assert twin.preprocessing == model("convnext").preprocessing
    # Resized alike, coloured otherwise: the picture is resized once.
    assert model("resnet").preprocessing != model("convnext").preprocessing
    assert model("resnet").preprocessing.geometry == model("convnext").preprocessing.geometry


def test_no_pictures(model: Any) -> None:
    assert model("clip").encode([]).shape == (0, 32)
    seen = ImageModels([model("vit_classifier")])([])[0]
    assert seen.logits is not None
    assert seen.logits.shape == (0, len(LABELS))


def test_a_backbone_without_its_pooler_gives_the_class_token_not_random_numbers(tmp_path: Path) -> None:
    folder = made.make_vit(tmp_path, pooler=False)
    found = open_image_encoder(str(folder), device="cpu").encode(PICTURES)
    np.testing.assert_allclose(found, unit(plainly(folder, class_token)), atol=1e-5)


def test_missing_weights_are_refused(tmp_path: Path) -> None:
    folder = made.make_vit(tmp_path)
    made._drop_weights(folder, "layernorm")
    with pytest.raises(ModelError, match=r"the weights lack layernorm\.bias.*not a whole tower"):
        open_image_encoder(str(folder), device="cpu")


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    folder = made.make_resnet(tmp_path)
    checkpoints.pickle_weights(folder)
    with pytest.raises(ModelError, match=r"only pickled weights \(pytorch_model.bin\)"):
        open_image_encoder(str(folder), device="cpu")


def test_code_of_a_checkpoint_is_not_run(tmp_path: Path) -> None:
    folder = made.make_vit(tmp_path / "model")
    ran = tmp_path / "ran"
    (folder / "own.py").write_text(f"open({str(ran)!r}, 'w')\nclass Own: pass\n")
    made.edit_json(folder / "config.json", model_type="own", auto_map={"AutoConfig": "own.Own"})
    with pytest.raises(ModelError, match=r"config\.json is of no model that transformers has"):
        open_image_encoder(str(folder), device="cpu")
    made.edit_json(folder / "config.json", model_type="vit", auto_map={})
    changes = {"image_processor_type": None, "auto_map": {"AutoImageProcessor": "own.Own"}}
    made.edit_json(folder / "preprocessor_config.json", **changes)
    open_image_encoder(str(folder), device="cpu")  # with the processor of its model type
    assert not ran.exists()


def test_no_image_processor(tmp_path: Path) -> None:
    folder = made.make_vit(tmp_path)
    (folder / "preprocessor_config.json").unlink()
    with pytest.raises(ModelError, match=r"no usable image processor.*preprocessor_config\.json"):
        open_image_encoder(str(folder), device="cpu")


def test_a_model_of_texts_is_refused(tmp_path: Path) -> None:
    from transformers import BertConfig, BertModel

    BertModel(BertConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=1)).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="no usable image processor"):
        open_image_encoder(str(tmp_path), device="cpu")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("timm:resnet18.a1_in1k", "pip install 'laionet[timm]'"),
        ("open_clip:laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "pip install 'laionet[open-clip]'"),
    ],
)
def test_a_missing_extra_names_its_line(name: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from laionet.errors import MissingExtra

    for module in ("timm", "open_clip"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra) as raised:
        open_image_encoder(name)
    assert str(raised.value).endswith(line)


def test_a_mini_web_model_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        ModelError, match=r"mini-web/nothing: no such model of the mini-web; this installation has"
    ):
        open_image_encoder("mini-web/nothing")


def test_a_mini_web_model_is_found_in_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import laionet

    monkeypatch.setattr(laionet, "__file__", str(tmp_path / "__init__.py"))
    folder = made.make_resnet(tmp_path / "data" / "mini_web_models" / "resnet")
    assert image_facts("mini-web/resnet").digest == image_facts(str(folder)).digest
    with pytest.raises(ModelError, match=r"this installation has mini-web/resnet$"):
        image_facts("mini-web/../resnet")


def test_the_digest_is_of_weights_configuration_and_preprocessing(tmp_path: Path) -> None:
    one = made.make_convnext(tmp_path / "one")
    two = made.make_convnext(tmp_path / "two")
    before = image_facts(str(one)).digest
    assert image_facts(str(two)).digest == before
    (two / "README.md").write_text("other")
    assert image_facts(str(two)).digest == before
    made.edit_json(two / "preprocessor_config.json", crop_pct=0.9)
    assert image_facts(str(two)).digest != before


def test_bf16_is_near_fp32(folder: Any, model: Any) -> None:
    rough = open_image_encoder(str(folder("convnext")), device="cpu", precision="bf16").encode(PICTURES)
    assert rough.dtype == np.float32
    assert 0 < np.abs(rough - model("convnext").encode(PICTURES)).max() < 0.05
    np.testing.assert_allclose(np.linalg.norm(rough, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("name", ["vit_classifier", "resnet_classifier"])
def test_company_changes_no_bit_in_bf16(name: str, folder: Any, model: Any) -> None:
    rough = open_image_model(str(folder(name)), device="cpu", precision="bf16")
    whole = ImageModels([rough])(PICTURES)[0]
    assert 0 < np.abs(whole.embeddings - ImageModels([model(name)])(PICTURES)[0].embeddings).max() < 0.05
    for chosen in ([0], [5, 2, 7], list(range(11))):
        some = ImageModels([rough])([PICTURES[at] for at in chosen])[0]
        np.testing.assert_array_equal(some.embeddings, whole.embeddings[chosen])


@pytest.mark.parametrize("way", [ahead, in_turn])
def test_work_in_threads_keeps_order_and_its_bound(way: Any) -> None:
    asked: list[int] = []

    def items() -> Any:
        for at in range(21):
            asked.append(at)
            yield at

    with ThreadPoolExecutor(3) as pool:
        results = way(pool, lambda at: at * at, items(), 4)
        assert next(results) == 0
        assert len(asked) == 4
        assert list(results) == [at * at for at in range(1, 21)]


def test_pictures_that_cannot_be_read_have_no_rows(model: Any) -> None:
    models = ImageModels([model("resnet"), model("clip")], threads=2)
    whole = models(PICTURES)
    gaps = [PICTURES[at // 3] if at % 3 == 1 else None for at in range(3 * len(PICTURES))]
    for part, all_of in zip(models.see(gaps, lambda picture: picture), whole, strict=True):
        np.testing.assert_array_equal(part.embeddings, all_of.embeddings)


def test_beside_a_gpu_pictures_are_prepared_ahead_with_the_same_result(model: Any) -> None:
    models = ImageModels([model("resnet"), model("clip")], threads=2)
    whole = models(PICTURES)
    models._on_cpu = False
    for part, all_of in zip(models(PICTURES), whole, strict=True):
        np.testing.assert_array_equal(part.embeddings, all_of.embeddings)


@pytest.mark.parametrize("name", ["clip", "vit", "beit", "convnext"])
def test_linear_layers_of_known_architectures_are_laid_out_in_advance(name: str, folder: Any) -> None:
    from laionet.models.image_towers import load_image_tower
    from laionet.models.prepacked import PrepackedLinear
    from laionet.models.preprocess import load_preprocessing

    facts = image_facts(str(folder(name)))
    tower = load_image_tower(facts.folder, facts.kind, name, load_preprocessing(facts.folder, name))
    linear = sum(isinstance(module, torch.nn.Linear) for module in tower.body.modules())
    assert linear >= 4
    ImageModel(tower, name=name, facts=facts, device=torch.device("cpu"), precision="fp32", dtype=torch.float32)
    if torch.backends.mkldnn.is_available():
        assert sum(isinstance(module, PrepackedLinear) for module in tower.body.modules()) == linear
