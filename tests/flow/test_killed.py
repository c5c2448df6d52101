"""A build stopped at any moment and run again ends byte for byte as if nothing had happened."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

import laionet
from flow.runs import fingerprint

#: SIGKILLs of the test below; ``LAIONET_KILLS=10 pytest tests/flow/test_killed.py`` for a longer one.
KILLS = int(os.environ.get("LAIONET_KILLS", "3"))


class Stopped(BaseException):
    """Stands for a kill: nothing catches it."""


@pytest.mark.parametrize("share", [0.0, 0.3, 0.55, 0.8, 0.97])
def test_stopped_between_two_files_at_any_point(recipe, tmp_path, monkeypatch, share):
    moves = []
    true_replace = os.replace
    monkeypatch.setattr(os, "replace", lambda *names: (moves.append(names), true_replace(*names)))
    laionet.build(recipe(), tmp_path / "whole")
    total, last = len(moves), int(share * len(moves))

    def stopping(*names):
        moves.append(names)
        if len(moves) > total + last:
            raise Stopped
        true_replace(*names)

    monkeypatch.setattr(os, "replace", stopping)
    with pytest.raises(Stopped):
        laionet.build(recipe(), tmp_path / "stopped")
    monkeypatch.setattr(os, "replace", true_replace)
    laionet.build(recipe(), tmp_path / "stopped")
    assert fingerprint(tmp_path / "stopped") == fingerprint(tmp_path / "whole")


def start(corpus, encoder, out, workers):
    """The command as a user gives it, in a process group of its own."""
    command = [sys.executable, "-m", "laionet", "build", "--corpus", str(corpus), "--encoder", encoder, "--quiet"]
    command += ["--threshold", "0.92", "--device", "cpu", "--set", "corpus.rows_per_shard=200"]
    command += ["--workers", str(workers), "--out", str(out)]
    return subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE)


def finish(process):
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said.decode()


@pytest.mark.slow
def test_sigkill_leaves_no_trace(corpus, encoder, tmp_path):
    began = time.monotonic()
    finish(start(corpus, encoder, tmp_path / "whole", 1))
    took = time.monotonic() - began
    draw, killed = random.Random(20), 0
    while killed < KILLS:
        process = start(corpus, encoder, tmp_path / "killed", 1 + killed % 2)
        try:
            process.communicate(timeout=draw.uniform(0.2, 0.8) * took)
        except subprocess.TimeoutExpired:
            # Every third time the parent alone: its workers must notice by themselves.
            (os.killpg if killed % 3 else os.kill)(process.pid, signal.SIGKILL)
            process.communicate()
            killed += 1
        else:  # done before its time came: begin anew, so that every kill hits work
            shutil.rmtree(tmp_path / "killed")
    time.sleep(1)
    finish(start(corpus, encoder, tmp_path / "killed", 1))
    assert fingerprint(tmp_path / "killed") == fingerprint(tmp_path / "whole")
