"""How every experiment's command ends: its document as JSON, or its tables and the path of its numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def say(
    name: str, document: Mapping[str, Any], out: Path, *, as_json: bool, quiet: bool, show: Callable[[], None]
) -> None:
    """Print the document and nothing else with ``as_json``; else tables, unless ``quiet``, and the path."""
    if as_json:
        print(json.dumps(document, indent=2, ensure_ascii=False))
        return
    if not quiet:
        show()
    print(out / "diagnosis" / f"{name}.json")
