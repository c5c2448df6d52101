"""Panels of one figure side by side."""

from __future__ import annotations

from collections.abc import Sequence

from laionet.report import theme
from laionet.report.comparing.drawing import HEIGHT, WIDTH
from laionet.report.figures import vega_lite_version
from laionet.report.panels import Spec

#: Panels of a row.
COLUMNS = 3


def beside(panels: Sequence[Spec]) -> Spec:
    """A Vega-Lite specification of panels in rows of ``COLUMNS``, each with colours and axes of its own.

    Args:
        panels: each with ``data`` and ``layer``; a panel's own ``title``, ``width`` and ``height`` stay.
    """
    return {
        "$schema": f"https://vega.github.io/schema/vega-lite/v{vega_lite_version()}.json",
        "concat": [{"width": WIDTH, "height": HEIGHT, **panel} for panel in panels],
        "columns": COLUMNS,
        "spacing": 36,
        "resolve": {"scale": {"color": "independent", "shape": "independent"}},
        "config": theme.config()
        | {"legend": {"labelColor": theme.INK, "labelFontSize": theme.LABEL_SIZE, "labelLimit": 260}},
    }
