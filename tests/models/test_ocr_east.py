"""EAST: maps to boxes, and its weights as a TensorFlow graph or an ONNX export."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from laionet.errors import ModelError
from laionet.models.ocr_east import East, decoded, in_reading_order, open_east, without_overlaps

# Distances to the top, right, bottom and left edge, and the angle, that the small network gives everywhere.
GEOMETRY = (6.0, 40.0, 10.0, 20.0, 0.1)

# Kinds of numbers in a TensorFlow graph, and attributes.
FLOAT, INTEGER = 1, 3


def varint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def message(*fields):
    """A protocol buffer of (number, value): integers, text, bytes, or messages as bytes."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            data = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(data)) + data
    return out


REAL, VALID = message((6, FLOAT)), message((2, "VALID"))


def weights():
    """Of two convolutions over cells of 4 x 4 pixels: is it bright; and the same geometry everywhere."""
    bright = np.full((1, 3, 4, 4), 0.1 / 48, np.float32)
    return bright, np.zeros(1, np.float32), np.zeros((5, 3, 4, 4), np.float32), np.array(GEOMETRY, np.float32)


def onnx_model():
    names = ("w1", "b1", "w2", "b2")
    tensors = [
        (5, message(*((1, n) for n in value.shape), (2, 1), (8, name), (9, value.tobytes())))
        for name, value in zip(names, weights(), strict=True)
    ]
    strides = (5, message((1, "strides"), (8, 4), (8, 4), (20, 7)))

    def value(name, *dims):
        shape = message(*((1, message((1, d) if isinstance(d, int) else (2, d))) for d in dims))
        return message((1, name), (2, message((1, message((1, 1), (2, shape))))))

    nodes = [
        (1, message((1, "x"), (1, "w1"), (1, "b1"), (2, "c"), (4, "Conv"), strides)),
        (1, message((1, "c"), (2, "score"), (4, "Sigmoid"))),
        (1, message((1, "x"), (1, "w2"), (1, "b2"), (2, "geometry"), (4, "Conv"), strides)),
    ]
    ends = [(12, value("geometry", 1, 5, "h", "w")), (12, value("score", 1, 1, "h", "w"))]
    graph = message(*nodes, (2, "east"), *tensors, (11, value("x", 1, 3, "H", "W")), *ends)
    return message((1, 8), (7, graph), (8, message((1, ""), (2, 13))))


def tensorflow_graph(score="feature_fusion/Conv_7/Sigmoid"):
    """A frozen graph whose last layers are those of EAST: a sigmoid, and distances with the angle."""
    w1, b1, w2, b2 = weights()

    def node(name, op, *inputs, **attributes):
        named = ((5, message((1, key), (2, value))) for key, value in attributes.items())
        return (1, message((1, name), (2, op), *((3, source) for source in inputs), *named))

    def constant(name, value):
        shape = message(*((2, message((1, n))) for n in value.shape))
        tensor = message((1, FLOAT), (2, shape), (4, np.ascontiguousarray(value).tobytes()))
        return node(name, "Const", dtype=REAL, value=message((8, tensor)))

    def convolution(name, weight, bias):
        kernel, offset = constant(f"{name}_w", weight.transpose(2, 3, 1, 0)), constant(f"{name}_b", bias)
        strides = message((1, message(*((3, n) for n in (1, 4, 4, 1)))))
        convolved = node(name, "Conv2D", "input_images", f"{name}_w", T=REAL, strides=strides, padding=VALID)
        return kernel, offset, convolved, node(f"{name}_out", "BiasAdd", name, f"{name}_b", T=REAL)

    return message(
        node("input_images", "Placeholder", dtype=REAL),
        *convolution("text", w1, b1),
        node(score, "Sigmoid", "text_out", T=REAL),
        *convolution("distances", w2[:4], b2[:4]),
        *convolution("angle", w2[4:], b2[4:]),
        node(
            "axis",
            "Const",
            dtype=message((6, INTEGER)),
            value=message((8, message((1, INTEGER), (2, b""), (7, 3)))),
        ),
        node(
            "feature_fusion/concat_3", "ConcatV2", "distances_out", "angle_out", "axis", T=REAL, N=message((3, 2))
        ),
    )


@pytest.fixture
def weights_file(tmp_path):
    def write(kind):
        path = tmp_path / f"east.{kind}"
        path.write_bytes(onnx_model() if kind == "onnx" else tensorflow_graph())
        return path

    return write


def corners(centre, size, angle):
    along = np.array([np.cos(angle), -np.sin(angle)]) * size[0] / 2
    down = np.array([np.sin(angle), np.cos(angle)]) * size[1] / 2
    return np.array([centre - along - down, centre + along - down, centre + along + down, centre - along + down])


def maps_of(box, angle, shape):
    """Maps in which every cell whose corner lies in the box tells of it."""
    along, down = (box[1] - box[0]), (box[3] - box[0])
    width, height = np.linalg.norm(along), np.linalg.norm(down)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    at = np.stack([columns, rows], axis=-1) * 4.0 - box[0]
    x, y = at @ along / width, at @ down / height
    inside = (x > 0) & (x < width) & (y > 0) & (y < height)
    geometry = np.stack([y, width - x, height - y, x, np.full_like(x, angle)]).astype(np.float32)
    return inside.astype(np.float32), geometry


@settings(max_examples=60, deadline=None)
@given(
    x=st.floats(60, 200),
    y=st.floats(40, 100),
    width=st.floats(30, 90),
    height=st.floats(10, 40),
    angle=st.floats(-0.7, 0.7),
)
def test_maps_of_a_box_turned_by_any_angle_give_that_box(x, y, width, height, angle):
    box = corners(np.array([x, y]), (width, height), angle)
    scores, geometry = maps_of(box, angle, (40, 70))
    found, sure = decoded(scores, geometry)
    assert len(found) == int(scores.sum()) > 0
    assert np.allclose(found, box, atol=1e-3)
    assert (sure == 1).all()
    assert len(without_overlaps(found, sure)) == 1


def test_cells_below_the_threshold_are_no_boxes():
    scores, geometry = maps_of(corners(np.array([100, 60]), (60, 30), 0.0), 0.0, (40, 70))
    found, sure = decoded(scores * 0.49, geometry)
    assert found.shape == (0, 4, 2)
    assert without_overlaps(found, sure).shape == (0, 4, 2)
    assert in_reading_order(found).shape == (0, 4, 2)


def test_of_overlapping_boxes_the_surest_stays():
    first, second = corners(np.array([100, 60]), (60, 30), 0.0), corners(np.array([104, 62]), (60, 30), 0.0)
    apart = corners(np.array([100, 160]), (60, 30), 0.0)
    kept = without_overlaps(np.array([first, second, apart], np.float32), np.array([0.7, 0.9, 0.6], np.float32))
    assert np.allclose(kept, [second, apart])


def test_boxes_are_read_by_lines_and_from_left_to_right():
    places = [(200, 20), (50, 24), (120, 18), (60, 80), (10, 84)]
    boxes = np.array([corners(np.array(place), (40, 20), 0.0) for place in places], np.float32)
    assert in_reading_order(boxes).mean(axis=1).tolist() == [[50, 24], [120, 18], [200, 20], [10, 84], [60, 80]]


@pytest.mark.parametrize("kind", ["pb", "onnx"])
def test_weights_are_read_as_a_tensorflow_graph_and_as_onnx(weights_file, kind):
    pixels = np.zeros((320, 640, 3), np.uint8)
    pixels[100:104, 200:204] = 255
    boxes = open_east(weights_file(kind)).boxes(Image.fromarray(pixels))
    top, right, bottom, left, angle = GEOMETRY
    along, down = np.array([np.cos(angle), -np.sin(angle)]), np.array([np.sin(angle), np.cos(angle)])
    wanted = [np.array([200, 100]) + x * along + y * down for x, y in
              ((-left, -top), (right, -top), (right, bottom), (-left, bottom))]  # fmt: skip
    assert boxes.shape == (1, 4, 2)
    assert np.allclose(boxes[0], wanted, atol=0.05)


def test_boxes_are_in_pixels_of_the_picture_whatever_size_the_network_sees(weights_file):
    pixels = np.zeros((640, 1280, 3), np.uint8)
    pixels[200:208, 400:408] = 255
    box = open_east(weights_file("onnx")).boxes(Image.fromarray(pixels))[0]
    assert np.linalg.norm(box[1] - box[0]) == pytest.approx(2 * 60, rel=0.01)
    assert np.linalg.norm(box[3] - box[0]) == pytest.approx(2 * 16, rel=0.01)


@pytest.mark.parametrize("size", [(1, 1), (3000, 2), (2, 3000), (31, 33)])
def test_pictures_of_any_shape_are_taken(size):
    seen = []

    def maps(pixels):
        seen.append(pixels.shape)
        shape = (pixels.shape[0] // 4, pixels.shape[1] // 4)
        return np.zeros(shape, np.float32), np.zeros((5, *shape), np.float32)

    assert East(maps).boxes(Image.new("RGB", size)).shape == (0, 4, 2)
    assert all(side % 32 == 0 and 32 <= side <= 640 for side in seen[0][:2])


def test_files_that_are_not_the_detector_are_refused(tmp_path):
    for name, data in (
        ("a.pb", b"not a graph"),
        ("a.onnx", b"not a model"),
        ("b.pb", b""),
        ("b.onnx", b""),
        ("c.pb", tensorflow_graph(score="other")),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ModelError, match="frozen_east_text_detection"):
            open_east(tmp_path / name)
