"""From what a file holds to the types of the corpus schema; what does not convert becomes null."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from laionet.errors import LayoutError
from laionet.schema import CORPUS

_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_NONE = np.empty(0, np.int64)


def require_text(file: str, field: str, column: str, type_: pa.DataType) -> None:
    """Refuse a column that cannot hold text.

    Raises:
        LayoutError: naming file, column and the type seen.
    """
    values = type_.value_type if pa.types.is_dictionary(type_) else type_
    if not (_is_text(values) or _is_bytes(values) or pa.types.is_null(values)):
        raise LayoutError(
            f"{file}: the column {column}, taken for the {field}, holds {type_}; expected is text. "
            f"Say which column holds the {field} with a map such as {field} = 'alt'."
        )


def to_field(field: str, values: pa.Array) -> pa.Array:
    """Convert a column of a file to the type that the corpus schema has for ``field``.

    Text that is not UTF-8, empty text, and values that are no number of that type become null, and so does
    not-a-number: it is how data frames write a missing value.
    """
    type_ = CORPUS.field(field).type
    values = _plain(values)
    if pa.types.is_string(type_):
        return _none_if_empty(to_text(values)[0])
    if _is_text(values.type) or _is_bytes(values.type):
        values = _number_in_text(to_text(values)[0])
    return _integer(values, type_) if pa.types.is_integer(type_) else _real(values, type_)


def to_text(values: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Decode text.

    Neither parquet nor a text file vouches for its bytes, so they are checked: some 15 ns per caption of 60
    characters, a seventh of what reading it from parquet takes.

    Args:
        values: text, bytes, or a dictionary of either, n values; of another type, its printed form is taken.

    Returns:
        Strings (n) with null where the bytes are not UTF-8, and the positions (int64) of those.
    """
    values = _plain(values)
    if not (_is_text(values.type) or _is_bytes(values.type)):
        try:
            return values.cast(pa.string()), _NONE
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return pa.nulls(len(values), pa.string()), _NONE
    stored = values.cast(pa.binary())
    try:
        return stored.cast(pa.string()), _NONE
    except pa.ArrowInvalid:
        bad = _not_utf8(stored)
    good = np.ones(len(stored), bool)
    good[bad] = False
    return pc.if_else(pa.array(good), stored, pa.scalar(None, pa.binary())).cast(pa.string()), bad


def pick(values: pa.Array, places: pa.Array) -> pa.Array:
    """The values at ``places`` (m positions); text or bytes of a view type come as bytes."""
    if pa.types.is_string_view(values.type) or pa.types.is_binary_view(values.type):
        values = values.cast(pa.binary())  # Arrow cannot take from views
    return values.take(places)


def is_empty(text: pa.Array) -> np.ndarray:
    """Which strings are null or empty; n booleans."""
    offsets = np.frombuffer(text.buffers()[1], np.int32, len(text) + 1, text.offset * 4)
    empty: np.ndarray = offsets[1:] == offsets[:-1]
    if text.null_count:
        empty |= text.is_null().to_numpy(zero_copy_only=False)
    return empty


def _not_utf8(stored: pa.Array, step: int = 1024) -> np.ndarray:
    """Positions of values that are not UTF-8; looked for value by value only where a run of values fails."""
    found: list[int] = []
    for start in range(0, len(stored), step):
        run = stored.slice(start, step)
        try:
            run.cast(pa.string())
        except pa.ArrowInvalid:
            found += [start + i for i, value in enumerate(run.to_pylist()) if value is not None and _fails(value)]
    return np.array(found, np.int64)


def _fails(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return True
    return False


def _none_if_empty(text: pa.Array) -> pa.Array:
    empty = is_empty(text)
    return pc.if_else(pa.array(~empty), text, pa.scalar(None, pa.string())) if empty.any() else text


def _number_in_text(text: pa.Array) -> pa.Array:
    text = pc.utf8_trim_whitespace(text)
    numbers = pc.if_else(pc.match_substring_regex(text, _NUMBER), text, pa.scalar(None, pa.string()))
    return numbers.cast(pa.float64())


def _real(values: pa.Array, type_: pa.DataType) -> pa.Array:
    real = _cast(values, type_)
    return pc.if_else(pc.is_nan(real), pa.scalar(None, type_), real)


def _integer(values: pa.Array, type_: pa.DataType) -> pa.Array:
    try:
        return values.cast(type_)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        real = _cast(values, pa.float64())
    bound = 2.0 ** (type_.bit_width - 1)
    whole = pc.and_(pc.equal(real, pc.floor(real)), pc.less(pc.abs(real), bound))
    return pc.if_else(whole, real, pa.scalar(None, pa.float64())).cast(type_)


def _cast(values: pa.Array, type_: pa.DataType) -> pa.Array:
    try:
        return values.cast(type_, safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.nulls(len(values), type_)


def _plain(values: pa.Array) -> pa.Array:
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def _is_text(type_: pa.DataType) -> bool:
    return any(is_(type_) for is_ in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view))


def _is_bytes(type_: pa.DataType) -> bool:
    return any(is_(type_) for is_ in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view))
