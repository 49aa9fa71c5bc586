"""Public keys by URL, fetched from real servers on this machine: no request leaves it.

Most servers here are a socket and the bytes that it sends, because what matters is what a
well-behaved HTTP library would never send.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from authcli import __version__
from authcli.errors import InvalidInput, NetworkUnavailable
from authcli.keys.remote import Fetched, cache, discover, fetch_jwks, keys_for
from authcli.keys.remote.download import download
from authcli.keys.remote.urls import address_of, address_reached_from

#: RFC 8037, appendix A.1: published, so it may stand here.
PUBLIC_X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
PRIVATE_D = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"

DAY = 86_400
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
MIB = 1 << 20
HASTE = 0.4
"""A time limit, in seconds, that a test can wait for."""


def jwk(kid: str, **members: str) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": PUBLIC_X, "kid": kid} | members


def jwks(*kids: str) -> bytes:
    return json.dumps({"keys": [jwk(kid) for kid in kids]}).encode()


def ok(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def status(code: int, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {code} Word", *headers, "Content-Length: 0", "", ""]).encode()


@dataclass
class Server:
    """A socket that answers every connection with `answer`, and remembers what it was asked."""

    answer: bytes | Callable[[socket.socket, str], None]
    port: int
    scheme: str
    asked: list[bytes]
    closing: threading.Event

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/jwks.json"

    @property
    def issuer(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [request.split(b" ")[1].decode() for request in self.asked]

    def reply(self, connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            received = connection.recv(4096)
            if not received:
                return
            request += received
        self.asked.append(request)
        if isinstance(self.answer, bytes):
            connection.sendall(self.answer)
        else:
            self.answer(connection, self.paths[-1])

    def drip(self, connection: socket.socket, data: bytes) -> None:
        """Send a byte every 20 ms, as long as anybody listens."""
        for position in range(len(data)):
            if self.closing.wait(0.02):
                return
            connection.sendall(data[position : position + 1])


@contextmanager
def serving(
    answer: bytes | Callable[[socket.socket, str], None] = b"",
    *,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Server]:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = Server(answer, port, "https" if tls else "http", [], threading.Event())

    def handle(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if tls is None:
                server.reply(connection)
            else:
                with tls.wrap_socket(connection, server_side=True) as secured:
                    server.reply(secured)

    def accept() -> None:
        with listener:
            while True:
                connection, _ = listener.accept()
                if server.closing.is_set():
                    connection.close()
                    return
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        socket.create_connection(("127.0.0.1", port)).close()
        thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(ok(jwks("a"))) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def refusal(url: str, **options: float) -> NetworkUnavailable:
    """Fetch in vain; the error is one printable line, and comes within the time limit."""
    limit = options.setdefault("timeout_seconds", 5)
    begun = time.monotonic()
    with pytest.raises(NetworkUnavailable) as caught:
        fetch_jwks(url, **options)  # type: ignore[arg-type]
    assert time.monotonic() - begun < limit + 1
    assert caught.value.message.isprintable()
    assert caught.value.message.isascii()
    return caught.value


def kids(fetched: Fetched) -> list[str | None]:
    return [key.kid for key in fetched.keys]


def make_older(folder: Path, seconds: int, *, asked: bool = True) -> None:
    """Set every cache file's times back, as if that many seconds had passed."""
    for file in folder.iterdir():
        members = json.loads(file.read_text())
        for name in ("fetched_at", "asked_at", "expires_at") if asked else ("asked_at",):
            members[name] -= seconds
        file.write_text(json.dumps(members))


# --- Which URLs ---


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "plain ASCII"),
        ("jwks.json", "not an https URL"),
        ("//host/jwks", "not an https URL"),
        ("file:///etc/passwd", "not an https URL"),
        ("ftp://host/jwks", "not an https URL"),
        ("https:///jwks", "no host"),
        ("https://:443/jwks", "no host"),
        ("https://a..b/", "no host"),
        (f"https://{'a' * 64}.example/", "no host"),
        ("https://host\\@evil.example/", "plain ASCII"),
        ("https://host/a b", "plain ASCII"),
        ("https://host/\r\nX-Header: 1", "plain ASCII"),
        ("https://b\u00fccher.example/", "plain ASCII"),
        ("https://host/{tenant}/jwks", "plain ASCII"),
        ("https://host:99999/", "host or port"),
        ("https://host:port/", "host or port"),
        ("https://host:0/", "port 0"),
        ("https://[::1/", "host or port"),
        ("https://host/#keys", "fragment"),
        ("https://host/#", "fragment"),
        ("https://user:hunter2@host/", "credentials"),
        ("https://@host/", "credentials"),
        ("https://0.0.0.0/", "no single host"),
        ("https://[::]/", "no single host"),
        ("https://[::ffff:0.0.0.0]/", "no single host"),
        ("https://[::ffff:224.0.0.1]/", "no single host"),
        ("https://224.0.0.1/", "no single host"),
        ("https://[fe80::1%25eth0]/", "no single host"),
        ("https://127.1/", "neither a name nor an IP"),
        ("https://2130706433/", "neither a name nor an IP"),
        ("https://0x7f000001/", "neither a name nor an IP"),
        ("https://0177.0.0.1/", "neither a name nor an IP"),
        ("http://issuer.example/jwks", "http is for this machine"),
        ("http://10.0.0.1/jwks", "http is for this machine"),
        ("http://localhost.evil.example/", "http is for this machine"),
        ("http://127.0.0.1.evil.example/", "http is for this machine"),
        ("https://host/" + "a" * 2048, "over the limit"),
    ],
)
def test_a_url_that_keys_may_not_come_from_is_refused_before_any_request(
    url: str, problem: str
) -> None:
    for ask in (fetch_jwks, discover):
        with pytest.raises(InvalidInput, match=problem) as caught:
            ask(url)
        assert caught.value.code == "url.invalid"
        assert "hunter2" not in caught.value.message


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://issuer.example", "issuer.example", 443),
        ("HTTPS://Issuer.Example:8443/a?b=c", "issuer.example", 8443),
        ("https://10.0.0.1/jwks", "10.0.0.1", 443),
        ("http://localhost/jwks", "localhost", 80),
        ("http://127.9.9.9:8080/", "127.9.9.9", 8080),
        ("http://[::1]:8080/", "::1", 8080),
        ("http://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1", 80),
    ],
)
def test_https_goes_anywhere_and_http_to_this_machine(url: str, host: str, port: int) -> None:
    address = address_of(url)
    assert (address.host, address.port) == (host, port)


@pytest.mark.parametrize(
    ("origin", "reference", "problem"),
    [
        ("https://a.example/", "http://a.example/", "http is for this machine"),
        ("https://localhost/", "http://localhost/", "from https to http"),
        ("https://a.example/", "https://localhost/", "another host to this machine"),
        ("https://a.example/", "https://127.0.0.1/", "another host to this machine"),
        ("https://a.example/", "https://[::ffff:7f00:1]/", "another host to this machine"),
        ("https://a.example/", "//user@b.example/", "credentials"),
        ("https://a.example/", "", "plain ASCII"),
        ("https://a.example/", "https://[", "not a URL"),
        ("https://a.example/", "javascript:alert(1)", "not an https URL"),
    ],
)
def test_a_server_cannot_lead_to_where_a_user_could_not(
    origin: str, reference: str, problem: str
) -> None:
    """RFC 8725, section 3.10: a URL that others chose must not reach this machine's services."""
    with pytest.raises(InvalidInput, match=problem):
        address_reached_from(address_of(origin), reference, what="redirect")


@pytest.mark.parametrize(
    ("origin", "reference", "reached"),
    [
        ("https://a.example/x/y", "z", "https://a.example/x/z"),
        ("https://a.example/", "https://b.example/", "https://b.example/"),
        ("https://a.example/", "https://10.0.0.1/", "https://10.0.0.1/"),
        ("http://localhost/", "http://127.0.0.1:81/", "http://127.0.0.1:81/"),
        ("http://localhost/", "https://a.example/", "https://a.example/"),
    ],
)
def test_a_server_leads_to_other_hosts_as_a_user_could(
    origin: str, reference: str, reached: str
) -> None:
    assert address_reached_from(address_of(origin), reference, what="redirect").url == reached


def test_a_url_has_2048_characters_at_most() -> None:
    longest = "https://a.example/".ljust(2048, "x")
    assert address_of(longest).url == longest
    with pytest.raises(InvalidInput, match="over the limit of 2048"):
        address_of(longest + "x")


def test_a_query_is_sent_and_never_shown(server: Server) -> None:
    server.answer = status(403)
    error = refusal(server.url + "?api-key=hunter2")
    assert server.paths == ["/jwks.json?api-key=hunter2"]
    assert "hunter2" not in error.message


# --- One request ---


def test_the_keys_of_a_url_are_returned(server: Server) -> None:
    fetched = fetch_jwks(server.url)
    assert kids(fetched) == ["a"]
    assert (fetched.url, fetched.from_cache, fetched.stale) == (server.url, False, False)
    assert fetched.warnings == ()
    assert abs(fetched.fetched_at - time.time()) < 5
    assert fetched.age_seconds <= 1


def test_a_request_says_who_asks_and_nothing_of_the_user(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No cookie, no credentials of a .netrc, and no proxy of the environment."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    fetch_jwks(server.url)
    assert server.asked == [
        b"GET /jwks.json HTTP/1.1\r\n"
        b"Host: 127.0.0.1:%d\r\n"
        b"User-Agent: authcli/%s\r\n"
        b"Accept: application/jwk-set+json, application/json\r\n"
        b"Accept-Encoding: identity\r\n"
        b"Connection: close\r\n\r\n" % (server.port, __version__.encode())
    ]


def test_localhost_is_found_by_name(server: Server) -> None:
    """Also where it is ::1 first and the server listens on 127.0.0.1 alone."""
    assert kids(fetch_jwks(f"http://localhost:{server.port}/")) == ["a"]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n" + jwks("a"), id="until the connection closes"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + b"".join(b"1;x=y\r\n%c\r\n" % byte for byte in jwks("a"))
            + b"0\r\nTrailer: 1\r\n\r\n",
            id="chunks of one byte",
        ),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + ok(jwks("a")), id="after 100 Continue"),
        pytest.param(ok(jwks("a"), "Content-Encoding: Identity"), id="identity"),
        pytest.param(ok(jwks("a"), "Content-Type: text/html; charset=utf-7"), id="type lies"),
        pytest.param(ok(jwks("a"), "Content-Length: 2x"), id="second length is nonsense"),
        pytest.param(ok(jwks("a"), "X-Name: \xff\x80"), id="header beyond ASCII"),
    ],
)
def test_every_way_to_frame_a_body_is_read(server: Server, answer: bytes) -> None:
    server.answer = answer
    assert kids(fetch_jwks(server.url)) == ["a"]


@pytest.mark.parametrize("framing", ["length", "chunks", "end"])
def test_an_answer_of_a_mebibyte_is_read_and_a_byte_more_is_not(
    server: Server, framing: str
) -> None:
    for size in (MIB, MIB + 1):
        body = jwks("a").ljust(size)
        server.answer = {
            "length": ok(body),
            "chunks": CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (size, body),
            "end": b"HTTP/1.1 200 OK\r\n\r\n" + body,
        }[framing]
        if size == MIB:
            assert kids(fetch_jwks(server.url)) == ["a"]
        else:
            assert refusal(server.url).code == "network.too-large"


def test_a_slow_server_is_waited_for_within_the_limit(server: Server) -> None:
    server.answer = lambda connection, _: server.drip(connection, ok(b'{"keys":[]}'))
    assert kids(fetch_jwks(server.url, timeout_seconds=20)) == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(b"", "network.unavailable", id="closes at once"),
        pytest.param(b"\r\n", "network.unavailable", id="an empty line"),
        pytest.param(b"\x16\x03\x01\x00\x00", "network.unavailable", id="binary"),
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", "network.unavailable", id="SSH"),
        pytest.param(b'{"keys":[]}', "network.unavailable", id="HTTP/0.9"),
        pytest.param(b"HTTP/1.1 \x1b[2J\xff\r\n\r\n", "network.unavailable", id="terminal codes"),
        pytest.param(b"HTTP/1.1 9999 X\r\n\r\n", "network.unavailable", id="status 9999"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", "network.not-jwks", id="closes in the headers"),
        pytest.param(b"HTTP/1.1 200 " + b"O" * MIB, "network.unavailable", id="endless status"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\n" + b"X-Header: 1\r\n" * 10**6,
            "network.unavailable",
            id="a million headers",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nX: " + b"x" * MIB, "network.unavailable", id="endless header"
        ),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\n" * 200_000, "network.too-large", id="100 Continue"
        ),
        pytest.param(CHUNKED + b"zz\r\n{}", "network.unavailable", id="chunk of no size"),
        pytest.param(CHUNKED + b"-5\r\n{}", "network.unavailable", id="negative chunk"),
        pytest.param(CHUNKED + b"FFFFFFFFFFF\r\n{}", "network.unavailable", id="chunk of 2^44"),
        pytest.param(CHUNKED + b"2\r\n{}", "network.unavailable", id="closes between chunks"),
        pytest.param(
            CHUNKED + b"1;" + b"x" * MIB, "network.unavailable", id="endless chunk extension"
        ),
        pytest.param(
            CHUNKED + b"2\r\n{}\r\n0\r\n" + b"T: 1\r\n" * 10**6,
            "network.too-large",
            id="endless trailers",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + jwks("a")[:50],
            "network.unavailable",
            id="shorter than declared",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n" + jwks("a"),
            "network.not-jwks",
            id="longer than declared",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n",
            "network.too-large",
            id="declared too large",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
            "network.not-jwks",
            id="length of 5000 digits",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (MIB + 1), "network.too-large", id="too large"
        ),
        pytest.param(
            CHUNKED + b"10000\r\n%b\r\n" % (b" " * 0x10000) * 17,
            "network.too-large",
            id="too large in chunks",
        ),
        pytest.param(
            CHUNKED + b"1;%b\r\n \r\n" % (b"x" * 8000) * 1000,
            "network.too-large",
            id="small, in large chunk extensions",
        ),
        pytest.param(
            ok(b"\x1f\x8b\x08\x00", "Content-Encoding: gzip"), "network.encoding", id="gzip"
        ),
        pytest.param(ok(jwks("a"), "Content-Encoding: br"), "network.encoding", id="brotli"),
        pytest.param(status(302), "network.redirect", id="redirect to nowhere"),
        pytest.param(status(302, "Location: \xff"), "network.redirect", id="redirect to bytes"),
        pytest.param(
            status(302, "Location: http://issuer.invalid/"), "network.redirect", id="to plain http"
        ),
    ]
    + [
        pytest.param(status(code), "network.status", id=str(code))
        for code in (101, 103, 204, 206, 300, 304, 401, 404, 500, 503)
    ],
)
def test_a_broken_answer_is_one_error(server: Server, answer: bytes, code: str) -> None:
    server.answer = answer
    assert refusal(server.url).code == code


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"hunter2", id="text that could be an HMAC secret"),
        pytest.param(b"<!doctype html><title>Sign in</title>", id="HTML"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"{}", id="no keys"),
        pytest.param(b'{"keys": {}}', id="keys are no list"),
        pytest.param(b'{"keys": [], "keys": []}', id="keys twice"),
        pytest.param(json.dumps(jwk("a")).encode(), id="a single JWK"),
        pytest.param(b"\xef\xbb\xbf" + jwks("a"), id="byte order mark"),
        pytest.param(jwks("a").decode().encode("utf-16"), id="UTF-16"),
        pytest.param(b'{"keys": [], "x": "\xe9"}', id="Latin-1"),
        pytest.param(b'{"keys":' + b"[" * 5000 + b"]" * 5000 + b"}", id="5000 deep"),
        pytest.param(b'{"keys":[' + b"{}," * 5000 + b"{}]}", id="5001 keys"),
    ],
)
def test_a_document_that_is_no_key_set_is_refused(server: Server, body: bytes) -> None:
    """A JWK Set and nothing else: text of no known kind is never taken for a secret."""
    server.answer = ok(body)
    assert refusal(server.url).code == "network.not-jwks"


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=200).map(lambda tail: b"HTTP/1.1 200 OK\r\n" + tail),
        st.binary(max_size=200).map(lambda tail: CHUNKED + tail),
        st.binary(max_size=200).map(ok),
        st.binary(max_size=40).map(lambda tail: b"HTTP/1.1 302 X\r\nLocation: " + tail),
    )
)
def test_no_bytes_whatever_break_the_client(answer: bytes) -> None:
    with serving(answer) as server, suppress(NetworkUnavailable):
        fetch_jwks(server.url, timeout_seconds=2)


# --- Time ---


@pytest.mark.parametrize(
    "lead", [b"", b"HTTP/1.1 200 OK\r\n", ok(jwks("a"))[:-40], CHUNKED, CHUNKED + b"9;"]
)
def test_a_server_that_drips_is_cut_off_at_the_time_limit(server: Server, lead: bytes) -> None:
    """Each byte arrives in time, all of them never do."""

    def drip(connection: socket.socket, _: str) -> None:
        connection.sendall(lead)
        server.drip(connection, b"x" * 1000)

    server.answer = drip
    assert refusal(server.url, timeout_seconds=HASTE).code == "network.timeout"


def test_a_server_that_says_nothing_is_left(server: Server) -> None:
    server.answer = lambda connection, _: bool(server.closing.wait(5)) and None
    error = refusal(server.url, timeout_seconds=HASTE)
    assert (error.code, "0.4 seconds" in error.message) == ("network.timeout", True)


def test_a_host_that_takes_no_connection_is_left() -> None:
    """A full backlog: the system does not even refuse."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket() for _ in range(3)]
        for connection in waiting:
            connection.setblocking(False)
            with suppress(BlockingIOError):
                connection.connect(listener.getsockname())
        error = refusal(f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout_seconds=HASTE)
        for connection in waiting:
            connection.close()
    assert error.code == "network.timeout"


def test_redirects_share_one_time_limit(server: Server) -> None:
    def slowly(connection: socket.socket, _: str) -> None:
        server.closing.wait(0.3)
        connection.sendall(status(302, "Location: /"))

    server.answer = slowly
    assert refusal(server.url, timeout_seconds=HASTE).code == "network.timeout"


def test_a_tls_handshake_that_never_comes_is_left() -> None:
    """The system accepts the connection, and nobody answers on it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        assert refusal(url, timeout_seconds=HASTE).code == "network.timeout"


@pytest.mark.parametrize("seconds", [0, -1, 301, float("inf"), float("nan")])
def test_a_time_limit_is_a_limit(seconds: float) -> None:
    with pytest.raises(InvalidInput, match="not within 0 to 300"):
        fetch_jwks("https://issuer.invalid/", timeout_seconds=seconds)


# --- Hosts that are not there ---


def test_a_refused_connection_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = refusal(f"http://127.0.0.1:{port}/")
    assert error.code == "network.unavailable"
    assert error.message.endswith("connection refused")


def test_a_host_that_does_not_exist_is_named() -> None:
    """RFC 2606 reserves .invalid; a resolver that does not answer at all is a time-out."""
    error = refusal("https://issuer.invalid/", timeout_seconds=3)
    assert error.code in ("network.dns", "network.timeout")
    assert "issuer.invalid" in error.message


def test_a_name_of_this_machine_that_leads_elsewhere_is_not_asked() -> None:
    """A hosts file can give localhost any address; 192.0.2.1 is reserved (RFC 5737)."""
    address = replace(address_of("http://localhost/"), host="192.0.2.1")
    with pytest.raises(NetworkUnavailable, match="http is for this machine alone"):
        download(address, timeout_seconds=HASTE)


# --- Redirects ---


def redirecting(server: Server, hops: int) -> Callable[[socket.socket, str], None]:
    """Answer with `hops` redirects, absolute and relative in turn, and then with the keys."""

    def answer(connection: socket.socket, path: str) -> None:
        done = len(server.asked)
        if done > hops:
            connection.sendall(ok(jwks("a")))
            return
        target = f"{server.issuer}/deep/hop{done}" if done % 2 else f"hop{done}"
        connection.sendall(status((301, 302, 307, 308)[done % 4], f"Location: {target}"))

    return answer


def test_three_redirects_are_followed(server: Server) -> None:
    server.answer = redirecting(server, 3)
    assert kids(fetch_jwks(server.url)) == ["a"]
    assert server.paths == ["/jwks.json", "/deep/hop1", "/deep/hop2", "/deep/hop3"]


def test_a_fourth_is_not(server: Server) -> None:
    server.answer = redirecting(server, 4)
    error = refusal(server.url)
    assert (error.code, len(server.asked)) == ("network.redirect", 4)
    assert "more than 3 redirects" in error.message


# --- TLS ---


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate of 127.0.0.1 that signs itself, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authcli test")])
    now = datetime.now(UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, key_cert_sign=True, **usage), critical=True
        )
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    pem, private = folder / "ca.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    return pem, context


def test_a_certificate_that_nobody_vouches_for_is_refused(
    certificate: tuple[Path, ssl.SSLContext],
) -> None:
    with serving(ok(jwks("a")), tls=certificate[1]) as server:
        error = refusal(server.url)
        assert server.asked == []
    assert error.code == "network.tls"
    assert "self-signed certificate" in error.message
    assert "SSL_CERT_FILE" in (error.hint or "")


def test_an_ssl_context_says_whom_to_trust(certificate: tuple[Path, ssl.SSLContext]) -> None:
    trust = ssl.create_default_context(cafile=certificate[0])
    with serving(ok(jwks("a")), tls=certificate[1]) as server:
        assert kids(fetch_jwks(server.url, ssl_context=trust)) == ["a"]


def test_a_refetch_trusts_whom_the_first_fetch_trusts(
    certificate: tuple[Path, ssl.SSLContext],
) -> None:
    trust = ssl.create_default_context(cafile=certificate[0])
    with serving(ok(jwks("a")), tls=certificate[1]) as server:
        held = keys_for(server.url, kid="a", ssl_context=trust)
        server.answer = ok(jwks("a", "b"))
        again = keys_for(server.url, kid="b", held=aged(held, 30), ssl_context=trust)
        assert (kids(again), again.warnings) == (["a", "b"], ())
        with pytest.raises(NetworkUnavailable) as caught:
            keys_for(server.url, kid="a")
        assert caught.value.code == "network.tls"


def test_the_wishes_for_a_fetch_are_those_for_a_refetch(server: Server, folder: Path) -> None:
    assert keys_for(server.url, kid="a", max_age_seconds=77).age_seconds <= 5
    fetched = keys_for(server.url, kid="a", max_age_seconds=77)
    assert fetched.expires_at - fetched.fetched_at == 77
    with pytest.raises(InvalidInput, match="not within 0 to 300"):
        keys_for(server.url, kid="a", timeout_seconds=301)
    with pytest.raises(NetworkUnavailable) as caught:
        keys_for(server.url, kid="a", cache_folder=folder, offline=True)
    assert caught.value.code == "network.offline"
    assert len(server.asked) == 2


def test_what_the_hint_says_helps(
    certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenSSL reads SSL_CERT_FILE itself."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with serving(ok(jwks("a")), tls=certificate[1]) as server:
        assert kids(fetch_jwks(server.url)) == ["a"]


def test_a_certificate_of_another_host_is_refused(
    certificate: tuple[Path, ssl.SSLContext],
) -> None:
    trust = ssl.create_default_context(cafile=certificate[0])
    with serving(ok(jwks("a")), tls=certificate[1]) as server:
        url = f"https://localhost:{server.port}/"
        with pytest.raises(NetworkUnavailable, match="not valid for 'localhost'") as caught:
            fetch_jwks(url, ssl_context=trust)
    assert caught.value.code == "network.tls"


def test_a_redirect_from_https_to_http_is_not_followed(
    certificate: tuple[Path, ssl.SSLContext], server: Server
) -> None:
    trust = ssl.create_default_context(cafile=certificate[0])
    with (
        serving(status(302, f"Location: {server.url}"), tls=certificate[1]) as secure,
        pytest.raises(NetworkUnavailable, match="from https to http") as caught,
    ):
        fetch_jwks(secure.url, ssl_context=trust)
    assert caught.value.code == "network.redirect"
    assert server.asked == []


def test_a_server_without_tls_is_not_spoken_to_in_plain_text(server: Server) -> None:
    error = refusal(server.url.replace("http:", "https:"), timeout_seconds=HASTE)
    assert error.code in ("network.tls", "network.timeout")
    assert server.asked == []


# --- Which keys ---


def test_private_and_shared_keys_of_a_public_set_are_not_used(server: Server) -> None:
    """Everyone can read them, so everyone could sign."""
    published = [
        jwk("public"),
        jwk("private", d=PRIVATE_D),
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0" * 8},
        {"kty": "future", "kid": "unknown"},
    ]
    server.answer = ok(json.dumps({"keys": published}).encode())
    fetched = fetch_jwks(server.url)
    assert kids(fetched) == ["public"]
    assert len(fetched.keys.ignored) == 3
    assert [("private key" in w, "shared secret" in w) for w in fetched.warnings] == [
        (True, False),
        (False, True),
    ]
    assert PRIVATE_D not in repr(fetched)


def test_an_empty_set_is_a_set(server: Server) -> None:
    server.answer = ok(b'{"keys": []}')
    assert kids(fetch_jwks(server.url)) == []


# --- The cache ---


def test_a_fresh_answer_is_not_asked_for_again(server: Server, folder: Path) -> None:
    first = fetch_jwks(server.url, cache_folder=folder)
    make_older(folder, 100)
    second = fetch_jwks(server.url, cache_folder=folder)
    assert len(server.asked) == 1
    assert (first.from_cache, second.from_cache, second.stale) == (False, True, False)
    assert kids(second) == ["a"]
    assert 100 <= second.age_seconds < 110
    assert second.fetched_at == first.fetched_at - 100


def test_without_a_folder_nothing_is_kept(server: Server, tmp_path: Path) -> None:
    fetch_jwks(server.url)
    fetch_jwks(server.url)
    assert len(server.asked) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_the_cache_is_its_owners_alone(server: Server, folder: Path) -> None:
    fetch_jwks(server.url, cache_folder=folder)
    (file,) = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.stem) == 64


def test_two_urls_are_two_files(server: Server, folder: Path) -> None:
    fetch_jwks(server.url, cache_folder=folder)
    server.answer = ok(jwks("b"))
    assert kids(fetch_jwks(server.url + "?2", cache_folder=folder)) == ["b"]
    assert kids(fetch_jwks(server.url, cache_folder=folder)) == ["a"]


@pytest.mark.parametrize(
    ("headers", "lifetime"),
    [
        ([], 300),
        (["Cache-Control: public, max-age=600"], 600),
        (['Cache-Control: MAX-AGE="600"'], 600),
        (["Cache-Control: public", "Cache-Control: max-age=700"], 700),
        (["Cache-Control: max-age=900", "Age: 200"], 700),
        (["Cache-Control: max-age=900", "Age: nonsense"], 900),
        (["Cache-Control: max-age=1"], 60),
        (["Cache-Control: no-store"], 60),
        (["Cache-Control: no-cache, max-age=600"], 60),
        (["Cache-Control: max-age=31536000"], DAY),
        (["Cache-Control: max-age=9999999999"], DAY),
        (["Cache-Control: max-age=-1"], 300),
        (["Cache-Control: s-maxage=600"], 300),
        (["Cache-Control: x-max-age=600"], 300),
    ],
)
def test_the_server_says_how_long_within_bounds(
    server: Server, headers: list[str], lifetime: int
) -> None:
    """Not less than a minute, not more than a day (RFC 9111, section 5.2.2)."""
    server.answer = ok(jwks("a"), *headers)
    fetched = fetch_jwks(server.url)
    assert fetched.expires_at - fetched.fetched_at == lifetime


def test_a_life_of_zero_is_asked_for_each_time(server: Server, folder: Path) -> None:
    for _ in range(2):
        fetched = fetch_jwks(server.url, cache_folder=folder, max_age_seconds=0)
        assert (fetched.from_cache, fetched.stale) == (False, False)
    assert len(server.asked) == 2


def test_the_greatest_limits_are_limits(server: Server) -> None:
    fetched = fetch_jwks(server.url, timeout_seconds=300, max_age_seconds=DAY)
    assert fetched.expires_at - fetched.fetched_at == DAY


@pytest.mark.parametrize("seconds", [-1, DAY + 1])
def test_a_life_is_a_day_at_most(seconds: int) -> None:
    with pytest.raises(InvalidInput, match="not within 0 to 86400"):
        fetch_jwks("https://issuer.invalid/", max_age_seconds=seconds)


def test_an_expired_answer_is_replaced(server: Server, folder: Path) -> None:
    fetch_jwks(server.url, cache_folder=folder)
    make_older(folder, 301)
    server.answer = ok(jwks("b"))
    fetched = fetch_jwks(server.url, cache_folder=folder)
    assert (kids(fetched), fetched.from_cache) == (["b"], False)
    assert kids(fetch_jwks(server.url, cache_folder=folder, offline=True)) == ["b"]


@pytest.mark.parametrize("failure", [b"", status(503), ok(b"<html>"), status(302)])
def test_stale_keys_are_kept_with_a_warning_while_the_server_fails(
    server: Server, folder: Path, failure: bytes
) -> None:
    fetch_jwks(server.url, cache_folder=folder)
    make_older(folder, 300 + DAY - 60)
    server.answer = failure
    fetched = fetch_jwks(server.url, cache_folder=folder)
    assert (kids(fetched), fetched.stale, fetched.from_cache) == (["a"], True, True)
    (warning,) = fetched.warnings
    assert "1 day" in warning
    assert "ago is used" in warning


def test_keys_that_are_stale_for_a_day_are_not(server: Server, folder: Path) -> None:
    fetch_jwks(server.url, cache_folder=folder)
    make_older(folder, 300 + DAY)
    server.answer = status(503)
    with pytest.raises(NetworkUnavailable, match="status 503"):
        fetch_jwks(server.url, cache_folder=folder)


def test_a_failed_attempt_is_not_repeated_within_ten_seconds(server: Server, folder: Path) -> None:
    """A loop of commands does not wait for a dead server each time."""
    fetch_jwks(server.url, cache_folder=folder)
    make_older(folder, 400)
    server.answer = status(503)
    for _ in range(3):
        fetched = fetch_jwks(server.url, cache_folder=folder)
        assert fetched.stale
        assert len(fetched.warnings) == 1
    assert len(server.asked) == 2
    make_older(folder, 10, asked=False)
    fetch_jwks(server.url, cache_folder=folder)
    assert len(server.asked) == 3


def test_refresh_asks_although_the_answer_is_fresh(server: Server, folder: Path) -> None:
    fetch_jwks(server.url, cache_folder=folder)
    server.answer = ok(jwks("b"))
    assert kids(fetch_jwks(server.url, cache_folder=folder, refresh=True)) == ["b"]
    server.answer = status(503)
    kept = fetch_jwks(server.url, cache_folder=folder, refresh=True)
    assert (kids(kept), kept.stale) == (["b"], False)
    assert "status 503" in kept.warnings[0]


def test_offline_asks_nobody(server: Server, folder: Path) -> None:
    with pytest.raises(NetworkUnavailable) as caught:
        fetch_jwks(server.url, cache_folder=folder, offline=True)
    assert caught.value.code == "network.offline"
    assert "without --offline" in (caught.value.hint or "")
    fetch_jwks(server.url, cache_folder=folder)
    make_older(folder, 30 * DAY)
    fetched = fetch_jwks(server.url, cache_folder=folder, offline=True)
    assert (kids(fetched), fetched.stale) == (["a"], True)
    assert "30 days ago" in fetched.warnings[0]
    assert len(server.asked) == 1


def test_offline_and_refresh_contradict_each_other(server: Server) -> None:
    with pytest.raises(InvalidInput, match="exclude each other"):
        fetch_jwks(server.url, offline=True, refresh=True)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"url": "https://evil.example/"}, id="of another URL"),
        pytest.param({"schema": "authcli/remote-cache/2"}, id="of another version"),
        pytest.param(
            dict.fromkeys(("fetched_at", "asked_at", "expires_at"), int(time.time()) + DAY),
            id="from the future",
        ),
        pytest.param({"expires_at": 1 << 62}, id="for ever"),
        pytest.param({"expires_at": 0}, id="expired before it was fetched"),
        pytest.param({"fetched_at": True}, id="times are no numbers"),
        pytest.param({"fetched_at": "1"}, id="times are text"),
        pytest.param({"body": None}, id="no body"),
        pytest.param({"body": "\ud800"}, id="a lone surrogate"),
        pytest.param({"body": "hunter2"}, id="a body that is no key set"),
        pytest.param({"more": 1}, id="an unknown member"),
    ],
)
def test_a_cache_file_that_is_wrong_counts_as_absent_and_is_replaced(
    server: Server, folder: Path, change: dict[str, object]
) -> None:
    fetch_jwks(server.url, cache_folder=folder)
    (file,) = folder.iterdir()
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(NetworkUnavailable):
        fetch_jwks(server.url, cache_folder=folder, offline=True)
    fetched = fetch_jwks(server.url, cache_folder=folder)
    assert (kids(fetched), fetched.from_cache, fetched.warnings) == (["a"], False, ())
    assert fetch_jwks(server.url, cache_folder=folder).from_cache


@pytest.mark.parametrize(
    ("times", "believed"),
    [
        ((1000, 1000, 1300), True),
        ((1000, 1060, 1300), True),
        ((1000, 1061, 1300), False),
        ((1060, 1060, 1060), True),
        ((1061, 1061, 1300), False),
        ((1000, 999, 1300), False),
        ((1000, 1000, 1000), True),
        ((1000, 1000, 999), False),
        ((1000, 1000, 1000 + DAY), True),
        ((1000, 1000, 1001 + DAY), False),
        ((0, 0, 0), True),
        ((-1, 0, 0), False),
    ],
)
def test_a_cache_file_has_times_that_can_be(
    folder: Path, times: tuple[int, int, int], believed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock may be set back by a minute, and no answer lives for more than a day."""
    monkeypatch.setattr(cache.clock, "now", lambda: 1000)
    entry = cache.Entry("https://a.example/", b"{}", *times)
    cache.save(folder, entry)
    assert cache.load(folder, url=entry.url) == (entry if believed else None)


def test_the_longest_answer_is_kept(folder: Path) -> None:
    """It may triple as the text of a JSON file."""
    for filler in ("x", "\n", "\u00e9", "\u20ac"):
        body = filler.encode() * ((1 << 20) // len(filler.encode()))
        entry = cache.Entry("https://a.example/", body, 0, 0, 0)
        cache.save(folder, entry)
        assert cache.load(folder, url=entry.url) == entry


@pytest.mark.parametrize(
    "data", [b"", b"\x00" * 100, b"[]", b"{}", b"\xff\xfe", b"[" * 10**6, b" " * (5 << 20)]
)
def test_a_torn_cache_file_is_replaced(server: Server, folder: Path, data: bytes) -> None:
    fetch_jwks(server.url, cache_folder=folder)
    (file,) = folder.iterdir()
    file.write_bytes(data)
    assert not fetch_jwks(server.url, cache_folder=folder).from_cache
    assert fetch_jwks(server.url, cache_folder=folder).from_cache


@pytest.mark.skipif(os.name != "posix", reason="modes, links and FIFOs are POSIX's")
@pytest.mark.parametrize(
    "trick", ["group-writable", "others-writable", "foreign", "link", "fifo", "folder"]
)
def test_a_cache_file_that_others_could_have_written_is_not_believed(
    server: Server, folder: Path, trick: str
) -> None:
    """Whoever writes it could name the keys that verify."""
    fetch_jwks(server.url, cache_folder=folder)
    (file,) = folder.iterdir()
    if trick == "group-writable":
        file.chmod(0o620)
    elif trick == "others-writable":
        file.chmod(0o602)
    elif trick == "foreign":
        if os.geteuid() != 0:
            pytest.skip("only root can give a file away")
        os.chown(file, 12_345, -1)
    else:
        elsewhere = file.rename(folder.parent / "elsewhere")
        {
            "link": lambda: file.symlink_to(elsewhere),
            "fifo": lambda: os.mkfifo(file),
            "folder": file.mkdir,
        }[trick]()
    assert not fetch_jwks(server.url, cache_folder=folder).from_cache
    assert len(server.asked) == 2


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_folder_that_others_can_write_to_is_no_cache(server: Server, folder: Path) -> None:
    fetch_jwks(server.url, cache_folder=folder)
    folder.chmod(0o777)
    fetched = fetch_jwks(server.url, cache_folder=folder)
    assert (kids(fetched), fetched.from_cache) == (["a"], False)
    assert "others may write to it" in fetched.warnings[0]


def test_a_cache_that_cannot_be_written_is_a_warning(server: Server, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    fetched = fetch_jwks(server.url, cache_folder=taken)
    assert kids(fetched) == ["a"]
    assert "cannot cache" in fetched.warnings[0]


def test_readers_and_writers_at_once_see_whole_files(server: Server, folder: Path) -> None:
    """A reader finds the old file or the new one; nothing temporary stays behind."""
    seen: list[list[str | None]] = []

    def work() -> None:
        for _ in range(5):
            seen.append(kids(fetch_jwks(server.url, cache_folder=folder, refresh=True)))
            seen.append(kids(fetch_jwks(server.url, cache_folder=folder, offline=True)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [["a"]] * 40
    assert len(list(folder.iterdir())) == 1


# --- A kid that is not known ---


def test_a_key_that_is_new_since_the_last_fetch_is_found(server: Server, folder: Path) -> None:
    fetch_jwks(server.url, cache_folder=folder)
    make_older(folder, 30)
    server.answer = ok(jwks("a", "b"))
    assert kids(keys_for(server.url, kid="a", cache_folder=folder)) == ["a"]
    assert len(server.asked) == 1
    assert kids(keys_for(server.url, kid="b", cache_folder=folder)) == ["a", "b"]
    assert len(server.asked) == 2


def test_invented_kids_cannot_make_requests_at_will(server: Server, folder: Path) -> None:
    """One in ten seconds, by the cache file where each token is a process of its own."""
    for number in range(5):
        keys_for(server.url, kid=f"invented-{number}", cache_folder=folder)
    assert len(server.asked) == 1
    make_older(folder, 10)
    for number in range(5):
        keys_for(server.url, kid=f"invented-{number}", cache_folder=folder)
    assert len(server.asked) == 2


def test_many_tokens_share_what_the_caller_holds(server: Server) -> None:
    """The same bounds without a cache folder."""
    held = keys_for(server.url, kid="a")
    for number in range(5):
        held = keys_for(server.url, kid=f"invented-{number}", held=held)
    assert len(server.asked) == 1


def test_a_token_without_a_kid_asks_for_nothing_more(server: Server, folder: Path) -> None:
    fetch_jwks(server.url, cache_folder=folder)
    make_older(folder, 30)
    keys_for(server.url, kid=None, cache_folder=folder)
    assert len(server.asked) == 1


@pytest.mark.parametrize("on_disk", [True, False])
def test_a_refetch_that_fails_keeps_the_keys_and_waits(
    server: Server, folder: Path, on_disk: bool
) -> None:
    where = folder if on_disk else None
    held = aged(keys_for(server.url, kid="a", cache_folder=where), 30)
    if on_disk:
        make_older(folder, 30)
    server.answer = status(503)
    for _ in range(3):
        held = keys_for(server.url, kid="b", held=held, cache_folder=where)
        assert kids(held) == ["a"]
        assert "status 503" in held.warnings[0]
    assert len(server.asked) == 2


def test_keys_held_for_long_are_renewed(server: Server) -> None:
    held = keys_for(server.url, kid="a")
    server.answer = ok(jwks("a", "b"))
    assert kids(keys_for(server.url, kid="a", held=aged(held, 300))) == ["a", "b"]
    server.answer = status(503)
    kept = keys_for(server.url, kid="a", held=aged(held, 300))
    assert (kids(kept), kept.stale) == (["a"], True)
    with pytest.raises(NetworkUnavailable, match="status 503"):
        keys_for(server.url, kid="a", held=aged(held, 300 + DAY))


def test_offline_refetches_nothing(server: Server, folder: Path) -> None:
    fetch_jwks(server.url, cache_folder=folder)
    make_older(folder, 30)
    assert kids(keys_for(server.url, kid="b", cache_folder=folder, offline=True)) == ["a"]
    assert len(server.asked) == 1


def aged(fetched: Fetched, seconds: int) -> Fetched:
    """The same, as if it had been fetched that many seconds earlier."""
    return replace(
        fetched,
        fetched_at=fetched.fetched_at - seconds,
        asked_at=fetched.asked_at - seconds,
        expires_at=fetched.expires_at - seconds,
    )


# --- Discovery ---


def publishing(
    server: Server, documents: dict[str, object]
) -> Callable[[socket.socket, str], None]:
    """Answer with the JSON document of a path, 404 elsewhere."""

    def answer(connection: socket.socket, path: str) -> None:
        found = documents.get(path)
        connection.sendall(status(404) if found is None else ok(json.dumps(found).encode()))

    return answer


OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("", OPENID),
        ("/", OPENID),
        ("/tenant", f"/tenant{OPENID}"),
        ("/tenant/", f"/tenant{OPENID}"),
        ("/a/b", f"/a/b{OPENID}"),
    ],
)
def test_an_openid_issuer_says_where_its_keys_are(server: Server, path: str, place: str) -> None:
    """OpenID Connect Discovery 1.0, section 4.1: the suffix after the issuer's path."""
    issuer = server.issuer + path
    server.answer = publishing(server, {place: {"issuer": issuer, "jwks_uri": server.url}})
    found = discover(issuer)
    assert (found.issuer, found.jwks_uri) == (issuer, server.url)
    assert (found.from_cache, found.stale, found.warnings) == (False, False, ())
    assert server.paths == [place]


def test_what_was_just_discovered_is_new(server: Server, folder: Path) -> None:
    document = {"issuer": server.issuer, "jwks_uri": server.url}
    server.answer = publishing(server, {OPENID: document})
    found = discover(server.issuer, cache_folder=folder, max_age_seconds=0)
    assert (found.from_cache, found.stale) == (False, False)
    assert 0 <= found.age_seconds <= 5
    kept = discover(server.issuer, cache_folder=folder, offline=True)
    assert (kept.from_cache, kept.stale) == (True, True)


@pytest.mark.parametrize(
    "members",
    [
        {"jwks_uri": "https://a.example/"},
        {"issuer": 1, "jwks_uri": "https://a.example/"},
        {"issuer": None, "jwks_uri": "https://a.example/"},
        {"issuer": ["https://a.example"], "jwks_uri": "https://a.example/"},
    ],
)
def test_a_document_that_names_no_issuer_is_none(
    server: Server, members: dict[str, object]
) -> None:
    server.answer = publishing(server, {OPENID: members, OAUTH: members})
    with pytest.raises(NetworkUnavailable, match="lacks 'issuer'") as caught:
        discover(server.issuer)
    assert caught.value.code == "network.not-discovery"


@pytest.mark.parametrize(
    ("path", "place"),
    [("", OAUTH), ("/", OAUTH), ("/tenant", f"{OAUTH}/tenant"), ("/a/b/", f"{OAUTH}/a/b")],
)
def test_an_oauth_issuer_is_asked_in_its_own_place(server: Server, path: str, place: str) -> None:
    """RFC 8414, section 3.1: the well-known part before the issuer's path."""
    issuer = server.issuer + path
    server.answer = publishing(server, {place: {"issuer": issuer, "jwks_uri": server.url}})
    assert discover(issuer).jwks_uri == server.url
    assert server.paths == [path.rstrip("/") + OPENID, place]


@pytest.mark.parametrize(
    ("named", "hinted"),
    [("/", True), ("/tenant", False), (".evil.example/$(id)", False), ("/\u00e9\x1b[2J", False)],
)
def test_a_document_that_speaks_for_another_issuer_is_refused(
    server: Server, named: str, hinted: bool
) -> None:
    """RFC 8414, section 3.3: identical, down to a slash at the end; and no other place is tried.

    A hint is a command to type, so it never holds a name that the server made up.
    """
    document = {"issuer": server.issuer + named, "jwks_uri": server.url}
    server.answer = publishing(server, {OPENID: document})
    with pytest.raises(NetworkUnavailable, match="speaks for the issuer") as caught:
        discover(server.issuer)
    assert caught.value.code == "network.issuer"
    assert caught.value.message.isprintable()
    hint = f"a slash at the end counts: --issuer {server.issuer}/"
    assert caught.value.hint == (hint if hinted else None)
    assert server.paths == [OPENID]


@pytest.mark.parametrize(
    ("jwks_uri", "problem"),
    [
        (None, "lacks 'issuer' or 'jwks_uri'"),
        (["http://127.0.0.1/"], "lacks 'issuer' or 'jwks_uri'"),
        ("", "plain ASCII"),
        ("/jwks.json", "not an https URL"),
        ("http://issuer.invalid/jwks", "http is for this machine"),
        ("https://user:pw@issuer.invalid/jwks", "credentials"),
        ("file:///etc/passwd", "not an https URL"),
    ],
)
def test_a_key_sets_url_obeys_the_same_rules(
    server: Server, jwks_uri: object, problem: str
) -> None:
    document = {"issuer": server.issuer, "jwks_uri": jwks_uri}
    server.answer = publishing(server, {OPENID: document})
    with pytest.raises(NetworkUnavailable, match=problem) as caught:
        discover(server.issuer)
    assert caught.value.code == "network.not-discovery"


def test_a_secure_issuer_has_a_secure_key_set(
    certificate: tuple[Path, ssl.SSLContext], server: Server
) -> None:
    trust = ssl.create_default_context(cafile=certificate[0])
    with serving(tls=certificate[1]) as secure:
        document = {"issuer": secure.issuer, "jwks_uri": server.url}
        secure.answer = publishing(secure, {OPENID: document})
        with pytest.raises(NetworkUnavailable, match="from https to http"):
            discover(secure.issuer, ssl_context=trust)


@pytest.mark.parametrize("answer", [status(404), ok(b"<html>"), ok(b"[]"), ok(b"{}")])
def test_an_issuer_without_a_document_is_asked_twice_and_no_more(
    server: Server, answer: bytes
) -> None:
    server.answer = answer
    with pytest.raises(NetworkUnavailable) as caught:
        discover(server.issuer + "/tenant")
    assert caught.value.code in ("network.status", "network.not-discovery")
    assert server.paths == [f"/tenant{OPENID}", f"{OAUTH}/tenant"]
    assert f"{OAUTH}/tenant" in caught.value.message
    assert "--jwks" in (caught.value.hint or "")


def test_a_server_that_fails_is_not_asked_for_the_second_place(server: Server) -> None:
    with pytest.raises(NetworkUnavailable):
        discover(server.issuer.replace("http:", "https:"), timeout_seconds=HASTE)
    server.answer = b""
    with pytest.raises(NetworkUnavailable):
        discover(server.issuer)
    assert len(server.asked) == 1


def test_both_places_share_one_time_limit(server: Server) -> None:
    def slowly(connection: socket.socket, _: str) -> None:
        server.closing.wait(0.3)
        connection.sendall(status(404))

    server.answer = slowly
    with pytest.raises(NetworkUnavailable) as caught:
        discover(server.issuer, timeout_seconds=HASTE)
    assert caught.value.code == "network.timeout"


@pytest.mark.parametrize("issuer", ["https://issuer.example/?a=b", "https://issuer.example?"])
def test_an_issuer_has_no_query(issuer: str) -> None:
    with pytest.raises(InvalidInput, match="query"):
        discover(issuer)


@pytest.mark.parametrize("place", [OPENID, OAUTH])
def test_what_was_discovered_is_cached_as_keys_are(
    server: Server, folder: Path, place: str
) -> None:
    documents = {place: {"issuer": server.issuer, "jwks_uri": server.url}}
    server.answer = publishing(server, documents)
    discover(server.issuer, cache_folder=folder)
    asked = len(server.asked)
    assert discover(server.issuer, cache_folder=folder).from_cache
    assert discover(server.issuer, cache_folder=folder, offline=True).from_cache
    assert len(server.asked) == asked
    make_older(folder, 400)
    server.answer = status(503)
    found = discover(server.issuer, cache_folder=folder)
    assert (found.jwks_uri, found.stale, len(found.warnings)) == (server.url, True, 1)
    assert found.age_seconds >= 400


def test_a_cached_document_is_checked_like_a_new_one(server: Server, folder: Path) -> None:
    """A key set's URL that the rules forbid is not believed because it lies on the disk."""
    server.answer = publishing(server, {OPENID: {"issuer": server.issuer, "jwks_uri": server.url}})
    discover(server.issuer, cache_folder=folder)
    (file,) = folder.iterdir()
    file.write_text(file.read_text().replace(server.url, "http://issuer.invalid/jwks"))
    with pytest.raises(NetworkUnavailable) as caught:
        discover(server.issuer, cache_folder=folder, offline=True)
    assert caught.value.code == "network.offline"
