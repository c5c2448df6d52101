"""What the drawings of vehicles and things must keep, so that scenes can vary them freely."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from PIL import Image, ImageDraw

from laionet.causal.drawings import THINGS, Pen, other_senses_vehicles_and_things, vehicles_and_things
from laionet.causal.render import render
from laionet.causal.scene import Medium, Scene

CLASSES = {
    "mouse": "n03793489",
    "soccer_ball": "n04254680",
    "umbrella": "n04507155",
    "airliner": "n02690373",
    "school_bus": "n04146614",
    "balloon": "n02782093",
    "lighthouse": "n02814860",
    "analog_clock": "n02708093",
}
OTHER_SENSES = {"rodent", "document", "party_balloons", "router"}
ALL = [*vehicles_and_things.THINGS, *other_senses_vehicles_and_things.THINGS]
SIZE = 128

each_thing = pytest.mark.parametrize("thing", ALL, ids=lambda thing: thing.name)
each_class = pytest.mark.parametrize("thing", vehicles_and_things.THINGS, ids=lambda thing: thing.name)


def drawn(thing, variant, palette=0):
    pen = Pen()
    thing.draw(pen, thing.palettes[palette], variant)
    return pen.marks


def mask(thing, variant):
    """Where the thing is at its usual scale, of a picture of SIZE pixels a side."""
    image = Image.new("L", (SIZE, SIZE))
    draw = ImageDraw.Draw(image)
    unit = 0.75 * SIZE / 2
    for mark in drawn(thing, variant):
        path = (mark.points * unit + SIZE / 2).ravel().tolist()
        if mark.width:
            draw.line(path, fill=255, width=max(1, round(mark.width * unit)))
        else:
            draw.polygon(path, fill=255)
    return np.asarray(image) > 0


def test_the_classes_are_there_with_their_synsets():
    assert {thing.name: thing.wnid for thing in vehicles_and_things.THINGS} == CLASSES


def test_other_senses_are_of_no_class():
    assert {thing.name for thing in other_senses_vehicles_and_things.THINGS} == OTHER_SENSES
    assert all(thing.wnid == "" for thing in other_senses_vehicles_and_things.THINGS)


@each_class
def test_a_class_has_three_shapes_and_three_palettes(thing):
    assert len(set(thing.variants)) >= 3
    assert len(thing.palettes) >= 3
    assert 2 <= len(set(thing.contexts)) <= 3


@each_thing
def test_palettes_have_equal_roles_and_valid_colours(thing):
    assert {frozenset(palette) for palette in thing.palettes} == {frozenset(thing.palettes[0])}
    for palette in thing.palettes:
        for color in palette.values():
            assert len(color) == 3
            assert all(isinstance(part, int) and 0 <= part <= 255 for part in color)


@each_thing
def test_palettes_differ(thing):
    for one, other in combinations(thing.palettes, 2):
        assert dict(one) != dict(other)


@each_thing
def test_every_role_is_used_by_some_shape(thing):
    roles = {role: (index, 0, 0) for index, role in enumerate(thing.palettes[0])}
    used = set()
    for variant in range(len(thing.variants)):
        pen = Pen()
        thing.draw(pen, roles, variant)
        used |= {mark.color for mark in pen.marks}
    assert used == set(roles.values())


@each_thing
def test_marks_fill_the_frame_and_stay_in_it(thing):
    for variant in range(len(thing.variants)):
        marks = drawn(thing, variant)
        points = np.concatenate([mark.points for mark in marks])
        assert 1 <= len(marks) <= 90
        assert np.isfinite(points).all()
        assert np.abs(points).max() <= 1.3
        span = points.max(axis=0) - points.min(axis=0)
        assert span.max() >= 1.5
        assert np.abs((points.max(axis=0) + points.min(axis=0)) / 2).max() <= 0.2


@each_thing
def test_shapes_differ_by_more_than_colour(thing):
    masks = [mask(thing, variant) for variant in range(len(thing.variants))]
    for one, other in combinations(masks, 2):
        assert (one != other).mean() > 0.05


@each_thing
def test_drawing_twice_gives_the_same_marks(thing):
    for variant in range(len(thing.variants)):
        for one, again in zip(drawn(thing, variant), drawn(thing, variant), strict=True):
            assert np.array_equal(one.points, again.points)
            assert (one.color, one.width) == (again.color, again.width)


@pytest.mark.parametrize("medium", list(Medium))
@each_thing
def test_every_shape_shows_in_every_medium(thing, medium, monkeypatch):
    monkeypatch.setitem(THINGS, thing.name, thing)
    for variant, palette in product(range(len(thing.variants)), range(len(thing.palettes))):
        scene = Scene(thing.name, variant=variant, palette=palette, medium=medium, seed=variant)
        picture, empty = (
            np.asarray(render(each, SIZE), dtype=np.float32) for each in (scene, replace(scene, scale=0.02))
        )
        assert picture.shape == (SIZE, SIZE, 3)
        assert (np.abs(picture - empty).max(axis=2) > 24).mean() > 0.04
