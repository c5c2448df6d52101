"""The mini-web's server does what its links say, and counts."""

import http.client
import io
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from fetching.web import picture
from laionet.causal.links import DOMAIN, HOSTS, Behaviour, link
from laionet.causal.server import EXPECTED, MiniWebServer
from laionet.images import Picture, decode
from laionet.schema import Drop


def get(server, path, host=HOSTS[0]):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": host})
        response = connection.getresponse()
        return response.status, response.read(), dict(response.getheaders())
    finally:
        connection.close()


def file_at(server, behaviour, index=5):
    return get(server, f"/{behaviour}/{index:08d}.jpg")[1]


@pytest.fixture
def server():
    with MiniWebServer(picture) as server:
        yield server


def test_links():
    assert link(Behaviour.OK, 12) == f"http://{HOSTS[2]}/ok/00000012.jpg"
    assert link(Behaviour.GONE, 3, "zoo.mini-web.test") == "http://zoo.mini-web.test/gone/00000003.jpg"
    assert len(set(HOSTS)) == len(HOSTS)
    assert all(host.endswith(f".{DOMAIN}") for host in HOSTS)


def test_links_load_nothing_heavy():
    probe = (
        "import sys, laionet.causal.links; print([m for m in ('pyarrow', 'numpy', 'aiohttp') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True).stdout == "[]\n"


def test_every_behaviour_has_what_is_expected_of_it():
    assert set(EXPECTED) == set(Behaviour)
    assert {type(expected) for expected in EXPECTED.values()} == {Drop, type(None)}


@pytest.mark.parametrize(
    ("behaviour", "kind", "changes"),
    [
        (Behaviour.OK, "JPEG", ()),
        (Behaviour.GREY, "JPEG", ("grey",)),
        (Behaviour.PALETTE, "PNG", ("palette",)),
        (Behaviour.CMYK, "JPEG", ("cmyk",)),
        (Behaviour.SIXTEEN_BIT, "PNG", ("grey", "sixteen_bit")),
        (Behaviour.ANIMATED, "GIF", ("palette", "animated")),
        (Behaviour.ROTATED, "JPEG", ("rotated",)),
        (Behaviour.WEBP, "WEBP", ()),
        (Behaviour.PNG_ALPHA, "PNG", ("alpha",)),
    ],
)
def test_wrong_formats_show_the_same_picture(behaviour, kind, changes):
    smooth = np.linspace(0, 255, 80 * 60 * 3).reshape(60, 80, 3).astype(np.uint8)

    def gradient(_):
        file = io.BytesIO()
        Image.fromarray(smooth).save(file, "JPEG", quality=95)
        return file.getvalue()

    with MiniWebServer(gradient) as server:
        seen = decode(file_at(server, behaviour))
    assert isinstance(seen, Picture)
    assert (seen.format, seen.changes) == (kind, changes)
    difference = np.abs(np.asarray(seen.image, np.int16) - smooth)
    inside = difference[15:, 20:]  # the transparent corner is white
    assert inside.mean() < 12


@pytest.mark.parametrize("behaviour", [Behaviour.BOMB, Behaviour.GARBAGE, Behaviour.TRUNCATED, Behaviour.PAGE])
def test_files_that_are_no_pictures(server, behaviour):
    assert decode(file_at(server, behaviour)) is EXPECTED[behaviour]


def test_the_bomb_is_small_and_a_whole_image(server):
    data = file_at(server, Behaviour.BOMB)
    start = data.index(b"IDAT")
    packed = data[start + 4 : start + 4 + int.from_bytes(data[start - 4 : start])]
    assert len(data) < 300_000
    assert len(zlib.decompress(packed)) == 20_000 * (1 + 20_000 // 8)


@pytest.mark.parametrize(
    ("behaviour", "statuses"),
    [
        (Behaviour.GONE, [404, 404]), (Behaviour.FORBIDDEN, [403, 403]), (Behaviour.FAILING, [500, 500]),
        (Behaviour.BUSY, [429, 200]), (Behaviour.FLAKY, [503, 200]), (Behaviour.LOOP, [301, 301]),
    ],
)  # fmt: skip
def test_statuses_of_the_first_and_the_second_time(server, behaviour, statuses):
    assert [get(server, f"/{behaviour}/00000001.jpg")[0] for _ in range(2)] == statuses


def test_headers(server):
    assert get(server, "/busy/00000001.jpg")[2]["Retry-After"] == "1"
    assert get(server, "/noai/00000001.jpg")[2]["X-Robots-Tag"] == "noai, noimageai"
    assert get(server, "/moved/00000001.jpg")[2]["Location"] == f"http://{HOSTS[0]}/ok/00000001.jpg"
    private = {get(server, f"/to_private/0000000{n}.jpg")[2]["Location"] for n in range(2)}
    assert private == {"http://127.0.0.1:1/", "http://169.254.169.254/latest/"}


def test_robots_and_unknown_paths(server):
    assert b"Disallow: /disallowed/" in get(server, "/robots.txt")[1]
    for path in ("/", "/ok", "/ok/x.jpg", "/what/00000001.jpg", "/ok/1.png"):
        assert get(server, path)[0] == 404


def test_requests_are_counted_by_path_and_by_behaviour(server):
    for path in ("/ok/00000001.jpg", "/ok/00000001.jpg", "/ok/00000002.jpg", "/gone/00000001.jpg"):
        get(server, path)
    assert server.requests["/ok/00000001.jpg"] == 2
    assert server.requests[Behaviour.OK] == 3
    assert server.requests[Behaviour.GONE] == 1


def test_pictures_are_made_once():
    made = []

    def make(index):
        made.append(index)
        return picture(index)

    with MiniWebServer(make) as server:
        assert file_at(server, Behaviour.OK) == file_at(server, Behaviour.OK) == picture(5)
        file_at(server, Behaviour.GREY)
    assert made == [5]


def test_equal_seeds_give_equal_bytes():
    def garbage(seed):
        with MiniWebServer(picture, seed=seed) as server:
            return file_at(server, Behaviour.GARBAGE)

    assert garbage(1) == garbage(1) != garbage(2)


def test_it_ends_while_links_that_never_end_are_asked_for():
    with MiniWebServer(picture) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("GET", "/stalls/00000001.jpg", headers={"Host": HOSTS[0]})
        assert connection.getresponse().read(10) == picture(1)[:10]
    connection.close()
    assert not server._thread.is_alive()


def test_a_port_that_is_taken_is_said():
    with MiniWebServer(picture) as server, pytest.raises(OSError, match="address already in use"):
        MiniWebServer(picture, port=server.port).__enter__()
