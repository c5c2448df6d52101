"""Which texts go into one packed matrix."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def fill(order: np.ndarray, lengths: np.ndarray, rows: int) -> Iterator[list[np.ndarray]]:
    """Cut texts, sorted by length, into packs of at most ``rows`` tokens.

    The longest texts that are left go first; what room they leave is given to the longest that fit there, so
    that hardly a row stays empty but in the last pack.

    Args:
        order: indices of texts, sorted by length.
        lengths: tokens of each text, none above ``rows``.

    Yields:
        For each pack, the indices of its texts of one length, longest first.
    """
    left = {int(lengths[group[0]]): group for group in equally_long(order, lengths)} if len(order) else {}
    while left:
        pack, room = [], rows
        for length in sorted(left, reverse=True):
            count = min(room // length, len(left[length]))
            if count:
                pack.append(left[length][:count])
                left[length] = left[length][count:]
                room -= count * length
        left = {length: group for length, group in left.items() if len(group)}
        yield pack


def equally_long(order: np.ndarray, lengths: np.ndarray) -> list[np.ndarray]:
    """Indices sorted by length, split where the length changes."""
    return np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1)
