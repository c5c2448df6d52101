"""How well a painted word is found, and whether it is told from words that look like it.

``PYTHONPATH=tests python tests/models/test_ocr_accuracy.py 600`` measures the figures of docs/read-text.md.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest

from laionet.models.ocr import open_text_reader
from laionet.stages.read_text import Reading, ReadTextStage, spelled_lemmas
from models.test_ocr_painted import NAMES, Painted, paint


@dataclass(frozen=True, eq=False)
class Measured:
    """A painted picture, what the two methods said of it, and the processor time that it took, seconds."""

    painted: Painted
    text: str
    said: dict[str, bool]
    seconds: float


def measure(numbers: range, reader, **how) -> list[Measured]:
    """Read the pictures of these numbers and ask of each whether it spells its class."""
    reading = Reading(reader, ReadTextStage({name: (name,) for name in NAMES}, reader.digest))
    found = []
    for number in numbers:
        painted = paint(number, **how)
        start = time.process_time()
        read = reading.reading([painted.image], [painted.name]).to_pylist()[0]
        seconds = time.process_time() - start
        paper = spelled_lemmas(read["text"].split("\n"), [painted.name], "paper")
        said = {"tolerant": bool(read["spelled"]), "paper": bool(paper)}
        found.append(Measured(painted, read["text"], said, seconds))
    return found


def recall_and_precision(found: list[Measured], method: str = "tolerant") -> tuple[float, float, Counter]:
    """Of all that spell their class, how many are said to; and of those said to, how many do."""
    counts = Counter((one.painted.spells, one.said[method]) for one in found)
    hits = counts[True, True]
    recall = hits / max(1, hits + counts[True, False])
    return recall, hits / max(1, hits + counts[False, True]), counts


@pytest.fixture(scope="module")
def found() -> list[Measured]:
    return measure(range(160), open_text_reader(), heights=(20, 60))


def test_words_of_twenty_pixels_and_more_are_found_and_no_others(found):
    recall, precision, counts = recall_and_precision(found)
    assert counts[True, True] > 70  # the pictures are as many and as mixed as they should be
    assert counts[False, False] > 70
    assert recall >= 0.97
    assert precision >= 0.97


def test_the_papers_rule_finds_names_within_other_words(found):
    recall, precision, counts = recall_and_precision(found, "paper")
    assert recall >= 0.95
    assert counts[False, True] > 0
    assert precision < recall_and_precision(found)[1]


def test_hard_pictures_are_read_too():
    recall, precision, _ = recall_and_precision(
        measure(range(60), open_text_reader(), heights=(24, 60), hard=True)
    )
    assert recall >= 0.9
    assert precision >= 0.95


def main(n: int) -> None:
    """Print the figures of ``n`` pictures of each kind."""
    reader = open_text_reader()
    for how in ({}, {"hard": True}, {"side": 512, "heights": (18, 60)}):
        found = measure(range(10_000, 10_000 + n), reader, **{"heights": (10, 60)} | how)
        print(how)
        for low, high in ((10, 15), (15, 20), (20, 30), (30, 40), (40, 61), (20, 61)):
            some = [one for one in found if not one.painted.height or low <= one.painted.height < high]
            for method in ("tolerant", "paper"):
                recall, precision, _ = recall_and_precision(some, method)
                print(f"  {low}-{high - 1} px {method:8}: recall {recall:.3f}, precision {precision:.3f}")
        for some, what in ((True, "with text"), (False, "without")):
            times = [one.seconds for one in found if bool(one.painted.text) == some]
            print(f"  {what}: {1000 * np.median(times):.0f} ms (median of {len(times)})")
        junk = [one for one in found if not one.painted.text and one.text]
        print(f"  two letters and more where nothing is written: {len(junk)}")
        for one in found:
            if one.said["tolerant"] != one.painted.spells:
                print(
                    "  wrong:", one.painted.name, repr(one.painted.text), one.painted.height, "as", repr(one.text)
                )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
