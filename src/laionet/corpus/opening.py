"""Opening files wherever they are: on a local disk, or behind a URI that fsspec has a driver for."""

from __future__ import annotations

import lzma
from typing import Any, BinaryIO, cast

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

from laionet.errors import CorpusError, MissingExtra

#: Ending of a compressed text file to the name of its compression.
COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".zst": "zstd"}


def filesystem(uri: str) -> tuple[Any, str]:
    """The fsspec file system of a URI or path, and the path in it.

    Raises:
        MissingExtra: the protocol is known, its driver is not installed.
        CorpusError: no such protocol.
    """
    try:
        fs, path = fsspec.core.url_to_fs(uri)
    except ImportError as error:
        raise MissingExtra(
            f"Reading {uri} needs a driver that is not installed ({error}). "
            "Install it with:  pip install 'laionet[remote]'"
        ) from error
    except ValueError as error:
        raise CorpusError(
            f"{uri} cannot be opened: {error}. Known are paths and URIs such as s3://, gs://, hf://, https://."
        ) from error
    return fs, str(path)


def is_local(fs: Any) -> bool:
    """Whether a file system is the local disk."""
    return "file" in ((fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol)


def open_bytes(uri: str) -> BinaryIO:
    """Open a file for reading as it is stored."""
    fs, path = filesystem(uri)
    return cast(BinaryIO, fs.open(path, "rb"))


def open_text(uri: str, compression: str | None) -> pa.NativeFile:
    """Open a text file as a stream of decompressed bytes, past a byte order mark if it has one."""
    with _stream(uri, compression) as head:
        begins_with_mark = head.read(3) == b"\xef\xbb\xbf"
    stream = _stream(uri, compression)
    if begins_with_mark:
        stream.read(3)
    return stream


def open_parquet(uri: str, metadata: pq.FileMetaData | None = None) -> pq.ParquetFile:
    """Open a parquet file; pages that carry a checksum are checked when they are read.

    Args:
        uri: path or URI.
        metadata: the footer, where it has been read before.
    """
    fs, path = filesystem(uri)
    # Far from the data it pays to fetch a column chunk in one request; near it, that only costs memory.
    near = is_local(fs)
    source = path if near else fs.open(path, "rb")
    return pq.ParquetFile(source, metadata=metadata, pre_buffer=not near, page_checksum_verification=True)


def _stream(uri: str, compression: str | None) -> pa.NativeFile:
    if compression == "xz":
        return pa.PythonFile(lzma.open(open_bytes(uri)), mode="r")
    stream = pa.PythonFile(open_bytes(uri), mode="r")
    return stream if compression is None else pa.CompressedInputStream(stream, compression)
