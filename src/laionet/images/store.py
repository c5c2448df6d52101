"""Where fetched images are kept: a webdataset tar or a parquet file for each shard."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from laionet.errors import OutputError, ShardError
from laionet.images.tars import members
from laionet.shards import replacing

Form = Literal["tar", "parquet"]

#: How the file of each form ends.
ENDINGS: dict[Form, str] = {"tar": ".tar", "parquet": ".images.parquet"}

#: Members of a sample that are no image.
SIDECARS = ("json", "txt", "cls")

_STORED = pa.schema(
    [pa.field("sample", pa.string(), nullable=False), pa.field("image", pa.binary(), nullable=False)]
)
#: Image bytes of a row group, about. A constant, so that equal images give equal bytes.
_GROUP_BYTES = 16 << 20

_SAMPLE = re.compile(r"[A-Za-z0-9_-]+")
_EXTENSION = re.compile(r"[a-z0-9]+")


class ImageWriter:
    """Writes the images of one shard. Use as a context manager.

    The file appears under its name only when the block ends well; a file of the other form is then
    removed, so that a shard has one form. Equal images in equal order give equal bytes.

    Args:
        path: the shard without an ending, as ``images/00000``.
        keep: ``"tar"`` writes ``<path>.tar`` as webdataset reads it: ``<sample>.<extension>`` with the
            bytes as given, ``<sample>.json``, ``<sample>.txt`` with the caption where there is one, and
            ``<sample>.cls`` with the label. ``"parquet"`` writes ``<path>.images.parquet`` with the
            columns sample (string) and image (binary, not compressed again).

    Attributes:
        rows: images written.
    """

    def __init__(self, path: Path, keep: Form) -> None:
        self.path, self.keep, self.rows = path, keep, 0
        self._sink: _TarSink | _ParquetSink
        self._seen: set[str] = set()

    def __enter__(self) -> ImageWriter:
        self._replacing = replacing(stored_path(self.path, self.keep))
        temporary = self._replacing.__enter__()
        self._sink = _TarSink(temporary) if self.keep == "tar" else _ParquetSink(temporary)
        return self

    def write(self, sample: str, data: bytes, extension: str, meta: Mapping[str, Any]) -> None:
        """Append an image.

        Args:
            sample: its id, of letters, digits, ``_`` and ``-``.
            data: bytes of the image file.
            extension: what its name ends in, as ``"jpg"``, without the dot.
            meta: what JSON can hold. A tar keeps it all in ``.json``, and of it ``caption`` and ``label``
                once more as ``.txt`` and ``.cls``; parquet keeps none of it.

        Raises:
            OutputError: for an id that is unusable or was used before, or an unusable ending.
        """
        if not _SAMPLE.fullmatch(sample):
            raise OutputError(f"The sample id {sample!r} has signs other than letters, digits, _ and -.")
        if not _EXTENSION.fullmatch(extension) or extension in SIDECARS:
            raise OutputError(f"{extension!r} is no ending of an image; give one like 'jpg'.")
        if sample in self._seen:
            raise OutputError(f"The sample {sample} comes twice in {self.path.name}; ids must differ.")
        self._seen.add(sample)
        self._sink.write(sample, data, extension, meta)
        self.rows += 1

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            self._sink.close(whole=kind is None)
        except BaseException as failure:
            self._replacing.__exit__(type(failure), failure, failure.__traceback__)
            raise
        self._replacing.__exit__(kind, error, trace)
        if kind is None:
            for form in ENDINGS:
                if form != self.keep:
                    stored_path(self.path, form).unlink(missing_ok=True)


class _TarSink:
    def __init__(self, path: Path) -> None:
        # PAX, because USTAR has no room for long ids; nothing of this machine or this hour goes in.
        self._tar = tarfile.open(path, "w", format=tarfile.PAX_FORMAT)  # noqa: SIM115

    def write(self, sample: str, data: bytes, extension: str, meta: Mapping[str, Any]) -> None:
        self._add(f"{sample}.{extension}", data)
        text = json.dumps(meta, sort_keys=True, ensure_ascii=False)
        self._add(f"{sample}.json", text.encode("utf-8", "backslashreplace"))
        if meta.get("caption") is not None:
            self._add(f"{sample}.txt", str(meta["caption"]).encode("utf-8", "backslashreplace"))
        if meta.get("label") is not None:
            self._add(f"{sample}.cls", str(meta["label"]).encode())

    def _add(self, name: str, data: bytes) -> None:
        entry = tarfile.TarInfo(name)  # mtime, uid and gid are 0, owners are empty
        entry.size = len(data)
        self._tar.addfile(entry, io.BytesIO(data))

    def close(self, *, whole: bool) -> None:
        self._tar.close()


class _ParquetSink:
    def __init__(self, path: Path) -> None:
        self._file = pq.ParquetWriter(
            path, _STORED, compression={"sample": "zstd", "image": "none"}, use_dictionary=False
        )
        self._pending: list[tuple[str, bytes]] = []
        self._bytes = 0

    def write(self, sample: str, data: bytes, extension: str, meta: Mapping[str, Any]) -> None:
        self._pending.append((sample, data))
        self._bytes += len(data)
        if self._bytes >= _GROUP_BYTES:
            self._flush()

    def close(self, *, whole: bool) -> None:
        if whole and self._pending:
            self._flush()
        self._file.close()

    def _flush(self) -> None:
        samples, images = zip(*self._pending, strict=True)
        columns = [pa.array(samples, pa.string()), pa.array(images, pa.binary())]
        self._file.write_table(pa.table(columns, schema=_STORED), row_group_size=len(samples))
        self._pending, self._bytes = [], 0


def stored_path(path: Path, form: Form) -> Path:
    """The file that keeps the shard ``path`` (without an ending) in a form."""
    return path.with_name(path.name + ENDINGS[form])


def stored_form(path: Path) -> Form | None:
    """In which form the images of the shard ``path`` (without an ending) are kept, if any are."""
    return next((form for form in ENDINGS if stored_path(path, form).is_file()), None)


def iter_images(path: Path) -> Iterator[tuple[str, bytes]]:
    """The images of a shard, in the order written, one or one row group in memory at a time.

    Args:
        path: the shard without an ending, as ``images/00000``.

    Yields:
        The sample's id and the bytes of its image file.

    Raises:
        ShardError: where no images are kept under ``path``, or their file is damaged or holds other things.
    """
    form = stored_form(path)
    if form is None:
        raise ShardError(f"No images are kept as {path}{ENDINGS['tar']} or {path}{ENDINGS['parquet']}.")
    yield from _from_tar(stored_path(path, form)) if form == "tar" else _from_parquet(stored_path(path, form))


def _from_tar(path: Path) -> Iterator[tuple[str, bytes]]:
    for member in members(path):
        sample, dot, extension = member.name.partition(".")
        if not dot or not _SAMPLE.fullmatch(sample) or member.data is None:
            raise ShardError(f"{path} holds {member.name!r}, which laionet did not write. Read it as webdataset.")
        if extension not in SIDECARS:
            yield sample, member.data


def _from_parquet(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        for batch in pq.ParquetFile(path).iter_batches(batch_size=64, columns=_STORED.names):
            for sample, image in zip(batch["sample"], batch["image"], strict=True):
                yield sample.as_py(), image.as_py()
    except (OSError, pa.ArrowException, KeyError) as error:
        raise ShardError(f"Cannot read {path}: {error}. Delete it and fetch the shard again.") from error
