"""One GET request, bounded in time, bytes and redirects (RFC 9110, RFC 9112).

The connection is ours and `http.client` parses what arrives on it: a socket's time-out starts anew
with every packet, so a server that sends a byte a second would hold it for days. Here every wait
ends at one deadline, and every byte off the wire, headers and chunk framing included, is counted.
"""

from __future__ import annotations

import io
import re
import socket
import ssl
import time
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, cast

from authcli import __version__
from authcli.errors import InvalidInput, NetworkUnavailable
from authcli.keys.remote.connection import connect, seconds_left
from authcli.keys.remote.failures import explained, refused
from authcli.keys.remote.urls import Address, address_reached_from

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["Download", "download", "exchange"]

MAX_BODY_BYTES = 1 << 20
#: Body, headers, chunk framing, and what a server sends before and after them.
MAX_WIRE_BYTES = 2 * MAX_BODY_BYTES
MAX_REDIRECTS = 3

_REDIRECTS = {301, 302, 303, 307, 308}
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?([0-9]{1,10})", re.ASCII | re.IGNORECASE)
_DO_NOT_KEEP = re.compile(r"(?:^|[,\s])no-(?:cache|store)\b", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Download:
    """What a URL answered."""

    body: bytes
    """At most `MAX_BODY_BYTES`."""
    lifetime_seconds: int | None
    """How long the server says that it stays good (Cache-Control, Age); None where it does not."""


def download(
    address: Address, *, timeout_seconds: float, ssl_context: ssl.SSLContext | None = None
) -> Download:
    """Return what a URL answers with status 200, after at most 3 redirects.

    Args:
        address: where to ask.
        timeout_seconds: for everything together: look-up, connections, redirects, body.
        ssl_context: whom to trust; None is the system's certificate authorities.

    Raises:
        NetworkUnavailable: no such answer within the limits; `code` says what stood in the way.
    """
    deadline = time.monotonic() + timeout_seconds
    here = address
    for _ in range(MAX_REDIRECTS + 1):
        try:
            status, headers, body = exchange(here, deadline, ssl_context)
        except (OSError, HTTPException, ValueError) as error:
            raise explained(here, error, timeout_seconds=timeout_seconds) from None
        if status == 200:
            return Download(body, _lifetime(headers))
        if status not in _REDIRECTS:
            raise refused(here, f"the server answers with status {status}", code="network.status")
        try:
            here = address_reached_from(here, headers.get("Location", ""), what="redirect")
        except InvalidInput as error:
            raise refused(here, error.message, code="network.redirect") from None
    raise refused(address, f"more than {MAX_REDIRECTS} redirects", code="network.redirect")


def exchange(
    address: Address, deadline: float, context: ssl.SSLContext | None, *, method: str = "GET"
) -> tuple[int, Message, bytes]:
    """Ask once; return status, headers and, where the status is 200, the body.

    Raises:
        OSError, HTTPException, ValueError: what stood in the way, for `failures.explained`.
    """
    request = (
        f"{method} {address.target} HTTP/1.1\r\nHost: {address.authority}\r\n"
        f"User-Agent: authcli/{__version__}\r\n"
        "Accept: application/jwk-set+json, application/json\r\n"
        "Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
    )
    with connect(address, deadline=deadline, ssl_context=context) as connection:
        connection.settimeout(seconds_left(deadline))
        connection.sendall(request.encode("ascii"))
        # HTTPResponse asks nothing of a socket but makefile().
        wire = _Wire(connection, address=address, deadline=deadline)
        with HTTPResponse(cast(socket.socket, wire), method=method) as response:
            response.begin()
            body = _body(response, address) if response.status == 200 else b""
            return response.status, response.headers, body


def _body(response: HTTPResponse, address: Address) -> bytes:
    if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise refused(address, "the answer is compressed, unasked", code="network.encoding")
    declared = response.length  # None where chunked or until the connection closes
    if declared is not None and declared > MAX_BODY_BYTES:
        raise _too_large(address)
    # With a number, so that a chunk that claims 2^40 bytes allocates no more than the limit.
    body = response.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise _too_large(address)
    if declared is not None and len(body) < declared:
        problem = f"the connection closed after {len(body)} of {declared} bytes"
        raise refused(address, problem, code="network.unavailable")
    return body


class _Wire(io.RawIOBase):
    """What arrives on a connection, cut off at the deadline and at `MAX_WIRE_BYTES`."""

    def __init__(self, connection: socket.socket, *, address: Address, deadline: float) -> None:
        super().__init__()
        self._connection = connection
        self._address = address
        self._deadline = deadline
        self._bytes_left = MAX_WIRE_BYTES

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the reader that HTTPResponse asks a socket for."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        self._connection.settimeout(seconds_left(self._deadline))
        count = self._connection.recv_into(buffer)
        self._bytes_left -= count
        if self._bytes_left < 0:
            raise _too_large(self._address)
        return count


def _lifetime(headers: Message) -> int | None:
    """Return the seconds that the server grants (RFC 9111, sections 4.2.1, 5.1 and 5.2.2)."""
    control = ", ".join(headers.get_all("Cache-Control", []))
    if _DO_NOT_KEEP.search(control):
        return 0
    found = _MAX_AGE.search(control)
    if found is None:
        return None
    age = headers.get("Age", "0").strip()
    spent = int(age) if age.isdecimal() and age.isascii() and len(age) <= 10 else 0
    return max(int(found[1]) - spent, 0)


def _too_large(address: Address) -> NetworkUnavailable:
    problem = f"the answer is over the limit of {MAX_BODY_BYTES} bytes"
    return refused(address, problem, code="network.too-large")
