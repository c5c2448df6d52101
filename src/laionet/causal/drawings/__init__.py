"""Procedural drawings of the mini-web's things, by name."""

from laionet.causal.drawings import animals, food_and_tools, other_senses, vehicles_and_things
from laionet.causal.drawings.pen import Mark, Pen
from laionet.causal.drawings.thing import Thing

#: All that can be drawn, by name.
THINGS: dict[str, Thing] = {
    thing.name: thing
    for group in (animals.THINGS, food_and_tools.THINGS, vehicles_and_things.THINGS, other_senses.THINGS)
    for thing in group
}

__all__ = ["THINGS", "Mark", "Pen", "Thing"]
