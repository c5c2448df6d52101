"""What a user names for a comparison: a run's folder, a table of embeddings, or images, which are described."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from laionet.errors import CorpusError, LaionetError, LayoutError, ModelError, OutputError
from laionet.events import Event, Listener
from laionet.flow.comparing.described import Described, open_described
from laionet.flow.images import ImageRun
from laionet.images.folders import list_images
from laionet.images.labels import KEYS, fold, labels_of
from laionet.images.places import detect, find_place
from laionet.recipe import Recipe, load_recipe
from laionet.vocab import ClassList, Synset, load_classes

#: Describes images where nothing else is asked for and no dataset was described before.
USUAL = "openai/clip-vit-base-patch32"
#: Stands in for it where there is no network: small, and made for drawings.
STAND_IN = "mini-web/clip"


@dataclass(frozen=True)
class Wanted:
    """How images that are not described yet are to be.

    Attributes:
        knobs: of the recipe, by dotted name: models, classes, workers, device ...
        out: the comparison's folder.
        listener: called with events.
    """

    knobs: dict[str, Any]
    out: Path
    listener: Listener


def open_places(places: Sequence[str], titles: Sequence[str], wanted: Wanted) -> list[Described]:
    """Open what was named, in order; images are described first, all by the same models.

    Raises:
        OutputError: for a run without described images, or titles that are not one for each.
        LaionetError: for a place that is none, or whose images cannot be read.
    """
    if titles and len(titles) != len(places):
        raise OutputError(f"There are {len(titles)} names for {len(places)} datasets; give --name once for each.")
    kinds = [_kind(place) for place in places]
    opened: dict[int, Described] = {}
    for at, (place, kind) in enumerate(zip(places, kinds, strict=True)):
        if kind == "run":
            opened[at] = open_described(Path(place))
        elif kind == "table":
            opened[at] = open_table(Path(place))
    images = [at for at, kind in enumerate(kinds) if kind == "images"]
    if images:
        classes = _classes_for([places[at] for at in images], list(opened.values()), wanted)
        knobs = wanted.knobs | _models(list(opened.values()), wanted)
        for at in images:
            opened[at] = _describe(places[at], at, classes, knobs, wanted)
    for at, title in enumerate(titles):
        opened[at].title = title
    return [opened[at] for at in range(len(places))]


def _kind(place: str) -> str:
    path = Path(place).expanduser()
    if (path / "recipe.toml").exists():
        return "run"
    if path.is_file() and path.suffix == ".parquet" and any(map(_is_embedding, pq.read_schema(path))):
        return "table"
    return "images"


def _is_embedding(field: pa.Field) -> bool:
    lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    return any(is_list(field.type) for is_list in lists) and pa.types.is_floating(field.type.value_type)


def open_table(path: Path, title: str | None = None) -> Described:
    """A parquet table of embeddings: a class column (``wnid``, ``label`` or ``class``) and lists of floats.

    Its classes are those that it names, known by ImageNet's ids and names where they are these.

    Raises:
        CorpusError: where it has no class column.
    """
    table = pq.read_table(path)
    key = next((key for key in KEYS if key in table.column_names), None)
    if key is None:
        raise CorpusError(f"{path} has embeddings but no column of classes: name one wnid, label or class.")
    values = [str(value) for value in table[key].to_pylist()]
    classes = classes_named(sorted(set(values)))
    found = labels_of(classes)
    label = np.array([-1 if (one := found.find(value)) is None else one for value in values], dtype=np.int64)
    table = table.filter(pa.array(label >= 0))
    columns: dict[str, Any] = {"label": pa.array(label[label >= 0], pa.int32())}
    columns["sample"] = table["sample"] if "sample" in table.column_names else _numbers(len(table))
    for field in table.schema:
        if _is_embedding(field):
            columns[f"embedding/{field.name.removeprefix('embedding/')}"] = table[field.name]
        elif field.name.partition("/")[0] in ("top", "zero_shot", "synset_similarity"):
            columns[field.name] = table[field.name]
    return Described(title or path.stem, classes, pa.table(columns))


def _numbers(n: int) -> pa.Array:
    return pa.array([str(i) for i in range(n)], pa.string())


def classes_named(names: Sequence[str]) -> ClassList:
    """The class list that names stand for: ImageNet's where all are of it, else one class for each name."""
    imagenet = load_classes("imagenet1k")
    known = labels_of(imagenet)
    if all(known.named(name) is not None for name in names):
        return imagenet
    apart: dict[str, str] = {}
    for name in names:
        apart.setdefault(fold(name), name)
    return ClassList([_own_class(name) for name in apart.values()], "names of folders or of a table")


def _own_class(name: str) -> Synset:
    words = " ".join(re.sub(r"[|;_]+", " ", name).split())
    usable = words if any(letter.isalnum() for letter in words) else f"class {words}"
    return Synset(wnid=name, name=name, lemmas=(usable,), definition="")


def _classes_for(places: Sequence[str], opened: Sequence[Described], wanted: Wanted) -> ClassList:
    """One list for all images: the one asked for, that of a described dataset, or what the folders say."""
    if source := wanted.knobs.get("classes__source"):
        return load_classes(source)
    if opened:
        return opened[0].classes
    names: list[str] = []
    for place in places:
        where = find_place(place)
        if detect(where) != "imagefolder":
            return load_classes("imagenet1k")
        names += sorted({path.parts[0] for path in list_images(where.folder) if len(path.parts) > 1})
    if not names:
        raise LayoutError(f"{places[0]} has no folders of images; put the images of a class into a folder each.")
    return classes_named(list(dict.fromkeys(names)))


def _models(opened: Sequence[Described], wanted: Wanted) -> dict[str, Any]:
    """What to describe with where it was not said: what described datasets were, else CLIP."""
    if any(f"describe__{use}" in wanted.knobs for use in ("encoders", "classifiers", "zero_shot")):
        return {"describe__encoders": ()} if "describe__encoders" not in wanted.knobs else {}
    recipes = [load_recipe(one.folder / "recipe.toml") for one in opened if one.folder]
    if recipes:
        uses = ("encoders", "classifiers", "zero_shot")
        return {f"describe__{use}": getattr(recipes[0].describe, use) for use in uses}
    try:
        from laionet.models.image import image_facts

        image_facts(USUAL)
    except ModelError:
        text = (
            f"{USUAL} is neither in the cache nor to be had, so images are described by {STAND_IN}, which knows "
            "drawings of 24 classes and little of photographs: take its numbers as a trial. Name a model that is "
            "here with --encoder, or be online once."
        )
        wanted.listener(Event("note", text=text))
        return {"describe__encoders": (STAND_IN,)}
    return {"describe__encoders": (USUAL,)}


def _describe(place: str, at: int, classes: ClassList, knobs: dict[str, Any], wanted: Wanted) -> Described:
    """Describe images into the comparison's folder; done before, it is not done again."""
    title = find_place(place).name
    folder = wanted.out / "described" / f"{at + 1}-{re.sub(r'[^A-Za-z0-9.-]+', '-', title)[:60]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    listed = folder.parent / "classes.csv"
    classes.to_csv(listed)
    settings = {key: value for key, value in knobs.items() if not key.startswith("classes__")}
    recipe: Recipe = load_recipe(
        name=title,
        classes__source=str(listed),
        pictures__where=place if place.startswith("hf:") else str(Path(place).expanduser()),
        **settings,
    )
    try:
        ImageRun(recipe, folder, listener=wanted.listener, update=True).describe()
    except LaionetError as error:
        raise type(error)(f"{place}: {error}") from error
    return open_described(folder, title)
