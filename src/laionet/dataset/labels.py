"""Labels of a published table: from a label file, a wnid column, or the synset text."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from laionet.dataset.layout import ClassRow
from laionet.dataset.publication import RENAMED, TEXT, synset_text
from laionet.errors import LayoutError

#: Label of a row that belongs to no class of the list, and of one that belongs to several.
NO_CLASS, SEVERAL = -1, -2

_PICKLES = (".pkl", ".pickle", ".p", ".joblib")
_CONVERT = (
    "import json, pickle, sys; json.dump({k: [int(i) for i in v] for k, v in "
    "pickle.load(open(sys.argv[1], 'rb')).items()}, open(sys.argv[2], 'w'))"
)

#: Rows of a table and their indices to their labels, both (rows,).
Labeller = Callable[[pa.Table, np.ndarray], np.ndarray]


def open_labeller(path: Path | None, columns: Sequence[str], classes: Sequence[ClassRow]) -> Labeller:
    """What labels the rows: the label file where one is given, else the wnid column, else the synset text.

    Args:
        path: JSON file of wnid -> indices, or None.
        columns: columns of the table.
        classes: the class list.

    Returns:
        A function from rows and their indices, int64, to their labels, int64: the position in the class
        list, ``NO_CLASS`` or ``SEVERAL``.

    Raises:
        LayoutError: for a label file that is a pickle or not of that form, and where there is nothing to
            label by.
    """
    codes = {row.wnid: row.label for row in classes}
    codes |= {old: codes[new] for old, new in RENAMED.items() if new in codes and old not in codes}
    if path is not None:
        return _by_index(read_labels(path), codes)
    if "wnid" in columns:
        return _by_column("wnid", codes)
    if TEXT in columns:
        return _by_column(TEXT, _text_codes(classes))
    raise LayoutError(
        f"The table has neither a column 'wnid' nor {TEXT!r}; give the label file (JSON, wnid -> indices)."
    )


def read_labels(path: Path) -> dict[str, list[int]]:
    """A label file: JSON, each wnid with the indices of its rows.

    Raises:
        LayoutError: where it is a pickle, which is never opened, or of another form.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise LayoutError(f"Cannot read the label file {path}: {error.strerror or error}.") from error
    if path.suffix.lower() in _PICKLES or content[:1] == b"\x80":
        raise LayoutError(_no_pickle(path))
    try:
        labels: Any = json.loads(content)
    except ValueError as error:
        raise LayoutError(f"{path} is not JSON ({error}). Give a JSON file of wnid -> indices.") from error
    whole = isinstance(labels, dict) and all(
        isinstance(ids, list) and all(type(i) is int and abs(i) < 2**63 for i in ids) for ids in labels.values()
    )
    if not whole:
        raise LayoutError(f"{path} is not of the form wnid -> list of whole numbers, the indices of its rows.")
    return dict(labels)


def _no_pickle(path: Path) -> str:
    command = shlex.join(["python", "-c", _CONVERT, str(path), str(path.with_suffix(".json"))])
    return (
        f"{path} is a pickle. Opening one can run any program that is hidden in it, so laionet does not. If "
        f"you trust where it came from, convert it to JSON at your own risk, and give that:\n  {command}"
    )


def _by_index(labels: dict[str, list[int]], codes: dict[str, int]) -> Labeller:
    ids = np.array([i for members in labels.values() for i in members], dtype=np.int64)
    sizes = [len(members) for members in labels.values()]
    label = np.repeat(np.array([codes.get(wnid, NO_CLASS) for wnid in labels], dtype=np.int64), sizes)
    owner = np.repeat(np.arange(len(labels)), sizes)
    order = np.lexsort((owner, ids))
    ids, label, owner = ids[order], label[order], owner[order]
    again = (ids[1:] == ids[:-1]) & (owner[1:] != owner[:-1])
    several = np.unique(ids[1:][again])
    ids, first = np.unique(ids, return_index=True)
    label = label[first]
    label[np.isin(ids, several)] = SEVERAL

    def lookup(table: pa.Table, rows: np.ndarray) -> np.ndarray:
        if not len(ids):
            return np.full(len(rows), NO_CLASS)
        at = np.searchsorted(ids, rows).clip(max=len(ids) - 1)
        return np.where(ids[at] == rows, label[at], NO_CLASS)

    return lookup


def _by_column(column: str, codes: dict[str, int]) -> Labeller:
    keys = pa.array(list(codes), pa.string())
    values = np.array([*codes.values(), NO_CLASS], dtype=np.int64)

    def lookup(table: pa.Table, rows: np.ndarray) -> np.ndarray:
        found = pc.index_in(table[column].cast(pa.string()), value_set=keys)
        code: np.ndarray = values[pc.fill_null(found, len(values) - 1).to_numpy()]
        return code

    return lookup


def _text_codes(classes: Sequence[ClassRow]) -> dict[str, int]:
    codes: dict[str, int] = {}
    for row in classes:
        text = synset_text(row)
        codes[text] = SEVERAL if text in codes else row.label
    return codes
