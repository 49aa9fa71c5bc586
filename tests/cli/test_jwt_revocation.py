"""`authcli jwt verify` asks the store: was the token revoked; with --allow-list, is it known?"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from tests.cli.harness import Cli
from tests.cli.jwks import managed, opened

ISSUER = "https://login.example"


@pytest.fixture
def token(cli: Cli) -> str:
    """A token of a managed key."""
    managed(cli, issuer=ISSUER)
    return cli.ok("jwt", "mint", "--sub", "alice")


def deny(cli: Cli, token: str, reason: str | None = None) -> None:
    from authcli import tokens
    from authcli.revocation.revoking import revoke_token

    with opened(cli) as store:
        revoke_token(store.tokens, tokens.decode(token).payload, reason=reason)


@pytest.mark.parametrize("verb", ["verify", "inspect"])
def test_asking_leaves_nothing_beside_the_store(cli: Cli, verb: str) -> None:
    """Its store is closed again: SQLite's log and its index are gone, as before."""
    cli.ok("jwks", "init", "-q")
    token = cli.ok("jwt", "mint", "--sub", "alice")
    folder = cli.home / ".local/share/authcli"
    before = sorted(path.name for path in folder.iterdir())
    cli.ok("jwt", verb, token, "--key", "store:")
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_revoked_token_is_5_and_says_when_and_why(cli: Cli, token: str) -> None:
    deny(cli, token, "laptop stolen")
    result = cli("jwt", "verify", token, "--json")
    verdict = json.loads(result.out)
    assert (result.code, verdict["valid"], verdict["code"]) == (5, False, "token.revoked")
    check = verdict["checks"][-1]
    assert (check["name"], check["status"]) == ("revocation", "fail")
    assert check["detail"].startswith("the token was revoked at 20")
    assert check["detail"].endswith(": laptop stolen")
    assert cli("jwt", "inspect", token, "--key", "store:").code == 5


def test_it_is_not_asked_where_that_was_switched_off(cli: Cli, token: str) -> None:
    deny(cli, token)
    assert cli("jwt", "verify", token, "--no-check-revocation").code == 0


def test_with_a_named_key_the_store_is_asked_on_demand(cli: Cli, token: str) -> None:
    (cli.home / "jwks.json").write_text(cli.ok("jwks", "export"))
    deny(cli, token)
    assert cli("jwt", "verify", token, "--jwks", "jwks.json").code == 0
    assert cli("jwt", "verify", token, "--jwks", "jwks.json", "--check-revocation").code == 5


def test_revoked_is_said_before_expired_and_after_forged(cli: Cli, token: str) -> None:
    deny(cli, token)
    assert cli("jwt", "verify", token, "--now", "+20m", "--aud", "other").code == 5
    head, _, signature = token.split(".")
    other = cli.ok("jwt", "mint", "--sub", "mallory").split(".")[1]
    result = cli("jwt", "verify", f"{head}.{other}.{signature}", "--json")
    verdict = json.loads(result.out)
    assert (result.code, verdict["checks"][-1]["status"]) == (3, "skipped")


def test_of_many_lines_each_is_asked_about(cli: Cli, token: str) -> None:
    good = cli.ok("jwt", "mint", "--sub", "bob", "--count", "40").splitlines()
    deny(cli, token)
    for jobs in ("1", "2"):
        lines = "\n".join([*good, token, "a.b.c"])
        result = cli("jwt", "verify", "--lines", "--jobs", jobs, stdin=lines)
        assert (result.code, len(result.out.splitlines())) == (3, 40)
        assert "line 41: the token was revoked" in result.err


def test_what_is_not_on_the_allow_list_is_rejected(cli: Cli, token: str) -> None:
    known = cli.ok("jwt", "mint", "--sub", "alice", "--record")
    assert cli("jwt", "verify", known, "--allow-list").code == 0
    result = cli("jwt", "verify", token, "--allow-list")
    assert (result.code, result.out) == (3, "")
    assert "not among those that were issued and recorded" in result.err
    deny(cli, known)
    assert cli("jwt", "verify", known, "--allow-list").code == 5


@pytest.mark.parametrize(
    "flags", [["--allow-list"], ["--on-store-error", "open"], ["--on-store-error", "stale"]]
)
def test_flags_that_would_do_nothing_are_refused(cli: Cli, flags: list[str]) -> None:
    managed(cli)
    result = cli("jwt", "verify", "a.b.c", "--no-check-revocation", *flags)
    assert (result.code, "asks no store" in result.err) == (2, True)


def test_an_unknown_way_of_failing_is_refused(cli: Cli, token: str) -> None:
    result = cli("jwt", "verify", token, "--on-store-error", "ajar")
    assert (result.code, "closed, open, stale" in result.err) == (2, True)


def test_a_store_that_cannot_be_asked_closes_the_door(cli: Cli, token: str) -> None:
    """Unless somebody opened it in so many words; then each run warns."""
    (cli.home / "jwks.json").write_text(cli.ok("jwks", "export"))
    asks = ["--jwks", "jwks.json", "--check-revocation", "--store", "sqlite:gone.db"]
    result = cli("jwt", "verify", token, *asks)
    assert (result.code, result.out) == (9, "")
    assert "whether the token was revoked cannot be asked" in result.err
    result = cli("jwt", "verify", token, *asks, "--on-store-error", "open")
    assert (result.code, bool(result.out)) == (0, True)
    assert "warning: revocation was not checked" in result.err
    lines = cli("jwt", "verify", "--lines", "-", *asks, stdin=f"{token}\n{token}\n")
    assert (lines.code, lines.out) == (9, "")
    lines = cli(
        *("jwt", "verify", "--lines", *asks, "--on-store-error", "open", "--jobs", "1"),
        stdin=f"{token}\n{token}\n",
    )
    assert (lines.code, lines.err.count("revocation was not checked")) == (0, 1)


def test_a_mark_that_cannot_be_read_lets_nothing_pass(cli: Cli, token: str) -> None:
    deny(cli, token)
    path = cli.home / ".local/share/authcli/authcli.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE revocations SET expires_at = 'never'")
    result = cli("jwt", "verify", token)
    assert (result.code, result.out) == (9, "")


def test_tokens_of_a_dropped_key_are_known_and_refused(cli: Cli, token: str) -> None:
    """With the store; who knows the JWKS alone finds no such key."""
    active = json.loads(cli.ok("jwt", "decode", token, "--json", "-q"))["header"]["kid"]
    cli.ok("jwks", "compromise", active, "--yes", "-q")
    assert cli("jwt", "verify", token).code == 5
    assert cli("jwt", "verify", token, "--no-check-revocation").code == 3
    result = cli("jwt", "verify", "--lines", stdin=token)
    assert (result.code, "compromised" in result.err) == (5, True)
