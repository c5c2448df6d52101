"""What can be drawn: how, in which shapes and colours, and where it is usually seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from laionet.causal.drawings.pen import RGB, Pen
from laionet.causal.scene import Context

#: Colours by role, as "body" or "dark"; each palette of a thing has the same roles.
Palette = Mapping[str, RGB]


@dataclass(frozen=True)
class Thing:
    """Something that can be seen.

    Attributes:
        name: as used in scenes.
        draw: puts its marks on a pen: ``draw(pen, colours, variant)``. It looks to the right, stands upright
            and spans about -1 to 1 in the longer direction.
        variants: names of its shapes, the typical one first.
        palettes: its colours, the typical ones first.
        contexts: where it is usually seen, the most typical first.
        wnid: the ImageNet synset that it is of; empty for things of no class of ours.
    """

    name: str
    draw: Callable[[Pen, Palette, int], None]
    variants: tuple[str, ...]
    palettes: tuple[Palette, ...]
    contexts: tuple[Context, ...]
    wnid: str = ""
