"""What the mini-web's server does with a request, by the link's behaviour."""

from __future__ import annotations

import asyncio
import functools
import itertools
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from contextlib import suppress

from aiohttp import web

from laionet.causal.links import Behaviour, link
from laionet.causal.serving.files import MADE_OF_PICTURE, file_of

#: Seconds until a slow link answers, and between two bytes of one that trickles.
SLOW_S, DRIP_S = 0.15, 0.05

ROBOTS = "User-agent: *\nDisallow: /disallowed/\n"

#: Files kept so that they need not be made again.
_KEPT_FILES = 4_096

_STATUS = {Behaviour.GONE: 404, Behaviour.FORBIDDEN: 403, Behaviour.FAILING: 500}
_PRIVATE = ("http://127.0.0.1:1/", "http://169.254.169.254/latest/")


class Answers:
    """Answers requests for links.

    Args:
        picture: index to the bytes of a JPEG; called in ``pool``.
        seed: of what is random.
        pool: threads that make files.
    """

    def __init__(self, picture: Callable[[int], bytes], seed: int, pool: Executor) -> None:
        self._picture, self._seed, self._pool = picture, seed, pool
        self._asked_before: set[str] = set()
        self._kept: OrderedDict[tuple[Behaviour, int], bytes] = OrderedDict()

    async def answer(self, request: web.Request, behaviour: Behaviour, index: int) -> web.StreamResponse:
        """The answer to a request for a link."""
        if behaviour in _STATUS:
            return web.Response(status=_STATUS[behaviour], text=behaviour)
        if behaviour in _STREAMS:
            return await _STREAMS[behaviour](request, await self._file(Behaviour.OK, index))
        if behaviour in (Behaviour.MOVED, Behaviour.LOOP, Behaviour.TO_PRIVATE):
            return web.Response(status=301, headers={"Location": _location(request, behaviour, index)})
        if behaviour in (Behaviour.BUSY, Behaviour.FLAKY) and request.path not in self._asked_before:
            self._asked_before.add(request.path)
            busy = behaviour is Behaviour.BUSY
            return web.Response(status=429 if busy else 503, headers={"Retry-After": "1"} if busy else {})
        if behaviour is Behaviour.SLOW:
            await asyncio.sleep(SLOW_S)
        kind = "text/html" if behaviour is Behaviour.PAGE else "image/jpeg"  # servers are often wrong
        headers = {"X-Robots-Tag": "noai, noimageai"} if behaviour is Behaviour.NOAI else {}
        body = await self._file(behaviour, index)
        return web.Response(body=body, content_type=kind, headers=headers)

    async def _file(self, behaviour: Behaviour, index: int) -> bytes:
        """The file that a link serves: made in the pool, or kept from before."""
        plain = behaviour if behaviour in MADE_OF_PICTURE else Behaviour.OK
        kept = self._kept.get((plain, index))
        if kept is None:
            if plain is Behaviour.OK:
                make = functools.partial(self._picture, index)
            else:
                jpeg = await self._file(Behaviour.OK, index)
                make = functools.partial(file_of, behaviour, jpeg, f"{self._seed}-{index}")
            kept = await asyncio.get_running_loop().run_in_executor(self._pool, make)
            self._kept[plain, index] = kept
            if len(self._kept) > _KEPT_FILES:
                self._kept.popitem(last=False)
        return kept


def _location(request: web.Request, behaviour: Behaviour, index: int) -> str:
    if behaviour is Behaviour.TO_PRIVATE:
        return _PRIVATE[index % len(_PRIVATE)]
    return link(Behaviour.OK, index, request.host) if behaviour is Behaviour.MOVED else request.path


async def _begin(request: web.Request, length: int | None) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "image/jpeg"})
    response.content_length = length
    if length is None:
        response.enable_chunked_encoding()
    await response.prepare(request)
    return response


async def _stall(request: web.Request, jpeg: bytes) -> web.StreamResponse:
    response = await _begin(request, len(jpeg))
    with suppress(ConnectionResetError):
        await response.write(jpeg[: len(jpeg) // 2])
        await asyncio.Event().wait()  # until the other side gives up, which cancels us
    return response


async def _trickle(request: web.Request, jpeg: bytes) -> web.StreamResponse:
    response = await _begin(request, None)
    with suppress(ConnectionResetError):
        for place in itertools.count():
            await response.write(jpeg[place % len(jpeg) :][:1])
            await asyncio.sleep(DRIP_S)
    return response


async def _break_off(request: web.Request, jpeg: bytes) -> web.StreamResponse:
    response = await _begin(request, len(jpeg))
    await response.write(jpeg[: len(jpeg) // 2])
    if request.transport:
        request.transport.close()
    return response


async def _never_end(request: web.Request, jpeg: bytes) -> web.StreamResponse:
    response = await _begin(request, None)
    with suppress(ConnectionResetError):
        while True:
            await response.write(jpeg)
    return response


_STREAMS: dict[Behaviour, Callable[[web.Request, bytes], Awaitable[web.StreamResponse]]] = {
    Behaviour.STALLS: _stall,
    Behaviour.TRICKLES: _trickle,
    Behaviour.BROKEN: _break_off,
    Behaviour.OVERSIZED: _never_end,
}
