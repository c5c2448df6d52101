"""The causes of one image, by name. Whatever a picture shows follows from these and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Medium(StrEnum):
    """What the picture is made of."""

    PHOTO = "photo"
    SKETCH = "sketch"
    ICON = "icon"
    TOY = "toy"
    PAINTING = "painting"


class Context(StrEnum):
    """What is around the thing."""

    PLAIN = "plain"
    GRASS = "grass"
    WATER = "water"
    SKY = "sky"
    FOREST = "forest"
    ROAD = "road"
    ROOM = "room"
    TABLE = "table"
    SAND = "sand"
    SNOW = "snow"
    NIGHT = "night"


@dataclass(frozen=True)
class Scene:
    """One image's latent causes.

    Attributes:
        thing: what is shown: a name of ``drawings.THINGS``.
        variant: its shape; 0 is the typical one, 1 and 2 are others.
        palette: its colours; 0 is the typical one.
        angle: how it is turned, degrees clockwise from its typical pose.
        flipped: mirrored left to right.
        squash: foreshortening in x, 0.6 to 1 (none).
        scale: share of the picture's side that it spans, 0.2 to 1.
        x, y: where its centre is, -1 to 1 over the picture.
        context, medium: see there.
        clutter: how many other things are about.
        occlusion: share of the thing that something in front hides, 0 to 0.6.
        light: brightness, 1 is plain day.
        warmth: colour of the light, -1 (blue) to 1 (red).
        text: what is painted into the picture; empty without.
        seed: of textures and of where clutter lies.
    """

    thing: str
    variant: int = 0
    palette: int = 0
    angle: float = 0.0
    flipped: bool = False
    squash: float = 1.0
    scale: float = 0.75
    x: float = 0.0
    y: float = 0.0
    context: Context = Context.PLAIN
    medium: Medium = Medium.PHOTO
    clutter: int = 0
    occlusion: float = 0.0
    light: float = 1.0
    warmth: float = 0.0
    text: str = ""
    seed: int = 0
