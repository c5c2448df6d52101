"""The album of a report: sample pictures of classes from each dataset (paper, Figures 16 and 21 to 29)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from laionet.errors import OutputError
from laionet.events import Event, Listener, ignore
from laionet.flow.comparing.described import Described
from laionet.flow.reporting.album.captions import Captions, Said
from laionet.flow.reporting.album.drawing import Drawn, draw
from laionet.flow.reporting.album.order import Predictions, Ranked, encoder_of, predictions, ranked, rows_of
from laionet.flow.reporting.album.thumbnails import STAGE, Thumbnail, thumbnails
from laionet.report.album import Album, AlbumClass, AlbumDataset, Couple, Interval, Picture, Side
from laionet.report.words import count

#: Images of a class that are drawn of each dataset, pixels of their longer side, bytes of all JPEG files.
PER_CLASS, PIXELS, BUDGET = 8, 96, 12_000_000

#: A thumbnail has about so many bytes or more: so many pictures are looked for that the budget can hold them.
_SMALL = 2_000


def gather_album(
    datasets: Sequence[Described],
    pair: Mapping[str, Any] | None = None,
    *,
    per_class: int = PER_CLASS,
    pixels: int = PIXELS,
    budget_bytes: int = BUDGET,
    encoder: str | None = None,
    seed: int = 0,
    listener: Listener = ignore,
) -> Album:
    """Gather pictures of as many classes as there is room for; numbers of all.

    Room goes to the classes of the largest recall gaps first, then to those whose similarity differs most, then by
    name. Images are read in one pass over the shards that hold them, and only those that are shown are decoded.
    Equal inputs give equal bytes.

    Args:
        datasets: one or more; classes with images in any of them are in the album.
        pair: the comparison of the first two, as ``flow.comparing.compare`` gives it; None for none.
        per_class: images of a class drawn of each dataset; by interval of similarity half as many of each.
        pixels: of the longer side of a picture, at most.
        budget_bytes: of all JPEG files together; 0 for no pictures.
        encoder: which cosines between pictures are of; None for the comparison's first.
        seed: of what is drawn.
        listener: called with an event for each shard of images, and with a note of what could not be had.

    Raises:
        OutputError: for no dataset, or numbers below what makes sense.
    """
    if not datasets or per_class < 1 or pixels < 16 or budget_bytes < 0:
        raise OutputError(
            "An album takes one dataset or more, one picture a class or more, 16 pixels or more and a budget of 0 "
            f"bytes or more; there are {len(datasets)}, {per_class}, {pixels} and {budget_bytes}."
        )
    told, encoder = predictions(datasets), encoder or encoder_of(datasets, pair)
    sources = [_Source.of(one, number, encoder, told, seed) for number, one in enumerate(datasets)]
    order = ranked(datasets, pair, told, encoder)
    drawn = _drawn(order, sources, per_class, budget_bytes)
    for number, source in enumerate(sources):
        source.look([parts[number] for parts in drawn.values()], pixels, listener)
    classes, used = _classes(order, drawn, sources, budget_bytes)
    lost = [_lost(classes, number) for number in range(len(sources))]
    _tell(sources, lost, listener)
    return Album(
        pixels=pixels,
        bytes=used,
        budget=budget_bytes,
        encoder=encoder,
        classifier=told.model if told else None,
        seed=seed,
        datasets=[source.dataset(reasons) for source, reasons in zip(sources, lost, strict=True)],
        classes=classes,
    )


@dataclass
class _Source:
    """A dataset, and what is known of its rows."""

    data: Described
    number: int
    seed: int
    samples: np.ndarray
    captions: Captions
    embeddings: np.ndarray | None
    told: Predictions | None
    said: dict[int, Said] = field(default_factory=dict)
    seen: dict[str, Thumbnail] = field(default_factory=dict)

    @classmethod
    def of(cls, one: Described, number: int, encoder: str | None, told: Predictions | None, seed: int) -> _Source:
        samples = one.samples
        embeddings = one.embeddings(encoder) if encoder and encoder in one.names("embedding") else None
        return cls(one, number, seed, samples, Captions(one, samples), embeddings, told)

    def draw(self, wnid: str, per_class: int) -> Drawn:
        rows, key = rows_of(self.data, wnid), (self.seed, self.number, wnid)
        return draw(rows, self.captions.similarity, self.embeddings, per_class, key)

    def look(self, drawn: Sequence[Drawn], pixels: int, listener: Listener) -> None:
        """Read the captions and make the thumbnails of what was drawn."""
        rows = [row for one in drawn for row in one.wanted]
        self.said = self.captions.of(rows)
        self.seen = thumbnails(self.data, {self.samples[row] for row in rows}, pixels, listener)

    def dataset(self, lost: dict[str, int]) -> AlbumDataset:
        rated = any(said.safety in ("safe", "unsafe") for said in self.said.values())
        return AlbumDataset(
            title=self.data.title,
            images=len(self.data),
            rated=rated,
            marked=not self.captions.reference,
            lost=lost,
        )

    def side(self, wnid: str, drawn: Drawn | None) -> Side:
        """The class in this dataset: its numbers, and its pictures where it has room."""
        rows = rows_of(self.data, wnid)
        label = self.data.classes.index(wnid) if wnid in self.data.classes else -1
        wanted = drawn.wanted if drawn else []
        place = {row: at for at, row in enumerate(wanted)}
        pairs = drawn.pairs if drawn else None
        return Side(
            n=rows.stop - rows.start,
            recall=self.told.recall(self.number, label, rows) if self.told else None,
            pictures=[self._picture(row, label) for row in wanted],
            samples=[place[row] for row in drawn.samples] if drawn else [],
            intervals=[
                Interval(low=low, high=high, n=n, pictures=[place[row] for row in some])
                for low, high, n, some in (drawn.intervals if drawn else [])
            ],
            nearest=_couple(pairs.nearest, pairs.cosines[0], place) if pairs else None,
            farthest=_couple(pairs.farthest, pairs.cosines[1], place) if pairs else None,
            compared=pairs.compared if pairs else 0,
        )

    def _picture(self, row: int, label: int) -> Picture:
        sample, said = self.samples[row], self.said[row]
        seen, similarity = self.seen[sample], float(self.captions.similarity[row])
        first = self.told.first[self.number] if self.told else None
        predicted = -2 if first is None else int(first[row])
        return Picture(
            sample=str(sample),
            caption=said.caption if said.caption is not None else seen.caption,
            url=said.url or seen.url,
            similarity=similarity if np.isfinite(similarity) else None,
            safety=said.safety,
            said=self.data.classes[predicted].text_name if predicted >= 0 else None,
            right=None if predicted == -2 else predicted == label,
            jpeg=seen.jpeg,
            width=seen.width,
            height=seen.height,
            lost=seen.lost,
        )


def _couple(rows: tuple[int, int], cosine: float, place: Mapping[int, int]) -> Couple:
    return Couple(pictures=[place[row] for row in rows], cosine=cosine)


def _drawn(
    order: Sequence[Ranked], sources: Sequence[_Source], per_class: int, budget: int
) -> dict[str, list[Drawn]]:
    """What to look for of the first classes: as many pictures as the budget could hold if they were small."""
    found: dict[str, list[Drawn]] = {}
    left = budget
    for one in order:
        if left <= 0:
            break
        found[one.wnid] = [source.draw(one.wnid, per_class) for source in sources]
        left -= _SMALL * sum(len(drawn.wanted) for drawn in found[one.wnid])
    return found


def _classes(
    order: Sequence[Ranked], drawn: Mapping[str, list[Drawn]], sources: Sequence[_Source], budget: int
) -> tuple[list[AlbumClass], int]:
    """The classes, with pictures as long as these fit; and the bytes of the pictures."""
    found: list[AlbumClass] = []
    used, full = 0, False
    for one in order:
        parts: Sequence[Drawn | None] = drawn.get(one.wnid, [])
        sides = [source.side(one.wnid, part) for source, part in zip(sources, parts, strict=False)]
        size = sum(len(picture["jpeg"] or b"") for side in sides for picture in side["pictures"])
        full = full or not sides or used + size > budget
        if full:
            sides = [source.side(one.wnid, None) for source in sources]
        else:
            used += size
        found.append(
            AlbumClass(
                wnid=one.wnid, name=one.name, gap=one.gap, difference=one.difference, shown=not full, sides=sides
            )
        )
    return found, used


def _lost(classes: Sequence[AlbumClass], number: int) -> dict[str, int]:
    reasons = (picture["lost"] for one in classes for picture in one["sides"][number]["pictures"])
    return dict(sorted(Counter(reason for reason in reasons if reason).items()))


def _tell(sources: Sequence[_Source], lost: Sequence[dict[str, int]], listener: Listener) -> None:
    for source, reasons in zip(sources, lost, strict=True):
        if reasons:
            said = ", ".join(f"{number} {reason}" for reason, number in reasons.items())
            text = f"{source.data.title}: {count(sum(reasons.values()), 'picture')} cannot be shown ({said})"
            listener(Event("note", STAGE, text))


__all__ = ["BUDGET", "PER_CLASS", "PIXELS", "gather_album"]
