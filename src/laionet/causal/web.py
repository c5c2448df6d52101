"""The mini-web: pages with one picture and one caption each, as a function of a seed. The causal model is here.

    Y ─→ Z ─→ X          Y class, Z causes of the picture, X picture
    │    │
    └────┴──→ T          T caption;  S = f(T);  S' = f(X)

Row i follows from (seed, i) alone, so a web has no size: any rows of it can be had at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from laionet.causal import captions
from laionet.causal.latents import draw_scene, typicality
from laionet.causal.links import HOSTS, Behaviour, link
from laionet.causal.scene import Scene
from laionet.causal.senses import SUBJECTS, Subject
from laionet.schema import field


@dataclass(frozen=True)
class Noise:
    """How often the web does what the paper's rules exist for; shares of all pages, in this order."""

    another_sense: float = 0.11
    elsewhere: float = 0.12
    several: float = 0.04
    nameless: float = 0.03
    wrong_picture: float = 0.01
    spelled: float = 0.03
    other_text: float = 0.05
    repeated_picture: float = 0.03
    unsure: float = 0.03
    unsafe: float = 0.02
    unmarked: float = 0.01


@dataclass(frozen=True)
class Page:
    """One row: what is seen, said and linked, and the truth behind it.

    Attributes:
        index: number of the page.
        wnid: class that the picture shows; empty for none of ours.
        about: class that the caption is about; empty for none of ours.
        kind: what sort of page: class, another_sense, elsewhere, several, nameless, wrong_picture.
        scene: the picture's causes.
        picture: index of the page whose picture this is: its own, or an earlier one that it repeats.
        caption, nsfw, host: as the corpus has them.
        behaviour: how the server answers.
    """

    index: int
    wnid: str
    about: str
    kind: str
    scene: Scene
    picture: int
    caption: str
    nsfw: str | None
    host: str
    behaviour: Behaviour

    @property
    def url(self) -> str:
        """Address of the picture."""
        return link(self.behaviour, self.picture, self.host)


#: Classes are not equally frequent: share of the r-th of the list in ``_ORDER`` is proportional to this.
_FREQUENCY = 1 / (np.arange(len(SUBJECTS)) + 6.0) ** 0.8
_ORDER = np.random.default_rng(2306).permutation(len(SUBJECTS))
_CLASS_EDGES = np.cumsum(_FREQUENCY / _FREQUENCY.sum())

_BEHAVIOURS: tuple[tuple[Behaviour, float], ...] = (
    (Behaviour.OK, 0.85),
    (Behaviour.GONE, 0.05),
    (Behaviour.GREY, 0.01),
    (Behaviour.PALETTE, 0.01),
    (Behaviour.ROTATED, 0.01),
    (Behaviour.WEBP, 0.01),
    (Behaviour.MOVED, 0.01),
    (Behaviour.FORBIDDEN, 0.01),
    (Behaviour.PAGE, 0.01),
    (Behaviour.CMYK, 0.005),
    (Behaviour.ANIMATED, 0.005),
    (Behaviour.TRUNCATED, 0.005),
    (Behaviour.DISALLOWED, 0.005),
    (Behaviour.NOAI, 0.005),
    (Behaviour.FAILING, 0.005),
    (Behaviour.GARBAGE, 0.0025),
    (Behaviour.EMPTY, 0.0025),
)
_BEHAVIOUR_EDGES = np.cumsum([share for _, share in _BEHAVIOURS])


class Web:
    """A mini-web.

    Args:
        seed: equal seeds give equal pages, pictures and bytes.
        noise: how often pages are other than they should be.
    """

    def __init__(self, seed: int = 0, noise: Noise | None = None) -> None:
        self.seed = seed
        self.noise = noise or Noise()

    def page(self, index: int) -> Page:
        """The page of that number."""
        rng = np.random.default_rng([self.seed, index, 0x9A6E])
        u = rng.random(8)
        subject = SUBJECTS[_ORDER[int(np.searchsorted(_CLASS_EDGES, u[0], side="right"))]]
        kind = self._kind(u[1], subject)
        text = self._painted(u[2], subject, rng)
        page = self._drawn(index, kind, subject, text, rng)
        earlier = int(u[3] / max(self.noise.repeated_picture, 1e-12) * index)
        if u[3] < self.noise.repeated_picture and index and kind == "class":
            page = self._repeating(page, earlier, subject, rng)
        host = HOSTS[int(u[6] * len(HOSTS))]
        behaviour = _BEHAVIOURS[min(int(np.searchsorted(_BEHAVIOUR_EDGES, u[5], "right")), len(_BEHAVIOURS) - 1)][
            0
        ]
        said = captions.with_noise(page.caption, rng)
        return replace(page, caption=said, nsfw=self._mark(u[4]), host=host, behaviour=behaviour)

    def pages(self, start: int, stop: int) -> Iterator[Page]:
        """Pages ``start`` to ``stop``, without the last."""
        return map(self.page, range(start, stop))

    def scene(self, picture: int) -> Scene:
        """The causes of a picture, by the number in its address."""
        return self.page(picture).scene

    @cached_property
    def _kinds(self) -> tuple[tuple[str, ...], np.ndarray]:
        names = ("another_sense", "elsewhere", "several", "nameless", "wrong_picture")
        return names, np.cumsum([getattr(self.noise, name) for name in names])

    def _kind(self, u: float, subject: Subject) -> str:
        names, edges = self._kinds
        at = int(np.searchsorted(edges, u, side="right"))
        kind = names[at] if at < len(names) else "class"
        return "elsewhere" if kind == "another_sense" and not subject.others else kind

    def _painted(self, u: float, subject: Subject, rng: np.random.Generator) -> str:
        word = subject.words[int(rng.integers(len(subject.words)))].split(" (")[0]
        other = captions.OTHER_WORDS[int(rng.integers(len(captions.OTHER_WORDS)))]
        if u < self.noise.spelled:
            return (word, word.title(), word.upper())[int(3 * u / self.noise.spelled)]
        return other if u < self.noise.spelled + self.noise.other_text else ""

    def _drawn(self, index: int, kind: str, subject: Subject, text: str, rng: np.random.Generator) -> Page:
        """Picture and caption of a page of that kind."""
        about, thing, wnid, said = subject.wnid, subject.thing, subject.wnid, ""
        if kind in ("another_sense", "elsewhere"):
            said, sense = (
                captions.of_another_sense(subject, rng) if kind == "another_sense" else captions.of_elsewhere(rng)
            )
            about, thing, wnid, text = "", sense.thing, "", ""
        elif kind == "wrong_picture":
            shown = SUBJECTS[int(rng.integers(len(SUBJECTS)))]
            thing, wnid = shown.thing, shown.wnid
        scene = draw_scene(thing, rng, text)
        if kind == "several":
            said = captions.of_several(subject, rng)
        elif kind == "nameless":
            said, about = captions.nameless(rng), ""
        elif not said:
            said = captions.caption_of(subject, scene, rng)
        return Page(index, wnid, about, kind, scene, index, said, None, "", Behaviour.OK)

    def _repeating(self, page: Page, earlier: int, subject: Subject, rng: np.random.Generator) -> Page:
        """The page with a picture of the same class that an earlier page showed first, where there is one near."""
        for index in range(earlier, max(earlier - 60, -1), -1):
            found = np.random.default_rng([self.seed, index, 0x9A6E]).random(8)
            same = SUBJECTS[_ORDER[int(np.searchsorted(_CLASS_EDGES, found[0], side="right"))]] is subject
            if same and found[3] >= self.noise.repeated_picture and self._kind(found[1], subject) == "class":
                scene = self.page(index).scene
                said = captions.caption_of(subject, scene, rng)
                return replace(page, scene=scene, picture=index, caption=said)
        return page

    def _mark(self, u: float) -> str | None:
        noise = self.noise
        edges = np.cumsum([noise.unsure, noise.unsafe, noise.unmarked])
        return ("UNSURE", "NSFW", None, "UNLIKELY")[int(np.searchsorted(edges, u, side="right"))]


#: The corpus in the layout of LAION-400M.
CORPUS = pa.schema(
    [
        ("SAMPLE_ID", pa.float64()),
        ("URL", pa.string()),
        ("TEXT", pa.string()),
        ("HEIGHT", pa.int32()),
        ("WIDTH", pa.int32()),
        ("LICENSE", pa.string()),
        ("NSFW", pa.string()),
        ("similarity", pa.float64()),
    ]
)

#: The truth beside it: one row a page, in the same order.
TRUTH = pa.schema(
    [
        field("index", pa.int64(), "number of the page", nullable=False),
        field("url", pa.string(), "address of its picture", nullable=False),
        field("wnid", pa.string(), "class that the picture shows; empty for none of the list", nullable=False),
        field("about", pa.string(), "class that the caption is about; empty for none of the list", nullable=False),
        field("kind", pa.string(), "sort of page", nullable=False),
        field("picture", pa.int64(), "number of the page that first showed the picture", nullable=False),
        field("behaviour", pa.string(), "how the server answers", nullable=False),
        field("typicality", pa.float64(), "how near the picture is to the stereotype, 0 to 1", nullable=False),
        *(
            field(name, kind, f"cause of the picture: {name}", nullable=False)
            for name, kind in (
                ("thing", pa.string()),
                ("variant", pa.int32()),
                ("palette", pa.int32()),
                ("angle", pa.float64()),
                ("flipped", pa.bool_()),
                ("squash", pa.float64()),
                ("scale", pa.float64()),
                ("x", pa.float64()),
                ("y", pa.float64()),
                ("context", pa.string()),
                ("medium", pa.string()),
                ("clutter", pa.int32()),
                ("occlusion", pa.float64()),
                ("light", pa.float64()),
                ("warmth", pa.float64()),
                ("text", pa.string()),
                ("seed", pa.int64()),
            )
        ),
    ]
)


def corpus_row(page: Page, side: int) -> dict[str, Any]:
    """A page as a row of ``CORPUS``; pictures have ``side`` pixels a side."""
    return {
        "SAMPLE_ID": float(page.index),
        "URL": page.url,
        "TEXT": page.caption,
        "HEIGHT": side,
        "WIDTH": side,
        "LICENSE": "?",
        "NSFW": page.nsfw,
        "similarity": None,
    }


def truth_row(page: Page) -> dict[str, Any]:
    """A page as a row of ``TRUTH``."""
    return {
        "index": page.index,
        "url": page.url,
        "wnid": page.wnid,
        "about": page.about,
        "kind": page.kind,
        "picture": page.picture,
        "behaviour": str(page.behaviour),
        "typicality": typicality(page.scene),
        **asdict(page.scene),
    }
