"""Which files a corpus consists of: from paths, folders, globs and URIs to a list that is always the same."""

from __future__ import annotations

import difflib
import hashlib
import posixpath
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from fsspec.core import has_magic

from laionet.corpus.opening import COMPRESSIONS, filesystem, is_local, open_bytes
from laionet.errors import CorpusError, LaionetError

Kind = Literal["parquet", "csv", "tsv"]

_KINDS: dict[str, Kind] = {
    ".parquet": "parquet",
    ".parq": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
}
_MIB = 1 << 20
_SAMPLES = 16
_THREADS = 16


@dataclass(frozen=True)
class CorpusFile:
    """One file of a corpus.

    Attributes:
        uri: where it is: an absolute path, or a URI that fsspec opens.
        name: what rows carry as ``file``: relative to what the user named, unique in the corpus.
        size: bytes as stored.
        fingerprint: ``sha256:`` and the digest of the content, or for a large file ``sampled-sha256:`` and
            the digest of its size and 16 evenly spread blocks of 1 MiB.
        kind: ``"parquet"``, ``"csv"`` or ``"tsv"``.
        compression: of a text file ``"gzip"``, ``"bz2"``, ``"xz"`` or ``"zstd"``; otherwise none.
    """

    uri: str
    name: str
    size: int
    fingerprint: str
    kind: Kind
    compression: str | None = None


@dataclass(frozen=True)
class _Found:
    """A file before it is known what to call it: its place, and that place in steps with how many name it."""

    uri: str
    size: int | None
    steps: tuple[str, ...]
    depth: int

    def called(self, depth: int) -> str:
        return "/".join(self.steps[-depth:]) if depth <= len(self.steps) else self.uri


def list_files(specs: Sequence[str | Path], *, whole_up_to: int = 256 * _MIB) -> list[CorpusFile]:
    """List the files of a corpus.

    A folder stands for all corpus files in it, at any depth; files and folders in it that begin with ``.`` or
    ``_`` and files with other endings (logs, checksums, statistics, images) are passed over. Files come in
    the order of ``specs``, those of one folder or glob sorted by path. Every file is opened for its
    fingerprint.

    Args:
        specs: paths, folders, globs, and URIs of fsspec such as s3://, gs://, https://, hf://, memory://.
        whole_up_to: size in bytes up to which the fingerprint is over the whole content.

    Raises:
        CorpusError: naming what is missing (and what has a similar name), empty, or not a corpus file.
        MissingExtra: a URI whose driver is not installed.
    """
    if not specs:
        raise CorpusError("No corpus file was named.")
    found: dict[str, _Found] = {}
    for spec in specs:
        for one in _expand(str(spec)):
            found.setdefault(one.uri, one)
    names = _unique_names(list(found.values()))
    with ThreadPoolExecutor(_THREADS) as pool:
        marks = pool.map(lambda one: _fingerprint(one, whole_up_to), found.values())
        return [_corpus_file(one, names[one.uri], *mark) for one, mark in zip(found.values(), marks, strict=True)]


def _corpus_file(found: _Found, name: str, size: int, fingerprint: str) -> CorpusFile:
    kind, compression = _kind(found.uri)
    return CorpusFile(found.uri, name, size, fingerprint, cast(Kind, kind), compression)


def _kind(uri: str) -> tuple[Kind | None, str | None]:
    """Kind and compression by the ending; no kind where the ending is not one of a corpus file."""
    stem, ending = posixpath.splitext(_plain(uri).lower())
    if ending in COMPRESSIONS:
        kind = _KINDS.get(posixpath.splitext(stem)[1])
        return (None, None) if kind == "parquet" else (kind, COMPRESSIONS[ending])
    return _KINDS.get(ending), None


def _plain(uri: str) -> str:
    """The path of a URI; the query of a web address is not part of a file's name."""
    return urlsplit(uri).path if uri.startswith(("http://", "https://")) else uri


def _expand(spec: str) -> list[_Found]:
    fs, path = filesystem(str(Path(spec).expanduser()) if spec.startswith("~") else spec)
    try:
        if fs.isfile(path):
            return [_named_file(spec, fs, path)]
        if fs.isdir(path):
            return _in_folder(spec, fs, path)
        if has_magic(path):
            return _in_glob(spec, fs, path)
    except LaionetError:
        raise
    except Exception as error:  # each driver has exceptions of its own
        raise CorpusError(f"{spec} cannot be listed: {error or type(error).__name__}") from error
    raise CorpusError(f"There is no {spec}.{_similar(fs, path)}")


def _named_file(spec: str, fs: Any, path: str) -> _Found:
    uri = spec if "::" in spec else _uri(fs, path)
    if _kind(uri)[0] is None:
        ending = "".join(Path(_plain(uri)).suffixes[-2:]) or "none"
        raise CorpusError(
            f"{spec} has an ending ({ending}) that is not one of a corpus file. Known endings are "
            f"{', '.join(_KINDS)}, those of text files also with {', '.join(COMPRESSIONS)}."
        )
    return _found(fs, path, fs.info(path), posixpath.dirname(_plain(path)), uri)


def _in_folder(spec: str, fs: Any, path: str) -> list[_Found]:
    root = path.rstrip("/")
    files = _corpus_files(fs, fs.find(path, detail=True), root)
    if not files:
        raise CorpusError(f"The folder {spec} holds no corpus file.{_others(fs.find(path))}")
    return files


def _in_glob(spec: str, fs: Any, pattern: str) -> list[_Found]:
    steps = pattern.split("/")
    first = next(i for i, step in enumerate(steps) if has_magic(step))
    root = "/".join(steps[:first])
    entries: dict[str, Any] = {}
    for path, info in fs.glob(pattern, detail=True).items():
        entries.update(fs.find(path, detail=True) if info["type"] == "directory" else {path: info})
    files = _corpus_files(fs, entries, root)
    if not files:
        raise CorpusError(f"No corpus file fits {spec}.{_others(entries)}")
    return files


def _corpus_files(fs: Any, entries: dict[str, Any], root: str) -> list[_Found]:
    files = [_found(fs, path, entries[path], root, _uri(fs, path)) for path in sorted(entries)]
    return [one for one in files if _kind(one.uri)[0] and not _hidden(one)]


def _hidden(found: _Found) -> bool:
    return any(step.startswith((".", "_")) for step in found.steps[-found.depth :])


def _found(fs: Any, path: str, info: dict[str, Any], root: str, uri: str) -> _Found:
    steps = tuple(step for step in _plain(path).split("/") if step)
    below = len([step for step in root.split("/") if step])
    return _Found(uri, info.get("size"), steps, max(1, len(steps) - below))


def _uri(fs: Any, path: str) -> str:
    return path if is_local(fs) else str(fs.unstrip_protocol(path))


def _unique_names(files: list[_Found]) -> dict[str, str]:
    """Name each file by its path below what was named; where names are then shared, by more of the path."""
    depths = {one.uri: one.depth for one in files}
    while True:
        names = {one.uri: one.called(depths[one.uri]) for one in files}
        counts = Counter(names.values())
        shared = [one for one in files if counts[names[one.uri]] > 1 and depths[one.uri] <= len(one.steps)]
        if not shared:
            return names
        for one in shared:
            depths[one.uri] += 1


def _similar(fs: Any, path: str) -> str:
    """The nearest existing names beside a missing path, as the end of a message."""
    parent, name = posixpath.split(path.rstrip("/"))
    try:
        there = [posixpath.basename(str(entry).rstrip("/")) for entry in fs.ls(parent, detail=False)]
    except Exception:  # the parent may be missing too; the message then goes without advice
        return ""
    near = difflib.get_close_matches(name, there, n=3, cutoff=0.5)
    return f" Beside it there is: {', '.join(near)}." if near else ""


def _others(paths: Iterable[str]) -> str:
    """What a folder or glob has instead of corpus files, as the end of a message."""
    endings = Counter(posixpath.splitext(path)[1] or posixpath.basename(path) for path in paths)
    seen = ", ".join(f"{ending} ({count})" for ending, count in sorted(endings.items())[:10])
    held = f" It has files with the endings: {seen}." if seen else " It is empty."
    return f"{held} Corpus files end in {', '.join(_KINDS)}."


def _fingerprint(found: _Found, whole_up_to: int) -> tuple[int, str]:
    """Size and fingerprint. No time stamp is in it, so that a copy of a file is the same file."""
    try:
        with open_bytes(found.uri) as file:
            if found.size is None or found.size <= whole_up_to:
                digest, size = hashlib.sha256(), 0
                while block := file.read(_MIB):
                    digest.update(block)
                    size += len(block)
                return size, f"sha256:{digest.hexdigest()}"
            digest = hashlib.sha256(found.size.to_bytes(8, "little"))
            for i in range(_SAMPLES):
                file.seek(max(0, i * (found.size - _MIB) // (_SAMPLES - 1)))
                digest.update(file.read(_MIB))
            return found.size, f"sampled-sha256:{digest.hexdigest()}"
    except LaionetError:
        raise
    except Exception as error:  # each driver has exceptions of its own
        raise CorpusError(f"{found.uri} cannot be read: {error or type(error).__name__}") from error
