"""Pictures and captions for training, drawn from a web of their own and kept as one array."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from laionet.causal.annotators import Annotators, take
from laionet.causal.latents import typicality
from laionet.causal.render import render
from laionet.causal.senses import WNIDS
from laionet.causal.web import Noise, Web

#: No page of this web is ever part of a demo, whose seeds are small.
SEED = 20230627

#: Side of the stored pictures, a little larger than what models see, so that they can be cropped at random.
STORED = 72


@dataclass(frozen=True)
class Pictures:
    """Pictures uint8 (n, STORED, STORED, 3), their captions, and their classes (-1 for none)."""

    images: np.ndarray
    captions: list[str]
    label: np.ndarray


def pairs(start: int, n: int, cache: Path) -> Pictures:
    """Pictures and captions of ``n`` pages as the web has them, noise and all: what CLIP learns from."""
    web = Web(SEED)
    pages = list(web.pages(start, start + n))
    label = np.array([WNIDS.index(page.wnid) if page.wnid else -1 for page in pages])
    indices = [page.picture for page in pages]
    return Pictures(_images(indices, cache / f"pairs-{start}-{n}.npy"), [page.caption for page in pages], label)


def annotated(start: int, per_class: int, strength: float, cache: Path) -> Pictures:
    """Pictures that annotators chose, ``per_class`` of each class: what classifiers learn from."""
    web = Web(SEED, Noise(repeated_picture=0))
    rng = np.random.default_rng([SEED, start])
    chosen: list[list[int]] = [[] for _ in WNIDS]
    voters = Annotators(strength=strength, seed=SEED)
    at = start
    while min(map(len, chosen)) < per_class:
        pages = [page for page in web.pages(at, at + 20_000) if page.about]
        at += 20_000
        label = np.array([WNIDS.index(page.about) for page in pages])
        share = voters.frequency(
            np.array([page.index for page in pages]),
            np.array([typicality(page.scene) for page in pages]),
            np.array([page.wnid == page.about for page in pages]),
        )
        for position in take(share, label, per_class, rng):
            if len(chosen[label[position]]) < per_class:
                chosen[label[position]].append(pages[position].index)
    indices = [index for one in chosen for index in one]
    label = np.repeat(np.arange(len(WNIDS)), per_class)
    name = f"annotated-{start}-{per_class}-{strength}.npy"
    return Pictures(_images(indices, cache / name), [], label)


def _images(indices: Sequence[int], cache: Path) -> np.ndarray:
    if cache.exists():
        return np.asarray(np.load(cache, allow_pickle=False))
    cache.parent.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as pool:
        images = np.stack(list(pool.map(partial(_image, Web(SEED)), indices, chunksize=64)))
    np.save(cache, images, allow_pickle=False)
    return images


def _image(web: Web, index: int) -> np.ndarray:
    from PIL import Image

    picture = render(web.scene(index)).resize((STORED, STORED), Image.Resampling.BICUBIC)
    return np.asarray(picture, dtype=np.uint8)
