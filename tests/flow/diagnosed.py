"""Small described runs for the diagnosis."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from typer.testing import CliRunner

from laionet.flow import RunFolder
from laionet.recipe import load_recipe
from laionet.shards import ShardWriter, write_json


def lists(x):
    return pa.FixedSizeListArray.from_arrays(pa.array(x.astype(np.float32).ravel()), x.shape[1])


def write_described(folder, label, x, samples=None, wnids=None, **columns):
    """Write what describe writes: one shard with an encoder called clip."""
    table = pa.table(
        {
            "sample": samples or [f"{i:09d}" for i in range(len(label))],
            "wnid": wnids or ["n0"] * len(label),
            "label": pa.array(label, pa.int32()),
            "embedding/clip": lists(x),
            **columns,
        }
    )
    with ShardWriter(folder / "describe" / "00000.parquet", table.schema) as writer:
        writer.write(table)
    write_json(folder / "describe" / "00000.json", {"name": "00000", "status": "done", "kept": len(label)})


def described_run(folder, label, x, classes, **columns):
    """A described reference in a folder of its own."""
    RunFolder(folder).settle(load_recipe(classes__source=classes, name=folder.name))
    write_described(folder, label, x, **columns)
    return str(folder)


def diagnose(*words):
    """Run the command, as it is typed."""
    from laionet.cli.app import app
    from laionet.cli.diagnose import register

    register()
    return CliRunner().invoke(app, ["diagnose", *map(str, words)], catch_exceptions=False)
