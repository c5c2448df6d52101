"""What drawings are made of: strokes, bands, ribbons, outlines."""

import numpy as np

from laionet.causal.drawings import Pen
from laionet.causal.drawings.outlines import mirrored, ribbon, tube
from laionet.causal.drawings.strokes import band, both_sides, fuzzy, stripes, taper, thin


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
