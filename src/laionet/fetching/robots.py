"""What a site asks of robots: robots.txt (RFC 9309) and the header X-Robots-Tag."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from protego import Protego
from yarl import URL

from laionet.fetching.failures import Failure
from laionet.schema import Drop

#: Bytes of a robots.txt that are read; RFC 9309, section 2.5, asks for at least these.
MAX_ROBOTS = 500 * 1024
#: Longest Crawl-delay that is honoured; seconds. A longer one counts as this.
MAX_DELAY_S = 5.0
#: Origins and bytes of robots.txt that are remembered.
MAX_ORIGINS, MAX_REMEMBERED = 20_000, 64 * 1024 * 1024

#: Words of X-Robots-Tag that opt out of what a dataset does.
OPT_OUT = frozenset({"noai", "noimageai", "noindex", "noimageindex", "none"})
_VALUED = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})

#: Ends of asking for robots.txt that mean that there is none (sections 2.3.1.2 and 2.3.1.3). Where the origin
#: itself is private, the row's own request ends with the same reason.
_NO_RULES = frozenset({Drop.HTTP_4XX, Drop.HTTP_OTHER, Drop.REDIRECTS, Drop.BAD_URL, Drop.PRIVATE_ADDRESS})

_AGENT_LINE = re.compile(r"\s*user[- ]?agent\b\s*:?\s*([^#]*)", re.IGNORECASE)


def product_token(user_agent: str) -> str:
    """The name by which robots.txt may call us: the letters that the user agent begins with."""
    found = re.match(r"[A-Za-z_-]+", user_agent)
    return found.group().lower() if found else "*"


def opts_out(headers: Iterable[str], token: str) -> bool:
    """Whether values of X-Robots-Tag ask us not to use the answer.

    A value is a list of words; ``name: word, word`` holds for the robot of that name alone.
    """
    for header in headers:
        scope = ""
        for piece in header.lower().split(","):
            name, colon, word = piece.partition(":")
            if colon and name.strip() not in _VALUED:
                scope = name.strip()
            else:
                word = piece
            if word.strip() in OPT_OUT and scope in ("", "*", token):
                return True
    return False


@dataclass(frozen=True)
class Rules:
    """What one origin asks of us."""

    parsed: Protego | None = None
    delay_s: float = 0.0
    size: int = 0
    failure: tuple[Drop, int | None] | None = None

    def allow(self, url: URL, token: str) -> bool:
        """Whether we may ask for ``url``."""
        return self.parsed is None or self.parsed.can_fetch(str(url), token)


class Robots:
    """robots.txt of the origins that one shard meets: each is asked once, and remembered.

    RFC 9309, section 2.3.1: an answer of 4xx allows everything; where robots.txt cannot be had, because of
    5xx or of the network, nothing is allowed. Then the row ends with the reason that robots.txt ended with
    (``http_5xx``, ``timeout``, ``dns``, ...), because that can pass, and the reason ``robots`` does not.

    Args:
        ask: asks for an address, following redirects and retrying; gives the body of a 200, or raises Failure.
        user_agent: as the requests have it.
    """

    def __init__(self, ask: Callable[[URL], Awaitable[bytes]], user_agent: str) -> None:
        self._ask, self.token = ask, product_token(user_agent)
        self._known: OrderedDict[URL, asyncio.Task[Rules]] = OrderedDict()
        self._remembered = 0
        self._free_at: dict[URL, float] = {}

    async def pass_by(self, url: URL) -> None:
        """Return when we may ask for ``url``: at once, or after the site's Crawl-delay.

        Raises:
            Failure: ``robots`` where we may not, or why robots.txt could not be had.
        """
        rules = await self._rules(url.origin())
        if rules.failure:
            raise Failure(*rules.failure)
        if not rules.allow(url, self.token):
            raise Failure(Drop.ROBOTS)
        if rules.delay_s:
            await self._wait_turn(url.origin(), rules.delay_s)

    async def close(self) -> None:
        """Stop what is under way."""
        for task in self._known.values():
            task.cancel()
        await asyncio.gather(*self._known.values(), return_exceptions=True)

    async def _rules(self, origin: URL) -> Rules:
        task = self._known.get(origin)
        if task is None:
            task = self._known[origin] = asyncio.create_task(self._learn(origin))
        self._known.move_to_end(origin)
        if task.done():
            return task.result()
        # Many rows may wait for one robots.txt; one that is cancelled must not take it from the others.
        return await asyncio.shield(task)

    async def _learn(self, origin: URL) -> Rules:
        try:
            body = await self._ask(origin / "robots.txt")
        except Failure as failure:
            if failure.reason in _NO_RULES:
                return Rules()
            return Rules(failure=(failure.reason, failure.http_status))
        parsed = await asyncio.to_thread(parse, body, self.token)
        delay = min(parsed.crawl_delay(self.token) or 0.0, MAX_DELAY_S)
        self._make_room(len(body))
        return Rules(parsed, delay, len(body))

    def _make_room(self, size: int) -> None:
        self._remembered += size
        while len(self._known) > MAX_ORIGINS or self._remembered > MAX_REMEMBERED:
            oldest = next((origin for origin, task in self._known.items() if task.done()), None)
            if oldest is None:
                return
            task = self._known.pop(oldest)
            self._remembered -= 0 if task.cancelled() or task.exception() else task.result().size

    async def _wait_turn(self, origin: URL, delay_s: float) -> None:
        now = asyncio.get_running_loop().time()
        turn = max(now, self._free_at.get(origin, now))
        self._free_at[origin] = turn + delay_s
        if turn > now:
            await asyncio.sleep(turn - now)


def parse(body: bytes, token: str) -> Protego:
    """The rules of a robots.txt for the robot ``token``.

    Groups of other robots are put under one name first: a hostile file with thousands of names would
    otherwise take the parser minutes.
    """
    lines = body[:MAX_ROBOTS].decode("utf-8-sig", "replace").splitlines()
    return Protego.parse("\n".join(_renamed(line, token) for line in lines))


def _renamed(line: str, token: str) -> str:
    found = _AGENT_LINE.match(line)
    name = found.group(1).strip() if found else ""
    if not name or name == "*":
        return line
    return f"User-agent: {token}" if product_token(name) == token else "User-agent: -"
