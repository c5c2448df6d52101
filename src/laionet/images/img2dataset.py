"""Images that img2dataset fetched, in each of its forms: tars, folders, or parquet."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from laionet.errors import LayoutError, ShardError
from laionet.images.folders import is_image, read_limited
from laionet.images.labels import KEYS, Labels
from laionet.images.rows import Lost, Row
from laionet.images.tars import MAX_IMAGE_BYTES
from laionet.images.webdataset import tar_samples, text_or_none
from laionet.schema import Drop

Form = Literal["tar", "files", "parquet"]

#: Endings of the images that it writes, and names of the column that holds them.
ENDINGS = ("jpg", "png", "webp")

_READ_ROWS = 16
_MAX_TEXT = 16 << 20

#: Its messages are those of Python's urllib and of its own resizer; the first that fits counts.
_REASONS: tuple[tuple[str, Drop], ...] = (
    (r"X-Robots-Tag|Use of image disallowed", Drop.OPTED_OUT),
    (r"robots\.txt", Drop.ROBOTS),
    (r"infinite loop|redirect error|HTTP Error 30[1278]\b", Drop.REDIRECTS),
    (r"HTTP Error 4\d\d", Drop.HTTP_4XX),
    (r"HTTP Error 5\d\d", Drop.HTTP_5XX),
    (r"HTTP Error", Drop.HTTP_OTHER),
    (r"timed? ?out", Drop.TIMEOUT),
    (r"Name or service not known|name resolution|No address associated|getaddrinfo|nodename nor", Drop.DNS),
    (r"\bSSL\b|SSLV3|TLSV1|certificate|CERTIFICATE|EOF occurred in violation", Drop.TLS),
    (r"Connection refused|No route to host|Network is unreachable|Host is down", Drop.REFUSED),
    (r"unknown url type|no host given|Invalid (IPv6 )?URL|nonnumeric port|'idna' codec", Drop.BAD_URL),
    (r"can't contain control characters|'ascii' codec|label (empty or )?too long", Drop.BAD_URL),
    (r"reset by peer|Remote end closed|IncompleteRead|bytes read|BadStatusLine|Broken pipe", Drop.BROKEN_OFF),
    (r"area too large", Drop.TOO_MANY_PIXELS),
    (r"decoding error|imdecode|cannot identify|imread|\bempty\b", Drop.UNDECODABLE),
)
_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), drop) for pattern, drop in _REASONS)


def drop_reason(status: str | None, message: str | None) -> Drop:
    """The reason for which img2dataset brought no image.

    Args:
        status: ``failed_to_download`` or ``failed_to_resize``.
        message: its ``error_message``.

    Returns:
        ``no_image`` where the message says nothing known, or the image did not suit the settings
        (``image too small``).
    """
    found = next((drop for pattern, drop in _PATTERNS if pattern.search(message or "")), Drop.NO_IMAGE)
    # The HTTP and network texts of a failed resize would be accidents of an image's own words.
    suits = status != "failed_to_resize" or found in (Drop.UNDECODABLE, Drop.TOO_MANY_PIXELS)
    return found if suits else Drop.NO_IMAGE


@dataclass(frozen=True)
class Img2datasetReader:
    """One shard of img2dataset.

    Attributes:
        form: ``tar``: ``path``.tar with ``path``.parquet beside it; ``files``: the folder ``path``, and
            ``path``.parquet beside it or JSON in it; ``parquet``: ``path``.parquet with the images.
        path: the shard without an ending, as ``images/00000``.
        labels: finds the class.
    """

    form: Form
    path: Path
    labels: Labels

    @property
    def table(self) -> Path:
        """The parquet file, whether it exists or not."""
        return self.path.with_name(f"{self.path.name}.parquet")

    @property
    def tar(self) -> Path:
        """The tar of the form ``tar``."""
        return self.path.with_name(f"{self.path.name}.tar")

    def files(self) -> list[Path]:
        """The files that the rows come from."""
        images = [self.tar] if self.form == "tar" else []
        if self.form == "files":
            images = sorted(path for path in self.path.iterdir() if path.is_file())
        return [*([self.table] if self.table.is_file() else []), *images]

    def settings(self) -> list[str]:
        """The form, and what labels mean."""
        return ["img2dataset", self.form, self.labels.digest]

    def rows(self) -> Iterator[Row | Lost]:
        """The rows; positions count those of the parquet file, failed ones too."""
        if self.form == "tar":
            yield from self._from_tar()
        elif self.form == "files":
            yield from self._from_files()
        else:
            yield from self._from_parquet()

    def _from_tar(self) -> Iterator[Row | Lost]:
        listed = {str(values["key"]): (at, values) for at, values in enumerate(self._listed())}
        for sample in tar_samples(self.tar):
            if sample.key not in listed:
                raise ShardError(f"{self.tar} holds {sample.key}, which {self.table.name} does not list.")
            at, values = listed.pop(sample.key)
            ending = next((ending for ending in ENDINGS if ending in sample.parts), None)
            data = sample.parts[ending] if ending else b""
            yield self._row(at, {**values, "txt": sample.text("txt")}, data if ending else b"", bool(ending))
        for at, values in listed.values():
            yield self._row(at, values, b"", False)

    def _from_files(self) -> Iterator[Row | Lost]:
        for at, values in enumerate(self._listed() if self.table.is_file() else self._from_json()):
            key = str(values["key"])
            if not re.fullmatch(r"[0-9A-Za-z_-]+", key):
                raise ShardError(f"{self.table} has the key {key!r}, which is no name of a file of img2dataset.")
            image = next((path for e in ENDINGS if (path := self.path / f"{key}.{e}").is_file()), None)
            wanted = image is not None and values.get("status") == "success"
            yield self._row(at, values, read_limited(image) if image and wanted else b"", image is not None)

    def _from_parquet(self) -> Iterator[Row | Lost]:
        column = image_column(pq.read_schema(self.table))
        for at, values in enumerate(self._listed(column)):
            data = values.get(column) if column else None
            yield self._row(at, values, data, data is not None)

    def _from_json(self) -> Iterator[dict[str, Any]]:
        """What the JSON beside each image says, where there is no table."""
        for path in sorted(path for path in self.path.iterdir() if is_image(path.name)):
            beside = path.with_suffix(".json")
            values = _json(beside) if beside.is_file() else {}
            yield {"status": "success", **values, "key": path.stem}

    def _listed(self, image: str | None = None) -> Iterator[dict[str, Any]]:
        try:
            with pq.ParquetFile(self.table) as file:
                names = set(file.schema_arrow.names)
                require_label(names, self.table)
                wanted = ("key", "status", "error_message", *KEYS, "caption", "url", image)
                columns = [name for name in wanted if name in names]
                for batch in file.iter_batches(_READ_ROWS if image else 8192, columns=columns):
                    yield from batch.to_pylist()
        except (OSError, pa.ArrowException) as error:
            raise ShardError(
                f"Cannot read {self.table}: {error}. Run img2dataset again: it does what it left unfinished."
            ) from error

    def _row(self, at: int, values: dict[str, Any], data: bytes | None, there: bool) -> Row | Lost:
        """A row; ``data`` is ``None`` where the image, though there, is too large."""
        if values.get("status") != "success":
            return Lost(at, drop_reason(values.get("status"), values.get("error_message")))
        if not there:
            return Lost(at, Drop.NO_IMAGE)
        if data is None or len(data) > MAX_IMAGE_BYTES:
            return Lost(at, Drop.TOO_LARGE)
        label = self.labels.of_columns(values)
        if label is None:
            return Lost(at, Drop.UNKNOWN_LABEL)
        caption = values.get("caption") if values.get("caption") is not None else values.get("txt")
        return Row(at, str(values["key"]), label, text_or_none(caption), text_or_none(values.get("url")), data)


def _json(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            values = json.loads(file.read(_MAX_TEXT))
    except (OSError, ValueError, RecursionError) as error:
        raise ShardError(f"Cannot read {path}: {error}. Fetch the shard again.") from error
    return values if isinstance(values, dict) else {}


def image_column(schema: pa.Schema) -> str | None:
    """The column with the images, in the form ``parquet``."""
    return next((name for name in ENDINGS if name in schema.names), None)


def is_table(path: Path) -> bool:
    """Whether a parquet file is one of img2dataset."""
    try:
        return {"key", "status", "error_message"} <= set(pq.read_schema(path).names)
    except (OSError, pa.ArrowException):
        return False


def require_label(columns: set[str], where: object) -> None:
    """Check that img2dataset was told to pass the class along.

    Raises:
        LayoutError: saying how.
    """
    if not columns & set(KEYS):
        raise LayoutError(
            f"{where} has no {', '.join(KEYS[:-1])} or {KEYS[-1]}. Make the list with  laionet export --to "
            'img2dataset  and give img2dataset  --save_additional_columns \'["label", "wnid"]\'.'
        )


def readers(folder: Path, labels: Labels) -> list[Img2datasetReader]:
    """The shards in a folder, by name.

    Raises:
        LayoutError: where there are none, or the class was not passed along.
    """
    found: list[Img2datasetReader] = []
    stems = sorted({path.name.split(".")[0] for path in folder.iterdir() if re.match(r"[0-9]+(\.|$)", path.name)})
    for stem in stems:
        path = folder / stem
        table = folder / f"{stem}.parquet"
        if (folder / f"{stem}.tar").is_file():
            found.append(Img2datasetReader("tar", path, labels))
        elif path.is_dir():
            found.append(Img2datasetReader("files", path, labels))
        elif table.is_file() and is_table(table):
            found.append(Img2datasetReader("parquet", path, labels))
    if not found:
        raise LayoutError(f"{folder} holds nothing that img2dataset writes: 00000.tar, 00000/ or 00000.parquet.")
    first = next((reader.table for reader in found if is_table(reader.table)), None)
    if first is not None:
        require_label(set(pq.read_schema(first).names), first)
    elif meta := next(iter(sorted(found[0].path.glob("*.json"))), None):
        require_label(set(_json(meta)), meta)
    return found
