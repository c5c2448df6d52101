"""Animals and what shares their names: each can be drawn in every medium, in shapes that differ."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from laionet.causal.drawings import Pen, animals, other_senses_animals
from laionet.causal.drawings.strokes import band, both_sides, fuzzy, stripes, taper, thin
from laionet.causal.render import render
from laionet.causal.scene import Medium, Scene

SIZE = 128
CLASSES = {thing.name: thing for thing in animals.THINGS}
OTHERS = {thing.name: thing for thing in other_senses_animals.THINGS}
ALL = CLASSES | OTHERS
SHAPES = [(name, variant) for name, thing in ALL.items() for variant in range(len(thing.variants))]


def marks(name, variant, palette=0):
    pen = Pen()
    ALL[name].draw(pen, ALL[name].palettes[palette], variant)
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


def test_the_group_holds_its_classes_with_their_synsets():
    assert {name: thing.wnid for name, thing in CLASSES.items()} == {
        "crane": "n02012849",
        "flamingo": "n02007558",
        "tiger": "n02129604",
        "cougar": "n02125311",
        "giant_panda": "n02510455",
        "zebra": "n02391049",
        "goldfish": "n01443537",
        "bee": "n02206856",
    }


def test_other_senses_are_of_no_class_of_ours():
    expected = {"crane_machine", "sneaker", "golf_flag", "small_car", "zebra_crossing", "crackers", "letter_tiles"}
    assert set(OTHERS) == expected | {"hotel"}
    assert not any(thing.wnid for thing in OTHERS.values())
    assert not set(OTHERS) & set(CLASSES)


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_has_three_shapes_three_palettes_and_some_contexts(name):
    thing = CLASSES[name]
    assert len(set(thing.variants)) == len(thing.variants) >= 3
    assert len({tuple(sorted(palette.items())) for palette in thing.palettes}) == len(thing.palettes) >= 3
    assert len(set(thing.contexts)) == len(thing.contexts) >= 2


@pytest.mark.parametrize("name", ALL)
def test_palettes_have_equal_roles_all_of_them_used_and_colours_in_range(name):
    thing = ALL[name]
    drawn = {mark.color for v in range(len(thing.variants)) for mark in marks(name, v)}
    assert drawn == set(thing.palettes[0].values())
    for palette in thing.palettes:
        assert set(palette) == set(thing.palettes[0])
        assert all(len(color) == 3 and all(0 <= c <= 255 for c in color) for color in palette.values())


@pytest.mark.parametrize(("name", "variant"), SHAPES)
def test_marks_are_few_centred_and_span_the_unit_square(name, variant):
    drawn = marks(name, variant)
    points = np.concatenate([mark.points for mark in drawn])
    low, high = points.min(0), points.max(0)
    assert 3 <= len(drawn) <= 90
    assert np.isfinite(points).all()
    assert low.min() >= -1.3
    assert high.max() <= 1.3
    assert np.abs(low + high).max() / 2 <= 0.15
    assert 1.8 <= (high - low).max() <= 2.5


@pytest.mark.parametrize("name", ALL)
def test_variants_differ_in_shape(name):
    masks = [mask(name, variant) for variant in range(len(ALL[name].variants))]
    for one, other in itertools.combinations(masks, 2):
        assert (one ^ other).mean() > 0.05


@pytest.mark.parametrize("name", ALL)
def test_palettes_change_colours_and_not_shapes(name):
    for variant in range(len(ALL[name].variants)):
        first, *rest = (marks(name, variant, palette) for palette in range(len(ALL[name].palettes)))
        for other in rest:
            assert all(np.array_equal(a.points, b.points) for a, b in zip(first, other, strict=True))
            assert any(a.color != b.color for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("medium", Medium)
@pytest.mark.parametrize(("name", "variant"), SHAPES)
def test_every_medium_shows_every_shape_in_every_palette(name, variant, medium):
    for palette in range(len(ALL[name].palettes)):
        scene = Scene(name, variant, palette, medium=medium, seed=5)
        shown, empty = (np.asarray(render(s, SIZE), dtype=np.float32) for s in (scene, replace(scene, x=9.0)))
        assert (np.abs(shown - empty).max(-1) > 24).mean() > 0.02


@pytest.mark.parametrize("name", CLASSES)
def test_icons_show_both_tones_of_an_animal(name):
    """Fills that all fall on one side of the icon's lightness would leave a blob without features."""
    for variant in range(3):
        picture = np.asarray(
            render(Scene(name, variant, medium=Medium.ICON, seed=3)).convert("L"), dtype=np.float32
        )
        inside = picture[np.kron(mask(name, variant), np.ones((2, 2), bool))]
        dark = (inside < (inside.min() + inside.max()) / 2).mean()
        assert 0.08 < dark < 0.92


def only(pen):
    (mark,) = pen.marks
    return mark


def test_a_tapering_curve_keeps_its_ends_and_widths():
    pen = Pen()
    taper(pen, [(0, 0), (2, 0)], (0.2, 0.6, 0.0), (1, 2, 3))
    points = only(pen).points
    assert only(pen).width == 0
    np.testing.assert_allclose(points[:, 0].min(), 0, atol=1e-9)
    np.testing.assert_allclose(points[:, 0].max(), 2, atol=1e-9)
    np.testing.assert_allclose(np.ptp(points[np.isclose(points[:, 0], 0), 1]), 0.2)
    assert np.isclose(np.ptp(points[:, 1]), 0.6)


def test_a_thin_shape_goes_through_its_joints():
    pen = Pen()
    thin(pen, [(0, 0), (1, 0), (1, 1)], 0.1, (1, 2, 3))
    left, right = only(pen).points[:3], only(pen).points[3:][::-1]
    np.testing.assert_allclose((left + right) / 2, [(0, 0), (1, 0), (1, 1)], atol=1e-12)
    np.testing.assert_allclose(np.hypot(*(left - right).T), 0.1)


def test_a_band_stays_inside_its_ellipse_between_its_ends():
    pen = Pen()
    band(pen, 0.8, 0.4, -0.5, 0.25, (1, 2, 3))
    x, y = only(pen).points.T
    assert ((x / 0.8) ** 2 + (y / 0.4) ** 2 <= 1 + 1e-9).all()
    np.testing.assert_allclose([x.min(), x.max()], [-0.4, 0.2], atol=1e-9)


def test_stripes_run_from_curve_to_curve():
    pen = Pen()
    stripes(pen, [(0, 0), (1, 0)], [(0, 1), (1, 1)], [(0.25, 0, 1), (0.75, 0, 0.5)], (1, 2, 3), 0.1)
    whole, half = (mark.points for mark in pen.marks)
    assert abs(whole[:, 0].mean() - 0.25) < 0.05
    assert abs(half[:, 0].mean() - 0.75) < 0.05
    np.testing.assert_allclose(np.ptp(whole[:, 1]), 1, atol=0.05)
    np.testing.assert_allclose(np.ptp(half[:, 1]), 0.5, atol=0.05)


def test_a_furry_ellipse_is_about_its_ellipse():
    pen = Pen()
    fuzzy(pen, 0.2, -0.1, 0.5, 0.3, (1, 2, 3), 12)
    points = only(pen).points
    assert len(points) == 24
    np.testing.assert_allclose(points.mean(0), (0.2, -0.1), atol=1e-9)
    assert np.abs(np.hypot((points[:, 0] - 0.2) / 0.5, (points[:, 1] + 0.1) / 0.3) - 1).max() < 0.1


def test_both_sides_mirrors_and_restores_the_pen():
    pen = Pen()
    for _ in both_sides(pen):
        pen.line([(0.1, 0), (0.5, 1)], (1, 2, 3), 0.1)
    pen.line([(0.1, 0), (0.5, 1)], (1, 2, 3), 0.1)
    right, left, after = (mark.points for mark in pen.marks)
    np.testing.assert_allclose(left, right * [-1, 1])
    np.testing.assert_allclose(after, right)
