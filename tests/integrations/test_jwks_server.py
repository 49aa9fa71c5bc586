"""The server as its clients see it: by real HTTP, with the libraries that services use."""

from __future__ import annotations

import gc
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import jwt
import pytest

from authcli import keys, tokens
from authcli.errors import Conflict, InvalidInput, KeyWrong, NetworkUnavailable, NotFound
from authcli.integrations.jwks_server import JwksServer, new_signing_key
from authcli.keys.remote import discover, fetch_jwks, keys_for

JWKS = "/.well-known/jwks.json"
OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"


@pytest.fixture
def server() -> Iterator[JwksServer]:
    with JwksServer() as running:
        yield running


def ask(server: JwksServer, path: str, *, method: str = "GET") -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=5)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def kids(server: JwksServer) -> list[str | None]:
    return [key.kid for key in fetch_jwks(server.jwks_uri).keys]


# --- What it publishes ---


def test_it_publishes_the_public_half_of_its_signing_key(server: JwksServer) -> None:
    response, body = ask(server, JWKS)
    assert response.status == 200
    assert response.headers["Content-Type"] == "application/jwk-set+json"
    assert json.loads(body) == server.jwks
    assert server.jwks == {"keys": [keys.to_jwk(server.signing_key, private=False)]}
    assert '"d"' not in body.decode()


def test_a_key_without_a_name_gets_its_thumbprint() -> None:
    nameless = keys.generate("ES256", kid=None)
    with JwksServer(nameless) as server:
        assert server.signing_key.kid == keys.thumbprint(nameless)
        assert kids(server) == [keys.thumbprint(nameless)]


def test_a_shared_secret_is_never_published() -> None:
    threads = threading.active_count()
    with pytest.raises(KeyWrong):
        JwksServer(keys.generate("HS256"))
    assert threading.active_count() == threads


def test_both_kinds_of_issuer_are_discovered(server: JwksServer) -> None:
    """By OpenID Connect's document, and by RFC 8414's where that is what a client reads."""
    assert server.issuer == server.url
    assert discover(server.issuer).jwks_uri == server.jwks_uri
    documents = [json.loads(ask(server, path)[1]) for path in (OPENID, OAUTH)]
    assert documents[0] == documents[1]
    assert documents[0]["issuer"] == server.issuer
    assert documents[0]["id_token_signing_alg_values_supported"] == ["ES256"]
    # OpenID Connect Discovery 1.0, section 3: the members that it requires.
    assert documents[0].keys() >= {
        *("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"),
        *("response_types_supported", "subject_types_supported"),
    }


def test_it_can_speak_for_another_issuer() -> None:
    with JwksServer(issuer="https://login.example") as server:
        assert json.loads(ask(server, OPENID)[1])["issuer"] == "https://login.example"


def test_other_paths_and_methods_are_not_there(server: JwksServer) -> None:
    assert ask(server, "/")[0].status == 404
    assert ask(server, JWKS, method="POST")[0].status == 501
    assert ask(server, f"{JWKS}?cache=no")[0].status == 200


# --- Rotation ---


def test_a_rotation_publishes_the_new_key_beside_the_old_one(server: JwksServer) -> None:
    old = server.signing_key
    new = server.rotate()
    assert server.signing_key is new
    assert kids(server) == [old.kid, new.kid]
    server.retire(old)
    assert kids(server) == [new.kid]
    assert keys.signing_algorithm(new) == "ES256"


def test_a_rotation_to_a_key_of_ones_own(server: JwksServer) -> None:
    """Another algorithm, say: what a migration looks like to the services."""
    own = keys.generate("EdDSA", kid="2027")
    server.rotate(own)
    document = json.loads(ask(server, OPENID)[1])
    assert document["id_token_signing_alg_values_supported"] == ["ES256", "EdDSA"]
    server.retire("2027")
    assert server.signing_key.kid == "2027"


def test_a_key_can_be_published_before_it_signs(server: JwksServer) -> None:
    following = keys.generate("ES256")
    server.publish(following.public())
    assert server.signing_key.kid != following.kid
    server.rotate(following)
    assert [key.kid for key in server.keys] == kids(server)
    assert len(server.keys) == 2


def test_one_kid_names_one_key(server: JwksServer) -> None:
    server.publish(server.signing_key)
    assert len(server.keys) == 1
    with pytest.raises(Conflict, match="another key"):
        server.publish(keys.generate("ES256", kid=server.signing_key.kid))


def test_what_is_not_published_cannot_be_retired(server: JwksServer) -> None:
    with pytest.raises(NotFound) as caught:
        server.retire("2019")
    assert str(server.signing_key.kid) in (caught.value.hint or "")


def test_authclis_own_reader_follows_a_rotation(server: JwksServer) -> None:
    held = keys_for(server.jwks_uri, kid=server.signing_key.kid)
    new = server.rotate()
    held = keys_for(server.jwks_uri, kid=new.kid, held=replace(held, asked_at=held.asked_at - 10))
    token = tokens.mint({"sub": "alice"}, key=new)
    assert tokens.verify(token, key=held.keys).payload["sub"] == "alice"
    assert server.requests == [JWKS, JWKS]


def test_pyjwts_client_follows_a_rotation(server: JwksServer) -> None:
    client = jwt.PyJWKClient(server.jwks_uri, cooldown_duration=0)

    def subject() -> object:
        token = tokens.mint({"sub": "alice"}, key=server.signing_key)
        key = client.get_signing_key_from_jwt(token)
        return jwt.decode(token, key, algorithms=["ES256"])["sub"]

    assert [subject(), subject()] == ["alice", "alice"]
    assert server.requests == [JWKS]
    server.rotate()
    assert subject() == "alice"
    assert server.requests == [JWKS, JWKS]
    server.retire(server.signing_key)
    server.rotate()
    server.retire(server.signing_key)
    with pytest.raises(jwt.PyJWKClientError, match="Unable to find a signing key"):
        subject()


# --- Outages and caches ---


def test_an_outage_ends_when_the_test_says_so(server: JwksServer) -> None:
    server.fail(503)
    with pytest.raises(NetworkUnavailable, match="status 503"):
        fetch_jwks(server.jwks_uri)
    server.recover()
    assert kids(server) == [server.signing_key.kid]
    assert server.requests == [JWKS, JWKS]


def test_a_success_is_no_outage(server: JwksServer) -> None:
    with pytest.raises(InvalidInput, match="200"):
        server.fail(200)


def test_the_life_of_an_answer_is_the_tests_choice(server: JwksServer) -> None:
    assert "Cache-Control" not in ask(server, JWKS)[0].headers
    server.cache_control = "max-age=3600"
    assert ask(server, JWKS)[0].headers["Cache-Control"] == "max-age=3600"
    fetched = fetch_jwks(server.jwks_uri)
    assert fetched.expires_at - fetched.fetched_at == 3600


def test_reset_leaves_nothing_of_the_test_before(server: JwksServer) -> None:
    server.rotate()
    server.fail()
    server.issuer, server.cache_control = "https://other.example", "no-store"
    url, fresh = server.url, new_signing_key("EdDSA")
    ask(server, JWKS)
    server.reset(fresh)
    assert (server.url, server.issuer, server.requests) == (url, url, [])
    response, body = ask(server, JWKS)
    assert json.loads(body) == {"keys": [keys.to_jwk(fresh, private=False)]}
    assert "Cache-Control" not in response.headers


# --- Its end ---


@pytest.mark.filterwarnings("error::ResourceWarning")
def test_nothing_is_left_of_a_server(server: JwksServer) -> None:
    """No thread, no socket, no port; a client that connected and says nothing delays nothing."""
    before = threading.enumerate()
    with JwksServer() as other, socket.create_connection(("127.0.0.1", _port(other))) as silent:
        ask(other, JWKS)
        begun = time.monotonic()
        other.close()
        assert time.monotonic() - begun < 2
        assert silent.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            ask(other, JWKS)
    assert threading.enumerate() == before
    del other
    gc.collect()
    assert kids(server)


def test_a_client_that_hangs_up_is_no_error(
    server: JwksServer, capfd: pytest.CaptureFixture[str]
) -> None:
    for request in (
        b"",
        b"GET /",
        b"\x16\x03\x01\x02\x00\n\n",
        f"GET {JWKS} HTTP/1.1\r\n\r\n".encode(),
    ):
        with socket.create_connection(("127.0.0.1", _port(server))) as connection:
            connection.sendall(request)
            reset = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # on closing, without a farewell
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
    assert kids(server)
    server.close()
    assert capfd.readouterr() == ("", "")


def test_many_clients_at_once_are_served(server: JwksServer) -> None:
    seen: list[list[str | None]] = []
    clients = [threading.Thread(target=lambda: seen.append(kids(server))) for _ in range(20)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert seen == [[server.signing_key.kid]] * 20
    assert len(server.requests) == 20


def test_only_this_machine_can_reach_it(server: JwksServer) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", server.url)


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "Ed25519", "Ed448", "HS256"])
def test_a_new_key_signs_what_it_was_made_for(algorithm: str) -> None:
    """Ed25519 is a curve's name, too, whose keys sign EdDSA unless they say otherwise."""
    key = new_signing_key(algorithm)
    assert (key.alg, key.use, key.kid) == (algorithm, "sig", keys.thumbprint(key))
    assert keys.signing_algorithm(key) == algorithm


def test_an_unknown_algorithm_makes_no_key() -> None:
    with pytest.raises(InvalidInput, match="no signature algorithm is called 'X25519'"):
        new_signing_key("X25519")


def _port(server: JwksServer) -> int:
    return urlsplit(server.url).port or 0
