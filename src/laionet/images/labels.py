"""Which class a label of a reference dataset means: a wnid, a name, a word, or a number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from laionet.errors import LayoutError, ShardError
from laionet.vocab import ClassList, load_classes

_NUMBER = re.compile(r"[+-]?[0-9]+(\.0)?")
_LEADING_WNID = re.compile(r"(n[0-9]{8})(?=[-_ ,]|$)")


@dataclass(frozen=True)
class Labels:
    """Finds the class of a label.

    A label is, the first that fits: a wnid, or begins with one (``n02085620-Chihuahua``); the name of a
    synset (``crane.n.05``); one lemma, or all of them joined by commas, in any case and with underscores
    or spaces, where just one class has it; a number.

    Attributes:
        wnids: the wnid of each class, in label order.
        names: spelling to label; -1 where several classes share it.
        numbering: the label that each number stands for, -1 for none; ``None``: numbers are labels.
        digest: of the classes and the numbering.
    """

    wnids: tuple[str, ...]
    names: dict[str, int]
    numbering: tuple[int, ...] | None
    digest: str

    def named(self, text: str) -> int | None:
        """The label of a wnid, a name or a lemma; ``None`` where it is of no class or of several."""
        found = self.names.get(fold(text), -1)
        if found < 0 and (leading := _LEADING_WNID.match(text.strip())):
            found = self.names.get(leading[1], -1)
        return found if found >= 0 else None

    def numbered(self, number: int) -> int | None:
        """The label of a number; ``None`` for a negative one, or one whose class is not in the list.

        Raises:
            ShardError: where the number is beyond the list that numbers count.
        """
        count = len(self.wnids) if self.numbering is None else len(self.numbering)
        if number >= count:
            raise ShardError(
                f"A sample has the label {number}, but numbers are taken as positions in a list of {count} "
                "classes, from 0. If they count others, name these: labels='imagenet1k', or a text file with "
                "one class a line."
            )
        if number < 0:
            return None
        label = number if self.numbering is None else self.numbering[number]
        return label if label >= 0 else None

    def find(self, value: Any) -> int | None:
        """The label that any value stands for: text, bytes or a number; ``None`` where there is no class.

        Raises:
            ShardError: as ``numbered``.
        """
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if isinstance(value, str):
            found = self.named(value)
            if found is None and _NUMBER.fullmatch(value.strip()):
                return self.numbered(int(float(value)))
            return found
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            return None
        return self.numbered(int(value)) if int(value) == value else None

    def of_columns(self, values: dict[str, Any]) -> int | None:
        """The label from the first of the columns ``KEYS`` that has a value."""
        return next((self.find(values[key]) for key in KEYS if values.get(key) is not None), None)


#: Columns, or keys of JSON, that may hold the class; the earlier ones are trusted first.
KEYS = ("wnid", "label", "class")


def fold(text: str) -> str:
    """Case, underscores and repeated spaces make no difference between names."""
    return " ".join(text.replace("_", " ").casefold().split())


def labels_of(classes: ClassList, numbering: str | Path | Sequence[str] | None = None) -> Labels:
    """Prepare to find labels.

    Args:
        classes: the classes that count.
        numbering: what numbers stand for: ``None`` for positions in ``classes``, ``"imagenet1k"`` for
            positions in ImageNet's 1,000 as model heads have them, a text file or a sequence with one
            class for each number from 0 on.

    Raises:
        LayoutError: where the file cannot be read, or none of its classes is known.
    """
    names: dict[str, int] = {}
    for label, synset in enumerate(classes):
        for key in dict.fromkeys(map(fold, (*synset.lemmas, ", ".join(synset.lemmas)))):
            names[key] = -1 if names.get(key, label) != label else label
    for spellings in (classes.wnids, [synset.name for synset in classes]):  # these win over lemmas
        names.update({fold(spelling): label for label, spelling in reversed(list(enumerate(spellings)))})
    plain = Labels(classes.wnids, names, None, classes.digest())
    if numbering is None:
        return plain
    return renumbered(plain, numbering if not isinstance(numbering, str | Path) else _listed(numbering))


def renumbered(labels: Labels, spellings: Sequence[str]) -> Labels:
    """``labels`` with numbers that stand for ``spellings``.

    A spelling of no class or of several stands for its own position where the list is as long as the
    class list and all other spellings do so: ``crane`` is both a bird and a machine, but the one at
    position 134 is the bird.

    Raises:
        LayoutError: where none of them is a class.
    """
    found = [labels.named(spelling) for spelling in spellings]
    known = [(number, label) for number, label in enumerate(found) if label is not None]
    if not known:
        shown = ", ".join(repr(spelling) for spelling in spellings[:3])
        raise LayoutError(f"None of the {len(spellings)} labels ({shown}, ...) is a class of the list.")
    if len(found) == len(labels.wnids) and all(number == label for number, label in known):
        found = list(range(len(found)))
    numbering = tuple(-1 if label is None else label for label in found)
    return Labels(labels.wnids, labels.names, numbering, f"{labels.digest} {hash_of(numbering)}")


def hash_of(numbering: tuple[int, ...]) -> str:
    """A numbering as a short text that differs where it differs."""
    import hashlib

    return hashlib.sha256(repr(numbering).encode()).hexdigest()


def _listed(source: str | Path) -> list[str]:
    if str(source) == "imagenet1k":
        return list(load_classes("imagenet1k").wnids)
    try:
        lines = Path(source).expanduser().read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LayoutError(
            f"Cannot read labels {source}: {error}. Give 'imagenet1k', or a text file with one class a line."
        ) from error
    return [line.strip() for line in lines if line.strip()]
