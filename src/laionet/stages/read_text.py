"""read_text: what is written in each picture, and whether it names the class (paper, Section 2)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa

from laionet.images.decode import MAX_PIXELS, decode
from laionet.matching.rules import WEB, plural_of
from laionet.models.ocr import TROCR
from laionet.schema import PICTURES, READ, Drop
from laionet.stage import Needs, Outcome

if TYPE_CHECKING:
    from PIL.Image import Image

    from laionet.models.ocr import Line, TextReader

Method = Literal["tolerant", "paper"]


@dataclass(frozen=True)
class ReadTextStage:
    """Pictures to what is written in them.

    Attributes:
        lemmas: wnid to the lemmas that must not be in the picture.
        engine, east, trocr, precision: the text reader; ``digest`` is of its models, from ``reader_digest``.
        min_confidence: of a line, 0 to 1, to count as read.
        drop: whether pictures that spell their class stop here.
        method: how a lemma is looked for; see ``spelled_lemmas``.
        max_pixels: of a picture that is decoded.
        device, threads: speed only.
    """

    lemmas: Mapping[str, tuple[str, ...]]
    digest: str
    engine: str = "rapidocr"
    east: str | None = None
    trocr: str = TROCR
    precision: str = "fp32"
    min_confidence: float = 0.5
    drop: bool = True
    method: Method = "tolerant"
    max_pixels: int = MAX_PIXELS
    device: str = "auto"
    threads: int | None = None

    name = "read_text"
    version = 1
    needs = Needs(cpus=1)
    reads = PICTURES
    writes = READ

    def identity(self) -> Mapping[str, Any]:
        """The reader and its models, the lemmas, and what becomes of a line and of a picture."""
        return {
            "engine": self.engine,
            "digest": self.digest,
            "precision": self.precision if self.engine == "east-trocr" else None,
            "min_confidence": self.min_confidence,
            "drop": self.drop,
            "method": self.method,
            "max_pixels": self.max_pixels,
            "lemmas": sorted((wnid, list(lemmas)) for wnid, lemmas in self.lemmas.items()),
        }

    def open(self) -> Callable[[pa.Table], Outcome]:
        """Load the reader, once per worker."""
        from laionet.models.ocr import open_text_reader

        reader = open_text_reader(
            self.engine,
            east=self.east,
            trocr=self.trocr,
            device=self.device,
            precision=self.precision,
            threads=self.threads,
        )
        return Reading(reader, self)


class Reading:
    """Reads batches with an open reader. Each picture is read by itself, whatever the batch.

    Args:
        reader: an open text reader.
        stage: the settings.
    """

    def __init__(self, reader: TextReader, stage: ReadTextStage) -> None:
        self._reader = reader
        self._stage = stage

    def __call__(self, table: pa.Table) -> Outcome:
        """Decode and read one batch of ``schema.PICTURES``, one picture in memory at a time."""
        found: list[pa.Table] = []
        rows: list[int] = []
        dropped: dict[Drop, list[int]] = {}
        for row, (data, wnid) in enumerate(
            zip(table["image"].to_pylist(), table["wnid"].to_pylist(), strict=True)
        ):
            picture = Drop.NO_IMAGE if data is None else decode(data, max_pixels=self._stage.max_pixels)
            if isinstance(picture, Drop):
                dropped.setdefault(picture, []).append(row)
            else:
                found.append(self.reading([picture.image], [wnid]))
                rows.append(row)
        written = pa.concat_tables([self.reading([], []), *found]).combine_chunks()
        stops = self.stops(written)
        if stops.any():
            dropped[Drop.SPELLS_CLASS] = np.array(rows)[stops].tolist()
        read = table.select(["sample", "wnid", "label"]).take(pa.array(rows, pa.int64()))
        columns = {**_columns(read), **_columns(written), "kept": pa.array(~stops)}
        return Outcome(
            table=pa.table(columns).select(READ.names).cast(READ),
            dropped={reason: np.array(at, np.int64) for reason, at in dropped.items()},
            kept=int((~stops).sum()),
            counts=_counts(written),
        )

    def reading(self, pictures: Sequence[Image], wnids: Sequence[str]) -> pa.Table:
        """What is written in decoded pictures: for passes that have them decoded already.

        Args:
            pictures: mode RGB.
            wnids: the class of each.

        Returns:
            The columns text, lines, confidence and spelled of ``schema.READ``, a row for each picture.
        """
        columns: dict[str, list[Any]] = {"text": [], "lines": [], "confidence": [], "spelled": []}
        for lines, wnid in zip(self._reader.read(pictures), wnids, strict=True):
            sure = [line for line in lines if self._counts_as_read(line)]
            texts = [" ".join(line.text.split()) for line in sure]
            columns["text"].append("\n".join(texts))
            columns["lines"].append(len(sure))
            columns["confidence"].append(min((line.confidence for line in sure), default=None))
            columns["spelled"].append(spelled_lemmas(texts, self._stage.lemmas.get(wnid, ()), self._stage.method))
        return pa.table({name: pa.array(values, READ.field(name).type) for name, values in columns.items()})

    def _counts_as_read(self, line: Line) -> bool:
        """A line has two letters or digits: in the edges of things readers see full stops, ones and Xs."""
        return line.confidence >= self._stage.min_confidence and sum(map(str.isalnum, line.text)) > 1

    def stops(self, found: pa.Table) -> np.ndarray:
        """Which rows of ``reading`` the stage drops; bool, one a row."""
        spells = np.array([bool(spelled) for spelled in found["spelled"].to_pylist()], dtype=bool)
        return spells & self._stage.drop


def _columns(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    return dict(zip(table.column_names, table.columns, strict=True))


def _counts(found: pa.Table) -> dict[str, int]:
    lines = np.asarray(found["lines"], dtype=np.int64)
    spells = sum(bool(spelled) for spelled in found["spelled"].to_pylist())
    return {"read": len(lines), "with_text": int((lines > 0).sum()), "lines": int(lines.sum()), "spells": spells}


#: Letters that a lemma must have, not counting spaces, until a liberty is taken with it. Each is the least at
#: which 9,000 real captions hold next to no other words that would pass for a lemma of ImageNet's; see
#: docs/read-text.md.
JOINED, RN_AS_M, INSIDE, ONE_EDIT = 5, 7, 8, 10


def spelled_lemmas(lines: Sequence[str], lemmas: Sequence[str], method: Method = "tolerant") -> list[str]:
    """Which of a class's lemmas the recognised text holds.

    The lines are joined by spaces. ``tolerant`` brings both sides to the form that captions are matched in
    (``matching.WEB``: case, width, punctuation), without accents. A lemma of any length is found as whole words,
    in the singular or the plural, also where case or digits part the words (*SchoolBus24*). Recognisers part and
    join words and mistake letters, so these count too:

    - letters as their look-alikes among others of one case: 0, 1 and 5, and l among capitals or I among small
      letters (*PAlNT*, *cl0ck*);
    - for lemmas of five letters and more, spaces anywhere (*CRA NE*, *electricguitar*), as long as the whole
      begins and ends with a word;
    - of seven and more, rn and m for one another;
    - of eight and more, the lemma within a longer word (*bestsoccerballs*);
    - of ten and more, one letter wrong, missing or too much (*soccer bal*).

    So neither *beer* nor *restaurant* nor *snail* spells the bee, the ant or the nail.

    ``paper`` looks for the lemma as it is, in lower case, as a substring of the text in lower case, whatever its
    length (Section 2); there *beer* spells the bee.

    Args:
        lines: recognised lines in reading order.
        lemmas: of one class; underscores are spaces.
        method: ``"tolerant"`` or ``"paper"``.

    Returns:
        The lemmas found, in the order given.

    Example:
        >>> spelled_lemmas(["The ELECTRICGU1TAR", "and snail shop"], ["electric guitar", "nail"])
        ['electric guitar']
        >>> spelled_lemmas(["The ELECTRICGU1TAR", "and snail shop"], ["electric guitar", "nail"], "paper")
        ['nail']
    """
    text = " ".join(lines)
    if method == "paper":
        return [lemma for lemma in lemmas if lemma.replace("_", " ").lower() in text.lower()]
    readings = dict.fromkeys(_plain(reading) for reading in (text, _parted(text), _repaired(text)))
    words = [reading.split() for reading in readings]
    return [lemma for lemma in lemmas if any(_holds(some, form) for some in words for form in _forms(lemma))]


@lru_cache(maxsize=8192)
def _forms(lemma: str) -> tuple[tuple[str, ...], ...]:
    """The words of a lemma, in the singular and the plural."""
    written = lemma.replace("_", " ")
    plain = dict.fromkeys(_plain(form) for form in (written, plural_of(written)))
    return tuple(tuple(form.split()) for form in plain if form)


def _holds(words: Sequence[str], form: tuple[str, ...]) -> bool:
    letters = "".join(form)
    if len(letters) < JOINED:
        return any(tuple(words[start : start + len(form)]) == form for start in range(len(words)))
    if len(letters) >= INSIDE and any(letters in word for word in words):
        return True
    return any(_passes_for(run, letters) for run in _runs(words, len(letters)))


def _passes_for(run: str, letters: str) -> bool:
    return (
        run == letters
        or (len(letters) >= RN_AS_M and run.replace("rn", "m") == letters.replace("rn", "m"))
        or (len(letters) >= ONE_EDIT and _one_edit(run, letters))
    )


def _runs(words: Sequence[str], letters: int) -> Iterator[str]:
    """Words in a row without the spaces between them, of about so many letters."""
    for start in range(len(words)):
        run = ""
        for word in words[start:]:
            run += word
            if len(run) > letters + 2:
                break
            yield run


def _one_edit(a: str, b: str) -> bool:
    """Whether one letter changed, added or left out makes ``b`` of ``a``, or none."""
    if len(a) > len(b):
        a, b = b, a
    if len(b) - len(a) > 1:
        return False
    same = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    return a[same + (len(a) == len(b)) :] == b[same + 1 :]


def _plain(text: str) -> str:
    """The form of captions, without accents: recognisers see them where there are none."""
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(character for character in apart if not unicodedata.combining(character))
    return " ".join(WEB.normalise(bare).split())


def _parted(text: str) -> str:
    """A space where small letters turn into capitals, or letters into digits and back."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", " ", text)


_AMONG_CAPITALS = str.maketrans("015l|", "OISII")
_AMONG_SMALL = str.maketrans("015I|", "olsll")


def _repaired(text: str) -> str:
    """Words that are of one case but for look-alikes, with the letters that these look like."""
    return " ".join(map(_repaired_word, text.split()))


def _repaired_word(word: str) -> str:
    others = re.sub(r"[\W\dlI_]", "", word)
    if others.isupper():
        return word.translate(_AMONG_CAPITALS)
    first = 1 if word[0].isupper() else 0  # a capital I at the beginning is one
    if others[1:].islower() and (others.islower() or others[0] == word[0]):
        return word[:first] + word[first:].translate(_AMONG_SMALL)
    return word
