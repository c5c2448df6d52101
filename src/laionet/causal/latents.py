"""p(image | class): how the web shows a thing, and how typical a given picture of it is."""

from __future__ import annotations

import math

import numpy as np

from laionet.causal.drawings import THINGS
from laionet.causal.scene import Context, Medium, Scene

#: How often the web shows a thing in each medium.
MEDIA_SHARES: dict[Medium, float] = {
    Medium.PHOTO: 0.52,
    Medium.TOY: 0.13,
    Medium.PAINTING: 0.11,
    Medium.SKETCH: 0.12,
    Medium.ICON: 0.12,
}
#: How often it has its typical shape and colours, and the two others.
VARIANT_SHARES = (0.5, 0.28, 0.22)
PALETTE_SHARES = (0.56, 0.24, 0.2)

_MEDIA = tuple(MEDIA_SHARES)
_MEDIA_EDGES = np.cumsum([MEDIA_SHARES[m] for m in _MEDIA])
_VARIANT_EDGES, _PALETTE_EDGES = np.cumsum(VARIANT_SHARES), np.cumsum(PALETTE_SHARES)
_CONTEXTS = tuple(Context)


def draw_scene(thing: str, rng: np.random.Generator, text: str = "") -> Scene:
    """One picture of ``thing`` as the web has it: every cause drawn by itself, given the thing.

    Args:
        thing: name in ``drawings.THINGS``.
        rng: consumed in a fixed order.
        text: what is painted into it.
    """
    u, normal = rng.random(14), rng.standard_normal(6)
    usual = THINGS[thing].contexts
    scale = 0.44 + 0.5 * float(u[5] ** 0.7)
    spread = 0.12 + 0.3 * (1 - scale)
    turned = 18 * normal[0] if u[3] < 0.82 else 360 * (u[4] - 0.5)
    return Scene(
        thing=thing,
        variant=_pick(_VARIANT_EDGES, u[0]),
        palette=_pick(_PALETTE_EDGES, u[1]),
        medium=_MEDIA[_pick(_MEDIA_EDGES, u[2])],
        angle=round(float(turned), 2),
        flipped=bool(u[6] < 0.5),
        squash=round(0.72 + 0.28 * float(u[7]), 3),
        scale=round(scale, 3),
        x=round(float(np.clip(spread * normal[1], -0.6, 0.6)), 3),
        y=round(float(np.clip(spread * normal[2], -0.6, 0.6)), 3),
        context=usual[int(u[9] * len(usual))] if u[8] < 0.5 else _CONTEXTS[int(u[9] * len(_CONTEXTS))],
        clutter=min(3, int(-math.log(max(1 - u[10], 1e-9)) * 0.9)),
        occlusion=round(0.08 + 0.3 * float(u[12]), 3) if u[11] < 0.18 else 0.0,
        light=round(
            float(np.clip(1 + 0.08 * normal[3], 0.8, 1.2)) if u[13] < 0.76 else 0.42 + 0.95 * float(u[4]), 3
        ),
        warmth=round(float(np.clip(0.4 * normal[4], -1, 1)), 3),
        text=text,
        seed=int(rng.integers(1 << 31)),
    )


def _pick(edges: np.ndarray, u: float) -> int:
    return min(int(np.searchsorted(edges, u, side="right")), len(edges) - 1)


_MEDIUM_TYPICAL = {
    Medium.PHOTO: 1.0,
    Medium.TOY: 0.3,
    Medium.PAINTING: 0.3,
    Medium.SKETCH: 0.15,
    Medium.ICON: 0.12,
}


def typicality(scene: Scene) -> float:
    """How near a picture is to the stereotype of what it shows, 0 to 1.

    The weighted geometric mean, over ten causes, of how typical each is. What kind of picture it is (medium,
    shape, colours, surroundings, pose) weighs more than how well it is taken (size, place, light, whole or not,
    alone or not), for a stereotype is a kind. It depends on the causes alone, not on the class, and stands for
    what an annotator's eye finds "a good picture of".
    """
    usual = THINGS[scene.thing].contexts
    size = min(1.0, max(0.0, (scale_seen(scene) - 0.15) / 0.5))
    weighted = (
        (2.0, _MEDIUM_TYPICAL[scene.medium]),
        (1.5, (1.0, 0.4, 0.35)[min(scene.variant, 2)]),
        (1.5, (1.0, 0.45, 0.4)[min(scene.palette, 2)]),
        (1.0, 1.0 if scene.context in usual else 0.85 if scene.context is Context.PLAIN else 0.5),
        (1.0, math.exp(-((scene.angle / 40) ** 2))),
        (0.6, (1.0, 0.75, 0.55, 0.4)[min(scene.clutter, 3)]),
        (0.6, 0.3 + 0.7 * size),
        (0.6, math.exp(-((math.hypot(scene.x, scene.y) / 0.5) ** 2))),
        (0.6, 1 - 1.5 * scene.occlusion),
        (0.6, math.exp(-(((scene.light - 1) / 0.4) ** 2))),
    )
    total = sum(weight for weight, _ in weighted)
    return math.exp(sum(weight * math.log(max(part, 1e-3)) for weight, part in weighted) / total)


def scale_seen(scene: Scene) -> float:
    """The share of the picture's side that the thing spans."""
    return scene.scale * math.sqrt(scene.squash)
