"""Functions for engine tests; at module level, so that spawned workers can import them."""

import os
import time


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
