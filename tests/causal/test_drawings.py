"""Drawings: every thing in every medium, in shapes that differ, so that scenes can vary them freely."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from laionet.causal.drawings import THINGS, Pen
from laionet.causal.render import render
from laionet.causal.scene import Medium, Scene
from laionet.causal.senses import SUBJECTS

SIZE = 128
CLASSES = {name: thing for name, thing in THINGS.items() if thing.wnid}
ANIMALS = ("crane", "flamingo", "tiger", "cougar", "giant_panda", "zebra", "goldfish", "bee")
SHAPES = [(name, variant) for name, thing in THINGS.items() for variant in range(len(thing.variants))]


def marks(name, variant, palette=0):
    pen = Pen()
    THINGS[name].draw(pen, THINGS[name].palettes[palette], variant)
    return pen.marks


def mask(name, variant):
    """What the typical pose covers, (SIZE, SIZE) bool."""
    image = Image.new("1", (SIZE, SIZE))
    draw = ImageDraw.Draw(image)
    for mark in marks(name, variant):
        path = ((0.75 * mark.points + 1) * SIZE / 2).ravel().tolist()
        if mark.width:
            draw.line(path, fill=1, width=max(1, round(mark.width * 0.75 * SIZE / 2)))
        else:
            draw.polygon(path, fill=1)
    return np.asarray(image)


def test_each_class_has_its_drawing_and_other_senses_are_of_no_class():
    assert {name: thing.wnid for name, thing in CLASSES.items()} == {s.thing: s.wnid for s in SUBJECTS}
    assert len(THINGS) - len(CLASSES) >= 15


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_has_three_shapes_three_palettes_and_some_contexts(name):
    thing = CLASSES[name]
    assert len(set(thing.variants)) == len(thing.variants) >= 3
    assert len(thing.palettes) >= 3
    assert len(set(thing.contexts)) == len(thing.contexts) >= 2


@pytest.mark.parametrize("name", THINGS)
def test_palettes_have_equal_roles_all_of_them_used_and_colours_in_range(name):
    thing = THINGS[name]
    roles = {role: (index, 0, 0) for index, role in enumerate(thing.palettes[0])}
    used = set()
    for variant in range(len(thing.variants)):
        pen = Pen()
        thing.draw(pen, roles, variant)
        used |= {mark.color for mark in pen.marks}
    assert used == set(roles.values())
    assert len({tuple(sorted(palette.items())) for palette in thing.palettes}) == len(thing.palettes)
    for palette in thing.palettes:
        assert set(palette) == set(thing.palettes[0])
        assert all(len(color) == 3 and all(0 <= c <= 255 for c in color) for color in palette.values())


@pytest.mark.parametrize(("name", "variant"), SHAPES)
def test_marks_are_few_centred_and_span_the_unit_square(name, variant):
    drawn = marks(name, variant)
    points = np.concatenate([mark.points for mark in drawn])
    low, high = points.min(0), points.max(0)
    assert 1 <= len(drawn) <= 90
    assert np.isfinite(points).all()
    assert low.min() >= -1.3
    assert high.max() <= 1.3
    assert np.abs(low + high).max() / 2 <= 0.2
    assert 1.5 <= (high - low).max() <= 2.5


@pytest.mark.parametrize("name", THINGS)
def test_variants_differ_in_shape(name):
    masks = [mask(name, variant) for variant in range(len(THINGS[name].variants))]
    for one, other in itertools.combinations(masks, 2):
        assert (one ^ other).mean() > 0.05


@pytest.mark.parametrize("name", THINGS)
def test_palettes_change_colours_and_not_shapes(name):
    for variant in range(len(THINGS[name].variants)):
        first, *rest = (marks(name, variant, palette) for palette in range(len(THINGS[name].palettes)))
        for other in rest:
            assert all(np.array_equal(a.points, b.points) for a, b in zip(first, other, strict=True))
            assert any(a.color != b.color for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("medium", Medium)
@pytest.mark.parametrize("name", THINGS)
def test_every_medium_shows_every_shape_and_palette(name, medium):
    """Every shape in its typical colours, and the typical shape in all colours."""
    thing = THINGS[name]
    looks = [(v, 0) for v in range(len(thing.variants))] + [(0, p) for p in range(1, len(thing.palettes))]
    for variant, palette in looks:
        scene = Scene(name, variant, palette, medium=medium, seed=5)
        shown, empty = (np.asarray(render(s, SIZE), dtype=np.float32) for s in (scene, replace(scene, x=9.0)))
        assert (np.abs(shown - empty).max(-1) > 24).mean() > 0.02


@pytest.mark.parametrize("name", ANIMALS)
def test_icons_show_both_tones_of_an_animal(name):
    """Fills that all fall on one side of the icon's lightness would leave a blob without features."""
    for variant in range(3):
        picture = np.asarray(
            render(Scene(name, variant, medium=Medium.ICON, seed=3)).convert("L"), dtype=np.float32
        )
        inside = picture[np.kron(mask(name, variant), np.ones((2, 2), bool))]
        dark = (inside < (inside.min() + inside.max()) / 2).mean()
        assert 0.08 < dark < 0.92
