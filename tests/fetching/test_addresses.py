"""No request leaves for an address that is not of the public network, in whatever way it is written."""

import asyncio
import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from laionet.errors import RecipeError
from laionet.fetching.addresses import PrivateAddress, PublicResolver, checked, is_public
from laionet.schema import Drop

LOOPBACK = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0x7f.0.0.1", "0177.0.0.1",
    "017700000001", "0177.1", "127.0.0.1.", "１２７.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1", "0", "0.0.0.0",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]",
]  # fmt: skip
OTHERS = [
    "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "0xa9fea9fe", "2852039166", "100.64.0.1",
    "100.100.100.200", "168.63.129.16", "192.0.0.192", "224.0.0.1", "255.255.255.255", "240.0.0.1",
    "198.18.0.1", "192.0.2.1", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[2001:db8::1]",
    "[64:ff9b::a9fe:a9fe]", "[2001::1]", "[fec0::1]", "[64:ff9b:1::1]", "[3fff::1]",
]  # fmt: skip


@pytest.mark.parametrize("host", LOOPBACK + OTHERS)
def test_private_addresses_in_every_notation(host):
    assert checked(f"http://{host}/a.jpg") is Drop.PRIVATE_ADDRESS
    assert checked(f"https://{host}:8443/a.jpg") is Drop.PRIVATE_ADDRESS


@pytest.mark.parametrize(
    "host",
    ["8.8.8.8", "134744072", "0x08080808", "010.8.8.8", "8.526344", "[::ffff:8.8.8.8]", "[2606:4700::1111]"],
)
def test_public_addresses_are_asked_for_in_the_plain_notation(host):
    url = checked(f"http://{host}/a.jpg")
    assert isinstance(url, URL)
    assert is_public(ipaddress.ip_address(url.host))


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.com/a.jpg", "file:///etc/passwd", "data:image/png;base64,AAAA", "javascript:1",
        "//example.com", "example.com/a.jpg", "http:a.jpg", "http://", "http:///a.jpg", "http://user@example.com/",
        "http://@example.com/", "http://u:p@example.com/", "http://good.com\\@evil.com/", "http://exa mple.com/", "http://exa%6dple.com/",
        "http://a..b/", "http://example.com:0/", "http://example.com:99999/", "http://example.com:x/",
        "http://[fe80::1%25eth0]/", "http://[::1", "http://1.2.3.4.5/", "http://256.1.1.1/",
        "http://08.1.1.1/", "http://exam\nple.com/", "http://example.com/\x00", "http://example.com/a\r\nHost: b",
        f"http://{'a' * 64}.com/", f"http://{'a.' * 127}com/", "http://example.com/" + "a" * 9_000, "http://a.4294967296/",
    ],
)  # fmt: skip
def test_addresses_that_are_none(address):
    assert checked(address) is Drop.BAD_URL


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("  http://Example.com/a b.jpg#top\n", "http://example.com/a%20b.jpg"),
        ("https://bücher.example/ü.jpg", "https://xn--bcher-kva.example/%C3%BC.jpg"),
        ("http://a.com/%2e%2e/x?q=%2f", "http://a.com/x?q=/"),
        ("http://a.com?q=%2f", "http://a.com/?q=/"),
        ("HTTP://A.com/s%2f%7Ea?sig=a%2Fb%3d+c", "http://a.com/s%2f%7Ea?sig=a%2Fb%3d+c"),
        ("http://a_b.example.com:8080/x?y=%2F", "http://a_b.example.com:8080/x?y=%2F"),
    ],
)
def test_good_addresses(address, url):
    assert str(checked(address)) == url


@given(st.text(max_size=60) | st.text(max_size=40).map(lambda text: f"http://{text}"))
def test_any_text_is_a_good_url_or_has_a_reason(text):
    url = checked(text)
    assert url in (Drop.BAD_URL, Drop.PRIVATE_ADDRESS) or (url.scheme in ("http", "https") and url.raw_host)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["{}", "0x{:x}", "0{:o}"]))
def test_notations_of_one_address_have_one_fate(number, notation):
    plain, other = (
        checked(f"http://{ipaddress.IPv4Address(number)}/"),
        checked(f"http://{notation.format(number)}/"),
    )
    assert plain == other


def resolved(resolver, host):
    return [(found["host"], found["port"]) for found in asyncio.run(resolver.resolve(host, 80))]


def lookup_of(*answers):
    """A name service that gives one answer after the other."""
    remaining = iter(answers)

    def lookup(host, port, **_):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in next(remaining)]

    return lookup


def test_private_ones_among_public_ones_are_left_out():
    assert resolved(PublicResolver({}, lookup_of(["8.8.8.8", "10.0.0.1", "fe80::1%eth0"])), "a.com") == [
        ("8.8.8.8", 80)
    ]


def test_each_answer_of_the_name_service_is_checked_by_itself():
    rebinding = PublicResolver({}, lookup_of(["8.8.8.8"], ["127.0.0.1"]))
    assert resolved(rebinding, "a.com") == [("8.8.8.8", 80)]
    with pytest.raises(PrivateAddress):
        resolved(rebinding, "a.com")


def test_what_this_machine_says_of_localhost_is_refused():
    with pytest.raises(PrivateAddress):
        resolved(PublicResolver({}), "localhost")


def test_hosts_may_be_mapped_by_themselves_or_by_their_domain():
    resolver = PublicResolver({"a.test": "127.0.0.1:81", "b.a.test": "[::1]:82"}, lookup_of(["10.0.0.1"]))
    assert resolved(resolver, "x.A.test.") == [("127.0.0.1", 81)]
    assert resolved(resolver, "c.b.a.test") == [("::1", 82)]
    with pytest.raises(PrivateAddress):
        resolved(resolver, "nota.test")


def test_the_last_wall_stands_at_the_connection():
    resolver = PublicResolver({"a.test": "127.0.0.1:81"})
    resolver.socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 81))).close()
    for where in (("127.0.0.1", 82), ("10.0.0.1", 81), ("169.254.169.254", 80)):
        with pytest.raises(PrivateAddress):
            resolver.socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", where))


@pytest.mark.parametrize("where", ["localhost:80", "127.0.0.1", "127.0.0.1:x", ""])
def test_a_mapping_to_no_address_and_port_is_refused(where):
    with pytest.raises(RecipeError, match=r"address:port"):
        PublicResolver({"a.test": where})
