"""Fetching: beside img2dataset, the same images from a server on this machine."""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.tables import Bench

IMAGES, CONNECTIONS, ROUNDS, SIDE = 2_000, 64, 3, 256
#: Where img2dataset lives, in an environment of its own: it wants older pandas and opencv than we do.
THEIR_VENV = Path(__file__).parent / ".work" / "img2dataset-venv"

THEIR_RUN = """
import json, sys
from img2dataset import download
from multiprocessing import freeze_support
if __name__ == "__main__":
    freeze_support()
    download(**json.loads(sys.argv[1]))
"""


def picture(index: int) -> bytes:
    """A JPEG of 256 by 256 pixels, some 20 kB."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(index)
    small = Image.fromarray(rng.integers(0, 255, (48, 48, 3), dtype=np.uint8))
    file = io.BytesIO()
    small.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(file, "JPEG", quality=85)
    return file.getvalue()


def serve() -> None:
    """The server's process: serves until its input ends."""
    from laionet.causal.server import MiniWebServer

    made = [picture(index) for index in range(200)]
    with MiniWebServer(lambda index: made[index % len(made)]) as server:
        print(server.port, flush=True)
        sys.stdin.read()


@contextmanager
def server() -> Iterator[int]:
    """A server in a process of its own; gives its port."""
    command = [sys.executable, "-m", "benchmarks.bench_fetch", "--serve"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(timeout=10)


def their_python() -> Path | str:
    """The interpreter that has img2dataset, made where it is not there; or the reason why there is none."""
    python = THEIR_VENV / "bin" / "python"
    if not (THEIR_VENV / "ready").exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", str(THEIR_VENV)], check=True, capture_output=True)
            install = [str(python), "-m", "pip", "install", "--quiet", "img2dataset", "setuptools<81"]
            subprocess.run(install, check=True, capture_output=True, text=True)
            subprocess.run([str(python), "-c", "import img2dataset"], check=True, capture_output=True, text=True)
        except subprocess.CalledProcessError as error:
            lines = str(error.stderr or error).strip().splitlines()
            return lines[-1] if lines else str(error)
        (THEIR_VENV / "ready").touch()
    return python


def ours(port: int, folder: Path) -> tuple[float, Path]:
    """Seconds and the tar of one shard by ``fetch_shard``."""
    import pyarrow as pa

    from laionet.causal.links import DOMAIN, Behaviour, link
    from laionet.fetching import FetchJob, TableRows, fetch_shard
    from laionet.recipe import Fetch, Run

    count = range(IMAGES)
    columns = {"sample": [f"s{n:08d}" for n in count], "wnid": ["n02084071"] * IMAGES}
    columns |= {"label": pa.array([0] * IMAGES, pa.int32()), "caption": [f"caption {n}" for n in count]}
    table = pa.table(columns | {"url": [link(Behaviour.OK, n) for n in count]})
    run = Run(hosts={DOMAIN: f"127.0.0.1:{port}"}, connections=CONNECTIONS, connections_per_host=CONNECTIONS)
    report = fetch_shard(FetchJob(TableRows(table), Fetch(keep="tar", tries=1), run, folder, "00000", "bench"))
    assert report.kept == IMAGES, report
    return report.seconds, folder / "images" / "00000.tar"


def theirs(python: Path, port: int, folder: Path) -> tuple[float, Path]:
    """Seconds and the tar of one shard by img2dataset, as its own statistics have them, starting up left out."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True)
    urls = [f"http://127.0.0.1:{port}/ok/{n:08d}.jpg" for n in range(IMAGES)]
    captions = [f"caption {n}" for n in range(IMAGES)]
    pq.write_table(pa.table({"url": urls, "caption": captions}), folder / "urls.parquet")
    options = {
        "url_list": str(folder / "urls.parquet"), "input_format": "parquet", "url_col": "url",
        "caption_col": "caption", "output_folder": str(folder / "out"), "output_format": "webdataset",
        "processes_count": 1, "thread_count": CONNECTIONS, "number_sample_per_shard": IMAGES, "retries": 0,
        "resize_mode": "no", "skip_reencode": True, "encode_quality": 95, "compute_hash": "sha256",
    }  # fmt: skip
    (folder / "run.py").write_text(THEIR_RUN, encoding="utf-8")
    command = [str(python), str(folder / "run.py"), json.dumps(options)]
    environment = {**os.environ, "NO_ALBUMENTATIONS_UPDATE": "1"}
    subprocess.run(command, check=True, capture_output=True, env=environment, timeout=300)
    stats = json.loads((folder / "out" / "00000_stats.json").read_text(encoding="utf-8"))
    assert stats["successes"] == IMAGES, stats
    return float(stats["duration"]), folder / "out" / "00000.tar"


def digests(path: Path) -> list[str]:
    """Hashes of a tar's images, sorted."""
    with tarfile.open(path) as tar:
        images = (tar.extractfile(member) for member in tar if member.name.endswith(".jpg"))
        return sorted(hashlib.sha256(image.read()).hexdigest() for image in images if image)


def measure(rounds: int) -> dict[str, Any]:
    """Fetch the shard ``rounds`` times with each, in turn.

    Returns:
        Seconds by name; whether both kept the same bytes; why img2dataset is left out, if it is.
    """
    python = their_python()
    seconds: dict[str, list[float]] = {"ours": [], "theirs": []}
    same: list[bool] = []
    with tempfile.TemporaryDirectory() as work, server() as port:
        ours(port, Path(work) / "warm-up")
        for number in range(rounds):
            took, our_tar = ours(port, Path(work) / f"ours{number}")
            seconds["ours"].append(took)
            if isinstance(python, Path):
                took, their_tar = theirs(python, port, Path(work) / f"theirs{number}")
                seconds["theirs"].append(took)
                same.append(digests(our_tar) == digests(their_tar))
    return {"seconds": seconds, "same": all(same), "left_out": "" if isinstance(python, Path) else python}


def run() -> Bench:
    """Measure and return the table."""
    return _table(measure(ROUNDS))


def _table(found: dict[str, Any]) -> Bench:
    seconds = found["seconds"]
    bench = Bench(
        "fetch: addresses to images",
        f"One shard of {IMAGES:,} JPEGs of 256 by 256 pixels from a server on this machine, {CONNECTIONS} requests"
        f" at once, one process, kept as sent in a tar; the server takes its share of the same cores. Median of"
        f" {len(seconds['ours'])} rounds in turn; the ratio is the median of each round's ratio.",
    )
    ours_rate = IMAGES / statistics.median(seconds["ours"])
    if found["left_out"]:
        bench.add("img2dataset", f"left out: {found['left_out']}")
        bench.add("laionet", f"{ours_rate:,.0f} images/s")
        return bench
    ratio = statistics.median(t / o for t, o in zip(seconds["theirs"], seconds["ours"], strict=True))
    bench.add("img2dataset, one process", f"{IMAGES / statistics.median(seconds['theirs']):,.0f} images/s", "1")
    bench.add("laionet", f"{ours_rate:,.0f} images/s", f"{ratio:.2f} x")
    bench.add("same bytes kept by both", "yes" if found["same"] else "NO")
    return bench


def main() -> None:
    """Print the table; with ``--json``, the figures behind it instead."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    found = measure(options.rounds)
    print(json.dumps(found, indent=1) if options.json else _table(found).markdown())


if __name__ == "__main__":
    main()
