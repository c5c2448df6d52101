"""Classes of real captions and a folder of photographs, through every named architecture at once."""

import csv

import numpy as np
import pytest
from PIL import Image

import image_checkpoints as make
from laionet.flow.images import ImageRun
from laionet.models.classifier import open_classifier
from laionet.recipe import load_recipe
from laionet.shards import read_json, read_table
from laionet.vocab import load_classes

CLASSIFIERS = ("resnet", "vit", "convnext", "beit")
TEXT_IMAGE = ("clip", "siglip")


@pytest.fixture(scope="module")
def wnids(real_data):
    """The classes that the paper's rules find in 1,000 real web captions."""
    lines = csv.DictReader((real_data / "web_captions_1000.paper_matches.csv").open(encoding="utf-8"))
    return list(dict.fromkeys(line["wnid"] for line in lines))


@pytest.fixture(scope="module")
def photographs(tmp_path_factory, wnids):
    """An ImageFolder of crops of two photographs that come with scikit-learn, two a class, of any size."""
    from sklearn.datasets import load_sample_images

    folder, draw = tmp_path_factory.mktemp("photographs"), np.random.default_rng(0)
    photos = [Image.fromarray(image) for image in load_sample_images().images]
    for wnid in wnids:
        (folder / wnid).mkdir()
        for number, photo in enumerate(photos):
            left, top = draw.integers(0, 200, 2)
            wide, high = draw.integers(90, 227, 2)
            photo.crop((left, top, left + wide, top + high)).save(folder / wnid / f"{number}.jpg", quality=90)
    return folder


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    labels = make.imagenet_labels()
    made = {name: getattr(make, f"make_{name}")(folder / name, labels=labels) for name in CLASSIFIERS}
    return made | {name: getattr(make, f"make_{name}")(folder / name) for name in TEXT_IMAGE}


def test_photographs_of_real_classes_go_through_all_architectures(photographs, checkpoints, wnids, tmp_path):
    source = "wordnet:" + ",".join(wnids)
    paths = {name: str(path) for name, path in checkpoints.items()}
    recipe = load_recipe(
        name="photographs",
        classes__source=source,
        pictures__where=str(photographs),
        describe__encoders=tuple(paths.values()),
        describe__classifiers=tuple(paths[name] for name in CLASSIFIERS),
        describe__zero_shot=tuple(paths[name] for name in TEXT_IMAGE),
        run__workers=1,
        run__device="cpu",
    )
    out = tmp_path / "described"
    ImageRun(recipe, out).describe()
    table = read_table(out / "describe" / "00000.parquet")
    assert read_json(out / "pictures.json")["layout"] == "imagefolder"
    assert len(table) == 2 * len(wnids) > 40
    assert sorted(set(table["wnid"].to_pylist())) == sorted(wnids)
    for name in paths:
        embeddings = np.array(table[f"embedding/{name}"].to_pylist())
        np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)
        assert np.unique(embeddings.round(6), axis=0).shape[0] > len(wnids)
    for name in TEXT_IMAGE:
        own = np.array(table[f"synset_similarity/{name}"])
        assert ((own >= -1) & (own <= 1)).all()
        assert np.array(table[f"zero_shot/{name}"].to_pylist()).min() >= 0
    classes = load_classes(source)
    images = [Image.open(photographs / sample) for sample in table["sample"].to_pylist()]
    for name in CLASSIFIERS:
        alone = open_classifier(paths[name], classes, device="cpu").predict(images)
        np.testing.assert_array_equal(np.array(table[f"top/{name}"].to_pylist()), alone.labels)
        assert (alone.labels == -1).any()
