"""What a web page says about a picture: T given Y and some of the picture's causes, with the web's noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from laionet.causal.scene import Context, Medium, Scene
from laionet.causal.senses import ELSEWHERE, SUBJECTS, OtherSense, Subject

#: How a medium is spoken of, where it is.
_MEDIUM_WORDS: dict[Medium, tuple[str, ...]] = {
    Medium.PHOTO: ("photo of a {}", "close-up of a {}", "picture of a {}"),
    Medium.SKETCH: ("pencil sketch of a {}", "{} drawing", "line art of a {}"),
    Medium.ICON: ("{} icon", "{} vector logo", "flat icon of a {}"),
    Medium.TOY: ("toy {}", "plastic {} figure", "{} toy for kids"),
    Medium.PAINTING: ("oil painting of a {}", "watercolor {}", "painting of a {}"),
}
_CONTEXT_WORDS: dict[Context, str] = {
    Context.GRASS: "on a meadow",
    Context.WATER: "by the water",
    Context.SKY: "in the sky",
    Context.FOREST: "in the forest",
    Context.ROAD: "in the street",
    Context.ROOM: "at home",
    Context.TABLE: "on a table",
    Context.SAND: "on the beach",
    Context.SNOW: "in winter",
    Context.NIGHT: "at night",
}
_BEFORE = ("", "", "", "", "Stock Photo: ", "Free download: ", "IMG_2043 ", "▷ ", "NEW! ", "#1 ")
_AFTER = (
    "",
    "",
    "",
    "",
    " - Stock Photo",
    " | Shutterstock",
    " &amp; more",
    " - Wikipedia",
    " ... read more",
    ", royalty-free",
    " (12)",
    " – buy online",
)
_NAMELESS = ("IMG_{:04d}.jpg", "DSC{:05d}", "Our holiday {}", "Untitled design {}", "photo {}", "image_{}")

#: Painted words that name no class.
OTHER_WORDS = (
    "SALE",
    "50% OFF",
    "NEW",
    "shop now",
    "© photo.example",
    "2019",
    "Hello",
    "FREE",
    "read more",
    "Order today",
)


def caption_of(subject: Subject, scene: Scene, rng: np.random.Generator) -> str:
    """What a page says that shows ``subject``: its name, and now and then kind, medium, place, what it is."""
    u = rng.random(8)
    word = _of(subject.words, u[0])
    named = f"{_of(subject.kinds, u[1])} {word}" if u[2] < 0.45 else word
    if scene.medium is Medium.PHOTO:
        said = _of(_MEDIUM_WORDS[Medium.PHOTO], u[3]).format(named) if u[4] < 0.2 else named
    else:
        said = _of(_MEDIUM_WORDS[scene.medium], u[3]).format(named) if u[4] < 0.6 else named
    if u[5] < 0.42:
        said = f"{said}{(', ', ' - ', ': ')[int(3 * u[6])]}{_of(subject.about, u[7])}"
    elif u[5] < 0.62 and scene.context in _CONTEXT_WORDS:
        said = f"{said} {_CONTEXT_WORDS[scene.context]}"
    return said


def with_noise(said: str, rng: np.random.Generator) -> str:
    """Boilerplate around it, odd capitals and odd spaces, as web pages have them."""
    u = rng.random(4)
    said = f"{_of(_BEFORE, u[0])}{said}{_of(_AFTER, u[1])}"
    changes: tuple[tuple[float, Callable[[str], str]], ...] = (
        (0.5, lambda text: text[:1].upper() + text[1:]),
        (0.62, str.title),
        (0.68, str.upper),
        (0.72, lambda text: text.replace(" ", "-", 1)),
        (0.74, lambda text: text.replace(" ", "  ", 1)),
    )
    return next((change(said) for limit, change in changes if u[2] < limit), said)


def of_several(subject: Subject, rng: np.random.Generator) -> str:
    """A caption that names a second class too."""
    other = SUBJECTS[int(rng.integers(len(SUBJECTS)))]
    while other is subject:
        other = SUBJECTS[int(rng.integers(len(SUBJECTS)))]
    first, second = subject.words[0], other.words[0]
    return _of(("{} and {}", "{} with {}", "{} vs {}", "set of {}, {} and more"), rng.random()).format(
        first, second
    )


def of_another_sense(subject: Subject, rng: np.random.Generator) -> tuple[str, OtherSense]:
    """A caption in which a lemma of the class means something else, and that other thing."""
    sense = subject.others[int(rng.integers(len(subject.others)))]
    return _of(sense.captions, rng.random()), sense


def of_elsewhere(rng: np.random.Generator) -> tuple[str, OtherSense]:
    """A caption of a page about something else altogether."""
    sense = ELSEWHERE[int(rng.integers(len(ELSEWHERE)))]
    return _of(sense.captions, rng.random()), sense


def nameless(rng: np.random.Generator) -> str:
    """A caption that says nothing."""
    return _of(_NAMELESS, rng.random()).format(int(rng.integers(1, 9999)))


def _of(choices: tuple[str, ...], u: float) -> str:
    return choices[min(int(u * len(choices)), len(choices) - 1)]
