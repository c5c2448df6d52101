"""Small pictures of some samples, in one pass over the shards that hold them."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from laionet.errors import LaionetError, ShardError
from laionet.events import Event, Listener
from laionet.flow.comparing.described import Described
from laionet.flow.folder import RunFolder
from laionet.flow.reporting.album.captions import short, web_address
from laionet.images.decode import decode
from laionet.images.pictures import PictureSet, PictureShard, open_pictures
from laionet.recipe import Recipe
from laionet.schema import Drop
from laionet.shards import read_table

if TYPE_CHECKING:
    from PIL.Image import Image

#: Quality of the JPEG files, as Pillow counts.
QUALITY = 80
#: Why a picture is missing, beside the reasons of ``schema.Drop``.
NOT_FOUND, UNREADABLE, GONE = "not_found", "unreadable", "gone"
#: What the listener hears this work called.
STAGE = "pictures"


@dataclass(frozen=True)
class Thumbnail:
    """A small picture, or why there is none; with what its dataset says of it.

    Attributes:
        jpeg: a file of our own making; None where ``lost`` says why.
        width, height: pixels.
        lost: the reason.
        caption, url: as the images come with; None for none.
    """

    jpeg: bytes | None = field(default=None, repr=False)
    width: int = 0
    height: int = 0
    lost: str | None = None
    caption: str | None = None
    url: str | None = None


def thumbnails(one: Described, wanted: Collection[str], pixels: int, listener: Listener) -> dict[str, Thumbnail]:
    """A thumbnail of every sample that is wanted.

    Args:
        one: the dataset; its images are those that its run kept, or those of the reference dataset.
        wanted: ids of samples.
        pixels: of the longer side, at most.
        listener: called with an event a shard.
    """
    if not wanted:
        return {}
    if one.folder is None:
        return {sample: Thumbnail(lost=GONE) for sample in wanted}
    recipe = RunFolder(one.folder).recipe()
    try:
        pictures = _pictures(one, recipe)
    except LaionetError as error:
        listener(Event("note", STAGE, f"{one.title}: its pictures cannot be shown. {error}"))
        reason = GONE if recipe.pictures.where else str(Drop.NO_IMAGE)
        return {sample: Thumbnail(lost=reason) for sample in wanted}
    by_shard = _by_shard(one.folder, wanted)
    shards = [shard for shard in pictures.shards() if by_shard.get(shard.name)]
    listener(Event("stage_started", STAGE, data={"shards": len(shards)}))
    found = {sample: Thumbnail(lost=NOT_FOUND) for sample in wanted}
    for shard in shards:
        made = _of_shard(shard, set(by_shard[shard.name]), recipe.fetch.max_pixels, pixels, listener)
        found |= made
        listener(Event("shard_done", STAGE, data={"kept": sum(one.jpeg is not None for one in made.values())}))
    listener(Event("stage_done", STAGE))
    return found


def _pictures(one: Described, recipe: Recipe) -> PictureSet:
    """The images of a run as ``describe`` read them, so that shards have the same names."""
    knobs = recipe.pictures
    if not knobs.where:
        return open_pictures(one.folder or Path(), one.classes, layout="laionet")
    return open_pictures(
        knobs.where,
        one.classes,
        layout=knobs.layout,
        labels=knobs.labels,
        split=knobs.split,
        rows_per_shard=recipe.fetch.rows_per_shard,
    )


def _by_shard(folder: Path, wanted: Collection[str]) -> dict[str, list[str]]:
    """The samples that are wanted of each shard, as ``describe`` found them there."""
    values = pa.array(sorted(wanted), pa.string())
    found: dict[str, list[str]] = {}
    for report in RunFolder(folder).reports("describe"):
        if report["status"] == "done":
            path = RunFolder(folder).stage("describe") / f"{report['name']}.parquet"
            samples = read_table(path, ["sample"])["sample"]
            found[report["name"]] = samples.filter(pc.is_in(samples, value_set=values)).to_pylist()
    return found


def _of_shard(
    shard: PictureShard, wanted: set[str], max_pixels: int, pixels: int, listener: Listener
) -> dict[str, Thumbnail]:
    """Read a shard till all that is wanted of it was found."""
    found: dict[str, Thumbnail] = {}
    lost = NOT_FOUND
    try:
        for sample, caption, url, data in _samples(shard, wanted):
            found[sample] = _thumbnail(data, max_pixels, pixels, short(caption), web_address(url))
            if len(found) == len(wanted):
                break
    except ShardError as error:
        listener(Event("note", STAGE, f"pictures {shard.name}: {error}"))
        lost = UNREADABLE
    return {sample: found.get(sample, Thumbnail(lost=lost)) for sample in wanted}


def _samples(shard: PictureShard, wanted: set[str]) -> Iterator[tuple[str, str | None, str | None, bytes | None]]:
    values = pa.array(sorted(wanted), pa.string())
    for batch in shard.batches():
        table = batch.table.filter(pc.is_in(batch.table["sample"], value_set=values))
        for row in table.to_pylist():
            yield row["sample"], row["caption"], row["url"], row["image"]


def _thumbnail(
    data: bytes | None, max_pixels: int, pixels: int, caption: str | None, url: str | None
) -> Thumbnail:
    picture = Drop.NO_IMAGE if data is None else decode(data, max_pixels=max_pixels)
    if isinstance(picture, Drop):
        return Thumbnail(lost=str(picture), caption=caption, url=url)
    small = _small(picture.image, pixels)
    out = io.BytesIO()
    small.save(out, format="JPEG", quality=QUALITY, optimize=True)
    return Thumbnail(out.getvalue(), small.width, small.height, None, caption, url)


def _small(image: Image, pixels: int) -> Image:
    """The picture scaled down, and nothing else that came with it: comments, profiles and the like stay behind."""
    from PIL import Image as Images

    image.thumbnail((pixels, pixels), Images.Resampling.LANCZOS)
    clean = Images.new("RGB", image.size)
    clean.paste(image)
    return clean
