"""An HTTP server in threads of its own that ends when it is told to, at once and without a rest.

Not `http.server.HTTPServer`: it looks up the name of its address, which takes seconds where the
DNS is slow; and `serve_forever` notices the end only at its next poll.
"""

from __future__ import annotations

import socket
import socketserver
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from threading import Thread
from typing import NamedTuple, cast

__all__ = ["Answer", "Listener"]

IDLE_SECONDS = 5
"""How long a connection may stay silent."""


class Answer(NamedTuple):
    """One response."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Listener:
    """Listens on the loopback interface, on a port of the system's choice, until `close`.

    Args:
        answer: from the path of a GET request, without its query, to the response; called in
            the threads of the connections.
    """

    def __init__(self, answer: Callable[[str], Answer]) -> None:
        self._server = _Server(answer)
        self._closing = False
        # A daemon: a server that nobody closed does not keep the process from ending.
        self._thread = Thread(target=self._accept, name="jwks-server", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._server.server_address[1]

    def close(self) -> None:
        """End every thread and close every socket; once is enough."""
        if self._closing:
            return
        self._closing = True
        with suppress(OSError):  # wakes the accepting thread
            socket.create_connection(("127.0.0.1", self.port), timeout=IDLE_SECONDS).close()
        self._thread.join()
        self._server.server_close()

    def _accept(self) -> None:
        while not self._closing:
            self._server.handle_request()


class _Server(socketserver.ThreadingTCPServer):
    request_queue_size = 128
    timeout = IDLE_SECONDS  # should nothing wake it, it notices the end by then

    def __init__(self, answer: Callable[[str], Answer]) -> None:
        self.answer = answer
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: object, client_address: object) -> None:
        connection = cast("socket.socket", request)
        self._open.add(connection)
        super().process_request(connection, client_address)

    def shutdown_request(self, request: object) -> None:
        connection = cast("socket.socket", request)
        self._open.discard(connection)
        super().shutdown_request(connection)

    def server_close(self) -> None:
        for connection in list(self._open):  # a client that says nothing must not hold us up
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()  # waits for the threads

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), OSError):  # which is a client that went away
            super().handle_error(cast("socket.socket", request), client_address)


class _Handler(BaseHTTPRequestHandler):
    timeout = IDLE_SECONDS
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "authcli", ""

    def do_GET(self) -> None:
        status, headers, body = cast("_Server", self.server).answer(self.path.partition("?")[0])
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        # Each request its own connection: an idle one would outlive the test that made it.
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: the output belongs to the tests."""
