"""Two datasets with captions, one chosen by people: do images depend on that choice, given captions?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import polars as pl

from laionet.compare.independence import Independence, independence
from laionet.dataset import open_dataset
from laionet.errors import CorpusError, LayoutError, OutputError
from laionet.events import Event, Listener, ignore
from laionet.flow.comparing.aligned import Aligned, align, titles_apart
from laionet.flow.comparing.described import Described
from laionet.flow.comparing.places import Wanted, open_places
from laionet.flow.diagnosing.labelled import text_of
from laionet.flow.diagnosing.outcome import write_outcome
from laionet.flow.folder import RunFolder
from laionet.report.diagnosing.independence import independence_figure

#: Fields that say which image a caption is of.
_KEYS = ("sample", "key", "id", "filename", "file_name", "file")


def diagnose_independence(
    chosen: str,
    others: str,
    out: str | Path = "out/diagnose",
    *,
    captions: tuple[str | Path | None, str | Path | None] = (None, None),
    text_encoder: str = "embedded",
    device: str = "auto",
    least: int = 5,
    alpha: float = 0.05,
    seed: int = 0,
    listener: Listener = ignore,
    **knobs: Any,
) -> dict[str, Any]:
    """Test X ⊥ S | T within classes on two datasets: S is which of the two an image is of.

    Args:
        chosen: place of the dataset that people chose, as for ``compare_datasets``.
        others: place of the one that was selected by caption.
        out: folder to write ``diagnosis/independence.json`` and ``.svg`` into.
        captions: for each a table of captions, ``sample`` or file name beside ``caption``, or ImageNet-Captions'
            JSON; None for a run that ``laionet build`` made, and for a table of embeddings that has a ``caption``.
        text_encoder: that both sides' captions are embedded by.
        device: of the text encoder.
        least: rows of each side that a class must have.
        alpha: false discovery rate over classes.
        seed: of the test.
        listener: called with every event.
        knobs: of the recipe, for images that are to be described.

    Returns:
        ``datasets``: title, rows, and those without a caption. ``encoders``: for each image encoder that described
        both what ``compare.independence`` found, and ``classes`` by rising p.

    Raises:
        OutputError: for datasets without a class or an encoder in common.
        LayoutError: for captions that are of no image, or cannot be told apart.
    """
    out = Path(out)
    sides = open_places([chosen, others], (), Wanted(knobs, out, listener))
    titles_apart(sides)
    both = align(*sides)
    names = [name for name in sides[0].names("embedding") if name in sides[1].names("embedding")]
    if not names:
        raise OutputError(
            f"{sides[0].title} and {sides[1].title} were not described by one image encoder; describe both by one."
        )
    listener(Event("stage_started", "captions", data={"shards": 2}))
    said = [
        _captions(side, place, given, listener)
        for side, place, given in zip(sides, (chosen, others), captions, strict=True)
    ]
    text = _embedded(said, text_encoder, device)
    listener(Event("stage_done", "captions"))
    selected = np.repeat([True, False], [len(one) for one in sides])
    label = np.concatenate([both.a.label, both.b.label])
    label = np.where(both.common[label], label, -1)
    parts = []
    for name in names:
        image = np.concatenate([one.embeddings(name) for one in sides])
        found = independence(image, text, selected, label, len(both.classes), least=least, alpha=alpha, seed=seed)
        parts.append(_part(name, found, both))
    document = {
        "settings": {"text_encoder": text_encoder, "least": least, "alpha": alpha, "seed": seed},
        "datasets": [
            {"title": one.title, "rows": len(one), "without_caption": sum(not caption for caption in lines)}
            for one, lines in zip(sides, said, strict=True)
        ],
        "encoders": parts,
    }
    return write_outcome(out, "independence", document, independence_figure(document))


def _part(encoder: str, found: Independence, both: Aligned) -> dict[str, Any]:
    arrays = ("rows", "z", "p_of", "q", "distances")
    part = {key: value for key, value in asdict(found).items() if key not in arrays}
    tested = np.flatnonzero(np.isfinite(found.p_of))
    rows = [
        {
            "wnid": both.classes[one].wnid,
            "name": both.classes[one].text_name,
            "rows": int(found.rows[one]),
            "z": float(found.z[one]),
            "p": float(found.p_of[one]),
            "q": float(found.q[one]),
            "distance": float(found.distances[one]),
        }
        for one in tested[np.argsort(found.p_of[tested], kind="stable")].tolist()
    ]
    return {"encoder": encoder, **part, "tested": len(tested), "classes": rows}


def _embedded(said: list[list[str]], name: str, device: str) -> np.ndarray:
    """Embeddings of the captions of both sides, float32 (n, dim); NaN where there is none. Each text once."""
    from laionet.models.text import open_text_encoder

    lines = [caption for side in said for caption in side]
    distinct = sorted(set(filter(None, lines)))
    encoder = open_text_encoder(name, device=device)
    if not distinct:
        raise LayoutError("No image has a caption.")
    vectors = np.asarray(encoder.encode(distinct).embeddings, np.float32)
    place = {caption: at for at, caption in enumerate(distinct)}
    vectors = np.vstack([vectors, np.full((1, vectors.shape[1]), np.nan, np.float32)])
    return np.asarray(vectors[[place.get(caption, len(distinct)) for caption in lines]])


def _captions(side: Described, place: str, given: str | Path | None, listener: Listener) -> list[str]:
    """The caption of each row of a dataset, empty where there is none."""
    samples = [str(sample) for sample in side.samples]
    if given is not None:
        known = _named(Path(given).expanduser())
    elif side.folder is not None and (RunFolder(side.folder).dataset / "manifest.json").exists():
        tables = open_dataset(RunFolder(side.folder).dataset).tables(["caption"])
        lines = [caption or "" for table in tables for caption in table["caption"].to_pylist()]
        known = {str(at): caption for at, caption in enumerate(lines)}
        samples = [str(int(sample)) for sample in samples]
    elif Path(place).is_file():
        known = _named(Path(place))
    else:
        raise LayoutError(f"{side.title} has no captions of its own; give a table of them with --captions.")
    found = [known.get(sample, known.get(_stem(sample), "")) for sample in samples]
    missing = sum(not caption for caption in found)
    if missing == len(found):
        raise LayoutError(
            f"No caption given for {side.title} is of one of its images: its first image is {samples[0]!r}, the "
            f"first caption is of {next(iter(known), '')!r}."
        )
    if missing:
        text = f"{side.title}: {missing:,} of {len(found):,} images have no caption and are left out."
        listener(Event("note", text=text))
    listener(Event("shard_done", "captions", data={"kept": len(found) - missing}))
    return found


def _named(path: Path) -> dict[str, str]:
    """Captions by the sample or the file that they are of; by their row where the table names neither."""
    known: dict[str, str] = {}
    for at, record in enumerate(_records(path)):
        caption = text_of(record)
        name = next((str(record[key]) for key in _KEYS if record.get(key) not in (None, "")), str(at))
        if not caption:
            continue
        for key in dict.fromkeys((name, _stem(name))):
            if known.setdefault(key, caption) != caption:
                raise LayoutError(f"{path} has two captions of {key!r}; give each image one.")
    return known


def _stem(name: str) -> str:
    """A file's name without folder and ending: n01440764_10026 of n01440764/n01440764_10026.JPEG."""
    return PurePosixPath(name).name.partition(".")[0]


def _records(path: Path) -> Iterable[Mapping[str, Any]]:
    """Records of a JSON list, CSV, TSV or parquet table; binary columns and lists of numbers are left alone."""
    try:
        if path.suffix.lower() == ".json":
            content = json.loads(path.read_bytes())
            if not isinstance(content, list) or not all(isinstance(one, dict) for one in content):
                raise LayoutError(f"{path} must be a list of records, as imagenet_captions.json is.")
            return content
        if path.suffix.lower() == ".parquet":
            texts = [name for name, kind in pl.read_parquet_schema(path).items() if kind in _PLAIN]
            return pl.read_parquet(path, columns=texts).to_dicts()
        if path.suffix.lower() in (".csv", ".tsv"):
            separator = "\t" if path.suffix.lower() == ".tsv" else ","
            return pl.read_csv(path, separator=separator, infer_schema=False).to_dicts()
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise CorpusError(f"Cannot read {path}: {error}.") from error
    raise LayoutError(f"{path}: captions come as JSON, CSV, TSV or parquet.")


#: Kinds of columns that names and captions come in.
_PLAIN = (pl.String, pl.Int32, pl.Int64, pl.List(pl.String))
