"""Results of a shard as a plain iterator: the network goes on in a thread of its own while they are worked on."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from laionet.fetching.rows import Fetched

if TYPE_CHECKING:
    import pyarrow as pa

    from laionet.recipe import Fetch, Run

T = TypeVar("T")

#: Results that may wait for the one who iterates; beyond, the network waits.
AHEAD = 32


def stream(rows: pa.Table, fetch: Fetch, run: Run) -> Generator[Fetched, None, None]:
    """What comes of each row's address, in order.

    Args:
        rows: with a column ``url``.
        fetch: what decides results.
        run: connections and hosts.

    Raises:
        FetchError: where this machine cannot go on.
    """
    urls = rows["url"].to_pylist()

    def results() -> AsyncIterator[Fetched]:
        from laionet.fetching.client import fetch_all

        return fetch_all(urls, fetch, run)

    return in_background(results)


def in_background(make: Callable[[], AsyncIterator[T]], ahead: int = AHEAD) -> Generator[T, None, None]:
    """Iterate over an asynchronous iterator that runs in a thread with an event loop of its own.

    Works where an event loop runs already, as in a notebook. When the iterator is closed early, what is under
    way is cancelled and the thread ended.

    Args:
        make: makes the asynchronous iterator, in that thread.
        ahead: how many items it may be ahead.
    """
    pump = _Pump(make, ahead)
    thread = threading.Thread(target=pump.run, name="fetch", daemon=True)
    thread.start()
    try:
        yield from pump.items()
    finally:
        pump.stop()
        thread.join()


class _Pump:
    """Moves items from an event loop in one thread to an iterator in another."""

    def __init__(self, make: Callable[[], AsyncIterator[Any]], ahead: int) -> None:
        self._make, self._ahead = make, ahead
        self._items: queue.SimpleQueue[tuple[Any, BaseException | None, bool]] = queue.SimpleQueue()
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._task: asyncio.Task[None]
        self._room: asyncio.Semaphore

    def run(self) -> None:
        """What the thread does."""
        try:
            asyncio.run(self._move())
        except BaseException as error:
            self._items.put((None, error, True))
        else:
            self._items.put((None, None, True))
        finally:
            self._started.set()

    async def _move(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Semaphore(self._ahead)
        self._task = asyncio.ensure_future(self._pour())
        self._started.set()
        await self._task

    async def _pour(self) -> None:
        source = self._make()
        try:
            async for item in source:
                await self._room.acquire()
                self._items.put((item, None, False))
        finally:
            close = getattr(source, "aclose", None)
            if close:
                await close()

    def items(self) -> Iterator[Any]:
        """The items, in the thread of the one who iterates."""
        taken = 0
        while True:
            item, error, ended = self._items.get()
            if error is not None:
                raise error
            if ended:
                return
            taken += 1
            if 2 * taken >= self._ahead:  # several at once: each call wakes the other thread
                with suppress(RuntimeError):  # the loop has ended, and with it the need for room
                    self._loop.call_soon_threadsafe(self._make_room, taken)
                taken = 0
            yield item

    def _make_room(self, places: int) -> None:
        for _ in range(places):
            self._room.release()

    def stop(self) -> None:
        """Cancel what is under way."""
        self._started.wait()
        with suppress(RuntimeError, AttributeError):  # it has ended, or never began
            self._loop.call_soon_threadsafe(self._task.cancel)
