"""The embedded engine: this process, or spawned processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any

from laionet.engines.chain import Link, one_after_other


class LocalEngine:
    """Maps a function over jobs with ``workers`` spawned processes.

    Processes are spawned, not forked, because models and Arrow keep threads. A worker that dies takes only
    its own job with it; one that hangs longer than ``timeout_s`` is killed. With one worker the jobs run
    in this process, one after the other, which is what a debugger wants.

    Args:
        workers: number of processes; 0 takes one per available core, or one per GPU for jobs that need one.
        timeout_s: seconds a single job may take; ``None`` for no limit. Needs processes.
    """

    def __init__(self, workers: int = 0, timeout_s: float | None = None) -> None:
        self.workers = workers
        self.timeout_s = timeout_s

    def map(self, fn: Callable[[Any], Any], jobs: Sequence[Any], *, gpus: float = 0) -> Iterator[tuple[Any, Any]]:
        """Yield ``(job, result or exception)`` in the order in which jobs end."""
        devices = _gpus() if gpus else []
        workers = min(self.workers or (max(len(devices), 1) if gpus else available_cores()), len(jobs))
        if workers <= 1 and self.timeout_s is None:
            yield from ((job, _attempt(fn, job)) for job in jobs)
        elif workers:
            yield from self._map_in_processes(fn, jobs, workers, devices)

    def chain(self, links: Sequence[Link], jobs: Sequence[Any]) -> Iterator[tuple[int, Any, Any]]:
        """Run stages in a row, one after the other; yield ``(number of the link, job, result or exception)``."""
        yield from one_after_other(self, links, jobs)

    def close(self) -> None:
        """Nothing is held between two maps."""

    def _map_in_processes(
        self, fn: Callable[[Any], Any], jobs: Sequence[Any], workers: int, devices: Sequence[str]
    ) -> Iterator[tuple[Any, Any]]:
        from pebble import ProcessPool

        context = multiprocessing.get_context("spawn")
        slots = context.Queue()
        for slot in range(workers * 64):  # a worker that died is replaced, and its successor takes a slot too
            slots.put(slot % workers)
        waiting = list(reversed(jobs))
        running: dict[Future[Any], Any] = {}
        threads = max(1, available_cores() // workers)
        with ProcessPool(
            max_workers=workers,
            context=context,
            initializer=_start_worker,
            initargs=(slots, devices, threads),
        ) as pool:
            try:
                while waiting or running:
                    while waiting and len(running) < workers:
                        job = waiting.pop()
                        running[pool.schedule(fn, args=(job,), timeout=self.timeout_s)] = job
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        yield running.pop(future), _result(future)
            except BaseException:
                pool.stop()
                raise


def available_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start_worker(slots: Any, devices: Sequence[str], threads: int) -> None:
    slot = slots.get()
    if devices:
        os.environ["CUDA_VISIBLE_DEVICES"] = devices[slot % len(devices)]
    share_cores(threads)
    # Where the parent is killed its workers would go on alone and write under a later run's feet.
    threading.Thread(target=_follow_parent, daemon=True).start()


def share_cores(threads: int) -> None:
    """Threads that numeric libraries may take in this process; before they are loaded."""
    for name in ("OMP_NUM_THREADS", "ARROW_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[name] = str(threads)


def took_too_long() -> TimeoutError:
    """What a job gets that was stopped at its time limit."""
    return TimeoutError("the worker took longer than the time limit and was stopped")


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _attempt(fn: Callable[[Any], Any], job: Any) -> Any:
    try:
        return fn(job)
    except Exception as error:
        return error


def _result(future: Future[Any]) -> Any:
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, TimeoutError):
        return took_too_long()
    return error


def _gpus() -> list[str]:
    """The GPUs that PyTorch sees, by the numbers that CUDA_VISIBLE_DEVICES uses."""
    import torch

    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return [name.strip() for name in named.split(",")][:count] if named else [str(i) for i in range(count)]
