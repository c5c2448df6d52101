"""The server: who may ask, what may be asked, what every answer says of itself; hostile captions stay data."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp.test_utils import TestClient, TestServer

from exploring.runs import drawn_run, make_run, rows_of
from laionet.exploring import Explorer
from laionet.exploring.server import _FILES, application

HOSTILE = '<script>window.hacked=1</script>" onload=x {{7*7}} \u202edog\0 </p><img src=x onerror=hacked=1>'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return drawn_run(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def asked(folder):
    """Ask the server: returns status, headers and body of each request (method, path, headers)."""

    def asked(*requests, of=folder):
        return asyncio.run(_asked(of, requests))

    return asked


async def _asked(folder, requests):
    found = []
    async with TestClient(TestServer(application(Explorer(folder)), host="127.0.0.1")) as client:
        for method, path, headers in requests:
            port = client.server.port
            given = {name: value.replace("PORT", str(port)) for name, value in headers.items()}
            async with client.request(method, path, headers=given, allow_redirects=False) as answer:
                found.append((answer.status, answer.headers, await answer.text()))
    return found


COUNTS = "/api/counts?threshold=0.5"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:PORT", 200),
        ("localhost:PORT", 200),
        ("LOCALHOST:PORT", 200),
        ("[::1]:PORT", 200),
        ("127.0.0.1", 403),
        ("127.0.0.1:1", 403),
        ("evil.example:PORT", 403),
        ("127.0.0.1.evil.example:PORT", 403),
        ("localhost:PORT@evil.example", 403),
        ("", 403),
    ],
)
def test_only_a_browser_that_asked_for_this_machine_is_answered(asked, host, status):
    for path in (COUNTS, "/", "/nothing"):
        ((found, _, body),) = asked(("GET", path, {"Host": host}))
        assert found == (404 if path == "/nothing" and status == 200 else status)
        if status == 403:
            assert json.loads(body) == {"error": "Ask at 127.0.0.1 or localhost, with the port."}


@pytest.mark.parametrize(
    ("site", "status"), [("same-origin", 200), ("none", 200), ("cross-site", 403), ("same-site", 403)]
)
def test_pages_of_others_get_no_answers(asked, site, status):
    ((found, _, _), (page, _, _)) = asked(
        ("GET", COUNTS, {"Sec-Fetch-Site": site}), ("GET", "/", {"Sec-Fetch-Site": site})
    )
    assert found == status
    assert page == 200  # a link to the page may be followed from anywhere


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_but_reading_is_allowed(asked, method):
    for status, headers, _ in asked((method, COUNTS, {}), (method, "/", {}), (method, "/nothing", {})):
        assert status == 405
        assert headers["Allow"] == "GET, HEAD"


def test_a_head_has_no_body(asked):
    for status, _, body in asked(("HEAD", COUNTS, {}), ("HEAD", "/", {})):
        assert (status, body) == (200, "")


def test_every_answer_forbids_what_the_page_does_not_need(asked):
    requests = [("GET", path, {}) for path in (*_FILES, COUNTS, "/nothing", "/api/counts")]
    for status, headers, _ in [
        *asked(*requests),
        *asked(("POST", "/", {}), ("GET", "/", {"Host": "evil.example"})),
    ]:
        assert status in (200, 400, 403, 404, 405)
        policy = headers["Content-Security-Policy"].split("; ")
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert not any(unsafe in directive for directive in policy for unsafe in ("unsafe", "http", "data:", "*"))
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert not any(name.lower().startswith("access-control") for name in headers)


def test_files_of_the_page_are_what_they_say(asked):
    answers = asked(*[("GET", path, {}) for path in _FILES])
    for (_, kind), (status, headers, body) in zip(_FILES.values(), answers, strict=True):
        assert status == 200
        assert headers["Content-Type"] == f"{kind}; charset=utf-8"
        assert body
        assert "innerHTML" not in body
        assert "style=" not in body
        assert "http:" not in body.replace("http://www.w3.org/", "")


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/api/counts", 400, "threshold is missing"),
        ("/api/counts?threshold=", 400, "number from -1 to 1"),
        ("/api/counts?threshold=nan", 400, "number from -1 to 1"),
        ("/api/counts?threshold=1.01", 400, "number from -1 to 1"),
        ("/api/counts?threshold=0.5&threshold=0.6", 400, "given twice"),
        ("/api/counts?threshold=0.5&file=/etc/passwd", 400, "no such parameter"),
        ("/api/class?threshold=0.5", 400, "wnid is missing"),
        ("/api/class?wnid=&threshold=0.5", 400, "id of a class"),
        (f"/api/class?wnid={'n' * 1001}&threshold=0.5", 400, "id of a class"),
        ("/api/class?wnid=n99&threshold=0.5", 404, "no such class"),
        ("/api/samples?wnid=n01&threshold=0.5&order=best", 400, "one of above"),
        ("/api/samples?wnid=n01&threshold=0.5&show=none", 400, "one of all"),
        ("/api/samples?wnid=n01&threshold=0.5&size=51", 400, "from 1 to 50"),
        ("/api/samples?wnid=n01&threshold=0.5&page=0", 400, "whole number"),
        ("/api/samples?wnid=n01&threshold=0.5&page=-1", 400, "whole number"),
        ("/api/samples?wnid=n01&threshold=0.5&page=%D9%A1", 400, "whole number"),
        (f"/api/samples?wnid=n01&threshold=0.5&text={'a' * 201}", 400, "up to 200"),
        ("/api/caption?shard=../../etc/passwd&at=0", 404, "no such row"),
        ("/api/caption?shard=00000&at=99999", 404, "no such row"),
        ("/../../etc/passwd", 404, "Not Found"),
        ("/static/main.js", 404, "Not Found"),
        ("/%2e%2e/%2e%2e/etc/passwd", 404, "Not Found"),
    ],
)
def test_what_cannot_be_asked_is_answered_in_a_sentence(asked, path, status, says):
    ((found, headers, body),) = asked(("GET", path, {}))
    assert found == status
    assert headers["Content-Type"].startswith("application/json")
    assert says in json.loads(body)["error"]


def test_a_folder_that_is_no_longer_there_is_said_so(asked, tmp_path):
    ((status, _, body),) = asked(("GET", COUNTS, {}), of=tmp_path / "gone")
    assert status == 503
    assert "not a laionet run" in json.loads(body)["error"]


def test_hostile_captions_and_addresses_are_data_and_large_ones_are_cut(asked, tmp_path):
    row = {**rows_of(1)[0], "wnid": "n02", "lemmas": ["dog"], "n_classes": 1, "nsfw": "UNLIKELY", "punsafe": 0.1}
    rows = [
        row | {"row": 0, "caption": HOSTILE, "url": "javascript:alert(1)", "similarity": 0.9},
        row | {"row": 1, "caption": "dog " * 250_000, "url": 'http://a.example/"><script>', "similarity": 0.8},
        row | {"row": 2, "caption": None, "url": None, "similarity": 0.7},
    ]
    folder = make_run(tmp_path, [rows])
    answers = asked(
        ("GET", "/api/samples?wnid=n02&threshold=0.5&order=high", {}),
        ("GET", "/api/caption?shard=00000&at=1", {}),
        of=folder,
    )
    (_, _, page), (_, _, whole) = answers
    first, second, third = json.loads(page)["rows"]
    text = "".join(piece for piece, _ in first["caption"]["pieces"])
    assert "<script>window.hacked=1</script>" in text
    assert "\0" not in text
    assert "\u202e" not in text
    assert ["\ufffddog", True] in first["caption"]["pieces"]
    assert first["link"] is None
    assert first["address"] == "javascript:alert(1)"
    assert second["caption"]["cut"]
    assert second["caption"]["length"] == 1_000_000
    assert len(page) < 20_000
    assert sum(len(piece) for piece, _ in json.loads(whole)["pieces"]) >= 999_999
    assert third["caption"]["pieces"] == []
    assert third["link"] is None


def test_a_caption_that_is_hidden_says_why(asked, tmp_path):
    row = {**rows_of(1)[0], "wnid": "n02", "lemmas": ["dog"], "n_classes": 1, "caption": "a dog", "nsfw": "NSFW"}
    ((_, _, page),) = asked(
        ("GET", "/api/samples?wnid=n02&threshold=0", {}), of=make_run(tmp_path, [[row | {"punsafe": 0.9}]])
    )
    (found,) = json.loads(page)["rows"]
    assert found["hidden"]
    assert found["safety"] == "nsfw NSFW, punsafe 0.90"
    assert (found["reason"], found["words"]) == ("unsafe", "marked as not surely safe")
