"""Fetches a shard in a process of its own, to be killed:  python -m fetching.killed JOB."""

import pickle
import sys
from pathlib import Path

import stamina

from laionet.fetching import fetch_shard

if __name__ == "__main__":
    stamina.set_testing(True, attempts=100, cap=True)
    report = fetch_shard(pickle.loads(Path(sys.argv[1]).read_bytes()))  # our own job
    print(report.kept, flush=True)
