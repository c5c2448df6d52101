"""What figures of a comparison share: size, encodings, and the way to SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from laionet.report import theme
from laionet.report.figures import vega_lite_version
from laionet.report.panels import Spec, still

#: Width of a plot that stands beside another, and of one that stands alone; pixels.
WIDTH, WIDE = 320, 600
HEIGHT = 260


def figure(
    values: Sequence[Spec],
    layers: Sequence[Spec],
    *,
    width: int = WIDTH,
    height: int | Spec = HEIGHT,
    **more: Any,
) -> Spec:
    """A Vega-Lite specification of layers over one table of values."""
    return {
        "$schema": f"https://vega.github.io/schema/vega-lite/v{vega_lite_version()}.json",
        "width": width,
        "height": height,
        "data": {"values": list(values)},
        **more,
        "layer": list(layers),
        "config": theme.config()
        | {"legend": {"labelColor": theme.INK, "labelFontSize": theme.LABEL_SIZE, "labelLimit": 260}},
    }


def told(field: str, names: Sequence[str], colours: Sequence[str], shapes: Sequence[str]) -> tuple[Spec, Spec]:
    """Encodings that tell the values of a field apart by colour, and by shape too."""
    return coloured(field, names, colours), {
        "field": field,
        "type": "nominal",
        "scale": {"domain": list(names), "range": list(shapes)},
        "title": None,
    }


def coloured(field: str, names: Sequence[str], colours: Sequence[str]) -> Spec:
    """An encoding by colour, with a legend on top."""
    scale = {"domain": list(names), "range": list(colours)}
    legend = {"orient": "top", "columns": 1 if sum(map(len, names)) > 44 else 0}
    return {"field": field, "type": "nominal", "scale": scale, "title": None, "legend": legend}


def dot(size: int) -> Spec:
    """A filled mark that is not seen through; readers of the page hear the table instead."""
    return {"type": "point", "filled": True, "size": size, "opacity": 1, "aria": False}


def rule(**more: float | str | list[int]) -> Spec:
    """A straight line, as of an interval."""
    return {"type": "rule", "aria": False, **more}


def number_field(name: str, **more: object) -> Spec:
    """A field of numbers."""
    return {"field": name, "type": "quantitative", **more}


def upright_at(value: float) -> Spec:
    """A layer: a line from bottom to top of the plot at ``value``, over whatever it is that x has."""
    mark = rule(color=theme.MUTED, strokeDash=[4, 4])
    return {"data": {"values": [{"at": value}]}, "mark": mark, "encoding": {"x": number_field("at")}}


def level_at(value: float) -> Spec:
    """A layer: a line from left to right at ``value`` of y."""
    mark = rule(color=theme.INK, strokeDash=[4, 4])
    return {"data": {"values": [{"at": value}]}, "mark": mark, "encoding": {"y": number_field("at")}}


def less(a: str, b: str) -> list[str]:
    """ "A less B" as lines of a title: two where one would be too long."""
    return [a, f"less {b}"] if len(a) + len(b) > 40 else [f"{a} less {b}"]


def drawn(spec: Spec) -> str:
    """The figure as SVG whose colours are those of the page's style sheet."""
    import vl_convert

    spec = theme.with_variables(still(spec))
    spec["config"] |= {"background": None, "padding": {"left": 18, "top": 4, "right": 12, "bottom": 8}}
    return str(vl_convert.vegalite_to_svg(spec, vl_version=vega_lite_version(), allowed_base_urls=[]))
