"""Reference datasets: labelled images in any of the usual layouts, as shards of ``schema.PICTURES``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from laionet.errors import LayoutError
from laionet.images import devkit, folders, img2dataset, kept, tables
from laionet.images import rows as reading
from laionet.images.labels import Labels, labels_of
from laionet.images.places import LAYOUTS, Place, detect, find_place
from laionet.images.webdataset import WebdatasetReader
from laionet.stage import Batch
from laionet.vocab import ClassList

__all__ = ["LAYOUTS", "PictureSet", "PictureShard", "open_pictures"]


@dataclass(frozen=True)
class PictureShard:
    """A unit of work: some images of a dataset. Picklable.

    Attributes:
        name: what results made from it are called, five digits or more.
        reader: how its rows are read.
        wnids: the wnid of each label.
        classes: digest of the classes.
    """

    name: str
    reader: reading.Reader
    wnids: tuple[str, ...] = field(repr=False)
    classes: str = field(repr=False)

    def identity(self) -> str:
        """A digest of all that decides the rows: names, sizes and times of the files, layout, classes.

        Raises:
            ShardError: where a file is gone.
        """
        return reading.identity(self.reader, self.classes)

    def batches(self, batch_rows: int = 64) -> Iterator[Batch]:
        """The images in order, as encoded bytes; the rows do not depend on ``batch_rows``.

        Args:
            batch_rows: rows of a batch; fewer at the end, and where images are very large.

        Yields:
            Tables in ``schema.PICTURES``, and of the rows that are dropped the numbers in the shard.

        Raises:
            ShardError: where a file is gone, damaged or hostile.
        """
        yield from reading.batches(self.reader.rows(), self.wnids, batch_rows)


@dataclass(frozen=True)
class PictureSet:
    """A dataset of labelled images.

    Attributes:
        name: of the folder, the file, or the dataset on the hub.
        layout: one of ``LAYOUTS``.
        rows: images, dropped ones too; ``None`` where counting takes reading them.
        set_aside: shards that cannot be read, each with the reason.
    """

    name: str
    layout: str
    rows: int | None
    _shards: tuple[PictureShard, ...] = field(repr=False)
    set_aside: tuple[tuple[str, str], ...] = ()

    def shards(self) -> list[PictureShard]:
        """The units of work, in order."""
        return list(self._shards)


def open_pictures(
    where: str | Path,
    classes: ClassList,
    *,
    layout: str = "auto",
    labels: str | Path | None = None,
    split: str = "validation",
    rows_per_shard: int = 1000,
) -> PictureSet:
    """Open a dataset of labelled images. No image is read; folders are listed, and the heads of files read.

    Args:
        where: a folder, a file, a glob, or ``hf:NAME`` for a dataset on the hub.
        classes: the classes that count; images of others are dropped as ``unknown_label``.
        layout: one of ``LAYOUTS``, or ``"auto"`` to find out.
        labels: for ``imagenet-val`` the devkit's folder, its ground truth, or Kaggle's CSV, found by itself
            where it lies beside the images. Elsewhere, what labels that are numbers count:
            ``"imagenet1k"``, or a text file with one class a line from 0 on; by default ``classes``.
        split: which part of a dataset of Hugging Face.
        rows_per_shard: images of a shard, about. A tar is never parted, nor a row group of parquet.

    Raises:
        CorpusError: where there is no such file or folder.
        LayoutError: where it fits no layout, several, or not the one asked for.
        MissingExtra: for ``hf`` without the library ``datasets``.

    Example:
        >>> from laionet.vocab import load_classes
        >>> pictures = open_pictures("imagenet/val", load_classes())      # doctest: +SKIP
        >>> for batch in pictures.shards()[0].batches(64):                # doctest: +SKIP
        ...     batch.table["image"], batch.dropped
    """
    if rows_per_shard < 1:
        raise LayoutError(f"rows_per_shard is {rows_per_shard}; give 1 or more.")
    if layout not in ("auto", *LAYOUTS):
        raise LayoutError(f"There is no layout {layout!r}; there are auto, {', '.join(LAYOUTS)}.")
    place = Place(str(where), str(where), Path(), None) if _is_hub_name(where, layout) else find_place(where)
    layout = detect(place) if layout == "auto" else layout
    wanted = _Wanted(place, classes, labels, split, rows_per_shard)
    named, rows = _OPENERS[layout](wanted)
    digest = classes.digest()
    shards = tuple(PictureShard(name, reader, classes.wnids, digest) for name, reader in named.items())
    aside = tuple(kept.failed(place.folder)) if layout == "laionet" else ()
    return PictureSet(place.name, layout, rows, shards, aside)


def _is_hub_name(where: str | Path, layout: str) -> bool:
    return layout == "hf" and not str(where).startswith("hf:") and not Path(where).expanduser().exists()


@dataclass(frozen=True)
class _Wanted:
    place: Place
    classes: ClassList
    given: str | Path | None
    split: str
    rows_per_shard: int

    def labels(self) -> Labels:
        return labels_of(self.classes, self.given)

    def without_labels(self, layout: str) -> None:
        if self.given is not None:
            raise LayoutError(f"The layout {layout} says its labels by itself; leave labels={self.given!s} out.")


_Opened = tuple[Mapping[str, reading.Reader], int | None]


def _numbered(readers: list[reading.Reader]) -> dict[str, reading.Reader]:
    return {f"{index:05d}": reader for index, reader in enumerate(readers)}


def _of_folders(readers: list[folders.FolderReader]) -> _Opened:
    return _numbered([*readers]), sum(len(reader.images) for reader in readers)


def _imagefolder(wanted: _Wanted) -> _Opened:
    root = wanted.place.as_folder("imagefolder")
    return _of_folders(folders.imagefolder(root, wanted.labels(), wanted.rows_per_shard))


def _imagenet_val(wanted: _Wanted) -> _Opened:
    root = wanted.place.as_folder("imagenet-val")
    source = Path(wanted.given).expanduser() if wanted.given is not None else devkit.find_labels(root)
    if source is None:
        raise LayoutError(
            f"The labels of the images in {root} are needed: name the devkit's folder, its "
            f"{devkit.GROUND_TRUTH}, or Kaggle's {devkit.SOLUTION} as labels."
        )
    wnid_of = devkit.wnid_of_image(source)
    return _of_folders(folders.flat(root, wnid_of, labels_of(wanted.classes), wanted.rows_per_shard))


def _imagenetv2(wanted: _Wanted) -> _Opened:
    wanted.without_labels("imagenetv2")
    root = wanted.place.as_folder("imagenetv2")
    return _of_folders(folders.imagenetv2(root, wanted.classes, wanted.rows_per_shard))


def _webdataset(wanted: _Wanted) -> _Opened:
    place, labels = wanted.place, wanted.labels()
    return _numbered([WebdatasetReader(path, place.prefix(path), labels) for path in place.files(".tar")]), None


def _parquet(wanted: _Wanted) -> _Opened:
    place, labels = wanted.place, wanted.labels()
    readers: list[reading.Reader] = []
    files = place.files(".parquet")
    for path in files:
        readers += tables.parquet_readers(path, place.prefix(path), labels, wanted.rows_per_shard)
    return _numbered(readers), sum(map(tables.parquet_rows, files))


def _hf(wanted: _Wanted) -> _Opened:
    source = wanted.place.hub or str(wanted.place.as_folder("hf"))
    readers = tables.hub_readers(source, wanted.split, wanted.labels(), wanted.rows_per_shard)
    return _numbered([*readers]), readers[-1].span[1] if readers else 0


def _img2dataset(wanted: _Wanted) -> _Opened:
    readers = img2dataset.readers(wanted.place.as_folder("img2dataset"), wanted.labels())
    listed = [tables.parquet_rows(reader.table) for reader in readers if img2dataset.is_table(reader.table)]
    return _numbered([*readers]), sum(listed) if len(listed) == len(readers) else None


def _laionet(wanted: _Wanted) -> _Opened:
    wanted.without_labels("laionet")
    found = kept.readers(wanted.place.as_folder("laionet"), labels_of(wanted.classes))
    return found, sum(map(kept.fetched_rows, found.values()))


_OPENERS: dict[str, Callable[[_Wanted], _Opened]] = {
    "imagefolder": _imagefolder,
    "imagenet-val": _imagenet_val,
    "imagenetv2": _imagenetv2,
    "webdataset": _webdataset,
    "parquet": _parquet,
    "hf": _hf,
    "img2dataset": _img2dataset,
    "laionet": _laionet,
}
