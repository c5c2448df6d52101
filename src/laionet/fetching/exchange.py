"""One request and its answer, within limits of time and size, at hosts that may be asked."""

from __future__ import annotations

import asyncio
import socket
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from laionet.errors import RecipeError
from laionet.fetching.addresses import Lookup, PublicResolver
from laionet.fetching.failures import OF_THE_WEB, Failure, failure_of
from laionet.schema import Drop

#: Bytes of one line or field of an answer's head; some sites' security policies are long.
_MAX_HEAD = 65_536
_CHUNK = 65_536
#: Seconds that an idle connection is kept: long enough for robots.txt and the image that follows it.
_KEEP_S = 3.0


@dataclass(frozen=True)
class Answer:
    """An answer: status, headers, the body of a 200 (empty for any other status), and how long it took."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes
    seconds: float


class Exchange:
    """Asks for single addresses; follows nothing, keeps no cookies, sends no credentials.

    Args:
        user_agent: header of that name.
        hosts: see ``addresses.PublicResolver``.
        connections: requests under way at once.
        connections_per_host: requests under way at one host.
        lookup: what asks the name service.
    """

    def __init__(
        self,
        user_agent: str,
        hosts: Mapping[str, str],
        connections: int,
        connections_per_host: int,
        lookup: Lookup = socket.getaddrinfo,
    ) -> None:
        if not user_agent.isprintable():
            raise RecipeError("fetch.user_agent holds a control character; it must be one plain line.")
        self._resolver = PublicResolver(hosts, lookup)
        self._all = asyncio.Semaphore(connections)
        self._of_host: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(connections_per_host))
        # No answer is unpacked by aiohttp, which knows no limit: it is asked for plain, see _Unpacked.
        self._headers = {"User-Agent": user_agent, "Accept": "image/*,*/*;q=0.5", "Accept-Encoding": "identity"}

    async def __aenter__(self) -> Exchange:
        connector = aiohttp.TCPConnector(
            resolver=self._resolver,
            socket_factory=self._resolver.socket,
            ttl_dns_cache=300,
            limit=0,  # the semaphores limit, so that waiting for a turn is not counted as waiting for an answer
            keepalive_timeout=_KEEP_S,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
            trust_env=False,
            max_line_size=_MAX_HEAD,
            max_field_size=_MAX_HEAD,
            headers=self._headers,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()
        await self._resolver.close()

    async def get(
        self,
        url: URL,
        *,
        timeout_s: float,
        max_bytes: int,
        cut: bool = False,
        look: Callable[[CIMultiDictProxy[str]], None] | None = None,
    ) -> Answer:
        """Ask for one address.

        Args:
            url: as ``addresses.checked`` gives it.
            timeout_s: seconds from asking to the last byte; waiting for a free connection is not counted.
            max_bytes: largest body, as sent and unpacked.
            cut: a larger body is cut there instead of failing.
            look: called with the headers of a 200 before the body is read; may raise Failure.

        Raises:
            Failure: with the reason why no whole answer came.
        """
        async with self._of_host[url.raw_host or ""], self._all:
            began = time.perf_counter()
            try:
                async with (
                    asyncio.timeout(timeout_s),
                    self._session.get(url, allow_redirects=False) as response,
                ):
                    body = b""  # of other answers than 200 it is not read, whatever it is
                    if response.status == 200:
                        if look:
                            look(response.headers)
                        body = await _read(response, max_bytes, cut)
                    return Answer(response.status, response.headers, body, time.perf_counter() - began)
            except Failure:
                raise
            except OF_THE_WEB as error:
                raise failure_of(error) from error


async def _read(response: aiohttp.ClientResponse, max_bytes: int, cut: bool) -> bytes:
    """The body; the length that the headers state is believed only where it is too large."""
    if not cut and (response.content_length or 0) > max_bytes:
        raise _too_large(response)
    unpacked = _Unpacked(response.headers.get("Content-Encoding", ""), max_bytes)
    async for chunk in response.content.iter_chunked(_CHUNK):
        if not unpacked.add(chunk):
            if cut:
                response.close()
                break
            raise _too_large(response)
    return unpacked.whole(cut)


def _too_large(response: aiohttp.ClientResponse) -> Failure:
    response.close()
    return Failure(Drop.TOO_LARGE, response.status)


class _Unpacked:
    """A body put together, unpacked where it was sent as gzip or deflate although asked for plain."""

    def __init__(self, encoding: str, limit: int) -> None:
        packed = encoding.strip().lower()
        self._inflate = zlib.decompressobj(wbits=47) if packed in ("gzip", "x-gzip", "deflate") else None
        self._body, self._limit = bytearray(), limit

    def add(self, chunk: bytes) -> bool:
        """Append a piece; returns whether the body is still within the limit."""
        room = self._limit - len(self._body) + 1
        self._body += self._inflate.decompress(chunk, room) if self._inflate else chunk[:room]
        return len(self._body) <= self._limit

    def whole(self, cut: bool) -> bytes:
        """The body.

        Raises:
            zlib.error: where it was packed and ends before its end.
        """
        if self._inflate and self._body and not self._inflate.eof and not cut:
            raise zlib.error("the packed answer ends too early")
        return bytes(self._body[: self._limit])
