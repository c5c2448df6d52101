"""The mini-web's server: the pictures at their addresses, on this machine, with all that goes wrong on the web."""

from __future__ import annotations

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING

from laionet.causal.links import DOMAIN, Behaviour
from laionet.schema import Drop

if TYPE_CHECKING:
    from aiohttp import web

#: What fetching must say of each behaviour; ``None`` where it must bring the image.
EXPECTED: Mapping[Behaviour, Drop | None] = MappingProxyType(
    dict.fromkeys(Behaviour)
    | {
        Behaviour.STALLS: Drop.TIMEOUT,
        Behaviour.TRICKLES: Drop.TIMEOUT,
        Behaviour.GONE: Drop.HTTP_4XX,
        Behaviour.FORBIDDEN: Drop.HTTP_4XX,
        Behaviour.FAILING: Drop.HTTP_5XX,
        Behaviour.BROKEN: Drop.BROKEN_OFF,
        Behaviour.OVERSIZED: Drop.TOO_LARGE,
        Behaviour.EMPTY: Drop.EMPTY,
        Behaviour.PAGE: Drop.NOT_AN_IMAGE,
        Behaviour.GARBAGE: Drop.NOT_AN_IMAGE,
        Behaviour.TRUNCATED: Drop.UNDECODABLE,
        Behaviour.LOOP: Drop.REDIRECTS,
        Behaviour.TO_PRIVATE: Drop.PRIVATE_ADDRESS,
        Behaviour.NOAI: Drop.OPTED_OUT,
        Behaviour.DISALLOWED: Drop.ROBOTS,
        Behaviour.BOMB: Drop.TOO_MANY_PIXELS,
    }
)

_BEHAVIOURS = frozenset(map(str, Behaviour))
_NAME = re.compile(r"(\d{1,8})\.jpg", re.ASCII)


class MiniWebServer:
    """An HTTP server in a thread of its own; use as a context manager.

    It answers for every host; a recipe finds it by ``run.hosts``, see ``hosts``. The same link gives the same
    answer, but for ``busy`` and ``flaky``, which fail when first asked.

    Args:
        picture: index to the bytes of a JPEG; called in two threads, its results are remembered.
        seed: of what is random.
        address: to listen at.
        port: to listen at; 0 takes a free one.

    Attributes:
        port: where it listens.
        requests: how often was asked, by path and by behaviour.
        busiest: most requests that were under way at once, by host.
    """

    def __init__(
        self, picture: Callable[[int], bytes], *, seed: int = 0, address: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.port = port
        self.requests: Counter[str] = Counter()
        self.busiest: Counter[str] = Counter()
        self._picture, self._seed, self._address = picture, seed, address
        self._under_way: Counter[str] = Counter()
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop
        self._over: asyncio.Event

    @property
    def hosts(self) -> dict[str, str]:
        """The mapping to give to a recipe as ``run.hosts``."""
        return {DOMAIN: f"{self._address}:{self.port}"}

    def __enter__(self) -> MiniWebServer:
        self._thread = threading.Thread(target=self._serve, name="mini-web", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._error:
            raise self._error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def _serve(self) -> None:
        try:
            asyncio.run(self._run())
        except BaseException as error:
            self._error = error
        finally:
            self._ready.set()

    async def _run(self) -> None:
        from aiohttp import web

        from laionet.causal.serving.answers import Answers

        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        with ThreadPoolExecutor(2, thread_name_prefix="mini-web") as pool:
            self._answers = Answers(self._picture, self._seed, pool)
            # Handlers of links that never end are cancelled when the other side gives up, and at the end.
            app = web.Application()
            app.router.add_get("/{path:.*}", self._handle)
            runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
            await runner.setup()
            try:
                await web.TCPSite(runner, self._address, self.port, backlog=1024).start()
                self.port = runner.addresses[0][1]
                self._ready.set()
                await self._over.wait()
            finally:
                await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        from aiohttp import web

        from laionet.causal.serving.answers import ROBOTS

        self.requests[request.path] += 1
        if request.path == "/robots.txt":
            return web.Response(text=ROBOTS)
        folder, _, name = request.path.removeprefix("/").partition("/")
        found = _NAME.fullmatch(name)
        if folder not in _BEHAVIOURS or not found:
            return web.Response(status=404)
        self.requests[folder] += 1
        self._under_way[request.host] += 1
        self.busiest[request.host] = max(self.busiest[request.host], self._under_way[request.host])
        try:
            return await self._answers.answer(request, Behaviour(folder), int(found.group(1)))
        finally:
            self._under_way[request.host] -= 1
