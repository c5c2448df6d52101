"""The form in which LAIONet was published: its columns, its row ids, its synset texts."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pyarrow as pa

from laionet.dataset.layout import Entry

TABLE = "laionet.parquet"
LABELS = "wnid2laionindices.json"

#: Our column: theirs. ``similarity`` is theirs for the corpus's own similarity of image and text.
NAMES = {
    "url": "URL",
    "caption": "TEXT",
    "height": "HEIGHT",
    "width": "WIDTH",
    "nsfw": "NSFW",
    "image_text_similarity": "similarity",
}

#: Synset text of the row's class.
TEXT = "name_def_wnid"
#: Similarity of caption and synset text; the encoder follows after an underscore, but not in version 1.
SIMILARITY = "text_to_name_def_wnid_similarity"
#: Column in which pandas keeps an index without a name.
INDEX = "__index_level_0__"

#: The published list's id for the Siberian husky is no synset of WordNet 3.0; this is the right one.
RENAMED = {"n02112837": "n02110185"}

#: Columns of the published tables that are kept beside our own: predictions, text read in the image, ...
_KEPT = re.compile(rf"top_\d+_is_correct_.+|recognized_text|wnid_is_in_recognized_text|LICENSE|{SIMILARITY}(_.+)?")


def similarity_column(encoder: str) -> str:
    """Name of the similarity column for an encoder, without the account that its checkpoint is under."""
    version = encoder.rstrip("/").split("/")[-1]
    return f"{SIMILARITY}_{version}" if version else SIMILARITY


def encoder_of(similarity: str) -> str:
    """The encoder in the name of a similarity column; empty in version 1."""
    return similarity.removeprefix(SIMILARITY).removeprefix("_")


def synset_text(entry: Entry) -> str:
    """Name and definition as the paper joins them; the text of ``name_def_wnid``."""
    name = (entry.lemmas[0] if entry.lemmas else entry.name).replace("_", " ").lower()
    return f"{name} which is {entry.definition}"


def is_kept(column: str) -> bool:
    """Whether a further column of a published table comes along."""
    return _KEPT.fullmatch(column) is not None


def index_of(schema: pa.Schema) -> str | tuple[int, int]:
    """Where a table keeps the index that its labels refer to.

    Returns:
        The column that pandas stored an index of whole numbers in; else first index and step of one that
        counts, (0, 1) where pandas did not write the table.
    """
    try:
        found = json.loads((schema.metadata or {})[b"pandas"])["index_columns"]
    except (KeyError, ValueError, TypeError):
        return 0, 1
    if not isinstance(found, list) or len(found) != 1:
        return 0, 1
    if isinstance(found[0], str):
        stored = found[0] in schema.names and pa.types.is_integer(schema.field(found[0]).type)
        return found[0] if stored else (0, 1)
    return int(found[0].get("start", 0)), int(found[0].get("step", 1))


def pandas_metadata(schema: pa.Schema) -> dict[str, Any]:
    """What pandas reads to restore the index; pandas itself is not needed to write it."""
    kinds = {pa.string(): ("unicode", "object"), pa.bool_(): ("bool", "bool")}
    columns = []
    for field in schema:
        numpy = _numpy_name(field.type)
        pandas_type, numpy_type = kinds.get(field.type, (numpy, numpy))
        name = None if field.name == INDEX else field.name
        columns.append(
            {
                "name": name,
                "field_name": field.name,
                "pandas_type": pandas_type,
                "numpy_type": numpy_type,
                "metadata": None,
            }
        )
    return {
        "index_columns": [INDEX],
        "column_indexes": [],
        "columns": columns,
        "creator": {"library": "pyarrow"},
    }


def _numpy_name(type_: pa.DataType) -> str:
    if pa.types.is_integer(type_) or pa.types.is_floating(type_):
        return str(np.dtype(type_.to_pandas_dtype()))
    return "object"
