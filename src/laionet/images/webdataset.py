"""Reference images in webdataset tars."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from laionet.errors import ShardError
from laionet.images.folders import IMAGE_ENDINGS
from laionet.images.labels import Labels
from laionet.images.rows import Lost, Row
from laionet.images.tars import Member, members
from laionet.schema import Drop

#: Bytes of a text member that is read.
_MAX_TEXT = 16 << 20

# As webdataset does it: the key is the path up to the first dot of the last step.
_NAME = re.compile(r"((?:.*/)?[^./][^./]*)\.([^/]+)")


@dataclass(frozen=True)
class TarSample:
    """The members of one key: their ending in lower case, to their content; ``None``: too large to read."""

    key: str
    parts: dict[str, bytes | None]

    @property
    def image_ending(self) -> str | None:
        """Ending of the member that is the image; of several the first in ``IMAGE_ENDINGS``."""
        return next((ending for ending in IMAGE_ENDINGS if ending in self.parts), None)

    def text(self, ending: str) -> str | None:
        """A member as text."""
        data = self.parts.get(ending)
        return None if data is None else data.decode("utf-8", "replace")

    def meta(self) -> dict[str, Any]:
        """The JSON member; empty where there is none, or it is no object."""
        try:
            value = json.loads(self.parts.get("json") or b"{}")
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}


def tar_samples(path: Path) -> Iterator[TarSample]:
    """The samples of a webdataset tar: neighbours of one key. Members without a key are passed over.

    Raises:
        ShardError: where the tar cannot be read, or members of one key are not neighbours.
    """
    seen: set[str] = set()
    key, parts = "", dict[str, bytes | None]()
    for member in members(path):
        match = _NAME.fullmatch(member.name.removeprefix("./"))
        if match is None:
            continue
        if match[1] != key:
            if parts:
                yield TarSample(key, parts)
            key, parts = match[1], {}
            if key in seen:
                raise ShardError(
                    f"{path} has the members of {key} apart from each other, or the key twice. "
                    "Pack it so that they are neighbours:  tar --sort=name"
                )
            seen.add(key)
        _add(path, parts, match[2].lower(), member)
    if parts:
        yield TarSample(key, parts)


def _add(path: Path, parts: dict[str, bytes | None], ending: str, member: Member) -> None:
    if ending in parts:
        raise ShardError(f"{path} holds {member.name!r} twice. Pack it again, with each name once.")
    image = ending in IMAGE_ENDINGS
    # Of what is neither image nor text (features, masks) nothing is kept.
    if image or ending in ("json", "txt", "cls"):
        parts[ending] = member.data if image or member.size <= _MAX_TEXT else None
    else:
        parts.setdefault(ending, None)


@dataclass(frozen=True)
class WebdatasetReader:
    """One tar.

    Attributes:
        path: the tar.
        prefix: what sample ids begin with, so that keys of different tars stay apart.
        labels: finds the class.
    """

    path: Path
    prefix: str
    labels: Labels

    def files(self) -> list[Path]:
        """The tar."""
        return [self.path]

    def settings(self) -> list[str]:
        """How samples are called, and what labels mean."""
        return ["webdataset", self.prefix, self.labels.digest]

    def rows(self) -> Iterator[Row | Lost]:
        """Samples in the order of the tar.

        The class is JSON's ``wnid``, else ``.cls``, else JSON's ``label`` or ``class``.
        """
        for position, sample in enumerate(tar_samples(self.path)):
            ending = sample.image_ending
            if ending is None:
                yield Lost(position, Drop.NO_IMAGE)
                continue
            data, meta = sample.parts[ending], sample.meta()
            label = self._label(sample, meta)
            if data is None:
                yield Lost(position, Drop.TOO_LARGE)
            elif label is None:
                yield Lost(position, Drop.UNKNOWN_LABEL)
            else:
                caption, url = sample.text("txt"), text_or_none(meta.get("url"))
                if caption is None:
                    caption = text_or_none(meta.get("caption"))
                yield Row(position, self.prefix + sample.key, label, caption, url, data)

    def _label(self, sample: TarSample, meta: dict[str, Any]) -> int | None:
        mark = sample.text("cls")
        if meta.get("wnid") is None and mark is not None:
            return self.labels.find(mark)
        return self.labels.of_columns(meta)


def text_or_none(value: Any) -> str | None:
    """A value as text that Arrow can hold, where it is text."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else None
