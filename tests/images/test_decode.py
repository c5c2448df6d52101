import io
import struct
import threading
import warnings
import zipfile
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from images.builders import picture, saved
from laionet.images import Change, Picture, decode
from laionet.schema import Drop

RED, BLUE = (255, 0, 0), (0, 0, 255)


def pixel(data, at=(0, 0), **options):
    found = decode(data, **options)
    assert isinstance(found, Picture), found
    assert found.image.mode == "RGB"
    return found.image.getpixel(at), found.changes


def corners(format="PNG", **options):
    """4 x 2 pixels: red at the upper left, blue at the lower right, white elsewhere."""
    image = Image.new("RGB", (40, 20), "white")
    image.paste(RED, (0, 0, 10, 10))
    image.paste(BLUE, (30, 10, 40, 20))
    return saved(image, format, **options)


def png(width, height, bit_depth, colour_type, rows: bytes, *extra: bytes) -> bytes:
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, bit_depth, colour_type, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *extra, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_a_plain_picture_is_taken_as_it_is():
    found = decode(corners())
    assert (found.format, found.changes, found.image.size) == ("PNG", (), (40, 20))
    assert found.image.getpixel((5, 5)) == RED
    assert decode(corners("JPEG", quality=95)).format == "JPEG"


@pytest.mark.parametrize(
    ("data", "colour", "changes"),
    [
        (picture("L", colour=77), (77, 77, 77), [Change.GREY]),
        (picture("1", colour=1), (255, 255, 255), [Change.GREY]),
        (picture("L", colour=77, format="JPEG"), (77, 77, 77), [Change.GREY]),
        (picture("LA", colour=(0, 0)), (255, 255, 255), [Change.GREY, Change.ALPHA]),
        (picture("RGBA", colour=(255, 0, 0, 0)), (255, 255, 255), [Change.ALPHA]),
        (picture("RGBA", colour=(255, 0, 0, 51)), (255, 204, 204), [Change.ALPHA]),
        (picture("RGB", colour=RED, transparency=RED), (255, 255, 255), [Change.ALPHA]),
        (picture("RGBA", colour=(0, 0, 255, 0), format="WEBP"), (255, 255, 255), [Change.ALPHA]),
        (picture("I;16", colour=257 * 100), (100, 100, 100), [Change.GREY, Change.SIXTEEN_BIT]),
        (picture("I;16", colour=65535, format="TIFF"), (255, 255, 255), [Change.GREY, Change.SIXTEEN_BIT]),
        (picture("I", colour=100_000, format="TIFF"), (255, 255, 255), [Change.GREY, Change.SIXTEEN_BIT]),
        (picture("F", colour=0.2, format="TIFF"), (51, 51, 51), [Change.GREY, Change.SIXTEEN_BIT]),
        (picture("LAB", colour=(0, 128, 128), format="TIFF"), (1, 0, 1), [Change.OTHER_MODE]),
    ],
)
def test_other_kinds_of_pixels_are_converted_and_named(data, colour, changes):
    assert pixel(data) == (colour, tuple(changes))


def test_a_palette_is_looked_up_with_and_without_transparency():
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 10, 20, 30, *RED])
    assert pixel(saved(image, "PNG")) == ((10, 20, 30), (Change.PALETTE,))
    assert pixel(saved(image, "GIF")) == ((10, 20, 30), (Change.PALETTE,))
    image.putpixel((0, 0), 2)
    for format in ("PNG", "GIF"):
        data = saved(image, format, transparency=2)
        assert pixel(data) == ((255, 255, 255), (Change.PALETTE, Change.ALPHA))
        assert pixel(data, (1, 1))[0] == (10, 20, 30)
    faded = saved(image, "PNG", transparency=bytes([255, 255, 51]))
    assert pixel(faded)[0] == (255, 204, 204)


def test_inks_of_a_jpeg_are_not_taken_for_their_opposites():
    # Adobe writes inks inverted; Pillow writes as Adobe does, and marks the file so.
    data = picture("CMYK", colour=(0, 255, 255, 0), format="JPEG", quality=100)
    assert b"Adobe" in data
    colour, changes = pixel(data)
    assert np.abs(np.subtract(colour, RED)).max() <= 3
    assert changes == (Change.CMYK,)
    assert np.abs(np.subtract(pixel(picture("CMYK", colour=(0, 0, 0, 0), format="JPEG"))[0], 255)).max() <= 3
    tiff = picture("CMYK", colour=(255, 255, 0, 0), format="TIFF")
    assert pixel(tiff) == (BLUE, (Change.CMYK,))


def test_sixteen_bits_are_noticed_where_pillow_says_eight():
    red = struct.pack(">3H", 65535, 0x8000, 0)
    assert pixel(png(1, 1, 16, 2, b"\0" + red)) == ((255, 128, 0), (Change.SIXTEEN_BIT,))
    clear = struct.pack(">4H", 65535, 0, 0, 0)
    found = pixel(png(1, 1, 16, 6, b"\0" + clear))
    assert found == ((255, 255, 255), (Change.SIXTEEN_BIT, Change.ALPHA))
    assert pixel(b"P6 1 1 65535\n" + red) == ((255, 128, 0), (Change.SIXTEEN_BIT,))
    assert pixel(b"P6 1 1 255\n\xff\0\0") == (RED, ())


def test_sixteen_bit_grey_keeps_its_scale_whatever_its_range():
    image = Image.fromarray(np.array([[0, 128, 129, 300, 65535]], np.uint16))
    found = decode(saved(image, "PNG"))
    assert [found.image.getpixel((x, 0))[0] for x in range(5)] == [0, 0, 1, 1, 255]


def test_floats_that_are_no_numbers_do_no_harm():
    image = Image.fromarray(np.array([[np.nan, np.inf, -np.inf, 0.5, 1.0]], np.float32))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = decode(saved(image, "TIFF"))
    assert [found.image.getpixel((x, 0))[0] for x in range(5)] == [0, 0, 0, 128, 255]


@pytest.mark.parametrize(("format", "palette"), [("GIF", True), ("WEBP", False), ("PNG", False), ("TIFF", False)])
def test_of_several_frames_the_first_is_taken(format, palette):
    first, second = Image.new("RGB", (8, 8), RED), Image.new("RGB", (8, 8), BLUE)
    lossless = {"lossless": True} if format == "WEBP" else {}
    data = saved(first, format, save_all=True, append_images=[second], **lossless)
    assert pixel(data) == (RED, (Change.PALETTE, Change.ANIMATED) if palette else (Change.ANIMATED,))


def test_the_preview_of_a_photo_is_no_frame():
    data = saved(Image.new("RGB", (16, 16), RED), "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8))])
    found = decode(data)
    assert (found.format, found.changes, found.image.size) == ("MPO", (), (16, 16))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_pictures_are_turned_upright(format, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    lossless = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}, "AVIF": {"quality": 100}}
    data = corners(format, exif=exif, **lossless.get(format, {}))
    found = decode(data)
    assert found.changes == ((Change.ROTATED,) if orientation > 1 else ())
    # where the red corner of the stored picture comes to lie, by the definition of EXIF
    wide, tall = found.image.size
    left, right, top, bottom = 5, wide - 6, 5, tall - 6
    red = {1: (left, top), 2: (right, top), 3: (right, bottom), 4: (left, bottom)}
    red |= {5: (left, top), 6: (right, top), 7: (right, bottom), 8: (left, bottom)}
    blue_x, blue_y = (left + right - red[orientation][0], top + bottom - red[orientation][1])
    assert (wide, tall) == ((40, 20) if orientation < 5 else (20, 40))
    assert np.abs(np.subtract(found.image.getpixel(red[orientation]), RED)).max() < 30
    assert np.abs(np.subtract(found.image.getpixel((blue_x, blue_y)), BLUE)).max() < 30


def test_orientation_agrees_with_pillow_on_every_pixel():
    noise = np.random.default_rng(0).integers(0, 256, (7, 11, 3), dtype=np.uint8)
    for orientation in range(2, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = saved(Image.fromarray(noise), "PNG", exif=exif)
        with Image.open(io.BytesIO(data)) as opened:
            expected = np.asarray(ImageOps.exif_transpose(opened))
        np.testing.assert_array_equal(np.asarray(decode(data).image), expected)


def test_an_unheard_of_orientation_turns_nothing():
    exif = Image.Exif()
    exif[0x0112] = 9
    assert decode(corners(exif=exif)).changes == ()


def test_a_file_that_is_cut_is_broken_and_not_foreign():
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    for format in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"):
        whole = saved(noise, format)
        for share in (0.05, 0.5, 0.9):
            assert decode(whole[: int(len(whole) * share)]) is Drop.UNDECODABLE, (format, share)


@pytest.mark.parametrize("data", [picture(format=kind)[:12] for kind in ("JPEG", "PNG", "GIF", "AVIF")])
def test_a_file_cut_in_its_head_is_broken_too(data):
    assert decode(data) is Drop.UNDECODABLE


def test_bombs_do_not_go_off():
    assert decode(png(100_000, 100_000, 8, 2, b"")) is Drop.TOO_MANY_PIXELS
    gif = bytearray(picture("P", format="GIF"))
    gif[6:10] = struct.pack("<HH", 65535, 65535)
    assert decode(bytes(gif)) is Drop.TOO_MANY_PIXELS
    assert decode(png(20_000, 8_000, 8, 2, b"")) is Drop.TOO_MANY_PIXELS  # under Pillow's limit, over ours
    assert decode(b"P6 100000 100000 255\n") is Drop.TOO_MANY_PIXELS


def test_the_limit_is_on_pixels_and_holds_exactly():
    data = picture(size=(20, 10))
    assert isinstance(decode(data, max_pixels=200), Picture)
    assert decode(data, max_pixels=199) is Drop.TOO_MANY_PIXELS


def icon(width, height, inner):
    entry = struct.pack("<BBBBHHII", width, height, 0, 0, 1, 32, len(inner), 22)
    return struct.pack("<HHH", 0, 1, 1) + entry + inner


def test_an_icon_cannot_hide_a_bomb():
    assert isinstance(decode(icon(16, 16, picture("RGBA", size=(16, 16)))), Picture)
    assert decode(icon(16, 16, png(12_000, 12_000, 8, 2, b""))) is Drop.TOO_MANY_PIXELS
    bitmap = struct.pack("<IiiHHIIiiII", 40, 12_000, 24_000, 1, 32, 0, 0, 0, 0, 0, 0)
    assert decode(icon(16, 16, bitmap)) is Drop.TOO_MANY_PIXELS


def test_a_tiff_of_many_pages_is_read_without_walking_through_them():
    """Each page is an entry of a chain; a walk over 200,000 of them, quadratic in Pillow, would take hours."""
    page = Image.new("L", (4, 4), 9)
    head = bytearray(saved(page, "TIFF"))
    count, pages = struct.unpack("<H", head[8:10])[0], 200_000
    end_of_first = 10 + 12 * count
    while len(head) % 2:
        head.append(0)
    chain, at = bytearray(), len(head)
    for i in range(pages):
        following = at + 18 * (i + 1) if i < pages - 1 else 0
        chain += struct.pack("<HHHIII", 1, 256, 3, 1, 4, following)
    head[end_of_first : end_of_first + 4] = struct.pack("<I", at)
    assert pixel(bytes(head + chain)) == ((9, 9, 9), (Change.GREY, Change.ANIMATED))


def test_a_jpeg_of_endless_scans_is_refused():
    data = picture(size=(64, 64), format="JPEG", progressive=True)
    assert isinstance(decode(data), Picture)
    start = data.rindex(b"\xff\xda")
    assert decode(data[:start] + data[start:-2] * 600 + data[-2:]) is Drop.UNDECODABLE


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.png", picture())
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!DOCTYPE html><html><body>404</body></html>",
        b"%PDF-1.7\n1 0 obj",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
        zipped(),
        b"BMW is a maker of cars",
        b"P",
        b"\0" * 100,
        picture(format="TGA"),
        picture(format="ICNS", size=(16, 16)) if "ICNS" in Image.SAVE else b"icns",
        picture(format="PCX"),
    ],
)
def test_what_is_no_image_that_is_read_is_not_opened(data):
    assert decode(data) is Drop.NOT_AN_IMAGE


def test_nothing_is_empty():
    assert decode(b"") is Drop.EMPTY


def test_a_picture_without_pixels_is_broken():
    gif = bytearray(picture("P", format="GIF"))
    gif[6:10] = struct.pack("<HH", 0, 0)
    at = gif.rindex(b",")
    gif[at + 5 : at + 9] = struct.pack("<HH", 0, 0)
    assert decode(bytes(gif)) is Drop.UNDECODABLE
    assert decode(png(0, 5, 8, 2, b"")) is Drop.UNDECODABLE


def test_no_warning_comes_out_whichever_thread_decodes(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 40)  # Pillow warns from here to twice as many
    large, found = picture(), []
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        before = len(warnings.filters)
        threads = [threading.Thread(target=lambda: found.append(decode(large))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        warnings.warn("still heard", stacklevel=1)
        assert len(warnings.filters) <= before + 1
    assert all(isinstance(one, Picture) for one in found)
    assert [str(one.message) for one in seen] == ["still heard"]


SEEDS = [
    corners("JPEG"),
    corners("JPEG", progressive=True),
    corners("PNG"),
    corners("GIF"),
    corners("WEBP"),
    corners("BMP"),
    corners("TIFF", compression="tiff_lzw"),
    corners("TIFF"),
    corners("AVIF"),
    corners("PPM"),
    corners("ICO", sizes=[(16, 16)]),
    picture("CMYK", format="JPEG"),
    picture("I;16"),
    saved(Image.new("RGB", (8, 8), RED), "GIF", save_all=True, append_images=[Image.new("RGB", (8, 8), BLUE)]),
    saved(Image.new("RGB", (8, 8), RED), "PNG", save_all=True, append_images=[Image.new("RGB", (8, 8), BLUE)]),
    saved(Image.new("RGB", (8, 8), RED), "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8), BLUE)]),
]
REASONS = {Drop.EMPTY, Drop.NOT_AN_IMAGE, Drop.UNDECODABLE, Drop.TOO_MANY_PIXELS}


def check(data):
    found = decode(data, max_pixels=1_000_000)
    if isinstance(found, Picture):
        assert found.image.mode == "RGB"
        assert 0 < found.image.width * found.image.height <= 1_000_000
    else:
        assert found in REASONS


@given(data=st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_random_bytes_never_raise(data):
    check(data)


@given(
    data=st.sampled_from(SEEDS),
    flips=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), min_size=1, max_size=8),
    cut=st.floats(0, 1) | st.just(1.0),
)
@settings(max_examples=600, deadline=None)
def test_flipped_and_cut_images_never_raise(data, flips, cut):
    broken = bytearray(data)
    for at, bits in flips:
        broken[min(int(at * len(broken)), len(broken) - 1)] ^= bits
    check(bytes(broken[: int(len(broken) * cut)]))


@given(data=st.sampled_from(SEEDS), at=st.integers(0, 40), value=st.binary(min_size=1, max_size=8))
@settings(max_examples=600, deadline=None)
def test_images_with_another_head_never_raise(data, at, value):
    check(data[:at] + value + data[at + len(value) :])
