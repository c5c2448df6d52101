"""A tiny WordNet for tests that need one to be wrong or small, and the real one where it is installed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from laionet.errors import ClassListError
from laionet.vocab.wordnet import WordNet

#: key -> (words, gloss, hyponyms, instances). A diamond (hound is dog and hunter), an instance (rex), and
#: a cycle (loop -> noose -> loop) as no true WordNet has one.
TINY = {
    "animal": (["animal", "beast"], "a living thing", ["dog", "cat", "hunter"], []),
    "dog": (["dog", "domestic_dog"], 'it barks; "the dog barked"', ["hound", "pug"], ["rex"]),
    "cat": (["cat", "Felis_catus"], 'it "meows"; often; "a cat sat"; "two cats"', [], []),
    "hunter": (["hunter"], "it hunts", ["tracker"], []),
    "tracker": (["tracker"], "it tracks", ["hound"], []),
    "hound": (["hound"], "a dog that hunts", ["beagle"], []),
    "beagle": (["beagle"], "a small hound", [], []),
    "pug": (["pug", "pug-dog"], "a small dog", [], []),
    "rex": (["Rex", "R.V."], "a dog of the police", [], []),
    "dog2": (["dog", "frump"], "an insult", [], []),
    "loop": (["loop"], "it goes round", ["noose"], []),
    "noose": (["noose"], "it goes round too", ["loop"], []),
}
HEADER = [
    "Permission to use and copy.",
    "WordNet {version} Copyright 2006 by Princeton University.  All rights reserved.",
]


def _line(key: str, offsets: dict[str, int]) -> str:
    words, gloss, hyponyms, instances = TINY[key]
    above = [("@", other) for other, (_, _, below, _) in TINY.items() if key in below]
    above += [("@i", other) for other, (_, _, _, below) in TINY.items() if key in below]
    pointers = above + [("~", k) for k in hyponyms] + [("~i", k) for k in instances]
    fields = [f"{offsets[key]:08d} 05 n {len(words):02x}", *(f"{word} 0" for word in words)]
    fields += [f"{len(pointers):03d}", *(f"{sign} {offsets[k]:08d} n 0000" for sign, k in pointers)]
    return " ".join(fields) + f" | {gloss}  \n"


def write_tiny_wordnet(folder: Path, version: str = "3.0") -> dict[str, str]:
    """Write the dict files and return the wnid of each key."""
    head = "".join(f"  {i} {line.format(version=version)}  \n" for i, line in enumerate(HEADER, 1))
    offsets = dict.fromkeys(TINY, 0)
    at = len(head)
    for key in TINY:
        offsets[key] = at
        at += len(_line(key, offsets))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.noun").write_bytes((head + "".join(_line(k, offsets) for k in TINY)).encode())

    senses: dict[str, list[int]] = {}
    for key, (words, *_) in TINY.items():
        for word in words:
            senses.setdefault(word.lower(), []).append(offsets[key])
    # From z to a: the true files are not in byte order either.
    lines = [
        f"{word} n {len(at)} 1 @ {len(at)} 0 {' '.join(f'{o:08d}' for o in at)}  \n"
        for word, at in sorted(senses.items(), reverse=True)
    ]
    (folder / "index.noun").write_bytes((head + "".join(lines)).encode())
    (folder / "index.verb").write_bytes((head + "hound v 2 1 @ 2 0 00000111 00000222  \n").encode())
    (folder / "index.adj").write_bytes(head.encode())
    (folder / "index.adv").write_bytes(b"")
    return {key: f"n{offset:08d}" for key, offset in offsets.items()}


@pytest.fixture
def make_tiny_wordnet() -> Callable[..., dict[str, str]]:
    return write_tiny_wordnet


@pytest.fixture
def tiny(tmp_path: Path) -> tuple[WordNet, dict[str, str]]:
    """The tiny WordNet and the wnid of each of its keys."""
    wnids = write_tiny_wordnet(tmp_path / "tiny")
    return WordNet(tmp_path / "tiny"), wnids


@pytest.fixture
def no_wordnet(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without WordNet."""
    monkeypatch.delenv("LAIONET_WORDNET", raising=False)
    monkeypatch.setattr("laionet.vocab.wordnet._usual_places", lambda: [Path("/nowhere/wordnet")])


@pytest.fixture(scope="session")
def wordnet() -> WordNet:
    """The real WordNet 3.0."""
    try:
        return WordNet.find()
    except ClassListError as error:
        pytest.skip(str(error))
