"""A reader of WordNet 3.0's ``dict`` files that looks up synsets where they lie in the file.

A wnid is the byte offset of the synset's line in ``data.noun``, so a lookup is a seek and the 15 MB are
never parsed as a whole. File formats: https://wordnet.princeton.edu/documentation/wndb5wn
"""

from __future__ import annotations

import bisect
import mmap
import os
import re
import sys
from collections import deque
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from laionet.errors import ClassListError
from laionet.vocab.synset import Synset, did_you_mean

#: Where the folder is looked up when neither an argument nor the variable names it.
VARIABLE = "LAIONET_WORDNET"
_PARTS = ("noun", "verb", "adj", "adv")
_FILES = ("data.noun", *(f"index.{part}" for part in _PARTS))
_HOW_TO_GET = (
    "Install the Debian package wordnet-base, or download WordNet 3.0 from "
    "https://wordnet.princeton.edu/download/current-version and unpack its 'dict' folder (NLTK's "
    "unzipped corpora/wordnet does as well); then pass the folder as wordnet=, or set LAIONET_WORDNET to it."
)


class _Line(NamedTuple):
    """What a line of ``data.noun`` says."""

    words: tuple[str, ...]
    hyponyms: tuple[str, ...]
    hypernyms: tuple[str, ...]
    gloss: str


class WordNet:
    """WordNet 3.0 nouns, read from its ``dict`` folder on demand.

    Args:
        folder: the folder that holds ``data.noun`` and the index files, or that holds it as ``dict``.

    Raises:
        ClassListError: where a file is missing or the folder is not WordNet 3.0.
    """

    def __init__(self, folder: str | Path) -> None:
        given = Path(folder).expanduser()
        self.folder = given / "dict" if (given / "dict" / "data.noun").is_file() else given
        missing = [name for name in _FILES if not (self.folder / name).is_file()]
        if missing:
            raise ClassListError(f"No WordNet in {given}: {', '.join(missing)} not found. {_HOW_TO_GET}")
        self._indexes: dict[str, list[bytes]] = {}
        self._check_version()

    @classmethod
    def find(cls, folder: str | Path | None = None) -> WordNet:
        """The WordNet of ``folder``, else of LAIONET_WORDNET, else of Debian's or NLTK's usual places.

        Raises:
            ClassListError: where there is none, or the one named is unusable.
        """
        named = folder or os.environ.get(VARIABLE)
        if named:
            return cls(named)
        places = list(_usual_places())
        for place in places:
            if (place / "data.noun").is_file():
                return cls(place)
        raise ClassListError(f"WordNet not found; looked in {', '.join(map(str, places))}. {_HOW_TO_GET}")

    def __repr__(self) -> str:
        return f"WordNet({str(self.folder)!r})"

    def synset(self, key: str) -> Synset:
        """The synset of a wnid such as ``n02084071`` or of a name such as ``dog.n.01``.

        Raises:
            ClassListError: where WordNet 3.0 has no such noun synset.
        """
        wnid = self.wnid(key)
        line = self._line(wnid)
        first = line.words[0].lower()
        offsets = self._offsets(first)
        if int(wnid[1:]) not in offsets:
            raise self._damaged(f"index.noun does not list {wnid} under {first!r}")
        lemmas = tuple(word.replace("_", " ") for word in line.words)
        return Synset(
            wnid=wnid,
            name=f"{first}.n.{offsets.index(int(wnid[1:])) + 1:02d}",
            lemmas=lemmas,
            definition=definition_of(line.gloss),
            gloss=line.gloss,
            senses=tuple(map(self.senses, lemmas)),
        )

    def wnid(self, key: str) -> str:
        """The wnid of a name such as ``dog.n.01``, or the wnid given, once known to be one.

        Raises:
            ClassListError: where WordNet 3.0 has no such noun synset.
        """
        if re.fullmatch(r"n\d{8}", key, re.ASCII):
            self._line(key)
            return key
        name = re.fullmatch(r"(.+)\.n\.(\d+)", key, re.ASCII)
        if name is None:
            raise ClassListError(
                f"{key!r} is no noun synset: write a wnid such as 'n02084071' or a name such as 'dog.n.01'."
            )
        lemma, number = name[1].lower().replace(" ", "_"), int(name[2])
        offsets = self._offsets(lemma)
        if 1 <= number <= len(offsets):
            return f"n{offsets[number - 1]:08d}"
        raise ClassListError(self._unknown_name(key, lemma, offsets))

    def senses(self, lemma: str) -> int:
        """The number of senses of a lemma over all parts of speech, case ignored; 0 if it has none."""
        key = lemma.lower().replace(" ", "_")
        return sum(int(fields[2]) for part in _PARTS if (fields := self._entry(part, key)))

    def hyponyms(self, key: str) -> tuple[str, ...]:
        """The wnids of the direct hyponyms, instances included, in the order of the file."""
        return self._line(self.wnid(key)).hyponyms

    def hypernyms(self, key: str) -> tuple[str, ...]:
        """The wnids of the direct hypernyms, instances included, in the order of the file."""
        return self._line(self.wnid(key)).hypernyms

    def subtree(self, key: str, depth: int | None = None) -> tuple[str, ...]:
        """The wnids that cover the subtree of a synset, in ascending order.

        Args:
            key: the root, as wnid or name.
            depth: None for the leaves. Otherwise the synsets ``depth`` levels below the root (0: the root
                itself) and the leaves that lie higher, so that every branch is covered. A synset with
                several hypernyms lies at its shortest distance from the root; so one of the result may
                be a hyponym of another.

        Raises:
            ClassListError: for an unknown root or a negative depth.
        """
        if depth is not None and depth < 0:
            raise ClassListError(f"depth is {depth}; it must be 0 or more, or None for the leaves.")
        root = self.wnid(key)
        level = {root: 0}
        queue = deque([root])
        found = []
        while queue:
            wnid = queue.popleft()
            below = self._line(wnid).hyponyms
            if not below or level[wnid] == depth:
                found.append(wnid)
                continue
            # Some synsets are reached by several ways, and a damaged file may hold a cycle.
            for hyponym in below:
                if hyponym not in level:
                    level[hyponym] = level[wnid] + 1
                    queue.append(hyponym)
        return tuple(sorted(found))

    def licence(self) -> str:
        """The licence of WordNet as it stands at the head of ``data.noun``."""
        lines = self._data[: self._first_offset].decode("ascii").splitlines()
        return "\n".join(re.sub(r"^ +\d+ ?", "", line).rstrip() for line in lines) + "\n"

    # ------------------------------------------------------------------ reading

    @cached_property
    def _data(self) -> mmap.mmap:
        try:
            with (self.folder / "data.noun").open("rb") as file:
                return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
            raise ClassListError(f"{self.folder / 'data.noun'} cannot be read: {error}. {_HOW_TO_GET}") from error

    @cached_property
    def _first_offset(self) -> int:
        # The licence's lines begin with two spaces, no other line does.
        found = re.search(rb"^(?!  )", self._data, re.MULTILINE)
        return found.start() if found else len(self._data)

    def _index(self, part: str) -> list[bytes]:
        """The lines of an index file, sorted by bytes whatever collation wrote them."""
        if part not in self._indexes:
            try:
                lines = (self.folder / f"index.{part}").read_bytes().splitlines()
            except OSError as error:
                raise ClassListError(f"WordNet in {self.folder} cannot be read: {error}.") from error
            self._indexes[part] = sorted(line for line in lines if not line.startswith(b"  "))
        return self._indexes[part]

    def _entry(self, part: str, lemma: str) -> list[str]:
        """The fields of a lemma's line in an index file; empty where it has none."""
        lines = self._index(part)
        key = lemma.encode() + b" "
        at = bisect.bisect_left(lines, key)
        return lines[at].decode().split() if at < len(lines) and lines[at].startswith(key) else []

    def _offsets(self, lemma: str) -> list[int]:
        """The offsets of a noun's synsets, most frequent sense first."""
        fields = self._entry("noun", lemma)
        return [int(offset) for offset in fields[-int(fields[2]) :]] if fields else []

    def _line(self, wnid: str) -> _Line:
        offset = int(wnid[1:])
        data = self._data
        if not self._starts_line(offset):
            raise ClassListError(
                f"{wnid} is no noun synset of WordNet 3.0. Ids of other WordNet versions differ; "
                f"look the class up by name, as in 'dog.n.01'."
            )
        try:
            return _parse(data[offset : data.find(b"\n", offset)].decode("ascii"))
        except (IndexError, ValueError) as error:
            raise self._damaged(f"the line of {wnid} is malformed") from error

    def _starts_line(self, offset: int) -> bool:
        """A synset's line starts there, as it does with its own offset and a file number."""
        return re.match(rb"%08d \d\d n " % offset, self._data[offset : offset + 14]) is not None

    # ------------------------------------------------------------------ refusing

    def _check_version(self) -> None:
        head = self._data[: self._first_offset]
        version = re.search(rb"WordNet (\d+\.\d+) Copyright", head)
        if version is None or version[1] != b"3.0":
            seen = f"WordNet {version[1].decode()}" if version else "no WordNet version in its licence"
            raise ClassListError(f"{self.folder} holds {seen}; WordNet 3.0 is needed. {_HOW_TO_GET}")
        # A copy with other line ends, or cut short, has its lines away from their offsets.
        last = self._data.rfind(b"\n", 0, len(self._data) - 1) + 1
        ends = self._data[-1:] == b"\n"
        if not (ends and self._starts_line(last)):
            raise self._damaged("synsets do not lie at their offsets (line ends changed, or cut short)")

    def _damaged(self, seen: str) -> ClassListError:
        return ClassListError(f"The WordNet in {self.folder} is damaged: {seen}. {_HOW_TO_GET}")

    def _unknown_name(self, key: str, lemma: str, offsets: list[int]) -> str:
        if offsets:
            known = "; ".join(
                f"{lemma}.n.{i:02d}: {definition_of(self._line(f'n{offset:08d}').gloss)}"
                for i, offset in enumerate(offsets[:5], 1)
            )
            return f"{key!r} is no synset of WordNet 3.0. Senses of {lemma!r}: {len(offsets)}. {known}."
        lines = self._index("noun")
        first = lemma[:1].encode()
        span = lines[bisect.bisect_left(lines, first) : bisect.bisect_left(lines, first + b"\xff")]
        near = did_you_mean(lemma, (line.split(b" ", 1)[0].decode() for line in span))
        return f"{key!r} is no synset of WordNet 3.0: it has no noun {lemma!r}.{near}"


def _parse(line: str) -> _Line:
    head, _, gloss = line.partition(" | ")
    fields = head.split()
    end_of_words = 4 + 2 * int(fields[3], 16)
    pointers = fields[end_of_words + 1 : end_of_words + 1 + 4 * int(fields[end_of_words])]
    links = list(zip(pointers[::4], pointers[1::4], strict=True))
    return _Line(
        words=tuple(fields[4:end_of_words:2]),
        hyponyms=tuple(f"n{offset}" for symbol, offset in links if symbol in ("~", "~i")),
        hypernyms=tuple(f"n{offset}" for symbol, offset in links if symbol in ("@", "@i")),
        gloss=gloss.strip(),
    )


def definition_of(gloss: str) -> str:
    """The gloss without its quoted examples; for ImageNet's classes this is the published text."""
    return re.split(r';\s*"', gloss)[0]


def _usual_places() -> Iterable[Path]:
    yield Path("/usr/share/wordnet")
    roots = [Path(root) for root in os.environ.get("NLTK_DATA", "").split(os.pathsep) if root]
    roots.append(Path.home() / "nltk_data")
    roots += [Path(sys.prefix) / folder / "nltk_data" for folder in ("", "share", "lib")]
    roots += [Path(f"/usr{local}/{kind}/nltk_data") for local in ("", "/local") for kind in ("share", "lib")]
    for root in roots:
        yield root / "corpora" / "wordnet"
