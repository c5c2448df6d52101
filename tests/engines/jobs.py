"""Functions for engine tests; at module level, so that spawned workers can import them."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from laionet.stage import Batch, Needs, Outcome


def work(job):
    """Do what the job says."""
    kind, value = job
    if kind == "raise":
        raise ValueError(f"bad {value}")
    if kind == "die":
        os._exit(9)
    if kind == "hang":
        time.sleep(600)
    return value * 2


def threads_of_worker(job):
    """How many threads numeric libraries may take here."""
    return int(os.environ.get("OMP_NUM_THREADS", "0"))


@dataclass(frozen=True)
class Act:
    """A job that leaves a line in a file whenever it is begun, and then does what it is told."""

    name: str
    log: Path
    kind: str = "fine"
    seconds: float = 0.0

    def times(self):
        """How often it was begun."""
        return self.log.read_text().split().count(self.name)


def act(job):
    """Die where the job is poison, or at its first time; else say on which node of Ray it was done."""
    import ray

    with job.log.open("a") as log:
        log.write(f"{job.name}\n")
    if job.kind == "poison" or (job.kind == "dies once" and job.times() == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(job.seconds)
    return ray.get_runtime_context().get_node_id()


NUMBERS = pa.schema([pa.field("n", pa.int64())])


@dataclass(frozen=True)
class Numbers:
    """A source of three batches."""

    def batches(self):
        for start in (0, 10, 20):
            yield Batch(pa.table({"n": range(start, start + 10)}, schema=NUMBERS))


@dataclass(frozen=True)
class Doubling:
    """A stage whose worker is killed in the middle of the shard, the first time."""

    mark: Path | None = None

    name = "doubling"
    version = 1
    needs = Needs()
    reads = NUMBERS
    writes = NUMBERS

    def identity(self):
        return {}

    def open(self):
        return self.double

    def double(self, table):
        if self.mark and table["n"][0].as_py() == 10 and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return Outcome(pa.table({"n": [2 * n for n in table["n"].to_pylist()]}, schema=NUMBERS), {}, len(table))
