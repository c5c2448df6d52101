"""Corpora: which files, in which layout, cut into which shards, and the rows of a shard.

Three steps: :func:`list_files` finds the files, :func:`plan` recognises their layout and cuts them into
shards, :func:`read` yields a shard's rows in the corpus schema, with the rows that had to be dropped and why.
"""

from __future__ import annotations

from laionet.corpus.layouts import FIELDS, LAYOUTS, Layout, custom, detect
from laionet.corpus.payload import payload
from laionet.corpus.planning import CorpusShard, Plan, Shard, plan
from laionet.corpus.readers import Batch, read
from laionet.corpus.sources import CorpusFile, list_files

__all__ = [
    "FIELDS",
    "LAYOUTS",
    "Batch",
    "CorpusFile",
    "CorpusShard",
    "Layout",
    "Plan",
    "Shard",
    "custom",
    "detect",
    "list_files",
    "payload",
    "plan",
    "read",
]
