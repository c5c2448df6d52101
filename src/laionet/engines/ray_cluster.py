"""Joining a Ray cluster or starting one of our own, and how many workers it has room for."""

from __future__ import annotations

import math
import os
import secrets
import sys
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from laionet.engines.local import available_cores
from laionet.errors import RecipeError, require

#: Bytes of Ray's shared memory on a machine of our own: only paths and reports cross it.
OBJECT_STORE = 100 * 2**20


class Connection:
    """This process's link to a cluster. It ends with the last engine that holds it, or with the process.

    Where this process had joined Ray before, that link is used and left as it is.

    Args:
        address: ``host:port`` or ``auto`` for a cluster that is up; empty takes RAY_ADDRESS, or where that is
            not set starts Ray on this machine alone.

    Raises:
        MissingExtra: where Ray is not installed.
        RecipeError: where there is no cluster at that address.
    """

    _shared: ClassVar[weakref.WeakValueDictionary[str, Connection]] = weakref.WeakValueDictionary()

    def __init__(self, address: str = "") -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        if not address:
            _guard()
        self.ray: Any = require("ray", "ray", "map stages with the engine ray")
        if self.ray.is_initialized():
            return
        _join(self.ray, address) if address else _start(self.ray)
        self._end = weakref.finalize(self, self.ray.shutdown)

    @classmethod
    def to(cls, address: str = "") -> Connection:
        """The link to that cluster; one for all engines of this process."""
        address = address or os.environ.get("RAY_ADDRESS", "")
        if address.startswith("ray://"):
            raise RecipeError(
                f"{address} is an address of Ray's client, which is not supported. Run laionet on a node of the "
                "cluster and give run.ray_address = 'auto'."
            )
        found = cls._shared.get(address)
        if found is None or not found.ray.is_initialized():
            others = [name or "this machine" for name, one in cls._shared.items() if one.ray.is_initialized()]
            if others:
                raise RecipeError(f"This process works with Ray at {others[0]} already; end that run first.")
            found = cls._shared[address] = cls(address)
        return found

    def nodes(self) -> list[dict[str, float]]:
        """What each node that is up has of each resource: ``CPU``, ``GPU``, ..."""
        return [dict(node["Resources"]) for node in self.ray.nodes() if node["Alive"]]


def _guard() -> None:
    """A token without which nobody may run code in a Ray of our own: its ports are open on all interfaces."""
    if any(name in os.environ for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")):
        return
    os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
    if "ray" not in sys.modules:  # it reads this when it is imported; from 2.60 on it is the default
        os.environ["RAY_AUTH_MODE"] = "token"


def _start(ray: Any) -> None:
    """Ray on this machine alone, without dashboard."""
    ray.init(
        address="local",
        num_cpus=available_cores(),
        object_store_memory=OBJECT_STORE,
        include_dashboard=False,
        _node_ip_address="127.0.0.1",
        log_to_driver=False,
        logging_level="ERROR",
    )


def _join(ray: Any, address: str) -> None:
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, RuntimeError, ValueError, TimeoutError, ray.exceptions.RayError) as error:
        raise RecipeError(
            f"There is no Ray cluster to join at {address!r} ({_first_line(error)}). Start one with:  "
            "ray start --head   or leave run.ray_address and RAY_ADDRESS empty to work on this machine alone."
        ) from error


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__


@dataclass(frozen=True)
class Places:
    """Workers that a cluster has room for.

    Attributes:
        count: workers at once.
        cpus, gpus: what each asks of Ray; fractions share a core or a GPU.
        threads: for the numeric libraries of each.
    """

    count: int
    cpus: float
    gpus: float
    threads: int

    def fits(self, node: Mapping[str, float]) -> bool:
        """Whether a node, if idle, could hold one of them."""
        return node.get("CPU", 0) >= self.cpus and node.get("GPU", 0) >= self.gpus


def places(nodes: Sequence[Mapping[str, float]], workers: int, gpus: float, jobs: int) -> Places | None:
    """How many workers to start and what each takes; ``None`` where the cluster has no room for one.

    Args:
        nodes: resources of each node.
        workers: at once; 0 takes one per core, or one per GPU (per ``gpus`` of it) for jobs that need one.
        gpus: what a job needs, in (0, 1] or whole; 0 for none. Where no node has a GPU its jobs run on cores, one
            worker per node with all its cores, as they do on one machine.
        jobs: how many there are; more workers than that are of no use.
    """
    cores = [int(node.get("CPU", 0)) for node in nodes]
    on_gpus = sum(math.floor(node.get("GPU", 0) / gpus + 1e-9) for node in nodes) if gpus else 0
    fit = on_gpus or sum(cores)
    if not fit:
        return None
    count = workers or (on_gpus or sum(n > 0 for n in cores) if gpus else fit)
    sharing = math.ceil(count / fit)
    count = min(count, jobs)
    # Workers on GPUs ask for no core: there are as many as GPUs, and must not wait for those on cores to end.
    return Places(
        count=count,
        cpus=0 if on_gpus else _share(1, sharing),
        gpus=_share(gpus, sharing) if on_gpus else 0,
        threads=max(1, sum(cores) // max(count, 1)),
    )


def _share(whole: float, sharing: int) -> float:
    """Ray counts in ten-thousandths; rounded down, so that all shares fit."""
    return whole if sharing == 1 else math.floor(whole / sharing * 10_000) / 10_000
