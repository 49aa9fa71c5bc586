"""`authcli jwks serve`: a real server, of the store as it is."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from contextlib import closing
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from authcli.keys.remote import discover, fetch_jwks
from tests.cli.harness import Cli
from tests.cli.jwks import kids, managed, told
from tests.cli.jwks_server import serving

ISSUER = "https://login.example"


@pytest.fixture
def ring(cli: Cli) -> dict[str, str]:
    """Managed keys: state -> kid."""
    return managed(cli, issuer=ISSUER)


def refused(request: Request) -> tuple[int, str | None]:
    """Return the status of what is no document, and when to try again."""
    with pytest.raises(HTTPError) as failed:
        urlopen(request, timeout=10)
    with failed.value as answer:
        return answer.code, answer.headers["Retry-After"]


def test_it_says_where_and_ends_when_told(cli: Cli, ring: dict[str, str]) -> None:
    """The URL alone on stdout, before the first request; each request on stderr."""
    for number in (signal.SIGTERM, signal.SIGINT):
        with serving(cli) as server:
            assert server.jwks_uri.startswith("http://127.0.0.1:")
            assert [key["kid"] for key in json.loads(server.fetch())["keys"]] == [
                ring["active"],
                ring["next"],
            ]
            assert server.end(number) == 0
            assert server.process.stdout is not None
            assert server.process.stdout.read() == ""
        assert server.log.read_text() == (
            "note: for development; Ctrl-C ends it\nnote: GET /jwks.json 200\nnote: ended\n"
        )


def test_as_json_it_says_each_address(cli: Cli, ring: dict[str, str]) -> None:
    with serving(cli, "--json", "-q") as server:
        facts = json.loads(server.jwks_uri)
        assert facts["schema"] == "authcli/jwks.serve/1"
        assert facts["jwks_uri"] == f"{facts['url']}/jwks.json"
        with urlopen(facts["discovery"], timeout=10) as answer:
            document = json.load(answer)
    assert (document["issuer"], document["jwks_uri"]) == (ISSUER, facts["jwks_uri"])


def test_the_cache_is_told_how_long_and_what_it_has(cli: Cli, ring: dict[str, str]) -> None:
    with serving(cli) as server:
        with urlopen(server.jwks_uri, timeout=10) as answer:
            headers = answer.headers
        assert headers["Cache-Control"] == "public, max-age=3600, must-revalidate"
        again = Request(server.jwks_uri, headers={"If-None-Match": headers["ETag"]})
        assert refused(again)[0] == 304
        cli.ok("jwks", "rotate", "--start")
        with urlopen(again, timeout=10) as answer:
            assert (answer.status, answer.headers["ETag"] != headers["ETag"]) == (200, True)


def test_a_rotation_shows_at_once_and_counts_as_published(cli: Cli, ring: dict[str, str]) -> None:
    """Also while nobody asks: the next key waits for no visitor."""
    with serving(cli) as server:
        places = {place["place"]: place for place in told(cli, "jwks", "status")["published"]}
        assert places["serve"]["kids"] == [ring["active"], ring["next"]]
        cli.ok("jwks", "rotate", "--start")
        found = json.loads(server.fetch())["keys"]
        assert [key["kid"] for key in found][:2] == [ring["next"], kids(cli)["next"]]
        assert told(cli, "jwks", "show", kids(cli)["next"])["published_at"] is not None
        cli.ok("jwks", "retire", kids(cli)["next"])
        waits_until_published(cli, kids(cli)["next"])


def test_keys_without_an_issuer_are_the_servers_own(cli: Cli) -> None:
    """So that what verifies by --issuer can be tried; a name that is no URL is none either."""
    managed(cli, issuer="my-service")
    with serving(cli) as server:
        found = discover(server.url)
        assert found.jwks_uri == server.jwks_uri
        token = cli.ok("jwt", "mint", "--sub", "a", "--iss", server.url)
        assert cli("jwt", "verify", token, "--issuer", server.url).code == 0
    with serving(cli, "--iss", "http://localhost:8000") as server:
        with urlopen(f"{server.url}/.well-known/openid-configuration", timeout=10) as answer:
            document = json.load(answer)
        assert document["issuer"] == "http://localhost:8000"


def test_what_it_serves_are_public_keys_alone(cli: Cli, ring: dict[str, str]) -> None:
    with serving(cli) as server:
        fetched = fetch_jwks(server.jwks_uri)
    assert (len(fetched.keys), fetched.warnings) == (2, ())
    assert not any(key.private for key in fetched.keys)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--host", "0.0.0.0"], 2, "add --insecure-host"),
        (["--host", "192.0.2.1"], 2, "add --insecure-host"),
        (["--host", "192.0.2.1", "--insecure-host"], 9, "cannot listen on 192.0.2.1:8000"),
        (["--port", "65536"], 2, "ports are 0 to 65535"),
        (["--port", "-1"], 2, "ports are 0 to 65535"),
    ],
)
def test_where_it_does_not_listen(
    cli: Cli, ring: dict[str, str], words: list[str], code: int, said: str
) -> None:
    result = cli("jwks", "serve", *words)
    assert (result.code, result.out, said in result.err) == (code, "", True), str(result)


def test_another_host_is_a_danger_that_is_spelled_out(cli: Cli, ring: dict[str, str]) -> None:
    with serving(cli, "--host", "0.0.0.0", "--insecure-host") as server:
        assert server.jwks_uri.startswith("http://127.0.0.1:")
        assert json.loads(server.fetch())["keys"]
    assert "warning: whoever is on the way to this server can put other keys" in (
        server.log.read_text()
    )


def test_a_port_that_is_taken_is_said(cli: Cli, ring: dict[str, str]) -> None:
    with serving(cli) as server:
        result = cli("jwks", "serve", "--port", server.url.rpartition(":")[2])
    assert (result.code, result.out) == (9, "")
    assert "address already in use" in result.err


def test_while_the_store_cannot_be_read_it_answers_503_and_recovers(
    cli: Cli, ring: dict[str, str]
) -> None:
    """Keys that may be out of date are not served."""
    path = cli.home / ".local/share/authcli/authcli.db"
    with serving(cli) as server:
        path.rename(path.with_suffix(".away"))
        assert refused(Request(server.jwks_uri)) == (503, "1")
        path.with_suffix(".away").rename(path)
        assert json.loads(server.fetch())["keys"]
    assert "warning: " in server.log.read_text()


def test_what_cannot_be_recorded_is_served_all_the_same(cli: Cli, ring: dict[str, str]) -> None:
    """Somebody else holds the store's lock: a warning, the keys, and the record later."""
    with serving(cli) as server:
        cli.ok("jwks", "rotate", "--start")
        path = cli.home / ".local/share/authcli/authcli.db"
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert len(json.loads(server.fetch())["keys"]) == 3
            other.execute("ROLLBACK")
        assert "warning: that it is served is not recorded yet" in server.log.read_text()
        waits_until_published(cli, kids(cli)["next"])


def waits_until_published(cli: Cli, kid: str) -> None:
    """Wait for the server to look at the store."""
    end = time.monotonic() + 15
    while told(cli, "jwks", "show", kid)["published_at"] is None:
        assert time.monotonic() < end


def test_a_store_on_a_server_is_read_for_each_request(cli: Cli, postgres_url: str) -> None:
    cli.env["AUTHCLI_STORE"] = postgres_url
    cli.ok("store", "init")
    cli.ok("jwks", "init")
    with serving(cli) as server:
        before = {key["kid"] for key in json.loads(server.fetch())["keys"]}
        cli.ok("jwks", "init", "EdDSA")
        after = {key["kid"] for key in json.loads(server.fetch())["keys"]}
    assert (len(before), len(after), before < after) == (2, 4, True)
