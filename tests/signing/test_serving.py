"""The development server: HTTP as RFC 9110 has it, and an end that nobody waits for."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from authcli.errors import InvalidInput, Unavailable
from authcli.signing.serving import DocumentServer, Page, require_loopback

PAGE = Page("application/jwk-set+json", b'{"keys":[]}', "public, max-age=60")


class Site:
    """A running server, and what it was told to say."""

    def __init__(self) -> None:
        self.said: list[tuple[str, int]] = []
        self.watched = 0
        self.pages = {"/jwks.json": PAGE}
        self.server = DocumentServer(
            "127.0.0.1",
            0,
            page=self.page,
            said=lambda *what: self.said.append(what),
            watch=self.watch,
        )
        threading.Thread(target=self.server.serve, daemon=True).start()

    def watch(self) -> None:
        self.watched += 1

    def page(self, path: str) -> Page | None:
        if path == "/broken":
            raise Unavailable("the store cannot be read")
        if path == "/bug":
            raise RuntimeError("secret")
        return self.pages.get(path)

    def ask(
        self, path: str, *, method: str = "GET", **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        place = urlsplit(self.server.url)
        connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=5)
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers=names)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def raw(self, data: bytes) -> bytes:
        place = urlsplit(self.server.url)
        with socket.create_connection((str(place.hostname), place.port), timeout=5) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.fixture
def site() -> Iterator[Site]:
    running = Site()
    yield running
    running.server._server.shutdown()
    running.server.close()


def test_a_document_comes_with_its_headers(site: Site) -> None:
    status, headers, body = site.ask("/jwks.json?a=b")
    assert (status, body) == (200, PAGE.body)
    assert headers["Content-Type"] == "application/jwk-set+json"
    assert headers["Cache-Control"] == "public, max-age=60"
    assert headers["ETag"] == PAGE.etag
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Server"] == "authcli"


@pytest.mark.parametrize(
    ("given", "status"),
    [("{}", 304), ("W/{}", 304), ('"x", {}', 304), ("*", 304), ('"x"', 200), ("", 200)],
)
def test_who_has_it_already_is_told_so(site: Site, given: str, status: int) -> None:
    """RFC 9110, section 13.1.2; the answer carries what a cache is renewed with."""
    found, headers, body = site.ask("/jwks.json", If_None_Match=given.format(PAGE.etag))
    assert (found, bool(body)) == (status, status == 200)
    assert headers["ETag"] == PAGE.etag
    assert headers["Cache-Control"] == "public, max-age=60"


def test_another_document_has_another_tag(site: Site) -> None:
    before = site.ask("/jwks.json")[1]["ETag"]
    site.pages["/jwks.json"] = PAGE._replace(body=b'{"keys":[1]}')
    status, headers, _ = site.ask("/jwks.json", If_None_Match=before)
    assert (status, headers["ETag"] != before) == (200, True)


def test_head_says_the_length_and_sends_nothing(site: Site) -> None:
    status, headers, body = site.ask("/jwks.json", method="HEAD")
    assert (status, headers["Content-Length"], body) == (200, str(len(PAGE.body)), b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_can_be_changed(site: Site, method: str) -> None:
    status, headers, _ = site.ask("/jwks.json", method=method)
    assert (status, headers["Allow"]) == (405, "GET, HEAD")


def test_what_is_not_there_and_what_cannot_be_read(site: Site) -> None:
    assert site.ask("/etc/passwd")[0] == 404
    status, headers, body = site.ask("/broken")
    assert (status, headers["Retry-After"], headers["Cache-Control"]) == (503, "1", "no-store")
    assert body == b"the store cannot be read\n"


def test_a_bug_and_nonsense_end_one_connection_alone(
    site: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without a traceback, which holds values; and the next request is answered."""
    assert site.raw(b"GET /bug HTTP/1.1\r\n\r\n") == b""
    for nonsense in (b"\0\r\n\r\n", b"GET\r\n\r\n", b"G" * 70_000, b"GET / HTTP/9.9\r\n\r\n", b""):
        assert b"Traceback" not in site.raw(nonsense)
    assert site.ask("/jwks.json")[0] == 200
    assert ("a request failed (RuntimeError)", 500) in site.said
    assert capfd.readouterr() == ("", "")


def test_each_answer_is_told_of_bounded(site: Site) -> None:
    site.ask("/jwks.json")
    site.ask("/" + "a" * 5000)
    assert site.said[0] == ("GET /jwks.json", 200)
    assert max(len(request) for request, _ in site.said) == 200


def test_clients_that_say_nothing_hold_nobody_up(site: Site) -> None:
    """Neither the others, nor the end."""
    place = urlsplit(site.server.url)
    silent = [socket.create_connection((str(place.hostname), place.port)) for _ in range(20)]
    silent[0].sendall(b"GET /jwks.json HTTP/1.1\r\n")
    assert site.ask("/jwks.json")[0] == 200
    begun = time.monotonic()
    site.server._server.shutdown()
    site.server.close()
    assert time.monotonic() - begun < 4
    for connection in silent:
        connection.close()


def test_it_watches_while_it_serves(site: Site) -> None:
    end = time.monotonic() + 6
    while not site.watched and time.monotonic() < end:
        time.sleep(0.1)
    assert site.watched


def test_a_port_that_is_taken_is_said(site: Site) -> None:
    port = urlsplit(site.server.url).port or 0
    with pytest.raises(Unavailable, match="address already in use") as refused:
        DocumentServer("127.0.0.1", port, page=lambda path: None, said=lambda *what: None)
    assert refused.value.code == "jwks.address"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_is_loopback(host: str) -> None:
    require_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "", "no host", "a" * 300, "x\0y"]
)
def test_others_are_not(host: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_loopback(host)
    assert refused.value.code == "jwks.host"
