"""The classes of a run: in label order, with the lemmas that a policy lets stand for them."""

from __future__ import annotations

import csv
import hashlib
import importlib
import json
import operator
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from laionet.errors import ClassListError
from laionet.vocab.custom import COLUMNS, csv_row
from laionet.vocab.policies import LemmaPolicy, ambiguous_lemmas, check_policy, owners, usable_lemmas
from laionet.vocab.synset import Synset, did_you_mean, lemma_problem
from laionet.vocab.texts import synset_text

if TYPE_CHECKING:
    import pyarrow as pa


class ClassList:
    """An immutable sequence of classes; the label of a class is its position.

    ``classes[3]`` is a class by label, ``classes["n02110185"]`` by wnid, ``classes[:10]`` a tuple of
    classes. Two lists are equal where their classes and lemma policy are.

    Args:
        synsets: the classes, in label order.
        source: where they come from, for messages and reports.
        lemma_policy: which lemmas captions are searched for; see ``POLICIES``.

    Raises:
        ClassListError: for no class at all, two of one wnid, an unusable lemma, or an unknown policy.
    """

    def __init__(
        self, synsets: Iterable[Synset], source: str = "given", lemma_policy: str = "unique-in-list"
    ) -> None:
        self._synsets = tuple(synsets)
        self._source = source
        self._lemma_policy = check_policy(lemma_policy)
        if not self._synsets:
            raise ClassListError(f"The class list {source!r} is empty; give at least one class.")
        for synset in self._synsets:
            _check(synset)
        self._label = {synset.wnid: label for label, synset in enumerate(self._synsets)}
        if len(self._label) < len(self._synsets):
            twice = [w for i, w in enumerate(self.wnids) if self._label[w] != i]
            raise ClassListError(
                f"The class list {source!r} has {', '.join(dict.fromkeys(twice))} more than once; "
                f"name each class once."
            )

    @property
    def source(self) -> str:
        """Where the classes come from."""
        return self._source

    @property
    def lemma_policy(self) -> LemmaPolicy:
        """The name of the policy that chose the lemmas."""
        return self._lemma_policy

    @cached_property
    def wnids(self) -> tuple[str, ...]:
        """The ids of the classes in label order."""
        return tuple(synset.wnid for synset in self._synsets)

    @cached_property
    def ambiguous(self) -> tuple[str, ...]:
        """Lemmas, in class order, that several classes have or that have several senses in WordNet.

        A fact about the classes under any policy; ``lemma_map`` says which of them are used.
        """
        return ambiguous_lemmas(self._synsets)

    @cached_property
    def _usable(self) -> dict[str, tuple[str, ...]]:
        return usable_lemmas(self._synsets, self._lemma_policy)

    def lemma_map(self) -> dict[str, tuple[str, ...]]:
        """The lemmas to search for, in class order, each with the wnids that it stands for.

        Only under the policy ``all`` does a lemma stand for more than one class.
        """
        return dict(self._usable)

    def matched_lemmas(self, wnid: str) -> tuple[str, ...]:
        """The lemmas of one class that the policy keeps, in the class's order."""
        return tuple(lemma for lemma in dict.fromkeys(self[wnid].lemmas) if lemma in self._usable)

    def index(self, wnid: str) -> int:
        """The label of a class.

        Raises:
            ClassListError: where no class has this wnid.
        """
        try:
            return self._label[wnid]
        except KeyError:
            raise ClassListError(
                f"The class list {self._source!r} has no class {wnid!r}." + did_you_mean(wnid, self._label)
            ) from None

    def texts(self, template: str = "name-def") -> list[str]:
        """The synset text of each class in label order; see ``synset_text`` for templates and errors."""
        return [synset_text(synset, template) for synset in self._synsets]

    def digest(self) -> str:
        """The SHA-256, in hexadecimal, of the classes in order and the lemma policy, not of the source.

        The same on every machine: equal digests mean that captions are matched and labelled alike.
        """
        rows = [[s.wnid, s.name, s.lemmas, s.definition, s.gloss, s.senses] for s in self._synsets]
        content = json.dumps([self._lemma_policy, rows], ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(content.encode("ascii")).hexdigest()

    def report(self) -> dict[str, Any]:
        """Counts that JSON can hold, and the classes and lemmas that lose by the policy.

        Keys: ``source``, ``lemma_policy``, ``classes``, ``lemmas`` (that the policy keeps),
        ``lemmas_in_all`` (different ones), ``ambiguous_lemmas`` (their number), ``shared_lemmas`` (those
        of several classes, each with the wnids), ``shared_but_for_case`` (lemmas that differ in capitals
        alone and belong to several classes: rules that fold case find all these classes),
        ``classes_without_lemma`` (their number) and ``without_lemma`` (their wnids).
        """
        every = owners(self._synsets)
        without = [wnid for wnid in self.wnids if not self.matched_lemmas(wnid)]
        return {
            "source": self._source,
            "lemma_policy": self._lemma_policy,
            "classes": len(self),
            "lemmas": len(self._usable),
            "lemmas_in_all": len(every),
            "ambiguous_lemmas": len(self.ambiguous),
            "shared_lemmas": {lemma: list(wnids) for lemma, wnids in every.items() if len(wnids) > 1},
            "shared_but_for_case": _shared_but_for_case(every),
            "classes_without_lemma": len(without),
            "without_lemma": without,
        }

    def to_table(self) -> pa.Table:
        """A table with one row per class, in label order.

        Columns: index (int32), wnid, name, lemmas (list), definition, matched_lemmas (list: those that
        the policy keeps), ambiguous_lemmas (list).
        """
        import pyarrow as pa

        words = pa.list_(pa.string())
        columns: dict[str, tuple[pa.DataType, list[Any]]] = {
            "index": (pa.int32(), list(range(len(self)))),
            "wnid": (pa.string(), list(self.wnids)),
            "name": (pa.string(), [s.name for s in self]),
            "lemmas": (words, [s.lemmas for s in self]),
            "definition": (pa.string(), [s.definition for s in self]),
            "matched_lemmas": (words, [self.matched_lemmas(s.wnid) for s in self]),
            "ambiguous_lemmas": (words, [self._ambiguous_of(s) for s in self]),
        }
        schema = pa.schema([pa.field(name, type_, nullable=False) for name, (type_, _) in columns.items()])
        return pa.table([pa.array(values, type_) for type_, values in columns.values()], schema=schema)

    def to_csv(self, path: str | Path) -> None:
        """Write the classes as CSV, UTF-8, lists joined by ``|``; ``load_classes`` reads it back the same.

        Columns: those of the shipped ImageNet table, then matched_lemmas and ambiguous_lemmas.
        """
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([*COLUMNS, "matched_lemmas", "ambiguous_lemmas"])
            for label, synset in enumerate(self._synsets):
                matched = "|".join(self.matched_lemmas(synset.wnid))
                writer.writerow([*csv_row(label, synset), matched, "|".join(self._ambiguous_of(synset))])

    def _ambiguous_of(self, synset: Synset) -> tuple[str, ...]:
        return tuple(lemma for lemma in dict.fromkeys(synset.lemmas) if lemma in self._ambiguous_set)

    @cached_property
    def _ambiguous_set(self) -> frozenset[str]:
        return frozenset(self.ambiguous)

    def __len__(self) -> int:
        return len(self._synsets)

    def __iter__(self) -> Iterator[Synset]:
        return iter(self._synsets)

    def __contains__(self, item: object) -> bool:
        return item in self._label or item in self._synsets

    @overload
    def __getitem__(self, key: SupportsIndex | str) -> Synset: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[Synset, ...]: ...
    def __getitem__(self, key: SupportsIndex | str | slice) -> Synset | tuple[Synset, ...]:
        if isinstance(key, slice):
            return self._synsets[key]
        return self._synsets[self.index(key) if isinstance(key, str) else operator.index(key)]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ClassList):
            return NotImplemented
        return (self._lemma_policy, self._synsets) == (other._lemma_policy, other._synsets)

    def __hash__(self) -> int:
        return hash((self._lemma_policy, self._synsets))

    def _repr_html_(self) -> str:
        # Pages are floors above, so they are found by name, and only where a notebook asks.
        return str(importlib.import_module("laionet.report.notebook").classes_html(self))

    def __repr__(self) -> str:
        names = ", ".join(s.name for s in self._synsets[:3]) + (", ..." if len(self) > 3 else "")
        return f"ClassList({self._source!r}, {self._lemma_policy}: {len(self)} classes: {names})"


def _check(synset: Synset) -> None:
    who = f"Class {synset.wnid!r} ({synset.name})"
    if not synset.wnid:
        raise ClassListError(f"A class ({synset.name}) has an empty id; give each class an id of its own.")
    lemmas: object = synset.lemmas
    if not isinstance(lemmas, tuple) or not all(isinstance(lemma, str) for lemma in lemmas):
        raise ClassListError(f"{who}: its lemmas are {lemmas!r}; give a tuple of words, as in ('dog',).")
    if not lemmas:
        raise ClassListError(f"{who} has no lemma; give it at least one word to search for.")
    for lemma in lemmas:
        problem = lemma_problem(lemma)
        if problem:
            raise ClassListError(f"{who}: the lemma {lemma!r} {problem}.")
    if synset.senses and len(synset.senses) != len(lemmas):
        raise ClassListError(
            f"{who} has {len(lemmas)} lemmas but {len(synset.senses)} numbers of senses; give one each."
        )


def _shared_but_for_case(every: dict[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """Each folded lemma that several classes share only once case is ignored, with their wnids."""
    folded: dict[str, list[tuple[str, ...]]] = {}
    for lemma, wnids in every.items():
        folded.setdefault(lemma.casefold(), []).append(wnids)
    # More classes than any one spelling has: then the capitals alone kept them apart.
    return {
        lemma: list(together)
        for lemma, groups in folded.items()
        if len(together := dict.fromkeys(w for group in groups for w in group)) > max(map(len, groups))
    }
