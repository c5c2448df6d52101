"""Stages in a row, shard by shard: what follows a shard need not wait for the other shards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


def _nothing(job: Any, result: Any) -> Any:
    return None


@dataclass(frozen=True)
class Link:
    """One stage of a chain.

    Attributes:
        fn: what is done to each job.
        gpus: what a worker takes.
        then: the next link's job, from a job of this one and its result or exception; ``None`` ends its way.
            It is called before that result is yielded.
    """

    fn: Callable[[Any], Any]
    gpus: float = 0
    then: Callable[[Any, Any], Any] = _nothing


class Mapping(Protocol):
    """What can map a function over jobs."""

    def map(self, fn: Callable[[Any], Any], jobs: Sequence[Any], *, gpus: float = 0) -> Iterator[tuple[Any, Any]]:
        """As an engine does."""


def one_after_other(engine: Mapping, links: Sequence[Link], jobs: Sequence[Any]) -> Iterator[tuple[int, Any, Any]]:
    """Run links one after the other, each over all its jobs; yield ``(number of the link, job, result)``."""
    for number, link in enumerate(links):
        following = []
        for job, result in engine.map(link.fn, jobs, gpus=link.gpus):
            following.append(link.then(job, result))
            yield number, job, result
        jobs = [job for job in following if job is not None]
