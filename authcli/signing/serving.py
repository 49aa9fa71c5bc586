"""An HTTP server for development: documents as they are at each request, to this machine.

Plain HTTP, one short connection a request, GET and HEAD alone (RFC 9110). What is to be answered
is asked of the caller each time, in the thread of the connection, so that a rotation shows at once.

Not `http.server.HTTPServer`: it looks up the name of its address, which takes seconds where the
DNS is slow.
"""

from __future__ import annotations

import hashlib
import socket
import socketserver
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from typing import NamedTuple, Self, cast

from authcli.errors import AuthError, InvalidInput, Unavailable

__all__ = ["DocumentServer", "Page", "require_loopback"]

#: How long a connection may stay silent.
IDLE_SECONDS = 5
#: How often `watch` is called, and how long answers under way may take after the end.
WATCH_SECONDS, GRACE_SECONDS = 2.0, 2.0


class Page(NamedTuple):
    """What a path answers."""

    content_type: str
    body: bytes
    cache_control: str

    @property
    def etag(self) -> str:
        """The strong validator of the body (RFC 9110, section 8.8.3)."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'


class DocumentServer:
    """Listens from its making on; `serve` answers until something ends it, `close` ends all.

    Args:
        host: a name or an address of this machine.
        port: a port; 0 is one of the system's choice.
        page: from the path of a request, without its query, to what it answers; None is 404, and
            an AuthError 503. Called in the threads of the connections.
        said: is told of each answer: "GET /jwks.json", 200.
        watch: called every two seconds by `serve`.

    Raises:
        Unavailable: it cannot listen there ("jwks.address").
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        page: Callable[[str], Page | None],
        said: Callable[[str, int], None],
        watch: Callable[[], None] = lambda: None,
    ) -> None:
        try:
            self._server = _Server(_endpoint(host, port), page, said, watch)
        except (OSError, OverflowError) as error:
            reason = (getattr(error, "strerror", None) or "no such port").lower()
            raise Unavailable(
                f"cannot listen on {ascii(host)[1:-1]}:{port}: {reason}",
                hint="another port: --port 0 takes one that is free",
                code="jwks.address",
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where it listens: "http://127.0.0.1:49152", without a slash at the end."""
        host, port = self._server.server_address[:2]
        name = str(host)
        if ip_address(name).is_unspecified:  # every address of this machine; this one is handy
            name = "127.0.0.1"
        return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"

    def serve(self) -> None:
        """Answer requests; returns when a signal's exception ends it, never by itself."""
        self._server.serve_forever(poll_interval=0.2)

    def close(self) -> None:
        """Take no more connections, and let the answers that are under way end."""
        self._server.server_close()


def require_loopback(host: str) -> None:
    """Refuse a host that others than this machine may reach.

    Raises:
        InvalidInput: it is one, or no host at all ("jwks.host").
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise InvalidInput(
            f"there is no host {ascii(host)[:80]}", hint="--host 127.0.0.1", code="jwks.host"
        ) from None
    if all(ip_address(str(where[0]).partition("%")[0]).is_loopback for *_, where in found):
        return
    raise InvalidInput(
        f"others on the network can reach {ascii(host)[1:-1][:80]}, and this is plain HTTP",
        hint="leave --host out; or, where every host between is yours, add --insecure-host",
        code="jwks.host",
    )


class _Endpoint(NamedTuple):
    family: int
    address: tuple[str, int]


def _endpoint(host: str, port: int) -> _Endpoint:
    family, *_, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return _Endpoint(family, (str(where[0]), port))


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True  # a port that a moment ago was ours is free
    request_queue_size = 128
    daemon_threads = True  # one that hangs does not keep the process from ending

    def __init__(
        self,
        endpoint: _Endpoint,
        page: Callable[[str], Page | None],
        said: Callable[[str, int], None],
        watch: Callable[[], None],
    ) -> None:
        self.address_family = endpoint.family
        self.page, self.said, self._watch = page, said, watch
        self._watched_at = time.monotonic()
        self._busy: set[socket.socket] = set()
        super().__init__(endpoint.address, _Handler)

    def service_actions(self) -> None:
        if time.monotonic() - self._watched_at >= WATCH_SECONDS:
            self._watch()
            self._watched_at = time.monotonic()

    def process_request(self, request: object, client_address: object) -> None:
        connection = cast("socket.socket", request)
        self._busy.add(connection)
        super().process_request(connection, client_address)

    def shutdown_request(self, request: object) -> None:
        connection = cast("socket.socket", request)
        super().shutdown_request(connection)
        self._busy.discard(connection)

    def server_close(self) -> None:
        super().server_close()
        end = time.monotonic() + GRACE_SECONDS
        while self._busy and time.monotonic() < end:
            time.sleep(0.01)
        for connection in list(self._busy):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        error = sys.exception()
        if not isinstance(error, OSError):  # which is a client that went away
            self.said(f"a request failed ({type(error).__name__})", 500)


class _Handler(BaseHTTPRequestHandler):
    timeout = IDLE_SECONDS
    protocol_version = "HTTP/1.1"

    def version_string(self) -> str:
        """Return what the Server header says."""
        return "authcli"

    def do_GET(self) -> None:
        try:
            page = self._server.page(self.path.partition("?")[0])
        except AuthError as error:
            return self._send(503, error.message, {"Retry-After": "1"})
        if page is None:
            return self._send(404, "nothing is here; the keys are at /jwks.json")
        headers = {
            "Cache-Control": page.cache_control,
            "ETag": page.etag,
            # Keys are public: pages of every origin may read them.
            "Access-Control-Allow-Origin": "*",
        }
        if self._known(page.etag):
            return self._answer(304, headers)
        return self._answer(200, headers | {"Content-Type": page.content_type}, page.body)

    do_HEAD = do_GET  # noqa: N815 - named by http.server

    def _refuse(self) -> None:
        self._send(405, "only GET and HEAD", {"Allow": "GET, HEAD"})

    do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _refuse  # noqa: N815

    def _known(self, etag: str) -> bool:
        """Say whether the client has it already (RFC 9110, section 13.1.2)."""
        given = ",".join(self.headers.get_all("If-None-Match", []))[:4096]
        tags = {tag.strip().removeprefix("W/") for tag in given.split(",")}
        return bool(tags & {"*", etag})

    def _send(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        plain = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
        body = f"{text}\n".encode(errors="replace")
        self._answer(status, plain | (headers or {}), body)

    def _answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:  # whose length would be the whole document's
            self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        # Each request its own connection: an idle one would hold up the end.
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    @property
    def _server(self) -> _Server:
        return cast("_Server", self.server)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002
        request = f"{self.command or '?'} {getattr(self, 'path', '')}"[:200]
        self._server.said(request, int(code) if str(code).isdigit() else 0)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: `said` is told of every answer."""
