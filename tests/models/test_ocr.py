"""RapidOCR as it comes in its package: offline, quiet, one picture at a time."""

import logging
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from laionet.errors import ModelError
from laionet.models import ocr_rapid
from laionet.models.ocr import open_text_reader, reader_digest


@pytest.fixture(scope="module")
def reader():
    return open_text_reader()


def written(*words, size=(256, 256), height=32, at=(20, 20), ground="white"):
    """A picture with these words one below the other."""
    image = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    for number, word in enumerate(words):
        draw.text((at[0], at[1] + number * 2 * height), word, "black", ImageFont.load_default(height))
    return image


def texts(lines):
    return [line.text for line in lines]


def told(lines):
    return [(line.text, line.confidence, line.box.tolist()) for line in lines]


def test_lines_are_read_from_top_to_bottom_with_their_boxes(reader):
    lines = reader.read([written("crane", "for sale", "drum")])[0]
    assert texts(lines) == ["crane", "for sale", "drum"]
    for line, top in zip(lines, (20, 84, 148), strict=True):
        assert 0.9 < line.confidence <= 1
        assert line.box.shape == (4, 2)
        assert line.box.dtype == np.float32
        assert line.box[:, 0].min() == pytest.approx(20, abs=10)
        assert line.box[:, 1].mean() == pytest.approx(top + 20, abs=10)


def test_an_empty_picture_has_no_lines(reader):
    assert reader.read([Image.new("RGB", (256, 256), "grey")]) == [[]]
    assert reader.read([]) == []


def test_what_is_read_in_a_picture_does_not_depend_on_the_pictures_around_it(reader):
    images = [
        written("crane", "an electric guitar shop", height=20),
        Image.new("RGB", (64, 64)),
        written("bee", height=60),
        written("soccer", size=(500, 300)),
    ]
    alone = [told(reader.read([image])[0]) for image in images]
    assert [told(lines) for lines in reader.read(images)] == alone
    assert [told(lines) for lines in reader.read(images[::-1])] == alone[::-1]


def test_a_line_is_read_alike_whatever_other_lines_are_in_the_picture(reader):
    short, both = written("bee"), written("bee", "very long words here", height=32)
    (alone,) = reader.read([short])[0]
    first = reader.read([both])[0][0]
    assert (first.text, first.confidence) == (alone.text, pytest.approx(alone.confidence, abs=0.01))


def test_threads_change_no_result(reader):
    image = written("crane", "electric guitar", height=24)
    assert told(open_text_reader(threads=64).read([image])[0]) == told(reader.read([image])[0])


@pytest.mark.parametrize(("side", "height"), [(128, 18), (700, 30), (3000, 150)])
def test_words_are_read_in_small_and_large_pictures_at_their_place(reader, side, height):
    image = written("hammer", size=(side, side), height=height, at=(side // 5, side // 2))
    (line,) = reader.read([image])[0]
    assert line.text == "hammer"
    assert np.allclose(line.box[0], (side // 5, side // 2), atol=1.0 * height)
    assert line.box.max() <= side


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (20000, 30), (30, 20000), (33, 31)])
def test_pictures_of_any_shape_are_read(reader, size):
    assert isinstance(reader.read([Image.new("RGB", size, "white")])[0], list)
    pixels, _ = ocr_rapid.prepared(Image.new("RGB", size))
    assert all(64 <= side <= 1280 for side in pixels.shape[:2])


def test_words_in_a_narrow_banner_are_read(reader):
    (line,) = reader.read([written("lighthouse", size=(1200, 50), at=(500, 2))])[0]
    assert line.text == "lighthouse"


def test_colours_reach_the_engine_as_blue_green_red():
    pixels, scale = ocr_rapid.prepared(Image.new("RGB", (512, 512), (255, 0, 7)))
    assert pixels[5, 5].tolist() == [7, 0, 255]
    assert scale.tolist() == [1, 1]


def test_nothing_is_asked_of_the_network_and_nothing_left_at_home(tmp_path):
    """In a fresh process, where any connection fails; onnxruntime would leave a file to report from later."""
    script = (
        "import socket\n"
        "def refuse(*a, **k): raise SystemExit('asked the network')\n"
        "socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse\n"
        "from PIL import Image, ImageDraw, ImageFont\n"
        "from laionet.models.ocr import open_text_reader\n"
        "image = Image.new('RGB', (256, 256), 'white')\n"
        "ImageDraw.Draw(image).text((20, 90), 'crane', 'black', ImageFont.load_default(48))\n"
        "print([line.text for line in open_text_reader().read([image, Image.new('RGB', (64, 64))])[0]])\n"
    )
    env = {"HOME": str(tmp_path), "PATH": ""}
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=env, timeout=120)
    assert (run.stdout, run.stderr, run.returncode) == ("['crane']\n", "", 0)
    assert list(tmp_path.iterdir()) == []


def test_the_engine_says_nothing(capfd, caplog):
    with caplog.at_level(logging.DEBUG):
        open_text_reader().read([written("crane"), Image.new("RGB", (64, 64))])
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


def test_the_digest_is_known_without_loading_and_follows_models_and_settings(reader, monkeypatch, tmp_path):
    assert reader.digest == reader_digest()
    before = reader_digest()
    monkeypatch.setitem(ocr_rapid.SETTINGS, "Det.box_thresh", 0.6)
    assert reader_digest() != before
    monkeypatch.undo()
    files = {part: shutil.copy(path, tmp_path) for part, path in ocr_rapid.model_files().items()}
    with open(files["Rec"], "ab") as file:
        file.write(b"\0")
    monkeypatch.setattr(ocr_rapid, "model_files", lambda: {p: type(tmp_path)(f) for p, f in files.items()})
    assert reader_digest() != before


def test_unknown_engines_and_impossible_threads_are_refused():
    with pytest.raises(ModelError, match="rapidocr or east-trocr"):
        open_text_reader("tesseract")
    with pytest.raises(ModelError, match="rapidocr or east-trocr"):
        reader_digest("tesseract")
    with pytest.raises(ModelError, match="threads"):
        open_text_reader(threads=0)


def test_a_package_without_its_models_is_told_how_to_mend(monkeypatch, tmp_path):
    (tmp_path / "rapidocr").mkdir()
    spec = type("Spec", (), {"origin": str(tmp_path / "rapidocr" / "__init__.py")})
    monkeypatch.setattr("importlib.util.find_spec", lambda name: spec)
    with pytest.raises(ModelError, match="force-reinstall"):
        reader_digest()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelError, match="pip install rapidocr"):
        reader_digest()


def test_importing_the_module_loads_no_engine():
    heavy = "('cv2', 'rapidocr', 'onnxruntime', 'torch', 'PIL')"
    script = f"import sys, laionet.models.ocr; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert run.stdout == "[]\n"
