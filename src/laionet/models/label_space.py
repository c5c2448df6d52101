"""From the classes of a model's head to those of our class list."""

from __future__ import annotations

import csv
import io
import json
import re
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from laionet.errors import ModelError

if TYPE_CHECKING:
    from laionet.vocab import ClassList

# Of 1,000 names this share must be of the class at their place for the order to be taken as ImageNet's; in
# another order next to none are.
_FITS = 0.5
_WNID = re.compile(r"n\d{8}(?!\d)")
_PLACEHOLDER = re.compile(r"LABEL_\d+")


@dataclass(frozen=True)
class LabelSpace:
    """Which of our classes each output of a head is.

    Attributes:
        ours: int32 (outputs,), the label in our class list; -1 for a class that is none of ours.
        how: ``"map file"``, ``"wnids"``, ``"ImageNet order"`` or ``"names"``.
        missing: wnids of our classes that no output stands for.
        ambiguous: names of outputs that several classes could be, and that were left out for it.
    """

    ours: np.ndarray
    how: str
    missing: tuple[str, ...]
    ambiguous: tuple[str, ...] = ()

    @property
    def found(self) -> int:
        """How many of our classes the head has."""
        return len(set(self.ours[self.ours >= 0].tolist()))


def label_space(
    name: str,
    names: Sequence[str],
    classes: ClassList,
    *,
    wnids: Sequence[str] = (),
    map_file: str | Path | None = None,
) -> LabelSpace:
    """Tell which of our classes each output of a head is.

    In this order: by ``map_file``; by wnids, of the configuration or in the names themselves; by the order
    of ImageNet-1k, where there are 1,000 names that fit it or say nothing (``LABEL_0``), which tells the two
    cranes and the two maillots apart; by lemmas: a name such as ``"kit_fox, Vulpes_macrotis"`` is the class
    that has just these lemmas, or else the only one that has them all. Of classes with the same lemmas, in a
    head that is sorted by wnid as ImageNet-21k's are, each is known by its neighbours.

    Args:
        name: the model, for messages.
        names: what the model calls its classes, in the order of its outputs.
        classes: ours.
        wnids: of the outputs, where the model's configuration has them.
        map_file: JSON (an object from output to wnid, or a list of wnids) or CSV (columns index and wnid).

    Raises:
        ModelError: for an unusable map file, or where the head has none of our classes.
    """
    if map_file is not None:
        found = _by_wnid(_read_map(Path(map_file).expanduser(), len(names)), classes, "map file")
    elif wnids:
        if len(wnids) != len(names):
            raise ModelError(f"{name}: its configuration has {len(wnids)} wnids for {len(names)} classes")
        found = _by_wnid(wnids, classes, "wnids")
    else:
        found = _by_names(names, classes)
    if not found.found:
        example = ", ".join(repr(label) for label in names[:3])
        raise ModelError(
            f"{name}: none of its {len(names)} classes ({example}, ...) is one of the {len(classes)} of the class"
            " list. Name the class of each output in a map file (JSON or CSV of index and wnid)"
        )
    return found


def _by_names(names: Sequence[str], classes: ClassList) -> LabelSpace:
    inside = [_wnid_in(name, classes) for name in names]
    if sum(wnid is not None for wnid in inside) > len(names) / 2:
        return _by_wnid([wnid or "" for wnid in inside], classes, "wnids")
    if len(names) == 1000:
        standard = _imagenet_order()
        placeholders = all(_PLACEHOLDER.fullmatch(name) for name in names)
        fits = sum(bool(_terms(name) & lemmas) for name, (_, lemmas) in zip(names, standard, strict=True))
        if placeholders or fits >= _FITS * len(names):
            return _by_wnid([wnid for wnid, _ in standard], classes, "ImageNet order")
    return _by_lemmas(names, classes)


def _wnid_in(name: str, classes: ClassList) -> str | None:
    """The wnid that a name is or begins with; a class of one's own is known by its whole id."""
    if name in classes:
        return name
    found = _WNID.match(name.strip())
    return found[0] if found else None


def _by_wnid(wnids: Sequence[str], classes: ClassList, how: str) -> LabelSpace:
    place = {wnid: label for label, wnid in enumerate(classes.wnids)}
    return _space(np.array([place.get(wnid, -1) for wnid in wnids], dtype=np.int32), classes, how)


def _by_lemmas(names: Sequence[str], classes: ClassList) -> LabelSpace:
    terms = [_terms(name) for name in names]
    ours = [frozenset(map(_folded, synset.lemmas)) for synset in classes]
    outputs_of, labels_of = _places(terms), _places(ours)
    found = np.full(len(names), -1, dtype=np.int32)
    several = []
    for lemmas, labels in labels_of.items():
        outputs = outputs_of.get(lemmas, [])
        if len(outputs) == len(labels) == 1:
            found[outputs[0]] = labels[0]
        elif outputs:
            several.append((outputs, labels))
    _by_neighbours(found, several, classes.wnids)
    _by_fewer_lemmas(found, terms, ours)
    unknown = {names[output] for outputs, _ in several for output in outputs if found[output] < 0}
    # Of an ambiguous name that our list has once, all but the neighbours' choice are other classes.
    settled = {names[output] for outputs, _ in several for output in outputs if found[output] >= 0}
    return _space(found, classes, "names", tuple(sorted(unknown - settled)))


def _by_neighbours(
    found: np.ndarray, several: Iterable[tuple[list[int], list[int]]], wnids: Sequence[str]
) -> None:
    """Settle classes of equal lemmas, if the outputs that are known are in the order of their wnids."""
    known = [(output, wnids[label]) for output, label in enumerate(found.tolist()) if label >= 0]
    order = [wnid for _, wnid in known]
    if len(order) < 2 or order != sorted(order):
        return
    at = [output for output, _ in known]
    for outputs, labels in several:
        fits = {
            label: [output for output in outputs if bisect(at, output) == bisect(order, wnids[label])]
            for label in labels
        }
        chosen = [output for choice in fits.values() for output in choice]
        for label, choice in fits.items():
            if len(choice) == 1 and chosen.count(choice[0]) == 1:
                found[choice[0]] = label


def _by_fewer_lemmas(found: np.ndarray, terms: Sequence[frozenset[str]], ours: Sequence[frozenset[str]]) -> None:
    """Outputs whose words are some of one class's lemmas and of no other's, where that class is not found."""
    having = defaultdict(set)
    for label, lemmas in enumerate(ours):
        for lemma in lemmas:
            having[lemma].add(label)
    taken = set(found[found >= 0].tolist())
    candidates = defaultdict(list)
    for output, words in enumerate(terms):
        if found[output] < 0 and words:
            labels = set.intersection(*(having.get(word, set()) for word in words))
            if len(labels) == 1 and not labels & taken:
                candidates[labels.pop()].append(output)
    for label, outputs in candidates.items():
        if len(outputs) == 1:
            found[outputs[0]] = label


def _places(keys: Iterable[frozenset[str]]) -> dict[frozenset[str], list[int]]:
    places = defaultdict(list)
    for at, key in enumerate(keys):
        places[key].append(at)
    return places


def _space(ours: np.ndarray, classes: ClassList, how: str, ambiguous: tuple[str, ...] = ()) -> LabelSpace:
    there = set(ours.tolist())
    missing = tuple(wnid for label, wnid in enumerate(classes.wnids) if label not in there)
    return LabelSpace(ours, how, missing, ambiguous)


def _terms(name: str) -> frozenset[str]:
    """The words that a name lists: of ``"kit_fox, Vulpes_macrotis"`` kit fox and vulpes macrotis."""
    return frozenset(folded for word in name.split(",") if (folded := _folded(word)))


def _folded(word: str) -> str:
    return " ".join(word.replace("_", " ").casefold().split())


def _imagenet_order() -> list[tuple[str, frozenset[str]]]:
    """wnid and lemmas of the 1,000 classes in the order of model heads, from the table that is shipped."""
    table = resources.files("laionet").joinpath("vocab", "imagenet1k.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(io.StringIO(table))
    return [(row["wnid"], frozenset(map(_folded, row["lemmas"].split("|")))) for row in rows]


def _read_map(path: Path, outputs: int) -> list[str]:
    """The wnid of each output, "" where the file names none."""
    try:
        content = path.read_text(encoding="utf-8")
        table = path.suffix.lower() in (".csv", ".tsv")
        pairs = _csv_pairs(content) if table else _json_pairs(json.loads(content))
        found = {int(index): str(wnid) for index, wnid in pairs}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"label map {path}: {type(error).__name__}: {error}. Give JSON (an object from index to wnid, or a"
            " list of wnids) or CSV with the columns index and wnid"
        ) from error
    beyond = [index for index in found if not 0 <= index < outputs]
    if beyond:
        raise ModelError(f"label map {path}: index {beyond[0]}, but the head has {outputs} outputs, from 0")
    return [found.get(index, "") for index in range(outputs)]


def _json_pairs(content: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(content, Mapping):
        return content.items()
    if isinstance(content, list):
        return enumerate(content)
    raise ValueError("neither an object nor a list")


def _csv_pairs(content: str) -> Iterable[tuple[Any, Any]]:
    dialect = "excel-tab" if "\t" in content.partition("\n")[0] else "excel"
    return [(row["index"], row["wnid"]) for row in csv.DictReader(io.StringIO(content), dialect=dialect)]
