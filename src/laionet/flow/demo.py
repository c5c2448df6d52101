"""The whole of the paper's job on the mini-web, with no download: from captions to the report."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from laionet.causal.annotators import Annotators
from laionet.causal.gallery import annotate, picture, pictures, write_annotated, write_corpus
from laionet.causal.latents import typicality
from laionet.causal.senses import CLASS_SOURCE, WNIDS
from laionet.causal.server import MiniWebServer
from laionet.causal.web import Web
from laionet.engines.local import available_cores
from laionet.errors import OutputError
from laionet.events import Event, Listener, ignore
from laionet.flow.comparing import Described, Settings, open_described
from laionet.flow.comparing.pair import compared
from laionet.flow.comparing.tables import write_class_table
from laionet.flow.demo_questions import ask
from laionet.flow.images import ImageRun
from laionet.flow.reporting.run import write_report
from laionet.recipe import Recipe, load_recipe
from laionet.report.results import Pair
from laionet.shards import plain, read_json, write_json

#: Where the pages begin that annotators are shown: far from those of the corpus, as Flickr is from LAION.
ELSEWHERE = 10_000_000

#: The embedded models, by use.
MODELS: dict[str, Any] = {
    "encoders": ("mini-web/clip",),
    "classifiers": ("mini-web/resnet", "mini-web/vit", "mini-web/convnext", "mini-web/beit"),
    "zero_shot": ("mini-web/clip",),
}


@dataclass(frozen=True)
class Demo:
    """What the demo is made of.

    Attributes:
        rows: pages of the caption corpus.
        pool: pages that annotators are shown candidates from.
        per_class: pictures of a class that annotators take at most.
        strength: of the link from image to selection, -1 to 1.
        seed: of web, votes and draws.
    """

    rows: int = 3_000
    pool: int = 12_000
    per_class: int = 40
    strength: float = 0.8
    seed: int = 0


def run_demo(out: Path, demo: Demo | None = None, listener: Listener = ignore) -> Pair:
    """Make the web, select by caption and by annotators, describe both, compare, ask why; write ``index.html``.

    Run again over the same folder it goes on where it stopped.

    Returns:
        The comparison, as written to ``out/comparison.json``; the first dataset is the one by caption. A notebook
        shows its main numbers.

    Raises:
        OutputError: where ``out`` holds another demo, or something else.
    """
    demo = demo or Demo()
    _settle(out, demo)
    web = Web(demo.seed)
    by_caption = describe_by_caption(out, web, demo, listener)
    by_annotators = describe_annotated(out, web, demo, listener)
    listener(Event("stage_started", "compare", data={"shards": 1}))
    settings = Settings(seed=demo.seed)
    found, columns = compared(by_caption, by_annotators, settings)
    pair = plain(found) | {"table": "pairs/by-caption-vs-by-annotators.parquet"}
    write_class_table(pair, columns, out / pair["table"])
    truth = _truth(out, web, by_caption, demo)
    whole = {"demo": asdict(demo), **pair, "truth": truth}
    document = Pair.of(whole, settings.level, settings.alpha)
    write_json(out / "comparison.json", document)
    listener(Event("stage_done", "compare"))
    ask(out, by_caption, demo.seed, listener)
    write_report(out, out / "index.html", seed=demo.seed, listener=listener)
    return document


def recipe_by_caption(corpus: Path, hosts: dict[str, str], seed: int = 0) -> Recipe:
    """The recipe of S: the paper's selection on the mini-web, with the embedded encoders."""
    return load_recipe(
        name="chosen by caption",
        seed=seed,
        classes__source=CLASS_SOURCE,
        corpus__files=(str(corpus),),
        select__duplicate_urls="exact",
        fetch__timeout_s=10.0,
        fetch__tries=2,
        fetch__rows_per_shard=500,
        run__hosts=hosts,
        **{f"describe__{use}": names for use, names in MODELS.items()},
    )


def recipe_of_reference(where: Path, name: str, seed: int = 0) -> Recipe:
    """The recipe that describes an annotated dataset of the mini-web."""
    return load_recipe(
        name=name,
        seed=seed,
        classes__source=CLASS_SOURCE,
        pictures__where=str(where),
        pictures__layout="parquet",
        fetch__rows_per_shard=500,
        **{f"describe__{use}": names for use, names in MODELS.items()},
    )


def _settle(out: Path, demo: Demo) -> None:
    before = read_json(out / "demo.json")
    if before is not None and before != asdict(demo):
        raise OutputError(f"{out} holds a demo with other settings: {json.dumps(before)}. Choose another --out.")
    if before is None and out.exists() and any(out.iterdir()):
        raise OutputError(f"{out} holds other files. Give an empty or a new folder with --out.")
    write_json(out / "demo.json", asdict(demo))


def describe_by_caption(out: Path, web: Web, demo: Demo, listener: Listener = ignore) -> Described:
    """S: the pipeline itself, over pages that are served by a local server."""
    corpus, _ = write_corpus(web, 0, demo.rows, out / "web")
    drawn: dict[int, bytes] = {}
    with MiniWebServer(lambda index: drawn.get(index) or picture(web, index), seed=demo.seed) as server:
        run = ImageRun(recipe_by_caption(corpus, server.hosts, demo.seed), out / "by-caption", listener=listener)
        run.build()
        if not run.fetched():
            wanted = _pictures_of(run)
            drawn.update(zip(wanted, _drawn(web, wanted, listener), strict=True))
        run.images()
    return open_described(out / "by-caption")


def _pictures_of(run: ImageRun) -> list[int]:
    """The pictures that the dataset's addresses name."""
    files = sorted((run.folder.dataset / "data").glob("*.parquet"))
    urls = [url for file in files for url in pq.read_table(file, columns=["url"])["url"].to_pylist()]
    return sorted({int(url.rpartition("/")[2].removesuffix(".jpg")) for url in urls})


def _drawn(web: Web, indices: Sequence[int], listener: Listener) -> list[bytes]:
    started = time.perf_counter()
    listener(Event("stage_started", "draw", data={"shards": len(indices)}))
    found = []
    for data in pictures(web, indices, available_cores()):
        found.append(data)
        listener(Event("shard_done", "draw", data={"kept": 1}))
    listener(Event("stage_done", "draw", data={"seconds": time.perf_counter() - started}))
    return found


def describe_annotated(out: Path, web: Web, demo: Demo, listener: Listener = ignore) -> Described:
    """S': simulated annotators look at other pages of the same web."""
    path = out / "annotated" / "pictures.parquet"
    if not path.exists():
        listener(Event("stage_started", "annotate", data={"shards": 1}))
        voters = Annotators(strength=demo.strength, seed=demo.seed)
        chosen = annotate(web, ELSEWHERE, ELSEWHERE + demo.pool, voters, demo.per_class)
        write_annotated(web, chosen, path, available_cores())
        listener(Event("shard_done", "annotate", data={"kept": len(chosen[0])}))
        listener(Event("stage_done", "annotate"))
    folder = out / "by-annotators"
    ImageRun(recipe_of_reference(path, "chosen by annotators", demo.seed), folder, listener=listener).describe()
    return open_described(folder)


def _truth(out: Path, web: Web, by_caption: Described, demo: Demo) -> dict[str, Any]:
    """What only a simulated web can tell: how typical the pictures are, and how many show their class."""
    known = pq.read_table(out / "web" / "truth" / "part-00000.parquet", columns=["url", "wnid", "typicality"])
    by_url = {row["url"]: (row["wnid"], row["typicality"]) for row in known.to_pylist()}
    fetched = pq.ParquetDataset(sorted((out / "by-caption" / "fetch").glob("[0-9]*.parquet"))).read(
        ["sample", "url"]
    )
    url_of = dict(zip(fetched["sample"].to_pylist(), fetched["url"].to_pylist(), strict=True))
    seen = [by_url[url_of[sample]] for sample in by_caption.samples]
    right = [wnid == WNIDS[label] for (wnid, _), label in zip(seen, by_caption.label.tolist(), strict=True)]
    annotated = pq.read_table(out / "annotated" / "pictures.parquet", columns=["frequency", "typicality"])
    everything = [typicality(web.page(index).scene) for index in range(min(demo.rows, 1_000))]
    return {
        "strength": demo.strength,
        "by_caption": {"typicality": float(np.mean([t for _, t in seen])), "right": float(np.mean(right))},
        "by_annotators": {
            "typicality": float(np.mean(annotated["typicality"])),
            "frequency": float(np.mean(annotated["frequency"])),
        },
        "web": {"typicality": float(np.mean(everything))},
    }
