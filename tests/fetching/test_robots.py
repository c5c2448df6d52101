"""What sites ask of robots is honoured, and a hostile robots.txt costs no more than its reading."""

import pytest

from fetching.web import answer, outcomes, picture, raw_server
from laionet.fetching.robots import MAX_ROBOTS, opts_out, parse, product_token
from laionet.schema import Drop

URL = "http://raw.test/a.jpg"


@pytest.mark.parametrize(
    ("headers", "out"),
    [
        ([], False),
        (["noai"], True),
        (["NoImageAI"], True),
        (["noindex, nofollow"], True),
        (["nofollow, noimageindex"], True),
        (["none"], True),
        (["all", "noai"], True),
        (["nofollow"], False),
        (["noairline"], False),
        (["googlebot: noai"], False),
        (["laionet: noai"], True),
        (["LAIONET: nofollow, noai"], True),
        (["*: noindex"], True),
        (["googlebot: nofollow, noai"], False),
        (["googlebot: nofollow, laionet: noai"], True),
        (["noai, googlebot: nofollow"], True),
        (["unavailable_after: 25 Jun 2030 15:00:00 PST, noai"], True),
        (["max-snippet: 20"], False),
    ],
)
def test_x_robots_tag(headers, out):
    assert opts_out(headers, "laionet") is out


@pytest.mark.parametrize(
    ("user_agent", "token"), [("laionet (+https://a.org)", "laionet"), ("My-Bot/2.1", "my-bot"), ("7", "*")]
)
def test_the_name_for_robots_txt(user_agent, token):
    assert product_token(user_agent) == token


@pytest.mark.parametrize(
    ("robots", "path", "allowed"),
    [
        ("User-agent: *\nDisallow: /", "/a.jpg", False),
        ("User-agent: *\nDisallow:", "/a.jpg", True),
        ("User-agent: other\nDisallow: /", "/a.jpg", True),
        ("User-agent: other\nUser-agent: laionet\nDisallow: /", "/a.jpg", False),
        ("User-agent: laionet\nAllow: /\n\nUser-agent: *\nDisallow: /", "/a.jpg", True),
        ("User-agent: LAIONet/1.0\nDisallow: /", "/a.jpg", False),
        ("User-agent: arxiv\nDisallow: /", "/a.jpg", True),
        ("User-agent: laion\nDisallow: /", "/a.jpg", True),
        ("User-agent: *\nDisallow: /x\nAllow: /x/y", "/x/y/a.jpg", True),
        ("User-agent: *\nDisallow: /*.jpg$", "/a.jpg", False),
        ("\ufeffUser-agent: *\nDisallow: /", "/a.jpg", False),
        ("<html>not found</html>", "/a.jpg", True),
    ],
)
def test_robots_txt(robots, path, allowed):
    assert parse(robots.encode(), "laionet").can_fetch(f"http://a.com{path}", "laionet") is allowed


def test_rules_for_thousands_of_other_robots_are_parsed_as_one_group():
    names = "".join(f"User-agent: bot{n}\n" for n in range(12_000))
    text = names + "Disallow: /a\n" * 12_000 + "User-agent: *\nDisallow: /b\n"
    rules = parse(text.encode()[:MAX_ROBOTS], "laionet")
    assert rules.can_fetch("http://a.com/a", "laionet")
    assert not rules.can_fetch("http://a.com/b", "laionet")


def test_robots_txt_is_asked_once_for_an_origin_and_first():
    with raw_server({f"/{n}": answer(picture(n)) for n in range(6)}) as raw:
        results = outcomes([f"http://raw.test/{n}" for n in range(6)], raw.hosts)
    assert [result.reason for result in results] == [None] * 6
    assert raw.paths().count("/robots.txt") == 1
    assert raw.paths()[0] == "/robots.txt"


@pytest.mark.parametrize(
    ("robots", "reason", "asked"),
    [
        (answer(status="404 Not Found"), None, True),
        (answer(status="403 Forbidden"), None, True),
        (answer(b"User-agent: *\nDisallow: /"), Drop.ROBOTS, False),
        (answer(b"#" * MAX_ROBOTS + b"\nUser-agent: *\nDisallow: /"), None, True),
        (answer(b"User-agent: *\nDisallow: /\n" + b"#" * MAX_ROBOTS), Drop.ROBOTS, False),
        (answer(status="500 Oh"), Drop.HTTP_5XX, False),
        (answer(status="503 Later"), Drop.HTTP_5XX, False),
        (answer(status="301 Moved", Location="/robots.txt"), None, True),
        (answer(status="301 Moved", Location="http://127.0.0.1:1/robots.txt"), None, True),
        (answer(status="301 Moved", Location="/other.txt"), Drop.ROBOTS, False),
        (lambda handler: handler.rfile.read(), Drop.TIMEOUT, False),
        (b"no HTTP at all\r\n\r\n", Drop.BROKEN_OFF, False),
    ],
    ids=lambda value: (
        "hangs" if callable(value) else value[:24].decode() if isinstance(value, bytes) else str(value)
    ),
)
def test_what_answers_for_robots_txt_mean(robots, reason, asked):
    pages = {"/a.jpg": answer(picture(0)), "/other.txt": answer(b"User-agent: *\nDisallow: /a")}
    with raw_server(pages, robots) as raw:
        (result,) = outcomes([URL], raw.hosts, tries=2, timeout_s=0.3)
    assert result.reason == reason
    assert ("/a.jpg" in raw.paths()) is asked
    assert result.tries == int(asked)


def test_robots_txt_is_not_asked_for_where_it_is_not_honoured():
    with raw_server({"/a.jpg": answer(picture(0))}, answer(b"User-agent: *\nDisallow: /")) as raw:
        (result,) = outcomes([URL], raw.hosts, robots=False)
    assert result.reason is None
    assert raw.paths() == ["/a.jpg"]


def test_a_crawl_delay_is_kept_between_requests(monkeypatch):
    from laionet.fetching import robots

    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    monkeypatch.setattr(robots.asyncio, "sleep", sleep)
    pages = {f"/{n}": answer(picture(n)) for n in range(3)}
    with raw_server(pages, answer(b"User-agent: *\nCrawl-delay: 3600")) as raw:
        outcomes([f"http://raw.test/{n}" for n in range(3)], raw.hosts)
    long = sorted(round(wait) for wait in waits if wait > 1)
    assert long == [robots.MAX_DELAY_S, 2 * robots.MAX_DELAY_S]
