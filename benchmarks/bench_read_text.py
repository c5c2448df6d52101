"""How well and how fast painted class names are found in the mini-web's pictures, whose truth is known."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from benchmarks.tables import Bench, met
from laionet.causal.captions import OTHER_WORDS
from laionet.causal.render import render, to_jpeg
from laionet.causal.senses import CLASS_SOURCE, SUBJECTS, WNIDS
from laionet.causal.web import Page, Web
from laionet.images import Picture, decode
from laionet.models.ocr import open_text_reader, reader_digest
from laionet.stages.read_text import Reading, ReadTextStage
from laionet.vocab import load_classes

PICTURES = 600


def pages(count: int) -> list[tuple[Page, bool]]:
    """Pages that show a class, with its name painted in (half), other words (a quarter), or none; and which."""
    rng, found = np.random.default_rng(0), []
    for page in Web(11).pages(0, 10 * count):
        if page.kind != "class" or len(found) >= count:
            continue
        kind = len(found) % 4
        words = SUBJECTS[WNIDS.index(page.wnid)].words
        word = words[int(rng.integers(len(words)))].split(" (")[0]
        text = (word, word.upper(), OTHER_WORDS[int(rng.integers(len(OTHER_WORDS)))], "")[kind]
        found.append((replace(page, scene=replace(page.scene, text=text)), kind < 2))
    return found


def run(count: int = PICTURES) -> Bench:
    """Read every picture and compare the decision with the truth."""
    classes = load_classes(CLASS_SOURCE)
    shown = pages(count)
    images = [decode(to_jpeg(render(page.scene))) for page, _ in shown]
    truth = np.array([painted for _, painted in shown])
    bench = Bench(
        "read_text: class names painted into the mini-web's pictures",
        f"{count} JPEG files of 256 pixels: half with the class's name painted in, a quarter with other words, a "
        "quarter without text. rapidocr, one thread.",
    )
    for method in ("tolerant", "paper"):
        stage = ReadTextStage({s.wnid: s.lemmas for s in classes}, reader_digest("rapidocr"), method=method)
        reading = Reading(open_text_reader("rapidocr", threads=1), stage)
        started = time.process_time()
        found = reading.reading(
            [image.image for image in images if isinstance(image, Picture)], [page.wnid for page, _ in shown]
        )
        seconds = time.process_time() - started
        said = np.array([bool(spelled) for spelled in found["spelled"].to_pylist()])
        right = int((said & truth).sum())
        for name, value in (("recall", right / truth.sum()), ("precision", right / max(said.sum(), 1))):
            bar = met(value, 0.95, at_least=True) if method == "tolerant" else ""
            bench.add(f"{name}, {method} rule", f"{value:.3f}", "", bar)
        if method == "tolerant":
            bench.add("processor time", f"{1000 * seconds / count:.0f} ms a picture")
    return bench


if __name__ == "__main__":
    print(run().markdown())
