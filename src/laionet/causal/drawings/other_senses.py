"""What our lemmas mean elsewhere on the web: things of no class of ours."""

from __future__ import annotations

from laionet.causal.drawings import (
    other_senses_animals,
    other_senses_food_and_tools,
    other_senses_vehicles_and_things,
)
from laionet.causal.drawings.thing import Thing

THINGS: tuple[Thing, ...] = (
    *other_senses_animals.THINGS,
    *other_senses_food_and_tools.THINGS,
    *other_senses_vehicles_and_things.THINGS,
)
