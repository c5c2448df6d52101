"""Building an index: vectors by parts, lists by groups, recall measured; each step goes on where it was."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from laionet.errors import CorpusError, OutputError
from laionet.events import Event, Listener, ignore
from laionet.index import inverted, recall
from laionet.index.encoding import IndexEncoder
from laionet.index.exact import exact
from laionet.index.manifest import FORMAT, NAME
from laionet.index.parts import Encode, Making, Part, make_parts, same_length
from laionet.index.reading import TableRows, find_sources
from laionet.index.search import Index, open_index
from laionet.index.settings import FLAT_UP_TO, LEAST_IN_LISTS, IndexSettings
from laionet.shards import read_json, sweep_temporaries, write_json


def build_index(
    captions: Sequence[str | Path],
    out: str | Path,
    settings: IndexSettings | None = None,
    *,
    queries: np.ndarray | Sequence[str] | None = None,
    layout: str = "auto",
    columns: Mapping[str, str] | None = None,
    encode: Encode | None = None,
    listener: Listener = ignore,
) -> Index:
    """Build an index of captions, or go on with one that was interrupted.

    Args:
        captions: files of a corpus, a run's folder, a dataset's, or parquet tables of embeddings.
        out: folder to write.
        settings: how.
        queries: what will be asked, as texts or as embeddings (n, dim); lists are chosen and recall is measured by
            these. By default rows of the index ask for their nearest other row.
        layout, columns: of a corpus; see ``laionet.corpus.plan``.
        encode: texts to unit vectors in place of ``settings.encoder``, which then names it.
        listener: called with events.

    Returns:
        The index, open.

    Raises:
        CorpusError: nothing named, missing, unreadable, or without a single caption.
        OutputError: the folder holds other files, or another building is at work in it.
        ModelError: the encoder cannot be loaded.
    """
    from filelock import FileLock, Timeout

    folder, settings = Path(out), settings or IndexSettings()
    if folder.exists() and (other := [p.name for p in folder.iterdir() if p.name not in _OURS]):
        raise OutputError(f"{folder} holds other files ({other[0]}). Give an empty or a new folder with --out.")
    (folder / "log").mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / "log" / "lock", timeout=0):
            sweep_temporaries(folder)
            building = Building(folder, settings, listener)
            return building.run(find_sources(captions, layout=layout, columns=columns), queries, encode)
    except Timeout:
        raise OutputError(f"Another laionet is building in {folder}; wait for it to end.") from None


_OURS = (NAME, "parts", "lists", "log")
#: Queries that looking at all is timed by, in a flat index.
_TRIAL = 64


def _starts(parts: Sequence[Part]) -> np.ndarray:
    """Number of the first row of each part, and of all."""
    return np.cumsum([0, *(part.rows for part in parts)])


class Building:
    """One building of an index in its folder."""

    def __init__(self, folder: Path, settings: IndexSettings, listener: Listener) -> None:
        self.folder, self.settings, self.listener = folder, settings, listener

    def run(self, sources: Sequence[Any], queries: Any, encode: Encode | None) -> Index:
        """All steps."""
        embedded = [isinstance(one, TableRows) and "embedding" in one.columns for one in sources]
        if any(embedded) and not all(embedded):
            raise CorpusError(
                "Some of what was named has embeddings and some has captions alone; index each by itself."
            )
        encoder = IndexEncoder(self.settings.encoder, self.settings.device, encode, needed=not any(embedded))
        key = self._key(sources, encoder, queries)
        saved = read_json(self.folder / NAME)
        if isinstance(saved, dict) and saved.get("key") == key:
            self._let_go(saved)
            return open_index(self.folder)
        (self.folder / NAME).unlink(missing_ok=True)
        parts = self._parts(sources, encoder)
        rows = sum(part.rows for part in parts)
        if not rows:
            raise CorpusError("There is no caption in what was named.")
        kind = self.settings.kind
        if rows < LEAST_IN_LISTS or (kind == "auto" and rows <= FLAT_UP_TO):
            kind = "flat"
        elif kind == "auto":
            kind = "ivf"
        manifest = self._facts(key, kind, parts, encoder)
        if kind == "flat":
            with self.timed("exact", rows * min(rows, _TRIAL)):
                exact(parts, recall.drawn(parts, _starts(parts), min(rows, _TRIAL), [self.settings.seed, 2])[1], 1)
        else:
            manifest |= self._lists(parts)
            asked = encoder.vectors(queries) if queries is not None else None
            manifest |= self._recall(manifest, parts, asked)
            manifest["vectors"] = self.settings.keep_vectors
            self._say_if_short(manifest["recall"])
        write_json(self.folder / NAME, manifest)
        self._let_go(manifest)
        return open_index(self.folder)

    def _key(self, sources: Sequence[Any], encoder: IndexEncoder, queries: Any) -> str:
        settings = {name: value for name, value in asdict(self.settings).items() if name != "device"}
        asked = None
        if queries is not None:
            given = (
                np.asarray(queries).tobytes()
                if isinstance(queries, np.ndarray)
                else json.dumps(list(queries)).encode()
            )
            asked = hashlib.sha256(given).hexdigest()
        parts = [FORMAT, settings, encoder.identity, asked, [one.identity() for one in sources]]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]

    def _parts(self, sources: Sequence[Any], encoder: IndexEncoder) -> list[Part]:
        settings = self.settings
        making = Making(encoder, encoder.identity, settings.precision, settings.rows_per_part)
        self.listener(Event("stage_started", "vectors", data={"shards": len(sources)}))
        parts: list[Part] = []
        for number, source in enumerate(sources):
            last = time.perf_counter() - encoder.loading

            def told(part: Part, there: bool) -> None:
                nonlocal last
                now = time.perf_counter() - encoder.loading  # loading is paid once
                if not there:
                    self.spent("vectors", part.rows, now - last)
                last = now

            made = make_parts(number, source, self.folder / "parts", making, told)
            parts += made
            self.listener(Event("shard_done", "vectors", data={"kept": sum(part.rows for part in made)}))
        self.listener(Event("stage_done", "vectors"))
        if parts:
            same_length(parts)
        return parts

    def _facts(self, key: str, kind: str, parts: Sequence[Part], encoder: IndexEncoder) -> dict[str, Any]:
        import laionet

        dropped: Counter[str] = Counter()
        for part in parts:
            dropped.update(part.dropped)
        return {
            "format": FORMAT,
            "laionet": laionet.__version__,
            "key": key,
            "kind": kind,
            "encoder": encoder.name,
            "encoder_digest": encoder.digest,
            "dim": parts[0].dim,
            "precision": parts[0].precision,
            "vectors": True,
            "rows": sum(part.rows for part in parts),
            "dropped": dict(sorted(dropped.items())),
            "seed": self.settings.seed,
            "parts": [
                {
                    "name": part.name,
                    "rows": part.rows,
                    "dropped": part.dropped,
                    "bytes": part.vectors_file.stat().st_size,
                    "bytes_of_rows": part.rows_file.stat().st_size,
                }
                for part in parts
            ],
        }

    def _lists(self, parts: Sequence[Part]) -> dict[str, Any]:
        folder = self.folder / "lists"
        rows, dim = sum(part.rows for part in parts), parts[0].dim
        lists = self.settings.lists or inverted.number_of_lists(rows, dim)
        product = inverted.product_parts(dim) if self.settings.keep_vectors else None
        keys = [read_json(part.folder / f"{part.name}.json")["key"] for part in parts]
        told = json.dumps([FORMAT, lists, product, self.settings.seed, keys])
        key = hashlib.sha256(told.encode()).hexdigest()[:32]
        trained, report = folder / inverted.TRAINED, folder / "trained.json"
        saved = read_json(report)
        starts = _starts(parts)
        if not (isinstance(saved, dict) and saved.get("key") == key and trained.exists()):
            report.unlink(missing_ok=True)
            wanted = max(lists * inverted.PER_LIST, inverted.LEAST_SAMPLE)
            sample = min(rows, max(lists, min(wanted, inverted.SAMPLE_BYTES // (4 * dim))))
            with self.timed("train", sample * lists):
                vectors = recall.drawn(parts, starts, sample, [self.settings.seed, 1])[1]
                inverted.write_trained(inverted.train(vectors, lists, product, self.settings.seed), trained)
                del vectors
            saved = {"key": key, "sample": sample, **inverted.stamp(trained)}
            write_json(report, saved)
        groups = inverted.grouped(parts)
        self.listener(Event("stage_started", "lists", data={"shards": len(groups)}))
        found = []
        for group in groups:
            started = time.perf_counter()
            done, there = inverted.fill(folder, group, parts, starts, f"{key}-{saved['sha256'][:16]}-{group.name}")
            if not there:
                self.spent("lists", done["rows"] * lists, time.perf_counter() - started)
            found.append(done)
            self.listener(Event("shard_done", "lists", data={"kept": done["rows"]}))
        self.listener(Event("stage_done", "lists"))
        return {
            "scan": "product" if product else "byte",
            "lists": lists,
            "sample": saved["sample"],
            "trained": {name: saved[name] for name in ("bytes", "sha256")},
            "groups": found,
        }

    def _recall(self, manifest: dict[str, Any], parts: Sequence[Part], asked: np.ndarray | None) -> dict[str, Any]:
        """Lists to look at, and what recall they give, with times of both ways to search."""
        lists = inverted.Lists.opened(self.folder, manifest)
        index = Index(self.folder, manifest | {"vectors": self.settings.keep_vectors}, tuple(parts), lists)
        found = recall.measured(index, self.settings, asked)
        for what, amount, seconds in found.pop("spent"):
            self.spent(what, amount, seconds)
        return found

    def _say_if_short(self, recall: Mapping[str, Any]) -> None:
        found, wanted = recall["at_1"]["value"], recall["wanted"]
        if found < wanted:
            kept = "" if self.settings.keep_vectors else " Keep vectors, so that similarities are true ones."
            text = f"The nearest row is found for {found:.1%} of queries, {wanted:.1%} were wanted.{kept}"
            self.listener(Event("note", text=text))

    def spent(self, what: str, amount: float, seconds: float) -> None:
        """Note what a step took; times live in ``log/`` alone."""
        with (self.folder / "log" / "times.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps({"what": what, "amount": amount, "seconds": round(seconds, 6)}) + "\n")

    @contextmanager
    def timed(self, what: str, amount: float) -> Iterator[None]:
        """Note what a block took."""
        started = time.perf_counter()
        yield
        self.spent(what, amount, time.perf_counter() - started)

    def _let_go(self, manifest: Mapping[str, Any]) -> None:
        """Delete vectors that are not to be kept, and what an earlier corpus or other settings left."""
        if not manifest["vectors"]:
            for path in (self.folder / "parts").glob("*.vectors"):
                path.unlink()
        keep = {part["name"] for part in manifest["parts"]}
        keep |= {name.partition("-")[0] for name in keep}
        for path in (self.folder / "parts").glob("*"):
            if path.name.partition(".")[0] not in keep:
                path.unlink()
        groups = {group["name"] for group in manifest.get("groups", [])} | {"trained"}
        for path in (self.folder / "lists").glob("*"):
            if manifest["kind"] == "flat" or path.name.partition(".")[0] not in groups:
                path.unlink()
