"""The mini-web's vocabulary: 24 ImageNet synsets, and what else their lemmas mean on the web."""

from __future__ import annotations

from collections.abc import Sequence

from laionet.causal.subjects import SUBJECTS, OtherSense, Subject

__all__ = ["CLASS_SOURCE", "ELSEWHERE", "SUBJECTS", "WNIDS", "OtherSense", "Subject", "things_shown"]

#: Pages about nothing that the class list holds.
ELSEWHERE: tuple[OtherSense, ...] = (
    OtherSense("sneaker", ("Running shoes for women", "White leather trainers")),
    OtherSense("small_car", ("Used hatchback, low mileage", "Compact car on the road")),
    OtherSense("smartphone", ("New smartphone with triple camera", "phone repair near you")),
    OtherSense("dress", ("Summer dress with flowers", "evening gown")),
    OtherSense("shirt", ("Slim fit shirt, blue", "Men's cotton shirt")),
    OtherSense("hotel", ("Hotel near the station", "Holiday apartments with pool")),
    OtherSense("document", ("Terms and conditions", "invoice template")),
    OtherSense("jar", ("Jar with lid, 250 ml", "face cream for dry skin")),
    OtherSense("microphone", ("Podcast microphone kit", "Live on stage 2016")),
    OtherSense("router", ("How to set up your router", "home network")),
)

#: Their wnids, in label order, which is ImageNet's.
WNIDS: tuple[str, ...] = tuple(subject.wnid for subject in SUBJECTS)

#: What a recipe names as its class list to get the mini-web's classes.
CLASS_SOURCE = "wordnet:" + ",".join(WNIDS)


def things_shown() -> Sequence[str]:
    """Every thing that some page shows."""
    others = [sense.thing for subject in SUBJECTS for sense in subject.others]
    return sorted({*(subject.thing for subject in SUBJECTS), *others, *(sense.thing for sense in ELSEWHERE)})
