"""The server of the page: loopback only, reads only, answers nobody else's page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from laionet.errors import LaionetError
from laionet.exploring import parameters as p
from laionet.exploring.asking import Explorer
from laionet.report.embed import template

if TYPE_CHECKING:
    from aiohttp import web

ADDRESS = "127.0.0.1"

#: Names under which a browser on this machine may ask.
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

#: Files of the page, by path, with their type.
_FILES = {
    "/": ("index.html", "text/html"),
    "/explore.css": ("explore.css", "text/css"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
    **{
        f"/{name}.js": (f"{name}.js", "text/javascript")
        for name in ("main", "address", "asking", "words", "curve", "classes", "detail", "samples")
    },
}

_HEADERS = {
    "Content-Security-Policy": "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "img-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Ask = Callable[[Explorer, Mapping[str, Any]], dict[str, Any]]


def application(explorer: Explorer) -> web.Application:
    """The page's files and the answers it asks for, as an aiohttp application."""
    from aiohttp import web

    app = web.Application(middlewares=[_guarded()])
    for path, (name, kind) in _FILES.items():
        app.router.add_get(path, _file(_text(name), kind))
    pool = ThreadPoolExecutor(2, thread_name_prefix="explore")
    for path, (known, ask) in _QUESTIONS.items():
        app.router.add_get(path, _answer(explorer, known, ask, pool))

    async def close(_: web.Application) -> None:
        pool.shutdown(wait=False, cancel_futures=True)

    app.on_cleanup.append(close)
    return app


def serve(explorer: Explorer, port: int, ready: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Args:
        explorer: of the folder.
        port: to listen at; 0 takes a free one.
        ready: is called with the address of the page.

    Raises:
        LaionetError: where the port is taken.
        KeyboardInterrupt: when interrupted, after all is closed.
    """
    asyncio.run(_serve(explorer, port, ready))


async def _serve(explorer: Explorer, port: int, ready: Callable[[str], None]) -> None:
    from aiohttp import web

    runner = web.AppRunner(application(explorer), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, ADDRESS, port).start()
        ready(f"http://{ADDRESS}:{runner.addresses[0][1]}/")
        await asyncio.Event().wait()
    except OSError as error:
        raise LaionetError(
            f"Cannot listen at {ADDRESS}:{port}: {error.strerror or error}. "
            "Give another --port, or 0 for a free one."
        ) from None
    finally:
        await runner.cleanup()


def _text(name: str) -> str:
    if name == "explore.css":  # the look of all our pages, then what this one adds
        return template("page.css") + _static(name)
    return _static(name)


def _static(name: str) -> str:
    return (files("laionet.exploring") / "static" / name).read_text(encoding="utf-8")


def _guarded() -> Any:
    """Middleware: who may ask, how, and what every answer says of itself."""
    from aiohttp import web

    @web.middleware
    async def guarded(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            response = _refused(request) or await handler(request)
        except web.HTTPException as error:
            allow = {"Allow": "GET, HEAD"} if error.status == 405 else {}
            response = _json({"error": f"{error.reason}."}, error.status, allow)
        response.headers.update(_HEADERS)
        response.headers["Server"] = "laionet"
        return response

    return guarded


def _refused(request: web.Request) -> web.Response | None:
    """The answer to a request that no page of ours makes; none to one that it may have made."""
    transport = request.transport
    port = transport.get_extra_info("sockname")[1] if transport else 0
    hosts = request.headers.getall("Host", [])
    allowed = {f"{name}:{port}" for name in _LOOPBACK} | ({*_LOOPBACK} if port == 80 else set())
    # A name that someone else's DNS points at this machine is theirs, and so would be what it is told.
    if len(hosts) != 1 or hosts[0].lower() not in allowed:
        return _json({"error": "Ask at 127.0.0.1 or localhost, with the port."}, 403)
    if request.method not in ("GET", "HEAD"):
        return _json({"error": "This page is only read: GET or HEAD."}, 405, {"Allow": "GET, HEAD"})
    if request.path.startswith("/api/") and request.headers.get("Sec-Fetch-Site", "none") not in (
        "same-origin",
        "none",
    ):
        return _json({"error": "Answers are for this page alone."}, 403)
    return None


def _file(text: str, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(_: web.Request) -> web.Response:
        from aiohttp import web

        return web.Response(text=text, content_type=kind, charset="utf-8")

    return handle


def _answer(
    explorer: Explorer, known: Mapping[str, Callable[[str, str], Any]], ask: Ask, pool: ThreadPoolExecutor
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            asked = p.read(request.query, known)
            loop = asyncio.get_running_loop()
            return _json(await loop.run_in_executor(pool, ask, explorer, asked))
        except p.BadRequest as error:
            return _json({"error": str(error)}, 400)
        except p.NotFound as error:
            return _json({"error": str(error)}, 404)
        except LaionetError as error:  # the folder is not, or is no longer, what can be looked through
            return _json({"error": str(error)}, 503)

    return handle


def _json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    from aiohttp import web

    body = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return web.Response(text=body, status=status, content_type="application/json", headers=headers)


def _counts(explorer: Explorer, asked: Mapping[str, Any]) -> dict[str, Any]:
    p.needed(asked, "threshold")
    return explorer.counts(asked["threshold"])


def _one_class(explorer: Explorer, asked: Mapping[str, Any]) -> dict[str, Any]:
    p.needed(asked, "wnid", "threshold")
    return explorer.one_class(asked["wnid"], asked["threshold"])


def _samples(explorer: Explorer, asked: Mapping[str, Any]) -> dict[str, Any]:
    p.needed(asked, "wnid", "threshold")
    return explorer.samples(p.Samples(**asked))


def _caption(explorer: Explorer, asked: Mapping[str, Any]) -> dict[str, Any]:
    p.needed(asked, "shard", "at")
    return explorer.caption(asked["shard"], asked["at"])


#: What can be asked, by path: its parameters and its answer.
_QUESTIONS: dict[str, tuple[Mapping[str, Callable[[str, str], Any]], Ask]] = {
    "/api/run": ({}, lambda explorer, _: explorer.run()),
    "/api/counts": ({"threshold": p.threshold}, _counts),
    "/api/class": ({"wnid": p.wnid, "threshold": p.threshold}, _one_class),
    "/api/samples": (p.OF_SAMPLES, _samples),
    "/api/caption": ({"shard": p.words, "at": p.whole_number(0, 10**12)}, _caption),
}
