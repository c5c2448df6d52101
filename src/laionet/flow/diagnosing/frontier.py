"""The image link put into a dataset: pairs of thresholds that keep it as large (journal version, Section 4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from laionet.compare.frequency import within_class_trend
from laionet.compare.frontier import PUBLISHED, Frontier, classes_frontier, kept, samples_frontier
from laionet.compare.similarity import ClassSimilarity, intra_class, similarity_difference
from laionet.errors import OutputError
from laionet.events import Listener, ignore
from laionet.flow.comparing.described import Described, open_described
from laionet.flow.comparing.places import Wanted, open_places
from laionet.flow.diagnosing.linked import Linked, open_linked
from laionet.flow.diagnosing.outcome import write_outcome
from laionet.flow.diagnosing.versions import joint_labels
from laionet.flow.folder import RunFolder
from laionet.report.diagnosing.frontier import frontier_figure
from laionet.shards import replacing

#: The encoder that the published text thresholds are of.
PUBLISHED_ENCODER = "openai/clip-vit-base-patch32"


@dataclass(frozen=True)
class Keep:
    """What stays the same along the frontier; one of them.

    Attributes:
        samples: number of rows.
        classes: number of classes with a row.
        reference: a text and an image threshold; as many rows as these keep.
    """

    samples: int | None = None
    classes: int | None = None
    reference: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if sum(one is not None for one in (self.samples, self.classes, self.reference)) != 1:
            raise OutputError(
                "Say what stays the same: --keep-samples, --keep-classes or --reference, one of them."
            )
        if min(one for one in (self.samples, self.classes, 1) if one is not None) < 1:
            raise OutputError("A frontier keeps one sample or class or more.")


def diagnose_frontier(
    run: str | Path,
    out: str | Path = "out/diagnose",
    *,
    keep: Keep,
    at: Sequence[float] = (),
    points: int = 25,
    model: str | None = None,
    against: str | None = None,
    write: bool = False,
    level: float = 0.95,
    alpha: float = 0.05,
    listener: Listener = ignore,
    **knobs: Any,
) -> dict[str, Any]:
    """Find all pairs of thresholds that keep a dataset as large; write numbers, a figure, and datasets along it.

    Args:
        run: folder of a run: a dataset built from captions, its images described with a zero-shot model.
        out: folder to write ``diagnosis/frontier.json`` and ``.svg`` into.
        keep: what stays the same.
        at: text thresholds of the datasets A, B, C, ...; none for the published ones where the run has them (CLIP
            ViT-B/32), else four from the lowest upwards.
        points: text thresholds of the curve.
        model: whose similarity of image and synset; the first where not given.
        against: place of a reference dataset; similarity within classes is held against it along the frontier.
        write: write the rows of the datasets along it, ``diagnosis/frontier/NAME.parquet``.
        level, alpha: of intervals, and false discovery rate.
        listener: called with events, where ``against`` is to be described.
        knobs: of the recipe, for that.

    Returns:
        ``frontier``: text, image, samples, classes of each point; ``named``: of the datasets along it, with
        ``similarity`` by encoder; ``trends``: within classes, of similarity on the image threshold.

    Raises:
        OutputError: for a run without captions or zero-shot model, or where nothing can be kept.
    """
    out = Path(out)
    data = open_described(Path(run))
    linked = open_linked(data, Path(run), model)
    found, reference, grid = _frontier(linked, keep, points)
    pairs = _pairs(linked, found.wanted, keep, _named(linked, keep, list(at), grid))
    with RunFolder(out).locked():
        other = open_places([against], [], Wanted(knobs, out, listener))[0] if against else None
        named, trends = _along(data, linked, pairs, other, level, alpha)
        document = _about(data, linked, found, keep) | {
            "settings": {"level": level, "alpha": alpha},
            "against": other.title if other else None,
            "reference": reference,
            "named": named,
            "trends": trends,
        }
        if write:
            for name, s, u in pairs:
                _write_rows(data, linked, kept(linked.text, linked.image, s, u), _file(out, name))
        return write_outcome(out, "frontier", document, frontier_figure(document))


def _about(data: Described, linked: Linked, found: Frontier, keep: Keep) -> dict[str, Any]:
    """The dataset and its frontier, for the document."""
    columns = (one.tolist() for one in (found.text, found.image, found.samples, found.classes))
    return {
        "dataset": {"title": data.title, "where": str(data.folder), "rows": linked.rows, "images": len(data)},
        "model": linked.model,
        "text_encoder": linked.text_encoder,
        "text_threshold_of_run": linked.threshold,
        "unknown": found.unknown,
        "keep": "classes" if keep.classes else "samples",
        "wanted": found.wanted,
        "frontier": [
            {"text": s, "image": u, "samples": n, "classes": k}
            for s, u, n, k in zip(*columns, strict=True)
            if not np.isnan(u)
        ],
        "published": [list(one) for one in PUBLISHED],
    }


def _frontier(linked: Linked, keep: Keep, points: int) -> tuple[Frontier, dict[str, Any] | None, np.ndarray]:
    """The curve, what the reference keeps, and the text thresholds of the curve."""
    wanted, reference = keep.samples or keep.classes or 0, None
    if keep.reference:
        rows = kept(linked.text, linked.image, *keep.reference)
        wanted = int(rows.sum())
        reference = {"text": keep.reference[0], "image": keep.reference[1], "samples": wanted}
        reference["classes"] = len(np.unique(linked.label[rows]))
    known = np.isfinite(linked.text) & np.isfinite(linked.image)
    text = linked.text[known]
    if keep.classes:
        top = np.full(linked.n_classes, -np.inf)
        np.maximum.at(top, linked.label[known], text)
        text = top[np.isfinite(top)]
    if not 0 < wanted <= len(text):
        what = "classes" if keep.classes else "samples"
        raise OutputError(f"{len(text):,} {what} have both similarities; a frontier of {wanted:,} cannot be kept.")
    highest = float(np.sort(text)[-wanted])
    # Strictly above: just below the highest that can still be kept.
    highest = float(np.nextafter(np.float32(highest), np.float32(-1)))
    grid = np.linspace(min(linked.threshold, highest), highest, points)
    return _search(linked, wanted, keep, grid), reference, grid


def _search(linked: Linked, wanted: int, keep: Keep, at: np.ndarray) -> Frontier:
    search = classes_frontier if keep.classes else samples_frontier
    return search(linked.text, linked.image, linked.label, wanted, at)


def _pairs(
    linked: Linked, wanted: int, keep: Keep, names: Sequence[tuple[str, float]]
) -> list[tuple[str, float, float]]:
    """Name, text and image threshold of the datasets along the frontier, and of the reference."""
    where = _search(linked, wanted, keep, np.array([s for _, s in names]))
    pairs = [
        (name, float(s), float(u))
        for (name, s), u in zip(names, where.image.tolist(), strict=True)
        if not np.isnan(u)
    ]
    return [*pairs, ("reference", *keep.reference)] if keep.reference else pairs


def _named(linked: Linked, keep: Keep, at: list[float], grid: np.ndarray) -> list[tuple[str, float]]:
    """Names and text thresholds of the datasets along the frontier."""
    if not at:
        end = min(keep.reference[0], float(grid[-1])) if keep.reference else float(grid[-1])
        published = [s for s, _ in PUBLISHED]
        if linked.text_encoder == PUBLISHED_ENCODER and grid[0] <= published[0] and published[-1] < end:
            at = published
        else:
            at = np.linspace(grid[0], end, 5)[:4].tolist()
    letters = [*ascii_uppercase] if len(at) <= len(ascii_uppercase) else [f"{i + 1}" for i in range(len(at))]
    return list(zip(letters, at, strict=False))


def _along(
    data: Described,
    linked: Linked,
    pairs: Sequence[tuple[str, float, float]],
    other: Described | None,
    level: float,
    alpha: float,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The datasets along the frontier, and how similarity within classes goes with the image threshold."""
    masks = [kept(linked.text, linked.image, s, u) for _, s, u in pairs]
    named: list[dict[str, Any]] = [
        {
            "name": name,
            "text": s,
            "image": u,
            "samples": int(rows.sum()),
            "classes": len(np.unique(linked.label[rows])),
            "similarity": [],
        }
        for (name, s, u), rows in zip(pairs, masks, strict=True)
    ]
    labels = joint_labels([data, other] if other else [data])
    n = 1 + max(int(label.max(initial=-1)) for label in labels)
    thresholds = np.array([u if np.isfinite(u) else np.nan for _, _, u in pairs])
    trends = []
    for encoder in data.names("embedding"):
        x = data.embeddings(encoder)
        theirs = None
        if other is not None and encoder in other.names("embedding"):
            theirs = intra_class(other.embeddings(encoder), labels[1], n, level=level)
        sides = [intra_class(x, np.where(rows, labels[0], -1), n, level=level) for rows in masks]
        for one, side in zip(named, sides, strict=True):
            one["similarity"].append({"encoder": encoder} | _against(side, theirs, alpha))
        means = np.stack([np.where(np.isfinite(side.se), side.mean, np.nan) for side in sides], axis=1)
        found = within_class_trend(means, thresholds, level=level)
        trends.append(
            {"encoder": encoder, "slope": asdict(found.slope), "pooled": asdict(found.pooled), "p": found.p}
            | {"p_signed_rank": found.p_signed_rank, "rising": found.rising, "classes": found.classes}
        )
    return named, trends


def _against(side: ClassSimilarity, theirs: ClassSimilarity | None, alpha: float) -> dict[str, Any]:
    """Mean similarity within classes, and its difference to the reference's."""
    some = side.mean[np.isfinite(side.mean)]
    told: dict[str, Any] = {"mean": float(some.mean()) if len(some) else None, "difference": None}
    if theirs is not None:
        found = similarity_difference(side, theirs, alpha=alpha)
        told |= {"difference": asdict(found.pooled), "lower": found.lower, "higher": found.higher}
        told["judged"] = found.judged
    return told


def _file(out: Path, name: str) -> Path:
    return out / "diagnosis" / "frontier" / f"{name}.parquet"


def _write_rows(data: Described, linked: Linked, rows: np.ndarray, path: Path) -> None:
    label = data.label[rows]
    table = pa.table(
        {
            "sample": pa.array(data.samples[rows].tolist(), pa.string()),
            "wnid": pa.array([data.classes.wnids[one] for one in label], pa.string()),
            "label": pa.array(label, pa.int32()),
            "similarity": pa.array(linked.text[rows], pa.float32()),
            f"synset_similarity/{linked.model}": pa.array(linked.image[rows], pa.float32()),
        }
    )
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")
