"""Addresses to images: redirects, robots, tries, in the order of the rows."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import socket
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from urllib.parse import urljoin

import stamina
from multidict import CIMultiDictProxy
from yarl import URL

from laionet.fetching.addresses import Lookup, checked
from laionet.fetching.exchange import Answer, Exchange
from laionet.fetching.failures import Failure
from laionet.fetching.looking import look
from laionet.fetching.robots import MAX_ROBOTS, Robots, opts_out
from laionet.fetching.rows import Fetched
from laionet.recipe import Fetch, Run
from laionet.schema import Drop

#: Redirects that are followed.
MAX_REDIRECTS = 5
#: Longest wait that a server may ask for with Retry-After, seconds; where it asks for more, we do not ask again.
MAX_RETRY_AFTER_S = 20.0
#: Bytes of images held while an earlier row is waited for; beyond, no further row is begun.
MAX_HELD = 256 * 1024 * 1024
#: Rows begun for each connection, so that rows that wait for one slow host do not keep the others idle.
BEGUN_PER_CONNECTION = 4

_REDIRECTS = frozenset({301, 302, 303, 307, 308})

# stamina tells its logger of each try; without a handler of the user's, Python would print every one.
logging.getLogger("stamina").addHandler(logging.NullHandler())


@dataclass
class _Way:
    """Where one row's requests have led."""

    requests: int = 0
    redirected_to: URL | None = None

    @property
    def final_url(self) -> str | None:
        return str(self.redirected_to) if self.redirected_to else None


class Client:
    """Fetches images. Use as an async context manager, within one event loop.

    Args:
        fetch: what decides results.
        run: connections and hosts.
        lookup: what asks the name service.
    """

    def __init__(self, fetch: Fetch, run: Run, lookup: Lookup = socket.getaddrinfo) -> None:
        self.fetch = fetch
        self._exchange = Exchange(fetch.user_agent, run.hosts, run.connections, run.connections_per_host, lookup)
        self._robots = Robots(self._robots_txt, fetch.user_agent)
        self._lookers = ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="look")

    async def __aenter__(self) -> Client:
        self._open = AsyncExitStack()
        self._open.callback(self._lookers.shutdown, wait=False, cancel_futures=True)
        await self._open.enter_async_context(self._exchange)
        self._open.push_async_callback(self._robots.close)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.__aexit__(kind, error, trace)

    async def get(self, address: str | None) -> Fetched:
        """What comes of one address; never raises for what the other side does.

        Raises:
            FetchError: where this machine cannot go on.
        """
        if not address or not address.strip():
            return Fetched(Drop.NO_URL)
        way = _Way()
        try:
            url = _allowed(address)
            answer = await self._with_tries(lambda: self._image(url, way))
        except Failure as failure:
            return Fetched(failure.reason, None, failure.http_status, tries=way.requests, final_url=way.final_url)
        said = Fetched(None, None, answer.status, tries=way.requests, final_url=way.final_url)
        return await asyncio.get_running_loop().run_in_executor(self._lookers, self._seen, answer.body, said)

    async def _image(self, url: URL, way: _Way) -> Answer:
        way.redirected_to = None
        return await self._follow(url, way, self.fetch.max_bytes, look_first=self._refuse_opted_out)

    async def _robots_txt(self, url: URL) -> bytes:
        # Not through robots.txt itself, which RFC 9309, section 2.2.2, always allows.
        ask = lambda: self._follow(url, _Way(), MAX_ROBOTS, cut=True, robots=False)  # noqa: E731
        return (await self._with_tries(ask)).body

    async def _with_tries(self, once: Callable[[], Awaitable[Answer]]) -> Answer:
        """Try as often as the recipe says, where another try can help."""
        refusals = 0

        def again(error: Exception) -> bool | float:
            nonlocal refusals
            if not isinstance(error, Failure) or not error.again:
                return False
            refusals += error.reason is Drop.REFUSED
            if refusals > 1:  # a closed port seldom opens within seconds
                return False
            return True if error.wait_s is None else error.wait_s

        tries = stamina.retry_context(
            again, attempts=self.fetch.tries, timeout=None, wait_initial=0.5, wait_max=8.0, wait_jitter=0.5
        )
        async for attempt in tries:
            with attempt:
                return await once()
        raise AssertionError("stamina ends with a result or an exception")

    async def _follow(
        self,
        url: URL,
        way: _Way,
        max_bytes: int,
        *,
        cut: bool = False,
        robots: bool = True,
        look_first: Callable[[CIMultiDictProxy[str]], None] | None = None,
    ) -> Answer:
        """The 200 that an address leads to; each address on the way is checked like the first."""
        left_s = self.fetch.timeout_s
        for _ in range(MAX_REDIRECTS + 1):
            if robots and self.fetch.robots:
                await self._robots.pass_by(url)
            way.requests += 1
            answer = await self._exchange.get(url, timeout_s=left_s, max_bytes=max_bytes, cut=cut, look=look_first)
            if answer.status == 200:
                return answer
            if answer.status not in _REDIRECTS:
                raise _refusal(answer)
            left_s -= answer.seconds
            url = way.redirected_to = _next(url, answer)
        raise Failure(Drop.REDIRECTS, answer.status)

    def _refuse_opted_out(self, headers: CIMultiDictProxy[str]) -> None:
        if self.fetch.opt_out and opts_out(headers.getall("X-Robots-Tag", ()), self._robots.token):
            raise Failure(Drop.OPTED_OUT, 200)

    def _seen(self, body: bytes, said: Fetched) -> Fetched:
        """Decode the answer: the only proof that it is an image."""
        if not body:
            return replace(said, reason=Drop.EMPTY, bytes=0)
        said = replace(said, bytes=len(body), sha256=hashlib.sha256(body).hexdigest())
        seen = look(body, self.fetch.max_pixels, self.fetch.resize)
        if isinstance(seen, Drop):
            return replace(said, reason=seen)
        return replace(
            said,
            keep=seen.keep,
            format=seen.format,
            width=seen.width,
            height=seen.height,
            changes=tuple(str(change) for change in seen.changes),
        )


def _allowed(address: str) -> URL:
    url = checked(address)
    if isinstance(url, Drop):
        raise Failure(url)
    return url


def _next(url: URL, answer: Answer) -> URL:
    """Where a redirect leads."""
    location = answer.headers.get("Location", "").strip()
    if not location:
        raise Failure(Drop.REDIRECTS, answer.status)
    try:
        # Header bytes that are no ASCII come as surrogates; sites mean UTF-8 by them.
        location = location.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        allowed = checked(urljoin(str(url), location))
    except ValueError as error:
        raise Failure(Drop.BAD_URL, answer.status) from error
    if isinstance(allowed, Drop):
        raise Failure(allowed, answer.status)
    return allowed


def _refusal(answer: Answer) -> Failure:
    """The failure that a status stands for."""
    status = answer.status
    if not 400 <= status < 600:
        return Failure(Drop.HTTP_OTHER, status)
    wait_s = _retry_after(answer.headers.get("Retry-After", "")) if status in (429, 503) else None
    patient = wait_s is None or wait_s <= MAX_RETRY_AFTER_S
    if status < 500:
        return Failure(Drop.HTTP_4XX, status, again=status == 429 and patient, wait_s=wait_s)
    return Failure(Drop.HTTP_5XX, status, again=patient, wait_s=wait_s)


def _retry_after(value: str) -> float | None:
    """Seconds to wait, from seconds or a date (RFC 9110, section 10.2.3); ``None`` for neither."""
    value = value.strip()
    if value.isascii() and value.isdecimal():
        return float(value[:12])
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


async def fetch_all(
    urls: Iterable[str | None], fetch: Fetch, run: Run, lookup: Lookup = socket.getaddrinfo
) -> AsyncIterator[Fetched]:
    """What comes of each address, in their order.

    At most ``run.connections`` requests are under way, at most ``run.connections_per_host`` at one host; rows
    that are done wait for earlier ones in memory, up to ``MAX_HELD`` bytes.

    Args:
        urls: addresses; ``None`` where a row has none.
        fetch: what decides results.
        run: connections and hosts.
        lookup: what asks the name service.

    Yields:
        One result for each address.

    Raises:
        FetchError: where this machine cannot go on.
    """
    remaining, begun = iter(urls), deque[asyncio.Task[Fetched]]()
    changed = asyncio.Event()
    working = held = 0

    def done(task: asyncio.Task[Fetched]) -> None:
        nonlocal working, held
        working -= 1
        held += _size(task)
        changed.set()

    async with Client(fetch, run, lookup) as client:
        try:
            while True:
                changed.clear()
                while working < run.connections * BEGUN_PER_CONNECTION and (held < MAX_HELD or not begun):
                    url = next(remaining, _END)
                    if url is _END:
                        break
                    task = asyncio.create_task(client.get(url))  # type: ignore[arg-type]
                    task.add_done_callback(done)
                    working += 1
                    begun.append(task)
                if not begun:
                    return
                if begun[0].done():
                    held -= _size(begun[0])
                    yield begun.popleft().result()
                else:
                    await changed.wait()
        finally:
            for task in begun:
                task.cancel()
            await asyncio.gather(*begun, return_exceptions=True)


_END = object()


def _size(task: asyncio.Task[Fetched]) -> int:
    """Bytes that a finished task holds."""
    if task.cancelled() or task.exception():
        return 0
    return len(task.result().keep or b"")
