"""Nearest captions: a searchable index of their embeddings, built in parts and searched in parts.

``build_index`` makes one, ``open_index`` opens it, ``Index.search`` finds the nearest rows. A small index looks at
all vectors; a large one at a few of its lists, and its recall against looking at all is measured and kept with it.
"""

from __future__ import annotations

from laionet.index.build import build_index
from laionet.index.encoding import open_encoder
from laionet.index.search import Index, Neighbours, open_index
from laionet.index.settings import IndexSettings

__all__ = ["Index", "IndexSettings", "Neighbours", "build_index", "open_encoder", "open_index"]
