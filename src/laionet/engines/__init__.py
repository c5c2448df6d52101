"""Engines map one function over many jobs. Only jobs and reports cross them; table bytes stay in the worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from laionet.engines.chain import Link
from laionet.engines.local import LocalEngine
from laionet.engines.ray_engine import RayEngine
from laionet.errors import RecipeError


class Engine(Protocol):
    """Runs ``fn`` on every job and yields ``(job, result or exception)`` as they end, in any order."""

    def map(self, fn: Callable[[Any], Any], jobs: Sequence[Any], *, gpus: float = 0) -> Iterator[tuple[Any, Any]]:
        """A job that raises, dies or hangs yields the exception; the others go on."""

    def chain(self, links: Sequence[Link], jobs: Sequence[Any]) -> Iterator[tuple[int, Any, Any]]:
        """Run stages in a row: yields the number of the link, a job of it, its result or exception."""

    def close(self) -> None:
        """Let go of what the engine holds between two maps."""


def engine_named(
    name: str = "local",
    *,
    workers: int = 0,
    timeout_s: float | None = None,
    address: str = "",
    retries: int = 2,
) -> Engine:
    """The engine called ``name``.

    Args:
        name: ``"local"`` or ``"ray"``.
        workers: processes at once; 0 lets the engine choose, 1 works in this process where the engine is local.
        timeout_s: seconds after which one shard counts as hung; ``None`` waits for ever.
        address: of the Ray cluster: ``auto`` or ``host:port``; empty takes RAY_ADDRESS, or where that is not set
            starts Ray on this machine alone.
        retries: how often Ray begins a shard again whose worker or node was lost.

    Raises:
        RecipeError: for another name.
    """
    if name == "ray":
        return RayEngine(workers=workers, timeout_s=timeout_s, address=address, retries=retries)
    if name != "local":
        raise RecipeError(f"There is no engine called {name!r}; there are: local, ray.")
    return LocalEngine(workers=workers, timeout_s=timeout_s)


__all__ = ["Engine", "Link", "LocalEngine", "RayEngine", "engine_named"]
