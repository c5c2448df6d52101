"""What to do, as a TOML file: every knob, its unit, its default. Read top to bottom it is the documentation."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from laionet.errors import RecipeError


class Section(BaseModel):
    """A part of a recipe: frozen, and no knob that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Classes(Section):
    """Which classes, which lemmas stand for them, which text describes them."""

    source: str = Field("imagenet1k", description="imagenet1k, wordnet:NAME,..., subtree:NAME, or a CSV file")
    depth: int | None = Field(None, ge=0, description="levels below a subtree's root; none takes its leaves")
    lemmas: Literal["unique-in-list", "unique-in-wordnet", "all"] = Field(
        "unique-in-list", description="which lemmas count; the paper's is unique-in-list"
    )
    text: str = Field("name-def", description="synset text: a template's name, or a string with {name} ...")
    wordnet: str | None = Field(None, description="folder of WordNet 3.0's dict files, for other synsets")


class Corpus(Section):
    """Where captions come from."""

    files: tuple[str, ...] = Field((), description="files, folders, globs or URIs (s3, gs, https, hf)")
    layout: str = Field("auto", description="auto, or the name of a layout: see laionet corpus --layouts")
    columns: dict[str, str] = Field({}, description="column map of one's own, for example caption = 'alt'")
    rows_per_shard: int = Field(1_000_000, ge=1, description="rows of one unit of work, about")


class Match(Section):
    """Condition 1 of the paper: a lemma is in the caption."""

    rules: Literal["web", "paper"] = Field("web", description="what counts as the same word")
    plurals: bool = Field(False, description="the plural of a lemma's last word counts too")


class Score(Section):
    """Similarity of caption and synset text."""

    encoder: str = Field("embedded", description="embedded, a Hugging Face checkpoint, or its folder")
    precision: Literal["fp32", "bf16", "fp16"] = Field("fp32", description="arithmetic of the encoder")


class Select(Section):
    """Condition 2 of the paper, and its measures of safety and quality."""

    threshold: float = Field(0.5, ge=-1, le=1, description="keep similarity strictly above this; cosine")
    several_classes: Literal["lemmas", "labels", "best", "keep"] = Field(
        "lemmas",
        description="caption of several classes: dropped if lemmas of several are in it (paper), if several "
        "pass the threshold (labels), only the most similar class stays (best), or all stay (keep)",
    )
    nsfw_keep: tuple[str, ...] | None = Field(("UNLIKELY",), description="NSFW tags to keep; false: any")
    max_punsafe: float | None = Field(0.5, ge=0, le=1, description="keep punsafe up to this; false: any")
    max_nsfw_score: float | None = Field(0.5, ge=0, le=1, description="keep nsfw_score up to this; false: any")
    duplicate_captions: Literal["keep", "exact", "near"] = Field("keep", description="drop later ones")
    duplicate_urls: Literal["keep", "exact", "near"] = Field("keep", description="drop later ones")
    top_k: int | None = Field(None, ge=1, description="keep the k most similar of each class")
    cap: int | None = Field(None, ge=1, description="keep at most so many of each class, drawn by the seed")


class Sweep(Section):
    """Curves over thresholds (Figures 3 and 11)."""

    step: float = Field(0.005, gt=0, le=0.1, description="distance of thresholds; cosine")
    keep_classes: float = Field(
        0.95, gt=0, le=1, description="the suggested threshold keeps this share of the classes that have any"
    )


class Run(Section):
    """How fast and where; nothing here changes a result."""

    engine: Literal["local"] = Field("local", description="what maps stages over shards")
    workers: int = Field(0, ge=0, description="processes at once; 0: one per core, or per GPU")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:1, mps")
    batch_tokens: int = Field(0, ge=0, description="tokens encoded at once; 0: the encoder's own choice")
    shard_timeout_s: float | None = Field(None, gt=0, description="seconds until a shard counts as hung")
    keep_dropped: bool = Field(False, description="write the dropped rows too, with their reasons")


class Recipe(Section):
    """The whole recipe."""

    name: str = Field("text-only", description="what to call the dataset")
    seed: int = Field(0, description="of every random draw")
    classes: Classes = Classes()
    corpus: Corpus = Corpus()
    match: Match = Match()
    score: Score = Score()
    select: Select = Select()
    sweep: Sweep = Sweep()
    run: Run = Run()

    def settings(self) -> dict[str, Any]:
        """All that decides the result: everything but ``run`` and where files lie."""
        knobs = self.model_dump(mode="json", exclude={"run"})
        knobs["corpus"].pop("files")
        knobs["classes"].pop("wordnet")
        return knobs

    def digest(self) -> str:
        """sha256 of ``settings()``."""
        return hashlib.sha256(json.dumps(self.settings(), sort_keys=True).encode()).hexdigest()

    def to_toml(self) -> str:
        """The recipe with every knob written out; ``false`` stands for "no limit"."""
        import tomli_w

        return tomli_w.dumps(_write_none(self.model_dump(mode="json")))


#: Selections of the paper, by name: encoder, threshold, and whether only the 50 most similar stay.
PRESETS: dict[str, dict[str, Any]] = {
    f"paper-{name}{suffix}": {
        "match": {"rules": "paper"},
        "score": {"encoder": encoder},
        "select": {"threshold": threshold, "several_classes": "lemmas", **extra},
    }
    for name, encoder, threshold in (
        ("clip", "openai/clip-vit-base-patch32", 0.82),
        ("mpnet", "sentence-transformers/all-mpnet-base-v2", 0.58),
    )
    for suffix, extra in (("", {}), ("-top50", {"top_k": 50}))
}


def load_recipe(path: str | Path | None = None, preset: str | None = None, **changes: Any) -> Recipe:
    """Read a recipe; later sources win: defaults, preset, file, ``changes``.

    Args:
        path: TOML file; ``None`` for the defaults.
        preset: a name in ``PRESETS``.
        changes: knobs by dotted name with ``__`` for the dot, for example ``select__threshold=0.6``;
            those that are ``None`` are left as they were.

    Raises:
        RecipeError: naming the knob that is unknown or out of range, and the file.
    """
    knobs: dict[str, Any] = {}
    if preset is not None:
        if preset not in PRESETS:
            raise RecipeError(f"There is no preset {preset!r}; choose one of {', '.join(PRESETS)}.")
        knobs = merged(knobs, PRESETS[preset])
    if path is not None:
        knobs = merged(knobs, _read_toml(Path(path)))
    for name, value in changes.items():
        if value is not None:
            knobs = merged(knobs, _nested(name.split("__"), value))
    return recipe_of(knobs, str(path) if path is not None else "the recipe")


def recipe_of(knobs: dict[str, Any], where: str = "the recipe") -> Recipe:
    """Validate nested knobs; ``False`` stands for ``None``, which TOML cannot write."""
    try:
        return Recipe.model_validate(_read_none(knobs))
    except ValidationError as error:
        raise RecipeError(_explain(error, where)) from None


def differences(old: Recipe, new: Recipe) -> list[str]:
    """The knobs on which two recipes differ in result, one line each, as ``section.knob: old -> new``."""
    left, right = _flat(old.settings()), _flat(new.settings())
    return [
        f"{name}: {left.get(name)!r} -> {right.get(name)!r}"
        for name in sorted(left.keys() | right.keys())
        if left.get(name) != right.get(name)
    ]


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """``base`` with the knobs of ``over`` put over it, section by section."""
    result = dict(base)
    for name, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(name), dict)
        result[name] = merged(result[name], value) if both else value
    return result


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RecipeError(f"There is no recipe at {path}. The project's own are in recipes/.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} is not valid TOML: {error}") from None


def _explain(error: ValidationError, where: str) -> str:
    import difflib

    lines = []
    for problem in error.errors():
        name = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            known = _known_knobs([str(part) for part in problem["loc"][:-1]])
            near = difflib.get_close_matches(str(problem["loc"][-1]), known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"
            lines.append(f"  {name}: no such knob; {hint}")
        else:
            lines.append(f"  {name}: {problem['msg']} (it is {problem['input']!r})")
    return f"{where} does not work as a recipe:\n" + "\n".join(lines)


def _known_knobs(sections: list[str]) -> list[str]:
    model: type[BaseModel] = Recipe
    for section in sections:
        inner = model.model_fields[section].annotation if section in model.model_fields else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return list(model.model_fields)


def _nested(names: list[str], value: Any) -> dict[str, Any]:
    return {names[0]: _nested(names[1:], value) if len(names) > 1 else value}


def _flat(knobs: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in knobs.items():
        flat.update(_flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value})
    return flat


#: Knobs that may be ``None``; a recipe writes them as ``false``.
_OPTIONAL = frozenset(
    f"{section}.{name}"
    for section, field in Recipe.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    for name, inner in field.annotation.model_fields.items()
    if "None" in str(inner.annotation)
)


def _write_none(knobs: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    return {
        name: _write_none(value, f"{name}.") if isinstance(value, dict) else False if value is None else value
        for name, value in knobs.items()
    }


def _read_none(knobs: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    return {
        name: _read_none(value, f"{name}.")
        if isinstance(value, dict)
        else None
        if value is False and prefix + name in _OPTIONAL
        else tuple(value)
        if isinstance(value, list)
        else value
        for name, value in knobs.items()
    }
