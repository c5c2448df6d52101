"""Drawings of vehicles and things of every day."""

from __future__ import annotations

from laionet.causal.drawings import ball_and_umbrella, balloon_and_lighthouse, clocks, computer_mouse, vehicles
from laionet.causal.drawings.thing import Thing

THINGS: tuple[Thing, ...] = (
    *computer_mouse.THINGS,
    *clocks.THINGS,
    *ball_and_umbrella.THINGS,
    *vehicles.THINGS,
    *balloon_and_lighthouse.THINGS,
)
