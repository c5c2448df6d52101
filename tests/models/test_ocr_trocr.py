"""TrOCR over EAST's boxes: as the library reads each crop, and independent of the pictures around."""

import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

import checkpoints
from laionet.errors import ModelError
from laionet.models.ocr import open_text_reader, reader_digest
from laionet.models.ocr_trocr import EastTrocrReader, cut_out, load_trocr

CPU = torch.device("cpu")


def make_trocr(folder):
    """A whole TrOCR with random weights: ViT of 32 x 32 pixels, TrOCR's decoder, word tokenizer."""
    from transformers import (
        BertTokenizer,
        TrOCRConfig,
        VisionEncoderDecoderConfig,
        VisionEncoderDecoderModel,
        ViTConfig,
    )

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {word: index for index, word in enumerate([*special, *checkpoints.WORDS])}
    encoder = ViTConfig(image_size=32, patch_size=8, **checkpoints.SIZES)
    decoder = TrOCRConfig(
        vocab_size=len(vocabulary),
        d_model=64,
        decoder_layers=2,
        decoder_attention_heads=2,
        decoder_ffn_dim=128,
        cross_attention_hidden_size=64,
        pad_token_id=0,
        bos_token_id=2,
        eos_token_id=3,
        decoder_start_token_id=2,
        max_position_embeddings=64,
    )
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(encoder, decoder)
    config.decoder_start_token_id, config.pad_token_id, config.eos_token_id = 2, 0, 3
    model = VisionEncoderDecoderModel(config).eval()
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():  # weights so large that crops differ in text and length
        for name, parameter in sorted(model.named_parameters()):
            values = torch.randn(parameter.shape, generator=generator)
            if parameter.ndim < 2:
                parameter.copy_(0.2 * values + name.endswith("weight"))
            else:
                parameter.copy_(values if "embed" in name else 4 * values / parameter[0].numel() ** 0.5)
    generation = model.generation_config
    generation.decoder_start_token_id, generation.pad_token_id, generation.eos_token_id = 2, 0, 3
    model.save_pretrained(folder)
    BertTokenizer(vocab=vocabulary, eos_token="[SEP]", bos_token="[CLS]").save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(
        '{"image_processor_type": "ViTImageProcessor", "do_resize": true, "size": {"height": 32, "width": 32},'
        ' "resample": 2, "do_rescale": true, "rescale_factor": 0.00392156862745098, "do_normalize": true,'
        ' "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}'
    )
    return folder


@pytest.fixture(scope="module")
def trocr(tmp_path_factory):
    return make_trocr(tmp_path_factory.mktemp("trocr"))


def crops(n, seed=0):
    draw = np.random.default_rng(seed)
    return [
        draw.integers(0, 256, (int(draw.integers(8, 40)), int(draw.integers(8, 90)), 3), np.uint8)
        for _ in range(n)
    ]


def by_the_library(folder, crop):
    """Text and mean probability of one crop, by the library's processor and ``compute_transition_scores``."""
    from transformers import AutoTokenizer, VisionEncoderDecoderModel, ViTImageProcessorPil

    model = VisionEncoderDecoderModel.from_pretrained(folder).eval()
    processor, tokenizer = ViTImageProcessorPil.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    pixels = torch.from_numpy(np.stack(processor(images=[Image.fromarray(crop)])["pixel_values"]))
    out = model.generate(
        pixel_values=pixels, max_new_tokens=32, output_scores=True, return_dict_in_generate=True, num_beams=1
    )
    steps = model.compute_transition_scores(out.sequences, out.scores, normalize_logits=True)
    return tokenizer.decode(out.sequences[0], skip_special_tokens=True).strip(), float(steps.mean().exp())


def test_each_crop_is_read_as_the_library_reads_it_alone(trocr):
    some = crops(20)
    found = load_trocr(str(trocr), CPU, torch.float32).recognise(some)
    assert len({text for text, _ in found}) > 10
    assert len({len(text.split()) for text, _ in found}) > 3
    for crop, (text, confidence) in zip(some[:6] + some[-2:], found[:6] + found[-2:], strict=True):
        theirs, chance = by_the_library(trocr, crop)
        assert text == theirs
        assert confidence == pytest.approx(chance, rel=1e-4)
        assert 0 <= confidence <= 1


def test_a_checkpoints_own_way_to_search_and_its_limit_do_not_matter_and_nothing_is_said(trocr, tmp_path, capfd):
    copy = shutil.copytree(trocr, tmp_path / "copy")
    path = copy / "generation_config.json"
    own = {"max_length": 3, "num_beams": 4, "early_stopping": True, "length_penalty": 2.0}
    path.write_text(json.dumps(json.loads(path.read_text()) | own))
    some = crops(3)
    plain = load_trocr(str(trocr), CPU, torch.float32).recognise(some)
    capfd.readouterr()
    assert load_trocr(str(copy), CPU, torch.float32).recognise(some) == plain
    assert capfd.readouterr().err == ""


def test_half_precision_reads_too(trocr):
    for text, confidence in load_trocr(str(trocr), CPU, torch.bfloat16).recognise(crops(2)):
        assert text
        assert 0 < confidence <= 1


def test_no_crops_give_no_text(trocr):
    assert load_trocr(str(trocr), CPU, torch.float32).recognise([]) == []


class Halves:
    """Finds two boxes: the left and the right half, the second beyond the edge."""

    def boxes(self, image):
        w, h = image.size
        left = np.array([[0, 0], [w / 2, 0], [w / 2, h], [0, h]], np.float32)
        return np.stack([left, left + np.array([w / 2 + 3, 0], np.float32)])


def test_what_is_read_in_a_picture_does_not_depend_on_the_pictures_around_it(trocr):
    reader = EastTrocrReader(Halves(), load_trocr(str(trocr), CPU, torch.float32), "digest")
    images = [Image.fromarray(crop) for crop in crops(5, seed=1)]
    together = reader.read(images)
    for image, lines in zip(images, together, strict=True):
        alone = reader.read([image])[0]
        assert [(line.text, line.confidence) for line in alone] == [(line.text, line.confidence) for line in lines]
        for line in lines:
            assert line.box.shape == (4, 2)
            assert (line.box >= 0).all()
            assert (line.box <= image.size).all()


def test_a_turned_box_is_cut_out_upright():
    pixels = np.zeros((100, 100, 3), np.uint8)
    pixels[20:80, 40:60] = (255, 0, 0)  # a bar whose text would run upwards: top left of it is at the bottom left
    pixels[70:80, 40:60] = (0, 255, 0)
    box = np.array([[40, 80], [40, 20], [60, 20], [60, 80]], np.float32)
    cut = cut_out(pixels, box)
    assert cut.shape == (24, 64, 3)
    assert cut[12, 6].tolist() == [0, 255, 0]
    assert cut[12, 40].tolist() == [255, 0, 0]
    assert cut[0].max() < 128  # the margin


def test_pickled_weights_and_other_models_are_refused(trocr, tmp_path):
    spoiled = shutil.copytree(trocr, tmp_path / "pickled")
    checkpoints.pickle_weights(spoiled)
    with pytest.raises(ModelError, match="pickled"):
        load_trocr(str(spoiled), CPU, torch.float32)
    clip = checkpoints.make_clip(tmp_path / "clip")
    with pytest.raises(ModelError, match="no TrOCR"):
        load_trocr(str(clip), CPU, torch.float32)


def test_a_missing_detector_is_told_how_to_get_it(trocr, tmp_path):
    with pytest.raises(ModelError, match=r"frozen_east_text_detection\.pb"):
        open_text_reader("east-trocr", trocr=str(trocr))
    with pytest.raises(ModelError, match="no such file"):
        reader_digest("east-trocr", trocr=str(trocr), east=str(tmp_path / "east.pb"))


def test_the_digest_follows_the_files_of_both_models(trocr, tmp_path):
    east = tmp_path / "east.pb"
    east.write_bytes(b"one")
    first = reader_digest("east-trocr", trocr=str(trocr), east=str(east))
    copy = shutil.copytree(trocr, tmp_path / "copy")
    assert reader_digest("east-trocr", trocr=str(copy), east=str(east)) == first
    for change in (
        lambda: east.write_bytes(b"two"),
        lambda: (copy / "preprocessor_config.json").write_text("{}"),
        lambda: (copy / "generation_config.json").write_text("{}"),
    ):
        before = reader_digest("east-trocr", trocr=str(copy), east=str(east))
        change()
        assert reader_digest("east-trocr", trocr=str(copy), east=str(east)) != before
