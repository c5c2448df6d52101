"""Loading a list of classes: ImageNet's, a CSV, any synsets of WordNet, or any subtree of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from functools import cache, cached_property
from importlib import resources
from pathlib import Path

from laionet.errors import ClassListError
from laionet.vocab.classlist import ClassList
from laionet.vocab.custom import parse_csv, read_csv
from laionet.vocab.policies import check_policy
from laionet.vocab.synset import Synset, did_you_mean
from laionet.vocab.wordnet import WordNet

__all__ = ["ClassList", "Synset", "load_classes"]

_SOURCES = "'imagenet1k', the path of a CSV file, 'wordnet:dog.n.01,cat.n.01', 'subtree:dog.n.01'"


def load_classes(
    source: str | Path | Iterable[str | Synset] = "imagenet1k",
    lemmas: str = "unique-in-list",
    wordnet: str | Path | None = None,
    depth: int | None = None,
) -> ClassList:
    """The classes of a run, in label order.

    Args:
        source: one of

            - ``"imagenet1k"``: the 1,000 classes of ILSVRC-2012, in the order of model heads (shipped);
            - the path of a CSV of one's own, see ``laionet.vocab.custom.read_csv`` for its columns;
            - ``"wordnet:"`` and synsets separated by commas, each a wnid (``n02084071``) or a name
              (``dog.n.01``), in this order;
            - ``"subtree:"`` and one synset: what lies below it through hyponyms and instances, in
              ascending order of wnid, see ``depth``;
            - a Python sequence of wnids, names and ``Synset`` objects.
        lemmas: which lemmas captions are searched for: ``"unique-in-list"``, ``"unique-in-wordnet"`` or
            ``"all"``, see ``POLICIES``.
        wordnet: folder of WordNet 3.0's ``dict`` files; None for the environment variable
            LAIONET_WORDNET, else the usual places. Needed for synsets outside ImageNet's, for subtrees,
            and for ``"unique-in-wordnet"`` over classes of one's own. Where given, the senses of lemmas
            of one's own are looked up under every policy.
        depth: only with ``subtree:``. None takes the leaves; ``d`` takes the synsets ``d`` levels below
            (by the shortest way) and the leaves that lie higher, so that every branch is covered.

    Raises:
        ClassListError: for an unusable source, policy, class or WordNet; the message says what to do.

    Example:
        >>> classes = load_classes()
        >>> len(classes), classes["n02110185"].lemmas
        (1000, ('Siberian husky',))
        >>> classes.lemma_map()["tench"]
        ('n01440764',)
        >>> classes.texts("photo-name")[1]
        'a photo of goldfish'
    """
    policy = check_policy(lemmas)
    lexicon = _Lexicon(wordnet)
    if depth is not None and not (isinstance(source, str) and source.startswith("subtree:")):
        raise ClassListError(f"depth={depth} has a meaning only with a source 'subtree:...'; leave it out.")
    if isinstance(source, str | Path):
        synsets, name = _named(source, lexicon, depth), str(source)
    else:
        synsets, name = tuple(lexicon.resolve(item) for item in source), "given"
    # Opened only where it matters, so that a list does not differ with what a machine has installed.
    if policy == "unique-in-wordnet" or wordnet is not None:
        synsets = tuple(map(lexicon.with_senses, synsets))
    return ClassList(synsets, name, policy)


@cache
def imagenet1k() -> tuple[Synset, ...]:
    """The 1,000 classes of ILSVRC-2012 as shipped, in the order of model heads."""
    content = resources.files("laionet.vocab").joinpath("imagenet1k.csv").read_bytes()
    return parse_csv(content, "imagenet1k.csv")


class _Lexicon:
    """Synsets by wnid or name: ImageNet's from the shipped table, all others from WordNet."""

    def __init__(self, folder: str | Path | None) -> None:
        self.folder = folder

    @cached_property
    def wordnet(self) -> WordNet:
        return WordNet.find(self.folder)

    @cached_property
    def shipped(self) -> dict[str, Synset]:
        return {key: s for s in imagenet1k() for key in (s.wnid, s.name)}

    def resolve(self, item: object) -> Synset:
        if isinstance(item, Synset):
            return item
        if not isinstance(item, str):
            raise ClassListError(
                f"A class list holds {item!r}; give wnids ('n02084071'), names ('dog.n.01') or Synsets."
            )
        key = item.strip()
        # A folder that was asked for is used; otherwise ImageNet's classes need none.
        shipped = self.shipped.get(key) if self.folder is None else None
        return shipped or self.wordnet.synset(key)

    def with_senses(self, synset: Synset) -> Synset:
        if synset.senses and all(synset.senses):
            return synset
        return replace(synset, senses=tuple(map(self.wordnet.senses, synset.lemmas)))


def _named(source: str | Path, lexicon: _Lexicon, depth: int | None) -> tuple[Synset, ...]:
    if source == "imagenet1k":
        return imagenet1k()
    kind, colon, rest = str(source).partition(":")
    if kind == "wordnet" and colon:
        keys = [key for key in rest.split(",") if key.strip()]
        return tuple(map(lexicon.resolve, keys))
    if kind == "subtree" and colon:
        wnids = lexicon.wordnet.subtree(rest.strip(), depth)
        return tuple(map(lexicon.wordnet.synset, wnids))
    if isinstance(source, Path) or _looks_like_path(source):
        return read_csv(source)
    raise ClassListError(
        f"Unknown class list {source!r}; a class list is one of: {_SOURCES}." + _source_hint(source)
    )


def _looks_like_path(source: str) -> bool:
    separators = {os.sep, os.altsep or os.sep, "/"}
    is_path = source.lower().endswith((".csv", ".tsv", ".txt")) or any(sign in source for sign in separators)
    return is_path or os.path.isfile(source)  # unlike Path.is_file, no error for an overlong name


def _source_hint(source: str) -> str:
    word = source.strip()
    if (word[:1] == "n" and word[1:].isdigit()) or ".n." in word:
        return f" Did you mean 'wordnet:{word}'?"
    return did_you_mean(word, ("imagenet1k", "wordnet:", "subtree:"))
