"""How fast the mini-web is made: pages with captions and truth, and pictures."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.tables import Bench, met
from laionet.causal.gallery import pictures, write_corpus
from laionet.causal.web import Web
from laionet.engines.local import available_cores

ROWS = 10_000


def run(rows: int = ROWS) -> Bench:
    """Make ``rows`` pages with all their pictures; the bar is the design's: 10,000 in under a minute."""
    web, workers = Web(0), available_cores()
    bench = Bench(
        "mini-web: pages and pictures",
        f"{rows:,} pages: captions, truth and JPEG files of 256 pixels a side; {workers} processes, their start "
        "counted. One run.",
    )
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        write_corpus(web, 0, rows, Path(folder))
        pages = time.perf_counter() - started
    size = sum(map(len, pictures(web, [page.picture for page in web.pages(0, rows)], workers)))
    whole = time.perf_counter() - started
    bench.add("captions and truth, one process", f"{rows / pages:,.0f} pages/s, {pages:.1f} s")
    bench.add("pictures", f"{rows / (whole - pages):,.0f} a second, {size / rows / 1000:.1f} kB each")
    scaled = whole * ROWS / rows
    bench.add("all of it", f"{scaled:.0f} s for {ROWS:,} rows", "", met(scaled, 60, at_least=False))
    return bench


if __name__ == "__main__":
    print(run().markdown())
