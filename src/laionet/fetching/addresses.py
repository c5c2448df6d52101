"""Which addresses may be asked, and where their connections may go.

Three walls stand behind each other: the URL is checked (``checked``), the name service's answers are checked
(``PublicResolver``), and the very address of each new connection is checked (``PublicResolver.socket``), so that
nothing can change between the check and its use.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from laionet.errors import RecipeError
from laionet.schema import Drop

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: What ``socket.getaddrinfo`` does; tests give their own.
Lookup = Callable[..., list[Any]]

#: Longest address that is asked for; characters.
MAX_URL = 8_192
#: Names looked up at once: the system's call blocks a thread.
LOOKUPS = 32

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_HOST = re.compile(r"(?=.{1,253}\.?$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.ASCII)
_ESCAPED = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*", re.ASCII)
_DOTS = re.compile(r"(?:^|/)(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.ASCII)

# Addresses that Python counts as global, but that lead to no public host: Azure's metadata service, protocol
# assignments (RFC 6890; Oracle's metadata service is there), the relays of 6to4 (RFC 7526), documentation
# (RFC 9637).
_NOT_PUBLIC = tuple(map(ipaddress.ip_network, ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class PrivateAddress(OSError):
    """The name leads to an address that is not of the public network."""


def checked(address: str) -> URL | Drop:
    """The URL to ask for, or the reason why it may not be asked for.

    Args:
        address: as the corpus has it, or as a redirect gives it.

    Returns:
        The URL with its host as ASCII (IDNA) and an IPv4 literal in four decimal numbers; or ``bad_url`` or
        ``private_address``. A host name is not looked up here: see ``PublicResolver``.
    """
    text = address.strip(" \t\r\n\f")
    if len(text) > MAX_URL or _CONTROLS.search(text):
        return Drop.BAD_URL
    try:
        url, authority = URL(text), urlsplit(text).netloc
        host = url.raw_host
    except (ValueError, UnicodeError):
        return Drop.BAD_URL
    if url.scheme not in ("http", "https") or not host or not url.port or "@" in authority or "\\" in authority:
        return Drop.BAD_URL
    literal = _literal(host)
    if isinstance(literal, Drop):
        return literal
    if literal is not None:
        if not is_public(literal):
            return Drop.PRIVATE_ADDRESS
        url = url.with_host(str(literal))
    return _as_written(url, text)


def _as_written(url: URL, text: str) -> URL:
    """``url`` without fragment, path and query escaped as in ``text``: a signature may hold for that alone."""
    parts = urlsplit(text)
    plain = _ESCAPED.fullmatch(parts.path + parts.query) and not _DOTS.search(parts.path)
    if not plain or not parts.path:
        return url.with_fragment(None)
    return URL.build(
        scheme=url.scheme, authority=url.raw_authority, path=parts.path, query_string=parts.query, encoded=True
    )


def _literal(host: str) -> Address | Drop | None:
    """The address that ``host`` spells; ``None`` for a name; ``bad_url`` for neither."""
    if ":" in host:
        try:
            return Drop.BAD_URL if "%" in host else ipaddress.IPv6Address(host)
        except ValueError:
            return Drop.BAD_URL
    if not _HOST.fullmatch(host):
        return Drop.BAD_URL
    parts = host.removesuffix(".").split(".")
    # As browsers do (WHATWG URL, "ends in a number"): such a host is an IPv4 address, or nothing.
    return _ipv4(parts) if _NUMBER.fullmatch(parts[-1]) else None


def _ipv4(parts: list[str]) -> Address | Drop:
    """An IPv4 address from the notations that systems take: decimal, octal, hex, one to four numbers."""
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        return Drop.BAD_URL
    try:
        numbers = [_number(part) for part in parts]
    except ValueError:
        return Drop.BAD_URL
    *first, last = numbers
    if any(number > 255 for number in first) or last >= 256 ** (5 - len(numbers)):
        return Drop.BAD_URL
    value = sum(number << (8 * (3 - place)) for place, number in enumerate(first))
    return ipaddress.IPv4Address(value + last)


def _number(text: str) -> int:
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if len(text) > 1 and text.startswith("0") else 10)


def is_public(address: Address) -> bool:
    """Whether an address is global unicast, and so is the IPv4 address that it may hold in itself.

    Refused are loopback, private, link-local, shared (RFC 6598), multicast, reserved, documentation,
    unspecified and the clouds' metadata addresses, also as IPv4-mapped, 6to4 or NAT64 addresses.
    """
    if any(address in network for network in _NOT_PUBLIC if network.version == address.version):
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast and not address.is_reserved
    inside = address.ipv4_mapped or address.sixtofour
    if address in _NAT64:
        inside = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    if inside is not None:
        return is_public(inside)
    return address in _GLOBAL_UNICAST and address.is_global


class PublicResolver(AbstractResolver):
    """Host names to addresses: those of ``hosts`` as it says, all others by the name service, public ones only.

    Args:
        hosts: host or parent domain to "address:port"; these may be private.
        lookup: what asks the name service.

    Raises:
        RecipeError: where ``hosts`` has a value that is no "address:port".
    """

    def __init__(self, hosts: Mapping[str, str], lookup: Lookup = socket.getaddrinfo) -> None:
        self.hosts = {host.lower().strip("."): _endpoint(host, where) for host, where in hosts.items()}
        self._lookup = lookup
        self._pool = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="lookup")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Addresses of a host.

        Raises:
            OSError: where it has none (``socket.gaierror``), or none that is public (``PrivateAddress``).
        """
        mapped = self._mapped(host)
        if mapped:
            return [_result(host, *mapped)]
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._pool, self._look_up, host, port, family)
        public = [_result(host, ip, port) for ip in found if _is_public_text(ip)]
        if found and not public:
            raise PrivateAddress(f"{host} has no public address")
        if not public:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        return public

    async def close(self) -> None:
        """Let go of the threads; lookups under way end by themselves."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def socket(self, info: tuple[Any, ...]) -> socket.socket:
        """A socket for this very address: the last wall before a connection.

        Raises:
            PrivateAddress: where it is neither public nor named in ``hosts``.
        """
        family, kind, protocol, _, where = info
        if (where[0], where[1]) not in self.hosts.values() and not _is_public_text(where[0]):
            raise PrivateAddress(f"{where[0]} is not of the public network")
        return socket.socket(family, kind, protocol)

    def _mapped(self, host: str) -> tuple[str, int] | None:
        labels = host.lower().strip(".").split(".")
        names = (".".join(labels[start:]) for start in range(len(labels)))
        return next((self.hosts[name] for name in names if name in self.hosts), None)

    def _look_up(self, host: str, port: int, family: int) -> list[str]:
        try:
            found = self._lookup(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        except UnicodeError as error:
            raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _is_public_text(ip: str) -> bool:
    try:
        return is_public(ipaddress.ip_address(ip))
    except ValueError:  # an address with a zone is of one link alone
        return False


def _result(host: str, ip: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return {"hostname": host, "host": ip, "port": port, "family": family, "proto": 0, "flags": flags}


def _endpoint(host: str, where: str) -> tuple[str, int]:
    ip, _, port = where.rpartition(":")
    try:
        return str(ipaddress.ip_address(ip.strip("[]"))), int(port)
    except ValueError as error:
        raise RecipeError(
            f"run.hosts maps {host!r} to {where!r}, which is no address:port; give for example 127.0.0.1:8080."
        ) from error
