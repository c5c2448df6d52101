"""Figures: one function is one figure, for the page, the paper and the talk alike."""

from __future__ import annotations

import math
import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from laionet.compare.threshold import ThresholdCurves
from laionet.report import theme
from laionet.report.marks import ROWS, Mark, marks
from laionet.report.pdf import canonical_pdf
from laionet.report.sweep import density_steps, reading, total_candidates, visible_range
from laionet.report.words import count, number, share, shown, threshold_text
from laionet.shards import replacing, write_json, write_text

#: Size of the plot area of a panel, pixels. A page may make it wider.
PANEL_WIDTH, PANEL_HEIGHT = 250, 210


def sweep_figure(
    curves: ThresholdCurves, *, chosen: float, encoder: str, n_classes: int, keep_classes: float = 0.95
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
    """
    import altair as alt

    places, heights = density_steps(curves, chosen)
    domain = visible_range(curves, chosen, curves.suggested, *places[:1], *places[-1:])
    inside = (curves.thresholds >= domain[0] - 1e-9) & (curves.thresholds <= domain[1] + 1e-9)
    log, samples = _samples_axis(curves.samples[inside])
    x = _x_axis(domain, "Similarity threshold (cosine)")
    panels = {
        "density": (
            _density(places, heights, chosen, _x_axis(domain, "Similarity (cosine)")),
            alt.TitleParams("a   Density of similarities", subtitle=_share_above(curves, chosen)),
        ),
        "classes": (
            _curve(x, _linear_axis("classes", int(curves.classes[inside].max(initial=0)))),
            alt.TitleParams("b   Classes covered", subtitle=f"of {number(n_classes)} in the list"),
        ),
        "samples": (
            _curve(x, samples),
            alt.TitleParams("c   Captions kept", subtitle=f"rows of the dataset{', log scale' if log else ''}"),
        ),
    }
    lines = marks(chosen, curves.suggested, domain)
    title = headline(curves, chosen)
    return (
        alt.concat(
            *(_panel(name, curve, lines, x, heading) for name, (curve, heading) in panels.items()),
            columns=3,
            spacing=34,
            data=alt.InlineData(_rows(curves, inside, n_classes, log), name="thresholds"),
        )
        .properties(
            title=alt.TitleParams(title, subtitle=_caption(curves, chosen, encoder, keep_classes)),
            description=title,
        )
        .configure(**theme.config())
    )


def save_figure(chart: Any, path: Path) -> None:
    """Write a figure whole or not at all, as .pdf, .svg, .png (two pixels a point) or .json (Vega-Lite).

    Equal figures give equal bytes, where the same fonts are installed.

    Raises:
        ValueError: for another ending.
    """
    import vl_convert

    spec, kind = chart.to_dict(), path.suffix.lower()
    if kind == ".json":
        write_json(path, spec)
        return
    options: dict[str, Any] = {"vl_version": vega_lite_version(), "allowed_base_urls": []}
    if kind == ".svg":
        write_text(path, vl_convert.vegalite_to_svg(spec, **options))
        return
    if kind == ".pdf":
        content = canonical_pdf(vl_convert.vegalite_to_pdf(spec, **options))
    elif kind == ".png":
        content = vl_convert.vegalite_to_png(spec, scale=2, **options)
    else:
        raise ValueError(f"A figure cannot be written as {path.name}; end it in .pdf, .svg, .png or .json.")
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def vega_lite_version() -> str:
    """The Vega-Lite that altair writes for, as vl-convert calls it: "6.4"."""
    import altair as alt

    return str(alt.SCHEMA_VERSION).lstrip("v").rsplit(".", 1)[0]


def headline(curves: ThresholdCurves, chosen: float) -> str:
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


def _caption(curves: ThresholdCurves, chosen: float, encoder: str, keep_classes: float) -> list[str]:
    total = total_candidates(curves)
    n = f"n = {number(total)}" if total is not None else "none above the lowest threshold"
    sentences = [
        f"Candidates ({n}): captions with a lemma of a class; kept if strictly more similar to the text of "
        f"that class than the threshold. Cosine by {shown(encoder, 60)}.",
        f"Dashed: chosen, {threshold_text(chosen)}.",
    ]
    if math.isfinite(curves.suggested):
        sentences.append(
            f"Dotted: suggested, {threshold_text(curves.suggested)}, the largest that keeps "
            f"{100 * keep_classes:g} % of the {count(curves.reachable, 'class')} with any caption."
        )
    return textwrap.wrap(" ".join(sentences), 140)


def _share_above(curves: ThresholdCurves, chosen: float) -> str:
    total, above = total_candidates(curves), reading(curves, chosen).candidates
    if not total:
        return "per unit of cosine"
    return f"per unit of cosine; {share(above, total)} above {threshold_text(chosen)}"


def _rows(curves: ThresholdCurves, inside: np.ndarray, n_classes: int, log: bool) -> list[dict[str, Any]]:
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


def _x_axis(domain: tuple[float, float], title: str) -> Any:
    import altair as alt

    span = domain[1] - domain[0]
    step = next(step for step in (0.02, 0.05, 0.1, 0.2, 0.5) if span / step <= 7 or step == 0.5)
    ticks = [round(k * step, 2) for k in range(math.ceil(domain[0] / step - 1e-9), 101)]
    axis = alt.Axis(
        title=title,
        values=[tick for tick in ticks if tick <= domain[1] + 1e-9],
        format=".2f" if step < 0.1 else ".1f",
    )
    return alt.X("threshold:Q", scale=alt.Scale(domain=list(domain), nice=False), axis=axis)


def _linear_axis(field: str, most: int) -> Any:
    import altair as alt

    axis = alt.Axis(title=None, format="~s" if most >= 1_000_000 else ",", tickMinStep=1, tickCount=5)
    return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[0, max(most, 1) * 1.05], nice=False), axis=axis)


def _samples_axis(samples: np.ndarray) -> tuple[bool, Any]:
    """The axis of the samples: logarithmic where those above zero span more than two orders."""
    import altair as alt

    some = samples[samples > 0]
    if not len(some) or some.max() <= 100 * some.min():
        return False, _linear_axis("height", int(some.max(initial=0)))
    most = int(some.max())
    powers = [10**k for k in range(math.floor(math.log10(some.min())), math.floor(math.log10(most)) + 1)]
    scale = alt.Scale(type="log", domain=[powers[0], most * 1.4], nice=False)
    axis = alt.Axis(title=None, format="~s" if most >= 1_000_000 else ",", values=powers)
    return True, alt.Y("height:Q", scale=scale, axis=axis)


def _density(places: np.ndarray, heights: np.ndarray, chosen: float, x: Any) -> Any:
    """Steps: dark above the chosen threshold, pale below. ``chosen`` is an edge, so the areas are exact."""
    import altair as alt

    values = []
    for part, taken in (("below", places[:-1] < chosen - 1e-9), ("above", places[:-1] >= chosen - 1e-9)):
        steps = [*zip(places[:-1][taken], heights[taken], strict=True)]
        if steps:
            # The last edge repeats the last height, so that the last step is as wide as its bin.
            steps.append((places[1:][taken][-1], heights[taken][-1]))
        values += [{"threshold": float(at), "density": float(top), "part": part} for at, top in steps]
    colour = alt.Scale(domain=["below", "above"], range=[theme.PALE, theme.CURVE])
    chart = alt.Chart(alt.InlineData(values, name="density")).encode(
        x=x, y=alt.Y("density:Q", axis=alt.Axis(title=None, tickCount=5), scale=alt.Scale(domainMin=0))
    )
    area = chart.mark_area(interpolate="step-after").encode(color=alt.Color("part:N", scale=colour, legend=None))
    return area + chart.mark_line(interpolate="step-after", color=theme.CURVE, strokeWidth=1.5)


def _curve(x: Any, y: Any) -> Any:
    import altair as alt

    line = alt.Chart().mark_line(color=theme.CURVE, strokeWidth=2.5).encode(x=x, y=y)
    dot = alt.Chart().mark_point(filled=True, size=60, color=theme.CURVE, opacity=1).encode(x=x, y=y)
    return line + dot.transform_filter({"param": "at", "empty": False})


def _panel(name: str, curve: Any, lines: list[Mark], x: Any, title: Any) -> Any:
    """A curve with the lines of the thresholds, and a rule that follows the pointer in all panels."""
    import altair as alt

    at = alt.selection_point(
        name="at", on="pointermove", clear="pointerout", nearest=True, encodings=["x"], empty=False
    )
    tooltip = [
        alt.Tooltip("threshold:Q", title="threshold", format=".4~f"),
        alt.Tooltip("classes:Q", title="classes", format=","),
        alt.Tooltip("covered:Q", title="share of classes", format=".1%"),
        alt.Tooltip("samples:Q", title="captions kept", format=","),
        alt.Tooltip("candidates:Q", title="candidates above", format=","),
    ]
    rule = alt.Chart().mark_rule(color=theme.MUTED).encode(x=x).transform_filter({"param": "at", "empty": False})
    middle = alt.value(PANEL_HEIGHT / 2)
    catcher = alt.Chart(name=f"{name}_pointer").mark_point(opacity=0).encode(x=x, y=middle, tooltip=tooltip)
    layers = [curve, rule, *(layer for line in lines for layer in _line(line, x)), catcher.add_params(at)]
    title.offset, title.fontSize, title.subtitleFontSize = ROWS[0] + 16, 14, theme.LABEL_SIZE
    return alt.layer(*layers, title=title, width=PANEL_WIDTH, height=PANEL_HEIGHT)


def _line(mark: Mark, x: Any) -> tuple[Any, Any]:
    import altair as alt

    base = alt.Chart(alt.InlineData([{"threshold": mark.threshold, "label": mark.label}])).encode(x=x)
    top = ROWS[mark.row]
    rule = base.mark_rule(color=mark.colour, strokeDash=mark.dash, strokeWidth=2)
    text = base.mark_text(
        align=mark.align, baseline="middle", dx=5 if mark.align == "left" else -5, color=theme.INK, fontSize=12
    )
    return (
        rule.encode(y=alt.value(-top - 6), y2=alt.value(PANEL_HEIGHT)),
        text.encode(y=alt.value(-top), text="label:N"),
    )
