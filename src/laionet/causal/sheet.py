"""A contact sheet: would a person name the class?"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from laionet.causal.drawings import THINGS
from laionet.causal.render import render
from laionet.causal.scene import Medium, Scene

_TITLE = 18


def contact_sheet(rows: Sequence[tuple[str, Sequence[Scene]]], tile: int = 128) -> Image.Image:
    """Scenes in rows, each row with its title above."""
    columns = max(len(scenes) for _, scenes in rows)
    sheet = Image.new("RGB", (columns * tile, len(rows) * (tile + _TITLE)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for number, (title, scenes) in enumerate(rows):
        top = number * (tile + _TITLE)
        draw.text((3, top + 1), title, fill="black", font=font)
        for column, scene in enumerate(scenes):
            sheet.paste(
                render(scene).resize((tile, tile), Image.Resampling.LANCZOS), (column * tile, top + _TITLE)
            )
    return sheet


def every_shape(names: Sequence[str]) -> list[tuple[str, list[Scene]]]:
    """For each thing its variants and palettes as photos in its contexts, then each other medium."""
    rows = []
    for name in names:
        thing = THINGS[name]
        scenes = [
            Scene(
                name, variant=v, palette=p, context=thing.contexts[(v + p) % len(thing.contexts)], seed=3 * v + p
            )
            for v in range(len(thing.variants))
            for p in range(min(2, len(thing.palettes)))
        ]
        others = [m for m in Medium if m is not Medium.PHOTO]
        scenes += [Scene(name, context=thing.contexts[0], medium=medium, seed=7) for medium in others]
        rows.append((f"{name}: {', '.join(thing.variants)}", scenes))
    return rows
