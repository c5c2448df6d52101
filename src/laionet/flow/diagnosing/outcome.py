"""What an experiment writes: its document as JSON and its figure as SVG, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import laionet
from laionet.report.figures import vega_lite_version
from laionet.report.results import Outcome
from laionet.shards import plain, write_json, write_text


def write_outcome(out: Path, name: str, document: Mapping[str, Any], figure: Mapping[str, Any]) -> Outcome:
    """Write ``out/diagnosis/NAME.json`` and ``.svg``.

    Args:
        out: folder of the diagnosis.
        name: of the experiment.
        document: numbers; those that are not finite become None.
        figure: a Vega-Lite specification.

    Returns:
        The document as written; a notebook shows its question, answer and figure.
    """
    import vl_convert

    found = Outcome(plain({"experiment": name, "laionet": laionet.__version__, **document}))
    svg = vl_convert.vegalite_to_svg(dict(figure), vl_version=vega_lite_version(), allowed_base_urls=[])
    write_text(out / "diagnosis" / f"{name}.svg", svg)
    write_json(out / "diagnosis" / f"{name}.json", found)
    return found
