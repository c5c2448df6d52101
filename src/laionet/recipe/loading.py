"""The recipe as a whole: read from TOML, presets and options; written; compared; hashed."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from laionet.errors import RecipeError
from laionet.recipe.sections import (
    Classes,
    Corpus,
    Describe,
    Fetch,
    Match,
    Pictures,
    ReadText,
    Run,
    Score,
    Section,
    Select,
    Sweep,
)


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
    fetch: Fetch = Fetch()
    read_text: ReadText = ReadText()
    pictures: Pictures = Pictures()
    describe: Describe = Describe()
    run: Run = Run()

    def settings(self) -> dict[str, Any]:
        """All that decides the result: everything but ``run`` and where files lie."""
        knobs = self.model_dump(mode="json", exclude={"run"})
        knobs["corpus"].pop("files")
        knobs["classes"].pop("wordnet")
        knobs["pictures"].pop("where")
        knobs["pictures"].pop("labels")
        return knobs

    def text_settings(self) -> dict[str, Any]:
        """All that decides the dataset as captions and labels: nothing of what is done to images."""
        return {name: value for name, value in self.settings().items() if name not in IMAGE_HALF}

    def digest(self) -> str:
        """sha256 of ``settings()``."""
        return _sha256(self.settings())

    def text_digest(self) -> str:
        """sha256 of ``text_settings()``."""
        return _sha256(self.text_settings())

    def to_toml(self) -> str:
        """The recipe with every knob written out; ``false`` stands for "no limit"."""
        import tomli_w

        return tomli_w.dumps(_write_none(self.model_dump(mode="json")))


#: Sections that are about images, and so no part of how captions are selected.
IMAGE_HALF = ("fetch", "read_text", "pictures", "describe")


def _sha256(knobs: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(knobs, sort_keys=True).encode()).hexdigest()


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
