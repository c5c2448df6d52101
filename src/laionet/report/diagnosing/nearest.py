"""How similar the nearest image of a corpus is to each of some images."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from laionet.report import linked, theme
from laionet.report.comparing.drawing import figure, number_field
from laionet.report.panels import Spec


def nearest_figure(document: Mapping[str, Any]) -> Spec:
    """Images by the cosine to their nearest one in the corpus, as bars.

    Args:
        document: as ``diagnose_nearest`` returns it.
    """
    part = document["similarity"]
    values = [
        {"from": low, "to": high, "images": n}
        for (low, high), n in zip(pairwise(part["edges"]), part["counts"], strict=True)
    ]
    x = number_field(
        "from", title="cosine to the nearest image of the corpus", scale={"zero": False}, axis={"tickCount": 8}
    )
    y = number_field("images", title="images", axis={"grid": True, "tickMinStep": 1, "format": ",d"})
    bars = {"type": "bar", "color": theme.FILL, "stroke": theme.PAPER, "aria": False}
    span = {"calculate": "format(datum.from, '.3f') + ' to ' + format(datum.to, '.3f')", "as": "span"}
    hover = {"tooltip": [linked.told("cosine", "span"), linked.told("images", "images", ",d")]}
    encoding = {"x": x, "x2": {"field": "to"}, "y": y, "y2": {"datum": 0}} | hover
    return figure(values, [{"mark": bars, "encoding": encoding}], transform=[span])
