"""Figures: one function is one figure, for the page, the paper and the talk alike."""

from __future__ import annotations

import math
import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from laionet.report import theme
from laionet.report.marks import marks
from laionet.report.panels import Spec, curve, linear_axis, log_axis, panel, pointer, steps, still, x_axis
from laionet.report.pdf import canonical_pdf
from laionet.report.sweep import (
    SAME,
    Curves,
    density_steps,
    most_classes,
    reading,
    total_candidates,
    visible_range,
)
from laionet.report.words import count, number, share, shown, threshold_text
from laionet.shards import replacing, write_json, write_text


def sweep_figure(
    curves: Curves, *, chosen: float, encoder: str, n_classes: int, keep_classes: float = 0.95
) -> Any:
    """Density of similarities, classes covered and captions kept, against the threshold.

    The paper's Figures 3 and 11. Pointing at one panel shows the same threshold in all three, with the exact
    numbers.

    Args:
        curves: what the dataset would be at each threshold; must hold ``chosen``.
        chosen: the threshold in use, dashed.
        encoder: name of the text encoder, for the caption.
        n_classes: length of the class list.
        keep_classes: share of classes that the suggested threshold, dotted, was asked to keep.

    Returns:
        An ``altair.ConcatChart`` of three panels; ``save_figure`` writes it.

    Raises:
        ValueError: where the curves were not counted at ``chosen``.
    """
    import altair as alt

    return alt.ConcatChart.from_dict(
        sweep_spec(curves, chosen=chosen, encoder=encoder, n_classes=n_classes, keep_classes=keep_classes)
    )


def sweep_spec(curves: Curves, *, chosen: float, encoder: str, n_classes: int, keep_classes: float = 0.95) -> Spec:
    """The Vega-Lite specification of ``sweep_figure``, written out so that names and bytes are ours."""
    places, heights = density_steps(curves, chosen)
    domain = visible_range(curves, chosen, curves.suggested, *places[:1], *places[-1:])
    inside = (curves.thresholds >= domain[0] - SAME) & (curves.thresholds <= domain[1] + SAME)
    lines = marks(chosen, curves.suggested, domain)
    similarity, threshold = (x_axis(domain, f"Similarity{what} (cosine)") for what in ("", " threshold"))
    density = linear_axis("density", float(heights.max(initial=0)))
    classes = linear_axis("classes", int(curves.classes[inside].max(initial=0)))
    log = log_axis("height", curves.samples[inside])
    samples = log or linear_axis("height", int(curves.samples[inside].max(initial=0)))
    unit = f"rows of the dataset{', log scale' if log else ''}"
    above, of = _share_above(curves, chosen), f"of {number(n_classes)} in the list"
    title = headline(curves, chosen)
    return {
        "$schema": f"https://vega.github.io/schema/vega-lite/v{vega_lite_version()}.json",
        "description": title,
        "title": {"text": title, "subtitle": _caption(curves, chosen, encoder, keep_classes)},
        "data": {"name": "thresholds"},
        "datasets": {
            "thresholds": _rows(curves, inside, n_classes, log is not None),
            "density": _corners(places, heights, chosen),
        },
        "params": [pointer("density", "classes", "samples")],
        "columns": 3,
        "spacing": 34,
        "concat": [
            panel("density", "a\u2002Density of similarities", above, similarity, steps(density), lines),
            panel("classes", "b\u2002Classes covered", of, threshold, curve(classes), lines),
            panel("samples", "c\u2002Captions kept", unit, threshold, curve(samples), lines),
        ],
        "config": theme.config(),
    }


def save_figure(chart: Any, path: Path) -> None:
    """Write a figure whole or not at all, as .pdf, .svg, .png (two pixels a point) or .json (Vega-Lite).

    Equal figures give equal bytes, where the same fonts are installed.

    Raises:
        ValueError: for another ending.
    """
    save_spec(chart.to_dict(), path)


def save_spec(spec: Spec, path: Path) -> None:
    """As ``save_figure``, of a Vega-Lite specification."""
    import vl_convert

    kind = path.suffix.lower()
    options: dict[str, Any] = {"vl_version": vega_lite_version(), "allowed_base_urls": []}
    if kind == ".json":
        write_json(path, spec)
    elif kind == ".svg":
        write_text(path, vl_convert.vegalite_to_svg(still(spec), **options))
    elif kind == ".png":
        _write_bytes(path, vl_convert.vegalite_to_png(still(spec), scale=2, **options))
    elif kind == ".pdf":
        _write_bytes(path, canonical_pdf(vl_convert.vegalite_to_pdf(still(spec), **options)))
    else:
        raise ValueError(f"A figure cannot be written as {path.name}; end it in .pdf, .svg, .png or .json.")


def vega_lite_version() -> str:
    """The Vega-Lite that altair writes for, as vl-convert calls it: "6.4"."""
    import altair as alt

    return str(alt.SCHEMA_VERSION).lstrip("v").rsplit(".", 1)[0]


def headline(curves: Curves, chosen: float) -> str:
    """What the figure shows, in a sentence."""
    total, now = total_candidates(curves), reading(curves, chosen)
    if total == 0:
        return "There are no candidates, so no threshold keeps a caption"
    of = f" of {count(total, 'candidate')}" if total is not None else ""
    if not now.samples:
        return f"At threshold {threshold_text(chosen)} none{of} stays"
    return (
        f"At threshold {threshold_text(chosen)}, {number(now.samples)}{of} "
        f"{'stays' if now.samples == 1 else 'stay'} and {count(now.classes, 'class')} "
        f"{'is' if now.classes == 1 else 'are'} covered"
    )


def _write_bytes(path: Path, content: bytes) -> None:
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def _caption(curves: Curves, chosen: float, encoder: str, keep_classes: float) -> list[str]:
    total = total_candidates(curves)
    n = f"n = {number(total)}" if total is not None else "none above the lowest threshold"
    kept = (
        f"Candidates ({n}) are captions with a lemma of a class; kept are those strictly more similar to its "
        "text than the threshold, unless another rule drops them."
    )
    lines = f"Cosine by {shown(encoder, 60)}. Dashed: chosen, {threshold_text(chosen)}."
    if math.isfinite(curves.suggested):
        lines += (
            f" Dotted: suggested, {threshold_text(curves.suggested)}, the largest that keeps "
            f"{100 * keep_classes:g} % of the {count(most_classes(curves), 'class')} that can be covered."
        )
    return [*textwrap.wrap(kept, 165), *textwrap.wrap(lines, 165)]


def _share_above(curves: Curves, chosen: float) -> str:
    total, above = total_candidates(curves), reading(curves, chosen).candidates
    if not total:
        return "per unit of cosine"
    return f"per unit of cosine; {share(above, total)} above {threshold_text(chosen)}"


def _rows(curves: Curves, inside: np.ndarray, n_classes: int, log: bool) -> list[Spec]:
    """One row per threshold; ``height`` is where the samples stand, null where a log scale has no place."""
    columns = (curves.thresholds, curves.candidates, curves.samples, curves.classes)
    return [
        {
            "threshold": float(threshold),
            "candidates": int(candidates),
            "samples": int(samples),
            "classes": int(classes),
            "covered": int(classes) / n_classes if n_classes else 0.0,
            "height": int(samples) if samples or not log else None,
        }
        for threshold, candidates, samples, classes in zip(*(c[inside] for c in columns), strict=True)
    ]


def _corners(places: np.ndarray, heights: np.ndarray, chosen: float) -> list[Spec]:
    """Corners of the density's steps; ``chosen`` is an edge, so the parts beside it have exact areas."""
    rows: list[Spec] = []
    for part, taken in (("below", places[:-1] < chosen - SAME), ("above", places[:-1] >= chosen - SAME)):
        corners = [*zip(places[:-1][taken].tolist(), heights[taken].tolist(), strict=True)]
        if corners:
            # The last edge repeats the last height, so that the last step is as wide as its bin.
            corners.append((float(places[1:][taken][-1]), corners[-1][1]))
        rows += [{"threshold": at, "density": top, "part": part} for at, top in corners]
    return rows
