"""What can go wrong with a request, each with its own reason, and where another try can help."""

from __future__ import annotations

import errno
import socket
import ssl
import zlib

import aiohttp

from laionet.errors import LaionetError
from laionet.fetching.addresses import PrivateAddress
from laionet.schema import Drop

#: What a request may raise because of the other side; anything else is a fault of ours.
OF_THE_WEB = (aiohttp.ClientError, TimeoutError, OSError, ValueError, zlib.error)

_OF_THIS_MACHINE = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL}


class FetchError(LaionetError):
    """This machine, not the other side, cannot go on fetching."""


class Failure(Exception):
    """A request that brought no image.

    Attributes:
        reason: why.
        http_status: of the answer; ``None`` without one.
        again: whether another try can help.
        wait_s: seconds that the server asks to wait before it; ``None`` where it says nothing.
    """

    def __init__(
        self, reason: Drop, http_status: int | None = None, *, again: bool = False, wait_s: float | None = None
    ) -> None:
        super().__init__(reason, http_status)
        self.reason, self.http_status, self.again, self.wait_s = reason, http_status, again, wait_s


def failure_of(error: Exception) -> Failure:
    """The failure that an exception of aiohttp or of the system stands for.

    Raises:
        FetchError: where this machine lacks something, such as free file descriptors.
    """
    if isinstance(error, TimeoutError):
        return Failure(Drop.TIMEOUT, again=True)
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, PrivateAddress):
        return Failure(Drop.PRIVATE_ADDRESS)
    if isinstance(cause, OSError) and cause.errno in _OF_THIS_MACHINE and not isinstance(cause, ssl.SSLError):
        raise FetchError(
            f"This machine cannot open more connections ({cause.strerror}). Lower run.connections or raise the "
            "limit of open files (ulimit -n), and run the same command again."
        ) from error
    if isinstance(cause, socket.gaierror):
        return Failure(Drop.DNS, again=cause.errno == socket.EAI_AGAIN)
    if isinstance(error, aiohttp.InvalidURL):
        return Failure(Drop.BAD_URL)
    if isinstance(error, (aiohttp.ClientSSLError, ssl.SSLError)):
        return Failure(Drop.TLS)
    if isinstance(error, aiohttp.ClientConnectorError):
        return Failure(Drop.REFUSED, again=True)
    malformed = isinstance(error, (aiohttp.ClientResponseError, ValueError))
    return Failure(Drop.BROKEN_OFF, again=not malformed)
