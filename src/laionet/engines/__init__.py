"""Engines map one function over many jobs. Only jobs and reports cross them; table bytes stay in the worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from laionet.engines.local import LocalEngine
from laionet.errors import RecipeError


class Engine(Protocol):
    """Runs ``fn`` on every job and yields ``(job, result or exception)`` as they end, in any order."""

    def map(self, fn: Callable[[Any], Any], jobs: Sequence[Any], *, gpus: float = 0) -> Iterator[tuple[Any, Any]]:
        """A job that raises, dies or hangs yields the exception; the others go on."""


def engine_named(name: str = "local", *, workers: int = 0, timeout_s: float | None = None) -> Engine:
    """The engine called ``name``.

    Args:
        name: ``"local"``.
        workers: processes at once; 0 lets the engine choose, 1 works in this process.
        timeout_s: seconds after which one shard counts as hung; ``None`` waits for ever.

    Raises:
        RecipeError: for another name.
    """
    if name != "local":
        raise RecipeError(f"There is no engine called {name!r}; this version has: local.")
    return LocalEngine(workers=workers, timeout_s=timeout_s)


__all__ = ["Engine", "LocalEngine", "engine_named"]
