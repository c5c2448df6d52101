"""Options that several commands share, and how they become a recipe. Names and defaults live in ``recipe.py``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from laionet.recipe import Recipe

MoreFiles = Annotated[list[str] | None, typer.Argument(metavar="[FILES]", help="More corpus files.")]
RecipeFile = Annotated[Path | None, typer.Option(metavar="FILE", help="Recipe, a TOML file; options go over it.")]
Preset = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="paper-clip, paper-mpnet, paper-clip-top50 or paper-mpnet-top50."),
]
Corpus = Annotated[
    list[str] | None,
    typer.Option(metavar="FILE", help="Captions: file, folder, glob or URI; may be given again."),
]
Out = Annotated[Path, typer.Option(metavar="DIR", help="Folder to write.")]
RunPath = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a run, as given to --out.")]
Update = Annotated[bool, typer.Option("--update", help="Redo what a changed recipe or corpus touches.")]
Name = Annotated[str | None, typer.Option(metavar="TEXT", help="What to call the dataset.")]
Classes = Annotated[
    str | None,
    typer.Option(metavar="LIST", help="imagenet1k, wordnet:NAME,..., subtree:NAME, or a CSV file."),
]
Lemmas = Annotated[
    str | None, typer.Option(metavar="POLICY", help="unique-in-list (paper), unique-in-wordnet, or all.")
]
Text = Annotated[
    str | None, typer.Option(metavar="TEMPLATE", help="Synset text: a name, or '{name} which is ...'.")
]
Layout = Annotated[
    str | None, typer.Option(metavar="NAME", help="Layout of the corpus; detected where not given.")
]
Column = Annotated[
    list[str] | None, typer.Option(metavar="FIELD=COLUMN", help="Column of one's own, as caption=alt.")
]
RulesName = Annotated[
    str | None, typer.Option("--rules", metavar="RULES", help="Match rules: web (default) or paper.")
]
Plurals = Annotated[bool | None, typer.Option("--plurals/--no-plurals", help="Plural forms match too.")]
Encoder = Annotated[
    str | None,
    typer.Option(metavar="MODEL", help="Text encoder: embedded, a Hugging Face checkpoint, or its folder."),
]
Threshold = Annotated[float | None, typer.Option(metavar="COSINE", help="Keep similarity strictly above this.")]
TopK = Annotated[int | None, typer.Option(metavar="K", help="Keep the k most similar of each class.")]
Cap = Annotated[int | None, typer.Option(metavar="N", help="Keep at most N of each class, drawn by the seed.")]
Seed = Annotated[int | None, typer.Option(metavar="N", help="Seed of every random draw.")]
Knob = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="SECTION.KNOB=VALUE", help="Any knob of the recipe; the value as in TOML."),
]
Workers = Annotated[int | None, typer.Option(metavar="N", help="Processes at once; 0: one per core, or per GPU.")]
Engine = Annotated[str | None, typer.Option("--engine", metavar="NAME", help="local, or ray for a cluster.")]
Device = Annotated[str | None, typer.Option(metavar="DEVICE", help="auto, cpu, cuda, cuda:1, mps.")]
KeepDropped = Annotated[
    bool | None, typer.Option("--keep-dropped", help="Write the dropped rows too, with their reasons.")
]
Encoders = Annotated[
    list[str] | None, typer.Option("--encoder", metavar="MODEL", help="Image encoder; may be given again.")
]
Classifiers = Annotated[
    list[str] | None,
    typer.Option("--classifier", metavar="MODEL", help="Classifier, or paper for its 29; may be given again."),
]
ZeroShot = Annotated[
    list[str] | None,
    typer.Option(metavar="MODEL", help="CLIP or SigLIP that classifies by synset texts; may be given again."),
]
Keep = Annotated[
    str | None, typer.Option(metavar="FORM", help="Keep images as tar (webdataset), in parquet, or none.")
]
Connections = Annotated[int | None, typer.Option(metavar="N", help="Requests under way at once.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]

_KNOBS = {
    "name": "name",
    "classes": "classes__source",
    "lemmas": "classes__lemmas",
    "text": "classes__text",
    "layout": "corpus__layout",
    "rules": "match__rules",
    "plurals": "match__plurals",
    "encoder": "score__encoder",
    "threshold": "select__threshold",
    "top_k": "select__top_k",
    "cap": "select__cap",
    "seed": "seed",
    "workers": "run__workers",
    "engine": "run__engine",
    "device": "run__device",
    "keep_dropped": "run__keep_dropped",
    "connections": "run__connections",
    "keep": "fetch__keep",
    "text_reader": "read_text__engine",
    "east": "read_text__east",
    "trocr": "read_text__trocr",
    "images": "pictures__where",
    "image_layout": "pictures__layout",
    "labels": "pictures__labels",
    "split": "pictures__split",
    "precision": "describe__precision",
    "predictions": "describe__top_k",
}
#: Options that may be given again, each replacing the recipe's list.
_LISTS = {
    "encoders": "describe__encoders",
    "classifiers": "describe__classifiers",
    "zero_shot": "describe__zero_shot",
}


def changes(given: Mapping[str, Any]) -> dict[str, Any]:
    """Knobs by dotted name from a command's options; those not given are absent."""
    found = {knob: given[option] for option, knob in _KNOBS.items() if given.get(option) is not None}
    found |= {knob: tuple(given[option]) for option, knob in _LISTS.items() if given.get(option)}
    files = [*(given.get("corpus") or []), *(given.get("more") or [])]
    if files:
        found["corpus__files"] = tuple(files)
    for pair in given.get("column") or []:
        field, column = _split(pair, "--column caption=alt")
        found[f"corpus__columns__{field}"] = column
    for pair in given.get("knob") or []:
        knob, value = _split(pair, "--set select.threshold=0.6")
        found[knob.replace(".", "__")] = _toml_value(value)
    return found


def recipe(path: Path | None, preset: str | None, changed: Mapping[str, Any]) -> Recipe:
    """The recipe of a command: defaults, preset, file, options."""
    from laionet.recipe import load_recipe

    return load_recipe(path, preset, **changed)


def recipe_in(folder: Path, changed: Mapping[str, Any], preset: str | None = None) -> Recipe:
    """The recipe of a run's folder with a preset's selection and the given knobs put over it."""
    from laionet.errors import RecipeError
    from laionet.flow.folder import RunFolder
    from laionet.recipe import PRESETS, load_recipe

    current = RunFolder(folder).recipe()
    if preset is not None and preset not in PRESETS:
        raise RecipeError(f"There is no preset {preset!r}; choose one of {', '.join(PRESETS)}.")
    if preset is not None and PRESETS[preset]["score"]["encoder"] != current.score.encoder:
        raise RecipeError(
            f"The threshold of {preset} is for {PRESETS[preset]['score']['encoder']}, and {folder} was scored "
            f"with {current.score.encoder}. Score it again with that encoder, or give --threshold."
        )
    over = {f"select__{knob}": value for knob, value in PRESETS[preset]["select"].items()} if preset else {}
    return load_recipe(folder / "recipe.toml", None, **{**over, **changed})


def say_version(value: bool) -> None:
    """Print the version and leave."""
    if value:
        from laionet import __version__

        print(f"laionet {__version__}")
        raise typer.Exit


def _split(pair: str, example: str) -> tuple[str, str]:
    left, equals, right = pair.partition("=")
    if not equals or not left:
        raise typer.BadParameter(f"{pair!r} is not of the form NAME=VALUE, for example {example}")
    return left.strip(), right.strip()


def _toml_value(text: str) -> Any:
    import tomllib

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
