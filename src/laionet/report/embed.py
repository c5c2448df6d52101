"""What makes a page self-contained and closed: inlined scripts, their hashes, and JSON that stays data."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from laionet.report.figures import vega_lite_version

#: In JSON these can only be inside strings, where an escape means the same; in HTML some end the script.
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}

#: What the bundle is for: the one name that the page's own script needs.
_SNIPPET = "window.vegaEmbed = vegaEmbed;"


def json_for_html(value: Any) -> str:
    """JSON that can stand in a ``<script type="application/json">`` whatever its strings hold."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).translate(_ESCAPES)


def template(name: str) -> str:
    """Text of a file in ``templates/``."""
    return (files("laionet.report") / "templates" / name).read_text(encoding="utf-8")


def rendered(name: str, **content: Any) -> str:
    """A template of ours with its content, everything escaped that is not marked safe there."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, loader=jinja2.FunctionLoader(template)
    )
    environment.filters["tight"] = tight
    return environment.get_template(name).render(**content)


def tight(text: str) -> str:
    """A sentence whose numbers no line break parts from their units and signs: 95 %, p < 0.001."""
    text = re.sub(r"(?<=\d) (?=%)", "\u00a0", text)
    return re.sub(r"\b([npq]) ([<=]) (?=\d)", "\\1\u00a0\\2\u00a0", text)


@cache
def vega_bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that needs no network; vl-convert ships them.

    Raises:
        ValueError: where the script holds what would end or change a ``<script>`` element.
    """
    import vl_convert

    script = str(vl_convert.javascript_bundle(_SNIPPET, vl_version=vega_lite_version()))
    if any(bad in script.lower() for bad in ("</script", "<script", "<!--", "\r", "\0")):
        raise ValueError("This release of vl-convert ships a script that cannot be inlined; take another one.")
    return script


def content_security_policy(scripts: list[str], styles: list[str]) -> str:
    """A policy that allows these inline scripts and styles, and nothing from anywhere else."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join(map(_source, scripts))}",
            f"style-src {' '.join(map(_source, styles))}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _source(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode()
    return f"'sha256-{digest}'"
