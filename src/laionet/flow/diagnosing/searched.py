"""Had a dataset been made by searching texts alone (paper, Section 4.3, Appendix E, Figures 10 and 18)?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from laionet.compare.frequency import significant_shares
from laionet.compare.similarity import intra_class, similarity_difference
from laionet.errors import OutputError
from laionet.events import Event, Listener, ignore
from laionet.flow.comparing.aligned import Aligned, align
from laionet.flow.comparing.described import Described
from laionet.flow.comparing.places import Wanted, open_places
from laionet.flow.comparing.similarities import paper_counts, similarity_part
from laionet.flow.diagnosing.found import Hits, described, hits, write_found
from laionet.flow.diagnosing.labelled import LabelledCaptions, read_labelled
from laionet.flow.diagnosing.outcome import write_outcome
from laionet.flow.folder import RunFolder
from laionet.index import Index, Neighbours, open_encoder, open_index
from laionet.report.diagnosing.searched import searched_figure
from laionet.vocab import ClassList, load_classes

#: Thresholds that are swept, where no others are asked for.
THRESHOLDS = tuple(round(0.3 + 0.05 * step, 2) for step in range(14))
#: Texts that are encoded and searched for at once.
_AT_ONCE = 8_192


def diagnose_searched(
    captions: str | Path,
    index: str | Path,
    out: str | Path = "out/diagnose",
    *,
    threshold: float = 0.7,
    thresholds: Sequence[float] = THRESHOLDS,
    same_label: bool = False,
    classes: str = "imagenet1k",
    caption_column: str | None = None,
    label_column: str | None = None,
    images: str | None = None,
    reference: str | None = None,
    level: float = 0.95,
    alpha: float = 0.05,
    rarefy_to: int = 20,
    seed: int = 0,
    device: str = "auto",
    listener: Listener = ignore,
) -> dict[str, Any]:
    """For each text of a dataset the nearest caption of a corpus; what that makes, and how its images compare.

    Args:
        captions: texts with a class each, as ImageNet-Captions'; see ``labelled.read_labelled``.
        index: folder of an index of the corpus's captions.
        out: folder to write ``diagnosis/searched.json``, ``.svg`` and ``.parquet`` into: the rows found above the
            threshold, with the class of the text that found them.
        threshold: a row counts if its similarity to the text is strictly above it.
        thresholds: that are swept.
        same_label: only rows of the text's own class.
        classes: class list of the texts.
        caption_column, label_column: of ``captions``, where they have other names.
        images: described images of the corpus's rows: a run's folder, or a table of embeddings whose column
            ``sample`` is that of the index's rows.
        reference: the images that the texts are of, described by the same encoder.
        level, alpha: of intervals, and the false discovery rate.
        rarefy_to, seed: of the measures of diversity.
        device: of the text encoder.
        listener: called with events.

    Returns:
        ``settings``, ``index``, ``how``, ``texts``, ``dropped``; ``found`` at the threshold; ``sweep``; and
        ``similarity``, one part an encoder, as a comparison has it at the threshold, with its own ``sweep``.

    Raises:
        OutputError: for images without a reference or the other way round, or none of them in the index.
        LaionetError: for captions, an index or a model that cannot be read.
    """
    if (images is None) != (reference is None):
        raise OutputError("Give images of the corpus and the reference's images, both or neither.")
    out, known, opened = Path(out), load_classes(classes), open_index(index)
    given = read_labelled(captions, known, caption=caption_column, label=label_column)
    swept = sorted({*map(float, thresholds), float(threshold)})
    with RunFolder(out).locked():
        neighbours = _search(opened, given, known, same_label, device, listener)
        found = hits(neighbours, given.label)
        write_found(out / "diagnosis" / "searched.parquet", opened, found, given, known, threshold)
        document: dict[str, Any] = {
            "settings": {"threshold": threshold, "same_label": same_label, "level": level, "alpha": alpha,
                         "seed": seed},
            "title": "searched by text",
            "captions": str(captions),
            "texts": len(given),
            "dropped": given.dropped,
            "index": {name: opened.manifest.get(name) for name in ("kind", "rows", "encoder", "nprobe", "recall")},
            "how": neighbours.how,
            "found": found.above(threshold),
            "sweep": [found.above(one) for one in swept],
            "similarity": [],
            "reference": None,
        }  # fmt: skip
        if images is not None and reference is not None:
            pictures, other = open_places([images, reference], [], Wanted({}, out, listener))
            mine = described(opened, found, known, pictures, other)
            document["reference"] = {"title": other.title, "where": reference, "images": len(other)}
            lost = len(found.number) - len(mine)
            document["images"] = {"where": images, "described": len(mine), "not_described": lost}
            both, chosen = align(mine, other), _chosen(opened, found.only(threshold), known, pictures, other)
            for encoder in mine.names("embedding"):
                part: dict[str, Any] = {"encoder": encoder, "classes": [], "distribution": {"edges": []}}
                if chosen:
                    part = similarity_part(
                        chosen, encoder, level=level, alpha=alpha, seed=seed, rarefy_to=rarefy_to
                    )[0]
                part["sweep"] = [_at(both, encoder, one, level, alpha) for one in swept]
                document["similarity"].append(part)
        return write_outcome(out, "searched", document, searched_figure(document))


def _search(
    index: Index, given: LabelledCaptions, classes: ClassList, same_label: bool, device: str, listener: Listener
) -> Neighbours:
    """The nearest row of each text."""
    encode = open_encoder(index.manifest["encoder"], device)
    parts = []
    listener(Event("stage_started", "search", data={"shards": -(-len(given) // _AT_ONCE)}))
    for start in range(0, len(given), _AT_ONCE):
        vectors = encode(given.captions[start : start + _AT_ONCE])
        if same_label:
            wnids = [classes.wnids[label] for label in given.label[start : start + _AT_ONCE]]
            parts.append(index.search_within_class(vectors, wnids, 1))
        else:
            parts.append(index.search(vectors, 1))
        listener(Event("shard_done", "search", data={"kept": len(vectors)}))
    listener(Event("stage_done", "search"))
    return Neighbours(
        np.concatenate([part.similarity for part in parts]),
        np.concatenate([part.number for part in parts]),
        parts[0].how,
    )


def _chosen(opened: Index, found: Hits, known: ClassList, pictures: Described, other: Described) -> Aligned | None:
    """What is above the threshold beside the reference; none where they have no class in common."""
    try:
        return align(described(opened, found, known, pictures, other), other)
    except OutputError:
        return None


def _at(both: Aligned, encoder: str, threshold: float, level: float, alpha: float) -> dict[str, Any]:
    """The main numbers at one threshold."""
    n, kept = len(both.classes), both.a.data.numbers("similarity") > threshold
    sides = (both.a.data.embeddings(encoder), np.where(kept, both.a.label, -1)), (
        both.b.data.embeddings(encoder), both.b.label,
    )  # fmt: skip
    sound, paper = (
        [intra_class(x, label, n, level=level, method=method) for x, label in sides]
        for method in ("second-order", "paper")
    )
    found = similarity_difference(sound[0], sound[1], alpha=alpha)
    shares = significant_shares(found, level=level)
    return {
        "threshold": threshold,
        "samples": int(kept.sum()),
        "judged": found.judged,
        "lower": found.lower,
        "higher": found.higher,
        "share_lower": asdict(shares.lower),
        "share_higher": asdict(shares.higher),
        "pooled": asdict(found.pooled),
        "paper": paper_counts(paper[0], paper[1]),
    }
