"""Drawings of food, tools and instruments."""

from __future__ import annotations

from laionet.causal.drawings import drums, fruit, guitars, hammer_and_nail, strawberry_and_mushroom
from laionet.causal.drawings.thing import Thing

THINGS: tuple[Thing, ...] = (
    *fruit.THINGS,
    *strawberry_and_mushroom.THINGS,
    *drums.THINGS,
    *hammer_and_nail.THINGS,
    *guitars.THINGS,
)
