"""The Ray engine: actors on this machine or on the nodes of a cluster."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from laionet.engines.chain import Link, one_after_other
from laionet.engines.ray_cluster import Connection, places
from laionet.engines.ray_pool import Pool
from laionet.errors import OutputError

#: Seconds between two looks at the cluster while nothing comes from it.
LOOK_EVERY = 1.0

_NO_NODE = "no node of the cluster is left that could do it; start one and run the same command again"


class RayEngine:
    """Maps a function over jobs with Ray actors, each of which keeps what its stage opened.

    A job that raises is not tried again: it would raise again. One whose worker or node was lost is, elsewhere,
    ``retries`` times; then it is given up. One that hangs longer than ``timeout_s`` is stopped and given up.
    Paths in jobs must mean the same on all nodes: a shared file system, and URIs for what is read.

    Args:
        workers: actors at once; 0 takes one per core of the cluster, or one per GPU for jobs that need one.
        timeout_s: seconds a single job may take; ``None`` for no limit.
        address: of the cluster: ``auto``, ``host:port``; empty takes RAY_ADDRESS, or starts Ray on this machine.
        retries: how often a job is tried again whose worker was lost.
        patience_s: seconds to wait for a node that could do the jobs, where none is left.
    """

    def __init__(
        self,
        workers: int = 0,
        timeout_s: float | None = None,
        address: str = "",
        retries: int = 2,
        patience_s: float = 120,
    ) -> None:
        self.workers, self.timeout_s, self.address = workers, timeout_s, address
        self.retries, self.patience_s = retries, patience_s
        self._link: Connection | None = None

    def map(self, fn: Callable[[Any], Any], jobs: Sequence[Any], *, gpus: float = 0) -> Iterator[tuple[Any, Any]]:
        """Yield ``(job, result or exception)`` in the order in which jobs end.

        Raises:
            MissingExtra: where Ray is not installed.
            RecipeError: where there is no cluster at the address.
            OutputError: where the cluster has neither a core nor a GPU to give.
        """
        for _, job, result in self._drive([Link(fn, gpus)], jobs):
            yield job, result

    def chain(self, links: Sequence[Link], jobs: Sequence[Any]) -> Iterator[tuple[int, Any, Any]]:
        """Run stages in a row; yield ``(number of the link, job, result or exception)`` as jobs end.

        Where some links need GPUs and others none, and the cluster has both, they work at the same time, each on
        the shards that it can have. Elsewhere links run one after the other, as cores gain nothing by overlap.
        """
        nodes = self.connect().nodes() if jobs else []
        if {link.gpus > 0 for link in links} == {True, False} and any(node.get("GPU", 0) for node in nodes):
            yield from self._drive(links, jobs)
        else:
            yield from one_after_other(self, links, jobs)

    def _drive(self, links: Sequence[Link], jobs: Sequence[Any]) -> Iterator[tuple[int, Any, Any]]:
        """Work through pools, one per link, until none has work left."""
        if not jobs:
            return
        pools = [self._pool(link, len(jobs)) for link in links]
        pools[0].feed(jobs)
        try:
            while any(pool.busy for pool in pools):
                for number, job, result in self._events(pools):
                    following = links[number].then(job, result)
                    if following is not None and number + 1 < len(links):
                        pools[number + 1].feed([following])
                    yield number, job, result
        finally:
            for pool in pools:
                pool.close()

    def _events(self, pools: Sequence[Pool]) -> Iterator[tuple[int, Any, Any]]:
        """Hand out work, wait for the next thing to happen, and yield the jobs that it ended."""
        ray = self.connect().ray
        for number, pool in enumerate(pools):
            yield from ((number, *ended) for ended in pool.work())
        ends = [at for pool in pools if (at := pool.next_deadline()) is not None]
        pause = min([LOOK_EVERY, *(max(0.0, at - time.monotonic()) for at in ends)])
        replies = [reply for pool in pools for reply in pool.replies()]
        come = ray.wait(replies, num_returns=1, timeout=pause)[0] if replies else []
        for number, pool in enumerate(pools):
            for ended in itertools.chain(*(pool.take(reply) for reply in come), pool.stop_hung()):
                yield number, *ended
            if not come and pool.forsaken(self.connect().nodes, self.patience_s):
                yield from ((number, *ended) for ended in pool.give_up(_NO_NODE))

    def _pool(self, link: Link, jobs: int) -> Pool:
        connection = self.connect()
        room = places(connection.nodes(), self.workers, link.gpus, jobs)
        if room is None:
            raise OutputError("The Ray cluster has no cores to give; see  ray status  and start nodes with cores.")
        return Pool(connection, link.fn, room, self.timeout_s, self.retries)

    def connect(self) -> Connection:
        """Join or start the cluster, once; it ends with this engine if it was started for it."""
        if self._link is None or not self._link.ray.is_initialized():
            self._link = Connection.to(self.address)
        return self._link

    def close(self) -> None:
        """Leave the cluster; what was started for this engine alone is shut down."""
        self._link = None
