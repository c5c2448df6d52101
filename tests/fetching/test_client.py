"""Addresses to images: failures by name, redirects, limits, tries, order."""

import gzip
import socket
import ssl
import subprocess
import threading
import time
from contextlib import closing, contextmanager

import pytest
import stamina

from fetching.web import answer, outcomes, picture, raw_server
from laionet.causal.links import Behaviour, link
from laionet.errors import RecipeError
from laionet.fetching.addresses import PublicResolver
from laionet.fetching.failures import FetchError, failure_of
from laionet.schema import Drop

URL = "http://raw.test/a.jpg"


def reason_of(page, url=URL, **changes):
    """What comes of one page that answers so, robots.txt left out."""
    with raw_server({"/a.jpg": page}) as raw:
        (result,) = outcomes([url], raw.hosts, robots=False, **changes)
    return result


def no_lookup(code):
    def lookup(*_, **__):
        raise socket.gaierror(code, "no such host")

    return lookup


@contextmanager
def closed_port():
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets it
        yield {"closed.test": f"127.0.0.1:{taken.getsockname()[1]}"}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (None, Drop.NO_URL),
        ("", Drop.NO_URL),
        ("  ", Drop.NO_URL),
        ("no address", Drop.BAD_URL),
        ("http://127.0.0.1/", Drop.PRIVATE_ADDRESS),
    ],
)
def test_rows_that_are_not_asked_for(url, reason):
    (result,) = outcomes([url], {})
    assert result.reason is reason
    assert (result.tries, result.http_status) == (0, None)


@pytest.mark.parametrize(("code", "tries"), [(socket.EAI_NONAME, 1), (socket.EAI_AGAIN, 3)])
def test_a_host_without_address(code, tries):
    (result,) = outcomes(["http://a.invalid/a.jpg"], {}, lookup=no_lookup(code), robots=False)
    assert (result.reason, result.tries) == (Drop.DNS, tries)


def test_a_dead_host_is_asked_for_robots_txt_alone():
    results = outcomes([f"http://a.invalid/{n}.jpg" for n in range(5)], {}, lookup=no_lookup(socket.EAI_NONAME))
    assert {(result.reason, result.tries) for result in results} == {(Drop.DNS, 0)}


def test_a_name_that_leads_into_the_private_network(web):
    def lookup(host, port, **_):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", web.port))]

    urls = [f"http://{host}:{web.port}/ok/00000001.jpg" for host in ("a.example", "localhost")]
    assert {result.reason for result in outcomes(urls, {}, lookup=lookup)} == {Drop.PRIVATE_ADDRESS}
    assert {result.reason for result in outcomes(urls[1:], {})} == {Drop.PRIVATE_ADDRESS}
    assert not web.requests


def test_the_wall_at_the_connection_holds_where_the_resolver_fails(web, monkeypatch):
    async def resolve(self, host, port=0, family=0):
        return [
            {"hostname": host, "host": "127.0.0.1", "port": web.port, "family": family, "proto": 0, "flags": 0}
        ]

    monkeypatch.setattr(PublicResolver, "resolve", resolve)
    (result,) = outcomes(["http://a.example/ok/00000001.jpg"], {})
    assert result.reason is Drop.PRIVATE_ADDRESS
    assert not web.requests


def test_a_closed_port_is_tried_twice():
    with closed_port() as hosts:
        (result,) = outcomes(["http://closed.test/a.jpg"], hosts, tries=5, robots=False)
    assert (result.reason, result.tries) == (Drop.REFUSED, 2)


def test_https_where_plain_http_is_spoken(web):
    (result,) = outcomes([link(Behaviour.OK, 1).replace("http:", "https:")], web.hosts, robots=False)
    assert (result.reason, result.tries) == (Drop.TLS, 1)


def test_a_certificate_that_nobody_vouches_for(tmp_path):
    names = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem"), "-subj", "/CN=tls.test"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", *names]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("openssl makes no certificate here")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def shake_hands():
            with server.accept()[0] as connection, pytest.raises(OSError):  # noqa: PT011
                context.wrap_socket(connection, server_side=True)

        thread = threading.Thread(target=shake_hands)
        thread.start()
        hosts = {"tls.test": f"127.0.0.1:{server.getsockname()[1]}"}
        (result,) = outcomes(["https://tls.test/a.jpg"], hosts, robots=False)
        thread.join()
    assert (result.reason, result.tries) == (Drop.TLS, 1)


@pytest.mark.parametrize(
    ("page", "reason", "tries"),
    [
        (answer(status="404 Not Found"), Drop.HTTP_4XX, 1),
        (answer(status="410 Gone"), Drop.HTTP_4XX, 1),
        (answer(status="429 Too Many"), Drop.HTTP_4XX, 3),
        (answer(status="429 Too Many", Retry_After="3600"), Drop.HTTP_4XX, 1),
        (answer(status="429 Too Many", Retry_After="Tue, 01 Jan 2999 00:00:00 GMT"), Drop.HTTP_4XX, 1),
        (answer(status="429 Too Many", Retry_After="Tue, 01 Jan 2019 00:00:00 GMT"), Drop.HTTP_4XX, 3),
        (answer(status="503 Later", Retry_After="1"), Drop.HTTP_5XX, 3),
        (answer(status="503 Later", Retry_After="soon"), Drop.HTTP_5XX, 3),
        (answer(status="503 Later", Retry_After="9" * 400), Drop.HTTP_5XX, 1),
        (answer(status="502 Bad Gateway"), Drop.HTTP_5XX, 3),
        (answer(status="204 No Content"), Drop.HTTP_OTHER, 1),
        (answer(status="206 Partial Content"), Drop.HTTP_OTHER, 1),
        (answer(status="300 Several", Location="/b.jpg"), Drop.HTTP_OTHER, 1),
        (answer(status="304 Not Modified"), Drop.HTTP_OTHER, 1),
        (answer(status="999 Own Number"), Drop.HTTP_OTHER, 1),
        (answer(status="302 Found"), Drop.REDIRECTS, 1),
        (answer(status="302 Found", Location=""), Drop.REDIRECTS, 1),
        (answer(), Drop.EMPTY, 1),
        (answer(picture(0), Content_Length=10**9), Drop.TOO_LARGE, 1),
        (answer(picture(0), Content_Length=len(picture(0)) + 1), Drop.BROKEN_OFF, 3),
        (answer(picture(0), Content_Length=None, Transfer_Encoding="chunked"), Drop.BROKEN_OFF, None),
        (answer(gzip.compress(picture(0))[:-9], Content_Encoding="gzip"), Drop.BROKEN_OFF, 3),
        (answer(gzip.compress(bytes(10**7)), Content_Encoding="gzip"), Drop.TOO_LARGE, 1),
        (b"\x00\x01\x02 this is no HTTP\r\n\r\n", Drop.BROKEN_OFF, None),
        (b"", Drop.BROKEN_OFF, 3),
    ],
)
def test_each_answer_has_its_reason(page, reason, tries):
    result = reason_of(page)
    assert result.reason is reason
    assert tries in (None, result.tries)


@pytest.mark.parametrize(
    "page",
    [
        answer(picture(0), Content_Length=None),
        answer(picture(0), Content_Type="text/html"),
        answer(gzip.compress(picture(0)), Content_Encoding="gzip"),
        answer(picture(0), Content_Encoding="identity"),
        answer(picture(0), Content_Security_Policy="x" * 30_000),
        answer(picture(0), X_Robots_Tag="googlebot: noindex"),
    ],
)
def test_odd_answers_that_are_images_all_the_same(page):
    result = reason_of(page)
    assert result.reason is None
    assert result.keep == picture(0)


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("ftp://a.example/", Drop.BAD_URL),
        ("http://u:p@a.example/", Drop.BAD_URL),
        ("http://[::1", Drop.BAD_URL),
        ("http://127.0.0.1/", Drop.PRIVATE_ADDRESS),
        ("http://0x7f.1/", Drop.PRIVATE_ADDRESS),
        ("http://2852039166/latest/meta-data/", Drop.PRIVATE_ADDRESS),
        ("//[::ffff:10.0.0.1]/", Drop.PRIVATE_ADDRESS),
        ("http://localhost:1/", Drop.PRIVATE_ADDRESS),
    ],
)
def test_redirects_are_checked_like_the_first_address(location, reason):
    assert reason_of(answer(status="302 Found", Location=location)).reason is reason


def test_where_redirects_led_is_told():
    pages = {
        "/a.jpg": answer(status="301 Moved", Location="b/c.jpg?d=%2F"),
        "/b/c.jpg?d=%2F": answer(status="307 Moved", Location="//raw.test/d.jpg"),
        "/d.jpg": answer(picture(1)),
    }
    with raw_server(pages) as raw:
        (result,) = outcomes([URL], raw.hosts)
    assert (result.reason, result.tries, result.final_url) == (None, 3, "http://raw.test/d.jpg")


def test_a_redirect_to_what_robots_may_not_see(web):
    pages = {"/a.jpg": answer(status="301 Moved", Location=link(Behaviour.DISALLOWED, 1))}
    with raw_server(pages) as raw:
        (result,) = outcomes([URL], {**raw.hosts, **web.hosts})
    assert (result.reason, result.tries) == (Drop.ROBOTS, 1)
    assert not web.requests[Behaviour.DISALLOWED]


def test_nothing_is_carried_from_one_request_to_the_next():
    pages = {
        "/a.jpg": answer(status="301 Moved", Location="/b.jpg", Set_Cookie="id=1; Path=/"),
        "/b.jpg": answer(picture(1), Set_Cookie="id=2"),
    }
    with raw_server(pages) as raw:
        outcomes([URL, URL], raw.hosts, user_agent="Test/1.0 (us)")
    asked = "".join(raw.asked).lower()
    assert "user-agent: test/1.0 (us)\r\n" in asked
    assert "host: raw.test\r\n" in asked
    for header in ("cookie:", "referer:", "authorization:"):
        assert header not in asked


def test_a_user_agent_that_would_be_two_lines_is_refused():
    with pytest.raises(RecipeError, match="user_agent"):
        outcomes([URL], {}, user_agent="a\r\nCookie: b")


def test_a_server_decides_how_long_to_wait_before_the_next_try():
    waits = []
    stamina.instrumentation.set_on_retry_hooks([lambda details: waits.append(details.wait_for)])
    try:
        with stamina.set_testing(False):
            reason_of(answer(status="429 Too Many", Retry_After="0"), tries=3)
    finally:
        stamina.instrumentation.set_on_retry_hooks(None)
    assert waits == [0.0, 0.0]


def test_a_try_ends_in_time_however_it_is_drawn_out():
    def dawdle(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:  # until the other side hangs up
            handler.wfile.write(b"X-Slow: yes\r\n")
            time.sleep(0.02)

    result = reason_of(dawdle, timeout_s=0.2, tries=2)
    assert (result.reason, result.tries) == (Drop.TIMEOUT, 2)


def test_lack_of_file_descriptors_is_no_fault_of_the_host():
    with pytest.raises(FetchError, match=r"run\.connections"):
        failure_of(OSError(24, "Too many open files"))
