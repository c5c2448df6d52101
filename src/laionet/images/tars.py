"""Reading tar files of images, which may come from anywhere: members in order, and nothing put on the disk."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from laionet.errors import ShardError

#: Bytes of an image file that is read at most.
MAX_IMAGE_BYTES = 200_000_000


@dataclass(frozen=True)
class Member:
    """A file in a tar.

    Attributes:
        name: its path in the tar, steps joined by ``/``.
        size: bytes.
        data: its content; ``None`` where ``size`` is beyond the limit.
    """

    name: str
    size: int
    data: bytes | None


def members(path: Path, *, max_bytes: int = MAX_IMAGE_BYTES) -> Iterator[Member]:
    """The files of a tar in their order, one in memory at a time; folders are passed over.

    Args:
        path: an uncompressed tar file.
        max_bytes: of a larger file the content is not read.

    Raises:
        ShardError: where the tar is missing, damaged or cut short, or holds what an image tar has no use
            for: links, devices, absolute names, ``..``.
    """
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r:", errorlevel=2) as tar:
            while (entry := tar.next()) is not None:
                if not entry.isdir():
                    yield _member(path, tar, entry, max_bytes)
                # tarfile remembers every entry, which a tar of a million files need not.
                tar.members.clear()  # type: ignore[attr-defined]
            _check_end(path, file, tar.offset)
    except (OSError, tarfile.TarError, EOFError, ValueError) as error:
        raise ShardError(f"Cannot read {path}: {error or 'it is damaged'}. Get it again.") from error


def _member(path: Path, tar: tarfile.TarFile, entry: tarfile.TarInfo, max_bytes: int) -> Member:
    name = entry.name.encode("utf-8", "backslashreplace").decode()
    if not entry.isreg() or entry.issparse():
        raise ShardError(f"{path} holds {name!r}, which is no plain file. Pack the images without links.")
    if entry.name.startswith(("/", "\\")) or ".." in PurePosixPath(entry.name).parts or "\0" in entry.name:
        raise ShardError(f"{path} holds {name!r}, a name that leads out of the tar. Pack it with plain names.")
    if entry.size > max_bytes:
        return Member(name, entry.size, None)
    content = tar.extractfile(entry)
    data = content.read() if content else b""
    if len(data) != entry.size:
        raise ShardError(f"{path} is cut short in {name!r}. Get it again.")
    return Member(name, entry.size, data)


def _check_end(path: Path, file: IO[bytes], offset: int) -> None:
    """tarfile stops without a word at a damaged header; a whole tar ends with an empty block."""
    file.seek(offset)
    if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise ShardError(f"{path} is damaged or cut short at byte {offset}. Get it again.")
