"""Errors a user can meet. Each message says what was seen and what to do next."""

from __future__ import annotations

import importlib
from types import ModuleType


class LaionetError(Exception):
    """Base of all errors that laionet raises on purpose; the command line prints it without a traceback.

    ``exit_code`` is what the process returns: 2 for input the user can mend, 3 for a run that
    finished with shards set aside.
    """

    exit_code = 2


class RecipeError(LaionetError):
    """A recipe cannot be read, or a knob is unknown or out of range."""


class ClassListError(LaionetError):
    """A list of classes is unusable: unknown wnid, a class without lemmas, a missing WordNet, ..."""


class CorpusError(LaionetError):
    """A corpus file is missing or unreadable as a whole."""


class LayoutError(CorpusError):
    """The columns of a corpus file fit no known layout, or not the one asked for."""


class ModelError(LaionetError):
    """A model cannot be loaded, or its weights are not the expected ones."""


class OutputError(LaionetError):
    """An output folder cannot be used: made by another recipe, locked, or not writable."""


class ShardError(LaionetError):
    """One shard failed; the run sets it aside and goes on."""


class SomeShardsFailed(LaionetError):
    """The run is complete but for the shards that it names."""

    exit_code = 3


class MissingExtra(LaionetError):
    """An optional dependency is not installed; the message holds the exact line that installs it."""


def require(module: str, extra: str, purpose: str) -> ModuleType:
    """Import an optional dependency, or say how to install it.

    Args:
        module: import name, for example ``"timm"``.
        extra: our extra that brings it, for example ``"timm"``.
        purpose: what it is needed for, as the end of "... is needed to".

    Raises:
        MissingExtra: where ``module`` cannot be imported.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtra(
            f"{module} is needed to {purpose}. Install it with:  pip install 'laionet[{extra}]'"
        ) from error
