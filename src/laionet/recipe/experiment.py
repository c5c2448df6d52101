"""A recipe of an experiment: which one, on what, with which options; as TOML, for ``laionet diagnose run``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from laionet.errors import RecipeError

_PLACE = re.compile(r"\{([a-z0-9-]+)\}")


class _File(BaseModel):
    """What the file may hold; ``places`` are named in braces in arguments and options."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    experiment: str
    arguments: tuple[str, ...] = ()
    options: dict[str, Any] = {}
    places: dict[str, str] = {}


@dataclass(frozen=True)
class Experiment:
    """An experiment of ``laionet diagnose`` with its words as on the command line.

    Attributes:
        name: of the experiment, which is that of its command.
        words: arguments and options.
        places: where each named folder or file is.
    """

    name: str
    words: tuple[str, ...]
    places: Mapping[str, str]


def load_experiment(path: str | Path, places: Mapping[str, str] | None = None) -> Experiment:
    """Read the recipe of an experiment.

    Args:
        path: TOML with ``experiment``, ``arguments`` (a list), ``[options]`` (named as on the command line; a list
            for one that may be given again, true for a flag) and ``[places]``: folders and files by name, which
            stand in braces in arguments and options.
        places: other places than the file's, by name.

    Raises:
        RecipeError: for a file that cannot be read or holds something else, or a place that has no name there.
    """
    path = Path(path)
    try:
        found = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise RecipeError(f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} is no TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise RecipeError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from None
    if unknown := sorted(set(places or {}) - set(found.places)):
        known = ", ".join(found.places) or "none"
        raise RecipeError(f"{path} has no place called {unknown[0]!r}; its places: {known}.")
    there = found.places | dict(places or {})
    words = [word for name, value in found.options.items() for word in _option(path, name, value)]
    return Experiment(
        found.experiment, tuple(_put(path, word, there) for word in (*found.arguments, *words)), there
    )


def _option(path: Path, name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [f"--{name}"] if value else []
    if isinstance(value, list):
        return [word for one in value for word in _option(path, name, one)]
    if isinstance(value, str | int | float):
        return [f"--{name}", str(value)]
    raise RecipeError(f"{path}: options.{name} must be text, a number, true or a list of these.")


def _put(path: Path, word: str, places: Mapping[str, str]) -> str:
    def there(found: re.Match[str]) -> str:
        if found[1] not in places:
            raise RecipeError(f"{path} names {{{found[1]}}}, which [places] does not have.")
        return places[found[1]]

    return _PLACE.sub(there, word)
