import importlib.util
import json
from pathlib import Path

import pytest

from laionet.errors import ClassListError

ROOT = Path(__file__).resolve().parent.parent.parent
SHIPPED = ROOT / "src" / "laionet" / "vocab"
FILES = ("imagenet1k.csv", "WORDNET-LICENSE.txt", "imagenet1k_tree.csv")


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("make_imagenet1k", ROOT / "scripts" / "make_imagenet1k.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_makes_the_shipped_files_byte_for_byte_from_their_own_order(script, wordnet, tmp_path):
    assert script.main(["--check", "--wordnet", str(wordnet.folder)]) == 0
    order = str(SHIPPED / "imagenet1k.csv")
    assert script.main(["--order", order, "--out", str(tmp_path), "--wordnet", str(wordnet.folder)]) == 0
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (SHIPPED / name).read_bytes()


def test_it_makes_the_shipped_table_from_the_published_order(script, wordnet, real_data, tmp_path):
    order = str(real_data / "imagenet1k_class_info.json")
    assert script.main(["--order", order, "--out", str(tmp_path), "--wordnet", str(wordnet.folder)]) == 0
    assert (tmp_path / FILES[0]).read_bytes() == (SHIPPED / FILES[0]).read_bytes()


def test_check_finds_a_difference_and_writes_nothing(script, wordnet, tmp_path):
    changed = (SHIPPED / FILES[0]).read_bytes().replace(b"tench", b"tensh")
    (tmp_path / FILES[0]).write_bytes(changed)
    assert script.main(["--check", "--out", str(tmp_path), "--wordnet", str(wordnet.folder)]) == 1
    assert (tmp_path / FILES[0]).read_bytes() == changed
    assert not (tmp_path / FILES[1]).exists()


def test_an_order_of_another_length_is_refused(script, tmp_path):
    path = tmp_path / "order.json"
    path.write_text(json.dumps([{"wnid": "n02110185"}]))
    with pytest.raises(ClassListError, match="1 different wnids; 1000 are needed"):
        script.read_order(path)


def test_the_licence_is_shipped_with_the_table():
    text = (SHIPPED / FILES[1]).read_text("utf-8")
    assert text.startswith("This software and database is being provided to you")
    assert "WordNet 3.0 Copyright 2006 by Princeton University" in text
