"""The animals that can be drawn."""

from __future__ import annotations

from laionet.causal.drawings import birds, cats, fish_and_bee, panda_and_zebra
from laionet.causal.drawings.thing import Thing

THINGS: tuple[Thing, ...] = (*birds.THINGS, *cats.THINGS, *panda_and_zebra.THINGS, *fish_and_bee.THINGS)
