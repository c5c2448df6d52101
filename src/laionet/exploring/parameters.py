"""What a request may ask for, and in which form."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from laionet.errors import LaionetError

#: Orders of samples: from the threshold outwards, by similarity, or drawn.
ORDERS = ("above", "below", "high", "low", "random")
SHOWS = ("all", "kept", "dropped")

#: Most rows of a page, longest text to look for, and longest id of a class.
MOST_ROWS, LONGEST_TEXT, LONGEST_ID = 50, 200, 1_000


class BadRequest(LaionetError):
    """A request asks for what cannot be asked for."""


class NotFound(LaionetError):
    """A request asks for a class or a row that is not there."""


@dataclass(frozen=True)
class Samples:
    """A page of a class's captions.

    Attributes:
        wnid: the class.
        threshold: strictly below the similarities that pass; cosine.
        order: one of ``ORDERS``; ``above`` and ``below`` leave out the other side.
        show: all captions, those that stay, or those that are dropped.
        text: captions contain it, whatever the case; empty for any.
        page: from 1.
        size: rows of a page.
        seed: of the order ``random``.
    """

    wnid: str
    threshold: float
    order: str = "above"
    show: str = "all"
    text: str = ""
    page: int = 1
    size: int = 25
    seed: int = 0


def read(query: Mapping[str, str], known: Mapping[str, Callable[[str, str], Any]]) -> dict[str, Any]:
    """Read a query by the readers of its parameters.

    Args:
        query: names and texts; one that may hold a name twice must be a multidict.
        known: for each parameter its reader, called with name and text.

    Raises:
        BadRequest: for a parameter that is not known, given twice, or of the wrong form.
    """
    for name in query:
        if name not in known:
            raise BadRequest(f"There is no such parameter here; known are {', '.join(known)}.")
    if len(list(query.items())) != len(set(query)):
        raise BadRequest("A parameter is given twice.")
    return {name: reader(name, query[name]) for name, reader in known.items() if name in query}


def threshold(name: str, text: str) -> float:
    """A cosine."""
    try:
        value = float(text) if len(text) <= 30 else math.nan
    except ValueError:
        value = math.nan
    if not -1 <= value <= 1:
        raise BadRequest(f"{name} must be a number from -1 to 1.")
    return value


def whole_number(least: int, most: int) -> Callable[[str, str], int]:
    """A reader of whole numbers between two bounds."""

    def reader(name: str, text: str) -> int:
        if not re.fullmatch(r"\d{1,15}", text, re.ASCII) or not least <= int(text) <= most:
            raise BadRequest(f"{name} must be a whole number from {least} to {most:,}.")
        return int(text)

    return reader


def one_of(options: tuple[str, ...]) -> Callable[[str, str], str]:
    """A reader of one of some words."""

    def reader(name: str, text: str) -> str:
        if text not in options:
            raise BadRequest(f"{name} must be one of {', '.join(options)}.")
        return text

    return reader


def words(name: str, text: str) -> str:
    """A short text."""
    if len(text) > LONGEST_TEXT:
        raise BadRequest(f"{name} may have up to {LONGEST_TEXT} letters.")
    return text


def wnid(name: str, text: str) -> str:
    """The id of a class; whether there is one is for others to say."""
    if not text or len(text) > LONGEST_ID:
        raise BadRequest(f"{name} must be the id of a class.")
    return text


#: The parameters of a page of samples.
OF_SAMPLES: Mapping[str, Callable[[str, str], Any]] = {
    "wnid": wnid,
    "threshold": threshold,
    "order": one_of(ORDERS),
    "show": one_of(SHOWS),
    "text": words,
    "page": whole_number(1, 10_000_000),
    "size": whole_number(1, MOST_ROWS),
    "seed": whole_number(0, 999_999_999),
}


def needed(found: Mapping[str, Any], *names: str) -> None:
    """Check that parameters were given.

    Raises:
        BadRequest: naming the first that was not.
    """
    for name in names:
        if name not in found:
            raise BadRequest(f"{name} is missing.")
