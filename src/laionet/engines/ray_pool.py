"""A pool of Ray actors that work through a queue of jobs, replaced where they die."""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from laionet.engines.local import took_too_long
from laionet.engines.ray_cluster import Connection, Places
from laionet.engines.ray_worker import Worker
from laionet.errors import LaionetError


class WorkerLost(LaionetError):
    """A job's worker, or the node that it ran on, was lost as often as the engine tries."""


@dataclass
class _Task:
    """A job and how many workers it has lost."""

    job: Any
    lost: int = 0


@dataclass
class _Seat:
    """An actor and what it is doing: starting (no task), working (a task), or nothing (no reply awaited).

    ``until`` is the time (of ``time.monotonic``) when its task counts as hung.
    """

    actor: Any
    reply: Any
    task: _Task | None = None
    until: float | None = None


class Pool:
    """Actors for one function.

    Args:
        link: to the cluster.
        fn: what is done to each job.
        room: how many actors, and what each takes.
        timeout_s: seconds a single job may take, from when a worker begins it; ``None`` for no limit.
        retries: how often a job is begun again whose worker was lost.
    """

    def __init__(
        self, link: Connection, fn: Callable[[Any], Any], room: Places, timeout_s: float | None, retries: int
    ) -> None:
        self.ray = link.ray
        self._fn, self._room, self._timeout_s, self._retries = fn, room, timeout_s, retries
        self._waiting: deque[_Task] = deque()
        self._seats: list[_Seat] = []
        self._actor = self.ray.remote(max_restarts=0, max_task_retries=0)(Worker).options(
            num_cpus=room.cpus,
            num_gpus=room.gpus,
            scheduling_strategy="SPREAD",
            max_restarts=0,
            max_task_retries=0,
        )
        self._starts_left = room.count * (retries + 1)
        self._failed_start = ""
        self._last_hope = time.monotonic()

    def feed(self, jobs: Iterable[Any]) -> None:
        """Put jobs at the end of the queue."""
        self._waiting.extend(map(_Task, jobs))

    @property
    def busy(self) -> bool:
        """Whether a job waits or is being worked on."""
        return bool(self._waiting) or any(seat.task for seat in self._seats)

    def replies(self) -> list[Any]:
        """What the pool waits for."""
        return [seat.reply for seat in self._seats if seat.reply is not None]

    def next_deadline(self) -> float | None:
        """When the next job counts as hung (``time.monotonic``)."""
        return min((seat.until for seat in self._seats if seat.until is not None), default=None)

    def work(self) -> Iterator[tuple[Any, Any]]:
        """Hire as many workers as there is work for and give each a job; yield jobs that none can do."""
        wanted = min(self._room.count, len(self._waiting) + sum(bool(seat.task) for seat in self._seats))
        while len(self._seats) < wanted and self._starts_left:
            self._hire()
        for seat in self._seats:
            if seat.reply is None and self._waiting:
                seat.task = self._waiting.popleft()
                seat.until = time.monotonic() + self._timeout_s if self._timeout_s is not None else None
                seat.reply = seat.actor.work.remote(self._fn, seat.task.job)
        if not self._seats and not self._starts_left:
            yield from self.give_up(f"no worker could be started on the cluster: {self._failed_start}")

    def take(self, reply: Any) -> Iterator[tuple[Any, Any]]:
        """Take in a reply that has come; yield the job that it ends, if it ends one."""
        seat = next((seat for seat in self._seats if seat.reply == reply), None)
        if seat is None:
            return
        try:
            answer = self.ray.get(reply)
        except self.ray.exceptions.RayTaskError as error:
            # Raised around the job, not by it, as by an answer that cannot be pickled.
            answer = (False, error)
        except self.ray.exceptions.RayError as error:
            yield from self._lose(seat, error)
            return
        task, seat.task, seat.reply, seat.until = seat.task, None, None, None
        if task is not None:
            yield task.job, answer[1]
        elif answer != _version():
            self._dismiss(seat)
            self._failed_start = f"a node has laionet {answer} and this one {_version()}; install the same on all"
        else:
            self._starts_left += 1  # what counts is starts that fail

    def stop_hung(self) -> Iterator[tuple[Any, Any]]:
        """Kill workers whose time is over; yield their jobs."""
        now = time.monotonic()
        for seat in [seat for seat in self._seats if seat.until is not None and seat.until <= now]:
            self._dismiss(seat)
            if seat.task is not None:
                yield seat.task.job, took_too_long()

    def forsaken(self, nodes: Callable[[], Sequence[Mapping[str, float]]], patience_s: float) -> bool:
        """Whether jobs wait, no worker is up, and for ``patience_s`` seconds no node could hold one."""
        now = time.monotonic()
        up = any(seat.task or seat.reply is None for seat in self._seats)
        if up or not self._waiting or any(self._room.fits(node) for node in nodes()):
            self._last_hope = now
        return now - self._last_hope > patience_s

    def give_up(self, why: str) -> Iterator[tuple[Any, Any]]:
        """Yield all jobs that wait, with the reason."""
        while self._waiting:
            yield self._waiting.popleft().job, WorkerLost(why)

    def close(self) -> None:
        """Kill all workers."""
        for seat in list(self._seats):
            self._dismiss(seat)

    def _hire(self) -> None:
        actor = self._actor.remote(os.getcwd(), list(sys.path), self._room.threads)
        self._seats.append(_Seat(actor, actor.version.remote()))
        self._starts_left -= 1

    def _dismiss(self, seat: _Seat) -> None:
        self._seats.remove(seat)
        self.ray.kill(seat.actor)

    def _lose(self, seat: _Seat, error: Exception) -> Iterator[tuple[Any, Any]]:
        """A worker or its node is gone: begin its job again, or give it up."""
        self._dismiss(seat)
        why = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        task = seat.task
        if task is None:
            self._failed_start = why
            return
        task.lost += 1
        if task.lost <= self._retries:
            self._waiting.append(task)
        else:
            yield task.job, WorkerLost(f"the worker or its node was lost {task.lost} times; at last {why}")


def _version() -> str:
    from laionet import __version__

    return __version__
