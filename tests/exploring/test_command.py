"""The command: prints its address, answers there, ends cleanly."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from exploring.runs import drawn_run

RUN = (
    "import sys; sys.argv = ['laionet', 'explore', *sys.argv[1:]]\n"
    "from laionet.cli import explore\n"
    "from laionet.cli.app import main\n"
    "main()"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return drawn_run(tmp_path_factory.mktemp("command"), shards=1)


def started(*options):
    command = [sys.executable, "-c", RUN, *map(str, options)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_it_serves_on_loopback_until_interrupted(folder):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    process = started(folder, "--port", 0, "--no-open", "--quiet")
    try:
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(f"{address}api/counts?threshold=0.5") as answer:
            assert json.loads(answer.read())["rows"] > 60
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_a_port_that_is_taken_is_an_error_that_says_what_to_do(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = started(folder, "--port", taken.getsockname()[1], "--no-open")
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "Give another --port" in err
    assert "Traceback" not in err


def test_a_folder_without_scores_is_an_error_and_serves_nothing(tmp_path):
    process = started(tmp_path, "--no-open")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert "not a laionet run" in err
