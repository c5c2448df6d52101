"""Does the text alone explain the class that captions were given (paper, Section 4.2, Figure 9)?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from laionet.compare.explained import CaptionSums, Explained, caption_sums, default_edges, explained, merged
from laionet.errors import OutputError
from laionet.events import Event, Listener, ignore
from laionet.flow.diagnosing.labelled import LabelledCaptions, read_labelled
from laionet.flow.diagnosing.outcome import write_outcome
from laionet.flow.folder import RunFolder
from laionet.report.diagnosing.explained import explained_figure
from laionet.vocab import ClassList, load_classes

if TYPE_CHECKING:
    from laionet.models.text import TextEncoder

#: Own similarities that are looked at from above, as by a selection's threshold.
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
#: Captions encoded and compared at once.
_AT_ONCE = 4_096


def diagnose_explained(
    captions: str | Path,
    out: str | Path = "out/diagnose",
    *,
    classes: str = "imagenet1k",
    text: str = "name-def",
    encoder: str = "embedded",
    selected: str | Path | None = None,
    caption_column: str | None = None,
    label_column: str | None = None,
    bins: int = 40,
    thresholds: Sequence[float] = THRESHOLDS,
    device: str = "auto",
    level: float = 0.95,
    seed: int = 0,
    listener: Listener = ignore,
) -> dict[str, Any]:
    """Hold captions against the texts of all classes, and write numbers and a figure.

    Args:
        captions: captions with a class each; see ``labelled.read_labelled``.
        out: folder to write ``diagnosis/explained.json`` and ``.svg`` into.
        classes: class list.
        text: template of the class texts.
        encoder: text encoder.
        selected: captions that text alone selected, for comparison: a run or dataset that laionet built.
        caption_column, label_column: of ``captions``, where they have other names.
        bins: of own similarity, from -1 to 1.
        thresholds: own similarities to look at from above.
        device: of the encoder.
        level, seed: of the intervals.
        listener: called with events.

    Returns:
        ``observed`` and ``selected`` (None where not given): captions, classes, bins, more, first, above, as
        ``compare.explained.Explained`` has them, and records left out by reason.

    Raises:
        OutputError: for fewer than two classes.
        LaionetError: for captions or a model that cannot be read.
    """
    from laionet.models.text import open_text_encoder

    out, known = Path(out), load_classes(classes)
    if len(known) < 2:
        raise OutputError("With one class no other can be more similar; give a list of two classes or more.")
    sources = [read_labelled(captions, known, caption=caption_column, label=label_column)]
    if selected is not None:
        sources.append(read_labelled(selected, known))
    with RunFolder(out).locked():
        model = open_text_encoder(encoder, device=device)
        texts = model.encode(known.texts(text)).embeddings
        parts = []
        listener(Event("stage_started", "encode", data={"shards": sum(_blocks(one) for one in sources)}))
        for one in sources:
            sums, truncated = _sums(one, texts, model, default_edges(bins), listener)
            found = explained(sums, thresholds=thresholds, level=level, seed=seed)
            parts.append(_document(found, one, known, truncated))
        listener(Event("stage_done", "encode"))
        document = {
            "settings": {"level": level, "seed": seed, "bins": bins},
            "captions": str(captions),
            "selected_from": None if selected is None else str(selected),
            "classes": {"source": known.source, "count": len(known), "text": text},
            "encoder": {"name": encoder, "digest": model.digest},
            "observed": parts[0],
            "selected": parts[1] if len(parts) > 1 else None,
        }
        return write_outcome(out, "explained", document, explained_figure(document))


def _blocks(one: LabelledCaptions) -> int:
    return -(-len(one) // _AT_ONCE)


def _sums(
    given: LabelledCaptions, texts: np.ndarray, model: TextEncoder, edges: np.ndarray, listener: Listener
) -> tuple[CaptionSums, int]:
    """Sums over all captions, a block at a time, and how many were longer than the encoder reads."""
    found: CaptionSums | None = None
    truncated = 0
    for start in range(0, len(given), _AT_ONCE):
        some = given.captions[start : start + _AT_ONCE]
        encoded = model.encode(some)
        part = caption_sums(encoded.embeddings, given.label[start : start + _AT_ONCE], texts, edges)
        found = part if found is None else merged([found, part])
        truncated += int(encoded.truncated.sum())
        listener(Event("shard_done", "encode", data={"kept": len(some)}))
    assert found is not None  # read_labelled gives one caption or more
    return found, truncated


def _document(found: Explained, given: LabelledCaptions, classes: ClassList, truncated: int) -> dict[str, Any]:
    document = asdict(found)
    document["above"] = [
        {"threshold": threshold, "share": asdict(share), "more": asdict(more)}
        for threshold, share, more in found.above
    ]
    dropped = dict(given.dropped)
    if found.left_out:
        dropped["not_finite"] = found.left_out
    return document | {"dropped": dropped, "truncated": truncated, "other_classes": len(classes) - 1}
