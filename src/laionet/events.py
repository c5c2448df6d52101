"""Progress as plain events. Stages emit, the terminal and the tests render; nothing else knows a screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Event:
    """Something that happened.

    Attributes:
        kind: ``stage_started`` (total shards), ``shard_done``, ``shard_reused``, ``shard_failed``,
            ``stage_done``, or ``note`` (``text`` for the user to read).
        stage: name of the stage, empty for a note about the whole run.
        data: numbers and names that go with it.
    """

    kind: str
    stage: str = ""
    text: str = ""
    data: dict[str, Any] = field(default_factory=dict)


Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """A listener that does nothing: the default of library calls."""
