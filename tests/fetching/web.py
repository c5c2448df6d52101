"""Small webs on this machine, and rows that point at them."""

import asyncio
import functools
import hashlib
import io
import socketserver
import threading
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from laionet.causal.links import Behaviour, link
from laionet.fetching import FetchJob, TableRows
from laionet.recipe import Fetch, Run

#: Patient with a busy machine; tests of what never answers are less so.
KNOBS = {"timeout_s": 10, "max_bytes": 500_000}


@functools.cache
def picture(index, size=(80, 60)):
    """A JPEG of its own for each index, 80 by 60 pixels."""
    pixels = np.random.default_rng(index).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=80)
    return file.getvalue()


def rows_of(urls, wnids=("n02084071", "n02121808")):
    """A table to fetch, one row an address."""
    return pa.table(
        {
            "sample": [f"s{place:05d}" for place in range(len(urls))],
            "wnid": [wnids[place % len(wnids)] for place in range(len(urls))],
            "label": pa.array([place % len(wnids) for place in range(len(urls))], pa.int32()),
            "caption": [f"caption {place}" for place in range(len(urls))],
            "url": pa.array(urls, pa.string()),
        }
    )


def knobs(**changes):
    return Fetch(**{**KNOBS, **changes})


def job_of(urls, folder, hosts, *, key="key", connections=32, **changes):
    run = Run(hosts=hosts, connections=connections)
    return FetchJob(TableRows(rows_of(urls)), knobs(**changes), run, folder, "00000", key)


#: Answers at once, and the same at any time.
STEADY = [
    Behaviour.OK, Behaviour.GONE, Behaviour.PNG_ALPHA, Behaviour.FAILING, Behaviour.OK, Behaviour.PAGE,
    Behaviour.ROTATED, Behaviour.NOAI, Behaviour.OK, Behaviour.DISALLOWED, Behaviour.WEBP, Behaviour.TRUNCATED,
]  # fmt: skip


def links(behaviours, count=None):
    return [link(behaviours[n % len(behaviours)], n) for n in range(count or len(behaviours))]


def table_of(job):
    return pq.read_table(job.data)


def statuses(job):
    return table_of(job)["status"].to_pylist()


def fingerprint(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def outcomes(urls, hosts, *, lookup=None, connections=32, per_host=8, **changes):
    """What comes of addresses, in order."""
    from laionet.fetching.client import fetch_all

    run = Run(hosts=hosts, connections=connections, connections_per_host=per_host)
    more = {"lookup": lookup} if lookup else {}

    async def all_of_them():
        return [result async for result in fetch_all(urls, knobs(**changes), run, **more)]

    return asyncio.run(all_of_them())


def answer(body=b"", status="200 OK", **headers):
    """An HTTP answer as bytes; header names with underscores for dashes."""
    fields = {"Content-Length": len(body), "Connection": "close"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


class Raw:
    """What a raw server was asked: requests as text, and where it listens."""

    def __init__(self, port):
        self.port, self.asked = port, []
        self.hosts = {"raw.test": f"127.0.0.1:{port}"}

    def paths(self):
        return [request.split(" ")[1] for request in self.asked]


@contextmanager
def raw_server(answers, robots=None):
    """A server that sends the bytes that ``answers`` has for a path, whatever they are, and hangs up.

    ``robots`` is its answer for robots.txt; by default there is none. A value that is a function is called
    with the connection instead.
    """
    answers = {"/robots.txt": robots or answer(status="404 Not Found"), **answers}

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            lines = []
            while (line := self.rfile.readline().decode("latin-1")) not in ("\r\n", ""):
                lines.append(line)
            if not lines:
                return
            raw.asked.append("".join(lines))
            said = answers.get(lines[0].split(" ")[1], answer(status="404 Not Found"))
            if callable(said):
                said(self)
            else:
                self.wfile.write(said)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads, block_on_close, allow_reuse_address = True, False, True

        def handle_error(self, request, client_address):
            """The other side may hang up at any time."""

    with Server(("127.0.0.1", 0), Handler) as server:
        raw = Raw(server.server_address[1])
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield raw
        server.shutdown()
