"""``index.json``: what an index is; written last, so that a folder that has it is whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from laionet.errors import OutputError
from laionet.shards import read_json

NAME = "index.json"
FORMAT = 1


def read_manifest(folder: Path) -> dict[str, Any]:
    """What ``index.json`` says, the sizes of the parts' files compared.

    Raises:
        OutputError: where there is no index, it was interrupted, is of another version, or files are missing.
    """
    manifest = read_json(folder / NAME)
    if not isinstance(manifest, dict) or "parts" not in manifest:
        begun = (folder / "parts").is_dir()
        why = (
            "its building was interrupted; run the same command again"
            if begun
            else "make one with laionet index build"
        )
        raise OutputError(f"{folder} is not an index: it has no {NAME}; {why}.")
    if manifest.get("format") != FORMAT:
        raise OutputError(f"{folder} is an index of another version of laionet; build it again.")
    for part in manifest["parts"]:
        name = part["name"]
        if Path(name).name != name:
            raise OutputError(f"{folder / NAME} names a file outside of the index: {json.dumps(name)}.")
        rows = folder / "parts" / f"{name}.parquet"
        vectors = folder / "parts" / f"{name}.vectors"
        kept = not manifest["vectors"] or (vectors.is_file() and vectors.stat().st_size == part["bytes"])
        if not rows.is_file() or not kept:
            raise OutputError(f"{folder} lacks the part {name}, or it is another. Build the index again.")
    for group in manifest.get("groups", []):
        if Path(group["name"]).name != group["name"]:
            raise OutputError(f"{folder / NAME} names a file outside of the index: {json.dumps(group['name'])}.")
    return manifest
