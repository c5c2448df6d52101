"""Food, tools, instruments and what shares their lemmas: each can be drawn, in shapes that differ."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from laionet.causal.drawings import THINGS, Pen, food_and_tools, other_senses_food_and_tools
from laionet.causal.drawings.outlines import mirrored, ribbon, tube
from laionet.causal.render import render
from laionet.causal.scene import Medium, Scene

SIZE = 128
CLASSES = {thing.name: thing for thing in food_and_tools.THINGS}
OTHERS = {thing.name: thing for thing in other_senses_food_and_tools.THINGS}
ALL = CLASSES | OTHERS
SHAPES = [(name, variant) for name, thing in ALL.items() for variant in range(len(thing.variants))]


def marks(name, variant, palette=0):
    pen = Pen()
    ALL[name].draw(pen, ALL[name].palettes[palette], variant)
    return pen.marks


def mask(name, variant):
    image = Image.new("1", (SIZE, SIZE))
    draw = ImageDraw.Draw(image)
    for mark in marks(name, variant):
        path = ((0.75 * mark.points + 1) * SIZE / 2).ravel().tolist()
        if mark.width:
            draw.line(path, fill=1, width=max(1, round(mark.width * 0.75 * SIZE / 2)))
        else:
            draw.polygon(path, fill=1)
    return np.asarray(image)


def test_the_group_holds_its_classes_with_their_synsets():
    assert {name: thing.wnid for name, thing in CLASSES.items()} == {
        "banana": "n07753592",
        "orange": "n07747607",
        "strawberry": "n07745940",
        "mushroom": "n07734744",
        "drum": "n03249569",
        "nail": "n03804744",
        "hammer": "n03481172",
        "electric_guitar": "n03272010",
    }


def test_other_senses_are_of_no_class_of_ours():
    expected = {"oil_drum", "fingernails", "shirt", "smartphone", "microphone", "dress", "jar"}
    assert set(OTHERS) == expected
    assert not any(thing.wnid for thing in OTHERS.values())
    assert not set(OTHERS) & set(CLASSES)


def test_all_can_be_found_by_name():
    assert all(THINGS[name] is thing for name, thing in ALL.items())


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_has_three_shapes_palettes_and_some_contexts(name):
    thing = CLASSES[name]
    assert len(set(thing.variants)) == len(thing.variants) >= 3
    assert len(thing.palettes) >= 3
    assert len(set(thing.contexts)) == len(thing.contexts) >= 2


@pytest.mark.parametrize("name", ALL)
def test_palettes_have_equal_roles_and_colours_in_range(name):
    first, *rest = ALL[name].palettes
    assert all(set(palette) == set(first) for palette in rest)
    for palette in ALL[name].palettes:
        assert all(len(color) == 3 and all(0 <= c <= 255 for c in color) for color in palette.values())


@pytest.mark.parametrize("name", ALL)
def test_every_role_of_a_palette_is_used(name):
    drawn = {mark.color for v in range(len(ALL[name].variants)) for mark in marks(name, v)}
    assert drawn == set(ALL[name].palettes[0].values())


@pytest.mark.parametrize(("name", "variant"), SHAPES)
def test_marks_are_few_centred_and_span_the_unit_square(name, variant):
    drawn = marks(name, variant)
    points = np.concatenate([mark.points for mark in drawn])
    low, high = points.min(0), points.max(0)
    assert 3 <= len(drawn) <= 90
    assert np.isfinite(points).all()
    assert low.min() >= -1.3
    assert high.max() <= 1.3
    assert np.abs(low + high).max() / 2 <= 0.2
    assert 1.6 <= (high - low).max() <= 2.4


@pytest.mark.parametrize("name", ALL)
def test_variants_differ_in_shape(name):
    masks = [mask(name, variant) for variant in range(len(ALL[name].variants))]
    for one, other in itertools.combinations(masks, 2):
        assert (one ^ other).mean() > 0.05


@pytest.mark.parametrize("medium", Medium)
@pytest.mark.parametrize(("name", "variant"), SHAPES)
def test_every_medium_shows_every_shape_in_every_palette(name, variant, medium):
    for palette in range(len(ALL[name].palettes)):
        scene = Scene(name, variant, palette, medium=medium, seed=5)
        shown, empty = (np.asarray(render(s, SIZE), dtype=np.float32) for s in (scene, replace(scene, x=9.0)))
        assert (np.abs(shown - empty).max(-1) > 24).mean() > 0.02


def test_a_ribbon_is_as_wide_as_asked():
    outline = ribbon([(0, 0), (1, 0), (2, 0)], [0.2, 0.6, 0.2])
    upper, lower = outline[: len(outline) // 2], outline[len(outline) // 2 :][::-1]
    np.testing.assert_allclose(upper[:, 0], lower[:, 0], atol=1e-9)
    assert np.isclose(upper[0, 1] - lower[0, 1], 0.2)
    assert np.isclose((upper[:, 1] - lower[:, 1]).max(), 0.6)


def test_a_straight_ribbon_needs_two_points_alone():
    np.testing.assert_allclose(ribbon([(0, 0), (1, 0)], [0.2, 0.4]), [(0, 0.1), (1, 0.2), (1, -0.2), (0, -0.1)])


def test_a_mirrored_outline_keeps_points_on_the_axis_once():
    np.testing.assert_allclose(mirrored([(0, -1), (2, 0), (0, 1)]), [(0, -1), (2, 0), (0, 1), (-2, 0)])


def test_a_tube_joins_its_rims():
    outline = tube(0.5, -1, 1, 0.4, 0.2, 0.5)
    assert np.isclose(outline[:, 0].min(), 0.1)
    assert np.isclose(outline[:, 0].max(), 0.9)
    assert np.isclose(outline[:, 1].min(), -1)
    assert np.isclose(outline[:, 1].max(), 1.1)
